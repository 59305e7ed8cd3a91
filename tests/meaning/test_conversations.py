"""Several conversations of a file, each followed by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.corpus import FOLDER
from ykt_sim.errors import TraceError
from ykt_sim.meaning import conversations
from ykt_sim.meaning.conversations import checked, in_blocks
from ykt_sim.meaning.cryptograms import Status
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.opening import open_trace

TWO = FOLDER / "broken" / "two-readers.pcscd.txt"
BUS = FOLDER / "synthetic" / "tunion-bus-tunion.jsonl"


def test_each_begins_once_and_knows_its_own_card() -> None:
    with open_trace(TWO) as opened:
        items = list(checked(opened))
    assert [named.number for named, item in items if item is None] == [1, 2]
    for number in (1, 2):
        own = [item for named, item in items if named.number == number and item is not None]
        known = {item.understood.annotated.application.name for item in own}
        assert known == {"NONE", "PPSE", "TUNION_EP"}, number


@pytest.mark.parametrize(("kept", "begun"), [(1, 16), (2, 2)])
def test_what_was_silent_longest_is_forgotten(monkeypatch, kept: int, begun: int) -> None:
    made: list[KeyRing] = []

    def ring() -> KeyRing:
        made.append(KeyRing())
        return made[-1]

    monkeypatch.setattr(conversations, "MAX_FOLLOWED", kept)
    with open_trace(TWO) as opened:
        list(checked(opened, ring))
    assert len(made) >= begun if kept == 1 else len(made) == begun


def test_codes_are_checked_and_right_values_told_of_published_keys_alone() -> None:
    with open_trace(BUS) as opened:
        found = [item for _, item in checked(opened, KeyRing, published=True) if item is not None]
    statuses = {verdict.status for item in found for verdict in item.verdicts}
    assert Status.VALID in statuses
    with open_trace(BUS) as opened:
        without = [item for _, item in checked(opened) if item is not None]
    assert Status.VALID not in {v.status for item in without for v in item.verdicts}


@pytest.mark.parametrize("count", [0, 255, 256, 257, 600])
def test_blocks_change_nothing_and_keep_what_came_before_an_error(count: int) -> None:
    assert list(in_blocks(range(count))) == list(range(count))

    def broken() -> Iterator[int]:
        yield from range(count)
        raise TraceError("broken there")

    items = in_blocks(broken())
    assert [next(items) for _ in range(count)] == list(range(count))
    with pytest.raises(TraceError, match="broken there"):
        next(items)
