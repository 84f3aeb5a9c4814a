/* Doctor doors: whether broker and gateway could open the doors that are configured. */
#ifndef CLIENT_DOCTOR_DOORS_H
#define CLIENT_DOCTOR_DOORS_H

#include "client/doctor_report.h"
#include "runtime/settings.h"

#include <stdbool.h>

/* The broker's: allowed, and, while no broker answers, free. */
void doctor_doors(report_t *report, const settings_t *settings, bool is_answering);

/* The gateway's, by its own check. Nothing is said where there is no gateway.json.
 * programs: the folder of the programs. */
void doctor_gateway(report_t *report, const settings_t *settings, const char *programs);

#endif
