"""A spider of real Scrapy, on a site of the loopback, feeds a running broker."""
import functools
import http.server
import os
import subprocess
import threading

import pytest

from e2e.system import System
from tests.venv import python_of

HERE = os.path.dirname(os.path.abspath(__file__))
SPIDER = '''
import scrapy

class News(scrapy.Spider):
    name = "news"
    custom_settings = {
        "ITEM_PIPELINES": {"scrapy_pipeline.NutgrafPipeline": 300},
        "NUTGRAF_SUBMIT": NUTGRAF_SUBMIT, "LOG_LEVEL": "WARNING",
    }
    start_urls = ["SITE/index.html"]

    def parse(self, response):
        yield from response.follow_all(css="a", callback=self.parse_article)

    def parse_article(self, response):
        yield {"id": response.url, "url": response.url, "html": response.text, "section": "local"}
'''


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
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
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def crawl(system, site, command):
    spider = f"{system.folder}/spider.py"
    with open(spider, "w", encoding="utf-8") as file:
        file.write(SPIDER.replace("SITE", site)
                   .replace(": NUTGRAF_SUBMIT", f": {command!r}"))
    python = python_of("scrapy")
    return subprocess.run([python, "-m", "scrapy", "runspider", spider], text=True, timeout=120,
                          env={**system.environment(), "PYTHONPATH": HERE, "no_proxy": "*"},
                          capture_output=True, cwd=system.folder)


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}])
    yield system
    system.close()


def test_each_item_of_a_crawl_is_an_article(system, site):
    system.start_broker()
    system.start(system.program("clean"))
    system.start(system.program("deliver"))
    done = crawl(system, site, [system.program(""), "submit", "-"])
    assert done.returncode == 0 and "12 accepted, 0 duplicates, 0 refused" in done.stderr, done.stderr
    rows = {row["url"]: row for row in system.results_of(12)}
    assert sorted(rows) == sorted(f"{site}/{n}.html" for n in range(12))
    for n in range(12):
        row = rows[f"{site}/{n}.html"]
        assert row["extra"] == {"section": "local"}
        assert f"The bridge over river {n} has opened again" in row["clean"]["text"]


def test_a_broker_that_is_away_is_an_error_in_the_log_of_the_crawl(system, site):
    done = crawl(system, site, [system.program(""), "submit", "--timeout", "2", "-"])
    assert "no broker answers" in done.stderr
    assert "nutgraf did not take all items: status 4" in done.stderr
