"""Texts as the encoder reads them: pieces in windows of whole sentences, with their labels."""
import json
import random

KINDS = ["PER", "ORG", "LOC", "NORP", "FAC", "PRODUCT", "MISC", "DATE", "MONEY"]
LABELS = 1 + 2 * len(KINDS)  # O, then begin and inside of each kind: labels.h
WINDOW = 128  # pieces, [CLS] and [SEP] among them
WORD_PIECES = 16  # of one token; what follows does not tell it apart
CLS, SEP = 101, 102
LOWER, TITLE, UPPER, MIXED, INITIAL, SHOUTED = 1, 2, 3, 4, 6, 7  # encoder/spelling.h
CASED = (LOWER, TITLE, UPPER, MIXED, INITIAL)


class Window:
    """One row for the encoder. `first` are the places of the first piece of each token,
    `allowed` the bit set of labels that the annotation leaves open there."""

    def __init__(self):
        self.ids, self.shapes, self.first, self.allowed, self.tokens = [CLS], [0], [], [], []
        self.soft = None  # scores of a better model for each token, in place of `allowed`

    def room(self):
        return WINDOW - 1 - len(self.ids)

    def close(self):
        self.ids.append(SEP)
        self.shapes.append(0)


def bits(labels):
    return sum(1 << label for label in labels)


def allowed_of(row, tokens):
    """The labels that each token may bear: one, or more where the set leaves kinds open."""
    still_open = [KINDS.index(k) for k in row.get("open", [])]
    free = bits([0] + [1 + 2 * k for k in still_open] + [2 + 2 * k for k in still_open])
    allowed = [free] * len(tokens)
    spans, at = row.get("spans", []), 0
    for span in spans:
        kinds = [KINDS.index(k) for k in span["types"]]
        while at < len(tokens) and tokens[at][1] <= span["b"]:
            at += 1
        begins = True
        for i in range(at, len(tokens)):
            if tokens[i][0] >= span["e"]:
                break
            allowed[i] = bits([(1 if begins else 2) + 2 * k for k in kinds])
            begins = False
    return allowed


def sentences_of(tokens):
    start = 0
    for i in range(1, len(tokens) + 1):
        if i == len(tokens) or tokens[i][3]:
            yield start, i
            start = i


def windows_of(row, tokens, encode, doc):
    """Fills windows with whole sentences; a sentence that fits no window is cut."""
    text = row["text"].encode()
    pieces = encode([text[t[0]:t[1]].decode() for t in tokens])
    allowed = allowed_of(row, tokens)
    window = Window()
    for start, end in sentences_of(tokens):
        need = sum(len(p) for p in pieces[start:end])
        if need > window.room() and window.first:
            window.close()
            yield window
            window = Window()
        for i in range(start, end):
            if len(pieces[i]) > window.room():
                window.close()
                yield window
                window = Window()
            window.first.append(len(window.ids))
            window.allowed.append(allowed[i])
            window.tokens.append((doc, tokens[i][0], tokens[i][1], i == start))
            window.ids += pieces[i]
            window.shapes += [tokens[i][2]] * len(pieces[i])
    if window.first:
        window.close()
        yield window


def read(texts_path, tokens_path, tokenizer):
    """All windows of a file of texts and the tokens that `dump` made of it; and the texts."""
    unk = tokenizer.token_to_id("[UNK]")

    def encode(words):
        rows = tokenizer.encode_batch(words, add_special_tokens=False)
        return [row.ids[:WORD_PIECES] or [unk] for row in rows]

    windows, rows = [], []
    with open(texts_path, encoding="utf-8") as texts, open(tokens_path) as dumped:
        for doc, (line, tokens) in enumerate(zip(texts, dumped)):
            row = json.loads(line)
            rows.append(row)
            windows += windows_of(row, json.loads(tokens), encode, doc)
    return windows, rows


def recase(shapes, share):
    """Now and then a window is written in small or in capital letters alone: an uncased
    vocabulary leaves only the shapes to change."""
    dice = random.random()
    if dice >= share:
        return shapes
    to = LOWER if dice < share / 2 else SHOUTED
    return [to if shape in CASED else shape for shape in shapes]
