"""Which articles train and which ones measure: fixed by the SHA-256 of the id, so that no
article is ever on both sides. Shared by train.py and tests/bench/score_summarise.py."""
import gzip
import hashlib
import json
import os

# Share of each set that trains, in percent; the rest measures.
TRAIN_PERCENT = {
    "cnndm_train": 50,
    "cnndm_val": 50,
    "inshorts": 50,
    "bbc": 30,
    "fakenewsnet_real": 50,
    "digitalgov": 50,
    "kpcrowd": 50,  # for the numbers of keywords.c, by hand
}


def is_train(name, article_id):
    digest = hashlib.sha256(f"{name}/{article_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < TRAIN_PERCENT[name]


def load(data, name, train):
    """The articles of one side of a set: dicts with id, title, article, summary."""
    path = os.path.join(data, "summ", name, name + ".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf8") as lines:
        articles = [json.loads(line) for line in lines if line.strip()]
    return [a for a in articles if is_train(name, a["id"]) == train]


def text_of(article):
    """Paragraphs one a line, as clean.text has them."""
    return "\n".join(" ".join(p.split()) for p in article["article"])
