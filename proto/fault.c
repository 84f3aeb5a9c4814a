#include "proto/fault.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* How long the sequence that begins with `lead` is (RFC 3629); 0: no sequence begins so. */
static size_t sequence_len(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        return 3;
    }
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the printable character at text, 0 if there is none: a control character (C0,
 * DEL, C1), a surrogate, an overlong form or a broken sequence. */
static size_t printable_len(const uint8_t *text, size_t left)
{
    size_t len = sequence_len(text[0]);
    if (len == 0 || len > left) {
        return 0;
    }
    if (len == 1) {
        return text[0] < 0x20 || text[0] == 0x7f ? 0 : 1;
    }
    for (size_t i = 1; i < len; i++) {
        if (!is_tail(text[i])) {
            return 0;
        }
    }
    bool is_bad =
        (text[0] == 0xc2 && text[1] < 0xa0) || (text[0] == 0xe0 && text[1] < 0xa0) ||
        (text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf0 && text[1] < 0x90) ||
        (text[0] == 0xf4 && text[1] >= 0x90);
    return is_bad ? 0 : len;
}

/* The length without a character that the cut at len went through. */
static size_t whole_len(const char *text, size_t len)
{
    size_t at = len;
    while (at > 0 && len - at < 3 && is_tail((uint8_t)text[at - 1])) {
        at--;
    }
    if (at > 0 && sequence_len((uint8_t)text[at - 1]) > len - at + 1) {
        return at - 1;
    }
    return len;
}

void fault_setv(fault_t *self, fault_kind_t kind, const char *format, va_list args)
{
    assert(kind != FAULT_NONE);
    if (self == NULL || self->kind != FAULT_NONE) {
        return;
    }
    char raw[FAULT_REASON_MAX];
    int wanted = vsnprintf(raw, sizeof raw, format, args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= sizeof raw) {
        len = whole_len(raw, sizeof raw - 1);
    }
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        size_t step = printable_len((const uint8_t *)raw + at, len - at);
        if (step == 0) {
            self->reason[out++] = '?';
            at++;
            continue;
        }
        memcpy(self->reason + out, raw + at, step);
        out += step;
        at += step;
    }
    self->reason[out] = '\0';
    self->kind = kind;
}

void fault_set(fault_t *self, fault_kind_t kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fault_setv(self, kind, format, args);
    va_end(args);
}

void fault_clear(fault_t *self)
{
    if (self != NULL) {
        self->kind = FAULT_NONE;
        self->reason[0] = '\0';
    }
}

const char *fault_kind_name(fault_kind_t kind)
{
    static const char *const names[] = {
        [FAULT_NONE] = "none", [FAULT_RETRY] = "retry", [FAULT_REJECT] = "reject"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "none";
}
