#include "client/errand.h"

#include "client/stopping.h"
#include "runtime/moment.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 20, NOT_STARTED = 127 };

static void use(const char *path, int flags, int as)
{
    int fd = open(path != NULL ? path : "/dev/null", flags, 0600);
    if (fd < 0 || dup2(fd, as) < 0) {
        _exit(NOT_STARTED);
    }
}

/* Never returns. */
static void become(const char *const *argv, const char *in, const char *out, int said)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    use(in, O_RDONLY, 0);
    use(out, O_WRONLY | O_CREAT | O_TRUNC, 1);
    dup2(said, 2);
    execv(argv[0], (char *const *)argv);
    _exit(NOT_STARTED);
}

/* Keeps the last line that is whole, or begun. */
static void listen_to(errand_t *self, const char *bytes, size_t len)
{
    size_t at = strlen(self->said);
    for (size_t i = 0; i < len; i++) {
        if (at > 0 && self->said[at - 1] == '\n') {
            at = 0;
        }
        if (at + 2 < ERRAND_SAID_MAX || bytes[i] == '\n') {
            self->said[at++] = bytes[i];
            self->said[at] = '\0';
        }
    }
}

/* Until it ends; true if that took too long. */
static bool hear(errand_t *self, int fd, int64_t end_ms)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    char bytes[512];
    for (ssize_t got = 1; got != 0;) {
        if (moment_ms() > end_ms || stopping_is_asked()) {
            return true;
        }
        if (poll(&look, 1, LOOK_MS) > 0) {
            got = read(fd, bytes, sizeof bytes);
            listen_to(self, bytes, got > 0 ? (size_t)got : 0);
        }
    }
    return false;
}

int errand_run(errand_t *self, const char *const *argv, const char *in, const char *out,
               int64_t timeout_ms)
{
    int said[2], status = 0;
    *self = (errand_t){.status = -1};
    if (access(argv[0], X_OK) != 0 || pipe2(said, O_CLOEXEC) != 0) {
        return -1;
    }
    int64_t began_ms = moment_ms();
    pid_t child = fork();
    if (child == 0) {
        become(argv, in, out, said[1]);
    }
    close(said[1]);
    if (child < 0) {
        close(said[0]);
        return -1;
    }
    bool is_late = hear(self, said[0], began_ms + timeout_ms);
    if (is_late) {
        kill(child, SIGKILL);
    }
    close(said[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    self->seconds = (double)(moment_ms() - began_ms) / 1000;
    self->status = !is_late && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    self->said[strcspn(self->said, "\n")] = '\0';
    return 0;
}
