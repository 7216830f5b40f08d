/* Paced output, stamped by offset. */
#ifndef TRICKLE_H
#define TRICKLE_H

#include "load.h"

void run_trickle(struct load *load, const struct command *command);

#endif
