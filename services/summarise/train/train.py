#!/usr/bin/python3
"""Fits the weights of the two salience scorers of `summarise`, on CPU, in a minute or two.

    make && services/summarise/train/train.py [--data ../shared/data]

What a sentence is comes from the C code that serves (dump.c): features, and the vector that
the encoder has of it. Ridge regression, twice. First on single sentences: how much of each
the reference has. With that the best sentences of an article are found, and all summaries of
one to three of them are made; then the weights are fitted to those: what pick.c expects
of a summary is to be its ROUGE-1. Solved exactly: the same data gives the same
files, ../model/weights.h (both scorers) and encoder/model/gist.h (what the accurate one
adds). Nothing of the texts is kept.
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

import splits

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
HOME = os.path.join(ROOT, "build/cache/train-summarise")
ENCODER = os.path.join(ROOT, "services/encoder/model/encoder.weights")
DUMP = "build/train/summarise_dump"


def own_python():
    """Goes on in a virtual environment that has what requirements.txt names."""
    with open(os.path.join(HERE, "requirements.txt"), encoding="utf8") as file:
        wanted = file.read()
    python, stamp = os.path.join(HOME, "bin/python"), os.path.join(HOME, "requirements.txt")
    if not os.path.exists(stamp) or open(stamp, encoding="utf8").read() != wanted:
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", HOME], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "--disable-pip-version-check", "-r",
                        os.path.join(HERE, "requirements.txt")], check=True)
        with open(stamp, "w", encoding="utf8") as file:
            file.write(wanted)
    if sys.prefix != HOME:
        os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


def load_score(data):
    spec = importlib.util.spec_from_file_location("score", f"{data}/summ/score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dump(articles):
    """What stands in the first line, the sentences of each article, and all vectors."""
    import numpy
    subprocess.run(["make", "-s", DUMP], cwd=ROOT, check=True)
    lines = "".join(json.dumps({"text": splits.text_of(a), "title": a.get("title") or ""}) + "\n"
                    for a in articles)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vectors")
        out = subprocess.run([os.path.join(ROOT, DUMP), ENCODER, path], input=lines, text=True,
                             stdout=subprocess.PIPE, check=True)
        head, *rows = (json.loads(line) for line in out.stdout.splitlines())
        vectors = numpy.fromfile(path, dtype=numpy.float32).reshape(-1, head["width"])
    return head, [row["sentences"] for row in rows], vectors


def collect(data, score):
    """The articles that train, as fit.Article."""
    import fit
    given = [(name, a) for name in fit.SETS for a in splits.load(data, name, train=True)]
    head, dumped, vectors = dump([a for _, a in given])
    articles, at = [], 0
    for (name, article), sentences in zip(given, dumped):
        read = sum(s["gist"] is not None for s in sentences)
        if sentences:
            articles.append(fit.Article(score, name, article, sentences,
                                        vectors[at:at + read].astype(float)))
        at += read
    return head, articles


def check(articles, gist):
    """The C code has to say of the sentences what was fitted, to its four decimals."""
    import numpy
    head, dumped, _ = dump([a.source for a in articles])
    assert head["width"] == len(gist.mean)
    worst = max(abs(s["gist"] - v) for a, sentences in zip(articles, dumped)
                for s, v in zip(sentences, gist.values(a)) if s["gist"] is not None)
    print(f"C and Python differ by {worst:.5f} at most")
    assert worst < 2e-3 and numpy.isfinite(worst)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", default=os.path.join(ROOT, "../shared/data"))
    data = arguments.parse_args().data
    own_python()
    import fit
    import write
    head, articles = collect(data, load_score(data))
    fit.make_summaries(articles, head["aim"], head["tired"])
    fast = fit.fast(articles)
    accurate, gist = fit.accurate(articles)
    write.weights(head["names"], fast, accurate, len(articles))
    write.gist(gist, ENCODER, len(articles))
    check(articles[::50], gist)
    for name, a, b in zip(["(base)", *head["names"]], fast, accurate):
        print(f"{a:9.4f} {b:9.4f}  {name}")


if __name__ == "__main__":
    main()
