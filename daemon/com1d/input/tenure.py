"""Who has the line of a console, from one process to the next: keys, a paste, held keys."""

from collections.abc import Callable

from com1d.core.carry import Packed, pack, restore, unpack
from com1d.core.paste.transfer import Transfer
from com1d.core.session.session import SessionId
from com1d.input.hands import Hands
from com1d.input.lease import Lease
from com1d.input.pasting import Pasting, Report
from com1d.wire.events import Event


def busy(lease: Lease | None) -> str:
    """Say what has the line that no other process could go on with; empty for nothing."""
    passes = lease is None or lease.pastes or lease.holder is not None
    return "" if passes else "a conversation with the guest, or SysRq, is under way"


def packed(hands: Hands, lease: Lease | None, pasting: Pasting | None) -> Packed:
    """Give what was typed and is not with the line, and what has leased it."""
    typist = hands.typist
    told = typist is not None and pasting is not None and pasting.reports_to(typist.notify)
    return {
        "hands": pack(hands),
        "lease": None if lease is None else lease.session,
        "holder": None if lease is None else pack(lease.holder),
        "pasting": None if pasting is None else pack(pasting),
        "told": told,
    }


def unpacked(
    packed: Packed,
    hands: Hands,
    send: Callable[[SessionId, bytes], None],
    advance: Callable[[Lease, Pasting, bytes], None],
) -> tuple[Lease | None, Pasting | None]:
    """Go on with `hands`; give who has the lease. Raises `StateRefused`.

    `send` takes bytes of a session to the line, and `advance` what the guest printed to a paste.
    """
    restore(hands, packed["hands"])
    session, typist = packed["lease"], hands.typist
    if session is None:
        return None, None
    if packed["pasting"] is None:
        lease = Lease(session)
        lease.holder = unpack(packed["holder"])
        return lease, None
    report: Report = typist.notify if packed["told"] and typist is not None else _nobody
    pasting = Pasting(Transfer("-"), lambda data: send(session, data), report)
    restore(pasting, packed["pasting"])
    lease = Lease(session, lambda data: advance(lease, pasting, data))
    lease.pastes = True
    return lease, pasting


def _nobody(_event: Event) -> None:
    """Tell nobody: its client waits for the end alone."""
