"""Texts that tell what the guest is doing, wherever they are in the stream: all of them."""

from typing import Final

from com1d.core.guest.booting import BOOTING
from com1d.core.guest.deaths import DEATHS
from com1d.core.guest.loaders import LOADERS
from com1d.core.guest.survived import SURVIVED


LANDMARKS: Final = (*DEATHS, *SURVIVED, *LOADERS, *BOOTING)
