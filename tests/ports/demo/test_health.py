"""The form of an Azure VM health report."""

import json
import re
from datetime import UTC, datetime

from com1d.ports.demo.health import report
from com1d.ports.demo.machine import Machine


def test_report():
    """A report is the documented header line, with seven decimals, and one line of JSON."""
    machine = Machine(10.0, datetime(2018, 3, 6, 2, 6, 40, 625634, tzinfo=UTC))
    header, body, *rest = report(machine, 11.5).split("\n")
    stamp = "2018-03-06T02:06:42.1256340Z"
    assert header == f"======== Microsoft Azure VM Health Report - Start {stamp} ========"
    assert rest == [""]
    facts = json.loads(body)
    assert facts["reportTime"] == stamp
    assert facts["networkAdapters"][0]["ipProperties"][0] == {
        "protocolVersion": 4,
        "address": "10.0.0.4",
        "isDhcpEnabled": True,
    }
    assert re.search(r"(?m)^=+ Microsoft Azure VM Health Report - Start \S+ =+$", header)
