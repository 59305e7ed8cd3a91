"""Names of new directories."""

from __future__ import annotations

import pytest

from tests.card.support import counting, made
from ykt_sim.card.memory import Memory
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.issuing import IssuingRules
from ykt_sim.codes import SW

RULES = IssuingRules()
HEAD = bytes.fromhex("380010F0F095FFFF")


def card() -> Powered:
    return Powered(Memory(dict(made("lnt").cells)), counting())


@pytest.mark.parametrize("name", [b"", b"PAY.APPX", b"PAY.APP"])
def test_a_name_of_its_own_is_taken(name: bytes) -> None:
    assert RULES.directory(card(), 0x7F01, HEAD + name) == name


def test_a_name_that_another_directory_has_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        RULES.directory(card(), 0x7F01, HEAD + b"PAY.APPY")
    assert refused.value.sw == SW.WRONG_P1P2


def test_a_name_has_sixteen_bytes_at_most_and_its_head_is_whole() -> None:
    assert RULES.directory(card(), 0x7F01, HEAD + b"N" * 16) == b"N" * 16
    for data in (HEAD + b"N" * 17, HEAD[:-1]):
        with pytest.raises(Refusal) as refused:
            RULES.directory(card(), 0x7F01, data)
        assert refused.value.sw == SW.WRONG_LENGTH
