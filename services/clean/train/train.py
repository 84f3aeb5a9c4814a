#!/usr/bin/python3
"""Grows the models of `clean`: a forest that tells the blocks of a page that are the article
from what stands around them, and those that tell the lines of a scraped text: one of words and
two forests.

    make && services/clean/train/train.py [--data ../shared/data] [--only pages|lines]
                                          [--check] [--folds DIR] [--dry]

Reads DATA/clean, measures blocks and lines with the C code that serves, and writes
../model/*.h, grown on all sites. --check cross-validates by site first and
prints what the models do on sites that they did not see. --folds also writes each fold's
models, grown without its sites, to DIR/FOLD/clean/model, for tests/bench/score_clean.py.
--dry writes no model that ships. The first run installs requirements.txt into
build/cache/train. The same data gives the same files.
"""
import argparse
import functools
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


@functools.cache
def compile_dump():
    subprocess.run(["make", "-s", "build/train/clean_dump"], cwd=ROOT, check=True)
    return ROOT / "build/train/clean_dump"


def measure(kind, given, number=None):
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
        return answers, numpy.fromfile(folder / "columns", dtype=number or numpy.float32)


def unseen(module, table, folder):
    """Each row's log odds by models that did not see its site."""
    import numpy
    import sets
    odds = numpy.zeros(len(table.label))
    for fold in range(sets.FOLDS):
        models, mine = module.grow(table, measure, fold)
        odds[table.fold == fold] = mine
        if folder is not None:
            write(folder / str(fold) / "clean/model", models)
    return odds


def write(folder, models):
    for name, (writer, model) in models.items():
        writer.write(folder / f"{name}.h", name, model)


def train(name, args):
    module = importlib.import_module(name)
    table, pages = module.load(args.data / "clean", measure, CACHE / "clean")
    print(f"{name}: {len(pages)} texts, {len(table.label)} rows of {table.x.shape[1]} columns",
          flush=True)
    if args.check or args.folds:
        odds = unseen(module, table, args.folds)
        for bar in (-0.4, STAYS, 0.4):
            module.report(f"{name}, unseen sites, kept over {bar:4.1f}", table, pages,
                          odds > bar)
    if not args.dry:
        write(CLEAN / "model", module.grow(table, measure, None)[0])


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
