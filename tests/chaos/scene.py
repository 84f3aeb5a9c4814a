"""A system under load whose processes come and go, and the books of it."""
import json
import os
import subprocess
import sys
from collections import Counter

from chaos.supply import is_empty
from e2e.system import System, wait_until

FEEDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "feeder.py")
CRASHED = 137    # the status of a process that ended at a named step
STAGES = ["clean", "tag", "summarise"]


class Post:
    """A place in the herd: the command, the process that holds it now, and what it is given."""

    def __init__(self, name, command, steps=()):
        self.name, self.command = name, command
        self.steps = steps    # named steps of services/runtime/crash.h that it passes
        self.process = None
        self.step = None      # where it will end by itself


class Scene(System):
    """A broker, a worker a stage, a sink, and feeders; whoever has ended is started again."""

    def __init__(self, folder, programs, stages=None, feeders=1, rate=50, **options):
        stages = stages or [{"name": name, "lease_ms": 5000, "backoff_ms": 50} for name in STAGES]
        super().__init__(folder, programs, stages, **{"heartbeat_ms": 100, **options})
        self.extra = {}       # more environment for what is started
        self.may_end = ()     # the posts of those who may end by themselves
        self.feeder_names = [f"feeder{i}" for i in range(feeders)]
        broker_steps = [f"commit_{step}" for step in ("begin", "written", "synced", "finished")]
        broker_steps += [f"checkpoint_{step}" for step in ("begin", "written", "synced")]
        self.posts = [Post("broker", [self.program("broker")], broker_steps)]
        self.posts += [Post(stage["name"], [self.program(stage.get("program", stage["name"]))])
                       for stage in stages if stage.get("workers") != 0]
        self.posts += [Post("deliver", [self.program("deliver")], ("row_written", "row_synced"))]
        self.posts += [Post(name, [sys.executable, FEEDER, self.broker_options["ingest"],
                                   self.folder, name, str(rate)])
                       for name in self.feeder_names]

    def environment(self):
        return {**super().environment(), **self.extra}

    def post(self, name):
        return next(post for post in self.posts if post.name == name)

    def fill(self, post, step=None, count=1):
        """Starts who holds the post; step: the named step at whose count-th passing it ends."""
        before = self.extra
        if step is not None:
            self.extra = {**before, "NUTGRAF_CRASH_AT": f"{step}:{count}"}
        post.step = step
        post.process = self.start(*post.command)
        self.extra = before

    def fill_all(self):
        for post in self.posts:
            self.fill(post)
        wait_until(lambda: self.queue() >= 0, "the broker answers")

    def revive(self):
        """Fills the posts of those who ended; returns the posts and how they ended."""
        dead = [post for post in self.posts if post.process and post.process.poll() is not None]
        ended = []
        for post in dead:
            how = post.step if post.process.returncode == CRASHED else f"{post.name} by itself"
            assert post.step or post.name in self.may_end, (
                f"{how}: status {post.process.returncode}\n{self.log_of(post.process)}")
            self.running.remove(post.process)
            ended.append((post, how))
            self.fill(post)
        return ended

    def ask(self, *words, text=""):
        """Once more where no answer came in time: the whole machine may have stood still."""
        try:
            return super().ask(*words, text=text)
        except subprocess.TimeoutExpired:
            return super().ask(*words, text=text)

    def queue(self):
        status, output, _ = self.ask("status", "--json")
        return json.loads(output)["queued"] if status == 0 else -1

    def flow(self, count=20):
        """Waits until so many more articles are in the sink; whoever has ended is started again."""
        wanted = self.count_rows() + count
        wait_until(lambda: self.revive() and False or self.count_rows() >= wanted,
                   f"{count} more articles in the sink")

    def count_rows(self):
        if not os.path.exists(self.results_path):
            return 0
        with open(self.results_path, "rb") as file:
            return sum(1 for _ in file)

    def settle(self, seconds=120):
        """The feeders end when all is confirmed; then every article comes to its end."""
        feeders = [self.post(name) for name in self.feeder_names]
        for name in self.feeder_names:
            with open(f"{self.folder}/{name}.stop", "w", encoding="utf-8"):
                pass

        def is_settled():
            for post in feeders:
                if post.process and post.process.poll() == 0:
                    self.running.remove(post.process)
                    post.process = None
            self.revive()
            return not any(post.process for post in feeders) and self.queue() == 0
        wait_until(is_settled, "all articles come to an end", seconds=seconds)

    def lines(self, kind):
        found = []
        for name in self.feeder_names:
            path = f"{self.folder}/{name}.{kind}"
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    found += file.read().split()
        return found

    def dead_letters(self):
        status, output, notes = self.ask("dead-letters", "list", "--json")
        assert status in (0, 1), notes
        return {json.loads(line)["id"]: json.loads(line)["reason"]
                for line in output.splitlines() if line.strip()}

    def rows(self):
        """How often each id is in the sink."""
        with open(self.results_path, encoding="utf-8") as file:
            return Counter(json.loads(line)["id"] for line in file)

    def check(self):
        """Every confirmed id is once in the sink or in the dead letters; the books as figures."""
        put, confirmed = self.lines("put"), set(self.lines("confirmed"))
        rows, buried = self.rows(), self.dead_letters()
        lost = [name for name in confirmed if name not in rows and name not in buried]
        doubled = [name for name, count in rows.items() if count > 1]
        invented = set(rows) | set(buried) - set(put)
        invented -= set(put)
        spoilt = {name: why for name, why in buried.items() if not is_empty(name)}
        figures = {"confirmed": len(confirmed), "sink": len(rows), "buried": len(buried),
                   "spoilt": len(spoilt), "lost": len(lost), "duplicated": len(doubled)}
        print(" ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
        assert not lost, lost[:10]
        assert not doubled, doubled[:10]
        assert not invented, list(invented)[:10]
        assert set(put) == confirmed, "the feeders end when all is confirmed"
        assert all(is_empty(name) <= (name in buried) for name in confirmed)
        return figures, spoilt
