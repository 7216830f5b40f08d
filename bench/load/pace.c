/* Output at a guest's pace: every port writes a chunk at its own evenly spaced times.
 *
 * A port that refuses a write makes its guest wait, so it is tried again at its next time and falls
 * behind its rate; it does not catch up, as a UART would not. A generator that is late does catch
 * up, and says how late it was.
 */
#include "pace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "pattern.h"

#define CHUNK_MAX 4096
#define BURST 16                     /* writes in a row before the clients are looked at again */
#define GIVE_UP (100 * MILLISECOND)  /* a generator this late skips writes rather than flood */

static ns_t due(const struct pace *pace)
{
    return pace->start + (ns_t)((double)pace->slot * 1e9 / pace->per_second);
}

void pace_start(struct pace *pace, struct port *ports, unsigned count,
                const struct command *command)
{
    memset(pace, 0, sizeof *pace);
    pace->ports = ports;
    pace->count = count;
    pace->chunk = (unsigned)option(command, "chunk", 1);
    if (pace->chunk > CHUNK_MAX)
        pace->chunk = CHUNK_MAX;
    pace->per_second = option(command, "rate", 11520) * count / pace->chunk;
    pace->start = clock_ns();
}

void pace_reset(struct pace *pace)
{
    pace->start = clock_ns();
    pace->slot = pace->skipped = pace->stalled = 0;
    memset(&pace->late, 0, sizeof pace->late);
    memset(&pace->stalls, 0, sizeof pace->stalls);
}

static void write_chunk(struct pace *pace, struct port *port, ns_t now)
{
    unsigned char chunk[CHUNK_MAX];

    if (port->owed)
        pace->stalled++;
    else
        port->owed = pace->chunk;
    for (unsigned i = 0; i < port->owed; i++)
        chunk[i] = pattern_byte(port->sent + i);
    ssize_t done = write(port->out_fd, chunk, port->owed);
    if (done < 0 && errno != EAGAIN)
        die("the daemon gave up a port");
    if (done > 0) {
        port_stamp(port, (unsigned)done, now);
        port->owed -= (unsigned)done;
    }
    if (port->owed && !port->blocked_since) {
        port->blocked_since = now;
    } else if (!port->owed && port->blocked_since) {
        hist_add(&pace->stalls, now - port->blocked_since, 1);
        port->blocked_since = 0;
    }
}

unsigned pace_step(struct pace *pace, ns_t now)
{
    unsigned tried = 0;

    if (!pace->count)
        return 0;
    for (ns_t time = due(pace); tried < BURST && time <= now; time = due(pace)) {
        if (now - time > GIVE_UP) {
            uint64_t behind = (uint64_t)((double)(now - time) * pace->per_second / 1e9);
            pace->skipped += behind;
            pace->slot += behind;
            continue;
        }
        hist_add(&pace->late, now - time, 1);
        write_chunk(pace, &pace->ports[pace->slot++ % pace->count], now);
        tried++;
        now = clock_ns();
    }
    return tried;
}

void pace_finish(struct pace *pace, ns_t now)
{
    for (unsigned i = 0; i < pace->count; i++) {
        struct port *port = &pace->ports[i];
        if (port->blocked_since)
            hist_add(&pace->stalls, now - port->blocked_since, 1);
    }
}

int pace_json(char *text, size_t size, const struct pace *pace)
{
    int used = snprintf(text, size, "\"skipped\":%llu,\"stalled\":%llu,",
                        (unsigned long long)pace->skipped, (unsigned long long)pace->stalled);

    used += hist_json(text + used, size - (size_t)used, "late", &pace->late);
    text[used++] = ',';
    return used + hist_json(text + used, size - (size_t)used, "stalls", &pace->stalls);
}
