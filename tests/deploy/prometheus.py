"""Debian's Prometheus, unpacked under build/ so that nothing is installed or started."""
import contextlib
import glob
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDER = f"{ROOT}/build/prometheus"


def program(name):
    """The path of prometheus or promtool."""
    path = f"{FOLDER}/usr/bin/{name}"
    if not os.path.exists(path):
        os.makedirs(FOLDER, exist_ok=True)
        subprocess.run(["apt-get", "-qq", "download", "prometheus"], cwd=FOLDER, check=True)
        package = sorted(glob.glob(f"{FOLDER}/prometheus_*.deb"))[-1]
        subprocess.run(["dpkg", "-x", package, FOLDER], check=True)
    return path


class Prometheus:
    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def query(self, expression):
        """What the instant query gives; an error of its syntax raises HTTPError."""
        words = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self.url}/api/v1/query?{words}", timeout=10) as answer:
            return json.load(answer)["data"]["result"]

    def healthy_rules(self):
        """The names of the alerts that it has evaluated without an error."""
        with urllib.request.urlopen(f"{self.url}/api/v1/rules", timeout=10) as answer:
            groups = json.load(answer)["data"]["groups"]
        return {rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "err"}

    def is_ready(self):
        try:
            return bool(self.query("up == 1"))
        except OSError:
            return False


def adapt(name, folder, changes):
    """Writes a file of docker/prometheus/ into a folder, with other words; its path there."""
    with open(f"{ROOT}/docker/prometheus/{name}", encoding="utf-8") as file:
        text = file.read()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    return f"{folder}/{name}"


@contextlib.contextmanager
def scraping(target, port):
    """Scrapes the gateway at host:port with our own configuration and rules, in faster time."""
    with tempfile.TemporaryDirectory(prefix="prometheus.") as folder:
        adapt("alerts.yml", folder, {"for: 1m": "for: 2s", "for: 5m": "for: 10s"})
        config = adapt("prometheus.yml", folder, {
            '"gateway:8080"': json.dumps(target), "5s": "1s",
            "/run/nutgraf_token": f"{ROOT}/docker/prometheus/no_token"})
        with open(f"{folder}/log", "wb") as log:
            process = subprocess.Popen(
                [program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            server = Prometheus(port)
            end = time.monotonic() + 60
            while not server.is_ready():
                assert process.poll() is None and time.monotonic() < end, \
                    open(f"{folder}/log", encoding="utf-8").read()[-2000:]
                time.sleep(0.5)
            yield server
        finally:
            process.terminate()
            process.wait(30)
