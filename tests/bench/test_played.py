"""The card of a recording as a target."""

from __future__ import annotations

import pytest

from tests.corpus import FOLDER
from ykt_sim.bench.targets import open_target
from ykt_sim.errors import UsageError

BUS = FOLDER / "synthetic" / "tunion-bus-tunion.jsonl"
TWO = FOLDER / "broken" / "two-readers.pcscd.txt"


def test_it_answers_as_recorded() -> None:
    link = open_target(f"trace:{BUS}", seed=1)
    assert link.power_on()[0] == 0x3B
    assert link.transmit(bytes.fromhex("00A4040008A00000063201010500"))[-2:] == b"\x90\x00"
    link.close()


def test_format_and_conversation_are_options() -> None:
    with pytest.raises(UsageError, match="2 sessions"):
        open_target(f"trace:{TWO}")
    open_target(f"trace:{TWO}?from=pcscd&session=1").power_on()
    with pytest.raises(UsageError, match="no format 'odd'"):
        open_target(f"trace:{TWO}?from=odd")
