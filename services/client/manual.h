/* Manual: the page of a command, for a terminal, for man and for shells. */
#ifndef CLIENT_MANUAL_H
#define CLIENT_MANUAL_H

#include "client/command.h"

/* The exit statuses, one a line. */
extern const char manual_exits[];

void manual_print(const command_t *self, const option_t *options, size_t count);

/* As a section of nutgraf(1), in the man macros of roff. */
void manual_print_roff(const command_t *self, const option_t *options, size_t count);

/* "--name", one a line. */
void manual_print_words(const option_t *options, size_t count);

/* All of nutgraf(1). */
void manual_print_all(void);

#endif
