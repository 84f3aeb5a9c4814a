"""The containers of docker/compose.yaml take the sample pages and give each result once."""
import base64
import json
import os
import shutil
import subprocess
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = f"nutgraf-test-{os.getpid()}"
IMAGE = f"{NAME}:latest"
RESULTS = "/var/lib/nutgraf/results/results.jsonl"
WAIT_SECONDS = 120
NEWS = ("The bridge in Leeds opened again on Monday after nine months of repairs, the city council "
        "said. Engineers had found cracks in two of its piers last winter.\n")


def call(*command, text="", seconds=900):
    """Runs a command in the root of the tree; its failure shows what it said."""
    # Port 0: any free one, so that two runs do not meet.
    environment = {**os.environ, "NUTGRAF_IMAGE": IMAGE, "COMPOSE_PROJECT_NAME": NAME,
                   "NUTGRAF_INGEST_PORT": "0", "NUTGRAF_ADMIN_PORT": "0",
                   "NUTGRAF_HTTP_PORT": "0"}
    done = subprocess.run(command, cwd=ROOT, input=text, env=environment, timeout=seconds,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(command)}: exit status {done.returncode}\n"
                    f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def answers(*command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def compose_program():
    for program in (["docker", "compose"], ["docker-compose"]):
        if answers(*program, "version"):
            return program
    return None


def why_not():
    """Why this machine cannot run containers; None if it can."""
    if not answers("docker", "info"):
        return "no Docker engine answers"
    if not compose_program():
        return "there is neither docker compose nor docker-compose"
    if not answers("docker", "image", "inspect", "debian:12-slim") and not (
            answers("docker", "pull", "-q", "debian:12-slim")
            or (os.geteuid() == 0 and shutil.which("debootstrap"))):
        return "debian:12-slim cannot be pulled, nor made without root and debootstrap"
    return None


def compose(*words, text=""):
    return call(*compose_program(), "-f", "docker/compose.yaml", *words, text=text)


@pytest.fixture(scope="module")
def system():
    reason = why_not()
    if reason:
        pytest.skip(reason)
    call("docker/build.sh")
    try:
        compose("up", "-d", "--no-build", "--scale", "tag=2")
        yield
    finally:
        compose("down", "-v", "-t", "10")
        call("docker", "image", "rm", IMAGE)


def submissions():
    """The sample pages, the id being the name of the file; HTML as bytes, in its charset."""
    found = []
    for name in sorted(os.listdir(f"{ROOT}/tests/samples")):
        with open(f"{ROOT}/tests/samples/{name}", "rb") as file:
            data = file.read()
        if name.endswith(".html"):
            found.append({"id": name, "html_base64": base64.b64encode(data).decode("ascii")})
        elif name.endswith(".txt"):
            found.append({"id": name, "text": data.decode("utf-8")})
    return found


def results():
    """The rows delivered so far; none as long as there is no file."""
    read = f"test ! -e {RESULTS} || cat {RESULTS}"
    rows = compose("exec", "-T", "deliver", "sh", "-c", read)
    return [json.loads(line) for line in rows.splitlines()]


def results_of(count):
    """Waits until there are so many rows, then a moment more for rows too many."""
    end = time.monotonic() + WAIT_SECONDS
    while len(results()) < count and time.monotonic() < end:
        time.sleep(1)
    time.sleep(2)
    return results()


def submit(articles):
    lines = "".join(json.dumps(article) + "\n" for article in articles)
    compose("exec", "-T", "clean", "nutgraf", "submit", "-", text=lines)


def test_two_workers_serve_one_stage(system):
    assert len(compose("ps", "-q", "tag").split()) == 2


def test_each_sample_page_gives_one_result(system):
    articles = submissions()
    assert len(articles) >= 10
    submit(articles)
    rows = results_of(len(articles))
    assert sorted(row["id"] for row in rows) == sorted(article["id"] for article in articles)
    for row in rows:
        assert row["clean"]["text"] and row["summary"]["sentences"], row["id"]
        assert row["entities"]["offset_unit"] == "codepoint", row["id"]


def test_a_restarted_broker_knows_its_articles(system):
    before = results()
    compose("restart", "-t", "10", "broker")
    submit([*submissions(), {"id": "after", "text": NEWS}])
    rows = results_of(len(before) + 1)
    assert sorted(row["id"] for row in rows) == sorted([*(row["id"] for row in before), "after"])


def test_no_program_runs_as_root(system):
    assert compose("exec", "-T", "broker", "id", "-u").strip() != "0"
