#!/usr/bin/python3
"""Trains the weights of the salience scorer and writes model/weights.h.

    make && services/summarise/train/train.py [--data ../shared/data]

Features come from the C code itself (dump.c is compiled against the modules that serve).
The target of a sentence is its ROUGE-1 and ROUGE-2 F1 against the reference, as a share of
the best sentence of its article; a ridge regression within each article (its mean taken
off) fits them. Nothing of the texts is kept: one weight a feature.
"""
import argparse
import glob
import hashlib
import importlib.util
import json
import os
import subprocess
import tempfile

import splits

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
WEIGHTS = os.path.join(ROOT, "services/summarise/model/weights.h")
# What an article of each set counts, and which columns its reference can teach: only sets
# whose articles have titles say what a title is worth, only CNN/DM has usual highlights.
SETS = {"cnndm_train": 1.0, "cnndm_val": 1.0, "inshorts": 0.5, "fakenewsnet_real": 0.5}
RIDGE = 3.0
SENTENCES_MAX = 80  # of an article


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


def gains(score, sentences, reference):
    ref = [token for sentence in score.as_sentences(reference)
           for token in score.tokens(sentence)]
    out = []
    for sentence in sentences:
        tokens = score.tokens(sentence["text"])
        out.append(score.rouge_n(tokens, ref, 1)[2] + score.rouge_n(tokens, ref, 2)[2])
    best = max(out) or 1.0
    return [gain / best for gain in out]


def add_article(system, sentences, targets, weight):
    """Adds one article to the normal equations, its means taken off."""
    matrix, right = system
    size = len(right)
    count = len(sentences)
    means = [sum(s["features"][k] for s in sentences) / count for k in range(size)]
    target_mean = sum(targets) / count
    for sentence, target in zip(sentences, targets):
        row = [value - mean for value, mean in zip(sentence["features"], means)]
        used = [k for k in range(size) if row[k]]
        for i in used:
            scaled = row[i] * weight
            right[i] += scaled * (target - target_mean)
            line = matrix[i]
            for k in used:
                line[k] += scaled * row[k]


def solve(matrix, right):
    """Gauss with pivoting, in place."""
    size = len(right)
    for column in range(size):
        pivot = max(range(column, size), key=lambda r: abs(matrix[r][column]))
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, size):
            factor = matrix[row][column] / matrix[column][column]
            if factor:
                for k in range(column, size):
                    matrix[row][k] -= factor * matrix[column][k]
                right[row] -= factor * right[column]
    out = [0.0] * size
    for row in reversed(range(size)):
        known = sum(matrix[row][k] * out[k] for k in range(row + 1, size))
        out[row] = (right[row] - known) / matrix[row][row]
    return out


def fit(parts):
    """parts: (sentences, targets, weight) of each article."""
    size = len(parts[0][0][0]["features"])
    matrix = [[RIDGE if i == k else 0.0 for k in range(size)] for i in range(size)]
    right = [0.0] * size
    for sentences, targets, weight in parts:
        add_article((matrix, right), sentences, targets, weight)
    return solve(matrix, right)


def collect(data, score, program):
    parts = []
    for name, weight in SETS.items():
        articles = splits.load(data, name, train=True)
        names, rows = dump(program, articles)
        for article, sentences in zip(articles, rows):
            sentences = sentences[:SENTENCES_MAX]
            if len(sentences) >= 4:
                parts.append((sentences, gains(score, sentences, article["summary"]),
                              weight))
    return names, parts


def write(names, weights, articles):
    table = "".join(f"    [FEATURE_{name}] = {weight:.6f},\n"
                    for name, weight in zip(names, weights))
    digest = hashlib.sha256(table.encode()).hexdigest()
    with open(WEIGHTS, "w", encoding="utf8") as out:
        out.write(f"""/* Weights of the salience scorer, written by train/train.py from {articles} articles; see
 * MODEL.md. Do not edit: train. */
#ifndef SUMMARISE_MODEL_WEIGHTS_H
#define SUMMARISE_MODEL_WEIGHTS_H

#include "summarise/features.h"

/* The first 12 digits of the SHA-256 of the table's lines. */
#define WEIGHTS_ID "extractive-linear-{digest[:12]}"

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
    weights = fit(parts)
    write(names, weights, len(parts))
    for name, weight in zip(names, weights):
        print(f"{weight:9.4f}  {name}")


if __name__ == "__main__":
    main()
