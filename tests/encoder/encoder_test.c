#include "encoder/encoder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const weights_path = "tests/encoder/tiny.weights";
static const char *const reference_path = "tests/encoder/tiny.bin";

/* Of 330 pieces with random logits: so many may have two labels that are nearly one. */
enum { NEAR_TIES = 20 };

/* What tag/train/tiny.py wrote: windows and the logits that torch gave them. */
typedef struct {
    uint32_t windows, pieces, labels;
    uint16_t lens[16];
    uint32_t ids[ENCODER_PIECES];
    uint8_t shapes[ENCODER_PIECES];
    float *logits;
} reference_t;

static void read_reference(reference_t *self)
{
    FILE *file = fopen(reference_path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(self, sizeof(uint32_t), 3, file), 3);
    assert_true(self->windows <= 16 && self->pieces <= ENCODER_PIECES);
    size_t count = (size_t)self->pieces * self->labels;
    self->logits = malloc(count * sizeof(float));
    assert_non_null(self->logits);
    assert_int_equal(fread(self->lens, 2, self->windows, file), self->windows);
    assert_int_equal(fread(self->ids, 4, self->pieces, file), self->pieces);
    assert_int_equal(fread(self->shapes, 1, self->pieces, file), self->pieces);
    assert_int_equal(fread(self->logits, 4, count, file), count);
    fclose(file);
}

typedef struct {
    double worst; /* of |logit - torch's| */
    double
        share; /* of the square of what differs in the square of torch's logits, rooted */
    size_t other; /* pieces with another best label */
} distance_t;

static double logit(const weights_t *weights, const float *row, size_t label)
{
    double sum = weights->head_bias[label];
    for (size_t i = 0; i < weights->header.width; i++) {
        sum += (double)row[i] * (double)weights->head[label * weights->header.width + i];
    }
    return sum;
}

static distance_t compare(const weights_t *weights, const reference_t *reference,
                          const float *rows)
{
    distance_t distance = {0};
    double squares = 0, off = 0;
    for (size_t piece = 0; piece < reference->pieces; piece++) {
        const float *wanted = reference->logits + piece * reference->labels;
        size_t best = 0, best_wanted = 0;
        double most = -INFINITY;
        for (size_t label = 0; label < reference->labels; label++) {
            double found = logit(weights, rows + piece * weights->header.width, label);
            double apart = found - (double)wanted[label];
            distance.worst = fmax(distance.worst, fabs(apart));
            off += apart * apart;
            squares += (double)wanted[label] * (double)wanted[label];
            if (found > most) {
                most = found;
                best = label;
            }
            best_wanted = wanted[label] > wanted[best_wanted] ? label : best_wanted;
        }
        distance.other += best != best_wanted;
    }
    distance.share = sqrt(off / squares);
    return distance;
}

static distance_t distance_of(number_t number)
{
    fault_t fault = {0};
    reference_t reference = {0};
    read_reference(&reference);
    const weights_t *weights = weights_load(weights_path, &fault);
    assert_non_null(weights);
    assert_int_equal(weights->header.labels, reference.labels);
    encoder_t *encoder = encoder_new(weights, number, WEIGHTS_LAYERS_MAX, &fault);
    assert_non_null(encoder);
    encoder_input_t input = {reference.ids, reference.shapes, reference.lens,
                             reference.windows, reference.pieces};
    distance_t first = {0}, again = {0};
    first = compare(weights, &reference, encoder_run(encoder, &input, NULL, NULL));
    again = compare(weights, &reference, encoder_run(encoder, &input, NULL, NULL));
    assert_true(fabs(first.worst - again.worst) < 1e-12); /* the same answer twice */
    encoder_destroy(&encoder);
    assert_null(encoder);
    weights_destroy(&weights);
    free(reference.logits);
    return first;
}

static void f32_is_torch(void **state)
{
    (void)state;
    distance_t distance = distance_of(NUMBER_F32);
    assert_true(distance.worst < 1e-3);
    assert_int_equal(distance.other, 0);
}

/* Without AVX-512 oneDNN multiplies no bf16, and says so. */
static bool has_bf16(void)
{
    fault_t fault = {0};
    const weights_t *weights = weights_load(weights_path, &fault);
    assert_non_null(weights);
    encoder_t *encoder = encoder_new(weights, NUMBER_BF16, WEIGHTS_LAYERS_MAX, &fault);
    bool is_there = encoder != NULL;
    if (!is_there) {
        assert_int_equal(fault.kind, FAULT_REJECT);
        assert_string_equal(fault.reason, "oneDNN: cannot multiply bf16 on this processor");
        assert_int_not_equal(number_best(), NUMBER_BF16);
    }
    encoder_destroy(&encoder);
    weights_destroy(&weights);
    return is_there;
}

static void bf16_is_near_torch_or_refused(void **state)
{
    (void)state;
    if (!has_bf16()) {
        return;
    }
    distance_t distance = distance_of(NUMBER_BF16);
    assert_true(distance.share > 0 && distance.share < 0.03);
    assert_true(distance.other <= NEAR_TIES);
}

static void int8_is_near_torch(void **state)
{
    (void)state;
    distance_t distance = distance_of(NUMBER_INT8);
    assert_true(distance.share > 0 && distance.share < 0.05);
    assert_true(distance.other <= NEAR_TIES);
}

static void windows_do_not_see_each_other(void **state)
{
    (void)state;
    fault_t fault = {0};
    reference_t reference = {0};
    read_reference(&reference);
    const weights_t *weights = weights_load(weights_path, &fault);
    assert_non_null(weights);
    encoder_t *encoder = encoder_new(weights, NUMBER_F32, WEIGHTS_LAYERS_MAX, &fault);
    assert_non_null(encoder);
    encoder_input_t input = {reference.ids, reference.shapes, reference.lens, 1,
                             reference.lens[0]};
    distance_t distance = {0};
    reference_t alone = reference;
    alone.pieces = reference.lens[0];
    distance = compare(weights, &alone, encoder_run(encoder, &input, NULL, NULL));
    assert_true(distance.worst < 1e-3);
    encoder_destroy(&encoder);
    weights_destroy(&weights);
    free(reference.logits);
}

static void numbers_have_names(void **state)
{
    (void)state;
    for (int number = 0; number < NUMBER_COUNT; number++) {
        assert_int_equal(number_find(number_name((number_t)number)), number);
    }
    assert_int_equal(number_find("auto"), number_best());
    assert_int_equal(number_find("f16"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f32_is_torch),
        cmocka_unit_test(bf16_is_near_torch_or_refused),
        cmocka_unit_test(int8_is_near_torch),
        cmocka_unit_test(windows_do_not_see_each_other),
        cmocka_unit_test(numbers_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
