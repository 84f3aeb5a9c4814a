#include "runtime/metrics.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void writes_the_prometheus_text(void **state)
{
    (void)state;
    metrics_t *metrics = metrics_new();
    metric_add(
        metrics_counter(metrics, "nutgraf_results_total", "stage=\"tag\"", "Results."), 2);
    metric_set(metrics_gauge(metrics, "nutgraf_depth", "", "Depth,\nback\\slash."), -0.1);
    metric_add(
        metrics_counter(metrics, "nutgraf_results_total", "stage=\"clean\"", "Results."),
        1);
    metric_set(metrics_gauge(metrics, "nutgraf_age", "", "Age."), NAN);
    size_t len = 0;
    char *text = metrics_text(metrics, &len);
    assert_string_equal(text, "# HELP nutgraf_results_total Results.\n"
                              "# TYPE nutgraf_results_total counter\n"
                              "nutgraf_results_total{stage=\"tag\"} 2\n"
                              "nutgraf_results_total{stage=\"clean\"} 1\n"
                              "# HELP nutgraf_depth Depth,\\nback\\\\slash.\n"
                              "# TYPE nutgraf_depth gauge\n"
                              "nutgraf_depth -0.1\n"
                              "# HELP nutgraf_age Age.\n"
                              "# TYPE nutgraf_age gauge\n"
                              "nutgraf_age NaN\n");
    assert_int_equal(len, strlen(text));
    free(text);
    metrics_destroy(&metrics);
    assert_null(metrics);
    metrics_destroy(&metrics);
}

static void finds_a_series_again(void **state)
{
    (void)state;
    metrics_t *metrics = metrics_new();
    metric_t *one = metrics_counter(metrics, "a", "x=\"1\"", "A.");
    assert_ptr_equal(metrics_counter(metrics, "a", "x=\"1\"", "A."), one);
    assert_ptr_not_equal(metrics_counter(metrics, "a", "x=\"2\"", "A."), one);
    metrics_destroy(&metrics);
}

static void counts_a_histogram_up_to_each_bound(void **state)
{
    (void)state;
    metrics_t *metrics = metrics_new();
    metric_t *seconds = metrics_histogram(metrics, "t", "stage=\"tag\"", "Time.");
    metric_observe(seconds, 0.0001); /* a bound belongs to its bucket */
    metric_observe(seconds, 0.75);
    metric_observe(seconds, 5000);
    size_t len = 0;
    char *text = metrics_text(metrics, &len);
    assert_non_null(strstr(text, "# TYPE t histogram\n"));
    assert_non_null(strstr(text, "t_bucket{stage=\"tag\",le=\"0.0001\"} 1\n"));
    assert_non_null(strstr(text, "t_bucket{stage=\"tag\",le=\"0.5\"} 1\n"));
    assert_non_null(strstr(text, "t_bucket{stage=\"tag\",le=\"1\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{stage=\"tag\",le=\"1000\"} 2\n"));
    assert_non_null(strstr(text, "t_bucket{stage=\"tag\",le=\"+Inf\"} 3\n"));
    assert_non_null(strstr(text, "t_sum{stage=\"tag\"} 5000.7501\n"));
    assert_non_null(strstr(text, "t_count{stage=\"tag\"} 3\n"));
    assert_true(metric_value(seconds) == 3);
    free(text);
    metrics_destroy(&metrics);
}

static void estimates_quantiles_inside_a_bucket(void **state)
{
    (void)state;
    metrics_t *metrics = metrics_new();
    metric_t *seconds = metrics_histogram(metrics, "t", "", "Time.");
    assert_true(isnan(metric_quantile(seconds, 0.5)));
    for (int i = 0; i < 100; i++) {
        metric_observe(seconds, i < 50 ? 0.3 : 2.0);
    }
    assert_true(fabs(metric_quantile(seconds, 0.25) - 0.375) < 1e-9);
    assert_true(fabs(metric_quantile(seconds, 0.5) - 0.5) < 1e-9);
    assert_true(fabs(metric_quantile(seconds, 0.75) - 1.75) < 1e-9);
    assert_true(fabs(metric_quantile(seconds, 1) - 2.5) < 1e-9);
    metric_observe(seconds, 1e9);
    assert_true(metric_quantile(seconds, 1) == 1000);
    metrics_destroy(&metrics);
}

static void ignores_what_memory_did_not_give(void **state)
{
    (void)state;
    assert_null(metrics_counter(NULL, "a", "", "A."));
    metric_add(NULL, 1);
    metric_set(NULL, 1);
    metric_observe(NULL, 1);
    assert_true(metric_value(NULL) == 0);
    assert_true(isnan(metric_quantile(NULL, 0.5)));
}

enum { THREADS = 4, ROUNDS = 20000 };

static metric_t *shared[2];

static void *add_often(void *context)
{
    for (int i = 0; i < ROUNDS; i++) {
        metric_add(shared[0], 1);
        metric_observe(shared[1], 0.5);
    }
    return context;
}

static void loses_nothing_between_threads(void **state)
{
    (void)state;
    metrics_t *metrics = metrics_new();
    pthread_t threads[THREADS];
    shared[0] = metrics_counter(metrics, "a", "", "A.");
    shared[1] = metrics_histogram(metrics, "b", "", "B.");
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_often, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_true(metric_value(shared[0]) == THREADS * ROUNDS);
    assert_true(metric_value(shared[1]) == THREADS * ROUNDS);
    size_t len = 0;
    char *text = metrics_text(metrics, &len);
    assert_non_null(strstr(text, "b_sum 40000\n"));
    free(text);
    metrics_destroy(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_prometheus_text),
        cmocka_unit_test(finds_a_series_again),
        cmocka_unit_test(counts_a_histogram_up_to_each_bound),
        cmocka_unit_test(estimates_quantiles_inside_a_bucket),
        cmocka_unit_test(ignores_what_memory_did_not_give),
        cmocka_unit_test(loses_nothing_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
