#include "broker/store_frame.h"

#include "broker/store_body.h"

#include <stddef.h>
#include <string.h>
#include <xxhash.h>

static const uint64_t MAGIC = UINT64_C(0x316c6e726a67746e); /* "ntgjrnl1" */
static const uint64_t SEAL = UINT64_C(0x316c6165736a746e);  /* "ntjseal1" */

/* On disk; of a seal too. */
typedef struct {
    uint64_t magic;
    uint64_t at;
    uint64_t len;
    uint64_t sequence;
    uint64_t count;
    uint64_t entries; /* checksum of all entries */
    uint64_t reserved;
    uint64_t checksum; /* of the fields above */
} header_t;
_Static_assert(sizeof(header_t) == 64, "on disk");

enum { INLINE_LEN = 64 };

/* On disk. */
typedef struct {
    uint32_t kind; /* and the low bits of the sequence above it */
    uint32_t len;  /* of the bytes: inline, or behind the entries */
    uint64_t id;
    uint64_t checksum; /* of bytes behind the entries */
    uint32_t at;       /* where they begin in the frame */
    uint32_t check;    /* of the fields above, and of what is inline but for records */
    uint8_t bytes[INLINE_LEN];
} entry_t;
_Static_assert(sizeof(entry_t) == 96, "on disk");

enum { KIND_BITS = 8 };

uint64_t store_frame_head_len(size_t count)
{
    return sizeof(header_t) + (uint64_t)count * sizeof(entry_t);
}

uint64_t store_frame_len(size_t count, uint64_t payload)
{
    uint64_t len = store_frame_head_len(count) + payload + STORE_FRAME_GRAIN - 1;
    return len - len % STORE_FRAME_GRAIN;
}

static uint64_t header_sum(const header_t *header, uint64_t seed)
{
    return XXH3_64bits_withSeed(header, offsetof(header_t, checksum), seed);
}

static uint32_t tag_of(store_change_kind_t kind, uint64_t sequence)
{
    return (uint32_t)(sequence << KIND_BITS) | (uint32_t)kind;
}

static uint32_t entry_check(const entry_t *entry, uint64_t seed)
{
    entry_t copy = *entry;
    copy.check = 0;
    bool is_record = (copy.kind & ((1u << KIND_BITS) - 1)) == STORE_PUT_JOB;
    size_t len = is_record ? offsetof(entry_t, bytes) : sizeof copy;
    return (uint32_t)XXH3_64bits_withSeed(&copy, len, seed);
}

/* --- writing --- */

static void encode_entry(entry_t *out, const store_pending_row_t *row,
                         const store_frame_t *frame, uint32_t *at)
{
    *out = (entry_t){.kind = tag_of((store_change_kind_t)row->kind, frame->sequence),
                     .id = store_pending_id(row),
                     .checksum = row->checksum,
                     .len = row->len};
    if (row->kind == STORE_PUT_BODY || row->kind == STORE_PUT_NOTE) {
        out->at = *at;
        *at += row->len;
    } else if (row->len > 0) {
        memcpy(out->bytes, row->bytes, row->len);
    }
    out->check = entry_check(out, frame->seed);
}

void store_frame_encode(uint8_t *out, const store_batch_t *batch, const store_frame_t *self)
{
    uint32_t at = (uint32_t)store_frame_head_len(self->count);
    uint8_t *entries = out + sizeof(header_t);
    for (size_t i = 0; i < self->count; i++) {
        entry_t entry;
        store_pending_row_t row;
        store_batch_row(batch, i, &row);
        encode_entry(&entry, &row, self, &at);
        memcpy(entries + i * sizeof entry, &entry, sizeof entry);
    }
    header_t header = {
        .magic = MAGIC,
        .at = self->at,
        .len = self->len,
        .sequence = self->sequence,
        .count = self->count,
        .entries = XXH3_64bits(entries, self->count * sizeof(entry_t)),
    };
    header.checksum = header_sum(&header, self->seed);
    memcpy(out, &header, sizeof header);
}

void store_seal_encode(uint8_t *out, uint64_t at, uint64_t sequence, uint64_t seed)
{
    header_t seal = {
        .magic = SEAL, .at = at, .len = STORE_FRAME_GRAIN, .sequence = sequence};
    seal.checksum = header_sum(&seal, seed);
    memset(out, 0, STORE_FRAME_GRAIN);
    memcpy(out, &seal, sizeof seal);
}

/* --- reading --- */

uint64_t store_seal_read(const uint8_t *map, uint64_t at, uint64_t seed)
{
    header_t seal;
    memcpy(&seal, map + at, sizeof seal);
    bool is_seal =
        seal.magic == SEAL && seal.at == at && seal.checksum == header_sum(&seal, seed);
    return is_seal ? seal.sequence : 0;
}

static bool is_header(const header_t *header, uint64_t at, uint64_t map_len, uint64_t seed)
{
    return header->magic == MAGIC && header->checksum == header_sum(header, seed) &&
           header->at == at && header->len <= map_len - at &&
           header->count <= header->len / sizeof(entry_t);
}

static void take_header(store_frame_t *self, const header_t *header, const uint8_t *map,
                        uint64_t seed)
{
    *self = (store_frame_t){.bytes = map + header->at,
                            .at = header->at,
                            .len = header->len,
                            .sequence = header->sequence,
                            .seed = seed,
                            .entries = header->entries,
                            .count = header->count};
}

bool store_frame_open(store_frame_t *self, const uint8_t *map, uint64_t map_len,
                      uint64_t at, uint64_t seed)
{
    header_t header;
    memcpy(&header, map + at, sizeof header);
    if (!is_header(&header, at, map_len, seed)) {
        return false;
    }
    take_header(self, &header, map, seed);
    return true;
}

bool store_frame_mend(store_frame_t *self, const uint8_t *map, uint64_t map_len,
                      uint64_t at, uint64_t seed)
{
    header_t header;
    if (map_len < STORE_FRAME_GRAIN || at > map_len - STORE_FRAME_GRAIN) {
        return false;
    }
    memcpy(&header, map + at, sizeof header);
    for (size_t bit = 0; bit < 8 * sizeof header; bit++) {
        ((uint8_t *)&header)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (is_header(&header, at, map_len, seed)) {
            take_header(self, &header, map, seed);
            return true;
        }
        ((uint8_t *)&header)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return false;
}

static bool is_entry(const store_frame_t *self, const entry_t *entry)
{
    uint32_t kind = entry->kind & ((1u << KIND_BITS) - 1);
    return kind < STORE_CHANGES && entry->kind == tag_of(kind, self->sequence) &&
           entry->check == entry_check(entry, self->seed) &&
           (entry->at == 0 ? entry->len <= INLINE_LEN
                           : entry->at <= self->len && entry->len <= self->len - entry->at);
}

static bool read_entry(const store_frame_t *self, size_t i, entry_t *entry)
{
    memcpy(entry, self->bytes + store_frame_head_len(i), sizeof *entry);
    if (is_entry(self, entry)) {
        return true;
    }
    for (size_t bit = 0; bit < 8 * sizeof *entry; bit++) {
        ((uint8_t *)entry)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (is_entry(self, entry)) {
            return true;
        }
        ((uint8_t *)entry)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return false;
}

static void take_row(const store_frame_t *self, size_t i, const entry_t *entry,
                     store_pending_row_t *row)
{
    store_change_kind_t kind = entry->kind & ((1u << KIND_BITS) - 1);
    *row = (store_pending_row_t){
        .key = store_pending_key(kind, entry->id),
        .sequence = self->sequence,
        .bytes = self->bytes + (entry->at != 0
                                    ? entry->at
                                    : store_frame_head_len(i) + offsetof(entry_t, bytes)),
        .checksum = entry->checksum,
        .len = entry->len,
        .kind = (uint8_t)kind,
    };
}

bool store_frame_row(const store_frame_t *self, size_t i, store_pending_row_t *row)
{
    entry_t entry;
    if (!read_entry(self, i, &entry)) {
        return false;
    }
    take_row(self, i, &entry, row);
    return true;
}

void store_frame_row_unchecked(const store_frame_t *self, size_t i,
                               store_pending_row_t *row)
{
    entry_t entry;
    memcpy(&entry, self->bytes + store_frame_head_len(i), sizeof entry);
    take_row(self, i, &entry, row);
}

bool store_frame_is_whole(const store_frame_t *self)
{
    const uint8_t *entries = self->bytes + sizeof(header_t);
    bool is_whole = XXH3_64bits(entries, self->count * sizeof(entry_t)) == self->entries;
    for (size_t i = 0; is_whole && i < self->count; i++) {
        entry_t entry;
        memcpy(&entry, entries + i * sizeof entry, sizeof entry);
        is_whole = is_entry(self, &entry) &&
                   (entry.at == 0 || store_body_sum(self->bytes + entry.at, entry.len,
                                                    entry.id) == entry.checksum);
    }
    return is_whole;
}
