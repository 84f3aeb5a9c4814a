"""Stages, tested by data: tests/cases/<stage>/<promise>/ holds

    in.json     one submission or article, given to nutgraf-<stage> --filter
    out.json    what the answer must have: an object's keys that stand here (others are free),
                a list whole, anything else exactly; null: absent or null
or  fault.txt   "reject: …" or "retry: …": the kind, and a text that the reason must have
"""
import json
import os
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 60
CASES = sorted(os.path.relpath(folder, HERE) for folder, _, names in os.walk(HERE)
               if "in.json" in names)


def differences(wanted, got, at="$"):
    """Where an answer is not as wanted: one line each."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [line for key in wanted
                for line in differences(wanted[key], got.get(key), f"{at}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [line for i, pair in enumerate(zip(wanted, got))
                for line in differences(*pair, f"{at}[{i}]")]
    same = type(wanted) is type(got) and wanted == got
    return [] if same else [f"{at}: wanted {json.dumps(wanted)}, got {json.dumps(got)}"]


def answers(programs, stage, line, count):
    """What the filter writes for a line given so often."""
    done = subprocess.run([os.path.join(programs, f"nutgraf-{stage}"), "--filter"],
                          input=b"".join([line + b"\n"] * count), timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    lines = done.stdout.splitlines()
    assert len(lines) == count, f"{len(lines)} answers to {count} lines"
    return lines


def read(case, name):
    with open(os.path.join(HERE, case, name), "rb") as file:
        return file.read()


@pytest.mark.release
@pytest.mark.parametrize("case", CASES)
def test_case(programs, case):
    # JSON has no line break but between tokens, so this keeps what it says, or its errors.
    line = read(case, "in.json").strip().replace(b"\n", b" ")
    first, second = answers(programs, case.split("/")[0], line, 2)
    assert first == second, "the same article twice gives two answers"
    answer = json.loads(first)
    if os.path.exists(os.path.join(HERE, case, "fault.txt")):
        kind, _, reason = read(case, "fault.txt").decode().strip().partition(": ")
        assert answer.get("fault", {}).get("kind") == kind, answer
        assert reason and reason in answer["fault"]["reason"]
    else:
        assert "fault" not in answer, answer
        assert differences(json.loads(read(case, "out.json")), answer) == []


@pytest.mark.parametrize("wanted, got, count", [
    ({"a": 1}, {"a": 1, "b": 2}, 0),
    ({"a": None}, {}, 0),
    ([1, {"a": []}], [1, {"a": []}], 0),
    ({"a": 1}, {"a": 2}, 1),
    ({"a": 1}, {"a": True}, 1),
    ([1], [1, 2], 1),
    ({"a": {"b": "c"}}, {"a": []}, 1),
])
def test_differences_are_found(wanted, got, count):
    assert len(differences(wanted, got)) == count
