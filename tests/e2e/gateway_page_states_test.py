"""What the page says when something is not as usual: nobody works, nothing is kept, much is dead."""
import hashlib
import json
import re
import shutil
import time

import pytest

from e2e.gateway import Gateway
from e2e.page import STORY, Page
from e2e.peer import CREDIT, DRAIN, FAIL, RESULT, WORK, Peer

LETTERS = 1010  # ten more than the page reads
# The second request for letters to be tried again does not get through; those after it do.
TORN = """
const ask = window.fetch;
let asked = 0;
window.fetch = (path, options) => (path.endsWith('/retry') && ++asked === 2
  ? Promise.reject(new Error('no way to it')) : ask(path, options));
"""


@pytest.fixture
def idle(programs, tmp_path):
    """A gateway and a broker that keeps nothing; no worker but what a test makes."""
    stages = [{"name": "clean", "attempts": 3, "backoff_ms": 60000}]
    system = Gateway(tmp_path, programs, stages, {"heartbeat_ms": 20000, "keep_days": 0})
    try:
        yield system.start_all(workers=False)
    finally:
        system.close()


@pytest.fixture
def idle_page(idle, driver):
    found = Page(idle, driver=driver)
    yield found
    found.close()
    driver.get("about:blank")  # or it would go on asking a gateway that ends


def row_of(page, name):
    return next(it for it in page.all("#stages tr") if it.text.startswith(name))


def take_work(peer):
    """What an answer to the next WORK carries, and its body."""
    peer.send(CREDIT, credit=1)
    work = peer.next(WORK)
    return {"label": work[-2], "key": work[6], "attempt": work[4], "lease": work[8]}, work[-1]


def test_where_nobody_works_it_says_so(idle, idle_page):
    page = idle_page.open()
    page.try_text(STORY)
    page.until(lambda: "reading …" in page.text("#try-note"), "it is read")
    page.until(lambda: page.text("#try-note") == "It is ready at clean; is there a worker for it? The dashboard shows.",
               "it is told, after half a minute")
    assert idle.ask("pause", "clean")[0] == 0
    page.open("dashboard")
    page.until(lambda: "paused" in row_of(page, "clean").text, "the stage is marked")
    assert row_of(page, "clean").find_elements("css selector", ".alarm"), "no worker, and something waits"
    page.until(lambda: page.text("#letters") == "None. Every article has come through or is on its way.", "no letters")
    assert idle.ask("resume", "clean")[0] == 0
    page.until(lambda: "paused" not in row_of(page, "clean").text, "the mark goes")


@pytest.fixture
def dead_hook(programs, tmp_path):
    """Two sinks: a file, paused, and a server that is not there."""
    system = Gateway(tmp_path, programs, [{"name": "clean"}])
    jsonl = {"name": "deliver", "sink": True, "options": {"type": "jsonl", "path": system.results_path}}
    hook = {"name": "hook", "program": "deliver", "sink": True, "backoff_ms": 100, "backoff_max_ms": 100,
            "options": {"type": "webhook", "url": "http://127.0.0.1:1/", "breaker_failures": 1, "breaker_ms": 100,
                        "breaker_max_ms": 100}}
    system.write_config("pipeline", {"stages": [{"name": "clean"}, jsonl, hook]})
    try:
        system.start_all()
        assert system.ask("pause", "deliver")[0] == 0
        system.start(system.program("deliver"), "--stage", "hook")
        yield system
    finally:
        system.close()


def test_a_destination_that_is_down_is_told_and_holds_up_no_reader(dead_hook, driver):
    page = Page(dead_hook, driver=driver).open()
    begin = time.monotonic()
    page.try_text(STORY)
    page.until_read()
    assert time.monotonic() - begin < 15
    assert "Maria Lopez" in page.text("#cleaned")
    page.until(lambda: "It is read, but not yet delivered by deliver" in page.text("#try-note"), "the sinks are named")
    assert "not yet delivered by hook" in page.text("#try-note")
    page.one("#open-journey").click()
    page.until(lambda: [it.text for it in page.all("#journey .hops b")] == ["clean", "deliver", "hook"], "each sink")
    page.until(lambda: "Failed to connect" in page.text("#journey .hops li:last-child"), "and why")
    page.until(lambda: "none has passed for" in row_of(page, "hook").text, "its row says so")
    said = row_of(page, "hook").text
    age, why = re.search(r"none has passed for ([^:]+): (.+)", said).groups()
    assert re.fullmatch(r"[\d.]+ (ms|s)", age) and "Failed to connect" in why, f"none has passed for {age}: {why}"
    page.close()
    driver.get("about:blank")


def test_each_state_of_a_journey_has_its_words(idle, idle_page):
    def words(text):
        page.until(lambda: text in page.text("#journey"), text)  # it goes on by itself
        return page.text("#journey")

    idle.post("/v1/articles", {"id": "state", "text": STORY})
    page = idle_page.open("dashboard=state")
    assert "attempt 1" in words("waits for a worker")
    peer = Peer(idle, "worker", "clean")
    try:
        answer, _ = take_work(peer)
        words("is worked on")
        peer.send(FAIL, **answer, body=b"no model yet")
        assert "attempt 2" in words("waits to be tried again") and "; the last: no model yet" in page.text("#journey")
        idle.post("/v1/articles", {"id": "other", "text": STORY})
        answer, body = take_work(peer)
        article = json.loads(body)
        article["clean"] = {"title": "A bridge", "text": STORY}
        peer.send(RESULT, **answer, body=json.dumps(article).encode())
        idle.start(idle.program("deliver"))
        idle.results_of(1)
        page.open("dashboard=other")
        page.until(lambda: "delivered; the broker keeps it no longer" in page.text("#journey"), "it is gone")
    finally:
        peer.close()


def test_a_worker_that_drains_and_more_workers_than_rows(idle, idle_page):
    peers = [Peer(idle, "worker", "clean", f"w{n:03}", n + 1) for n in range(201)]
    try:
        page = idle_page.open("dashboard")
        assert idle.count_workers() == 201
        page.until(lambda: page.text("#workers-count") == "200 of 201", "they are counted")
        assert len(page.all("#workers tr")) == 200
        peers[0].send(DRAIN)
        for peer in peers[1:]:
            peer.close()
        idle.post("/v1/articles", {"id": "held", "text": STORY})
        page.until(lambda: any("draining" in it.text for it in page.all("#workers tr")), "it drains")
    finally:
        for peer in peers:
            if not peer.socket.closed:
                peer.close()


def test_more_letters_than_are_read_and_one_that_somebody_else_took(idle, idle_page):
    ids = [f"many-{n}" for n in range(LETTERS)]
    idle.post_lines([{"id": name, "text": STORY} for name in ids])
    for first in range(0, LETTERS, 500):
        assert idle.ask("cancel", *ids[first:first + 500])[0] == 0
    page = idle_page.open("dashboard")
    page.until(lambda: page.text("#letters-count") == "the first 1,000 of 1,010", "they are counted")
    group = page.one("#letters details")
    group.find_element("css selector", "summary b").click()
    page.until(lambda: "and 950 more" in group.text, "the rest of the list")
    assert len(group.find_elements("css selector", "li a")) == 50
    first = group.find_element("css selector", "li button")
    assert idle.ask("dead-letters", "drop", group.find_element("css selector", "li a").text)[0] == 0
    first.click()
    page.until(lambda: "gone already" in page.run("return arguments[0].textContent", first), "it is told")
    page.until(lambda: page.text("#letters-count") == "the first 1,000 of 1,009", "it is listed no more")
    assert idle.get("/v1/status").json["buried"] == 1009
    again = page.one("#letters summary button")
    assert again.text == "Retry these"
    page.run(TORN)
    page.heed(again)
    again.click()
    told = "500 again, then: no way to it"
    page.until(lambda: told in page.heard(), "half of them, and it is told")
    page.until(lambda: page.text("#letters-count") == "509", "the rest is there")
    again = page.one("#letters summary button")
    page.heed(again)
    again.click()
    page.until(lambda: "509 again" in page.heard(), "more than one request takes")
    page.until(lambda: idle.get("/v1/status").json["buried"] == 0, "all of them")


def test_an_article_that_is_known_no_more_while_it_is_shown_is_told(idle, idle_page):
    idle.post("/v1/articles", {"id": "old", "text": STORY})
    assert idle.ask("cancel", "old")[0] == 0
    page = idle_page.open("dashboard=old")
    page.until(lambda: "dead letter: cancelled" in page.text("#journey"), "why it is dead")
    idle.stop(next(it for it in idle.running if it.args[0].endswith("nutgraf-broker")))
    shutil.rmtree(f"{idle.folder}/store")
    idle.start_broker()
    page.until(lambda: "no article of this id" in page.text("#journey"), "it is known no more")
    assert page.all("#journey .hops") == []


def test_a_browser_that_lends_no_clipboard_is_told(page):
    page.open().try_text(STORY)
    page.until_read()
    page.run("Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject() } })")
    page.one("#copy-json").click()
    page.until(lambda: page.text("#copy-json") == "The browser says no", "it is told")
    page.until(lambda: page.text("#copy-json") == "Copy JSON", "and the button is as it was")


def test_without_javascript_it_says_what_it_needs(page):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open()
        assert "This page needs JavaScript" in page.text("noscript")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_letters_that_the_disk_has_lost_are_told(idle, idle_page):
    idle.post("/v1/articles", {"id": "lost", "text": STORY})
    assert idle.ask("cancel", "lost")[0] == 0
    broker = next(it for it in idle.running if it.args[0].endswith("nutgraf-broker"))
    idle.stop(broker)
    key = hashlib.sha256(b"lost").digest()[:16]
    with open(f"{idle.folder}/store/data.mdb", "r+b") as file:
        store = file.read()
        assert key in store
        file.seek(0)
        file.write(store.replace(key, bytes(8) + key[8:]))
    idle.start_broker()
    page = idle_page.open("dashboard")
    page.until(lambda: "1 cannot be read from disk" in page.text("#letters"), "it is told")
