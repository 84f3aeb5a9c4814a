#include "client/children.h"

#include "runtime/moment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_MAX = 8,
    QUICK_MS = 2000,    /* a child that lived for less has not worked */
    QUICK_DEATHS = 30,  /* … and after so many in a row there is no hope */
    RESTART_MS = 100,   /* wait before the first restart; doubles … */
    DOUBLINGS = 4,      /* … so often */
    LOOK_AGAIN_MS = 10, /* while waiting for an end */
};

typedef struct {
    char name[48];
    char *argv[WORDS_MAX];
    char *log_path;
    pid_t pid; /* 0: not running */
    int64_t started_ms;
    int64_t restart_ms; /* when to start it again */
    int quick_deaths;
} child_t;

struct children {
    child_t all[CHILDREN_MAX];
    size_t count;
    const child_t *lost; /* whose end is a fault; NULL: none */
    bool is_misconfigured;
};

children_t *children_new(void)
{
    return calloc(1, sizeof(children_t));
}

void children_destroy(children_t **self)
{
    children_t *old = *self;
    if (old == NULL) {
        return;
    }
    children_stop(old, 0);
    for (size_t i = 0; i < old->count; i++) {
        for (size_t k = 0; k < WORDS_MAX; k++) {
            free(old->all[i].argv[k]);
        }
        free(old->all[i].log_path);
    }
    free(old);
    *self = NULL;
}

/* In the new process: nothing but system calls until exec. */
static void become(const child_t *child, int log_fd, pid_t parent)
{
    sigset_t none;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    int null_fd = open("/dev/null", O_RDONLY);
    sigemptyset(&none);
    sigaction(SIGPIPE, &usual, NULL);
    sigaction(SIGINT, &usual, NULL);
    sigaction(SIGTERM, &usual, NULL);
    sigaction(SIGHUP, &usual, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0); /* Ctrl-C is for the parent, who stops all in order */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(127); /* it died before we asked to be told */
    }
    dup2(null_fd, 0);
    dup2(log_fd, 1);
    dup2(log_fd, 2);
    execv(child->argv[0], child->argv);
    dprintf(2, "%s: %s\n", child->argv[0], strerror(errno));
    _exit(127);
}

static int spawn(child_t *child, fault_t *fault)
{
    int log_fd = open(child->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
        fault_set(fault, FAULT_RETRY, "%s: %s", child->log_path, strerror(errno));
        return -1;
    }
    sigset_t all, before;
    sigfillset(&all); /* a signal to the child must not meet our handlers in it */
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(child, log_fd, parent);
    }
    close(log_fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        fault_set(fault, FAULT_RETRY, "%s: cannot start it: %s", child->name,
                  strerror(errno));
        return -1;
    }
    child->pid = pid;
    child->started_ms = moment_ms();
    return 0;
}

/* Copies the words; false: no memory. */
static bool copy_words(child_t *child, const char *const *argv, const char *log_path)
{
    child->log_path = strdup(log_path);
    bool is_whole = child->log_path != NULL;
    for (size_t i = 0; argv[i] != NULL; i++) {
        assert(i < WORDS_MAX - 1);
        child->argv[i] = strdup(argv[i]);
        is_whole = is_whole && child->argv[i] != NULL;
    }
    return is_whole;
}

int children_start(children_t *self, const char *name, const char *const *argv,
                   const char *log_path, fault_t *fault)
{
    if (self->count == CHILDREN_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: more than %d processes", name, CHILDREN_MAX);
        return -1;
    }
    if (access(argv[0], X_OK) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: %s", argv[0], strerror(errno));
        return -1;
    }
    child_t *child = &self->all[self->count++];
    snprintf(child->name, sizeof child->name, "%s", name);
    if (!copy_words(child, argv, log_path)) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to start it", name);
        return -1;
    }
    return spawn(child, fault);
}

static void describe(int status, char *out, size_t size)
{
    if (WIFSIGNALED(status)) {
        snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else {
        snprintf(out, size, "ended with status %d", WEXITSTATUS(status));
    }
}

/* Ends of a program that will end so again: wrong usage, wrong configuration, no program.
 * A crash is none of them: the article that caused it is counted, and buried in the end. */
static bool is_hopeless(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    return code == 2 || code == 3 || code == 126 || code == 127;
}

/* A child that has ended: says so and plans its restart. 0, or -1 with a fault. */
static int mourn(child_t *child, int status, int64_t now_ms, children_note_f *note,
                 void *context, fault_t *fault)
{
    char what[80];
    bool was_quick = now_ms - child->started_ms < QUICK_MS;
    describe(status, what, sizeof what);
    child->pid = 0;
    child->quick_deaths = was_quick ? child->quick_deaths + 1 : 0;
    if (is_hopeless(status)) {
        fault_set(fault, FAULT_REJECT, "%s %s", child->name, what);
        return -1;
    }
    if (child->quick_deaths >= QUICK_DEATHS) {
        fault_set(fault, FAULT_REJECT, "%s %s, the %dth time in a row within %d s",
                  child->name, what, child->quick_deaths, QUICK_MS / 1000);
        return -1;
    }
    int doublings = child->quick_deaths < DOUBLINGS ? child->quick_deaths : DOUBLINGS;
    note(context, child->name, what);
    child->restart_ms = now_ms + ((int64_t)RESTART_MS << doublings);
    return 0;
}

int children_tend(children_t *self, int64_t now_ms, children_note_f *note, void *context,
                  fault_t *fault)
{
    for (size_t i = 0; i < self->count; i++) {
        child_t *child = &self->all[i];
        int status;
        if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid &&
            mourn(child, status, now_ms, note, context, fault) != 0) {
            self->lost = child;
            self->is_misconfigured = is_hopeless(status);
            return -1;
        }
        if (child->pid == 0 && now_ms >= child->restart_ms && spawn(child, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

const char *children_lost(const children_t *self, bool *is_misconfigured)
{
    *is_misconfigured = self->is_misconfigured;
    return self->lost != NULL ? self->lost->log_path : NULL;
}

/* Waits for the end until a moment; true if it came. */
static bool wait_until(child_t *child, int64_t until_ms)
{
    for (;;) {
        pid_t ended = waitpid(child->pid, NULL, WNOHANG);
        if (ended == child->pid || (ended < 0 && errno != EINTR)) {
            child->pid = 0;
            return true;
        }
        if (moment_ms() >= until_ms) {
            return false;
        }
        usleep(LOOK_AGAIN_MS * 1000);
    }
}

static void stop(child_t *child, int64_t until_ms)
{
    if (child->pid > 0 && !wait_until(child, until_ms)) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        child->pid = 0;
    }
}

void children_stop(children_t *self, int64_t patience_ms)
{
    for (size_t i = self->count; i > 1; i--) { /* workers: all at once */
        if (self->all[i - 1].pid > 0) {
            kill(self->all[i - 1].pid, SIGTERM);
        }
    }
    int64_t until_ms = moment_ms() + patience_ms;
    for (size_t i = self->count; i > 0; i--) {
        if (i == 1 && self->all[0].pid > 0) {
            kill(self->all[0].pid, SIGTERM);
            until_ms = moment_ms() + patience_ms;
        }
        stop(&self->all[i - 1], until_ms);
    }
}
