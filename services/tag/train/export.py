#!/usr/bin/env python3
"""Writes the weights that services/encoder loads: `export.py MODEL.pt VOCAB.txt OUT.weights`.

Layout: encoder/weights.h. A matrix becomes int8 with one scale for each output, the word
embeddings int8 with one for each word.
"""
import struct
import sys

import torch
import xxhash

import encoder
import windows

ALIGN = 64
VERSION = 1


def padded(raw):
    return raw + bytes(-len(raw) % ALIGN)


def floats(values):
    return padded(values.numpy().astype("<f4").tobytes())


def quantised(values):
    """int8 rows and the scale of each."""
    scale = values.abs().amax(1).clamp(min=1e-9) / 127
    return torch.round(values / scale[:, None]).to(torch.int8), scale


def matrix(linear):
    rows, scale = quantised(linear.weight.data)
    raw = padded(rows.t().contiguous().numpy().tobytes())
    return raw + floats(scale) + floats(linear.bias.data)


def norm(layer):
    return floats(layer.weight.data) + floats(layer.bias.data)


def body_of(model, vocabulary):
    words, scale = quantised(model.words.weight.data)
    places = model.places.weight.data[:windows.WINDOW]
    body = padded(vocabulary) + padded(words.numpy().tobytes()) + floats(scale)
    body += floats(places) + norm(model.norm) + floats(model.shapes.weight.data)
    for layer in model.layers:
        body += matrix(layer.qkv) + matrix(layer.out) + norm(layer.norm1)
        body += matrix(layer.up) + matrix(layer.down) + norm(layer.norm2)
    return body + floats(model.head.weight.data) + floats(model.head.bias.data)


def write(model, vocabulary, path):
    size = model.size
    rest = struct.pack("<10I8x", VERSION, len(vocabulary), size.words, windows.WINDOW,
                       size.width, size.inner, size.layers, encoder.SHAPES, size.frozen,
                       model.head.out_features) + body_of(model, vocabulary)
    with open(path, "wb") as file:
        file.write(struct.pack("<8sQ", b"NUTGENC\n", xxhash.xxh3_64_intdigest(rest)) + rest)


def main():
    model = encoder.Encoder(windows.LABELS)
    model.load_state_dict(torch.load(sys.argv[1]))
    with open(sys.argv[2], "rb") as file:
        write(model, file.read(), sys.argv[3])


if __name__ == "__main__":
    main()
