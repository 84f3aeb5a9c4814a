"""A worker of a few lines of Python, written from PROTOCOL.md alone, serves a stage."""
import os
import sys

import pytest
from e2e.system import System, wait_until

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
ARTICLES = [{"id": f"n{i}", "text": f"The café on Elm Street opened again on day {i} of the fair, its "
                                     "owner said on Monday. Guests had asked for it for months.\n"}
            for i in range(20)]


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, [{"name": "clean"}, {"name": "shout", "workers": 0}])
    system.start_broker()
    system.start(system.program("clean"))
    system.start(system.program("deliver"))
    yield system
    system.close()


def start_worker(system):
    return system.start(sys.executable, WORKER, system.broker_options["work"], "shout")


@pytest.mark.release
def test_it_enriches_each_article_once_and_stops_when_asked(system):
    worker = start_worker(system)
    system.submit(ARTICLES)
    rows = system.results_of(len(ARTICLES))
    assert sorted(row["id"] for row in rows) == sorted(article["id"] for article in ARTICLES)
    for row in rows:
        assert row["shout"]["text"] == row["clean"]["text"].upper()
        assert "CAFÉ" in row["shout"]["text"]
    system.stop(worker)


def test_it_goes_on_after_the_broker_was_killed(system):
    worker = start_worker(system)
    system.submit(ARTICLES)
    wait_until(lambda: system.results(), "a first result")
    system.kill(system.running[0])
    system.start_broker()
    rows = system.results_of(len(ARTICLES))
    assert sorted(row["id"] for row in rows) == sorted(article["id"] for article in ARTICLES)
    system.stop(worker)
