"""The built-in simulated Windows guest behind the port kind `demo:`.

A demonstration, a test guest and a training ground: COM1 of a Windows Server with SAC, without
Windows. The simulator is pure, like the core, but it sits here because it is the far end of a
line and nothing that the daemon decides. Read downwards:

- `port` is the only module that does I/O: a socket pair, one timer, the pace of the line;
- `guest` is the machine: boot, prompt, bugcheck, silence; bytes and time in, bytes out;
- `sac` shares the line between channels and runs SAC's commands, `admin` holds the simple ones;
- `channel` is a screen to look at, and `shell` what answers there: a login, then `commands`;
- `bugcheck` is what EMS shows after a stop, `boot` and `health` what the machine says by itself;
- `line`, `keyboard` and `screen` are the details of typing and painting; `machine` is the state
  of the simulated computer; `texts` and `codes` hold strings and characters.
"""

from com1d.ports.demo.guest import Guest
from com1d.ports.demo.port import DemoPort


__all__ = ["DemoPort", "Guest"]
