/* Any bytes as frame 0: a fault, or an envelope that is written back to the same bytes. */
#include "proto/envelope.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    envelope_t message = {0};
    fault_t fault = {0};
    uint8_t frame[ENVELOPE_FRAME_MAX];
    if (envelope_decode(&message, data, len, &fault) != 0) {
        if (fault.kind != FAULT_REJECT || fault.reason[0] == '\0') {
            abort();
        }
        return 0;
    }
    if (envelope_encode(&message, frame) != len || memcmp(frame, data, len) != 0) {
        abort();
    }
    envelope_check_body(&message, len, 1 << 20, &fault);
    return 0;
}
