/* Metrics: counters, gauges and histograms of one process, as Prometheus text.
 *
 * Format: Prometheus exposition format 0.0.4. Labels are few and closed: never ids or URLs.
 */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include <stddef.h>

typedef struct metrics metrics_t;
typedef struct metric metric_t;

metrics_t *metrics_new(void);
void metrics_destroy(metrics_t **self);

/* Finds or makes a series. name: "nutgraf_results_total"; labels: `stage="tag"` or "". Both
 * and help are copied. NULL: no memory. Lent; lives as long as self. Not thread-safe;
 * adding to a series is. */
metric_t *metrics_counter(metrics_t *self, const char *name, const char *labels,
                          const char *help);
metric_t *metrics_gauge(metrics_t *self, const char *name, const char *labels,
                        const char *help);

/* Buckets: 1, 2.5, 5 · 10^k from 0.1 ms to 1000 s, in seconds. */
metric_t *metrics_histogram(metrics_t *self, const char *name, const char *labels,
                            const char *help);

/* NULL self is ignored, so that callers need not check for memory. */
void metric_add(metric_t *self, double value);     /* counter, gauge */
void metric_set(metric_t *self, double value);     /* gauge */
void metric_observe(metric_t *self, double value); /* histogram */
double metric_value(const metric_t *self); /* counter, gauge; histogram: the count */

/* The q-quantile (0..1) of a histogram, linear inside its bucket; NAN when it is empty. */
double metric_quantile(const metric_t *self, double q);

/* The whole as text; the caller frees it. NULL: no memory. */
char *metrics_text(const metrics_t *self, size_t *len);

#endif
