/* nutgraf keygen: CURVE key pairs for the broker and its peers, and bearer tokens. */
#include "client/asking.h"
#include "client/command.h"
#include "client/keyfiles.h"
#include "client/keyring.h"
#include "client/say.h"
#include "client/tokenfile.h"
#include "runtime/allow.h"
#include "runtime/place.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = 63 }; /* TOKEN_NAME_MAX of the gateway */
#define NAME_NEEDS "%s is %.80s, needs letters, digits, '.', '_' and '-', at most %d"

static const char NAME_LETTERS[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

typedef struct {
    const char *folder;
    const char *peer, *role, *stage, *token; /* NULL: not given */
    bool is_all, is_json;
} keygen_t;

/* Takes the answer. */
static void print_json(json_t *answer)
{
    asking_print(answer);
    json_decref(answer);
}

static int make_server(const keygen_t *self, fault_t *fault)
{
    char key[LINK_KEY_LEN + 1];
    if (keyfiles_make(self->folder, "broker", key, fault) != 0) {
        return -1;
    }
    if (keyfiles_allow(self->folder, fault) != 0) {
        keyfiles_remove(self->folder, "broker");
        return -1;
    }
    if (self->is_json) {
        print_json(json_pack("{s:s, s:s}", "name", "broker", "public", key));
    } else {
        printf("%s\n", key);
    }
    say("%s/broker.secret is the broker's alone; broker.public is for all who connect; "
        "allow lists who may",
        self->folder);
    return 0;
}

static int make_peer(const keygen_t *self, fault_t *fault)
{
    char line[KEYFILES_LINE_MAX], key[LINK_KEY_LEN + 1];
    if (keyfiles_make(self->folder, self->peer, key, fault) != 0) {
        return -1;
    }
    keyfiles_line(line, key, self->role, self->stage, self->peer);
    int rc = keyfiles_list(self->folder, line, fault);
    if (rc < 0) {
        keyfiles_remove(self->folder, self->peer);
        return -1;
    }
    if (rc == 0) {
        say("%s/allow: no such file; add the line to the broker's allow-list",
            self->folder);
    }
    if (self->is_json) {
        print_json(json_pack("{s:s, s:s, s:s, s:s?, s:b}", "name", self->peer, "public",
                             key, "role", self->role, "stage", self->stage, "listed",
                             rc != 0));
    } else {
        fputs(line, stdout);
    }
    return 0;
}

/* The route is that of config/pipeline.json. */
static int make_all(const keygen_t *self, fault_t *fault)
{
    char folder[PATH_MAX], path[PATH_MAX + 16];
    if (place_config(folder, sizeof folder, fault) != 0) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/pipeline.json", folder);
    pipeline_t *route = pipeline_load(path, fault);
    int made = route != NULL ? keyring_make(self->folder, route, fault) : -1;
    pipeline_destroy(&route);
    if (made >= 0 && self->is_json) {
        print_json(json_pack("{s:s, s:i}", "folder", self->folder, "made", made));
    }
    if (made >= 0) {
        say("%s: %d new pairs of keys", self->folder, made);
    }
    return made >= 0 ? 0 : -1;
}

static int make_token(const keygen_t *self, fault_t *fault)
{
    char token[TOKENFILE_TOKEN_LEN + 1];
    if (tokenfile_add(self->folder, self->token, self->role, token, fault) != 0) {
        return -1;
    }
    if (self->is_json) {
        print_json(json_pack("{s:s, s:s, s:s}", "name", self->token, "token", token, "role",
                             self->role));
    } else {
        printf("%s\n", token);
    }
    say("%s/tokens has a line for %s, who sends Authorization: Bearer and that word",
        self->folder, self->token);
    explicit_bzero(token, sizeof token);
    return 0;
}

/* --- the command -----------------------------------------------------------------------
 */

/* The set of "worker,client"; 0: one of them is no role. */
static unsigned roles_of(const char *text)
{
    unsigned roles = 0;
    for (const char *at = text; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        unsigned role = allow_role(at, strcspn(at, ","));
        if (role == 0) {
            return 0;
        }
        roles |= role;
    }
    return roles;
}

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= NAME_MAX_LEN && text[0] != '.' &&
           strspn(text, NAME_LETTERS) == len;
}

static int check_token(const keygen_t *self)
{
    if (self->is_all || self->peer != NULL || self->stage != NULL) {
        return command_usage("keygen", "--token excludes --all, --peer and --stage");
    }
    if (!is_name(self->token)) {
        return command_usage("keygen", NAME_NEEDS, "--token", self->token, NAME_MAX_LEN);
    }
    if (self->role == NULL || !tokenfile_is_roles(self->role)) {
        return command_usage("keygen",
                             "--token needs --role: submit, read, operate, or several with "
                             "commas");
    }
    return 0;
}

/* 0, or EXIT_USAGE. A worker without --stage may serve all. */
static int check_usage(keygen_t *self)
{
    if (self->token != NULL) {
        return check_token(self);
    }
    if (self->is_all && self->peer != NULL) {
        return command_usage("keygen", "--all and --peer exclude each other");
    }
    if (self->peer == NULL) {
        return self->role == NULL && self->stage == NULL
                   ? 0
                   : command_usage("keygen", "--role and --stage need --peer");
    }
    if (!is_name(self->peer)) {
        return command_usage("keygen", NAME_NEEDS, "--peer", self->peer, NAME_MAX_LEN);
    }
    unsigned roles = self->role != NULL ? roles_of(self->role) : 0;
    if (roles == 0) {
        return command_usage("keygen",
                             "--peer needs --role: submitter, worker, client, or several "
                             "with commas");
    }
    if ((roles & ALLOW_WORKER) == 0 && self->stage != NULL) {
        return command_usage("keygen", "--stage is for --role worker");
    }
    if ((roles & ALLOW_WORKER) != 0 && self->stage == NULL) {
        self->stage = "*";
    }
    if (self->stage != NULL &&
        (!allow_is_stages(self->stage, strlen(self->stage)) || strlen(self->stage) > 256)) {
        return command_usage("keygen", "--stage is %.80s, needs names with commas, or *",
                             self->stage);
    }
    return 0;
}

int keygen_main(int argc, char **argv)
{
    keygen_t self = {0};
    fault_t fault = {0};
    int status;
    const option_t options[] = {
        {"peer", 'p', OPTION_TEXT, "NAME", "a pair for who connects, not for the broker",
         &self.peer, 0, 0},
        {"role", 'r', OPTION_TEXT, "ROLE",
         "submitter, worker, client; of a token submit, read, operate; or a,b", &self.role,
         0, 0},
        {"stage", 's', OPTION_TEXT, "STAGE", "that a worker may serve, or several: a,b",
         &self.stage, 0, 0},
        {"token", 't', OPTION_TEXT, "NAME", "a bearer token for who asks over HTTP",
         &self.token, 0, 0},
        {"all", 'a', OPTION_FLAG, NULL, "a folder of keys for each program of the route",
         &self.is_all, 0, 0},
        {"json", 'j', OPTION_FLAG, NULL,
         "what was made as JSON: {\"name\", ...}, or {\"folder\", \"made\"}", &self.is_json,
         0, 0},
    };
    int count = command_options("keygen", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 1) {
        return count < 0 ? status : command_usage("keygen", "needs one DIR");
    }
    self.folder = argv[1];
    status = check_usage(&self);
    if (status != 0) {
        return status;
    }
    int rc = keyfiles_folder(self.folder, &fault);
    if (rc == 0) {
        rc = self.is_all          ? make_all(&self, &fault)
             : self.token != NULL ? make_token(&self, &fault)
             : self.peer != NULL  ? make_peer(&self, &fault)
                                  : make_server(&self, &fault);
    }
    if (rc != 0) {
        say("%s", fault.reason);
        return EXIT_FAILED;
    }
    return EXIT_OK;
}
