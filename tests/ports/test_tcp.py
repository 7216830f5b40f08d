"""A TCP line: both families, dead ends, and what keeps a dead link from looking alive."""

import os
import socket
import subprocess
import sys

import pytest

from com1d.errors import PortDown
from com1d.ports import tcp
from com1d.ports.tcp import TcpPort
from com1d.ports.telnet import TelnetPort
from ports.ends import Listening, read, well_kept


@pytest.fixture
def server():
    """Give a TCP socket on the loopback that listens and does not accept."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def vm(server):
    """Give one that accepts whoever comes."""
    vm = Listening(server)
    yield vm
    vm.close()


def target(server: socket.socket, host: str = "127.0.0.1") -> str:
    return f"{host}:{server.getsockname()[1]}"


async def test_bytes_go_both_ways(server, vm):
    """What the far end sends is read, and what is typed arrives."""
    line = await TcpPort(target(server)).open()
    guest = vm.accept()
    guest.send(b"login: ")
    os.write(line.write_fd, b"root\r")

    moved = await read(line.read_fd), guest.recv(99)
    kept = well_kept(line.read_fd)
    guest.close()
    end = await read(line.read_fd)
    line.close()

    assert (b"login: ", b"root\r", True, b"") == (*moved, kept, end)


async def test_ipv6_stands_in_brackets():
    """The last colon separates the port; the brackets are not part of the address."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        vm = Listening(server)
        line = await TcpPort(target(server, "[::1]")).open()
        vm.accept().close()
        line.close()
        vm.close()


async def test_a_host_is_tried_at_all_its_addresses(server, vm):
    """`localhost` is ::1 on many hosts, first; a server on 127.0.0.1 is found all the same."""
    line = await TcpPort(target(server, "localhost")).open()
    vm.accept().close()
    line.close()


async def test_keys_go_out_at_once_and_a_dead_link_is_noticed(server, vm):
    """No Nagle, keepalive within a minute, and the same minute for what is not acknowledged."""
    line = await TcpPort(target(server)).open()
    with socket.socket(fileno=os.dup(line.read_fd)) as ours:
        options = [
            ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
            ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
            ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
            ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        ]
    line.close()
    vm.accept().close()

    assert [1, 1, 30, 10, 3, 60000] == options


async def test_a_refused_connection_is_down(server):
    """The reason names the target."""
    address = target(server)
    server.close()

    with pytest.raises(PortDown, match=f"{address} cannot be reached: Connection refused"):
        await TcpPort(address).open()


async def test_a_host_that_does_not_answer_is_down():
    """A full queue drops our SYN, as a dead host does: the wait is bounded."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as server,
        socket.create_connection(server.getsockname()),
        pytest.raises(PortDown, match="does not answer"),
    ):
        await TcpPort(target(server), patience=0.01).open()


@pytest.mark.parametrize("host", ["two..dots", "fe80::1%nowhere", "a" * 64])
async def test_an_impossible_name_is_down(host):
    """Whatever the resolver makes of it, the port is down and not broken."""
    port = TcpPort(f"{host}:23")

    with pytest.raises(PortDown, match=host):
        await port.open()
    port.close()

    assert port.watch == ()


async def test_a_port_does_not_talk_to_itself():
    """Trying a free local port for ever ends in a connection to oneself; that is refused."""
    loner = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    loner.bind(("127.0.0.1", 0))

    with pytest.raises(ConnectionRefusedError):
        await tcp.connect(loner, loner.getsockname())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("make", [TcpPort, TelnetPort])
async def test_a_vm_that_serves_another_program_is_not_connected(monkeypatch, host, make):
    """Ours would wait in its backlog, and what is typed with it; the other one is named."""
    monkeypatch.setattr(tcp, "ACCEPT_SECONDS", 0.01)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        address = f"[{host}]:" if ":" in host else f"{host}:"
        port = make(f"{address}{server.getsockname()[1]}")
        command = [sys.executable, "-ISc", HOLD, host, str(server.getsockname()[1])]
        other = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: ASYNC220 - a moment
        served, _ = server.accept()
        with pytest.raises(PortDown, match=rf"is held by python\S* \(pid {other.pid}\)"):
            await port.dial()
        served.close()
        other.communicate()
        server.accept()[0].close()  # the try that was given up
        vm = Listening(server)
        (await port.dial()).close()
        vm.accept().close()
        vm.close()


HOLD = (
    "import socket, sys\n"
    "with socket.create_connection((sys.argv[1], int(sys.argv[2]))): sys.stdin.read()\n"
)
