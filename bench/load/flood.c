/* flood: every port writes blocks as fast as they are accepted.
 *
 *   block=4096 warmup=0.3 seconds=3
 */
#define _GNU_SOURCE
#include "flood.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"
#include "hist.h"
#include "pattern.h"

#define BLOCK_MAX 65536
#define EVENTS 64
#define WAIT_MS 50                       /* the end of the run is noticed within this */
#define CLIENTS UINT32_MAX               /* marks the clients' epoll among the ports */
#define SETTLE_QUIET (700 * MILLISECOND)
#define SETTLE_LIMIT (60 * SECOND)

struct flood {
    struct load *load;
    struct hist stalls;
    unsigned block;
    unsigned open; /* ports that may accept more */
    int epoll;     /* the ports that refused, and the clients' epoll */
    uint64_t received;
    unsigned char data[BLOCK_MAX];
};

static void prepare(struct flood *flood, struct load *load, const struct command *command)
{
    struct epoll_event clients = {.events = EPOLLIN, .data.u32 = CLIENTS};

    flood->load = load;
    flood->block = (unsigned)option(command, "block", 4096);
    flood->open = load->port_count;
    flood->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (flood->block > BLOCK_MAX)
        flood->block = BLOCK_MAX;
    for (unsigned i = 0; i < BLOCK_MAX; i++)
        flood->data[i] = pattern_byte(i);
    epoll_ctl(flood->epoll, EPOLL_CTL_ADD, load->clients.epoll, &clients);
    for (unsigned i = 0; i < load->port_count; i++) {
        struct epoll_event none = {.events = 0, .data.u32 = i};
        if (epoll_ctl(flood->epoll, EPOLL_CTL_ADD, load->ports[i].out_fd, &none) < 0)
            die("epoll_ctl");
    }
}

static void write_block(struct flood *flood, unsigned index)
{
    struct port *port = &flood->load->ports[index];
    struct epoll_event event = {.events = EPOLLOUT | EPOLLONESHOT, .data.u32 = index};
    ssize_t done = write(port->out_fd, flood->data, flood->block);

    if (done > 0)
        port->sent += (uint64_t)done;
    else if (errno != EAGAIN)
        die("the daemon gave up a port");
    if (done == (ssize_t)flood->block)
        return;
    port->blocked_since = clock_ns();
    flood->open--;
    epoll_ctl(flood->epoll, EPOLL_CTL_MOD, port->out_fd, &event);
}

static void wait_events(struct flood *flood)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(flood->epoll, events, EVENTS, flood->open ? 0 : WAIT_MS);

    for (int i = 0; i < ready; i++) {
        if (events[i].data.u32 == CLIENTS) {
            flood->received += clients_read(&flood->load->clients, 0, NULL, NULL);
            continue;
        }
        struct port *port = &flood->load->ports[events[i].data.u32];
        hist_add(&flood->stalls, clock_ns() - port->blocked_since, 1);
        port->blocked_since = 0;
        flood->open++;
    }
}

static void work_until(struct flood *flood, ns_t end)
{
    while (clock_ns() < end) {
        for (unsigned i = 0; flood->open && i < flood->load->port_count; i++)
            if (!flood->load->ports[i].blocked_since)
                write_block(flood, i);
        wait_events(flood);
    }
}

/* What the ports took and no reading client got, summed over clients. */
static uint64_t count_lost(const struct load *load)
{
    uint64_t lost = 0;

    for (unsigned i = 0; i < load->clients.count; i++) {
        const struct client *client = &load->clients.list[i];
        uint64_t sent = load->ports[client->port].sent;
        if (client->reads && sent > client->received)
            lost += sent - client->received;
    }
    return lost;
}

void run_flood(struct load *load, const struct command *command)
{
    struct flood *flood = calloc(1, sizeof *flood);
    ns_t warmup = (ns_t)(option(command, "warmup", 0.3) * 1e9);
    ns_t span = (ns_t)(option(command, "seconds", 3) * 1e9);
    char usage[1024], stalls[256];

    if (!flood)
        die("calloc");
    for (unsigned i = 0; i < load->clients.count; i++)
        load->clients.list[i].received = 0;
    prepare(flood, load, command);
    work_until(flood, clock_ns() + warmup);

    struct usage begin = usage_sample(&load->daemon, &load->company, load->cores);
    memset(&flood->stalls, 0, sizeof flood->stalls);
    flood->received = 0;
    work_until(flood, clock_ns() + span);
    uint64_t received = flood->received;
    struct usage end = usage_sample(&load->daemon, &load->company, load->cores);

    for (unsigned i = 0; i < load->port_count; i++)
        if (load->ports[i].blocked_since)
            hist_add(&flood->stalls, clock_ns() - load->ports[i].blocked_since, 1);
    clients_settle(&load->clients, SETTLE_QUIET, SETTLE_LIMIT, NULL, NULL);
    usage_json(usage, sizeof usage, &begin, &end);
    hist_json(stalls, sizeof stalls, "stalls", &flood->stalls);
    reply(load->control, "{%s,%s,\"received\":%llu,\"lost\":%llu,\"closed\":%u}", usage, stalls,
          (unsigned long long)received, (unsigned long long)count_lost(load), load->clients.closed);
    close(flood->epoll);
    free(flood);
}
