"""Somebody who has signed in, as the gateway vouches for him to the daemon."""

from typing import Final

from com1d.values import dataclass


NAME_CHARACTERS: Final = 256
"""Characters of a name, as the daemon takes them."""

GROUPS_BYTES: Final = 8192
"""Bytes of all groups: half of what the daemon takes as a request's head."""


@dataclass(frozen=True, slots=True)
class User:
    """A user by his name, which is what [[roles]] of com1d.toml name."""

    name: str
    groups: tuple[str, ...] = ()
    second_factor: bool = False
    shown: str = ""
    """What he is called on the page, where that is more than his name."""

    def headers(self) -> dict[str, str]:
        """Give the headers by which the daemon learns for whom the gateway asks."""
        return {
            "Com1d-User": self.name,
            "Com1d-Groups": ",".join(self.groups),
            "Com1d-Mfa": "true" if self.second_factor else "false",
        }


def is_name(text: object) -> bool:
    """Say whether the daemon takes it as a user's or group's name."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= NAME_CHARACTERS
        and text.isprintable()
        and text == text.strip()
        and not set(":,") & set(text)
    )


def fitting(groups: list[str]) -> tuple[str, ...]:
    """Give those groups that the daemon takes, as many as fit into a request."""
    kept: list[str] = []
    room = GROUPS_BYTES
    for group in filter(is_name, groups):
        room -= len(group.encode()) + 1
        if room < 0:
            break
        kept.append(group)
    return tuple(kept)
