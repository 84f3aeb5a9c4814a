/* Key files: pairs of CURVE keys in a folder, and the allow-list beside them. */
#ifndef CLIENT_KEYFILES_H
#define CLIENT_KEYFILES_H

#include "proto/fault.h"
#include "runtime/link_keys.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

enum { KEYFILES_LINE_MAX = 512 }; /* bytes of a line of an allow-list, with its end */

/* "FOLDER/NAME" with the ending; -1: a REJECT fault, too long. */
int keyfiles_path(char out[PATH_MAX], const char *folder, const char *name,
                  const char *ending, fault_t *fault);

/* Makes the folder with mode 0700, if there is none. 0, or -1 with a REJECT fault. */
int keyfiles_folder(const char *path, fault_t *fault);

/* Writes FOLDER/NAME.secret and FOLDER/NAME.public; both, or neither: what exists is never
 * overwritten. 0, or -1 with a REJECT fault. */
int keyfiles_write(const char *folder, const char *name, const link_keys_t *keys,
                   fault_t *fault);

/* The same with a fresh pair; its public half comes back. */
int keyfiles_make(const char *folder, const char *name, char public_key[LINK_KEY_LEN + 1],
                  fault_t *fault);

void keyfiles_remove(const char *folder, const char *name);

/* Writes a line, of less than KEYFILES_LINE_MAX bytes, at the end of a file and syncs it; a
 * torn last line gets its end first. flags: O_CREAT makes the file, with that mode. 0, or
 * -1 with a REJECT fault. */
int keyfiles_append(const char *path, int flags, mode_t mode, const char *text,
                    fault_t *fault);

/* Makes FOLDER/allow without entries, unless there is one. 0, or -1 with a REJECT fault. */
int keyfiles_allow(const char *folder, fault_t *fault);

/* The line of a peer: key, roles, stages (NULL: none) and its name as the remark. */
void keyfiles_line(char out[KEYFILES_LINE_MAX], const char *key, const char *roles,
                   const char *stages, const char *name);

/* Adds a line to FOLDER/allow, synced; a torn last line gets its end first. 1: done. 0:
 * there is no list. -1: a REJECT fault, the list there cannot be read or written. */
int keyfiles_list(const char *folder, const char *line, fault_t *fault);

/* Replaces the line of a key by another; one that is not listed stays out. 0, or -1 with a
 * REJECT fault, and the list is as it was. */
int keyfiles_relist(const char *folder, const char *key, const char *line, fault_t *fault);

#endif
