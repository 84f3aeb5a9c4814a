"""kill -9 of the broker and of any worker at random moments, while articles flow; then the books
are checked: every confirmed id is once in the sink, or in the dead letters.

KILLS says how often (default 40), SEED which moments, PAGES a folder of pages to send instead
of the samples.
"""
import base64
import glob
import json
import os
import random
import time
from collections import Counter

from chaos.submitter import Submitter
from e2e.system import System, wait_until

KILLS = int(os.environ.get("KILLS", "40"))
SEED = int(os.environ.get("SEED", "1"))
STAGES = ["clean", "tag", "summarise", "deliver"]
PAGES = os.environ.get("PAGES", os.path.join(os.path.dirname(__file__), "..", "samples"))


def articles():
    """Endless: the pages under new ids; every 20th article has nothing to say."""
    pages = []
    for path in sorted(glob.glob(f"{PAGES}/**/*.*", recursive=True)):
        with open(path, "rb") as file:
            content = file.read()
        if path.endswith(".txt"):
            pages.append({"text": content.decode()})
        elif path.endswith(".html"):
            pages.append({"html_base64": base64.b64encode(content).decode()})
    number = 0
    while True:
        content = {"text": ""} if number % 20 == 19 else pages[number % len(pages)]
        yield {"id": f"article-{number}", **content}
        number += 1


def dead_letters(system):
    status, output, notes = system.ask("dead-letters", "list", "--json")
    assert status in (0, 1), notes
    return {json.loads(line)["id"]: json.loads(line)["reason"]
            for line in output.splitlines() if line.strip()}


def queued(system):
    status, output, _ = system.ask("status", "--json")
    return json.loads(output)["queued"] if status == 0 else -1


class Herd:
    """The processes of a system; one that is killed is started again at once."""

    def __init__(self, system):
        self.system = system
        self.broker = system.start_broker()
        self.workers = [(stage, system.start(system.program(stage))) for stage in STAGES]

    def kill_one(self, dice):
        """The broker one time in four. Returns whom."""
        if dice.random() < 0.25:
            self.system.kill(self.broker)
            self.broker = self.system.start(self.system.program("broker"))
            return "broker"
        place = dice.randrange(len(self.workers))
        stage, process = self.workers[place]
        self.system.kill(process)
        self.workers[place] = (stage, self.system.start(self.system.program(stage)))
        return stage


def storm(herd, submitter, supply, dice):
    killed = Counter()
    while sum(killed.values()) < KILLS:
        end = time.monotonic() + dice.uniform(0.02, 0.4)
        while time.monotonic() < end:
            if len(submitter.waiting) < 20:
                submitter.put(next(supply))
            submitter.turn()
        killed[herd.kill_one(dice)] += 1
    return killed


def settle(system, submitter):
    def is_settled():
        submitter.turn(50)
        return submitter.is_done() and queued(system) == 0
    wait_until(is_settled, "all articles come to an end", seconds=120 + KILLS)


def test_no_confirmed_article_is_lost_or_doubled(tmp_path, programs):
    stages = [{"name": name, "lease_ms": 5000, "backoff_ms": 50, "attempts": 5}
              for name in STAGES[:3]]
    system = System(tmp_path, programs, stages, heartbeat_ms=100)
    submitter = Submitter(system.broker_options["ingest"])
    dice = random.Random(SEED)
    try:
        herd = Herd(system)
        killed = storm(herd, submitter, articles(), dice)
        try:
            settle(system, submitter)
        except AssertionError:
            print(system.ask("status", "--json")[1], len(submitter.waiting), submitter.under_way.keys())
            raise
        rows = Counter(row["id"] for row in system.results())
        buried = dead_letters(system)
    finally:
        submitter.close()
        system.close()
    lost = [i for i in submitter.confirmed if i not in rows and i not in buried]
    doubled = [i for i, count in rows.items() if count > 1]
    print(f"killed {dict(killed)}; confirmed {len(submitter.confirmed)}, sink {len(rows)}, "
          f"dead letters {len(buried)}, duplicates refused {submitter.duplicates}")
    print(f"BENCH chaos kills={sum(killed.values())} confirmed={len(submitter.confirmed)} "
          f"lost={len(lost)} duplicated={len(doubled)}")
    assert not lost
    assert not doubled
    assert not submitter.refused
    assert not set(rows) - set(submitter.confirmed)
    assert any("article-19" == i for i in buried), "the empty article is a dead letter"
