/* Users' ends: the sockets that the harness dialled. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common.h"
#include "pattern.h"

#define NO_PORT UINT32_MAX

struct client {
    int fd;
    unsigned port; /* NO_PORT: of a console whose guest is somebody else's; read, not checked */
    bool reads;    /* false: connected, and never reads */
    uint64_t received;
    struct checker checker;
};

struct clients {
    struct client *list;
    unsigned count;
    int epoll;       /* of those that read */
    unsigned closed; /* that the daemon hung up on */
};

void clients_open(struct clients *clients);
/* Take sockets; `words` has one for each: its port, and r(eads) or s(tuck). */
void clients_attach(struct clients *clients, const char *words, const int *fds, unsigned count);

/* Called for what a client received, when somebody wants to know more than how much. */
typedef void (*sink_t)(void *context, struct client *client, const unsigned char *data, size_t size);
uint64_t clients_read(struct clients *clients, int timeout_ms, sink_t sink, void *context);
/* Read until nothing came for `quiet`; gives the number of bytes. */
uint64_t clients_settle(struct clients *clients, ns_t quiet, ns_t limit, sink_t sink,
                        void *context);

#endif
