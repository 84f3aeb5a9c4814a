#include "deliver/object_key.h"
#include "deliver/sigv4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* The account, time and signatures are those of the examples in the Amazon S3 API
 * Reference, "Signature Calculations for the Authorization Header". */
static const sigv4_account_t account = {
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"};
static const time_t example_time = 1369353600; /* 2013-05-24T00:00:00Z */

#define EMPTY_DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void signs_the_published_examples(void **state)
{
    (void)state;
    static const char body[] = "Welcome to Amazon S3.";
    static const struct {
        const char *method, *path, *query, *body;
        const char *headers[12];
        const char *signed_headers, *signature;
    } cases[] = {
        {"GET",
         "/test.txt",
         "",
         "",
         {"host", "examplebucket.s3.amazonaws.com", "range", "bytes=0-9",
          "x-amz-content-sha256", EMPTY_DIGEST, "x-amz-date", "20130524T000000Z"},
         "host;range;x-amz-content-sha256;x-amz-date",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"PUT",
         "/test$file.text",
         "",
         body,
         {"date", "Fri, 24 May 2013 00:00:00 GMT", "host", "examplebucket.s3.amazonaws.com",
          "x-amz-content-sha256",
          "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", "x-amz-date",
          "20130524T000000Z", "x-amz-storage-class", "REDUCED_REDUNDANCY"},
         "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {"GET",
         "/",
         "lifecycle=",
         "",
         {"host", "examplebucket.s3.amazonaws.com", "x-amz-content-sha256", EMPTY_DIGEST,
          "x-amz-date", "20130524T000000Z"},
         "host;x-amz-content-sha256;x-amz-date",
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"GET",
         "/",
         "max-keys=2&prefix=J",
         "",
         {"host", "examplebucket.s3.amazonaws.com", "x-amz-content-sha256", EMPTY_DIGEST,
          "x-amz-date", "20130524T000000Z"},
         "host;x-amz-content-sha256;x-amz-date",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char digest[SIGV4_DIGEST_MAX], path[SIGV4_PATH_MAX], out[SIGV4_AUTHORIZATION_MAX];
        char expected[SIGV4_AUTHORIZATION_MAX];
        sigv4_digest(digest, cases[i].body, strlen(cases[i].body));
        assert_int_equal(sigv4_path(path, cases[i].path), 0);
        const sigv4_request_t request = {cases[i].method,  path,   cases[i].query,
                                         cases[i].headers, digest, example_time};
        assert_int_equal(sigv4_sign(out, &account, &request), 0);
        snprintf(expected, sizeof expected,
                 "AWS4-HMAC-SHA256 "
                 "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                 "SignedHeaders=%s,Signature=%s",
                 cases[i].signed_headers, cases[i].signature);
        assert_string_equal(out, expected);
    }
}

static void says_so_when_it_does_not_fit(void **state)
{
    (void)state;
    static char path[SIGV4_PATH_MAX], out[SIGV4_PATH_MAX];
    static char long_name[SIGV4_AUTHORIZATION_MAX];
    char authorization[SIGV4_AUTHORIZATION_MAX];
    memset(path, '%', SIGV4_PATH_MAX / 2);
    assert_int_equal(sigv4_path(out, path), -1);
    memset(long_name, 'a', sizeof long_name - 1);
    const char *headers[] = {long_name, "", NULL};
    const sigv4_request_t request = {"GET", "/", "", headers, EMPTY_DIGEST, example_time};
    assert_int_equal(sigv4_sign(authorization, &account, &request), -1);
}

static void two_ids_have_two_keys(void **state)
{
    (void)state;
    static const struct {
        const char *id, *key;
    } cases[] = {
        {"sport/a.html#1f0c9d3e", "news/sport/a.html#1f0c9d3e.json"},
        {"../../etc/passwd", "news/%2E./%2E./etc/passwd.json"},
        {"/a", "news/%2Fa.json"},
        {"%2Fa", "news/%252Fa.json"},
        {"a//b", "news/a/%2Fb.json"},
        {"a/./b", "news/a/%2E/b.json"},
        {"caf\xc3\xa9 1", "news/caf\xc3\xa9 1.json"},
        {"a\x7f", "news/a%7F.json"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char key[OBJECT_KEY_MAX];
        object_key(key, "news/", cases[i].id);
        assert_string_equal(key, cases[i].key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_the_published_examples),
        cmocka_unit_test(says_so_when_it_does_not_fit),
        cmocka_unit_test(two_ids_have_two_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
