/* What the harness asks for, and the answer to it. */
#ifndef COMMAND_H
#define COMMAND_H

#include <sys/types.h>

#define PACKET_SIZE 65536  /* the longest command: 4,000 process ids */
#define FDS_PER_PACKET 253 /* SCM_MAX_FD of the kernel */

struct command {
    char text[PACKET_SIZE];
    const char *words; /* behind the verb */
    int fds[FDS_PER_PACKET];
    unsigned fd_count;
};

/* Give the size of the next command, which may come with sockets; 0 at the end. */
ssize_t receive(int control, struct command *command);
/* A command's numbers come as `name=value` words. */
double option(const struct command *command, const char *name, double fallback);
void reply(int control, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
