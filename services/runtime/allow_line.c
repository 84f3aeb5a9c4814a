#include "runtime/allow_line.h"

#include "runtime/pipeline.h"

#include <string.h>

static const char BLANKS[] = " \t\r";

/* --- words ---------------------------------------------------------------------------- */

static const struct {
    const char *word;
    unsigned role;
} roles[] = {
    {"submitter", ALLOW_SUBMITTER}, {"worker", ALLOW_WORKER}, {"client", ALLOW_CLIENT}};
enum { ROLES = sizeof roles / sizeof roles[0] };

unsigned allow_role(const char *word, size_t len)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strlen(roles[i].word) == len && memcmp(roles[i].word, word, len) == 0) {
            return roles[i].role;
        }
    }
    return 0;
}

const char *allow_role_name(unsigned role)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (roles[i].role == role) {
            return roles[i].word;
        }
    }
    return "?";
}

/* One item of a list separated by commas; moves *at behind it. False: there is none. */
static bool next_item(const char **at, const char *end, const char **item, size_t *len)
{
    if (*at > end) {
        return false;
    }
    const char *comma = memchr(*at, ',', (size_t)(end - *at));
    *item = *at;
    *len = (size_t)((comma != NULL ? comma : end) - *at);
    *at += *len + 1;
    return true;
}

static bool is_stage(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_letter = (name[i] >= 'a' && name[i] <= 'z') ||
                         (name[i] >= '0' && name[i] <= '9') || name[i] == '-';
        if (!is_letter) {
            return false;
        }
    }
    return len > 0 && len <= PIPELINE_NAME_MAX;
}

bool allow_is_stages(const char *word, size_t len)
{
    const char *at = word;
    const char *name;
    size_t name_len;
    bool is_good = true;
    if (len == 1 && word[0] == '*') {
        return true;
    }
    while (is_good && next_item(&at, word + len, &name, &name_len)) {
        is_good = is_stage(name, name_len);
    }
    return is_good;
}

/* --- one line ------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    unsigned number;
    const char *at, *end;
    fault_t *fault;
} line_t;

typedef struct {
    const char *text;
    size_t len;
} word_t;

static word_t next_word(line_t *self)
{
    while (self->at < self->end && strchr(BLANKS, *self->at) != NULL && *self->at != '\0') {
        self->at++;
    }
    word_t word = {self->at, 0};
    while (self->at < self->end &&
           (strchr(BLANKS, *self->at) == NULL || *self->at == '\0')) {
        self->at++;
    }
    word.len = (size_t)(self->at - word.text);
    return word;
}

/* How much of a word a fault shows. */
static int shown(word_t word)
{
    return word.len < 60 ? (int)word.len : 60;
}

static bool is_remark(word_t word)
{
    return word.len > 0 && word.text[0] == '#';
}

static int read_roles(const line_t *line, word_t word, allow_peer_t *peer)
{
    const char *at = word.text;
    word_t one;
    if (word.len == 0 || is_remark(word)) {
        fault_set(line->fault, FAULT_REJECT,
                  "%s: line %u: no role behind the key, needs submitter, worker or client",
                  line->path, line->number);
        return -1;
    }
    while (next_item(&at, word.text + word.len, &one.text, &one.len)) {
        unsigned role = allow_role(one.text, one.len);
        if (role == 0) {
            fault_set(line->fault, FAULT_REJECT,
                      "%s: line %u: no role \"%.*s\", needs submitter, worker or client",
                      line->path, line->number, shown(one), one.text);
            return -1;
        }
        peer->roles |= role;
    }
    return 0;
}

static int read_stages(const line_t *line, word_t word, allow_peer_t *peer)
{
    bool is_worker = (peer->roles & ALLOW_WORKER) != 0;
    bool is_given = word.len > 0 && !is_remark(word);
    const char *wrong = NULL;
    if (is_worker != is_given) {
        wrong = is_worker ? "a worker needs its stages, or * for all"
                          : "only a worker has stages; a remark begins with #";
    } else if (is_given && !allow_is_stages(word.text, word.len)) {
        wrong = "stages are names separated by commas, or * for all";
    }
    if (wrong != NULL) {
        fault_set(line->fault, FAULT_REJECT, "%s: line %u: %s", line->path, line->number,
                  wrong);
        return -1;
    }
    peer->stages = word.text;
    peer->stages_len = is_given ? word.len : 0;
    return 0;
}

static int read_line(line_t *line, allow_peer_t *peer)
{
    word_t key = next_word(line);
    if (key.len == 0 || is_remark(key)) {
        return 0;
    }
    if (!link_keys_is_key(key.text, key.len)) {
        fault_set(line->fault, FAULT_REJECT,
                  "%s: line %u: \"%.*s\" is no key: needs %d characters of Z85", line->path,
                  line->number, shown(key), key.text, LINK_KEY_LEN);
        return -1;
    }
    *peer = (allow_peer_t){.line = line->number};
    memcpy(peer->key, key.text, key.len);
    if (read_roles(line, next_word(line), peer) != 0) {
        return -1;
    }
    word_t rest = next_word(line);
    if (read_stages(line, rest, peer) != 0) {
        return -1;
    }
    word_t beyond = is_remark(rest) ? rest : next_word(line);
    if (beyond.len > 0 && !is_remark(beyond)) {
        fault_set(line->fault, FAULT_REJECT,
                  "%s: line %u: \"%.*s\" is too much; a remark begins with #", line->path,
                  line->number, shown(beyond), beyond.text);
        return -1;
    }
    return 1;
}

int allow_line_read(allow_peer_t *out, const char *path, unsigned number, const char *text,
                    size_t len, fault_t *fault)
{
    line_t line = {path, number, text, text + len, fault};
    return read_line(&line, out);
}

/* --- asking --------------------------------------------------------------------------- */

bool allow_has_role(const allow_peer_t *self, unsigned role)
{
    return (self->roles & role) == role;
}

bool allow_serves(const allow_peer_t *self, const char *stage)
{
    const char *at = self->stages;
    const char *name;
    size_t len;
    if (self->stages_len == 1 && self->stages[0] == '*') {
        return true;
    }
    while (self->stages_len > 0 &&
           next_item(&at, self->stages + self->stages_len, &name, &len)) {
        if (strlen(stage) == len && memcmp(stage, name, len) == 0) {
            return true;
        }
    }
    return false;
}
