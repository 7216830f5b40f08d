/* storm: all ports but the last print so many bytes each, one per write, as fast as accepted; the
 * last one echoes a key that is typed every so often, until every guest is through.
 *
 *   bytes=1048576 gap_ms=20
 *
 * As QEMU does, a guest whose byte was refused waits until its port takes some again.
 */
#define _GNU_SOURCE
#include "storm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common.h"
#include "echo.h"
#include "hist.h"
#include "pattern.h"

#define EVENTS 64
#define ROUND 8                        /* bytes that a guest prints before the next one's turn */
#define TURNS 8                        /* of guests before a key is looked after */
#define CLIENTS UINT32_MAX             /* marks the clients' epoll among the ports */
#define LIMIT (120 * SECOND)           /* a daemon that lets nobody through in that time never does */
#define SETTLE_QUIET (700 * MILLISECOND)
#define SETTLE_LIMIT (60 * SECOND)

struct storm {
    struct load *load;
    unsigned guests, through;
    uint64_t bytes;
    int epoll;   /* the ports that refused, and the clients' epoll */
    ns_t begin;
    ns_t *ended; /* per guest; 0 while it prints */
};

static void take(void *context, struct client *client, const unsigned char *data, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        checker_take(&client->checker, data[i]);
}

static void prepare(struct storm *storm, struct load *load, const struct command *command)
{
    struct epoll_event clients = {.events = EPOLLIN, .data.u32 = CLIENTS};

    storm->load = load;
    storm->guests = load->port_count - 1;
    storm->bytes = (uint64_t)option(command, "bytes", 1 << 20);
    storm->epoll = epoll_create1(EPOLL_CLOEXEC);
    storm->ended = calloc(storm->guests, sizeof *storm->ended);
    if (!storm->ended)
        die("calloc");
    epoll_ctl(storm->epoll, EPOLL_CTL_ADD, load->clients.epoll, &clients);
    for (unsigned i = 0; i < storm->guests; i++) {
        struct epoll_event none = {.events = 0, .data.u32 = i};
        load->ports[i].blocked_since = 0;
        if (epoll_ctl(storm->epoll, EPOLL_CTL_ADD, load->ports[i].out_fd, &none) < 0)
            die("epoll_ctl");
    }
}

/* Print until the port refuses, the guest's turn is over, or all is said. */
static void print_some(struct storm *storm, unsigned index)
{
    struct port *port = &storm->load->ports[index];
    struct epoll_event event = {.events = EPOLLOUT | EPOLLONESHOT, .data.u32 = index};

    for (unsigned i = 0; i < ROUND; i++) {
        unsigned char byte = pattern_byte(port->sent);
        if (write(port->out_fd, &byte, 1) != 1) {
            if (errno != EAGAIN)
                die("the daemon gave up a port");
            port->blocked_since = clock_ns();
            epoll_ctl(storm->epoll, EPOLL_CTL_MOD, port->out_fd, &event);
            return;
        }
        if (++port->sent == storm->bytes) {
            storm->ended[index] = clock_ns();
            storm->through++;
            return;
        }
    }
}

static void serve_events(struct storm *storm)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(storm->epoll, events, EVENTS, 0);

    for (int i = 0; i < ready; i++) {
        if (events[i].data.u32 == CLIENTS) {
            clients_read(&storm->load->clients, 0, take, NULL);
            continue;
        }
        storm->load->ports[events[i].data.u32].blocked_since = 0;
    }
}

/* See to everything but the printing: clients, ports that take bytes again, and the key. */
static void tend(struct storm *storm, struct echo *echo)
{
    serve_events(storm);
    echo_step(echo, clock_ns());
}

static void run(struct storm *storm, struct echo *echo)
{
    storm->begin = clock_ns();
    while (storm->through < storm->guests) {
        unsigned turns = 0;
        for (unsigned i = 0; i < storm->guests; i++) {
            if (storm->ended[i] || storm->load->ports[i].blocked_since)
                continue;
            print_some(storm, i);
            if (++turns % TURNS == 0)
                tend(storm, echo);
        }
        tend(storm, echo);
        if (clock_ns() - storm->begin > LIMIT)
            die("guests are not through after two minutes");
    }
}

static void count_losses(const struct storm *storm, uint64_t *lost, uint64_t *foreign)
{
    const struct load *load = storm->load;

    for (unsigned i = 0; i < load->clients.count; i++) {
        const struct client *client = &load->clients.list[i];
        if (client->port >= storm->guests)
            continue;
        uint64_t sent = load->ports[client->port].sent;
        *lost += client->checker.skipped;
        *lost += sent > client->checker.offset ? sent - client->checker.offset : 0;
        *foreign += client->checker.foreign;
    }
}

static void answer(const struct storm *storm, const struct echo *echo, const struct usage *begin,
                   const struct usage *end)
{
    char usage[1024], trip[256];
    uint64_t lost = 0, foreign = 0;
    ns_t first = UINT64_MAX, last = 0;

    for (unsigned i = 0; i < storm->guests; i++) {
        ns_t took = storm->ended[i] - storm->begin;
        first = took < first ? took : first;
        last = took > last ? took : last;
    }
    count_losses(storm, &lost, &foreign);
    usage_json(usage, sizeof usage, begin, end);
    hist_json(trip, sizeof trip, "trip", &echo->trip);
    reply(storm->load->control,
          "{%s,%s,\"through\":%.4f,\"first\":%.4f,\"keys_lost\":%u,\"lost\":%llu,"
          "\"foreign\":%llu,\"closed\":%u}",
          usage, trip, (double)last / 1e9, (double)first / 1e9, echo->lost,
          (unsigned long long)lost, (unsigned long long)foreign, storm->load->clients.closed);
}

void run_storm(struct load *load, const struct command *command)
{
    struct storm *storm = calloc(1, sizeof *storm);
    struct echo *echo = calloc(1, sizeof *echo);

    if (!storm || !echo)
        die("calloc");
    echo_open(echo, load, command);
    prepare(storm, load, command);
    struct usage begin = usage_sample(&load->daemon, &load->company, load->cores);
    run(storm, echo);
    struct usage end = usage_sample(&load->daemon, &load->company, load->cores);
    clients_settle(&load->clients, SETTLE_QUIET, SETTLE_LIMIT, take, NULL);
    answer(storm, echo, &begin, &end);
    close(storm->epoll);
    free(storm->ended);
    free(storm);
    free(echo);
}
