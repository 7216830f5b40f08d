"""All landmarks: texts that show the guest's state wherever they are in the stream."""

from typing import Final

from com1d.core.guest.booting import BOOTING
from com1d.core.guest.deaths import DEATHS
from com1d.core.guest.loaders import LOADERS
from com1d.core.guest.survived import SURVIVED


LANDMARKS: Final = (*DEATHS, *SURVIVED, *LOADERS, *BOOTING)
