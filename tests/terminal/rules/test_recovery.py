"""Recovery: what counter and log say about a torn transaction."""

from __future__ import annotations

import msgspec
import pytest

from ykt_sim.codes import TransactionType
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.rules import RULES
from ykt_sim.wire.decision import ClearingRecord
from ykt_sim.wire.files import TransactionRecord

RECORD = ClearingRecord(
    sequence=1, kind="purchase", standard="tunion", card="3104870395000000827",
    issuer="02205810", iin="31048703", counter=7, amount=190, fare=200, type=9,
    terminal="413158100101", terminal_8="0000413158100101", terminal_serial="0000002A",
    datetime="20250601080000", time="20250601080000", city="5810",
    acquirer="12205810FFFFFFFF", line_station="0" * 14, direction="single",
    balance_before=8800, balance_after=8610, key_version=1, algorithm=0,
)  # fmt: skip
LINE = TransactionRecord(
    counter=8, overdraft_limit=0, amount=190, type=TransactionType.COMPOSITE_PURCHASE,
    terminal="413158100101", date="20250601", time="080000",
)  # fmt: skip


@pytest.mark.parametrize(
    ("counter", "signal"), [(7, ev.NotCharged()), (8, ev.AskLog()), (12, ev.AskLog())]
)
def test_the_same_counter_says_that_nothing_happened(counter: int, signal: ev.Signal) -> None:
    assert RULES.by_counter(counter, RECORD) == signal


def test_the_log_shows_the_counter_after() -> None:
    assert RULES.at_its_counter(LINE, RECORD)
    assert not RULES.at_its_counter(LINE.replace(counter=7), RECORD)


def test_loads_and_purchases_count_apart() -> None:
    load = LINE.replace(type=TransactionType.EP_LOAD)
    assert not RULES.at_its_counter(load, RECORD)
    assert RULES.at_its_counter(load, msgspec.structs.replace(RECORD, kind="load"))


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 191},
        {"type": TransactionType.EP_PURCHASE},
        {"terminal": "413158100102"},
        {"date": "20250602"},
        {"time": "080001"},
    ],
)
def test_a_line_is_ours_only_by_everything_it_says(other: dict[str, object]) -> None:
    assert RULES.ours(LINE, RECORD)
    assert not RULES.ours(LINE.replace(**other), RECORD)
