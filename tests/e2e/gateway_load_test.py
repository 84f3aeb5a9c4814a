"""The gateway under load, and under peers that mean no good: it keeps serving."""
import json
import os
import re
import socket
import struct
import subprocess
import time

import pytest

from e2e.gateway import Gateway
from e2e.system import wait_until

CONNECTIONS = 1000
STORY = "The mayor of Springfield opened a bridge on Monday. It took four years to build."


@pytest.fixture
def gate(programs, tmp_path):
    system = Gateway(tmp_path, programs, head_ms=4000, body_ms=4000)
    try:
        yield system.start_all(workers=False)
    finally:
        system.close()


def wrk(gate, tmp_path, path, script="", seconds=4):
    """Keeps 1,000 connections busy: (requests answered, what wrk says)."""
    with open(f"{tmp_path}/wrk.lua", "w", encoding="utf-8") as file:
        file.write(script)
    done = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s",
                           "-s", file.name, f"http://127.0.0.1:{gate.port}{path}"],
                          text=True, timeout=180, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    return int(re.search(r"(\d+) requests in", done.stdout).group(1)), done.stdout


def test_a_thousand_connections_ask(gate, tmp_path):
    requests, said = wrk(gate, tmp_path, "/livez")
    assert requests > CONNECTIONS, said
    requests, said = wrk(gate, tmp_path, "/v1/status")
    assert requests > CONNECTIONS, said


def test_a_thousand_connections_submit_and_nothing_is_lost(gate, tmp_path):
    body = json.dumps({"text": STORY})[:-2]
    script = f"""
local count = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
request = function()
  count = count + 1
  return wrk.format(nil, nil, nil, [[{body} ]] .. count .. '"}}')
end
"""
    requests, said = wrk(gate, tmp_path, "/v1/articles", script)
    status = gate.get("/v1/status").json
    assert requests > CONNECTIONS, said
    # Those that wrk left when its time was up may have been taken as well.
    assert requests <= status["accepted"] + status["duplicates"] <= requests + CONNECTIONS
    assert status["duplicates"] == 0 and status["queued"] == status["accepted"]


def descriptors(gate):
    return len(os.listdir(f"/proc/{gate.process.pid}/fd"))


def memory_kib(gate):
    with open(f"/proc/{gate.process.pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def hold(gate, count, text):
    peers = []
    for _ in range(count):
        peer = gate.connect()
        peer.sendall(text)
        peers.append(peer)
    return peers


def is_served(gate):
    start = time.monotonic()
    answer = gate.post("/v1/articles", {"text": f"{STORY} {start}"})
    return answer.status == 202 and time.monotonic() - start < 20


HALVES = {
    "nothing at all": b"",
    "half a line": b"POST /v1/arti",
    "half a head": b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Ty",
    "half a body": b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   b"Content-Length: 1000\r\n\r\n{\"text\": \"",
    "half a chunk": b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n1000\r\n{",
}


@pytest.mark.parametrize("half", HALVES)
def test_peers_that_stop_in_the_middle_are_cut_off(gate, half):
    before = descriptors(gate)
    peers = hold(gate, 500, HALVES[half])
    assert is_served(gate)
    end = time.monotonic() + 40
    while descriptors(gate) > before + 5:
        assert time.monotonic() < end, f"{descriptors(gate) - before} are still open"
        time.sleep(0.2)
    for peer in peers:
        peer.close()
    assert is_served(gate)


def test_a_slow_trickle_does_not_hold_a_place(gate):
    """One byte now and then (slowloris): each is cut off in the end, and nobody waits."""
    before = descriptors(gate)
    head = b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    peers = hold(gate, CONNECTIONS, head)
    end = time.monotonic() + 60
    while descriptors(gate) > before + 5:
        assert time.monotonic() < end, f"{descriptors(gate) - before} hold out"
        for peer in peers:
            try:
                peer.send(b"x")
            except OSError:
                pass
        assert is_served(gate)
        time.sleep(0.3)
    for peer in peers:
        peer.close()


def test_heads_that_are_too_large_are_refused(gate):
    for text in (b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200000 + b"\r\n\r\n",
                 b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 50000 + b"\r\n"):
        with gate.connect() as peer:
            try:
                peer.sendall(text)
                answer = peer.recv(4000)
            except ConnectionError:
                answer = b""
        assert answer == b"" or re.match(rb"HTTP/1\.1 4(14|31|13|00)", answer), answer[:100]
    assert is_served(gate)


@pytest.mark.parametrize("text", [
    b"\x00\xff" * 5000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\r\n" * 1000,
    b"GET /livez HTTP/9.9\r\n\r\n", b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18446744073709551616\r\n\r\n",
    b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"GET /v1/results?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n",
])
def test_garbage_and_rude_goodbyes(gate, text):
    for _ in range(20):
        peer = gate.connect()
        try:
            peer.sendall(text)
        except ConnectionError:
            pass
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST
        peer.close()
    assert is_served(gate)
    assert gate.process.poll() is None


def test_those_who_leave_while_they_wait_cost_nothing(gate):
    gate.post("/v1/articles", {"id": "waits", "text": STORY})
    before = descriptors(gate)
    peers = hold(gate, 300, b"GET /v1/articles/waits?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert is_served(gate)
    for peer in peers:
        peer.close()
    end = time.monotonic() + 20
    while descriptors(gate) > before + 5:
        assert time.monotonic() < end, f"{descriptors(gate) - before} are still open"
        time.sleep(0.2)


def test_large_bodies_do_not_add_up(gate):
    """60 of 8 MiB each are 480 MiB: what is over the limit of all bodies is refused."""
    start = memory_kib(gate)
    head = (b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 8388608\r\n\r\n")
    peers = hold(gate, 60, head)
    for peer in peers:
        peer.setblocking(False)
    block = b" " * 65536
    for _ in range(200):
        for peer in peers:
            try:
                peer.send(block)
            except OSError:
                pass
    assert memory_kib(gate) - start < 600 * 1024
    for peer in peers:
        peer.close()
    wait_until(lambda: is_served(gate), "what the bodies took is free again", 20)


def test_it_ends_in_order_under_load(gate):
    peers = hold(gate, 100, b"GET /v1/articles/nobody?wait=60s HTTP/1.1\r\nHost: localhost\r\n\r\n")
    peers += hold(gate, 20, b"GET /v1/results?follow=true HTTP/1.1\r\nHost: localhost\r\n\r\n")
    gate.stop(gate.process)
    for peer in peers:
        peer.close()
