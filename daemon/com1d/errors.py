"""Every error that a user of com1d can meet: one tree, one table.

::

    Com1Error
    ├── ConfigError              the configuration is wrong; carries every problem found
    ├── PortDown                 a port cannot be opened now; retried by its keeper
    │   ├── PortAbsent           and no try helps until its path changes
    │   └── DeviceBusyError      another process has the device
    │       └── ClaimedError     and wants it for itself (TIOCEXCL)
    ├── SocketInUse              another process listens on a path that the daemon needs
    ├── LockedError              a log cannot be read or continued without another key
    ├── DamagedError             what is on the disk is not what was written
    │   └── PlainError           what has to be encrypted on the disk is not
    ├── StateRefused             what an earlier process handed over is foreign or damaged
    ├── OtherVersionError        another version of com1d wrote this file; it is left as it is
    ├── AskingError              a tool cannot ask the running daemon, or is refused
    ├── ClientError              a command of com1 did not do what it was asked
    │   └── UnreachableError     there is no daemon to talk to
    ├── SealKeyError             com1-web cannot use the key that seals its cookies
    ├── LinkRefusedError         `com1-web link` got no link
    ├── ProviderError            an identity provider cannot be used now
    ├── TokenRefusedError        what an identity provider sent does not prove anything
    │   └── UnknownKeyError      it is signed by a key that is not known
    ├── LinkLostError            the daemon went away without ending a client's session
    └── Problem                  the answer to a request on HTTP, WebSocket, raw line and CLI
        ├── BadRequest           bad-request 400
        ├── Forbidden            forbidden 403
        ├── MfaRequired          mfa-required 403
        ├── HostDisabled         host-disabled 403
        ├── ConsoleDisabled      console-disabled 403
        ├── NotFound             not-found 404 (also: a console that the caller may not see)
        ├── MethodNotAllowed     method-not-allowed 405
        ├── BootDiagnosticsRequired  boot-diagnostics-required 409
        ├── ConfigRefused        config-refused 409
        ├── NotRunning           not-running 409
        ├── Busy                 busy 409
        │   └── ControlBusy      of the hypervisor's socket, or a restart under way
        ├── PasteTooLong         paste-too-long 413
        ├── PasteStopped         paste-stopped 409
        ├── InternalError        internal-error 500
        ├── Unsupported          unsupported 501
        ├── ControlRefused       refused-by-hypervisor 502
        ├── TooOften             too-often 429
        ├── TooManyClients       too-many-clients 503
        ├── UpgradeFailed        upgrade-failed 503
        ├── AuditUnavailable     audit-unavailable 503
        ├── StateUnavailable     state-unavailable 503
        ├── LogUnavailable       log-unavailable 503
        ├── PortTimeout          port-timeout 504
        │                        and of com1-web alone:
        ├── SignInNeeded         sign-in-needed 401
        ├── WrongOrigin          wrong-origin 403
        ├── SignedInAlready      signed-in-already 409
        ├── LinkSpent            link-spent 403
        ├── TooManyTries         too-many-tries 429
        └── NotReached           daemon-unreachable 503

Some are defined where they are raised.
A problem's `code` is stable and part of the interface (PROTOCOL.md); its title is for people.
"""

from typing import Any, ClassVar

from com1d.values import dataclass


EX_OK = 0
EX_FAILURE = 1
EX_USAGE = 64
EX_UNAVAILABLE = 69
EX_TEMPFAIL = 75
EX_NOPERM = 77
EX_CONFIG = 78


class Com1Error(Exception):
    """Base of all errors that com1d raises on purpose. Never raised itself."""


def os_reason(error: OSError) -> str:
    """Give what the system says of an error, without number and path."""
    return error.strerror or str(error)


class StateRefused(Com1Error):
    """A state that another process handed over cannot be taken over; the text says why."""


class PortDown(Com1Error):
    """A port cannot be opened at the moment. The text says why and what the keeper waits for."""


class PortAbsent(PortDown):
    """Nobody has made or opened what a port's path names. Until that path changes, no try helps."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong in a configuration file."""

    file: str
    key: str
    """Dotted path, e.g. `consoles.web01.baud`; empty for the file as a whole."""
    value: str
    """The offending value as written, or empty where there is none."""
    expected: str

    def __str__(self) -> str:
        """Give one line: file, key, value, and what was expected."""
        place = f"{self.file}: {self.key}" if self.key else self.file
        got = f" = {self.value}" if self.value else ""
        return f"{place}{got}: {self.expected}"


class ConfigError(Com1Error):
    """The configuration is refused as a whole; `problems` holds every reason there is."""

    def __init__(self, problems: list[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Problem(Com1Error):
    """A refusal with a stable code, never raised itself; `detail` names console and way out."""

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    cause: ClassVar[str]
    remedy: ClassVar[str]
    exit_code: ClassVar[int] = EX_FAILURE

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        """Give the members of the RFC 9457 problem object."""
        members: dict[str, Any] = {
            "type": f"about:blank#{self.code}",
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "remedy": self.remedy,
        }
        if self.detail:
            members["detail"] = self.detail
        return members | self.extra

    def as_line(self) -> str:
        """Give the one line that raw sockets and the client's stderr show."""
        return f"com1d: {self.code}: {self.detail or self.title}. {self.remedy}"


class BadRequest(Problem):
    """The request cannot be understood; `detail` names the part."""

    code, status, exit_code = "bad-request", 400, EX_USAGE
    title = "The request cannot be understood"
    cause = "A malformed head, frame, parameter or JSON object."
    remedy = "Correct the request; PROTOCOL.md describes every one."


class Forbidden(Problem):
    """The caller may see the console but not do this with it."""

    code, status, exit_code = "forbidden", 403, EX_NOPERM
    title = "Your role does not allow this"
    cause = "The caller's role on this console does not include the request."
    remedy = "Ask an owner of this host for the role, in [[roles]] of com1d.toml."


class MfaRequired(Problem):
    """The caller's role would do, but nobody vouches for a multi-factor sign-in."""

    code, status, exit_code = "mfa-required", 403, EX_NOPERM
    title = "This console needs a multi-factor sign-in"
    cause = "require_mfa is set, and the caller did not come through a gateway that asserts one."
    remedy = "Sign in with a second factor at the browser console, com1-web."


class HostDisabled(Problem):
    """An owner has switched the whole host's consoles off."""

    code, status, exit_code = "host-disabled", 403, EX_NOPERM
    title = "Serial consoles are disabled on this host"
    cause = "An owner ran `com1 disable --all`."
    remedy = "An owner can run `com1 enable --all`."


class ConsoleDisabled(Problem):
    """This console has been switched off."""

    code, status, exit_code = "console-disabled", 403, EX_NOPERM
    title = "This console is disabled"
    cause = "Somebody ran `com1 disable NAME`."
    remedy = "A contributor can run `com1 enable NAME`."


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it: the two look the same."""

    code, status = "not-found", 404
    title = "There is no such console, or you may not see it"
    cause = "A wrong name or path, or a console on which the caller has no role."
    remedy = "`com1 list` shows the consoles that you may see."


class MethodNotAllowed(Problem):
    """The path exists, with another method."""

    code, status, exit_code = "method-not-allowed", 405, EX_USAGE
    title = "This path does not support that method"
    cause = "For example GET on an action, or POST on a list."
    remedy = "The table in PROTOCOL.md gives the method of every path."


class BootDiagnosticsRequired(Problem):
    """The console has no boot diagnostics log, and this host requires one."""

    code, status = "boot-diagnostics-required", 409
    title = "This console needs boot diagnostics to be on"
    cause = "log_size is 0 for this console."
    remedy = 'Set log_size = "4MiB" for this console in com1d.toml, and reload com1d.'


class NotRunning(Problem):
    """The port is down: most often the VM is not running."""

    code, status, exit_code = "not-running", 409, EX_UNAVAILABLE
    title = "The VM is not running"
    cause = "Nothing is at the other end of the port."
    remedy = "Start the VM; the console comes up by itself."


class Busy(Problem):
    """Somebody else holds the active session, and the caller asked not to preempt."""

    code, status, exit_code = "busy", 409, EX_TEMPFAIL
    title = "Somebody else holds the active session"
    cause = "Another session or a paste has the console, and the request does not preempt."
    remedy = "Try again later, watch (--observe), or take over: `com1 connect NAME --preempt`."


class PasteTooLong(Problem):
    """A paste exceeds the limit; nothing of it was sent."""

    code, status, exit_code = "paste-too-long", 413, EX_USAGE
    title = "The paste is longer than the limit"
    cause = "More characters than paste_limit in one paste."
    remedy = "Send it in parts: `com1 paste --slow`."


class PasteStopped(Problem):
    """A paste ended before its end: cancelled, or the guest's echo was not what was sent."""

    code, status = "paste-stopped", 409
    title = "The paste stopped before its end"
    cause = "It was cancelled or preempted, the port went down, or the guest's echo differs."
    remedy = "Look at the guest's line before you send the rest."


class InternalError(Problem):
    """The daemon made a mistake; its log has the details."""

    code, status = "internal-error", 500
    title = "com1d made a mistake while it answered"
    cause = "A bug in com1d."
    remedy = "Please report it, with what `journalctl -u com1d` says at this time."


class Unsupported(Problem):
    """This kind of port, guest or hypervisor cannot do that."""

    code, status = "unsupported", 501
    title = "This console cannot do that"
    cause = "The kind of port, guest or control does not offer it."
    remedy = "`com1 status NAME` shows what the console's port and control are."


class ControlRefused(Problem):
    """The hypervisor said no, or does not let com1d in."""

    code, status = "refused-by-hypervisor", 502
    title = "The hypervisor refused"
    cause = "It answered with an error, or com1d may not open its socket."
    remedy = "`com1 status NAME` shows the control; the hypervisor's own log may say more."


class TooOften(Problem):
    """More messages and notes came at a console than everybody there can read."""

    code, status, exit_code = "too-often", 429, EX_TEMPFAIL
    title = "Too much was said on this console of late"
    cause = "Ten messages and notes from all users together in ten seconds."
    remedy = "Wait some seconds, and say it again."


class TooManyClients(Problem):
    """A bound on connections is reached. Nothing is wrong with the request."""

    code, status, exit_code = "too-many-clients", 503, EX_TEMPFAIL
    title = "Too many clients are connected"
    cause = "The bound max_clients is reached."
    remedy = "Close idle clients, or raise max_clients in com1d.toml."


class UpgradeFailed(Problem):
    """The installed version could not take over; the running one goes on as if nothing had been."""

    code, status = "upgrade-failed", 503
    title = "The installed version did not take over"
    cause = "It cannot start or does not answer, or something is under way that cannot be moved."
    remedy = "Nothing has changed. Correct what the detail says, and try again."


class AuditUnavailable(Problem):
    """The attach could not be written into the audit, and this host requires that."""

    code, status, exit_code = "audit-unavailable", 503, EX_TEMPFAIL
    title = "The audit cannot be written, so nobody is let in"
    cause = "The disk of log_dir or state_dir is full, read-only or does not answer."
    remedy = (
        "Free or repair that disk; audit_required = false in [daemon] lets people in unaudited."
    )


class StateUnavailable(Problem):
    """A switch could not be written where it outlives a restart."""

    code, status, exit_code = "state-unavailable", 503, EX_TEMPFAIL
    title = "The switch could not be saved"
    cause = "The disk of state_dir is full, read-only or does not answer."
    remedy = "Free or repair that disk, and try again."


class ConfigRefused(Problem):
    """A reload found something wrong; the member `problems` has all of it."""

    code, status, exit_code = "config-refused", 409, EX_CONFIG
    title = "The configuration is wrong, and the one before stays in force"
    cause = "A file of the configuration has a mistake, or names what this host does not have."
    remedy = "Correct it; `com1d check` says the same without a reload."


class LogUnavailable(Problem):
    """The boot diagnostics log cannot be read."""

    code, status, exit_code = "log-unavailable", 503, EX_TEMPFAIL
    title = "The boot diagnostics log cannot be read"
    cause = "The disk of log_dir fails, or log_key is not the key that the log was written with."
    remedy = "Check that disk and log_key; `journalctl -u com1d` has the reason."


class PortTimeout(Problem):
    """The port or the hypervisor did not answer in time."""

    code, status, exit_code = "port-timeout", 504, EX_UNAVAILABLE
    title = "The port did not answer in time"
    cause = "The guest, the line or the hypervisor is stuck."
    remedy = "Try again; if it fails again, look at port and control in `com1 status NAME`."


PROBLEMS: dict[str, type[Problem]] = {
    kind.code: kind
    for kind in (
        BadRequest, Forbidden, MfaRequired, HostDisabled, ConsoleDisabled, NotFound,
        MethodNotAllowed, BootDiagnosticsRequired, NotRunning, Busy, PasteTooLong, PasteStopped,
        InternalError, Unsupported, ControlRefused, TooManyClients, UpgradeFailed, AuditUnavailable,
        StateUnavailable, LogUnavailable, PortTimeout, TooOften, ConfigRefused,
    )
}  # fmt: skip
"""Every problem by its code, so that a client can turn an answer back into the error."""
