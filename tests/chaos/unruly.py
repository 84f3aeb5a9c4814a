#!/usr/bin/python3
"""A worker that passes articles on unchanged, and misbehaves.

    tests/chaos/unruly.py ENDPOINT STAGE MANNER

good      does not
slow      shows life, but answers only when the lease has ended
flapping  leaves without a word with what it holds, and comes again
deaf      takes work and says nothing any more
double    gives each answer three times, once on a lease that never was
fragile   dies of an article whose number ends with 3 in the tens (13, 33, …)
"""
import json
import os
import random
import struct
import sys
import time

import zmq

HEADER = struct.Struct("<BBBBHH16sQQIIqII")    # 64 bytes; the label follows
HELLO, WELCOME, REJECT, CREDIT, WORK, RESULT, EXTEND, HEARTBEAT = 1, 2, 5, 6, 7, 8, 11, 12
UNCHANGED, CODE_HELLO, HOLD = 4, 4, 4


class Unruly:
    def __init__(self, endpoint, stage, manner):
        self.endpoint, self.stage, self.manner = endpoint, stage, manner
        self.context = zmq.Context()
        self.socket = None
        self.join()

    def join(self):
        if self.socket is not None:
            self.socket.close(linger=0)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(self.endpoint)
        self.held, self.beat_s, self.leave = [], 0.1, time.monotonic() + random.uniform(0.05, 0.5)
        self.next_beat = 0
        self.hello()

    def hello(self):
        self.held = []
        body = json.dumps({"role": "worker", "name": f"{self.manner}-{os.getpid()}",
                           "stage": self.stage}).encode()
        self.send(HELLO, sequence=int.from_bytes(os.urandom(8), "little"), body=body)

    def send(self, verb, flags=0, label=b"", key=bytes(16), attempt=0, sequence=0, lease=0, credit=0,
             body=b""):
        self.socket.send_multipart([HEADER.pack(1, verb, flags, 0, attempt, len(label), key,
                                                sequence, lease, credit, 0, 0, 0, 0) + label, body])

    def receive(self):
        frame, _ = self.socket.recv_multipart()
        _, verb, _, _, attempt, _, key, _, lease, _, _, lease_ms, _, code = HEADER.unpack(frame[:64])
        if verb == WELCOME:
            self.beat_s = lease_ms / 1000
            self.send(CREDIT, credit=HOLD)
        elif verb == WORK:
            wait_s = 1.3 * lease_ms / 1000 if self.manner == "slow" else 0
            self.held.append((time.monotonic() + wait_s, frame[64:], key, attempt, lease))
        elif verb == REJECT and code == CODE_HELLO:
            self.hello()

    def answer(self, label, key, attempt, lease):
        if self.manner == "fragile" and int(label.rsplit(b"-", 1)[1]) % 20 == 13:
            time.sleep(0.05)    # what it has answered before gets through
            os._exit(1)
        leases = [lease, lease, lease ^ 1 << 30] if self.manner == "double" else [lease]
        for number in leases:
            self.send(RESULT, UNCHANGED, label, key, attempt, lease=number)

    def turn(self):
        while self.socket.poll(10):
            self.receive()
        now = time.monotonic()
        if self.manner == "deaf" and self.held:
            return
        while self.held and self.held[0][0] <= now and self.manner != "flapping":
            self.answer(*self.held.pop(0)[1:])
        if now >= self.next_beat:
            self.next_beat = now + self.beat_s
            self.send(HEARTBEAT)
            for _, _, _, _, lease in self.held:
                self.send(EXTEND, lease=lease, credit=1)
        if self.manner == "flapping" and now > self.leave:
            self.join()


def main(*words):
    worker = Unruly(*words)
    while True:
        worker.turn()


if __name__ == "__main__":
    main(*sys.argv[1:])
