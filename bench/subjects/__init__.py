"""The console servers that the benchmark compares, in the order of the tables."""

from subjects.base import Daemon, Kind, Setting, Subject
from subjects.com1d import Com1d
from subjects.conman import Conman
from subjects.conserver import Conserver
from subjects.floor import Floor
from subjects.obmc import ObmcConsole
from subjects.ser2net import Ser2net, Ser2netDelay
from subjects.socat import Socat


SUBJECTS: tuple[Subject, ...] = (
    Com1d(),
    Floor(),
    Conserver(),
    Ser2net(),
    Ser2netDelay(),
    Conman(),
    Socat(),
    ObmcConsole(),
)

__all__ = ["SUBJECTS", "Daemon", "Kind", "ObmcConsole", "Setting", "Subject"]
