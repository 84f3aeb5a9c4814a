#!/usr/bin/python3
"""Trains the weights of the salience scorer and writes model/weights.h.

    make && services/summarise/train/train.py [--data ../shared/data]

Features come from the C code itself (dump.c is compiled against the modules that serve).
The target of a sentence is the mean of two shares: of its words, and of its word pairs, that
the reference has. Ridge regression, solved exactly: the same data gives the same weights.
Nothing of the texts is kept: one weight a feature.
"""
import argparse
import collections
import glob
import hashlib
import importlib.util
import json
import math
import os
import subprocess
import tempfile

import splits

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
WEIGHTS = os.path.join(ROOT, "services/summarise/model/weights.h")
# What an article of each set counts, so that no kind of news and no kind of reference rules.
SETS = {"cnndm_train": 1.5, "cnndm_val": 1.0, "inshorts": 0.7, "fakenewsnet_real": 1.2,
        "digitalgov": 1.0, "bbc": 0.15}
SENTENCES_MAX = 80  # of an article
ARTICLE = 20        # sentences that an article counts as, however many it has
RIDGE = 30.0        # penalty of a standardised weight, squared


def load_score(data):
    spec = importlib.util.spec_from_file_location("score", f"{data}/summ/score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_dump(folder):
    """Compiles dump.c with the modules of the stage; returns the program's path."""
    program = os.path.join(folder, "dump")
    flags = subprocess.check_output(
        ["pkg-config", "--cflags", "--libs", "icu-uc", "icu-i18n", "jansson"], text=True)
    modules = [path for path in glob.glob(f"{ROOT}/services/summarise/*.c")
               if os.path.basename(path) in ("terms.c", "centrality.c", "document.c",
                                             "shape.c", "features.c")]
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-I", ROOT, "-I",
                    f"{ROOT}/services", f"{HERE}/dump.c", *modules,
                    f"{ROOT}/build/libnutgraf.a", "-o", program, *flags.split(), "-lm"],
                   check=True)
    return program


def dump(program, articles):
    """Column names, and for each article its sentences with features."""
    lines = "\n".join(json.dumps({"text": splits.text_of(a), "title": a.get("title") or ""})
                      for a in articles) + "\n"
    out = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    names, *rows = (json.loads(line) for line in out.stdout.splitlines())
    return names, [row["sentences"] for row in rows]


def shares(score, sentences, reference):
    """The target of each sentence."""
    ref = [score.tokens(sentence) for sentence in score.as_sentences(reference)]
    words = collections.Counter(token for tokens in ref for token in tokens)
    pairs = collections.Counter(pair for tokens in ref for pair in zip(tokens, tokens[1:]))
    found = []
    for sentence in sentences:
        tokens = score.tokens(sentence["text"])
        own = collections.Counter(tokens), collections.Counter(zip(tokens, tokens[1:]))
        parts = [sum(min(n, known[key]) for key, n in counts.items()) /
                 max(1, sum(counts.values())) for counts, known in zip(own, (words, pairs))]
        found.append(sum(parts) / 2)
    return found


def moments(parts, size):
    """Weighted means and deviations of the columns, and the mean of the targets."""
    total, target = 0.0, 0.0
    sums, squares = [0.0] * size, [0.0] * size
    for rows, targets, weight in parts:
        for row, value in zip(rows, targets):
            total += weight
            target += weight * value
            for k, x in enumerate(row):
                sums[k] += weight * x
                squares[k] += weight * x * x
    means = [s / total for s in sums]
    deviations = [max(1e-6, math.sqrt(max(0.0, q / total - m * m)))
                  for q, m in zip(squares, means)]
    return means, deviations, target / total


def solve(matrix, right):
    """Gaussian elimination; the matrix is symmetric and positive definite."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right)]
    for i in range(size):
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            if factor:
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    out = [0.0] * size
    for i in reversed(range(size)):
        out[i] = (rows[i][size] - sum(rows[i][k] * out[k] for k in range(i + 1, size)))
        out[i] /= rows[i][i]
    return out


def fit(parts):
    """parts: (rows of features, targets, weight) of each article; (base, weights)."""
    size = len(parts[0][0][0])
    means, deviations, target = moments(parts, size)
    matrix = [[0.0] * size for _ in range(size)]
    right = [0.0] * size
    for rows, targets, weight in parts:
        for row, value in zip(rows, targets):
            scaled = [(x - m) / d for x, m, d in zip(row, means, deviations)]
            for i, x in enumerate(scaled):
                factor = weight * x
                right[i] += factor * (value - target)
                line = matrix[i]
                for k in range(i, size):
                    line[k] += factor * scaled[k]
    for i in range(size):
        matrix[i][i] += RIDGE
        for k in range(i):
            matrix[i][k] = matrix[k][i]
    weights = [w / d for w, d in zip(solve(matrix, right), deviations)]
    return target - sum(w * m for w, m in zip(weights, means)), weights


def collect(data, score, program):
    parts = []
    for name, weight in SETS.items():
        articles = splits.load(data, name, train=True)
        names, dumped = dump(program, articles)
        for article, sentences in zip(articles, dumped):
            sentences = sentences[:SENTENCES_MAX]
            if sentences:
                rows = [sentence["features"] for sentence in sentences]
                targets = shares(score, sentences, article["summary"])
                parts.append((rows, targets, weight * ARTICLE / len(sentences)))
    return names, parts


def write(names, base, weights, articles):
    table = "".join(f"    [FEATURE_{name}] = {weight:.6f},\n"
                    for name, weight in zip(names, weights))
    digest = hashlib.sha256(f"{base:.6f}\n{table}".encode()).hexdigest()
    with open(WEIGHTS, "w", encoding="utf8") as out:
        out.write(f"""/* Weights of the salience scorer, written by train/train.py from {articles} articles; see
 * MODEL.md. Do not edit: train. */
#ifndef SUMMARISE_MODEL_WEIGHTS_H
#define SUMMARISE_MODEL_WEIGHTS_H

#include "summarise/features.h"

/* The first 12 digits of the SHA-256 of the base and the table's lines. */
#define WEIGHTS_ID "extractive-linear-{digest[:12]}"

/* What a sentence without any feature is worth. */
static const double weights_base = {base:.6f};

/* clang-format off */
static const double weights[FEATURES_COUNT] = {{
{table}}};
/* clang-format on */

#endif
""")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", default=os.path.join(ROOT, "../shared/data"))
    data = arguments.parse_args().data
    score = load_score(data)
    with tempfile.TemporaryDirectory() as folder:
        names, parts = collect(data, score, build_dump(folder))
    base, weights = fit(parts)
    write(names, base, weights, len(parts))
    for name, weight in zip(names, weights):
        print(f"{weight:9.4f}  {name}")


if __name__ == "__main__":
    main()
