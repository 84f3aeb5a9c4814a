"""The schemas of proto/ say the same as the reader in C: both read tests/proto/inputs.jsonl
(article_test.c is the other reader)."""
import json
import os

import jsonschema
import pytest
import schemas

HERE = os.path.dirname(os.path.abspath(__file__))


def inputs():
    with open(os.path.join(HERE, "inputs.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.parametrize("name", schemas.NAMES)
def test_it_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(schemas.load(name))


@pytest.mark.parametrize("row", inputs(), ids=lambda row: row["promise"])
def test_the_schema_agrees_with_the_reader(row):
    item = row["in"]
    is_article = any(isinstance(item.get(name), dict) for name in ("raw", "clean"))
    found = schemas.faults("article" if is_article else "submission", item)
    assert bool(found) == ("fault" in row), found


@pytest.mark.parametrize("row", inputs(), ids=lambda row: row["promise"])
def test_what_is_read_is_an_article(row):
    if "out" in row:
        assert schemas.faults("article", row["out"]) == []


@pytest.mark.parametrize("line, is_result", [
    ({"id": "a", "fault": {"kind": "reject", "reason": "why"}}, True),
    ({"id": None, "fault": {"kind": "retry", "reason": "why"}}, True),
    ({"id": "a", "fault": {"kind": "reject"}}, False),
    ({"id": "a", "fault": {"kind": "perhaps", "reason": "why"}}, False),
    ({"fault": {"kind": "reject", "reason": "why"}}, False),
    ({"id": "a", "clean": {"text": "x"}}, True),
    ({"id": "a", "clean": {"text": "x"}, "fault": 1}, True),
    ({"clean": {"text": "x"}}, False),
    ({"id": "a", "raw": {"text": "x"}}, False),
    ({"id": "a", "clean": {"text": "x"}, "entities": {"offset_unit": "codepoint"}}, False),
    ({"id": "a", "clean": {"text": "x"},
      "entities": {"offset_unit": "codepoint", "items": []}}, True),
])
def test_a_result_is_an_article_or_a_fault(line, is_result):
    assert (schemas.faults("result", line) == []) == is_result
