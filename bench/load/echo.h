/* A key's round trip, with a daemon and without. */
#ifndef ECHO_H
#define ECHO_H

#include "load.h"

void run_echo(struct load *load, const struct command *command);
void run_direct(struct load *load, const struct command *command);

#endif
