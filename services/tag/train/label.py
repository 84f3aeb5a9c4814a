#!/usr/bin/env python3
"""What the models say of texts without labels: `label.py WORK BASE MODEL.pt [FAST.pt]`.

Reads WORK/texts.jsonl and texts.tokens, writes WORK/texts.scores.npy: float16, a row for each
token, text after text: the logarithms of the shares of its labels, the mean of both models if
there are two. Of every third text it writes soft.jsonl, soft.tokens and soft.scores.npy as
well, from which the encoder learns in its second round. build.sh calls it.
"""
import os
import sys
import types

import numpy
import torch

import encoder
import net
import train_encoder
import train_fast

THIRD = 3


def said_by_encoder(work, base, path):
    """[tokens of all texts][labels]."""
    options = types.SimpleNamespace(work=work, base=base, resume=path)
    model = train_encoder.model_of(options)
    model.eval()
    rows, _ = train_encoder.windows_for(options, "texts")
    said = [None] * len(rows)
    with torch.inference_mode():
        for batch in train_encoder.batches_of(rows, 4096):
            with encoder.fast(True):
                out = train_encoder.logits_of(model, rows, [None] * len(rows), batch, 0.0, 0.0)
            at = 0
            for i in batch:
                part = out[at:at + len(rows[i].first)]
                said[i] = part.log_softmax(1).half().numpy()
                at += len(part)
    return numpy.concatenate(said)


def said_by_net(texts, path):
    saved = torch.load(path)
    model = net.Net(*saved["size"])
    model.load_state_dict(saved["model"])
    model.eval()
    said = []
    with torch.inference_mode():
        for i in range(len(texts)):
            hashes, words, real, _ = net.batch_of([texts.of(i)], model.bits)
            out = model(hashes, torch.ones(hashes.shape), words, real)[:texts.size(i)]
            said.append(out.log_softmax(1).half().numpy())
    return numpy.concatenate(said)


def write_thirds(work, texts, scores):
    chosen = [i for i in range(0, len(texts), THIRD) if texts.size(i) > 0]
    for end in ("jsonl", "tokens"):
        with open(os.path.join(work, f"texts.{end}"), encoding="utf-8") as file:
            lines = file.readlines()
        with open(os.path.join(work, f"soft.{end}"), "w", encoding="utf-8") as file:
            file.writelines(lines[i] for i in chosen)
    part = numpy.concatenate([scores[texts.ends[i]:texts.ends[i + 1]] for i in chosen])
    numpy.save(os.path.join(work, "soft.scores.npy"), part)


def main():
    work, base, path, *fast = sys.argv[1:]
    torch.set_num_threads(os.cpu_count())
    scores = said_by_encoder(work, base, path)
    _, texts = train_fast.read(work, "texts")
    if fast:
        scores = (scores + said_by_net(texts, fast[0])) / 2
    numpy.save(os.path.join(work, "texts.scores.npy"), scores)
    write_thirds(work, texts, scores)


if __name__ == "__main__":
    main()
