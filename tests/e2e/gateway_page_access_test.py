"""The page for everybody: keyboard, screen reader, small screens, dark ones, any address."""
import itertools
import time

import pytest
from selenium.webdriver.common.keys import Keys

from e2e.gateway import TOKENS
from e2e.page import STORY, Page


@pytest.mark.parametrize("width, dark", [(1400, False), (1400, True), (820, False), (360, False), (360, True)])
def test_nothing_sticks_out_and_all_can_be_read(gate, width, dark):
    found = Page(gate, width, 900, dark)
    found.open().try_text(STORY + " " + "unbreakable" * 30)
    found.until_read()
    for view in ("#view-try", "#view-dashboard"):
        found.open(view.removeprefix("#view-"))
        found.until(lambda: found.one(view).is_displayed(), view)
        assert found.run("return document.documentElement.scrollWidth") <= width
        pale = found.run(CONTRAST)
        assert pale == [], (view, pale)
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
  [...node.childNodes].some((it) => it.nodeType === 3 && it.data.trim() !== '') && node.offsetParent)
  .map((node) => {
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


# Where each colour of the article stands in OKLab, in which a distance is what an eye sees.
COLOURS = """
const lab = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((it) => it / 255)
    .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
  const [l, m, s] = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.63]]
    .map((row) => Math.cbrt(row[0] * r + row[1] * g + row[2] * b));
  return [0.2105 * l + 0.7936 * m - 0.0041 * s, 1.978 * l - 2.4286 * m + 0.4506 * s,
    0.0259 * l + 0.7828 * m - 0.8087 * s];
};
const probe = document.createElement('span');
document.querySelector('#cleaned').append(probe);
const out = {};
for (const name of ['', 'lit', 'PER', 'ORG', 'GPE', 'LOC', 'FAC', 'NORP', 'EVENT', 'PRODUCT', 'MISC', 'DATE',
  'MONEY', 'PERCENT']) {
  probe.className = name;
  const it = getComputedStyle(name ? probe : document.querySelector('.card'));
  out[name || 'card'] = lab(it.backgroundColor);
}
probe.remove();
return out;
"""
DISTANCE = 0.055  # two patches side by side are told apart at 0.02


@pytest.mark.parametrize("dark", [False, True])
def test_no_two_kinds_of_marks_look_alike(gate, dark):
    found = Page(gate, dark=dark).open()
    places = found.run(COLOURS)
    alike = [(a, b, distance) for a, b in itertools.combinations(places, 2)
             if (distance := sum((x - y) ** 2 for x, y in zip(places[a], places[b])) ** 0.5) < DISTANCE]
    assert len(places) == 14 and alike == [], alike
    found.close()


# --- the address --------------------------------------------------------------------------


def shown(page):
    return [it.get_attribute("id") for it in page.all("main > section") if it.is_displayed()]


def test_the_skip_link_stays_in_its_view(page):
    page.open("dashboard")
    page.one("body").send_keys(Keys.TAB)
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.run("return document.activeElement.id") == "main"
    assert shown(page) == ["view-dashboard"] and page.run("return location.hash") == "#dashboard"


@pytest.mark.parametrize("place", ["%zz", "dashboard=%e9", "toString", "__proto__", "nowhere", "="])
def test_an_address_that_means_nothing_shows_the_page(page, place):
    page.open(place)
    page.until(lambda: "finished" in page.text("#pulse"), "it lives")
    assert len(shown(page)) == 1
    page.until(lambda: len(page.all("#samples option")) == 14, "all of it")


def test_the_view_that_is_shown_is_named(page):
    for name in ("try", "dashboard"):
        page.open(name)
        marks = {it.get_attribute("data-view"): it.get_attribute("aria-current") for it in page.all("nav a")}
        assert marks.pop(name) == "page" and set(marks.values()) == {None}


# --- what a screen reader hears -----------------------------------------------------------


def test_nothing_is_read_out_that_is_no_news(page, gate):
    page.open("dashboard")
    page.until(lambda: "finished" in page.text("#pulse"), "it beats")
    page.run("""
window.heard = [];
for (const node of document.querySelectorAll('[role=status], [role=alert], [aria-live]')) {
  new MutationObserver(() => window.heard.push(node.id)).observe(node,
    { childList: true, characterData: true, subtree: true });
}""")
    before = page.text("#pulse")
    gate.post_lines([{"id": f"news {i}", "text": f"{STORY} {i}"} for i in range(20)])
    page.until(lambda: page.text("#pulse") != before, "the line at the top moves")
    time.sleep(2)
    assert page.run("return window.heard") == []
    assert page.run("return document.getElementById('news').textContent") == "connected"


# --- the token ----------------------------------------------------------------------------


def test_the_dialog_for_a_token_can_be_closed(guarded):
    found = Page(guarded).open("dashboard")
    dialog = found.one("#ask-token")
    found.until(dialog.is_displayed, "the dialog")
    found.one("#token").send_keys(Keys.ESCAPE)
    found.until(lambda: found.text("#pulse") == "a token is needed", "it is told what is missing")
    time.sleep(2.5)
    assert not dialog.is_displayed()
    found.one("#give-token").click()
    found.one("#token").send_keys("not-the-token-at-all", Keys.ENTER)
    found.until(lambda: found.text("#token-note") == "This token is not known here.", "a wrong one is told")
    found.one("#token").send_keys(TOKENS["all"], Keys.ENTER)
    found.until(lambda: len(found.all("#stages tr")) == 4, "all is shown")
    assert not dialog.is_displayed()
    found.close()


def test_a_token_that_may_not_do_it_can_be_changed(guarded):
    found = Page(guarded).open("dashboard")
    found.until(lambda: found.one("#ask-token").is_displayed(), "the dialog")
    found.one("#token").send_keys(TOKENS["submit"], Keys.ENTER)
    found.until(lambda: "lacks the role" in found.text("#pulse"), "it is told")
    found.one("#give-token").click()
    found.one("#token").send_keys(TOKENS["read"], Keys.ENTER)
    found.until(lambda: len(found.all("#stages tr")) == 4, "all is shown")
    found.close()
