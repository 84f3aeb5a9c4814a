#!/usr/bin/python3
"""Training texts of tag: `prepare.py DATA/ner [SET,...] > train.jsonl`.

SET `worldwide_rest`: the articles of worldwide that its span files lack, put together from
their tokens; the encoder trains on them too. `worldwide_dev` is for watching alone. One text
a line: {"text", "open": kinds that the set does not annotate, "spans": [{"b", "e",
"types"}]}, offsets in UTF-8 bytes. Class A sets alone (model/MODEL.md has the list).
"""
import gzip
import json
import os
import random
import sys

KINDS = ["PER", "ORG", "LOC", "NORP", "FAC", "PRODUCT", "MISC", "DATE", "MONEY"]
SETS = [  # folder, spans or tokens, kinds that it does not annotate
    ("worldwide", "spans", []),
    ("re3d", "spans", ["MISC", "FAC", "PRODUCT"]),
    ("wikigold", "tokens", ["NORP", "DATE", "MONEY", "FAC", "PRODUCT"]),
    ("uner_ewt", "tokens", ["NORP", "DATE", "MONEY", "FAC", "PRODUCT", "MISC"]),
    ("crossner_politics", "tokens", ["NORP", "DATE", "MONEY", "FAC", "PRODUCT"]),
]
MORE = [("worldwide_rest", "rest", []), ("worldwide_dev", "spans", [])]
# Where a set's own type may be more than one of ours.
MANY = {"event": ["MISC"], "election": ["MISC"], "MISC": ["MISC", "NORP", "PRODUCT"]}
NO_BLANK_BEFORE = set(".,;:!?)]}%'") | {"'s", "n't", "'re", "'ve", "'ll", "’s"}
NO_BLANK_AFTER = set("([{$")


def read_map(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.split("#")[0].split() for line in file if line.split("#")[0].strip())


def kinds_of(tag, table):
    kinds = MANY.get(tag) or [table.get(tag, tag)]
    return [kind for kind in kinds if kind in KINDS]


def put(text, spans, still_open):
    """Offsets become bytes; now and then the text is shouted, so that case is no crutch."""
    spans = sorted(spans, key=lambda s: s["b"])
    at = [0]
    for char in text:
        at.append(at[-1] + len(char.encode()))
    row = {"text": text, "open": still_open,
           "spans": [{"b": at[s["b"]], "e": at[s["e"]], "types": s["types"]} for s in spans]}
    print(json.dumps(row, ensure_ascii=False))
    upper = text.upper()
    if random.random() < 0.04 and len(upper.encode()) == at[-1]:
        print(json.dumps({**row, "text": upper}, ensure_ascii=False))


def spans_of(path, table, still_open):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            doc = json.loads(line)
            spans = [{**s, "types": kinds_of(s["type"], table)} for s in doc["spans"]]
            put(doc["text"], [s for s in spans if s["types"]], still_open)


def join(rows, table):
    """Tokens to a text as it would be written, with its spans."""
    text, spans, last = "", [], ""
    for token, tag in rows:
        glue = token in NO_BLANK_BEFORE or last in NO_BLANK_AFTER
        text += "" if glue or not text else " "
        start = len(text)
        text += token
        if tag.startswith("B-") or (tag != "O" and not (spans and spans[-1]["tag"] == tag[2:]
                                                       and spans[-1]["on"])):
            spans.append({"b": start, "e": len(text), "tag": tag[2:], "on": True})
        elif tag != "O":
            spans[-1]["e"] = len(text)
        elif spans:
            spans[-1]["on"] = False
        last = token
    spans = [{"b": s["b"], "e": s["e"], "types": kinds_of(s["tag"], table)} for s in spans]
    return text, [s for s in spans if s["types"]]


def rest_of(path, table, still_open):
    with gzip.open(path.replace(".tsv.", ".spans.jsonl."), "rt", encoding="utf-8") as file:
        known = {json.loads(line)["doc"] for line in file}
    tokens_of(path, table, still_open, known)


def without(lines, docs):
    wanted = True
    for line in lines:
        if line.startswith("# doc "):
            wanted = line[6:].strip() not in docs
        if wanted:
            yield line


def tokens_of(path, table, still_open, known=()):
    text, spans, rows = "", [], []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in list(without(file, known)) + [""]:
            if line.startswith("# ") and "\t" not in line:
                continue
            if line.strip():
                parts = line.rstrip("\n").split("\t")
                rows.append((parts[0], parts[-1]))
                continue
            if rows:  # a few sentences make a text
                more, found = join(rows, table)
                shift = len(text) + 1 if text else 0
                text += ("\n" if text else "") + more
                spans += [{**s, "b": s["b"] + shift, "e": s["e"] + shift} for s in found]
                rows = []
            if text and (len(text) > 1500 or not line):
                put(text, spans, still_open)
                text, spans = "", []


def main():
    random.seed(1)
    folder = sys.argv[1]
    table = read_map(os.path.join(folder, "map_core.txt"))
    wanted = sys.argv[2].split(",") if len(sys.argv) > 2 else [row[0] for row in SETS]
    readers = {"spans": (spans_of, "spans.jsonl.gz"), "tokens": (tokens_of, "tsv.gz"),
               "rest": (rest_of, "tsv.gz")}
    for name, form, still_open in SETS + MORE:
        if name in wanted:
            read, end = readers[form]
            part = "dev" if name.endswith("_dev") else "train"
            read(os.path.join(folder, name.split("_rest")[0].split("_dev")[0],
                              f"{part}.{end}"), table, still_open)


if __name__ == "__main__":
    main()
