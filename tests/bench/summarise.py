#!/usr/bin/python3
"""summarise beside what people install today, on articles that its weights were not trained on.

    make bench-summarise                 all of it; some minutes
    SETS=cnndm,inshorts ARTICLES=100 make bench-summarise     less of it

ROUGE F1 by the data's own score.py (Porter stemming), with 95 % bootstrap intervals and paired
ones for the difference to Lead-3. `lead-same` is the lead cut to as many words as our summary
has, so that no length is favoured. sumy, YAKE and RAKE come from PyPI into
build/venv-summarise, pinned in peers_summarise.txt, and get the sentences of score.py.
Speeds are articles in a second of one core's time, all in this run. Then each article at
hand, those that trained too, is summarised under seven budgets: every sentence has to stand
in the text where it says, and every summary within its budget. The last line is
`BENCH summarise key=value ...`; r1_gain is that of the best model that ships, over Lead-3 on
the CNN/DailyMail articles.
"""
import collections
import gzip
import json
import os
import re
import resource
import subprocess
import sys

import score_summarise as ours

ROOT = ours.ROOT
BUILD = os.path.abspath(os.environ.get("NUTGRAF_BUILD", os.path.join(ROOT, "build")))
DATA = os.environ.get("DATA", os.path.join(ROOT, "../shared/data"))
VENV = os.path.join(BUILD, "venv-summarise")
HERE = os.path.dirname(os.path.abspath(__file__))
PINNED = os.path.join(HERE, "peers_summarise.txt")
MEASURES = ours.MEASURES
ARTICLES = int(os.environ.get("ARTICLES", 300))  # of a set, the largest ones are cut
GROUPS = {"cnndm": ("cnndm_val", "cnndm_train"), "inshorts": ("inshorts",), "bbc": ("bbc",),
          "fakenewsnet": ("fakenewsnet_real",), "digitalgov": ("digitalgov",),
          "xsum": ("xsum",)}
SETS = os.environ.get("SETS", ",".join(GROUPS)).split(",")
PEERS = ("textrank", "lexrank", "lsa")
SPEED_RUNS = 3
KEYWORDS = 10


# --- peers -----------------------------------------------------------------------------------


def make_venv():
    python = os.path.join(VENV, "bin/python")
    marker = os.path.join(VENV, "pinned.txt")
    with open(PINNED, encoding="utf8") as file:
        pinned = file.read()
    if not os.path.exists(marker) or open(marker, encoding="utf8").read() != pinned:
        print(f"summarise.py: installs the peers into {VENV}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "-r", PINNED],
                       check=True)
        with open(marker, "w", encoding="utf8") as file:
            file.write(pinned)
    return python


def ask_peer(python, what, name, count, items):
    """Its answers, and the seconds it took."""
    done = subprocess.run(
        [python, os.path.join(HERE, "peers_summarise.py"), what, name, str(count)],
        input="".join(json.dumps(item) + "\n" for item in items), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
    *answers, seconds = done.stdout.splitlines()
    return [json.loads(answer) for answer in answers], float(seconds)


# --- systems ---------------------------------------------------------------------------------


def sentences_of(score, article):
    """As score.py splits them, those of five words or more."""
    return [s for p in article["article"] for s in score.split_sentences(p)
            if len(score._TOK.findall(s.lower())) >= 5]


def cut_lead(sentences, words):
    """The lead with exactly so many words."""
    out = []
    for sentence in sentences:
        part = sentence.split()[:words]
        words -= len(part)
        if part:
            out.append(" ".join(part))
    return out


def oracle(score, sentences, reference, count=3):
    """Greedy, on ROUGE-1 + ROUGE-2 F1: what taking whole sentences can reach."""
    ref = [t for s in score.as_sentences(reference) for t in score.tokens(s)]
    grams = [collections.Counter(ref), collections.Counter(zip(ref, ref[1:]))]
    tokens = [score.tokens(s) for s in sentences]
    picked, best = [], 0.0

    def value(indices):
        text = [t for i in sorted(indices) for t in tokens[i]]
        found = [collections.Counter(text), collections.Counter(zip(text, text[1:]))]
        return sum(2 * sum((a & b).values()) / max(1, sum(a.values()) + sum(b.values()))
                   for a, b in zip(found, grams))
    while len(picked) < count:
        gains = [(value([*picked, i]), -i) for i in range(len(tokens)) if i not in picked]
        if not gains or max(gains)[0] <= best:
            break
        best, at = max(gains)
        picked.append(-at)
    return [sentences[i] for i in sorted(picked)]


def systems_of(score, python, articles, seconds):
    """{name: summaries}; seconds counts what each peer took."""
    split = [sentences_of(score, a) for a in articles]
    out, _ = ours.summarise(articles)
    found = {f"lead-{k}": [s[:k] for s in split] for k in (1, 2, 3)}
    for name in PEERS:
        found[name], took = ask_peer(python, "summaries", name, 3,
                                     [{"sentences": s or ["-"]} for s in split])
        seconds[name] += took
    found["fast"] = [[s["text"] for s in o["summary"]["sentences"]] for o in out]
    found["lead-same"] = [cut_lead(s, sum(len(t.split()) for t in mine))
                          for s, mine in zip(split, found["fast"])]
    found["oracle"] = [oracle(score, s, a["summary"]) for s, a in zip(split, articles)]
    return found


# --- ROUGE -----------------------------------------------------------------------------------


def load_group(group):
    articles = []
    for name in GROUPS[group]:
        if name in ours.splits.TRAIN_PERCENT:
            articles += ours.splits.load(DATA, name, train=False)
        else:
            articles += load_all(name)
    return articles[:ARTICLES] if group != "cnndm" or "ARTICLES" in os.environ else articles


def load_all(name):
    with gzip.open(os.path.join(DATA, "summ", name, name + ".jsonl.gz"), "rt") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def score_group(score, group, articles, systems):
    """Prints a table; returns the paired gain in R1 of `fast` over Lead-3, with interval."""
    rows = {name: [score.score_pair(s, score.as_sentences(a["summary"]))
                   for s, a in zip(summaries, articles)]
            for name, summaries in systems.items()}
    print(f"\n{group}: {len(articles)} articles       R1 [95 %]               R2     RL   words"
          "   R1 over Lead-3, paired")
    gain = None
    for name, by_article in rows.items():
        values = {m: [100 * r[m][2] for r in by_article] for m in MEASURES}
        means = {m: sum(v) / len(v) for m, v in values.items()}
        low, high = score.bootstrap(values["rouge1"])
        paired = [100 * (r["rouge1"][2] - l["rouge1"][2])
                  for r, l in zip(by_article, rows["lead-3"])]
        span = score.bootstrap(paired)
        words = sum(len(t.split()) for s in systems[name] for t in s) / len(articles)
        difference = sum(paired) / len(paired)
        gain = (difference, *span) if name == "fast" else gain
        print(f"  {name:12} {means['rouge1']:17.2f} [{low:5.2f}, {high:5.2f}]   "
              f"{means['rouge2']:5.2f}  {means['rougeLsum']:5.2f}  {words:5.1f}   "
              f"{difference:+5.2f} [{span[0]:+.2f}, {span[1]:+.2f}]", flush=True)
    same = [100 * (r["rouge1"][2] - l["rouge1"][2])
            for r, l in zip(rows["fast"], rows["lead-same"])]
    low, high = score.bootstrap(same)
    print(f"  fast over lead-same: R1 {sum(same) / len(same):+.2f} [{low:+.2f}, {high:+.2f}]",
          flush=True)
    return gain


# --- speed -----------------------------------------------------------------------------------


def articles_per_second(articles):
    """By the processor time of the filter, JSON and start included; the best run."""
    many = articles * max(1, 2000 // len(articles))
    best = 0.0
    for _ in range(SPEED_RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ours.summarise(many)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = max(best, len(many) / took)
    return best


# --- keywords --------------------------------------------------------------------------------


def phrase_f1(score, found, wanted):
    def keys(phrases):
        return list(dict.fromkeys(k for k in (" ".join(score.tokens(p)) for p in phrases) if k))
    got, gold = keys(found)[:KEYWORDS], set(keys(wanted))
    hits = sum(key in gold for key in got)
    return 200 * hits / (KEYWORDS + len(gold)) if hits else 0.0


def score_keywords(score, python):
    """Mean F1 of the best phrases, stemmed, against those that a crowd chose."""
    articles = load_all("kpcrowd")
    found = {"nutgraf": [o["summary"]["keywords"] for o in ours.summarise(
        [{**a, "title": a["article"][0], "article": a["article"][1:]} for a in articles],
        {"keywords": KEYWORDS})[0]]}
    texts = [{"text": "\n".join(a["article"])} for a in articles]
    for name in ("yake", "rake"):
        found[name], _ = ask_peer(python, "keywords", name, KEYWORDS, texts)
    print(f"\nkpcrowd: {len(articles)} articles, the best {KEYWORDS} keywords")
    means = {}
    for name, lists in found.items():
        values = [phrase_f1(score, k, a["keywords"]) for k, a in zip(lists, articles)]
        means[name] = sum(values) / len(values)
        low, high = score.bootstrap(values)
        print(f"  {name:12} F1 {means[name]:5.2f} [{low:5.2f}, {high:5.2f}]", flush=True)
    return means


# --- compression -----------------------------------------------------------------------------

KINDS = (("brackets", r"\("), ("attributions", r"\b(said|says?|according|report(s|ed)|added)\b"),
         ("datelines", r"(-|\u2013|\u2014) $"), ("days and ages", ""))


def as_printed(text):
    """The set has its marks set apart: "left , police said ." """
    text = re.sub(r" ([,.;:!?')])", r"\1", text.strip()).replace("( ", "(").replace(" n't", "n't")
    return " ".join(text.replace("``", '"').replace("''", '"').split())


def score_compression(score):
    """Whether those who shortened the same sentences left out what `compress` cuts."""
    pairs = load_all("compression")
    items = [{"id": str(i), "title": None, "article": [as_printed(p["text"])]}
             for i, p in enumerate(pairs)]
    out, _ = ours.summarise(items, {"sentences": 1, "compress": True})
    agreed = collections.defaultdict(list)
    for pair, article in zip(pairs, out):
        kept = [set(score.tokens(text)) for text in pair["summaries"]]
        cuts = [c["text"] for s in article["summary"]["sentences"] for c in s["deleted"]]
        for cut in cuts:
            words = score.tokens(cut)
            kind = next(name for name, pattern in KINDS if re.search(pattern, cut))
            agreed[kind].append(sum(not all(w in k for w in words) for k in kept) / len(kept))
    print(f"\ncompression: {len(pairs)} sentences; share of the cuts that the references made too")
    for kind, values in agreed.items():
        print(f"  {kind:14} {sum(values) / len(values):.2f} of {len(values)}")
    everything = [value for values in agreed.values() for value in values]
    return sum(everything) / max(1, len(everything))


# --- all of it -------------------------------------------------------------------------------


def check_all():
    """(summaries, wrong offsets, over budget or empty) over every article at hand."""
    totals = [0, 0, 0]
    for name in (*ours.splits.TRAIN_PERCENT, "xsum"):
        articles = load_all(name)
        asked, over, wrong = ours.check_budgets(articles)
        out, _ = ours.summarise(articles, {"compress": True})
        for k, more in enumerate((asked + len(out), wrong + ours.wrong_offsets(out), over)):
            totals[k] += more
    return totals


def main():
    score = ours.load_module("score", f"{DATA}/summ/score.py")
    python = make_venv()
    seconds = collections.Counter()
    gains, asked = {}, 0
    for group in SETS:
        articles = load_group(group)
        asked += len(articles)
        systems = systems_of(score, python, articles, seconds)
        gains[group] = score_group(score, group, articles, systems)
    keywords = score_keywords(score, python)
    agreed = score_compression(score)
    speed = articles_per_second(load_group(SETS[0]))
    sumy = {name: asked / seconds[name] for name in PEERS}
    print("\narticles in a second of one core: fast "
          f"{speed:.0f}, " + ", ".join(f"sumy {n} {v:.1f}" for n, v in sumy.items()))
    checked, wrong, over = check_all()
    print(f"{checked} summaries of every article at hand: {wrong} sentences not where they say, "
          f"{over} summaries over budget or empty")
    fast = gains[SETS[0]]
    parts = " ".join(f"{g}_r1_gain={v[0]:+.2f}" for g, v in gains.items() if g != SETS[0])
    print(f"BENCH summarise r1_gain={fast[0]:+.2f} r1_gain_low={fast[1]:+.2f} "
          f"r1_gain_fast={fast[0]:+.2f} articles_s={speed:.0f} articles_s_fast={speed:.0f} "
          f"articles_s_sumy={max(sumy.values()):.1f} {parts} "
          f"keywords_f1={keywords['nutgraf']:.1f} keywords_f1_yake={keywords['yake']:.1f} "
          f"keywords_f1_rake={keywords['rake']:.1f} "
          f"cuts_agreed={agreed:.2f} summaries={checked} wrong_offsets={wrong} "
          f"over_budget={over}")
    return 1 if wrong or over else 0


if __name__ == "__main__":
    sys.exit(main())
