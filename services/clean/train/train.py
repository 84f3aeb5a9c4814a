#!/usr/bin/python3
"""Grows the two forests of `clean`: one tells the blocks of a page, one the lines of a scraped
text, that are the article from what stands around them.

    make && services/clean/train/train.py [--data ../shared/data] [--only pages|lines]
                                          [--check] [--folds DIR] [--dry]

Reads DATA/clean, measures blocks and lines with the C code that serves, and writes
../model/pages.h and lines.h, grown on all sites. --check cross-validates by site first and
prints what the models do on sites that they did not see. --folds also writes each fold's
models, grown without its sites, to DIR/FOLD/clean/model, for tests/bench/score_clean.py.
--dry writes no model that ships. The first run installs requirements.txt into
build/cache/train. The same data gives the same files.
"""
import argparse
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLEAN = ROOT / "services/clean"
CACHE = ROOT / "build/cache"
GROWTH = {"objective": "binary", "learning_rate": 0.12, "num_leaves": 20, "max_bin": 63,
          "min_data_in_leaf": 40, "lambda_l2": 8, "feature_fraction": 0.4,
          "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "deterministic": True,
          "verbose": -1, "seed": 1}
STAYS = 0.0  # log odds that a block or line must have to be kept


def own_python():
    """Goes on in a virtual environment that has what requirements.txt names."""
    home = CACHE / "train"
    python = home / "bin/python"
    wanted = (CLEAN / "train/requirements.txt").read_text()
    stamp = home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "--disable-pip-version-check",
                        "-r", CLEAN / "train/requirements.txt"], check=True)
        stamp.write_text(wanted)
    if pathlib.Path(sys.prefix) != home:
        os.execv(python, [python, __file__, *sys.argv[1:]])


def compile_dump():
    subprocess.run(["make", "-s", "build/train/clean_dump"], cwd=ROOT, check=True)
    return ROOT / "build/train/clean_dump"


def measure(kind, given):
    """What the dump answers for each line given, and the columns of all."""
    import numpy
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = compile_dump()
        with open(folder / "in", "w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(item) + "\n" for item in given)
        with open(folder / "in", "rb") as source, open(folder / "out", "wb") as out:
            subprocess.run([program, kind, folder / "columns"], stdin=source, stdout=out,
                           check=True)
        answers = [json.loads(line) for line in open(folder / "out", encoding="utf-8")]
        return answers, numpy.fromfile(folder / "columns", dtype=numpy.float32)


def sample(table, share):
    """Rows to grow on and their weights: of each only a share, and so much heavier."""
    import numpy
    chosen = (table.weight > 0) & (numpy.random.RandomState(1).rand(len(share)) < share)
    rows = numpy.flatnonzero(chosen & ~numpy.isnan(table.label))
    return rows, table.weight[rows] / share[rows]


def grow(table, rows, weights, trees):
    import lightgbm
    data = lightgbm.Dataset(table.x[rows], table.label[rows], weight=weights)
    return lightgbm.train(GROWTH, data, trees)


def unseen(table, share, trees, folds):
    """Each row's log odds by a model that did not see its site."""
    import forest_text
    import numpy
    rows, weights = sample(table, share)
    odds = numpy.zeros(len(table.label))
    for fold in range(numpy.max(table.fold) + 1):
        others = table.fold[rows] != fold
        model = grow(table, rows[others], weights[others], trees)
        mine = table.fold == fold
        odds[mine] = model.predict(table.x[mine], raw_score=True)
        if folds is not None:
            folder, name = folds
            forest_text.write(folder / str(fold) / "clean/model" / f"{name}.h", name, model)
    return odds


def train(name, args):
    import forest_text
    module = importlib.import_module(name)
    table, pages = module.load(args.data / "clean", measure, CACHE / "clean")
    share = module.shares(table)
    print(f"{name}: {len(pages)} texts, {len(table.label)} rows of {table.x.shape[1]} columns, "
          f"{len(sample(table, share)[0])} to grow on", flush=True)
    if args.check or args.folds:
        odds = unseen(table, share, module.TREES, args.folds and (args.folds, name))
        for bar in (-0.4, STAYS, 0.4):
            module.report(f"{name}, unseen sites, kept over {bar:4.1f}", table, pages,
                          odds > bar)
    if not args.dry:
        forest_text.write(CLEAN / f"model/{name}.h", name,
                          grow(table, *sample(table, share), module.TREES))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    parser.add_argument("--only", choices=("pages", "lines"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folds", type=pathlib.Path)
    parser.add_argument("--dry", action="store_true")
    args = parser.parse_args()
    own_python()
    sys.path.append(str(args.data / "clean"))  # its scorer
    for name in (args.only,) if args.only else ("pages", "lines"):
        train(name, args)


if __name__ == "__main__":
    main()
