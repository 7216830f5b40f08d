/* Durations in log-linear buckets. */
#ifndef HIST_H
#define HIST_H

#include <stddef.h>
#include "common.h"

#define HIST_SUB_BITS 6 /* 64 buckets per power of two: quantiles are within 1.6 % */
#define HIST_BUCKETS ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
    uint64_t count;
    ns_t max;
    uint64_t buckets[HIST_BUCKETS];
};

void hist_add(struct hist *hist, ns_t value, uint64_t times);
ns_t hist_quantile(const struct hist *hist, double q);

int hist_json(char *text, size_t size, const char *name, const struct hist *hist);

#endif
