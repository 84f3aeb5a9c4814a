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
    assert page.one("#outcome").is_displayed() and page.text("#original-count") == "20 of 30 lines taken out"
    assert [it.text.split()[0] for it in page.all("#timings span")] == ["clean", "tag", "summarise", "there"]
    page.one("#try-form button[type=submit]").click()
    page.until(lambda: page.text("#timings").endswith("read before"), "no time is told that was not taken")
    assert "there and back" not in page.text("#timings")


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


# Where the letters stand that are next to a mark that is lit.
NEIGHBOURS = """
const out = [];
for (const mark of document.querySelectorAll('#cleaned mark.lit')) {
  for (const [node, at] of [[mark.previousSibling, -1], [mark.nextSibling, 0]]) {
    const range = document.createRange();
    const from = node ? (at < 0 ? node.textContent.length - 1 : 0) : 0;
    if (!node || /\\s/.test(node.textContent[from])) { continue; }
    range.setStart(node.firstChild, from);
    range.setEnd(node.firstChild, from + 1);
    const { x, y, width, height } = range.getBoundingClientRect();
    out.push({ letter: node.textContent[from], x, y, width, height });
  }
}
return out;
"""
# How many points of a picture are dark.
DARK = """
const [png, done] = arguments;
createImageBitmap(new Blob([Uint8Array.from(atob(png), (it) => it.charCodeAt(0))])).then((picture) => {
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
  canvas.drawImage(picture, 0, 0);
  const data = canvas.getImageData(0, 0, picture.width, picture.height).data;
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) { dark += data[i] < 110 && data[i + 1] < 110; }
  done(dark);
});
"""


def test_a_mark_that_is_lit_hides_no_letter_beside_it(page):
    page.open().try_text(STORY.replace("Maria Lopez,", "Mayor (Maria Lopez), of a town,"))
    page.until_read()
    page.run("document.querySelector('#summary .sentence').focus()")
    letters = page.run(NEIGHBOURS)
    assert {"(", ")"} <= {it["letter"] for it in letters}, letters
    for it in letters:
        clip = {"x": it["x"], "y": it["y"], "width": it["width"], "height": it["height"], "scale": 4}
        png = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip})["data"]
        assert page.driver.execute_async_script(DARK, png) > 20, it["letter"]


def test_a_text_that_is_not_english_has_a_word_on_its_names(page):
    words = "no model reads the language"
    page.open().try_text("Der Bundestag tagte am Montag in Berlin. Die Regierung in Frankreich schwieg dazu, wie es "
                         "scheint, noch immer, und auch die Opposition sagte nichts.")
    page.until_read()
    assert words in page.text("#types")
    page.open().try_text(STORY + " It was raining.")
    page.until_read()
    assert words not in page.text("#types")


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
    page.until(lambda: page.text("#try-note").startswith("It became a dead letter at clean: no article"),
               "the reason is told")
    assert not page.one("#outcome").is_displayed()
    page.try_text("   ")
    assert "There is nothing to read yet: paste a page, or pick a sample." in page.text("#try-note")


def test_after_a_good_page_a_bad_one_stands_alone(page):
    page.open().try_text(STORY)
    page.until_read()
    page.try_text("<html><body><nav>Home</nav> </body></html>", "html")
    page.until(lambda: page.text("#try-note").startswith("It became a dead letter at clean: no article"),
               "the reason is told")
    assert not page.one("#outcome").is_displayed() and not page.one("#copy-json").is_displayed()
    page.try_text(STORY)
    page.until_read()
    page.try_text("   ")
    assert not page.one("#outcome").is_displayed()


# The first question that holds a word is answered when window.let() is called.
LATE = """
const ask = window.fetch;
const word = arguments[0];
let isHeld = false;
window.fetch = async (path, options) => {
  const answer = await ask(path, options);
  if (!isHeld && `${path} ${options.body}`.includes(word)) {
    isHeld = true;
    await new Promise((done) => { window.let = done; });
    setTimeout(() => { window.isLate = true; }, 300);
  }
  return answer;
};
"""


def let_the_late_answer_come(page):
    page.until(lambda: page.run("return typeof window.let") == "function", "it is held back")
    page.run("window.let()")
    page.until(lambda: page.run("return window.isLate"), "it has come")


@pytest.mark.parametrize("held", ["samples/13", "demo page"])
def test_of_two_samples_the_last_one_is_shown(page, held):
    page.open()
    page.until(lambda: len(page.all("#samples option")) == 14, "the samples are listed")
    page.run(LATE, held)
    names = [it.get_attribute("value") for it in page.all("#samples option")]
    Select(page.one("#samples")).select_by_value("13-water-law.txt")
    page.until(lambda: page.run("return typeof window.let") == "function", "the first is on its way")
    Select(page.one("#samples")).select_by_value(next(it for it in names if it.startswith("01-")))
    page.until_read()
    shown = page.text("#cleaned h3")
    let_the_late_answer_come(page)
    assert page.text("#cleaned h3") == shown != "Senate passes river bill after deal with farmers"
    assert page.one("#try-form button[type=submit]").is_enabled() and page.text("#try-note") == ""


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
    gate.get("/v1/articles/gone-2?wait=30s")
    dead = gate.get("/v1/status").json["buried"]
    page.until(lambda: page.text("#letters-count") == str(dead), "all are listed")
    group = next(it for it in page.all("#letters details") if "base64" in it.text)
    again = group.find_element(By.TAG_NAME, "button")
    many = group.find_element(By.TAG_NAME, "b").text
    assert again.text == "Retry these" and int(many) >= 3
    before = gate.get("/v1/status").json["stages"][0]["buried"]
    page.heed(again)
    again.click()
    page.until(lambda: f"{many} again" in page.heard(), "they are tried again")
    page.until(lambda: gate.get("/v1/status").json["stages"][0]["buried"] == before, "and buried again")


def test_an_id_is_found(page, gate):
    gate.post("/v1/articles?wait=30s", {"id": "find/me ü", "text": STORY})
    page.open("dashboard").one("#find-id").send_keys("find/me ü", Keys.ENTER)
    page.until(lambda: [it.text for it in page.all("#journey .hops b")] ==
               ["clean", "tag", "summarise", "done"], "its journey")
    assert page.text("#journey .hops li:last-child small") == "delivered, and still kept"
    page.one("#find-id").clear()
    page.one("#find-id").send_keys("nobody", Keys.ENTER)
    page.until(lambda: "no article of this id" in page.text("#journey"), "it is not known")


def test_of_two_ids_the_last_one_is_shown(page, gate):
    for name in ("slow", "quick"):
        gate.post("/v1/articles?wait=30s", {"id": name, "text": f"{STORY} {name}"})
    page.open("dashboard").run(LATE, "v1/articles/slow")
    # An address alone asks once; the form asks for itself, and by the address that it writes.
    page.run("location.hash = '#dashboard=slow'")
    page.until(lambda: page.run("return typeof window.let") == "function", "the first is on its way")
    page.run("location.hash = '#dashboard=quick'")
    page.until(lambda: page.text("#journey p.mono") == "quick" if page.all("#journey p.mono") else False, "the second")
    let_the_late_answer_come(page)
    assert page.text("#journey p.mono") == "quick"


def test_the_page_comes_with_its_policy(page, gate):
    for path in ("/", "/index.html", "/app.js", "/app.css"):
        words = dict(it.strip().split(" ", 1) for it in gate.get(path).headers["Content-Security-Policy"].split(";"))
        assert words == {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'",
                         "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'",
                         "frame-ancestors": "'none'"}


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
        found.until(lambda: found.text("#pulse") == "0 queued · 0 finished", "it beats")
        system.write_config("gateway", {"port": system.port})
        system.stop(system.process)
        found.until(lambda: found.text("#pulse") == "the gateway does not answer", "it is told")
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
