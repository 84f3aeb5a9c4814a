"""Plain doors on tcp and whoever finds them: garbage, half handshakes, ten thousand connections one
after the other and at once, frames beyond any limit. Articles pass meanwhile. (The same on encrypted
doors, with wrong keys: curve_test.py.)"""
import json
import socket
import struct
import threading
import time

import pytest
import zmq

from chaos.submitter import HEADER, Submitter
from e2e.noise import crowd, free_ports, make_noise
from e2e.system import System, wait_until

DOORS = ("ingest", "work", "admin")
CONNECTIONS = 10_000
TEXT = "The bridge in Leeds opened again on Monday after ten years of work.\n"
NULL_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16 + 1 + 31)
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
MORE, LONG = 1, 2
HELLO, REJECT, CODE_TOO_BIG = 1, 5, 3


class Open(System):
    def __init__(self, folder, programs):
        doors = {door: f"tcp://127.0.0.1:{port}" for door, port in zip(DOORS, free_ports(3))}
        super().__init__(folder, programs, [{"name": "clean"}], heartbeat_ms=200, body_max_mb=1,
                         **doors)
        self.ports = [int(doors[door].rsplit(":", 1)[1]) for door in DOORS]
        self.broker = self.start_broker()
        for name in ("clean", "deliver"):
            self.start(self.program(name))
        self.submitter = Submitter(doors["ingest"])
        self.count = 0

    def put(self):
        self.submitter.put({"id": f"a{self.count}", "text": TEXT})
        self.count += 1

    def pass_one(self):
        """An article passes all three doors."""
        self.put()
        wait_until(lambda: self.submitter.turn() or self.submitter.is_done(), "it is confirmed")
        self.check()

    def check(self):
        """All that was put is in the sink, once, and the admin door answers."""
        rows = sorted(row["id"] for row in self.results_of(self.count))
        assert rows == sorted(self.submitter.confirmed) and len(rows) == self.count
        assert self.ask("health", "-t", "5000")[0] == 0
        assert self.broker.poll() is None

    def memory_mib(self):
        with open(f"/proc/{self.broker.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) // 1024

    def close(self):
        self.submitter.close()
        super().close()


@pytest.fixture
def system(tmp_path, programs):
    made = Open(tmp_path, programs)
    yield made
    made.close()


def shake_hands(port):
    """A connection whose ZMTP handshake is done, to say on it what no library would."""
    one = socket.create_connection(("127.0.0.1", port), timeout=10)
    one.sendall(NULL_GREETING + b"\x04" + bytes([len(READY)]) + READY)
    got = b""
    while b"READY" not in got:
        part = one.recv(4096)
        assert part, "the broker hung up in the handshake"
        got += part
    return one


def is_cut(one, seconds=10):
    """Whether the other side ends the connection, whatever it says before."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and one.recv(4096):
            pass
    except ConnectionError:
        pass
    one.close()
    return time.monotonic() < end


def long_frame(length, flags=0):
    return bytes([LONG | flags]) + struct.pack(">Q", length)


def test_ten_thousand_strangers_disturb_nobody(system):
    failures = []
    noise = threading.Thread(target=make_noise, args=(system.ports, CONNECTIONS, failures))
    noise.start()
    while noise.is_alive():
        if system.submitter.is_done():
            system.put()
        system.submitter.turn()
    noise.join()
    assert not failures
    system.pass_one()


def test_ten_thousand_at_once_disturb_nobody(system):
    before = system.memory_mib()
    held = crowd(system.ports, CONNECTIONS)
    print(f"{len(held)} connections at once, {system.memory_mib() - before} MiB")
    for _ in range(5):
        system.pass_one()
    for one in held:
        one.close()
    system.pass_one()


@pytest.mark.parametrize("words", [
    long_frame(2 ** 62), long_frame(2 ** 63), long_frame(64, MORE) + bytes(64) + long_frame(2 ** 40),
    b"\x01\x40" + bytes(64) + long_frame(2 ** 31)], ids=range(4))
def test_a_frame_beyond_the_limit_ends_its_connection_alone(system, words):
    before = system.memory_mib()
    for port in system.ports * 20:
        one = shake_hands(port)
        one.sendall(words)
        assert is_cut(one)
    system.pass_one()
    assert system.memory_mib() - before < 64


def test_messages_of_any_shape_disturb_nobody(system):
    """What ZeroMQ carries and the protocol does not know: no frames, many, empty ones, wild headers."""
    context = zmq.Context()
    sockets = []
    for door in DOORS:
        one = context.socket(zmq.DEALER)
        one.connect(system.broker_options[door])
        sockets.append(one)
    header = HEADER.pack(1, HELLO, 0, 0, 0, 0, bytes(16), 7, 0, 0, 0, 0, 0, 0)
    wild = [[b""], [b"", b""], [b"x"], [header], [header, b"", b""], [header[:63], b"{}"],
            [header, b"\xff" * 5000], [b"\xff" * 64, b""], [b""] * 2000, [bytes(400), b""],
            [header, b'{"role": "worker", "name": "' + b"x" * 5000 + b'", "stage": "clean"}'],
            [header, b"[" * 60000]]
    for words in wild * 20:
        for one in sockets:
            one.send_multipart(words)
    system.pass_one()
    for one in sockets:
        one.close(linger=0)
    context.term()
    system.pass_one()


def test_an_article_over_the_limit_is_answered_or_ends_its_connection_alone(system):
    big = Submitter(system.broker_options["ingest"])
    big.waiting.append(("big", json.dumps({"text": "x" * (1 << 20)}).encode()))
    wait_until(lambda: big.turn() or "big" in big.refused, "it is refused")
    assert "limit" in big.refused["big"] or "bytes" in big.refused["big"], big.refused
    big.close()
    system.pass_one()
