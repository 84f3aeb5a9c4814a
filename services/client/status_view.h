/* Status view: the broker's status for reading on a terminal. */
#ifndef CLIENT_STATUS_VIEW_H
#define CLIENT_STATUS_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints how the articles stand in all, the stages and the workers. before: the answer of a
 * while ago, for columns of how many a second each stage does and how long one takes (half
 * of them, 95 of 100); NULL: no such columns. */
void status_view_print(FILE *out, const json_t *status, const json_t *before,
                       bool has_colour);

#endif
