"""MiniLM with a case-shape embedding and a head of labels, in torch: what services/encoder
and services/tag compute at run time.

The shape embedding enters behind the FROZEN lower layers, which stay as they came: what they
say of a window is computed once and kept, and small or capital letters do not change it.
"""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

FROZEN, WIDTH = 2, 384
HEAD_WIDTH = 32
SHAPES = 8
EPS = 1e-12


@dataclass
class Size:
    words: int = 30522
    places: int = 512
    width: int = WIDTH
    inner: int = 1536
    layers: int = 6
    frozen: int = FROZEN


class Layer(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.qkv = nn.Linear(size.width, 3 * size.width)
        self.out = nn.Linear(size.width, size.width)
        self.norm1 = nn.LayerNorm(size.width, EPS)
        self.up = nn.Linear(size.width, size.inner)
        self.down = nn.Linear(size.inner, size.width)
        self.norm2 = nn.LayerNorm(size.width, EPS)

    def forward(self, x, mask, drop):
        rows, length, width = x.shape
        qkv = self.qkv(x).view(rows, length, 3, width // HEAD_WIDTH, HEAD_WIDTH)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(rows, length, width)
        x = self.norm1(x + F.dropout(self.out(mixed), drop, self.training))
        inner = F.gelu(self.up(x))
        return self.norm2(x + F.dropout(self.down(inner), drop, self.training))


class Encoder(nn.Module):
    def __init__(self, labels, size=Size()):
        super().__init__()
        self.size = size
        self.words = nn.Embedding(size.words, size.width)
        self.places = nn.Embedding(size.places, size.width)
        self.norm = nn.LayerNorm(size.width, EPS)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.shapes = nn.Embedding(SHAPES, size.width)
        self.head = nn.Linear(size.width, labels)
        nn.init.zeros_(self.shapes.weight)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def lower(self, ids, mask):
        place = torch.arange(ids.shape[1])
        x = self.norm(self.words(ids) + self.places(place))
        for layer in self.layers[:self.size.frozen]:
            x = layer(x, mask, 0.0)
        return x

    def upper(self, x, shapes, mask, drop=0.0):
        x = x + self.shapes(shapes)
        for layer in self.layers[self.size.frozen:]:
            x = layer(x, mask, drop)
        return self.head(F.dropout(x, drop, self.training))

    def forward(self, ids, shapes, mask):
        return self.upper(self.lower(ids, mask), shapes, mask)


def from_bert(weights, labels):
    """The encoder of a BERT checkpoint; the token type, always 0, goes into the places."""
    model = Encoder(labels)
    get = lambda name: weights[name].float()
    own = {"words.weight": get("embeddings.word_embeddings.weight"),
           "places.weight": get("embeddings.position_embeddings.weight")
           + get("embeddings.token_type_embeddings.weight")[0],
           "norm.weight": get("embeddings.LayerNorm.weight"),
           "norm.bias": get("embeddings.LayerNorm.bias")}
    names = {"out": "attention.output.dense", "norm1": "attention.output.LayerNorm",
             "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm"}
    for i in range(model.size.layers):
        for end in ("weight", "bias"):
            layer = f"encoder.layer.{i}."
            own[f"layers.{i}.qkv.{end}"] = torch.cat(
                [get(f"{layer}attention.self.{part}.{end}") for part in ("query", "key", "value")])
            for mine, theirs in names.items():
                own[f"layers.{i}.{mine}.{end}"] = get(f"{layer}{theirs}.{end}")
    missing = model.load_state_dict(own, strict=False).missing_keys
    assert sorted(missing) == ["head.bias", "head.weight", "shapes.weight"], missing
    return model


def fast(on):
    """Products in bfloat16 where the CPU has them: half as long again as fast."""
    has = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.autocast("cpu", torch.bfloat16, enabled=on and has)


def mask_of(lengths, width):
    """Which pieces of a padded batch are real, as attention wants it."""
    real = torch.arange(width)[None, :] < torch.tensor(lengths)[:, None]
    return real[:, None, None, :]


def pad(rows, width):
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


