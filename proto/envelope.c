#include "proto/envelope.h"

#include "proto/bytes.h"

#include <sodium.h>
#include <string.h>
#include <unicode/utf8.h>

/* Where each field stands in the header; on the wire. */
enum {
    AT_VERSION = 0,
    AT_TYPE = 1,
    AT_FLAGS = 2,
    AT_PRIORITY = 3,
    AT_ATTEMPT = 4,
    AT_LABEL_LEN = 6,
    AT_KEY = 8,
    AT_SEQUENCE = 24,
    AT_LEASE = 32,
    AT_CREDIT = 40,
    AT_CREDIT_KIB = 44,
    AT_DEADLINE = 48,
    AT_WAITED = 56,
    AT_CODE = 60,
};

/* What a type may carry beside version and type. */
enum {
    HAS_PRIORITY = 1 << 0,
    HAS_ATTEMPT = 1 << 1,
    HAS_KEY = 1 << 2,
    HAS_LABEL = 1 << 3, /* and must */
    HAS_SEQUENCE = 1 << 4,
    HAS_LEASE = 1 << 5,
    HAS_CREDIT = 1 << 6,
    HAS_CREDIT_KIB = 1 << 7,
    HAS_DEADLINE = 1 << 8,
    HAS_WAITED = 1 << 9,
    HAS_CODE = 1 << 10,
    HAS_ARTICLE = HAS_KEY | HAS_LABEL,
    HAS_WINDOW = HAS_CREDIT | HAS_CREDIT_KIB,
};

typedef enum { BODY_NONE, BODY_SMALL, BODY_ARTICLE, BODY_ADMIN } body_rule_t;

static const struct {
    const char *name;
    uint16_t fields;
    uint8_t flags;
    body_rule_t body;
} types[ENVELOPE_TYPES] = {
    [ENVELOPE_HELLO] = {"HELLO", HAS_SEQUENCE, 0, BODY_SMALL},
    [ENVELOPE_WELCOME] = {"WELCOME", HAS_SEQUENCE | HAS_LEASE | HAS_WINDOW | HAS_DEADLINE,
                          0, BODY_NONE},
    [ENVELOPE_PUT] = {"PUT", HAS_ARTICLE | HAS_SEQUENCE | HAS_PRIORITY | HAS_CODE, 0,
                      BODY_ARTICLE},
    [ENVELOPE_CONFIRM] = {"CONFIRM", HAS_SEQUENCE | HAS_WINDOW | HAS_WAITED,
                          ENVELOPE_DUPLICATE, BODY_NONE},
    [ENVELOPE_REJECT] = {"REJECT", HAS_SEQUENCE | HAS_LEASE | HAS_CREDIT | HAS_CODE, 0,
                         BODY_SMALL},
    [ENVELOPE_CREDIT] = {"CREDIT", HAS_WINDOW, 0, BODY_NONE},
    [ENVELOPE_WORK] = {"WORK",
                       HAS_ARTICLE | HAS_PRIORITY | HAS_ATTEMPT | HAS_LEASE | HAS_DEADLINE |
                           HAS_WAITED,
                       ENVELOPE_KEPT, BODY_ARTICLE},
    [ENVELOPE_RESULT] = {"RESULT", HAS_ARTICLE | HAS_ATTEMPT | HAS_LEASE,
                         ENVELOPE_UNCHANGED, BODY_ARTICLE},
    [ENVELOPE_RESULT_OK] = {"RESULT_OK", HAS_KEY | HAS_LEASE, 0, BODY_NONE},
    [ENVELOPE_FAIL] = {"FAIL", HAS_ARTICLE | HAS_ATTEMPT | HAS_LEASE,
                       ENVELOPE_PERMANENT | ENVELOPE_POSTPONED, BODY_SMALL},
    [ENVELOPE_EXTEND] = {"EXTEND", HAS_LEASE | HAS_CREDIT, 0, BODY_NONE},
    [ENVELOPE_HEARTBEAT] = {"HEARTBEAT", HAS_LEASE, 0, BODY_NONE},
    [ENVELOPE_DRAIN] = {"DRAIN", 0, 0, BODY_NONE},
    [ENVELOPE_BYE] = {"BYE", 0, 0, BODY_NONE},
    [ENVELOPE_ADMIN] = {"ADMIN", HAS_SEQUENCE, 0, BODY_SMALL},
    [ENVELOPE_ADMIN_OK] = {"ADMIN_OK", HAS_SEQUENCE | HAS_CODE, 0, BODY_ADMIN},
    [ENVELOPE_CLAIM] = {"CLAIM", HAS_ARTICLE | HAS_ATTEMPT | HAS_LEASE, 0, BODY_NONE},
};

static bool is_type(unsigned number)
{
    return number > 0 && number < ENVELOPE_TYPES;
}

const char *envelope_type_name(envelope_type_t type)
{
    return is_type(type) ? types[type].name : "?";
}

void envelope_close(envelope_t *self)
{
    blob_destroy(&self->body);
    *self = (envelope_t){0};
}

void envelope_key(uint8_t key[ENVELOPE_KEY_LEN], const char *id, size_t len)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const uint8_t *)id, len);
    memcpy(key, hash, ENVELOPE_KEY_LEN);
}

bool envelope_set_label(envelope_t *self, const char *id, size_t len)
{
    if (len == 0 || len > ENVELOPE_LABEL_MAX) {
        return false;
    }
    memcpy(self->label, id, len);
    self->label[len] = '\0';
    self->label_len = (uint8_t)len;
    envelope_key(self->key, id, len);
    return true;
}

size_t envelope_encode(const envelope_t *self, uint8_t out[ENVELOPE_FRAME_MAX])
{
    out[AT_VERSION] = ENVELOPE_VERSION;
    out[AT_TYPE] = (uint8_t)self->type;
    out[AT_FLAGS] = self->flags;
    out[AT_PRIORITY] = self->priority;
    bytes_put_le(out + AT_ATTEMPT, self->attempt, 2);
    bytes_put_le(out + AT_LABEL_LEN, self->label_len, 2);
    memcpy(out + AT_KEY, self->key, ENVELOPE_KEY_LEN);
    bytes_put_le(out + AT_SEQUENCE, self->sequence, 8);
    bytes_put_le(out + AT_LEASE, self->lease, 8);
    bytes_put_le(out + AT_CREDIT, self->credit, 4);
    bytes_put_le(out + AT_CREDIT_KIB, self->credit_kib, 4);
    bytes_put_le(out + AT_DEADLINE, (uint64_t)self->deadline_ms, 8);
    bytes_put_le(out + AT_WAITED, self->waited_ms, 4);
    bytes_put_le(out + AT_CODE, self->code, 4);
    memcpy(out + ENVELOPE_HEADER_LEN, self->label, self->label_len);
    return ENVELOPE_HEADER_LEN + (size_t)self->label_len;
}

static int bad(fault_t *fault, const envelope_t *self, const char *what)
{
    fault_set(fault, FAULT_REJECT, "%s: %s", envelope_type_name(self->type), what);
    return -1;
}

static int check_start(const uint8_t *frame, size_t len, fault_t *fault)
{
    if (len < ENVELOPE_HEADER_LEN) {
        fault_set(fault, FAULT_REJECT, "envelope: %zu bytes, a header has %d", len,
                  ENVELOPE_HEADER_LEN);
        return -1;
    }
    if (frame[AT_VERSION] != ENVELOPE_VERSION) {
        fault_set(fault, FAULT_REJECT, "envelope: version %u, only %d is spoken here",
                  frame[AT_VERSION], ENVELOPE_VERSION);
        return -1;
    }
    if (!is_type(frame[AT_TYPE])) {
        fault_set(fault, FAULT_REJECT, "envelope: unknown type %u", frame[AT_TYPE]);
        return -1;
    }
    return 0;
}

static void read_header(envelope_t *self, const uint8_t *frame)
{
    self->type = (envelope_type_t)frame[AT_TYPE];
    self->flags = frame[AT_FLAGS];
    self->priority = frame[AT_PRIORITY];
    self->attempt = (uint16_t)bytes_get_le(frame + AT_ATTEMPT, 2);
    memcpy(self->key, frame + AT_KEY, ENVELOPE_KEY_LEN);
    self->sequence = bytes_get_le(frame + AT_SEQUENCE, 8);
    self->lease = bytes_get_le(frame + AT_LEASE, 8);
    self->credit = (uint32_t)bytes_get_le(frame + AT_CREDIT, 4);
    self->credit_kib = (uint32_t)bytes_get_le(frame + AT_CREDIT_KIB, 4);
    self->deadline_ms = (int64_t)bytes_get_le(frame + AT_DEADLINE, 8);
    self->waited_ms = (uint32_t)bytes_get_le(frame + AT_WAITED, 4);
    self->code = (uint32_t)bytes_get_le(frame + AT_CODE, 4);
}

static bool has_key(const envelope_t *self)
{
    static const uint8_t none[ENVELOPE_KEY_LEN];
    return memcmp(self->key, none, ENVELOPE_KEY_LEN) != 0;
}

static bool has_own_key(const envelope_t *self)
{
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, self->label, self->label_len);
    return memcmp(key, self->key, ENVELOPE_KEY_LEN) == 0;
}

/* The fields that are set though their type does not carry them. */
static unsigned stray_fields(const envelope_t *self)
{
    unsigned set =
        (self->priority != 0 ? HAS_PRIORITY : 0u) |
        (self->attempt != 0 ? HAS_ATTEMPT : 0u) | (has_key(self) ? HAS_KEY : 0u) |
        (self->label_len != 0 ? HAS_LABEL : 0u) |
        (self->sequence != 0 ? HAS_SEQUENCE : 0u) | (self->lease != 0 ? HAS_LEASE : 0u) |
        (self->credit != 0 ? HAS_CREDIT : 0u) |
        (self->credit_kib != 0 ? HAS_CREDIT_KIB : 0u) |
        (self->deadline_ms != 0 ? HAS_DEADLINE : 0u) |
        (self->waited_ms != 0 ? HAS_WAITED : 0u) | (self->code != 0 ? HAS_CODE : 0u);
    return set & ~(unsigned)types[self->type].fields;
}

static bool is_label(const char *label, size_t len)
{
    for (size_t i = 0; i < len;) {
        UChar32 c;
        U8_NEXT(label, i, len, c);
        if (c < 0x20 || c == 0x7f) { /* below 0: no UTF-8 */
            return false;
        }
    }
    return true;
}

static int read_label(envelope_t *self, const uint8_t *frame, size_t len, fault_t *fault)
{
    size_t label_len = bytes_get_le(frame + AT_LABEL_LEN, 2);
    if (label_len > ENVELOPE_LABEL_MAX) {
        return bad(fault, self, "the label is over 255 bytes");
    }
    if (len < ENVELOPE_HEADER_LEN + label_len) {
        return bad(fault, self, "the label is cut short");
    }
    if (len > ENVELOPE_HEADER_LEN + label_len) {
        return bad(fault, self, "bytes are left over behind the label");
    }
    memcpy(self->label, frame + ENVELOPE_HEADER_LEN, label_len);
    self->label[label_len] = '\0';
    self->label_len = (uint8_t)label_len;
    if (!is_label(self->label, label_len)) {
        return bad(fault, self, "the label is not UTF-8 text without control characters");
    }
    return 0;
}

int envelope_decode(envelope_t *self, const uint8_t *frame, size_t len, fault_t *fault)
{
    if (check_start(frame, len, fault) != 0) {
        return -1;
    }
    read_header(self, frame);
    if (read_label(self, frame, len, fault) != 0) {
        return -1;
    }
    if ((self->flags & ~types[self->type].flags) != 0) {
        return bad(fault, self, "a flag that this type does not know");
    }
    if (stray_fields(self) != 0) {
        return bad(fault, self, "a field is set that this type does not carry");
    }
    if ((types[self->type].fields & HAS_LABEL) != 0 && self->label_len == 0) {
        return bad(fault, self, "no label");
    }
    if (self->label_len != 0 && !has_own_key(self)) {
        return bad(fault, self, "the key is not the SHA-256 of the label");
    }
    if (self->priority >= ENVELOPE_PRIORITIES) {
        return bad(fault, self, "the priority is over 3");
    }
    return 0;
}

int envelope_check_body(const envelope_t *self, size_t len, size_t body_max, fault_t *fault)
{
    const size_t most[] = {
        [BODY_NONE] = 0,
        [BODY_SMALL] = ENVELOPE_SMALL_BODY_MAX,
        [BODY_ARTICLE] = body_max,
        [BODY_ADMIN] = ENVELOPE_ADMIN_BODY_MAX,
    };
    size_t max = (self->flags & (ENVELOPE_UNCHANGED | ENVELOPE_KEPT)) != 0
                     ? 0
                     : most[types[self->type].body];
    if (len > max) {
        fault_set(fault, FAULT_REJECT, "%s: a body of %zu bytes, %zu is the most",
                  envelope_type_name(self->type), len, max);
        return -1;
    }
    bool needs_one = types[self->type].body == BODY_ARTICLE && max != 0;
    if (needs_one && len == 0) {
        return bad(fault, self, "no body");
    }
    return 0;
}
