"""A login prompt that others have printed into: it stands in the middle of a line by then.

While nothing is printed behind it, `prompts` knows it, too.
"""

from typing import Final

from com1d.core.guest.landmarks.landmark import landmark
from com1d.core.guest.states import LINUX, State


_HOST: Final = r"(?:[a-z\d][\w.-]{0,63}|[A-Z][\w.-]{0,40}[\d-][\w.-]{0,20})"
"""The name of a host, and not `Last` or `Failed`."""

WAITING: Final = (
    landmark(
        State.LOGIN, " login: ",
        rf"(?P<shown>{_HOST}(?: (?:console|tty[\w./]{{1,8}}))? login:) ",
        LINUX, inside=True,
    ),
)  # fmt: skip
"""It counts from the moment it is printed. What follows in its line may be a name that is typed,
or a message to all users, of the kernel, or of cloud-init."""
