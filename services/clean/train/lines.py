"""The model of lines: rows, labels and weights of scraped texts."""
import numpy
import sets
from labels import words_of
from table import Table

TREES = 100
SETS = {"fundus-dev": 6.0, "wcxb-dev": 1.0, "readability": 0.5}
# News can be short: pages come cut to so many lines of body as well, at this weight.
SHORT_LINES = (1, 2, 3, 4, 6, 9)
SHORT_WEIGHT = 0.3
WORDS_DULL = 6
# Columns of traits.h that are read here: words, what the rules say, and how far a strong line
# is up and down.
WORDS, INSIDE, SINCE, UNTIL = 0, 31, 42, 43


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
    fold = sets.fold_of(page)
    for kind, a, b in (("whole", 0, len(labels)), ("region", low, high)):
        yield name, kind, fold, page["lines"][a:b], labels[a:b], scored[a:b]
    count = SHORT_LINES[sets.hash_of(page["id"])[2] % len(SHORT_LINES)]
    if name == "fundus-dev" or sets.hash_of(page["id"])[3] % 3 == 0:
        for lines, cut in shorter(page["lines"], labels, low, high, count):
            yield name, "short", fold, lines, cut, cut


def load(data, measure, cache):
    del cache
    texts = []
    for name in SETS:
        titles = {x["id"]: words_of(x.get("title")) for x in sets.truth_of(data, name)}
        for page in sets.read_jsonl(data / "lines" / f"{name}.jsonl.gz"):
            texts += texts_of(page, titles, name)
    answers, columns = measure("lines", ["\n".join(text[3]) for text in texts])
    counts = [len(answer) for answer in answers]
    label, weight, pages = [], [], []
    for (name, kind, _, lines, given, scored), count in zip(texts, counts):
        kept = [k for k, line in enumerate(lines) if line.split()]
        if len(kept) != count:  # the lines were wrapped, and were joined
            kept, given, scored = [0] * count, [-1] * len(lines), [-1] * len(lines)
        found = numpy.array([given[k] for k in kept], dtype=float)
        found[found < 0] = numpy.nan
        known = max(1, (~numpy.isnan(found)).sum())
        cost = SETS[name] * (SHORT_WEIGHT if kind == "short" else 1) / known ** 0.7
        label.append(found)
        weight.append(numpy.full(count, cost))
        pages.append((name, kind, numpy.array([scored[k] for k in kept])))
    weight = numpy.concatenate(weight)
    fold = numpy.repeat([text[2] for text in texts], counts)
    return Table(columns.reshape(sum(counts), -1), numpy.concatenate(label),
                 weight / weight.mean(), numpy.cumsum([0] + counts), fold), pages


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
