#!/usr/bin/env python3
"""A small net with random weights and what torch makes of a text, for tests/tag/net_test.c:
`tiny_net.py DUMP NAMES.model tests/tag`.

Writes net.weights, rounded as export.py rounds before torch computes, and net.bin: length of
the text and its tokens (uint32), the text, the scores (float32), little-endian.
"""
import json
import os
import struct
import subprocess
import sys

import numpy
import torch

import export
import net
import windows

FEATURES = 16
SIZE = (windows.LABELS, FEATURES, 8, 16, 3)
TEXT = ("Ama Boateng met Kofi Mensah in Accra. The minister told Mensah that Ghana will pay $20m "
        "to the World Bank on 3 May. “It is late,” Boateng said. ") * 6


def rounded(values):
    rows, scale = export.quantised(values)
    return rows.float() * scale[:, None]


def main():
    dump, names, folder = sys.argv[1:]
    torch.manual_seed(5)
    model = net.Net(*SIZE).eval()
    for part in (model.rows, *model.layers, model.words, model.head):
        part.weight.data = rounded(torch.randn_like(part.weight) * 0.3)
    for layer in (*model.layers, model.words, model.head):
        layer.bias.data = torch.randn_like(layer.bias)
    path = os.path.join(folder, "net.pt")
    torch.save({"size": SIZE, "model": model.state_dict()}, path)
    export.write_net(torch.load(path), os.path.join(folder, "net.weights"))
    os.remove(path)
    done = subprocess.run([dump, "features", names], input=json.dumps({"text": TEXT}).encode(),
                          stdout=subprocess.PIPE, check=True)
    texts = net.Texts(numpy.frombuffer(done.stdout, numpy.uint32), FEATURES)
    hashes, words, real, _ = net.batch_of([texts.of(0)], model.bits)
    with torch.inference_mode():
        scores = model(hashes, torch.ones(hashes.shape), words, real)[:texts.size(0)]
    with open(os.path.join(folder, "net.bin"), "wb") as file:
        text = TEXT.encode()
        file.write(struct.pack("<2I", len(text), texts.size(0)) + text)
        file.write(scores.numpy().astype("<f4").tobytes())


if __name__ == "__main__":
    main()
