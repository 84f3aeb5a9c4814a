#include "runtime/link_keys.h"

#include "runtime/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { SECRET_MODE = 0600, PUBLIC_MODE = 0644 };

int link_keys_make(link_keys_t *out, fault_t *fault)
{
    if (zmq_curve_keypair(out->open, out->secret) != 0) {
        fault_set(fault, FAULT_REJECT, "no key pair: %s", zmq_strerror(errno));
        return -1;
    }
    return 0;
}

void link_keys_forget(link_keys_t *self)
{
    explicit_bzero(self, sizeof *self);
}

bool link_keys_is_key(const char *text, size_t len)
{
    char key[LINK_KEY_LEN + 1];
    uint8_t bytes[32];

    if (len != LINK_KEY_LEN || memchr(text, '\0', len) != NULL) {
        return false;
    }
    memcpy(key, text, len);
    key[len] = '\0';
    bool is_key = zmq_z85_decode(bytes, key) != NULL;
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(key, sizeof key);
    return is_key;
}

void link_keys_encode(char out[LINK_KEY_LEN + 1], const unsigned char bytes[32])
{
    zmq_z85_encode(out, bytes, 32);
}

/* --- reading -------------------------------------------------------------------------- */

/* An open key file: its descriptor, or -1 with a fault. */
static int open_file(const char *path, bool is_secret, fault_t *fault)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0) {
        fault_set(fault, FAULT_REJECT,
                  "%s: cannot be opened: %s; `nutgraf keygen` makes keys", path,
                  strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        fault_set(fault, FAULT_REJECT, "%s: no regular file", path);
    } else if (is_secret && !secret_is_kept(&info, geteuid())) {
        fault_set(fault, FAULT_REJECT,
                  "%s: its mode %04o lets others at the secret key; chmod 600 %s", path,
                  (unsigned)(info.st_mode & 07777), path);
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static int load(char out[LINK_KEY_LEN + 1], const char *path, bool is_secret,
                fault_t *fault)
{
    char text[LINK_KEY_LEN + 3]; /* CR, LF, and one too many */
    int fd = open_file(path, is_secret, fault);
    if (fd < 0) {
        return -1;
    }
    ssize_t len = read(fd, text, sizeof text);
    close(fd);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    bool is_key = len >= 0 && link_keys_is_key(text, (size_t)len);
    if (is_key) {
        memcpy(out, text, LINK_KEY_LEN);
        out[LINK_KEY_LEN] = '\0';
    } else {
        fault_set(fault, FAULT_REJECT, "%s: no key: needs %d characters of Z85, alone",
                  path, LINK_KEY_LEN);
    }
    explicit_bzero(text, sizeof text);
    return is_key ? 0 : -1;
}

int link_keys_load(link_keys_t *out, const char *path, fault_t *fault)
{
    if (load(out->secret, path, true, fault) != 0) {
        return -1;
    }
    if (zmq_curve_public(out->open, out->secret) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: no CURVE key: %s", path, zmq_strerror(errno));
        link_keys_forget(out);
        return -1;
    }
    return 0;
}

int link_keys_load_public(char out[LINK_KEY_LEN + 1], const char *path, fault_t *fault)
{
    return load(out, path, false, fault);
}

/* --- writing -------------------------------------------------------------------------- */

static int write_all(int fd, const char *key)
{
    char line[LINK_KEY_LEN + 1];
    memcpy(line, key, LINK_KEY_LEN);
    line[LINK_KEY_LEN] = '\n';
    bool is_written =
        write(fd, line, sizeof line) == (ssize_t)sizeof line && fsync(fd) == 0;
    explicit_bzero(line, sizeof line);
    return is_written ? 0 : -1;
}

int link_keys_write(const char *path, const char *key, bool is_secret, fault_t *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  is_secret ? SECRET_MODE : PUBLIC_MODE);
    if (fd < 0) {
        fault_set(fault, FAULT_REJECT,
                  errno == EEXIST ? "%s: %s; keys are never overwritten" : "%s: %s", path,
                  strerror(errno));
        return -1;
    }
    int rc = write_all(fd, key);
    int error = errno;
    close(fd);
    if (rc != 0) {
        unlink(path);
        fault_set(fault, FAULT_REJECT, "%s: cannot be written: %s", path, strerror(error));
    }
    return rc;
}
