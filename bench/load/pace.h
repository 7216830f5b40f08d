/* Paced output of many ports, shared by trickle and echo. */
#ifndef PACE_H
#define PACE_H

#include <stddef.h>
#include "command.h"
#include "hist.h"
#include "ports.h"

struct pace {
    struct port *ports;
    unsigned count; /* the first so many take part */
    unsigned chunk; /* bytes per write */
    double per_second; /* writes, all ports together */
    ns_t start;
    uint64_t slot; /* the next write; port = slot % ports */
    uint64_t skipped; /* writes given up because the generator was too far behind */
    uint64_t stalled; /* writes that a full port refused: a guest would have waited */
    struct hist late; /* how long after its time a write was tried */
    struct hist stalls; /* how long a port refused */
};

void pace_start(struct pace *pace, struct port *ports, unsigned count,
                const struct command *command);
/* Do the writes that are due, a few at most; gives how many were tried. */
unsigned pace_step(struct pace *pace, ns_t now);
/* Count the stalls that last until now. */
void pace_finish(struct pace *pace, ns_t now);
/* Forget what was measured so far, and how late it is; the writing goes on. */
void pace_reset(struct pace *pace);
int pace_json(char *text, size_t size, const struct pace *pace);

#endif
