"""Every metric, declared once: name, type, labels, help, and why somebody looks at it.

Names and units are Prometheus' conventions. Every label has a bounded set of values. METRICS.md is
made of this table, and `telemetry.page` renders it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from com1d.loop.histogram import HistogramSample
from com1d.telemetry.counts import BOOTS, CRASHES, DISCARDS, none_of
from com1d.telemetry.samples import Labelled


class Kind(StrEnum):
    """Types of metrics."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


Value: TypeAlias = "float | Labelled | HistogramSample | None"
"""None: there is nothing to tell yet, so there is no series."""


def added(values: Iterable[Any]) -> Any:
    """Put the values of several consoles together by adding them, each label for itself."""
    values = list(values)
    if not values or not isinstance(values[0], dict):
        return sum(values)
    total: Counter[str] = Counter()
    for one in values:
        for label, count in one.items():
            total[label] += count
    return total


class Metric(NamedTuple):
    """One metric."""

    kind: Kind
    name: str
    help: str
    why: str
    """What somebody sees in it, or does about it."""
    value: Callable[[Any], Value]
    """Takes a `ConsoleSample` or, of the daemon's metrics, a `DaemonSample`."""
    label: str = ""
    """Its label beside the console, if it has one."""
    together: Callable[[Iterable[Any]], Any] = added
    """Makes one value of those of several consoles."""


def _counter(name: str, says: str, why: str, value: Callable[[Any], Value], by: str = "") -> Metric:
    return Metric(Kind.COUNTER, name, says, why, value, by)


def _gauge(
    name: str,
    says: str,
    why: str,
    value: Callable[[Any], Value],
    by: str = "",
    together: Callable[[Iterable[Any]], Any] = added,
) -> Metric:
    return Metric(Kind.GAUGE, name, says, why, value, by, together)


def _histogram(name: str, says: str, why: str, value: Callable[[Any], HistogramSample]) -> Metric:
    return Metric(Kind.HISTOGRAM, name, says, why, value)


CONSOLE: Final = (
    _gauge("com1d_port_up", "Whether the port is open.",
           "0 is usual while the VM is off.", lambda c: c.up),
    _gauge("com1d_vm_unserved", "Whether the VM runs though its port is down.",
           "Its output is not read, and it may stand still.", lambda c: c.unserved),
    _gauge("com1d_console_enabled", "Whether the console is switched on.",
           "A console that was switched off in an emergency and forgotten.", lambda c: c.enabled),
    _gauge("com1d_console_parts_failing",
           "Parts of the console that do not work at the moment, such as its raw sockets.",
           "`com1 status` says which and why.", lambda c: c.troubles),
    _counter("com1d_port_openings_total", "How often the port was opened.",
             "One that is opened again and again flaps.", lambda c: c.openings),
    _counter("com1d_received_bytes_total", "Bytes that the guest printed.",
             "Who floods, and who has fallen silent.", lambda c: c.received),
    _counter("com1d_sent_bytes_total", "Bytes that the port took.",
             "Whether what is typed arrives.", lambda c: c.sent),
    _counter("com1d_port_reads_total", "Reads of the port that found something.",
             "Bytes by reads: how much comes at once, which is what keeps the load down.",
             lambda c: c.reads),
    _counter("com1d_port_writes_total", "Writes that the port took.",
             "Bytes by writes, as for reads.", lambda c: c.writes),
    _counter("com1d_lost_bytes_total",
             "Bytes that a client, the log or the state detector missed, summed over them.",
             "A client that does not read, a disk that is too slow, a guest that floods.",
             lambda c: {"client": c.lost, "log": c.log.missed, "detector": c.skipped},
             by="reader"),
    _counter("com1d_discarded_bytes_total", "Typed bytes that were not sent, by reason.",
             "What users typed in vain.",
             lambda c: none_of(DISCARDS) | c.counts.discarded | {"no-seat": c.no_seat},
             by="reason"),
    _gauge("com1d_reader_lag_bytes", "How far the slowest client is behind the guest.",
           "A client that stands still loses bytes once this exceeds the scrollback.",
           lambda c: c.lag, together=lambda values: max(values, default=0)),
    _gauge("com1d_transmit_queue_bytes", "Bytes that wait for the port to take them.",
           "A guest that does not read its input.", lambda c: c.queued),
    _gauge("com1d_keys_waiting_bytes", "Typed bytes that wait behind a paste or a command.",
           "A user who types and sees nothing happen.", lambda c: c.keys_waiting),
    _counter("com1d_held_keys_total", "Presses of keys that are held, as `--hold` does.",
             "Who tries to get into a boot menu.", lambda c: c.counts.held_keys),
    _gauge("com1d_guest_state", "1 for the state that the guest is in, by its output.",
           "Panics and bugchecks, and guests that wait for somebody.",
           lambda c: {c.state: 1}, by="state"),
    _counter("com1d_panics_total", "Crashes of the guest: kernel panics and bugchecks.",
             "A crash that a watchdog has reset at once is still counted.",
             lambda c: none_of(CRASHES) | c.counts.panics, by="cause"),
    _counter("com1d_boots_total", "Boots of the guest, by what told of them.",
             "A guest that starts over and over.",
             lambda c: none_of(BOOTS) | c.counts.boots, by="cause"),
    _gauge("com1d_active_sessions", "Active sessions, 0 or 1.",
           "Who may type, how many do.", lambda c: c.active),
    _gauge("com1d_observers", "Attached observers.",
           "How many watch.", lambda c: c.observers),
    _gauge("com1d_waiting_sessions", "Sessions that wait for the seat.",
           "Users who are kept waiting by whoever has it.", lambda c: c.waiting),
    _counter("com1d_sessions_total", "Sessions that began.",
             "How much the console is used.", lambda c: c.sessions),
    _counter("com1d_preemptions_total", "Active sessions that a newer one ended.",
             "Users who throw each other out.", lambda c: c.preemptions),
    _counter("com1d_pastes_total", "Pastes, by how they ended.",
             "Pastes that are stopped since the guest drops bytes.", lambda c: c.pastes,
             by="outcome"),
    _gauge("com1d_stall_margin_seconds",
           "How long the guest can print at line rate while nobody reads.",
           "Under 1 s, a restart of the daemon stops the guest.",
           lambda c: c.margin, together=lambda values: min(values, default=None)),
    _gauge("com1d_stall_fullest_ratio",
           "The largest share of that which was found used in the last minute or two.",
           "At 1 the guest stood still.",
           lambda c: c.fullest, together=lambda values: max(values, default=None)),
    _counter("com1d_logged_bytes_total", "Bytes written into the boot diagnostics log.",
             "What the disk is given.", lambda c: c.log.logged),
    _gauge("com1d_log_lag_bytes", "Printed bytes that are not on the disk yet.",
           "A disk that does not keep up, before there is a gap.", lambda c: c.log.lag),
    _counter("com1d_log_gaps_total", "Gaps in the log.",
             "What is missing when somebody looks for a cause.", lambda c: c.log.gaps),
    _gauge("com1d_log_failing", "Whether the log cannot be written at the moment.",
           "A full or broken disk.", lambda c: c.log.failing),
)  # fmt: skip
"""Of each console, with the label `console`."""

DAEMON: Final = (
    _gauge("com1d_build_info", "1 for the running version.",
           "Hosts that were forgotten in an upgrade.", lambda d: {d.version: 1}, by="version"),
    _gauge("com1d_consoles", "Consoles that are served.",
           "A discovery that finds nothing any more.", lambda d: d.consoles),
    _gauge("com1d_sessions_attached", "Attached sessions, by the entrance that they came by.",
           "How many users a restart would meet.", lambda d: d.sessions, by="entrance"),
    _gauge("com1d_connections", "Connections to the API that are no session.",
           "Programs that ask too often.", lambda d: d.connections),
    _gauge("com1d_event_subscribers", "Subscribers of the event stream.",
           "Whether the programs that should hear of events do.", lambda d: d.subscribers),
    _counter("com1d_event_subscribers_dropped_total",
             "Subscribers that were closed because they would have missed events.",
             "A program that does not keep up.", lambda d: d.subscribers_dropped),
    _histogram("com1d_loop_hold_seconds", "How long callbacks of 1 ms and more held the loop.",
               "Over 10 ms the promise to guests is broken.", lambda d: d.holds),
    _gauge("com1d_loop_hold_longest_seconds", "The longest hold of the loop since the start.",
           "How bad the worst was.", lambda d: d.longest_hold),
    _histogram("com1d_delivery_seconds",
               "For each byte that a guest printed: how long it took at most until the daemon had "
               "it with every client that takes it.",
               "The service level: nearly all within 5 ms.", lambda d: d.delivered),
    _gauge("com1d_audit_failing", "Whether the audit cannot be written at the moment.",
           "Where `audit_required` holds, nobody gets in meanwhile.", lambda d: d.audit_failing),
    _gauge("com1d_audit_queue_lines", "Lines that wait to be written into the audit.",
           "A slow disk, which attaches wait for.", lambda d: d.audit_queue),
    _counter("com1d_audit_missed_total", "Facts that are missing in the audit.",
             "Something was done that is not recorded.", lambda d: d.audit_missed),
    _gauge("com1d_parts_failing",
           "Parts of the daemon that do not work at the moment: sockets, directories, inotify.",
           "`systemctl status com1d` says which and why.", lambda d: d.parts_failing),
    _gauge("com1d_vms_unserved", "VMs that were found or are configured and have no console.",
           "`com1 list` has the reasons.", lambda d: d.unserved),
    _gauge("com1d_reload_failed", "Whether the last change of the configuration was refused.",
           "A host that runs something else than its files say.", lambda d: d.reload_failed),
    _counter("com1d_refusals_total", "Attaches and verbs that were refused, by the code.",
             "Somebody without a role who tries, or a script that is wrong.",
             lambda d: d.refusals, by="code"),
    _counter("com1d_hooks_total", "Programs of hooks that have ended, by outcome.",
             "A pager that was not called.", lambda d: d.hooks, by="outcome"),
    _counter("com1d_log_events_total", "Facts, by the event that the daemon's log calls them.",
             "What the daemon has to do with.", lambda d: d.facts, by="event"),
    _counter("com1d_log_events_suppressed_total",
             "Facts without a line of their own in the log, because there were too many.",
             "What is not in the log.", lambda d: d.suppressed, by="event"),
    _counter("com1d_unlogged_seconds_total",
             "Time in which a console's log failed or had a gap, in whole minutes, summed.",
             "The service level of the logs.", lambda d: d.unlogged_minutes * 60),
    _counter("process_cpu_seconds_total", "Time that the process has computed.",
             "One core is all that it can use.", lambda d: d.process.cpu),
    _gauge("process_resident_memory_bytes", "Memory that the process has in use.",
           "Growth without more consoles is a fault.", lambda d: d.process.resident),
    _gauge("process_virtual_memory_bytes", "Address space of the process.",
           "None; Prometheus has it for every process.", lambda d: d.process.virtual),
    _gauge("process_open_fds", "Open descriptors.",
           "A console with a client needs five.", lambda d: d.process.descriptors),
    _gauge("process_max_fds", "The limit on descriptors.",
           "At the limit nobody gets in, and ports stay down.",
           lambda d: d.process.descriptors_max),
    _gauge("process_start_time_seconds", "When the process started, in seconds since 1970.",
           "Restarts that nobody has asked for.", lambda d: d.process.started),
)  # fmt: skip
"""Of the daemon itself."""

METRICS: Final = (*CONSOLE, *DAEMON)
