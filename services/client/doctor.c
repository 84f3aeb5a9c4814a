/* nutgraf doctor: finds what is wrong here, and says how to mend it. */
#include "client/admin.h"
#include "client/command.h"
#include "client/doctor_doors.h"
#include "client/doctor_report.h"
#include "client/errand.h"
#include "client/stopping.h"
#include "client/terminal.h"
#include "proto/envelope.h"
#include "runtime/broker_options.h"
#include "runtime/config.h"
#include "runtime/endpoint.h"
#include "runtime/environment.h"
#include "runtime/http.h"
#include "runtime/place.h"
#include "runtime/secret.h"
#include "runtime/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    STAGE_MS = 60000, /* to load a model */
    ANSWER_MS = 2000, /* of the broker */
    DESTINATION_MS = 5000,
    FILES_MIN = 1024, /* descriptors: each peer of the broker takes one */
    PATH_ROOM = PATH_MAX + 64,
};

typedef struct {
    report_t report;
    settings_t settings;
    pipeline_t *pipeline;
    json_t *status; /* of the broker; NULL: none answers */
} doctor_t;

/* The broker is asked over a network: what it and the sinks write is not here either. */
static bool is_elsewhere(const doctor_t *self)
{
    fault_t fault = {0};
    return endpoint_check(settings_endpoint(&self->settings, "admin"), false, &fault) != 0;
}

/* --- configuration and environment ---------------------------------------------------- */

static bool check_config(doctor_t *self)
{
    fault_t fault = {0};
    report_t *report = &self->report;
    if (settings_init(&self->settings, &fault) != 0) {
        report_fail(report, "config", "correct the file, or the variable, that it names",
                    "%s", fault.reason);
        return false;
    }
    report_ok(report, "config", "%s/broker.json", self->settings.folder);
    self->pipeline = settings_pipeline(&self->settings, &fault);
    if (self->pipeline == NULL) {
        report_fail(report, "config", "correct the file, or the variable, that it names",
                    "%s", fault.reason);
        return false;
    }
    report_ok(report, "config", "%s/pipeline.json: %zu stages", self->settings.folder,
              pipeline_count(self->pipeline));
    return true;
}

static void check_environment(doctor_t *self)
{
    static const char prefix[] = "NUTGRAF_";
    environment_set_t broker = {.prefix = "broker"};
    broker.options = broker_options_table(&broker.count);
    for (char **one = environ; *one != NULL; one++) {
        char name[ENVIRONMENT_NAME_MAX];
        char nearest[ENVIRONMENT_NAME_MAX];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(*one, "="), *one);
        if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
            !environment_knows(name, &broker, 1, self->pipeline, nearest)) {
            char mend[ENVIRONMENT_NAME_MAX + 32];
            snprintf(mend, sizeof mend, "take it away, or write %s", nearest);
            report_note(&self->report, "environment", mend,
                        "%s belongs to no stage and does nothing", name);
        }
    }
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_MIN) {
        report_note(&self->report, "limits",
                    "raise it: ulimit -n 65536, LimitNOFILE= in systemd",
                    "%llu open files: too few for a broker of many peers",
                    (unsigned long long)files.rlim_cur);
    }
}

/* --- keys ----------------------------------------------------------------------------- */

static void check_secret(doctor_t *self, const char *option)
{
    const char *path = config_text(self->settings.broker, option);
    struct stat status;
    if (stat(path, &status) != 0) {
        return; /* a peer has no secret of the broker's, and it no peer's */
    }
    if (!secret_is_kept(&status, geteuid())) {
        report_fail(&self->report, "keys",
                    "chmod 600 it; if others could read it, make a new one",
                    "%s can be read by others", path);
    } else {
        report_ok(&self->report, "keys", "%s", path);
    }
}

static void check_keys(doctor_t *self)
{
    fault_t fault = {0};
    const char *security = config_text(self->settings.broker, "security");
    int rc = settings_keys(&self->settings, &fault);
    if (rc != 0) {
        report_fail(&self->report, "keys", "nutgraf keygen --help tells how keys are made",
                    "%s", fault.reason);
    } else {
        report_ok(&self->report, "keys", "security is %s", security);
    }
    if (strcmp(security, "none") != 0) {
        check_secret(self, "server_secret");
        check_secret(self, "peer_secret");
    }
}

/* --- programs, models, sinks ---------------------------------------------------------- */

/* Starts it as a filter without input: it reads its options and its models. */
static void check_stage(doctor_t *self, const pipeline_stage_t *stage, const char *programs)
{
    char program[PATH_ROOM];
    errand_t errand;
    snprintf(program, sizeof program, "%s/nutgraf-%s", programs, stage->program);
    const char *const argv[] = {program,     "--filter", "--stage",
                                stage->name, "--config", self->settings.folder,
                                NULL};
    if (errand_run(&errand, argv, NULL, NULL, STAGE_MS) != 0) {
        report_fail(&self->report, stage->name,
                    "build or install it, or correct \"program\" in pipeline.json",
                    "%s: %s", program, strerror(errno));
    } else if (errand.status != 0 && is_elsewhere(self)) {
        report_note(&self->report, stage->name, "see the log of its own worker",
                    "does not start here (status %d): %s", errand.status,
                    report_reason(errand.said));
    } else if (errand.status != 0) {
        report_fail(
            &self->report, stage->name,
            errand.status == 3
                ? "correct its options in pipeline.json, or the file that is named"
                : "see what it says; models come with the checkout or `make install`",
            "does not start (status %d): %s", errand.status, report_reason(errand.said));
    } else {
        report_ok(&self->report, stage->name, "starts in %.2f s", errand.seconds);
    }
}

/* Any answer shows that somebody is there. */
static void check_destination(doctor_t *self, const pipeline_stage_t *stage)
{
    const char *url = json_string_value(json_object_get(stage->options, "url"));
    char shown[HTTP_SHOWN_MAX];
    fault_t fault = {0};
    http_answer_t answer;
    http_t *http = stage->is_sink && url != NULL ? http_new() : NULL;
    if (http == NULL || http_show_url(shown, url, &fault) != 0) {
        http_destroy(&http);
        return; /* a wrong URL is a matter of its options */
    }
    const http_request_t request = {.method = "GET",
                                    .url = url,
                                    .timeout_ms = DESTINATION_MS,
                                    .connect_timeout_ms = DESTINATION_MS};
    if (http_send(http, &request, &answer, &fault) != 0) {
        report_fail(&self->report, stage->name,
                    "start it, or correct its url; until then results wait in the broker",
                    "its destination does not answer: %s", fault.reason);
    } else {
        report_ok(&self->report, stage->name, "%s answers (status %d to a GET)", shown,
                  answer.status);
    }
    http_answer_close(&answer);
    http_destroy(&http);
}

static void check_stages(doctor_t *self)
{
    char programs[PATH_MAX], broker[PATH_ROOM];
    fault_t fault = {0};
    if (place_programs(programs, sizeof programs, &fault) != 0) {
        report_fail(&self->report, "programs", "install them elsewhere", "%s",
                    fault.reason);
        return;
    }
    snprintf(broker, sizeof broker, "%s/nutgraf-broker", programs);
    if (access(broker, X_OK) != 0) {
        report_fail(&self->report, "broker", "build or install it", "%s: %s", broker,
                    strerror(errno));
    }
    for (size_t i = 0; i < pipeline_count(self->pipeline) && !stopping_is_asked(); i++) {
        check_stage(self, pipeline_at(self->pipeline, i), programs);
        check_destination(self, pipeline_at(self->pipeline, i));
    }
    doctor_gateway(&self->report, &self->settings, programs);
}

/* --- disk ----------------------------------------------------------------------------- */

/* The folder, or the nearest one above it that is there. */
static void nearest_folder(const char *path, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s", path);
    while (access(out, F_OK) != 0) {
        char *slash = strrchr(out, '/');
        if (slash == NULL || slash == out) {
            snprintf(out, PATH_MAX, "%s", slash == out ? "/" : ".");
            return;
        }
        *slash = '\0';
    }
}

static void check_disk(doctor_t *self)
{
    if (is_elsewhere(self)) {
        report_note(&self->report, "disk", "nutgraf status tells the room that is left",
                    "the store is with the broker at %s",
                    settings_endpoint(&self->settings, "admin"));
        return;
    }
    char folder[PATH_MAX];
    struct statvfs disk;
    const char *store = config_text(self->settings.broker, "store");
    int64_t most = config_int(self->settings.broker, "store_mb");
    nearest_folder(store, folder);
    if (statvfs(folder, &disk) != 0) {
        report_fail(&self->report, "disk", "correct \"store\" in broker.json", "%s: %s",
                    folder, strerror(errno));
        return;
    }
    long long free_mb = (long long)(disk.f_bavail * (disk.f_frsize / 1024) / 1024);
    if (access(folder, W_OK) != 0) {
        report_fail(&self->report, "disk",
                    "give this user the folder, or name another store",
                    "%s: cannot be written to", folder);
    } else if (self->status == NULL && free_mb < most / 10) {
        report_fail(&self->report, "disk", "make room, or lower store_mb in broker.json",
                    "%s: %lld MiB are free, the store may grow to %lld", folder, free_mb,
                    (long long)most);
    } else {
        report_ok(&self->report, "disk", "%s: %lld MiB free, the store may grow to %lld",
                  folder, free_mb, (long long)most);
    }
}

/* --- the broker ----------------------------------------------------------------------- */

static json_t *ask(doctor_t *self, const char *word)
{
    fault_t ignored = {0};
    admin_t *admin =
        admin_new(self->settings.context, settings_endpoint(&self->settings, "admin"),
                  &self->settings.link, &ignored);
    json_t *answer = admin != NULL ? admin_ask(admin, json_pack("{s:s}", "do", word),
                                               ANSWER_MS, &ignored)
                                   : NULL;
    admin_destroy(&admin);
    return answer;
}

static void check_workers(doctor_t *self)
{
    size_t i;
    json_t *stage;
    json_array_foreach(json_object_get(self->status, "stages"), i, stage)
    {
        const char *name = json_string_value(json_object_get(stage, "name"));
        json_int_t waiting = json_integer_value(json_object_get(stage, "ready")) +
                             json_integer_value(json_object_get(stage, "delayed"));
        json_int_t dead = json_integer_value(json_object_get(stage, "buried"));
        bool is_paused = json_is_true(json_object_get(stage, "paused"));
        if (is_paused) {
            report_note(&self->report, name, "nutgraf resume it when that was not meant",
                        "is paused");
        } else if (json_integer_value(json_object_get(stage, "workers")) == 0) {
            report_fail(&self->report, name, "start its program",
                        "has no worker, %lld wait", (long long)waiting);
        }
        if (dead > 0) {
            report_note(&self->report, name,
                        "nutgraf dead-letters list tells why; retry brings them back",
                        "%lld dead letters", (long long)dead);
        }
    }
}

static void check_broker(doctor_t *self)
{
    json_t *health = ask(self, "health");
    self->status = health != NULL ? ask(self, "status") : NULL;
    doctor_doors(&self->report, &self->settings, health != NULL);
    const char *endpoint = settings_endpoint(&self->settings, "admin");
    int version = (int)json_integer_value(json_object_get(health, "version"));
    if (health == NULL) {
        report_note(&self->report, "broker",
                    "start nutgraf-broker, unless `nutgraf run` is all you need",
                    "none answers at %s", endpoint);
    } else if (version != ENVELOPE_VERSION) {
        report_fail(&self->report, "broker", "install one version of all programs",
                    "version %d of the protocol answers at %s, this is %d", version,
                    endpoint, ENVELOPE_VERSION);
    } else {
        report_ok(&self->report, "broker", "answers at %s", endpoint);
    }
    check_workers(self);
    json_decref(health);
}

int doctor_main(int argc, char **argv)
{
    doctor_t self = {0};
    int status;
    const option_t options[] = {
        {"json", 'j', OPTION_FLAG, NULL,
         "a line of JSON a check: {\"check\", \"state\", \"text\", \"mend\"}",
         &self.report.is_json, 0, 0},
    };
    int count = command_options("doctor", options, 1, argc, argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("doctor", "takes no argument");
    }
    stopping_catch();
    self.report.has_colour = terminal_has_colour(stdout);
    report_ok(&self.report, "version", "nutgraf %s", command_version);
    if (check_config(&self)) {
        check_environment(&self);
        check_keys(&self);
        check_broker(&self);
        check_disk(&self);
        check_stages(&self);
    }
    json_decref(self.status);
    pipeline_destroy(&self.pipeline);
    settings_close(&self.settings);
    return stopping_is_asked() ? EXIT_INTERRUPTED : report_end(&self.report);
}
