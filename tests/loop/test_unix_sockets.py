"""What the kernel tells of Unix sockets."""

import os
import socket

from com1d.loop.unix_sockets import clients, is_accepted


def listening(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(4)
    return server


def test_a_connection_is_accepted_when_the_far_end_has_accepted_it(run_dir):
    """Both look the same to connect(); the first one in the backlog is served first."""
    with (
        listening(run_dir / "s") as server,
        socket.socket(socket.AF_UNIX) as first,
        socket.socket(socket.AF_UNIX) as second,
    ):
        first.connect(str(run_dir / "s"))
        second.connect(str(run_dir / "s"))
        before = is_accepted(first), is_accepted(second)
        served, _ = server.accept()
        after = is_accepted(first), is_accepted(second)
        served.close()

    assert ((False, False), (True, False)) == (before, after)


def test_the_clients_of_a_socket_are_those_that_it_has_accepted(run_dir):
    """One who waits in the backlog is none, and neither is one of another socket."""
    with (
        listening(run_dir / "s") as server,
        listening(run_dir / "t") as other,
        socket.socket(socket.AF_UNIX) as first,
        socket.socket(socket.AF_UNIX) as second,
        socket.socket(socket.AF_UNIX) as elsewhere,
    ):
        for client, path in ((first, "s"), (second, "s"), (elsewhere, "t")):
            client.connect(str(run_dir / path))
        served = server.accept()[0], other.accept()[0]
        found = clients((run_dir / "s").stat())
        expected = [os.fstat(first.fileno()).st_ino]
        for connection in served:
            connection.close()

    assert expected == found


def test_a_pair_is_nobody_s_client(run_dir):
    """Sockets without a path have no listener, and are accepted from the start."""
    (run_dir / "file").touch()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert is_accepted(ours)
    assert [] == clients((run_dir / "file").stat())
