/* The load generator: takes commands from the harness, one packet each, and answers with JSON.
 *
 *   ports KIND COUNT DIRECTORY   make the guests' ends (KIND: pty, unix, pipe)
 *   attach 0r 1r 1s -1r ...      client sockets come with the packet: port (-1: none of these), and
 *                                r(eads) or s(tuck)
 *   daemon CORE CORE PID ... + PID ...   the two cores; the daemon's processes; others that belong
 *                                to the measurement, so that they are not taken for noise
 *   prime, trickle, flood, storm, echo, direct, idle   with name=value options: see run_*
 *
 * Started by the harness as `load FD`, FD being a SOCK_SEQPACKET socket; ends when it closes.
 */
#define _GNU_SOURCE
#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "echo.h"
#include "flood.h"
#include "prime.h"
#include "setup.h"
#include "storm.h"
#include "trickle.h"

static const struct {
    const char *name;
    void (*run)(struct load *load, const struct command *command);
} verbs[] = {
    {"ports", run_ports},     {"attach", run_attach}, {"daemon", run_daemon},
    {"prime", run_prime},     {"trickle", run_trickle}, {"flood", run_flood},
    {"storm", run_storm},     {"echo", run_echo},       {"direct", run_direct}, {"idle", run_idle},
};

static void obey(struct load *load, const struct command *command)
{
    size_t length = (size_t)(command->words - command->text);

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strlen(verbs[i].name) == length && !strncmp(command->text, verbs[i].name, length))
            verbs[i].run(load, command);
}

int main(int argc, char **argv)
{
    static struct command command;
    static struct load load;

    if (argc != 2) {
        fprintf(stderr, "usage: load CONTROL_FD (started by bench/run.py)\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1000); /* naps are as short as asked for */
    signal(SIGPIPE, SIG_IGN);
    load.control = atoi(argv[1]);
    clients_open(&load.clients);
    while (receive(load.control, &command) > 0)
        obey(&load, &command);
    return 0;
}
