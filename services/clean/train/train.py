#!/usr/bin/python3
"""Grows the forest that tells the lines of a scraped article from what stands around them.

    make && services/clean/train/train.py [--data ../shared/data] [--sites tune|all] [--quick|--dry]

Needs python3-sklearn (Debian). Reads DATA/clean/lines, measures the traits of every line with
the C code that serves, cross-validates by site and writes ../model/lines.h. The same data
gives the same file.
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLEAN = ROOT / "services/clean"
MODULES = ("rows", "rows_rules", "traits", "path", "phrases", "dates", "names", "measure",
           "buffer")
# A page of the set counts so much: news is what the stage is for.
SETS = {"fundus-dev": 6.0, "wcxb-dev": 1.0, "readability": 0.5}
# News can be short: each page comes cut to so many lines of body as well, at this weight.
SHORT_LINES = (1, 2, 3, 4, 6, 9)
SHORT_WEIGHT = 0.3
FOLDS = 5
GROWTH = {"max_iter": 120, "learning_rate": 0.1, "max_leaf_nodes": 16, "min_samples_leaf": 40,
          "l2_regularization": 5.0, "early_stopping": False, "random_state": 1}


def read_jsonl(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(
            path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def site_of(record):
    host = re.match(r"https?://(?:www\.)?([^/]+)", record.get("url") or "")
    return host.group(1) if host else record["id"].split("_")[0]


def hash_of(site):
    return hashlib.sha1(site.encode()).digest()


def compile_dump(folder):
    flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "jansson", "icu-uc",
                                     "icu-i18n"], text=True).split()
    sources = [CLEAN / f"{name}.c" for name in MODULES]
    program = folder / "dump"
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-I", ROOT, "-I",
                    ROOT / "services", CLEAN / "train/dump.c", *sources,
                    ROOT / "services/text/utf8.c", ROOT / "proto/fault.c", "-o", program,
                    *flags, "-lm"], check=True)
    return program


def words_of(text):
    return [word.lower() for word in re.findall(r"\w+", text)]


def shorter(lines, labels, low, high, count):
    """The region with its first `count` body lines alone, and with no more than those."""
    body = [k for k in range(low, high) if labels[k] == 1]
    if len(body) <= count:
        return
    cut, end = body[count - 1] + 1, body[-1] + 1
    yield lines[low:cut] + lines[end:high], labels[low:cut] + labels[end:high]
    yield lines[low:cut], labels[low:cut]
    yield lines[body[0]:cut], labels[body[0]:cut]


def examples_of(data, sites):
    """Texts, each (site, weight, lines, labels): whole pages and their regions."""
    texts = []
    for name, weight in SETS.items():
        truth = data / name / "truth.jsonl"
        truth = truth if truth.exists() else truth.with_suffix(".jsonl.gz")
        titles = {x["id"]: words_of(x.get("title") or "") for x in read_jsonl(truth)}
        for page in read_jsonl(data / "lines" / f"{name}.jsonl.gz"):
            site = site_of(page)
            if sites == "tune" and hash_of(site)[0] % 2:
                continue
            title = titles.get(page["id"])
            labels = [0 if y < 0 and title and words_of(line) == title else y
                      for line, y in zip(page["lines"], page["labels"])]
            low, high = page["region"]
            for a, b in ((0, len(labels)), (low, high)):
                texts.append((site, weight, page["lines"][a:b], labels[a:b], name))
            count = SHORT_LINES[hash_of(page["id"])[2] % len(SHORT_LINES)]
            texts += [(site, weight * SHORT_WEIGHT, *part, "short")
                      for part in shorter(page["lines"], labels, low, high, count)]
    return texts


def table_of(texts, program):
    """Traits, labels, weights and text numbers of all lines that the dump cut as we did."""
    given = "".join(json.dumps("\n".join(lines)) + "\n" for _, _, lines, _, _ in texts)
    out = subprocess.run([program], input=given, capture_output=True, text=True, check=True)
    x, y, w, t = [], [], [], []
    for number, (text, answer) in enumerate(zip(texts, out.stdout.splitlines())):
        _, weight, lines, labels, _ = text
        rows = json.loads(answer)
        kept = [k for k, line in enumerate(lines) if line.split()]
        if len(kept) != len(rows):
            continue
        scored = max(1, sum(labels[k] >= 0 for k in kept))
        for k, row in zip(kept, rows):
            x.append(row[1:])
            y.append(labels[k])
            w.append(weight / scored ** 0.7)
            t.append(number)
    return (numpy.array(x, dtype=numpy.float32), numpy.array(y),
            numpy.array(w) / numpy.mean(w), numpy.array(t))


def grow(x, y, w):
    known = y >= 0
    model = HistGradientBoostingClassifier(**GROWTH)
    return model.fit(x[known], y[known], sample_weight=w[known])


def chances_of(model, x):
    return 1 / (1 + numpy.exp(-model.decision_function(x)))


def held_out(x, y, w, folds):
    """Each line's chance by a model that did not see its site."""
    chances = numpy.zeros(len(y))
    for fold in range(FOLDS):
        chances[folds == fold] = chances_of(grow(x[folds != fold], y[folds != fold],
                                                 w[folds != fold]), x[folds == fold])
    return chances


def f1_of(keep, truth):
    hit = int((keep & truth).sum())
    return 2 * hit / (int(keep.sum()) + int(truth.sum())) if hit else 0.0


def report(label, texts, y, t, keep):
    """Mean F1 of the pages by set, whole and region."""
    for name in SETS:
        mine = [k for k, text in enumerate(texts) if text[4] == name]
        for kind in (0, 1):
            scores, exact = [], 0
            for number in mine[kind::2]:
                known = (t == number) & (y >= 0)
                if known.any():
                    scores.append(f1_of(keep[known], y[known] == 1))
                    exact += bool((keep[known] == (y[known] == 1)).all())
            print(f"{label} {name}.{('whole', 'region')[kind]:<7} pages {len(scores):4d} "
                  f"F1 {numpy.mean(scores):.3f} exact {exact / len(scores):.3f}")


def nodes_of(predictor, start):
    """A tree's nodes, breadth first, children side by side."""
    queue, out = [0], []
    for index in queue:
        node = predictor.nodes[index]
        if node["is_leaf"]:
            out.append((0, 0, float(node["value"])))
        else:
            out.append((int(node["feature_idx"]), start + len(queue),
                        float(node["num_threshold"])))
            queue += [int(node["left"]), int(node["right"])]
    return out


def float_text(value):
    text = repr(float(numpy.float32(value)))
    return text + ("" if "." in text or "e" in text else ".0") + "F"


def forest_text(name, model):
    nodes, roots = [], []
    for (predictor,) in model._predictors:
        roots.append(len(nodes))
        nodes += nodes_of(predictor, len(nodes))
    assert len(nodes) < 65536
    base = float(model._baseline_prediction.ravel()[0])
    cells = [f"{{{a}, {b}, {float_text(c)}}}," for a, b, c in nodes]
    rows = "\n".join(" ".join(cells[i:i + 4]) for i in range(0, len(cells), 4))
    starts = "\n".join(" ".join(f"{r}," for r in roots[i:i + 16])
                       for i in range(0, len(roots), 16))
    return (f"static const forest_node_t {name}_nodes[] = {{\n{rows}\n}};\n"
            f"static const uint16_t {name}_roots[] = {{\n{starts}\n}};\n"
            f"static const forest_t {name}_forest = {{{name}_nodes, {name}_roots, {len(roots)}, "
            f"{float_text(base)}}};\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    parser.add_argument("--sites", choices=("tune", "all"), default="tune")
    parser.add_argument("--quick", action="store_true", help="do not cross-validate")
    parser.add_argument("--dry", action="store_true", help="measure, write nothing")
    args = parser.parse_args()
    texts = examples_of(args.data / "clean", args.sites)
    with tempfile.TemporaryDirectory() as folder:
        x, y, w, t = table_of(texts, compile_dump(pathlib.Path(folder)))
    folds = numpy.array([hash_of(texts[k][0])[1] % FOLDS for k in t])
    print(f"{len(texts)} texts, {len(y)} lines, {x.shape[1]} traits", flush=True)
    if not args.quick:
        chances = held_out(x, y, w, folds)
        for bar in (0.4, 0.5, 0.6):
            report(f"bar {bar}", texts, y, t, chances > bar)
    if not args.dry:
        body = forest_text("lines", grow(x, y, w))
        mark = hashlib.sha256(body.encode()).hexdigest()[:12]
        (CLEAN / "model/lines.h").write_text(
            f"/* Written by train/train.py, see MODEL.md; lines-forest-{mark}. Do not edit: train. */\n"
            f"#ifndef CLEAN_MODEL_LINES_H\n#define CLEAN_MODEL_LINES_H\n\n"
            f'#include "clean/forest.h"\n\n/* clang-format off */\n{body}/* clang-format on */\n\n'
            f"#endif\n")


if __name__ == "__main__":
    main()
