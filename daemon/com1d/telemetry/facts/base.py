"""Bases of facts, and the process that did something."""

from dataclasses import fields
from typing import Any, ClassVar

from com1d.core.carried import carried
from com1d.core.session.session import SessionId
from com1d.values import dataclass


def members(thing: Any) -> dict[str, Any]:
    """Give a dataclass' fields by name. asdict() would copy every value, at ten times the cost."""
    return {field.name: getattr(thing, field.name) for field in fields(thing)}


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts."""

    event: ClassVar[str]
    level: ClassVar[str] = "info"
    audited: ClassVar[bool] = False
    """Whether it is also written into the audit."""
    private: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold what a guest or a user has said: `/v1/events` has them, the log has not."""

    def fields(self) -> dict[str, Any]:
        """Give keys and values, without those that are None."""
        return {key: value for key, value in members(self).items() if value is not None}

    def public(self) -> dict[str, Any]:
        """Give the fields that the log may have."""
        return {key: value for key, value in self.fields().items() if key not in self.private}


@carried()
@dataclass(frozen=True, slots=True)
class Who:
    """The process that did something, and for whom."""

    user: str
    """Its user or, where a gateway speaks, the user that the gateway speaks for."""
    uid: int
    gid: int
    pid: int
    command: str
    """Its name as the kernel has it (proc(5), comm), when it connected."""
    gateway: str | None = None
    """The gateway's own user, where one speaks: the numbers and the command are then its own."""
    login: str | None = None
    """Who signed in, where that is somebody else: the person behind root."""
    terminal: str | None = None
    address: str | None = None
    """From where that was: a host."""


@dataclass(frozen=True, slots=True)
class AuditedFact(Fact):
    """Base of facts about acts, done or refused, all of which are audited."""

    audited: ClassVar[bool] = True
    who: Who
    console: str | None
    """None where it concerns the whole host."""
    session: SessionId | None

    def fields(self) -> dict[str, Any]:
        """Give the keys and values, with those of `who` among them."""
        said = {"outcome": "ok"} | members(self) | members(self.who)
        del said["who"]
        return {key: value for key, value in said.items() if value is not None}
