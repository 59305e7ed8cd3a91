"""Everything on a link becomes trace events, in order and with times."""

from __future__ import annotations

import pytest

from tests.transport.support import ScriptLink, ticking
from ykt_sim.errors import CardRemovedError
from ykt_sim.trace.model import Event, Exchange, Removed, Reset
from ykt_sim.transport import Recorder


def test_reset_exchange_removal() -> None:
    events: list[Event] = []
    inner = ScriptLink("6A82", CardRemovedError("gone"))
    link = Recorder(inner, ticking(), events.append)
    link.power_on()
    assert link.transmit(b"\x00\xb0\x95\x00\x00") == b"\x6a\x82"
    with pytest.raises(CardRemovedError):
        link.transmit(b"\x00\xb0\x95\x00\x00")
    link.close()
    assert events == [
        Reset(t=0.25, channel="card", atr=b"\x3b\x00"),
        Exchange(
            t=0.5,
            channel="card",
            command=b"\x00\xb0\x95\x00\x00",
            response=b"\x6a\x82",
            duration_ms=250.0,
        ),
        Removed(t=1.25, channel="card"),
    ]
    assert inner.closed == 1


def test_channel_and_start_are_given() -> None:
    events: list[Event] = []
    link = Recorder(ScriptLink("9000"), ticking(), events.append, channel="sam", start=100.0)
    link.transmit(b"\x00")
    assert events[0].t == 0.25
    assert isinstance(events[0], Exchange)
    assert events[0].channel == "sam"
