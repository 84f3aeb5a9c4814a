/* SigV4: signs a request as Amazon S3 and those compatible with it want it (AWS Signature
 * Version 4, "Authenticating Requests: Using the Authorization Header"). Pure: the clock
 * comes in. */
#ifndef DELIVER_SIGV4_H
#define DELIVER_SIGV4_H

#include <stddef.h>
#include <time.h>

enum {
    SIGV4_DIGEST_MAX = 65, /* SHA-256 as lower-case hex digits, and NUL */
    SIGV4_TIME_MAX = 17,   /* "20130524T000000Z" */
    SIGV4_PATH_MAX = 3 * 1024 + 2,
    SIGV4_AUTHORIZATION_MAX = 1024,
};

/* Lent, all of it. */
typedef struct {
    const char *access_key, *secret_key, *region, *service;
} sigv4_account_t;

typedef struct {
    const char *method;
    const char *path;  /* as it stands in the URL: sigv4_path */
    const char *query; /* the same, sorted; "" for none */
    /* Names in lower case, sorted, each followed by its value, closed by NULL; `host` and
     * `x-amz-date` among them. All of them are signed. */
    const char *const *headers;
    const char *digest; /* of the body */
    time_t time;        /* that of x-amz-date */
} sigv4_request_t;

void sigv4_digest(char out[SIGV4_DIGEST_MAX], const void *body, size_t len);
void sigv4_time(char out[SIGV4_TIME_MAX], time_t time);

/* Each byte but letters, digits and -._~/ becomes %XX. 0, or -1: it does not fit. */
int sigv4_path(char out[SIGV4_PATH_MAX], const char *path);

/* The value of the header Authorization. 0, or -1: it does not fit, or no memory. */
int sigv4_sign(char out[SIGV4_AUTHORIZATION_MAX], const sigv4_account_t *account,
               const sigv4_request_t *request);

#endif
