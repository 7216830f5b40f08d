/* What the daemon's processes and the machine spent. */
#ifndef USAGE_H
#define USAGE_H

#include <stddef.h>
#include "common.h"

struct pids {
    int *list;
    unsigned count;
};

#define KTHREADS_MAX 1024 /* a few hundred on two cores */

struct usage {
    ns_t cpu;            /* all threads of all processes given */
    uint64_t voluntary;  /* context switches */
    uint64_t involuntary;
    unsigned missing;    /* processes that are gone */
    ns_t own;            /* this process */
    ns_t company;        /* the other processes of the measurement */
    struct kthread {
        int pid;
        ns_t ran;
    } kernel[KTHREADS_MAX];
    unsigned kernel_count;
    uint64_t busy;       /* clock ticks of both cores, by anybody, and what the hypervisor took */
    ns_t when;
};

/* `daemon`: whose CPU is measured; `company`: others of the measurement, which are no noise. */
struct usage usage_sample(const struct pids *daemon, const struct pids *company,
                          const int cores[2]);
/* The members of a reply that every workload has: CPU of daemon and generator, machine noise. */
int usage_json(char *text, size_t size, const struct usage *begin, const struct usage *end);

#endif
