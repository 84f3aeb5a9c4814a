#include "encoder/parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

const void *parts_take(parts_t *self, size_t len)
{
    size_t at = self->at;
    self->at += (len + PARTS_ALIGN - 1) / PARTS_ALIGN * PARTS_ALIGN;
    return self->at <= self->file->len ? self->file->bytes + at : NULL;
}

const float *parts_floats(parts_t *self, size_t count)
{
    return parts_take(self, count * sizeof(float));
}

weights_norm_t parts_norm(parts_t *self, size_t width)
{
    const float *gain = parts_floats(self, width);
    return (weights_norm_t){gain, parts_floats(self, width)};
}

weights_matrix_t parts_matrix(parts_t *self, size_t inner, size_t outer)
{
    const int8_t *rows = parts_take(self, inner * outer);
    const float *scale = parts_floats(self, outer);
    return (weights_matrix_t){rows, scale, parts_floats(self, outer), inner, outer};
}

int parts_begin(const mapping_t *file, const char magic[8], uint32_t version,
                const char *path, const char *what, fault_t *fault)
{
    parts_header_t header;
    memcpy(&header, file->bytes, sizeof header);
    if (memcmp(header.magic, magic, sizeof header.magic) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: is no %s: it begins with other bytes", path,
                  what);
        return -1;
    }
    if (header.version != version) {
        fault_set(fault, FAULT_REJECT, "%s: has version %" PRIu32 ", needs %" PRIu32, path,
                  header.version, version);
        return -1;
    }
    return 0;
}

int parts_end(const parts_t *self, const char *path, char id[16], fault_t *fault)
{
    if (self->at != self->file->len) {
        fault_set(fault, FAULT_REJECT,
                  "%s: truncated or altered: %zu bytes, the header says %zu", path,
                  self->file->len, self->at);
        return -1;
    }
    parts_header_t header;
    memcpy(&header, self->file->bytes, sizeof header);
    size_t summed = offsetof(parts_header_t, version);
    uint64_t sum = XXH3_64bits(self->file->bytes + summed, self->file->len - summed);
    if (sum != header.checksum) {
        fault_set(fault, FAULT_REJECT,
                  "%s: altered: checksum %016" PRIx64 ", the header says %016" PRIx64, path,
                  sum, header.checksum);
        return -1;
    }
    snprintf(id, 16, "%08" PRIx32, (uint32_t)(sum >> 32));
    return 0;
}
