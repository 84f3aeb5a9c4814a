#!/usr/bin/python3
"""Measures summarise on articles that its weights were not trained on.

    make && tests/bench/score_summarise.py [--data ../shared/data]

Runs build/bin/nutgraf-summarise --filter on the measuring side of each set (train/splits.py),
scores with the data's own score.py against Lead-3 of the same sentence splitter, and checks
offsets and budgets of every article. The last line is "BENCH summarise key=value ...".
"""
import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "build/bin/nutgraf-summarise")
TAG = os.path.join(ROOT, "build/bin/nutgraf-tag")
MODELS = ("fast", "accurate")
SETS = ("cnndm_train", "cnndm_val", "inshorts", "bbc", "fakenewsnet_real", "digitalgov")
MEASURES = ("rouge1", "rouge2", "rougeLsum")
BUDGETS = ({}, {"sentences": 1}, {"sentences": 4}, {"words": 60}, {"words": 7}, {"words": 1},
           {"characters": 280}, {"characters": 25}, {"characters": 1},
           {"words": 1, "characters": 280}, {"words": 2, "characters": 20},
           {"sentences": 2, "words": 40, "characters": 200})


def load_module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


splits = load_module("splits", f"{ROOT}/services/summarise/train/splits.py")


def lines_of(articles, options=None):
    """As clean hands them on."""
    for article in articles:
        item = {"id": article["id"], "clean": {"text": splits.text_of(article),
                                               "title": article.get("title")}}
        if options:
            item["options"] = {"summarise": options}
        yield json.dumps(item, ensure_ascii=False) + "\n"


def filtered(program, lines, model):
    """The lines that it answers, and the seconds that took."""
    start = time.perf_counter()
    done = subprocess.run([program, "--filter"], input="".join(lines), capture_output=True,
                          text=True, check=True,
                          env={**os.environ, "NUTGRAF_SUMMARISE_MODEL": model})
    return done.stdout.splitlines(keepends=True), time.perf_counter() - start


def tagged(articles):
    """The same with what the encoder of tag says of the sentences, as dicts."""
    for line in filtered(TAG, lines_of(articles), "")[0]:
        article = json.loads(line)
        assert "salience" in article, article["id"]
        yield {key: article[key] for key in ("id", "clean", "salience", "entities")}


def answers(lines, model):
    """What comes out for the lines, in order."""
    out = [json.loads(line) for line in filtered(PROGRAM, lines, model)[0]]
    assert len(out) == len(lines), f"{len(lines)} lines in, {len(out)} out"
    for article in out:
        assert "fault" not in article, article
    return out


def summarise(articles, options=None, model="fast"):
    """The articles through the filter, in order."""
    return answers(list(lines_of(articles, options)), model)


def lead(score, article, count=3):
    """The first sentences of five words or more, as score.py splits them."""
    sentences = (s for p in article["article"] for s in score.split_sentences(p))
    return [s for s in sentences if len(score._TOK.findall(s.lower())) >= 5][:count]


def wrong_offsets(out):
    wrong = 0
    for article in out:
        text = article["clean"]["text"]
        for sentence in article["summary"]["sentences"]:
            edges = [sentence["start"], *(edge for cut in sentence["deleted"]
                                          for edge in (cut["start"], cut["end"])), sentence["end"]]
            left = "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2]))
            wrong += left != sentence["text"] or edges != sorted(edges)
    return wrong


def over_budget(article, options):
    texts = [s["text"] for s in article["summary"]["sentences"]]
    sizes = {"sentences": len(texts), "words": sum(len(t.split()) for t in texts),
             "characters": len(" ".join(texts))}
    is_empty = bool(article["clean"]["text"].strip()) and not texts
    return is_empty or any(sizes[key] > most for key, most in options.items())


def check_budgets(articles, model):
    """(summaries asked for, over budget or empty, wrong offsets): each article, a dict with
    `clean`, under each budget, with cuts and without."""
    asked = over = wrong = 0
    for budget in BUDGETS:
        for cuts in (False, True):
            options = {"summarise": {**budget, "compress": cuts}}
            out = answers([json.dumps({**a, "options": options}) + "\n" for a in articles], model)
            asked += len(out)
            over += sum(over_budget(article, budget) for article in out)
            wrong += wrong_offsets(out)
    return asked, over, wrong


def score_set(score, name, data):
    articles = splits.load(data, name, train=False)
    found = {model: summarise(articles, model=model) for model in MODELS}
    summaries = {"lead-3": [lead(score, a) for a in articles], **{
        model: [[s["text"] for s in o["summary"]["sentences"]] for o in out]
        for model, out in found.items()}}
    rows = {system: [score.score_pair(s, score.as_sentences(a["summary"]))
                     for s, a in zip(made, articles)] for system, made in summaries.items()}
    bare = [json.loads(line) for line in lines_of(articles)]
    checked = [check_budgets(bare, "fast")]
    return {"articles": len(articles), "rows": rows,
            "asked": sum(c[0] for c in checked) + len(MODELS) * len(articles),
            "over": sum(c[1] for c in checked),
            "wrong": sum(c[2] for c in checked) + sum(wrong_offsets(o) for o in found.values())}


def differences(score, values, system, other):
    for measure in MEASURES:
        paired = [a - b for a, b in zip(values[system][measure], values[other][measure])]
        low, high = score.bootstrap(paired)
        print(f"{'':17}{system} over {other} {measure:10}{sum(paired) / len(paired):+.2f} "
              f"[{low:+.2f}, {high:+.2f}]", flush=True)
        yield sum(paired) / len(paired)


def print_set(score, name, result):
    """{system: its gains in MEASURES over the lead}"""
    values = {system: {m: [100 * row[m][2] for row in rows] for m in MEASURES}
              for system, rows in result["rows"].items()}
    for system, by_measure in values.items():
        means = "  ".join(f"{m} {sum(v) / len(v):5.2f}" for m, v in by_measure.items())
        print(f"{name:17}{system:9}{means}  articles {result['articles']}")
    list(differences(score, values, "accurate", "fast"))
    print(f"{'':17}{result['wrong']} wrong offsets, {result['over']} over budget or empty "
          f"in {result['asked']} summaries", flush=True)
    return {model: list(differences(score, values, model, "lead-3")) for model in MODELS}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", default=os.environ.get(
        "DATA", os.path.join(ROOT, "../shared/data")))
    data = arguments.parse_args().data
    if not os.path.exists(PROGRAM):
        sys.exit(f"{PROGRAM} is missing: make first")
    score = load_module("score", f"{data}/summ/score.py")
    total = {"asked": 0, "over": 0, "wrong": 0}
    parts = []
    for name in SETS:
        result = score_set(score, name, data)
        for key in total:
            total[key] += result[key]
        for model, gains in print_set(score, name, result).items():
            parts.append(f"{name}_{model}_r1_over_lead={gains[0]:+.2f}")
    print(f"BENCH summarise {' '.join(parts)} summaries={total['asked']} "
          f"wrong_offsets={total['wrong']} over_budget={total['over']}")
    return 1 if total["wrong"] or total["over"] else 0


if __name__ == "__main__":
    sys.exit(main())
