/* Durations in log-linear buckets: constant memory, quantiles within 1.6 %. */
#include "hist.h"

#include <stdio.h>

static unsigned bucket_of(ns_t value)
{
    if (value < (1u << HIST_SUB_BITS))
        return (unsigned)value;
    unsigned exponent = 63 - (unsigned)__builtin_clzll(value) - HIST_SUB_BITS;
    unsigned mantissa = (unsigned)(value >> exponent) - (1u << HIST_SUB_BITS);
    return ((exponent + 1) << HIST_SUB_BITS) + mantissa;
}

static ns_t middle_of(unsigned bucket)
{
    if (bucket < (1u << HIST_SUB_BITS))
        return bucket;
    unsigned exponent = (bucket >> HIST_SUB_BITS) - 1;
    uint64_t mantissa = (bucket & ((1u << HIST_SUB_BITS) - 1)) + (1u << HIST_SUB_BITS);
    return (mantissa << exponent) + ((1ULL << exponent) >> 1);
}

void hist_add(struct hist *hist, ns_t value, uint64_t times)
{
    hist->count += times;
    hist->buckets[bucket_of(value)] += times;
    if (value > hist->max)
        hist->max = value;
}

ns_t hist_quantile(const struct hist *hist, double q)
{
    uint64_t rank = (uint64_t)(q * (double)hist->count);
    uint64_t seen = 0;

    for (unsigned bucket = 0; bucket < HIST_BUCKETS; bucket++) {
        seen += hist->buckets[bucket];
        if (seen > rank)
            return middle_of(bucket) < hist->max ? middle_of(bucket) : hist->max;
    }
    return hist->max;
}

int hist_json(char *text, size_t size, const char *name, const struct hist *hist)
{
    return snprintf(text, size,
                    "\"%s\":{\"count\":%llu,\"p50_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f}", name,
                    (unsigned long long)hist->count, (double)hist_quantile(hist, 0.5) / 1e6,
                    (double)hist_quantile(hist, 0.99) / 1e6, (double)hist->max / 1e6);
}
