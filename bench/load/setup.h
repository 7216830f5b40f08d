/* What is made or named before a workload runs; each replies once. */
#ifndef SETUP_H
#define SETUP_H

#include "load.h"

void run_ports(struct load *load, const struct command *command);
void run_attach(struct load *load, const struct command *command);
void run_daemon(struct load *load, const struct command *command);

#endif
