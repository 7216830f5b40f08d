"""Machines that are packed in the middle of their work go on as if they had not been."""

import json
import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core import carry
from com1d.core.carried import carried
from com1d.core.guest.detector import Detector
from com1d.core.keys.keyboard import Keyboard
from com1d.core.keys.keys import Profile
from com1d.core.paste.bracketed import END, START
from com1d.core.paste.delivery import Send
from com1d.core.paste.sent_line import SentLine
from com1d.core.paste.transfer import Transfer
from com1d.core.session.session import Sessions
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.telnet import Telnet
from com1d.core.stream.transmit import TransmitQueue
from com1d.errors import StateRefused
from com1d.wire.words import Mode
from core.guest.transcripts import BOOT_MENU, GRUB, HEALTH, LINUX


def over(packed):
    """Take a state on the way that it takes: as JSON."""
    return json.loads(json.dumps(packed))


def renewed(thing, fresh=None):
    """Give what another process would have in place of `thing`."""
    packed = over(carry.pack(thing))
    if fresh is None:
        return carry.unpack(packed)
    carry.restore(fresh, packed)
    return fresh


def keyboard():
    return Keyboard(40, 115200, Profile.SAC)


TYPED = [b"a", b"\x1b", b"[", b"15~", START, b"text \xc3", b"\xa4\r", END, b"\x03"]


@given(st.lists(st.sampled_from(TYPED), max_size=20), st.integers(0, 20))
def test_a_keyboard_goes_on_within_a_sequence_a_burst_or_a_paste(pieces, seam):
    """Whatever was typed up to the seam, what follows is judged and translated as before."""
    whole, parted, times = keyboard(), keyboard(), 0.0
    for number, piece in enumerate(pieces):
        if number == seam:
            parted = renewed(parted, keyboard())
            parted.profile = Profile.SAC
        times += 0.02 * (number % 4)
        assert list(whole.feed(piece, times)) == list(parted.feed(piece, times))
        assert whole.deadline() == parted.deadline()
    assert whole.close() == parted.close()


def echoed(transfer, seam, noise):
    """Paste into a guest that echoes; renew the transfer after `seam` steps."""
    now, steps, sent = 0.0, 0, []
    commands = transfer.begin(now)
    while not transfer.over:
        sent += commands
        echo = b"".join(each.data for each in commands if isinstance(each, Send))
        steps += 1
        if steps == seam:
            transfer = renewed(transfer)
        if echo:
            now += 0.01
            commands = transfer.guest_spoke(noise + echo.replace(b"\r", b"\r\n# "), now)
        else:
            now = transfer.deadline() or now
            commands = transfer.expire(now)
    return sent + commands


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("noise", [b"", b"\x1b[32m", b"[   12.3] usb 1-1: new\r\n# "])
def test_a_paste_goes_on_at_any_place(verify, noise):
    """Verified or not, and in the middle of what else the guest prints, nothing is sent twice."""

    def paste():
        return Transfer("ls -l\recho aabbcc\r", verify=verify, neighbour_wait=0.1)

    wanted = echoed(paste(), 0, noise)

    assert all(echoed(paste(), seam, noise) == wanted for seam in range(1, 40))


@pytest.mark.parametrize(
    "data", [LINUX, GRUB, HEALTH + BOOT_MENU], ids=["linux", "grub", "windows"]
)
def test_a_detector_finds_the_same_wherever_it_is_parted(data):
    """What was printed before the seam counts for what is found after it."""
    chance = random.Random(4)
    whole, parted = Detector("auto"), Detector("auto")
    for at in range(0, len(data), 700):
        piece = data[at : at + 700]
        if chance.random() < 0.3:
            parted = renewed(parted, Detector("auto"))
        assert whole.look(piece, at, at / 1e4, 0.2) == parted.look(piece, at, at / 1e4, 0.2)
        assert whole.take() == parted.take()


@given(st.binary(max_size=60), st.integers(0, 60))
def test_telnet_goes_on_within_a_command(data, seam):
    """An option that was torn in two is answered once, and no byte of it is console output."""
    whole, parted = Telnet(), Telnet()
    first = whole.receive(data)
    told = parted.receive(data[:seam])
    parted = renewed(parted)

    assert first == told + parted.receive(data[seam:])
    assert whole.replies == parted.replies


def test_sessions_queue_and_bucket_stay_what_they_are():
    """Who is active and who waits, what waits for the line and when it may go, are kept."""
    sessions, queue, bucket = Sessions(), TransmitQueue(), Bucket(9600)
    for number, wait in ((1, False), (2, True), (3, True)):
        sessions.attach(number, Mode.ACTIVE, wait=wait)
    queue.put(1, b"ls\r")
    bucket.take(10.0, 40)

    sessions, queue = renewed(sessions), renewed(queue)

    assert (1, (2, 3)) == (sessions.active, sessions.waiting)
    assert b"ls\r" == queue.peek(9)
    assert renewed(bucket, Bucket(9600)).take(10.0, 40) == bucket.take(10.0, 40)


def test_what_is_one_object_stays_one():
    """The two states of an echo know one line, before and after."""
    line = SentLine()
    one, other = renewed([line, line])

    assert one is other


def damaged(state, chance):
    """Give a state with one value, somewhere in it, that is another."""
    text = json.dumps(state)
    at = chance.randrange(len(text))
    return text[:at] + chance.choice('"0{}[],:eabn9') + text[at + chance.randrange(3) :]


def test_a_damaged_state_is_refused_or_has_the_right_kinds_of_values():
    """Of 2000 states with one damage each, all are read, or refused as a whole."""
    chance = random.Random(7)
    thing = Transfer("ls -l\r", verify=True)
    thing.begin(0.0)
    state = carry.pack(thing)
    for _ in range(2000):
        try:
            read = json.loads(damaged(state, chance))
        except ValueError:
            continue
        try:
            carry.unpack(read)
        except StateRefused:
            continue


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        ({"o": "Popen", "v": []}, "not carried by this version"),
        ({"o": "Tail", "n": 0, "v": []}, "has 2 values, not 0"),
        ({"e": ["Phase", "NOW"]}, "NOW.* is not known"),
        ({"b": "%"}, "no base64"),
        ({"x": []}, "no kind of packed value"),
        ({"r": 3}, "does not have"),
        ({"s": [[]]}, "unhashable"),
        ({"m": [[1]]}, "length 1"),
        ({"o": "BurstLimit", "n": 0, "v": [0] * 9}, "only carried into another"),
    ],
)
def test_what_is_no_state_is_refused(packed, why):
    """Nothing is made of a class that is not carried, and nothing is guessed."""
    with pytest.raises(StateRefused, match=why):
        carry.unpack(packed)


def test_a_state_that_is_nested_without_end_is_refused():
    """It does not overrun the stack."""
    packed = []
    for _ in range(1000):
        packed = [packed]
    with pytest.raises(StateRefused, match="too deep"):
        carry.unpack(packed)


def test_a_value_of_another_kind_is_not_put_into_an_object():
    """A text where a number belongs would fail much later, and elsewhere."""
    packed = carry.pack(TransmitQueue())
    packed["v"][-1] = "0"
    with pytest.raises(StateRefused, match="is a str, not a int"):
        carry.restore(TransmitQueue(), packed)


def test_a_new_attribute_that_is_no_plain_value_fails_at_once():
    """Who adds one has to say how it is carried, or why it is not."""

    @carried()
    @dataclass(slots=True)
    class Forgetful:
        timer: object

    with pytest.raises(TypeError, match="a object is not carried"):
        carry.pack(Forgetful(object()))
