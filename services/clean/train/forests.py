"""Growing forests: which rows, with which settings."""
import numpy
import sets

GROWTH = {"objective": "binary", "max_bin": 63, "lambda_l2": 8, "bagging_fraction": 0.7,
          "bagging_freq": 1, "num_threads": 1, "deterministic": True, "verbose": -1, "seed": 1}


def steady(numbers, bits=10):
    """The numbers with so many bits: what processors compute differently in the last bits
    must not choose another tree."""
    part, power = numpy.frexp(numpy.asarray(numbers, dtype=float))
    return numpy.ldexp(numpy.round(part * 2 ** bits) / 2 ** bits, power)


def sample(table, share):
    """Rows to grow on and their weights: of each only a share, and so much heavier."""
    chosen = (table.weight > 0) & (numpy.random.RandomState(1).rand(len(share)) < share)
    rows = numpy.flatnonzero(chosen & ~numpy.isnan(table.label))
    return rows, steady(table.weight[rows] / share[rows])


def grow(x, label, weights, trees, growth):
    import lightgbm
    return lightgbm.train(GROWTH | growth, lightgbm.Dataset(x, label, weight=weights), trees)


def odds_of(model, x, trees=None):
    return steady(model.predict(x, raw_score=True, num_iteration=trees), 12)


def each_by_others(table, rows, fold, grow, judge):
    """A number for each row: by a model of the other folds but `fold`, which none has seen.
    Returns the model of all but `fold` as well."""
    numbers = numpy.zeros(len(table.label))
    seen = table.fold[rows] != fold
    model = grow(seen)
    for other in range(sets.FOLDS):
        mine = table.fold == other
        own = model if other == fold else grow(seen & (table.fold[rows] != other))
        numbers[mine] = judge(own, mine)
    return model, numbers
