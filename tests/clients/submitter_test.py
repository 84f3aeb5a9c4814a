"""A submitter of some lines of Python, written from PROTOCOL.md alone, loses nothing."""
import json
import os
import subprocess
import sys
import time

import pytest

from e2e.system import System, wait_until

SUBMITTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "submitter.py")


def articles(count):
    return [{"id": f"n{i}", "text": f"The café on Elm Street opened again on day {i} of the fair, its "
                                    "owner said on Monday. Guests had asked for it for months.\n"}
            for i in range(count)]


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}], window=16, body_max_mb=1)
    system.start_broker()
    yield system
    system.close()


def submit(system, given):
    process = subprocess.Popen([sys.executable, SUBMITTER, system.broker_options["ingest"]],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("".join(json.dumps(article) + "\n" for article in given))
    process.stdin.close()
    return process


def settled(process):
    lines = process.stdout.read().splitlines()
    assert process.wait(60) == 0
    process.stdout.close()
    return dict(line.split("\t") for line in lines)


@pytest.mark.release
def test_each_article_is_settled_and_what_is_known_is_a_duplicate(system):
    assert settled(submit(system, articles(200))) == {f"n{i}": "confirmed" for i in range(200)}
    again = settled(submit(system, articles(201)))
    assert again.pop("n200") == "confirmed"
    assert set(again.values()) == {"duplicate"} and len(again) == 200


def test_it_goes_on_after_the_broker_was_killed(system):
    process = submit(system, articles(3000))
    line = process.stdout.readline()
    system.kill(system.running[0])
    time.sleep(0.3)
    system.start_broker()
    found = settled(process)
    found.update([line.rstrip("\n").split("\t")])
    assert set(found) == {f"n{i}" for i in range(3000)}
    assert set(found.values()) <= {"confirmed", "duplicate"}
    status = json.loads(system.ask("status", "--json")[1])
    assert status["stages"][0]["ready"] == 3000


def test_a_refusal_is_told_with_its_reason(system):
    large = {"id": "large", "text": "word " * 300000}
    found = settled(submit(system, [*articles(2), large]))
    assert found["n0"] == found["n1"] == "confirmed"
    assert found["large"].startswith("refused: ") and "1048576" in found["large"]


def test_a_full_disk_is_waited_for(tmp_path, programs):
    system = System(tmp_path / "small", programs, [{"name": "clean"}], store_mb=16, full_retry_ms=100)
    try:
        system.start_broker()
        large = [{**article, "text": article["text"] + "word " * 20000} for article in articles(300)]
        process = submit(system, large)
        wait_until(lambda: json.loads(system.ask("status", "--json")[1])["stages"][0]["ready"] > 10,
                   "some have arrived")
        system.start(system.program("clean"))
        system.start(system.program("deliver"))
        assert settled(process) == {f"n{i}": "confirmed" for i in range(300)}
        assert len(system.results_of(300)) == 300
    finally:
        system.close()
