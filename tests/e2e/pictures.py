#!/usr/bin/python3
"""Takes the pictures of the page in services/gateway/docs/: `make pictures`. Look at each of them."""
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/tests")

from selenium.webdriver.support.ui import Select  # noqa: E402

from e2e.gateway import Gateway  # noqa: E402
from e2e.page import STORY, Page  # noqa: E402

FOLDER = f"{ROOT}/services/gateway/docs"
BYTES_MAX = 300_000
QUEUED = 20_000
SAMPLE = "13-water-law.txt"


def take(page, name):
    path = f"{FOLDER}/{name}.png"
    page.driver.save_screenshot(path)
    page.close()
    size = os.path.getsize(path)
    print(f"{path}: {size:,} bytes")
    if size > BYTES_MAX:
        sys.exit(f"{path} has more than {BYTES_MAX:,} bytes")


def look(gate, width, height, **how):
    page = Page(gate, width, height, **how)
    page.driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    return page


def read_sample(page):
    page.open()
    page.until(lambda: len(page.all("#samples option")) > 1, "the samples are listed")
    Select(page.one("#samples")).select_by_value(SAMPLE)
    page.until_read()
    page.run("document.querySelectorAll('.sentence')[1].focus({ preventScroll: true }); scrollTo(0, 0)")


def take_try(gate):
    page = look(gate, 1360, 1000)
    read_sample(page)
    take(page, "try")


def take_phone(gate):
    page = look(gate, 390, 1150, scale=1.5)
    read_sample(page)
    take(page, "phone")


def take_dashboard(gate):
    """While articles go through: a page whose sink is slower than its stages."""
    page = look(gate, 1400, 1230, dark=True)
    page.open("dashboard=wire/0007.html")
    page.until(lambda: page.all("#journey .hops"), "a journey")
    for first in range(0, QUEUED, 5000):
        gate.post_lines([{"id": f"wire/{i}.html", "text": f"{STORY} {i}"} for i in range(first, first + 5000)])
    page.until(lambda: page.all("#letters details"), "the dead letters")
    page.until(lambda: page.run("return document.querySelector('#totals path').getAttribute('d').split('L').length") > 30,
               "a curve of half a minute")
    page.until(lambda: page.all("#workers a:not([hidden])"), "who holds what")
    page.until(lambda: page.run("return [...document.querySelectorAll('#stages b')].some((it, i) => "
                                "i > 0 && Number(it.textContent.replace(',', '')) > 300)"), "later stages too")
    take(page, "dashboard")


def prepare(gate):
    gate.post_lines([{"id": f"wire/{i:04}.html", "text": f"{STORY} {i}"} for i in range(40)])
    gate.post_lines([{"id": f"broken/{i}", "html_base64": "not base64!!!"} for i in range(30)])
    gate.post_lines([{"id": f"empty/{i}", "html": f"<html><body><p>{i}</p></body></html>"} for i in range(4)])
    gate.post_lines([{"id": f"wire/{i:04}.html", "text": f"{STORY} {i}"} for i in range(7)])
    gate.get("/v1/articles/wire/0039.html?wait=30s")


def main():
    build = os.environ.get("NUTGRAF_BUILD", f"{ROOT}/build")
    with tempfile.TemporaryDirectory() as folder:
        gate = Gateway(folder, os.path.join(os.path.abspath(build), "bin"))
        try:
            gate.start_all()
            prepare(gate)
            take_try(gate)
            take_phone(gate)
            take_dashboard(gate)
        finally:
            gate.close()


if __name__ == "__main__":
    main()
