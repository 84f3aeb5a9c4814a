#include "deliver/sigv4.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_LEN = crypto_auth_hmacsha256_BYTES, DATE_LEN = 8 };

void sigv4_digest(char out[SIGV4_DIGEST_MAX], const void *body, size_t len)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, body, len);
    sodium_bin2hex(out, SIGV4_DIGEST_MAX, digest, sizeof digest);
}

void sigv4_time(char out[SIGV4_TIME_MAX], time_t time)
{
    struct tm utc;
    gmtime_r(&time, &utc);
    strftime(out, SIGV4_TIME_MAX, "%Y%m%dT%H%M%SZ", &utc);
}

int sigv4_path(char out[SIGV4_PATH_MAX], const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    size_t len = 0;
    for (const char *c = path; *c != '\0'; c++) {
        if (len + 4 > SIGV4_PATH_MAX) {
            return -1;
        }
        const char *form = strchr(plain, *c) != NULL ? "%c" : "%%%02X";
        len += (size_t)sprintf(out + len, form, (unsigned char)*c);
    }
    out[len] = '\0';
    return 0;
}

/* out may be the key: it is read before it is written. */
static void mac(unsigned char out[MAC_LEN], const void *key, size_t key_len,
                const char *text)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, key_len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

/* The names, separated by ';'. */
static void write_names(FILE *out, const sigv4_request_t *request)
{
    for (size_t i = 0; request->headers[i] != NULL; i += 2) {
        fprintf(out, "%s%s", i == 0 ? "" : ";", request->headers[i]);
    }
}

/* The digest of the "canonical request". */
static int digest_request(char out[SIGV4_DIGEST_MAX], const sigv4_request_t *request)
{
    char *text = NULL;
    size_t len = 0;
    FILE *canonical = open_memstream(&text, &len);
    if (canonical == NULL) {
        return -1;
    }
    fprintf(canonical, "%s\n%s\n%s\n", request->method, request->path, request->query);
    for (size_t i = 0; request->headers[i] != NULL; i += 2) {
        fprintf(canonical, "%s:%s\n", request->headers[i], request->headers[i + 1]);
    }
    fputc('\n', canonical);
    write_names(canonical, request);
    fprintf(canonical, "\n%s", request->digest);
    if (fclose(canonical) != 0) {
        free(text);
        return -1;
    }
    sigv4_digest(out, text, len);
    free(text);
    return 0;
}

static void make_signature(char out[SIGV4_DIGEST_MAX], const sigv4_account_t *account,
                           const char *date, const char *text)
{
    const char *const steps[] = {date, account->region, account->service, "aws4_request",
                                 text};
    unsigned char key[MAC_LEN];
    char first[300];
    int len = snprintf(first, sizeof first, "AWS4%s", account->secret_key);
    size_t key_len = (size_t)len < sizeof first ? (size_t)len : sizeof first - 1;
    mac(key, first, key_len, steps[0]);
    for (size_t i = 1; i < sizeof steps / sizeof steps[0]; i++) {
        mac(key, key, sizeof key, steps[i]);
    }
    sodium_bin2hex(out, SIGV4_DIGEST_MAX, key, sizeof key);
    sodium_memzero(first, sizeof first);
    sodium_memzero(key, sizeof key);
}

int sigv4_sign(char out[SIGV4_AUTHORIZATION_MAX], const sigv4_account_t *account,
               const sigv4_request_t *request)
{
    char time[SIGV4_TIME_MAX], date[DATE_LEN + 1], digest[SIGV4_DIGEST_MAX];
    char scope[200], text[400], signature[SIGV4_DIGEST_MAX];
    sigv4_time(time, request->time);
    snprintf(date, sizeof date, "%.*s", DATE_LEN, time);
    if (digest_request(digest, request) != 0 ||
        snprintf(scope, sizeof scope, "%s/%s/%s/aws4_request", date, account->region,
                 account->service) >= (int)sizeof scope) {
        return -1;
    }
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", time, scope, digest);
    make_signature(signature, account, date, text);
    FILE *header = fmemopen(out, SIGV4_AUTHORIZATION_MAX, "w");
    if (header == NULL) {
        return -1;
    }
    fprintf(header, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=", account->access_key,
            scope);
    write_names(header, request);
    fprintf(header, ",Signature=%s", signature);
    int is_written = ftell(header) < SIGV4_AUTHORIZATION_MAX - 1;
    return fclose(header) == 0 && is_written ? 0 : -1;
}
