"""A gateway on a system of its own, and how tests speak to it."""
import http.client
import json
import os
import re
import socket

from e2e.system import System, wait_until

STAGES = ("clean", "tag", "summarise")
TOKENS = {"all": "token-for-everything-1234", "submit": "token-for-submitting-1234",
          "read": "token-for-reading-123456"}
ROLES = {"all": "submit,read,operate", "submit": "submit", "read": "read"}


class Gateway(System):
    """options: keys of gateway.json; broker: of broker.json; stages: of pipeline.json."""

    def __init__(self, folder, programs, stages=None, broker=None, **options):
        stages = stages or [{"name": name, "backoff_ms": 10} for name in STAGES]
        super().__init__(folder, programs, stages, **(broker or {}))
        self.stages = [stage["name"] for stage in stages]
        self.options = {"port": 0, **options}
        self.write_config("gateway", self.options)
        self.port = None
        self.process = None

    def write_tokens(self, lines=None, mode=0o600):
        path = f"{self.folder}/tokens"
        lines = lines or [f"{name} {TOKENS[name]} {ROLES[name]}" for name in TOKENS]
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write("\n".join(["# NAME TOKEN ROLES", "", *lines, ""]))
        os.chmod(file.name, mode)
        os.replace(f"{path}.new", path)
        return path

    def start_gateway(self):
        self.process = self.start(self.program("gateway"))
        wait_until(lambda: self.process.poll() is not None or self.find_port(),
                   "the gateway listens")
        assert self.process.poll() is None, self.log_of(self.process)
        self.port = self.find_port()
        return self.process

    def find_port(self):
        found = re.search(r'"port":(\d+)', self.log_of(self.process))
        return int(found.group(1)) if found else None

    def start_all(self, workers=True):
        self.start_broker()
        self.start_gateway()
        stages = (*self.stages, "deliver") if workers else ()
        for stage in stages:
            self.start(self.program(stage))
        wait_until(lambda: self.get("/readyz").status == 200, "the gateway is ready")
        wait_until(lambda: self.count_workers() == len(stages),
                   "the workers are there")
        return self

    def count_workers(self):
        return len(json.loads(self.ask("status", "--json")[1])["workers"])

    def ask_http(self, method, path, body=None, timeout=60, **headers):
        """An answer with .status, .headers, .body (bytes) and .json."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=names)
        answer = connection.getresponse()
        answer.body = answer.read()
        kind = answer.headers.get("Content-Type", "")
        answer.json = json.loads(answer.body) if answer.body and "json" in kind and "nd" not in kind else None
        connection.close()
        return answer

    def get(self, path, **headers):
        return self.ask_http("GET", path, **headers)

    def post(self, path, body, kind="application/json", **headers):
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        data = data.encode() if isinstance(data, str) else data
        return self.ask_http("POST", path, data, Content_Type=kind, **headers)

    def post_lines(self, items, **headers):
        return self.post("/v1/articles", "".join(json.dumps(item) + "\n" for item in items),
                         "application/x-ndjson", **headers)

    def lines(self, path, **headers):
        answer = self.get(path, **headers)
        assert answer.status == 200, answer.body
        return [json.loads(line) for line in answer.body.splitlines()]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


def bearer(name):
    return {"Authorization": f"Bearer {TOKENS[name]}"}
