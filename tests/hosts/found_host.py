"""Runs inside a machine with libvirt: a domain that com1d finds is served over its exchanges.

Its console, a session there, what the guest prints, and libvirt's verbs go on. Prints verdicts.
"""

import http.client
import json
import sys
from pathlib import Path

from hosts.kept import Session, crossed, restart, upgrade
from hosts.libvirt_host import LOGIN_SECONDS, answers, log_in, virsh
from hosts.restarts import Api, get, until


def connected() -> bool:
    """Say whether the console is there, with its port; it is not there at all at first."""
    return bool(json.loads(get("")).get("connected"))


def reset() -> int:
    """Have libvirt reset the VM; give the answer's status."""
    api: http.client.HTTPConnection = Api("com1d", timeout=LOGIN_SECONDS)
    api.request("POST", "/v1/consoles/vm/reset")
    status = api.getresponse().status
    api.close()
    return status


def main() -> None:
    until(answers, "libvirtd")
    virsh("define", "/out/domain.xml")
    virsh("start", "vm")
    until(connected, "the domain's console")
    log_in()
    found = json.loads(get(""))
    session = Session()
    session.sees_more()
    for what, act in (("upgrade", upgrade), ("restart", restart)) * 2:
        sys.stdout.write(crossed(session, what, act) + "\n")
        now = json.loads(get(""))
        same = [now[key] == found[key] for key in ("port", "control", "uuid")]
        sys.stdout.write(f"the same domain {same}, active {now['active'] is not None}\n")
    sys.stdout.write(f"reset {reset()}\n")
    virsh("destroy", "vm")
    log = Path("/var/log/com1d/audit.jsonl").read_text()
    sys.stdout.write(f"lost {log.count('console.lost')}\n")


main()
