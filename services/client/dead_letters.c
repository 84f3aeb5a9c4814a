/* nutgraf dead-letters: what was given up, and what becomes of it. */
#include "client/asking.h"
#include "client/command.h"
#include "client/letters.h"
#include "client/say.h"
#include "client/terminal.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 30000 };

typedef struct {
    const char *verb;
    const char *stage;
    bool is_all, is_json;
    int id_count;
    char **ids;
    asking_t asking;
} letters_t;

static void print_letter(const json_t *letter)
{
    static const char *const keys[] = {"id", "stage", "reason"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = json_string_value(json_object_get(letter, keys[i]));
        terminal_put(stdout, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
        fputc(i + 1 < sizeof keys / sizeof keys[0] ? '\t' : '\n', stdout);
    }
}

static int list(letters_t *self)
{
    fault_t fault = {0};
    json_t *letters = letters_list(self->asking.admin, self->stage, &fault);
    size_t i;
    json_t *letter;
    if (letters == NULL) {
        say("%s", fault.reason);
        return fault.kind == FAULT_RETRY ? EXIT_NO_BROKER : EXIT_FAILED;
    }
    json_array_foreach(letters, i, letter)
    {
        if (self->is_json) {
            asking_print(letter);
        } else {
            print_letter(letter);
        }
    }
    json_decref(letters);
    return EXIT_OK;
}

/* The letter whole with --json, else the article alone. */
static int show_one(letters_t *self, const char *id)
{
    json_t *answer = NULL;
    json_t *question = json_pack("{s:s, s:s}", "do", "dead-letter", "id", id);
    int status = asking_ask(&self->asking, question, ANSWER_MS, &answer);
    if (answer != NULL) {
        asking_print(self->is_json ? answer : json_object_get(answer, "body"));
        if (!self->is_json) {
            letters_say(answer);
        }
    }
    json_decref(answer);
    return status;
}

static int show(letters_t *self)
{
    int status = EXIT_OK;
    for (int i = 0; i < self->id_count && status != EXIT_NO_BROKER; i++) {
        int one = show_one(self, self->ids[i]);
        status = one != EXIT_OK ? one : status;
    }
    return status;
}

/* Asks for one change and adds up how many letters it touched. */
static int change(letters_t *self, const char *key, json_t *value, json_int_t *count)
{
    json_t *answer = NULL;
    json_t *question = json_pack("{s:s, s:o}", "do", self->verb, key, value);
    int status = asking_ask(&self->asking, question, ANSWER_MS, &answer);
    *count += json_integer_value(json_object_get(answer, "count"));
    json_decref(answer);
    return status;
}

static int change_ids(letters_t *self, json_int_t *count)
{
    int status = EXIT_OK;
    for (int i = 0; i < self->id_count && status != EXIT_NO_BROKER; i++) {
        json_int_t before = *count;
        int one = change(self, "id", json_string(self->ids[i]), count);
        if (one == EXIT_OK && *count == before) {
            say("%s: no dead letter has this id", self->ids[i]);
            one = EXIT_FAILED;
        }
        status = one != EXIT_OK ? one : status;
    }
    return status;
}

static int retry_or_drop(letters_t *self)
{
    json_int_t count = 0;
    int status = self->is_all ? change(self, "all", json_true(), &count)
                 : self->stage != NULL
                     ? change(self, "stage", json_string(self->stage), &count)
                     : change_ids(self, &count);
    if (self->is_json) {
        printf("{\"count\":%lld}\n", (long long)count);
    } else if (status == EXIT_OK || count > 0) { /* else the reason has been said */
        say("%lld %s", (long long)count,
            strcmp(self->verb, "drop") == 0 ? "dropped" : "ready again");
    }
    return status;
}

static const struct {
    const char *verb;
    bool takes_ids, takes_all; /* needs ids, or one of --stage and --all */
    int (*run)(letters_t *);
} verbs[] = {
    {"list", false, false, list},
    {"show", true, false, show},
    {"retry", true, true, retry_or_drop},
    {"drop", true, true, retry_or_drop},
};

static int carry_out(letters_t *self, size_t verb)
{
    bool is_wide = verbs[verb].takes_all && (self->is_all || self->stage != NULL);
    if (self->is_all && self->stage != NULL) {
        return command_usage("dead-letters", "either --stage or --all, not both");
    }
    if (!verbs[verb].takes_all && self->is_all) {
        return command_usage("dead-letters", "%s takes no --all", self->verb);
    }
    if (verbs[verb].takes_ids && !is_wide && self->id_count == 0) {
        return command_usage("dead-letters", "%s: which id?", self->verb);
    }
    if ((is_wide || !verbs[verb].takes_ids) && self->id_count > 0) {
        return command_usage("dead-letters", "%s: takes no id here", self->verb);
    }
    int status = asking_open(&self->asking);
    if (status == EXIT_OK) {
        status = verbs[verb].run(self);
        asking_close(&self->asking);
    }
    return status;
}

int dead_letters_main(int argc, char **argv)
{
    letters_t self = {0};
    int status;
    const option_t options[] = {
        {"stage", 's', OPTION_TEXT, "NAME", "those of one stage", &self.stage, 0, 0},
        {"all", 'a', OPTION_FLAG, NULL, "retry, drop: every one", &self.is_all, 0, 0},
        {"json", 'j', OPTION_FLAG, NULL, "answers as JSON, one a line", &self.is_json, 0,
         0},
    };
    int count = command_options("dead-letters", options, sizeof options / sizeof options[0],
                                argc, argv, &status);
    if (count < 0) {
        return status;
    }
    if (count == 0) {
        return command_usage("dead-letters", "list, show, retry or drop?");
    }
    self.verb = argv[1];
    self.ids = argv + 2;
    self.id_count = count - 1;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].verb, self.verb) == 0) {
            return carry_out(&self, i);
        }
    }
    return command_usage("dead-letters", "%s is not list, show, retry or drop", self.verb);
}
