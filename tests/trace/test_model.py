"""Events are values."""

from __future__ import annotations

import pytest

from ykt_sim.trace.model import Exchange, Header, Note, Removed, Trace

ASKED = Exchange(t=0.0, channel="card", command=b"\x00\x84\x00\x00\x04", response=b"\x6d\x00")


def test_events_are_frozen_and_compare_by_value() -> None:
    twin = Exchange(t=0.0, channel="card", command=ASKED.command, response=ASKED.response)
    assert twin == ASKED
    with pytest.raises(AttributeError):
        ASKED.t = 1.0  # type: ignore[misc]


def test_exchanges_of_a_trace() -> None:
    trace = Trace(
        header=Header(), events=(Note(t=0.0, text="x"), ASKED, Removed(t=1.0, channel="card"))
    )
    assert trace.exchanges == (ASKED,)


def test_notes_do_not_share_their_data() -> None:
    assert Note(t=0.0, text="a").data is not Note(t=0.0, text="b").data
