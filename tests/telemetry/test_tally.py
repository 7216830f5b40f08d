"""Facts are counted for the metrics."""

from com1d.errors import Forbidden
from com1d.telemetry import facts
from com1d.telemetry.tally import EVENTS, Tally


WHO = facts.Who("anna", 1000, 1000, 4242, "socat")


def test_every_fact_has_a_counter():
    """Those of a kind by what tells them apart, all by their event."""
    tally = Tally()
    tally.note(facts.VerbUsed(WHO, "a", None, "nmi", Forbidden.code))
    tally.note(facts.VerbUsed(WHO, "a", None, "nmi", "ok"))
    tally.note(facts.AttachRefused(WHO, "a", None, "active", "raw", Forbidden.code))
    tally.note(facts.HookEnded("a", "bugcheck", "/bin/x", "timeout", None, 60.0))
    tally.note(facts.HookEnded("a", "bugcheck", "/bin/x", "Exec format error", None, 0.0))
    tally.note(facts.AuditGap(7, "", ""))

    assert 2 == tally.refusals[Forbidden.code]
    assert (1, 1) == (tally.hooks["timeout"], tally.hooks["not-started"])
    assert 7 == tally.audit_missed
    assert (2, 1) == (tally.facts["verb.used"], tally.facts["attach.refused"])
    assert set(EVENTS) == set(tally.facts)


def test_a_refused_reload_is_over_with_the_next():
    """What the files say is in force again."""
    tally = Tally()
    tally.note(facts.ConfigRefused(("wrong",)))
    assert tally.reload_failed
    tally.note(facts.ConfigReloaded(0, 0, 0))
    assert not tally.reload_failed
