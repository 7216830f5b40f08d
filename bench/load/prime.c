/* prime: wait until every port has its daemon and passes a byte to its client, then until all is
 * quiet (timeout=15 quiet_ms=300). Nothing is measured before that.
 *
 * idle: sleep, and count what the daemon spent meanwhile (seconds=10).
 */
#define _GNU_SOURCE
#include "prime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define PROBE '~'                      /* in no daemon's notices */
#define AGAIN (250 * MILLISECOND)      /* a probe may be flushed when a daemon opens a pty */
#define TURN_MS 2

struct prime {
    bool *passed; /* per client */
    unsigned missing;
    struct load *load;
};

static void watch(void *context, struct client *client, const unsigned char *data, size_t size)
{
    struct prime *prime = context;
    bool *passed = &prime->passed[client - prime->load->clients.list];

    if (!*passed && memchr(data, PROBE, size)) {
        *passed = true;
        prime->missing--;
    }
}

static void probe(struct prime *prime)
{
    static const unsigned char byte = PROBE;

    for (unsigned i = 0; i < prime->load->clients.count; i++) {
        const struct client *client = &prime->load->clients.list[i];
        int fd = prime->load->ports[client->port].out_fd;
        if (client->reads && !prime->passed[i] && fd >= 0 && write(fd, &byte, 1) < 0)
            continue; /* full: its daemon will find enough */
    }
}

void run_prime(struct load *load, const struct command *command)
{
    struct prime prime = {.load = load};
    ns_t begin = clock_ns(), opened = 0, probed = 0, now = begin;
    ns_t limit = (ns_t)(option(command, "timeout", 15) * 1e9);
    ns_t quiet = (ns_t)(option(command, "quiet_ms", 300) * 1e6);

    prime.passed = calloc(load->clients.count, sizeof *prime.passed);
    for (unsigned i = 0; i < load->clients.count; i++)
        prime.missing += load->clients.list[i].reads;
    while (prime.missing && now - begin < limit) {
        if (!opened && ports_accept(load->ports, load->port_count))
            opened = clock_ns();
        if (now - probed > AGAIN) {
            if (opened && !ports_accept(load->ports, load->port_count))
                opened = 0;
            probe(&prime);
            probed = now;
        }
        clients_read(&load->clients, TURN_MS, watch, &prime);
        now = clock_ns();
    }
    clients_settle(&load->clients, quiet, limit, NULL, NULL);
    reply(load->control, "{\"missing\":%u,\"opened\":%.6f,\"passed\":%.6f,\"closed\":%u}", prime.missing,
          (double)opened / 1e9, (double)now / 1e9, load->clients.closed);
    free(prime.passed);
}

void run_idle(struct load *load, const struct command *command)
{
    double seconds = option(command, "seconds", 10);
    struct timespec span = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    char usage[1024];

    struct usage begin = usage_sample(&load->daemon, &load->company, load->cores);
    nanosleep(&span, NULL);
    struct usage end = usage_sample(&load->daemon, &load->company, load->cores);
    usage_json(usage, sizeof usage, &begin, &end);
    reply(load->control, "{%s}", usage);
}
