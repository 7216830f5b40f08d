/* Guests' UARTs: pty masters, listening Unix sockets, and pairs of FIFOs as QEMU opens them.
 *
 * In the directory given, port 7 is `7.pty` (a symbolic link to the slave), `7.sock`, or `7.in`
 * and `7.out`.
 */
#define _GNU_SOURCE
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "common.h"

#define PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

static void open_pty(struct port *port, const char *path)
{
    char slave[64];
    struct termios raw;

    if (openpty(&port->out_fd, &port->slave_fd, slave, NULL, NULL) < 0)
        die("openpty");
    tcgetattr(port->slave_fd, &raw);
    cfmakeraw(&raw);
    tcsetattr(port->slave_fd, TCSANOW, &raw);
    fcntl(port->out_fd, F_SETFL, O_NONBLOCK);
    port->in_fd = port->out_fd;
    if (symlink(slave, path) < 0)
        die("symlink");
}

static void open_listener(struct port *port, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, path); /* shorter: ports_create checks */
    port->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (port->listen_fd < 0 || bind(port->listen_fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(port->listen_fd, 1) < 0)
        die("listen");
}

static int open_fifo(const char *path)
{
    if (mkfifo(path, 0600) < 0)
        die("mkfifo");
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        die("open a fifo");
    return fd;
}

static void name_port(char path[PATH_SIZE], const char *dir, unsigned number, const char *suffix)
{
    if ((size_t)snprintf(path, PATH_SIZE, "%s/%u%s", dir, number, suffix) >= PATH_SIZE)
        die("the directory's path is too long for a socket");
}

static void port_open(struct port *port, enum kind kind, const char *dir, unsigned number)
{
    static const char *suffixes[] = {[KIND_PTY] = ".pty", [KIND_UNIX] = ".sock", [KIND_PIPE] = ".out"};
    char path[PATH_SIZE];

    name_port(path, dir, number, suffixes[kind]);
    *port = (struct port){.kind = kind, .listen_fd = -1, .slave_fd = -1, .in_fd = -1, .out_fd = -1};
    if (kind == KIND_PTY) {
        open_pty(port, path);
    } else if (kind == KIND_UNIX) {
        open_listener(port, path);
    } else {
        port->out_fd = open_fifo(path);
        name_port(path, dir, number, ".in");
        port->in_fd = open_fifo(path);
    }
    port->stamps = calloc(STAMP_RING, sizeof *port->stamps); /* untouched pages cost nothing */
    if (!port->stamps)
        die("calloc");
}

enum kind ports_kind(const char *name)
{
    static const char *names[] = {[KIND_PTY] = "pty", [KIND_UNIX] = "unix", [KIND_PIPE] = "pipe"};

    for (unsigned kind = 0; kind < sizeof names / sizeof *names; kind++)
        if (!strcmp(names[kind], name))
            return (enum kind)kind;
    errno = EINVAL;
    die("ports: neither pty nor unix nor pipe");
}

struct port *ports_create(enum kind kind, unsigned count, const char *dir)
{
    struct port *ports = calloc(count, sizeof *ports);

    if (!ports)
        die("calloc");
    for (unsigned i = 0; i < count; i++)
        port_open(&ports[i], kind, dir, i);
    return ports;
}

/* As QEMU does, let go of a daemon that hung up: it waited too long for us to accept, and dials again. */
static void let_go(struct port *port)
{
    char byte;

    if (port->listen_fd < 0 || recv(port->out_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
        return;
    close(port->out_fd);
    port->out_fd = port->in_fd = -1;
}

bool ports_accept(struct port *ports, unsigned count)
{
    bool all = true;

    for (unsigned i = 0; i < count; i++) {
        struct port *port = &ports[i];
        if (port->out_fd >= 0)
            let_go(port);
        if (port->out_fd >= 0)
            continue;
        port->out_fd = accept4(port->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (port->out_fd < 0 && errno != EAGAIN)
            die("accept");
        port->in_fd = port->out_fd;
        all = all && port->out_fd >= 0;
    }
    return all;
}

void port_stamp(struct port *port, unsigned bytes, ns_t now)
{
    for (unsigned i = 0; i < bytes; i++)
        port->stamps[(port->sent + i) % STAMP_RING] = (uint32_t)(now >> STAMP_SHIFT);
    port->sent += bytes;
}

ns_t port_age(const struct port *port, uint64_t offset, ns_t now)
{
    uint32_t stamp = port->stamps[offset % STAMP_RING];

    return (ns_t)((uint32_t)(now >> STAMP_SHIFT) - stamp) << STAMP_SHIFT;
}
