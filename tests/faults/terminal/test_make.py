"""Two faults at once: both are seen, wherever they act."""

from __future__ import annotations

import msgspec

from tests.terminal.world import NOW, card, counting
from ykt_sim.bench.make import make_sam
from ykt_sim.bench.tap import MemoryJournal, TapResult, run_tap, start
from ykt_sim.codes import AID_TUNION_EP, INS
from ykt_sim.errors import CardRemovedError
from ykt_sim.faults.terminal import FAULTS, make_terminal
from ykt_sim.faults.terminal.fault import Rule
from ykt_sim.faults.terminal.make import rules_with
from ykt_sim.profiles.terminals import load_terminal_profile
from ykt_sim.terminal import Machine, reread
from ykt_sim.terminal.rules import RULES
from ykt_sim.transport import EngineLink, Link
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.files import TripRecord
from ykt_sim.wire.purse import DebitData, InitializeData

ECASH = bytes.fromhex("A000000632010106")
LONG = AID_TUNION_EP + bytes(8)


class Spied:
    """A link that keeps the commands, and may pull the card at one of them."""

    def __init__(self, link: Link, pulled_at: int = 0) -> None:
        self.link = link
        self.commands: list[Command] = []
        self.pulled_at = pulled_at

    def power_on(self) -> bytes:
        return self.link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        command = Command.parse(apdu)
        self.commands.append(command)
        if command.ins == self.pulled_at:
            self.pulled_at = 0
            raise CardRemovedError("pulled")
        return self.link.transmit(apdu)

    def close(self) -> None:
        self.link.close()

    def sent(self, ins: int) -> Command:
        return [command for command in self.commands if command.ins == ins][-1]

    def trip(self) -> TripRecord:
        updates = [one for one in self.commands if one.ins == INS.UPDATE_RECORD]
        (data,) = [one.data for one in updates if one.p2 >> 3 == 0x1E]
        return TripRecord.parse(data)


class Stand:
    """A faulty terminal with its PSAM and its journal."""

    def __init__(self, profile: str, *names: str) -> None:
        self.machine: Machine = make_terminal(load_terminal_profile(profile), None, names)
        self.sam = EngineLink(make_sam(profile, counting()))
        self.journal = MemoryJournal()
        start(self.machine, self.sam)

    def tap(self, link: Spied) -> TapResult:
        link.power_on()
        return run_tap(self.machine, link, self.sam, now=NOW, journal=self.journal)


def spied(kind: str = "tunion", pulled_at: int = 0) -> Spied:
    return Spied(EngineLink(card(kind)), pulled_at)


def tapped(profile: str, *names: str, kind: str = "tunion") -> tuple[Spied, TapResult]:
    link = spied(kind)
    return link, Stand(profile, *names).tap(link)


def test_without_a_fault_it_is_the_machine_itself() -> None:
    assert type(make_terminal(load_terminal_profile("bus-upgraded"))) is Machine
    assert rules_with() is RULES


def test_two_in_one_record() -> None:
    link, _ = tapped("bus-tunion", "city-zero", "trip-amount-full")
    assert (link.trip().city, link.trip().amount) == ("0000", 200)


def test_two_in_the_order_and_the_class_of_updates() -> None:
    link, _ = tapped("metro-entry", "trip-before-industry", "plain-update")
    first = next(one for one in link.commands if one.ins == INS.UPDATE_RECORD)
    assert (first.cla, first.p2 >> 3) == (0, 0x1E)


def test_a_setting_and_a_command() -> None:
    link, _ = tapped("bus-upgraded", "key-index-zero", "terminal-number-zero")
    data = InitializeData.parse(link.sent(INS.INITIALIZE).data)
    assert (data.key_index, data.terminal) == (0, "0" * 12)


def test_something_heard_and_something_said() -> None:
    link, _ = tapped("bus-upgraded", "mac1-zero", "debit-p1-02")
    debit = link.sent(INS.DEBIT)
    assert (debit.p1, DebitData.parse(debit.data).mac1) == (2, bytes(4))


def test_a_rule_and_an_ending() -> None:
    link, result = tapped("bus-upgraded", "fare-one-fen-more", "clearing-amount-wrong")
    assert InitializeData.parse(link.sent(INS.INITIALIZE).data).amount == 201
    assert result.decision.amount == 201
    assert result.clearing is not None
    assert result.clearing.amount == 202


def test_two_endings_stand_in_the_journal_too() -> None:
    stand = Stand("bus-upgraded", "clearing-serial-zero", "clearing-card-wrong")
    result = stand.tap(spied())
    record = result.clearing
    assert record is not None
    assert (record.terminal_serial, record.card[-1]) == ("0" * 8, "5")
    (_, end, _) = reread(stand.journal.data).entries
    assert msgspec.to_builtins(end)["clearing"] == msgspec.to_builtins(record)


def test_two_rules_of_one_chapter_pile_up() -> None:
    def rules(*names: str):
        places = [place for name in names for place in FAULTS[name].places]
        return rules_with(*(place.by for place in places if isinstance(place, Rule)))

    both = ("first-listed-only", "long-aid-unknown")
    for names in (both, both[::-1]):
        aid = rules(*names).tunion_aid
        assert aid([AID_TUNION_EP]) == AID_TUNION_EP
        assert aid([ECASH, AID_TUNION_EP]) is None, "only the first is looked at"
        assert aid([LONG]) is None, "a long one is not known"
    assert RULES.tunion_aid([ECASH, LONG]) == LONG


def test_two_rules_of_one_sum_pile_up() -> None:
    """A fen more on top of the maximum, or of nothing at the second tap."""
    stand = Stand("bus-upgraded", "second-tap-free", "fare-one-fen-more")
    link = spied()
    assert [stand.tap(link).decision.amount for _ in range(3)] == [201, 1, 1]


def test_a_row_and_a_rule() -> None:
    stand = Stand("bus-upgraded", "torn-forgotten", "fare-one-fen-more")
    link = spied(pulled_at=INS.DEBIT)
    assert stand.tap(link).decision.code == "YKT-11"
    assert stand.machine.pending == ()
    assert stand.tap(link).decision.amount == 201


def test_what_a_fault_remembers_belongs_to_one_machine() -> None:
    link = spied()
    first, second = (
        Stand("bus-upgraded", "second-tap-free"),
        Stand("bus-upgraded", "second-tap-free"),
    )
    amounts = [stand.tap(link).decision.amount for stand in (first, second, first, second)]
    assert amounts == [200, 200, 0, 0]
