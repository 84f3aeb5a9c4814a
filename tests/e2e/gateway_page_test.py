"""The page, in a headless Chromium, as a reader and an operator use it."""
import json
import os
import signal
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from e2e.gateway import TOKENS, Gateway
from e2e.page import STORY, Page

QUEUED = 100_000
# Smooth, with room for a machine that does other work: the screen asks for a frame each 16.7 ms.
FRAME_MS, LATE_MS, TASK_MS = 34, 150, 150


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
        shadows = page.run("return [...document.querySelectorAll('mark.lit')].map(it => getComputedStyle(it).boxShadow)")
        for shadow in shadows:  # none lies on the letters beside the name
            assert [part.split(") ")[-1].split()[0::3] for part in shadow.split(", rgb")] == [["0px", "0px"]] * 2, shadow
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
window.tasks = [];
window.gaps = [];
new PerformanceObserver((list) => list.getEntries().forEach((it) => window.tasks.push(it.duration)))
  .observe({ entryTypes: ["longtask"] });
let last = performance.now();
requestAnimationFrame(function frame(now) { window.gaps.push(now - last); last = now; requestAnimationFrame(frame); });
new MutationObserver(() => window.shown.add(document.querySelector('#stages b').textContent))
  .observe(document.querySelector('#stages b'), { childList: true, characterData: true, subtree: true });""")
        start, busy = time.monotonic(), busy_seconds()
        time.sleep(10)  # nobody asks the browser anything meanwhile
        share = (busy_seconds() - busy) / (time.monotonic() - start)
        assert share < 0.25, f"the page keeps the browser busy for {share:.0%} of the time"
        shown, tasks, gaps = found.run("return [[...window.shown], window.tasks, window.gaps]")
        gaps.sort()
        middle, late = gaps[len(gaps) // 2], gaps[len(gaps) * 99 // 100]
        print(f"busy for {share:.1%} of the time, shown {len(shown)} depths; {len(gaps)} frames, {middle:.1f} ms from "
              f"one to the next, {late:.1f} for the slowest in 100; longest task {max(tasks, default=0):.0f} ms")
        assert len(shown) >= 4, shown
        assert middle < FRAME_MS and late < LATE_MS, (middle, late)
        assert max(tasks, default=0) < TASK_MS, tasks
        found.close()
    finally:
        system.close()
