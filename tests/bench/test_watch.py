"""Waiting for the next card: counts, readers that are unplugged, services that are away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ykt_sim.bench import watch
from ykt_sim.bench.watch import CardWatch
from ykt_sim.errors import LinkError, SilentError, UsageError
from ykt_sim.transport.pcsc_readers import Reader

NAME = "A reader 00"
AWAY = LinkError("the PC/SC service does not run")


def empty(count: int = 0) -> tuple[Reader, ...]:
    return (Reader(0, NAME, ("EMPTY",), b"", count),)


def card(count: int = 1) -> tuple[Reader, ...]:
    return (Reader(0, NAME, ("PRESENT",), b"\x3b\x00", count),)


Look = tuple[Reader, ...] | LinkError


class Script:
    """What is seen, look by look; when it is over, nobody waits any more."""

    def __init__(self, *looks: Look) -> None:
        self.looks = list(looks)
        self.said: list[str] = []
        self.now = 100.0
        self.watch = CardWatch("0", self.said.append, lambda: not self.looks)

    def list_readers(self) -> tuple[Reader, ...]:
        found = self.looks.pop(0)
        if isinstance(found, LinkError):
            raise found
        return found

    def wait_for_card(self, _wanted: str, *, seconds: float, clock: Callable[[], float]) -> None:
        del clock
        self.now += seconds
        raise SilentError("nobody")

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


Make = Callable[..., Script]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Make:
    def make(*looks: Look) -> Script:
        found = Script(*looks)
        monkeypatch.setattr(watch, "list_readers", found.list_readers)
        monkeypatch.setattr(watch, "wait_for_card", found.wait_for_card)
        monkeypatch.setattr(watch, "time", found)
        return found

    return make


def test_a_card_that_is_there_is_given_once(script: Make) -> None:
    found = script(card(), card(), card(), card())
    assert found.watch.next_card()
    found.watch.done(again=False)
    assert not found.watch.next_card()


def test_a_card_that_left_and_came_is_given_again(script: Make) -> None:
    found = script(empty(), card(1), card(1), empty(2), card(3))
    assert found.watch.next_card()
    found.watch.done(again=False)
    assert found.watch.next_card()
    assert found.looks == []


def test_a_card_changed_between_two_looks_is_given(script: Make) -> None:
    found = script(card(1), card(3))
    assert found.watch.next_card()
    found.watch.done(again=False)
    assert found.watch.next_card()


def test_trouble_is_said_once_and_its_end_too(script: Make) -> None:
    found = script(AWAY, AWAY, (), empty(), card())
    assert found.watch.next_card()
    assert found.said[0] == "the PC/SC service does not run; waiting"
    assert "plug one in" in found.said[1]
    assert found.said[2:] == ["the reader is back"]


def test_an_unplugged_reader_is_trouble(script: Make) -> None:
    found = script(card(), (), card())
    found.watch.next_card()
    found.watch.done(again=False)
    assert not found.watch.next_card()
    assert "PC/SC knows no reader" in found.said[0]


@pytest.mark.parametrize("paid", [(card(1), AWAY, card(1)), (card(7), card(1)),
                                  (card(1), AWAY, empty(0), card(1))])  # fmt: skip
def test_after_trouble_a_card_that_paid_is_not_given(script: Make, paid: tuple[Look, ...]) -> None:
    found = script(*paid, card(1))
    found.watch.next_card()
    found.watch.done(again=False)
    assert not found.watch.next_card()


def test_after_trouble_a_card_that_shall_come_back_is_given(script: Make) -> None:
    found = script(card(1), AWAY, card(1))
    found.watch.next_card()
    found.watch.done(again=True)
    assert found.watch.next_card()


def test_without_trouble_a_card_that_shall_come_back_has_to_leave(script: Make) -> None:
    found = script(card(1), card(1), card(1))
    found.watch.next_card()
    found.watch.done(again=True)
    assert not found.watch.next_card()


def test_after_trouble_an_empty_reader_is_believed_in_the_end(script: Make) -> None:
    found = script(card(1), AWAY, *[empty(0)] * 8, card(1))
    found.watch.next_card()
    found.watch.done(again=False)
    assert found.watch.next_card()
    assert found.said[-1].startswith("the reader is empty again")


def test_after_trouble_a_removal_that_the_service_saw_is_believed(script: Make) -> None:
    found = script(card(1), AWAY, card(1), empty(2), card(3))
    found.watch.next_card()
    found.watch.done(again=False)
    assert found.watch.next_card()


def test_a_name_that_fits_several_readers(script: Make) -> None:
    found = script((Reader(0, "A 00", (), b""), Reader(1, "A 01", (), b"")))
    found.watch = CardWatch("A", found.said.append, lambda: False)
    with pytest.raises(UsageError, match="fits 2 readers"):
        found.watch.next_card()
