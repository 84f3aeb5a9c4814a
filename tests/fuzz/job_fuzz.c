/* Any 64 bytes as a record of the store: a fault, or a job that is written back to the
 * same. */
#include "broker/job.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t record[STORE_RECORD_LEN];
    uint8_t again[STORE_RECORD_LEN];
    char stage[PIPELINE_NAME_MAX + 1];
    job_t job = {0};
    fault_t fault = {0};
    if (len < sizeof record) {
        return 0;
    }
    memcpy(record, data, sizeof record);
    if (len > sizeof record) { /* a right checksum, so that the rest is looked at too */
        uint32_t crc = (uint32_t)crc32(0, record + 4, sizeof record - 4);
        memcpy(record, &crc, 4);
    }
    if (job_decode(&job, stage, record, &fault) != 0) {
        if (fault.kind == FAULT_NONE || fault.reason[0] == '\0') {
            abort();
        }
        return 0;
    }
    job_encode(&job, stage, again);
    if (memcmp(record, again, sizeof record) != 0) {
        abort();
    }
    return 0;
}
