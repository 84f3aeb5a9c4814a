#include "gateway/formats.h"

#include "gateway/accept.h"
#include "gateway/newsarticle.h"
#include "gateway/ninjs.h"
#include "gateway/problem.h"
#include "gateway/url.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word, *type;
    json_t *(*write)(const json_t *article);
} formats[] = {
    [FORMAT_JSON] = {"json", "application/json", NULL},
    [FORMAT_LD] = {"ld", "application/ld+json", newsarticle_write},
    [FORMAT_NINJS] = {"ninjs", "application/ninjs+json", ninjs_write},
};

static int by_word(request_t *request, const char *word)
{
    for (int i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].word, word) == 0) {
            return i;
        }
    }
    problem_answer(request, PROBLEM_BAD_REQUEST, "format is json, ld or ninjs");
    return -1;
}

int formats_choose(request_t *request)
{
    const char *types[FORMATS];
    bool is_bad;
    char *word = url_parameter(request_query(request), "format", &is_bad);
    if (word != NULL || is_bad) {
        int format = by_word(request, is_bad || word == NULL ? "" : word);
        free(word);
        return format;
    }
    for (int i = 0; i < FORMATS; i++) {
        types[i] = formats[i].type;
    }
    int format = accept_choose(request_header(request, "Accept"), types, FORMATS);
    if (format < 0) {
        problem_answer(request, PROBLEM_NOT_ACCEPTABLE,
                       "there are application/json, application/ld+json and "
                       "application/ninjs+json");
    }
    return format;
}

const char *formats_type(format_t format)
{
    return formats[format].type;
}

json_t *formats_write(format_t format, const json_t *article)
{
    return formats[format].write(article);
}
