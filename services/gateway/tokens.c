#include "gateway/tokens.h"

#include "runtime/secret.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 /* bytes */ };

struct token {
    char name[TOKEN_NAME_MAX + 1];
    uint8_t digest[crypto_hash_sha256_BYTES];
    unsigned roles;
    double rate, burst; /* rate 0: no bound */
    double left;        /* may be below 0 */
    int64_t seen_ms;
};

struct tokens {
    token_t *all;
    size_t count;
    bool is_open;
    double rate, burst;
    char *path;
    struct timespec changed; /* of the file that was read */
    off_t size;
};

static const struct {
    const char *word;
    unsigned role;
} roles[] = {{"submit", TOKEN_SUBMIT}, {"read", TOKEN_READ}, {"operate", TOKEN_OPERATE}};

/* --- reading -------------------------------------------------------------------------- */

static int read_roles(char *words, unsigned *out)
{
    *out = 0;
    for (char *word; (word = strsep(&words, ",")) != NULL;) {
        size_t i = 0;
        while (i < sizeof roles / sizeof roles[0] && strcmp(roles[i].word, word) != 0) {
            i++;
        }
        if (i == sizeof roles / sizeof roles[0]) {
            return -1;
        }
        *out |= roles[i].role;
    }
    return 0;
}

static bool is_token_text(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~+/="; /* RFC 6750, 2.1 */
    return strlen(text) >= TOKEN_MIN && text[strspn(text, allowed)] == '\0';
}

/* One line that is no remark; words NAME TOKEN ROLES [RATE]. */
static const char *read_line(char *line, double rate, double burst, token_t *out)
{
    char *rest = NULL;
    char *name = strtok_r(line, " \t\r", &rest);
    char *text = strtok_r(NULL, " \t\r", &rest);
    char *words = strtok_r(NULL, " \t\r", &rest);
    char *own_rate = strtok_r(NULL, " \t\r", &rest);
    char *end = NULL;
    *out = (token_t){.rate = rate, .burst = burst};
    if (words == NULL || strlen(name) > TOKEN_NAME_MAX) {
        return "needs NAME TOKEN ROLE[,ROLE] [RATE]";
    }
    if (!is_token_text(text)) {
        return "a token has at least 16 letters, digits or -._~+/=";
    }
    if (read_roles(words, &out->roles) != 0) {
        return "roles are submit, read and operate";
    }
    if (own_rate != NULL) {
        out->rate = strtod(own_rate, &end);
        if (*end != '\0' || !(out->rate > 0) || strtok_r(NULL, " \t\r", &rest) != NULL) {
            return "a rate is a number above 0, and the last word";
        }
    }
    snprintf(out->name, sizeof out->name, "%s", name);
    crypto_hash_sha256(out->digest, (const uint8_t *)text, strlen(text));
    out->burst = out->burst > out->rate ? out->burst : out->rate;
    out->left = out->burst;
    return NULL;
}

static int add(tokens_t *self, const token_t *token)
{
    token_t *more = realloc(self->all, (self->count + 1) * sizeof *more);
    if (more == NULL) {
        return -1;
    }
    self->all = more;
    self->all[self->count++] = *token;
    return 0;
}

/* Reads all lines into self->all; text is changed. */
static int read_lines(tokens_t *self, const char *path, char *text, fault_t *fault)
{
    int number = 0;
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        token_t token;
        number++;
        line[strcspn(line, "#")] = '\0';
        if (line[strspn(line, " \t\r")] == '\0') {
            continue;
        }
        const char *why = read_line(line, self->rate, self->burst, &token);
        if (why == NULL && add(self, &token) != 0) {
            why = "no memory";
        }
        if (why != NULL) {
            fault_set(fault, FAULT_REJECT, "%s:%d: %s", path, number, why);
            return -1;
        }
    }
    return 0;
}

tokens_t *tokens_parse(const char *path, const char *text, size_t len, double rate,
                       double burst, fault_t *fault)
{
    tokens_t *self = calloc(1, sizeof *self);
    char *copy = malloc(len + 1);
    if (self == NULL || copy == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory", path);
        free(self);
        free(copy);
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    self->rate = rate;
    self->burst = burst;
    if (strlen(copy) != len) {
        fault_set(fault, FAULT_REJECT, "%s: holds a NUL at byte %zu", path, strlen(copy));
        tokens_destroy(&self);
    } else if (read_lines(self, path, copy, fault) != 0) {
        tokens_destroy(&self);
    }
    explicit_bzero(copy, len);
    free(copy);
    return self;
}

void tokens_destroy(tokens_t **self)
{
    if (*self != NULL) {
        free((*self)->all);
        free((*self)->path);
        free(*self);
        *self = NULL;
    }
}

/* The text of a file that others may not read; NULL: a fault. */
static char *read_file(const char *path, size_t *len, struct stat *status, fault_t *fault)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    if (file == NULL || fstat(fileno(file), status) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: %s", path, strerror(errno));
    } else if (!secret_is_kept(status, geteuid())) {
        fault_set(fault, FAULT_REJECT,
                  "%s: its mode %04o lets others at the tokens; chmod 600 %s", path,
                  (unsigned)(status->st_mode & 07777), path);
    } else if (status->st_size > FILE_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: more than 1 MiB", path);
    } else if ((text = malloc((size_t)status->st_size + 1)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory", path);
    } else {
        *len = fread(text, 1, (size_t)status->st_size, file);
    }
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static tokens_t *read_path(const char *path, double rate, double burst, fault_t *fault)
{
    struct stat status = {0};
    size_t len = 0;
    char *text = read_file(path, &len, &status, fault);
    tokens_t *self =
        text != NULL ? tokens_parse(path, text, len, rate, burst, fault) : NULL;
    if (self != NULL) {
        self->changed = status.st_mtim;
        self->size = status.st_size;
        self->path = strdup(path);
        if (self->path == NULL) {
            fault_set(fault, FAULT_RETRY, "%s: no memory", path);
            tokens_destroy(&self);
        }
    }
    if (text != NULL) {
        explicit_bzero(text, len);
    }
    free(text);
    return self;
}

static tokens_t *everybody(double rate, double burst, fault_t *fault)
{
    tokens_t *self = calloc(1, sizeof *self);
    token_t token = {.name = "everybody", .roles = TOKEN_ALL, .rate = rate, .burst = burst};
    token.burst = burst > rate ? burst : rate;
    token.left = token.burst;
    if (self == NULL || add(self, &token) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for tokens");
        free(self);
        return NULL;
    }
    self->is_open = true;
    return self;
}

tokens_t *tokens_load(const char *path, double rate, double burst, fault_t *fault)
{
    tokens_t *self = path[0] != '\0' ? read_path(path, rate, burst, fault)
                                     : everybody(rate, burst, fault);
    if (self != NULL && self->count == 0) {
        fault_set(fault, FAULT_REJECT, "%s: holds no token", path);
        tokens_destroy(&self);
    }
    return self;
}

/* Who was there before goes on with what he had left. */
static void keep_allowances(tokens_t *self, const tokens_t *old)
{
    for (size_t i = 0; i < self->count; i++) {
        for (size_t k = 0; k < old->count; k++) {
            if (strcmp(self->all[i].name, old->all[k].name) == 0) {
                self->all[i].left = old->all[k].left;
                self->all[i].seen_ms = old->all[k].seen_ms;
            }
        }
    }
}

int tokens_refresh(tokens_t *self, fault_t *fault)
{
    struct stat status = {0}; /* as it stays for a file that is gone */
    bool is_gone = self->path != NULL && stat(self->path, &status) != 0 && errno == ENOENT;
    if (self->path == NULL ||
        (status.st_mtim.tv_sec == self->changed.tv_sec &&
         status.st_mtim.tv_nsec == self->changed.tv_nsec && status.st_size == self->size)) {
        return 0;
    }
    self->changed = status.st_mtim;
    self->size = status.st_size;
    if (is_gone) {
        self->count = 0;
        return 1;
    }
    tokens_t *fresh = read_path(self->path, self->rate, self->burst, fault);
    if (fresh == NULL) {
        return -1;
    }
    keep_allowances(fresh, self);
    tokens_t old = *self;
    *self = *fresh;
    *fresh = old;
    tokens_destroy(&fresh);
    return 1;
}

/* --- asking --------------------------------------------------------------------------- */

bool tokens_are_open(const tokens_t *self)
{
    return self->is_open;
}

size_t tokens_count(const tokens_t *self)
{
    return self->count;
}

token_t *tokens_find(tokens_t *self, const char *authorization)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    token_t *found = NULL;
    if (self->is_open) {
        return &self->all[0];
    }
    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0) {
        return NULL;
    }
    const char *text = authorization + 7 + strspn(authorization + 7, " ");
    crypto_hash_sha256(digest, (const uint8_t *)text, strlen(text));
    for (size_t i = 0; i < self->count; i++) { /* all of them, found or not */
        if (sodium_memcmp(digest, self->all[i].digest, sizeof digest) == 0) {
            found = &self->all[i];
        }
    }
    return found;
}

const char *token_name(const token_t *self)
{
    return self->name;
}

bool token_may(const token_t *self, unsigned role)
{
    return (self->roles & role) == role;
}

int64_t token_take(token_t *self, int64_t now_ms)
{
    if (self->rate <= 0) {
        return 0;
    }
    if (now_ms > self->seen_ms) {
        self->left += self->rate * (double)(now_ms - self->seen_ms) / 1000;
        self->left = self->left < self->burst ? self->left : self->burst;
        self->seen_ms = now_ms;
    }
    if (self->left < 1) {
        return (int64_t)((1 - self->left) * 1000 / self->rate) + 1;
    }
    self->left -= 1;
    return 0;
}

void token_charge(token_t *self, double count)
{
    if (self->rate > 0) {
        self->left -= count;
    }
}
