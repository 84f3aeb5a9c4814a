"""A submitter by proto/PROTOCOL.md that keeps each article until its CONFIRM."""
import hashlib
import json
import os
import struct
import time

import zmq

HEADER = struct.Struct("<BBBBHH16sQQIIqII")
HELLO, WELCOME, PUT, CONFIRM, REJECT = 1, 2, 3, 4, 5
CODE_FULL, CODE_HELLO, CODE_BUSY = 2, 4, 8
DUPLICATE = 1
PATIENCE_S = 10


class Submitter:
    """put() what is to be sent, call turn() often; confirmed holds the ids that are safe."""

    def __init__(self, endpoint, server_public=None, peer_secret=None):
        """The last two are key files, for an encrypted door."""
        self.endpoint = endpoint
        self.key_files = (server_public, peer_secret)
        self.context = zmq.Context()
        self.waiting = []        # (id, body), not yet sent in this session
        self.under_way = {}      # sequence → (id, body)
        self.confirmed = []
        self.refused = {}        # id → reason
        self.duplicates = 0
        self.socket = None
        self.connect()

    def connect(self):
        if self.socket is not None:
            self.socket.close(linger=0)
        self.waiting = list(self.under_way.values()) + self.waiting
        self.under_way = {}
        self.next_sequence = 1
        self.window = 0
        self.heard = time.monotonic()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.SNDTIMEO, 0)
        if self.key_files[0] is not None:
            self.encrypt(*self.key_files)
        self.socket.connect(self.endpoint)
        self.said_hello = False

    def encrypt(self, server_public, peer_secret):
        with open(server_public, "rb") as server, open(peer_secret, "rb") as own:
            self.socket.curve_serverkey, secret = server.read().strip(), own.read().strip()
        self.socket.curve_publickey = zmq.curve_public(secret)
        self.socket.curve_secretkey = secret

    def put(self, article):
        self.waiting.append((article["id"], json.dumps(article).encode()))

    def send(self, verb, label=b"", sequence=0, priority=0, body=b""):
        key = hashlib.sha256(label).digest()[:16] if label else bytes(16)
        frame = HEADER.pack(1, verb, 0, priority, 0, len(label), key, sequence, 0, 0, 0, 0, 0, 0)
        try:
            self.socket.send_multipart([frame + label, body])
            return True
        except zmq.Again:
            return False  # nobody there

    def receive(self):
        frame, body = self.socket.recv_multipart()
        _, verb, flags, _, _, _, _, sequence, _, credit, _, _, _, code = HEADER.unpack(frame[:64])
        self.heard = time.monotonic()
        if verb == WELCOME:
            self.window = credit
        elif verb == CONFIRM and flags & DUPLICATE:
            self.duplicates += 1
        elif verb == CONFIRM:
            for done in [s for s in self.under_way if s <= sequence]:
                self.confirmed.append(self.under_way.pop(done)[0])
        elif verb == REJECT and code == CODE_HELLO:
            self.connect()
        elif verb == REJECT and sequence in self.under_way:
            item = self.under_way.pop(sequence)
            if code in (CODE_FULL, CODE_BUSY):
                self.waiting.append(item)
            else:
                self.refused[item[0]] = body.decode()

    def turn(self, milliseconds=10):
        """Takes what has come, sends what may go."""
        if not self.said_hello:
            body = json.dumps({"role": "submitter", "name": f"python-{os.getpid()}"}).encode()
            self.said_hello = self.send(HELLO, sequence=int.from_bytes(os.urandom(8), "little"),
                                        body=body)
        while self.socket.poll(milliseconds):
            self.receive()
            milliseconds = 0
        while self.waiting and len(self.under_way) < self.window:
            name, body = self.waiting[0]
            if not self.send(PUT, label=name.encode(), sequence=self.next_sequence, priority=1,
                             body=body):
                break
            self.under_way[self.next_sequence] = self.waiting.pop(0)
            self.next_sequence += 1
        silent = time.monotonic() - self.heard
        if (self.under_way or not self.window) and silent > (PATIENCE_S if self.window else 1):
            self.connect()

    def is_done(self):
        return not self.waiting and not self.under_way

    def close(self):
        self.socket.close(linger=0)
        self.context.term()
