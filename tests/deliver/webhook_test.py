"""Articles posted to a real server that fails now and then all arrive, and are told apart."""
import collections
import hashlib
import hmac
import json
import random
import time
import urllib.parse

import pytest

from tests.deliver.deliver_process import Deliver, article
from tests.deliver.receiver import Handler


def key_of(body):
    """The Idempotency-Key of a result: its id, a point, 16 hex digits of its digest."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()[:16]
    return f"{urllib.parse.quote(json.loads(body)['id'])}.{digest}"


def options(server, **more):
    """breaker_max_ms: or the tests wait as long as their servers ask."""
    return {"type": "webhook", "url": server.url, "timeout_ms": 400, "breaker_max_ms": 20, **more}


def send_one(programs, folder, given, number=1):
    deliver = Deliver(programs, folder, given)
    answer = deliver.send(article(number))
    assert deliver.close() == 0
    return answer


@pytest.mark.release
def test_every_article_arrives_though_the_server_fails_now_and_then(
        programs, tmp_path, receiver):
    """As the queue does: what was answered with a retry is delivered again."""
    chance = random.Random(7)
    failures = ["error", "busy", "busy_until", "reset", "slow", "truncated"]
    server = receiver(lambda count: chance.choice(failures) if chance.random() < 0.3 else "ok")
    deliver = Deliver(programs, tmp_path, options(server))
    waiting = collections.deque(range(150))
    attempts = 0
    while waiting:
        number = waiting.popleft()
        answer = deliver.send(article(number))
        attempts += 1
        if "fault" in answer:
            assert answer["fault"]["kind"] == "retry", answer
            assert answer["fault"]["reason"].startswith(f"POST {server.url}: "), answer
            waiting.append(number)
        else:
            assert answer == article(number)
    assert deliver.close() == 0
    assert {key_of(body): body for body in server.bodies.values()} == server.bodies
    assert {json.loads(body)["id"] for body in server.bodies.values()} == \
        {article(n)["id"] for n in range(150)}
    assert all(server.outcomes[f] > 0 for f in failures), server.outcomes
    # libcurl asks again by itself when a kept connection is reset before any answer
    assert attempts <= server.count <= attempts + server.outcomes["reset"]
    assert server.outcomes["ok"] == 150
    taken_unknowingly = server.outcomes["slow"] + server.outcomes["truncated"]
    assert sum(server.taken.values()) == 150 + taken_unknowingly


@pytest.mark.parametrize("outcome, kind, reason", [
    ("error", "retry", "status 500: out of?order"),
    ("busy", "retry", "status 503, to be asked again after 3000 ms"),
    ("refuse", "reject", "status 422: no headline"),
    ("redirect", "retry", "status 302"),
    ("forbid", "retry", "status 403: who are you"),
    ("reset", "retry", "Recv failure: Connection reset by peer"),
    ("truncated", "retry", "transfer closed with 91 bytes remaining to read"),
    ("endless", "retry", "the answer is longer than 1048576 bytes"),
])
def test_each_answer_has_its_fault(programs, tmp_path, receiver, outcome, kind, reason):
    server = receiver(lambda count: outcome)
    answer = send_one(programs, tmp_path, options(server))
    assert answer == {"id": article(1)["id"],
                      "fault": {"kind": kind, "reason": f"POST {server.url}: {reason}"}}
    assert server.count == 1


def test_a_slow_server_is_left_in_time(programs, tmp_path, receiver):
    server = receiver(lambda count: "slow")
    start = time.monotonic()
    answer = send_one(programs, tmp_path, options(server))
    assert answer["fault"]["kind"] == "retry"
    assert "timed out after" in answer["fault"]["reason"]
    assert time.monotonic() - start < 5


def test_a_date_in_retry_after_is_told_in_milliseconds(programs, tmp_path, receiver):
    server = receiver(lambda count: "busy_until")
    reason = send_one(programs, tmp_path, options(server))["fault"]["reason"]
    assert 50000 <= int(reason.split()[-2]) <= 60000


def test_quick_retries_end_at_the_first_success(programs, tmp_path, receiver):
    server = receiver(lambda count: "ok" if count >= 3 else "error")
    assert send_one(programs, tmp_path, options(server, attempts=5)) == article(1)
    assert server.count == 3


def test_quick_retries_do_not_wait_longer_than_is_quick(programs, tmp_path, receiver):
    server = receiver(lambda count: "busy")
    answer = send_one(programs, tmp_path, options(server, attempts=5))
    assert answer["fault"]["reason"].endswith("status 503, to be asked again after 3000 ms")
    assert server.count == 1


def test_no_server_is_a_retry(programs, tmp_path):
    answer = send_one(programs, tmp_path,
                      {"type": "webhook", "url": "http://127.0.0.1:1/secret?token=1"})
    assert answer["fault"]["kind"] == "retry"
    assert answer["fault"]["reason"].startswith(
        "POST http://127.0.0.1:1/secret: Failed to connect to 127.0.0.1 port 1")


def test_requests_carry_key_type_own_headers_and_signature(programs, tmp_path, receiver):
    server = receiver(lambda count: "ok")
    key = b"a key of 24 bytes length"
    (tmp_path / "hmac.key").write_bytes(key + b"\n")
    assert send_one(programs, tmp_path, options(
        server, hmac_key_file=str(tmp_path / "hmac.key"),
        headers=["Authorization: Bearer xyz", "X-Own: 1"])) == article(1)
    headers = server.headers[0]
    key_sent, body = list(server.bodies.items())[0]
    assert key_sent.startswith("article%201%20%C3%A9.") and key_sent == key_of(body)
    assert json.loads(body) == article(1)
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer xyz"
    assert headers["X-Own"] == "1"
    assert headers["X-Nutgraf-Signature"] == \
        "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def test_an_id_cannot_add_a_header(programs, tmp_path, receiver):
    server = receiver(lambda count: "ok")
    deliver = Deliver(programs, tmp_path, options(server))
    hostile = {"id": "x\r\nEvil: 1 % \u0001", "clean": {"text": "Text."}}
    answer = deliver.send(hostile)
    deliver.close()
    if "fault" in answer:  # such an id may be refused earlier
        assert server.count == 0
        return
    assert "Evil" not in server.headers[0]
    sent = server.headers[0]["Idempotency-Key"]
    assert urllib.parse.unquote(sent.rsplit(".", 1)[0]) == hostile["id"]


def test_another_result_of_an_article_has_another_key(programs, tmp_path, receiver):
    server = receiver(lambda count: "ok")
    deliver = Deliver(programs, tmp_path, options(server))
    for size in (10, 20, 10):
        assert deliver.send(article(1, size)) == article(1, size)
    deliver.close()
    keys = [headers["Idempotency-Key"] for headers in server.headers]
    assert keys[0] == keys[2] != keys[1]
    assert {key.rsplit(".", 1)[0] for key in keys} == {"article%201%20%C3%A9"}


def test_connections_are_kept_between_articles(programs, tmp_path, receiver):
    ports = set()
    server = receiver(lambda count: "ok")
    plain = Handler.do_ok

    def note_port(self, key, body):
        ports.add(self.client_address[1])
        plain(self, key, body)

    Handler.do_ok = note_port
    try:
        deliver = Deliver(programs, tmp_path, options(server))
        for number in range(10):
            assert deliver.send(article(number)) == article(number)
        deliver.close()
    finally:
        Handler.do_ok = plain
    assert len(ports) == 1
