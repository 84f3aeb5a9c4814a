#include "gateway/options.h"

#include <string.h>

static const config_option_t options[] = {
    {"address", CONFIG_TEXT, "127.0.0.1", 0, 0, NULL, "IP address to listen at"},
    {"port", CONFIG_INT, "8080", 0, 65535, NULL, "TCP port; 0: any free one"},
    {"tokens", CONFIG_TEXT, "", 0, 0, NULL, "file of bearer tokens; none: everybody may"},
    {"allow_open", CONFIG_BOOL, "false", 0, 0, NULL,
     "let the address leave the loopback without tokens"},
    {"hosts", CONFIG_TEXT, "", 0, 0, NULL,
     "names, separated by blanks, that clients may call this server by when no token is "
     "needed"},
    {"rate", CONFIG_REAL, "0", 0, 1000000, NULL,
     "requests a second that a token may make; 0: no bound"},
    {"burst", CONFIG_REAL, "50", 1, 1000000, NULL, "requests that it may make at once"},
    {"connections", CONFIG_INT, "4000", 10, 1000000, NULL, "connections at most"},
    {"connections_per_ip", CONFIG_INT, "0", 0, 1000000, NULL,
     "… of one address; 0: no bound"},
    {"bodies_mb", CONFIG_INT, "256", 64, 65536, NULL,
     "bodies being read or answered, all together, MiB"},
    {"head_ms", CONFIG_INT, "20000", 100, 600000, NULL,
     "how long a connection may take until its next request's head is there, ms"},
    {"body_ms", CONFIG_INT, "120000", 100, 3600000, NULL, "… and then the body, ms"},
    {"confirm_ms", CONFIG_INT, "30000", 100, 600000, NULL,
     "how long the broker may take to confirm, ms"},
    {"wait_max_ms", CONFIG_INT, "60000", 1000, 600000, NULL, "the longest ?wait=, ms"},
    {"streams", CONFIG_INT, "100", 1, 10000, NULL, "followers of /v1/results at once"},
};

enum { COUNT = sizeof options / sizeof options[0] };

config_t *options_load(const char *config_dir, fault_t *fault)
{
    char path[4096 + sizeof "/gateway.json"];
    snprintf(path, sizeof path, "%s/gateway.json", config_dir);
    return config_load(path, "GATEWAY", options, COUNT, fault);
}

int options_check(const config_t *self, fault_t *fault)
{
    const char *address = config_text(self, "address");
    bool is_local = strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
    if (is_local || config_text(self, "tokens")[0] != '\0' ||
        config_bool(self, "allow_open")) {
        return 0;
    }
    fault_set(fault, FAULT_REJECT,
              "gateway.json: address %s is not the loopback: name a file of tokens, or set "
              "allow_open",
              address);
    return -1;
}

void options_print_help(FILE *out)
{
    config_print_help(out, "GATEWAY", options, COUNT);
}
