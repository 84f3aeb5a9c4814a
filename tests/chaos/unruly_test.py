"""Workers that are slow, come and go, or die of an article, and processes that stand still for
longer than a lease: the books are exact.

STOPS says how often each stands still (default 1).
"""
import os
import signal
import sys
import time

import pytest

from chaos.scene import Post, Scene

UNRULY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unruly.py")
LEASE_S = 1.0
STOPS = int(os.environ.get("STOPS", "1"))


def stages(**odd):
    quick = {"lease_ms": int(1000 * LEASE_S), "backoff_ms": 50, "attempts": 50}
    return [{"name": "clean", **quick}, {"name": "odd", **quick, "workers": 0, **odd},
            {"name": "summarise", **quick}]


@pytest.fixture
def stage(tmp_path, programs):
    """Makes a scene whose stage `odd` is served by workers of these manners."""
    made = []

    def make(manners, rate=50, **odd):
        scene = Scene(tmp_path, programs, stages(**odd), rate=rate)
        made.append(scene)
        scene.posts += [Post(manner, [sys.executable, UNRULY, scene.broker_options["work"], "odd",
                                      manner]) for manner in manners]
        scene.fill_all()
        return scene
    yield make
    for scene in made:
        for post in scene.posts:
            if UNRULY in post.command and post.process and post.process.poll() is None:
                scene.kill(post.process)
        scene.close()


@pytest.mark.parametrize("manner", ["slow", "flapping", "deaf", "double"])
def test_who_misbehaves_costs_time_and_no_article(stage, manner):
    scene = stage(["good", manner])
    scene.flow(40)
    scene.settle()
    figures, spoilt = scene.check()
    assert figures["sink"] >= 40 and not spoilt


def test_what_kills_its_worker_is_a_dead_letter_and_nothing_else_is(stage):
    scene = stage(["fragile"], rate=25, attempts=3)
    scene.may_end = ("fragile",)
    scene.flow(25)
    scene.settle()
    _, spoilt = scene.check()
    poison = [name for name in scene.lines("confirmed") if int(name.split("-")[1]) % 20 == 13]
    assert poison and sorted(spoilt) == sorted(poison)
    for reason in spoilt.values():
        assert "3 attempts failed; the last: worker fragile-" in reason


def stand_still(scene, names, seconds):
    processes = [scene.post(name).process for name in names]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    for process in processes:
        process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("names", [["broker"], ["clean", "deliver", "feeder0"]], ids="+".join)
def test_who_stands_still_for_longer_than_a_lease_loses_nothing(stage, names):
    scene = stage(["good"])
    for name in ("clean", "deliver"):    # others that take over meanwhile
        scene.posts.append(Post(f"{name}-2", [scene.program(name)]))
        scene.fill(scene.posts[-1])
    for _ in range(STOPS):
        scene.flow(10)
        stand_still(scene, names, 1.5 * LEASE_S)
    scene.flow(10)
    scene.settle()
    _, spoilt = scene.check()
    assert not spoilt
