"""Who is let in: an honest client is served whatever a crowd does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.transport.crowd import KINDS, PATIENCE_S, crowd
from ykt_sim.transport.address import Address
from ykt_sim.transport.door import Caller, Guests, Lobby
from ykt_sim.transport.null import NullLink
from ykt_sim.transport.serving import Served, Server, ask
from ykt_sim.transport.tcp import LineServer
from ykt_sim.transport.vpcd import VirtualSlot

ANY = Address("127.0.0.1", 0)


# -- the lobby -------------------------------------------------------------------------


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(ANY) as server:
        yield server


def at(door: socket.socket) -> socket.socket:
    found = socket.create_connection(door.getsockname(), PATIENCE_S)
    found.settimeout(PATIENCE_S)
    return found


def said(caller: Caller | None) -> bytes:
    assert caller is not None
    caller.connection.close()
    return caller.said


def test_the_first_that_ends_a_line_is_served(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby, at(door) as silent, at(door) as half, at(door) as one:
        half.sendall(b"00A4")
        one.sendall(b"reset\n00")
        assert said(lobby.first(None, PATIENCE_S)) == b"reset\n00"
        half.sendall(b"04\n")
        assert said(lobby.first(None, PATIENCE_S)) == b"00A404\n"
        silent.sendall(b"\n")
        assert said(lobby.first(None, PATIENCE_S)) == b"\n"
        assert lobby.first(0, PATIENCE_S) is None


def test_a_line_that_is_too_long_is_given_to_be_refused(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby, at(door) as one:
        one.sendall(b"A" * 101)
        assert said(lobby.first(None, PATIENCE_S)) == b"A" * 101


def test_one_that_lets_its_time_pass_is_given_with_nothing(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby, at(door) as one:
        one.sendall(b"half")
        assert said(lobby.first(None, 0.2)) == b""


def test_who_hangs_up_is_forgotten(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby:
        with at(door):
            assert lobby.somebody(PATIENCE_S)
        assert lobby.first(0, PATIENCE_S) is None
        assert not lobby.somebody(0)


def test_the_oldest_goes_where_there_are_too_many(door: socket.socket) -> None:
    with closing(Lobby(door, 100, most=2)) as lobby, at(door) as oldest, at(door), at(door) as last:
        last.sendall(b"x\n")
        assert said(lobby.first(None, PATIENCE_S)) == b"x\n"
        assert oldest.recv(1) == b""


def test_a_watched_socket_ends_the_wait(door: socket.socket) -> None:
    one, other = socket.socketpair()
    with closing(Lobby(door, 100)) as lobby, one, other:
        lobby.watch(one)
        other.send(b"!")
        assert lobby.first(None, PATIENCE_S) is None


def test_sent_away_are_those_here_and_those_at_the_door(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby, at(door) as here:
        assert lobby.somebody(PATIENCE_S)
        with at(door) as there:
            lobby.turn_away()
            assert (here.recv(1), there.recv(1)) == (b"", b"")


# -- guests ----------------------------------------------------------------------------


def test_the_oldest_guest_goes_for_the_newest() -> None:
    guests, ended = Guests(most=3), threading.Semaphore(0)

    def listen(found: socket.socket) -> None:
        found.recv(1)
        ended.release()

    pairs = [socket.socketpair() for _ in range(5)]
    for _, ours in pairs:
        guests.serve(ours, listen)
    assert all(ended.acquire(timeout=PATIENCE_S) for _ in range(2))
    assert not ended.acquire(blocking=False)
    assert [theirs.recv(1) for theirs, _ in pairs[:2]] == [b"", b""]
    for theirs, _ in pairs:
        theirs.close()
    assert all(ended.acquire(timeout=PATIENCE_S) for _ in range(3))


def test_an_error_of_one_guest_is_nobody_elses() -> None:
    def fail(_found: socket.socket) -> None:
        raise TimeoutError

    theirs, ours = socket.socketpair()
    with theirs:
        Guests().serve(ours, fail)
        assert theirs.recv(1) == b""


# -- our servers -----------------------------------------------------------------------


@KINDS
def test_a_server_of_lines_in_a_crowd(said: bytes, count: int) -> None:
    server = LineServer(ANY, NullLink())
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with crowd(socket.AF_INET, server.address, said, count):
            assert _answer(server.address)
    finally:
        server.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


def _answer(address: Address) -> bytes:
    """What an honest client is answered, who comes again when it is turned away."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with socket.create_connection(address, PATIENCE_S) as one:
            one.settimeout(PATIENCE_S)
            try:
                one.sendall(b"reset\n")
                if more := one.recv(100):
                    return more
            except ConnectionError:
                pass
    return b""


@KINDS
def test_the_operators_socket_in_a_crowd(said: bytes, count: int, tmp_path: Path) -> None:
    control = tmp_path / "control"
    slot = VirtualSlot(Address("127.0.0.1", 9), NullLink())
    server = Server([Served("null", slot)], control)
    thread = threading.Thread(target=server._listen, daemon=True)
    thread.start()
    with crowd(socket.AF_UNIX, str(control), said, count):
        begun = time.monotonic()
        assert ask(control, {"do": "status"})["slots"][0]["card"] == "null"
        assert time.monotonic() - begun < PATIENCE_S
    server._socket.shutdown(socket.SHUT_RDWR)
    thread.join(PATIENCE_S)
    server._socket.close()
    slot.stop()
    slot.run()  # gives its sockets up


def test_everybody_is_told_a_line_and_who_made_no_use_of_it_goes(door: socket.socket) -> None:
    with closing(Lobby(door, 100)) as lobby, at(door) as early, at(door) as one:
        assert lobby.somebody(PATIENCE_S)
        one.sendall(b"00\n")
        assert said(lobby.first(None, PATIENCE_S, b"first\n")) == b"00\n"
        assert (early.recv(99), one.recv(99)) == (b"first\n", b"first\n")
        with at(door) as late:
            late.sendall(b"01\n")
            assert said(lobby.first(None, PATIENCE_S, b"second\n")) == b"01\n"
            assert (early.recv(99), late.recv(99)) == (b"", b"second\n")
