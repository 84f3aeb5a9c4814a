"""A small news site on the loopback, for spiders: an index of twelve articles."""
import contextlib
import functools
import http.server
import threading


@contextlib.contextmanager
def news_site(folder):
    """Writes the site to a new folder and serves it; gives its url."""
    folder.mkdir()
    links = "".join(f'<a href="{n}.html">Bridge {n}</a>\n' for n in range(12))
    (folder / "index.html").write_text(f"<html><body>{links}</body></html>")
    for n in range(12):
        (folder / f"{n}.html").write_text(
            f"<html><head><title>Bridge {n}</title></head><body><article><p>The bridge over river {n}"
            " has opened again, the council said on Monday, after fourteen months of repairs.</p>"
            "<p>Buses will use it from next week, the mayor told reporters.</p></article></body></html>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
