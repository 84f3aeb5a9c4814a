"""The models of lines: rows, labels and weights of scraped texts."""
from typing import NamedTuple

import forest_text
import forests
import numpy
import sets
import wording
from labels import words_of

TREES = 220
GROWTH = {"learning_rate": 0.06, "num_leaves": 31, "min_data_in_leaf": 80, "feature_fraction": 0.25}
TREES_AGAIN = 150
GROWTH_AGAIN = {"learning_rate": 0.05, "num_leaves": 12, "min_data_in_leaf": 40,
                "feature_fraction": 0.3}
SETS = {"fundus-dev": 9.0, "wcxb-dev": 1.0, "readability": 0.5}
# Short lines without a full stop: in guides nearly all are headings of the article, in news
# most are teasers of others. What a data set of news does not score inside of its body are
# headings.
HEADING_WORDS = 10
HEADING_ELSEWHERE = 0.25
HEADING_NEWS = 0.25
# News can be short: pages come cut to so many lines of body as well, at this weight.
SHORT_LINES = (1, 2, 3, 4, 6, 9)
SHORT_WEIGHT = 0.3
WORDS_DULL = 6
# Columns of traits.h that are read here: words, what the rules say, and how far a strong line
# is up and down.
WORDS, ENDED, INSIDE, SINCE, UNTIL = 0, 1, 31, 42, 43


class Lines(NamedTuple):
    """See table.py; and what the rows are of."""
    x: numpy.ndarray
    label: numpy.ndarray
    weight: numpy.ndarray
    starts: numpy.ndarray
    fold: numpy.ndarray
    is_whole: numpy.ndarray  # row of a whole page, not of a part of one
    texts: list
    words: object            # features of each line that there is, as a sparse matrix
    line: numpy.ndarray      # each row's among those


def shorter(lines, labels, low, high, count):
    """The region with its first `count` body lines alone, and with no more than those."""
    body = [k for k in range(low, high) if labels[k] == 1]
    if len(body) <= count:
        return
    cut, end = body[count - 1] + 1, body[-1] + 1
    yield lines[low:cut] + lines[end:high], labels[low:cut] + labels[end:high]
    yield lines[body[0]:cut], labels[body[0]:cut]


def texts_of(page, titles, name):
    """(name of the set, kind, fold, lines, labels, scored labels) of one page."""
    title = titles.get(page["id"])
    scored = page["labels"]
    labels = [0 if y < 0 and title and words_of(line) == title else y
              for line, y in zip(page["lines"], scored)]
    low, high = page["region"]
    if name == "fundus-dev":
        body = [k for k, y in enumerate(scored) if y == 1] or [0]
        labels = [1 if scored[k] < 0 and y < 0 and body[0] < k < body[-1] else y
                  for k, y in enumerate(labels)]
    fold = sets.fold_of(page)
    for kind, a, b in (("whole", 0, len(labels)), ("region", low, high)):
        yield name, kind, fold, page["lines"][a:b], labels[a:b], scored[a:b]
    count = SHORT_LINES[sets.hash_of(page["id"])[2] % len(SHORT_LINES)]
    if name == "fundus-dev" or sets.hash_of(page["id"])[3] % 3 == 0:
        for lines, cut in shorter(page["lines"], labels, low, high, count):
            yield name, "short", fold, lines, cut, cut


def texts_in(data):
    for name in SETS:
        titles = {x["id"]: words_of(x.get("title")) for x in sets.truth_of(data, name)}
        for page in sets.read_jsonl(data / "lines" / f"{name}.jsonl.gz"):
            yield from texts_of(page, titles, name)


def weights_of(name, kind, label, scored, x):
    """Each text counts about the same; a heading less."""
    known = max(1, (~numpy.isnan(label)).sum())
    cost = numpy.full(len(label), SETS[name] * (SHORT_WEIGHT if kind == "short" else 1) /
                      known ** 0.7)
    if name == "fundus-dev":
        cost[(label == 1) & (scored < 0)] *= HEADING_NEWS
    else:
        cost[(label == 1) & (x[:, WORDS] < HEADING_WORDS) & (x[:, ENDED] == 0)] *= (
            HEADING_ELSEWHERE)
    return cost


def load(data, measure, cache):
    del cache
    texts = list(texts_in(data))
    answers, columns = measure("lines", [{"text": "\n".join(text[3])} for text in texts])
    counts = [len(answer) for answer in answers]
    starts = numpy.cumsum([0] + counts)
    columns = columns.reshape(sum(counts), -1)
    label, weight, pages = [], [], []
    for k, ((name, kind, _, lines, given, scored), count) in enumerate(zip(texts, counts)):
        kept = [k for k, line in enumerate(lines) if line.split()]
        if len(kept) != count:  # the lines were wrapped, and were joined
            kept, given, scored = [0] * count, [-1] * len(lines), [-1] * len(lines)
        found = numpy.array([given[k] for k in kept], dtype=float)
        found[found < 0] = numpy.nan
        scored = numpy.array([scored[k] for k in kept])
        label.append(found)
        weight.append(weights_of(name, kind, found, scored, columns[starts[k]:starts[k + 1]]))
        pages.append((name, kind, scored))
    known = {}
    line = numpy.array([known.setdefault(line, len(known)) for a in answers for line in a])
    weight = numpy.concatenate(weight)
    return Lines(columns, numpy.concatenate(label), forests.steady(weight / weight.mean()), starts,
                 numpy.repeat([text[2] for text in texts], counts),
                 numpy.repeat([text[1] == "whole" for text in texts], counts),
                 ["\n".join(answer) for answer in answers],
                 wording.features_of(list(known), measure), line), pages


def measured(table, measure, name, numbers):
    """The columns that the C code makes of a number for each row."""
    given = [{"text": text, name: numbers[start:end].tolist()}
             for text, start, end in zip(table.texts, table.starts, table.starts[1:])]
    return measure("lines", given)[1].reshape(len(table.label), -1)


def grow(table, measure, fold):
    """See pages.grow(). The second forest sees of the first, and that of the words, what they
    say of sites that they did not see."""
    rows, weights = forests.sample(table, shares(table))
    label = table.label[rows]
    whole = table.is_whole[rows]
    words, said = forests.each_by_others(
        table, rows, fold,
        lambda seen: wording.grow(table.words[table.line[rows[seen & whole]]], label[seen & whole],
                                  weights[seen & whole]),
        lambda model, mine: model.weigh(table.words)[table.line[mine]])
    x = measured(table, measure, "wording", said)
    first, odds = forests.each_by_others(
        table, rows, fold,
        lambda seen: forests.grow(x[rows[seen]], label[seen], weights[seen], TREES, GROWTH),
        lambda model, mine: forests.odds_of(model, x[mine]))
    x = measured(table, measure, "odds", odds)
    seen = table.fold[rows] != fold
    again = forests.grow(x[rows[seen]], label[seen], weights[seen], TREES_AGAIN,
                         GROWTH_AGAIN)
    return ({"wording": (wording, words), "lines": (forest_text, first),
             "context": (forest_text, again)},
            forests.odds_of(again, x[table.fold == fold]) if fold is not None else None)


def shares(table):
    """Of the many lines that anyone can tell, a few do."""
    share = numpy.ones(len(table.label))
    dull = (table.label == 0) & (table.x[:, WORDS] < WORDS_DULL) & (table.x[:, INSIDE] == 0)
    share[dull] = 0.12
    share[(table.label == 0) & ~dull & (table.x[:, SINCE] > 8) & (table.x[:, UNTIL] > 8)] = 0.4
    return share


def f1_of(keep, truth):
    hit = int((keep & truth).sum())
    return 2 * hit / (int(keep.sum()) + int(truth.sum())) if hit else 0.0


def report(label, table, pages, keep):
    """Mean F1 of the pages and the share without a wrong line, by set, whole and region."""
    cells = []
    for name in SETS:
        for kind in ("whole", "region"):
            scores, exact = [], 0
            for k, page in enumerate(pages):
                if page[:2] == (name, kind):
                    known = page[2] >= 0
                    kept = keep[table.starts[k]:table.starts[k + 1]][known]
                    scores.append(f1_of(kept, page[2][known] == 1))
                    exact += bool((kept == (page[2][known] == 1)).all())
            cells.append(f"{name} {kind} {numpy.mean(scores):.3f} exact {exact / len(scores):.3f}")
    print(label, ", ".join(cells), flush=True)
