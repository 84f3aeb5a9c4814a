#include "client/keyboard.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

/* Echo and lines are what every terminal has that a shell left; so no copy is kept. */
static bool set_lines(bool wanted)
{
    struct termios mode;
    if (tcgetattr(STDIN_FILENO, &mode) != 0) {
        return false;
    }
    const tcflag_t flags = ICANON | ECHO;
    mode.c_lflag = wanted ? mode.c_lflag | flags : mode.c_lflag & ~flags;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

bool keyboard_open(void)
{
    return set_lines(false);
}

void keyboard_close(void)
{
    set_lines(true);
}

int keyboard_wait(bool listens, int64_t wait_ms)
{
    struct pollfd look = {.fd = STDIN_FILENO, .events = POLLIN};
    unsigned char key;
    if (poll(&look, listens ? 1 : 0, (int)wait_ms) <= 0) {
        return KEYBOARD_NONE;
    }
    return read(STDIN_FILENO, &key, 1) == 1 ? key : KEYBOARD_CLOSED;
}
