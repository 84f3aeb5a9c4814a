#include "client/printer.h"

#include "client/terminal.h"
#include "client/view.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

printer_t printer_open(bool is_json)
{
    return (printer_t){.is_readable = terminal_is(stdout) && !is_json,
                       .has_colour = terminal_has_colour(stdout)};
}

static int fail(printer_t *self, fault_t *fault)
{
    self->is_left = errno == EPIPE;
    fault_set(fault, FAULT_RETRY, "standard output: cannot be written: %s",
              strerror(errno));
    return -1;
}

int printer_put(printer_t *self, const char *line, size_t len, fault_t *fault)
{
    json_t *article =
        self->is_readable ? json_loadb(line, len, JSON_ALLOW_NUL, NULL) : NULL;
    if (article != NULL) {
        view_print(stdout, article, terminal_width(stdout), self->has_colour);
    } else {
        fwrite(line, 1, len, stdout);
        fputc('\n', stdout);
    }
    json_decref(article);
    return ferror(stdout) ? fail(self, fault) : 0;
}

int printer_flush(printer_t *self, fault_t *fault)
{
    return fflush(stdout) != 0 || ferror(stdout) ? fail(self, fault) : 0;
}
