/* Envelope: the header of every message, and its strict coding (proto/PROTOCOL.md). */
#ifndef PROTO_ENVELOPE_H
#define PROTO_ENVELOPE_H

#include "proto/blob.h"
#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ENVELOPE_VERSION = 1,
    ENVELOPE_HEADER_LEN = 64, /* bytes, before the label */
    ENVELOPE_KEY_LEN = 16,
    ENVELOPE_LABEL_MAX = 255,        /* bytes of UTF-8: an article id */
    ENVELOPE_SMALL_BODY_MAX = 65536, /* every body but an article's and an ADMIN answer's */
    ENVELOPE_ADMIN_BODY_MAX = 64 << 20,
    ENVELOPE_PRIORITIES = 4, /* 0 is served most, 3 least; 1 is the usual one */
};

/* On the wire: numbers are never reused; add at the end, with a row in envelope.c. */
typedef enum {
    ENVELOPE_HELLO = 1,     /* peer → broker: who I am */
    ENVELOPE_WELCOME = 2,   /* broker → peer: epoch and limits */
    ENVELOPE_PUT = 3,       /* submitter → broker: an article */
    ENVELOPE_CONFIRM = 4,   /* broker → submitter: on disk up to this sequence */
    ENVELOPE_REJECT = 5,    /* broker → peer: not taken, and why */
    ENVELOPE_CREDIT = 6,    /* worker → broker: how much I hold at once */
    ENVELOPE_WORK = 7,      /* broker → worker: an article on a lease */
    ENVELOPE_RESULT = 8,    /* worker → broker: the article, enriched */
    ENVELOPE_RESULT_OK = 9, /* broker → worker: settled on disk, forget it */
    ENVELOPE_FAIL = 10,     /* worker → broker: not processed, and why */
    ENVELOPE_EXTEND = 11,   /* worker → broker: still at it */
    ENVELOPE_HEARTBEAT = 12,
    ENVELOPE_DRAIN = 13, /* either way: no new work, finish what you hold */
    ENVELOPE_BYE = 14,   /* either way: I am gone; what I hold is free */
    ENVELOPE_ADMIN = 15, /* client → broker: a question as JSON */
    ENVELOPE_ADMIN_OK = 16,
    ENVELOPE_CLAIM = 17, /* worker → broker: I still hold this one */
    ENVELOPE_TYPES       /* one past the last */
} envelope_type_t;

/* Flag bits; which verb may carry which stands in envelope.c. */
enum {
    ENVELOPE_DUPLICATE = 1,  /* CONFIRM: this id was known; the older article stands */
    ENVELOPE_PERMANENT = 2,  /* FAIL: no retry will help */
    ENVELOPE_UNCHANGED = 4,  /* RESULT: the article is as it was in WORK; no body */
    ENVELOPE_KEPT = 8,       /* WORK: an answer to CLAIM; keep what you have; no body */
    ENVELOPE_POSTPONED = 16, /* FAIL: not for the article's sake; counts as no attempt */
};

/* Codes of REJECT; on the wire. */
enum {
    ENVELOPE_CODE_INVALID = 1, /* the message breaks the protocol */
    ENVELOPE_CODE_FULL = 2,    /* no room: try again after `credit` milliseconds */
    ENVELOPE_CODE_TOO_BIG = 3, /* the body is over the limit of WELCOME */
    ENVELOPE_CODE_HELLO = 4,   /* I do not know you: say HELLO */
    ENVELOPE_CODE_STAGE = 5,   /* no such stage */
    ENVELOPE_CODE_VERSION = 6, /* this version is not spoken here */
    ENVELOPE_CODE_DENIED = 7,  /* the peer's key does not allow this */
    ENVELOPE_CODE_BUSY = 8,    /* more unconfirmed than the window allows: wait */
    ENVELOPE_CODE_GONE = 9,    /* CLAIM: somebody else has it, or it is done */
};

/* The fields are the interface. Those that a type does not carry are zero; the decoder
 * checks that. What each means to each verb stands in proto/PROTOCOL.md. */
typedef struct {
    envelope_type_t type;
    uint8_t flags;
    uint8_t priority;              /* PUT, WORK: 0 to ENVELOPE_PRIORITIES - 1 */
    uint16_t attempt;              /* WORK, RESULT, FAIL: 1 is the first */
    uint32_t code;                 /* REJECT; ADMIN_OK: 0 is success; PUT: source */
    uint8_t key[ENVELOPE_KEY_LEN]; /* of the article, from envelope_key */
    uint64_t sequence;   /* PUT and its answers, ADMIN: the peer's count, from 1; HELLO: the
                            peer's instance; WELCOME: the largest body, bytes */
    uint64_t lease;      /* WORK and its answers; WELCOME, HEARTBEAT: the broker's epoch */
    uint32_t credit;     /* messages; REJECT: retry after so many ms; EXTEND: progress */
    uint32_t credit_kib; /* the same window in KiB of bodies; 0: no bound */
    int64_t deadline_ms; /* WORK: length of the lease; WELCOME: heartbeat interval */
    uint32_t waited_ms;  /* WORK: time in the queue; CONFIRM: age of the older article */
    uint8_t label_len;   /* bytes */
    char label[ENVELOPE_LABEL_MAX + 1]; /* the article's id, NUL-terminated */
    blob_t *body;                       /* NULL if empty; envelope_close lets go of it */
} envelope_t;

/* Lets go of the body and clears everything. */
void envelope_close(envelope_t *self);

/* Sets the label and the key that follows from it; false if it is empty or too long. */
bool envelope_set_label(envelope_t *self, const char *id, size_t len);

/* The key of an article id: the first 16 bytes of its SHA-256 (FIPS 180-4). */
void envelope_key(uint8_t key[ENVELOPE_KEY_LEN], const char *id, size_t len);

/* Writes header and label to out and returns how many bytes that took. */
enum { ENVELOPE_FRAME_MAX = ENVELOPE_HEADER_LEN + ENVELOPE_LABEL_MAX };
size_t envelope_encode(const envelope_t *self, uint8_t out[ENVELOPE_FRAME_MAX]);

/* Reads frame 0 into self, whose body is left alone. 0, or -1 with a REJECT fault that
 * names what is wrong: truncation, leftovers, unknown version, type or flag, a field that
 * this type does not carry, a label that is no UTF-8, a key that is not the label's. */
int envelope_decode(envelope_t *self, const uint8_t *frame, size_t len, fault_t *fault);

/* Checks a body's length for self's type: 0, or -1 with a fault. body_max: the largest
 * article, bytes. */
int envelope_check_body(const envelope_t *self, size_t len, size_t body_max,
                        fault_t *fault);

/* "PUT" …; "?" for no type. */
const char *envelope_type_name(envelope_type_t type);

#endif
