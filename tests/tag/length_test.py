"""A text that is longer than max_chars."""
import json
import os
import subprocess

import schemas

LEAST = 40000


def entities(programs, text):
    done = subprocess.run([os.path.join(programs, "nutgraf-tag"), "--filter"], check=True,
                          input=json.dumps({"clean": {"text": text}}) + "\n", text=True,
                          stdout=subprocess.PIPE, env={**os.environ, "NUTGRAF_TAG_MODEL": "fast",
                                                       "NUTGRAF_TAG_MAX_CHARS": str(LEAST)})
    answer = json.loads(done.stdout)
    assert schemas.faults("result", answer) == []
    return answer["entities"]


def test_is_read_up_to_there_and_says_so(programs):
    sentence = "The caf\u00e9 in Paris is open. "
    found = entities(programs, sentence * (2 * LEAST // len(sentence)) + "Berlin is far.")
    assert LEAST - 12 < found["read_until"] <= LEAST
    assert "max_chars" in found["note"]
    assert [item["name"] for item in found["items"]] == ["Paris"]
    assert all(m["end"] <= found["read_until"] for m in found["items"][0]["mentions"])


def test_without_a_blank_is_cut_between_two_characters(programs):
    assert entities(programs, "\u00e9" * (LEAST + 1))["read_until"] == LEAST


def test_that_is_just_as_long_is_read_whole(programs):
    found = entities(programs, "\u00e9" * LEAST)
    assert "read_until" not in found and "note" not in found
