#include "client/keyring.h"

#include "client/keyfiles.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char broker[PATH_MAX];           /* FOLDER/broker */
    char open_key[LINK_KEY_LEN + 1]; /* the broker's public half */
    const char *folder;
    int made; /* pairs */
} keyring_t;

static bool is_there(const char *folder, const char *name)
{
    char path[PATH_MAX];
    return keyfiles_path(path, folder, name, "", NULL) == 0 && access(path, F_OK) == 0;
}

static int make_broker(keyring_t *self, fault_t *fault)
{
    char path[PATH_MAX];
    if (keyfiles_path(self->broker, self->folder, "broker", "", fault) != 0 ||
        keyfiles_folder(self->broker, fault) != 0 ||
        keyfiles_allow(self->broker, fault) != 0) {
        return -1;
    }
    if (is_there(self->broker, "broker.secret")) {
        return keyfiles_path(path, self->broker, "broker", ".public", fault) == 0
                   ? link_keys_load_public(self->open_key, path, fault)
                   : -1;
    }
    self->made++;
    return keyfiles_make(self->broker, "broker", self->open_key, fault);
}

/* What the peer has to know of the broker; a new one of another key is written anew. */
static int write_open_key(const keyring_t *self, const char *folder, fault_t *fault)
{
    char path[PATH_MAX], known[LINK_KEY_LEN + 1];
    if (keyfiles_path(path, folder, "broker", ".public", fault) != 0) {
        return -1;
    }
    if (access(path, F_OK) == 0) {
        if (link_keys_load_public(known, path, NULL) == 0 &&
            strcmp(known, self->open_key) == 0) {
            return 0;
        }
        unlink(path);
    }
    return link_keys_write(path, self->open_key, false, fault);
}

/* The line first: a crash between the two leaves a line for a key that nobody has, not a
 * peer that is shut out for good. */
static int make_pair(keyring_t *self, const char *folder, const char *name,
                     const char *roles, const char *stages, fault_t *fault)
{
    char line[KEYFILES_LINE_MAX];
    link_keys_t keys = {0};
    int rc = link_keys_make(&keys, fault);
    if (rc == 0) {
        keyfiles_line(line, keys.open, roles, stages, name);
        rc = keyfiles_list(self->broker, line, fault) > 0 ? 0 : -1;
    }
    if (rc == 0) {
        keyfiles_remove(folder, "peer"); /* half a pair, of a crash */
        rc = keyfiles_write(folder, "peer", &keys, fault);
        self->made += rc == 0;
    }
    link_keys_forget(&keys);
    return rc;
}

/* A pair that is there; the route may have changed since it was listed. */
static int keep_pair(keyring_t *self, const char *folder, const char *name,
                     const char *roles, const char *stages, fault_t *fault)
{
    char path[PATH_MAX], key[LINK_KEY_LEN + 1], line[KEYFILES_LINE_MAX];
    if (keyfiles_path(path, folder, "peer", ".public", fault) != 0 ||
        link_keys_load_public(key, path, fault) != 0) {
        return -1;
    }
    keyfiles_line(line, key, roles, stages, name);
    return keyfiles_relist(self->broker, key, line, fault);
}

static int make_peer(keyring_t *self, const char *name, const char *roles,
                     const char *stages, fault_t *fault)
{
    char folder[PATH_MAX];
    if (keyfiles_path(folder, self->folder, name, "", fault) != 0 ||
        keyfiles_folder(folder, fault) != 0 || write_open_key(self, folder, fault) != 0) {
        return -1;
    }
    bool is_kept = is_there(folder, "peer.secret") && is_there(folder, "peer.public");
    return (is_kept ? keep_pair : make_pair)(self, folder, name, roles, stages, fault);
}

/* One program may serve several stages, with commas; false: an earlier stage names it. */
static bool stages_of(char *out, size_t room, const pipeline_t *route, size_t first)
{
    const char *program = pipeline_at(route, first)->program;
    size_t len = 0;
    for (size_t i = 0; i < first; i++) {
        if (strcmp(pipeline_at(route, i)->program, program) == 0) {
            return false;
        }
    }
    for (size_t i = first; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        if (strcmp(stage->program, program) == 0) {
            len += (size_t)snprintf(out + len, room - len, "%s%s", len > 0 ? "," : "",
                                    stage->name);
        }
    }
    return true;
}

int keyring_make(const char *folder, const pipeline_t *route, fault_t *fault)
{
    char stages[PIPELINE_STAGES_MAX * (PIPELINE_NAME_MAX + 1) + 1];
    keyring_t self = {.folder = folder};
    if (keyfiles_folder(folder, fault) != 0 || make_broker(&self, fault) != 0 ||
        make_peer(&self, "broker", "client", NULL, fault) != 0 ||
        make_peer(&self, "gateway", "submitter,client", NULL, fault) != 0) {
        return -1;
    }
    for (size_t i = 0; i < pipeline_count(route); i++) {
        if (stages_of(stages, sizeof stages, route, i) &&
            make_peer(&self, pipeline_at(route, i)->program, "worker", stages, fault) !=
                0) {
            return -1;
        }
    }
    return self.made;
}
