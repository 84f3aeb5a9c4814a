"""tag tells summarise what its encoder says of the sentences; summarise takes it, or reads."""
import json
import os
import subprocess

import pytest

import schemas

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(os.environ.get("NUTGRAF_BUILD", os.path.join(ROOT, "build")), "bin")
EXAMPLES = os.path.join(ROOT, "tests/summarise/examples")


def run(program, article, **env):
    done = subprocess.run([f"{BIN}/nutgraf-{program}", "--filter"], check=True, timeout=60,
                          input=json.dumps(article) + "\n", stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **env})
    return json.loads(done.stdout)


def summary(article, **env):
    return run("summarise", article, NUTGRAF_SUMMARISE_MODEL="accurate", **env)["summary"]


def example(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf8") as file:
        title, text = file.read().split("\n", 1)
    return {"id": name, "clean": {"title": title, "text": text, "lang": "en"}}


@pytest.fixture(scope="module", name="tagged")
def fixture_tagged():
    return run("tag", example("14-ferry-inquiry.txt"))


def test_the_section_fits_its_schema_and_its_text(tagged):
    schemas.check("article", tagged)
    text, rows = tagged["clean"]["text"], tagged["salience"]["sentences"]
    assert 0 < len(rows) <= 36
    for start, end, value in rows:
        assert text[start:end].strip() == text[start:end] != "" and -1 < value < 1
    assert len({value for _, _, value in rows}) > 1
    assert len(json.dumps(tagged["salience"])) < 200 + 30 * len(rows)


@pytest.mark.parametrize("name", sorted(os.listdir(EXAMPLES))[:6])
def test_summarise_says_the_same_with_it_and_without(name):
    article = example(name)
    tagged = run("tag", article)
    del tagged["entities"]  # they change the keywords
    assert summary(tagged) == summary(article)


def turned(tagged):
    """What the summary has is said to be worth nothing."""
    taken = [(s["start"], s["end"]) for s in summary(tagged)["sentences"]]
    rows = [[start, end, -0.9 if (start, end) in taken else 0.5]
            for start, end, _ in tagged["salience"]["sentences"]]
    return {**tagged, "salience": {**tagged["salience"], "sentences": rows}}, taken


def test_what_came_along_is_used(tagged):
    changed, taken = turned(tagged)
    found = {(s["start"], s["end"]) for s in summary(changed)["sentences"]}
    assert found and not found & set(taken)


@pytest.mark.parametrize("key", ["model", "digest"])
def test_of_another_model_or_text_it_is_not(tagged, key):
    changed, _ = turned(tagged)
    changed["salience"][key] = "0123456789abcdef"
    assert summary(changed) == summary(tagged)


def test_fast_does_not_look_at_it(tagged):
    fast = [run("summarise", article, NUTGRAF_SUMMARISE_MODEL="fast")["summary"]
            for article in (tagged, turned(tagged)[0])]
    assert fast[0] == fast[1]


def test_tag_leaves_none_where_its_encoder_did_not_read(tagged):
    german = {**example("14-ferry-inquiry.txt"), "salience": tagged["salience"]}
    german["clean"]["lang"] = "de"
    assert "salience" not in run("tag", german)
    assert "salience" not in run("tag", tagged, NUTGRAF_TAG_MODEL="fast")
    assert summary(german)["sentences"]


def test_a_missing_encoder_is_named(tmp_path):
    done = subprocess.run([f"{BIN}/nutgraf-summarise", "--filter"], input="", text=True,
                          capture_output=True, timeout=60, check=False,
                          env={**os.environ, "NUTGRAF_SUMMARISE_MODEL": "accurate",
                               "NUTGRAF_MODELS": str(tmp_path)})
    assert done.returncode != 0
    assert f"{tmp_path}/encoder/encoder.weights" in done.stderr
