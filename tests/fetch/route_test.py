"""A url alone is a submission where the route fetches it, and refused with the way out elsewhere."""
import json
import os
import subprocess
import sys

import pytest

from e2e.gateway import Gateway
from e2e.system import System, wait_until

SUBMITTER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                         "clients", "submitter.py")
PAGE = ("<html><head><title>Bridge</title></head><body><article><p>The bridge over the river has opened "
        "again, the council said on Monday, after fourteen months of repairs.</p><p>Buses will use it "
        "from next week, the mayor told reporters.</p></article></body></html>").encode()
REASON = ('field "url" stands alone, and the route has no stage to fetch it: '
          "put fetch before clean in pipeline.json")
FETCH = {"name": "fetch", "backoff_ms": 50,
         "options": {"allow_addresses": ["127.0.0.1"], "delay_ms": 0}}


@pytest.fixture
def start(tmp_path, programs):
    systems = []

    def start_system(stages, kind=System):
        systems.append(kind(tmp_path, programs, stages))
        systems[-1].start_broker()
        for stage in (*(stage["name"] for stage in stages), "deliver"):
            systems[-1].start(systems[-1].program(stage))
        return systems[-1]

    yield start_system
    for system in systems:
        system.close()


@pytest.mark.release
def test_the_page_of_a_url_comes_out_as_an_article(start, site):
    turns = iter(range(100))
    server = site({"/a": lambda handler: handler.answer(*(503, b"") if next(turns) < 2 else (200, PAGE)),
                   "/robots.txt": b"User-agent: *\nDisallow: /private\n"})
    system = start([FETCH, {"name": "clean"}])
    lines = "".join(json.dumps({"id": path, "url": server.url + path}) + "\n" for path in ("/a", "/private"))
    status, output, notes = system.ask("submit", "--wait", "-", text=lines)
    assert status == 1, notes
    ends = dict(line.split("\t", 1) for line in output.splitlines())
    assert ends["/a"] == "done"  # though the site was busy twice
    assert "robots.txt does not allow nutgraf to fetch /private" in ends["/private"]
    row, = system.results_of(1)
    assert "The bridge over the river has opened again" in row["clean"]["text"]
    assert row["fetch"]["status"] == 200 and [hop["stage"] for hop in row["trace"]] == ["fetch", "clean"]


def test_elsewhere_it_is_refused_by_the_command_and_by_http(start):
    system = start([{"name": "clean"}], Gateway)
    line = json.dumps({"id": "a", "url": "http://127.0.0.1:9/"})
    status, _, notes = system.ask("submit", "-", text=line)
    assert status == 1 and f"stdin:1: {REASON}" in notes
    system.start_gateway()
    wait_until(lambda: system.get("/readyz").status == 200, "the gateway is ready")
    answer = system.post("/v1/articles", line)
    assert answer.status == 422 and answer.json["field"] == "url" and REASON in answer.json["detail"]


def test_elsewhere_what_comes_by_another_way_is_a_dead_letter_that_says_why(start):
    system = start([{"name": "clean"}])
    done = subprocess.run([sys.executable, SUBMITTER, system.broker_options["ingest"]], text=True,
                          input=json.dumps({"id": "a", "url": "http://127.0.0.1:9/"}) + "\n",
                          stdout=subprocess.PIPE, timeout=60, check=True)
    assert done.stdout == "a\tconfirmed\n"
    status, output, _ = system.ask("submit", "--wait", "-", text=json.dumps(
        {"id": "a", "text": "the id is known"}))
    assert status == 1 and "no stage fetch stands before clean in the route" in output
