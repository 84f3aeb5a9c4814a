"""Broker and peers in two network namespaces: the link between them is cut under load, for shorter
and longer than a lease, and comes back; the books are exact.

Needs the right to make network namespaces; is skipped, with the reason, where there is none.
CUTS says how often (default 3).
"""
import os
import random
import subprocess
import time

import pytest

from chaos.scene import STAGES, Scene

CUTS = int(os.environ.get("CUTS", "3"))
SEED = int(os.environ.get("SEED", "1"))
LEASE_S = 1.0
ADDRESSES = {"broker": "10.213.97.1", "peers": "10.213.97.2"}


def ip(*words):
    return subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Link:
    """Two namespaces and a cable."""

    def __init__(self):
        self.names = {side: f"nutgraf-{side}-{os.getpid()}" for side in ADDRESSES}
        self.reason = ""
        self.make()

    def make(self):
        broker, peers = self.names["broker"], self.names["peers"]
        steps = [("netns", "add", broker), ("netns", "add", peers),
                 ("link", "add", "nutgraf0", "netns", broker, "type", "veth",
                  "peer", "name", "nutgraf1", "netns", peers)]
        for side, device in (("broker", "nutgraf0"), ("peers", "nutgraf1")):
            on = ("-n", self.names[side])
            steps += [(*on, "addr", "add", f"{ADDRESSES[side]}/24", "dev", device),
                      (*on, "link", "set", "lo", "up"), (*on, "link", "set", device, "up")]
        for step in steps:
            done = ip(*step)
            if done.returncode != 0:
                self.reason = f"ip {' '.join(step)}: {done.stdout.strip()}"
                return

    def set(self, state):
        assert ip("-n", self.names["broker"], "link", "set", "nutgraf0", state).returncode == 0

    def close(self):
        for name in self.names.values():
            ip("netns", "del", name)


class Apart(Scene):
    """The broker's ingest and work doors are in one namespace, everybody else in the other; the
    admin door is a file, which no cable joins."""

    def __init__(self, link, folder, programs):
        self.link = link
        quick = {"lease_ms": int(1000 * LEASE_S), "backoff_ms": 50, "attempts": 100}
        super().__init__(folder, programs, [{"name": name, **quick} for name in STAGES],
                         ingest=f"tcp://{ADDRESSES['broker']}:5801",
                         work=f"tcp://{ADDRESSES['broker']}:5802", allow_plain=True)
        for post in self.posts:
            side = "broker" if post.name == "broker" else "peers"
            post.command = ["ip", "netns", "exec", link.names[side], *post.command]


@pytest.fixture
def apart(tmp_path, programs):
    if not os.access("/usr/sbin/ip", os.X_OK) and not os.access("/sbin/ip", os.X_OK):
        pytest.skip("no ip here (package iproute2)")
    link = Link()
    if link.reason:
        link.close()
        pytest.skip(f"no network namespaces here: {link.reason}")
    scene = Apart(link, tmp_path, programs)
    yield scene
    try:
        scene.close()
    finally:
        link.close()


def test_a_link_that_is_cut_under_load_loses_nothing(apart):
    dice = random.Random(SEED)
    apart.fill_all()
    for turn in range(CUTS):
        apart.flow(15)
        apart.link.set("down")
        time.sleep((0.1, 0.5, 2.5)[turn % 3] * dice.uniform(0.8, 1.4) * LEASE_S)
        apart.link.set("up")
    apart.flow(15)
    apart.settle()
    _, spoilt = apart.check()
    assert not spoilt


def test_who_starts_again_while_the_link_is_cut_finds_back(apart):
    apart.fill_all()
    apart.flow(15)
    apart.link.set("down")
    for name in ("broker", "tag", "feeder0"):
        apart.kill(apart.post(name).process)
        apart.fill(apart.post(name))
    time.sleep(LEASE_S)
    apart.link.set("up")
    apart.flow(15)
    apart.settle()
    apart.check()
