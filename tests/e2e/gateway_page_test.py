"""The page, in a headless Chromium, as a reader and an operator use it."""
import json
import os
import signal
import time

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from e2e.gateway import TOKENS, Gateway

SECONDS = 60
QUEUED = 100_000
STORY = ("Maria Lopez, the mayor of Springfield, opened a bridge over the Clear River on Monday. "
         "It cost 41 million dollars and took four years to build.")


class Page:
    """A browser on one gateway; close() fails if the page broke its own policy or threw."""

    def __init__(self, gate, width=1400, height=1000, dark=False, driver=None):
        self.gate = gate
        self.is_shared = driver is not None
        self.driver = driver or self.start(width, height, dark)

    @staticmethod
    def start(width=1400, height=1000, dark=False):
        options = webdriver.ChromeOptions()
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--window-size={width},{height}"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        if dark:
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        return driver

    def open(self, view="try"):
        self.driver.get(f"http://127.0.0.1:{self.gate.port}/#{view}")
        return self

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def until(self, condition, what):
        WebDriverWait(self.driver, SECONDS, poll_frequency=0.1).until(lambda _: condition(), what)

    def text(self, selector):
        return self.one(selector).text

    def try_text(self, text, kind="text"):
        self.run("document.getElementById('source').value = arguments[0];"
                 "document.getElementById('try-form').elements.kind.value = arguments[1];", text, kind)
        self.one("#try-form button[type=submit]").click()

    def until_read(self):
        self.until(lambda: self.one("#outcome").is_displayed(), "the article is shown")

    def close(self):
        said = [it for it in self.driver.get_log("browser") if it["level"] in ("SEVERE", "WARNING")]
        if not self.is_shared:
            self.driver.quit()
        told = [it["message"] for it in said if "status of" not in it["message"]]
        assert told == [], told


@pytest.fixture(scope="module")
def gate(programs, tmp_path_factory):
    system = Gateway(tmp_path_factory.mktemp("page"), programs)
    try:
        yield system.start_all()
    finally:
        system.close()


@pytest.fixture(scope="module")
def driver():
    found = Page.start()
    yield found
    found.quit()


@pytest.fixture
def page(gate, driver):
    driver.get("about:blank")
    found = Page(gate, driver=driver)
    yield found
    found.close()


# --- trying an article --------------------------------------------------------------------


def test_a_sample_is_shown_three_ways(page):
    page.open()
    page.until(lambda: len(page.all("#samples option")) == 14, "the samples are listed")
    Select(page.one("#samples")).select_by_value("13-water-law.txt")
    page.until_read()
    struck = [it.text for it in page.all("#original del")]
    assert "BREAKING NEWS" in struck and "Subscribe" in struck
    kept = [it.text for it in page.all("#original p") if not it.find_elements(By.CSS_SELECTOR, "del, .used")]
    assert any(it.startswith("Australia's Senate passed") for it in kept) and len(kept) == 7
    assert "title" in [it.text for it in page.all("#original .why")]
    assert page.text("#cleaned h3") == "Senate passes river bill after deal with farmers"
    assert "Darling River" in [it.text for it in page.all("#cleaned mark.LOC")]
    assert 2 <= len(page.all("#summary .sentence")) <= 4
    assert [it.text.split()[0] for it in page.all("#timings span")][:3] == ["clean", "tag", "summarise"]


def test_types_are_shown_and_hidden(page):
    page.open().try_text(STORY)
    page.until_read()
    chip = next(it for it in page.all("#types button") if it.text.startswith("person"))
    assert chip.get_attribute("aria-pressed") == "true"
    assert [it.text for it in page.all("mark.PER")] == ["Maria Lopez"]
    chip.send_keys(Keys.SPACE)
    assert chip.get_attribute("aria-pressed") == "false"
    assert page.all("mark.PER") == [] and page.all("mark.off")[0].text == "Maria Lopez"
    chip.click()
    assert len(page.all("mark.PER")) == 1


def test_a_sentence_lights_its_source(page):
    page.open().try_text(STORY)
    page.until_read()
    for sentence in page.all("#summary .sentence"):
        page.run("arguments[0].focus()", sentence)
        lit = page.run("return [...document.querySelectorAll('#cleaned .lit')].map(it => it.textContent).join('')")
        assert lit == sentence.text
    page.run("document.activeElement.blur()")
    assert page.all("#cleaned .lit") == []


HOSTILE = ("<img src=x onerror=alert(1)>", "<script>window.pwned = 1</script>", "\"><svg onload=alert(1)>",
           "javascript:alert(1)", "</textarea><b>bold</b>", "&lt;i&gt;", "{{7*7}} ${7*7}")


@pytest.mark.parametrize("kind", ["text", "html"])
def test_what_an_article_holds_stays_text(page, gate, kind):
    words = " ".join(HOSTILE)
    text = f"{words}\n{STORY} {words}\n{STORY} The bridge is called {words} in Springfield."
    source = text
    if kind == "html":
        source = (f"<html style='color:red'><head><title>{HOSTILE[0]} A title</title><style>p{{}}</style>"
                  f"<script>window.pwned = 1</script></head><body onload='window.pwned=1'><article>"
                  f"<h1>A title <img src=x onerror='window.pwned=1'></h1><p style='x'>{STORY}</p>"
                  f"<p>{text.replace('<', '&lt;')}</p><iframe src='javascript:window.pwned=1'></iframe>"
                  f"<p>{STORY} Once more, with feeling.</p></article></body></html>")
    page.open().try_text(source, kind)
    page.until_read()
    assert page.run("return window.pwned") is None
    assert page.all("#outcome :is(script, img, svg, iframe, b b, i)") == []
    assert "<svg onload" in page.run("return document.getElementById('outcome').textContent")
    for bad in ("<b id=x>", "a'\"><img src=x onerror=alert(1)>"):
        gate.post("/v1/articles", {"id": f"dead {bad}", "html_base64": "!!!"})
    page.open("dashboard")
    page.until(lambda: page.all("#letters details"), "dead letters")
    page.run("document.querySelectorAll('details').forEach(it => { it.open = true; })")
    assert any("onerror=alert(1)" in it.text for it in page.all("#letters a"))
    assert page.all("#letters :is(img, script)") == [] and page.run("return window.pwned") is None


def test_a_page_that_is_none_says_why(page):
    page.open().try_text("<html><body><nav>Home</nav></body></html>", "html")
    page.until(lambda: "dead letter at clean" in page.text("#try-note"), "the reason is told")
    assert not page.one("#outcome").is_displayed()
    page.try_text("   ")
    assert "nothing to read" in page.text("#try-note")


def test_json_and_curl_can_be_copied(page, gate):
    page.driver.execute_cdp_cmd("Browser.grantPermissions", {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    page.open().try_text(STORY + " It's copied.")
    page.until_read()
    copied = {}
    for name in ("json", "curl"):
        page.one(f"#copy-{name}").click()
        page.until(lambda: page.text(f"#copy-{name}") == "Copied", "it is copied")
        copied[name] = page.driver.execute_async_script(
            "const done = arguments[0]; navigator.clipboard.readText().then(done, (it) => done(String(it)))")
    assert json.loads(copied["json"])["clean"]["text"].endswith("It's copied.")
    done = os.popen(f"{copied['curl']} -s").read()
    assert json.loads(done)["state"] == "done"


# --- the dashboard ------------------------------------------------------------------------


def stage(page, name):
    return next(it for it in page.all("#stages tr") if it.find_element(By.TAG_NAME, "th").text.startswith(name))


def test_stages_workers_and_letters_are_live(page, gate):
    worker = next(it for it in gate.running if it.args[0].endswith("nutgraf-tag"))
    page.open("dashboard")
    page.until(lambda: len(page.all("#stages tr")) == 4 and len(page.all("#workers tr")) == 4, "all rows")
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        gate.post_lines([{"id": f"live-{i}", "text": f"{STORY} {i}"} for i in range(40)])
        page.until(lambda: int(stage(page, "tag").find_element(By.TAG_NAME, "b").text) >= 20, "tag waits")
        page.until(lambda: any(it.text.startswith("live-") for it in page.all("#workers a")), "who holds what")
        page.one("#workers a[href]").click()
        page.until(lambda: "worked on" in page.text("#journey"), "its journey")
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    page.until(lambda: stage(page, "tag").find_element(By.TAG_NAME, "b").text == "0", "tag has caught up")
    gate.post_lines([{"id": f"gone-{i}", "html_base64": "!!!"} for i in range(3)])
    page.until(lambda: any("base64" in it.text for it in page.all("#letters summary")), "the reason")
    group = next(it for it in page.all("#letters details") if "base64" in it.text)
    before = gate.get("/v1/status").json["stages"][0]["buried"]
    group.find_element(By.TAG_NAME, "button").click()
    page.until(lambda: "again" in group.text or group.text == "", "they are tried again")
    page.until(lambda: gate.get("/v1/status").json["stages"][0]["buried"] == before, "and buried again")


def test_an_id_is_found(page, gate):
    gate.post("/v1/articles?wait=30s", {"id": "find/me ü", "text": STORY})
    page.open("dashboard").one("#find-id").send_keys("find/me ü", Keys.ENTER)
    page.until(lambda: [it.text for it in page.all("#journey .hops b")] ==
               ["clean", "tag", "summarise", "done"], "its journey")
    page.one("#find-id").clear()
    page.one("#find-id").send_keys("nobody", Keys.ENTER)
    page.until(lambda: "no article of this id" in page.text("#journey"), "it is not known")


def test_a_token_is_asked_for_once(programs, tmp_path):
    system = Gateway(tmp_path, programs, tokens=f"{tmp_path}/tokens")
    system.write_tokens()
    try:
        system.start_all()
        found = Page(system).open("dashboard")
        found.until(lambda: found.one("#ask-token").is_displayed(), "the dialog")
        found.one("#token").send_keys(TOKENS["all"], Keys.ENTER)
        found.until(lambda: len(found.all("#stages tr")) == 4, "all is shown")
        assert not found.one("#ask-token").is_displayed()
        found.close()
    finally:
        system.close()


def test_a_gateway_that_goes_and_comes_back_is_told(programs, tmp_path):
    system = Gateway(tmp_path, programs)
    try:
        system.start_all()
        found = Page(system).open("dashboard")
        found.until(lambda: "finished" in found.text("#pulse"), "it beats")
        system.write_config("gateway", {"port": system.port})
        system.stop(system.process)
        found.until(lambda: "does not answer" in found.text("#pulse"), "it is told")
        system.start_gateway()
        found.until(lambda: "finished" in found.text("#pulse"), "it beats again")
        found.driver.quit()  # its log tells of the time without a gateway
    finally:
        system.close()


def test_a_long_queue_costs_the_browser_little(programs, tmp_path):
    system = Gateway(tmp_path, programs, broker={"store_mb": 2048})
    try:
        system.start_all(workers=False)
        left = [{"id": f"q{i}", "text": f"Short {i}."} for i in range(QUEUED)]
        end = time.monotonic() + 120
        while left:
            assert time.monotonic() < end, f"{len(left)} are not taken: is there room on the disk?"
            answer = system.post_lines(left[:10_000])
            taken = answer.json.get("next_line", 10_001) - 1
            left = left[taken:]
            time.sleep(float(answer.headers.get("Retry-After", 0)))
        found = Page(system).open("dashboard")
        found.until(lambda: found.text("#pulse").startswith("100,000 queued"), "it is counted")
        found.driver.execute_cdp_cmd("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
        found.driver.execute_cdp_cmd("Performance.enable", {})

        def busy_seconds():
            metrics = found.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
            return next(it["value"] for it in metrics if it["name"] == "TaskDuration")
        system.start(system.program("clean"))
        found.run("""
window.shown = new Set();
new MutationObserver(() => window.shown.add(document.querySelector('#stages b').textContent))
  .observe(document.querySelector('#stages b'), { childList: true, characterData: true, subtree: true });""")
        start, busy = time.monotonic(), busy_seconds()
        time.sleep(10)  # nobody asks the browser anything meanwhile
        share = (busy_seconds() - busy) / (time.monotonic() - start)
        assert share < 0.25, f"the page keeps the browser busy for {share:.0%} of the time"
        shown = found.run("return [...window.shown]")
        print(f"busy for {share:.1%} of the time, shown {len(shown)} depths")
        assert len(shown) >= 4, shown
        found.close()
    finally:
        system.close()


# --- everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("width, dark", [(1400, False), (1400, True), (820, False), (360, False), (360, True)])
def test_nothing_sticks_out_and_all_can_be_read(gate, width, dark):
    found = Page(gate, width, 900, dark)
    found.open().try_text(STORY + " " + "unbreakable" * 30)
    found.until_read()
    for view in ("try", "dashboard"):
        found.open(view)
        found.until(lambda: found.one(f"#view-{view}").is_displayed(), view)
        assert found.run("return document.documentElement.scrollWidth") <= width
    pale = found.run(CONTRAST)
    assert pale == [], pale
    found.close()


# Texts whose colour is too near to that of what lies behind them (WCAG 2, 1.4.3: 4.5 to 1).
CONTRAST = """
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => numbers(colour).slice(0, 3).map((it) => it / 255)
  .map((it) => (it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
  .reduce((sum, it, i) => sum + it * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (numbers(colour)[3] !== 0) { return colour; }
  }
  return 'rgb(255, 255, 255)';
};
return [...document.querySelectorAll('main *, header *')].filter((node) =>
  [...node.childNodes].some((it) => it.nodeType === 3 && it.data.trim() !== '') && node.offsetParent &&
  !node.closest('del, .idle')).map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
    return [node.textContent.slice(0, 40), (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5);
"""

# What a screen reader could not name: controls without a label, images without a text, ids twice.
NAMELESS = """
const controls = [...document.querySelectorAll('button, input, select, textarea, a:not([hidden])')].filter((it) =>
  !(it.textContent.trim() || it.labels?.length || it.getAttribute('aria-label') || it.title));
const pictures = [...document.querySelectorAll('img:not([alt]), svg:not([aria-hidden])')];
const ids = [...document.querySelectorAll('[id]')].map((it) => it.id);
const lost = [...document.querySelectorAll('[aria-labelledby]')].filter((it) =>
  !document.getElementById(it.getAttribute('aria-labelledby')));
return [...controls, ...pictures, ...lost].map((it) => it.outerHTML.slice(0, 80))
  .concat(ids.filter((it, i) => ids.indexOf(it) !== i));
"""


def test_it_can_be_used_without_a_mouse(page, gate):
    gate.post("/v1/articles", {"id": "by key", "html_base64": "!!!"})
    page.open()
    page.one("body").send_keys(Keys.TAB)
    assert page.driver.switch_to.active_element.text == "Skip to the content"
    page.try_text(STORY)
    page.until_read()
    assert page.run(NAMELESS) == []
    assert page.run("return document.documentElement.lang") == "en"
    page.run("document.querySelector('.skip').focus()")
    reached = []
    for _ in range(60):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        node = page.driver.switch_to.active_element
        if node.tag_name == "body":
            break
        assert page.run("const it = getComputedStyle(arguments[0]);"
                        "return it.outlineStyle !== 'none' || arguments[0].tagName === 'INPUT'", node)
        reached.append(node.get_attribute("id") or node.text or node.get_attribute("class"))
    for name in ("Dashboard", "samples", "source", "Read it", "copy-json", "person 1", "original", "cleaned"):
        assert name in reached, reached
    page.open("dashboard")
    page.until(lambda: page.all("#letters summary"), "dead letters")
    assert page.run(NAMELESS) == []
    summary = page.one("#letters summary")
    summary.send_keys(Keys.ENTER)
    page.until(lambda: page.one("#letters details").get_attribute("open") is not None, "it unfolds")
