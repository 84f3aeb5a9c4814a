"""Without containers: what `make install-systemd` lays down."""
import glob
import os
import re
import shutil
import subprocess

import pytest

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
