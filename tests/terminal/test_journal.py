"""The journal survives a crash and garbage at any byte."""

from __future__ import annotations

from binascii import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.terminal import journal
from ykt_sim.terminal.journal import (
    MARK,
    Entry,
    Pending,
    Shown,
    TapEnd,
    checkpoint,
    checkpoint_size,
    decode,
    encode,
    reread,
)
from ykt_sim.wire.decision import ClearingRecord, Decision


def record(sequence: int, card: str = "3104870395000000827") -> ClearingRecord:
    return ClearingRecord(
        sequence=sequence,
        kind="purchase",
        standard="tunion",
        card=card,
        issuer="02205810",
        iin="31048703",
        counter=7,
        amount=200,
        fare=200,
        type=9,
        terminal="413158100102",
        terminal_8="0000413158100102",
        terminal_serial="0000002A",
        datetime="20250601080000",
        time="20250601080000",
        city="5810",
        acquirer="12205810FFFFFFFF",
        line_station="02030000000000",
        direction="single",
        balance_before=8800,
        balance_after=8600,
        key_version=1,
        algorithm=0,
    )


def end(sequence: int, *, settles: bool = True) -> TapEnd:
    decision = Decision(
        outcome="accepted",
        amount=200,
        code="",
        reason="成功",
        application="tunion",
        balance_before=8800,
        balance_after=8600,
        card="310487*********0827",
        time="20250601080000",
        terminal="413158100102",
        direction="single",
    )
    done = msgspec.structs.replace(record(sequence), tac="AABBCCDD", evidence="mac2")
    return TapEnd(decision, done, None, (sequence,) if settles else ())


ENTRIES: tuple[Entry, ...] = (
    Pending(record(1)),
    end(1),
    Pending(record(2, "3104870300000000001")),
    Pending(record(3)),
    end(3),
    Shown(3),
)
LINES = tuple(encode(entry) for entry in ENTRIES)
JOURNAL = b"".join(LINES)
ENDS = [sum(map(len, LINES[:count])) for count in range(len(LINES) + 1)]


@pytest.mark.parametrize("entry", ENTRIES)
def test_lines_round_trip(entry: Entry) -> None:
    line = encode(entry)
    assert decode(line) == entry
    assert line.count(b"\n") == 1
    assert decode(line[:-1]) is None
    assert decode(line + b"x") is None


def test_recover_finds_what_is_open() -> None:
    found = reread(JOURNAL)
    assert found.entries == ENTRIES
    assert [entry.record.sequence for entry in found.pending.values()] == [2]
    assert found.next_sequence == 4
    assert found.good == len(JOURNAL)
    assert found.damaged == ()


def test_an_empty_journal() -> None:
    found = reread(b"")
    assert (found.entries, found.pending, found.next_sequence, found.good) == ((), {}, 1, 0)


def test_a_crash_at_every_byte_leaves_the_whole_lines() -> None:
    for cut in range(len(JOURNAL) + 1):
        found = reread(JOURNAL[:cut])
        whole = sum(end <= cut for end in ENDS[1:])
        assert found.entries == ENTRIES[:whole], cut
        assert found.good == ENDS[whole]
        assert bool(found.damaged) == (cut not in ENDS)


def test_going_on_after_a_crash_at_every_byte_of_a_line() -> None:
    """The torn end may stay in the file: the next line is found behind it."""
    for cut in range(len(LINES[0])):
        found = reread(LINES[0][:cut] + LINES[1])
        assert found.entries == (ENTRIES[1],), cut


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_garbage_at_every_byte_costs_one_line(flip: int) -> None:
    for at in range(len(JOURNAL)):
        damaged = bytearray(JOURNAL)
        damaged[at] ^= flip
        hit = sum(end <= at for end in ENDS[1:])
        found = reread(bytes(damaged))
        assert found.entries == ENTRIES[:hit] + ENTRIES[hit + 1 :], at
        assert found.damaged


@given(st.binary(max_size=64), st.integers(0, len(LINES)))
def test_garbage_between_lines_costs_nothing(garbage: bytes, where: int) -> None:
    data = b"".join(LINES[:where]) + garbage + b"".join(LINES[where:])
    assert reread(data).entries == ENTRIES


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    assert reread(data).entries == ()
    reread(MARK + data)


def framed(body: bytes) -> bytes:
    """A line as somebody would forge it: any body, with the length and checksum that fit it."""
    return b"%b%08X %08X %b\n" % (MARK, len(body), crc32(body), body)


BODY = LINES[0].partition(b" {")[2].join((b"{", b"")).rstrip(b"\n")


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b"3104870395000000827", b"\xff"),
        BODY.replace(b"0000002A", b"00000[2A"),
        BODY.replace(b'"amount":200', b'"amount":-1'),
        BODY.replace(b'"type":9', b'"type":256'),
        BODY.replace(b'"tac":""', b'"tac":"AABBCCD"'),
        BODY[:-1] + b',"more":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        BODY[:-1] + b"\n}",
    ],
)
def test_a_forged_line_with_a_fitting_checksum_is_damage(body: bytes) -> None:
    assert body != BODY
    assert decode(framed(BODY)) == ENTRIES[0]
    found = reread(framed(body) + LINES[1])
    assert found.entries == (ENTRIES[1],)
    assert found.damaged == (0,)


def test_a_line_full_of_heads_is_not_gone_through_again_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head, count, looked = len(MARK) + 18, 4000, [0]
    size = head * count
    heads = b"".join(
        b"%b%08X %08X " % (MARK, size - head * number, 0) for number in range(1, count + 1)
    )

    def counting(body: bytes) -> int:
        looked[0] += len(body)
        return crc32(body)

    monkeypatch.setattr(journal, "crc32", counting)
    found = reread(heads + b"\n" + LINES[0])
    assert found.entries == (ENTRIES[0],)
    assert looked[0] < 66 * size


def test_a_checkpoint_stands_for_everything_before_it() -> None:
    found = reread(JOURNAL)
    line = checkpoint(found)
    assert checkpoint_size(line + JOURNAL) == len(line)
    assert checkpoint_size(JOURNAL) == checkpoint_size(line[:-1]) == 0
    after = reread(line)
    assert after._replace(good=found.good, entries=found.entries) == found
    assert after.good == len(line)
    assert reread(JOURNAL + line)._replace(good=0, entries=()) == found._replace(good=0, entries=())
    assert reread(line + encode(end(2))).pending == {}
    going_on = reread(line + encode(Pending(record(9))))
    assert going_on.next_sequence == 10
    assert len(going_on.pending) == 2


def test_numbers_of_a_psam_are_remembered_by_their_highest() -> None:
    high = Pending(msgspec.structs.replace(record(1), terminal_serial="0000ABCD"))
    low = Pending(msgspec.structs.replace(record(2), terminal_serial="00000005"))
    other = Pending(msgspec.structs.replace(record(3), terminal="1", terminal_serial="00000001"))
    serials = {"413158100102": 0xABCD, "1": 1}
    line = checkpoint(reread(b"".join(map(encode, (high, low, other)))))
    assert reread(line + encode(low)).serials == serials


def test_a_later_pending_entry_of_the_same_card_replaces_an_older_one() -> None:
    found = reread(encode(Pending(record(1))) + encode(Pending(record(2))))
    (pending,) = found.pending.values()
    assert pending.record.sequence == 2
    assert reread(encode(Pending(record(5))) + encode(end(5, settles=False))).pending


def test_a_superseded_entry_is_not_revived_when_the_newer_one_is_settled() -> None:
    """Two cuts and a restart: the first entry was found not charged, then the terminal died."""
    newer = Pending(record(2), settles=(1,))
    lines = encode(Pending(record(1))) + encode(newer)
    assert list(reread(lines).pending.values()) == [newer]
    assert reread(lines + encode(end(2))).pending == {}


def test_an_entry_is_over_with_a_later_record_of_its_card_alone() -> None:
    """The newer entry's own line is damaged: its end still says that the older one is over."""
    other = Pending(record(1, "3104870300000000001"))
    lines = encode(other) + encode(Pending(record(2))) + encode(end(3))
    assert list(reread(lines).pending.values()) == [other]


def test_numbers_that_only_an_end_names_are_not_used_again() -> None:
    free = msgspec.structs.replace(end(7), clearing=None)
    assert reread(encode(free)).next_sequence == 8


def test_a_dispute_waits_in_the_entry_until_a_tap_has_reported_it() -> None:
    newer = Pending(record(2), settles=(1,), dispute=record(1))
    lines = encode(Pending(record(1))) + encode(newer)
    assert [entry.dispute for entry in reread(lines).pending.values()] == [record(1)]
    told = TapEnd(end(2).decision, None, record(1), (1,))
    (pending,) = reread(lines + encode(told)).pending.values()
    assert (pending.record, pending.dispute) == (record(2), None)


def test_an_end_that_was_not_shown_is_remembered() -> None:
    paid = msgspec.structs.replace(end(1), shows=1)
    lines = encode(Pending(record(1))) + encode(paid)
    (unshown,) = reread(lines).unshown.values()
    assert (unshown.record, unshown.time) == (paid.clearing, paid.decision.time)
    assert reread(lines + encode(Shown(1))).unshown == {}
    assert reread(lines + encode(Shown(2))).unshown
    assert reread(lines + encode(Pending(record(2)))).unshown == {}
    again = TapEnd(paid.decision, shows=1)
    assert reread(lines + encode(again)).unshown == reread(lines).unshown
    free = msgspec.structs.replace(paid, clearing=None)
    (unshown,) = reread(encode(Pending(record(1))) + encode(free)).unshown.values()
    assert unshown.record == record(1)


def test_a_journal_from_before_there_were_such_lines_says_that_all_was_shown() -> None:
    old = (
        b'{"entry":"tap","decision":{"outcome":"accepted","amount":200,"code":"","reason":"",'
        b'"application":"tunion","balance_before":8800,"balance_after":8600,"card":"",'
        b'"time":"20250601080000","terminal":"413158100102","direction":"single"},"settles":[1]}'
    )
    line = b"YKTJ1 %08X %08X " % (len(old), crc32(old)) + old + b"\n"
    found = reread(encode(Pending(record(1))) + line)
    assert len(found.entries) == 2
    assert (found.pending, found.unshown) == ({}, {})


CARDS = tuple(f"31048703000000{number:05}" for number in range(8))


class Drawn:
    """A journal as a terminal writes it: each card's entry is settled before its next one."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.number = 0
        self.open: dict[str, Pending] = {}
        self.paid: dict[str, int] = {}

    def step(self, card: str, what: str) -> None:
        opened = self.open.get(card)
        if what == "shown":
            if card in self.paid:
                self.entries.append(Shown(self.paid.pop(card)))
        elif what == "begin" or opened is None:
            self.number += 1
            lost = None
            if opened is not None and what == "dispute":
                lost = opened.record
            older = () if opened is None else (opened.record.sequence,)
            self.open[card] = Pending(record(self.number, card), older, lost)
            self.entries.append(self.open[card])
            self.paid.pop(card, None)
        elif what == "dispute" and opened.dispute is None:
            told = TapEnd(end(1).decision, None, opened.record, (opened.record.sequence,))
            self.entries.append(told)
            del self.open[card]
        else:
            number = opened.record.sequence
            done = msgspec.structs.replace(end(number), clearing=record(number, card), shows=number)
            self.entries.append(msgspec.structs.replace(done, dispute=opened.dispute))
            self.paid[card] = number
            del self.open[card]


STEPS = st.lists(
    st.tuples(st.sampled_from(CARDS), st.sampled_from(["begin", "end", "shown", "dispute"])),
    min_size=20,
    max_size=80,
)


@given(STEPS, st.lists(st.integers(5, 80), min_size=1, max_size=4))
def test_segments_tell_what_one_journal_tells(
    steps: list[tuple[str, str]], cuts: list[int]
) -> None:
    drawn = Drawn()
    for card, what in steps:
        drawn.step(card, what)
    whole = reread(b"".join(map(encode, drawn.entries)))
    segment = b""
    for at, entry in enumerate(drawn.entries):
        if at in cuts:
            segment = checkpoint(reread(segment))
        segment += encode(entry)
    found = reread(segment)
    assert found.pending == whole.pending
    assert found.unshown == whole.unshown
    assert (found.next_sequence, found.serials) == (whole.next_sequence, whole.serials)
