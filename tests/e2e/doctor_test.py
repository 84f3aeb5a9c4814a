"""`nutgraf doctor` names what is wrong and how to mend it; one fault is planted at a time."""
import json
import os
import socket
import subprocess

import pytest

from e2e.gateway import Gateway
from e2e.system import System

STAGES = [{"name": "clean"}, {"name": "summarise"}]


@pytest.fixture
def system(tmp_path, programs):
    system = System(tmp_path, programs, STAGES)
    yield system
    system.close()


def checks(system, **variables):
    """(exit status, {(check, state): [text → mend]})"""
    own = {name: value for name, value in system.environment().items() if name != "NUTGRAF_BUILD"}
    done = subprocess.run([system.program(""), "doctor", "--json"], cwd=system.folder, text=True,
                          env={**own, "no_proxy": "*", **variables},
                          capture_output=True, timeout=120)
    found = {}
    for line in map(json.loads, done.stdout.splitlines()):
        assert line["state"] == "ok" or line["mend"]
        found.setdefault((line["check"], line["state"]), []).append(line["text"])
    return done.returncode, found


def failures(found):
    return {check: texts for (check, state), texts in found.items() if state == "fail"}


def test_a_sound_installation_is_well(system):
    status, found = checks(system)
    assert status == 0 and not failures(found), found
    assert found["broker", "note"] == [f"none answers at ipc://{system.folder}/run/admin"]
    assert {check for check, state in found if state == "ok"} >= {
        "version", "config", "keys", "disk", "clean", "summarise", "deliver"}


def test_a_running_system_is_looked_at(system):
    system.start_broker()
    clean = system.start(system.program("clean"))
    for name in ("summarise", "deliver"):
        system.start(system.program(name))
    system.submit([{"id": "bad", "text": "!"}])
    system.ask("pause", "deliver")
    status, found = checks(system)
    assert status == 0, found
    assert found["broker", "ok"] == [f"answers at ipc://{system.folder}/run/admin"]
    assert found["deliver", "note"] == ["is paused"]
    assert found["clean", "note"] == ["1 dead letters"]
    system.stop(clean)
    status, found = checks(system)
    assert status == 1 and "has no worker" in failures(found)["clean"][0]


def broken_json(system):
    system.write_config("broker", {**system.broker_options, "windou": 3})


def missing_program(system):
    write_stages(system, [*STAGES, {"name": "shout"}])


def write_stages(system, stages, sink=None):
    sink = sink or {"name": "deliver", "sink": True,
                    "options": {"type": "jsonl", "path": system.results_path}}
    system.write_config("pipeline", {"stages": [*stages, sink]})


def wrong_option(system):
    write_stages(system, [{"name": "clean", "options": {"html_maxx": 1}}])


def dead_destination(system):
    write_stages(system, STAGES, {"name": "hook", "program": "deliver", "sink": True, "options": {
        "type": "webhook", "url": "http://127.0.0.1:1/x?token=secret"}})


def plain_door(system):
    system.write_config("broker", {**system.broker_options, "ingest": "tcp://0.0.0.0:7701"})


def open_secret(system):
    system.ask("keygen", "keys")
    keys = f"{system.folder}/keys"
    os.chmod(f"{keys}/broker.secret", 0o644)
    system.write_config("broker", {**system.broker_options, "security": "curve",
                                   "server_secret": f"{keys}/broker.secret",
                                   "server_public": f"{keys}/broker.public"})


def small_disk(system):
    system.write_config("broker", {**system.broker_options, "store_mb": 1 << 24})


def foreign_results(system):
    with open(system.results_path, "w", encoding="ascii") as file:
        file.write("not ours, and without an end")


def wrong_gateway(system):
    system.write_config("gateway", {"prot": 8080})


def open_gateway(system):
    system.write_config("gateway", {"address": "0.0.0.0", "port": 0})


@pytest.mark.parametrize("plant, check, words", [
    (wrong_gateway, "gateway", 'unknown key "prot", the nearest is "port"'),
    (open_gateway, "gateway", "name a file of tokens"),
    (broken_json, "config", 'unknown key "windou", the nearest is "window"'),
    (missing_program, "shout", "nutgraf-shout: No such file"),
    (wrong_option, "clean", 'unknown key "html_maxx", the nearest is "html_max"'),
    (dead_destination, "hook", "http://127.0.0.1:1/x: Failed to connect"),
    (plain_door, "doors", "tcp://0.0.0.0:7701"),
    (open_secret, "keys", "broker.secret can be read by others"),
    (small_disk, "disk", "the store may grow to 16777216"),
    (foreign_results, "deliver", "is this the right file?"),
])
def test_a_planted_fault_is_found(system, plant, check, words):
    plant(system)
    status, found = checks(system)
    assert status == 1
    assert any(words in text for text in failures(found)[check]), found
    assert "secret" not in json.dumps(failures(found).get("hook", []))


def test_a_port_that_another_program_has_is_named(system):
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        system.write_config("broker", {**system.broker_options, "work": f"tcp://127.0.0.1:{one.getsockname()[1]}"})
        system.write_config("gateway", {"port": two.getsockname()[1]})
        status, found = checks(system)
        assert status == 1
        assert "another program has this port" in failures(found)["doors"][0]
        assert f"cannot listen at 127.0.0.1 port {two.getsockname()[1]}" in failures(found)["gateway"][0]
    status, found = checks(system)
    assert status == 0 and found["gateway", "ok"], found


def test_a_gateway_that_runs_has_its_port_by_right(programs, tmp_path):
    system = Gateway(tmp_path, programs)
    try:
        system.start_all()
        system.write_config("gateway", {"port": system.port})
        status, found = checks(system)
        assert status == 0 and found["gateway", "ok"], found
    finally:
        system.close()


def test_looking_leaves_nothing_behind(system):
    before = sorted(os.walk(system.folder))
    assert checks(system)[0] == 0
    assert sorted(os.walk(system.folder)) == before


def test_models_that_are_missing_are_named(system, tmp_path):
    write_stages(system, [{"name": "clean"}, {"name": "tag"},
                          {"name": "summarise", "options": {"model": "accurate"}}])
    status, found = checks(system, NUTGRAF_MODELS=str(tmp_path / "none"))
    assert status == 1
    for stage in ("tag", "summarise"):
        assert str(tmp_path / "none") in failures(found)[stage][0], found


def test_a_variable_that_does_nothing_is_a_note(system):
    status, found = checks(system, NUTGRAF_CLEEN_WORKERS="2", NUTGRAF_CLEAN_WORKERS="2",
                           NUTGRAF_BROKER_WINDOW="10", NUTGRAF_ALIVE="/tmp/alive")
    assert status == 0
    assert found["environment", "note"] == ["NUTGRAF_CLEEN_WORKERS belongs to no stage and does nothing"]


def test_what_a_broker_elsewhere_writes_is_not_looked_for_here(system):
    there = {"NUTGRAF_BROKER_ALLOW_PLAIN": "true", "NUTGRAF_BROKER_STORE": "/proc/none",
             "NUTGRAF_DELIVER_PATH": "/proc/none/results.jsonl"}
    doors = {f"NUTGRAF_BROKER_{door}": f"tcp://192.0.2.1:770{i}" for i, door in enumerate(("INGEST", "WORK", "ADMIN"))}
    _, found = checks(system, **there)
    assert {"disk", "deliver"} <= set(failures(found))
    _, found = checks(system, **there, **doors)
    assert not {"disk", "deliver"} & set(failures(found)), found
    assert found["disk", "note"] == ["the store is with the broker at tcp://192.0.2.1:7702"]
    assert "does not start here" in found["deliver", "note"][0]


def test_a_destination_that_answers_is_well(system):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        write_stages(system, STAGES, {"name": "hook", "program": "deliver", "sink": True,
                                      "options": {"type": "webhook", "url": url}})
        answer = "import socket,sys; s=socket.socket(fileno=int(sys.argv[1])); c=s.accept()[0]; " \
                 "c.recv(9999); c.sendall(b'HTTP/1.1 405 No\\r\\nContent-Length: 0\\r\\n\\r\\n')"
        helper = subprocess.Popen(["/usr/bin/python3", "-c", answer, str(server.fileno())],
                                  pass_fds=[server.fileno()])
        status, found = checks(system)
        assert helper.wait(10) == 0
    assert status == 0 and f"{url} answers (status 405 to a GET)" in found["hook", "ok"]


def test_in_words_each_failure_says_what_to_do(system):
    dead_destination(system)
    status, output, notes = system.ask("doctor")
    assert status == 1 and "\x1b" not in output
    assert "FAIL hook" in output and "-> start it, or correct its url" in output
    assert "1 to mend" in notes
