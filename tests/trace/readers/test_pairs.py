"""Commands that wait for answers."""

from __future__ import annotations

import io

from tests.trace.readers.samples import pairs, whys
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.base import Line, Source
from ykt_sim.trace.readers.pairs import MAX_OPEN, Pairs, failed, remember

LINE = Line(3, 40, "what stood there")
READ = bytes.fromhex("00B0000004")


def source(*, partial: bool = False) -> Source:
    made = Source(io.BytesIO(b"x" if partial else b"x\n"))
    assert len(list(made.lines())) == 1
    assert made.partial == partial
    return made


def test_a_command_and_its_answer() -> None:
    table = Pairs(source(), timed=True)
    assert table.command("k", 1.0, READ, LINE, session="s") == []
    assert table.waits("k")
    ((session, event),) = table.answer("k", 1.25, b"\x90\x00", LINE)
    assert session == "s"
    assert event == Exchange(
        t=1.0, channel="card", command=READ, response=b"\x90\x00", duration_ms=250.0
    )
    assert not table.waits("k")
    assert table.end() == []


def test_nobody_answers() -> None:
    table = Pairs(source())
    table.command("k", 0.0, READ, LINE)
    assert pairs(table.command("k", 1.0, READ, LINE)) == [(READ, b"")]
    assert pairs(table.drop("k")) == [(READ, b"")]
    assert table.drop("k") == []
    table.command("k", 2.0, READ, LINE)
    assert pairs(table.end()) == [(READ, b"")]


def test_what_cannot_be_read_is_a_note_with_its_place() -> None:
    table = Pairs(source())
    (note,) = table.command("k", 0.0, "expected hex", LINE)
    assert note.event.data == {
        "why": "command: expected hex", "offset": 40, "line": 3, "raw": "what stood there",
    }  # fmt: skip
    assert whys(table.answer("k", 0.0, b"\x90\x00", LINE)) == [
        "answer: expected a command before this answer, it could not be read"
    ]
    table.command("k", 0.0, READ, LINE)
    items = table.answer("k", 0.0, "expected hex", LINE)
    assert pairs(items) == [(READ, b"")]
    assert whys(items) == ["answer: expected hex"]


def test_the_last_line_may_be_cut() -> None:
    cut = "expected a line end, the file ends here and the line may be cut"
    table = Pairs(source(partial=True))
    assert whys(table.command("k", 0.0, READ, LINE)) == [f"command: {cut}"]
    assert whys(table.answer("k", 0.0, b"\x90\x00", LINE)) == []
    table.command("k", 0.0, READ, LINE)
    items = table.answer("k", 0.0, b"\x01\x6a\x82", LINE)
    assert pairs(items) == [(READ, b"\x01\x6a\x82")]
    assert whys(items) == [f"answer: {cut}"]
    table.command("k", 0.0, READ, LINE)
    items = table.answer("k", 0.0, b"\x01\x02\x03", LINE)
    assert pairs(items) == [(READ, b"")]
    assert whys(table.command("k", 0.0, READ[:3], LINE)) == [
        "command: expected a whole command, the file ends inside it"
    ]
    extended = bytes.fromhex("00B0000000FFFF")
    assert whys(table.command("k", 0.0, extended, LINE)) == [f"command: {cut}"]


def test_only_so_many_wait() -> None:
    table = Pairs(source())
    found = [item for n in range(MAX_OPEN + 10) for item in table.command(str(n), 0.0, READ, LINE)]
    assert [item.session for item in found] == [str(n) for n in range(10)]
    assert len(table.end()) == MAX_OPEN


def test_a_table_that_forgets() -> None:
    table: dict[int, int] = {}
    for number in range(MAX_OPEN + 5):
        remember(table, number, number)
    assert len(table) == MAX_OPEN
    assert 4 not in table
    remember(table, 5, 0)
    assert list(table)[-1] == 5


def test_a_failure() -> None:
    found = failed("s", 1.0, "SCardTransmit", "0x80100069")
    assert found.event.text == "failed"
    assert found.event.data == {"call": "SCardTransmit", "code": "0x80100069"}
