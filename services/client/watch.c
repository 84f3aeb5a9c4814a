#include "client/watch.h"

#include "client/command.h"
#include "client/document.h"
#include "client/input.h"
#include "client/say.h"
#include "client/stopping.h"

#include "runtime/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 250, /* between two looks into the folder */
    STEP_MS = 50,
    SETTLED_S = 1,      /* nobody writes to a file that has not changed for so long */
    SILENCE_MS = 10000, /* of the broker, worth a line */
};

typedef struct {
    const watch_options_t *options;
    session_t *session;
    feed_t *feed; /* of the file that is submitted */
    bool is_silence_said;
} watch_t;

/* --- which file ----------------------------------------------------------------------- */

static bool is_readable(const char *name)
{
    return name[0] != '.' && (document_is_html_name(name) || document_is_text_name(name) ||
                              document_is_json_name(name) || document_is_warc_name(name));
}

/* Whether somebody has the file open to write to it; false where that cannot be told, as of
 * other users' files. A read lease (fcntl(2)) is only given for a file that nobody writes.
 */
static bool is_being_written(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_open = fd >= 0 && fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    if (fd >= 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        close(fd);
    }
    return is_open;
}

static bool is_settled(const char *path)
{
    struct stat status;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           (now.tv_sec - status.st_mtim.tv_sec > SETTLED_S ||
            status.st_mtim.tv_sec > now.tv_sec) && /* from another clock: it will do */
           !is_being_written(path);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
           one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* The first by name. 1; 0: there is none; -1: a fault. */
static int find_file(const watch_t *self, char name[NAME_MAX + 1], fault_t *fault)
{
    DIR *folder = opendir(self->options->folder);
    if (folder == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: %s", self->options->folder, strerror(errno));
        return -1;
    }
    int found = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[PATH_MAX];
        int len =
            snprintf(path, sizeof path, "%s/%s", self->options->folder, entry->d_name);
        if (len < (int)sizeof path && is_readable(entry->d_name) &&
            (found == 0 || strcmp(entry->d_name, name) < 0) && is_settled(path)) {
            snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
            found = 1;
        }
    }
    closedir(folder);
    return found;
}

/* --- a file --------------------------------------------------------------------------- */

static void on_settled(void *context, const window_settled_t *settled)
{
    watch_t *self = context;
    if (self->feed != NULL) {
        feed_settled(self->feed, settled);
    }
}

static void tell_silence(watch_t *self)
{
    bool is_silent = session_silent_ms(self->session) > SILENCE_MS;
    if (is_silent && !self->is_silence_said) {
        say("no broker answers at %s%s; the files wait",
            settings_endpoint(self->options->settings, "ingest"),
            session_hint(self->session));
    }
    self->is_silence_said = is_silent;
}

/* Moves the file below `place`, with a number behind its name if there is one already. */
static void move_to(const watch_t *self, const char *name, const char *place)
{
    const char *folder = self->options->folder;
    char from[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof from, "%s/%s", folder, name);
    snprintf(to, sizeof to, "%s/%s/%s", folder, place, name);
    bool is_made = folder_make_for(to, 0755) == 0;
    for (int i = 1; is_made && access(to, F_OK) == 0; i++) {
        snprintf(to, sizeof to, "%s/%s/%s.%d", folder, place, name, i);
    }
    if (!is_made || rename(from, to) != 0) {
        say("%s: cannot be moved to %s: %s", from, to, strerror(errno));
        unsigned left = 10; /* or it would be submitted again and again */
        while (!stopping_is_asked() && (left = sleep(left)) > 0) {
        }
    }
}

/* Everything of the file goes to the broker; true once it is settled there. */
static bool send_file(watch_t *self, fault_t *fault)
{
    while (!stopping_is_asked() &&
           !(feed_is_ended(self->feed) && session_count(self->session) == 0)) {
        if (feed_step(self->feed, self->session, fault) != 0 ||
            session_step(self->session, STEP_MS, fault) != 0) {
            return false;
        }
        tell_silence(self);
        fflush(stdout);
    }
    return !stopping_is_asked();
}

/* What has become of the file is said, and it is moved, unless somebody has written to it
 * meanwhile: then all of it is read again, and what is known is a duplicate. */
static void put_away(const watch_t *self, const char *name, const char *path,
                     const struct stat *before)
{
    struct stat after;
    size_t duplicates = feed_duplicates(self->feed);
    say("%s: %zu accepted, %zu duplicate%s, %zu refused", name, feed_accepted(self->feed),
        duplicates, duplicates == 1 ? "" : "s", feed_refused(self->feed));
    if (stat(path, &after) == 0 && !is_same(before, &after)) {
        say("%s: has grown meanwhile and is read again", name);
        return;
    }
    move_to(self, name, feed_refused(self->feed) == 0 ? "done" : "failed");
}

/* 0, or -1: a fault that ends the watch. */
static int submit_file(watch_t *self, const char *name, fault_t *fault)
{
    const watch_options_t *options = self->options;
    char path[PATH_MAX];
    fault_t unreadable = {0};
    struct stat before;
    snprintf(path, sizeof path, "%s/%s", options->folder, name);
    if (stat(path, &before) != 0) {
        return 0; /* gone again */
    }
    input_t *input = input_open(path, INPUT_IDS_CONTENT,
                                settings_body_max(options->settings), &unreadable);
    if (input == NULL) {
        say("%s", unreadable.reason);
        move_to(self, name, "failed");
        return 0;
    }
    input_set_route(input, options->route);
    self->feed =
        feed_new(input, options->priority, options->accepted, NULL, options->context);
    if (self->feed == NULL) {
        input_destroy(&input);
        fault_set(fault, FAULT_RETRY, "%s: no memory to submit it", path);
        return -1;
    }
    if (send_file(self, fault)) {
        put_away(self, name, path, &before);
    }
    feed_destroy(&self->feed);
    return fault->kind == FAULT_NONE ? 0 : -1;
}

int watch_run(const watch_options_t *options)
{
    watch_t self = {.options = options};
    fault_t fault = {0};
    char name[NAME_MAX + 1];
    int found = 0;
    signal(SIGIO, SIG_IGN); /* who opens a file while its lease is tried */
    self.session = session_new(options->settings->context,
                               settings_endpoint(options->settings, "ingest"),
                               &options->settings->link, on_settled, &self, &fault);
    while (self.session != NULL && !stopping_is_asked() &&
           (found = find_file(&self, name, &fault)) >= 0) {
        int rc = found > 0 ? submit_file(&self, name, &fault)
                           : session_step(self.session, LOOK_MS, &fault);
        if (rc != 0) {
            break;
        }
    }
    session_destroy(&self.session);
    if (fault.kind != FAULT_NONE) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    return EXIT_OK; /* an interrupt is the usual end */
}
