"""What the books are told of a terminal is what its form for the suite says."""

from __future__ import annotations

import msgspec
import pytest

from tests.terminal import world
from ykt_conformance.ics import form as ics
from ykt_sim.bench.sweep.terms import holder_of, state_of, terms_of
from ykt_sim.codes import LNT, TUNION
from ykt_sim.meaning.duty import Terms
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.terminals import load_terminal_profile, terminal_profile_names

#: What the suite adds for its own cards, and what is not of the terminal.
OURS = (
    "white", "black", "entry", "stations", "gates", "others", "time_limit", "transfer_from",
    "monthly_sum", "types",
)  # fmt: skip


@pytest.mark.parametrize("name", terminal_profile_names())
def test_terms_say_what_the_form_says(name: str) -> None:
    profile = load_terminal_profile(name)
    stated = Terms.of(ics.load(name).values)
    distance = profile.fare.distance
    others = [one for one in distance.stations if one.code != profile.station] if distance else []
    entry = others[0].terminals[0] if others and profile.direction == "exit" else ""
    ours = terms_of(profile, entry)
    same = {field: getattr(stated, field) for field in OURS}
    assert msgspec.structs.replace(ours, **same) == stated
    if stated.stations:
        assert {code: ours.stations[code] for code in stated.stations} == stated.stations
        assert ours.entry == stated.entry


def test_what_a_card_holds_is_read_off_its_cells() -> None:
    card = world.card("dual", 8800)
    before = state_of(card.snapshot().cells)
    assert before.total == 8800
    assert set(before.purses) == {"tunion", "lnt"}
    world.bench("metro-entry").tap(card, now=world.NOW)
    after = state_of(card.snapshot().cells)
    assert after.purses["tunion"].offline == before.purses["tunion"].offline + 1
    assert after.purses["tunion"].rail.startswith("2701")
    assert after.purses["tunion"].trip != before.purses["tunion"].trip
    assert after.purses["tunion"].month != before.purses["tunion"].month
    assert after.purses["lnt"] == before.purses["lnt"]


def test_what_a_card_was_made_as() -> None:
    profile = load_card_profile("dual")
    holder = holder_of(profile, profile.identity, (TUNION, LNT))
    assert holder.who.shared
    assert not holder.who.ef17
    assert holder.factors["lnt"] == ("5100000000000001",)
    assert holder.factors["tunion"] == (
        "02205810FFFFFFFF",
        "3104870300000000017".rjust(20, "0")[4:],
    )
