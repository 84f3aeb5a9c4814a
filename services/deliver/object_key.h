/* Object key: how an article is called in an object store. */
#ifndef DELIVER_OBJECT_KEY_H
#define DELIVER_OBJECT_KEY_H

#include "proto/article.h"

enum {
    OBJECT_PREFIX_MAX = 200,
    OBJECT_KEY_MAX = OBJECT_PREFIX_MAX + 3 * ARTICLE_ID_MAX + sizeof ".json",
};

/* prefix ID ".json". What a store or a file system under it may not keep apart becomes %XX:
 * control characters, '%', a '.' or '/' that begins a part between slashes. Two ids have
 * two keys. */
void object_key(char out[OBJECT_KEY_MAX], const char *prefix, const char *id);

#endif
