#!/usr/bin/python3
"""Scores tag on the NER data: spans, token sets, grouping, speed of one core.

    tests/bench/score_tag.py [--data ../shared/data] [--final]

The last line is `BENCH tag key=value ...`. --final adds the test parts, which are never
tuned on. F1 in percent, exact spans and types.
"""
import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OURS = {"GPE": "LOC", "EVENT": "MISC"}  # the scheme's finer types, told apart by no set here
SPANS = [("worldwide", "dev", None), ("re3d", "dev", None)]
# Kinds that a set does not annotate are left out of what we predict there.
TOKENS = [("gmb", "dev", "map_core.txt", {"PER", "ORG", "LOC", "NORP", "DATE"}),
          ("wikigold", "dev", "map_conll4.txt", None),
          ("crossner_politics", "dev", "map_core.txt", {"PER", "ORG", "LOC", "MISC"})]
FINAL = [("gmb", "test", "map_core.txt", {"PER", "ORG", "LOC", "NORP", "DATE"}),
         ("wikigold", "test", "map_conll4.txt", None),
         ("uner_ewt", "test", "map_core.txt", {"PER", "ORG", "LOC"}),
         ("europarl", "test", "map_conll4.txt", None)]
GROUPS = ["cleanconll", "gum"]
NO_BLANK_BEFORE = set(".,;:!?)]}%'") | {"'s", "n't", "'re", "'ve", "'ll"}
NO_BLANK_AFTER = set("([{$")


def tag(texts):
    """Runs the filter: the entities of each text, and the seconds without start-up."""
    program = os.path.join(ROOT, "build", "bin", "nutgraf-tag")
    lines = "".join(json.dumps({"id": str(i), "clean": {"text": t}}) + "\n"
                    for i, t in enumerate(texts))
    start = time.monotonic()
    done = subprocess.run([program, "--filter"], input=lines, stdout=subprocess.PIPE,
                          text=True, check=True, cwd=ROOT)
    seconds = time.monotonic() - start
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if len(rows) != len(texts) or any("entities" not in row for row in rows):
        sys.exit(f"score_tag: {len(texts)} texts went in, {len(rows)} lines came out: "
                 f"{[r.get('fault') for r in rows if 'entities' not in r][:1]}")
    for row, text in zip(rows, texts):
        for item in row["entities"]["items"]:
            for m in item["mentions"]:
                assert text[m["start"]:m["end"]] == m["text"], (text, m)
    return [row["entities"]["items"] for row in rows], seconds


def score(data, *arguments):
    command = [sys.executable, os.path.join(data, "ner", "score.py"), "--json", *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True,
                                     check=True).stdout)


def load(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def score_spans(data, name, part, work):
    path = os.path.join(data, "ner", name, f"{part}.spans.jsonl.gz")
    docs = load(path)
    found, seconds = tag([doc["text"] for doc in docs])
    out = os.path.join(work, "spans.jsonl")
    with open(out, "w", encoding="utf-8") as file:
        for doc, items in zip(docs, found):
            spans = [{"b": m["start"], "e": m["end"], "type": OURS.get(i["type"], i["type"])}
                     for i in items for m in i["mentions"] if i["type"] != "PERCENT"]
            print(json.dumps({"doc": doc["doc"], "spans": spans}), file=file)
    words = sum(len(doc["text"].split()) for doc in docs)
    table = os.path.join(data, "ner", "map_core.txt")
    return score(data, "--spans", path, out, "--map", table), words, seconds


def read_tokens(path):
    sentences, rows = [], []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in list(file) + [""]:
            if line.startswith("# ") and "\t" not in line:
                continue
            if line.strip():
                rows.append(line.rstrip("\n").split("\t")[0])
            elif rows:
                sentences.append(rows)
                rows = []
    return sentences


def detokenise(sentences):
    """The text of some sentences, and where each token stands in it."""
    text, places = "", []
    for tokens in sentences:
        text += "\n" if text else ""
        last = None
        for token in tokens:
            glue = last is None or token in NO_BLANK_BEFORE or last in NO_BLANK_AFTER
            text += "" if glue else " "
            places.append((len(text), len(text) + len(token)))
            text += token
            last = token
    return text, places


def tags_of(items, places, kinds):
    tags = ["O"] * len(places)
    for item in items:
        kind = OURS.get(item["type"], item["type"])
        if kind == "PERCENT" or (kinds and kind not in kinds):
            continue
        for m in item["mentions"]:
            inside = [k for k, (b, e) in enumerate(places)
                      if b < m["end"] and m["start"] < e]
            for n, k in enumerate(inside):
                tags[k] = ("I-" if n else "B-") + kind
    return tags


def score_tokens(data, name, part, table, kinds, work):
    path = os.path.join(data, "ner", name, f"{part}.tsv.gz")
    sentences = read_tokens(path)
    chunks = [sentences[i:i + 10] for i in range(0, len(sentences), 10)]
    texts = [detokenise(chunk) for chunk in chunks]
    found, _ = tag([text for text, _ in texts])
    out = os.path.join(work, "tokens.tsv")
    with open(out, "w", encoding="utf-8") as file:
        for chunk, (_, places), items in zip(chunks, texts, found):
            tags = iter(tags_of(items, places, kinds))
            for tokens in chunk:
                file.writelines(f"{token}\t{next(tags)}\n" for token in tokens)
                file.write("\n")
    maps = os.path.join(data, "ner", table)
    if kinds:  # gold kinds that we leave out go as well
        kept = os.path.join(work, "map.txt")
        with open(maps, encoding="utf-8") as file, open(kept, "w", encoding="utf-8") as to:
            for line in file:
                pair = line.split("#")[0].split()
                if len(pair) == 2:
                    print(pair[0], OURS.get(pair[1], pair[1]) if
                          OURS.get(pair[1], pair[1]) in kinds else "O", file=to)
        maps = kept
    return score(data, path, out, "--map", maps)


def score_groups(data, name, work):
    path = os.path.join(data, "ner", name, "dev.groups.jsonl.gz")
    docs = load(path)
    found, _ = tag([doc["text"] for doc in docs])
    out = os.path.join(work, "groups.jsonl")
    with open(out, "w", encoding="utf-8") as file:
        for doc, items in zip(docs, found):
            mentions = [{"b": m["start"], "e": m["end"], "type": i["type"], "entity": i["id"]}
                        for i in items for m in i["mentions"]]
            print(json.dumps({"doc": doc["doc"], "mentions": mentions}), file=file)
    return score(data, "--groups", path, out)


def show(name, report):
    total = report["micro"]
    kinds = " ".join(f"{k} {v['f1']:.1f}" for k, v in
                     sorted(report["types"].items(), key=lambda kv: -kv[1]["gold"])
                     if v["gold"])
    print(f"{name:24} P {total['precision']:5.1f}  R {total['recall']:5.1f}  "
          f"F1 {total['f1']:5.1f}   {kinds}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.path.join(ROOT, "..", "shared", "data"))
    parser.add_argument("--final", action="store_true")
    options = parser.parse_args()
    figures = {}
    with tempfile.TemporaryDirectory() as work:
        for name, part, *_ in SPANS:
            report, _, _ = score_spans(options.data, name, part, work)
            show(f"{name} {part} spans", report)
            figures[f"{name}_{part}_f1"] = report["micro"]["f1"]
        for name, part, table, kinds in TOKENS + (FINAL if options.final else []):
            report = score_tokens(options.data, name, part, table, kinds, work)
            show(f"{name} {part}", report)
            figures[f"{name}_{part}_f1"] = report["micro"]["f1"]
        for name in GROUPS:
            report = score_groups(options.data, name, work)
            print(f"{name + ' dev groups':24} B3 P {report['b3_precision']:.1f} R "
                  f"{report['b3_recall']:.1f} F1 {report['b3_f1']:.1f}, "
                  f"{report['coverage']:.1f} % of the mentions found")
            figures[f"{name}_b3_f1"] = report["b3_f1"]
    docs = load(os.path.join(options.data, "ner", "worldwide", "train.spans.jsonl.gz"))
    texts = [doc["text"] for doc in docs]
    start = tag(texts[:1])[1]
    seconds = tag(texts)[1] - start
    words = sum(len(text.split()) for text in texts)
    figures["words_per_second"] = round(words / seconds)
    figures["start_ms"] = round(1000 * start)
    print(f"{words} words in {seconds:.2f} s on one core, JSON in and out included")
    print("BENCH tag " + " ".join(f"{k}={v}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
