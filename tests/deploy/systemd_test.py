"""Without Compose: what `make install-systemd` lays down, and that systemd runs it."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

from deploy import machine
from deploy.images import built
from deploy.stack import call, wait_until, why_not
from deploy.tree import scripts

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


def test_the_command_looks_where_the_units_write(installed, tmp_path):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NUTGRAF_")}
    done = subprocess.run([installed / "usr/bin/nutgraf", "health", "-t", "200"], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=plain, check=False)
    assert done.returncode == 4 and "at ipc:///run/nutgraf/admin within" in done.stderr, done.stderr
    told = {name: (installed / f"usr/share/nutgraf/config/{name}.json").read_text() for name in ("broker", "pipeline")}
    assert '"store": "/var/lib/nutgraf/store"' in told["broker"]
    assert '"path": "/var/lib/nutgraf/results/results.jsonl"' in told["pipeline"]
    unit = (installed / "usr/lib/systemd/system/nutgraf-broker.service").read_text()
    assert "RuntimeDirectory=nutgraf\n" in unit and "StateDirectory=nutgraf\n" in unit


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


# --- what was edited stays -----------------------------------------------------------------


def lay(folder, *files):
    return run("docker/install_config.sh", str(folder), *[str(file) for file in files]).stdout


def test_a_file_that_was_edited_stays_and_what_is_new_lies_beside_it(tmp_path):
    ours, theirs, there = tmp_path / "pipeline.json", tmp_path / "broker.json", tmp_path / "there"
    for version in "one", "two":
        ours.write_text(version)
        theirs.write_text(version)
        assert lay(there, ours, theirs) == ""  # the first, and one that nobody touched
        assert (there / "pipeline.json").read_text() == version
    (there / "pipeline.json").write_text("mine")
    assert lay(there, ours, theirs) == ""  # nothing is new
    assert sorted(os.listdir(there)) == [".installed", "broker.json", "pipeline.json"]
    ours.write_text("three")
    theirs.write_text("three")
    said = lay(there, ours, theirs)
    assert said == f"{there}/pipeline.json was edited and stays; what is new is in pipeline.json.new beside it\n"
    assert {path.name: path.read_text() for path in there.glob("*.json*")} == {
        "broker.json": "three", "pipeline.json": "mine", "pipeline.json.new": "three"}
    (there / "pipeline.json.new").rename(there / "pipeline.json")
    ours.write_text("four")
    assert lay(there, ours, theirs) == ""
    assert (there / "pipeline.json").read_text() == "four"


def test_install_keeps_an_edited_route_and_the_doors_of_the_units(tmp_path):
    config = tmp_path / "usr/share/nutgraf/config"
    install = ["make", "-s", f"DESTDIR={tmp_path}", "PREFIX=/usr"]
    run(*install, "install-systemd", check=True)
    doors = (config / "broker.json").read_text()
    assert "ipc:///run/nutgraf/admin" in doors and "/var/lib/nutgraf/store" in doors
    assert "/var/lib/nutgraf/results/results.jsonl" in (config / "pipeline.json").read_text()
    edited = (config / "pipeline.json").read_text().replace('"tag"', '"tag", "attempts": 9')
    (config / "pipeline.json").write_text(edited)
    run(*install, "install", check=True)
    assert (config / "pipeline.json").read_text() == edited
    assert (config / "broker.json").read_text() == doors


# --- what runs -----------------------------------------------------------------------------


@pytest.fixture
def booted(installed):
    """A machine with systemd and the files of `make install-systemd PREFIX=/usr`."""
    if reason := why_not():
        pytest.skip(reason)
    name = f"nutgraf-test-{os.getpid()}-systemd"
    with built(f"{name}:latest") as image:
        machine.build(image)
        one = machine.Machine(name, image)
        try:
            one.start()
            call("docker", "cp", f"{installed}/usr/.", f"{name}:/usr")
            yield one
        finally:
            one.destroy()


def status_of(one, user="root"):
    return json.loads(one.run(f"runuser -u {user} -- nutgraf status --json"))


def enrich(one, name):
    """Gives it an article and waits for its end."""
    article = {"id": name, "text": "The mayor of Springfield opened a bridge. It took four years."}
    said = one.run("nutgraf submit --wait -", text=json.dumps(article))
    assert said == f"{name}\tdone\n"


def delivered(one):
    return [json.loads(line)["id"] for line in
            one.run("cat /var/lib/nutgraf/results/results.jsonl").splitlines()]


def all_serve(one):
    serving = [worker["stage"] for worker in status_of(one)["workers"]]
    return sorted(serving) == ["clean", "deliver", "summarise", "tag", "tag"]


GREETING = "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3; head -n 1 <&3"


def test_systemd_runs_what_the_readme_says_and_again_after_a_boot(booted):
    script, = (each for each in scripts("Without containers") if "systemctl" in each)
    booted.run(re.sub(r"^make install-systemd PREFIX=/usr\n", "", script))
    wait_until(lambda: all_serve(booted), "every unit serves")
    enrich(booted, "first")
    assert " 200 " in booted.run(f"bash -c {shlex.quote(GREETING)}")
    booted.run("useradd -G nutgraf friend; useradd stranger; ! runuser -u stranger -- nutgraf status")
    assert status_of(booted, "friend")["finished"] == 1
    booted.run("systemctl kill -s KILL 'nutgraf-tag@*' nutgraf-broker")
    enrich(booted, "second")
    booted.reboot()
    wait_until(lambda: all_serve(booted), "every unit serves again")
    enrich(booted, "third")
    assert delivered(booted) == ["first", "second", "third"]
    booted.run("systemctl stop nutgraf.target")
    assert booted.run("systemctl --plain --no-legend --state=active,failed list-units 'nutgraf*'") == ""
