"""An HTTP server that takes articles, and fails in the usual ways when it is told to."""
import collections
import email.utils
import http.server
import socket
import struct
import threading
import time


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it took by Idempotency-Key; `behave(count)` says how request number count
    goes."""
    daemon_threads = True

    def __init__(self, behave, handler=None, port=0):
        super().__init__(("127.0.0.1", port), handler or Handler)
        self.behave = behave
        self.count = 0
        self.taken = collections.Counter()  # by Idempotency-Key: a repeat counts nothing
        self.bodies = {}
        self.headers = []
        self.outcomes = collections.Counter()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/articles"

    def handle_error(self, request, client_address):
        pass  # clients hang up here on purpose


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an ACK

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server = self.server
        server.count += 1
        server.headers.append(dict(self.headers))
        outcome = server.behave(server.count)
        server.outcomes[outcome] += 1
        getattr(self, f"do_{outcome}")(self.headers["Idempotency-Key"], body)

    def take(self, key, body):
        assert self.server.bodies.setdefault(key, body) == body
        self.server.taken[key] += 1

    def answer(self, status, text=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_ok(self, key, body):
        self.take(key, body)
        self.answer(200, b'{"ok":true}')

    def do_error(self, key, body):
        self.answer(500, b"out of\norder")

    def do_busy(self, key, body):
        self.answer(503, Retry_After="3")

    def do_busy_until(self, key, body):
        self.answer(429, Retry_After=email.utils.formatdate(time.time() + 60, usegmt=True))

    def do_refuse(self, key, body):
        self.answer(422, b"no headline")

    def do_forbid(self, key, body):
        self.answer(403, b"who are you")

    def do_redirect(self, key, body):
        self.answer(302, Location="/elsewhere")

    def do_reset(self, key, body):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_slow(self, key, body):
        self.take(key, body)  # taken, but the answer comes too late
        time.sleep(1.0)
        self.answer(200)

    def do_truncated(self, key, body):
        self.take(key, body)
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"too short")
        self.close_connection = True

    def do_endless(self, key, body):
        self.take(key, body)
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(40):
            self.wfile.write(b"x" * 65536)

    def log_message(self, *args):
        pass
