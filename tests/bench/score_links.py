"""How well tag groups and links, for tag.py.

Groups: gold mentions go through tag/groups.c (groups_bench.c), pair F1 by the data's score.py.
Links: of gold mentions of places that tag found and that a record of the gazetteer could mean
(their Wikipedia title is a name of one), the share that got a link is the coverage; a link is
right if its record bears that title, in the country or state that the title names.
"""
import json
import os
import re
import subprocess
import sys
from collections import defaultdict

import score_tag as ours

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = os.path.join(ours.ROOT, "services/tag/model/names.model")
KINDS = {"person": "PER", "place": "LOC", "organization": "ORG", "event": "EVENT",
         "object": "PRODUCT", "substance": "PRODUCT", "time": "DATE"}
PLACES = ("COUNTRY", "ADMIN", "CITY", "REGION")
MODULES = ["groups", "tense", "verbs", "dates", "mentions", "kinds", "gazetteer", "model", "watch"]


# --- groups ----------------------------------------------------------------------------------


def build(folder):
    program = os.path.join(folder, "groups_bench")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "jansson", "icu-uc", "icu-i18n",
                            "libxxhash"], stdout=subprocess.PIPE, text=True, check=True)
    subprocess.run(["gcc", "-O2", "-std=c11", "-D_GNU_SOURCE", f"-I{ours.ROOT}",
                    f"-I{ours.ROOT}/services", f"{HERE}/groups_bench.c",
                    *(f"{ours.ROOT}/services/tag/{m}.c" for m in MODULES),
                    f"{folder}/libnutgraf.a", *flags.stdout.split(), "-o", program], check=True)
    return program


def row_of(doc, mentions):
    places = [0]
    for char in doc["text"]:
        places.append(places[-1] + len(char.encode()))
    return {"text": doc["text"], "mentions": [
        {"b": places[m["b"]], "e": places[m["e"]], "type": KINDS.get(m["type"], m["type"])
         if KINDS.get(m["type"], m["type"]) in ("PER", "ORG", "LOC", "EVENT", "PRODUCT", "DATE")
         else "MISC"} for m in mentions]}


def pair_f1(program, data, name, work):
    path = os.path.join(data, "ner", name, "dev.groups.jsonl.gz")
    docs = ours.load(path)
    named = [sorted((m for m in doc["mentions"] if m.get("named", True)),
                    key=lambda m: (m["b"], m["e"])) for doc in docs]
    lines = "".join(json.dumps(row_of(doc, some)) + "\n" for doc, some in zip(docs, named))
    done = subprocess.run([program, NAMES], input=lines, stdout=subprocess.PIPE, text=True,
                          check=True)
    out = os.path.join(work, "groups.jsonl")
    with open(out, "w", encoding="utf-8") as file:
        for doc, some, numbers in zip(docs, named, done.stdout.splitlines()):
            mentions = [{**m, "entity": n} for m, n in zip(some, json.loads(numbers))]
            print(json.dumps({"doc": doc["doc"], "mentions": mentions}), file=file)
    return ours.score(data, "--groups", path, out)["pair_f1"]


# --- links -----------------------------------------------------------------------------------


class Gazetteer:
    """The places of gazetteer.py, by id and by name: (kind, country, names)."""

    def __init__(self, data):
        script = os.path.join(ours.ROOT, "services/tag/train/gazetteer.py")
        done = subprocess.run([sys.executable, script, os.path.join(data, "ner/gazetteer")],
                              stdout=subprocess.PIPE, text=True, check=True)
        self.of_id, self.of_name = {}, defaultdict(list)
        for line in done.stdout.splitlines():
            kind, _, qid, geoname, code, _, _, _, *names = line.split("\t")
            if kind in PLACES:
                self.add((kind, code, [n.lower() for n in names]), qid, geoname)

    def add(self, record, qid, geoname):
        kind, code, names = record
        self.of_id["wikidata", "Q" + qid] = self.of_id["geonames", geoname] = record
        if code and kind in ("COUNTRY", "ADMIN"):
            self.of_id["iso3166" if kind == "COUNTRY" else "iso3166-2", code] = record
        for name in names:
            self.of_name[name].append(record)

    def lies_in(self, code, area):
        """Whether the area, where we know it, is one that a place of that code lies in."""
        wider = [c for kind, c, _ in self.of_name[area] if kind in ("COUNTRY", "ADMIN") and c]
        return not wider or any(code[:2] == c[:2] for c in wider)

    def means(self, record, title):
        kind, code, names = record
        base, _, note = title.replace("_", " ").replace("%2C", ",").lower().partition(" (")
        name, *areas = [part.strip() for part in base.split(",")]
        noted = {"u.s. state)": "ADMIN", "state)": "ADMIN", "country)": "COUNTRY"}
        return (name in names and all(self.lies_in(code, area) for area in areas)
                and noted.get(note, kind) == kind)

    def could_mean(self, title):
        name = re.split(r",| \(|%2C", title.replace("_", " ").lower())[0]
        return any(self.means(record, title) for record in self.of_name[name])


def link_scores(data, name, gold_type):
    """Precision and coverage in percent."""
    docs = ours.load(os.path.join(data, "ner", name, "dev.groups.jsonl.gz"))
    known = Gazetteer(data)
    able = linked = right = 0
    for doc, items in zip(docs, ours.tag([doc["text"] for doc in docs])[0]):
        gold = {(m["b"], m["e"]): m["wiki"] for m in doc["mentions"]
                if m.get("wiki") and m["type"] == gold_type and m.get("named", True)}
        for item in items:
            ids = [(link["scheme"], link["id"]) for link in item["links"]]
            record = next((known.of_id[i] for i in ids if i in known.of_id), None)
            for title in (gold.get((m["start"], m["end"])) for m in item["mentions"]):
                able += title is not None and known.could_mean(title)
                linked += title is not None and record is not None
                right += bool(title and record) and known.means(record, title)
    return 100 * right / max(1, linked), 100 * linked / max(1, able)
