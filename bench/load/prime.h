/* Wait until every port passes a byte; and idle. */
#ifndef PRIME_H
#define PRIME_H

#include "load.h"

void run_prime(struct load *load, const struct command *command);
void run_idle(struct load *load, const struct command *command);

#endif
