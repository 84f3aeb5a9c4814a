"""Writes what was fitted as C headers."""
import hashlib
import os
import struct

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WEIGHTS = os.path.join(ROOT, "services/summarise/model/weights.h")
GIST = os.path.join(ROOT, "services/encoder/model/gist.h")
A_LINE = 6


def digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def table_of(names, weights):
    return "".join(f"    [FEATURE_{name}] = {weight:.6f},\n"
                   for name, weight in zip(names, weights))


def weights(names, fast, accurate, articles):
    fast_table, accurate_table = table_of(names, fast[1:]), table_of(names, accurate[1:])
    fast_id = digest_of(f"{fast[0]:.6f}\n{fast_table}")
    accurate_id = digest_of(f"{accurate[0]:.6f}\n{accurate_table}")
    with open(WEIGHTS, "w", encoding="utf8") as out:
        out.write(f"""/* Weights of the salience scorers, written by train/train.py from {articles} articles; see
 * MODEL.md. Do not edit: train. */
#ifndef SUMMARISE_MODEL_WEIGHTS_H
#define SUMMARISE_MODEL_WEIGHTS_H

#include "summarise/features.h"

/* The first 12 digits of the SHA-256 of a base and its table's lines. */
#define WEIGHTS_FAST_ID "extractive-linear-{fast_id}"
#define WEIGHTS_ACCURATE_ID "extractive-gist-{accurate_id}"

/* What a sentence without any feature is worth. */
static const double weights_fast_base = {fast[0]:.6f};
static const double weights_accurate_base = {accurate[0]:.6f};

/* clang-format off */
static const double weights_fast[FEATURES_COUNT] = {{
{fast_table}}};

/* Beside what encoder/gist.h says of the sentence. */
static const double weights_accurate[FEATURES_COUNT] = {{
{accurate_table}}};
/* clang-format on */

#endif
""")


def rows_of(numbers):
    words = [f"{number:.6g}f" if "." in f"{number:.6g}" or "e" in f"{number:.6g}"
             else f"{number:.6g}.0f" for number in numbers]
    return "".join("    " + " ".join(f"{word}," for word in words[i:i + A_LINE]) + "\n"
                   for i in range(0, len(words), A_LINE))


def encoder_id(path):
    """As weights_load has it: the upper half of the checksum."""
    with open(path, "rb") as file:
        head = file.read(16)
    return f"{struct.unpack('<8xQ', head)[0] >> 32:08x}"


def gist(fitted, encoder, articles):
    like = ", ".join(f"{number:.6f}" for number in fitted.likeness)
    body = f"{fitted.base:.6f}\n{like}\n{rows_of(fitted.mean)}{rows_of(fitted.weights)}"
    with open(GIST, "w", encoding="utf8") as out:
        out.write(f"""/* Weights of gist.c, written by summarise/train/train.py from {articles} articles; see
 * summarise/model/MODEL.md. Do not edit: train. */
#ifndef ENCODER_MODEL_GIST_H
#define ENCODER_MODEL_GIST_H

/* The first 12 digits of the SHA-256 of the numbers below. */
#define GIST_ID "gist-{digest_of(body)}"
/* The id of the encoder whose rows they were fitted to. */
#define GIST_ENCODER "{encoder_id(encoder)}"

/* clang-format off */
static const double gist_base = {fitted.base:.6f};
static const double gist_likeness[] = {{{like}}};

/* Of all sentences. */
static const float gist_mean[GIST_WIDTH] = {{
{rows_of(fitted.mean)}}};

static const float gist_weights[GIST_WIDTH] = {{
{rows_of(fitted.weights)}}};
/* clang-format on */

#endif
""")
