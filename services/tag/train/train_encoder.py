#!/usr/bin/env python3
"""Fine-tunes the encoder of tag: `train_encoder.py WORK BASE OUT.pt [--passes N] [--minutes M]`.

WORK holds train.jsonl, train.tokens, dev.jsonl and dev.tokens (build.sh makes them),
BASE the published weights (model.safetensors, tokenizer.json). Passes or minutes, whichever
end first; the step size falls to zero by then. OUT.pt is saved now and then and at the end.
With --soft it also learns, of soft.jsonl, how likely a better model held each label
(soft.scores.npy of label.py). With --check: the F1 of --resume on dev, which trains nothing.
"""
import argparse
import json
import math
import os
import random
import struct
import tempfile
import time
from collections import defaultdict

import numpy
import tokenizers
import torch
from torch import distributed, multiprocessing

import encoder
import windows

BATCH = 1536  # pieces
RECASED = 0.12
RATE, HEAD_RATE = 1.0e-4, 5e-4
WARM, FALL = 0.03, 1.0  # shares of the time: the step grows, and falls to zero
DROP = 0.1
CORE = ("PER", "ORG", "LOC", "MISC")  # dev is watched on CoNLL's four as well
TO_CORE = {"FAC": "LOC", "NORP": "MISC", "PRODUCT": "MISC", "DATE": None, "MONEY": None}


def read_safetensors(path):
    kinds = {"F32": numpy.float32, "F16": numpy.float16, "I64": numpy.int64}
    with open(path, "rb") as file:
        head = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    out = {}
    for name, info in head.items():
        if name != "__metadata__":
            start, end = info["data_offsets"]
            raw = numpy.frombuffer(body[start:end], kinds[info["dtype"]])
            out[name] = torch.from_numpy(raw.reshape(info["shape"]).copy())
    return out


def batches_of(rows, pieces):
    """Windows of like length together: next to nothing is padding."""
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i].ids), random.random()))
    batch, out = [], []
    for i in order:
        if batch and len(rows[i].ids) * (len(batch) + 1) > pieces:
            out.append(batch)
            batch = []
        batch.append(i)
    return out + [batch]


def lower_of(model, rows, kept, batch):
    """Fills in what the frozen layers say of the windows of a batch, unless it is kept."""
    batch = [i for i in batch if kept[i] is None]
    if not batch:
        return
    lengths = [len(rows[i].ids) for i in batch]
    ids = encoder.pad([rows[i].ids for i in batch], max(lengths))
    with torch.no_grad():
        out = model.lower(ids, encoder.mask_of(lengths, max(lengths))).half()
    for i, row, length in zip(batch, out, lengths):
        kept[i] = row[:length].clone()


def logits_of(model, rows, kept, batch, share, drop):
    lengths = [len(rows[i].ids) for i in batch]
    width = max(lengths)
    lower_of(model, rows, kept, batch)
    x = torch.zeros(len(batch), width, encoder.WIDTH)
    for k, i in enumerate(batch):
        x[k, :lengths[k]] = kept[i]
    shapes = encoder.pad([windows.recase(rows[i].shapes, share) for i in batch], width)
    with encoder.fast(model.training):
        out = model.upper(x, shapes, encoder.mask_of(lengths, width), drop).float()
    place = torch.tensor([k * width + at for k, i in enumerate(batch) for at in rows[i].first])
    return out.view(-1, windows.LABELS)[place]


def loss_of(logits, allowed):
    """Minus the log of the share that the allowed labels have: an annotation that leaves
    kinds open says only what a token is not."""
    wanted = (allowed[:, None] >> torch.arange(windows.LABELS)) & 1
    inside = logits.masked_fill(wanted == 0, -math.inf).logsumexp(1)
    return (logits.logsumexp(1) - inside).sum()


def losses_of(logits, rows, batch):
    """The mean over the tokens of a batch: of labels, or of a better model's scores."""
    total, at = 0.0, 0
    for i in batch:
        part = logits[at:at + len(rows[i].first)]
        at += len(part)
        if rows[i].soft is None:
            total = total + loss_of(part, torch.tensor(rows[i].allowed))
        else:
            wanted = torch.from_numpy(rows[i].soft.astype(numpy.float32)).softmax(1)
            total = total - (wanted * part.log_softmax(1)).sum()
    return total / max(1, at)


def best_labels(scores, starts):
    """The best row of labels in which an inside label follows its own kind."""
    count = len(scores)
    n = windows.LABELS
    never = numpy.zeros((n, n), bool)
    for b in range(2, n, 2):
        never[:, b] = True
        never[b, b] = never[b - 1, b] = False
    total, back = scores.copy(), numpy.zeros((count, n), int)
    for i in range(count):
        if i == 0 or starts[i]:
            base = total[i - 1].max() if i else 0
            back[i] = total[i - 1].argmax() if i else 0
            total[i] += base
            total[i, 2::2] = -math.inf
        else:
            ways = numpy.where(never, -math.inf, total[i - 1][:, None])
            back[i] = ways.argmax(0)
            total[i] += ways.max(0)
    labels = [int(total[-1].argmax())]
    for i in range(count - 1, 0, -1):
        labels.append(int(back[i][labels[-1]]))
    return labels[::-1]


def spans_of(tokens, labels):
    spans, now = set(), None
    for (doc, start, end, _), label in zip(tokens, labels):
        if label == 0 or label % 2 == 1:
            if now:
                spans.add(tuple(now))
            now = [doc, start, end, windows.KINDS[(label - 1) // 2]] if label else None
        elif now:
            now[2] = end
    if now:
        spans.add(tuple(now))
    return spans


def core(spans):
    out = {(d, b, e, TO_CORE.get(kind, kind)) for d, b, e, kind in spans}
    return {span for span in out if span[3]}


def f1(gold, found):
    return 200 * len(gold & found) / max(1, len(gold) + len(found))


def check(model, rows, texts):
    """F1 on all kinds, on CoNLL's four, and of each kind."""
    model.eval()
    kept = [None] * len(rows)
    gold = {(doc, s["b"], s["e"], s["types"][0]) for doc, row in enumerate(texts)
            for s in row["spans"]}
    found = set()
    with torch.inference_mode():
        for batch in batches_of(rows, 4 * BATCH):
            scores = logits_of(model, rows, kept, batch, 0.0, 0.0).numpy()
            at = 0
            for i in batch:
                count = len(rows[i].first)
                labels = best_labels(scores[at:at + count], [t[3] for t in rows[i].tokens])
                found |= spans_of(rows[i].tokens, labels)
                at += count
    kinds = defaultdict(set), defaultdict(set)
    for side, spans in zip(kinds, (gold, found)):
        for span in spans:
            side[span[3]].add(span)
    each = " ".join(f"{k} {f1(kinds[0][k], kinds[1][k]):.1f}" for k in windows.KINDS)
    return f1(gold, found), f1(core(gold), core(found)), each


def groups_of(model):
    """Bias and norms are not decayed; head and shapes learn from nothing, so faster."""
    fast, flat, rest = [], [], []
    for name, value in model.named_parameters():
        if value.requires_grad:
            place = fast if name.startswith(("head", "shapes")) else flat if value.dim() < 2 else rest
            place.append(value)
    return [{"params": rest, "rate": RATE, "weight_decay": 0.01},
            {"params": flat, "rate": RATE, "weight_decay": 0.0},
            {"params": fast, "rate": HEAD_RATE, "weight_decay": 0.0}]


def share_gradients(model):
    """Every process steps along the mean of all gradients."""
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.view(-1) for g in grads])
    distributed.all_reduce(flat)
    flat /= distributed.get_world_size()
    for grad, mean in zip(grads, flat.split([g.numel() for g in grads])):
        grad.copy_(mean.view_as(grad))


def agreed(done):
    """What process 0 says, so that all stop at one step."""
    word = torch.tensor([done])
    distributed.broadcast(word, 0)
    return word.item()


def train(model, rows, options, save):
    rank, start = distributed.get_rank(), time.monotonic()
    optimizer = torch.optim.AdamW(groups_of(model), lr=0.0, betas=(0.9, 0.98), fused=True)
    kept, steps, saved, seen, mean = [None] * len(rows), 0, 0.0, 0, 0.0
    batches = batches_of(rows, BATCH // distributed.get_world_size())
    steps_all = options.passes * len(batches)
    while True:
        if steps % len(batches) == 0:
            random.shuffle(batches)
        minutes = (time.monotonic() - start) / 60
        done = agreed(max(steps / steps_all, minutes / options.minutes))
        if done >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * min(1.0, done / WARM, (1 - done) / FALL)
        model.train()
        batch = batches[steps % len(batches)]
        loss = losses_of(logits_of(model, rows, kept, batch, RECASED, DROP), rows, batch)
        optimizer.zero_grad()
        loss.backward()
        share_gradients(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        steps += 1
        seen += sum(len(rows[i].ids) for i in batch)
        mean = loss.item() if steps == 1 else 0.97 * mean + 0.03 * loss.item()
        if rank == 0 and steps % 10 == 0:
            print(f"step {steps} of {steps_all}, {minutes:.1f} min, {100 * done:.1f} %, "
                  f"loss {mean:.4f}, {seen} pieces here", flush=True)
        if rank == 0 and minutes - saved > options.save:
            saved = minutes
            save()


def model_of(options):
    if options.resume:
        model = encoder.Encoder(windows.LABELS)
        model.load_state_dict(torch.load(options.resume))
    else:
        path = os.path.join(options.base, "model.safetensors")
        model = encoder.from_bert(read_safetensors(path), windows.LABELS)
    frozen = ("words", "places", "norm.", *(f"layers.{i}." for i in range(encoder.FROZEN)))
    for name, value in model.named_parameters():
        value.requires_grad_(not name.startswith(frozen))
    return model


def windows_for(options, name):
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(options.base, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    path = os.path.join(options.work, name)
    return windows.read(path + ".jsonl", path + ".tokens", tokenizer)


def soft_windows(options):
    """Of texts without labels, with a better model's scores for their tokens."""
    rows, _ = windows_for(options, "soft")
    scores = numpy.load(os.path.join(options.work, "soft.scores.npy"), mmap_mode="r")
    at = 0
    for row in rows:
        row.soft = scores[at:at + len(row.first)]
        at += len(row.first)
        row.allowed = row.tokens = None
    assert at == len(scores), (at, len(scores))
    return rows


def run(rank, options):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    distributed.init_process_group("gloo", init_method=f"file://{options.meeting}",
                                   rank=rank, world_size=options.processes)
    model = model_of(options)
    random.seed(1)  # the same windows in the same order, of which each takes its own
    rows, _ = windows_for(options, "train")
    if options.soft:
        rows += soft_windows(options)
    random.shuffle(rows)
    rows = rows[:len(rows) // options.processes * options.processes]
    rows = rows[rank::options.processes]
    random.seed(rank)

    def save():
        torch.save(model.state_dict(), options.out + ".new")
        os.replace(options.out + ".new", options.out)

    train(model, rows, options, save)
    if rank == 0:
        save()


def watch(options):
    rows, texts = windows_for(options, "dev")
    total, four, each = check(model_of(options), rows, texts)
    print(f"dev: all {total:.2f}, CoNLL's four {four:.2f}: {each}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work")
    parser.add_argument("base")
    parser.add_argument("out", help="empty with --check")
    parser.add_argument("--passes", type=float, default=6.0)
    parser.add_argument("--minutes", type=float, default=24 * 60.0)
    parser.add_argument("--save", type=float, default=5.0, help="minutes between saves")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--resume", help="weights of an earlier run to start from")
    parser.add_argument("--soft", action="store_true", help="learn from soft.jsonl as well")
    parser.add_argument("--check", action="store_true", help="only score --resume on dev")
    options = parser.parse_args()
    if options.check:
        watch(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        options.meeting = os.path.join(folder, "meeting")
        multiprocessing.spawn(run, (options,), nprocs=options.processes)


if __name__ == "__main__":
    main()
