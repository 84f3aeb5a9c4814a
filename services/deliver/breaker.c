#include "deliver/breaker.h"

static int64_t at_most(int64_t value, int64_t bound)
{
    return value < bound ? value : bound;
}

bool breaker_is_open(const breaker_t *self)
{
    return self->failures >= self->failures_max;
}

int64_t breaker_wait_ms(const breaker_t *self, int64_t now_ms)
{
    return self->until_ms > now_ms ? self->until_ms - now_ms : 0;
}

bool breaker_succeed(breaker_t *self)
{
    bool was_open = breaker_is_open(self);
    self->failures = 0;
    self->next_pause_ms = 0;
    self->until_ms = 0;
    return was_open;
}

bool breaker_fail(breaker_t *self, int64_t asked_ms, int64_t now_ms)
{
    bool was_open = breaker_is_open(self);
    int64_t wait_ms = asked_ms > 0 ? asked_ms : 0;
    self->failures++;
    if (breaker_is_open(self)) {
        int64_t pause_ms = self->next_pause_ms > 0 ? self->next_pause_ms : self->pause_ms;
        self->next_pause_ms = at_most(2 * pause_ms, self->pause_max_ms);
        wait_ms = wait_ms > pause_ms ? wait_ms : pause_ms;
    }
    self->until_ms = now_ms + at_most(wait_ms, self->pause_max_ms);
    return !was_open && breaker_is_open(self);
}
