/* Letters: the broker's dead letters. */
#ifndef CLIENT_LETTERS_H
#define CLIENT_LETTERS_H

#include "client/admin.h"

#include <stdbool.h>

/* All of them, or those of one stage, as an array of {"id", "stage", "attempts",
 * "buried_ms", "reason"}. The caller owns it; NULL: a fault. */
json_t *letters_list(admin_t *admin, const char *stage, fault_t *fault);

/* False while the broker knows that an article is dead but has not yet written down why:
 * for the time of one commit. */
bool letters_is_written(const json_t *letter);

/* One line on standard error. */
void letters_say(const json_t *letter);

#endif
