#include "runtime/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Upper bounds in seconds; above the last one counts as infinite. */
static const double bounds[] = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,  0.1,   0.25,
    0.5,    1.0,     2.5,    5.0,   10.0,   25.0,  50.0, 100.0, 250.0, 500.0, 1000.0,
};

enum { BUCKETS = COUNT_OF(bounds) + 1 };

typedef enum { KIND_COUNTER, KIND_GAUGE, KIND_HISTOGRAM } metric_kind_t;

static const char *const kind_names[] = {"counter", "gauge", "histogram"};

/* A double that threads add to. */
typedef _Atomic(double) number_t;

typedef _Atomic(uint64_t) count_t;

struct metric {
    metric_t *next; /* in the order of making */
    metric_kind_t kind;
    char *name;
    char *labels;
    char *help;
    number_t value;          /* counter, gauge; histogram: the sum */
    count_t counts[BUCKETS]; /* histogram: each bucket alone, not summed up */
};

struct metrics {
    metric_t *first;
    metric_t **end;
};

metrics_t *metrics_new(void)
{
    metrics_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->end = &self->first;
    }
    return self;
}

static void metric_destroy(metric_t *self)
{
    free(self->name);
    free(self->labels);
    free(self->help);
    free(self);
}

void metrics_destroy(metrics_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (metric_t *metric = (*self)->first, *next; metric != NULL; metric = next) {
        next = metric->next;
        metric_destroy(metric);
    }
    free(*self);
    *self = NULL;
}

/* --- series --------------------------------------------------------------------------- */

static metric_t *find(const metrics_t *self, const char *name, const char *labels)
{
    metric_t *metric = self->first;
    while (metric != NULL &&
           (strcmp(metric->name, name) != 0 || strcmp(metric->labels, labels) != 0)) {
        metric = metric->next;
    }
    return metric;
}

static metric_t *series(metrics_t *self, metric_kind_t kind, const char *name,
                        const char *labels, const char *help)
{
    if (self == NULL) {
        return NULL;
    }
    metric_t *metric = find(self, name, labels);
    if (metric != NULL) {
        assert(metric->kind == kind);
        return metric;
    }
    metric = calloc(1, sizeof *metric);
    if (metric == NULL) {
        return NULL;
    }
    metric->kind = kind;
    metric->name = strdup(name);
    metric->labels = strdup(labels);
    metric->help = strdup(help);
    if (metric->name == NULL || metric->labels == NULL || metric->help == NULL) {
        metric_destroy(metric);
        return NULL;
    }
    *self->end = metric;
    self->end = &metric->next;
    return metric;
}

metric_t *metrics_counter(metrics_t *self, const char *name, const char *labels,
                          const char *help)
{
    return series(self, KIND_COUNTER, name, labels, help);
}

metric_t *metrics_gauge(metrics_t *self, const char *name, const char *labels,
                        const char *help)
{
    return series(self, KIND_GAUGE, name, labels, help);
}

metric_t *metrics_histogram(metrics_t *self, const char *name, const char *labels,
                            const char *help)
{
    return series(self, KIND_HISTOGRAM, name, labels, help);
}

/* --- values --------------------------------------------------------------------------- */

static void number_add(number_t *number, double value)
{
    double old = atomic_load(number);
    while (!atomic_compare_exchange_weak(number, &old, old + value)) {
        continue;
    }
}

void metric_add(metric_t *self, double value)
{
    if (self != NULL) {
        assert(self->kind != KIND_HISTOGRAM);
        number_add(&self->value, value);
    }
}

void metric_set(metric_t *self, double value)
{
    if (self != NULL) {
        assert(self->kind == KIND_GAUGE);
        atomic_store(&self->value, value);
    }
}

void metric_observe(metric_t *self, double value)
{
    if (self == NULL) {
        return;
    }
    assert(self->kind == KIND_HISTOGRAM);
    size_t i = 0;
    while (i < COUNT_OF(bounds) && !(value <= bounds[i])) {
        i++;
    }
    atomic_fetch_add(&self->counts[i], 1);
    number_add(&self->value, value);
}

/* One look at all buckets; returns their sum. */
static uint64_t read_counts(const metric_t *self, uint64_t counts[BUCKETS])
{
    uint64_t total = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        counts[i] = atomic_load(&self->counts[i]);
        total += counts[i];
    }
    return total;
}

double metric_value(const metric_t *self)
{
    uint64_t counts[BUCKETS];
    if (self == NULL) {
        return 0;
    }
    return self->kind == KIND_HISTOGRAM ? (double)read_counts(self, counts)
                                        : atomic_load(&self->value);
}

double metric_quantile(const metric_t *self, double q)
{
    uint64_t counts[BUCKETS];
    uint64_t total = self != NULL ? read_counts(self, counts) : 0;
    if (total == 0) {
        return NAN;
    }
    double rank = q * (double)total;
    double below = 0;
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        double here = (double)counts[i];
        if (here > 0 && below + here >= rank) {
            double low = i > 0 ? bounds[i - 1] : 0;
            return low + (bounds[i] - low) * (rank - below) / here;
        }
        below += here;
    }
    return bounds[COUNT_OF(bounds) - 1]; /* past the last bound nothing more is known */
}

/* --- text ----------------------------------------------------------------------------- */

static void print_number(FILE *out, double value)
{
    char text[40];
    if (isnan(value)) {
        fputs("NaN", out);
        return;
    }
    if (isinf(value)) {
        fputs(value > 0 ? "+Inf" : "-Inf", out);
        return;
    }
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) {
        snprintf(text, sizeof text, "%.17g", value);
    }
    fputs(text, out);
}

/* suffix and le (NULL: none) belong to histograms. */
static void print_sample(FILE *out, const metric_t *metric, const char *suffix,
                         const char *le, double value)
{
    fprintf(out, "%s%s", metric->name, suffix);
    bool has_labels = metric->labels[0] != '\0';
    if (has_labels || le != NULL) {
        fprintf(out, "{%s", metric->labels);
        if (le != NULL) {
            fprintf(out, "%sle=\"%s\"", has_labels ? "," : "", le);
        }
        fputc('}', out);
    }
    fputc(' ', out);
    print_number(out, value);
    fputc('\n', out);
}

static void print_histogram(FILE *out, const metric_t *metric)
{
    uint64_t counts[BUCKETS];
    uint64_t total = read_counts(metric, counts);
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        char le[24];
        sum += counts[i];
        snprintf(le, sizeof le, "%g", bounds[i]);
        print_sample(out, metric, "_bucket", le, (double)sum);
    }
    print_sample(out, metric, "_bucket", "+Inf", (double)total);
    print_sample(out, metric, "_sum", NULL, atomic_load(&metric->value));
    print_sample(out, metric, "_count", NULL, (double)total);
}

static void print_help(FILE *out, const metric_t *metric)
{
    fprintf(out, "# HELP %s ", metric->name);
    for (const char *c = metric->help; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\\') {
            fputc('\\', out);
        }
        fputc(*c == '\n' ? 'n' : *c, out);
    }
    fprintf(out, "\n# TYPE %s %s\n", metric->name, kind_names[metric->kind]);
}

/* All series of one name stand together, at the place of the first. */
static void print_family(FILE *out, const metric_t *first)
{
    print_help(out, first);
    for (const metric_t *metric = first; metric != NULL; metric = metric->next) {
        if (strcmp(metric->name, first->name) != 0) {
            continue;
        }
        if (metric->kind == KIND_HISTOGRAM) {
            print_histogram(out, metric);
        } else {
            print_sample(out, metric, "", NULL, atomic_load(&metric->value));
        }
    }
}

static bool is_first_of_name(const metrics_t *self, const metric_t *metric)
{
    const metric_t *other = self->first;
    while (strcmp(other->name, metric->name) != 0) {
        other = other->next;
    }
    return other == metric;
}

char *metrics_text(const metrics_t *self, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (out == NULL) {
        return NULL;
    }
    for (const metric_t *metric = self->first; metric != NULL; metric = metric->next) {
        if (is_first_of_name(self, metric)) {
            print_family(out, metric);
        }
    }
    bool is_whole = ferror(out) == 0;
    if (fclose(out) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    return text;
}
