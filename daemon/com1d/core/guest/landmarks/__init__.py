"""Texts that tell what the guest is doing, wherever they are in the stream: all of them."""

from typing import Final

from com1d.core.guest.landmarks.booting import BOOTING
from com1d.core.guest.landmarks.deaths import DEATHS
from com1d.core.guest.landmarks.loaders import LOADERS
from com1d.core.guest.landmarks.survived import SURVIVED
from com1d.core.guest.landmarks.waiting import WAITING


LANDMARKS: Final = (*DEATHS, *SURVIVED, *LOADERS, *BOOTING, *WAITING)
