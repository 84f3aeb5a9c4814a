"""The wall clock jumps while articles flow: no lease ends, no wait grows, no article is lost.

The programs run with clock.so before their C library, which adds to the wall clock what the test
says; time that passes is still told by the monotonic clock, as on a machine whose clock is set.
"""
import json
import os

import pytest

from chaos.scene import Scene
from e2e.system import wait_until

HOUR = 3600
JUMPS = [30, -30, HOUR, -HOUR, 365 * 24 * HOUR, -24 * HOUR, 0]


class Shifted(Scene):
    def __init__(self, folder, programs, **options):
        super().__init__(folder, programs, **options)
        tools = os.path.join(os.path.dirname(programs), "tests", "chaos")
        self.clock = f"{folder}/clock"
        self.jump(0)
        self.extra = {"LD_PRELOAD": f"{tools}/clock.so", "NUTGRAF_CLOCK_FILE": self.clock}

    def jump(self, seconds):
        """The clock now differs by so much from the real one."""
        with open(f"{self.clock}.new", "w", encoding="utf-8") as file:
            file.write(str(seconds))
        os.rename(f"{self.clock}.new", self.clock)

    def metric(self, name):
        text = self.ask("metrics")[1]
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(name))


@pytest.fixture
def scene(tmp_path, programs):
    made = Shifted(tmp_path, programs)
    yield made
    made.close()


def test_the_jumps_are_real(scene):
    broker = scene.start_broker()
    scene.jump(365 * 24 * HOUR)
    scene.stop(broker)
    years = [json.loads(line)["time"][:4] for line in scene.log_of(broker).splitlines()]
    assert int(years[-1]) == int(years[0]) + 1


def test_jumps_of_the_clock_end_no_lease_and_lose_nothing(scene):
    scene.fill_all()
    for jump in JUMPS:
        scene.flow(5)
        scene.jump(jump)
        for name in ("clean", "feeder0"):    # the others live through it
            scene.kill(scene.post(name).process)
            scene.fill(scene.post(name))
    held_by_the_killed = scene.metric("nutgraf_leases_lost_total{stage=\"clean\"")
    assert scene.metric("nutgraf_leases_lost_total") == held_by_the_killed
    scene.settle()
    scene.check()


@pytest.mark.parametrize("before,after", [(HOUR, 0), (0, HOUR), (365 * 24 * HOUR, 0)])
def test_a_broker_that_starts_after_a_jump_goes_on(scene, before, after):
    """Waits begun under the one clock end under the other; ids stay known."""
    scene.jump(before)
    scene.fill_all()
    scene.flow(5)
    for name in ("broker", "tag", "deliver"):
        scene.kill(scene.post(name).process)
    scene.jump(after)
    for name in ("broker", "tag", "deliver"):
        scene.fill(scene.post(name))
    wait_until(lambda: scene.queue() >= 0, "the broker answers")
    scene.settle(30)
    figures, _ = scene.check()
    assert figures["sink"] >= 5
    duplicates = scene.metric("nutgraf_duplicates_total")
    scene.submit([{"id": name, "text": "again"} for name in scene.lines("confirmed")[:5]])
    assert scene.metric("nutgraf_duplicates_total") == duplicates + 5
