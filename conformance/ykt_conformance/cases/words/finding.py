"""SELECT commands in a trace: by name, before anything is blocked, after a PPSE."""

from __future__ import annotations

from collections.abc import Iterator

from ykt_conformance.cases.words.checks import open_until
from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS


def selects(view: View, *names: bytes) -> Iterator[Call]:
    """Answered SELECT by exactly one of these names."""
    for call in view.find(INS.SELECT, 0x04, 0x00):
        if call.command.data in names and call.answered:
            yield call


def open_selects(view: View, *names: bytes) -> Iterator[Call]:
    """The same, before anything may be blocked."""
    end = open_until(view)
    return (call for call in selects(view, *names) if call.index < end)


def after_ppse(view: View, call: Call) -> bool:
    """True when the PPSE was selected before, in the same session."""
    return view.since_ppse.get(call.session, call.index) < call.index


def fcis(view: View, *names: bytes) -> Iterator[Call]:
    """SELECT by one of these names that was answered 9000."""
    return (call for call in selects(view, *names) if call.ok)
