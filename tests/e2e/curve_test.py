"""Encrypted doors: who gets in, for what, and who does not disturb those who are in."""
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
from e2e.system import System, wait_until

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                      "clients", "worker.py")
TEXT = "The bridge in Leeds opened again on Monday after ten years of work.\n"
PEERS = {"boss": ("submitter,worker,client", None), "sub": ("submitter", None),
         "asker": ("client", None), "cleaner": ("worker", "clean"),
         "shouter": ("worker", "shout"), "sink": ("worker", "deliver")}


def articles(count, prefix="a"):
    return [{"id": f"{prefix}{i}", "text": TEXT} for i in range(count)]


def free_ports(count):
    """Ports of the loopback that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


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
    output = system.ask_as("sub", "submit", "-", text="".join(
        f'{{"id": "a{i}", "text": "{TEXT.strip()}"}}\n' for i in range(30)))
    assert output[0] == 0, output
    rows = system.results_of(30)
    assert sorted(row["id"] for row in rows) == sorted(f"a{i}" for i in range(30))
    assert all("LEEDS" in row["shout"]["text"] for row in rows)
    assert "security\":\"curve" in system.log_of(system.broker)
