/* Fault: why something did not pass, and whether it may pass later. */
#ifndef PROTO_FAULT_H
#define PROTO_FAULT_H

#include <stdarg.h>

typedef enum {
    FAULT_NONE,   /* nothing is wrong */
    FAULT_RETRY,  /* it may pass later: no memory, a dead peer, a full disk */
    FAULT_REJECT, /* it never will: bad input, bad configuration */
} fault_kind_t;

enum { FAULT_REASON_MAX = 400 }; /* bytes, the closing NUL included */

/* The fields are the interface: read them freely, write them through fault_set. */
typedef struct {
    fault_kind_t kind;
    char reason[FAULT_REASON_MAX]; /* UTF-8, one line, names the thing and the numbers */
} fault_t;

/* Records the cause, printf-style. The first fault stays: a second call changes nothing.
 * NULL self is allowed and ignored. The reason is cut at a whole UTF-8 character; control
 * characters and broken UTF-8 in it become '?'. */
void fault_set(fault_t *self, fault_kind_t kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fault_setv(fault_t *self, fault_kind_t kind, const char *format, va_list args);

void fault_clear(fault_t *self);

/* "retry", "reject" or "none". */
const char *fault_kind_name(fault_kind_t kind);

#endif
