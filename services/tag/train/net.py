"""The fast model of tag in torch: what tag/net.c computes at run time."""
import math

import numpy
import torch
from torch import nn
from torch.nn import functional as F

EPS = 1e-12
GAP = 4  # rows of nothing between the texts of a batch: more than a layer sees


class Net(nn.Module):
    """features: columns of hashes. Behind `word_layer` layers each token is told the mean of
    the tokens of its text that are the same word."""

    def __init__(self, labels, features, bits=16, width=96, layers=4, word_layer=2):
        super().__init__()
        self.features, self.bits, self.width, self.word_layer = features, bits, width, word_layer
        self.rows = nn.EmbeddingBag(1 << bits, width, mode="sum")
        self.norm = nn.LayerNorm(width, EPS)
        self.layers = nn.ModuleList(nn.Linear(3 * width, width) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width, EPS) for _ in range(layers))
        self.words = nn.Linear(width, width)
        self.head = nn.Linear(width, labels)
        nn.init.normal_(self.rows.weight, std=0.3 / math.sqrt(features))
        for linear in self.layers:
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
        for linear, std in ((self.words, 0.01), (self.head, 0.05)):
            nn.init.normal_(linear.weight, std=std)
            nn.init.zeros_(linear.bias)

    def share_words(self, x, words):
        count = int(words.max()) + 1
        sums = x.new_zeros(count, self.width).index_add(0, words, x)
        uses = x.new_zeros(count).index_add(0, words, x.new_ones(len(x)))
        return x + self.words((sums / uses[:, None])[words])

    def forward(self, hashes, kept, words, real, drop=0.0):
        """hashes, kept [rows][features]; words [rows]: number of the token's word; real
        [rows][1]: 0 in a gap."""
        x = self.norm(self.rows(hashes, per_sample_weights=kept))
        x = F.dropout(x, drop, self.training) * real
        end = x.new_zeros(1, self.width)
        for i, (linear, norm) in enumerate(zip(self.layers, self.norms)):
            seen = torch.cat([torch.cat([end, x[:-1]]), x, torch.cat([x[1:], end])], 1)
            x = norm(x + F.dropout(F.gelu(linear(seen)), drop, self.training)) * real
            if i + 1 == self.word_layer:
                x = self.share_words(x, words) * real
        return self.head(x)


class Texts:
    """Texts as the net reads them: what `dump features` wrote."""

    def __init__(self, raw, features):
        rows, at, self.ends = [], 0, [0]
        width = 4 + features
        while at < len(raw):
            count = int(raw[at])
            rows.append(raw[at + 1:at + 1 + count * width].reshape(count, width))
            self.ends.append(self.ends[-1] + count)
            at += 1 + count * width
        self.rows = numpy.concatenate(rows) if rows else raw.reshape(0, width)

    def __len__(self):
        return len(self.ends) - 1

    def size(self, i):
        return self.ends[i + 1] - self.ends[i]

    def of(self, i):
        return self.rows[self.ends[i]:self.ends[i + 1]]

    def tokens(self, i):
        """(start, end, nothing, whether a sentence begins) of each, bytes."""
        return [(int(b), int(e), 0, bool(s)) for b, e, s in self.of(i)[:, :3]]


def batch_of(parts, bits):
    """parts: rows of Texts. Hashes, words, real, and where each text lies."""
    mask = (1 << bits) - 1
    hashes, words, real, places, at, word = [], [], [], [], 0, 1
    for part in parts:
        count = len(part)
        _, numbers = numpy.unique(part[:, 3], return_inverse=True)
        gap = numpy.zeros((GAP, part.shape[1] - 4), numpy.int64)
        hashes += [(part[:, 4:] & mask).astype(numpy.int64), gap]
        words += [numbers + word, numpy.zeros(GAP, numpy.int64)]
        real += [numpy.ones(count, numpy.float32), numpy.zeros(GAP, numpy.float32)]
        places.append((at, at + count))
        at += count + GAP
        word += int(numbers.max()) + 1 if count else 0
    join = lambda rows: torch.from_numpy(numpy.concatenate(rows))
    return join(hashes), join(words), join(real)[:, None], places
