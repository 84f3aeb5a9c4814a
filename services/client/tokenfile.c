#include "client/tokenfile.h"

#include "client/keyfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOKEN_BYTES = 32, TOKENS_MODE = 0600 };

bool tokenfile_is_roles(const char *text)
{
    static const char *const roles[] = {"submit", "read", "operate"};
    for (const char *at = text; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        size_t len = strcspn(at, ",");
        size_t i = 0;
        while (i < sizeof roles / sizeof roles[0] &&
               !(strlen(roles[i]) == len && memcmp(roles[i], at, len) == 0)) {
            i++;
        }
        if (i == sizeof roles / sizeof roles[0]) {
            return false;
        }
    }
    return true;
}

static bool has_line_of(FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0, len = strlen(name);
    bool is_found = false;
    while (!is_found && getline(&line, &room, file) > 0) {
        const char *word = line + strspn(line, " \t");
        is_found = strncmp(word, name, len) == 0 && strchr(" \t", word[len]) != NULL;
    }
    if (line != NULL) {
        explicit_bzero(line, room);
    }
    free(line);
    return is_found;
}

/* 0: the name is free. */
static int check_name(const char *path, const char *name, fault_t *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT) {
        return 0;
    }
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: %s", path, strerror(errno));
        return -1;
    }
    bool is_taken = has_line_of(file, name);
    fclose(file);
    if (is_taken) {
        fault_set(fault, FAULT_REJECT,
                  "%s: has a token of %s; to make another, delete its line", path, name);
    }
    return is_taken ? -1 : 0;
}

static int make_token(char token[TOKENFILE_TOKEN_LEN + 1], fault_t *fault)
{
    unsigned char bytes[TOKEN_BYTES];
    if (sodium_init() < 0) {
        fault_set(fault, FAULT_REJECT, "no random numbers can be had");
        return -1;
    }
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(token, TOKENFILE_TOKEN_LEN + 1, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    explicit_bzero(bytes, sizeof bytes);
    return 0;
}

int tokenfile_add(const char *folder, const char *name, const char *roles,
                  char token[TOKENFILE_TOKEN_LEN + 1], fault_t *fault)
{
    char path[PATH_MAX], line[KEYFILES_LINE_MAX];
    if (keyfiles_path(path, folder, "tokens", "", fault) != 0 ||
        check_name(path, name, fault) != 0 || make_token(token, fault) != 0) {
        return -1;
    }
    snprintf(line, sizeof line, "%s %s %s\n", name, token, roles);
    int rc = keyfiles_append(path, O_CREAT, TOKENS_MODE, line, fault);
    explicit_bzero(line, sizeof line);
    return rc;
}
