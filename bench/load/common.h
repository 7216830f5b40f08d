/* The clock, and the end when something is wrong. */
#ifndef COMMON_H
#define COMMON_H

#include <stdint.h>

typedef uint64_t ns_t; /* CLOCK_MONOTONIC, nanoseconds */

#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

ns_t clock_ns(void);
/* Print `what` and errno's text, and exit. */
_Noreturn void die(const char *what);

#endif
