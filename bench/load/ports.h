/* Guests' UARTs, as their hypervisor holds them. */
#ifndef PORTS_H
#define PORTS_H

#include <stdbool.h>
#include "common.h"

enum kind { KIND_PTY, KIND_UNIX, KIND_PIPE };

#define STAMP_RING (1u << 16) /* bytes in flight whose send time is remembered, per port */
#define STAMP_SHIFT 6         /* stamps count 64 ns: 32 bits last 274 s, longer than any run */

struct port {
    enum kind kind;
    int listen_fd; /* KIND_UNIX, else -1 */
    int slave_fd;  /* KIND_PTY: held open so that the master never sees EIO; else -1 */
    int in_fd;     /* daemon to guest */
    int out_fd;    /* guest to daemon; -1 until a daemon has connected */
    uint64_t sent;
    unsigned owed;      /* bytes of a chunk that the port has not taken yet */
    ns_t blocked_since; /* when the guest's write would have had to wait; 0 when it does not */
    uint32_t *stamps;
};

/* The kind that a command calls pty, unix or pipe. */
enum kind ports_kind(const char *name);
struct port *ports_create(enum kind kind, unsigned count, const char *dir);
/* Accept daemons that dial in. True once every port has its far end. */
bool ports_accept(struct port *ports, unsigned count);
void port_stamp(struct port *port, unsigned bytes, ns_t now);
ns_t port_age(const struct port *port, uint64_t offset, ns_t now);

#endif
