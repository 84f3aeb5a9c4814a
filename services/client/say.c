#include "client/say.h"

#include "client/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void say(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fputs("nutgraf: ", stderr);
    terminal_put(stderr, text, strlen(text));
    fputc('\n', stderr);
}
