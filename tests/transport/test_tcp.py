"""The line protocol over TCP, both ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.bench.make import make_card
from ykt_sim.bench.targets import open_target
from ykt_sim.errors import CardRemovedError, LinkError, UsageError
from ykt_sim.transport import EngineLink, Link
from ykt_sim.transport.address import Address
from ykt_sim.transport.lines import MAX_LINE, LineLink
from ykt_sim.transport.null import NullLink
from ykt_sim.transport.tcp import LineServer, read_listen

SELECT = bytes.fromhex("00A4040008A000000632010105")
ANY = Address("127.0.0.1", 0)


class Probe(NullLink):
    """A card that counts and may leave."""

    def __init__(self, *, leaves: bool = False) -> None:
        self.resets = self.closes = 0
        self.asked: list[bytes] = []
        self.leaves = leaves

    def power_on(self) -> bytes:
        self.resets += 1
        return super().power_on()

    def transmit(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        if self.leaves:
            raise CardRemovedError("gone")
        return super().transmit(apdu)

    def close(self) -> None:
        self.closes += 1


@contextmanager
def serving(card: Link, **more: object) -> Iterator[LineServer]:
    """A server in a thread, ended at the end."""
    server = LineServer(ANY, card, **more)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def client(server: LineServer) -> LineLink:
    link = open_target(f"tcp:{server.address}")
    assert isinstance(link, LineLink)
    return link


def raw(server: LineServer) -> socket.socket:
    found = socket.create_connection(server.address, 10)
    found.settimeout(10)
    return found


def until_closed(found: socket.socket) -> bytes:
    data = b""
    while more := found.recv(4096):
        data += more
    return data


def test_a_card_over_tcp() -> None:
    with serving(EngineLink(make_card("dual", balance=500))) as server:
        link = client(server)
        assert link.power_on().hex().upper() == "3B8A80014D54594B542D4455414C65"
        assert link.transmit(SELECT)[-2:] == b"\x90\x00"
        assert link.transmit(bytes.fromhex("805C000204")).hex() == "000001f49000"
        link.close()
        with pytest.raises(LinkError, match="closed"):
            link.power_on()


def test_one_client_after_the_other_and_each_without_power() -> None:
    card = Probe()
    with serving(card) as server:
        for _ in range(3):
            link = client(server)
            assert link.transmit(b"\0\x84\0\0") == b"\x90\x00"
            link.close()
    assert card.resets == 3
    assert card.closes >= 3


def test_another_client_is_turned_away() -> None:
    with serving(Probe()) as server:
        first = client(server)
        first.power_on()
        second = raw(server)
        assert until_closed(second) == b""
        second.close()
        assert first.transmit(b"\0\x84\0\0") == b"\x90\x00"
        first.close()


def test_lines_that_say_nothing_and_lines_that_are_no_hex() -> None:
    card = Probe()
    with serving(card) as server, raw(server) as found:
        found.sendall(b"\n  # note\r\nRESET # again\r\nhello\n00A\n\xff\xfe\n00 84 00 00\n")
        found.shutdown(socket.SHUT_WR)
        answers = until_closed(found).split()
    assert answers[1:] == [b"6700"] * 3 + [b"9000"]
    assert card.asked == [b"\0\x84\0\0"]
    assert card.resets == 1


def test_commands_in_one_packet_and_byte_by_byte() -> None:
    with serving(Probe()) as server, raw(server) as found:
        found.sendall(b"00840000\n" * 50)
        for byte in b"00840000\n":
            found.sendall(bytes((byte,)))
        found.shutdown(socket.SHUT_WR)
        assert until_closed(found) == b"9000\n" * 51
        assert server.commands == 51


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_is_cut_off(end: bytes) -> None:
    card = Probe()
    with serving(card) as server:
        found = raw(server)
        found.sendall(b"00" * MAX_LINE + end)
        with suppress(ConnectionResetError, BrokenPipeError):
            assert until_closed(found) == b""
        found.close()
        link = client(server)  # the next one is served
        assert link.power_on()
        link.close()
    assert card.asked == []


def test_a_card_that_leaves_ends_the_connection_and_not_the_server() -> None:
    said: list[str] = []
    with serving(Probe(leaves=True), say=said.append) as server:
        for _ in range(2):
            link = client(server)
            link.power_on()
            with pytest.raises(LinkError):
                link.transmit(b"\0\x84\0\0")
            link.close()
    assert said.count("the card left: gone") == 2


def test_a_silent_client_is_let_go() -> None:
    said: list[str] = []
    with serving(Probe(), idle_s=0.05, say=said.append) as server:
        found = raw(server)
        assert until_closed(found) == b""
        found.close()
    assert any("said nothing for 0.05 s" in line for line in said)


def test_one_that_goes_on_with_a_line_for_ever_is_silent_too() -> None:
    """A byte now and then is no line; it does not begin its time anew."""
    said: list[str] = []
    with serving(Probe(), idle_s=0.3, say=said.append) as server, raw(server) as found:
        found.sendall(b"reset\n")
        assert found.recv(100)
        found.settimeout(0.02)
        for _ in range(MAX_LINE // 2):  # some forty seconds: a line of that length is not too long
            try:
                found.send(b"0")
                assert found.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                pass
            break
        with closing(client(server)) as link:
            assert link.power_on()
    assert "the terminal has gone (it said nothing for 0.3 s)" in said


def test_one_that_takes_no_answers_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ykt_sim.transport.tcp._SEND_S", 0.2)
    said: list[str] = []
    with serving(Probe(), say=said.append) as server, raw(server) as found:

        def flood() -> None:
            while True:  # until what is on the way is full, and the server gives it up
                found.sendall(b"00B0950000\n" * 1000)

        with pytest.raises(ConnectionError):
            flood()
        with closing(client(server)) as link:
            assert link.power_on()
    assert "the terminal has gone (timed out)" in said


def test_the_server_ends_when_it_is_done() -> None:
    card = Probe()
    server = LineServer(ANY, card, done=lambda: len(card.asked) > 1)
    thread = threading.Thread(target=server.run)
    thread.start()
    with raw(server) as found:
        found.sendall(b"00840000\n" * 3)
        assert until_closed(found) == b"9000\n" * 2
    thread.join(10)
    assert not thread.is_alive()


def test_a_stop_ends_a_waiting_server_and_its_client() -> None:
    with serving(Probe()) as server, raw(server) as found:
        found.sendall(b"reset\n")
        assert found.recv(100)
        server.stop()
        assert until_closed(found) == b""


def test_a_place_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = Address("127.0.0.1", int(other.getsockname()[1]))
        with pytest.raises(UsageError, match="in use"):
            LineServer(address, Probe())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes(chunks: list[bytes]) -> None:
    with serving(EngineLink(make_card("lnt"))) as server:
        with raw(server) as found:
            for chunk in chunks:
                found.sendall(chunk)
            found.shutdown(socket.SHUT_WR)
            lines = until_closed(found).split(b"\n")
        assert lines[-1] == b""
        assert all(bytes.fromhex(line.decode("ascii")) for line in lines[:-1])
        link = client(server)
        assert link.power_on()
        link.close()


# -- where to listen ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":4747", ("127.0.0.1", 4747)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("127.8.8.8:1", ("127.8.8.8", 1)),
        ("localhost:5", ("localhost", 5)),
        ("[::1]:5", ("::1", 5)),
    ],
)
def test_where_to_listen(text: str, address: tuple[str, int]) -> None:
    assert read_listen(text) == address


@pytest.mark.parametrize("text", ["", "4747", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1"])
def test_no_place_to_listen(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        read_listen(text)


@pytest.mark.parametrize("text", ["0.0.0.0:4747", "192.0.2.1:4747", "card.example:4747", "[::]:1"])
def test_other_machines_are_not_served(text: str) -> None:
    with pytest.raises(UsageError, match="this machine only"):
        read_listen(text)
