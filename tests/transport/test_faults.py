"""A card is taken away before or after a chosen command."""

from __future__ import annotations

import pytest

from tests.transport.support import ScriptLink
from ykt_sim.errors import CardRemovedError, UsageError
from ykt_sim.transport import FaultLink

SELECT = bytes.fromhex("00A40000023F00")
DEBIT = bytes.fromhex("8054010000")


def test_before_the_command_reaches_the_card() -> None:
    inner = ScriptLink("9000", "9000")
    link = FaultLink(inner, before=2)
    assert link.transmit(SELECT) == b"\x90\x00"
    with pytest.raises(CardRemovedError, match="before command 2"):
        link.transmit(DEBIT)
    assert len(inner.sent) == 1
    with pytest.raises(CardRemovedError, match="gone"):
        link.transmit(SELECT)
    link.power_on()
    assert link.transmit(SELECT) == b"\x90\x00"


def test_after_execution_before_the_answer() -> None:
    inner = ScriptLink("9000", "9000")
    link = FaultLink(inner, after=1)
    with pytest.raises(CardRemovedError, match="answer to command 1"):
        link.transmit(DEBIT)
    assert len(inner.sent) == 1


def test_only_matching_commands_count() -> None:
    inner = ScriptLink("9000", "9000", "9000")
    link = FaultLink(inner, after=1, matching=lambda apdu: apdu[1] == 0x54)
    link.transmit(SELECT)
    link.transmit(SELECT)
    assert link.count == 0
    with pytest.raises(CardRemovedError):
        link.transmit(DEBIT)


def test_counting_starts_at_one_and_close_passes() -> None:
    with pytest.raises(UsageError, match="from 1"):
        FaultLink(ScriptLink(), before=0)
    inner = ScriptLink()
    FaultLink(inner).close()
    assert inner.closed == 1
