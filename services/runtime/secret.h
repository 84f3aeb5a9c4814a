/* Secret: whether a file that holds one is kept from others. */
#ifndef RUNTIME_SECRET_H
#define RUNTIME_SECRET_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* True if nobody but its owner may do anything with it. A file of root's may also be read
 * by its group, if we, `user`, are not root: so an orchestrator hands a secret to a program
 * that runs as somebody else, who could not change the file's owner or mode. */
bool secret_is_kept(const struct stat *info, uid_t user);

#endif
