/* trickle: paced output, stamped by offset, until every byte was delivered or is lost.
 *
 *   rate=11520 chunk=1   bytes per second and per write, of each port
 *   warmup=0.5 seconds=5 what is written in the second span is measured
 *   pause_us=0           sleep so long when nothing is due; 0: spin, which paces best
 */
#define _GNU_SOURCE
#include "trickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "hist.h"
#include "pace.h"
#include "pattern.h"

#define SETTLE_QUIET (700 * MILLISECOND) /* nothing for so long: what is missing is lost */
#define READ_EVERY 50000                 /* ns; while writes are due, clients wait so long for theirs */
#define SETTLE_LIMIT (20 * SECOND)       /* a daemon that buffered without bound may take that */

struct trickle {
    struct pace pace;
    struct load *load;
    struct hist latency;
    uint64_t *from; /* per port: offset at which the measured span begins */
    uint64_t beside; /* bytes from guests that are not ours */
};

static void take(void *context, struct client *client, const unsigned char *data, size_t size)
{
    struct trickle *trickle = context;

    if (client->port == NO_PORT) {
        trickle->beside += size;
        return;
    }
    const struct port *port = &trickle->load->ports[client->port];
    uint64_t from = trickle->from[client->port];
    ns_t now = clock_ns();
    ns_t age = 0;
    uint64_t same = 0;

    for (size_t i = 0; i < size; i++) {
        uint64_t offset = client->checker.offset;
        if (!checker_take(&client->checker, data[i]) || offset < from)
            continue;
        if (port->sent - offset > STAMP_RING) /* its stamp is gone: it is at least so old */
            offset = port->sent - STAMP_RING;
        ns_t its_age = port_age(port, offset, now);
        if (same && its_age != age) {
            hist_add(&trickle->latency, age, same);
            same = 0;
        }
        age = its_age;
        same++;
    }
    if (same)
        hist_add(&trickle->latency, age, same);
}

/* Write and read for a while; gives the time during which there was nothing to do. */
static ns_t work_until(struct trickle *trickle, ns_t end, ns_t pause)
{
    struct timespec nap = {.tv_nsec = (long)pause};
    ns_t idle = 0, read = 0, now;

    while ((now = clock_ns()) < end) {
        unsigned tried = pace_step(&trickle->pace, now);
        if (tried && now - read < READ_EVERY)
            continue;
        uint64_t size = clients_read(&trickle->load->clients, 0, take, trickle);
        read = now;
        if (tried || size)
            continue;
        if (pause)
            nanosleep(&nap, NULL);
        idle += clock_ns() - now;
    }
    return idle;
}

static uint64_t total_sent(const struct load *load)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < load->port_count; i++)
        total += load->ports[i].sent;
    return total;
}

static uint64_t total_received(const struct load *load)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < load->clients.count; i++)
        if (load->clients.list[i].port != NO_PORT)
            total += load->clients.list[i].received;
    return total;
}

static void count_losses(const struct load *load, uint64_t *lost, uint64_t *foreign)
{
    for (unsigned i = 0; i < load->clients.count; i++) {
        const struct client *client = &load->clients.list[i];
        if (!client->reads || client->port == NO_PORT)
            continue;
        uint64_t sent = load->ports[client->port].sent;
        *lost += client->checker.skipped;
        *lost += sent > client->checker.offset ? sent - client->checker.offset : 0;
        *foreign += client->checker.foreign;
    }
}

static void answer(struct trickle *trickle, const struct usage *begin, const struct usage *end,
                   ns_t idle, uint64_t sent, uint64_t received)
{
    struct load *load = trickle->load;
    char usage[1024], pace[1024], latency[256];
    uint64_t lost = 0, foreign = 0;

    count_losses(load, &lost, &foreign);
    usage_json(usage, sizeof usage, begin, end);
    pace_json(pace, sizeof pace, &trickle->pace);
    hist_json(latency, sizeof latency, "latency", &trickle->latency);
    reply(load->control,
          "{%s,%s,%s,\"idle\":%.4f,\"sent\":%llu,\"received\":%llu,\"lost\":%llu,"
          "\"foreign\":%llu,\"beside\":%llu,\"closed\":%u}",
          usage, pace, latency, (double)idle / 1e9, (unsigned long long)sent,
          (unsigned long long)received, (unsigned long long)lost, (unsigned long long)foreign,
          (unsigned long long)trickle->beside, load->clients.closed);
}

void run_trickle(struct load *load, const struct command *command)
{
    struct trickle *trickle = calloc(1, sizeof *trickle);
    ns_t warmup = (ns_t)(option(command, "warmup", 0.5) * 1e9);
    ns_t span = (ns_t)(option(command, "seconds", 5) * 1e9);
    ns_t pause = (ns_t)(option(command, "pause_us", 0) * 1e3);

    if (!trickle || !(trickle->from = calloc(load->port_count, sizeof *trickle->from)))
        die("calloc");
    trickle->load = load;
    for (unsigned i = 0; i < load->port_count; i++)
        trickle->from[i] = UINT64_MAX;
    pace_start(&trickle->pace, load->ports, load->port_count, command);
    work_until(trickle, clock_ns() + warmup, pause);

    struct usage begin = usage_sample(&load->daemon, &load->company, load->cores);
    uint64_t sent = total_sent(load), received = total_received(load);
    for (unsigned i = 0; i < load->port_count; i++)
        trickle->from[i] = load->ports[i].sent;
    trickle->beside = 0;
    pace_reset(&trickle->pace);
    ns_t idle = work_until(trickle, clock_ns() + span, pause);
    uint64_t beside = trickle->beside;
    sent = total_sent(load) - sent;
    received = total_received(load) - received;
    struct usage end = usage_sample(&load->daemon, &load->company, load->cores);

    pace_finish(&trickle->pace, clock_ns());
    clients_settle(&load->clients, SETTLE_QUIET, SETTLE_LIMIT, take, trickle);
    trickle->beside = beside;
    answer(trickle, &begin, &end, idle, sent, received);
    free(trickle->from);
    free(trickle);
}
