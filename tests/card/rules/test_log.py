"""Which files are logs of a purse, and what stands in them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from ykt_sim.card.model import Ef, Money
from ykt_sim.card.rules.log import LogRules
from ykt_sim.card.states import Transaction
from ykt_sim.codes import FileType, TransactionType

RULES = LogRules()
DONE = Transaction(
    type=TransactionType.EP_PURCHASE, kind=2, amount=250, terminal="413101010101",
    random=bytes(4), counter=6, key=bytes(16),
)  # fmt: skip
LOG = Ef(type=FileType.CYCLIC, record_length=23, max_records=3)


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"record_length": 22}, False),
        ({"record_length": 48}, False),
        ({"type": FileType.VARIABLE}, False),
        ({"type": FileType.FIXED}, False),
    ],
)
def test_a_log_is_a_cyclic_file_of_23_bytes_a_line(changes: dict[str, int], taken: object) -> None:
    assert RULES.kept(msgspec.structs.replace(LOG, **changes), DONE) is taken


def test_the_counter_of_a_line_is_the_one_after() -> None:
    line = RULES.line(DONE, Money(0, 500, 0), "20241101082500")
    assert line.hex().upper() == "00070001F4000000FA0641310101010120241101082500"
    assert RULES.line(replace(DONE, counter=7), Money(0, 500, 0), "20241101082500")[:2] == b"\0\x08"


def test_the_newest_line_comes_first_and_the_oldest_goes() -> None:
    assert RULES.lines(LOG, (b"2", b"1"), b"3") == (b"3", b"2", b"1")
    assert RULES.lines(LOG, (b"3", b"2", b"1"), b"4") == (b"4", b"3", b"2")
