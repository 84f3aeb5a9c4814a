/* nutgraf top: a live view of the broker. */
#include "client/asking.h"
#include "client/command.h"
#include "client/keyboard.h"
#include "client/say.h"
#include "client/status_view.h"
#include "client/stopping.h"
#include "client/terminal.h"
#include "runtime/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 1000, EVERY_MS = 1000, LETTERS = 5 };

typedef struct {
    bool is_json, is_screen;
    int64_t count; /* views; 0: no end */
    bool is_held, hides_letters, is_over;
    asking_t asking;
    json_t *before, *status, *letters;
    bool is_away; /* the broker did not answer the last question */
} top_t;

/* --- questions ------------------------------------------------------------------------ */

static json_t *ask(top_t *self, json_t *question)
{
    fault_t ignored = {0};
    json_t *answer = admin_ask(self->asking.admin, question, ANSWER_MS, &ignored);
    self->is_away = answer == NULL;
    return answer;
}

/* After a silence the view before stays to be looked at. */
static void look(top_t *self)
{
    json_t *status = ask(self, json_pack("{s:s}", "do", "status"));
    if (status == NULL) {
        return;
    }
    json_decref(self->before);
    self->before = self->status;
    self->status = status;
    if (!self->hides_letters && !self->is_json) {
        json_t *letters =
            ask(self, json_pack("{s:s, s:i}", "do", "dead-letters", "limit", LETTERS));
        json_decref(self->letters);
        self->letters = letters;
    }
}

/* --- the view ------------------------------------------------------------------------- */

static void put_cut(FILE *out, const char *text, size_t columns)
{
    size_t len = strlen(text);
    while (len > 0 && terminal_text_columns(text, len) > columns) {
        len--;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    terminal_put(out, text, len);
}

static void print_letters(const top_t *self, FILE *out, size_t width)
{
    size_t i;
    json_t *item;
    const json_t *items = json_object_get(self->letters, "items");
    if (self->hides_letters || json_array_size(items) == 0) {
        return;
    }
    fputs("\nDEAD LETTERS\n", out);
    json_array_foreach(items, i, item)
    {
        char *line = NULL;
        const char *stage = json_string_value(json_object_get(item, "stage"));
        const char *id = json_string_value(json_object_get(item, "id"));
        const char *reason = json_string_value(json_object_get(item, "reason"));
        if (asprintf(&line, "%s  %s  %s", stage != NULL ? stage : "?",
                     id != NULL ? id : "?", reason != NULL ? reason : "?") >= 0) {
            put_cut(out, line, width);
            free(line);
        }
        fputc('\n', out);
    }
}

static void print_state(const top_t *self, FILE *out)
{
    if (self->is_away) {
        fprintf(out, "\nno broker answers at %s; asking on",
                settings_endpoint(&self->asking.settings, "admin"));
    } else {
        fprintf(out, "\nq ends · space %s · d %s dead letters",
                self->is_held ? "goes on (held now)" : "holds the view",
                self->hides_letters ? "shows" : "hides");
    }
}

/* Each line erases what was behind it; nothing flickers, nothing scrolls. */
static void draw(const char *text, size_t len)
{
    size_t left = terminal_height(stdout);
    fputs("\033[H", stdout);
    for (const char *line = text; line < text + len && left > 0; left--) {
        const char *end = memchr(line, '\n', (size_t)(text + len - line));
        end = end != NULL ? end : text + len;
        fwrite(line, 1, (size_t)(end - line), stdout);
        fputs("\033[K", stdout);
        line = end + 1;
        if (line < text + len && left > 1) {
            fputs("\r\n", stdout);
        }
    }
    fputs("\033[J", stdout);
}

static void show(const top_t *self)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return;
    }
    if (self->status != NULL) {
        status_view_print(out, self->status, self->before, terminal_has_colour(stdout));
        print_letters(self, out, self->is_screen ? terminal_width(stdout) : 1000);
    }
    if (self->is_screen || self->is_away) {
        print_state(self, out);
    }
    fclose(out);
    if (self->is_screen) {
        draw(text, len);
    } else {
        fwrite(text, 1, len, stdout);
        fputc('\n', stdout);
    }
    fflush(stdout);
    free(text);
}

/* --- keys ----------------------------------------------------------------------------- */

static void take_key(top_t *self, int key)
{
    if (key == 'q' || key == KEYBOARD_CLOSED) {
        self->is_over = true;
    } else if (key == ' ') {
        self->is_held = !self->is_held;
    } else if (key == 'd') {
        self->hides_letters = !self->hides_letters;
    } else {
        return;
    }
    show(self);
}

/* Until the next view is due. */
static void wait_for_keys(top_t *self)
{
    int64_t end_ms = moment_ms() + EVERY_MS;
    while (!self->is_over && !stopping_is_asked()) {
        int64_t left_ms = end_ms - moment_ms();
        if (left_ms <= 0) {
            return;
        }
        int key = keyboard_wait(self->is_screen, left_ms);
        if (key != KEYBOARD_NONE) {
            take_key(self, key);
        }
    }
}

static int watch(top_t *self)
{
    for (int64_t i = 1; !self->is_over && !stopping_is_asked(); i++) {
        if (!self->is_held) {
            look(self);
            if (self->is_json && self->status != NULL && !self->is_away) {
                asking_print(self->status);
                fflush(stdout);
            } else if (!self->is_json) {
                show(self);
            }
        }
        if (ferror(stdout) || i == self->count) {
            break;
        }
        wait_for_keys(self);
    }
    return self->is_away && !stopping_is_asked() && !self->is_over ? EXIT_NO_BROKER
                                                                   : EXIT_OK;
}

int top_main(int argc, char **argv)
{
    top_t self = {0};
    int status;
    const option_t options[] = {
        {"count", 'n', OPTION_NUMBER, "N", "end after N views; usual: 0, no end",
         &self.count, 0, INT32_MAX},
        {"json", 'j', OPTION_FLAG, NULL, "the broker's status as a line of JSON a second",
         &self.is_json, 0, 0},
    };
    int count = command_options("top", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("top", "takes no argument");
    }
    if ((status = asking_open(&self.asking)) != EXIT_OK) {
        return status;
    }
    stopping_catch();
    self.is_screen = !self.is_json && terminal_is(stdout) && keyboard_open();
    if (self.is_screen) {
        fputs("\033[?1049h\033[?25l", stdout); /* another screen, no cursor */
    }
    status = watch(&self);
    if (self.is_screen) {
        fputs("\033[?25h\033[?1049l", stdout);
        fflush(stdout);
        keyboard_close();
    }
    if (status == EXIT_NO_BROKER) {
        say("no broker answers at %s", settings_endpoint(&self.asking.settings, "admin"));
    }
    json_decref(self.before);
    json_decref(self.status);
    json_decref(self.letters);
    asking_close(&self.asking);
    return status;
}
