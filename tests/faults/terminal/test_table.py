"""Faults of terminals: names, places, and that a wrong terminal is wrong and not broken."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import replace

from tests.terminal import world
from tests.terminal.world import NOW, card, counting
from ykt_sim.bench.make import make_host, make_sam, make_terminal
from ykt_sim.bench.tap import MemoryJournal, run_tap, start
from ykt_sim.codes import INS
from ykt_sim.errors import UsageError
from ykt_sim.faults.terminal import FAULTS, TerminalFault, check
from ykt_sim.faults.terminal.border import Border
from ykt_sim.faults.terminal.fault import Between, Profile, Restart, Rows, Rule
from ykt_sim.faults.terminal.table import _CHAPTERS
from ykt_sim.profiles.terminals import load_terminal_profile, terminal_profile_names
from ykt_sim.terminal import reread
from ykt_sim.terminal.journal import Recovered
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.terminal.rules import Rules
from ykt_sim.transport import EngineLink, FaultLink
from ykt_sim.wire.decision import Outcome

SHIPPED = [
    replace(load_terminal_profile(name), black_list=("3104870395000000827",))
    for name in terminal_profile_names()
]
BORDER = {name for name in vars(Border) if not name.startswith("_")}


def _remembered() -> Recovered:
    """What is left of a terminal that died twice: a card torn twice, one perhaps never shown."""
    bench = world.bench("bus-upgraded")
    torn = card("lnt")
    for _ in range(2):
        lost = FaultLink(EngineLink(torn), before=1, matching=lambda apdu: apdu[1] == INS.DEBIT)
        bench.tap(lost, now=NOW)
    bench.tap(card("tunion"), now=NOW)
    first, ended, second, _lost, *more = bench.journal.lines
    return reread(b"".join((first, ended, second, *more[:-1])))


#: Rules that no fault replaces, and why none is needed to see them broken.
UNREPLACED = {
    "blocked": "blocked-ignored and its sisters act outside, on what is heard",
    "card_error": "init-refused-ignored and its sisters act outside, on what is heard",
    "unlisted": "black-list-ignored and black-list-too-wide change the list",
    "single": "fare-one-fen-more and fare-lnt-full change what it is made of",
    "entry": "entry-inside-ignored is a setting of the profile",
    "lnt_sub_type": "its sight is an entry that is not found: entry-not-found",
    "tells_ride": "its sight is an entry that is not found: entry-not-found",
    "torn": "its sight is a torn payment that is forgotten: torn-forgotten",
    "last_day": "no case of the suite waits for midnight; tests/terminal/test_rides.py does",
}


def public(of: type) -> set[str]:
    return {name for name in dir(of) if not name.startswith("_")}


def replaced(by: type) -> set[str]:
    return {name for name in vars(by) if not name.startswith("_")}


def test_names_are_checked() -> None:
    assert check(["no-trip"]) == {"no-trip"}
    with pytest.raises(UsageError, match="no terminal deviation nonsense"):
        make_terminal("bus-upgraded", deviate="no-trip,nonsense")


def test_each_says_in_one_line_what_is_wrong() -> None:
    assert len(FAULTS) >= 118
    assert len(FAULTS) == sum(len(chapter.FAULTS) for chapter in _CHAPTERS)
    for name, fault in FAULTS.items():
        assert name == name.lower() == fault.name
        assert " " not in name
        assert 10 < len(fault.text) < 90
        assert not fault.text.endswith(".")
    assert len({fault.text for fault in FAULTS.values()}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_it_replaces_something_that_exists(fault: TerminalFault) -> None:
    assert fault.places
    for place in fault.places:
        match place:
            case Profile(change=change):
                assert any(change(profile) != profile for profile in SHIPPED)
            case Restart(change=change):
                assert change(_remembered()) != _remembered()
            case Between(border=border):
                methods = {name for name in BORDER if _overrides(type(border()), name)}
                assert methods
                assert border() is not border(), "two machines share what it remembers"
            case Rows(rows=rows):
                assert rows
                assert all(TRANSITIONS[key] != row for key, row in rows.items())
            case Rule(by=by):
                assert replaced(by)
                assert replaced(by) <= public(Rules)


def _overrides(border: type[Border], name: str) -> bool:
    return getattr(border, name) is not getattr(Border, name)


def test_every_rule_is_replaced_by_a_fault_or_excused() -> None:
    rules = (p.by for fault in FAULTS.values() for p in fault.places if isinstance(p, Rule))
    broken = set().union(*map(replaced, rules))
    assert public(Rules) - broken == UNREPLACED.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_terminal_still_decides(name: str) -> None:
    """Good cards, empty ones, ones that leave: there is a decision, never an exception."""
    for profile in ("bus-upgraded", "metro-entry", "bus-alight", "load-point"):
        machine, journal = make_terminal(profile, deviate=name), MemoryJournal()
        sam = EngineLink(make_sam(profile, counting()))
        start(machine, sam)
        amount = 1000 if profile == "load-point" else 0
        links = [EngineLink(card(kind)) for kind in ("tunion", "lnt", "dual")]
        links.append(EngineLink(card("blank", 0)))
        links.append(EngineLink(card("tunion", 0)))
        torn = [FaultLink(EngineLink(card("tunion")), after=number) for number in (2, 9)]
        for link in (*links, *torn, *torn):
            link.power_on()
            result = run_tap(
                machine, link, sam, now=NOW, amount=amount, host=make_host(), journal=journal
            )
            assert result.decision.outcome in get_args(Outcome)
