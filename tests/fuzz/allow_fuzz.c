/* Any bytes as an allow-list: a fault that names the place, or peers with a role each. */
#include "runtime/allow.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fault_t fault = {0};
    allow_t *allow = allow_parse("allow", (const char *)data, len, &fault);
    if (allow == NULL) {
        if (fault.kind != FAULT_REJECT || strncmp(fault.reason, "allow: line ", 12) != 0) {
            abort();
        }
        return 0;
    }
    char key[41] = "";
    memcpy(key, data, len < 40 ? len : 40);
    const allow_peer_t *peer = allow_find(allow, key);
    if (peer != NULL) {
        bool is_worker = allow_has_role(peer, ALLOW_WORKER);
        bool has_role = is_worker || allow_has_role(peer, ALLOW_SUBMITTER) ||
                        allow_has_role(peer, ALLOW_CLIENT);
        if (!has_role || (!is_worker && allow_serves(peer, "clean"))) {
            abort();
        }
    }
    allow_destroy(&allow);
    return 0;
}
