#include "deliver/suspect.h"

#include <string.h>

static bool is_same(const suspect_t *self, const char *id)
{
    key_digest_t key = keys_digest(id, strlen(id));
    return memcmp(&key, &self->key, sizeof key) == 0;
}

void suspect_add(suspect_t *self, const char *id)
{
    if (self->who == SUSPECT_NOBODY) {
        self->who = SUSPECT_ARTICLE;
        self->key = keys_digest(id, strlen(id));
    } else if (!is_same(self, id)) {
        self->who = SUSPECT_SERVER;
    }
}

bool suspect_is(const suspect_t *self, const char *id)
{
    return self->who == SUSPECT_ARTICLE && is_same(self, id);
}

bool suspect_is_server(const suspect_t *self)
{
    return self->who == SUSPECT_SERVER;
}

void suspect_clear(suspect_t *self)
{
    *self = (suspect_t){0};
}
