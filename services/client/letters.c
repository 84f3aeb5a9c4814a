#include "client/letters.h"

#include "client/say.h"

#include <stdint.h>

enum { PAGE = 500, ANSWER_MS = 5000 };

/* The question for the page behind `after` (NULL: the first). */
static json_t *question(const char *stage, const json_t *after)
{
    json_t *out = json_pack("{s:s, s:i}", "do", "dead-letters", "limit", PAGE);
    if (stage != NULL) {
        json_object_set_new(out, "stage", json_string(stage));
    }
    if (after != NULL) {
        json_object_set(out, "after", (json_t *)(uintptr_t)after);
    }
    return out;
}

json_t *letters_list(admin_t *admin, const char *stage, fault_t *fault)
{
    json_t *all = json_array();
    json_t *after = NULL;
    do {
        json_t *page = admin_ask(admin, question(stage, after), ANSWER_MS, fault);
        json_decref(after);
        after = NULL;
        if (page == NULL || all == NULL) {
            json_decref(page);
            json_decref(all);
            return NULL;
        }
        json_array_extend(all, json_object_get(page, "items"));
        json_t *next = json_object_get(page, "next");
        after = json_is_null(next) ? NULL : json_incref(next);
        json_decref(page);
    } while (after != NULL);
    return all;
}

static const char *text_of(const json_t *letter, const char *key)
{
    const char *text = json_string_value(json_object_get(letter, key));
    return text != NULL ? text : "?";
}

void letters_say(const json_t *letter)
{
    say("%s: dead at stage %s: %s", text_of(letter, "id"), text_of(letter, "stage"),
        text_of(letter, "reason"));
}
