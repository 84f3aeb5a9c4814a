/* Rotation: full results files beside the one that is written, PATH.20261125T090000Z, each
 * name later than the ones before. The caller has the file locked. */
#ifndef DELIVER_ROTATION_H
#define DELIVER_ROTATION_H

#include "proto/fault.h"

#include <stdint.h>

/* The name of the newest full file, which the caller frees; NULL: there is none, or no
 * memory. */
char *rotation_newest(const char *path);

/* Gives the file at `path` such a name, and removes the oldest full ones so that at most
 * `keep` stay (0: all). 0, or -1: a RETRY fault, and nothing is moved. */
int rotation_move(const char *path, int64_t keep, fault_t *fault);

#endif
