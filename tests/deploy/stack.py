"""The system of docker/compose.yaml on a real engine, and what a person does to it."""
import base64
import io
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request

import pytest

from deploy import compose
from deploy.compose import answers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BASE = "debian:12.12-slim"
RESULTS = "/var/lib/nutgraf/results/results.jsonl"
PATIENCE_SECONDS = 180


def why_not():
    """Why this machine cannot run containers; None if it can."""
    if not answers("docker", "info"):
        return "no Docker engine answers"
    if not compose.either():
        return "there is neither docker compose nor docker-compose"
    if not answers("docker", "image", "inspect", BASE) and not (
            answers("docker", "pull", "-q", BASE)
            or (os.geteuid() == 0 and shutil.which("debootstrap"))):
        return f"{BASE} cannot be pulled, nor made without root and debootstrap"
    return None


def call(*command, text="", seconds=1200, cwd=ROOT, may_fail=False, **environment):
    """What a command says, run in the root of the tree; its failure shows all it said."""
    done = subprocess.run(command, cwd=cwd, input=text, env={**os.environ, **environment},
                          timeout=seconds, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0 and not may_fail:
        pytest.fail(f"{' '.join(command)}: exit status {done.returncode}\n"
                    f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def wait_until(condition, what, seconds=PATIENCE_SECONDS, pause=0.2):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pages():
    """The sample pages: what a submission needs beside its id; HTML as bytes."""
    found = []
    for name in sorted(os.listdir(f"{ROOT}/tests/samples")):
        with open(f"{ROOT}/tests/samples/{name}", "rb") as file:
            data = file.read()
        if name.endswith(".html"):
            found.append({"html_base64": base64.b64encode(data).decode("ascii")})
        elif name.endswith(".txt"):
            found.append({"text": data.decode("utf-8")})
    return found


class Stack:
    """One project of Compose; `accepted` are the ids that were answered 202, and `refusals`
    counts the answers 429: the broker is full."""

    def __init__(self, name, image, files=("compose.yaml",), **environment):
        self.program = compose.either()
        self.files = files
        self.environment = {"NUTGRAF_IMAGE": image, "COMPOSE_PROJECT_NAME": name,
                            "NUTGRAF_HTTP_PORT": "0", **environment}
        self.accepted = []
        self.refusals = 0
        self.number = 0
        self.pages = pages()
        self.url = None

    def compose(self, *words, **more):
        chosen = [word for file in self.files for word in ("-f", f"docker/{file}")]
        # A developer's docker/.env is not asked.
        return call(*self.program, "--env-file", "/dev/null", *chosen, *words, **more, **self.environment)

    def up(self, *words):
        self.compose("up", "-d", "--no-build", *words)
        wait_until(self.is_ready, "the gateway is ready")

    def find_gateway(self):
        """The engine gives it another port when it starts again, and none while it is down."""
        said = self.compose("port", "gateway", "8080", may_fail=True).strip()
        self.url = f"http://{said or '127.0.0.1:1'}"

    def down(self):
        self.compose("down", "-v", "-t", "45", "--remove-orphans")

    def logs(self, service):
        return self.compose("logs", "--no-color", service)

    def containers(self, service):
        return self.compose("ps", "-q", service).split()

    def is_ready(self):
        self.find_gateway()
        try:
            return self.get("/readyz") is not None
        except OSError:
            return False

    def get(self, path):
        """The text of an answer; URLError, an OSError, if there is none."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return answer.read().decode()

    def articles(self, count):
        """New submissions."""
        made = []
        for _ in range(count):
            made.append({"id": f"page-{self.number}", **self.pages[self.number % len(self.pages)]})
            self.number += 1
        return made

    def post(self, article):
        """The status of one POST; 0: nobody answered."""
        request = urllib.request.Request(
            f"{self.url}/v1/articles", json.dumps(article).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def submit(self, count, keep_on=True):
        """Posts new pages, each until it is accepted; without keep_on ends with the first
        that is not, and returns its status."""
        for article in self.articles(count):
            status = self.post(article)
            while keep_on and status in (0, 429, 503):
                self.refusals += status == 429
                time.sleep(0.2)
                if status == 0:
                    self.find_gateway()
                status = self.post(article)
            if status != 202:
                assert not keep_on, status
                return status
            self.accepted.append(article["id"])
        return 202

    def status(self):
        return json.loads(self.get("/v1/status"))

    def metric(self, name):
        """The sum of a metric over its labels."""
        lines = [line for line in self.get("/metrics").splitlines()
                 if re.match(rf"{name}[{{ ]", line)]
        return sum(float(line.split()[-1]) for line in lines)

    def results(self):
        """The rows in the sink's file, read from outside: the container needs no tool for it."""
        container, = self.containers("deliver")
        done = subprocess.run(["docker", "cp", f"{container}:{RESULTS}", "-"],
                              capture_output=True, timeout=60)
        if done.returncode != 0:
            assert b"No such" in done.stderr or b"not find" in done.stderr, done.stderr
            return []
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            rows = archive.extractfile(archive.next()).read().decode()
        return [json.loads(line) for line in rows.splitlines()]

    def check_ledger(self):
        """Each accepted article is in the sink once, and nothing else is."""
        wait_until(lambda: self.status()["queued"] == 0, "nothing is queued")
        rows = sorted(row["id"] for row in self.results())
        assert rows == sorted(self.accepted), {
            "lost": sorted(set(self.accepted) - set(rows))[:5],
            "doubled": sorted({name for name in rows if rows.count(name) > 1})[:5],
            "invented": sorted(set(rows) - set(self.accepted))[:5]}
