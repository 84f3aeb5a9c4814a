/* Intake: hears from the broker what became of articles. */
#ifndef GATEWAY_INTAKE_H
#define GATEWAY_INTAKE_H

#include "runtime/window.h"

/* For session_new; its tickets are the intake's. */
void intake_settled(void *context, const window_settled_t *settled);

#endif
