"""Encrypted doors: who gets in, for what, and who does not disturb those who are in."""
import json
import os
import re
import socket
import stat
import struct
import sys
import threading
import time

import pytest
import zmq

from chaos.submitter import Submitter
from e2e.noise import free_ports, make_noise
from e2e.system import System, wait_until

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                      "clients", "worker.py")
TEXT = "The bridge in Leeds opened again on Monday after ten years of work.\n"
PEERS = {"boss": ("submitter,worker,client", None), "sub": ("submitter", None),
         "asker": ("client", None), "cleaner": ("worker", "clean"),
         "shouter": ("worker", "shout"), "sink": ("worker", "deliver")}


def articles(count):
    return [{"id": f"a{i}", "text": TEXT} for i in range(count)]


class Secure(System):
    """A system with CURVE on tcp. What is started or asked uses the keys of `self.peer`."""

    def __init__(self, folder, programs, **options):
        self.keys = f"{folder}/keys"
        self.peer = "boss"
        doors = dict(zip(("ingest", "work", "admin"),
                         (f"tcp://127.0.0.1:{port}" for port in free_ports(3))))
        super().__init__(folder, programs, [{"name": "clean"}, {"name": "shout", "workers": 0}],
                         **{**doors, "security": "curve", "heartbeat_ms": 200,
                            "server_secret": f"{self.keys}/broker.secret",
                            "server_public": f"{self.keys}/broker.public",
                            "allow": f"{self.keys}/allow", **options})
        self.keygen()
        for name, (roles, stage) in PEERS.items():
            self.add(name, roles, stage)

    def environment(self):
        return {**super().environment(),
                "NUTGRAF_BROKER_PEER_SECRET": f"{self.keys}/{self.peer}.secret"}

    def keygen(self, *words, folder=None):
        status, output, notes = self.ask("keygen", folder or self.keys, *words)
        assert status == 0, notes
        return output

    def add(self, name, roles, stage=None, folder=None):
        return self.keygen("--peer", name, "--role", roles,
                           *(["--stage", stage] if stage else []), folder=folder)

    def ask_as(self, peer, *words, **more):
        self.peer, before = peer, self.peer
        try:
            return self.ask(*words, **more)
        finally:
            self.peer = before

    def start_as(self, peer, *command):
        self.peer, before = peer, self.peer
        try:
            return self.start(*command)
        finally:
            self.peer = before

    def start_shouter(self, peer="shouter"):
        return self.start(sys.executable, WORKER, self.broker_options["work"], "shout",
                          f"{self.keys}/broker.public", f"{self.keys}/{peer}.secret")

    def start_all(self):
        self.broker = self.start_broker()
        self.cleaner = self.start_as("cleaner", self.program("clean"))
        self.start_shouter()
        self.start_as("sink", self.program("deliver"))

    def allow(self):
        with open(f"{self.keys}/allow", encoding="utf-8") as file:
            return file.read()

    def write_allow(self, text):
        """As an editor does: another file under the name."""
        with open(f"{self.keys}/allow.new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(f"{self.keys}/allow.new", f"{self.keys}/allow")

    def revoke(self, name):
        self.write_allow("".join(line for line in self.allow().splitlines(True)
                                 if not line.endswith(f"# {name}\n")))

    def port(self, door):
        return int(self.broker_options[door].rsplit(":", 1)[1])

    def is_up(self):
        return self.ask_as("asker", "health", "-t", "5000")[0] == 0

    def wait_end(self, process):
        """The exit status of a process that ends by itself."""
        status = process.wait(20)
        self.running.remove(process)
        return status


@pytest.fixture
def system(tmp_path, programs):
    made = Secure(tmp_path, programs)
    yield made
    made.close()


# --- those who may ------------------------------------------------------------------------


@pytest.mark.release
def test_articles_pass_through_encrypted_doors(system):
    system.start_all()
    system.peer = "sub"
    system.submit(articles(30))
    rows = system.results_of(30)
    assert sorted(row["id"] for row in rows) == sorted(f"a{i}" for i in range(30))
    assert all("LEEDS" in row["shout"]["text"] for row in rows)
    assert "security\":\"curve" in system.log_of(system.broker)


def test_ipc_is_encrypted_when_asked_for(tmp_path, programs):
    doors = {door: f"ipc://{tmp_path}/run/{door}" for door in ("ingest", "work", "admin")}
    system = Secure(tmp_path, programs, **{**doors, "security": "curve+ipc"})
    try:
        system.start_broker()
        assert system.is_up()
        assert "security\":\"curve" in system.log_of(system.running[0])
        system.broker_options["security"] = "none"
        system.write_config("broker", system.broker_options)
        assert system.ask("health", "-t", "700")[0] == 4, "without keys"
    finally:
        system.close()


def test_who_is_listed_while_it_waits_is_let_in(system):
    system.start_broker()
    allow = system.allow()
    system.add("late", "worker", "clean")
    line = system.allow()[len(allow):]
    system.write_allow(allow)
    late = system.start_as("late", system.program("clean"))
    refused = "its key is not in the allow-list"
    wait_until(lambda: refused in system.log_of(system.running[0]), "the stranger is refused", 10)
    wait_until(lambda: "no broker answers" in system.log_of(late), "it says so", 10)
    assert "serving" not in system.log_of(late)
    system.write_allow(allow + line)
    wait_until(lambda: "serving" in system.log_of(late), "the listed one serves", 25)


# --- those who may not ---------------------------------------------------------------------


def test_strangers_get_no_answer(system):
    system.start_broker()
    other = f"{system.folder}/other"
    system.keygen(folder=other)
    system.add("stranger", "submitter,worker,client", folder=other)
    os.rename(f"{other}/stranger.secret", f"{system.keys}/stranger.secret")
    options = dict(system.broker_options)
    for words in (["health", "-t", "700"], ["submit", "-t", "1", "-"]):
        status, _, notes = system.ask_as("stranger", *words, text='{"id": "a", "text": "A."}\n')
        assert status == 4 and "allow-list" in notes, "an unknown key"
    system.write_config("broker", {**options, "server_public": f"{other}/broker.public"})
    assert system.ask("health", "-t", "700")[0] == 4, "the wrong server key"
    system.write_config("broker", {**options, "security": "none"})
    status, _, notes = system.ask("health", "-t", "700")
    assert status == 4 and "allow-list" not in notes, "no key at all"
    system.write_config("broker", options)
    assert system.is_up()


@pytest.mark.parametrize("peer, words, lacks", [
    ("sub", ["status"], "role client"), ("cleaner", ["health"], "role client"),
    ("asker", ["submit", "-"], "role submitter"), ("cleaner", ["submit", "-"], "role submitter")])
def test_a_key_without_the_role_is_told(system, peer, words, lacks):
    system.start_broker()
    status, output, notes = system.ask_as(peer, *words, text='{"id": "a", "text": "A."}\n')
    assert (status, output) == (1, "")
    assert f"this key is not allowed the {lacks}" in notes
    assert system.is_up()


@pytest.mark.parametrize("peer, lacks", [("sub", "role worker"), ("asker", "role worker"),
                                         ("shouter", 'stage \\"clean\\"')])
def test_a_worker_without_the_stage_ends_and_says_why(system, peer, lacks):
    system.start_broker()
    worker = system.start_as(peer, system.program("clean"))
    assert system.wait_end(worker) == 3
    assert f"this key is not allowed the {lacks}" in system.log_of(worker)
    assert system.is_up()


def test_a_claim_of_another_role_at_the_own_door_is_denied(system):
    system.start_broker()
    for door, peer, hello in (("ingest", "sub", b'{"role":"worker","stage":"clean"}'),
                              ("ingest", "sub", b'{"role":"client"}'),
                              ("work", "shouter", b'{"role":"worker","stage":"clean"}')):
        submitter = Submitter(system.broker_options[door], f"{system.keys}/broker.public",
                              f"{system.keys}/{peer}.secret")
        wait_until(lambda: submitter.send(1, sequence=9, body=hello), "HELLO is sent", 5)
        assert submitter.socket.poll(5000)
        frame, reason = submitter.socket.recv_multipart()
        assert (frame[1], struct.unpack("<I", frame[60:64])[0]) == (5, 7), reason
        submitter.close()


# --- a list that changes -------------------------------------------------------------------


def test_a_revoked_key_loses_its_connection_too(system):
    system.start_broker()
    worker = system.start_as("cleaner", system.program("clean"))
    wait_until(lambda: "serving" in system.log_of(worker), "the worker serves", 10)
    submitter = Submitter(system.broker_options["ingest"], f"{system.keys}/broker.public",
                          f"{system.keys}/sub.secret")
    submitter.put({"id": "a", "text": TEXT})
    wait_until(lambda: submitter.turn() or submitter.confirmed == ["a"], "a is confirmed", 10)
    system.revoke("cleaner")
    system.revoke("sub")
    assert system.wait_end(worker) == 3
    assert "not on the allow-list any more" in system.log_of(worker)
    submitter.put({"id": "b", "text": TEXT})
    wait_until(lambda: submitter.turn() or "b" in submitter.refused, "b is refused", 10)
    assert "not on the allow-list any more" in submitter.refused["b"]
    submitter.close()
    assert system.is_up()


def test_a_stage_taken_away_holds_for_who_serves_it(system):
    system.start_broker()
    worker = system.start_as("cleaner", system.program("clean"))
    wait_until(lambda: "serving" in system.log_of(worker), "the worker serves", 10)
    system.write_allow(system.allow().replace("worker clean # cleaner", "worker tag # cleaner"))
    assert system.wait_end(worker) == 3
    assert 'not allowed the stage \\"clean\\"' in system.log_of(worker)


def test_a_mistake_in_the_list_is_named_and_changes_nothing(system):
    broker = system.start_broker()
    allow = system.allow()
    system.write_allow(allow + "\nnonsense\n")
    number = len(allow.splitlines()) + 2
    named = f"allow: line {number}: \\\"nonsense\\\" is no key"
    wait_until(lambda: system.is_up() and named in system.log_of(broker), "the line is named", 10)
    system.stop(broker)
    broker = system.start(system.program("broker"))
    assert system.wait_end(broker) == 3
    assert named in system.log_of(broker)


# --- files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name, spoil, says", [
    ("broker.secret", lambda path: os.chmod(path, 0o640), "server_secret: .*chmod 600 "),
    ("broker.secret", os.unlink, "server_secret: .*cannot be opened"),
    ("broker.secret", lambda path: os.truncate(path, 39), "server_secret: .*no key"),
    ("allow", os.unlink, "keys/allow: the allow-list cannot be opened"),
    ("boss.secret", lambda path: os.chmod(path, 0o604), "peer_secret: .*chmod 600 "),
    ("boss.secret", os.unlink, "peer_secret: .*cannot be opened"),
    ("broker.public", os.unlink, "server_public: .*cannot be opened")])
def test_a_file_that_is_missing_or_open_to_others_is_named(system, name, spoil, says):
    spoil(f"{system.keys}/{name}")
    if says.startswith(("server_secret", "keys/allow")):
        broker = system.start(system.program("broker"))
        assert system.wait_end(broker) == 3
        text = system.log_of(broker)
    else:
        worker = system.start(system.program("clean"))
        assert system.wait_end(worker) == 3
        assert re.search(says, system.log_of(worker))
        status, _, text = system.ask("health")
        assert status == 3
    assert re.search(says, text), text


def test_what_needs_no_door_needs_no_key(system):
    with open(system.results_path, "w", encoding="utf-8") as file:
        file.write('{"id": "a"}\n')
    assert system.ask_as("nobody", "tail", "-n", "1", "--no-follow")[0] == 0
    page = f"{system.folder}/page.txt"
    with open(page, "w", encoding="utf-8") as file:
        file.write(TEXT)
    system.write_config("broker", {**system.broker_options, "security": "curve+ipc"})
    status, output, notes = system.ask_as("nobody", "status")
    assert status == 3 and "nobody.secret" in notes
    system.write_config("pipeline", {"stages": [
        {"name": "clean"},
        {"name": "deliver", "sink": True, "options": {"type": "jsonl", "path": "x.jsonl"}}]})
    status, output, notes = system.ask_as("nobody", "run", page)
    assert status == 0 and "Leeds" in output, notes


def test_keygen_makes_private_files_and_a_line_each(system):
    folder = f"{system.folder}/new"
    key = system.keygen(folder=folder).strip()
    line = system.add("tagger", "worker,client", "tag,clean", folder=folder)
    assert re.fullmatch(r"\S{40} worker,client tag,clean # tagger\n", line)
    assert system.add("any", "worker", folder=folder).endswith(" worker * # any\n")
    modes = {name: stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode) for name in os.listdir(folder)}
    assert all(mode == (0o600 if name.endswith(".secret") else 0o644)
               for name, mode in modes.items()), modes
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    with open(f"{folder}/broker.secret", "rb") as file:
        assert zmq.curve_public(file.read().strip()).decode() == key
    with open(f"{folder}/allow", encoding="utf-8") as file:
        assert line in file.read()


def test_keygen_overwrites_nothing(system):
    before = {name: open(f"{system.keys}/{name}", "rb").read() for name in os.listdir(system.keys)}
    for words in ([], ["--peer", "sub", "--role", "submitter"],
                  ["--peer", "broker", "--role", "client"]):
        status, output, notes = system.ask("keygen", system.keys, *words)
        assert (status, output) == (1, "") and "never overwritten" in notes
    os.unlink(f"{system.keys}/sub.secret")
    assert system.ask("keygen", system.keys, "--peer", "sub", "--role", "client")[0] == 1
    del before["sub.secret"]
    assert before == {name: open(f"{system.keys}/{name}", "rb").read()
                      for name in os.listdir(system.keys)}


def test_keygen_mends_a_torn_line_and_refuses_a_broken_list(system):
    system.write_allow(system.allow().rstrip("\n"))
    line = system.add("more", "client")
    assert system.allow().endswith(f"# sink\n{line}")
    system.write_allow("nonsense\n")
    status, _, notes = system.ask("keygen", system.keys, "--peer", "x", "--role", "client")
    assert status == 1 and "allow: line 1" in notes
    assert not os.path.exists(f"{system.keys}/x.secret")
    assert system.allow() == "nonsense\n"


def test_keygen_on_the_peers_machine_prints_the_line(system):
    status, line, notes = system.ask("keygen", f"{system.folder}/peer", "-p", "a", "-r", "client")
    assert status == 0 and line.endswith(" client # a\n") and "broker's allow-list" in notes
    assert sorted(os.listdir(f"{system.folder}/peer")) == ["a.public", "a.secret"]


def tree(folder):
    """Every file below a folder and what is in it."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(f"{path}/{name}", encoding="utf-8") as file:
                found[os.path.relpath(f"{path}/{name}", folder)] = file.read()
    return found


def test_keygen_says_as_json_what_it_made(system):
    folder, ring = f"{system.folder}/new", f"{system.folder}/ring"
    made = json.loads(system.keygen("--json", folder=folder))
    public = open(f"{folder}/broker.public", encoding="ascii").read().strip()
    assert made == {"name": "broker", "public": public}
    made = json.loads(system.keygen("--json", "--peer", "a", "--role", "worker", folder=folder))
    public = open(f"{folder}/a.public", encoding="ascii").read().strip()
    assert made == {"name": "a", "public": public, "role": "worker", "stage": "*", "listed": True}
    made = json.loads(system.ask("keygen", "--json", "--all", ring)[1])
    assert made["folder"] == ring and made["made"] > 2
    assert json.loads(system.ask("keygen", "--json", "--all", ring)[1])["made"] == 0


def test_keygen_all_gives_each_program_its_own_folder_and_makes_only_what_is_missing(system):
    system.write_config("pipeline", {"stages": [
        {"name": "clean"}, {"name": "tag"},
        {"name": "file", "program": "deliver", "sink": True},
        {"name": "hook", "program": "deliver", "sink": True}]})
    ring = f"{system.folder}/ring"
    assert system.ask("keygen", "--all", ring)[0] == 0
    made = tree(ring)
    peers = ["broker", "gateway", "clean", "tag", "deliver"]
    assert sorted(made) == sorted(
        ["broker/allow", "broker/broker.secret"] +
        [f"{peer}/{name}" for peer in peers
         for name in ("broker.public", "peer.public", "peer.secret")])
    assert {made[f"{peer}/broker.public"] for peer in peers} == {made["broker/broker.public"]}
    entries = dict(line.split(" ", 1) for line in made["broker/allow"].splitlines()
                   if not line.startswith("#"))
    assert [entries[made[f"{peer}/peer.public"].strip()] for peer in peers] == [
        "client # broker", "submitter,client # gateway", "worker clean # clean",
        "worker tag # tag", "worker file,hook # deliver"]

    assert system.ask("keygen", "--all", ring)[0] == 0 and tree(ring) == made
    os.unlink(f"{ring}/tag/peer.secret")  # what a crash leaves
    assert system.ask("keygen", "--all", ring)[0] == 0
    again = tree(ring)
    changed = {name for name in again if made[name] != again[name]}
    assert changed == {"broker/allow", "tag/peer.public", "tag/peer.secret"}
    assert f"{again['tag/peer.public'].strip()} worker tag # tag\n" in again["broker/allow"]


def test_keygen_all_follows_a_route_that_has_changed(system):
    ring = f"{system.folder}/ring"
    stages = [{"name": "clean"}, {"name": "file", "program": "deliver", "sink": True}]
    system.write_config("pipeline", {"stages": stages})
    assert system.ask("keygen", "--all", ring)[0] == 0
    before = tree(ring)
    stages.append({"name": "search", "program": "deliver", "sink": True})
    system.write_config("pipeline", {"stages": stages})
    assert system.ask("keygen", "--all", ring)[0] == 0
    after = tree(ring)
    assert {name for name in after if before.get(name) != after[name]} == {"broker/allow"}
    assert after["broker/allow"] == before["broker/allow"].replace(
        "worker file # deliver", "worker file,search # deliver")


def test_keygen_all_does_not_let_in_again_whom_somebody_shut_out(system):
    ring = f"{system.folder}/ring"
    assert system.ask("keygen", "--all", ring)[0] == 0
    with open(f"{ring}/broker/allow", "w", encoding="utf-8") as file:
        file.write("# nobody\n")
    assert system.ask("keygen", "--all", ring)[0] == 0
    assert tree(ring)["broker/allow"] == "# nobody\n"


def test_keygen_makes_tokens_for_http(system):
    folder = f"{system.folder}/new"
    token = system.keygen("--token", "scraper", "--role", "submit,read", folder=folder).strip()
    made = json.loads(system.keygen("--json", "--token", "boss", "--role", "operate", folder=folder))
    assert made == {"name": "boss", "token": made["token"], "role": "operate"} != {"token": token}
    assert re.fullmatch(r"[-_A-Za-z0-9]{43}", token) and len(made["token"]) == 43
    assert tree(folder) == {"tokens": f"scraper {token} submit,read\nboss {made['token']} operate\n"}
    assert stat.S_IMODE(os.stat(f"{folder}/tokens").st_mode) == 0o600
    status, output, notes = system.ask("keygen", folder, "--token", "boss", "--role", "read")
    assert (status, output) == (1, "") and "has a token of boss" in notes
    assert len(tree(folder)["tokens"].splitlines()) == 2
    assert system.ask("keygen", folder, "--token", "bos", "--role", "read")[0] == 0


@pytest.mark.parametrize("words", [
    ["d", "--token", "x"], ["d", "--token", "x", "--role", "client"], ["d", "--token", "x", "--role", "read,"],
    ["d", "--token", "x", "--role", ""], ["d", "--token", "a b", "--role", "read"],
    ["d", "--token", "x", "--role", "read", "--all"], ["d", "--token", "x", "--role", "read", "--peer", "x"],
    ["d", "--token", "x", "--role", "read", "--stage", "tag"],
    [], ["a", "b"], ["d", "--all", "--peer", "x", "--role", "client"], ["d", "--role", "client"], ["d", "--peer", "x"],
    ["d", "--peer", "x", "--role", "king"], ["d", "--peer", "x", "--role", "client,"],
    ["d", "--peer", "../x", "--role", "client"], ["d", "--peer", ".x", "--role", "client"],
    ["d", "--peer", "", "--role", "client"], ["d", "--peer", "a b", "--role", "client"],
    ["d", "--peer", "x", "--role", "client", "--stage", "tag"],
    ["d", "--peer", "x", "--role", "worker", "--stage", "Tag tag"]])
def test_keygen_misused_makes_nothing(system, words):
    assert system.ask("keygen", *words)[0] == 2
    assert not os.path.exists(f"{system.folder}/d")


# --- noise ---------------------------------------------------------------------------------


def test_ten_thousand_strangers_disturb_nobody(system):
    system.start_all()
    submitter = Submitter(system.broker_options["ingest"], f"{system.keys}/broker.public",
                          f"{system.keys}/sub.secret")
    failures = []
    ports = [system.port(door) for door in ("ingest", "work", "admin")]
    noise = threading.Thread(target=make_noise, args=(ports, 10_000, failures))
    noise.start()
    count, gaps, last = 0, [], time.monotonic()
    while noise.is_alive():
        if submitter.is_done():
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
            submitter.put({"id": f"a{count}", "text": TEXT})
            count += 1
        submitter.turn()
    noise.join()
    wait_until(lambda: submitter.turn() or submitter.is_done(), "all is confirmed")
    submitter.close()
    assert not failures
    assert system.is_up()
    assert len(submitter.confirmed) == count > 0 and not submitter.refused
    rows = system.results_of(count)
    assert sorted(row["id"] for row in rows) == sorted(submitter.confirmed)
    print(f"{count} articles through 10,000 strangers, slowest confirmed in {max(gaps):.3f} s")
