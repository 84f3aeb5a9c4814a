"""Every sample in the formats of other people, held against the rules that they publish:
IPTC ninjs 3.1 (iptc.org/std/ninjs) and NewsArticle of schema.org."""
import json
import os
import re

import jsonschema
import pytest

from e2e.gateway import Gateway

# --- ninjs 3.1: the rules of its schema for the members that an article can fill ------------

TEXT = {"type": "string"}
URI = {"type": "string", "format": "uri"}
TIME = {"type": "string", "format": "date-time"}


def thing(**more):
    """Objects are closed in ninjs: a member that is not listed is a mistake."""
    return {"type": "object", "additionalProperties": False, "properties": more}


def many(item, *required):
    return {"type": "array", "items": {**item, "required": list(required)}}


def part(**more):
    return many(thing(role=TEXT, contentType=TEXT, value=TEXT, **more), "value")


NAMED = {"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}
PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}
NINJS = {
    **thing(
        uri=URI, representationType={"enum": ["full", "partial"]}, profile=TEXT, version=TEXT,
        type={"enum": ["text", "audio", "video", "picture", "graphic", "composite", "component",
                       "event", "planning"]},
        firstCreated=TIME, versionCreated=TIME, contentCreated=TIME,
        pubStatus={"enum": ["usable", "withheld", "canceled"]}, language=TEXT, title=TEXT, by=TEXT,
        headlines=part(), descriptions=part(),
        bodies=part(charCount={"type": "integer"}, wordCount={"type": "integer"}),
        people=many(thing(**NAMED)), organisations=many(thing(**NAMED)), places=many(thing(**NAMED)),
        objects=many(thing(**NAMED)), events=many(thing(id=TEXT, **NAMED)),
        subjects=many(thing(creator=TEXT, relevance=PERCENT, confidence=PERCENT, **NAMED)),
        infoSources=many(thing(name=TEXT, role=TEXT, uri=URI, literal=TEXT)),
        associations=many(thing(name=TEXT, rel=TEXT, uri=URI, type={"enum": ["picture"]}), "name", "uri"),
        altIds=many(thing(role=TEXT, value=TEXT)),
        standard=thing(name={"const": "ninjs"}, version={"const": "3.1"}, schema=URI)),
    "required": ["uri", "standard"],
}
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uri")
def is_uri(text):
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", text) is not None


@FORMATS.checks("date-time")
def is_time(text):
    return re.fullmatch(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) is not None


CHECK_NINJS = jsonschema.Draft202012Validator(NINJS, format_checker=FORMATS)

# --- schema.org: what a member of NewsArticle may hold --------------------------------------

DATE = r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"


def a_text(value):
    return isinstance(value, str) and value != ""


def a_url(value):
    return a_text(value) and is_uri(value)


def one_of(*types):
    return lambda value: (value["@type"] in types and a_text(value["name"])
                          and set(value) <= {"@type", "name", "sameAs"}
                          and ("sameAs" not in value or a_url(value["sameAs"])))


def each(check):
    return lambda value: isinstance(value, list) and value and all(check(it) for it in value)


NEWS_ARTICLE = {
    "@context": lambda value: value == "https://schema.org",
    "@type": lambda value: value == "NewsArticle",
    "@id": a_url, "url": a_url, "image": a_url, "identifier": a_text,
    "headline": a_text, "alternativeHeadline": a_text, "description": a_text, "abstract": a_text,
    "articleBody": a_text, "inLanguage": lambda value: re.fullmatch(r"[a-z]{2,3}(-\w+)*", value),
    "datePublished": lambda value: re.fullmatch(DATE, value),
    "dateModified": lambda value: re.fullmatch(DATE, value),
    "wordCount": lambda value: isinstance(value, int), "keywords": each(a_text),
    "author": each(one_of("Person")), "publisher": one_of("Organization"),
    "mentions": each(one_of("Person", "Organization", "Place", "Event", "Product", "Thing")),
}


# --- the samples --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gate(programs, tmp_path_factory):
    system = Gateway(tmp_path_factory.mktemp("formats"), programs)
    try:
        yield system.start_all()
    finally:
        system.close()


@pytest.fixture(scope="module")
def articles(gate, root):
    """{name: the article in each format} of all samples, and of one with hostile values."""
    folder = f"{root}/tests/samples"
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(f"{folder}/{name}", "rb") as file:
            body = file.read()
        kind = "text/html" if name.endswith(".html") else "text/plain"
        found[name] = f"/v1/articles?wait=30s&id={name}&url=https://example.org/{name}", body, kind
    text = "Paris. The people of Paris met on Monday. \U0001f600 They met in Paris again on Friday, they said."
    hostile = {"id": "odd \"id\" <b>", "url": "javascript:alert(1)", "title": "A \"title\" </script>",
               "text": text, "published": "yesterday", "source": ""}
    found["hostile"] = "/v1/articles?wait=30s", json.dumps(hostile), "application/json"
    for name, (path, body, kind) in found.items():
        answer = gate.post(path, body, kind)
        assert answer.json["state"] == "done", answer.json
        href = f"/v1/articles/{'odd%20%22id%22%20%3Cb%3E' if name == 'hostile' else name}"
        found[name] = {"json": answer.json["article"],
                       **{form: gate.get(f"{href}?format={form}").json for form in ("ninjs", "ld")}}
    return found


def test_ninjs_keeps_its_schema(articles):
    for name, forms in articles.items():
        faults = [f"{name}: {it.json_path}: {it.message}" for it in CHECK_NINJS.iter_errors(forms["ninjs"])]
        assert not faults, "\n".join(faults)


def test_ninjs_carries_the_article(articles):
    for name, forms in articles.items():
        article, ninjs = forms["json"], forms["ninjs"]
        assert ninjs["bodies"][0]["value"] == article["clean"]["text"]
        assert ninjs["bodies"][0]["charCount"] == len(article["clean"]["text"]), name
        names = {it["name"] for it in article["entities"]["items"] if it["type"] in ("GPE", "LOC", "FAC")}
        assert {it["name"] for it in ninjs.get("places", [])} == names
        summary = [it["value"] for it in ninjs["descriptions"] if it["role"] == "summary"]
        assert summary == [" ".join(it["text"] for it in article["summary"]["sentences"])]
        assert ninjs["altIds"] == [{"role": "nutgraf", "value": article["id"]}]
    assert articles["hostile"]["ninjs"]["uri"] == "urn:nutgraf:article:odd%20%22id%22%20%3Cb%3E"
    assert articles["13-water-law.txt"]["ninjs"]["contentCreated"] == "2025-06-18T00:00:00Z"


def test_json_ld_keeps_the_vocabulary(articles):
    for name, forms in articles.items():
        for key, value in forms["ld"].items():
            assert key in NEWS_ARTICLE, f"{name}: {key}"
            assert NEWS_ARTICLE[key](value), f"{name}: {key}: {value!r}"
        assert forms["ld"]["articleBody"] == forms["json"]["clean"]["text"]
        assert forms["ld"].get("headline") == forms["json"]["clean"]["title"]


def test_the_checks_find_mistakes():
    good = {"uri": "https://example.org/a", "standard": {"name": "ninjs", "version": "3.1"}}
    assert CHECK_NINJS.is_valid(good)
    for wrong in ({"uri": "no uri"}, {"byline": "x"}, {"firstCreated": "2025-06-18"}, {"bodies": [{"role": "a"}]},
                  {"people": [{"nom": "x"}]}, {"subjects": [{"relevance": 101}]}, {"type": "article"}):
        assert not CHECK_NINJS.is_valid({**good, **wrong}), wrong
