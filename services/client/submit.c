/* nutgraf submit: hands articles to a running broker. */
#include "client/admin.h"
#include "client/asking.h"
#include "client/command.h"
#include "client/feed.h"
#include "client/journey.h"
#include "client/progress.h"
#include "client/say.h"
#include "client/stopping.h"
#include "client/terminal.h"
#include "client/watch.h"
#include "runtime/moment.h"
#include "runtime/settings.h"

#include <string.h>

enum { STEP_MS = 100 };

typedef struct {
    bool is_waiting;  /* --wait */
    bool is_watching; /* --watch */
    bool is_json;
    int64_t priority, timeout_s;
    settings_t settings;
    feed_t *feed;
    session_t *session;
    pipeline_t *route;  /* NULL: it cannot be read */
    journey_t *journey; /* with --wait: the accepted ids */
    progress_t *progress;
} submit_t;

static void give_way(void *context)
{
    submit_t *self = context;
    progress_hide(self->progress);
}

static void on_accepted(void *context, const char *id, bool is_duplicate)
{
    submit_t *self = context;
    give_way(self);
    if (self->is_waiting) {
        journey_add(self->journey, id);
    } else if (self->is_json) {
        json_t *line = json_pack("{s:s, s:b}", "id", id, "duplicate", is_duplicate);
        asking_print(line);
        json_decref(line);
    } else {
        terminal_put(stdout, id, strlen(id));
        fputc('\n', stdout);
    }
}

static int open_all(submit_t *self, const char *path, fault_t *fault)
{
    input_t *input =
        input_open(path, INPUT_IDS_CONTENT, settings_body_max(&self->settings), fault);
    if (input == NULL) {
        return -1;
    }
    input_set_route(input, self->route);
    self->feed = feed_new(input, (int)self->priority, on_accepted, give_way, self);
    self->journey = journey_new();
    self->progress = progress_new();
    if (self->feed == NULL) {
        input_destroy(&input);
    }
    if (self->journey != NULL && self->is_json) {
        journey_use_json(self->journey);
    }
    if (self->journey != NULL) {
        journey_use_route(self->journey, self->route);
    }
    if (self->feed == NULL || self->journey == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to start");
        return -1;
    }
    self->session =
        session_new(self->settings.context, settings_endpoint(&self->settings, "ingest"),
                    &self->settings.link, feed_settled, self->feed, fault);
    return self->session != NULL ? 0 : -1;
}

static void say_silence(const submit_t *self)
{
    const char *endpoint = settings_endpoint(&self->settings, "ingest");
    const char *hint = session_hint(self->session);
    long long seconds = (long long)self->timeout_s;
    size_t done = feed_accepted(self->feed) + feed_duplicates(self->feed);
    size_t open = session_count(self->session);
    if (done + open == 0) {
        say("no broker answers at %s within %lld s; nothing has been sent%s", endpoint,
            seconds, hint);
    } else {
        say("no broker answers at %s within %lld s; %zu confirmed, %zu not%s", endpoint,
            seconds, done, open, hint);
    }
}

/* Sends everything; EXIT_OK, or what went wrong and was said. */
static int send_all(submit_t *self)
{
    fault_t fault = {0};
    int64_t patience_ms = self->timeout_s * 1000;
    while (!stopping_is_asked() &&
           !(feed_is_ended(self->feed) && session_count(self->session) == 0)) {
        if (feed_step(self->feed, self->session, &fault) != 0 ||
            session_step(self->session, STEP_MS, &fault) != 0) {
            give_way(self);
            say("%s", fault.reason);
            return EXIT_FAILED;
        }
        if (session_silent_ms(self->session) > patience_ms) {
            give_way(self);
            say_silence(self);
            return EXIT_NO_BROKER;
        }
        fflush(stdout);
        progress_show(self->progress, feed_accepted(self->feed), 0, feed_total(self->feed),
                      moment_ms());
    }
    return stopping_is_asked() ? EXIT_INTERRUPTED : EXIT_OK;
}

/* Follows the accepted ids to their ends. */
static int wait_all(submit_t *self)
{
    fault_t fault = {0};
    admin_t *admin =
        admin_new(self->settings.context, settings_endpoint(&self->settings, "admin"),
                  &self->settings.link, &fault);
    int rc = admin != NULL ? journey_follow(self->journey, admin, self->progress,
                                            self->timeout_s * 1000, &fault)
                           : -1;
    admin_destroy(&admin);
    give_way(self);
    if (stopping_is_asked()) {
        return EXIT_INTERRUPTED;
    }
    if (rc != 0 && fault.kind == FAULT_RETRY) {
        say("all is confirmed, but --wait gets no answer at the admin endpoint %s within "
            "%lld "
            "s",
            settings_endpoint(&self->settings, "admin"), (long long)self->timeout_s);
        return EXIT_NO_BROKER;
    }
    if (rc != 0) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    size_t left = journey_left(self->journey);
    if (left > 0) {
        say("%zu wait%s for a sink and %s safe in the broker: `nutgraf trace ID` says why "
            "one waits",
            left, left == 1 ? "s" : "", left == 1 ? "is" : "are");
    }
    return journey_dead(self->journey) + left > 0 ? EXIT_FAILED : EXIT_OK;
}

static void say_sum(const feed_t *feed)
{
    size_t duplicates = feed != NULL ? feed_duplicates(feed) : 0;
    say("%zu accepted, %zu duplicate%s, %zu refused",
        feed != NULL ? feed_accepted(feed) : 0, duplicates, duplicates == 1 ? "" : "s",
        feed != NULL ? feed_refused(feed) : 0);
}

static void say_empty(const feed_t *feed, const char *path)
{
    if (feed_put(feed) + feed_refused(feed) == 0) {
        say("%s: there is no article in it", path);
    }
}

static int watch(submit_t *self, const char *path)
{
    const watch_options_t options = {.settings = &self->settings,
                                     .folder = path,
                                     .priority = (int)self->priority,
                                     .route = self->route,
                                     .accepted = on_accepted,
                                     .context = self};
    return watch_run(&options);
}

static int carry_out(submit_t *self, const char *path)
{
    fault_t fault = {0};
    int status;
    if (settings_init(&self->settings, &fault) != 0 ||
        settings_keys(&self->settings, &fault) != 0) {
        say("%s", fault.reason);
        settings_close(&self->settings);
        return EXIT_CONFIG;
    }
    self->route = settings_pipeline(&self->settings, &(fault_t){0});
    if (self->is_watching) {
        status = watch(self, path);
        pipeline_destroy(&self->route);
        settings_close(&self->settings);
        return status;
    }
    if (open_all(self, path, &fault) != 0) {
        say("%s", fault.reason);
        status = EXIT_FAILED;
    } else {
        status = send_all(self);
    }
    session_destroy(&self->session);
    if (status == EXIT_OK && self->is_waiting) {
        status = wait_all(self);
    }
    if (status == EXIT_OK && feed_refused(self->feed) > 0) {
        status = EXIT_FAILED;
    }
    progress_destroy(&self->progress);
    if (status == EXIT_OK) {
        say_empty(self->feed, path);
    }
    if (status == EXIT_OK || status == EXIT_FAILED) {
        say_sum(self->feed);
    }
    journey_destroy(&self->journey);
    feed_destroy(&self->feed);
    pipeline_destroy(&self->route);
    settings_close(&self->settings);
    return status;
}

int submit_main(int argc, char **argv)
{
    submit_t self = {.priority = FEED_PRIORITY_OWN, .timeout_s = 30};
    int status;
    const option_t options[] = {
        {"wait", 'w', OPTION_FLAG, NULL,
         "tell how each article ends; needs the admin endpoint as well", &self.is_waiting,
         0, 0},
        {"watch", 'W', OPTION_FLAG, NULL,
         "IN is a folder: submit what is put into it, until interrupted", &self.is_watching,
         0, 0},
        {"json", 'j', OPTION_FLAG, NULL,
         "a line of JSON for each: {\"id\", \"duplicate\"}, or with --wait how it ended",
         &self.is_json, 0, 0},
        {"priority", 'p', OPTION_NUMBER, "N",
         "0 (served most) to 3; usual: the article's own, else 1", &self.priority, 0,
         ENVELOPE_PRIORITIES - 1},
        {"timeout", 't', OPTION_NUMBER, "S",
         "give up after S seconds of silence of the broker; usual: 30", &self.timeout_s, 1,
         86400},
    };
    int count = command_options("submit", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count < 0) {
        return status;
    }
    if (count != 1) {
        return command_usage("submit", "needs one input, not %d", count);
    }
    if (self.is_watching && self.is_waiting) {
        return command_usage("submit", "--watch and --wait exclude each other");
    }
    stopping_catch();
    return carry_out(&self, argv[1]);
}
