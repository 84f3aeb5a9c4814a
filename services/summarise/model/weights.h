/* Weights of the salience scorer, written by train/train.py from 1140 articles; see
 * MODEL.md. Do not edit: train. */
#ifndef SUMMARISE_MODEL_WEIGHTS_H
#define SUMMARISE_MODEL_WEIGHTS_H

#include "summarise/features.h"

/* The first 12 digits of the SHA-256 of the base and the table's lines. */
#define WEIGHTS_ID "extractive-linear-40d7674b73ab"

/* What a sentence without any feature is worth. */
static const double weights_base = 0.261103;

/* clang-format off */
static const double weights[FEATURES_COUNT] = {
    [FEATURE_POSITION_LOG] = 0.017224,
    [FEATURE_POSITION_INVERSE] = 0.004068,
    [FEATURE_POSITION_SHARE] = -0.022323,
    [FEATURE_FIRST] = -0.126822,
    [FEATURE_SECOND] = -0.016067,
    [FEATURE_THIRD] = 0.009329,
    [FEATURE_FOURTH] = -0.012244,
    [FEATURE_LENGTH] = 0.122700,
    [FEATURE_LENGTH_SQUARE] = -0.129390,
    [FEATURE_SHORT] = -0.008464,
    [FEATURE_LONG] = -0.013504,
    [FEATURE_CENTRALITY] = -0.133134,
    [FEATURE_DEGREE] = 0.180304,
    [FEATURE_DENSITY] = 0.122098,
    [FEATURE_ECHO] = -0.019052,
    [FEATURE_LEAD_OVERLAP] = 0.044163,
    [FEATURE_TITLE_OVERLAP] = -0.219635,
    [FEATURE_CONTENT_SHARE] = -0.046826,
    [FEATURE_CAPITALS] = 0.010835,
    [FEATURE_CAPITALS_SHARE] = 0.000184,
    [FEATURE_NUMBERS] = 0.024003,
    [FEATURE_QUOTE] = -0.009808,
    [FEATURE_HALF] = 0.002691,
    [FEATURE_SPEECH] = 0.020668,
    [FEATURE_JUNK] = -0.012227,
    [FEATURE_PRONOUN] = -0.004876,
    [FEATURE_CONNECTIVE] = -0.002073,
    [FEATURE_QUESTION] = -0.032320,
    [FEATURE_OPEN_END] = 0.034561,
    [FEATURE_NO_END] = -0.111201,
    [FEATURE_CENTRAL_LEAD] = 0.188775,
    [FEATURE_CENTRAL_LENGTH] = -0.021804,
    [FEATURE_WORDS_BEFORE] = -0.012390,
    [FEATURE_OPENING] = 0.021922,
    [FEATURE_LENGTH_RATIO] = -0.022130,
    [FEATURE_SENTENCES] = -0.040617,
    [FEATURE_TITLE_WEIGHT] = 0.409791,
    [FEATURE_HAS_TITLE] = 0.072922,
};
/* clang-format on */

#endif
