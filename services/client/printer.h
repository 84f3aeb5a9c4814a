/* Printer: enriched articles on standard output, as their reader wants them. */
#ifndef CLIENT_PRINTER_H
#define CLIENT_PRINTER_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    bool is_readable, has_colour;
    bool is_left; /* its reader has gone (`| head`): an end, not a failure */
} printer_t;

/* To be read on a terminal, unless is_json; else one line of JSON each. */
printer_t printer_open(bool is_json);

/* Prints one row of a results file. 0, or -1 with a fault when nobody takes it; is_left
 * then says whether there is still a reader. */
int printer_put(printer_t *self, const char *line, size_t len, fault_t *fault);
int printer_flush(printer_t *self, fault_t *fault);

#endif
