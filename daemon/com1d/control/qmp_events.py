"""What QEMU's events mean (QAPI `run-state.json`). Pure: times are QEMU's own, in seconds."""

from collections.abc import Mapping
from typing import Any, Final

from com1d.control.base import VmEvent, What


FIRMWARE_SECONDS: Final = 3.0
"""How long after a reset further resets by the guest are the firmware's own: SeaBIOS resets once
to four times more before it prints anything, within 0.1 s, on a host that is overloaded eight times
within 1.6 s. A guest that boots and resets within three seconds has every other boot told."""

_WHAT: Final = {
    "RESET": What.RESET,
    "SHUTDOWN": What.SHUTDOWN,
    "STOP": What.PAUSED,
    "RESUME": What.RESUMED,
    "POWERDOWN": What.POWER_BUTTON,
    "GUEST_PANICKED": What.PANIC,
    "GUEST_CRASHLOADED": What.CRASH_DUMP,
    "WATCHDOG": What.WATCHDOG,
}

_STOP_PARAMETERS: Final = ("arg2", "arg3", "arg4", "arg5")


class Translator:
    """Translates QMP events to `VmEvent`s: one for each boot, however often the firmware resets."""

    def __init__(self) -> None:
        self._firmware_until = 0.0
        self._waits_for_resume = False

    def translate(self, name: str, data: Mapping[str, Any], at: float) -> VmEvent | None:
        """Give the `VmEvent`; None for an event that means nothing, or nothing new."""
        what = _WHAT.get(name)
        match what:
            case What.RESET if not self._begins_boot(by_guest=data.get("guest") is True, at=at):
                return None
            case What.RESUMED:
                self._resumed(at)
            case What.PAUSED:
                self._waits_for_resume = False
            case What.PANIC | What.CRASH_DUMP:
                return _crash(what, data)
            case What.WATCHDOG:
                return VmEvent(what, detail=_texts(data, "action"))
            case None:
                return None
        return VmEvent(what, _texts(data, "reason").get("reason", ""))

    def _begins_boot(self, *, by_guest: bool, at: float) -> bool:
        # The second half: QEMU's clock is the host's, which may be set back.
        if by_guest and at < self._firmware_until <= at + FIRMWARE_SECONDS:
            return False
        self._firmware_until = at + FIRMWARE_SECONDS
        self._waits_for_resume = True
        return True

    def _resumed(self, at: float) -> None:
        # A VM that was reset while paused begins its boot only when it goes on.
        if self._waits_for_resume:
            self._firmware_until = at + FIRMWARE_SECONDS
        self._waits_for_resume = False


def _crash(what: What, data: Mapping[str, Any]) -> VmEvent:
    """Tell of a crash; on Windows with Hyper-V enlightenments, `arg1` is the STOP code."""
    info = data.get("info")
    detail = _texts(data, "action")
    if not isinstance(info, dict):
        return VmEvent(what, "pvpanic", detail)
    code = info.get("arg1")
    if info.get("type") == "hyper-v" and isinstance(code, int) and code >= 0:
        parameters = (info.get(key) for key in _STOP_PARAMETERS)
        detail |= {
            "stop_code": f"0x{code:08X}",
            "parameters": " ".join(f"0x{p:016X}" for p in parameters if isinstance(p, int)),
        }
    return VmEvent(what, _texts(info, "type").get("type", ""), detail)


def _texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    """Take one member, if it is a text."""
    value = data.get(key)
    return {key: value} if isinstance(value, str) else {}
