#!/usr/bin/python3
"""summarise beside what people install today, on articles that its weights were not trained on.

    make bench-summarise                 all of it; some minutes
    SETS=cnndm,inshorts ARTICLES=100 make bench-summarise     less of it

ROUGE F1 by the data's own score.py (Porter stemming), with 95 % bootstrap intervals and paired
ones for the difference to Lead-3. `lead-same` is the lead cut to as many words as the summary of
`accurate` has, `lead-same-fast` to those of `fast`, so that no length is favoured. sumy, YAKE and
RAKE come from PyPI into build/venv-summarise, pinned in peers_summarise.txt, and get the
sentences of score.py. Keywords are measured on the half of kpcrowd that chose no number.
Speeds are articles in a second of one core's time, all in this run; `with salience` is
`accurate` on articles that bring what tag's encoder has read. Then each article at hand, those
that trained too, is summarised by both models under twelve budgets with `compress` and without:
every sentence has to stand in the text where it says, and every summary within its budget. What tag
reads for that, some minutes, is kept in build/cache. The last line is `BENCH summarise key=value
...`; r1_gain is that of `accurate` over Lead-3 on the CNN/DailyMail articles.
"""
import collections
import gzip
import hashlib
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
NEWS = ("cnndm", "inshorts", "fakenewsnet")  # their references are whole summaries, by people
NO_NEWS = ("digitalgov",)
ONE_LINERS = ("xsum",)  # where a reference is one sentence that the article has not
AT_HAND = (*ours.splits.TRAIN_PERCENT, "xsum", "compression")
LEADS = {"accurate": "lead-same", "fast": "lead-same-fast"}
SPEED_RUNS = 3
TAGGED = 100  # articles that tag reads for the speed of `with salience`
KEYWORDS = 10
KEYWORD_KEYS = {"": "nutgraf", "_names": "with names", "_yake": "yake-1", "_yake3": "yake-3",
                "_rake": "rake"}
EXTRACTORS = ("yake-1", "yake-3", "rake")  # YAKE by single words, and by up to three: its default


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
    found = {f"lead-{k}": [s[:k] for s in split] for k in (1, 2, 3)}
    for name in PEERS:
        found[name], took = ask_peer(python, "summaries", name, 3,
                                     [{"sentences": s or ["-"]} for s in split])
        seconds[name] += took
    for model in ours.MODELS:
        out = ours.summarise(articles, model=model)
        found[model] = [[s["text"] for s in o["summary"]["sentences"]] for o in out]
        found[LEADS[model]] = [cut_lead(s, sum(len(t.split()) for t in mine))
                               for s, mine in zip(split, found[model])]
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


def paired(score, rows, system, other, measure="rouge1"):
    """(the differences by article, their mean and its interval)"""
    values = [100 * (a[measure][2] - b[measure][2]) for a, b in zip(rows[system], rows[other])]
    return values, (sum(values) / len(values), *score.bootstrap(values))


def signed(gain):
    return f"{gain[0]:+.2f} [{gain[1]:+.2f}, {gain[2]:+.2f}]"


def score_group(score, group, articles, systems):
    """Prints a table; returns the scores of each system, article by article."""
    rows = {name: [score.score_pair(s, score.as_sentences(a["summary"]))
                   for s, a in zip(summaries, articles)]
            for name, summaries in systems.items()}
    print(f"\n{group}: {len(articles)} articles       R1 [95 %]               R2     RL   words"
          "   R1 over Lead-3, paired")
    for name, by_article in rows.items():
        values = {m: [100 * r[m][2] for r in by_article] for m in MEASURES}
        means = {m: sum(v) / len(v) for m, v in values.items()}
        low, high = score.bootstrap(values["rouge1"])
        words = sum(len(t.split()) for s in systems[name] for t in s) / len(articles)
        print(f"  {name:14} {means['rouge1']:15.2f} [{low:5.2f}, {high:5.2f}]   "
              f"{means['rouge2']:5.2f}  {means['rougeLsum']:5.2f}  {words:5.1f}   "
              f"{signed(paired(score, rows, name, 'lead-3')[1])}", flush=True)
    for system, other in (*LEADS.items(), ("accurate", "fast")):
        gains = [f"{m} {signed(paired(score, rows, system, other, m)[1])}" for m in MEASURES]
        print(f"  {system} over {other}: {', '.join(gains)}", flush=True)
    return rows


def print_news(score, scored):
    """`accurate` over `fast`, all news together."""
    for measure in MEASURES:
        values = [v for group in NEWS if group in scored
                  for v in paired(score, scored[group], "accurate", "fast", measure)[0]]
        if values:
            gain = (sum(values) / len(values), *score.bootstrap(values))
            print(f"accurate over fast, {len(values)} articles of {', '.join(NEWS)}: {measure} "
                  f"{signed(gain)}", flush=True)


def verdict(gain):
    return "above" if gain[1] > 0 else "below" if gain[2] < 0 else "level"


def print_leads(score, scored):
    """`accurate` beside the lead, set by set; how many sets of news are below it, by the mean."""
    print("\naccurate over the lead     over Lead-3                       over lead-same")
    below = 0
    for group, rows in scored.items():
        gains = [paired(score, rows, "accurate", lead)[1] for lead in ("lead-3", "lead-same")]
        kind = ("no news" if group in NO_NEWS else "one-liners" if group in ONE_LINERS
                else "news")
        below += kind == "news" and min(gain[0] for gain in gains) < 0
        print(f"  {group:12} {kind:11} "
              + "  ".join(f"{signed(gain):22} {verdict(gain):8}" for gain in gains), flush=True)
    print(f"sets of news below the lead: {below}", flush=True)
    return below


# --- speed -----------------------------------------------------------------------------------


def articles_per_second(lines, model):
    """By the processor time of the filter, JSON and start included; the best run."""
    best = 0.0
    for _ in range(SPEED_RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ours.filtered(ours.PROGRAM, lines, model)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = max(best, len(lines) / took)
    return best


def speeds(articles):
    """{name: articles in a second of one core}"""
    lines = list(ours.lines_of(articles))
    tagged = [json.dumps(a) + "\n" for a in ours.tagged(articles[:TAGGED])]
    return {"fast": articles_per_second(lines * max(1, 2000 // len(lines)), "fast"),
            "accurate": articles_per_second(lines, "accurate"),
            "with salience": articles_per_second(tagged * (2000 // len(tagged)), "accurate")}


# --- keywords --------------------------------------------------------------------------------


def phrase_f1(score, found, wanted):
    def keys(phrases):
        return list(dict.fromkeys(k for k in (" ".join(score.tokens(p)) for p in phrases) if k))
    got, gold = keys(found)[:KEYWORDS], set(keys(wanted))
    hits = sum(key in gold for key in got)
    return 200 * hits / (KEYWORDS + len(gold)) if hits else 0.0


def score_keywords(score, python):
    """Mean F1 of the best phrases, stemmed, against those that a crowd chose. `with names`: as in
    the pipeline, where tag has found names."""
    articles = ours.splits.load(DATA, "kpcrowd", train=False)
    given = [{**a, "title": a["article"][0], "article": a["article"][1:]} for a in articles]
    options = {"summarise": {"keywords": KEYWORDS}}
    named = [json.dumps({**a, "options": options}) + "\n" for a in ours.tagged(given)]
    found = {"nutgraf": ours.summarise(given, options["summarise"]),
             "with names": ours.answers(named, "fast")}
    found = {name: [o["summary"]["keywords"] for o in out] for name, out in found.items()}
    texts = [{"text": "\n".join(a["article"])} for a in articles]
    for name in EXTRACTORS:
        found[name], _ = ask_peer(python, "keywords", name, KEYWORDS, texts)
    print(f"\nkpcrowd: {len(articles)} articles, the best {KEYWORDS} keywords")
    values = {name: [phrase_f1(score, k, a["keywords"]) for k, a in zip(lists, articles)]
              for name, lists in found.items()}
    for name, own in values.items():
        low, high = score.bootstrap(own)
        over = [a - b for a, b in zip(own, values["yake-1"])]
        gain = (sum(over) / len(over), *score.bootstrap(over))
        print(f"  {name:12} F1 {sum(own) / len(own):5.2f} [{low:5.2f}, {high:5.2f}]   over yake-1 "
              f"{signed(gain)}", flush=True)
    return {name: sum(own) / len(own) for name, own in values.items()}


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
    out = ours.summarise(items, {"sentences": 1, "compress": True})
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


def articles_of(name):
    if name != "compression":
        return load_all(name)
    return [{"id": str(i), "title": None, "article": [as_printed(p["text"])]}
            for i, p in enumerate(load_all(name))]


def with_salience(name):
    """All articles of a set as tag hands them on; kept, since tag reads for minutes."""
    key = hashlib.sha256()
    for path in (ours.TAG, os.path.join(ROOT, "services/encoder/model/encoder.weights")):
        with open(path, "rb") as file:
            key.update(file.read())
    path = os.path.join(BUILD, "cache", f"tagged-{name}-{key.hexdigest()[:12]}.jsonl.gz")
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with gzip.open(path + ".part", "wt", encoding="utf8", compresslevel=1) as out:
            out.writelines(json.dumps(a) + "\n" for a in ours.tagged(articles_of(name)))
        os.rename(path + ".part", path)
    with gzip.open(path, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


def check_all():
    """(summaries, over budget or empty, wrong offsets) over every article at hand."""
    totals = [0, 0, 0]
    for name in AT_HAND:
        articles = with_salience(name)
        for model in ours.MODELS:
            totals = [a + b for a, b in zip(totals, ours.check_budgets(articles, model))]
        print(f"  {name}: {len(articles)} articles; so far {totals[0]} summaries, {totals[1]} over "
              f"budget or empty, {totals[2]} wrong offsets", flush=True)
    return totals


def main():
    score = ours.load_module("score", f"{DATA}/summ/score.py")
    python = make_venv()
    seconds = collections.Counter()
    scored, asked = {}, 0
    for group in SETS:
        articles = load_group(group)
        asked += len(articles)
        systems = systems_of(score, python, articles, seconds)
        scored[group] = score_group(score, group, articles, systems)
    print_news(score, scored)
    below = print_leads(score, scored)
    keywords = score_keywords(score, python)
    agreed = score_compression(score)
    speed = speeds(load_group(SETS[0]))
    sumy = {f"sumy {name}": asked / seconds[name] for name in PEERS}
    print("\narticles in a second of one core: "
          + ", ".join(f"{n} {v:.1f}" for n, v in (*speed.items(), *sumy.items())))
    print(f"\nboth models, {len(ours.BUDGETS)} budgets, with and without cuts:")
    checked, over, wrong = check_all()
    print(f"{checked} summaries of every article at hand: {wrong} sentences not where they say, "
          f"{over} summaries over budget or empty")
    gains = {m: paired(score, scored[SETS[0]], m, "lead-3")[1] for m in ours.MODELS}
    figures = {
        "r1_gain": f"{gains['accurate'][0]:+.2f}", "r1_gain_fast": f"{gains['fast'][0]:+.2f}",
        "articles_s": f"{speed['accurate']:.0f}", "articles_s_fast": f"{speed['fast']:.0f}",
        "articles_s_sumy": f"{max(sumy.values()):.1f}",
        "articles_s_salience": f"{speed['with salience']:.0f}",
        "r1_gain_low": f"{gains['accurate'][1]:+.2f}",
        "r1_gain_fast_low": f"{gains['fast'][1]:+.2f}",
        **{f"{g}_r1_gain": f"{paired(score, scored[g], 'accurate', 'lead-3')[1][0]:+.2f}"
           for g in SETS[1:]},
        "news_below_lead": below,
        **{f"keywords_f1{key}": f"{keywords[name]:.1f}" for key, name in KEYWORD_KEYS.items()},
        "cuts_agreed": f"{agreed:.2f}", "summaries": checked, "wrong_offsets": wrong,
        "over_budget": over}
    print("BENCH summarise " + " ".join(f"{key}={value}" for key, value in figures.items()))
    return 1 if wrong or over else 0


if __name__ == "__main__":
    sys.exit(main())
