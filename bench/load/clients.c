/* Users: they read what the daemon sends, or are connected and never do. */
#define _GNU_SOURCE
#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS 256 /* clients looked at per turn */
#define READ_SIZE 65536

static void close_client(struct clients *clients, struct client *client)
{
    epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    close(client->fd);
    client->fd = -1;
    clients->closed++;
}

uint64_t clients_read(struct clients *clients, int timeout_ms, sink_t sink, void *context)
{
    static unsigned char buffer[READ_SIZE];
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(clients->epoll, events, EVENTS, timeout_ms);
    uint64_t total = 0;

    for (int i = 0; i < ready; i++) {
        struct client *client = &clients->list[events[i].data.u32];
        ssize_t size = read(client->fd, buffer, sizeof buffer);
        if (size > 0) {
            client->received += (uint64_t)size;
            total += (uint64_t)size;
            if (sink)
                sink(context, client, buffer, (size_t)size);
        } else if (size == 0 || errno != EAGAIN) {
            close_client(clients, client);
        }
    }
    return total;
}

uint64_t clients_settle(struct clients *clients, ns_t quiet, ns_t limit, sink_t sink, void *context)
{
    ns_t begin = clock_ns(), last = begin, now = begin;
    uint64_t total = 0;

    while (now - last < quiet && now - begin < limit) {
        uint64_t size = clients_read(clients, (int)(quiet / MILLISECOND), sink, context);
        now = clock_ns();
        if (size)
            last = now;
        total += size;
    }
    return total;
}

void clients_open(struct clients *clients)
{
    clients->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (clients->epoll < 0)
        die("epoll_create1");
}

void clients_attach(struct clients *clients, const char *words, const int *fds, unsigned count)
{
    unsigned first = clients->count;

    clients->count += count;
    clients->list = realloc(clients->list, clients->count * sizeof *clients->list);
    if (!clients->list)
        die("realloc");
    for (unsigned i = 0; i < count; i++) {
        char mode;
        struct client client = {.fd = fds[i]};
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = first + i};
        int used;
        if (sscanf(words, " %d%c%n", (int *)&client.port, &mode, &used) != 2)
            die("attach: fewer words than sockets");
        words += used;
        client.reads = mode == 'r';
        fcntl(client.fd, F_SETFL, O_NONBLOCK);
        clients->list[first + i] = client;
        if (client.reads && epoll_ctl(clients->epoll, EPOLL_CTL_ADD, client.fd, &event) < 0)
            die("epoll_ctl");
    }
}
