#!/usr/bin/env python3
"""What the reference tokenizer makes of 11,000 lines, for tests/encoder/wordpiece_test.c:
`samples.py TOKENIZER.json DATA/ner > wordpiece_lines.tsv`.

One line: digest, tab, text. The digest is FNV-1a, 64 bits, over id, start and end (bytes of
the text) of each piece, each as four bytes, little-endian. Lines from wikigold, wnut17, UNER
(CC BY), GeoNames (CC BY 4.0), country-codes (PDDL), and made up.
"""
import csv
import gzip
import os
import random
import struct
import sys

import tokenizers

BLOCKS = [(0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
          (0x590, 0x6FF), (0x900, 0xDFF), (0xE00, 0xFFF), (0x10A0, 0x11FF), (0x1E00, 0x1FFF),
          (0x2000, 0x206F), (0x20A0, 0x2BFF), (0x3000, 0x33FF), (0x4E00, 0x9FFF),
          (0xAC00, 0xD7A3), (0xF900, 0xFDFF), (0xFE00, 0xFFEF), (0x10000, 0x10FFF),
          (0x1D400, 0x1D7FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x2B740, 0x2CEAF),
          (0xE0000, 0xE01EF)]
ODD = ["[CLS] and [MASK]", "##ing ing", "a" * 100, "a" * 101, "é" * 101 + " x", "don't",
       "U.S.A.", "İSTANBUL", "ǅ ﬁ ß ẞ Σίσυφος ΣΑΣ", "a\u0301\u0302b", "\u0301start", "",
       "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈", "soft\u00adhyphen", "x\u200by", "１２３ ＡＢＣ",
       "한국어 문장", "日本語の文。", "नमस्ते दुनिया", "x" * 99 + "\u0301y", "naïve café"]


def token_lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        words = []
        for line in file:
            if line.startswith("# "):
                continue
            if line.strip():
                words.append(line.split("\t")[0])
            elif words:
                yield " ".join(words)
                words = []


def names(folder):
    with gzip.open(os.path.join(folder, "gazetteer/geonames_cities15000.tsv.gz"), "rt",
                   encoding="utf-8") as file:
        for line in file:
            yield " / ".join(line.split("\t")[:3])
    with gzip.open(os.path.join(folder, "gazetteer/country_codes.csv.gz"), "rt",
                   encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield from (cell for cell in row if not cell.isascii())


def made_up():
    blocks = random.choices(BLOCKS, k=random.randint(1, 4))
    words = []
    for _ in range(random.randint(1, 6)):
        first, last = random.choice(blocks)
        points = (random.randint(first, last) for _ in range(random.randint(1, 8)))
        words.append("".join(chr(p) for p in points))
    return " ".join(words)


def lines_of(folder):
    random.seed(5)
    for name, count in (("wikigold", 2000), ("wnut17", 2500), ("uner_ewt", 1500)):
        lines = list(token_lines(os.path.join(folder, name, "train.tsv.gz")))
        yield from random.sample(lines, min(count, len(lines)))
    places = list(names(folder))
    yield from random.sample(places, 2500)
    yield from (made_up() for _ in range(3000))
    yield from ODD


def digest(pieces):
    value = 14695981039346656037
    for byte in b"".join(struct.pack("<III", *piece) for piece in pieces):
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def main():
    tokenizer = tokenizers.Tokenizer.from_file(sys.argv[1])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    for line in lines_of(sys.argv[2]):
        line = line.replace("\n", " ").replace("\r", " ")
        found = tokenizer.encode(line, add_special_tokens=False)
        at = [0]
        for char in line:
            at.append(at[-1] + len(char.encode()))
        pieces = [(i, at[b], at[e]) for i, (b, e) in zip(found.ids, found.offsets)]
        print(f"{digest(pieces):016x}\t{line}")


if __name__ == "__main__":
    main()
