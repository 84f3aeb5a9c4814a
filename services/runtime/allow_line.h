/* Allow line: one line of the allow-list. */
#ifndef RUNTIME_ALLOW_LINE_H
#define RUNTIME_ALLOW_LINE_H

#include "runtime/allow.h"
#include "runtime/link_keys.h"

struct allow_peer {
    char key[LINK_KEY_LEN + 1];
    unsigned roles;
    unsigned line;      /* its number */
    const char *stages; /* in the text of the line; "" for no worker */
    size_t stages_len;
};

/* Reads text[0..len), a line without its line feed. 1: a peer, whose stages point into the
 * text; 0: an empty line or a remark; -1: a REJECT fault that names path and number. */
int allow_line_read(allow_peer_t *out, const char *path, unsigned number, const char *text,
                    size_t len, fault_t *fault);

#endif
