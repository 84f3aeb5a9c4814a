/* Folder: makes folders. */
#ifndef RUNTIME_FOLDER_H
#define RUNTIME_FOLDER_H

#include <sys/types.h>

/* Makes a folder, and those that lead to it, with `mode`; one that is there is fine. 0, or
 * -1 with errno. */
int folder_make(const char *path, mode_t mode);

/* The same for the folder that a file's path leads through. */
int folder_make_for(const char *file_path, mode_t mode);

#endif
