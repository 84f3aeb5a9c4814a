/* Whatever comes in: a REJECT with a reason, or an article that is written and read again
 * to the same bytes. */
#include "proto/article.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEN_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool is_kept, const char *promise, const char *found)
{
    if (!is_kept) {
        fprintf(stderr, "%s: %s\n", promise, found);
        abort();
    }
}

/* The written form of an article; ends it. */
static char *write_and_end(article_t *article)
{
    size_t len = 0;
    char *text = article_write(article, &len);
    demand(text != NULL && strlen(text) == len, "writes what it read", article_id(article));
    demand(strchr(text, '\n') == NULL, "one line", text);
    article_destroy(&article);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fault_t fault = {0};
    article_t *article = article_read((const char *)data, size, LEN_MAX, &fault);
    if (article == NULL) {
        demand(fault.kind == FAULT_REJECT && fault.reason[0] != '\0', "gives a reason",
               fault.reason);
        return 0;
    }
    demand(article_id(article) != NULL, "has an id", "none");
    char *once = write_and_end(article);
    article_t *again = article_read(once, strlen(once), 8 * LEN_MAX, &fault);
    /* The largest double, rounded to 15 digits, is larger than the largest double. */
    demand(again != NULL || strstr(fault.reason, "overflow") != NULL, once, fault.reason);
    if (again != NULL) {
        char *twice = write_and_end(again);
        demand(strcmp(once, twice) == 0, once, twice);
        free(twice);
    }
    free(once);
    return 0;
}
