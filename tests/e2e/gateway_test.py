"""Articles and results over HTTP."""
import os
import re
import signal
import socket
import threading
import time

import pytest

import schemas
from e2e.gateway import TOKENS, Gateway, bearer
from e2e.system import wait_until

STORY = ("Maria Lopez, the mayor of Springfield, opened a bridge over the Clear River on Monday. "
         "It cost 41 million dollars and took four years to build. "
         "The old bridge was closed after a flood in March.")


@pytest.fixture(scope="module")
def gate(programs, tmp_path_factory):
    system = Gateway(tmp_path_factory.mktemp("gateway"), programs)
    try:
        yield system.start_all()
    finally:
        system.close()


def problem(answer, status, word):
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["type"] == f"urn:nutgraf:problem:{word}"
    assert answer.json["status"] == status and answer.json["title"] and answer.json["detail"]
    return answer.json


# --- articles in -------------------------------------------------------------------------


def test_one_article_is_taken_and_comes_out(gate):
    answer = gate.post("/v1/articles", {"id": "one/1 ü", "text": STORY})
    assert answer.status == 202
    assert answer.json == {"id": "one/1 ü", "status": "accepted",
                           "href": "/v1/articles/one%2F1%20%C3%BC"}
    assert answer.headers["Location"] == answer.json["href"]
    found = gate.get(f"{answer.json['href']}?wait=20s")
    assert found.status == 200 and found.json["state"] == "done"
    schemas.check("result", found.json["article"])
    assert "raw" not in found.json["article"]
    assert any(it["name"] == "Maria Lopez" for it in found.json["article"]["entities"]["items"])
    wait_until(lambda: any(row["id"] == "one/1 ü" for row in gate.results()), "it is in the sink")


def test_posting_and_waiting_is_one_request(gate):
    for header, path in (({}, "/v1/articles?wait=20s"), ({"Prefer": "wait=20"}, "/v1/articles")):
        answer = gate.post(path, {"text": STORY + f" {path}"}, **header)
        assert answer.status == 200 and answer.json["state"] == "done"
        assert answer.json["article"]["summary"]["sentences"]


@pytest.mark.parametrize("prefer, waits", [("wait=99999999999999999999", True), ("xwait=20", False),
                                           ("foo=\"wait=20\"", False), ("a, Wait=20; b", True)])
def test_a_preference_is_read_by_its_name(gate, prefer, waits):
    answer = gate.post("/v1/articles", {"text": f"{STORY} {prefer}"}, Prefer=prefer)
    assert answer.status == (200 if waits else 202)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_who_half_closes_still_gets_his_answer(gate, version):
    text = f"{STORY} Half closed, as of {version}."
    worker = next(it for it in gate.running if it.args[0].endswith("nutgraf-tag"))
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        with gate.connect() as peer:
            peer.sendall(f"POST /v1/articles?wait=20s HTTP/{version}\r\nHost: localhost\r\n"
                         f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            peer.shutdown(socket.SHUT_WR)
            time.sleep(2.5)  # several looks at who has left
            os.kill(worker.pid, signal.SIGCONT)
            answer = b""
            while part := peer.recv(1 << 16):
                answer += part
    finally:
        os.kill(worker.pid, signal.SIGCONT)
    assert b" 200 OK\r\n" in answer and b'"state":"done"' in answer


def test_results_go_to_who_half_closes_too(gate):
    gate.post("/v1/articles?wait=20s", {"id": "half-1", "text": STORY + " Once more."})
    with gate.connect() as peer:
        peer.sendall(b"GET /v1/results HTTP/1.1\r\nHost: localhost\r\n\r\n")
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while part := peer.recv(1 << 16):
            answer += part
    assert b'"id":"half-1"' in answer and answer.endswith(b"0\r\n\r\n")


def test_202_means_on_disk(programs, tmp_path):
    """… so that a broker that is killed right after it still has the article."""
    system = Gateway(tmp_path, programs)
    try:
        system.start_all(workers=False)
        for i in range(20):
            assert system.post("/v1/articles", {"id": f"kept-{i}", "text": STORY}).status == 202
            system.kill(next(it for it in system.running if it.args[0].endswith("-broker")))
            system.start_broker()
            wait_until(lambda: system.get("/readyz").status == 200, "ready again")
        for i in range(20):
            assert system.get(f"/v1/articles/kept-{i}").json["state"] == "ready"
    finally:
        system.close()


def test_a_link_to_the_page_may_bring_words_of_its_own(gate):
    assert gate.get("/?utm_source=mail&x").body == gate.get("/").body != b""
    problem(gate.get("/v1/status?x=1"), 400, "bad-request")


def test_a_duplicate_is_told(gate):
    item = {"id": "twice", "text": STORY}
    assert gate.post("/v1/articles", item).json["status"] == "accepted"
    assert gate.post("/v1/articles", item).json["status"] == "duplicate"
    assert gate.post("/v1/articles", {"id": "twice", "text": "Something else."}).json["status"] == "duplicate"
    kept = gate.get("/v1/articles/twice?wait=20s").json
    assert kept["article"]["clean"]["text"].startswith("Maria Lopez")  # the older one stands


def test_the_same_text_with_other_options_is_another_article(gate):
    def post(**options):
        item = {"text": STORY + " Asked twice.", "options": {"summarise": options}}
        answer = gate.post("/v1/articles?wait=20s", item).json
        return answer["id"], answer["duplicate"], len(answer["article"]["summary"]["sentences"])

    first = post(sentences=1)
    assert first[1:] == (False, 1)
    again = post(sentences=2)
    assert again[1:] == (False, 2) and again[0] != first[0]
    assert post(sentences=1) == (first[0], True, 1)  # and the answer says that it is the old one
    assert "duplicate" not in gate.get(f"/v1/articles/{first[0]}?wait=1s").json


def test_the_same_key_counts_once(gate):
    item = {"text": STORY + " With a key."}
    first = gate.post("/v1/articles", item, Idempotency_Key="key-1")
    again = gate.post("/v1/articles", item, Idempotency_Key="key-1")
    assert first.status == again.status == 202
    assert first.json["id"] == again.json["id"] and re.fullmatch("key-1#[0-9a-f]{16}", first.json["id"])
    assert again.json["status"] == "duplicate"
    other = gate.post("/v1/articles", {"text": "Another."}, Idempotency_Key="key-1")
    problem(other, 422, "key-reused")
    named = gate.post("/v1/articles", {"id": "named", "text": STORY}, Idempotency_Key="key-2")
    assert named.json["id"] == "named"
    lines = gate.post_lines([{"text": STORY + " 1"}, {"text": STORY + " 2"}], Idempotency_Key="key-3")
    assert [it["id"].split("#")[0] for it in lines.json["items"]] == ["key-3-1", "key-3-2"]
    problem(gate.post("/v1/articles", item, Idempotency_Key="a b"), 400, "bad-request")


def test_a_key_of_somebody_else_costs_nobody_an_article(gate):
    ids = set()
    for sender in ("Bearer alice", "Bearer bob"):
        for text in (f"{STORY} Of {sender}.", STORY):
            name = f"order-{len(text)}"
            answer = gate.post("/v1/articles", {"text": text}, Idempotency_Key=name,
                               Authorization=sender)
            assert answer.status == 202 and answer.json["status"] == "accepted"
            ids.add(answer.json["id"])
    assert len(ids) == 4


def test_a_given_id_goes_before_the_key(gate):
    answer = gate.post("/v1/articles?id=mine-1", STORY, "text/plain", Idempotency_Key="key-9")
    assert answer.json["id"] == "mine-1"


def test_pages_and_texts_come_as_they_are(gate):
    page = f"<html><head><title>Brücke</title></head><body><article><h1>Brücke</h1><p>{STORY}</p>" \
           f"<p>{STORY}</p></article></body></html>"
    answer = gate.post("/v1/articles?wait=20s&id=page-1&url=https://example.org/a",
                       page.encode("latin-1"), "text/html; charset=iso-8859-1")
    assert answer.json["article"]["clean"]["title"] == "Brücke"
    assert answer.json["article"]["url"] == "https://example.org/a"
    answer = gate.post("/v1/articles?wait=20s&id=text-1&source=wire", STORY, "text/plain")
    assert answer.json["article"]["source"] == "wire"
    wrong = gate.post("/v1/articles", b"caf\xe9 " * 30, "text/plain")
    assert problem(wrong, 422, "bad-field")["field"] == "text"


@pytest.mark.parametrize("body, status, word, field", [
    ("{", 400, "bad-json", None),
    ("", 400, "bad-json", None),
    ("[" * 100, 400, "bad-json", None),
    ('{"text": "a", "text": "b"}', 400, "bad-json", None),
    ({"text": STORY, "authors": [1]}, 422, "bad-field", "authors[0]"),
    ({"text": STORY, "priority": 9}, 422, "bad-field", "priority"),
    ({"text": STORY, "options": {"cleen": {}}}, 422, "bad-field", "options.cleen"),
    ({"text": STORY, "options": {"summarise.model": "fast"}}, 422, "bad-field", "options.summarise.model"),
    ({"text": STORY, "options": {"summarise.model": {}}}, 422, "bad-field", "options.summarise.model"),
    ({"text": ""}, 422, "bad-field", "text"),
    ({"text": "a", "html": "b"}, 422, "bad-field", "html"),
    ({"title": "no content"}, 422, "bad-field", "html"),
    ({"id": "x" * 300, "text": STORY}, 422, "bad-field", "id"),
    ({"id": "a\nb", "text": STORY}, 422, "bad-field", "id"),
])
def test_what_is_no_article_is_refused_by_field(gate, body, status, word, field):
    answer = problem(gate.post("/v1/articles", body), status, word)
    assert answer.get("field") == field, answer


def test_lines_are_judged_one_by_one(gate):
    good = [{"id": f"line-{i}", "text": STORY} for i in range(300)]
    answer = gate.post_lines(good)
    assert answer.status == 202 and answer.json["accepted"] == 300
    assert [it["line"] for it in answer.json["items"]] == list(range(1, 301))
    mixed = gate.post_lines([good[0], {"id": "new", "text": STORY}, {"id": "bad", "text": 5}])
    assert mixed.status == 207
    assert [it["status"] for it in mixed.json["items"]] == ["duplicate", "accepted", "refused"]
    assert [it["id"] for it in mixed.json["items"]] == ["line-0", "new", "bad"]
    assert mixed.json["items"][2]["problem"]["field"] == "text"
    none = gate.post_lines([{"text": 5}, {"text": "", "id": "x" * 300}])
    assert [it["id"] for it in none.json["items"]] == [None, None]
    assert problem(none, 422, "bad-field")["refused"] == 2
    problem(gate.post("/v1/articles", "\n \n", "application/x-ndjson"), 400, "bad-request")


@pytest.mark.parametrize("method, path, kind, status", [
    ("GET", "/v1/" + "%C3%A9" * 400, None, 404), ("PUT", "/v1/" + "%C3%A9" * 400, None, 405),
    ("POST", "/v1/articles", "weird/\xff", 415), ("POST", "/v1/articles", "text/html; charset=\xff", 415),
    ("GET", "/v1/results?limit=" + "%C3%A9" * 50, None, 400)],
    ids=["path", "method", "type", "charset", "parameter"])
def test_what_is_cut_or_no_utf8_is_still_told(gate, method, path, kind, status):
    headers = {"Content_Type": kind} if kind else {}
    answer = gate.ask_http(method, path, b"x" if kind else None, **headers)
    assert answer.status == status and answer.json["detail"]


def test_bodies_that_are_not_taken(gate):
    problem(gate.post("/v1/articles", "x", "image/png"), 415, "media-type")
    problem(gate.post("/v1/articles", {"text": STORY}, Content_Encoding="gzip"), 415, "media-type")
    for head, word in (("Content-Length: 99999999999", "413 "), ("Transfer-Encoding: chunked", "413 ")):
        with gate.connect() as peer:
            peer.sendall(f"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\n"
                         f"Content-Type: application/json\r\n{head}\r\n\r\n".encode())
            if "chunked" in head:
                block = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
                for _ in range(66):
                    peer.sendall(block)
                peer.sendall(b"0\r\n\r\n")
            assert word in peer.recv(4000).decode(), head


# --- articles and results out -------------------------------------------------------------


def test_the_journey_of_an_article(programs, tmp_path):
    system = Gateway(tmp_path, programs)
    try:
        system.start_all(workers=False)
        problem(system.get("/v1/articles/nobody"), 404, "not-found")
        problem(system.get("/v1/articles/nobody?wait=5s"), 404, "not-found")
        system.post("/v1/articles", {"id": "a", "text": STORY})
        found = system.get("/v1/articles/a").json
        assert (found["state"], found["stage"], found["attempt"]) == ("ready", "clean", 1)
        start = time.monotonic()
        assert system.get("/v1/articles/a?wait=700ms").json["state"] == "ready"
        assert 0.6 < time.monotonic() - start < 10
        unfinished = system.get("/v1/articles/a?format=ninjs")
        problem(unfinished, 409, "not-finished")
        assert int(unfinished.headers["Retry-After"]) >= 1
        for wait in ("soon", "-1", "1h", ""):
            problem(system.get(f"/v1/articles/a?wait={wait}"), 400, "bad-request")
        answers = []
        waiting = [threading.Thread(target=lambda: answers.append(system.get("/v1/articles/a?wait=50s")))
                   for _ in range(20)]
        for thread in waiting:
            thread.start()
        for stage in ("clean", "tag", "summarise", "deliver"):
            system.start(system.program(stage))
        for thread in waiting:
            thread.join()
        assert [answer.json["state"] for answer in answers] == ["done"] * 20
    finally:
        system.close()


def test_results_are_a_stream_that_goes_on(gate):
    ids = [f"stream-{i}" for i in range(130)]
    gate.post_lines([{"id": it, "text": f"{STORY} Number {it}."} for it in ids])
    for it in ids:
        assert gate.get(f"/v1/articles/{it}?wait=30s").json["state"] == "done"
    lines = gate.lines("/v1/results")
    found = [line["id"] for line in lines]
    assert set(ids) <= set(found) and len(found) == len(set(found))
    for line in lines:
        cursor = line.pop("cursor")
        schemas.check("result", line)
        line["cursor"] = cursor
    # In pieces of every size, nothing is left out and nothing comes twice.
    pieces, after = [], ""
    while True:
        part = gate.lines(f"/v1/results?limit=7{after}")
        if not part:
            break
        pieces += [line["id"] for line in part]
        after = f"&after={part[-1]['cursor']}"
    assert pieces == found
    for query in ("after=x", "after=5-", "limit=0", "limit=x", "follow=maybe", "other=1"):
        problem(gate.get(f"/v1/results?{query}"), 400, "bad-request")


def test_results_outlive_a_restart_of_the_broker(programs, tmp_path):
    system = Gateway(tmp_path, programs)
    try:
        system.start_all()
        broker = next(it for it in system.running if it.args[0].endswith("-broker"))
        for i in range(30):
            system.post("/v1/articles?wait=30s", {"id": f"{29 - i:02}", "text": f"{STORY} {i}"})
        before = [line["id"] for line in system.lines("/v1/results")]
        cursor = system.lines("/v1/results?limit=10")[-1]["cursor"]
        system.kill(broker)
        system.start_broker()
        wait_until(lambda: system.get("/readyz").status == 200, "ready again")
        assert [line["id"] for line in system.lines("/v1/results")] == before
        assert [line["id"] for line in system.lines(f"/v1/results?after={cursor}")] == before[10:]
    finally:
        system.close()


def test_results_that_are_not_all_do_not_look_whole(programs, tmp_path):
    system = Gateway(tmp_path, programs)
    try:
        system.start_all()
        broker = next(it for it in system.running if it.args[0].endswith("-broker"))
        for i in range(60):     # more than a page of answers, and more than sockets hold
            system.post("/v1/articles", {"id": f"{i:02}", "text": STORY, "pad": "x" * 200_000})
        wait_until(lambda: len(system.results()) == 60, "all are in the sink")
        with system.connect() as peer:
            peer.settimeout(60)
            peer.sendall(b"GET /v1/results HTTP/1.1\r\nHost: localhost\r\n\r\n")
            text = peer.recv(1000)
            system.kill(broker)
            while part := peer.recv(1 << 20):
                text += part
        assert b"200 OK" in text and b'"id":"00"' in text
        assert b'"id":"59"' not in text and not text.endswith(b"0\r\n\r\n")
        problem(system.get("/v1/results"), 503, "no-broker")
    finally:
        system.close()


def test_a_follower_sees_what_finishes(gate):
    with gate.connect() as peer:
        peer.sendall(b"GET /v1/results?after=now&follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = peer.recv(4000)
        assert b"200" in head and b"x-ndjson" in head
        gate.post("/v1/articles?wait=30s", {"id": "followed", "text": STORY + " It is followed."})
        text = b""
        while b'"id":"followed"' not in text:
            text += peer.recv(65536)
    assert gate.get("/livez").status == 200


def test_a_dead_letter_is_listed_and_tried_again(gate):
    gate.post("/v1/articles", {"id": "dead", "html_base64": "!!!"})
    found = gate.get("/v1/articles/dead?wait=30s").json
    assert found["state"] == "buried" and "base64" in found["reason"]
    problem(gate.get("/v1/articles/dead?format=ld"), 409, "dead-letter")
    letters = gate.get("/v1/dead-letters?limit=1000").json
    assert "dead" in [it["id"] for it in letters["items"]]
    assert gate.get("/v1/dead-letters/dead").json["body"]["raw"]["html_base64"] == "!!!"
    assert gate.post("/v1/dead-letters/retry", {"ids": ["dead", "nobody"]}).json == {"count": 1}
    wait_until(lambda: gate.get("/v1/articles/dead").json["state"] == "buried", "buried again")
    assert gate.post("/v1/dead-letters/retry", {"stage": "clean"}).json["count"] >= 1
    assert gate.post("/v1/dead-letters/retry", {"all": True}).status == 200
    problem(gate.get("/v1/dead-letters/nobody"), 404, "not-found")
    problem(gate.get("/v1/dead-letters?stage=nowhere"), 404, "not-found")
    for query in ("stage=%ff", "stage=%", "stage=clean&stage=tag", "limit=%ff", "limit=0", "after=x"):
        problem(gate.get(f"/v1/dead-letters?{query}"), 400, "bad-request")
    for body in ({}, {"ids": []}, {"ids": [1]}, {"all": False}, {"ids": ["a"], "all": True}, []):
        problem(gate.post("/v1/dead-letters/retry", body), 400, "bad-request")


def test_the_samples_are_listed_and_read(gate, root):
    items = gate.get("/samples").json["items"]
    assert sorted(it["name"] for it in items) == sorted(os.listdir(f"{root}/tests/samples"))
    for name in (items[0]["name"], items[-1]["name"]):
        with open(f"{root}/tests/samples/{name}", "rb") as file:
            assert gate.get(f"/samples/{name}").body == file.read()
    problem(gate.get("/samples/nobody.html"), 404, "not-found")
    assert gate.get("/samples/..%2fconftest.py").status == 404


# --- the whole ----------------------------------------------------------------------------


def test_status_metrics_and_probes(gate):
    status = gate.get("/v1/status").json
    assert [it["name"] for it in status["stages"]] == ["clean", "tag", "summarise", "deliver"]
    assert len(status["workers"]) == 4 and status["gateway"]["connections"] >= 1
    text = gate.get("/metrics").body.decode()
    assert 'nutgraf_jobs{stage="clean",state="ready"}' in text
    assert 'nutgraf_http_requests_total{status="200"}' in text and "nutgraf_http_broker_up 1" in text
    assert gate.get("/livez").json == {"ok": True}
    assert gate.ask_http("HEAD", "/livez").body == b""


def test_what_is_not_there(gate):
    problem(gate.get("/nowhere"), 404, "not-found")
    wrong = gate.ask_http("DELETE", "/v1/articles")
    problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["Allow"] == "POST"
    assert gate.get(f"http://127.0.0.1:{gate.port}/livez?").status == 200
    problem(gate.ask_http("OPTIONS", "*"), 404, "not-found")
    for path in ("/v1/articles/%zz", "/v1/articles/%00", "/v1/articles/%ff"):
        problem(gate.get(path), 400, "bad-request")
    problem(gate.get("/v1/articles/a", Accept="text/csv"), 406, "not-acceptable")


def test_the_trace_of_a_request_goes_on(gate):
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = gate.post("/v1/articles?wait=30s", {"id": "traced", "text": STORY, "mine": 1},
                       traceparent=f"00-{trace}-b7ad6b7169203331-01", tracestate="vendor=1")
    extra = answer.json["article"]["extra"]
    assert extra["mine"] == 1 and extra["tracestate"] == "vendor=1"
    assert extra["traceparent"].startswith(f"00-{trace}-") and extra["traceparent"].endswith("-01")
    assert "b7ad6b7169203331" not in extra["traceparent"]
    assert answer.headers["traceparent"] == extra["traceparent"]
    bad = gate.post("/v1/articles?wait=30s", {"text": STORY + "."}, traceparent="00-0-0-01")
    assert "extra" not in bad.json["article"] and bad.headers["traceparent"] is None


def test_pages_of_others_may_not_ask(gate):
    item = {"text": STORY}
    problem(gate.post("/v1/articles", item, Origin="https://evil.example"), 403, "forbidden")
    problem(gate.post("/v1/articles", item, Origin="null"), 403, "forbidden")
    problem(gate.get("/v1/status", Host="evil.example"), 403, "forbidden")
    own = f"127.0.0.1:{gate.port}"
    assert gate.get("/v1/status", Host=own, Origin=f"http://{own}").status == 200
    assert gate.get("/v1/status", Host=f"gateway:{gate.port}").status == 200


def test_without_a_broker_nothing_is_promised(programs, tmp_path):
    system = Gateway(tmp_path, programs, confirm_ms=1500)
    try:
        broker = system.start_broker()
        system.start_gateway()
        wait_until(lambda: system.get("/readyz").status == 200, "ready")
        os.kill(broker.pid, signal.SIGSTOP)
        late = system.post("/v1/articles", {"id": "late", "text": STORY})
        assert problem(late, 503, "unconfirmed")["items"][0]["status"] == "unconfirmed"
        assert late.headers["Retry-After"]
        os.kill(broker.pid, signal.SIGCONT)
        wait_until(lambda: system.get("/readyz").status == 200, "ready again")
        assert system.post("/v1/articles", {"id": "late", "text": STORY}).json["status"] == "duplicate"
        system.stop(broker)
        wait_until(lambda: system.get("/readyz").status == 503, "not ready")
        gone = until_missed(system)
        assert gone.headers["Retry-After"] and system.get("/livez").status == 200
        system.start_broker()
        wait_until(lambda: system.post("/v1/articles", {"text": STORY}).status == 202, "taken again")
    finally:
        system.close()


def until_missed(system):
    """The first answer that says no-broker; before it, submissions are unconfirmed."""
    answers = []

    def is_missed():
        answers.append(system.post("/v1/articles", {"text": STORY}))
        return not answers[-1].json["type"].endswith(":unconfirmed")

    wait_until(is_missed, "the broker is missed")
    problem(answers[-1], 503, "no-broker")
    return answers[-1]


def test_a_broker_that_died_is_missed(programs, tmp_path):
    """Also by one who asks again and again, and waits for no answer as long as the broker may take."""
    system = Gateway(tmp_path, programs, confirm_ms=1500)
    try:
        broker = system.start_broker()
        system.start_gateway()
        wait_until(lambda: system.post("/v1/articles", {"text": STORY}).status == 202, "taken")
        system.kill(broker)
        until_missed(system)
        system.start_broker()
        wait_until(lambda: system.post("/v1/articles", {"text": STORY}).status == 202, "taken again")
    finally:
        system.close()


def test_a_full_disk_is_429_and_says_when(programs, tmp_path):
    system = Gateway(tmp_path, programs, broker={"store_mb": 64, "full_retry_ms": 3000})
    try:
        system.start_all(workers=False)
        taken = []
        for i in range(2000):
            answer = system.post("/v1/articles", {"id": f"full-{i}", "text": "x" * 600000})
            if answer.status == 429:
                break
            assert answer.status == 202
            taken.append(f"full-{i}")
        problem(answer, 429, "busy")
        assert answer.headers["Retry-After"] == "3"
        batch = system.post_lines([{"id": f"lot-{i}", "text": "x" * 600000} for i in range(20)])
        assert batch.status in (207, 429) and batch.json["next_line"] >= 1
        assert batch.headers["Retry-After"] == "3"
        assert all(system.get(f"/v1/articles/{it}").json["state"] == "ready" for it in taken)
    finally:
        system.close()


# --- tokens -------------------------------------------------------------------------------


def test_a_token_opens_what_its_roles_say(guarded):
    item = {"text": STORY}
    for headers in ({}, {"Authorization": "Bearer wrong-token-123456789"}, {"Authorization": "Basic eA=="},
                    {"Authorization": f"Bearer {TOKENS['all']}x"}):
        answer = guarded.post("/v1/articles", item, **headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert guarded.post("/v1/articles", item, **bearer("submit")).status == 202
    problem(guarded.post("/v1/articles", item, **bearer("read")), 403, "forbidden")
    problem(guarded.get("/v1/status", **bearer("submit")), 403, "forbidden")
    assert guarded.get("/v1/status", **bearer("read")).status == 200
    problem(guarded.post("/v1/dead-letters/retry", {"all": True}, **bearer("read")), 403, "forbidden")
    assert guarded.post("/v1/dead-letters/retry", {"all": True}, **bearer("all")).status == 200
    for path in ("/", "/livez", "/readyz", "/openapi.json", "/samples"):
        assert guarded.get(path).status == 200, path
    assert guarded.get("/v1/status", Host="nutgraf.example.org", **bearer("all")).status == 200


def test_the_tokens_are_read_again_when_they_change(guarded):
    guarded.write_tokens([f"new {TOKENS['all'][::-1]} submit,read", f"old {TOKENS['read']} nonsense"])
    time.sleep(2.5)
    assert guarded.get("/v1/status", **bearer("read")).status == 200  # a mistake changes nothing
    assert "roles are submit" in guarded.log_of(guarded.process)
    guarded.write_tokens([f"open {TOKENS['read'][::-1]} read"], mode=0o640)
    wait_until(lambda: "mode 0640 lets others at the tokens" in guarded.log_of(guarded.process), "it is told")
    assert guarded.get("/v1/status", **bearer("read")).status == 200
    guarded.write_tokens([f"new {TOKENS['all'][::-1]} submit,read"])
    wait_until(lambda: guarded.get("/v1/status", **bearer("read")).status == 401, "shut out")
    assert guarded.get("/v1/status", Authorization=f"Bearer {TOKENS['all'][::-1]}").status == 200


@pytest.mark.parametrize("take_back", [lambda system: system.write_tokens(["# none is left"]),
                                       lambda system: os.unlink(f"{system.folder}/tokens")],
                         ids=["its line", "the file"])
def test_the_last_token_can_be_taken_back(guarded, take_back):
    guarded.write_tokens([f"only {TOKENS['read']} read"])
    take_back(guarded)
    wait_until(lambda: guarded.get("/v1/status", **bearer("read")).status == 401, "shut out")
    assert "no token is left; nobody may enter" in guarded.log_of(guarded.process)
    guarded.write_tokens([f"only {TOKENS['read']} read"])
    wait_until(lambda: guarded.get("/v1/status", **bearer("read")).status == 200, "let in again")


def test_a_file_without_a_token_is_refused_at_the_start(programs, tmp_path):
    system = Gateway(tmp_path, programs, tokens=f"{tmp_path}/tokens")
    system.write_tokens(["# none yet"])
    process = system.start(system.program("gateway"))
    assert process.wait(60) == 3
    system.running.clear()
    assert f"{tmp_path}/tokens: holds no token" in system.log_of(process)


def test_a_token_has_a_rate(guarded):
    guarded.write_tokens([f"slow {TOKENS['read']} read,submit 5", f"all {TOKENS['all']} submit,read"])
    wait_until(lambda: guarded.get("/v1/dead-letters", **bearer("read")).status == 429, "limited")
    answer = guarded.get("/v1/status", **bearer("read"))
    problem(answer, 429, "rate")
    assert int(answer.headers["Retry-After"]) >= 1
    assert guarded.get("/v1/status", **bearer("all")).status == 200
    time.sleep(1.2)
    assert guarded.get("/v1/status", **bearer("read")).status == 200


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_tokens_that_others_can_read_are_refused(programs, tmp_path, mode):
    system = Gateway(tmp_path, programs, tokens=f"{tmp_path}/tokens")
    system.write_tokens(mode=mode)
    process = system.start(system.program("gateway"))
    assert process.wait(60) == 3
    system.running.clear()
    assert f"mode {mode:04o} lets others at the tokens; chmod 600" in system.log_of(process)


@pytest.mark.parametrize("options, words", [
    ({"address": "0.0.0.0"}, "is not the loopback"),
    ({"address": "nowhere", "allow_open": True}, "is no IP address"),
    ({"tokens": "/nonexistent"}, "/nonexistent"),
    ({"wrong": 1}, "wrong"),
])
def test_a_wrong_configuration_says_so(programs, tmp_path, options, words):
    system = Gateway(tmp_path, programs, **options)
    process = system.start(system.program("gateway"))
    assert process.wait(60) == 3
    system.running.clear()
    assert words in system.log_of(process)


# --- other formats ------------------------------------------------------------------------


@pytest.mark.parametrize("accept, kind", [
    ("application/ld+json", "application/ld+json"),
    ("application/ninjs+json;q=0.5, text/html", "application/ninjs+json"),
    ("*/*", "application/json"),
    ("application/json;q=0.1, application/*", "application/ld+json"),
])
def test_the_client_chooses_the_format(gate, accept, kind):
    gate.post("/v1/articles?wait=30s", {"id": "format", "text": STORY})
    answer = gate.get("/v1/articles/format", Accept=accept)
    assert answer.status == 200 and answer.headers["Content-Type"] == kind
    assert "Accept" in answer.headers["Vary"]
