#!/usr/bin/python3
"""Score the clean stage on the dev pages and lines, and time it on one core.

    tests/bench/score_clean.py [--part tune|check] [--set NAME] [--keep DIR]

Reads DATA/clean (DATA from the environment, by default ../shared/data beside the checkout)
and runs build/bin/nutgraf-clean --filter (BUILD from the environment). --part takes the
sites that rules are tuned on, or the others; without it, all. --keep writes inputs and
answers to a folder. The last line is `BENCH clean key=value ...`.

The models that ship were trained on all of these sites: bodies and lines score too well here,
and only a change for the worse says something. What unseen sites give is measured by
clean_folds.py, for make bench-clean, and stands in services/clean/model/MODEL.md.
"""
import argparse
import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("BUILD", "build")
DATA = pathlib.Path(os.environ.get("DATA", ROOT / "../shared/data")).resolve() / "clean"
CACHE = BUILD / "cache" / "clean"
SETS = ("fundus-dev", "wcxb-dev", "readability", "trafilatura")
LINE_SETS = ("fundus-dev", "wcxb-dev", "readability")


def read_jsonl(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def truth_of(name):
    path = DATA / name / "truth.jsonl"
    return read_jsonl(path if path.exists() else path.with_suffix(".jsonl.gz"))


def pages_of(name):
    """The folder of a set's pages; large sets are unpacked once."""
    archive = DATA / f"{name}.pages.tar.xz"
    if not archive.exists():
        return DATA / name / "pages"
    if not (CACHE / name / "pages").is_dir():
        with tarfile.open(archive) as tar:
            tar.extractall(CACHE)
    return CACHE / name / "pages"


def page_bytes(folder, page_id):
    for path in (folder / f"{page_id}.html", folder.parent / f"{page_id}.html"):
        if path.exists():
            return path.read_bytes()
    return gzip.decompress((folder / f"{page_id}.html.gz").read_bytes())


def is_in(part, record):
    """Splits by site, so that a rule made for one is not checked on it."""
    host = re.match(r"https?://(?:www\.)?([^/]+)", record.get("url") or "")
    site = host.group(1) if host else record["id"].split("_")[0]
    return part is None or (hashlib.sha1(site.encode()).digest()[0] % 2 == 0) == (part == "tune")


def run_filter(submissions, keep):
    """The articles, and the processor seconds that they took."""
    with tempfile.TemporaryDirectory() as folder:
        folder = keep or folder
        source, answers = pathlib.Path(folder, "in.jsonl"), pathlib.Path(folder, "out.jsonl")
        with open(source, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(item) + "\n" for item in submissions)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(source, "rb") as stdin, open(answers, "wb") as stdout:
            subprocess.run([BUILD / "bin/nutgraf-clean", "--filter"], stdin=stdin,
                           stdout=stdout, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return read_jsonl(answers), seconds


def prediction_of(article):
    clean = article.get("clean") or {}
    return {"id": article["id"], "body": clean.get("text") or "", "title": clean.get("title"),
            "authors": clean.get("byline"), "date": clean.get("published")}


def ask_scorer(script, truth, predictions, *options):
    with tempfile.TemporaryDirectory() as folder:
        truth_path, answer_path = pathlib.Path(folder, "truth.jsonl"), pathlib.Path(folder, "p")
        truth_path.write_text("".join(json.dumps(x) + "\n" for x in truth), encoding="utf-8")
        answer_path.write_text("".join(json.dumps(x) + "\n" for x in predictions),
                               encoding="utf-8")
        out = subprocess.run([sys.executable, DATA / script, truth_path, answer_path, "--json",
                              *options], check=True, capture_output=True, text=True)
        return json.loads(out.stdout)


def folder_for(keep, *names):
    if keep is None:
        return None
    folder = pathlib.Path(keep, "-".join(names))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def score_pages(name, part, keep):
    truth = [x for x in truth_of(name) if is_in(part, x)]
    folder = pages_of(name)
    submissions = [{"id": x["id"], "html_base64":
                    base64.b64encode(page_bytes(folder, x["id"])).decode()}
                   | ({"url": x["url"]} if str(x.get("url")).startswith("http") else {})
                   for x in truth]
    articles, seconds = run_filter(submissions, folder_for(keep, name))
    faults = sum("fault" in x for x in articles)
    found = ask_scorer("score.py", truth, map(prediction_of, articles), "--boot", "1")
    return found | {"seconds": seconds, "faults": faults}


def score_lines(name, part, keep, region):
    truth = [x for x in read_jsonl(DATA / "lines" / f"{name}.jsonl.gz") if is_in(part, x)]
    cut = [x["region"] if region else (0, len(x["lines"])) for x in truth]
    submissions = [{"id": x["id"], "text": "\n".join(x["lines"][a:b])}
                   for x, (a, b) in zip(truth, cut)]
    articles, seconds = run_filter(submissions, folder_for(keep, name, f"lines{region:d}"))
    found = ask_scorer("score_lines.py", truth, map(prediction_of, articles),
                       *(["--region"] if region else []))
    return found | {"seconds": seconds}


def show(label, found, keys):
    cells = "".join(f"{found[k]:9.3f}" if k in found else f"{'-':>9}" for k in keys)
    print(f"{label:<22}{found['pages']:6d}{cells}{found['pages'] / found['seconds']:9.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("tune", "check"))
    parser.add_argument("--set", choices=SETS)
    parser.add_argument("--keep")
    args = parser.parse_args()
    sets = [args.set] if args.set else SETS
    bench, pages, seconds = {}, 0, 0.0

    keys = ("shingle_f1", "shingle_p", "shingle_r", "bow_f1", "snip_f1", "title", "authors",
            "date")
    print(f"{'pages':<22}{'n':>6}{''.join(f'{k[:8]:>9}' for k in keys)}{'pages/s':>9}")
    for name in sets:
        found = score_pages(name, args.part, args.keep)
        show(name + (f" ({found['faults']} faults)" if found["faults"] else ""), found, keys)
        bench |= {f"{name}.{k}": found[k] for k in keys if k in found}
        pages, seconds = pages + found["pages"], seconds + found["seconds"]
    keys = ("F1", "P", "R", "charF1", "microF1", "exact")
    print(f"\n{'lines':<22}{'n':>6}{''.join(f'{k:>9}' for k in keys)}{'texts/s':>9}")
    for name in [x for x in sets if x in LINE_SETS]:
        for region in (False, True):
            found = score_lines(name, args.part, args.keep, region)
            label = f"{name}.{'region' if region else 'whole'}"
            show(label, found, keys)
            bench[f"{label}.F1"] = found["F1"]
    bench["pages_per_s"] = pages / seconds
    print("\nnote: the models have seen these sites; for unseen ones see model/MODEL.md")
    print("BENCH clean seen_sites=1 " + " ".join(f"{k}={v:.3f}" for k, v in bench.items()))


if __name__ == "__main__":
    main()
