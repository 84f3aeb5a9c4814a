#include "client/workplace.h"

#include "client/follow.h"
#include "client/say.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* sockaddr_un.sun_path, less the longest socket name behind the folder. */
enum { SOCKET_FOLDER_MAX = 107 - (int)sizeof "/ingest" };

enum { LOG_LINES = 8, LOG_LINE_MAX = 400 };

static int make_folder(workplace_t *self, const char *given, fault_t *fault)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    self->is_given = given != NULL;
    if (given != NULL) {
        if (mkdir(given, 0700) != 0 && errno != EEXIST) {
            fault_set(fault, FAULT_REJECT, "%s: %s", given, strerror(errno));
            return -1;
        }
        if (realpath(given, self->path) == NULL) {
            fault_set(fault, FAULT_REJECT, "%s: %s", given, strerror(errno));
            return -1;
        }
        return 0;
    }
    bool is_usable = base != NULL && base[0] == '/' && access(base, W_OK) == 0;
    snprintf(self->path, sizeof self->path, "%s/nutgraf-XXXXXX", is_usable ? base : "/tmp");
    if (mkdtemp(self->path) == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: %s", self->path, strerror(errno));
        return -1;
    }
    return 0;
}

int workplace_open(workplace_t *self, const char *given, fault_t *fault)
{
    static const struct {
        const char *variable, *scheme, *file;
    } places[] = {
        {"NUTGRAF_BROKER_INGEST", "ipc://", "ingest"},
        {"NUTGRAF_BROKER_WORK", "ipc://", "work"},
        {"NUTGRAF_BROKER_ADMIN", "ipc://", "admin"},
        {"NUTGRAF_BROKER_STORE", "", "store"},
    };
    *self = (workplace_t){0};
    if (make_folder(self, given, fault) != 0) {
        return -1;
    }
    if (strlen(self->path) > SOCKET_FOLDER_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: %zu bytes, a folder of sockets has at most %d",
                  self->path, strlen(self->path), SOCKET_FOLDER_MAX);
        workplace_remove(self);
        return -1;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char value[PATH_MAX + 16];
        snprintf(value, sizeof value, "%s%s/%s", places[i].scheme, self->path,
                 places[i].file);
        setenv(places[i].variable, value, 1);
    }
    setenv("NUTGRAF_BROKER_SECURITY", "none", 1); /* nobody else gets into the folder */
    setenv("NUTGRAF_BROKER_KEEP_DAYS", "0", 0);   /* and nobody asks for it again */
    snprintf(self->results, sizeof self->results, "%.*s/results.jsonl", SOCKET_FOLDER_MAX,
             self->path);
    snprintf(self->log, sizeof self->log, "%.*s/log", SOCKET_FOLDER_MAX, self->path);
    if (mkdir(self->log, 0700) != 0 && errno != EEXIST) {
        fault_set(fault, FAULT_REJECT, "%s: %s", self->log, strerror(errno));
        workplace_remove(self);
        return -1;
    }
    return 0;
}

const pipeline_stage_t *workplace_find_sink(const pipeline_t *pipeline)
{
    for (size_t i = 0; i < pipeline_count(pipeline); i++) {
        const pipeline_stage_t *stage = pipeline_at(pipeline, i);
        const char *type = json_string_value(json_object_get(stage->options, "type"));
        if (stage->is_sink && (type == NULL || strcmp(type, "jsonl") == 0) &&
            strcmp(stage->program, "deliver") == 0) {
            return stage;
        }
    }
    return NULL;
}

void workplace_variable(const pipeline_stage_t *stage, const char *key, char *out,
                        size_t size)
{
    snprintf(out, size, "NUTGRAF_%s_%s", stage->name, key);
    for (char *at = out; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    }
}

int workplace_use_sink(const workplace_t *self, const pipeline_t *pipeline, fault_t *fault)
{
    char variable[PIPELINE_NAME_MAX + 32];
    const pipeline_stage_t *sink = workplace_find_sink(pipeline);
    if (sink == NULL) {
        fault_set(fault, FAULT_REJECT,
                  "pipeline.json: no stage is a sink of type jsonl, "
                  "and `nutgraf run` reads its file");
        return -1;
    }
    workplace_variable(sink, "PATH", variable, sizeof variable);
    setenv(variable, self->results, 1);
    return 0;
}

/* False for the usual events, which only hide the words that matter. */
static bool is_telling(const char *line, size_t len)
{
    json_t *event = json_loadb(line, len, 0, NULL);
    const char *level = json_string_value(json_object_get(event, "level"));
    bool is_usual =
        level != NULL && strcmp(level, "warn") != 0 && strcmp(level, "error") != 0;
    json_decref(event);
    return !is_usual;
}

void workplace_tell_log(const workplace_t *self, const char *path)
{
    char broker[PATH_MAX + 8];
    const char *line;
    size_t len;
    snprintf(broker, sizeof broker, "%s/broker", self->log);
    follow_t *log = follow_new(path != NULL ? path : broker);
    if (log != NULL && follow_seek_last(log, LOG_LINES, NULL) == 0) {
        while (follow_next(log, &line, &len, NULL) > 0) {
            if (is_telling(line, len)) {
                say("%.*s", (int)(len < LOG_LINE_MAX ? len : LOG_LINE_MAX), line);
            }
        }
    }
    follow_destroy(&log);
}

void workplace_remove(const workplace_t *self)
{
    char *roots[] = {(char *)(uintptr_t)self->path, NULL};
    FTS *walk = self->is_given || self->path[0] == '\0'
                    ? NULL
                    : fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *entry; walk != NULL && (entry = fts_read(walk)) != NULL;) {
        if (entry->fts_info == FTS_DP) {
            rmdir(entry->fts_accpath);
        } else if (entry->fts_info != FTS_D) {
            unlink(entry->fts_accpath);
        }
    }
    if (walk != NULL) {
        fts_close(walk);
    }
}
