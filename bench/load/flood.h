/* Every port writes as fast as it is accepted. */
#ifndef FLOOD_H
#define FLOOD_H

#include "load.h"

void run_flood(struct load *load, const struct command *command);

#endif
