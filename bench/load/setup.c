/* Before a workload: the guests' ends, the users' ends, and whose CPU is measured. */
#include "setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

void run_ports(struct load *load, const struct command *command)
{
    char kind[8], dir[128];

    if (sscanf(command->words, " %7s %u %127s", kind, &load->port_count, dir) != 3)
        die("ports");
    load->ports = ports_create(ports_kind(kind), load->port_count, dir);
    reply(load->control, "{\"ports\":%u}", load->port_count);
}

void run_attach(struct load *load, const struct command *command)
{
    clients_attach(&load->clients, command->words, command->fds, command->fd_count);
    reply(load->control, "{\"clients\":%u}", load->clients.count);
}

/* Read process ids until something else comes; give what is left. */
static const char *take_pids(struct pids *pids, const char *words)
{
    int used;

    pids->count = 0;
    pids->list = realloc(pids->list, (strlen(words) + 1) * sizeof *pids->list);
    if (!pids->list)
        die("realloc");
    for (; sscanf(words, " %d%n", &pids->list[pids->count], &used) == 1; words += used)
        pids->count++;
    return words;
}

void run_daemon(struct load *load, const struct command *command)
{
    const char *words = command->words;
    int used;

    if (sscanf(words, " %d %d%n", &load->cores[0], &load->cores[1], &used) != 2)
        die("daemon");
    words = strchr(take_pids(&load->daemon, words + used), '+');
    take_pids(&load->company, words ? words + 1 : "");
    reply(load->control, "{\"processes\":%u}", load->daemon.count);
}
