"""The other ways to deploy: what `make install-systemd` lays down, and docker/kubernetes/."""
import glob
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from venv import python_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STAGES = ["clean", "deliver", "summarise", "tag"]


def run(*command, **more):
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=600, **more)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    done = run("make", "-s", "install-systemd", f"DESTDIR={folder}", "PREFIX=/usr")
    assert done.returncode == 0, done.stdout
    return folder


def test_install_puts_everything_below_destdir(installed):
    assert os.listdir(installed) == ["usr"]
    programs = os.listdir(installed / "usr/bin")
    assert {"nutgraf", "nutgraf-broker", *(f"nutgraf-{stage}" for stage in STAGES)} <= set(programs)
    for name in programs:
        if name.startswith("nutgraf-") and name != "nutgraf-broker":
            unit = installed / f"usr/lib/systemd/system/{name}@.service"
            assert f"ExecStart=/usr/bin/{name}\n" in unit.read_text()
    assert (installed / "usr/share/nutgraf/config/pipeline.json").exists()


def test_nothing_is_left_to_fill_in(installed):
    for path in glob.glob(f"{installed}/usr/lib/**/*", recursive=True):
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                assert not re.search(r"@[A-Z]+@", file.read()), path


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_understands_every_unit(installed):
    units = sorted(glob.glob(f"{installed}/usr/lib/systemd/system/*.service"))
    said = run("systemd-analyze", "verify", "--man=no", *units).stdout
    # The programs are below DESTDIR, so that they are not where the unit says.
    wrong = [line for line in said.splitlines()
             if "nutgraf" in line and "is not executable" not in line]
    assert units and not wrong, "\n".join(wrong)


@pytest.mark.skipif(not shutil.which("systemctl"), reason="there is no systemctl")
def test_what_the_readme_enables_starts_with_the_machine(installed):
    with open(f"{ROOT}/README.md", encoding="utf-8") as file:
        line = re.search(r"^systemctl enable --now (.*)$", file.read(), re.MULTILINE)
    done = run("systemctl", f"--root={installed}", "enable", *line.group(1).split())
    assert done.returncode == 0, done.stdout
    wanted = f"{installed}/etc/systemd/system"
    assert os.listdir(f"{wanted}/multi-user.target.wants") == ["nutgraf.target"]
    assert len(os.listdir(f"{wanted}/nutgraf.target.wants")) == len(line.group(1).split()) - 1


def manifests():
    for path in sorted(glob.glob(f"{ROOT}/docker/kubernetes/*.yaml")):
        with open(path, encoding="utf-8") as file:
            for document in yaml.safe_load_all(file):
                yield os.path.basename(path), document


def test_kubernetes_accepts_every_manifest():
    checked = [document for _, document in manifests()
               if document["apiVersion"] in ("v1", "apps/v1")]
    script = ("import json, sys, kubernetes_validate as check\n"
              "for each in json.load(sys.stdin):\n"
              "    check.validate(each, '1.29', strict=True)\n"
              "print('valid')\n")
    done = run(python_of("kubernetes"), "-c", script, input=json.dumps(checked))
    assert len(checked) >= 7 and done.stdout.endswith("valid\n"), done.stdout
    broken = [{**checked[0], "spec": {"no such key": 1}}]
    assert run(python_of("kubernetes"), "-c", script, input=json.dumps(broken)).returncode != 0


def test_keda_accepts_every_scaler_and_knows_each_of_its_keys():
    """By models made from KEDA's own definition; they pass over a key that they do not know,
    which is then missing in what they give back."""
    scalers = [document for _, document in manifests() if document["kind"] == "ScaledObject"]
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


def test_each_stage_of_the_route_has_a_deployment_that_is_scaled_by_its_own_name():
    names = {document["metadata"]["name"] for _, document in manifests() if "metadata" in document}
    with open(f"{ROOT}/config/pipeline.json", encoding="utf-8") as file:
        route = json.load(file)["stages"]
    assert {f"nutgraf-{stage.get('program', stage['name'])}" for stage in route} <= names
    for _, document in manifests():
        if document["kind"] == "ScaledObject":
            target = document["spec"]["scaleTargetRef"]["name"]
            query = document["spec"]["triggers"][0]["metadata"]["query"]
            assert target == document["metadata"]["name"] and target in names
            assert f'stage="{target.removeprefix("nutgraf-")}"' in query
