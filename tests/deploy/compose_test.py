"""The containers of docker/compose.yaml under load: scaled, killed, cut off, full, restarted."""
import base64
import datetime
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from deploy.prometheus import program, scraping
from deploy import compose
from deploy.stack import ROOT, Stack, call, pages, wait_until

NAME = f"nutgraf-test-{os.getpid()}"
STAGES = ["clean", "tag", "summarise", "deliver"]
LEASE_SECONDS = 30  # of a stage that says nothing else: config/pipeline.json
OVERLAYS = [["compose.observability.yaml"], ["compose.dev.yaml"], ["compose.fetch.yaml"],
            ["compose.search.yaml"], ["compose.observability.yaml", "compose.search.yaml"]]


@pytest.fixture(scope="module")
def stack(image):
    stack = Stack(NAME, image)
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def inspect(what, template):
    return call("docker", "inspect", "-f", template, what).strip()


def kill_hard(container):
    """What a crash does: the engine sees the main process end, and starts it again."""
    os.kill(int(inspect(container, "{{.State.Pid}}")), signal.SIGKILL)


class Load:
    """Submits in the background as long as the block lasts."""

    def __init__(self, stack, pause=0.02):
        self.stack, self.pause = stack, pause
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_over.is_set():
            self.stack.submit(1)
            time.sleep(self.pause)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.is_over.set()
        self.thread.join()


# --- the containers ------------------------------------------------------------------------


def test_only_the_gateway_can_be_reached(stack):
    for service in ["broker", "gateway", *STAGES]:
        container = json.loads(inspect(stack.containers(service)[0], "{{json .}}"))
        ports = container["NetworkSettings"]["Ports"].values()
        published = [port["HostIp"] for each in ports for port in each or []]
        assert published == (["127.0.0.1"] if service == "gateway" else []), service
        networks = {f"{NAME}_inside"} | ({f"{NAME}_outside"} if service == "gateway" else set())
        assert set(container["NetworkSettings"]["Networks"]) == networks
    assert inspect(f"{NAME}_inside", "{{.Internal}}") == "true"
    assert "<title>nutgraf</title>" in stack.get("/")


def test_no_container_has_power_and_each_has_bounds(stack):
    for service in ["broker", "gateway", *STAGES]:
        container = json.loads(inspect(stack.containers(service)[0], "{{json .}}"))
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"] and host["Init"] and host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"] and host["Tmpfs"]["/tmp"]
        assert host["Memory"] > 0 and host["PidsLimit"] > 0
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert container["Config"]["StopTimeout"] > LEASE_SECONDS
        assert ("Healthcheck" in container["Config"]) == (service in ("broker", "gateway"))
        assert stack.compose("exec", "-T", service, "id", "-u").strip() == "10001"


def test_each_container_has_its_own_key_alone(stack):
    for service in STAGES:
        names = stack.compose("exec", "-T", service, "ls", "/run/keys").split()
        assert sorted(names) == ["broker.public", "peer.public", "peer.secret"]
    # A worker's key opens no other door.
    done = subprocess.run(["docker", "exec", stack.containers("clean")[0], "nutgraf", "status"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode != 0


# --- what the README says ------------------------------------------------------------------


def readme_commands():
    """The commands of the chapter on Compose."""
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        chapter = file.read().split("## With Docker Compose\n")[1]
    return chapter.split("```sh\n")[1].split("```")[0]


@pytest.mark.parametrize("find", [compose.new, compose.old], ids=["compose v2", "docker-compose 1.29"])
def test_the_chapter_of_the_readme_is_true(image, tmp_path, find):
    """Run as it stands, but for a port of its own, an image built before, and, for Compose 1.29,
    what it does not know."""
    program = find()
    if program is None:
        pytest.skip("this Compose cannot be had")
    for name in ("docker", "tests"):
        os.symlink(f"{ROOT}/{name}", tmp_path / name)
    articles = [{"id": f"readme-{i}", "text": page["text"]}
                for i, page in enumerate(pages()) if "text" in page]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(each) + "\n" for each in articles))
    port = str(free_port())
    script = readme_commands()
    assert script.count("\n") == 7 and "8080" in script and "docker/build.sh" in script
    script = script.replace("docker/build.sh", "true").replace("8080", port)
    script = script.replace("docker compose", " ".join(program))
    if find == compose.old:
        script = script.replace("up --wait", "up -d")
        # What --wait does.
        script = script.replace("curl -sf", "curl -sf --retry 60 --retry-all-errors --retry-delay 1")
    environment = {"NUTGRAF_IMAGE": image, "COMPOSE_PROJECT_NAME": f"{NAME}-readme",
                   "NUTGRAF_HTTP_PORT": port}
    try:
        said = call("sh", "-ec", script, cwd=tmp_path, **environment)
    finally:
        call(*program, "-f", "docker/compose.yaml", "down", "-v", "-t", "10", **environment)
    # The answer to curl ends without a line feed.
    rows = [json.JSONDecoder().raw_decode(line)[0] for line in said.splitlines()
            if line.startswith('{"id"')]
    assert {each["id"] for each in articles} <= {row["id"] for row in rows}


# --- the work ------------------------------------------------------------------------------


def workers_of(stack, stage):
    return sum(worker["stage"] == stage for worker in stack.status()["workers"])


def started_at(container):
    """The moment of its last start, seconds since 1970."""
    text = inspect(container, "{{.State.StartedAt}}")
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


def test_five_hundred_pages_come_out_once_while_workers_come_and_go(stack):
    with Load(stack, pause=0):
        lost = stack.metric("nutgraf_leases_lost_total")
        scaling = threading.Thread(target=stack.up, args=("--scale", "tag=4"))
        scaling.start()
        wait_until(lambda: workers_of(stack, "tag") == 4, "four serve tag")
        served = time.time()
        scaling.join()
        newest = max(started_at(container) for container in stack.containers("tag"))
        print(f"the last of four workers served {served - newest:.2f} s after its start")
        stack.up("--scale", "tag=1")
        wait_until(lambda: workers_of(stack, "tag") == 1, "one serves tag")
        assert stack.metric("nutgraf_leases_lost_total") == lost  # they finished what they held
        wait_until(lambda: len(stack.accepted) >= 500, "500 pages were accepted")
    stack.check_ledger()
    row = stack.results()[0]
    assert row["clean"]["text"] and row["summary"]["sentences"]
    assert row["entities"]["offset_unit"] == "codepoint"


def test_prometheus_finds_data_for_every_panel_and_alert(stack):
    with open(f"{ROOT}/docker/grafana/dashboards/nutgraf.json", encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    wanted = {target["expr"] for panel in panels for target in panel["targets"]}
    with Load(stack), scraping(stack.url.removeprefix("http://"), free_port()) as server:
        missing = set(wanted)

        def all_there():
            missing.difference_update({each for each in missing if has_data(server, each)})
            return not missing
        wait_until(all_there, f"data for {missing}", 60)
    assert len(wanted) >= 12
    call(program("promtool"), "test", "rules", "tests/deploy/alerts.yml")


def has_data(server, expression):
    return any(each["value"][1] != "NaN" for each in server.query(expression))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("find", [compose.new, compose.old], ids=["compose v2", "docker-compose 1.29"])
def test_compose_understands_the_overlays(find):
    program = find()
    if program is None:
        pytest.skip("this Compose cannot be had")
    for overlays in OVERLAYS:
        files = [word for file in ["compose.yaml", *overlays] for word in ("-f", f"docker/{file}")]
        call(*program, *files, "config", "-q", GRAFANA_PASSWORD="secret")


@pytest.mark.parametrize("service", [*STAGES, "gateway", "broker"])
def test_kill_9_of_a_container_loses_nothing(stack, service):
    with Load(stack):
        time.sleep(1)
        kill_hard(stack.containers(service)[0])
        time.sleep(3)
    wait_until(stack.is_ready, "the gateway is ready again")
    stack.check_ledger()


def test_a_rolling_restart_of_everything_under_load_loses_nothing(stack):
    with Load(stack):
        lost = stack.metric("nutgraf_leases_lost_total")
        for service in STAGES:
            stack.compose("restart", service)
        assert stack.metric("nutgraf_leases_lost_total") == lost  # they finished what they held
        for service in ("broker", "gateway"):
            stack.compose("restart", service)
    wait_until(stack.is_ready, "the gateway is ready again")
    stack.check_ledger()


def test_a_worker_whose_network_is_cut_costs_a_lease_and_no_article(stack):
    container = stack.containers("clean")[0]
    network = f"{NAME}_inside"
    with Load(stack):
        time.sleep(1)
        call("docker", "network", "disconnect", network, container)
        time.sleep(4)
        call("docker", "network", "connect", network, container)
        time.sleep(1)
    stack.check_ledger()


def test_everything_stopped_with_work_in_flight_goes_on_where_it_was(stack):
    stack.compose("stop", "-t", "40", "summarise")
    stack.submit(40)
    stack.compose("stop", "-t", "40")
    stack.up()
    stack.check_ledger()


# --- overlays that our image alone carries -------------------------------------------------


def test_an_index_that_is_down_holds_up_no_other_sink(image):
    """compose.search.yaml without its OpenSearch."""
    stack = Stack(f"{NAME}-search", image, ["compose.yaml", "compose.search.yaml"])
    try:
        stack.up("gateway", *STAGES, "search")
        stack.submit(5)
        wait_until(lambda: len(stack.results()) == 5, "five are delivered")
        status = stack.status()
        assert status["queued"] == 5 and status["buried"] == 0
        assert {worker["stage"] for worker in status["workers"]} == {*STAGES, "search"}
    finally:
        stack.down()


def test_with_fetch_a_url_alone_is_an_article_and_no_private_address_is_asked(image):
    stack = Stack(f"{NAME}-fetch", image, ["compose.yaml", "compose.fetch.yaml"])
    try:
        stack.up()
        stack.submit(5)
        assert stack.post({"id": "private", "url": "http://172.17.0.1/article.html"}) == 202
        wait_until(lambda: stack.status()["buried"] == 1, "the url is given up")
        assert "172.17.0.1" in stack.get("/v1/dead-letters")
        stack.check_ledger()
    finally:
        stack.down()


# --- full disks ----------------------------------------------------------------------------


def test_a_full_store_refuses_and_then_goes_on(image):
    stack = Stack(f"{NAME}-full", image, NUTGRAF_STORE_MB="24", NUTGRAF_KEEP_DAYS="0",
                  NUTGRAF_TAG_MODEL="fast")
    try:
        stack.up()
        stack.compose("stop", "-t", "40", "clean")
        big = "The river rose again on Monday, the council said. " * 20000
        stack.pages = [{"text": big}]
        assert stack.submit(200, keep_on=False) == 429
        assert len(stack.accepted) >= 3
        stack.compose("start", "clean")
        stack.check_ledger()
        stack.submit(3)
        stack.check_ledger()
    finally:
        stack.down()


@pytest.fixture
def small(image):
    """A system whose broker has a disk of 512 MB, and pages of 400 KB that are mostly comment."""
    stack = Stack(f"{NAME}-small", image, ["compose.yaml", "../tests/deploy/small_disk.yaml"],
                  NUTGRAF_KEEP_DAYS="0")
    comment = b"<!--" + b"x" * 300_000 + b"-->"
    bodies = [base64.b64decode(page["html_base64"]) for page in stack.pages if "text" not in page]
    stack.pages = [{"html_base64": base64.b64encode(comment + body).decode("ascii")}
                   for body in bodies]
    try:
        yield stack
    finally:
        stack.down()


def fill(stack):
    """Somebody else takes the last byte of the broker's disk."""
    said = stack.compose("exec", "-T", "filler", "sh", "-c", "cat /dev/zero 2>&1 >/disk/filler || true")
    assert "No space left on device" in said


def make_room(stack):
    stack.compose("exec", "-T", "filler", "rm", "/disk/filler")


def test_a_disk_full_to_the_last_byte_loses_nothing(small):
    small.up()
    with Load(small, pause=0):
        small.compose("stop", "clean")  # what comes stays
        fill(small)
        wait_until(lambda: small.refusals >= 3, "the broker is full")
        kill_hard(small.containers("broker")[0])
        before = small.refusals
        wait_until(lambda: small.refusals >= before + 3, "a broker that starts anew is full")
        assert "no room for new articles" in small.logs("broker")
        make_room(small)
        small.compose("start", "clean")
        before = len(small.accepted)
        wait_until(lambda: len(small.accepted) >= before + 20, "there is room")
    small.check_ledger()


def test_a_broker_that_starts_on_a_full_disk_says_so_and_waits_for_room(small):
    small.compose("up", "-d", "--no-build", "filler")
    fill(small)
    small.compose("up", "-d", "--no-build", "broker")
    wait_until(lambda: "No space left on device" in small.logs("broker"), "the broker says why")
    make_room(small)
    small.up()
    small.submit(5)
    small.check_ledger()
