"""Error counters of keys and PINs."""

from __future__ import annotations

import pytest

from ykt_sim.card.model import Key
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.keys import KeysRules
from ykt_sim.codes import SW

RULES = KeysRules()


@pytest.mark.parametrize(
    ("tries", "left", "usable"), [(0, 0, True), (3, 3, True), (3, 1, True), (3, 0, False)]
)
def test_a_counted_key_without_tries_is_shut(tries: int, left: int, *, usable: bool) -> None:
    key = Key(bytes(16), tries=tries, left=left)
    if usable:
        RULES.usable(key)
    else:
        with pytest.raises(Refusal) as refused:
            RULES.usable(key)
        assert refused.value.sw == SW.KEY_BLOCKED
