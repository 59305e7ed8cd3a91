"""The server of virtual slots and the operator's socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transport.driver import ON, Driver
from ykt_sim.bench.make import make_card, open_sim_card
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport import EngineLink
from ykt_sim.transport.address import Address
from ykt_sim.transport.serving import Served, Server, ask, default_control
from ykt_sim.transport.vpcd import VirtualSlot

SELECT, BALANCE = "00A4040008A000000632010105", "805C000204"


class Running:
    """A server in a thread, with a driver for each slot."""

    def __init__(self, folder: Path) -> None:
        self.control = folder / "control"
        self.drivers = [Driver(), Driver()]
        first, second = (driver.address for driver in self.drivers)
        sim = VirtualSlot(first, open_sim_card("dual", balance=500), gap_s=0.0, comes_back=True)
        plain = VirtualSlot(second, EngineLink(make_card("lnt")), gap_s=0.0, inserted=False)
        cards = [
            Served("sim:dual", sim, lambda seed: open_sim_card("dual", seed=seed, balance=500)),
            Served("card.json", plain),
        ]
        self.server = Server(cards, self.control)
        self.thread = threading.Thread(target=self._run)
        self.code = -1
        self.thread.start()

    def _run(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            # Signals belong to the main thread; they have a test of their own.
            patch.setattr(signal, "signal", lambda _number, _handler: None)
            self.code = self.server.run()

    def say(self, word: str, **more: object) -> dict[str, object]:
        return ask(self.control, {"do": word, **more})

    def end(self) -> None:
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()
        for driver in self.drivers:
            driver.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path)
    yield found
    found.end()


def test_what_the_operator_can_say(running: Running) -> None:
    first, second = running.drivers
    first.accept()
    assert second.no_card_for(0.1)
    told = running.say("insert", slot=1)["slot"]
    assert isinstance(told, dict)
    assert told["inserted"] is True
    second.accept()
    running.say("remove", slot=1)
    assert second.answer() == b""
    slots = running.say("status")["slots"]
    assert isinstance(slots, list)
    assert [(one["slot"], one["card"], one["inserted"]) for one in slots] == [
        (0, "sim:dual", True), (1, "card.json", False),
    ]  # fmt: skip


def test_a_fresh_card_a_torn_one_and_facts(running: Running) -> None:
    driver = running.drivers[0]
    driver.accept()
    driver.say(ON)
    assert driver.ask(SELECT).endswith("9000")
    randoms = []
    for seed in (5, 5, 6):
        running.say("fresh", slot=0, seed=seed)
        assert driver.ask(BALANCE) == "6A82"  # a new card: nothing is selected
        driver.ask(SELECT)
        randoms.append(driver.ask("805003020B0100000064010203040506"))
    assert randoms[0] == randoms[1] != randoms[2]
    facts = running.say("facts")["facts"]
    assert isinstance(facts, dict)
    assert facts["profile"] == "dual"
    assert "value" not in json.dumps(facts["directories"][0])
    running.say("tear", write=1)
    driver.say(ON)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"do": "jump"}, "cannot do 'jump': there are status, insert"),
        ({}, "cannot do None"),
        ({"do": "insert", "slot": 2}, "no slot 2: there are 0 to 1"),
        ({"do": "insert", "slot": "x"}, "no slot 'x'"),
        ({"do": "fresh", "slot": 1}, "cannot be made anew"),
        ({"do": "fresh", "slot": 0, "seed": "x"}, "cannot be made anew"),
        ({"do": "tear", "slot": 1}, "does not know 'tear'"),
        ({"do": "tear", "slot": 0, "write": 0}, "write counts from 1, got 0"),
        ({"do": "facts", "slot": 1}, "does not know 'facts'"),
    ],
)
def test_what_it_cannot_do_is_said(running: Running, said: dict[str, object], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        ask(running.control, said)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_nonsense_is_answered_and_the_server_lives(running: Running, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(running.control))
        link.sendall(data.replace(b"\n", b"") + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += link.recv(4096)
    assert json.loads(answer)["ok"] in (True, False)
    assert len(running.say("status")["slots"]) == 2  # type: ignore[arg-type]


def test_stop_ends_it_and_takes_its_socket_away(tmp_path: Path) -> None:
    found = Running(tmp_path)
    found.say("stop")
    found.thread.join(10)
    assert found.code == 0
    assert not found.control.exists()
    with pytest.raises(LinkError, match="no ykt card serve answers"):
        found.say("status")
    found.end()


def test_two_servers_do_not_share_a_socket(running: Running) -> None:
    with pytest.raises(UsageError, match="another server uses it"):
        Server([], running.control)


def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    found = Server([], path)
    assert path.stat().st_mode & 0o077 == 0
    found.stop()
    found._socket.close()


def test_a_path_that_cannot_be(tmp_path: Path) -> None:
    for path in (tmp_path / "none" / "control", tmp_path / ("x" * 200)):
        with pytest.raises(UsageError, match=str(path)[-20:]):
            Server([], path)


def test_the_default_socket_is_the_users_own() -> None:
    assert str(os.getuid()) in default_control(Address("127.0.0.1", 35963)).name
    assert "35963" in default_control(Address("127.0.0.1", 35963)).name
