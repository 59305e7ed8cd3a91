"""The account of money finds what is wrong, whatever wrote the files."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ykt_sim.bench import images
from ykt_sim.bench.kept import journal
from ykt_sim.bench.make import make_card
from ykt_sim.bench.simulated import card_in_file
from ykt_sim.bench.soak.account import Account, Segments, entry, sums
from ykt_sim.bench.stand import Stand, StandSetup, pulled

NOW = datetime(2024, 11, 1, 8)  # noqa: DTZ001 - a terminal knows local time only
NUMBER = "0000000001"
BUS, LOADS = "bus-upgraded", "load-point"
#: What the bus takes.
FARE = 190


class World:
    """One dual card, a bus and a load point with their files, and an account of them."""

    def __init__(self, folder: Path) -> None:
        self.card, self.state = folder / "card.json", folder / "state"
        self.state.mkdir()
        images.save_card(self.card, make_card("dual", balance=1000).snapshot())
        self.account = Account(self.state)
        self.account.issue(NUMBER, self.card, 1000)
        self.now = NOW

    def tap(self, terminal: str = BUS, amount: int = 0, tear: str = "") -> tuple[str, int, str]:
        """One tap of the card; gives what is told of its record."""
        self.now += timedelta(seconds=20)
        with Stand(terminal, StandSetup(state=self.state)) as stand:
            link = pulled(card_in_file(self.card), tear)
            record = stand.tap(link, self.now, amount).result.clearing
        return (terminal, record.sequence, record.tac) if record else (terminal, 0, "")

    def wrong(self, *told: tuple[str, int, str]) -> list[str]:
        self.account.check(set(told))
        return list(self.account.wrong)

    def journal(self, terminal: str = BUS) -> Path:
        return self.state / f"{terminal}.journal"

    def edit(self, change: Callable[[list[dict[str, Any]]], object], terminal: str = BUS) -> None:
        """Change a journal's entries; its lines are whole again."""
        entries = [
            entry(line) for line in self.journal(terminal).read_bytes().splitlines(keepends=True)
        ]
        change(entries)  # type: ignore[arg-type]
        self.journal(terminal).write_bytes(b"".join(map(line_of, entries)))

    def edit_card(self, cell: str, **values: int) -> None:
        body = json.loads(self.card.read_text())
        for key, value in body["cells"]:
            if key[0] == cell:
                value.update(values)
        self.card.write_text(json.dumps(body))


def line_of(found: Any) -> bytes:
    body = json.dumps(found).encode()
    return b"YKTJ1 %08X %08X %b\n" % (len(body), zlib.crc32(body), body)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_right_is_right_at_every_moment(world: World) -> None:
    assert world.wrong() == []
    told = [world.tap(), world.tap(LOADS, 500)]
    assert world.wrong(*told) == []
    world.tap(tear="debit")
    assert world.wrong() == []  # the card has paid; open, so it may have
    assert world.account.balance(NUMBER) == 1000 + 500 - 2 * FARE
    assert world.account.sums() == (FARE, 500, 0)
    world.tap(LOADS, 300, tear="4")
    told = [world.tap(), world.tap(LOADS, 300), world.tap("metro-entry"), world.tap("metro-exit")]
    assert world.wrong(*(one for one in told if one[1])) == []
    world.account.settled()
    assert world.wrong() == []
    assert world.account.sums()[2] == 0
    assert world.account.segments() == 4
    assert world.account.used(NUMBER) == 2


def test_a_torn_tap_that_never_comes_back_is_not_settled(world: World) -> None:
    world.tap(tear="debit")
    assert world.wrong() == []
    world.account.settled()
    assert world.wrong() == [
        "bus-upgraded: never settled: lnt purchase of card 5100000000000001, counter 0, 190 fen",
        "card 0000000001: counted 1 purchases, 0 are on record",
    ]


def test_money_that_left_the_card_alone(world: World) -> None:
    world.tap()
    world.edit_card("money", actual=1000)
    assert world.wrong() == ["card 0000000001: holds 1000 fen, the records say 810"]
    assert world.wrong() == ["card 0000000001: holds 1000 fen, the records say 810"]  # once


def test_what_is_open_explains_its_own_amount_alone(world: World) -> None:
    world.tap(tear="debit")
    world.edit_card("money", actual=1000 - FARE - 1)
    assert world.wrong() == ["card 0000000001: holds 809 fen, the records say 1000, open: [-190]"]


def test_a_record_that_is_lost(world: World) -> None:
    told = [world.tap(), world.tap()]
    world.edit(lambda entries: entries.pop(1))  # the end of the first tap
    found = world.wrong(*told)
    assert found == [f"bus-upgraded: told as accepted and not on record: 1, TAC {told[0][2]}"]
    world.account.settled()
    assert "card 0000000001: no record of lnt purchase 0" in world.wrong()


def test_a_record_that_is_claimed_twice(world: World) -> None:
    world.tap()
    world.edit(lambda entries: entries.append(entries[1]))
    assert world.wrong() == [
        "claimed twice: lnt purchase of card 5100000000000001, counter 0, 190 fen",
        "card 0000000001: holds 810 fen, the records say 620",
    ]


@pytest.mark.parametrize("used", ["00000001", "00000000"])
def test_a_psam_number_that_is_used_twice(world: World, used: str) -> None:
    world.tap()
    world.tap()

    def change(entries: list[dict[str, Any]]) -> None:
        later = [one["record"] for one in entries if one["entry"] == "pending"][1]
        later["terminal_serial"] = used

    world.edit(change)
    twice = ["413158100102: PSAM number 00000001 after 00000001"]
    assert world.wrong() == (twice if int(used) else [])  # zeros: a load has none


def test_a_card_that_counted_more(world: World) -> None:
    world.tap()
    world.edit_card("purse", online=4)
    assert world.wrong() == []
    world.account.settled()
    assert world.wrong() == ["card 0000000001: counted 8 loads, 0 are on record"]


def test_a_dispute_is_money_in_doubt(world: World) -> None:
    world.tap()

    def disputed(entries: list[dict[str, Any]]) -> None:
        entries[1]["dispute"], entries[1]["clearing"] = entries[1]["clearing"], None

    world.edit(disputed)
    assert world.wrong() == []
    assert world.account.sums() == (0, 0, FARE)
    world.account.settled()
    assert world.wrong() == []


def test_what_cannot_be_read_is_said(world: World) -> None:
    world.tap()
    data = bytearray(world.journal().read_bytes())
    data[70] ^= 1
    world.journal().write_bytes(data)
    world.card.write_text("{")
    found = world.wrong()
    assert found[0].startswith("bus-upgraded.journal: a line cannot be read: b'YKTJ1 ")
    assert found[1].startswith("card.json: cannot be read: Expecting property name")


def test_what_a_kill_left_of_a_line_is_nothing_yet(world: World) -> None:
    world.tap()
    whole = world.journal().read_bytes()
    world.journal().write_bytes(whole[:-1])
    assert world.wrong() == []
    world.journal().write_bytes(whole)
    assert world.wrong() == []


@pytest.mark.parametrize("every", [1, 3])
def test_segments_are_read_once(world: World, monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    """Whether a look comes after each tap or after several cuts."""
    monkeypatch.setitem(journal.JournalFile.__init__.__kwdefaults__, "limit", 1)
    for number in range(9):
        world.tap(amount=0) if number % 3 else world.tap(LOADS, 100)
        if not number % every:
            assert world.wrong() == []
    assert world.wrong() == []
    assert world.account.segments() > 8
    assert world.account.sums() == (6 * FARE, 300, 0)
    world.account.settled()
    assert world.wrong() == []


def test_a_copy_that_a_kill_left_beside_the_newest_segment_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(b"1\n2\n")
    segments = Segments(path)
    assert list(segments.new_lines()) == [b"1\n", b"2\n"]
    (tmp_path / "a.journal.000001").write_bytes(b"1\n2\n")
    path.write_bytes(b"1\n2\n3\n")
    assert list(segments.new_lines()) == [b"3\n"]
    (tmp_path / "a.journal.000001").write_bytes(b"1\n2\n3\n4\n")
    path.write_bytes(b"checkpoint\n5\n")
    assert list(segments.new_lines()) == [b"4\n", b"checkpoint\n", b"5\n"]
    assert list(segments.new_lines()) == []
    assert segments.files == 2


def test_sums_of_some() -> None:
    assert sums([]) == {0}
    assert sums([-5, 20]) == {0, -5, 20, 15}
    assert sums([1] * 11) == {0, 11}
