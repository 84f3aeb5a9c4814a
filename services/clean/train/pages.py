"""The models of pages: rows, labels and weights of its blocks."""
from typing import NamedTuple

import forest_text
import forests
import labels
import numpy
import sets

TREES = 200
GROWTH = {"learning_rate": 0.06, "num_leaves": 20, "min_data_in_leaf": 40, "feature_fraction": 0.4}
TREES_AGAIN = 120
GROWTH_AGAIN = {"learning_rate": 0.08, "num_leaves": 12, "min_data_in_leaf": 40,
                "feature_fraction": 0.4}
# As extract.c has them.
GLANCE, HOPELESS = 48, -3.5
# A page of the set counts so much: news is what the stage is for.
SETS = {"fundus-dev": 5.0, "wcxb-dev": 1.0, "readability": 0.7, "trafilatura": 1.0}
LENGTH_EXTRA = 2     # words added to a block's length, for its weight
WORD_LEN = 6         # bytes
POSITIVES_MAX = 50   # blocks of one page that are grown on
WORDS_DULL = 6       # a block of fewer that is no article's is dull
# Columns of boxes.h that are read here.
WORDS, RULE = 0, 88
RULES_SURE = (18, 19, 20, 21, 23)  # navigation, page header and footer and the like


class Blocks(NamedTuple):
    """Rows to grow on: one for each block of the pages."""
    x: numpy.ndarray       # the columns that the C code measured
    label: numpy.ndarray   # 1: the article's, 0: not, nan: unknown
    weight: numpy.ndarray  # what a mistake costs
    starts: numpy.ndarray  # row of each page's first, and after the last
    fold: numpy.ndarray    # of the page's site
    given: list            # the pages, as the stage gets them


def weights_of(name, blocks, label):
    """A mistake costs more in a long block, and less in a page with much of an article."""
    known = ~numpy.isnan(label)
    if name == "trafilatura":  # a few snippets a page, each as good as another
        return known / max(1, known.sum()) ** 0.5 * SETS[name]
    cost = numpy.array([(len(text) / WORD_LEN + LENGTH_EXTRA) ** 0.5 for text in blocks])
    wanted = cost[label == 1].sum()
    return known * cost / wanted ** 0.8 * SETS[name] if wanted > 0 else 0 * cost


def load(data, measure, cache):
    records, given = [], []
    for name in SETS:
        for record, submission in sets.submissions(data, name, cache):
            records.append((name, record))
            given.append(submission)
    answers, columns = measure("pages", given)
    pages, label, weight = [], [], []
    for (name, record), answer in zip(records, answers):
        found = numpy.array(labels.of_page(answer["blocks"], record), dtype=float)
        pages.append((name, record, answer["blocks"]))
        label.append(found)
        weight.append(weights_of(name, answer["blocks"], found))
    counts = [len(found) for found in label]
    fold = numpy.repeat([sets.fold_of(record) for _, record in records], counts)
    weight = numpy.concatenate(weight)
    return Blocks(columns.reshape(sum(counts), -1), numpy.concatenate(label),
                  forests.steady(weight / weight[weight > 0].mean()), numpy.cumsum([0] + counts),
                  fold, given), pages


def company(table, measure, odds):
    """The columns that the C code makes of the odds of each row."""
    given = [page | {"odds": odds[start:end].tolist()}
             for page, start, end in zip(table.given, table.starts, table.starts[1:])]
    return measure("pages", given)[1].reshape(len(table.label), -1)


def shares(table):
    """Of the many blocks that anyone can tell, a few do."""
    share = numpy.ones(len(table.label))
    share[(table.label == 0) & (table.x[:, WORDS] < WORDS_DULL)] = 0.15
    share[(table.label == 0) & numpy.isin(table.x[:, RULE], RULES_SURE)] = 0.1
    for start, end in zip(table.starts, table.starts[1:]):
        wanted = start + numpy.flatnonzero(table.label[start:end] == 1)
        if len(wanted) > POSITIVES_MAX:
            share[wanted] = POSITIVES_MAX / len(wanted)
    return share


def glance(model, x):
    """See forest_glance()."""
    odds = forests.odds_of(model, x, GLANCE)
    hopeful = odds >= HOPELESS
    odds[hopeful] = forests.odds_of(model, x[hopeful])
    return odds


def grow(table, measure, fold):
    """The models that ship by name, with what writes them; and the odds of the rows of a fold
    that they did not see. fold None: they see all. The second forest sees of the first what it
    says of sites that it did not see."""
    rows, weights = forests.sample(table, shares(table))
    label = table.label[rows]
    first, odds = forests.each_by_others(
        table, rows, fold,
        lambda seen: forests.grow(table.x[rows[seen]], label[seen], weights[seen], TREES, GROWTH),
        lambda model, mine: glance(model, table.x[mine]))
    x = company(table, measure, odds)
    seen = table.fold[rows] != fold
    again = forests.grow(x[rows[seen]], label[seen], weights[seen], TREES_AGAIN, GROWTH_AGAIN)
    return ({"pages": (forest_text, first), "company": (forest_text, again)},
            forests.odds_of(again, x[table.fold == fold]) if fold is not None else None)


def report(label, table, pages, keep):
    """Scores of the kept blocks, by the scorer of the data."""
    import score
    cells = []
    for name in SETS:
        mine = [k for k, page in enumerate(pages) if page[0] == name]
        answers = {}
        for k in mine:
            kept = keep[table.starts[k]:table.starts[k + 1]]
            body = "\n".join(text for text, stays in zip(pages[k][2], kept) if stays)
            answers[pages[k][1]["id"]] = {"body": body}
        found = score.score([pages[k][1] for k in mine], answers, boot=1)
        cells += [f"{name} {key} {found[key]:.4f}" for key in ("shingle_f1", "snip_f1")
                  if key in found]
    print(label, ", ".join(cells), flush=True)
