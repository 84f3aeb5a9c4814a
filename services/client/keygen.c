/* nutgraf keygen: CURVE key pairs for the broker and its peers. */
#include "client/command.h"
#include "client/say.h"
#include "runtime/allow.h"
#include "runtime/link_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 64, ALLOW_MODE = 0644, FOLDER_MODE = 0700 };

static const char NAME_LETTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
static const char ALLOW_HEAD[] =
    "# Who may connect: PUBLICKEY ROLE[,ROLE] [STAGE,STAGE|*] # remark\n"
    "# Roles: submitter, worker (with its stages), client. Read again when it changes.\n";

typedef struct {
    const char *folder;
    const char *peer, *role, *stage; /* NULL: not given */
} keygen_t;

/* --- the files -------------------------------------------------------------------------
 */

static int path_of(char out[PATH_MAX], const keygen_t *self, const char *name,
                   const char *ending, fault_t *fault)
{
    int len = snprintf(out, PATH_MAX, "%s/%s%s", self->folder, name, ending);
    if (len >= PATH_MAX) {
        fault_set(fault, FAULT_REJECT, "%.200s…: a path of more than %d bytes", out,
                  PATH_MAX - 1);
        return -1;
    }
    return 0;
}

static int make_folder(const char *path, fault_t *fault)
{
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be made: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

/* Both halves of a fresh pair, or neither; the public one comes back. */
static int make_pair(const keygen_t *self, const char *name, char public_key[],
                     fault_t *fault)
{
    char secret_path[PATH_MAX], public_path[PATH_MAX];
    link_keys_t keys = {0};
    int rc = -1;
    if (path_of(secret_path, self, name, ".secret", fault) == 0 &&
        path_of(public_path, self, name, ".public", fault) == 0 &&
        link_keys_make(&keys, fault) == 0 &&
        link_keys_write(secret_path, keys.secret, true, fault) == 0) {
        rc = link_keys_write(public_path, keys.open, false, fault);
        if (rc != 0) {
            unlink(secret_path);
        }
    }
    memcpy(public_key, keys.open, sizeof keys.open);
    link_keys_forget(&keys);
    return rc;
}

static void remove_pair(const keygen_t *self, const char *name)
{
    char path[PATH_MAX];
    if (path_of(path, self, name, ".secret", NULL) == 0) {
        unlink(path);
    }
    if (path_of(path, self, name, ".public", NULL) == 0) {
        unlink(path);
    }
}

/* Writes text at the end of a file and syncs it. A line that lacks its end gets one. */
static int append(const char *path, int flags, const char *text, fault_t *fault)
{
    char line[512];
    char last = '\n';
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | flags, ALLOW_MODE);
    if (fd < 0) {
        fault_set(fault, FAULT_REJECT, "%s: %s", path, strerror(errno));
        return -1;
    }
    off_t end = lseek(fd, 0, SEEK_END);
    bool is_torn = end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
    int len = snprintf(line, sizeof line, "%s%s", is_torn ? "\n" : "", text);
    int rc = write(fd, line, (size_t)len) == len && fsync(fd) == 0 ? 0 : -1;
    if (rc != 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be written: %s", path, strerror(errno));
    }
    close(fd);
    return rc;
}

/* --- the two uses ----------------------------------------------------------------------
 */

static int make_server(const keygen_t *self, fault_t *fault)
{
    char allow[PATH_MAX], key[LINK_KEY_LEN + 1];
    if (path_of(allow, self, "allow", "", fault) != 0 ||
        make_pair(self, "broker", key, fault) != 0) {
        return -1;
    }
    if (access(allow, F_OK) != 0 &&
        append(allow, O_CREAT | O_EXCL, ALLOW_HEAD, fault) != 0) {
        remove_pair(self, "broker");
        return -1;
    }
    printf("%s\n", key);
    say("%s/broker.secret is the broker's alone; broker.public is for all who connect; "
        "allow lists who may",
        self->folder);
    return 0;
}

static int list_peer(const keygen_t *self, const char *line, fault_t *fault)
{
    char path[PATH_MAX];
    if (path_of(path, self, "allow", "", fault) != 0) {
        return -1;
    }
    if (access(path, F_OK) != 0) {
        say("%s: no such file; add the line to the broker's allow-list", path);
        return 0;
    }
    allow_t *allow = allow_load(path, fault);
    if (allow == NULL) {
        return -1;
    }
    allow_destroy(&allow);
    return append(path, 0, line, fault);
}

static int make_peer(const keygen_t *self, fault_t *fault)
{
    char line[512], key[LINK_KEY_LEN + 1];
    if (make_pair(self, self->peer, key, fault) != 0) {
        return -1;
    }
    snprintf(line, sizeof line, "%s %s%s%s # %s\n", key, self->role,
             self->stage != NULL ? " " : "", self->stage != NULL ? self->stage : "",
             self->peer);
    if (list_peer(self, line, fault) != 0) {
        remove_pair(self, self->peer);
        return -1;
    }
    fputs(line, stdout);
    return 0;
}

/* --- the command -----------------------------------------------------------------------
 */

/* The set of "worker,client"; 0: one of them is no role. */
static unsigned roles_of(const char *text)
{
    unsigned roles = 0;
    for (const char *at = text; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        unsigned role = allow_role(at, strcspn(at, ","));
        if (role == 0) {
            return 0;
        }
        roles |= role;
    }
    return roles;
}

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= NAME_MAX_LEN && text[0] != '.' &&
           strspn(text, NAME_LETTERS) == len;
}

/* 0, or EXIT_USAGE. A worker without --stage may serve all. */
static int check_usage(keygen_t *self)
{
    if (self->peer == NULL) {
        return self->role == NULL && self->stage == NULL
                   ? 0
                   : command_usage("keygen", "--role and --stage need --peer");
    }
    if (!is_name(self->peer)) {
        return command_usage("keygen",
                             "--peer is %.80s, needs letters, digits, '.', '_' and '-', "
                             "at most %d",
                             self->peer, NAME_MAX_LEN);
    }
    unsigned roles = self->role != NULL ? roles_of(self->role) : 0;
    if (roles == 0) {
        return command_usage("keygen",
                             "--peer needs --role: submitter, worker, client, or several "
                             "with commas");
    }
    if ((roles & ALLOW_WORKER) == 0 && self->stage != NULL) {
        return command_usage("keygen", "--stage is for --role worker");
    }
    if ((roles & ALLOW_WORKER) != 0 && self->stage == NULL) {
        self->stage = "*";
    }
    if (self->stage != NULL &&
        (!allow_is_stages(self->stage, strlen(self->stage)) || strlen(self->stage) > 256)) {
        return command_usage("keygen", "--stage is %.80s, needs names with commas, or *",
                             self->stage);
    }
    return 0;
}

int keygen_main(int argc, char **argv)
{
    keygen_t self = {0};
    fault_t fault = {0};
    int status;
    const option_t options[] = {
        {"peer", 'p', OPTION_TEXT, "NAME", "a pair for who connects, not for the broker",
         &self.peer, 0, 0},
        {"role", 'r', OPTION_TEXT, "ROLE", "submitter, worker, client, or several: a,b",
         &self.role, 0, 0},
        {"stage", 's', OPTION_TEXT, "STAGE", "that a worker may serve, or several: a,b",
         &self.stage, 0, 0},
    };
    int count = command_options("keygen", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 1) {
        return count < 0 ? status : command_usage("keygen", "needs one DIR");
    }
    self.folder = argv[1];
    status = check_usage(&self);
    if (status != 0) {
        return status;
    }
    int rc = make_folder(self.folder, &fault);
    if (rc == 0) {
        rc = self.peer != NULL ? make_peer(&self, &fault) : make_server(&self, &fault);
    }
    if (rc != 0) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    return EXIT_OK;
}
