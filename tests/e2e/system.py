"""A broker and its workers in a folder of their own, for tests."""
import json
import os
import signal
import subprocess
import time

PATIENCE_SECONDS = 60


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    """Waits until condition() is true; fails with `what` when it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.05)


class System:
    """Starts programs on a route of its own; close() stops those that still run.

    stages: the lines of pipeline.json without the sink, which is always a JSONL file.
    options: keys of broker.json to add.
    """

    def __init__(self, folder, programs, stages, **options):
        self.folder = str(folder)
        self.programs = programs
        self.results_path = f"{folder}/results.jsonl"
        self.running = []
        self.started = 0
        doors = {door: f"ipc://{folder}/run/{door}" for door in ("ingest", "work", "admin")}
        self.broker_options = {**doors, "store": f"{folder}/store", "store_mb": 256, **options}
        sink = {"name": "deliver", "sink": True,
                "options": {"type": "jsonl", "path": self.results_path}}
        os.makedirs(f"{folder}/config", exist_ok=True)
        self.write_config("broker", self.broker_options)
        self.write_config("pipeline", {"stages": [*stages, sink]})

    def write_config(self, name, value):
        with open(f"{self.folder}/config/{name}.json", "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)

    def environment(self):
        return {**os.environ, "NUTGRAF_CONFIG": f"{self.folder}/config"}

    def program(self, name):
        """A program's path: "broker", "clean"…, "" for the command."""
        return os.path.join(self.programs, f"nutgraf-{name}" if name else "nutgraf")

    def start(self, *command):
        """Starts a process; what it writes goes to <folder>/<name>-<count>.log."""
        name = os.path.basename(command[0])
        self.started += 1
        with open(f"{self.folder}/{name}-{self.started}.log", "wb") as log:
            process = subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, cwd=self.folder)
        process.log = log.name
        self.running.append(process)
        return process

    def start_broker(self):
        process = self.start(self.program("broker"))
        wait_until(lambda: process.poll() is not None or self.ask("health")[0] == 0,
                   "the broker answers")
        assert process.poll() is None, self.log_of(process)
        return process

    def ask(self, *words, text=""):
        """Runs the nutgraf command: (exit status, stdout, stderr)."""
        done = subprocess.run([self.program(""), *words], env=self.environment(), input=text,
                              text=True, timeout=PATIENCE_SECONDS, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr

    def submit(self, articles, *words):
        """Submits and waits for the confirmations."""
        lines = "".join(json.dumps(article) + "\n" for article in articles)
        status, output, notes = self.ask("submit", *words, "-", text=lines)
        assert status == 0, notes
        return output

    def results(self):
        """The rows in the sink; a row that is still being written is left out."""
        if not os.path.exists(self.results_path):
            return []
        with open(self.results_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def results_of(self, count):
        wait_until(lambda: len(self.results()) >= count, f"{count} results in the sink")
        return self.results()

    def log_of(self, process):
        with open(process.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def kill(self, process):
        """SIGKILL: what a crash or the kernel does."""
        process.kill()
        process.wait()
        self.running.remove(process)

    def stop(self, process):
        """SIGTERM, and the process ends by itself, with success."""
        process.terminate()
        try:
            status = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill(process)
            raise AssertionError(f"did not stop:\n{self.log_of(process)}") from None
        self.running.remove(process)
        log = self.log_of(process)
        is_unborn = status == -signal.SIGTERM and log == ""  # it was still being loaded
        assert status == 0 or is_unborn, f"exit status {status}\n{log}"

    def close(self):
        """Stops what still runs, the broker last, and fails if one of them fails."""
        broker = self.program("broker")
        faults = []
        for process in sorted(self.running, key=lambda process: process.args[0] == broker):
            try:
                self.stop(process)
            except AssertionError as fault:
                faults.append(str(fault))
        assert not faults, "\n".join(faults)
