"""Deviations: names, and that a wrong terminal is wrong and not broken."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.terminal.world import NOW, card, counting
from ykt_sim.bench import MemoryJournal, make_host, make_sam, make_terminal, run_tap, start
from ykt_sim.errors import UsageError
from ykt_sim.terminal.deviations import DEVIATIONS, check_deviations
from ykt_sim.transport import EngineLink, FaultLink
from ykt_sim.wire.decision import Outcome


def test_names_are_checked() -> None:
    assert check_deviations(["no-trip"]) == {"no-trip"}
    with pytest.raises(UsageError, match="no terminal deviation nonsense"):
        make_terminal("bus-upgraded", deviate="no-trip,nonsense")


def test_each_says_in_one_line_what_is_wrong() -> None:
    assert len(DEVIATIONS) >= 38
    for name, text in DEVIATIONS.items():
        assert name == name.lower()
        assert " " not in name
        assert 10 < len(text) < 90
        assert not text.endswith(".")
    assert len(set(DEVIATIONS.values())) == len(DEVIATIONS)


@pytest.mark.parametrize("name", DEVIATIONS)
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
