"""Which blocks of a page are its article, by the text that a data set says is.

A block's text is looked for in the true body as runs of four words; of the places where it
could stand, those are taken that lie in the order of the page and say the most, so that a
second copy of a text is none of it.
"""
import re
from collections import defaultdict

RUN = 4         # words that are looked for together
NEAR = 8        # words: places nearer than that are one place
PLACES_MAX = 6  # of one block
HALF = 0.5      # of a block's words that must be found
SHORT = 0.5     # what a word of a block shorter than a run counts
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")


def words_of(text):
    """Words, small; a character of a script without blanks is one."""
    return TOKEN.findall((text or "").lower())


def index_of(words):
    runs, single = defaultdict(list), defaultdict(list)
    for at in range(len(words)):
        runs[tuple(words[at:at + RUN])].append(at)
        single[words[at]].append(at)
    return runs, single


def places_of_run(block, runs, end):
    """(start, end, worth) of the places in the body where most of a block stands."""
    hits = defaultdict(int)
    count = len(block) - RUN + 1
    for step in range(count):
        for at in runs.get(tuple(block[step:step + RUN]), ())[:20]:
            hits[(at - step) // NEAR] += 1
    merged = {at: hit + hits.get(at + 1, 0) for at, hit in hits.items()}
    for at, hit in sorted(merged.items(), key=lambda item: -item[1])[:PLACES_MAX]:
        if hit >= HALF * count:
            yield (max(0, at * NEAR), min(end, at * NEAR + NEAR + len(block)),
                   len(block) * min(1, hit / count))


def places_of_short(block, single, words):
    for at in single.get(block[0], ())[:300]:
        if words[at:at + len(block)] == block:
            yield at, at + len(block), len(block) * SHORT


def best_chain(places, size):
    """Of (block, start, end, worth), those in order that are worth most: {block: place}."""
    tree = [(0, -1)] * (size + 2)  # the best sum up to each word, as a Fenwick tree

    def best_before(at):
        best = (0, -1)
        while at > 0:
            best = max(best, tree[at])
            at -= at & -at
        return best

    before = [-1] * len(places)
    at = 0
    while at < len(places):
        ready = []
        block = places[at][0]
        while at < len(places) and places[at][0] == block:
            middle = (places[at][1] + places[at][2]) // 2
            worth, before[at] = best_before(middle)
            ready.append((middle + 1, (worth + places[at][3], at)))
            at += 1
        for slot, sum_ in ready:
            while slot <= size + 1:
                tree[slot] = max(tree[slot], sum_)
                slot += slot & -slot
    _, at = best_before(size + 1)
    chain = {}
    while at >= 0:
        chain[places[at][0]] = places[at]
        at = before[at]
    return chain


def by_body(blocks, record):
    """1, 0, or None where it may be in or out, for each block."""
    paragraphs = record.get("paragraphs") or [record.get("body")]
    free = set(record.get("optional") or [])
    words, is_free = [], []
    for number, paragraph in enumerate(paragraphs):
        found = words_of(paragraph)
        words += found
        is_free += [number in free] * len(found)
    runs, single = index_of(words)
    places = []
    for number, text in enumerate(blocks):
        block = words_of(text)
        if not block:
            continue
        found = (places_of_run(block, runs, len(words)) if len(block) >= RUN
                 else places_of_short(block, single, words))
        places += [(number, *place) for place in found]
    labels = [0] * len(blocks)
    for number, (_, start, end, _) in best_chain(sorted(places), len(words)).items():
        labels[number] = None if sum(is_free[start:end]) * 2 > end - start else 1
    return labels


def by_snippets(blocks, record):
    """1 or 0 where a text that must or must not appear stands, None elsewhere."""
    flat = [" ".join(text.split()) for text in blocks]
    labels = [None] * len(blocks)
    for value, name in ((0, "without"), (1, "with")):
        for snippet in record.get(name) or []:
            snippet = " ".join(snippet.split())
            for number, text in enumerate(flat):
                if snippet and snippet in text:
                    labels[number] = value
    return labels


def of_page(blocks, record):
    return by_body(blocks, record) if "body" in record else by_snippets(blocks, record)
