"""The table of faults: named, told in one line, tried by the zoo, and each replaces something."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.card.reference import DUAL_EP_KEYS, Wallet
from tests.card.support import EP, made
from tests.faults.card.support import faulty
from ykt_conformance.zoo.card.table import MUTANTS
from ykt_conformance.zoo.torn import TORN
from ykt_sim.card.memory import Memory
from ykt_sim.card.model import Cells
from ykt_sim.card.rules import RULES, Rules
from ykt_sim.card.rules.money import MoneyRules
from ykt_sim.card.tables import TABLES
from ykt_sim.errors import UsageError
from ykt_sim.faults.card import FAULTS, CardFault, check
from ykt_sim.faults.card.fault import Heard, Image, Late, Restart, Row, Rule, Said, Switch
from ykt_sim.faults.card.table import CHAPTERS

CHAPTER_CLASSES = (*(type(getattr(RULES, name)) for name in Rules.__struct_fields__), Memory)
PROFILES = {mutant.name: mutant.profile for mutant in MUTANTS}


def placed(*places: type) -> list[pytest.ParameterSet]:
    chosen = [fault for fault in FAULTS.values() if isinstance(fault.place, places)]
    assert chosen
    return [pytest.param(fault, id=fault.name) for fault in chosen]


def test_names_are_unique() -> None:
    names = [fault.name for chapter in CHAPTERS for fault in chapter.FAULTS]
    assert len(set(names)) == len(names) == len(FAULTS)


def test_each_says_what_is_wrong_in_one_line() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name), name
        assert re.fullmatch(r"[^\n]+[^.\n]", fault.text), name
    assert len({fault.text for fault in FAULTS.values()}) == len(FAULTS)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no card deviation no-such-thing"):
        check(["atr-changes", "no-such-thing"])
    assert check(["atr-changes"]) == {"atr-changes"}


def test_every_fault_is_in_the_zoo() -> None:
    assert FAULTS.keys() <= PROFILES.keys() | {one.name for one in TORN if one.room == "card"}


# -- every fault replaces something that exists -----------------------------------------


def replaced(by: type) -> Iterator[tuple[type, str]]:
    """Chapter and name of each method that a rule's class replaces.

    AssertionError when one is no rule, or a chapter is derived from for nothing.
    """
    chapters = [each for each in CHAPTER_CLASSES if issubclass(by, each)]
    classes = [each for each in by.__mro__ if each not in chapters and each is not object]
    found = set()
    for name in sorted({name for each in classes for name in vars(each)}):
        if not name.startswith("_"):
            of = {chapter for chapter in chapters if callable(getattr(chapter, name, None))}
            assert of, f"{' and '.join(each.__name__ for each in chapters)} has no {name}"
            found |= of
            yield from ((chapter, name) for chapter in of)
    assert found == set(chapters)


@pytest.mark.parametrize("fault", placed(Rule))
def test_a_rule_replaces_rules(fault: CardFault) -> None:
    assert list(replaced(fault.place.by))


def test_a_misspelt_rule_is_found() -> None:
    class Misspelt(MoneyRules):
        def own_shares(self) -> None:
            pass

    with pytest.raises(AssertionError, match="MoneyRules has no own_shares"):
        list(replaced(Misspelt))


@pytest.mark.parametrize("fault", placed(Switch, Image))
def test_an_image_is_another_one_and_valid(fault: CardFault) -> None:
    image = made(PROFILES[fault.name])
    cells = dict(image.cells)
    fault.place.change(cells)
    assert cells != image.cells
    type(image)(cells).check()


def used() -> Cells:
    """A card that was spent from, had a wrong PIN and was blocked."""
    talk = faulty("block-without-mac")
    talk.ok(EP)
    Wallet(talk, DUAL_EP_KEYS).do("purchase", 5)
    talk("0020000003", "999999")
    talk.ok("0084000004")
    talk.ok("841E000004", "00000000")
    return talk.card.snapshot().cells


@pytest.mark.parametrize("fault", placed(Restart))
def test_a_restart_changes_a_used_card(fault: CardFault) -> None:
    before = used()
    after = dict(before)
    fault.place.change(after)
    assert after != before


@pytest.mark.parametrize("fault", placed(Row))
def test_a_row_changes_a_table(fault: CardFault) -> None:
    assert any(dict(fault.place.change(table)) != dict(table) for table in TABLES.values())


@pytest.mark.parametrize("fault", placed(Heard, Said, Late))
def test_a_border_is_at_known_commands(fault: CardFault) -> None:
    place = fault.place
    for ins in (place.ins,) if isinstance(place, Late) else place.ins:
        assert ins in TABLES[""]
