"""What each command of `com1d` does; the daemon itself imports none of it."""

import argparse
from collections.abc import Callable
from typing import Final

from com1d.tools.audit_check import verify
from com1d.tools.check import check
from com1d.tools.doctor.doctor import doctor
from com1d.tools.guest_args import guest_args
from com1d.tools.importing.translate import translate
from com1d.tools.report import report
from com1d.tools.slo import slo
from com1d.tools.trace import trace
from com1d.tools.upgrade import upgrade


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "check": lambda given: check(given.config, as_json=given.json),
    "guest-args": lambda given: guest_args(
        given.config, given.name, libvirt=given.libvirt, as_json=given.json
    ),
    "doctor": lambda given: doctor(given.config, as_json=given.json),
    "trace": lambda given: trace(given.config, given.name, given.seconds, as_json=given.json),
    "slo": lambda given: slo(given.config, given.window, as_json=given.json),
    "report": lambda given: report(given.config, given.file),
    "import": lambda given: translate(given.file, given.kind),
    "upgrade": lambda given: upgrade(given.config, as_json=given.json),
    "audit": lambda given: verify(given.config, as_json=given.json),
}
"""By its name; `com1d man` stands above what it describes."""
