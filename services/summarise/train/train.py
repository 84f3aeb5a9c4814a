#!/usr/bin/python3
"""Trains the weights of the salience scorer and writes model/weights.h.

    make && services/summarise/train/train.py [--data ../shared/data]

Features come from the C code itself (dump.c is compiled against the modules that serve).
The target of an article is its greedy oracle: the up to three sentences that together
reach the highest ROUGE-1 + ROUGE-2 F1 against the reference. One softmax over the sentences
of each article is fitted to it (Adam, fixed seed: the same data gives the same weights).
Nothing of the texts is kept: one weight a feature.
"""
import argparse
import glob
import hashlib
import importlib.util
import json
import math
import os
import random
import subprocess
import tempfile

import splits

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
WEIGHTS = os.path.join(ROOT, "services/summarise/model/weights.h")
# What an article of each set counts. CNN/DM has no titles: the others teach their worth.
SETS = {"cnndm_train": 1.0, "cnndm_val": 1.0, "inshorts": 0.5, "fakenewsnet_real": 0.5}
SENTENCES_MAX = 80  # of an article
ORACLE_SENTENCES = 3
EPOCHS = 30
BATCH = 16
STEP = 0.05
DECAY = 1e-3  # of the weights


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


def oracle(score, sentences, reference):
    """The share of the target of each sentence: 1/n for the n picked ones, else 0."""
    ref = [token for sentence in score.as_sentences(reference)
           for token in score.tokens(sentence)]
    tokens = [score.tokens(sentence["text"]) for sentence in sentences]
    picked, best = [], 0.0
    while len(picked) < ORACLE_SENTENCES:
        found = None
        for i in range(len(tokens)):
            if i not in picked:
                text = [t for k in sorted([*picked, i]) for t in tokens[k]]
                value = sum(score.rouge_n(text, ref, n)[2] for n in (1, 2))
                if value > best:
                    best, found = value, i
        if found is None:
            break
        picked.append(found)
    return [float(i in picked) / max(1, len(picked)) for i in range(len(tokens))]


def standardise(parts):
    """Takes mean and deviation of each column over all sentences: (parts, deviations)."""
    rows = [row for part_rows, _, _ in parts for row in part_rows]
    means = [sum(column) / len(rows) for column in zip(*rows)]
    deviations = [max(1e-3, math.sqrt(sum((v - mean) ** 2 for v in column) / len(rows)))
                  for column, mean in zip(zip(*rows), means)]
    scaled = [([[(v - m) / d for v, m, d in zip(row, means, deviations)] for row in part_rows],
               targets, weight) for part_rows, targets, weight in parts]
    return scaled, deviations


def add_gradient(gradient, weights, part):
    rows, targets, weight = part
    values = [sum(a * b for a, b in zip(row, weights)) for row in rows]
    top = max(values)
    shares = [math.exp(value - top) for value in values]
    total = sum(shares)
    for row, share, target in zip(rows, shares, targets):
        miss = weight * (share / total - target) / BATCH
        if abs(miss) > 1e-6:
            for k, value in enumerate(row):
                gradient[k] += miss * value


def fit(parts):
    """parts: (rows of features, targets, weight) of each article; returns the weights."""
    parts, deviations = standardise(parts)
    size = len(deviations)
    weights, first, second, steps = [0.0] * size, [0.0] * size, [0.0] * size, 0
    rng = random.Random(1)
    for epoch in range(EPOCHS):
        rng.shuffle(parts)
        step = STEP * (1 - epoch / EPOCHS)
        for at in range(0, len(parts), BATCH):
            gradient = [DECAY * weight for weight in weights]
            for part in parts[at:at + BATCH]:
                add_gradient(gradient, weights, part)
            steps += 1
            for k, slope in enumerate(gradient):
                first[k] = 0.9 * first[k] + 0.1 * slope
                second[k] = 0.99 * second[k] + 0.01 * slope * slope
                weights[k] -= (step * first[k] / (1 - 0.9 ** steps) /
                               (math.sqrt(second[k] / (1 - 0.99 ** steps)) + 1e-8))
    return [weight / deviation for weight, deviation in zip(weights, deviations)]


def collect(data, score, program):
    parts = []
    for name, weight in SETS.items():
        articles = splits.load(data, name, train=True)
        names, dumped = dump(program, articles)
        for article, sentences in zip(articles, dumped):
            sentences = sentences[:SENTENCES_MAX]
            if len(sentences) >= 4:
                rows = [sentence["features"] for sentence in sentences]
                target = oracle(score, sentences, article["summary"])
                parts.append((rows, target, weight))
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
