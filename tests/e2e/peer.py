"""A bare peer of the broker's work door, that says what it is told to."""
import hashlib
import json

import zmq

from chaos.submitter import HEADER

PUT, REJECT, CREDIT, WORK, RESULT, FAIL = 3, 5, 6, 7, 8, 10
HELLO, WELCOME, HEARTBEAT, DRAIN = 1, 2, 12, 13
PERMANENT = 2


class Peer:
    def __init__(self, system, role, stage="", name="odd", instance=7):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.connect(system.broker_options["work"])
        self.send(HELLO, sequence=instance,
                  body=json.dumps({"role": role, "name": name, "stage": stage}).encode())
        assert self.receive()[1] == WELCOME

    def send(self, verb, label=b"", key=None, flags=0, attempt=0, sequence=0, lease=0, credit=0,
             body=b""):
        key = key or (hashlib.sha256(label).digest()[:16] if label else bytes(16))
        self.socket.send_multipart([HEADER.pack(1, verb, flags, 0, attempt, len(label), key,
                                                sequence, lease, credit, 0, 0, 0, 0) + label, body])

    def receive(self):
        assert self.socket.poll(5000), "the broker says nothing"
        frame, body = self.socket.recv_multipart()
        return (*HEADER.unpack(frame[:64]), frame[64:], body)

    def next(self, verb):
        while (message := self.receive())[1] != verb:
            pass
        return message

    def close(self):
        self.socket.close(linger=100)
        self.context.term()
