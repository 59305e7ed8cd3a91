"""Who may put a record into the cache."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ykt_sim.card.model import Ef
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.composite import CompositeRules
from ykt_sim.codes import SW

RULES = CompositeRules()
BEGUN = SimpleNamespace(kind=2)


def card(log_fid: int | None) -> SimpleNamespace:
    """A card as far as the rule asks it."""
    purse = None if log_fid is None else SimpleNamespace(log_fid=log_fid)
    asked: list[int] = []
    return SimpleNamespace(purse=lambda _: purse, demand=asked.append, asked=asked)


def test_the_log_is_the_cards_own() -> None:
    with pytest.raises(Refusal) as refused:
        RULES.may_cache(card(0x18), BEGUN, 0x18, Ef(type=0))  # type: ignore[arg-type]
    assert refused.value.sw == SW.SECURITY


@pytest.mark.parametrize("log_fid", [0x18, None])
def test_another_file_asks_its_rights_only(log_fid: int | None) -> None:
    asked = card(log_fid)
    RULES.may_cache(asked, BEGUN, 0x1E, Ef(type=0, write_ac=0x31))  # type: ignore[arg-type]
    RULES.may_cache(asked, BEGUN, 0x1E, Ef(type=0, write_ac=0x31, capp_ac=0xF0))  # type: ignore[arg-type]
    assert asked.asked == [0x31, 0xF0]
