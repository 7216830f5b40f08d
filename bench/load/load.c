/* The load generator: takes commands from the harness, one packet each, and answers with JSON.
 *
 *   ports KIND COUNT DIRECTORY   make the guests' ends (KIND: pty, unix, pipe)
 *   attach 0r 1r 1s -1r ...      client sockets come with the packet: port (-1: none of these), and
 *                                r(eads) or s(tuck)
 *   daemon CORE CORE PID ... + PID ...   the two cores; the daemon's processes; others that belong
 *                                to the measurement, so that they are not taken for noise
 *   prime, trickle, flood, echo, direct, idle   with name=value options: see run_*
 *
 * Started by the harness as `load FD`, FD being a SOCK_SEQPACKET socket; ends when it closes.
 */
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET_SIZE 65536  /* the longest command: 4,000 process ids */
#define FDS_PER_PACKET 253 /* SCM_MAX_FD of the kernel */
#define EVENTS 256         /* clients looked at per turn */
#define READ_SIZE 65536

ns_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ns_t)now.tv_sec * SECOND + (ns_t)now.tv_nsec;
}

void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

double option(const char *command, const char *name, double fallback)
{
    size_t length = strlen(name);

    for (const char *word = command; (word = strchr(word, ' ')); ) {
        word++;
        if (!strncmp(word, name, length) && word[length] == '=')
            return atof(word + length + 1);
    }
    return fallback;
}

void reply(struct load *load, const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof text)
        die("a reply is too long");
    if (send(load->control, text, (size_t)size, MSG_NOSIGNAL) < 0)
        exit(1);
}

static void close_client(struct load *load, struct client *client)
{
    epoll_ctl(load->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    close(client->fd);
    client->fd = -1;
    load->closed++;
}

uint64_t clients_read(struct load *load, int timeout_ms, sink_t sink, void *context)
{
    static unsigned char buffer[READ_SIZE];
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(load->epoll, events, EVENTS, timeout_ms);
    uint64_t total = 0;

    for (int i = 0; i < ready; i++) {
        struct client *client = &load->clients[events[i].data.u32];
        ssize_t size = read(client->fd, buffer, sizeof buffer);
        if (size > 0) {
            client->received += (uint64_t)size;
            total += (uint64_t)size;
            if (sink)
                sink(context, client, buffer, (size_t)size);
        } else if (size == 0 || errno != EAGAIN) {
            close_client(load, client);
        }
    }
    return total;
}

uint64_t clients_settle(struct load *load, ns_t quiet, ns_t limit, sink_t sink, void *context)
{
    ns_t begin = clock_ns(), last = begin, now = begin;
    uint64_t total = 0;

    while (now - last < quiet && now - begin < limit) {
        uint64_t size = clients_read(load, (int)(quiet / MILLISECOND), sink, context);
        now = clock_ns();
        if (size)
            last = now;
        total += size;
    }
    return total;
}

static void attach(struct load *load, const char *words, const int *fds, unsigned count)
{
    unsigned first = load->client_count;

    load->client_count += count;
    load->clients = realloc(load->clients, load->client_count * sizeof *load->clients);
    if (!load->clients)
        die("realloc");
    for (unsigned i = 0; i < count; i++) {
        char mode;
        struct client client = {.fd = fds[i]};
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = first + i};
        int used;
        if (sscanf(words, " %d%c%n", (int *)&client.port, &mode, &used) != 2)
            die("attach: fewer words than sockets");
        words += used;
        client.reads = mode == 'r';
        fcntl(client.fd, F_SETFL, O_NONBLOCK);
        load->clients[first + i] = client;
        if (client.reads && epoll_ctl(load->epoll, EPOLL_CTL_ADD, client.fd, &event) < 0)
            die("epoll_ctl");
    }
    reply(load, "{\"clients\":%u}", load->client_count);
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

static void name_daemon(struct load *load, const char *words)
{
    int used;

    if (sscanf(words, " %d %d%n", &load->cores[0], &load->cores[1], &used) != 2)
        die("daemon");
    words = strchr(take_pids(&load->daemon, words + used), '+');
    take_pids(&load->company, words ? words + 1 : "");
    reply(load, "{\"processes\":%u}", load->daemon.count);
}

static void make_ports(struct load *load, const char *words)
{
    char kind[8], dir[128];
    unsigned count;

    if (sscanf(words, " %7s %u %127s", kind, &count, dir) != 3)
        die("ports");
    load->port_count = count;
    load->ports = ports_create(kind[1] == 't' ? KIND_PTY : kind[0] == 'u' ? KIND_UNIX : KIND_PIPE,
                               count, dir);
    reply(load, "{\"ports\":%u}", count);
}

static const struct {
    const char *name;
    void (*run)(struct load *load, const char *command);
} workloads[] = {
    {"prime", run_prime}, {"trickle", run_trickle}, {"flood", run_flood},
    {"echo", run_echo},   {"direct", run_direct},   {"idle", run_idle},
};

static void obey(struct load *load, const char *command, const int *fds, unsigned count)
{
    size_t verb = strcspn(command, " ");

    if (!strncmp(command, "ports", verb))
        make_ports(load, command + verb);
    else if (!strncmp(command, "attach", verb))
        attach(load, command + verb, fds, count);
    else if (!strncmp(command, "daemon", verb))
        name_daemon(load, command + verb);
    else
        for (unsigned i = 0; i < sizeof workloads / sizeof *workloads; i++)
            if (!strncmp(command, workloads[i].name, verb))
                workloads[i].run(load, command);
}

/* Give the size of the next command and the sockets that came with it; 0 at the end. */
static ssize_t receive(int control, char *command, int *fds, unsigned *count)
{
    union {
        char bytes[CMSG_SPACE(FDS_PER_PACKET * sizeof(int))];
        struct cmsghdr align;
    } space;
    struct iovec part = {.iov_base = command, .iov_len = PACKET_SIZE - 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space.bytes,
                             .msg_controllen = sizeof space.bytes};
    ssize_t size = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    *count = 0;
    if (size > 0)
        command[size] = '\0';
    if (header && header->cmsg_type == SCM_RIGHTS) {
        *count = (unsigned)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(header), *count * sizeof(int));
    }
    return size;
}

int main(int argc, char **argv)
{
    static char command[PACKET_SIZE];
    static struct load load;
    int fds[FDS_PER_PACKET];
    unsigned count;

    if (argc != 2) {
        fprintf(stderr, "usage: load CONTROL_FD (started by bench/run.py)\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1000); /* naps are as short as asked for */
    signal(SIGPIPE, SIG_IGN);
    load.control = atoi(argv[1]);
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    while (receive(load.control, command, fds, &count) > 0)
        obey(&load, command, fds, count);
    return 0;
}
