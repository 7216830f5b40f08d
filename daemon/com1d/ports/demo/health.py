"""The health report that an Azure VM's agent writes to the serial port: a header and a JSON line.

Form as in microsoft/azserialconsole, `Known_Issues/Windows_Health_Info.md`. A real agent reports
only where SAC is off; this guest does both, so that one demo shows the two.
"""

import json

from com1d.ports.demo.machine import MAC, Machine


def report(machine: Machine, now: float) -> str:
    """Give the two lines of a report, each with its line feed."""
    stamp = f"{machine.utc(now):%Y-%m-%dT%H:%M:%S.%f}0Z"
    adapter = {
        "name": "Ethernet",
        "status": "Up",
        "macAddress": MAC,
        "ipProperties": [
            {"protocolVersion": 4, "address": str(machine.address), "isDhcpEnabled": True}
        ],
    }
    body = json.dumps({"reportTime": stamp, "networkAdapters": [adapter]}, separators=(",", ":"))
    return f"======== Microsoft Azure VM Health Report - Start {stamp} ========\n{body}\n"
