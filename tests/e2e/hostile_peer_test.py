"""Peers that keep to the protocol's letter but not to its sense: nobody else suffers."""
import json
import time

import pytest

from chaos.submitter import Submitter
from e2e.peer import CREDIT, FAIL, HELLO, PERMANENT, PUT, REJECT, RESULT, WELCOME, WORK, Peer
from e2e.system import System, wait_until

CODE_INVALID = 1
TEXT = "The river rose two metres on Monday, the council said, and the bridge was closed."


@pytest.fixture
def system(tmp_path, programs):
    stages = [{"name": "clean", "attempts": 3}, {"name": "odd"}]
    made = System(tmp_path, programs, stages, heartbeat_ms=200)
    made.start_broker()
    yield made
    made.close()


def submit(system, articles):
    submitter = Submitter(system.broker_options["ingest"])
    for label, article in articles:
        submitter.waiting.append((label, json.dumps(article).encode()))
    wait_until(lambda: submitter.turn(20) or submitter.is_done(), "all confirmed")
    submitter.close()


def dead_letters(system):
    return [json.loads(line) for line in
            system.ask("dead-letters", "list", "--json")[1].splitlines()]


@pytest.mark.release
def test_the_wire_names_the_article_whatever_its_body_says(system):
    system.start(system.program("clean"))
    submit(system, [("label-1", {"id": "another", "text": TEXT}), ("label-2", {"text": TEXT})])
    peer = Peer(system, "worker", "odd")
    peer.send(CREDIT, credit=2)
    bodies = sorted(json.loads(peer.next(WORK)[-1])["id"] for _ in range(2))
    assert bodies == ["label-1", "label-2"]
    peer.close()


def test_a_result_cannot_rename_its_article(system):
    system.start(system.program("clean"))
    submit(system, [("name-1", {"text": TEXT})])
    peer = Peer(system, "worker", "odd")
    peer.send(CREDIT, credit=1)
    work = peer.next(WORK)
    key, lease, label, body = work[6], work[8], work[-2], work[-1]
    peer.send(RESULT, label=b"name-2", key=key, lease=lease, attempt=1, body=body)
    rejected = peer.next(REJECT)
    assert rejected[13] == CODE_INVALID and b"SHA-256" in rejected[-1]
    peer.send(RESULT, label=label, key=key, lease=lease, attempt=1, body=body)
    system.start(system.program("deliver"))
    assert [row["id"] for row in system.results_of(1)] == ["name-1"]
    peer.close()


def test_a_reason_that_is_no_text_is_mended(system):
    system.start(system.program("clean"))
    submit(system, [("bad-reason", {"text": TEXT})])
    peer = Peer(system, "worker", "odd")
    peer.send(CREDIT, credit=1)
    work = peer.next(WORK)
    peer.send(FAIL, label=work[-2], flags=PERMANENT, lease=work[8], attempt=1,
              body=b"no \xff\xfe\n good " + "ü".encode() * 300)
    wait_until(lambda: dead_letters(system), "the dead letter shows")
    [letter] = dead_letters(system)
    assert letter["id"] == "bad-reason" and letter["reason"].startswith("no ??? good")
    peer.close()


def test_who_takes_another_post_gives_back_what_it_held(system):
    system.start(system.program("clean"))
    submit(system, [("held", {"text": TEXT})])
    peer = Peer(system, "worker", "odd")
    peer.send(CREDIT, credit=1)
    peer.next(WORK)
    peer.send(HELLO, sequence=7, body=b'{"role": "client", "name": "odd"}')
    assert peer.next(WELCOME)
    other = Peer(system, "worker", "odd")
    other.send(CREDIT, credit=1)
    assert other.next(WORK)[-2] == b"held"
    peer.close()
    other.close()


def test_a_second_session_on_one_line_starts_from_nothing(system):
    system.start(system.program("clean"))
    peer = Peer(system, "worker", "odd")  # any door takes a submitter, if it is not guarded
    for _ in range(20):
        peer.send(HELLO, sequence=9, body=b'{"role": "submitter", "name": "s"}')
        for number in range(1, 51):
            label = b"s-%d" % number
            body = json.dumps({"text": TEXT}).encode()
            peer.send(PUT, label=label, sequence=number, body=body)
        peer.send(14)  # BYE
    peer.send(HELLO, sequence=9, body=b'{"role": "submitter", "name": "s"}')
    peer.send(PUT, label=b"last", sequence=1, body=b'{"text": "' + TEXT.encode() + b'"}')
    end = time.monotonic() + 10
    confirmed = False
    while not confirmed and time.monotonic() < end:
        message = peer.receive()
        assert not (message[1] == REJECT and message[13] == 8), message[-1]
        status = json.loads(system.ask("status", "--json")[1])
        confirmed = status["accepted"] == 51
    assert confirmed
    peer.close()
