/* Job records that cannot be read: set aside, so that the rest goes on, and never dropped.
 */
#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdlib.h>
#include <string.h>

void damaged_add(broker_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN],
                 const char *reason)
{
    size_t size = (self->damaged_count + 1) * sizeof *self->damaged;
    damaged_t *all = realloc(self->damaged, size);
    broker_must(all == NULL ? -1 : 0);
    self->damaged = all;
    damaged_t *it = &all[self->damaged_count++];
    *it = (damaged_t){.job = id, .label = "?"};
    memcpy(it->record, record, sizeof it->record);
    snprintf(it->reason, sizeof it->reason, "%s", reason);
    self->next_job = id >= self->next_job ? id + 1 : self->next_job;
}

/* The label stands before the article; that its hash is the key, or a known one, proves it.
 */
static void find_label(broker_t *self, damaged_t *it)
{
    fault_t fault = {0};
    uint8_t key[ENVELOPE_KEY_LEN];
    job_t read = {0};
    char stage[PIPELINE_NAME_MAX + 1];
    job_read_fields(&read, stage, it->record);
    blob_t *blob = self->world.read_body(self->world.context, read.body, &fault);
    size_t end = blob == NULL ? 0 : blob_len(blob);
    for (size_t len = 1; len <= ENVELOPE_LABEL_MAX && len <= end; len++) {
        envelope_key(key, (const char *)blob_bytes(blob), len);
        if (memcmp(key, read.key, sizeof key) == 0 ||
            (len == read.label_len && known_has(self->known, key))) {
            memcpy(it->label, blob_bytes(blob), len);
            it->label[len] = '\0';
        }
    }
    blob_destroy(&blob);
}

void damaged_report(broker_t *self)
{
    for (size_t i = 0; i < self->damaged_count; i++) {
        damaged_t *it = &self->damaged[i];
        find_label(self, it);
        log_event(LOG_ERROR, "job set aside", "job", LOG_INT(it->job), "article",
                  LOG_TEXT(it->label), "reason", LOG_TEXT(it->reason), NULL);
    }
}
