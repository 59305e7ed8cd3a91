"""Deviations: off by default, named in one table, each looked up where it does something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ykt_sim.card
from ykt_sim.bench.make import open_sim_card
from ykt_sim.card import Card
from ykt_sim.card.deviations import DEVIATIONS, check_deviations
from ykt_sim.card.personalise import personalise
from ykt_sim.errors import CardRemovedError, UsageError
from ykt_sim.profiles.cards import load_card_profile

SELECT_EP = bytes.fromhex("00A4040008A00000063201010500")
SOURCES = Path(ykt_sim.card.__file__).parent


def looked_up() -> set[str]:
    """Names that stand before ``in`` and something that holds deviations."""
    found: set[str] = set()
    pattern = r'"([a-z0-9-]+)"\s+(?:not )?in (?:wrong|(?:self\.|context\.)?deviations)\b'
    for source in SOURCES.glob("*.py"):
        found |= set(re.findall(pattern, source.read_text("utf-8")))
    return found


def test_every_name_is_looked_up_and_every_look_up_is_named() -> None:
    assert looked_up() == set(DEVIATIONS)


def test_each_says_what_is_wrong_in_one_line() -> None:
    for name, text in DEVIATIONS.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name), name
        assert re.fullmatch(r"[^\n]+[^.\n]", text), name
    assert len(set(DEVIATIONS.values())) == len(DEVIATIONS)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="no card deviation no-such-thing"):
        check_deviations(["atr-changes", "no-such-thing"])
    with pytest.raises(UsageError, match="no-such-thing"):
        open_sim_card("dual", deviate="no-such-thing")
    image = personalise(load_card_profile("dual"))
    with pytest.raises(UsageError, match="no-such-thing"):
        Card(image, bytes, deviations=frozenset({"no-such-thing"}))


def test_several_at_once() -> None:
    link = open_sim_card("dual", deviate="fci-without-version,ppse-no-lockout", seed=1)
    link.power_on()
    assert bytes.fromhex("9F08") not in link.transmit(SELECT_EP)


def test_the_same_seed_gives_the_same_card() -> None:
    challenges = []
    for seed in (1, 1, 2):
        link = open_sim_card("dual", seed=seed)
        link.power_on()
        challenges.append(link.transmit(bytes.fromhex("0084000008")))
    assert challenges[0] == challenges[1] != challenges[2]


def test_balance_and_facts() -> None:
    link = open_sim_card("tunion", seed=1, balance=1234)
    link.power_on()
    link.transmit(SELECT_EP)
    assert link.transmit(bytes.fromhex("805C000204")) == bytes.fromhex("000004D29000")
    assert link.facts()["profile"] == "tunion"


def test_a_tear_is_for_the_next_command_only() -> None:
    link = open_sim_card("tunion", seed=1)
    link.power_on()
    link.transmit(SELECT_EP)
    link.tear(1)
    assert link.transmit(bytes.fromhex("805C000204"))[-2:] == b"\x90\x00"  # writes nothing
    wrong_pin = bytes.fromhex("0020000006393939393939")
    assert link.transmit(wrong_pin)[-2:] == b"\x63\xc2"
    link.tear(1)
    with pytest.raises(CardRemovedError):
        link.transmit(wrong_pin)
