"""The linear model of a line's words, for services/clean/wording.h."""
import hashlib
from typing import NamedTuple

import numpy
import scipy.optimize
import scipy.sparse
from forests import steady

WEIGHTS = 1 << 16
PULL = 1.0   # towards no weight
TURNS = 40


class Wording(NamedTuple):
    weights: numpy.ndarray  # whole numbers, -127 to 127
    step: float
    base: float

    def weigh(self, x):
        return (x @ self.weights.astype(numpy.float32)) * self.step + self.base


def features_of(lines, measure):
    """A row of features for each line, as the C code tells them."""
    _, cells = measure("words", lines, numpy.uint16)
    starts, found = [0], []
    at = 0
    for _ in lines:
        count = int(cells[at])
        found.append(cells[at + 1:at + 1 + count])
        starts.append(starts[-1] + count)
        at += 1 + count
    counts = numpy.diff(starts)
    worth = numpy.repeat(1 / numpy.sqrt(numpy.maximum(counts, 1)), counts)
    table = scipy.sparse.csr_matrix(
        (worth.astype(numpy.float32), numpy.concatenate(found).astype(numpy.int32), starts),
        shape=(len(lines), WEIGHTS))
    table.sort_indices()  # sums are in one order
    return table


def grow(x, label, weights):
    """Logistic regression, in steps that fit a byte."""
    turned = x.T.tocsr()
    weights = weights / weights.mean()

    def loss(guess):
        odds = x @ guess[1:] + guess[0]
        slope = weights * (1 / (1 + numpy.exp(-odds)) - label)
        cost = weights @ (numpy.logaddexp(0, odds) - label * odds)
        return (cost + PULL / 2 * guess[1:] @ guess[1:],
                numpy.concatenate([[slope.sum()], turned @ slope + PULL * guess[1:]]))

    found = scipy.optimize.minimize(loss, numpy.zeros(x.shape[1] + 1), jac=True,
                                    method="L-BFGS-B", options={"maxiter": TURNS}).x
    step = float(steady(numpy.abs(found[1:]).max() / 127 + 1e-9, 6))
    weights = numpy.clip(numpy.round(found[1:] / step), -127, 127)
    return Wording(weights.astype(numpy.int8), step, float(steady(found[0], 6)))


def write(path, name, model):
    cells = [f"{weight}," for weight in model.weights]
    rows = "\n".join(" ".join(cells[i:i + 24]) for i in range(0, len(cells), 24))
    body = (f"static const int8_t {name}_weights[WORDING_WEIGHTS] = {{\n{rows}\n}};\n"
            f"static const wording_t {name}_words = {{{name}_weights, {model.step!r}F, "
            f"{model.base!r}F}};\n")
    mark = hashlib.sha256(body.encode()).hexdigest()[:12]
    guard = f"CLEAN_MODEL_{name.upper()}_H"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"/* Written by train/train.py, see MODEL.md; {name}-words-{mark}. Do not "
                    f"edit: train. */\n#ifndef {guard}\n#define {guard}\n\n"
                    f'#include "clean/wording.h"\n\n/* clang-format off */\n{body}'
                    f"/* clang-format on */\n\n#endif\n")
