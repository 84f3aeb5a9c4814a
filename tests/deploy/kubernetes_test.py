"""docker/kubernetes/: what its own definitions say of the manifests, who may talk to whom, and the pods
themselves, run on the engine with the secrets that README makes."""
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from deploy.cluster import WORKLOADS, Cluster, manifests, of_kind
from deploy.stack import ROOT, call, wait_until
from deploy.tree import scripts, version
from venv import python_of

BUILT_IN = ("v1", "apps/v1", "networking.k8s.io/v1")
POD = {"app.kubernetes.io/name": "nutgraf"}
COMPONENT = "app.kubernetes.io/component"
DOORS = {"ingest": 7701, "work": 7702, "admin": 7703}

# A kubectl that keeps what it is told: `create secret generic NAME --from-file=FOLDER`, `apply -k`.
KUBECTL = """#!/bin/sh
set -eu
case "$1 $2" in
    "create secret") cp -r "${5#--from-file=}" "$SECRETS/$4" ;;
    "apply -k") test -f "$3/kustomization.yaml" ;;
    *) exit 1 ;;
esac
"""


def run(*command, **more):
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, **more)


# --- what is written -----------------------------------------------------------------------


def test_kubernetes_accepts_every_manifest():
    checked = [document for _, document in manifests() if document["apiVersion"] in BUILT_IN]
    script = ("import json, sys, kubernetes_validate as check\n"
              "for each in json.load(sys.stdin):\n"
              "    check.validate(each, '1.29', strict=True)\n"
              "print('valid')\n")
    done = run(python_of("kubernetes"), "-c", script, input=json.dumps(checked))
    assert len(checked) >= 13 and done.stdout.endswith("valid\n"), done.stdout
    for place in (0, next(i for i, each in enumerate(checked) if each["kind"] == "NetworkPolicy")):
        broken = [{**checked[place], "spec": {"no such key": 1}}]
        assert run(python_of("kubernetes"), "-c", script, input=json.dumps(broken)).returncode != 0


def test_keda_accepts_every_scaler_and_knows_each_of_its_keys():
    """By models made from KEDA's own definition; they pass over a key that they do not know,
    which is then missing in what they give back."""
    scalers = of_kind("ScaledObject")
    script = ("import json, sys\n"
              "from cloudcoil.models.keda.v1alpha1 import ScaledObject\n"
              "for each in json.load(sys.stdin):\n"
              "    known = ScaledObject.model_validate(each).model_dump(\n"
              "        by_alias=True, exclude_unset=True, mode='json')\n"
              "    assert known == each, known\n"
              "print('valid')\n")
    done = run(python_of("keda"), "-c", script, input=json.dumps(scalers))
    assert len(scalers) >= 3 and done.stdout.endswith("valid\n"), done.stdout
    spec = scalers[0]["spec"]
    for broken in ({**spec, "maxReplicas": 4}, {**spec, "maxReplicaCount": "many"},
                   {**spec, "triggers": [{"type": "prometheus"}]}):
        wrong = [{**scalers[0], "spec": broken}]
        assert run(python_of("keda"), "-c", script, input=json.dumps(wrong)).returncode != 0, broken


def test_each_stage_of_the_route_has_a_workload_that_is_scaled_by_its_own_name():
    workloads = {each["metadata"]["name"]: each for each in of_kind(*WORKLOADS)}
    with open(f"{ROOT}/config/pipeline.json", encoding="utf-8") as file:
        route = json.load(file)["stages"]
    assert {f"nutgraf-{stage.get('program', stage['name'])}" for stage in route} <= set(workloads)
    scalers = of_kind("ScaledObject")
    for scaler in scalers:
        target = scaler["spec"]["scaleTargetRef"]["name"]
        assert target == scaler["metadata"]["name"]
        assert workloads[target]["kind"] == "Deployment"
        # Or each `kubectl apply` would undo what KEDA did.
        assert "replicas" not in workloads[target]["spec"]
        query = scaler["spec"]["triggers"][0]["metadata"]["query"]
        assert f'stage="{target.removeprefix("nutgraf-")}"' in query
    assert scalers


def test_every_stateful_set_has_the_service_that_it_names():
    services = {each["metadata"]["name"]: each["spec"] for each in of_kind("Service")}
    sets = of_kind("StatefulSet")
    for each in sets:
        service = services[each["spec"]["serviceName"]]
        assert service["clusterIP"] == "None"
        assert service["selector"] == each["spec"]["template"]["metadata"]["labels"]
    assert len(sets) == 2


def test_the_image_is_the_one_of_this_version():
    """A fixed tag, so that a node which has it does not ask for it again."""
    images = {container["image"] for each in of_kind(*WORKLOADS)
              for container in each["spec"]["template"]["spec"]["containers"]}
    kustomization, = of_kind("Kustomization")
    assert images == {"nutgraf"}
    assert kustomization["images"] == [{"name": "nutgraf", "newTag": version()}]
    files = {name for name, each in manifests() if each["kind"] != "Kustomization"}
    assert set(kustomization["resources"]) == files - {"keda.yaml"}


@pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl")
def test_kubectl_puts_the_manifests_together():
    done = run("kubectl", "kustomize", "docker/kubernetes")
    made = list(yaml.safe_load_all(done.stdout))
    assert done.returncode == 0, done.stdout
    assert len(made) == len([1 for name, _ in manifests()
                             if name not in ("keda.yaml", "kustomization.yaml")])
    assert set(re.findall(r"image: (\S+)", done.stdout)) == {f"nutgraf:{version()}"}


# --- who may talk to whom ------------------------------------------------------------------


def selects(selector, labels):
    for each in selector.get("matchExpressions", []):
        assert each["operator"] == "NotIn"
        if labels.get(each["key"]) in each["values"]:
            return False
    return selector.get("matchLabels", {}).items() <= labels.items()


def lets(policy, way, other, port):
    """Whether a policy lets its pods talk to, or hear from, a pod of the same namespace."""
    side = "to" if way == "egress" else "from"
    return any((side not in rule or any("namespaceSelector" not in peer
                                        and selects(peer["podSelector"], other)
                                        for peer in rule[side]))
               and any(each == {"protocol": "TCP", "port": port} for each in rule["ports"])
               for rule in policy["spec"].get(way, []))


def is_open(sender, receiver, port):
    """As Kubernetes decides: a pod that policies select may do what one of them lets it."""
    for way, pod, other in (("egress", sender, receiver), ("ingress", receiver, sender)):
        ruling = [each for each in of_kind("NetworkPolicy")
                  if selects(each["spec"]["podSelector"], pod)
                  and way.title() in each["spec"]["policyTypes"]]
        if ruling and not any(lets(each, way, other, port) for each in ruling):
            return False
    return True


def pod(component):
    return {**POD, COMPONENT: component} if component != "stranger" else {"app": "stranger"}


def test_workers_reach_the_brokers_door_for_work_and_strangers_the_gateway_alone():
    stages = ["clean", "tag", "summarise", "deliver", "one-of-yours"]
    everybody = ["broker", "gateway", "stranger", *stages]
    ways = {(sender, receiver, port) for sender in everybody for receiver in everybody
            if sender != receiver and receiver != "stranger"
            for port in (*DOORS.values(), 8080, 443) if is_open(pod(sender), pod(receiver), port)}
    assert ways == {("stranger", "gateway", 8080),
                    ("gateway", "broker", DOORS["ingest"]), ("gateway", "broker", DOORS["admin"]),
                    *((stage, "broker", DOORS["work"]) for stage in stages)}
    assert not any(is_open(pod(sender), pod("stranger"), 443) for sender in everybody[:2] + stages)


# --- what runs -----------------------------------------------------------------------------


@pytest.fixture
def tools(tmp_path, programs):
    """A folder of commands for the README's script, and where they put secrets."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kubectl").write_text(KUBECTL)
    (tmp_path / "bin/kubectl").chmod(0o755)
    os.symlink(f"{ROOT}/docker", tmp_path / "docker")
    return {"PATH": f"{tmp_path}/bin:{programs}:{os.environ['PATH']}",
            "SECRETS": f"{tmp_path}/secrets", "NUTGRAF_CONFIG": f"{ROOT}/config"}


@pytest.mark.skipif(os.geteuid() != 0, reason="secrets are root's files: this needs root")
def test_pods_with_the_secrets_of_the_readme_take_an_article_by_the_name_of_an_ingress(bare, tmp_path, tools):
    script, = (each for each in scripts("With Docker Compose") if "kubectl" in each)
    said = call("sh", "-ec", script, cwd=tmp_path, **tools)
    token = re.search(r"^[-_A-Za-z0-9]{43}$", said, re.MULTILINE).group()
    cluster = Cluster(f"nutgraf-test-{os.getpid()}-kube", bare, tmp_path, tools["SECRETS"])
    words = {"Host": "news.example.org", "Content-Type": "text/html"}
    with open(f"{ROOT}/tests/samples/04-cup-final.html", "rb") as file:
        page = file.read()
    path = "/v1/articles?id=a&wait=30s"
    try:
        cluster.up()
        wait_until(cluster.probes_pass, "every probe passes", 60)
        assert cluster.ask("nutgraf-gateway", path, page, **words)[0] == 401
        status, answer = cluster.ask("nutgraf-gateway", path, page, **words,
                                     Authorization=f"Bearer {token}")
        assert status == 200 and json.loads(answer)["state"] == "done", f"{answer}\n{cluster.logs()}"
        with open(tmp_path / "nutgraf-deliver-results/results.jsonl", encoding="utf-8") as file:
            assert [json.loads(line)["id"] for line in file] == ["a"]
    finally:
        cluster.down()
