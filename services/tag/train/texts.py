#!/usr/bin/python3
"""Texts without labels, for the fast model to learn from the accurate one: `texts.py DATA`.

One {"text": ...} a line: the articles of DATA/summ and the train part of DATA/ner/gmb, each
text once. Some come again in small and in capital letters, so that case is no crutch.
"""
import gzip
import json
import os
import random
import sys

NEWS = ["cnndm_train", "cnndm_val", "xsum", "bbc", "inshorts", "fakenewsnet_real",
        "digitalgov", "kpcrowd"]
SENTENCES = 15  # of gmb that make a text
LEAST = 80  # characters
RECASED = 0.05
NO_BLANK_BEFORE = set(".,;:!?)]}%'") | {"'s", "n't", "'re", "'ve", "'ll", "’s"}
NO_BLANK_AFTER = set("([{$")


def articles(data):
    for name in NEWS:
        path = os.path.join(data, "summ", name, f"{name}.jsonl.gz")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                body = row["article"]
                body = body if isinstance(body, list) else [body]
                yield "\n".join(([row["title"]] if row.get("title") else []) + body)


def join(tokens):
    text, last = "", ""
    for token in tokens:
        glue = token in NO_BLANK_BEFORE or last in NO_BLANK_AFTER
        text += ("" if glue or not text else " ") + token
        last = token
    return text


def sentences(data):
    with gzip.open(os.path.join(data, "ner/gmb/train.tsv.gz"), "rt", encoding="utf-8") as file:
        tokens = []
        for line in file:
            if line.strip():
                tokens.append(line.split("\t")[0])
            elif tokens:
                yield join(tokens)
                tokens = []


def chunks(rows):
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == SENTENCES:
            yield "\n".join(chunk)
            chunk = []


def main():
    random.seed(1)
    data, seen = sys.argv[1], set()
    for source in (articles(data), chunks(sentences(data))):
        for text in source:
            if len(text) >= LEAST and text[:200] not in seen:
                seen.add(text[:200])
                print(json.dumps({"text": text}, ensure_ascii=False))


if __name__ == "__main__":
    main()
