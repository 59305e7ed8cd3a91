"""INTERNAL AUTHENTICATE on bytes alone."""

from __future__ import annotations

import pytest

from tests.independent import fmcos_crypto as second
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.rules.authentication import AuthenticationRules
from ykt_sim.codes import SW, KeyType

RULES = AuthenticationRules()
KEY = bytes(range(16))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 16])
@pytest.mark.parametrize("operation", [KeyType.DES_ENCRYPT, KeyType.DES_DECRYPT, KeyType.DES_MAC])
def test_whole_blocks_or_any_data_for_a_mac(operation: KeyType, size: int) -> None:
    data = bytes(range(size))
    if operation == KeyType.DES_MAC:
        assert RULES.answered(operation, KEY, data) == second.mac(KEY, data)
    elif size % 8:
        assert refusal(operation, data) == SW.WRONG_LENGTH
    else:
        assert len(RULES.answered(operation, KEY, data)) == size


def test_no_data_has_no_answer() -> None:
    assert refusal(KeyType.DES_MAC, b"") == SW.WRONG_LENGTH


def refusal(operation: KeyType, data: bytes) -> int:
    with pytest.raises(Refusal) as refused:
        RULES.answered(operation, KEY, data)
    return refused.value.sw
