#!/usr/bin/env python3
"""Writes ../letters.inc: `tables.py TOKENIZER.json > letters.inc`, with the package tokenizers.

Asks the reference tokenizer about every code point, since it keeps the Unicode tables of
another year than ICU's.
"""
import sys

import tokenizers


def runs(points):
    out = []
    for point in points:
        if out and out[-1][1] == point - 1:
            out[-1][1] = point
        else:
            out.append([point, point])
    return out


def table(name, why, points):
    cells = [f"{{{a:#x}, {b:#x}}}," for a, b in runs(points)]
    print(f"\n/* {why} */\nstatic const range_t {name}[] = {{")
    line = "   "
    for cell in cells:
        if len(line) + len(cell) + 1 > 92:
            print(line)
            line = "   "
        line += " " + cell
    print(line + "\n};")


def main():
    reference = tokenizers.Tokenizer.from_file(sys.argv[1])
    gone, white, marks = [], [], []
    for point in range(1, 0x110000):
        if 0xD800 <= point < 0xE000:
            continue
        char = chr(point)
        normal = reference.normalizer.normalize_str(f"a{char}a")
        if normal == "aa":
            gone.append(point)
        elif normal == "a a":
            white.append(point)
        elif len(reference.pre_tokenizer.pre_tokenize_str(f"a{char}a")) == 3:
            marks.append(point)
    print("/* Written by train/tables.py: what the reference tokenizer takes a code point for. */")
    table("gone", "Left out: controls, and what is put over or under a letter.", gone)
    table("white", "White space.", white)
    table("marks", "Punctuation: a word of its own.", marks)


if __name__ == "__main__":
    main()
