/* Keyboard: single keys of the terminal, without Enter and without an echo. */
#ifndef CLIENT_KEYBOARD_H
#define CLIENT_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

enum { KEYBOARD_NONE = -1, KEYBOARD_CLOSED = -2 };

/* False: standard input is no terminal. Ctrl-C stays a signal. */
bool keyboard_open(void);

/* Puts the terminal back as it was. */
void keyboard_close(void);

/* Waits up to wait_ms for a key; without listening it only waits. Ends early on a signal.
 */
int keyboard_wait(bool listens, int64_t wait_ms);

#endif
