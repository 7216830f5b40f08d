/* What the parts of the load generator share.
 *
 * One process plays every guest (it holds the far end of each port) and every user (it holds the
 * client sockets that the harness dialled). So one clock stamps a byte when it is written and when
 * it is read. It is single-threaded and meant to own a core.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t ns_t; /* CLOCK_MONOTONIC, nanoseconds */

#define SECOND 1000000000ULL
#define MILLISECOND 1000000ULL

ns_t clock_ns(void);

/* --- hist.c: durations, log-linear buckets -------------------------------------------------- */

#define HIST_SUB_BITS 6 /* 64 buckets per power of two: quantiles are within 1.6 % */
#define HIST_BUCKETS ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
    uint64_t count;
    ns_t max;
    uint64_t buckets[HIST_BUCKETS];
};

void hist_add(struct hist *hist, ns_t value, uint64_t times);
ns_t hist_quantile(const struct hist *hist, double q);

/* --- pattern.c: a stream whose every byte tells its own offset ------------------------------- */

struct checker {
    uint64_t offset;  /* of the next byte expected */
    uint64_t skipped; /* bytes that the stream jumped over */
    uint64_t foreign; /* bytes that belong to no record: notices of a daemon, damage */
    unsigned have;    /* bytes of a record matched while out of step */
    uint64_t record;
    bool lost;
};

unsigned char pattern_byte(uint64_t offset);
/* Take one byte; true when it is the one at the offset expected before the call. */
bool checker_take(struct checker *checker, unsigned char byte);

/* --- ports.c: guests' UARTs, as their hypervisor holds them ---------------------------------- */

enum kind { KIND_PTY, KIND_UNIX, KIND_PIPE };

#define STAMP_RING (1u << 16) /* bytes in flight whose send time is remembered, per port */
#define STAMP_SHIFT 6         /* stamps count 64 ns: 32 bits last 274 s, longer than any run */

struct port {
    enum kind kind;
    int listen_fd; /* KIND_UNIX, else -1 */
    int slave_fd;  /* KIND_PTY: held open so that the master never sees EIO; else -1 */
    int in_fd;     /* daemon to guest */
    int out_fd;    /* guest to daemon; -1 until a daemon has connected */
    uint64_t sent;
    unsigned owed;      /* bytes of a chunk that the port has not taken yet */
    ns_t blocked_since; /* when the guest's write would have had to wait; 0 when it does not */
    uint32_t *stamps;
};

struct port *ports_create(enum kind kind, unsigned count, const char *dir);
/* Accept daemons that dial in. True once every port has its far end. */
bool ports_accept(struct port *ports, unsigned count);
void port_stamp(struct port *port, unsigned bytes, ns_t now);
ns_t port_age(const struct port *port, uint64_t offset, ns_t now);

/* --- usage.c: what the daemon's processes and the machine spent ------------------------------ */

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

struct load;
struct usage usage_sample(const struct load *load);

/* --- the generator --------------------------------------------------------------------------- */

#define NO_PORT UINT32_MAX

struct client {
    int fd;
    unsigned port; /* NO_PORT: of a console whose guest is somebody else's; read, not checked */
    bool reads;    /* false: connected, and never reads */
    uint64_t received;
    struct checker checker;
};

struct pids {
    int *list;
    unsigned count;
};

struct load {
    struct port *ports;
    unsigned port_count;
    struct client *clients;
    unsigned client_count;
    struct pids daemon;  /* whose CPU is measured */
    struct pids company; /* others of the measurement: not noise */
    int cores[2]; /* the daemon's and the generator's */
    int epoll; /* of the clients that read */
    int control;
    unsigned closed; /* clients that the daemon hung up on */
};

/* A command's numbers come as `name=value` words. */
double option(const char *command, const char *name, double fallback);
void reply(struct load *load, const char *format, ...) __attribute__((format(printf, 2, 3)));
_Noreturn void die(const char *what);

/* Called for what a client received, when somebody wants to know more than how much. */
typedef void (*sink_t)(void *context, struct client *client, const unsigned char *data, size_t size);
uint64_t clients_read(struct load *load, int timeout_ms, sink_t sink, void *context);
/* Read until nothing came for `quiet`; gives the number of bytes. */
uint64_t clients_settle(struct load *load, ns_t quiet, ns_t limit, sink_t sink, void *context);

/* The members of a reply that every workload has: CPU of daemon and generator, machine noise. */
int usage_json(char *text, size_t size, const struct usage *begin, const struct usage *end);
int hist_json(char *text, size_t size, const char *name, const struct hist *hist);

/* --- workloads: each takes its command and replies once --------------------------------------- */

void run_prime(struct load *load, const char *command);
void run_trickle(struct load *load, const char *command);
void run_flood(struct load *load, const char *command);
void run_echo(struct load *load, const char *command);
void run_direct(struct load *load, const char *command);
void run_idle(struct load *load, const char *command);

/* Paced output of many ports, shared by trickle and echo. */
struct pace {
    struct load *load;
    unsigned ports; /* the first so many take part */
    unsigned chunk; /* bytes per write */
    double per_second; /* writes, all ports together */
    ns_t start;
    uint64_t slot; /* the next write; port = slot % ports */
    uint64_t skipped; /* writes given up because the generator was too far behind */
    uint64_t stalled; /* writes that a full port refused: a guest would have waited */
    struct hist late; /* how long after its time a write was tried */
    struct hist stalls; /* how long a port refused */
};

void pace_start(struct pace *pace, struct load *load, const char *command, unsigned ports);
/* Do the writes that are due, a few at most; gives how many were tried. */
unsigned pace_step(struct pace *pace, ns_t now);
/* Count the stalls that last until now. */
void pace_finish(struct pace *pace, ns_t now);
/* Forget what was measured so far, and how late it is; the writing goes on. */
void pace_reset(struct pace *pace);
int pace_json(char *text, size_t size, const struct pace *pace);

#endif
