"""A web site on the loopback, whose pages a test writes as it needs them."""
import http.server
import threading
import time


class Site(http.server.ThreadingHTTPServer):
    """Answers by `pages`: path → function of the handler, or bytes of an HTML page."""
    daemon_threads = True

    def __init__(self, pages):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = pages
        self.asked = []  # (path, when, headers)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self):
        return [path for path, _, _ in self.asked]

    def handle_error(self, request, client_address):
        pass  # clients hang up here on purpose


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.asked.append((self.path, time.monotonic(), dict(self.headers)))
        page = self.server.pages.get(self.path)
        if page is None:
            self.answer(404, b"no such page")
        elif callable(page):
            page(self)
        else:
            self.answer(200, page)

    def answer(self, status, body=b"", content_type="text/html", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def redirect(to, status=302):
    return lambda handler: handler.answer(status, Location=to)
