"""Lines whose bytes are in no exchange are told."""

from __future__ import annotations

from tests.trace.readers.samples import events
from ykt_sim.trace.model import Note
from ykt_sim.trace.readers.account import ACCOUNT, Account, unused_lines


def test_bytes_without_a_use_are_told_by_their_lines() -> None:
    log = (
        "TX: 805C000204\nRX: 000027109000\nkey: 00112233445566778899AABBCCDDEEFF\n"
        "stray 00112233AABBCCDD\nTX: 0084000004\nRX: 6985\n"
    )
    note = events(log, "plain")[-1]
    assert isinstance(note, Note)
    assert note.text == ACCOUNT
    assert unused_lines(note) == [4]
    assert note.data["else"] == {"key": [3]}


def test_nothing_left_means_no_note() -> None:
    assert Account().note(0.0) is None


def test_many_lines_are_counted() -> None:
    account = Account()
    for line in range(1000):
        account.unused(line)
        account.unused(line)
    note = account.note(1.5)
    assert note is not None
    assert note.data["count"] == 1000
    assert unused_lines(note) == list(range(200))
