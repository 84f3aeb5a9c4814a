"""Ridge regression of what pick.c expects of a summary on the ROUGE-1 that it has."""
import collections
import itertools

import numpy

# What an article of each set counts, so that no kind of news and no kind of reference rules.
SETS = {"cnndm_train": 1.5, "cnndm_val": 1.0, "inshorts": 0.7, "fakenewsnet_real": 1.2,
        "digitalgov": 1.0, "bbc": 0.15}
SENTENCES_MAX = 80   # of an article
ARTICLE = 20         # sentences that an article counts as, however many it has
WORDS = (4, 80)      # of a sentence that a summary may have
TOP, MOST = 8, 3     # summaries are made of so many sentences, and have so many at most
RIDGE_SHARE = 30.0   # penalties of a standardised weight, squared: of features alone …
RIDGE = 10.0         # … of features where summaries are fitted …
RIDGE_VECTOR = 500.0 # … and of what the encoder says
LIKENESS = 8.0       # what a cosine counts beside the numbers of a vector
BYTES_MAX, LEAD = 200, 3  # as in encoder/gist.c


class Article:
    def __init__(self, score, name, source, sentences, vectors):
        sentences = sentences[:SENTENCES_MAX]
        self.source, self.weight = source, SETS[name]
        self.features = numpy.array([s["features"] for s in sentences])
        self.words = numpy.array([s["words"] for s in sentences])
        self.terms = [s["terms"] for s in sentences]
        self.bytes = numpy.array([len(s["text"].encode()) for s in sentences])
        self.vectors = vectors[:SENTENCES_MAX]
        reference = [score.tokens(s) for s in score.as_sentences(source["summary"])]
        self.counts = [collections.Counter(score.tokens(s["text"])) for s in sentences]
        self.reference = collections.Counter(token for tokens in reference for token in tokens)
        pairs = collections.Counter(p for tokens in reference for p in zip(tokens, tokens[1:]))
        self.shares = numpy.array([share(score.tokens(s["text"]), self.reference, pairs)
                                   for s in sentences])


def share(tokens, words, pairs):
    """The mean of two shares: of its words, and of its word pairs, that the reference has."""
    own = collections.Counter(tokens), collections.Counter(zip(tokens, tokens[1:]))
    return sum(sum((counts & known).values()) / max(1, sum(counts.values()))
               for counts, known in zip(own, (words, pairs))) / 2


class Scale:
    """Columns to mean 0 and deviation 1, over all sentences."""

    def __init__(self, articles):
        rows = numpy.concatenate([a.features for a in articles])
        self.mean, self.deviation = rows.mean(0), numpy.maximum(1e-6, rows.std(0))

    def rows(self, article):
        return (article.features - self.mean) / self.deviation

    def unscaled(self, weights):
        """[base, weights of the features as they are measured]."""
        plain = weights[1:] / self.deviation
        return numpy.concatenate([[weights[0] - plain @ self.mean], plain])


def with_one(rows):
    return numpy.concatenate([numpy.ones((len(rows), 1)), rows], axis=1)


def solve(parts, penalties):
    """parts: (rows, targets, weight)."""
    matrix, right = numpy.diag(penalties), numpy.zeros(len(penalties))
    for rows, targets, weight in parts:
        matrix = matrix + weight * (rows.T @ rows)
        right += weight * (rows.T @ targets)
    return numpy.linalg.solve(matrix, right)


# --- summaries -------------------------------------------------------------------------------


def f1(counts, reference):
    hits = sum((counts & reference).values())
    return 2 * hits / max(1, sum(counts.values()) + sum(reference.values()))


def fresh(article, taken, tired):
    """What of each sentence is left when those before it are said: expected() of pick.c."""
    said, out = set(), []
    for i in taken:
        terms = article.terms[i]
        known = sum(term in said for term in terms) / len(terms) if terms else 0
        out.append(1 - tired * known)
        said.update(terms)
    return out


def add_summaries(article, prior, aim, tired):
    """article.sums [summary][sentence]: worth_with() of pick.c is linear in the scores of the
    sentences; .rouge: what each summary has. Both less their mean: which summary of an
    article is the better is what counts."""
    able = [i for i in numpy.argsort(-prior, kind="stable")
            if WORDS[0] <= article.words[i] <= WORDS[1]][:TOP]
    made = [c for n in range(1, MOST + 1) for c in itertools.combinations(able, n)]
    sums, rouge = numpy.zeros((len(made), len(prior))), numpy.zeros(len(made))
    for row, taken in enumerate(made):
        taken = list(taken)  # the best one first
        length = article.words[taken].sum() + aim
        sums[row, taken] = 2 * numpy.array(fresh(article, taken, tired)) * article.words[taken]
        sums[row] /= length
        rouge[row] = f1(sum((article.counts[i] for i in taken), collections.Counter()),
                        article.reference)
    article.sums, article.rouge = sums, rouge
    if made:
        article.sums, article.rouge = sums - sums.mean(0), rouge - rouge.mean()


def make_summaries(articles, aim, tired):
    scale = Scale(articles)
    parts = [(with_one(scale.rows(a)), a.shares, a.weight * ARTICLE / len(a.words))
             for a in articles]
    weights = solve(parts, [1e-6] + [RIDGE_SHARE] * len(scale.mean))
    for article in articles:
        add_summaries(article, with_one(scale.rows(article)) @ weights, aim, tired)


def fit_summaries(articles, rows_of, penalties):
    parts = [(a.sums @ rows_of(a), a.rouge, a.weight / len(a.rouge))
             for a in articles if len(a.rouge) > 0]
    return solve(parts, penalties)


def penalties_of(features):
    return [RIDGE / 100] + [RIDGE] * features


# --- the two scorers -------------------------------------------------------------------------


def fast(articles):
    """[base, weights] of the features."""
    scale = Scale(articles)
    weights = fit_summaries(articles, lambda a: with_one(scale.rows(a)),
                            penalties_of(len(scale.mean)))
    return scale.unscaled(weights)


def to_length_one(rows):
    return rows / numpy.maximum(1e-6, numpy.linalg.norm(rows, axis=-1, keepdims=True))


def likenesses(vectors, mean, bytes_of):
    """The columns of encoder/gist.c, in its order."""
    unit = to_length_one(vectors - mean)
    weights = numpy.minimum(bytes_of[:len(vectors)], BYTES_MAX)[:, None]
    text, lead = to_length_one((weights * unit).sum(0)), to_length_one(unit[:LEAD].sum(0))
    like = unit @ unit.T
    count = len(unit)
    before = [like[i, :i].max() if i > 0 else 0 for i in range(count)]
    behind = [like[i, i + 1:].max() if i + 1 < count else 0 for i in range(count)]
    all_others = (like.sum(1) - like.diagonal()) / max(1, count - 1)
    columns = numpy.stack([unit @ text, unit @ lead, unit @ unit[0], all_others, before, behind], 1)
    return columns - columns.mean(0)


class Gist:
    """What gist.c computes of the vectors of an article."""

    def __init__(self, articles):
        rows = numpy.concatenate([a.vectors for a in articles])
        self.mean = rows.mean(0).astype(numpy.float32).astype(float)
        self.deviation = rows.std(0).mean()

    def columns(self, article):
        """A row a sentence, zeros where the encoder did not read."""
        read = len(article.vectors)
        like = likenesses(article.vectors, self.mean, article.bytes)
        rows = numpy.zeros((len(article.words), 1 + like.shape[1] + len(self.mean)))
        rows[:read, 0] = 1
        rows[:read, 1:1 + like.shape[1]] = LIKENESS * like
        rows[:read, 1 + like.shape[1]:] = (article.vectors - self.mean) / self.deviation
        return rows

    def take(self, weights):
        """The fitted weights of columns()."""
        count = len(weights) - 1 - len(self.mean)
        self.likeness = LIKENESS * weights[1:1 + count]
        self.weights = (weights[1 + count:] / self.deviation).astype(numpy.float32).astype(float)
        self.base = weights[0] - self.weights @ self.mean

    def values(self, article):
        like = likenesses(article.vectors, self.mean, article.bytes)
        return self.base + like @ self.likeness + article.vectors @ self.weights


def accurate(articles):
    """[base, weights] of the features, and the Gist that goes with them."""
    articles = [a for a in articles if len(a.vectors) > 0]
    scale, gist = Scale(articles), Gist(articles)
    features = len(scale.mean)
    weights = fit_summaries(
        articles, lambda a: numpy.concatenate([with_one(scale.rows(a)), gist.columns(a)], 1),
        penalties_of(features) + [RIDGE_VECTOR] * gist.columns(articles[0]).shape[1])
    gist.take(weights[1 + features:])
    return scale.unscaled(weights[:1 + features]), gist
