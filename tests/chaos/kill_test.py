"""kill -9 of the broker, of workers, sinks and submitters at random moments, and ends of broker and
sink at each named step of a commit or a row, while articles flow; then the books are checked: every
confirmed id is once in the sink, or in the dead letters.

KILLS says how often (default 40), SEED which, PAUSE_S the mean time between two kills, PAGES a
folder of pages to send among others instead of the samples, LEDGER a file for the last line.
"""
import os
import random
import time
from collections import Counter

from chaos.scene import STAGES, Scene

KILLS = int(os.environ.get("KILLS", "40"))
SEED = int(os.environ.get("SEED", "1"))
PAUSE_S = float(os.environ.get("PAUSE_S", "0.15"))
# Who is killed how often. Submitters take longest to come back.
WEIGHTS = {"broker": 24, "clean": 16, "tag": 16, "summarise": 16, "deliver": 20, "feeder0": 4,
           "feeder1": 4}
STEPS_SHARE = 0.4    # of those who pass named steps, so many end at one


def start_again(scene, post, dice):
    """A new process in the post, which may end by itself at a named step."""
    if post.steps and dice.random() < STEPS_SHARE:
        step = dice.choice(post.steps)
        scene.fill(post, step, 1 if step.startswith("checkpoint") else dice.randint(1, 5))
    else:
        scene.fill(post)


def storm(scene, dice, kills):
    """(how often each was killed, how often each ended at a step)."""
    killed, ended = Counter(), Counter()
    names, weights = zip(*WEIGHTS.items())
    while sum(killed.values()) + sum(ended.values()) < kills:
        time.sleep(dice.uniform(0.1, 1.9) * PAUSE_S)
        for _, how in scene.revive():
            ended[how] += 1
        post = scene.post(dice.choices(names, weights)[0])
        scene.kill(post.process)
        killed[post.name] += 1
        start_again(scene, post, dice)
    return killed, ended


def tell(line):
    print(line, flush=True)
    if "LEDGER" in os.environ:
        with open(os.environ["LEDGER"], "w", encoding="utf-8") as file:
            print(line, file=file)


def test_no_confirmed_article_is_lost_or_doubled(tmp_path, programs):
    scene = Scene(tmp_path, programs, feeders=2, rate=10)
    scene.may_end = (*STAGES, "deliver")  # a machine that stands still looks like a stage that hangs
    dice = random.Random(SEED)
    start = time.monotonic()
    try:
        scene.fill_all()
        killed, ended = storm(scene, dice, KILLS)
        took = time.monotonic() - start
        scene.settle(120 + KILLS // 10)
        kills = sum(killed.values()) + sum(ended.values())
        print(f"{kills} kills in {took:.0f} s: {dict(killed)}, at steps {dict(ended)}")
        figures, spoilt = scene.check()
    finally:
        scene.close()
    tell(f"BENCH chaos kills={kills} confirmed={figures['confirmed']} lost={figures['lost']} "
         f"duplicated={figures['duplicated']}")
    assert figures["sink"] > kills / 4, "work flows between the kills"
    assert len(spoilt) <= figures["confirmed"] / 50, spoilt
