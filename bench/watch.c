/* Watch how long bytes wait in the kernel between a guest and its console server.
 *
 *   watch fifo PATH                 a FIFO: how many bytes nobody has read yet (FIONREAD)
 *   watch socket PID FD             the writer's end of a Unix socket, borrowed with pidfd_getfd: how
 *                                   much of its send buffer is in use (SIOCOUTQ, as the kernel counts
 *                                   it against SO_SNDBUF)
 *
 * It samples every 50 us with real-time priority until its standard input closes, then prints one
 * line of JSON. From the first sample that saw data until one that saw less, or none, nothing was
 * read; the longest such span, begun one sample early, is the wait. A reader that leaves bytes
 * behind would make this too short; every reader here takes all that a write left, up to 64 KiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/sockios.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_NS 50000

static void die(const char *what)
{
    fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int borrow(int pid, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);

    if (copy < 0)
        die("pidfd_getfd");
    return copy;
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool input_closed(void)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};

    return poll(&input, 1, 0) > 0;
}

static int capacity(int fd, bool fifo)
{
    int size = 0;
    socklen_t length = sizeof size;

    if (fifo)
        return fcntl(fd, F_GETPIPE_SZ);
    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length);
    return size;
}

struct watching {
    uint64_t previous, since; /* times of the last sample, and of the oldest byte that may wait */
    uint64_t longest, gap, samples;
    int queued, fullest;
};

static void look(struct watching *watching, int queued, uint64_t now)
{
    if (now - watching->previous > watching->gap)
        watching->gap = now - watching->previous;
    if (queued < watching->queued || watching->queued == 0)
        watching->since = watching->previous;
    if (queued && now - watching->since > watching->longest)
        watching->longest = now - watching->since;
    if (queued > watching->fullest)
        watching->fullest = queued;
    watching->queued = queued;
    watching->previous = now;
    watching->samples++;
}

int main(int argc, char **argv)
{
    bool fifo = argc == 3 && !strcmp(argv[1], "fifo");

    if (!fifo && (argc != 4 || strcmp(argv[1], "socket"))) {
        fprintf(stderr, "usage: watch fifo PATH | watch socket PID FD\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = fifo ? open(argv[2], O_RDWR | O_NONBLOCK) : borrow(atoi(argv[2]), atoi(argv[3]));
    if (fd < 0)
        die(argv[2]);
    struct sched_param priority = {.sched_priority = 1};
    bool real_time = sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    struct watching watching = {.previous = clock_ns()};
    while (!input_closed()) {
        struct timespec nap = {.tv_nsec = INTERVAL_NS};
        int queued = 0;
        if (ioctl(fd, fifo ? FIONREAD : SIOCOUTQ, &queued) < 0)
            die("ioctl");
        look(&watching, queued, clock_ns());
        nanosleep(&nap, NULL);
    }
    printf("{\"wait_ms\":%.4f,\"fullest\":%d,\"capacity\":%d,\"samples\":%llu,\"gap_ms\":%.4f,"
           "\"real_time\":%s}\n",
           (double)watching.longest / 1e6, watching.fullest, capacity(fd, fifo),
           (unsigned long long)watching.samples, (double)watching.gap / 1e6,
           real_time ? "true" : "false");
    return 0;
}
