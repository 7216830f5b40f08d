"""One session's typing: limited as a burst, then translated to the guest's codes.

While the line is `leased`, for example to a paste, keys wait in order. Ctrl-C does not wait, but
asks for the lease to be ended.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from com1d.core.carried import carried
from com1d.core.keys.keys import Key, Profile
from com1d.core.keys.translator import Command as TranslatorCommand
from com1d.core.keys.translator import Hint, Translator, Write
from com1d.core.paste.burst import BurstLimit, Cut, Pasted, Refused, Typed, Unfinished
from com1d.core.paste.burst import Command as Judged
from com1d.values import dataclass


CANCEL: Final = 0x03
"""Ctrl-C: ends a lease, and is then sent to the guest as usual."""

BEHIND_BYTES: Final = 4096
"""Bytes that wait behind a lease before the client is no longer read; one more read may follow."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """End the lease, then give this back to `Keyboard.type`."""

    data: bytes
    at: float


Command: TypeAlias = Write | Hint | Pasted | Refused | Cut | Unfinished | Interrupt


@carried()
class Keyboard:
    """Feed it what the session's client sent; carry out each command before taking the next."""

    __slots__ = ("_behind", "_burst", "_translator", "leased")

    def __init__(self, limit: int, baud: int, profile: Profile) -> None:
        """Allow bursts of `limit` characters on a line of `baud`."""
        self._burst = BurstLimit(limit, baud)
        self._translator = Translator(profile)
        self._behind = bytearray()
        """Typed while the line was leased; not translated yet."""
        self.leased = False
        """Whether the line is leased. Set it before a lease, and unset it afterwards."""

    @property
    def profile(self) -> Profile:
        """The guest's key profile; set it whenever that changes."""
        return self._translator.profile

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._translator.profile = profile

    @property
    def behind(self) -> int:
        """Bytes that wait until the lease ends."""
        return len(self._behind)

    @property
    def waits(self) -> bool:
        """Whether `guest_spoke` would make a difference now."""
        return self._burst.waits

    def quick(self, data: bytes, now: float) -> list[TranslatorCommand] | None:
        """Translate one key if nothing is pending; None, and nothing taken, where `feed` is needed.

        This is the fast path of a key, whose echo the user waits for. It moves no deadline to an
        earlier time.
        """
        if self.leased or not self._burst.passes(data, now):
            return None
        return self._translator.feed(data, now)

    def feed(self, data: bytes, now: float) -> Iterator[Command]:
        """Take what the client sent, in pieces of any size."""
        yield from self._judged(self._burst.feed(data, now))

    def type(self, data: bytes, at: float) -> Iterator[Command]:
        """Translate keys that the burst limit let pass."""
        if not self.leased:
            yield from self._translator.feed(data, at)
        elif CANCEL in data:
            yield Interrupt(data, at)
        else:
            self._behind += data

    def press(self, keys: Iterable[Key]) -> bytes:
        """Give the bytes for keys pressed by name. Raises `Unsupported` where one has none."""
        return self._translator.press(keys)

    def wrote(self, data: bytes) -> None:
        """Take note of bytes that went to the guest in another way, such as a paste."""
        self._translator.wrote(data)

    def catch_up(self, now: float) -> Iterator[Command]:
        """Type the keys that waited behind a lease, after its end."""
        behind, self._behind = bytes(self._behind), bytearray()
        if behind:
            yield from self.type(behind, now)

    def discard(self) -> int:
        """Throw away what waits behind a lease; give how many bytes that was."""
        count = len(self._behind)
        self._behind.clear()
        return count

    def guest_spoke(self, now: float) -> None:
        """Take note that the guest printed something, which may answer what was typed."""
        self._burst.guest_spoke(now)

    def expire(self, now: float) -> Iterator[Command]:
        """Do what is due at `now`. Nothing happens before `deadline()`."""
        yield from self._judged(self._burst.expire(now))
        yield from self._translator.expire(now)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        burst, held = self._burst.deadline(), self._translator.deadline()
        return burst if held is None else held if burst is None else min(burst, held)

    def pause(self) -> None:
        """Take note that the client is not read for now, so that its silence means nothing."""
        self._burst.pause()

    def resume(self, now: float) -> None:
        """Take note that the client is read again."""
        self._burst.resume(now)

    def close(self) -> int:
        """End it; give how many bytes were typed that will not be sent."""
        held = sum(len(each.data) for each in self._burst.close() if isinstance(each, Typed))
        return held + self.discard()

    def _judged(self, commands: Iterable[Judged]) -> Iterator[Command]:
        for command in commands:
            if isinstance(command, Typed):
                yield from self.type(command.data, command.at)
            else:
                yield command
