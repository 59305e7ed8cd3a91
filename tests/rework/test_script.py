"""Answers of a trace by what was asked."""

from __future__ import annotations

import pytest

from tests.rework import replaying as r
from tests.trace.corpus import load, talk
from ykt_sim.codes import Operation
from ykt_sim.rework.script import Script, ScriptPurse, kind_of
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application

EP = Application.TUNION_EP


def asked(text: str) -> Command:
    return Command.parse(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("805001020B01000000A041313010013700", "805001020B0100000001AABBCCDDEEFF00", True),
        ("805001020B01000000A041313010013700", "805003020B01000000A041313010013700", False),
        ("00B201C400", "00B201C417", True),
        ("00B201C400", "00B202C400", False),
        ("00A4040002AABB", "00A4040002AABC", False),
        ("0084000004", "0184000008", True),
        ("04B0950000", "00B0950000", False),
        ("0020000003123456", "0020000003123457", False),
    ],
)
def test_kinds(one: str, other: str, *, same: bool) -> None:
    assert (kind_of(asked(one), EP) == kind_of(asked(other), EP)) is same


def test_kinds_of_the_current_file() -> None:
    read = asked("00B0000000")
    assert kind_of(read, EP, 0x15) != kind_of(read, EP, 0x16)
    assert kind_of(asked("00B0950000"), EP, 0x15) == kind_of(asked("00B0950000"), EP, 0x16)
    assert kind_of(read, EP) != kind_of(read, Application.LNT_BASIC)


def test_the_next_answer_or_else_the_last_one() -> None:
    script = Script(
        talk("0084000004 > 019000", "00B201C400 > 029000", "0084000004 > 039000").events
    )
    kind = kind_of(asked("0084000004"), Application.NONE)
    found = [script.find(kind, at) for at in range(4)]
    assert [line and line.data.hex() for line in found] == ["01", "03", "03", "03"]
    assert script.find(kind_of(asked("00B202C400"), Application.NONE), 0) is None


def test_the_nearest_answer() -> None:
    script = Script(talk("00B201C400 > 019000", "00B202C400 > 029000").events)
    kind = kind_of(asked("00B205C400"), EP)
    found = [script.nearest(kind, at) for at in range(3)]
    assert [line and line.data.hex() for line in found] == ["01", "01", "02"]
    assert script.nearest(kind_of(asked("80CA9F7900"), EP), 0) is None


def test_how_far_the_purse_had_come() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "805C030204", r.INIT_PURCHASE)
    lines = Script(trace.events).lines
    assert [(line.moved, line.offline, line.online) for line in lines] == [
        (0, 0, 0), (0, 0, 0), (0, 0, 0), (-160, 1, 0), (-160, 1, 0)
    ]  # fmt: skip


def test_purses_count() -> None:
    purse = ScriptPurse()
    for operation in Operation:
        purse.commit(operation, 10)
    assert (purse.moved, purse.online, purse.offline) == (10 - 10 - 30, 3, 3)


def test_files_and_instructions_that_are_known() -> None:
    script = Script(load("tunion-bus-tunion").events)
    assert script.knows_file(EP, 0x17)
    assert not script.knows_file(EP, 0x15)
    assert not script.knows_file(Application.LNT_BASIC, 0x17)
    assert not script.knows_file(EP, None)
    assert script.knows_instruction(0x54)
    assert not script.knows_instruction(0xCA)
    assert script.part(EP, 0x17, 4) is not None
    assert script.part(EP, 0x17, 0x3C) is None
    assert script.part(EP, 0x1E, 0) is None  # records
