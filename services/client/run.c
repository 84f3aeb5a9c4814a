/* nutgraf run: broker, stages and results of one input, here and now. */
#include "client/admin.h"
#include "client/children.h"
#include "client/command.h"
#include "client/crew.h"
#include "client/feed.h"
#include "client/follow.h"
#include "client/letters.h"
#include "client/printer.h"
#include "client/progress.h"
#include "client/say.h"
#include "client/stopping.h"
#include "client/workplace.h"
#include "runtime/moment.h"
#include "runtime/place.h"
#include "runtime/settings.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STEP_MS = 30,        /* how long one turn waits for the broker */
    ASK_EVERY_MS = 150,  /* for its status */
    ASK_MS = 2000,       /* that it has to answer */
    SILENT_MS = 30000,   /* a broker that says nothing for so long is gone */
    STUCK_MS = 60000,    /* a full disk on which nothing moves for so long stays full */
    PATIENCE_MS = 10000, /* for the end of a child */
    USUAL_PORT = 8080,   /* of the page */
};

/* What one run is made of. */
typedef struct {
    const char *input_path, *dir;
    bool is_json, is_kept;
    bool is_serving; /* --serve: with the gateway, until it is interrupted */
    int64_t port;
    workplace_t place;
    settings_t settings;
    pipeline_t *pipeline;
    children_t *children;
    feed_t *feed;
    session_t *session;
    admin_t *admin;
    follow_t *results;
    progress_t *progress;
    int64_t started_ms, started_wall_ms, asked_ms;
    int64_t moved_ms; /* when the store last had room, or something last ended */
    size_t printed, buried;
    printer_t printer;
    bool is_started; /* there are children */
    bool is_empty;   /* the broker has nothing left to do */
    bool is_broken;  /* the run could not be carried through */
} run_t;

static void give_way(void *context)
{
    run_t *self = context;
    progress_hide(self->progress);
}

static void on_accepted(void *context, const char *id, bool is_duplicate)
{
    run_t *self = context;
    (void)id;
    (void)is_duplicate;
    self->is_empty = false;
}

static void on_child(void *context, const char *name, const char *what)
{
    give_way(context);
    say("%s %s; it is started again", name, what);
}

/* --- beginning ------------------------------------------------------------------------ */

static int start_children(run_t *self, fault_t *fault)
{
    self->is_started = true;
    self->children = children_new();
    if (self->children == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to start");
        return -1;
    }
    return crew_start(self->children, self->pipeline, self->is_serving, self->place.log,
                      fault);
}

static int load_settings(run_t *self, fault_t *fault)
{
    if (settings_init(&self->settings, fault) != 0 ||
        settings_keys(&self->settings, fault) != 0) {
        return -1;
    }
    setenv("NUTGRAF_CONFIG", self->settings.folder, 1);
    self->pipeline = settings_pipeline(&self->settings, fault);
    return self->pipeline != NULL &&
                   workplace_use_sink(&self->place, self->pipeline, fault) == 0
               ? crew_check(self->pipeline, fault)
               : -1;
}

static int open_input(run_t *self, fault_t *fault)
{
    input_t *input = input_open(self->input_path, INPUT_IDS_PATH,
                                settings_body_max(&self->settings), fault);
    if (input == NULL) {
        return -1;
    }
    input_set_route(input, self->pipeline);
    self->feed = feed_new(input, FEED_PRIORITY_OWN, on_accepted, give_way, self);
    if (self->feed == NULL) {
        input_destroy(&input);
        fault_set(fault, FAULT_RETRY, "no memory to start");
        return -1;
    }
    return 0;
}

static int open_doors(run_t *self, fault_t *fault)
{
    const settings_t *settings = &self->settings;
    self->session = session_new(settings->context, settings_endpoint(settings, "ingest"),
                                &settings->link, feed_settled, self->feed, fault);
    self->admin = admin_new(settings->context, settings_endpoint(settings, "admin"),
                            &settings->link, fault);
    self->results = follow_new(self->place.results);
    if (self->results == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to start");
    }
    if (self->session == NULL || self->admin == NULL || self->results == NULL) {
        return -1;
    }
    return follow_seek_last(self->results, 0, fault); /* --dir: older rows were printed */
}

/* --- working -------------------------------------------------------------------------- */

static int print_results(run_t *self, fault_t *fault)
{
    const char *line;
    size_t len;
    int rc;
    while ((rc = follow_next(self->results, &line, &len, fault)) > 0) {
        give_way(self);
        if (printer_put(&self->printer, line, len, fault) != 0) {
            return -1;
        }
        self->printed++;
    }
    return rc == 0 ? printer_flush(&self->printer, fault) : -1;
}

static size_t number(const json_t *object, const char *key)
{
    return (size_t)json_integer_value(json_object_get(object, key));
}

/* Looks how much the broker still has to do. Silence is not a fault here: it may be
 * starting again. */
static void ask_status(run_t *self, int64_t now_ms)
{
    fault_t fault = {0};
    if (now_ms - self->asked_ms < ASK_EVERY_MS || !session_is_open(self->session)) {
        return;
    }
    bool is_all_in = feed_is_ended(self->feed) && session_count(self->session) == 0;
    json_t *status =
        admin_ask(self->admin, json_pack("{s:s}", "do", "status"), ASK_MS, &fault);
    if (status != NULL) {
        self->buried = number(status, "buried");
        self->is_empty = is_all_in && number(status, "queued") == 0;
    }
    self->asked_ms = moment_ms();
    json_decref(status);
}

/* -1 with a fault when the disk is full and nothing makes room. */
static int watch_room(run_t *self, size_t ended_before, int64_t now_ms, fault_t *fault)
{
    if (!session_is_full(self->session) || self->printed + self->buried != ended_before) {
        self->moved_ms = now_ms;
    }
    if (now_ms - self->moved_ms < STUCK_MS) {
        return 0;
    }
    fault_set(fault, FAULT_RETRY, "%s: the disk is full, and nothing has moved for %d s",
              self->place.path, STUCK_MS / 1000);
    return -1;
}

/* One turn: 0, or -1 with a fault. */
static int turn(run_t *self, fault_t *fault)
{
    int64_t now_ms = moment_ms();
    size_t ended = self->printed + self->buried;
    if (children_tend(self->children, now_ms, on_child, self, fault) != 0 ||
        feed_step(self->feed, self->session, fault) != 0 ||
        session_step(self->session, STEP_MS, fault) != 0) {
        return -1;
    }
    ask_status(self, now_ms);
    if (print_results(self, fault) != 0 || watch_room(self, ended, now_ms, fault) != 0) {
        return -1;
    }
    if (session_silent_ms(self->session) > SILENT_MS) {
        fault_set(fault, FAULT_RETRY, "the broker has not answered for %d s",
                  SILENT_MS / 1000);
        return -1;
    }
    progress_show(self->progress, self->printed, self->buried, feed_total(self->feed),
                  now_ms);
    return 0;
}

static int work(run_t *self, fault_t *fault)
{
    while ((!self->is_empty || self->is_serving) && !stopping_is_asked()) {
        if (turn(self, fault) != 0) {
            return -1;
        }
    }
    return print_results(self, fault);
}

/* --- ending --------------------------------------------------------------------------- */

/* Names the articles that were buried in this run; returns how many. */
static size_t tell_letters(run_t *self)
{
    fault_t fault = {0};
    json_t *letters = letters_list(self->admin, NULL, &fault);
    size_t i, count = 0;
    json_t *letter;
    json_array_foreach(letters, i, letter)
    {
        if (json_integer_value(json_object_get(letter, "buried_ms")) >=
            self->started_wall_ms) {
            letters_say(letter);
            count++;
        }
    }
    if (letters == NULL) {
        say("the dead letters cannot be read: %s", fault.reason);
    }
    json_decref(letters);
    return count;
}

static void say_sum(const run_t *self, size_t dead)
{
    double seconds = (double)(moment_ms() - self->started_ms) / 1000;
    char rest[128] = "";
    size_t len = 0;
    const struct {
        size_t count;
        const char *what;
    } parts[] = {{dead, "dead-lettered"},
                 {feed_refused(self->feed), "refused"},
                 {feed_duplicates(self->feed), "known before"}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].count > 0) {
            len += (size_t)snprintf(rest + len, sizeof rest - len, ", %zu %s",
                                    parts[i].count, parts[i].what);
        }
    }
    if (feed_put(self->feed) + feed_refused(self->feed) == 0 && !self->is_serving) {
        say("%s: there is no article in it", self->input_path);
    }
    say("%zu article%s enriched%s, in %.1f s", self->printed, self->printed == 1 ? "" : "s",
        rest, seconds);
}

static void close_run(run_t *self)
{
    session_destroy(&self->session);
    admin_destroy(&self->admin);
    if (self->children != NULL) {
        children_stop(self->children, PATIENCE_MS);
    }
    children_destroy(&self->children);
    progress_destroy(&self->progress);
    follow_destroy(&self->results);
    feed_destroy(&self->feed);
    pipeline_destroy(&self->pipeline);
    settings_close(&self->settings);
}

/* What is left of the folder: nothing, or where it is. */
static void leave_place(const run_t *self)
{
    if (self->is_kept || self->place.is_given || (self->is_broken && self->is_started)) {
        say("logs, store and results are in %s", self->place.path);
    } else {
        workplace_remove(&self->place);
    }
}

/* The run cannot go on: says why, with the words of the child that is to blame. */
static int give_up(run_t *self, const fault_t *fault)
{
    bool is_misconfigured;
    const char *log = children_lost(self->children, &is_misconfigured);
    say("%s", fault->reason);
    workplace_tell_log(&self->place, log);
    self->is_broken = !is_misconfigured; /* the words are the reason: nothing to look for */
    return is_misconfigured ? EXIT_CONFIG : EXIT_FAILED;
}

static int finish(run_t *self, int rc, const fault_t *fault)
{
    progress_hide(self->progress);
    if (self->printer.is_left) {
        return EXIT_OK;
    }
    if (rc != 0 && !stopping_is_asked()) {
        return give_up(self, fault);
    }
    if (stopping_is_asked() && !self->is_serving) {
        say("interrupted; %zu article%s enriched", self->printed,
            self->printed == 1 ? "" : "s");
        return EXIT_INTERRUPTED;
    }
    size_t dead = tell_letters(self);
    say_sum(self, dead);
    return dead > 0 || feed_refused(self->feed) > 0 ? EXIT_FAILED : EXIT_OK;
}

/* The gateway's port, and finished articles that can be asked for. */
static void prepare_serving(const run_t *self)
{
    char port[24];
    snprintf(port, sizeof port, "%lld", (long long)self->port);
    setenv("NUTGRAF_GATEWAY_PORT", port, self->port != USUAL_PORT);
    setenv("NUTGRAF_BROKER_KEEP_DAYS", "7", 0);
}

static void say_page(const run_t *self)
{
    if (self->is_serving) {
        say("the page is at http://127.0.0.1:%s/; Ctrl-C ends it",
            getenv("NUTGRAF_GATEWAY_PORT"));
        say("other commands find it like this: NUTGRAF_BROKER=%s nutgraf status",
            self->place.path);
    }
}

static int carry_out(run_t *self)
{
    fault_t fault = {0};
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    self->started_wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
    self->started_ms = moment_ms();
    if (self->is_serving) {
        prepare_serving(self);
    }
    if (workplace_open(&self->place, self->dir, &fault) != 0) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    int status = EXIT_FAILED;
    if (load_settings(self, &fault) != 0) {
        say("%s", fault.reason);
        status = EXIT_CONFIG;
    } else if (open_input(self, &fault) != 0 || start_children(self, &fault) != 0 ||
               open_doors(self, &fault) != 0) {
        say("%s", fault.reason);
        self->is_broken = true;
    } else {
        self->progress = progress_new();
        say_page(self);
        status = finish(self, work(self, &fault), &fault);
    }
    close_run(self);
    leave_place(self);
    return status;
}

int run_main(int argc, char **argv)
{
    run_t self = {.port = USUAL_PORT};
    char samples[PATH_MAX];
    fault_t fault = {0};
    int status;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL, "one line of JSON an article on a terminal too",
         &self.is_json, 0, 0},
        {"dir", 'd', OPTION_TEXT, "DIR",
         "work in DIR and leave everything there; a later run goes on with it", &self.dir,
         0, 0},
        {"serve", 's', OPTION_FLAG, NULL,
         "with the page, at http://127.0.0.1:8080/, until Ctrl-C", &self.is_serving, 0, 0},
        {"port", 'p', OPTION_NUMBER, "N", "with --serve: another port", &self.port, 1,
         65535},
        {"keep", 'k', OPTION_FLAG, NULL, "keep the private folder and say where it is",
         &self.is_kept, 0, 0},
    };
    int count = command_options("run", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count < 0) {
        return status;
    }
    if (count > 1) {
        return command_usage("run", "one input, please, not %d", count);
    }
    if (count == 0 && !self.is_serving &&
        place_folder("tests/samples", NULL, samples, sizeof samples, &fault) != 0) {
        return command_usage("run", "there are no sample pages here; name an input");
    }
    self.input_path = count == 1 ? argv[1] : self.is_serving ? "/dev/null" : samples;
    self.printer = printer_open(self.is_json);
    stopping_catch();
    return carry_out(&self);
}
