/* Say: notes for the person at the terminal, on standard error. */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

/* "nutgraf: message", one line, control characters and broken UTF-8 made harmless. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
