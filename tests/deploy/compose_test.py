"""The containers of docker/compose.yaml under load: scaled, killed, cut off, full, restarted."""
import base64
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest
import yaml

from deploy import compose
from deploy.figures import tell
from deploy.prometheus import program, scraping
from deploy.stack import ROOT, Stack, call, free_port, wait_until

NAME = f"nutgraf-test-{os.getpid()}"
STAGES = ["clean", "tag", "summarise", "deliver"]
NETWORKS = {"broker": {"inside", "desk"}, "gateway": {"desk", "outside"}}  # others: inside alone
SLOW = {"tag"}  # the others hold an article for a moment only
FIRST_LEASE_SECONDS = 1.0
LEASE_SECONDS = 30  # of a stage that says nothing else: config/pipeline.json


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


def health(container):
    return inspect(container, "{{.State.Health.Status}}")


def program_of(container):
    """The process that docker-init, a process of the host, has started."""
    process = inspect(container, "{{.State.Pid}}")
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        program, = file.read().split()
    return int(program)


def kill_hard(container):
    """What a crash does: the engine sees the main process end, and starts it again."""
    os.kill(int(inspect(container, "{{.State.Pid}}")), signal.SIGKILL)


class Load:
    """Submits in the background as long as the block lasts, or until so many were accepted."""

    def __init__(self, stack, pause=0.02, limit=1_000_000):
        self.stack, self.pause, self.limit = stack, pause, limit
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.is_over.is_set() and len(self.stack.accepted) < self.limit:
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
        networks = {f"{NAME}_{network}" for network in NETWORKS.get(service, {"inside"})}
        assert set(container["NetworkSettings"]["Networks"]) == networks
    assert all(inspect(f"{NAME}_{network}", "{{.Internal}}") == "true" for network in ("inside", "desk"))
    assert "<title>nutgraf</title>" in stack.get("/")


def test_no_container_has_power_and_each_has_bounds(stack):
    for service in ["broker", "gateway", *STAGES]:
        container = json.loads(inspect(stack.containers(service)[0], "{{json .}}"))
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"] and host["Init"] and host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"] and host["Tmpfs"]["/tmp"]
        assert host["Memory"] > 0 and host["PidsLimit"] > 0 and host["NanoCpus"] > 0
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert container["Config"]["StopTimeout"] > LEASE_SECONDS
        assert container["Config"]["Healthcheck"]["Test"][:3] == ["CMD", "nutgraf", "health"]
        assert os.stat(f"/proc/{program_of(container['Id'])}").st_uid == 10001


def test_each_container_has_its_own_key_alone(stack):
    for service in STAGES:
        names = stack.compose("exec", "-T", service, "ls", "/run/keys").split()
        assert sorted(names) == ["broker.public", "peer.public", "peer.secret"]


@pytest.mark.parametrize("lacks, words", [
    ("role client", ["nutgraf", "status"]), ("role submitter", ["nutgraf", "submit", "-"]),
    ('stage \\"tag\\"', ["nutgraf-tag"])])
def test_the_key_of_a_worker_opens_no_other_door_and_no_other_queue(stack, lacks, words):
    done = subprocess.run(["docker", "exec", "-i", stack.containers("clean")[0], *words],
                          input='{"id": "smuggled", "text": "A text."}', text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode != 0 and f"this key is not allowed the {lacks}" in done.stdout
    stack.compose("exec", "-T", "gateway", "nutgraf", "status")  # whose key opens this one


def test_up_does_not_say_yes_while_a_worker_cannot_start(image):
    if compose.new() is None:
        pytest.skip("docker-compose 1.29 does not wait")
    stack = Stack(f"{NAME}-broken", image, NUTGRAF_TAG_MODEL="nonsense")
    try:
        with pytest.raises(pytest.fail.Exception, match="exit status"):
            stack.compose("up", "--no-build", "--wait", "--wait-timeout", "60")
    finally:
        stack.down()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nsenter"), reason="this needs root and nsenter")
def test_no_worker_finds_the_gateway_on_any_network(stack):
    gateway = json.loads(inspect(stack.containers("gateway")[0], "{{json .NetworkSettings.Networks}}"))
    addresses = [network["IPAddress"] for network in gateway.values()]
    assert len(addresses) == 2
    for service in (*STAGES, "gateway"):
        process = inspect(stack.containers(service)[0], "{{.State.Pid}}")
        for address in addresses:
            words = ["curl", "-s", "-m", "1", "--noproxy", "*", "-o", "/dev/null", f"http://{address}:8080/livez"]
            found = subprocess.run(["nsenter", "-t", process, "-n", *words], timeout=30).returncode == 0
            assert found == (service == "gateway"), f"{service} {address}"


def test_a_program_that_hangs_is_not_called_healthy(stack):
    containers = [stack.containers(service)[0] for service in ("gateway", "tag")]

    def are(word):
        return all(health(container) == word for container in containers)
    wait_until(lambda: are("healthy"), "they are healthy", 60)
    hanging = [program_of(container) for container in containers]
    for process in hanging:
        os.kill(process, signal.SIGSTOP)
    try:
        wait_until(lambda: are("unhealthy"), "they are called so", 90)
    finally:
        for process in hanging:
            os.kill(process, signal.SIGCONT)
    wait_until(lambda: are("healthy"), "they are healthy again", 60)


# --- the work ------------------------------------------------------------------------------


def workers_of(stack, stage):
    return sum(worker["stage"] == stage for worker in stack.status()["workers"])


def started_at(container):
    """The moment of its last start, seconds since 1970."""
    text = inspect(container, "{{.State.StartedAt}}")
    return datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00").timestamp()


def first_leases(stack, stage, count):
    """When workers of a stage first held an article, by name, seconds since 1970."""
    found = {}

    def look():
        for worker in stack.status()["workers"]:
            if worker["stage"] == stage and "item_ms" in worker:
                found.setdefault(worker["name"], time.time() - worker["item_ms"] / 1000)
        return len(found) >= count
    wait_until(look, f"{count} workers of {stage} hold an article", pause=0.02)
    return found


def ready(stack, stage):
    return next(each["ready"] for each in stack.status()["stages"] if each["name"] == stage)


def serves_at(container):
    """The moment when the broker had greeted its worker, by the worker's log."""
    said = subprocess.run(["docker", "logs", container], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=60).stdout
    line = next(json.loads(line) for line in said.splitlines() if '"serving"' in line)
    return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


def check_first_leases(leases, containers):
    """A worker has an article within a second of being ready. From the start of its container that
    holds for the quickest, with its models still to load; how far the others, started at the same
    moment, are behind is an affair of how many cores there are."""
    moments = [(started_at(container), serves_at(container), moment) for container in containers
               for name, moment in leases.items() if container[:12] in name]
    tell("tag scaled from 1 to 4: " + "; ".join(
        f"ready {ready - start:.2f} s after its container's start, an article {lease - ready:.2f} s later"
        for start, ready, lease in moments))
    assert len(moments) == len(containers) == 3
    assert max(lease - ready for _, ready, lease in moments) <= FIRST_LEASE_SECONDS
    assert min(lease - start for start, _, lease in moments) <= FIRST_LEASE_SECONDS


def test_five_hundred_pages_come_out_once_while_workers_come_and_go(stack):
    with Load(stack, pause=0, limit=500):
        lost = stack.metric("nutgraf_leases_lost_total")
        old = stack.containers("tag")
        wait_until(lambda: ready(stack, "tag") >= 100, "there is work for all")
        scaling = threading.Thread(target=stack.up, args=("--scale", "tag=4"))
        scaling.start()
        leases = first_leases(stack, "tag", 4)
        scaling.join()
        check_first_leases(leases, set(stack.containers("tag")) - set(old))
        stack.up("--scale", "tag=1")
        wait_until(lambda: workers_of(stack, "tag") == 1, "one serves tag")
        assert stack.metric("nutgraf_leases_lost_total") == lost  # they finished what they held
        wait_until(lambda: len(stack.accepted) >= 500, "500 pages were accepted")
    stack.check_ledger()
    row = stack.results()[0]
    assert row["clean"]["text"] and row["summary"]["sentences"]
    assert row["entities"]["offset_unit"] == "codepoint"


def metrics_in(*paths):
    """The names of metrics that files speak of."""
    names = {"up"}
    for path in paths:
        with open(f"{ROOT}/docker/{path}", encoding="utf-8") as file:
            names.update(re.findall(r"\bnutgraf_\w+", file.read()))
    return names


def panels():
    with open(f"{ROOT}/docker/grafana/dashboards/nutgraf.json", encoding="utf-8") as file:
        found = json.load(file)["panels"]
    return {target["expr"] for panel in found for target in panel["targets"]}


def alerts_in_file():
    with open(f"{ROOT}/docker/prometheus/alerts.yml", encoding="utf-8") as file:
        return {rule["alert"] for rule in yaml.safe_load(file)["groups"][0]["rules"]}


def test_prometheus_finds_data_for_every_panel_and_metric_and_an_alert_fires(stack):
    names = metrics_in("prometheus/alerts.yml", "grafana/dashboards/nutgraf.json",
                       "kubernetes/keda.yaml")
    missing = panels() | names
    assert len(panels()) >= 12 and len(names) >= 12
    call(program("promtool"), "test", "rules", "tests/deploy/alerts.yml")
    with scraping(stack.url.removeprefix("http://"), free_port()) as server:
        assert server.healthy_rules() == alerts_in_file()

        def all_there():
            missing.difference_update({each for each in missing if has_data(server, each)})
            return not missing
        with Load(stack):
            wait_until(all_there, f"data for {missing}", 60)
        wait_until(lambda: not firing(server), "all is well", 60)
        stack.compose("stop", "tag")
        stack.submit(3)
        wait_until(lambda: firing(server), "somebody is told", 60)
        assert firing(server) == {("NutgrafNoWorkers", "tag")}
        stack.compose("start", "tag")
        wait_until(lambda: not firing(server), "all is well again", 60)
    stack.check_ledger()


def has_data(server, expression):
    return any(each["value"][1] != "NaN" for each in server.query(expression))


def firing(server):
    return {(each["metric"]["alertname"], each["metric"].get("stage"))
            for each in server.query('ALERTS{alertstate="firing"}')}


@pytest.mark.parametrize("service", [*STAGES, "gateway", "broker"])
def test_kill_9_of_a_container_loses_nothing(stack, service):
    container, = stack.containers(service)
    lost = stack.metric("nutgraf_leases_lost_total")
    with Load(stack, pause=0 if service in SLOW else 0.02):
        wait_until(lambda: service not in SLOW or ready(stack, service) >= 5, "it has its hands full")
        kill_hard(container)
        wait_until(lambda: int(inspect(container, "{{.RestartCount}}")) > 0, "it was started again")
        time.sleep(1)
        wait_until(lambda: service not in SLOW or stack.metric("nutgraf_leases_lost_total") > lost,
                   "what it held is missed")
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


def test_a_worker_whose_network_is_cut_costs_its_lease_and_no_article(stack):
    container, = stack.containers("tag")
    network = f"{NAME}_inside"
    lost = stack.metric("nutgraf_leases_lost_total")
    with Load(stack, pause=0):
        wait_until(lambda: ready(stack, "tag") >= 5, "tag has its hands full")
        call("docker", "network", "disconnect", network, container)
        wait_until(lambda: stack.metric("nutgraf_leases_lost_total") > lost, "its lease is lost")
        call("docker", "network", "connect", network, container)
        time.sleep(1)
    stack.check_ledger()


def test_everything_stopped_with_work_in_flight_goes_on_where_it_was(stack):
    stack.compose("stop", "-t", "40", "summarise")
    stack.submit(40)
    stack.compose("stop", "-t", "40")
    stack.up()
    stack.check_ledger()


# --- full disks ----------------------------------------------------------------------------


def make_large(stack):
    """Pages of 400 KB that are mostly comment: much to keep and little to do."""
    comment = b"<!--" + b"x" * 300_000 + b"-->"
    bodies = [base64.b64decode(page["html_base64"]) for page in stack.pages if "text" not in page]
    stack.pages = [{"html_base64": base64.b64encode(comment + body).decode("ascii")}
                   for body in bodies]


def expression_of(alert):
    with open(f"{ROOT}/docker/prometheus/alerts.yml", encoding="utf-8") as file:
        rules = yaml.safe_load(file)["groups"][0]["rules"]
    return next(rule["expr"] for rule in rules if rule["alert"] == alert)


def test_a_full_store_refuses_which_is_told_before_and_then_goes_on(image):
    stack = Stack(f"{NAME}-full", image, NUTGRAF_STORE_MB="24", NUTGRAF_KEEP_DAYS="0")
    make_large(stack)
    try:
        stack.up()
        stack.compose("stop", "-t", "40", "clean")
        with scraping(stack.url.removeprefix("http://"), free_port()) as server:
            nearly_full = expression_of("NutgrafStoreNearlyFull")
            stack.submit(10)
            time.sleep(2)
            assert server.query("nutgraf_store_bytes > 4e6") and not server.query(nearly_full)
            assert stack.submit(200, keep_on=False) == 429
            wait_until(lambda: server.query(nearly_full), "somebody is told", 30)
        stack.compose("start", "clean")
        stack.check_ledger()
        stack.submit(3)
        stack.check_ledger()
    finally:
        stack.down()


@pytest.fixture
def small(image):
    """A system whose broker has a disk of 512 MB, and large pages."""
    stack = Stack(f"{NAME}-small", image, ["compose.yaml", "../tests/deploy/small_disk.yaml"],
                  NUTGRAF_KEEP_DAYS="0")
    make_large(stack)
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
