#!/usr/bin/python3
"""A submitter in a process of its own, which may be killed at any moment.

    tests/chaos/feeder.py ENDPOINT FOLDER NAME [ARTICLES_A_SECOND]

Submits articles NAME-0, NAME-1 … until there is a FOLDER/NAME.stop; then it waits until all are
confirmed, and ends. FOLDER/NAME.put has the ids that it may have put, FOLDER/NAME.confirmed those that are safe, a line
each, written at once; started again it goes on from there.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from chaos.submitter import Submitter  # noqa: E402
from chaos.supply import Supply  # noqa: E402

AHEAD = 50    # unconfirmed at most


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().split()


class Feeder:
    def __init__(self, endpoint, folder, name):
        self.paths = {kind: f"{folder}/{name}.{kind}" for kind in ("put", "confirmed")}
        put = lines_of(self.paths["put"])
        safe = set(lines_of(self.paths["confirmed"]))
        self.supply = Supply(name, len(put))
        self.files = {kind: os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                      for kind, path in self.paths.items()}
        self.submitter = Submitter(endpoint)
        self.noted = 0
        for known in put:
            if known not in safe:
                self.submitter.put(self.supply.at(int(known.rsplit("-", 1)[1])))

    def note(self, kind, name):
        os.write(self.files[kind], name.encode() + b"\n")

    def put_next(self):
        article = self.supply.next()
        self.note("put", article["id"])
        self.submitter.put(article)

    def turn(self):
        self.submitter.turn()
        for name in self.submitter.confirmed[self.noted:]:
            self.note("confirmed", name)
        self.noted = len(self.submitter.confirmed)
        assert not self.submitter.refused, self.submitter.refused


def main(endpoint, folder, name, rate="50"):
    feeder = Feeder(endpoint, folder, name)
    due, is_ending = time.monotonic(), False
    while not is_ending or not feeder.submitter.is_done():
        is_ending = os.path.exists(f"{folder}/{name}.stop")
        under_way = len(feeder.submitter.waiting) + len(feeder.submitter.under_way)
        if not is_ending and under_way < AHEAD and time.monotonic() >= due:
            feeder.put_next()
            due = max(due + 1 / float(rate), time.monotonic() - 1)
        feeder.turn()
    feeder.submitter.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
