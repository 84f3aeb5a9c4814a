#!/usr/bin/python3
"""Runs the tests and counts them. The last line printed is "N passed, N failed".

    tests/run.py all               everything, as `make test` does
    tests/run.py units             the unit tests of build/, as `make check` does
    tests/run.py fuzz [NAME...]    every fuzz target for --seconds, on build/fuzz
    tests/run.py score             every tests/bench/score_*.py on --data

Exit status: 0 if something passed and nothing failed, else 1.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CORES = os.cpu_count() or 1
UNIT_SECONDS = 120    # a unit test that takes longer hangs
STEP_SECONDS = 1800   # so does any other step
FUZZ_GLANCE_SECONDS = 3  # a glance at each fuzz target, to see that it still runs
TAP_LINE = re.compile(r"^(ok|not ok) \d+ -? ?(.*)$")
TAP_PLAN = re.compile(r"^1\.\.(\d+)")


class Tally:
    """What passed, failed and was skipped so far."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.started = time.monotonic()

    def add(self, name, passed, failed, seconds, details=""):
        self.passed += passed
        self.failed += failed
        word = "FAILED" if failed else "ok"
        say(f"{word:7}{name}: {passed} passed, {failed} failed, {seconds:.1f} s")
        if failed and details:
            say(details.rstrip())

    def close(self):
        say(f"{time.monotonic() - self.started:.0f} s in all")
        say(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.passed and not self.failed else 1


def say(text):
    print(text, flush=True)


def run(command, seconds=STEP_SECONDS, **environment):
    """Runs a command in the root of the tree: (exit status, its output as one text)."""
    try:
        done = subprocess.run(command, cwd=ROOT, timeout=seconds, text=True, errors="replace",
                              env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        text = late.stdout.decode(errors="replace") if late.stdout else ""
        return 124, f"{text}\n{command[0]}: still running after {seconds} s\n"


def step(tally, name, command, seconds=STEP_SECONDS):
    """One command that passes or fails as a whole."""
    start = time.monotonic()
    status, output = run(command, seconds)
    tail = "\n".join(output.splitlines()[-60:])
    tally.add(name, int(status == 0), int(status != 0), time.monotonic() - start, tail)
    return status == 0


def make(*words):
    """A make of its own: the one that called us is waiting, its job slots with it."""
    return ["make", "--no-print-directory", f"-j{CORES}", *words]


# --- sanitizers --------------------------------------------------------------------------


def sanitizers(build):
    """Environment under which every process writes what a sanitizer finds to a folder."""
    folder = os.path.join(ROOT, build, "reports")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    log = f"log_path={folder}/report"
    return folder, {
        "ASAN_OPTIONS": f"detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:{log}",
        "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:{log}",
    }


def count_reports(tally, folder):
    """Fails for each process of the run that wrote a report, watched by a test or not."""
    reports = sorted(glob.glob(f"{folder}/report*"))
    texts = []
    for path in reports[:5]:
        with open(path, errors="replace") as file:
            texts.append(file.read(6000))
    tally.add("no process had a sanitizer report", int(not reports), len(reports), 0,
              "\n".join(texts))


# --- units -------------------------------------------------------------------------------


def unit_names():
    return sorted(os.path.relpath(path, os.path.join(ROOT, "tests"))[:-2]
                  for path in glob.glob(f"{ROOT}/tests/*/*_test.c"))


def run_unit(build, name, environment):
    """One test program: (name, passed, failed, output). A crash fails what it left out."""
    status, output = run([os.path.join(ROOT, build, "tests", name)], UNIT_SECONDS,
                         CMOCKA_MESSAGE_OUTPUT="TAP", **environment)
    planned = passed = failed = 0
    for line in output.splitlines():
        plan, result = TAP_PLAN.match(line), TAP_LINE.match(line)
        if plan:
            planned += int(plan.group(1))
        elif result and "# SKIP" in line:
            planned -= 1
            say(f"skipped {name}: {result.group(2)}")
        elif result:
            passed += result.group(1) == "ok"
            failed += result.group(1) != "ok"
    failed += max(0, planned - passed - failed)
    if status != 0 and failed == 0:
        failed = 1
        output += f"\n{name}: exit status {status}"
    return name, passed, failed, output


def units(tally, build, environment=None):
    start = time.monotonic()
    passed = failed = 0
    texts = []
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for name, good, bad, output in pool.map(
                lambda name: run_unit(build, name, environment or {}), unit_names()):
            passed += good
            failed += bad
            if bad:
                texts.append(f"--- {name}\n{output}")
    tally.add(f"units ({build})", passed, failed, time.monotonic() - start, "\n".join(texts))


# --- Python tests ------------------------------------------------------------------------


def pytest(tally, name, build, words, environment=None):
    """Runs pytest with NUTGRAF_BUILD set; its report goes to the terminal as it comes."""
    report = os.path.join(ROOT, build, "pytest.xml")
    if os.path.exists(report):
        os.remove(report)
    start = time.monotonic()
    say(f"--- {name}")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
                    f"--junitxml={report}", *words], cwd=ROOT, stdin=subprocess.DEVNULL,
                   env={**os.environ, "NUTGRAF_BUILD": os.path.join(ROOT, build),
                        "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})})
    passed = failed = 0
    if os.path.exists(report):
        for suite in ElementTree.parse(report).iter("testsuite"):
            bad = int(suite.get("failures")) + int(suite.get("errors"))
            failed += bad
            passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    else:
        failed = 1
    tally.add(name, passed, failed, time.monotonic() - start)


# --- words -------------------------------------------------------------------------------


def run_all(tally, options):
    step(tally, "format: clang-format changes nothing", make("format-check"))
    built = [step(tally, "gcc compiles without a warning", make("all", "units")),
             step(tally, "clang does, with sanitizers", make("asan"))]
    step(tally, "clang-tidy finds nothing", make("-k", "lint"))
    step(tally, "the protocol's model holds", [sys.executable, "tests/model/check.py"])
    if not all(built):
        return
    folder, environment = sanitizers("build/asan")
    units(tally, "build/asan", environment)
    pytest(tally, "all Python tests, on build/asan", "build/asan",
           ["tests", "--ignore=tests/bench"], environment)
    count_reports(tally, folder)
    if step(tally, "fuzz targets compile", make("fuzz-programs")):
        options.seconds = FUZZ_GLANCE_SECONDS
        run_fuzz(tally, options)
    pytest(tally, "those marked `release`, on build", "build",
           ["tests", "--ignore=tests/bench", "-m", "release"])


def run_units(tally, options):
    if step(tally, "compiles", make(f"BUILD={options.build}", "units")):
        units(tally, options.build)


def run_fuzz(tally, options):
    names = options.names or sorted(
        os.path.basename(path)[:-len("_fuzz.c")] for path in glob.glob(f"{ROOT}/tests/fuzz/*_fuzz.c"))
    for name in names:
        found = f"build/fuzz/corpus/{name}"
        os.makedirs(os.path.join(ROOT, found), exist_ok=True)
        seeds = [folder for folder in (f"tests/fuzz/corpus/{name}",)
                 if os.path.isdir(os.path.join(ROOT, folder))]
        step(tally, f"fuzz {name}, {options.seconds} s",
             [f"build/fuzz/bin/{name}", f"-max_total_time={options.seconds}", "-timeout=10",
              "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix=build/fuzz/{name}-",
              found, *seeds], options.seconds + 120)


def run_score(tally, options):
    data = os.path.join(ROOT, options.data or "")
    if not options.data or not os.path.isdir(data):
        say(f"no data sets at {options.data}; say where they are: make score DATA=FOLDER")
        return
    for script in sorted(glob.glob(f"{ROOT}/tests/bench/score_*.py")):
        name = os.path.relpath(script, ROOT)
        start = time.monotonic()
        say(f"--- {name}")
        build = os.path.join(ROOT, options.build)
        status = subprocess.run([sys.executable, script], cwd=ROOT, stdin=subprocess.DEVNULL,
                                env={**os.environ, "DATA": data, "BUILD": build,
                                     "NUTGRAF_BUILD": build}).returncode
        tally.add(name, int(status == 0), int(status != 0), time.monotonic() - start)


def main():
    words = {"all": run_all, "units": run_units, "fuzz": run_fuzz, "score": run_score}
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", choices=words)
    parser.add_argument("names", nargs="*", help="fuzz targets")
    parser.add_argument("--build", default="build", help="folder of the programs")
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzz target")
    parser.add_argument("--data", help="folder of the data sets")
    options = parser.parse_intermixed_args()
    os.environ.pop("MAKEFLAGS", None)
    tally = Tally()
    words[options.word](tally, options)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
