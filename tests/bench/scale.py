#!/usr/bin/python3
"""Throughput against the number of workers.

    make bench-scale                      both curves; about eight minutes
    REAL=1,2,4 SLEEP=1,8,64 make bench-scale

One curve has real articles and 1, 2, 4 processes of each stage: how far the cores carry.
The other has a stage that sleeps 50 ms an article, with up to 64 processes: how far the
broker carries. Writes build/bench/scale.jsonl and the picture docker/scale.svg; the last
line printed is `BENCH scale key=value ...`.
"""
import contextlib
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from e2e.system import System, wait_until  # noqa: E402  the path comes first
import chart  # noqa: E402

BUILD = (ROOT / os.environ.get("NUTGRAF_BUILD", "build")).resolve()
OUT = BUILD / "bench"
REAL = [int(count) for count in os.environ.get("REAL", "1,2,4").split(",")]
SLEEP = [int(count) for count in os.environ.get("SLEEP", "1,2,4,8,16,32,64").split(",")]
RUNS = int(os.environ.get("RUNS", 3))
SLEEP_MS = 50
SECONDS = 4  # of work for each measurement of the sleeping stage
ARTICLES = int(os.environ.get("ARTICLES", 1500))


def build_sleeper():
    packages = ["libzmq", "jansson", "libsodium", "icu-uc", "icu-i18n", "libcurl", "zlib"]
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], check=True,
                           capture_output=True, text=True).stdout.split()
    program = OUT / "nutgraf-sleep"
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-std=c11", "-D_GNU_SOURCE", "-pthread",
                    "-I.", "-Iservices", "tests/bench/sleep_stage.c",
                    "services/runtime/stage_main.c", BUILD / "libnutgraf.a", *flags, "-lcld2", "-lm",
                    "-o", program], check=True, cwd=ROOT)
    return str(program)


@contextlib.contextmanager
def system_of(stages):
    with tempfile.TemporaryDirectory(prefix="scale.", dir=OUT) as folder:
        system = System(folder, str(BUILD / "bin"), stages, keep_days=0)
        try:
            yield system
        finally:
            system.close()


def samples():
    texts = []
    for path in sorted(glob.glob(str(ROOT / "tests/samples/*"))):
        key = "html" if path.endswith(".html") else "text"
        texts.append({key: pathlib.Path(path).read_text(encoding="utf-8", errors="replace")})
    return texts


def finished(system):
    status, text, _ = system.ask("metrics")
    assert status == 0
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith("nutgraf_finished_total"))


def time_queue(system, articles, start_workers):
    """Articles a second from the first worker's start to the last article's end."""
    system.start_broker()
    system.submit(articles)
    begun = time.monotonic()
    start_workers()
    wait_until(lambda: finished(system) >= len(articles), "all articles are finished", 600)
    return len(articles) / (time.monotonic() - begun)


def run_real(count):
    stages = ["clean", "tag", "summarise"]
    pages = samples()
    articles = [{"id": f"a{i}", **pages[i % len(pages)]} for i in range(ARTICLES)]
    with system_of([{"name": stage} for stage in stages]) as system:
        def start():
            for stage in [*stages, "deliver"]:
                for _ in range(count if stage != "deliver" else 1):
                    system.start(system.program(stage))
        return time_queue(system, articles, start)


def run_sleep(program, count):
    total = max(40, round(SECONDS * count * 1000 / SLEEP_MS))
    articles = [{"id": f"s{i}", "text": f"Article {i} waits. " * 20} for i in range(total)]
    with system_of([{"name": "sleep", "lease_ms": 5000}]) as system:
        def start():
            for _ in range(count):
                system.start(program)
            system.start(system.program("deliver"))
        return time_queue(system, articles, start)


def curve(name, counts, measure):
    """The best of RUNS for each count: a busy machine only ever slows a run down."""
    points = []
    for count in counts:
        rates = [measure(count) for _ in range(RUNS)]
        points.append((count, max(rates)))
        print(f"{name:6} {count:3} workers: {max(rates):8.1f} articles/s "
              f"({', '.join(f'{rate:.1f}' for rate in rates)})", flush=True)
        with open(OUT / "scale.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({"curve": name, "workers": count, "rates": rates}) + "\n")
    return points


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    program = build_sleeper()
    real = curve("real", REAL, run_real)
    sleep = curve("sleep", SLEEP, lambda count: run_sleep(program, count))
    ideal = [(count, count * 1000 / SLEEP_MS) for count in SLEEP]
    chart.write(ROOT / "docker/scale.svg", "Articles a second", "processes of each stage", [
        (f"clean, tag, summarise on {os.cpu_count()} cores", real),
        (f"a stage that sleeps {SLEEP_MS} ms", sleep),
        ("… if the broker cost nothing", ideal)])
    last, most = sleep[-1], ideal[-1][1]
    print(f"BENCH scale real_1={real[0][1]:.0f} real_{real[-1][0]}={real[-1][1]:.0f} "
          f"sleep_{last[0]}={last[1]:.0f} sleep_share={last[1] / most:.2f}")


if __name__ == "__main__":
    main()
