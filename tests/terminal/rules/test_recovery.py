"""Recovery: what counter and log say about a torn transaction."""

from __future__ import annotations

import msgspec
import pytest

from ykt_sim.codes import TransactionType
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.journal import Unshown
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


@pytest.mark.parametrize("kind", ["EP_LOAD", "UNLOAD", "OVERDRAFT_UPDATE"])
def test_what_is_done_with_the_host_and_purchases_count_apart(kind: str) -> None:
    load = LINE.replace(type=TransactionType[kind])
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


@pytest.mark.parametrize(
    ("now", "window", "owed"),
    [
        ("20250601080000", 300, True),
        ("20250601080459", 300, True),
        ("20250601080500", 300, False),
        ("20251301080000", 300, False),
        ("20250601075959", 300, False),
        ("20250601080000", 0, False),
        ("20260601080000", 300, False),
    ],
)
def test_a_last_word_is_owed_for_a_while(now: str, window: int, *, owed: bool) -> None:
    assert RULES.shown_again(Unshown(RECORD, "20250601080000"), now, 0, window) == owed


def test_a_last_word_is_owed_over_midnight() -> None:
    assert RULES.shown_again(Unshown(RECORD, "20241231235959"), "20250101000000", 0, 2)


def test_another_amount_is_another_load() -> None:
    load = msgspec.structs.replace(RECORD, kind="load", amount=5000)
    unshown = Unshown(load, "20250601080000")
    assert RULES.shown_again(unshown, "20250601080000", 5000, 300)
    assert not RULES.shown_again(unshown, "20250601080000", 5001, 300)


def test_a_known_tac_must_be_the_same() -> None:
    known = msgspec.structs.replace(RECORD, tac="AABBCCDD")
    assert RULES.same_codes(bytes.fromhex("AABBCCDD"), known)
    assert not RULES.same_codes(bytes.fromhex("AABBCCDE"), known)
    assert RULES.same_codes(bytes.fromhex("AABBCCDE"), RECORD)
