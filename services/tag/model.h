/* Model: the file of names that tag looks up, mapped into memory.
 *
 * A header of 64 bytes, then sections, each at a multiple of 64. Numbers are little-endian;
 * the layout of a section is its reader's. Written by train/train.c. */
#ifndef TAG_MODEL_H
#define TAG_MODEL_H

#include "proto/fault.h"

#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_VERSION = 2,
    MODEL_ALIGN = 64,
    MODEL_SECTIONS = 2,
};

/* In the file: add at the end, and count the version up. */
typedef enum {
    MODEL_KEYS,    /* gazetteer_key_t, sorted */
    MODEL_RECORDS, /* gazetteer_record_t */
} model_section_t;

typedef struct {
    char magic[8];     /* MODEL_MAGIC */
    uint32_t version;  /* MODEL_VERSION */
    uint32_t reserved; /* 0 */
    uint64_t checksum; /* model_checksum of everything behind the header */
    uint64_t section_len[MODEL_SECTIONS]; /* bytes, without the filling up to MODEL_ALIGN */
    uint64_t filler[3];                   /* 0 */
} model_header_t;

#define MODEL_MAGIC "NUTGTAG\n"

typedef struct model model_t;

/* Maps the file and checks all of it. NULL: a REJECT fault that names path and cause, or a
 * RETRY fault: no memory. The caller owns the result. */
model_t *model_load(const char *path, fault_t *fault);
void model_destroy(model_t **self);

/* A section, lent; *len in bytes. */
const void *model_section(const model_t *self, model_section_t section, size_t *len);

/* The first eight digits of the checksum: the name of this model. Lent. */
const char *model_id(const model_t *self);

uint64_t model_checksum(const void *bytes, size_t len);

#endif
