#include "fetch/robots.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DELAY_MAX_S = 86400 };

typedef struct {
    char *pattern; /* in the form of normalise */
    bool allows;
} rule_t;

struct robots {
    rule_t *rules;
    size_t count, room;
    int64_t delay_ms;
};

/* What is read of one kind of group: those that name us, or "*". */
typedef struct {
    const char *agent;
    robots_t *robots;
    bool is_open;  /* the line before named agents: more may follow */
    bool is_ours;  /* the group that is read is one for `agent` */
    bool is_found; /* there was one */
    bool is_out;   /* of memory */
} reading_t;

void robots_destroy(robots_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        free((*self)->rules[i].pattern);
    }
    free((*self)->rules);
    free(*self);
    *self = NULL;
}

/* --- paths ---------------------------------------------------------------------------- */

static int hex(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static bool is_escape(const char *text)
{
    return text[0] == '%' && isxdigit((unsigned char)text[1]) &&
           isxdigit((unsigned char)text[2]);
}

/* Each %XX of a plain character becomes the character, each other byte that needs it %XX in
 * capitals, so that two spellings of a path are the same bytes. The caller frees it. */
static char *normalise(const char *path, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char reserved[] = "%/?#[]@!$&'()*+,;=:";
    char *out = malloc(3 * len + 1);
    size_t at = 0;
    for (size_t i = 0; out != NULL && i < len; i++) {
        bool is_escaped = i + 2 < len && is_escape(path + i);
        unsigned char byte = (unsigned char)path[i];
        if (is_escaped) {
            byte = (unsigned char)(hex(path[i + 1]) << 4 | hex(path[i + 2]));
            i += 2;
        }
        bool is_plain = byte > ' ' && byte < 0x7f;
        if (is_plain && !(is_escaped && strchr(reserved, byte) != NULL)) {
            out[at++] = (char)byte;
        } else {
            out[at++] = '%';
            out[at++] = digits[byte >> 4];
            out[at++] = digits[byte & 15];
        }
    }
    if (out != NULL) {
        out[at] = '\0';
    }
    return out;
}

/* Whether the path begins with the pattern. One '*' is gone back to, the last: time is at
 * most the product of the lengths. */
static bool fits(const char *pattern, const char *path)
{
    const char *star = NULL, *retry = NULL;
    for (;;) {
        if (*pattern == '\0' ||
            (pattern[0] == '$' && pattern[1] == '\0' && *path == '\0')) {
            return true;
        }
        if (*pattern == '*') {
            star = ++pattern;
            retry = path;
        } else if (*path != '\0' && *pattern == *path) {
            pattern++;
            path++;
        } else if (star != NULL && *retry != '\0') {
            pattern = star;
            path = ++retry;
        } else {
            return false;
        }
    }
}

/* --- reading -------------------------------------------------------------------------- */

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && isspace((unsigned char)**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && isspace((unsigned char)(*text)[*len - 1])) {
        (*len)--;
    }
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

static int add_rule(robots_t *self, const char *pattern, size_t len, bool allows)
{
    if (len == 0) {
        return 0; /* "Disallow:" alone forbids nothing */
    }
    if (self->count == self->room) {
        size_t room = self->room > 0 ? 2 * self->room : 16;
        rule_t *rules = realloc(self->rules, room * sizeof *rules);
        if (rules == NULL) {
            return -1;
        }
        self->rules = rules;
        self->room = room;
    }
    char *own = normalise(pattern, len);
    if (own == NULL) {
        return -1;
    }
    self->rules[self->count++] = (rule_t){own, allows};
    return 0;
}

/* The product token of "Name/1.0 (remark)" alone counts. */
static void name_agent(reading_t *self, const char *value, size_t len)
{
    size_t token = 0;
    while (token < len &&
           (isalnum((unsigned char)value[token]) || strchr("-_*", value[token]) != NULL)) {
        token++;
    }
    self->is_ours = (self->is_open && self->is_ours) || is_word(value, token, self->agent);
    self->is_found = self->is_found || self->is_ours;
    self->is_open = true;
}

static void set_delay(robots_t *self, const char *value)
{
    double seconds = strtod(value, NULL);
    if (seconds > 0 && seconds <= DELAY_MAX_S) {
        self->delay_ms = (int64_t)(seconds * 1000);
    }
}

static void read_line(reading_t *self, const char *line, size_t len)
{
    const char *remark = memchr(line, '#', len);
    len = remark != NULL ? (size_t)(remark - line) : len;
    const char *colon = memchr(line, ':', len);
    if (colon == NULL) {
        return;
    }
    const char *value = colon + 1;
    size_t value_len = len - (size_t)(value - line);
    len = (size_t)(colon - line);
    trim(&line, &len);
    trim(&value, &value_len);
    bool allows = is_word(line, len, "allow");
    if (is_word(line, len, "user-agent")) {
        name_agent(self, value, value_len);
    } else if (allows || is_word(line, len, "disallow")) {
        self->is_open = false;
        if (self->is_ours && add_rule(self->robots, value, value_len, allows) != 0) {
            self->is_out = true;
        }
    } else if (is_word(line, len, "crawl-delay")) {
        self->is_open = false;
        if (self->is_ours) {
            set_delay(self->robots, value);
        }
    }
}

/* NULL: no memory. *is_found: there is a group for that agent. */
static robots_t *read_groups(const char *text, size_t len, const char *agent,
                             bool *is_found)
{
    reading_t reading = {.agent = agent, .robots = calloc(1, sizeof(robots_t))};
    const char *end = text + len;
    while (reading.robots != NULL && text < end) {
        const char *stop = text;
        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        read_line(&reading, text, (size_t)(stop - text));
        text = stop + 1;
    }
    if (reading.is_out) {
        robots_destroy(&reading.robots);
    }
    *is_found = reading.is_found;
    return reading.robots;
}

/* The bytes that are read: of a longer file whole lines alone, since "/" may be what is
 * left of "/private". */
static size_t readable_len(const char *text, size_t len)
{
    if (len <= ROBOTS_MAX) {
        return len;
    }
    const char *last = memrchr(text, '\n', ROBOTS_MAX);
    return last != NULL ? (size_t)(last - text) + 1 : 0;
}

robots_t *robots_new(const char *text, size_t len, const char *agent)
{
    bool is_found = false;
    len = readable_len(text, len);
    char *own = malloc(len + 1); /* NUL-terminated, for strtod at its end */
    if (own == NULL) {
        return NULL;
    }
    memcpy(own, text, len);
    own[len] = '\0';
    size_t mark = len >= 3 && memcmp(own, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    robots_t *self = read_groups(own + mark, len - mark, agent, &is_found);
    if (self != NULL && !is_found) {
        robots_destroy(&self);
        self = read_groups(own + mark, len - mark, "*", &is_found);
    }
    free(own);
    return self;
}

bool robots_allows(const robots_t *self, const char *path)
{
    char *own = normalise(path, strlen(path));
    size_t longest = 0;
    bool allows = true;
    for (size_t i = 0; own != NULL && i < self->count; i++) {
        const rule_t *rule = &self->rules[i];
        size_t len = strlen(rule->pattern);
        if (len < longest || !fits(rule->pattern, own)) {
            continue;
        }
        allows = len > longest ? rule->allows : allows || rule->allows;
        longest = len;
    }
    free(own);
    return allows;
}

int64_t robots_delay_ms(const robots_t *self)
{
    return self->delay_ms;
}
