#include "client/letters.h"

#include "client/say.h"
#include "runtime/member.h"
#include "runtime/moment.h"

#include <stdint.h>
#include <time.h>

enum {
    PAGE = 500,
    ANSWER_MS = 5000,
    WRITTEN_MS = 2000, /* a commit takes less */
    LOOK_AGAIN_MS = 20,
};

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

static json_t *list_once(admin_t *admin, const char *stage, fault_t *fault)
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

bool letters_is_written(const json_t *letter)
{
    return json_is_string(json_object_get(letter, "reason"));
}

static bool are_written(const json_t *letters)
{
    size_t i;
    json_t *letter;
    json_array_foreach(letters, i, letter)
    {
        if (!letters_is_written(letter)) {
            return false;
        }
    }
    return true;
}

json_t *letters_list(admin_t *admin, const char *stage, fault_t *fault)
{
    int64_t until_ms = moment_ms() + WRITTEN_MS;
    json_t *letters = list_once(admin, stage, fault);
    while (letters != NULL && !are_written(letters) && moment_ms() < until_ms) {
        struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
        nanosleep(&pause, NULL);
        json_decref(letters);
        letters = list_once(admin, stage, fault);
    }
    return letters;
}

void letters_say(const json_t *letter)
{
    say("%s: dead at stage %s: %s", member_text(letter, "id", "?"),
        member_text(letter, "stage", "?"), member_text(letter, "reason", "?"));
}
