#!/usr/bin/python3
"""Checks the protocol model lease.pml in full, and that it finds the bugs planted in it.

    tests/model/check.py [--long]

Each line names what was checked and counts states and transitions. The last line is
"N passed, N failed". Needs spin and gcc; takes a folder of its own under /tmp.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lease.pml")
MEMORY_MB = 3000
SECONDS = 1200

# Every run checks all assertions and `live`. Mishaps: how many at once, of any kind.
SIZES = [
    ("one article, two workers and a sink, two mishaps", "-DN=1 -DWORKERS=3 -DMISHAPS=2"),
    ("one article, a worker and a sink, two mishaps", "-DN=1 -DWORKERS=2 -DMISHAPS=2"),
    ("two articles, a worker and a sink, one mishap", "-DN=2 -DWORKERS=2 -DMISHAPS=1"),
    ("one article, a worker and a sink, two mishaps, two retries of a dead letter",
     "-DN=1 -DWORKERS=2 -DMISHAPS=2 -DRETRIES=2"),
    ("one article, a worker and a sink, two mishaps, two deliveries postponed",
     "-DN=1 -DWORKERS=2 -DMISHAPS=2 -DPOSTPONES=2"),
]
LONG = [
    ("one article, a worker and a sink, three mishaps", "-DN=1 -DWORKERS=2 -DMISHAPS=3"),
]
# Planted bug → the size at which it shows, and what must break: words of the assertion.
BUGS = [
    ("NO_SINK_DEDUP", SIZES[1], "sunk["),
    ("CONFIRM_EARLY", SIZES[1], "disk[i].stage!=0"),
    ("OK_EARLY", SIZES[1], "disk[x].stage>"),
    ("REPEATED_OK_EARLY", SIZES[1], "disk[x].stage>"),
    ("KNOWN_FORGOTTEN", SIZES[1], "disk[i].stage!=3"),
    ("WORKER_FORGETS", SIZES[1], "cause_"),
    ("OLD_FAIL_COUNTS", SIZES[1], "cause_"),
    ("NO_REQUEUE", SIZES[1], "acceptance cycle"),
    ("BYE_KEEPS", SIZES[1], "cause_"),
    ("RETRY_NOT_SAVED", SIZES[3], "disk[(retry_flying-1)].stage"),
    ("RETRY_TOLD_EARLY", SIZES[3], "disk[0].stage>="),
    ("RETRY_KEEPS_FAILURES", SIZES[3], "cause_"),
    ("POSTPONED_COUNTS", SIZES[4], "cause_"),
    ("POSTPONED_KEEPS", SIZES[4], "cause_"),
]


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS)
    return done.returncode, done.stdout


def check(size, *macros):
    """(what broke or "", states, transitions, seconds)."""
    with tempfile.TemporaryDirectory(prefix="nutgraf-model-") as folder:
        status, text = run(folder, "spin", "-a", *size.split(), *macros, MODEL)
        if status == 0:
            status, text = run(folder, "gcc", "-w", "-O2", "-DNOFAIR", "-DCOLLAPSE",
                               "-DVECTORSZ=2048", f"-DMEMLIM={MEMORY_MB}", "-o", "pan", "pan.c")
        if status != 0:
            sys.exit(f"the model does not compile:\n{text}")
        start = time.monotonic()
        _, text = run(folder, "./pan", "-a", "-m100000")
        seconds = time.monotonic() - start
    states = re.search(r"(\d+) states, stored", text)
    moves = re.search(r"(\d+) transitions", text)
    broken = re.search(r"pan:\d+: (.*?)(?: \(at depth|$)", text, re.M)
    is_complete = "Search not completed" not in text and "error" not in text.replace("errors:", "")
    if broken:
        found = broken.group(1)
    else:
        found = "" if states and is_complete else f"the search ended early:\n{text}"
    return found, int(states.group(1)), int(moves.group(1)), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="one more mishap: minutes")
    options = parser.parse_args()
    passed = failed = 0
    runs = [(name, size, (), "") for name, size in SIZES + (LONG if options.long else [])]
    runs += [(f"planted bug {bug}", size, (f"-DBUG_{bug}",), sign) for bug, (_, size), sign in BUGS]
    for name, size, macros, sign in runs:
        found, states, moves, seconds = check(size, *macros)
        is_good = sign in found if sign else not found
        passed += is_good
        failed += not is_good
        word = "ok     " if is_good else "FAILED "
        print(f"{word}{name}: {states} states, {moves} transitions, {seconds:.1f} s"
              f"{': ' + found if found else ''}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
