#include "client/keyfiles.h"

#include "runtime/allow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALLOW_MODE = 0644, FOLDER_MODE = 0700 };

static const char ALLOW_HEAD[] =
    "# Who may connect: PUBLICKEY ROLE[,ROLE] [STAGE,STAGE|*] # remark\n"
    "# Roles: submitter, worker (with its stages), client. Read again when it changes.\n";

int keyfiles_path(char out[PATH_MAX], const char *folder, const char *name,
                  const char *ending, fault_t *fault)
{
    int len = snprintf(out, PATH_MAX, "%s/%s%s", folder, name, ending);
    if (len >= PATH_MAX) {
        fault_set(fault, FAULT_REJECT, "%.200s…: a path of more than %d bytes", out,
                  PATH_MAX - 1);
        return -1;
    }
    return 0;
}

int keyfiles_folder(const char *path, fault_t *fault)
{
    if (mkdir(path, FOLDER_MODE) != 0 && errno != EEXIST) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be made: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

int keyfiles_write(const char *folder, const char *name, const link_keys_t *keys,
                   fault_t *fault)
{
    char secret_path[PATH_MAX], public_path[PATH_MAX];
    if (keyfiles_path(secret_path, folder, name, ".secret", fault) != 0 ||
        keyfiles_path(public_path, folder, name, ".public", fault) != 0 ||
        link_keys_write(secret_path, keys->secret, true, fault) != 0) {
        return -1;
    }
    if (link_keys_write(public_path, keys->open, false, fault) != 0) {
        unlink(secret_path);
        return -1;
    }
    return 0;
}

int keyfiles_make(const char *folder, const char *name, char public_key[LINK_KEY_LEN + 1],
                  fault_t *fault)
{
    link_keys_t keys = {0};
    int rc = link_keys_make(&keys, fault);
    if (rc == 0) {
        rc = keyfiles_write(folder, name, &keys, fault);
    }
    memcpy(public_key, keys.open, sizeof keys.open);
    link_keys_forget(&keys);
    return rc;
}

void keyfiles_remove(const char *folder, const char *name)
{
    char path[PATH_MAX];
    if (keyfiles_path(path, folder, name, ".secret", NULL) == 0) {
        unlink(path);
    }
    if (keyfiles_path(path, folder, name, ".public", NULL) == 0) {
        unlink(path);
    }
}

/* --- the list --------------------------------------------------------------------------
 */

int keyfiles_append(const char *path, int flags, mode_t mode, const char *text,
                    fault_t *fault)
{
    char line[KEYFILES_LINE_MAX + 1];
    char last = '\n';
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | flags, mode);
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

int keyfiles_allow(const char *folder, fault_t *fault)
{
    char path[PATH_MAX];
    if (keyfiles_path(path, folder, "allow", "", fault) != 0) {
        return -1;
    }
    return access(path, F_OK) == 0
               ? 0
               : keyfiles_append(path, O_CREAT | O_EXCL, ALLOW_MODE, ALLOW_HEAD, fault);
}

void keyfiles_line(char out[KEYFILES_LINE_MAX], const char *key, const char *roles,
                   const char *stages, const char *name)
{
    snprintf(out, KEYFILES_LINE_MAX, "%s %s%s%s # %s\n", key, roles,
             stages != NULL ? " " : "", stages != NULL ? stages : "", name);
}

int keyfiles_list(const char *folder, const char *line, fault_t *fault)
{
    char path[PATH_MAX];
    if (keyfiles_path(path, folder, "allow", "", fault) != 0) {
        return -1;
    }
    if (access(path, F_OK) != 0) {
        return 0;
    }
    allow_t *allow = allow_load(path, fault);
    if (allow == NULL) {
        return -1;
    }
    allow_destroy(&allow);
    return keyfiles_append(path, 0, 0, line, fault) == 0 ? 1 : -1;
}

/* The list with another line for the key, written whole beside it first. */
static int rewrite(FILE *in, FILE *out, const char *key, const char *line)
{
    char *old = NULL;
    size_t room = 0;
    while (getline(&old, &room, in) > 0) {
        fputs(strncmp(old, key, LINK_KEY_LEN) == 0 ? line : old, out);
    }
    free(old);
    return ferror(in) || fflush(out) != 0 || ferror(out) || fsync(fileno(out)) != 0 ? -1
                                                                                    : 0;
}

int keyfiles_relist(const char *folder, const char *key, const char *line, fault_t *fault)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    if (keyfiles_path(path, folder, "allow", "", fault) != 0 ||
        keyfiles_path(fresh, folder, "allow", ".new", fault) != 0) {
        return -1;
    }
    FILE *in = fopen(path, "re");
    FILE *out = fopen(fresh, "we");
    int rc = in != NULL && out != NULL ? rewrite(in, out, key, line) : -1;
    if (in != NULL) {
        fclose(in);
    }
    if (out != NULL) {
        fclose(out);
    }
    if (rc != 0 || rename(fresh, path) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be written: %s", path, strerror(errno));
        unlink(fresh);
        return -1;
    }
    return 0;
}
