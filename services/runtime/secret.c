#include "runtime/secret.h"

enum { OTHERS = 077 /* of a mode */ };

bool secret_is_kept(const struct stat *info, uid_t user)
{
    bool is_handed = info->st_uid == 0 && user != 0;
    mode_t allowed = is_handed ? S_IRGRP : 0;
    return (info->st_mode & OTHERS & ~allowed) == 0;
}
