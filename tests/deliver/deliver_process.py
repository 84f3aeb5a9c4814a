"""Runs nutgraf-deliver as a filter, on a pipeline.json of its own."""
import json
import os
import subprocess


class Deliver:
    """One nutgraf-deliver --filter; send() gives it an article and returns its answer."""

    def __init__(self, programs, folder, options, log=None, crash_at=""):
        folder.mkdir(parents=True, exist_ok=True)
        pipeline = {"stages": [{"name": "clean"},
                               {"name": "deliver", "sink": True, "options": options}]}
        (folder / "pipeline.json").write_text(json.dumps(pipeline))
        self.process = subprocess.Popen(
            [f"{programs}/nutgraf-deliver", "--filter", "--config", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            env={**os.environ, "no_proxy": "*", "NUTGRAF_CRASH_AT": crash_at})

    def write(self, article):
        self.process.stdin.write(json.dumps(article).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        """The next answer; None if the process died before it."""
        line = self.process.stdout.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def send(self, article):
        self.write(article)
        return self.read()

    def kill(self):
        self.process.kill()
        self.close()

    def close(self):
        """Ends the input and waits; returns the exit status."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        return status


def article(number, size=200):
    return {"id": f"article {number} é", "clean": {"text": f"Text {number}. " + "x" * size}}
