#include "tag/net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tag/labels.h"

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static const char *const weights_path = "tests/tag/net.weights";
static const char *const reference_path = "tests/tag/net.bin";
static const char *const names_path = "services/tag/model/names.model";

typedef struct {
    model_t *names;
    gazetteer_t *gazetteer;
    net_t *net;
} fixture_t;

static int set_up(void **state)
{
    static fixture_t fixture;
    fault_t fault = {0};
    fixture.names = model_load(names_path, &fault);
    assert_non_null(fixture.names);
    fixture.gazetteer = gazetteer_new(fixture.names, names_path, &fault);
    fixture.net = net_new(weights_path, &fault);
    if (fixture.net == NULL) {
        fail_msg("%s", fault.reason);
    }
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_t *fixture = *state;
    net_destroy(&fixture->net);
    gazetteer_destroy(&fixture->gazetteer);
    model_destroy(&fixture->names);
    return 0;
}

static void count_call(void *calls)
{
    ++*(size_t *)calls;
}

/* The scores of a text's tokens, which the caller frees. */
static float *read_text(const fixture_t *fixture, const char *text, size_t *count)
{
    size_t calls = 0;
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(tokens);
    *count = tokens_count(tokens);
    float *scores = malloc((*count * LABEL_COUNT + 1) * sizeof *scores);
    assert_non_null(scores);
    assert_int_equal(
        net_read(fixture->net, tokens, fixture->gazetteer, count_call, &calls, scores), 0);
    assert_true(calls > 0);
    tokens_destroy(&tokens);
    return scores;
}

static void computes_what_torch_computed(void **state)
{
    uint32_t size[2]; /* bytes, tokens */
    FILE *file = fopen(reference_path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(size, sizeof *size, 2, file), 2);
    char *text = calloc(size[0] + 1, 1);
    size_t wanted = (size_t)size[1] * LABEL_COUNT, count = 0;
    float *reference = malloc(wanted * sizeof *reference);
    assert_int_equal(fread(text, 1, size[0], file), size[0]);
    assert_int_equal(fread(reference, sizeof *reference, wanted, file), wanted);
    fclose(file);
    float *scores = read_text(*state, text, &count);
    assert_int_equal(count, size[1]);
    assert_true(count > 2 * 64); /* more than two tiles of a product */
    for (size_t i = 0; i < wanted; i++) {
        if (!(fabsf(scores[i] - reference[i]) < 1e-3F)) {
            fail_msg("score %zu: %f, torch has %f", i, (double)scores[i],
                     (double)reference[i]);
        }
    }
    free(scores);
    free(reference);
    free(text);
}

/* The mean of equal words is all that a far token can tell. */
static void same_words_are_told_of_each_other(void **state)
{
    static const char *const texts[] = {"Kofi sat . " /* 20 times */, "Kofi sat . "};
    char text[2][400] = {"", ""};
    size_t count[2];
    float *scores[2];
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < 20; i++) {
            strcat(text[k], texts[k]);
        }
        strcat(text[k], k == 0 ? "Then Ama sat with Kofi ." : "Then Ama sat with Yaw ..");
        scores[k] = read_text(*state, text[k], &count[k]);
    }
    float difference = 0;
    for (size_t i = 0; i < LABEL_COUNT; i++) { /* of the first Kofi, 60 tokens away */
        difference += fabsf(scores[0][i] - scores[1][i]);
    }
    assert_true(difference > 1e-4F);
    free(scores[0]);
    free(scores[1]);
}

static void empty_and_odd_texts_are_read(void **state)
{
    static const char *const texts[] = {"", "x", "\n\n", "\xC2\xAD", "A B C D E F G"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t count = 0;
        float *scores = read_text(*state, texts[i], &count);
        for (size_t k = 0; k < count * LABEL_COUNT; k++) {
            assert_true(isfinite(scores[k]));
        }
        free(scores);
    }
}

/* The weights, cut to `len` bytes, with one byte turned. */
static const char *damage(size_t len, size_t at)
{
    static char path[] = "/tmp/nutgraf-net-XXXXXX";
    static char bytes[1 << 17];
    FILE *file = fopen(weights_path, "rb");
    assert_non_null(file);
    size_t all = fread(bytes, 1, sizeof bytes, file);
    assert_true(all < sizeof bytes);
    fclose(file);
    bytes[at] ^= 1;
    memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    file = fdopen(fd, "wb");
    assert_int_equal(fwrite(bytes, 1, len < all ? len : all, file), len < all ? len : all);
    fclose(file);
    return path;
}

static void damaged_weights_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t len, at;
        const char *says;
    } cases[] = {
        {10, 0, "is no model: 10 bytes"},
        {SIZE_MAX, 0, "is no net: it begins with other bytes"},
        {SIZE_MAX, 16, "has version"},
        {SIZE_MAX, 36, "features, needs"},
        {SIZE_MAX, 23, "altered: its header makes no sense"},
        {5000, 200, "truncated or altered"},
        {SIZE_MAX, 200, "altered: checksum"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        const char *path = damage(cases[i].len, cases[i].at);
        net_t *net = net_new(path, &fault);
        remove(path);
        assert_null(net);
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, cases[i].says) == NULL) {
            fail_msg("%s: does not say \"%s\"", fault.reason, cases[i].says);
        }
    }
    fault_t fault = {0};
    assert_null(net_new("no/such.weights", &fault));
    assert_non_null(strstr(fault.reason, "no/such.weights: cannot be opened"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_what_torch_computed),
        cmocka_unit_test(same_words_are_told_of_each_other),
        cmocka_unit_test(empty_and_odd_texts_are_read),
        cmocka_unit_test(damaged_weights_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
