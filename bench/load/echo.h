/* A key's round trip, with a daemon and without. */
#ifndef ECHO_H
#define ECHO_H

#include "hist.h"
#include "load.h"

enum stage { RESTING, AT_GUEST, AT_USER };

struct echo {
    struct hist trip;
    enum stage stage;
    int user_in, user_out, guest_in, guest_out;
    ns_t gap, next, typed;
    unsigned done, lost;
};

/* Type at the last port's client from now on. */
void echo_open(struct echo *echo, struct load *load, const struct command *command);
/* Move the key on by at most one stage. */
void echo_step(struct echo *echo, ns_t now);

void run_echo(struct load *load, const struct command *command);
void run_direct(struct load *load, const struct command *command);

#endif
