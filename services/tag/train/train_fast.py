#!/usr/bin/env python3
"""Trains the fast model: `train_fast.py WORK OUT.pt [--passes N]`; build.sh calls it.

WORK holds `dump`, names.model, train.jsonl and dev.jsonl (prepare.py), texts.jsonl (texts.py)
and texts.scores.npy (label.py). It learns the labels of train and, of the texts, how likely
better models hold each (Hinton et al. 2015). Some texts come in small or capital letters as well. F1 on dev is printed.
"""
import argparse
import json
import math
import os
import random
import subprocess
import time

import numpy
import torch

import net
import windows
from train_encoder import best_labels, core, f1, spans_of

FEATURES = 16
LEXICAL = (5, 6, 9, 10)  # columns that know the whole word: dropped now and then
BATCH = 4096  # tokens
RATE, DROP, FORGET = 3e-3, 0.1, 0.1
RECASED = 0.08


def features_of(work, texts):
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    done = subprocess.run([os.path.join(work, "dump"), "features",
                           os.path.join(work, "names.model")], input=lines.encode(),
                          stdout=subprocess.PIPE, check=True)
    return net.Texts(numpy.frombuffer(done.stdout, numpy.uint32), FEATURES)


def read(work, name):
    with open(os.path.join(work, name + ".jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return rows, features_of(work, [row["text"] for row in rows])


def recased(work, rows, texts, targets):
    """(rows of Texts, target) of texts in other letters, where their tokens stay the same."""
    out = []
    for change in (str.lower, str.upper):
        chosen = [i for i in range(len(rows)) if random.random() < RECASED]
        changed = features_of(work, [change(rows[i]["text"]) for i in chosen])
        for k, i in enumerate(chosen):
            if changed.size(k) == texts.size(i) and (changed.of(k)[:, :2]
                                                     == texts.of(i)[:, :2]).all():
                out.append((changed.of(k), targets(i)))
    return out


def lesson_of(work):
    """(rows of Texts, target): allowed labels (int64) or the teacher's scores (float16)."""
    rows, texts = read(work, "train")
    allowed = [numpy.array(windows.allowed_of(row, texts.tokens(i)), numpy.int64)
               for i, row in enumerate(rows)]
    lesson = [(texts.of(i), allowed[i]) for i in range(len(rows))]
    lesson += recased(work, rows, texts, lambda i: allowed[i])
    rows, texts = read(work, "texts")
    scores = numpy.load(os.path.join(work, "texts.scores.npy"), mmap_mode="r")
    assert len(scores) == texts.ends[-1], (len(scores), texts.ends[-1])
    scores_of = lambda i: scores[texts.ends[i]:texts.ends[i + 1]]
    lesson += [(texts.of(i), scores_of(i)) for i in range(len(rows))]
    lesson += recased(work, rows, texts, scores_of)
    return [(part, target) for part, target in lesson if len(part)]


def loss_of(out, target):
    """Of one text, summed over its tokens."""
    if target.dtype == numpy.int64:
        wanted = (torch.from_numpy(target)[:, None] >> torch.arange(windows.LABELS)) & 1
        inside = out.masked_fill(wanted == 0, -math.inf).logsumexp(1)
        return (out.logsumexp(1) - inside).sum()
    wanted = torch.from_numpy(target.astype(numpy.float32)).softmax(1)
    return -(wanted * out.log_softmax(1)).sum()


def check(model, rows, texts):
    model.eval()
    gold = {(doc, s["b"], s["e"], s["types"][0]) for doc, row in enumerate(rows)
            for s in row["spans"]}
    found = set()
    with torch.inference_mode():
        for doc in range(len(rows)):
            hashes, words, real, _ = net.batch_of([texts.of(doc)], model.bits)
            out = model(hashes, torch.ones(hashes.shape), words, real)[:texts.size(doc)]
            labels = best_labels(out.numpy(), [t[3] for t in texts.tokens(doc)])
            found |= spans_of([(doc, b, e, s) for b, e, _, s in texts.tokens(doc)], labels)
    model.train()
    return f"all {f1(gold, found):.2f}, CoNLL's four {f1(core(gold), core(found)):.2f}"


def train(model, lesson, passes, watch):
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.99),
                                  weight_decay=0.01, fused=True)
    total = passes * sum(len(part) for part, _ in lesson)
    seen, steps, mean, start, order = 0, 0, 0.0, time.monotonic(), []
    while seen < total:
        batch = []
        while sum(len(part) for part, _ in batch) < BATCH:
            if not order:
                order = random.sample(range(len(lesson)), len(lesson))
            batch.append(lesson[order.pop()])
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, seen / total / 0.02 + 0.01, 1.002 - seen / total)
        hashes, words, real, places = net.batch_of([part for part, _ in batch], model.bits)
        kept = torch.ones(hashes.shape)
        kept[:, LEXICAL] *= (torch.rand(len(hashes), 1) >= FORGET).float()
        out = model(hashes, kept, words, real, DROP)
        loss = sum(loss_of(out[a:b], target) for (a, b), (_, target) in zip(places, batch))
        tokens = sum(len(part) for part, _ in batch)
        optimizer.zero_grad()
        (loss / tokens).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen += tokens
        steps += 1
        mean = loss.item() / tokens if steps == 1 else 0.98 * mean + 0.02 * loss.item() / tokens
        if steps % 100 == 0:
            print(f"{100 * seen / total:.1f} %, loss {mean:.4f}, "
                  f"{seen / (time.monotonic() - start):.0f} tokens/s", flush=True)
        if steps % 1000 == 0:
            print("dev:", watch(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work")
    parser.add_argument("out")
    parser.add_argument("--passes", type=float, default=4.0)
    parser.add_argument("--bits", type=int, default=16)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)
    model = net.Net(windows.LABELS, FEATURES, options.bits, options.width, options.layers)
    rows, texts = read(options.work, "dev")
    watch = lambda: check(model, rows, texts)
    train(model, lesson_of(options.work), options.passes, watch)
    print("dev:", watch(), flush=True)
    torch.save({"size": (windows.LABELS, FEATURES, options.bits, options.width,
                         options.layers), "model": model.state_dict()}, options.out)


if __name__ == "__main__":
    main()
