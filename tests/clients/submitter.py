#!/usr/bin/python3
"""A submitter in Python, by proto/PROTOCOL.md: puts the lines of standard input, one JSON
submission each, and prints "id<TAB>confirmed", "duplicate" or "refused: why" as each is settled.

    tests/clients/submitter.py ENDPOINT [SERVER_PUBLIC PEER_SECRET] < articles.jsonl   (key files)
"""
import collections, hashlib, json, os, struct, sys, time  # noqa: E401
import zmq

HEADER = struct.Struct("<BBBBHH16sQQIIqII")  # 64 bytes; the label follows
HELLO, WELCOME, PUT, CONFIRM, REJECT, BYE = 1, 2, 3, 4, 5, 14
FULL, CODE_HELLO, BUSY, SILENCE_S, DUPLICATE = 2, 4, 8, 10, 1


class Submitter:
    def __init__(self, endpoint, *key_files):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.immediate = True
        if key_files:  # an encrypted door
            self.socket.curve_serverkey, secret = (open(name, "rb").read().strip() for name in key_files)
            self.socket.curve_publickey, self.socket.curve_secretkey = zmq.curve_public(secret), secret
        self.socket.connect(endpoint)
        self.queue = collections.deque()  # (label, priority, body) to be put
        self.open = collections.OrderedDict()  # sequence → the same: put, not settled
        self.welcome, self.window, self.next, self.heard, self.resume = False, 0, 1, 0, 0
        self.settled = []  # (id, how) since the last step

    def send(self, verb, label=b"", body=b"", priority=0, number=0):
        key = hashlib.sha256(label).digest()[:16] if label else bytes(16)
        self.socket.send_multipart([HEADER.pack(1, verb, 0, priority, 0, len(label), key, number, 0,
                                                0, 0, 0, 0, 0) + label, body])

    def put(self, article):
        """An article with an id; it is kept until it is settled."""
        body = json.dumps(article).encode()
        self.queue.append((article["id"].encode(), article.get("priority", 1), body))

    def hello(self):
        self.queue.extendleft(reversed(self.open.values()))  # all that is unconfirmed again
        self.open.clear()
        self.welcome, self.next, self.heard = False, 1, time.monotonic()
        self.send(HELLO, body=json.dumps({"role": "submitter", "name": "submitter.py"}).encode(),
                  number=int.from_bytes(os.urandom(8), "little"))

    def settle(self, sequence, how):
        self.settled.append((self.open.pop(sequence)[0].decode(), how))

    def hear(self):
        frame, body = self.socket.recv_multipart()
        _, verb, flags, _, _, _, _, number, _, credit, _, _, _, code = HEADER.unpack(frame[:64])
        self.heard = time.monotonic()
        if verb == WELCOME:
            self.welcome, self.window = True, credit
        elif verb == CONFIRM and flags & DUPLICATE:
            self.window = credit
            self.settle(number, "duplicate")
        elif verb == CONFIRM:  # this one and all before it
            self.window = credit
            for sequence in [n for n in self.open if n <= number]:
                self.settle(sequence, "confirmed")
        elif verb == REJECT and code == CODE_HELLO:
            self.hello()
        elif verb == REJECT and code in (FULL, BUSY) and number in self.open:
            self.queue.append(self.open.pop(number))
            self.resume = time.monotonic() + credit / 1000
        elif verb == REJECT and number in self.open:
            self.settle(number, f"refused: {body.decode()}")
        elif verb == REJECT:
            sys.exit(f"submitter.py: {body.decode()}")

    def step(self, wait_ms=50):
        """Puts what may be put, hears answers; returns what was settled: [(id, how)]."""
        silent = time.monotonic() - self.heard > SILENCE_S
        if not self.heard or (silent and (self.open or not self.welcome)):
            self.hello()
        while self.welcome and self.queue and len(self.open) < self.window and \
                time.monotonic() >= self.resume:
            label, priority, body = self.open[self.next] = self.queue.popleft()
            self.send(PUT, label, body, priority, self.next)
            self.next += 1
        while self.socket.poll(wait_ms):
            self.hear()
            wait_ms = 0
        settled, self.settled = self.settled, []
        return settled

    def close(self):
        self.send(BYE)
        self.socket.close(linger=1000)


def main(*words):
    submitter = Submitter(*words)
    for line in sys.stdin:
        submitter.put(json.loads(line))
    while submitter.queue or submitter.open:
        for name, how in submitter.step():
            print(name, how, sep="\t", flush=True)
    submitter.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
