/* The generator: one process plays every guest and every user.
 *
 * It holds the far end of each port and the client sockets, so one clock stamps a byte when it is
 * written and when it is read. It is single-threaded and meant to own a core.
 */
#ifndef LOAD_H
#define LOAD_H

#include "clients.h"
#include "command.h"
#include "ports.h"
#include "usage.h"

struct load {
    int control; /* the harness */
    struct port *ports;
    unsigned port_count;
    struct clients clients;
    struct pids daemon, company;
    int cores[2]; /* the daemon's and the generator's */
};

#endif
