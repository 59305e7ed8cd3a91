"""Tables of every markup, and columns told by what they hold; `readers.loose.tables`."""

from __future__ import annotations

import io

import pytest

from tests.trace.readers.drawn import MARKUPS, NAMES, SIDED
from tests.trace.readers.samples import DIALOGUE, events, pairs, plain, whys
from ykt_sim.errors import TraceError
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.base import Found, Source
from ykt_sim.trace.readers.loose.records.cells import cells, is_drawn

#: Data that end like a status word, and data that look like a command, are data.
TALK = [
    (bytes.fromhex("00A4040008A000000632010105"), bytes.fromhex("6A82")),
    (bytes.fromhex("805C030204"), bytes.fromhex("00001A2C9000")),
    (bytes.fromhex("00B0950008"), bytes.fromhex("11223344556677889000")),
    (bytes.fromhex("00B201C400"), bytes.fromhex("0005000000000001F409099991000001202403019000")),
    (bytes.fromhex("805C030204"), bytes.fromhex("000090009000")),
    (bytes.fromhex("00B20BC400"), bytes.fromhex("6A83")),
]
ROWS = [
    (str(at), c.hex().upper(), r[:-2].hex().upper(), r[-2:].hex().upper(), "ok")
    for at, (c, r) in enumerate(TALK, 1)
]


def found(log: str) -> list[Found]:
    """What the format that is told by the log finds in it."""
    source = Source(io.BytesIO(log.encode()), "log")
    return list(read_as(source, choose(source)))


@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[1])
@pytest.mark.parametrize("markup", sorted(MARKUPS))
def test_a_table_of_any_markup_and_language(markup: str, names: tuple[str, ...]) -> None:
    read = found("\n".join(MARKUPS[markup](names, ROWS)) + "\n")
    assert pairs(read) == TALK
    assert whys(read) == []


@pytest.mark.parametrize(("names", "ways"), SIDED, ids=lambda one: one[1])
@pytest.mark.parametrize("markup", sorted(MARKUPS))
def test_a_table_with_a_side_and_a_length(
    markup: str, names: tuple[str, ...], ways: tuple[str, str]
) -> None:
    messages = [(ways[side], data) for pair in TALK for side, data in enumerate(pair)]
    rows = [
        (str(at), way, data.hex(" ").upper(), str(len(data)), "")
        for at, (way, data) in enumerate(messages, 1)
    ]
    read = found("\n".join(MARKUPS[markup](names, rows)) + "\n")
    assert pairs(read) == TALK
    assert whys(read) == []


def test_bytes_do_not_go_across_the_cells_of_a_table_that_nobody_understands() -> None:
    log = "one;two;three\n805C000204;805C000204;000000019000\n00B0950002;00B0950002;11229000\n"
    assert [(c.hex(), r.hex()) for c, r in pairs(found(log))] == [
        ("805c000204", "000000019000"),
        ("00b0950002", "11229000"),
    ]


def test_a_refusal_names_the_columns() -> None:
    log = "Pos;Hin;Her\n1;SELECT;6F1122334455 ok\n2;READ;11223344556677 yes 90 00\n3;X;1122334455\n"
    with pytest.raises(TraceError, match=r"'Pos', 'Hin', 'Her'.*--from columns:command=NAME"):
        found(log)


def test_a_status_word_with_words_behind() -> None:
    rows = [(c.hex(), r[:-2].hex(), f"{r[-2:].hex()} (what it says)") for c, r in TALK]
    log = "\n".join(MARKUPS["markdown"](("Command", "Data", "SW"), rows)) + "\n"
    assert pairs(found(log)) == TALK


def test_a_length_that_is_wrong_is_told() -> None:
    rows = [(way, data, len(data)) for pair in TALK for way, data in zip("><", pair, strict=True)]
    lines = [f"{way}\t{data.hex()}\t{size}" for way, data, size in rows]
    lines[3] = f">\t{TALK[1][1].hex()}\t7".replace(">", "<")
    read = found("Dir\tData\tLen\n" + "\n".join(lines) + "\n")
    assert whys(read) == ["answer: expected 7 bytes, found 6"]


def test_a_command_without_an_answer_is_no_further_part_of_the_row_above() -> None:
    log = (
        "| Command | Response | SW |\n|---|---|---|\n| 805C030204 | 00001A2C | 9000 |\n"
        "| 00B0950008 |  |  |\n| 805C030204 | 00001A2C | 9000 |\n"
    )
    assert [c.hex().upper() for c, _ in pairs(found(log))] == [
        "805C030204", "00B0950008", "805C030204",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "|---|:--|", "+====+", "├──┼──┤", "|===", "{| class=x", "|-", "|}", "==== ==="]
)
def test_a_line_that_only_draws(text: str) -> None:
    assert is_drawn(text)


def test_cells_without_their_markup() -> None:
    assert cells("| `9000` | {{6A82}} | **x** |", "|") == ["9000", "6A82", "x"]
    assert cells("||a||b||", "|", 2) == ["a", "b"]
    assert cells("|a||b|", "|", 3) == ["a", "", "b"]
    assert cells("1\t\t2\t", "\t") == ["1", "", "2", ""]


def test_an_indented_log_is_no_table() -> None:
    lines = [
        f"\t{way} {data.hex(' ')}" for pair in TALK for way, data in zip("><", pair, strict=True)
    ]
    assert pairs(found("\twaiting for card\n" + "\n".join(lines) + "\n")) == TALK


@pytest.mark.parametrize(
    "names",
    [
        "Command,Expected Response,Actual Response",
        "Command,expectedResponse,actualResponse",
        "APDU,want,got",
        "\u6307\u4ee4,\u671f\u671b\u54cd\u5e94,\u5b9e\u9645\u54cd\u5e94",
        "\u547d\u4ee4APDU,\u9884\u671f,\u54cd\u5e94",
    ],
)
def test_what_a_test_expects_is_no_answer(names: str) -> None:
    rows = [
        f"{c.hex()},{'6A82' if at % 2 else '00009000'},{r.hex()}" for at, (c, r) in enumerate(TALK)
    ]
    read = found("\n".join([names, *rows]) + "\n")
    assert pairs(read) == TALK
    assert whys(read) == []


def test_a_table_of_what_is_expected_has_no_answers() -> None:
    rows = [f"{c.hex()},{r.hex()}" for c, r in TALK]
    read = found("\n".join(["command,expected response", *rows]) + "\n")
    assert pairs(read) == [(command, b"") for command, _ in TALK]


def test_of_two_columns_that_differ_none_is_taken() -> None:
    rows = [f"{c.hex()},{'6A83'},{r.hex()}" for c, r in TALK]
    read = found("\n".join(["command,answer A,answer B", *rows]) + "\n")
    assert pairs(read) == [*((c, b"") for c, _ in TALK[:-1]), TALK[-1]]
    assert len([why for why in whys(read) if "'answer A' and 'answer B' differ" in why]) == 5


def test_statements_whose_names_stand_above_or_nowhere() -> None:
    """Without names what stands in the columns tells; a quote and an escape cut no cell."""
    rows = ",\n".join(
        f"({7000 + at},'it''s a \\'test\\', (no. {at})','{plain(c)}','{plain(a)}',NULL)"
        for at, (c, a) in enumerate(DIALOGUE)
    )
    names = "".join(f"  `{name}` text,\n" for name in ("id", "note", "sent", "got", "x"))
    create = f"CREATE TABLE `log` (\n{names});\n"
    for head in (create, "-- a dump\n"):
        log = f"{head}INSERT INTO `log` VALUES {rows};\nUNLOCK TABLES;\n"  # noqa: S608
        assert pairs(events(log, "plain")) == list(DIALOGUE)


def test_a_quote_that_never_ends_leaves_the_lines_as_they_are() -> None:
    log = 'no,command,answer\n1,"80 5C 03 02 04\n","00 00 1A 2C 90 00"\n2,"0084000004,6985\n'
    got = events(log, "plain")
    assert pairs(got)[0] == (bytes.fromhex("805C030204"), bytes.fromhex("00001A2C9000"))
