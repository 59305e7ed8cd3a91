"""What is left, as traces and readers tell it: cards facts 3.10."""

from __future__ import annotations

import pytest

from ykt_sim.meaning.annotate import annotate
from ykt_sim.trace.model import Exchange


def _exchange(command: str, answer: str) -> Exchange:
    return Exchange(
        t=0.0, channel="card", command=bytes.fromhex(command), response=bytes.fromhex(answer)
    )


_SELECT = _exchange("00A4040008A000000632010105", "6F0A8408A0000006320101059000")
_COMMIT = _exchange("805401000F" + "00" * 15 + "08", "00" * 8 + "9000")


def _asked(p1: int, fen: int, p2: int = 2) -> Exchange:
    return _exchange(f"805C{p1:02X}{p2:02X}04", f"{fen:08X}9000")


def _nets(*events: Exchange) -> list[str]:
    found = [one for item in annotate((_SELECT, *events)) for one in item.remarks]
    return [one for one in found if "net" in one or "contradict" in one]


@pytest.mark.parametrize(
    ("told", "net"),
    [
        (((0, 0x320), (1, 0x320)), "0.00"),  # a card of Shanghai
        (((1, 0x320), (0, 0x320)), "0.00"),
        (((0, 500), (1, 800)), "-3.00"),
        (((0, 0x80000320), (1, 100)), "7.00"),
        (((3, 0), (2, 250)), "-2.50"),
    ],
)
def test_net_balance_is_told_when_both_numbers_are(told: tuple, net: str) -> None:
    (found,) = _nets(*(_asked(p1, fen) for p1, fen in told))
    assert f"net balance {net} yuan" in found


@pytest.mark.parametrize(
    "told", [((0, 500),), ((0, 500), (1, 0)), ((3, 500), (2, 0)), ((0, 500), (2, 100))]
)
def test_nothing_is_told_where_nothing_differs_or_the_pair_is_not_whole(told: tuple) -> None:
    assert _nets(*(_asked(p1, fen) for p1, fen in told)) == []


def test_actual_and_overdrawn_above_zero_contradict_each_other() -> None:
    (found,) = _nets(_asked(3, 500), _asked(2, 100))
    assert "contradicts itself" in found


def test_numbers_of_two_purses_and_of_before_a_commit_are_not_mixed() -> None:
    assert _nets(_asked(0, 500), _asked(1, 100, p2=1)) == []
    assert _nets(_asked(0, 500), _COMMIT, _asked(1, 100)) == []
    assert _nets(_asked(0, 500), _SELECT, _asked(1, 100)) == []
