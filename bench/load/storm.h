/* The storm: guests that print byte by byte, each as fast as it is let. */
#ifndef STORM_H
#define STORM_H

#include "load.h"

void run_storm(struct load *load, const struct command *command);

#endif
