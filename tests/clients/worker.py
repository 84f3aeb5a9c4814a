#!/usr/bin/python3
"""A worker in Python, by proto/PROTOCOL.md: adds `shout`, the text in capitals.

    tests/clients/worker.py ENDPOINT STAGE [SERVER_PUBLIC PEER_SECRET]        until SIGTERM

The last two are key files, for an encrypted door.
"""
import json
import os
import signal
import struct
import sys
import time

import zmq

HEADER = struct.Struct("<BBBBHH16sQQIIqII")  # 64 bytes; the label follows
HELLO, WELCOME, REJECT, CREDIT, WORK, RESULT, RESULT_OK = 1, 2, 5, 6, 7, 8, 9
HEARTBEAT, DRAIN, BYE = 12, 13, 14
CODE_HELLO = 4
RESEND_S = 5


def process(article):
    return {**article, "shout": {"text": article["clean"]["text"].upper()}}


def send(socket, verb, label=b"", key=bytes(16), attempt=0, sequence=0, lease=0, credit=0, body=b""):
    socket.send_multipart([HEADER.pack(1, verb, 0, 0, attempt, len(label), key, sequence, lease,
                                       credit, 0, 0, 0, 0) + label, body])


def work(socket, hello, stopping):
    unanswered = {}  # lease → [when to send it next, RESULT]
    epoch, beat_s, next_beat, draining = 0, 1.0, 0, False
    send(socket, HELLO, **hello)
    while not draining or unanswered:
        if socket.poll(100):
            frame, body = socket.recv_multipart()
            (_, verb, _, _, attempt, _, key, _, lease, _, _, deadline_ms, _,
             code) = HEADER.unpack(frame[:64])
            if verb == WELCOME:
                epoch, beat_s = lease, deadline_ms / 1000
                send(socket, CREDIT, credit=1)
            elif verb == WORK:
                enriched = json.dumps(process(json.loads(body)), ensure_ascii=False).encode()
                unanswered[lease] = [0, {"label": frame[64:], "key": key, "attempt": attempt,
                                         "lease": lease, "body": enriched}]
            elif verb == RESULT_OK:
                unanswered.pop(lease, None)
            elif verb == REJECT and code == CODE_HELLO:  # the broker was restarted
                send(socket, HELLO, **hello)
            elif verb == REJECT:
                sys.exit(f"worker.py: {body.decode()}")
        now = time.monotonic()
        for entry in unanswered.values():
            if now >= entry[0]:
                entry[0] = now + RESEND_S
                send(socket, RESULT, **entry[1])
        if now >= next_beat:
            next_beat = now + beat_s
            send(socket, HEARTBEAT, lease=epoch)
        if stopping and not draining:
            draining = True
            send(socket, DRAIN)
    send(socket, BYE)


def encrypt(socket, server_public, peer_secret):
    """Before connecting: CURVE with the keys of these files."""
    with open(server_public, "rb") as server, open(peer_secret, "rb") as own:
        socket.curve_serverkey, secret = server.read().strip(), own.read().strip()
    socket.curve_publickey, socket.curve_secretkey = zmq.curve_public(secret), secret


def main(endpoint, stage, *key_files):
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    if key_files:
        encrypt(socket, *key_files)
    socket.connect(endpoint)
    name = {"role": "worker", "name": f"python-{os.getpid()}", "stage": stage}
    work(socket, {"sequence": int.from_bytes(os.urandom(8), "little"),
                  "body": json.dumps(name).encode()}, stopping)
    socket.close(linger=1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
