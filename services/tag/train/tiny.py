#!/usr/bin/env python3
"""A small encoder with random weights and what torch makes of it, for
tests/encoder/encoder_test.c: `tiny.py VOCAB.txt tests/encoder`.

Writes tiny.weights and tiny.bin: windows, pieces, labels (uint32); pieces of each window
(uint16); ids (uint32); shapes (uint8); logits (float32); little-endian. The weights are
rounded as export.py rounds them before torch computes, so that arithmetic alone is compared.
"""
import os
import struct
import sys

import numpy
import torch

import encoder
import export

LENS = [128, 1, 37, 64, 100]
LABELS = 19


def rounded(values):
    rows, scale = export.quantised(values)
    return rows.float() * scale[:, None]


def tiny(words):
    size = encoder.Size(words=words, places=128, width=64, inner=256, layers=3, frozen=1)
    model = encoder.Encoder(LABELS, size)
    for name, value in model.named_parameters():
        spread = 1.0 if name.startswith(("shapes", "words", "head")) else 0.1
        torch.nn.init.normal_(value, 1.0 if "norm" in name and "weight" in name else 0.0, spread)
    for layer in model.layers:
        for part in (layer.qkv, layer.out, layer.up, layer.down):
            part.weight.data = rounded(part.weight.data)
    model.words.weight.data = rounded(model.words.weight.data)
    return model.eval()


def main():
    torch.manual_seed(3)
    with open(sys.argv[1], "rb") as file:
        vocabulary = b"".join(file.readlines()[:256])
    model = tiny(256)
    export.write_encoder(model, vocabulary, os.path.join(sys.argv[2], "tiny.weights"))
    ids = [torch.randint(256, (n,)) for n in LENS]
    shapes = [torch.randint(encoder.SHAPES, (n,)) for n in LENS]
    with torch.inference_mode():
        logits = [model(i[None], s[None], encoder.mask_of([len(i)], len(i)))[0]
                  for i, s in zip(ids, shapes)]
    with open(os.path.join(sys.argv[2], "tiny.bin"), "wb") as file:
        file.write(struct.pack("<3I", len(LENS), sum(LENS), LABELS))
        file.write(numpy.array(LENS, "<u2").tobytes())
        file.write(torch.cat(ids).numpy().astype("<u4").tobytes())
        file.write(torch.cat(shapes).numpy().astype("<u1").tobytes())
        file.write(torch.cat(logits).numpy().astype("<f4").tobytes())


if __name__ == "__main__":
    main()
