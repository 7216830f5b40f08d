/* echo: a key from a client, through the daemon, to the guest, and its echo back.
 *
 *   keys=300 gap_ms=20   one key at a time, at random distances of half to one and a half gaps
 *   busy=0 rate= chunk=  the first ports write at a pace meanwhile; the last port echoes
 *
 * direct: the same round trip without a daemon, over the same kind of port (kind=0 pty, 1 unix, 2 pipe).
 */
#define _GNU_SOURCE
#include "echo.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "common.h"
#include "pace.h"

#define KEY 'k'
#define TIMEOUT (2 * SECOND) /* a key not back by then is lost */

static bool arrived(int fd)
{
    unsigned char byte[64];
    ssize_t size = read(fd, byte, sizeof byte);

    if (size == 0 || (size < 0 && errno != EAGAIN))
        die("the echo's path closed");
    return size > 0;
}

static void put_key(int fd)
{
    unsigned char key = KEY;

    if (write(fd, &key, 1) != 1)
        die("write a key");
}

static void rest(struct echo *echo, ns_t now)
{
    echo->stage = RESTING;
    echo->done++;
    echo->next = now + echo->gap / 2 + (ns_t)(drand48() * (double)echo->gap);
}

void echo_step(struct echo *echo, ns_t now)
{
    if (echo->stage == RESTING) {
        if (now < echo->next)
            return;
        echo->typed = clock_ns();
        put_key(echo->user_out);
        echo->stage = AT_GUEST;
    } else if (echo->stage == AT_GUEST && arrived(echo->guest_in)) {
        put_key(echo->guest_out);
        echo->stage = AT_USER;
    } else if (echo->stage == AT_USER && arrived(echo->user_in)) {
        now = clock_ns();
        hist_add(&echo->trip, now - echo->typed, 1);
        rest(echo, now);
    } else if (now - echo->typed > TIMEOUT) {
        echo->lost++;
        rest(echo, now);
    }
}

static void echo_init(struct echo *echo, const struct command *command)
{
    echo->gap = (ns_t)(option(command, "gap_ms", 20) * 1e6);
    echo->next = clock_ns() + echo->gap;
}

void echo_open(struct echo *echo, struct load *load, const struct command *command)
{
    const struct port *port = &load->ports[load->port_count - 1];

    for (unsigned i = 0; i < load->clients.count; i++)
        if (load->clients.list[i].port == load->port_count - 1)
            echo->user_in = echo->user_out = load->clients.list[i].fd;
    epoll_ctl(load->clients.epoll, EPOLL_CTL_DEL, echo->user_in, NULL);
    echo->guest_in = port->in_fd;
    echo->guest_out = port->out_fd;
    while (arrived(echo->guest_in))
        continue; /* what the daemon sent when it opened the port is no key */
    echo_init(echo, command);
}

void run_echo(struct load *load, const struct command *command)
{
    struct echo *echo = calloc(1, sizeof *echo);
    struct pace *pace = calloc(1, sizeof *pace);
    unsigned keys = (unsigned)option(command, "keys", 300);
    unsigned busy = (unsigned)option(command, "busy", 0);
    char usage[1024], paced[1024], trip[256];
    ns_t now;

    if (!echo || !pace)
        die("calloc");
    echo_open(echo, load, command);
    pace_start(pace, load->ports, busy, command);

    struct usage begin = usage_sample(&load->daemon, &load->company, load->cores);
    while (echo->done < keys) {
        now = clock_ns();
        pace_step(pace, now);
        echo_step(echo, now);
        if (busy)
            clients_read(&load->clients, 0, NULL, NULL);
    }
    struct usage end = usage_sample(&load->daemon, &load->company, load->cores);
    usage_json(usage, sizeof usage, &begin, &end);
    pace_finish(pace, clock_ns());
    pace_json(paced, sizeof paced, pace);
    hist_json(trip, sizeof trip, "trip", &echo->trip);
    reply(load->control, "{%s,%s,%s,\"keys_lost\":%u,\"writes\":%llu}", usage, paced, trip, echo->lost,
          (unsigned long long)pace->slot);
    free(pace);
    free(echo);
}

static void open_direct(struct echo *echo, enum kind kind)
{
    int pair[2], back[2];
    struct termios raw;

    if (kind == KIND_PTY) {
        if (openpty(&pair[0], &pair[1], NULL, NULL, NULL) < 0)
            die("openpty");
        tcgetattr(pair[1], &raw);
        cfmakeraw(&raw);
        tcsetattr(pair[1], TCSANOW, &raw);
    } else if (kind == KIND_UNIX) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            die("socketpair");
    } else {
        if (pipe(pair) < 0 || pipe(back) < 0)
            die("pipe");
        *echo = (struct echo){.user_in = back[0], .user_out = pair[1], .guest_in = pair[0],
                              .guest_out = back[1]};
    }
    if (kind != KIND_PIPE)
        *echo = (struct echo){.user_in = pair[1], .user_out = pair[1], .guest_in = pair[0],
                              .guest_out = pair[0]};
    fcntl(echo->user_in, F_SETFL, O_NONBLOCK);
    fcntl(echo->guest_in, F_SETFL, O_NONBLOCK);
}

void run_direct(struct load *load, const struct command *command)
{
    struct echo *echo = calloc(1, sizeof *echo);
    unsigned keys = (unsigned)option(command, "keys", 300);
    char trip[256];

    if (!echo)
        die("calloc");
    open_direct(echo, (enum kind)option(command, "kind", KIND_UNIX));
    echo_init(echo, command);
    while (echo->done < keys)
        echo_step(echo, clock_ns());
    hist_json(trip, sizeof trip, "trip", &echo->trip);
    reply(load->control, "{%s,\"keys_lost\":%u}", trip, echo->lost);
    free(echo);
}
