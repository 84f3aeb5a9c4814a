#include "client/warc_http.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { VALUE_MAX = 256, UNPACK_STEP = 1 << 18 };

void warc_http_close(warc_http_t *self)
{
    free(self->content_type);
    free(self->body);
    *self = (warc_http_t){0};
}

/* The first header of that name in head[0..len); false: none. */
static bool find_header(const char *head, size_t len, const char *name,
                        char value[VALUE_MAX])
{
    size_t name_len = strlen(name);
    const char *end = head + len;
    for (const char *line = head; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop != NULL ? stop : end;
        if ((size_t)(stop - line) > name_len && line[name_len] == ':' &&
            strncasecmp(line, name, name_len) == 0) {
            const char *from = line + name_len + 1;
            while (from < stop && isspace((unsigned char)*from)) {
                from++;
            }
            while (stop > from && isspace((unsigned char)stop[-1])) {
                stop--;
            }
            size_t count =
                (size_t)(stop - from) < VALUE_MAX ? (size_t)(stop - from) : VALUE_MAX - 1;
            memcpy(value, from, count);
            value[count] = '\0';
            return true;
        }
        line = stop + 1;
    }
    return false;
}

/* "HTTP/1.1 200 …" */
static bool is_good(const char *head, size_t len)
{
    const char *space = memchr(head, ' ', len);
    return len > 12 && memcmp(head, "HTTP/", 5) == 0 && space != NULL &&
           space + 4 <= head + len && memcmp(space + 1, "200", 3) == 0;
}

static bool is_html(const char *type)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml"};
    size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == len && strncasecmp(type, types[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* Joins chunks (RFC 9112 7.1) in place and returns the new length. An
 * archive may have joined them already and left the header: then they stay as they are. */
static size_t join_chunks(char *body, size_t len)
{
    size_t at = 0, out = 0;
    while (at < len) {
        char *end = NULL;
        unsigned long long size = strtoull(body + at, &end, 16);
        char *line = memchr(body + at, '\n', len - at);
        if (end == body + at || line == NULL || end > line ||
            strchr(";\r\n \t", *end) == NULL) {
            return out > 0 ? out : len;
        }
        at = (size_t)(line - body) + 1;
        if (size == 0) {
            return out;
        }
        size_t count = size < len - at ? (size_t)size : len - at;
        memmove(body + out, body + at, count);
        out += count;
        at += count;
        while (at < len && (body[at] == '\r' || body[at] == '\n')) {
            at++;
        }
    }
    return out;
}

/* gzip, zlib and bare deflate streams. 0, or -1. */
static int unpack(warc_http_t *self, int window_bits, size_t max, fault_t *fault)
{
    z_stream zip = {.next_in = (Bytef *)self->body, .avail_in = (uInt)self->len};
    char *plain = NULL;
    size_t len = 0;
    int code = inflateInit2(&zip, window_bits);
    while (code == Z_OK && len <= max) {
        char *more = realloc(plain, len + UNPACK_STEP + 1);
        if (more == NULL) {
            code = Z_MEM_ERROR;
            break;
        }
        plain = more;
        zip.next_out = (Bytef *)plain + len;
        zip.avail_out = UNPACK_STEP;
        code = inflate(&zip, Z_NO_FLUSH);
        len += UNPACK_STEP - zip.avail_out;
        if (code == Z_BUF_ERROR ||
            (code == Z_OK && zip.avail_in == 0 && zip.avail_out > 0)) {
            code = Z_DATA_ERROR; /* it ends too early */
        }
    }
    inflateEnd(&zip);
    if (code != Z_STREAM_END) {
        free(plain);
        fault_set(fault, code == Z_MEM_ERROR ? FAULT_RETRY : FAULT_REJECT,
                  code == Z_OK          ? "has more than %zu bytes unpacked"
                  : code == Z_MEM_ERROR ? "no memory to unpack it (%zu bytes at most)"
                                        : "damaged compression (of at most %zu bytes)",
                  max);
        return -1;
    }
    free(self->body);
    self->body = plain;
    self->body[len] = '\0';
    self->len = len;
    return 0;
}

static int decode(warc_http_t *self, const char *coding, size_t max, fault_t *fault)
{
    const unsigned char *bytes = (const unsigned char *)self->body;
    bool is_gzip = self->len > 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    if (strcasecmp(coding, "identity") == 0 || *coding == '\0') {
        return 0;
    }
    if (strcasecmp(coding, "gzip") == 0 || strcasecmp(coding, "x-gzip") == 0) {
        return is_gzip ? unpack(self, 15 + 16, max, fault)
                       : 0; /* unpacked by the archive */
    }
    if (strcasecmp(coding, "deflate") == 0) {
        bool is_zlib =
            self->len > 1 && (bytes[0] & 15) == 8 && (bytes[0] * 256 + bytes[1]) % 31 == 0;
        bool is_text = self->len > 0 && (bytes[0] == '<' || isspace(bytes[0]));
        return is_text ? 0 : unpack(self, is_zlib ? 15 : -15, max, fault);
    }
    if (self->len > 0 && self->body[0] == '<') {
        return 0;
    }
    fault_set(fault, FAULT_REJECT, "packed as \"%.40s\", needs gzip, deflate or none",
              coding);
    return -1;
}

int warc_http_read(warc_http_t *self, const char *block, size_t len, size_t max,
                   fault_t *fault)
{
    char value[VALUE_MAX];
    const char *gap = memmem(block, len, "\r\n\r\n", 4);
    size_t gap_len = 4;
    *self = (warc_http_t){0};
    if (gap == NULL) {
        gap = memmem(block, len, "\n\n", 2);
        gap_len = 2;
    }
    size_t head_len = gap != NULL ? (size_t)(gap - block) : len;
    bool has_type = find_header(block, head_len, "Content-Type", value);
    if (gap == NULL || !is_good(block, head_len) || (has_type && !is_html(value))) {
        return 0;
    }
    self->len = len - head_len - gap_len;
    self->body = malloc(self->len + 1);
    self->content_type = has_type ? strdup(value) : NULL;
    if (self->body == NULL || (has_type && self->content_type == NULL)) {
        fault_set(fault, FAULT_RETRY, "no memory for a page of %zu bytes", self->len);
        return -1;
    }
    memcpy(self->body, gap + gap_len, self->len);
    self->body[self->len] = '\0';
    if (find_header(block, head_len, "Transfer-Encoding", value) &&
        strcasecmp(value, "chunked") == 0) {
        self->len = join_chunks(self->body, self->len);
        self->body[self->len] = '\0';
    }
    if (find_header(block, head_len, "Content-Encoding", value) &&
        decode(self, value, max, fault) != 0) {
        return -1;
    }
    return self->len > 0 ? 1 : 0;
}
