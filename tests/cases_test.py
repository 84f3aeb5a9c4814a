"""Stages, tested by data: tests/cases/<stage>/<promise>/ holds

    in.json     one submission or article, given to nutgraf-<stage> --filter; or, for short,
    in.txt      {"text": its text}, or
    in.html     {"html_base64": its bytes}
    out.json    what the answer must have: an object's keys that stand here (others are free),
                a list whole, anything else exactly; null: absent or null; the value of a key
                that ends in "~" is a regular expression to be found: "title~": "^Storm"
or  fault.txt   a text that the reason must have; "reject: …" or "retry: …" asks for that kind

Each answer must also be the same twice, fit proto/result.schema.json, and its offsets must
mean the text that stands beside them.
"""
import base64
import json
import os
import re
import subprocess

import pytest
import schemas

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
SECONDS = 60
# JSON has no line break but between tokens, so this keeps what it says, or its errors.
LINES = {
    "in.json": lambda data: data.strip().replace(b"\n", b" "),
    "in.txt": lambda data: json.dumps({"text": data.decode()}).encode(),
    "in.html": lambda data: json.dumps({"html_base64": base64.b64encode(data).decode()}).encode(),
}
CASES = sorted(os.path.relpath(folder, HERE) for folder, _, names in os.walk(HERE)
               if LINES.keys() & set(names))


def is_regex(key, value):
    return key.endswith("~") and isinstance(value, str)


def differences(wanted, got, at="$"):
    """Where an answer is not as wanted: one line each."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [line for key, value in wanted.items()
                for line in (mismatch(value, got.get(key[:-1]), f"{at}.{key}")
                             if is_regex(key, value)
                             else differences(value, got.get(key), f"{at}.{key}"))]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [line for i, pair in enumerate(zip(wanted, got))
                for line in differences(*pair, f"{at}[{i}]")]
    same = type(wanted) is type(got) and wanted == got
    return [] if same else [f"{at}: wanted {json.dumps(wanted)}, got {json.dumps(got)}"]


def mismatch(pattern, got, at):
    if isinstance(got, str) and re.search(pattern, got):
        return []
    return [f"{at}: wanted a match of {pattern!r}, got {json.dumps(got)}"]


def left_of(text, sentence):
    """A stretch of the text without what was cut out of it."""
    edges = [sentence["start"]]
    for cut in sentence.get("deleted") or []:
        edges += [cut["start"], cut["end"]]
    edges.append(sentence["end"])
    assert edges == sorted(edges), edges
    return "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2]))


def wrong_offsets(article):
    """Each place in the article that does not mean the text beside it."""
    text = article["clean"]["text"]
    entities = (article.get("entities") or {}).get("items", [])
    sentences = (article.get("summary") or {}).get("sentences", [])
    places = [mention for entity in entities for mention in entity["mentions"]]
    summary = article.get("summary") or {}
    places += [cut for sentence in sentences for cut in sentence.get("deleted") or []]
    places += [source for item in summary.get("generated") or [] for source in item["sources"]]
    wrong = [place for place in places if text[place["start"]:place["end"]] != place["text"]]
    wrong += [sentence for sentence in sentences if left_of(text, sentence) != sentence["text"]]
    wrong += [point for point in summary.get("key_points") or [] if point not in text]
    for paragraph in article["clean"].get("paragraphs") or []:
        part = text[paragraph["start"]:paragraph["end"]]
        if not part or "\n" in part or paragraph["end"] > len(text):
            wrong.append(paragraph)
    return wrong


def answers(programs, stage, line, count):
    """What the filter writes for a line given so often."""
    done = subprocess.run([os.path.join(programs, f"nutgraf-{stage}"), "--filter"],
                          input=b"".join([line + b"\n"] * count), timeout=SECONDS,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    lines = done.stdout.split(b"\n")
    assert len(lines) == count + 1, f"{len(lines) - 1} answers to {count} lines"
    return lines[:count]


def read(case, name):
    with open(os.path.join(HERE, case, name), "rb") as file:
        return file.read()


def read_line(case):
    name, = LINES.keys() & set(os.listdir(os.path.join(HERE, case)))
    return LINES[name](read(case, name))


def check_fault(wanted, answer):
    kind, colon, reason = wanted.strip().partition(": ")
    if kind not in ("reject", "retry") or not colon:
        kind, reason = None, wanted.strip()
    assert "fault" in answer, "it passed, and was to be a fault"
    assert kind in (None, answer["fault"]["kind"])
    assert reason and reason in answer["fault"]["reason"]


@pytest.mark.release
@pytest.mark.parametrize("case", CASES)
def test_case(programs, case):
    first, second = answers(programs, case.split("/")[0], read_line(case), 2)
    assert first == second, "the same article twice gives two answers"
    answer = json.loads(first)
    assert schemas.faults("result", answer) == []
    if os.path.exists(os.path.join(HERE, case, "fault.txt")):
        check_fault(read(case, "fault.txt").decode(), answer)
    else:
        assert "fault" not in answer, answer
        assert wrong_offsets(answer) == []
        assert differences(json.loads(read(case, "out.json")), answer) == []


@pytest.mark.parametrize("wanted, got, count", [
    ({"a": 1}, {"a": 1, "b": 2}, 0),
    ({"a": None}, {}, 0),
    ([1, {"a": []}], [1, {"a": []}], 0),
    ({"a~": "^x+$"}, {"a": "xxx"}, 0),
    ({"a": 1}, {"a": 2}, 1),
    ({"a": 1}, {"a": 1.0}, 1),
    ({"a": 1}, {"a": True}, 1),
    ([1], [1, 2], 1),
    ({"a": {"b": "c"}}, {"a": []}, 1),
    ({"a~": "^x+$"}, {"a": "y"}, 1),
    ({"a~": "1"}, {"a": 1}, 1),
    ({"a~": "x"}, {}, 1),
])
def test_differences_are_found(wanted, got, count):
    assert len(differences(wanted, got)) == count


@pytest.mark.parametrize("section, value, count", [
    ("entities", {"items": [{"mentions": [{"start": 1, "end": 2, "text": "b"}]}]}, 0),
    ("entities", {"items": [{"mentions": [{"start": 0, "end": 2, "text": "b"}]}]}, 1),
    ("summary", {"sentences": [{"start": 0, "end": 1, "text": "🌊"}]}, 0),
    ("summary", {"sentences": [{"start": 0, "end": 4, "text": "🌊"}]}, 1),
    ("clean", {"text": "a\nb", "paragraphs": [{"start": 0, "end": 3}]}, 1),
    ("clean", {"text": "a\nb", "paragraphs": [{"start": 2, "end": 4}]}, 1),
])
def test_wrong_offsets_are_found(section, value, count):
    assert len(wrong_offsets({"clean": {"text": "🌊b"}, section: value})) == count
