"""Our side of the virtual reader, against a driver played by hand."""
# ruff: noqa: FBT001

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transport.driver import OFF, ON, RESET, Driver, slot
from ykt_sim.bench.make import make_card
from ykt_sim.errors import LinkError, StorageError, UsageError
from ykt_sim.transport import EngineLink, FaultLink, Link
from ykt_sim.transport.address import Address
from ykt_sim.transport.null import ATR as NULL_ATR
from ykt_sim.transport.null import NullLink, fill
from ykt_sim.transport.vpcd import HOST, PORT, VirtualSlot, read_slot

DUAL_ATR = "3B8A80014D54594B542D4455414C65"
SELECT = "00A4040008A000000632010105"
BALANCE = "805C000204"


@pytest.fixture
def driver() -> Iterator[Driver]:
    found = Driver()
    yield found
    found.close()


def dual(balance: int = 10_000) -> EngineLink:
    return EngineLink(make_card("dual", balance=balance))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", (HOST, PORT)),
        ("127.0.0.1", (HOST, PORT)),
        ("10.1.2.3:99", ("10.1.2.3", 99)),
        ("[::1]:5", ("::1", 5)),
        (":5", (HOST, 5)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert read_slot(text) == address
    assert read_slot(text).slot(1).port == address[1] + 1


@pytest.mark.parametrize("text", ["a:0", "a:65536", "a:x", "a:-1", "a:"])
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT"):
        read_slot(text)


def test_a_session(driver: Driver) -> None:
    with slot(dual(), driver) as found:
        driver.accept()
        assert driver.atr() == DUAL_ATR
        driver.say(ON)
        assert driver.atr() == DUAL_ATR
        assert driver.ask(SELECT).endswith("9000")
        assert driver.ask(BALANCE) == "000027109000"
        driver.say(RESET)
        assert driver.ask(BALANCE) == "6A82"  # nothing is selected
        driver.say(OFF)
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
        assert (found.connected, found.commands) == (True, 4)


def test_messages_may_come_in_pieces(driver: Driver) -> None:
    with slot(dual(), driver):
        driver.accept()
        driver.dribble(bytes((ON,)))
        driver.dribble(bytes.fromhex(SELECT))
        assert driver.answer().hex().upper().endswith("9000")


def test_an_answer_goes_out_in_one_send() -> None:
    """Two writes would make the driver wait for the delayed acknowledgement."""
    sent: list[bytes] = []

    class Reader:
        def sendall(self, data: bytes) -> None:
            sent.append(data)

    found = VirtualSlot(Address(HOST, 1), NullLink())
    found._answer(Reader(), fill(1))  # type: ignore[arg-type]
    assert sent == [bytes.fromhex("0003 00 9000")]
    found.stop()
    found.run()


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="Linux has TCP_QUICKACK")
@pytest.mark.parametrize("quick", [True, False])
def test_the_quick_acknowledgement_is_set_before_every_receive(quick: bool) -> None:
    order: list[str] = []

    class Reader:
        def setsockopt(self, _level: int, option: int, _value: int) -> None:
            assert option == socket.TCP_QUICKACK
            order.append("quick")

        def recv(self, count: int) -> bytes:
            order.append("recv")
            return b"\0" * min(count, 2)

    found = VirtualSlot(Address(HOST, 1), NullLink(), quick_ack=quick)
    found._exactly(Reader(), 5)  # type: ignore[arg-type]
    assert order == (["quick", "recv"] * 3 if quick else ["recv"] * 3)
    found.stop()
    found.run()


def test_removing_and_inserting(driver: Driver) -> None:
    with slot(dual(), driver, inserted=False) as found:
        assert driver.no_card_for(0.1)
        found.insert()
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
        found.remove()
        assert driver.answer() == b""
        assert driver.no_card_for(0.1)
        found.insert()
        driver.accept()
        driver.say(ON)
        assert driver.ask(BALANCE) == "6A82"  # it had no power in between
        assert found.inserted


def test_a_card_that_was_out_stays_out_for_the_gap(driver: Driver) -> None:
    with slot(dual(), driver, gap_s=0.4) as found:
        driver.accept()
        found.remove()
        assert driver.answer() == b""
        found.insert()
        assert driver.no_card_for(0.2)
        driver.accept()


def test_a_reader_that_comes_back_gets_its_card_again() -> None:
    first = Driver()
    said: list[str] = []
    card = dual()
    with slot(card, first, say=said.append):
        first.accept()
        first.say(ON)
        assert first.ask(SELECT).endswith("9000")
        first.close()
        second = Driver.__new__(Driver)
        second.server = socket.create_server(tuple(first.address))
        second.server.settimeout(10)
        second.card, second.address = None, first.address
        second.accept()
        second.say(ON)
        assert second.ask(BALANCE) == "6A82"
        second.close()
    assert any("went away" in line for line in said)


def test_waiting_for_a_reader_is_said_once() -> None:
    gone = Driver()
    gone.close()
    said: list[str] = []
    ready = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        ready.set()

    with slot(NullLink(), gone, say=say):
        assert ready.wait(10)
    assert len(said) == 1
    assert "waiting for pcscd with vpcd" in said[0]


@pytest.mark.parametrize("executed", [True, False])
def test_a_card_pulled_in_the_middle_of_a_command_answers_nothing(
    driver: Driver, executed: bool
) -> None:
    card = dual()
    link = FaultLink(card, after=2) if executed else FaultLink(card, before=2)
    with slot(link, driver) as found:
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
        assert driver.ask(BALANCE) == ""
        assert not found.inserted
        assert driver.no_card_for(0.1)
        found.insert()
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")


def test_a_card_that_only_lost_the_field_is_there_after_the_next_power_on(driver: Driver) -> None:
    with slot(FaultLink(dual(), after=2), driver, comes_back=True):
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
        assert driver.ask(BALANCE) == "00"  # an answer cut off
        driver.say(OFF)
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")


def test_a_changed_card_has_power_when_the_old_one_had(driver: Driver) -> None:
    with slot(dual(100), driver) as found:
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
        found.change_card(dual(7))
        assert driver.ask(BALANCE) == "6A82"
        assert driver.ask(SELECT).endswith("9000")
        assert driver.ask(BALANCE) == "000000079000"


class Dead(NullLink):
    """A card whose program ended."""

    def transmit(self, apdu: bytes) -> bytes:
        raise LinkError("its program ended")


class Long(NullLink):
    """A card that says more than the driver can carry."""

    def transmit(self, apdu: bytes) -> bytes:
        return bytes(0x10000)


class Elsewhere(NullLink):
    """A card that another process has."""

    def power_on(self) -> bytes:
        raise StorageError("card.json: in use by process 7, waited 2 s for it")


def test_a_card_that_cannot_be_had_leaves_and_says_why(driver: Driver) -> None:
    said: list[str] = []
    with slot(Elsewhere(), driver, say=said.append) as found:
        driver.accept()
        driver.say(ON)
        assert driver.no_card_for(0.1)
        assert not found.inserted
    assert any("in use by process 7" in line for line in said)


@pytest.mark.parametrize(("card", "words"), [(Dead(), "program ended"), (Long(), "65536 bytes")])
def test_a_card_that_cannot_answer_leaves(driver: Driver, card: Link, words: str) -> None:
    said: list[str] = []
    with slot(card, driver, say=said.append) as found:
        driver.accept()
        driver.say(ON)
        assert driver.ask(SELECT) == ""
        assert driver.no_card_for(0.1)
        assert not found.inserted
    assert any(words in line for line in said)


def test_the_null_card_fills_answers(driver: Driver) -> None:
    with slot(NullLink(), driver):
        driver.accept()
        assert driver.atr() == NULL_ATR.hex().upper()
        for count in (0, 1, 255, 256):
            assert driver.ask(fill(count).hex()) == "00" * count + "9000"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=40).filter(lambda data: data[:1] != b"\4"), max_size=12))
def test_whatever_a_driver_says_the_slot_lives(messages: list[bytes]) -> None:
    driver = Driver()
    with slot(dual(), driver) as found:
        driver.accept()
        driver.say(ON)
        for message in messages:
            driver.send(message)
            if len(message) != 1 and not driver.answer():
                found.insert()  # a card without power left
                driver.accept()
                driver.say(ON)
        driver.say(ON)
        assert driver.ask(SELECT).endswith("9000")
    driver.close()
