#!/usr/bin/python3
"""Throughput of encrypted against plain tcp at BODY bytes (8192): over a bare link, and into a
broker with fsync before each CONFIRM. ROUNDS (5) of each, in turn; medians.

    make bench-curve
"""
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("NUTGRAF_BUILD", f"{ROOT}/build"))
BODY = int(os.environ.get("BODY", "8192"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
COUNT = {"link": 60_000, "put": 30_000}


def compile_bench():
    program = f"{BUILD}/tests/curve_bench"
    os.makedirs(os.path.dirname(program), exist_ok=True)
    libraries = subprocess.run(["pkg-config", "--libs", "libzmq", "jansson", "libsodium", "icu-uc"],
                               check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE", "-pthread",
                    f"-I{ROOT}", f"-I{ROOT}/services", f"{ROOT}/tests/bench/curve_bench.c",
                    f"{BUILD}/libnutgraf.a", *libraries, "-o", program], check=True)
    return program


def keygen(*words):
    subprocess.run([f"{BUILD}/bin/nutgraf", "keygen", *words], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.keys = f"{folder}/keys"
        self.program = compile_bench()
        keygen(self.keys)
        keygen(self.keys, "--peer", "peer", "--role", "submitter,client")

    def files(self, *names):
        return [f"{self.keys}/{name}" for name in names]

    def measure(self, kind, endpoint, *keys):
        done = subprocess.run([self.program, kind, endpoint, str(COUNT[kind]), str(BODY), *keys],
                              check=True, text=True, stdout=subprocess.PIPE)
        return float(done.stdout)

    def link(self, is_curve):
        keys = self.files("allow", "broker.secret", "broker.public", "peer.secret")
        return self.measure("link", "tcp://127.0.0.1:*", *(keys if is_curve else []))

    def put(self, is_curve):
        """A fresh broker with an empty store each time."""
        config = f"{self.folder}/config"
        os.makedirs(config, exist_ok=True)
        doors = {door: f"tcp://127.0.0.1:{free_port()}" for door in ("ingest", "work", "admin")}
        secret, public, allow, peer = self.files("broker.secret", "broker.public", "allow",
                                                 "peer.secret")
        options = {**doors, "store": f"{self.folder}/store", "security": "curve" if is_curve
                   else "none", "server_secret": secret, "server_public": public,
                   "allow": allow, "peer_secret": peer}
        for name, value in (("broker", options), ("pipeline", {"stages": [{"name": "clean"}]})):
            with open(f"{config}/{name}.json", "w", encoding="utf-8") as file:
                json.dump(value, file)
        broker = subprocess.Popen([f"{BUILD}/bin/nutgraf-broker", "--config", config],
                                  stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                up = subprocess.run([f"{BUILD}/bin/nutgraf", "health", "-t", "500"],
                                    env={**os.environ, "NUTGRAF_CONFIG": config},
                                    stderr=subprocess.DEVNULL, check=False)
                if up.returncode == 0:
                    break
                time.sleep(0.05)
            return self.measure("put", doors["ingest"], *([public, peer] if is_curve else []))
        finally:
            broker.terminate()
            broker.wait()
            shutil.rmtree(f"{self.folder}/store", ignore_errors=True)


def main():
    figures = {}
    with tempfile.TemporaryDirectory(prefix="curve-bench-", dir=BUILD) as folder:
        bench = Bench(folder)
        for kind, measure in (("link", bench.link), ("put", bench.put)):
            rates = {False: [], True: []}
            for _ in range(ROUNDS):
                for is_curve in rates:
                    rates[is_curve].append(measure(is_curve))
            for is_curve, name in ((False, "plain"), (True, "curve")):
                figures[f"{kind}_{name}"] = statistics.median(rates[is_curve])
                print(f"{kind} {name}: median {figures[f'{kind}_{name}']:.0f}/s, "
                      f"{min(rates[is_curve]):.0f} to {max(rates[is_curve]):.0f}")
    ratio = {kind: figures[f"{kind}_curve"] / figures[f"{kind}_plain"] for kind in COUNT}
    print(f"BENCH curve body={BODY} link_plain={figures['link_plain']:.0f} "
          f"link_curve={figures['link_curve']:.0f} link_ratio={ratio['link']:.2f} "
          f"put_plain={figures['put_plain']:.0f} put_curve={figures['put_curve']:.0f} "
          f"put_ratio={ratio['put']:.2f}")


if __name__ == "__main__":
    main()
