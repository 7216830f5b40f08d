/* prime: wait until every port has its daemon and passes a byte to its client, then until all is
 * quiet (timeout=15 quiet_ms=300). Nothing is measured before that.
 *
 * idle: sleep, and count what the daemon spent meanwhile (seconds=10).
 */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    bool *passed = &prime->passed[client - prime->load->clients];

    if (!*passed && memchr(data, PROBE, size)) {
        *passed = true;
        prime->missing--;
    }
}

static void probe(struct prime *prime)
{
    static const unsigned char byte = PROBE;

    for (unsigned i = 0; i < prime->load->client_count; i++) {
        const struct client *client = &prime->load->clients[i];
        int fd = prime->load->ports[client->port].out_fd;
        if (client->reads && !prime->passed[i] && fd >= 0 && write(fd, &byte, 1) < 0)
            continue; /* full: its daemon will find enough */
    }
}

void run_prime(struct load *load, const char *command)
{
    struct prime prime = {.load = load};
    ns_t begin = clock_ns(), opened = 0, probed = 0, now = begin;
    ns_t limit = (ns_t)(option(command, "timeout", 15) * 1e9);
    ns_t quiet = (ns_t)(option(command, "quiet_ms", 300) * 1e6);

    prime.passed = calloc(load->client_count, sizeof *prime.passed);
    for (unsigned i = 0; i < load->client_count; i++)
        prime.missing += load->clients[i].reads;
    while (prime.missing && now - begin < limit) {
        if (!opened && ports_accept(load->ports, load->port_count))
            opened = clock_ns();
        if (now - probed > AGAIN) {
            probe(&prime);
            probed = now;
        }
        clients_read(load, TURN_MS, watch, &prime);
        now = clock_ns();
    }
    clients_settle(load, quiet, limit, NULL, NULL);
    reply(load, "{\"missing\":%u,\"opened\":%.6f,\"passed\":%.6f,\"closed\":%u}", prime.missing,
          (double)opened / 1e9, (double)now / 1e9, load->closed);
    free(prime.passed);
}

void run_idle(struct load *load, const char *command)
{
    double seconds = option(command, "seconds", 10);
    struct timespec span = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    char usage[1024];

    struct usage begin = usage_sample(load);
    nanosleep(&span, NULL);
    struct usage end = usage_sample(load);
    usage_json(usage, sizeof usage, &begin, &end);
    reply(load, "{%s}", usage);
}
