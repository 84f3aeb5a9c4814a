"""`nutgraf run --serve`: everything and the page with one command."""
import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request

from e2e.system import wait_until

STORY = b"The mayor of Springfield opened a bridge on Monday. It took four years to build."


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "text/plain"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, b""
    except OSError:
        return 0, b""


def test_it_serves_until_it_is_interrupted(programs, tmp_path):
    port = free_port()
    process = subprocess.Popen([os.path.join(programs, "nutgraf"), "run", "--serve", "--port", str(port)],
                               cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begin = ""
    try:
        wait_until(lambda: ask(port, "/readyz")[0] == 200, "it is ready")
        assert b"<title>nutgraf</title>" in ask(port, "/")[1]
        status, body = ask(port, "/v1/articles?wait=60s&id=served", STORY)
        assert (status, json.loads(body)["state"]) == (200, "done")
        assert ask(port, "/v1/results")[1].count(b"\n") == 1
        begin = process.stderr.readline() + process.stderr.readline()
        folder = re.search(r"NUTGRAF_BROKER=(\S+) nutgraf status", begin).group(1)
        trace = subprocess.run([os.path.join(programs, "nutgraf"), "trace", "served"], text=True, check=False,
                               env={**os.environ, "NUTGRAF_BROKER": folder}, stdout=subprocess.PIPE)
        assert trace.returncode == 0 and trace.stdout.startswith("served: done"), trace.stdout
    finally:
        process.send_signal(signal.SIGINT)
        output, notes = process.communicate(timeout=60)
        notes = begin + notes
    assert process.returncode == 0, notes
    assert [json.loads(line)["id"] for line in output.splitlines()] == ["served"]
    assert f"the page is at http://127.0.0.1:{port}/" in notes


def test_a_port_that_is_taken_is_told(programs, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run([os.path.join(programs, "nutgraf"), "run", "--serve", "--port", str(port)],
                              cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3, done.stderr
    assert f"cannot listen at 127.0.0.1 port {port}: Address already in use" in done.stderr
