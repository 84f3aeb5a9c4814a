"""What the clean stage says of the pages of sites that its models have not seen.

Five times over, the trainer grows the models without a fifth of the sites, make links the
stage with them, and the stage is asked for the pages of that fifth alone. All lies under
build/folds; models are grown again when the code or the trainer has changed.
"""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("BUILD", os.environ.get("NUTGRAF_BUILD", "build"))
import score_clean as sc  # noqa: E402

TRAIN = sc.ROOT / "services/clean/train"
HOME = sc.BUILD / "folds"
sys.path.append(str(TRAIN))
import sets  # noqa: E402


def digest():
    """Of all that the models come from."""
    known = hashlib.sha1()
    for path in sorted(TRAIN.parent.rglob("*")):
        if path.suffix in (".c", ".h", ".inc", ".py", ".txt") and path.parent.name != "model":
            known.update(path.read_bytes())
    return known.hexdigest()


def grow():
    mark = HOME / "digest"
    if mark.exists() and mark.read_text() == digest():
        return
    print("growing models without each fold of the sites: some minutes", file=sys.stderr)
    subprocess.run([TRAIN / "train.py", "--data", sc.DATA.parent, "--folds", HOME, "--dry"],
                   check=True, stdout=sys.stderr)
    mark.write_text(digest())


def build():
    grow()
    subprocess.run(["make", "-s", f"BUILD={os.environ['BUILD']}", "folds"], cwd=sc.ROOT,
                   check=True)


def ask(records, submissions):
    """The answers, in the order of the records, each by the stage that knows no such site."""
    answers = {}
    for fold in range(sets.FOLDS):
        mine = [json.dumps(given) + "\n" for record, given in zip(records, submissions)
                if sets.fold_of(record) == fold]
        done = subprocess.run([HOME / str(fold) / "nutgraf-clean", "--filter"], check=True,
                              input="".join(mine), text=True, stdout=subprocess.PIPE)
        answers |= {x["id"]: x for x in map(json.loads, done.stdout.splitlines())}
    return [answers[record["id"]] for record in records]


def pages(name):
    folder = sc.pages_of(name)
    records = sc.truth_of(name)
    return ask(records, [
        {"id": x["id"], "html_base64": base64.b64encode(sc.page_bytes(folder, x["id"])).decode()}
        | ({"url": x["url"]} if str(x.get("url")).startswith("http") else {}) for x in records])


def lines(name, region):
    texts = sc.read_jsonl(sc.DATA / "lines" / f"{name}.jsonl.gz")
    cut = [x["region"] if region else (0, len(x["lines"])) for x in texts]
    return ask(texts,
               [{"id": x["id"], "text": "\n".join(x["lines"][a:b])}
                for x, (a, b) in zip(texts, cut)])


def other_dates(name, predictions):
    """What was found, where it is not the date of the truth."""
    truth = {x["id"]: x["date"] for x in sc.truth_of(name) if x.get("date")}
    return {x["id"]: (truth[x["id"]], (x["date"] or "")[:10]) for x in predictions
            if x["id"] in truth and (x["date"] or "")[:10] != truth[x["id"]]}


def score_pages(name):
    answers = pages(name)
    predictions = [sc.prediction_of(x) for x in answers]
    found = sc.ask_scorer("score.py", sc.truth_of(name), predictions, "--boot", "1")
    return found | {"faults": sum("fault" in x for x in answers),
                    "other_dates": other_dates(name, predictions)}


def score_lines(name, region):
    truth = sc.read_jsonl(sc.DATA / "lines" / f"{name}.jsonl.gz")
    return sc.ask_scorer("score_lines.py", truth, map(sc.prediction_of, lines(name, region)),
                         *(["--region"] if region else []))


def main():
    """Scores alone, in a minute: for work on the stage."""
    build()
    for name in sc.SETS:
        found = score_pages(name)
        print(name, " ".join(f"{k} {found[k]:.4f}" for k in
                             ("shingle_f1", "shingle_p", "shingle_r", "snip_f1", "title",
                              "authors", "date") if k in found), "faults", found["faults"])
    for name in sc.LINE_SETS:
        for region in (True, False):
            found = score_lines(name, region)
            print(name, "region" if region else "whole",
                  " ".join(f"{k} {found[k]:.4f}" for k in ("F1", "P", "R", "exact")))


if __name__ == "__main__":
    main()
