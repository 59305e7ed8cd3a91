"""A terminal of ours at a reader, with a reader of our own making."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from ykt_sim.bench import duty
from ykt_sim.bench.duty import Duty
from ykt_sim.bench.make import make_card
from ykt_sim.bench.stand import Stand, StandSetup
from ykt_sim.bench.targets import Name, Opening, Target
from ykt_sim.errors import CardRemovedError, LinkError, UsageError, WriteRefusedError
from ykt_sim.terminal.journal import Pending, Shown, TapEnd, reread
from ykt_sim.transport import EngineLink, Link
from ykt_sim.transport.guard import Permit
from ykt_sim.transport.null import NullLink

NOW = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - a terminal knows local time only
MAY = Permit(allow=True, numbers=("virtual",))


class Refusing(NullLink):
    """A reader without a card, or with one that must not be written to."""

    def __init__(self, error: LinkError) -> None:
        self.error = error

    def power_on(self) -> bytes:
        raise self.error


class Looks:
    """In the place of `bench.watch.CardWatch`: a card as often as there is one."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.told: list[str] = []

    def __call__(self, wanted: str, _say: object, stopping: Callable[[], bool]) -> Looks:
        self.told.append(f"at {wanted}")
        self.stopping = stopping
        return self

    def next_card(self) -> bool:
        self.count -= 1
        return self.count >= 0 and not self.stopping()

    def done(self, *, again: bool) -> None:
        self.told.append("again" if again else "done")

    def trouble(self, why: str) -> None:
        self.told.append(why)


Make = Callable[..., tuple[Duty, Looks, list[str]]]


@pytest.fixture
def on_duty(monkeypatch: pytest.MonkeyPatch):
    stands: list[Stand] = []
    monkeypatch.setattr(duty, "_PAUSE_S", 0.0)

    def make(*links: Link, looks: int = 9, setup: StandSetup = StandSetup()):  # noqa: B008
        cards = iter([NullLink(), *links])  # the first is opened to see that the words are right
        target = Target(Name("pcsc:0", "pcsc", "0", {}), frozenset(), lambda _how: next(cards))
        monkeypatch.setattr(duty, "read_target", lambda _text, _kinds: target)
        seen = Looks(looks)
        monkeypatch.setattr(duty, "CardWatch", seen)
        stands.append(Stand("bus-tunion", setup))
        said: list[str] = []
        found = Duty(stands[-1], "pcsc:0?wait=1", MAY, begin=NOW, say=said.append)
        return found, seen, said

    yield make
    for stand in stands:
        stand.close()


def card(balance: int = 1000) -> Link:
    return EngineLink(make_card("tunion", balance=balance))


def test_card_after_card(on_duty: Make) -> None:
    found, looks, said = on_duty(card(), card(balance=50), card(), looks=3)
    outcomes = [tapped.result.decision.outcome for tapped in found.taps()]
    assert outcomes == ["accepted", "refused", "accepted"]
    assert looks.told == ["at 0", "done", "done", "done"]
    assert said == ["bus-tunion waits for cards at pcsc:0?wait=1; Ctrl-C ends it"]


def test_so_many_and_no_more(on_duty: Make) -> None:
    found, _, _ = on_duty(card(), card(), card())
    assert len(list(found.taps(2))) == 2


def test_each_tap_is_recorded_from_its_own_beginning(on_duty: Make) -> None:
    found, _, _ = on_duty(card(), card())
    for tapped in found.taps(2):
        assert tapped.events[0].t < 5
        assert tapped.now == NOW


def test_what_is_no_tap_is_passed_over(on_duty: Make) -> None:
    found, looks, said = on_duty(
        Refusing(WriteRefusedError("not this card")), Refusing(CardRemovedError("gone")),
        Refusing(LinkError("no service")), card(), looks=4,
    )  # fmt: skip
    assert len(list(found.taps())) == 1
    assert looks.told == ["at 0", "done", "no service", "done"]
    assert said[1:] == [
        "not this card",
        "a card left before it was looked at; put it on again 卡片已离开，请重新刷卡",
    ]


def test_a_torn_card_may_come_again(on_duty: Make) -> None:
    class Leaves(NullLink):
        def transmit(self, apdu: bytes) -> bytes:
            raise CardRemovedError("gone")

    found, looks, _ = on_duty(Leaves(), looks=1)
    (tapped,) = found.taps()
    assert tapped.result.decision.outcome == "retry"
    assert looks.told == ["at 0", "again"]


def test_stop_ends_after_the_tap_under_way(on_duty: Make) -> None:
    found, _, _ = on_duty(card(), card())
    seen = 0
    for _ in found.taps():
        seen += 1
        found.stop()
    assert seen == 1


def test_what_is_wrong_with_the_terminal_is_said(on_duty: Make, tmp_path) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(b"YKTJ1 no line of a journal\n")
    found, _, said = on_duty(looks=0, setup=StandSetup(sam="null:", journal=journal))
    assert list(found.taps()) == []
    assert said[0].startswith("the PSAM does not answer: out of service until it does")
    assert said[1] == "note: 1 damaged places in the journal"


@pytest.mark.parametrize(
    ("name", "permit"), [("card.json", MAY), ("pcsc:0", Permit(allow=True)), ("pcsc:0?x=1", MAY)]
)
def test_wrong_words_before_any_card(name: str, permit: Permit) -> None:
    with Stand("bus-tunion") as stand, pytest.raises(UsageError):
        Duty(stand, name, permit, begin=NOW)


def test_the_target_is_opened_with_the_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Opening] = []

    def opened(how: Opening) -> Link:
        given.append(how)
        return card()

    target = Target(Name("pcsc:0", "pcsc", "0", {}), frozenset(), opened)
    monkeypatch.setattr(duty, "read_target", lambda _text, _kinds: target)
    monkeypatch.setattr(duty, "CardWatch", Looks(1))
    with Stand("bus-tunion") as stand:
        list(Duty(stand, "pcsc:0", MAY, begin=NOW).taps())
    assert given == [Opening(permit=MAY)] * 2


def test_a_tap_counts_as_shown_when_the_next_one_is_wanted(on_duty: Make, tmp_path: Path) -> None:
    setup = StandSetup(state=tmp_path)
    found, _, _ = on_duty(card(), looks=1, setup=setup)
    taps = found.taps()
    assert next(taps).result.decision.outcome == "accepted"
    journal = tmp_path / "bus-tunion.journal"
    assert [type(entry) for entry in reread(journal.read_bytes()).entries] == [Pending, TapEnd]
    assert list(taps) == []
    assert isinstance(reread(journal.read_bytes()).entries[-1], Shown)
