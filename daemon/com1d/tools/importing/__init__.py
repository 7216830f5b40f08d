"""`com1d import`: the configuration of conserver, ser2net or conman as one of com1d."""

from typing import Final


KINDS: Final = ("conserver", "ser2net", "conman")
"""Programs whose configuration is understood; `translate.READERS` has who reads each."""
