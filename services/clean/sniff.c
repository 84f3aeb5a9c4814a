#include "clean/sniff.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *bytes;
    size_t len;
    const char *name;
} beginnings[] = {
    {"%PDF-", 5, "a PDF"},
    {"\x89PNG\r\n\x1a\n", 8, "a PNG image"},
    {"\xff\xd8\xff", 3, "a JPEG image"},
    {"GIF8", 4, "a GIF image"},
    {"PK\x03\x04", 4, "a ZIP archive"},
    {"\x1f\x8b\x08", 3, "gzip data: unpack it first"},
    {"OggS", 4, "an Ogg stream"},
    {"ID3", 3, "an MP3 stream"},
    {"\x7f"
     "ELF",
     4, "a program"},
};

static const struct {
    const char *type; /* or the beginning of it */
    const char *name;
} types[] = {
    {"image/", "an image"},       {"audio/", "audio"},
    {"video/", "video"},          {"font/", "a font"},
    {"application/pdf", "a PDF"}, {"application/zip", "a ZIP archive"},
    {"application/json", "JSON"},
};

const char *sniff_binary(const char *bytes, size_t len, const char *content_type)
{
    for (size_t i = 0; i < COUNT_OF(beginnings); i++) {
        if (len >= beginnings[i].len &&
            memcmp(bytes, beginnings[i].bytes, beginnings[i].len) == 0) {
            return beginnings[i].name;
        }
    }
    for (size_t i = 0; content_type != NULL && i < COUNT_OF(types); i++) {
        bool is_svg = strncasecmp(content_type, "image/svg", 9) == 0;
        if (!is_svg &&
            strncasecmp(content_type, types[i].type, strlen(types[i].type)) == 0) {
            return types[i].name;
        }
    }
    return NULL;
}
