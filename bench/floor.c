/* The floor: what copying bytes from ports to clients costs when nothing else is done.
 *
 *   floor TICK_MICROSECONDS CLIENT_SOCKET=PORT ...
 *
 * A port is a tty, a Unix socket that listens, or the stem of a pair of FIFOs (`pipe:STEM`). With a
 * tick of 0 every readiness is served at once; with a tick, ports are looked at only once per tick,
 * and those with data are read once. What a client types goes out at once. One client per port, and
 * a write to it blocks: a floor has no buffers. It ends when anybody hangs up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#define READ_SIZE 65536
#define EVENTS 1024

enum what { TICK, PORT, CLIENT, LISTENER };

struct console {
    int read_fd, write_fd, client, listener;
};

static struct console *consoles;
static int ports_epoll, other_epoll, timer;
static char buffer[READ_SIZE];

static void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void watch(int epoll, int fd, enum what what, unsigned index)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)what << 32 | index};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static int unix_socket(const char *path, int (*join)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (fd < 0 || join(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die(path);
    return fd;
}

static int open_fifo(const char *stem, const char *suffix, int flags)
{
    char path[256];

    snprintf(path, sizeof path, "%s%s", stem, suffix);
    int fd = open(path, flags | O_NONBLOCK);
    if (fd < 0)
        die(path);
    return fd;
}

static int open_tty(const char *path)
{
    int fd = open(path, O_RDWR | O_NOCTTY);
    struct termios raw;

    if (fd < 0)
        die(path);
    tcgetattr(fd, &raw);
    cfmakeraw(&raw);
    tcsetattr(fd, TCSANOW, &raw);
    return fd;
}

static void open_port(struct console *console, const char *port)
{
    struct stat status;

    if (!strncmp(port, "pipe:", 5)) {
        console->read_fd = open_fifo(port + 5, ".out", O_RDONLY);
        console->write_fd = open_fifo(port + 5, ".in", O_WRONLY);
        return;
    }
    if (stat(port, &status) < 0)
        die(port);
    console->read_fd = S_ISSOCK(status.st_mode) ? unix_socket(port, connect) : open_tty(port);
    console->write_fd = console->read_fd;
    fcntl(console->read_fd, F_SETFL, O_NONBLOCK);
}

static void open_console(unsigned index, char *argument)
{
    struct console *console = &consoles[index];
    char *port = strchr(argument, '=');

    if (!port)
        die("an argument is not CLIENT_SOCKET=PORT");
    *port++ = '\0';
    console->client = -1;
    open_port(console, port);
    console->listener = unix_socket(argument, bind);
    listen(console->listener, 8);
    watch(other_epoll, console->listener, LISTENER, index);
    watch(ports_epoll, console->read_fd, PORT, index);
}

static void copy(int from, int to)
{
    ssize_t size = read(from, buffer, sizeof buffer);

    if (size == 0)
        exit(0);
    if (size > 0 && to >= 0 && write(to, buffer, (size_t)size) < 0)
        die("write");
}

static void serve_all(int epoll, int timeout);

static void serve(struct epoll_event event)
{
    struct console *console = &consoles[(uint32_t)event.data.u64];
    uint64_t ticks;

    switch ((enum what)(event.data.u64 >> 32)) {
    case PORT:
        copy(console->read_fd, console->client);
        break;
    case CLIENT:
        copy(console->client, console->write_fd);
        break;
    case LISTENER:
        console->client = accept(console->listener, NULL, NULL);
        watch(other_epoll, console->client, CLIENT, (uint32_t)event.data.u64);
        break;
    case TICK:
        if (read(timer, &ticks, sizeof ticks) > 0)
            serve_all(ports_epoll, 0);
        break;
    }
}

static void serve_all(int epoll, int timeout)
{
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, timeout);

    for (int i = 0; i < ready; i++)
        serve(events[i]);
}

static void start_ticks(long microseconds)
{
    struct timespec span = {.tv_sec = microseconds / 1000000,
                            .tv_nsec = microseconds % 1000000 * 1000};
    struct itimerspec every = {.it_interval = span, .it_value = span};

    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    timerfd_settime(timer, 0, &every, NULL);
    watch(other_epoll, timer, TICK, 0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: floor TICK_MICROSECONDS CLIENT_SOCKET=PORT ...\n");
        return 64;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    long tick = atol(argv[1]);
    consoles = calloc((size_t)argc, sizeof *consoles);
    other_epoll = epoll_create1(0);
    ports_epoll = tick ? epoll_create1(0) : other_epoll;
    for (int i = 2; i < argc; i++)
        open_console((unsigned)i - 2, argv[i]);
    if (tick)
        start_ticks(tick);
    for (;;)
        serve_all(other_epoll, -1);
}
