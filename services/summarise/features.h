/* Features: what the salience of a sentence is reckoned from. Training and serving both use
 * this code, so the weights in model/ fit what is measured here and nothing else. */
#ifndef SUMMARISE_FEATURES_H
#define SUMMARISE_FEATURES_H

#include "summarise/document.h"
#include "summarise/shape.h"

/* Column names in the order of a vector; model/weights.h is written from them, so train
 * anew after any change here. */
#define FEATURES_LIST(X)                                                                   \
    X(POSITION_LOG)                                                                        \
    X(POSITION_INVERSE)                                                                    \
    X(POSITION_SHARE)                                                                      \
    X(FIRST)                                                                               \
    X(SECOND)                                                                              \
    X(THIRD)                                                                               \
    X(FOURTH)                                                                              \
    X(LENGTH)                                                                              \
    X(LENGTH_SQUARE)                                                                       \
    X(SHORT)                                                                               \
    X(LONG)                                                                                \
    X(CENTRALITY)                                                                          \
    X(DEGREE)                                                                              \
    X(DENSITY)                                                                             \
    X(ECHO)                                                                                \
    X(LEAD_OVERLAP)                                                                        \
    X(TITLE_OVERLAP)                                                                       \
    X(CONTENT_SHARE)                                                                       \
    X(CAPITALS)                                                                            \
    X(CAPITALS_SHARE)                                                                      \
    X(NUMBERS)                                                                             \
    X(QUOTE)                                                                               \
    X(HALF)                                                                                \
    X(SPEECH)                                                                              \
    X(JUNK)                                                                                \
    X(PRONOUN)                                                                             \
    X(CONNECTIVE)                                                                          \
    X(QUESTION)                                                                            \
    X(OPEN_END)                                                                            \
    X(NO_END)                                                                              \
    X(CENTRAL_LEAD)                                                                        \
    X(CENTRAL_LENGTH)                                                                      \
    X(WORDS_BEFORE)                                                                        \
    X(OPENING)                                                                             \
    X(LENGTH_RATIO)                                                                        \
    X(SENTENCES)                                                                           \
    X(TITLE_WEIGHT)                                                                        \
    X(HAS_TITLE)

#define FEATURES_ENUM(name) FEATURE_##name,
enum { FEATURES_LIST(FEATURES_ENUM) FEATURES_COUNT };
#undef FEATURES_ENUM

/* Fills out for sentence i. */
void features_of(const document_t *document, size_t i, const shape_t *shape,
                 double out[FEATURES_COUNT]);

/* The name of a column. */
const char *features_name(size_t column);

#endif
