"""The Prometheus page."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from com1d.loop.stalls import HoldSample
from com1d.telemetry.metrics import ConsoleSample, DaemonSample, LogSample, page, together


HOLD = HoldSample([("0.002", 1), ("0.01", 3), ("+Inf", 4)], 0.5, 0.3)


def sample(number: int) -> ConsoleSample:
    return ConsoleSample(
        name=f"vm{number}", up=1, received=number, sent=2, lost=3, discarded=4, active=1,
        observers=5, sessions=6, preemptions=7,
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_a_page_of_slices_is_one_valid_page(count: int):
    """However many slices a family takes, Prometheus' own parser sees each family once."""
    text = b"".join(page(DaemonSample("1.2", 9, HOLD), map(sample, range(count)))).decode()

    families = list(text_string_to_metric_families(text))

    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    received = next(family for family in families if family.name == "com1d_received_bytes")
    assert {f"vm{number}": number for number in range(count)} == {
        line.labels["console"]: line.value for line in received.samples
    }


def test_pieces_are_small():
    """No piece renders more than a slice of consoles, so that the loop can go on in between."""
    pieces = list(page(DaemonSample("1.2", 9, HOLD), map(sample, range(1000))))

    assert max(piece.count(b"\n") for piece in pieces) <= 103


def test_the_daemons_own_figures():
    """Version, clients and the histogram of holds are on the page."""
    text = b"".join(page(DaemonSample("1.2", 9, HOLD), [])).decode()

    assert 'com1d_build_info{version="1.2"} 1.0' in text
    assert "com1d_clients 9.0" in text
    assert 'com1d_loop_hold_seconds_bucket{le="0.01"} 3.0' in text
    assert "com1d_loop_hold_seconds_count 4.0" in text
    assert "com1d_loop_hold_longest_seconds 0.3" in text


def test_the_stall_margin():
    """Seconds and share where they are known; before the port was up they are no number."""
    known = sample(1)._replace(stall_margin=91.0, stall_fullest=0.25)
    text = b"".join(page(DaemonSample("1.2", 9, HOLD), [known, sample(2)])).decode()

    assert 'com1d_stall_margin_seconds{console="vm1"} 91.0' in text
    assert 'com1d_stall_fullest_ratio{console="vm1"} 0.25' in text
    assert 'com1d_stall_margin_seconds{console="vm2"} NaN' in text


def test_without_names_counts_are_summed_and_the_worst_margin_counts():
    """Whoever may not know the names sees how much there is, and whether all is well."""
    logs = LogSample(10, 20, 1, 1)
    busy = sample(1)._replace(stall_margin=91.0, stall_fullest=0.25, log=logs)
    idle = sample(2)._replace(stall_margin=80.0, stall_fullest=0.5, log=logs)
    once = together([busy])
    text = b"".join(
        page(DaemonSample("1.2", 9, HOLD), [together([once, idle, sample(3)])])
    ).decode()

    assert "vm" not in text
    for line in ('com1d_port_up{console=""} 3.0', 'com1d_received_bytes_total{console=""} 6.0',
                 'com1d_log_missed_bytes_total{console=""} 40.0',
                 'com1d_log_failing{console=""} 2.0',
                 'com1d_stall_margin_seconds{console=""} 80.0',
                 'com1d_stall_fullest_ratio{console=""} 0.5'):  # fmt: skip
        assert line in text
