"""The overlays beside docker/compose.yaml, and those of them run that our image alone carries."""
import glob
import os
import re

import pytest
import yaml

from deploy import compose
from deploy.stack import ROOT, Stack, call, wait_until

NAME = f"nutgraf-test-{os.getpid()}"
STAGES = ["clean", "tag", "summarise", "deliver"]
BOUNDS = {"init", "read_only", "tmpfs", "cap_drop", "security_opt", "pids_limit", "mem_limit", "cpus",
          "logging", "restart"}
LOOSE = {"opensearch": {"read_only", "tmpfs"}}  # it writes beside its configuration
THEIRS = {"prometheus", "grafana", "opensearch"}
# Who is on which; the others are inside alone.
NETWORKS = {"keys": set(), "broker": {"inside", "desk"}, "gateway": {"desk", "outside"},
            "prometheus": {"outside"}, "grafana": {"outside"}, "fetch": {"inside", "web"},
            "search": {"inside", "index"}, "opensearch": {"index", "window"}}
OVERLAYS = [["compose.observability.yaml"], ["compose.dev.yaml"], ["compose.fetch.yaml"],
            ["compose.search.yaml"], ["compose.observability.yaml", "compose.search.yaml"]]


def address_of(port):
    """Where it is published: in the words of the new Compose, or of the old."""
    return port["host_ip"] if isinstance(port, dict) else port.split(":")[0]


def mounted(service):
    """The files and folders of the host that it sees."""
    sources = [volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
               for volume in service.get("volumes", [])]
    return [source for source in sources if source.startswith("/")]


@pytest.mark.parametrize("find", [compose.new, compose.old], ids=["compose v2", "docker-compose 1.29"])
def test_compose_understands_the_overlays_and_bounds_every_container_in_them(find):
    program = find()
    if program is None:
        pytest.skip("this Compose cannot be had")
    for overlays in OVERLAYS:
        files = [word for file in ["compose.yaml", *overlays] for word in ("-f", f"docker/{file}")]
        said = call(*program, *files, "config", GRAFANA_PASSWORD="secret")
        for name, service in yaml.safe_load(said)["services"].items():
            assert BOUNDS - set(service) == LOOSE.get(name, set()), name
            assert service["cap_drop"] == ["ALL"] and service["init"] is True, name
            assert service["security_opt"] == ["no-new-privileges:true"], name
            assert all(address_of(port) == "127.0.0.1" for port in service.get("ports", [])), name
            assert ("healthcheck" in service) == (name not in THEIRS | {"keys"}), name
            extra = {"outside"} if name == "broker" and overlays == ["compose.dev.yaml"] else set()
            assert set(service.get("networks", [])) == NETWORKS.get(name, {"inside"}) | extra, name
            # The engine would make an empty folder of a path that is not there.
            assert all(os.path.exists(path) for path in mounted(service)), name


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


def test_with_fetch_a_url_alone_is_an_article_and_no_private_address_is_asked(bare):
    """And no container needs a program that is not ours: there is none, not even a shell."""
    stack = Stack(f"{NAME}-fetch", bare, ["compose.yaml", "compose.fetch.yaml"])
    try:
        stack.up()
        stack.submit(5)
        assert stack.post({"id": "private", "url": "http://172.17.0.1/article.html"}) == 202
        wait_until(lambda: stack.status()["buried"] == 1, "the url is given up")
        assert "172.17.0.1" in stack.get("/v1/dead-letters")
        stack.check_ledger()
    finally:
        stack.down()


def test_what_can_be_set_stands_in_the_example_with_its_default():
    said, used = {}, {}
    with open(f"{ROOT}/docker/.env.example", encoding="utf-8") as file:
        said.update(re.findall(r"^#?([A-Z_]+)=(.*)$", file.read(), re.MULTILINE))
    for path in glob.glob(f"{ROOT}/docker/compose*.yaml"):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"^ *#.*$", "", file.read(), flags=re.MULTILINE)
        used.update(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    assert said.pop("COMPOSE_PROJECT_NAME") == "nutgraf" and said.pop("GRAFANA_PASSWORD") == ""
    assert said == used and len(used) > 15
