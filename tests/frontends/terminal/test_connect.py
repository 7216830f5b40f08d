"""`com1 connect` at a real terminal, on a real daemon, with the test as the guest."""

import os
import re
import signal
import subprocess
import sys
import termios
from typing import Any

import pytest

from com1d.errors import EX_FAILURE, EX_NOPERM, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE, EX_USAGE
from com1d.frontends.session.session import RECONNECT_SECONDS
from com1d.frontends.terminal.answers import QUESTION
from com1d.frontends.terminal.encodings import BRACKETED_PASTE_OFF, BRACKETED_PASTE_ON
from frontends.harness import CLIENT, Daemon, Guest, Terminal, running, until


GREETING = b"quit]"
MENU = b"Ctrl-] send it"


def connected(daemon: Daemon, guest: Guest, *options: str, **keywords: Any) -> Terminal:
    """Give a terminal at which `com1 connect` has begun."""
    arguments = ("--socket", daemon.socket, "connect", guest.name, *options)
    terminal = Terminal(*arguments, **{"columns": 200} | keywords)
    terminal.shows(GREETING)
    return terminal


def test_typing_and_reading(daemon, guest):
    """Each byte but Ctrl-] goes to the guest, each byte of the guest to the screen."""
    keys = bytes(byte for byte in range(256) if byte != 0x1D)
    with connected(daemon, guest) as terminal:
        terminal.type(keys)
        guest.gets(keys)
        output = bytes(range(256))
        guest.says(output)
        terminal.shows(output)
        terminal.type(b"\x1dq")

        assert terminal.ends() == EX_OK


def test_quitting_restores_the_terminal(daemon, guest):
    """After `q` the settings are those before, and what the guest did to the modes is undone."""
    with connected(daemon, guest) as terminal:
        assert not terminal.attributes()[3] & termios.ECHO
        guest.says(b"\x1b[?1049h\x1b[?1003h vi")
        terminal.shows(b" vi")
        terminal.type(b"\x1dq")

        assert terminal.ends() == EX_OK
        assert terminal.before == terminal.attributes()
        last = terminal.seen[terminal.seen.index(b"\x1b[?1049l") :]
        assert b"\x1b[?1003l" in last
        assert BRACKETED_PASTE_OFF in last


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals_restore_the_terminal(daemon, guest, number):
    """A signal that ends the client finds the terminal as it was."""
    with connected(daemon, guest) as terminal:
        terminal.process.send_signal(number)

        assert terminal.ends() == EX_FAILURE
        assert terminal.before == terminal.attributes()
        assert (
            f"com1: interrupted: The session was ended by {number.name}".encode() in terminal.seen
        )


def test_a_terminal_that_hangs_up(daemon, guest):
    """Closing the window ends the client."""
    with connected(daemon, guest) as terminal:
        terminal.hang_up()

        assert terminal.ends() in (EX_OK, EX_FAILURE)


def test_an_exception_restores_the_terminal(daemon, guest):
    """A bug of the client does not cost the user their terminal either."""
    program = (
        "from com1d.frontends.terminal.screen import Screen\n"
        "from com1d.frontends.cli import main\n"
        "async def broken(self, data): raise RuntimeError('a bug')\n"
        "Screen.guest = broken\n"
        f"main(['--socket', '{daemon.socket}', 'connect', '{guest.name}'])"
    )
    with Terminal(program=[sys.executable, "-c", program]) as terminal:
        terminal.shows(GREETING)
        guest.says(b"boom")

        assert terminal.ends() == EX_FAILURE
        assert terminal.before == terminal.attributes()
        assert b"RuntimeError: a bug" in terminal.seen


def test_preemption(daemon, guest):
    """The earlier user is told by whom and when; leaving is 75, with the terminal as it was."""
    with connected(daemon, guest) as first, connected(daemon, guest) as second:
        first.shows(b") took over the console at ")
        first.shows(b"Enter takes it back, w watches, q leaves")
        second.type(b"mine")
        guest.gets(b"mine")
        first.type(b"x")
        first.shows(b"Enter takes the console back, w watches, q leaves")
        first.type(b"q")
        assert first.ends() == EX_TEMPFAIL
        assert first.before == first.attributes()
        assert re.search(rb"com1: preempted: root \(pts/\d+\) took over the console at", first.seen)


def test_after_a_preemption(daemon, guest):
    """Enter takes part again, and so does w without the keyboard; nothing is lost."""
    with connected(daemon, guest) as first, connected(daemon, guest) as second:
        first.shows(b"q leaves")
        guest.says(b"meanwhile")
        first.type(b"\r")
        first.shows(b"meanwhile")
        first.shows(GREETING)
        second.shows(b"q leaves")
        second.type(b"w")
        second.shows(b"you watch as root")
        first.type(b"mine")
        guest.gets(b"mine")


def test_no_preempt(daemon, guest):
    """Whoever does not want to disturb gets 75, and by whom the console is held."""
    with connected(daemon, guest):
        with Terminal("--socket", daemon.socket, "connect", guest.name, "--no-preempt") as second:
            assert second.ends() == EX_TEMPFAIL
            assert b"com1: busy: Somebody else holds the active session. " in second.seen


def test_waiting(daemon, guest):
    """Who waits watches until the holder leaves, and then types."""
    with connected(daemon, guest) as holder, connected(daemon, guest, "--wait") as waiting:
        waiting.type(b"a\x1d")
        waiting.shows(b"you wait, and watch meanwhile, so what you type is not sent")
        waiting.shows(b"a take over")
        waiting.type(b"\x1d")
        guest.says(b"seen by both")
        waiting.shows(b"seen by both")
        holder.type(b"\x1dq")
        assert holder.ends() == EX_OK
        waiting.shows(b"it is your turn")
        waiting.type(b"mine")
        guest.gets(b"mine")


def test_asking_for_the_console(daemon, guest):
    """The holder is asked and hands it over with one key; then the other one types."""
    with connected(daemon, guest) as holder, connected(daemon, guest, "--request") as other:
        holder.shows(b"asks you for the console: Ctrl-] g hands it over")
        holder.type(b"\x1d")
        holder.shows(b"g hand over to root")
        holder.type(b"g")
        holder.shows(b"You handed the console over to root (pts/")
        holder.type(b"q")
        assert holder.ends() == EX_OK
        other.shows(b"it is your turn")
        other.type(b"mine")
        guest.gets(b"mine")


def test_observing(daemon, guest):
    """An observer sees everything and types nothing; the first key says how to take over."""
    with connected(daemon, guest) as active, connected(daemon, guest, "--observe") as observer:
        guest.says(b"seen by both")
        active.shows(b"seen by both")
        observer.shows(b"seen by both")
        observer.type(b"abc")
        observer.shows(b"you watch, so what you type is not sent; Ctrl-] a takes over")
        active.type(b"x")
        guest.gets(b"x")


def test_switching(daemon, guest):
    """`a` takes the session over, `o` gives it back, and no byte of the output is shown twice."""
    with connected(daemon, guest, "--observe") as terminal:
        guest.says(b"one ")
        terminal.shows(b"one ")
        terminal.type(b"\x1da")
        terminal.shows(b"you type as root")
        terminal.shows(GREETING)
        terminal.type(b"typed")
        guest.gets(b"typed")
        terminal.type(b"\x1do")
        terminal.shows(b"you watch as root")
        guest.says(b"two")

        assert b"one" not in terminal.shows(b"two")


def test_the_menu_is_drawn_and_erased(daemon, guest):
    """It stands below the cursor, what the guest says meanwhile waits, and Ctrl-] twice is sent."""
    with connected(daemon, guest, columns=120) as terminal:
        guest.says(b"? ")
        terminal.shows(b"? ")
        terminal.type(b"\x1d")
        assert b"k keys | p paste a file" in terminal.shows(MENU)
        guest.says(b"output")
        terminal.type(b"\x1d")
        guest.gets(b"\x1d")
        shown = terminal.shows(b"output")

        assert shown.endswith(b"\x1b[2K\x1b8output")


def test_a_narrow_terminal(daemon, guest):
    """The menu takes more lines where one is too narrow."""
    with connected(daemon, guest, columns=40) as terminal:
        terminal.type(b"\x1d")
        terminal.shows(b"\r\n\x1b[m\x1b[2Kk keys | p paste a file | o watch only\r\n")


def test_the_information_line(daemon, guest):
    """`i` shows the offsets, `w` who is on; the next key only hides it."""
    with connected(daemon, guest, columns=80) as terminal, connected(daemon, guest, "--observe"):
        guest.says(b"12345")
        terminal.shows(b"12345")
        terminal.type(b"\x1di")
        terminal.shows(f"{guest.name}: active | guest: ".encode())
        terminal.shows(b"terminal 80x24")
        terminal.shows(b"offset 5 of 5")
        terminal.shows(b"boot 0")
        terminal.type(b"x\x1dw")
        terminal.shows(b" types since ")
        terminal.shows(b" watches since ")
        terminal.type(b"xy")
        guest.gets(b"y")


@pytest.mark.parametrize("key", [b"n", b"r", b"e", b"b", b"s"])
def test_what_cannot_be_done_is_not_asked(daemon, guest, key):
    """Without a control there is no NMI, reset, restart, break or SysRq in the menu."""
    with connected(daemon, guest) as terminal:
        terminal.type(b"\x1d" + key)
        terminal.shows(b"the menu has no " + key + b" here; Ctrl-] ? shows what it has")
        terminal.type(b"still here")
        guest.gets(b"still here")


def test_notes_messages_and_history(daemon, guest):
    """What is said reaches the other, what is noted the log, where the history finds it."""
    with connected(daemon, guest) as one, connected(daemon, guest, "--observe") as other:
        guest.says(b"disk error\r\n$ ")
        one.shows(b"disk error")
        other.shows(b"disk error")
        other.type(b"\x1d")
        other.shows(b"m message")
        other.type(b"mis it you?\r")
        one.shows(b"says: is it you?")
        one.type(b"\x1dlpulled it\r")
        other.shows(b"noted in the log: pulled it")
        other.type(b"\x1d/DISK\r")
        other.shows(b"\x1b[7mdisk error\x1b[27m")
        other.shows(b"noted: pulled it]")
        other.type(b"q\x1dq")
        assert other.ends() == EX_OK
    log = daemon.run("log", guest.name).stdout.decode()
    assert re.search(r"\[com1: \d\d:\d\d root \(pts/\d+\) noted: pulled it\]", log)


def test_suspending(daemon, guest):
    """The shell has the terminal as it was; `fg` shows the screen again, and typing goes on."""
    command = f"{' '.join(CLIENT)} --socket {daemon.socket} connect {guest.name}"
    with Terminal(program=["bash", "--norc", "-i"], columns=200, PS1="shell> ") as terminal:
        terminal.shows(b"shell> ")
        terminal.type(command.encode() + b"\r")
        terminal.shows(GREETING)
        guest.says(b"guest> ")
        terminal.shows(b"guest> ")
        terminal.type(b"\x1dz")
        terminal.shows(b"Stopped")
        terminal.shows(b"shell> ")
        terminal.type(b"fg\r")
        terminal.shows(b"guest>")
        terminal.shows(b"back at ")
        terminal.type(b"typed")
        guest.gets(b"typed")
        terminal.type(b"\x1dq")
        terminal.shows(b"shell> ")
        terminal.type(b"exit\r")


def test_a_paste(daemon, guest):
    """Pastes are marked by the terminal; the menu key inside is text, and no mark is passed on."""
    with Terminal("--socket", daemon.socket, "connect", guest.name, columns=200) as terminal:
        assert BRACKETED_PASTE_ON in terminal.shows(GREETING)
        terminal.type(b"\x1b[200~echo \x1dq\x1b[201~")

        guest.gets(b"echo q")  # the daemon lets no control character of a paste through


def test_replayed_queries_are_not_answered(daemon, guest):
    """What a terminal answers to old output never reaches the guest; ordinary typing does."""
    guest.says(b"old \x1b[6n")
    with Terminal("--socket", daemon.socket, "connect", guest.name) as terminal:
        terminal.shows(b"old \x1b[6n" + QUESTION)
        terminal.type(b"\x1b[24;80Rls\x1b[0n")
        guest.gets(b"ls")
        guest.says(b"live \x1b[6n")
        terminal.shows(b"live \x1b[6n")
        terminal.type(b"\x1b[1;6R")
        guest.gets(b"\x1b[1;6R")


def test_the_screen_is_shown_as_it_is(daemon, guest):
    """It is as large as the terminal, asks the terminal nothing, and is no part of the stream."""
    guest.says(b"gone\x1b[2J\x1b[5;50Hmenu\x1b[6n\x1b[31")
    with Terminal(
        "--socket", daemon.socket, "connect", guest.name, "--replay", "screen", columns=100
    ) as terminal:
        shown = terminal.shows(b"\x1b[5H\x1b[m" + b" " * 49 + b"menu")
        guest.says(b"mred")
        shown += terminal.shows(b"\x1b[31mred")
        terminal.type(b"\x1di")
        terminal.shows(b"offset 31 of 31")

    assert b"gone" not in shown
    assert b"\x1b[6n" not in shown
    assert QUESTION not in shown


def test_a_shell_is_told_the_size(daemon, guest):
    """The offer comes once, at a shell; accepted, it is typed on an empty line."""
    guest.says(b"\r\nroot@guest:~# ")
    with Terminal(
        "--socket", daemon.socket, "connect", guest.name, columns=100, rows=40
    ) as terminal:
        terminal.shows(b"[com1: your terminal is 100x40, which the guest does not know")
        terminal.type(b"\x1d")
        terminal.shows(b"t terminal size")
        terminal.type(b"t")
        guest.gets(b"\x15stty rows 40 cols 100\r")


def test_a_terminal_that_does_not_read(daemon, guest):
    """The guest is not held up, Ctrl-] q works, and the terminal comes back."""
    with connected(daemon, guest) as terminal:
        guest.says(bytes(4 << 20))
        terminal.type(b"\x1dq")
        until(lambda: terminal.process.poll() is not None, "the end of com1")

        assert terminal.process.returncode == EX_OK
        assert terminal.before == terminal.attributes()


def test_what_a_slow_terminal_missed_is_counted(daemon, guest):
    """After the terminal reads on, what it gets and what it is told of add up to all there was."""
    total = 4 << 20
    with connected(daemon, guest) as terminal:
        guest.says(b"x" * total)
        guest.says(b"END")
        shown = terminal.shows(b"END")

        lost = sum(map(int, re.findall(rb"\[com1: (\d+) bytes of output were lost here", shown)))
        assert lost > 0
        assert total == lost + shown.count(b"x")


def test_the_vm_goes_and_comes(daemon, guest):
    """A port that goes down and comes up says so, in one line each, and the session stays."""
    with connected(daemon, guest) as terminal:
        guest.close()
        terminal.shows(b"[com1: the port is down; waiting for the VM")
        terminal.type(b"abc")
        terminal.shows(b"[com1: refused: ")
        again = Guest(daemon, guest.name)
        terminal.shows(b"[com1: the port is up]")
        terminal.type(b"x")
        again.gets(b"x")
        again.close()


def test_output_into_a_pipe(daemon, guest, tmp_path):
    """With the output redirected the keys still work, and menu and notices stay on the terminal."""
    program = ["sh", "-c", f'exec "$@" > {tmp_path}/out', "sh", *CLIENT]
    with Terminal("--socket", daemon.socket, "connect", guest.name, program=program) as terminal:
        terminal.shows(GREETING)
        guest.says(b"for the file")
        until(lambda: (tmp_path / "out").read_bytes() == b"for the file", "the output")
        terminal.type(b"\x1d")
        terminal.shows(MENU)
        terminal.type(b"q")

        assert terminal.ends() == EX_OK
        assert (tmp_path / "out").read_bytes() == b"for the file"


@pytest.fixture
def own_daemon(run_dir):
    with running(run_dir, f'[consoles.g]\nport = "listen:{run_dir}/g"\n') as daemon:
        yield daemon


def test_a_daemon_that_dies(own_daemon):
    """The client says that it waits; Ctrl-] q leaves at once, and the terminal is as it was."""
    guest = Guest(own_daemon, "g")
    with connected(own_daemon, guest) as terminal:
        own_daemon.kill()
        guest.close()
        terminal.shows(f"reconnecting, for {RECONNECT_SECONDS:g} s at most".encode())
        terminal.type(b"abc")
        terminal.shows(b"not connected; what you type is not sent")
        terminal.type(b"\x1dq")

        assert terminal.ends() == EX_OK
        assert terminal.before == terminal.attributes()


def test_a_daemon_that_stays_dead(own_daemon):
    """After the bounded time the client ends with 69, and the terminal is as it was."""
    program = (
        "import sys\n"
        "from com1d.frontends.session import session\n"
        "from com1d.frontends.cli import main\n"
        "session.RECONNECT_SECONDS = 0.5\n"
        f"sys.exit(main(['--socket', '{own_daemon.socket}', 'connect', 'g']))"
    )
    guest = Guest(own_daemon, "g")
    with Terminal(program=[sys.executable, "-c", program]) as terminal:
        terminal.shows(GREETING)
        own_daemon.kill()
        guest.close()

        assert terminal.ends() == EX_UNAVAILABLE
        assert terminal.before == terminal.attributes()
        assert b"com1: unreachable: com1d cannot be reached. nobody listens at" in terminal.seen


def test_a_daemon_that_restarts(own_daemon):
    """The session goes on with the new daemon: output, input, and no question asked."""
    guest = Guest(own_daemon, "g")
    with connected(own_daemon, guest) as terminal:
        guest.says(b"before")
        terminal.shows(b"before")
        own_daemon.stop()
        guest.close()
        own_daemon.start()
        again = Guest(own_daemon, "g")
        terminal.shows(b"connected again")
        again.says(b"after")
        terminal.shows(b"after")
        terminal.type(b"typed")
        again.gets(b"typed")
        again.close()


def test_refusals_leave_the_terminal_alone(daemon):
    """Each refusal is one line with its code, and the exit code that scripts wait for."""
    nowhere = ["--socket", "/nowhere", "connect", "g"]
    nobody = ["--socket", daemon.socket, "connect", "nobody"]
    for arguments, code, line in (
        (nowhere, EX_UNAVAILABLE, b"com1: unreachable: com1d cannot be reached. there is no"),
        (nobody, EX_FAILURE, b"com1: not-found: "),
        (["connect"], EX_USAGE, b"com1: usage: "),
    ):
        with Terminal(*arguments) as terminal:
            assert terminal.ends() == code
            assert line in terminal.seen
            assert terminal.before == terminal.attributes()


def test_a_socket_that_the_user_may_not_open(run_dir):
    """Without the rights the answer is 77, and which file it is about."""
    (run_dir / "closed").mkdir(0)
    # root may open anything unless it gives the capabilities up that make it so
    rightless = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    prefix = rightless if os.geteuid() == 0 else []
    command = [*prefix, *CLIENT, "--socket", f"{run_dir}/closed/s", "list"]
    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == EX_NOPERM
    assert done.stderr.startswith(b"com1: forbidden: You may not open com1d's socket. ")
