#include "runtime/broker_options.h"

#include "runtime/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const config_option_t options[] = {
    {"ingest", CONFIG_TEXT, "ipc://var/run/ingest", 0, 0, NULL, "door of submitters"},
    {"work", CONFIG_TEXT, "ipc://var/run/work", 0, 0, NULL, "door of workers"},
    {"admin", CONFIG_TEXT, "ipc://var/run/admin", 0, 0, NULL, "door of clients"},
    {"allow_plain", CONFIG_BOOL, "false", 0, 0, NULL,
     "let tcp endpoints leave the loopback without encryption"},
    {"security", CONFIG_CHOICE, "none", 0, 0, "none|curve|curve+ipc",
     "none, or CURVE on tcp doors, or on ipc doors too"},
    {"server_secret", CONFIG_TEXT, "var/keys/broker.secret", 0, 0, NULL,
     "file of the broker's secret key; the broker alone reads it"},
    {"server_public", CONFIG_TEXT, "var/keys/broker.public", 0, 0, NULL,
     "file of the broker's public key; those who connect read it"},
    {"peer_secret", CONFIG_TEXT, "var/keys/peer.secret", 0, 0, NULL,
     "file of the secret key of whoever connects"},
    {"allow", CONFIG_TEXT, "var/keys/allow", 0, 0, NULL,
     "file of the public keys that may connect, and their roles"},
    {"store", CONFIG_TEXT, "var/store", 0, 0, NULL, "folder of the broker's database"},
    {"store_mb", CONFIG_INT, "4096", 8, 1 << 24, NULL, "most that it may hold, MiB"},
    {"body_max_mb", CONFIG_INT, "64", 1, 1024, NULL, "largest article, MiB"},
    {"window", CONFIG_INT, "1024", 1, 65536, NULL,
     "articles a submitter may have unconfirmed"},
    {"window_mb", CONFIG_INT, "64", 1, 4096, NULL, "the same in MiB"},
    {"cache_mb", CONFIG_INT, "64", 0, 65536, NULL, "bodies kept in memory, MiB"},
    {"heartbeat_ms", CONFIG_INT, "1000", 10, 60000, NULL, "how often peers show life, ms"},
    {"full_retry_ms", CONFIG_INT, "1000", 10, 600000, NULL,
     "when a submitter asks again after FULL, ms"},
    {"known_days", CONFIG_REAL, "7", 0.001, 3650, NULL,
     "how long an id is remembered, days"},
    {"keep_days", CONFIG_REAL, "7", 0, 3650, NULL,
     "how long finished articles are kept, to be processed again, days"},
    {"keep_max", CONFIG_INT, "100000", 0, 1000000000, NULL, "how many are kept"},
    {"known_max", CONFIG_INT, "5000000", 1000, 1000000000, NULL,
     "how many ids are remembered"},
};

const config_option_t *broker_options_table(size_t *count)
{
    *count = sizeof options / sizeof options[0];
    return options;
}

/* NUTGRAF_BROKER=FOLDER: the doors are sockets there, unless a variable of their own says
 * otherwise. */
static void look_into_folder(void)
{
    static const char *const doors[] = {"ingest", "work", "admin"};
    const char *folder = getenv("NUTGRAF_BROKER");
    for (size_t i = 0; folder != NULL && folder[0] != '\0' && i < 3; i++) {
        char variable[64], endpoint[ENDPOINT_MAX + 64];
        config_variable(variable, sizeof variable, "BROKER", doors[i]);
        snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", folder, doors[i]);
        setenv(variable, endpoint, 0); /* too long is too long there */
    }
}

config_t *broker_options_load(const char *config_dir, fault_t *fault)
{
    look_into_folder();
    char path[4096 + sizeof "/pipeline.json"];
    snprintf(path, sizeof path, "%s/broker.json", config_dir);
    return config_load(path, "BROKER", options, sizeof options / sizeof options[0], fault);
}

/* --- security --------------------------------------------------------------------------
 */

/* Whether any door is to be encrypted. */
static bool is_secure(const config_t *self)
{
    static const char *const doors[] = {"ingest", "work", "admin"};
    const char *security = config_text(self, "security");
    if (strcmp(security, "curve") != 0) {
        return strcmp(security, "none") != 0;
    }
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        if (!endpoint_is_ipc(config_text(self, doors[i]))) {
            return true;
        }
    }
    return false;
}

/* The keys named by an option; a fault gets the option's name before the file's. */
static int load_keys(const config_t *self, const char *key, link_options_t *out,
                     fault_t *fault)
{
    link_keys_t keys = {0};
    fault_t why = {0};
    int rc = link_keys_load(&keys, config_text(self, key), &why);
    if (rc != 0) {
        fault_set(fault, why.kind, "%s: %s", key, why.reason);
    }
    memcpy(out->secret_key, keys.secret, sizeof out->secret_key);
    link_keys_forget(&keys);
    return rc;
}

static link_options_t common(const config_t *self)
{
    return (link_options_t){
        .body_max = (size_t)config_int(self, "body_max_mb") << 20,
        .allow_plain = config_bool(self, "allow_plain"),
        .encrypt_ipc = strcmp(config_text(self, "security"), "curve+ipc") == 0,
    };
}

int broker_options_bind(const config_t *self, link_options_t *out, fault_t *fault)
{
    *out = common(self);
    return is_secure(self) ? load_keys(self, "server_secret", out, fault) : 0;
}

int broker_options_connect(const config_t *self, link_options_t *out, fault_t *fault)
{
    fault_t why = {0};
    *out = common(self);
    if (!is_secure(self)) {
        return 0;
    }
    if (link_keys_load_public(out->server_key, config_text(self, "server_public"), &why) !=
        0) {
        fault_set(fault, why.kind, "server_public: %s", why.reason);
        return -1;
    }
    return load_keys(self, "peer_secret", out, fault);
}
