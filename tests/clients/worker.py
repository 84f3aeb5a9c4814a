#!/usr/bin/python3
"""A worker in Python, by proto/PROTOCOL.md: adds `shout`, the text in capitals, until SIGTERM.

    tests/clients/worker.py ENDPOINT STAGE [SERVER_PUBLIC PEER_SECRET]        (key files)
"""
import json, os, signal, struct, sys, time  # noqa: E401
import zmq

HEADER = struct.Struct("<BBBBHH16sQQIIqII")  # 64 bytes; the label follows
HELLO, WELCOME, REJECT, CREDIT, WORK, RESULT, RESULT_OK = 1, 2, 5, 6, 7, 8, 9
HEARTBEAT, DRAIN, BYE, CODE_HELLO, RESEND_S = 12, 13, 14, 4, 5


def send(socket, verb, label=b"", key=bytes(16), attempt=0, number=0, lease=0, credit=0, body=b""):
    socket.send_multipart([HEADER.pack(1, verb, 0, 0, attempt, len(label), key, number, lease,
                                       credit, 0, 0, 0, 0) + label, body])


def main(endpoint, stage, *key_files):
    stopping, unanswered, beat_s, next_beat = [], {}, 1.0, 0  # unanswered: lease → [due, RESULT]
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(send(socket, DRAIN)))
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.immediate = True
    if key_files:  # an encrypted door
        socket.curve_serverkey, secret = (open(name, "rb").read().strip() for name in key_files)
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_public(secret), secret
    socket.connect(endpoint)
    name = {"role": "worker", "name": f"python-{os.getpid()}", "stage": stage}
    hello = {"number": int.from_bytes(os.urandom(8), "little"), "body": json.dumps(name).encode()}
    send(socket, HELLO, **hello)
    while not stopping or unanswered:
        while socket.poll(100 if not unanswered else 10):
            frame, body = socket.recv_multipart()
            _, verb, _, _, attempt, _, key, _, lease, _, _, ms, _, code = HEADER.unpack(frame[:64])
            if verb == WELCOME:
                beat_s = ms / 1000
                send(socket, CREDIT, credit=1)
            elif verb == WORK:
                article = json.loads(body)
                article["shout"] = {"text": article["clean"]["text"].upper()}
                unanswered[lease] = [0, {"label": frame[64:], "key": key, "attempt": attempt,
                                         "lease": lease, "body": json.dumps(article).encode()}]
                break
            elif verb == RESULT_OK:
                unanswered.pop(lease, None)
            elif verb == REJECT and code == CODE_HELLO:  # the broker was restarted
                send(socket, HELLO, **hello)
            elif verb == REJECT:
                sys.exit(f"worker.py: {body.decode()}")
        for entry in unanswered.values():  # kept until RESULT_OK
            if time.monotonic() >= entry[0]:
                entry[0] = time.monotonic() + RESEND_S
                send(socket, RESULT, **entry[1])
        if time.monotonic() >= next_beat:
            next_beat = time.monotonic() + beat_s
            send(socket, HEARTBEAT)
    send(socket, BYE)
    socket.close(linger=1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
