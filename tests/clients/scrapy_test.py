"""A spider of real Scrapy, on a site of the loopback, feeds a running broker."""
import os
import subprocess

import pytest

from e2e.system import System
from tests.clients.scrapy_site import news_site
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
    with news_site(tmp_path / "site") as url:
        yield url


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
