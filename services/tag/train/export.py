#!/usr/bin/env python3
"""Writes the weights that tag loads: `export.py MODEL.pt VOCAB.txt OUT.weights` those of the
encoder (encoder/weights.h), `export.py MODEL.pt OUT.weights` those of the net (tag/net.c).

A matrix becomes int8 with one scale for each output, a table of embeddings int8 with one for
each row.
"""
import struct
import sys

import torch
import xxhash

import encoder
import net
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


def write(path, magic, rest):
    with open(path, "wb") as file:
        file.write(struct.pack("<8sQ", magic, xxhash.xxh3_64_intdigest(rest)) + rest)


def write_encoder(model, vocabulary, path):
    size = model.size
    head = struct.pack("<10I8x", VERSION, len(vocabulary), size.words, windows.WINDOW,
                       size.width, size.inner, size.layers, encoder.SHAPES, size.frozen,
                       model.head.out_features)
    write(path, b"NUTGENC\n", head + body_of(model, vocabulary))


def write_net(saved, path):
    model = net.Net(*saved["size"])
    model.load_state_dict(saved["model"])
    rows, scale = quantised(model.rows.weight.data)
    body = padded(rows.numpy().tobytes()) + floats(scale) + norm(model.norm)
    for linear, layer_norm in zip(model.layers, model.norms):
        body += matrix(linear) + norm(layer_norm)
    body += matrix(model.words) + matrix(model.head)
    head = struct.pack("<7I20x", VERSION, model.bits, model.width, len(model.layers),
                       model.word_layer, model.features, model.head.out_features)
    write(path, b"NUTGNET\n", head + body)


def main():
    saved = torch.load(sys.argv[1])
    if len(sys.argv) == 3:
        write_net(saved, sys.argv[2])
        return
    model = encoder.Encoder(windows.LABELS)
    model.load_state_dict(saved)
    with open(sys.argv[2], "rb") as file:
        write_encoder(model, file.read(), sys.argv[3])


if __name__ == "__main__":
    main()
