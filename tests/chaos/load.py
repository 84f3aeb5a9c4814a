"""Articles through a broker by peers in this process, with a ledger of what was promised when.

"When" is the length of the disk's log at that moment: what was promised at length P must be on
disk in every state that the log allows from P on.
"""
import hashlib
import json
import os
import struct
import time
import zlib

import zmq

from chaos.submitter import Submitter

HEADER = struct.Struct("<BBBBHH16sQQIIqII")
HELLO, WELCOME, REJECT, CREDIT, WORK, RESULT, RESULT_OK, FAIL, HEARTBEAT = 1, 2, 5, 6, 7, 8, 9, 10, 12
PERMANENT, UNCHANGED = 2, 4
STAGES = ["first", "second", "sink"]


def text_of(name):
    """Of every size up to some pages, and not compressible to nothing."""
    seed = hashlib.sha256(name.encode()).hexdigest()
    return seed * (1 + zlib.crc32(name.encode()) % 400)


def body_of(name, stages_passed=0):
    return json.dumps({"id": name, "text": text_of(name), "passed": STAGES[:stages_passed]}).encode()


def key_of(name):
    return hashlib.sha256(name.encode()).digest()[:16]


class Worker:
    """Answers the articles of a stage; number % 7 == 3 fails for good, % 7 == 5 once."""

    def __init__(self, endpoint, stage, when, ledger):
        self.stage, self.when, self.ledger = stage, when, ledger
        self.place = STAGES.index(stage)
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(endpoint)
        self.answers = {}    # lease → (verb, name)
        self.beat = 0
        body = json.dumps({"role": "worker", "name": stage, "stage": stage}).encode()
        self.send(HELLO, sequence=int.from_bytes(os.urandom(8), "little"), body=body)

    def send(self, verb, flags=0, label=b"", sequence=0, lease=0, credit=0, attempt=0, body=b""):
        key = hashlib.sha256(label).digest()[:16] if label else bytes(16)
        self.socket.send_multipart([HEADER.pack(1, verb, flags, 0, attempt, len(label), key, sequence,
                                                lease, credit, 0, 0, 0, 0) + label, body])

    def answer(self, name, lease, attempt):
        number = int(name.split("-")[1])
        verb, flags, body = RESULT, 0, body_of(name, self.place + 1)
        if self.stage == "sink":
            flags, body = UNCHANGED, b""
            self.ledger.sunk.setdefault(name, self.when())
        elif self.stage == "second" and number % 7 == 3:
            verb, flags, body = FAIL, PERMANENT, b"number 3 of 7"
        elif self.stage == "second" and number % 7 == 5 and attempt == 1:
            verb, flags, body = FAIL, 0, b"number 5 of 7"
        self.answers[lease] = (verb, name)
        self.send(verb, flags, name.encode(), lease=lease, attempt=attempt, body=body)

    def turn(self):
        while self.socket.poll(0):
            frame, _ = self.socket.recv_multipart()
            _, verb, _, _, attempt, length, _, _, lease, *_ = HEADER.unpack(frame[:64])
            if verb == WELCOME:
                self.send(CREDIT, credit=4)
            elif verb == WORK:
                self.answer(frame[64:64 + length].decode(), lease, attempt)
            elif verb == RESULT_OK and lease in self.answers:
                answered, name = self.answers.pop(lease)
                if answered == RESULT:
                    self.ledger.passed.setdefault(name, []).append((self.when(), self.place))
        if time.monotonic() > self.beat:
            self.beat = time.monotonic() + 0.3
            self.send(HEARTBEAT)

    def close(self):
        self.socket.close(linger=0)
        self.context.term()


class Ledger:
    """confirmed, passed, sunk: when it was promised that … is on disk."""

    def __init__(self):
        self.put = []           # ids in the order of their PUT
        self.confirmed = {}     # id → when
        self.passed = {}        # id → [(when, place of the stage)]
        self.sunk = {}          # id → when the sink had it

    def faults(self, seen, when):
        """What a broker that starts from this state breaks of the promises made until `when`."""
        if "fault" in seen:
            return [f"does not open: {seen['fault']}"]
        found, jobs = [], {}
        if seen["damaged"]:
            found.append(f"{seen['damaged']} damaged records")
        for name, stage, state, what in seen["jobs"]:
            if name is None or isinstance(what, str):
                found.append(f"damaged body in {stage}: {what}")
                continue
            if name not in self.put or name in jobs:
                found.append(f"{name} was invented")
            jobs[name] = STAGES.index(stage)
            bodies = [zlib.crc32(body_of(name, i)) for i in (jobs[name], len(STAGES) - 1)]
            if what not in bodies:
                found.append(f"{name} in {stage} has a wrong body")
        known = set(seen["known"])
        for name, at in self.confirmed.items():
            if at <= when and name not in jobs and self.sunk.get(name, when + 1) > when:
                found.append(f"{name} was confirmed and is lost")
            if at <= when and key_of(name).hex() not in known:
                found.append(f"{name} was confirmed and is not known")
        for name, steps in self.passed.items():
            for at, place in steps:
                if at <= when and name in jobs and jobs[name] <= place and place < len(STAGES) - 1:
                    found.append(f"{name} had passed {STAGES[place]} and is in {STAGES[jobs[name]]}")
        return found


class Load:
    """Submitter and workers on one broker; run() until `count` are confirmed, or it dies."""

    def __init__(self, options, log, stages=tuple(STAGES)):
        self.options, self.log = options, log
        self.ledger = Ledger()
        self.submitter = Submitter(options["ingest"])
        self.workers = []
        self.staff(stages)

    def staff(self, stages):
        self.workers += [Worker(self.options["work"], stage, self.when, self.ledger)
                         for stage in stages]

    def when(self):
        return os.stat(self.log).st_size if os.path.exists(self.log) else 0

    def note_confirmed(self):
        for name in self.submitter.confirmed[len(self.ledger.confirmed):]:
            self.ledger.confirmed[name] = self.when()

    def turn(self):
        self.submitter.turn(1)
        self.note_confirmed()
        for worker in self.workers:
            worker.turn()

    def run(self, count, process, first=0, ahead=8, seconds=60, sinks=None):
        """`sinks` of them (a third) are to reach the sink, the others are left on their way."""
        end, sent = time.monotonic() + seconds, 0
        sinks = count // 3 if sinks is None else sinks
        while process.poll() is None and (len(self.ledger.confirmed) < count or
                                          len(self.ledger.sunk) < sinks):
            assert time.monotonic() < end, (
                f"{len(self.ledger.confirmed)} of {count} confirmed, {len(self.ledger.sunk)} sunk")
            if sent < count and len(self.submitter.waiting) < ahead:
                name = f"article-{first + sent}"
                sent += 1
                self.ledger.put.append(name)
                self.submitter.waiting.append((name, body_of(name)))
            self.turn()

    def run_until(self, is_over, process, seconds=60):
        end = time.monotonic() + seconds
        while not is_over():
            assert process.poll() is None and time.monotonic() < end
            for _ in range(100):
                self.turn()

    def close(self):
        self.submitter.close()
        for worker in self.workers:
            worker.close()
