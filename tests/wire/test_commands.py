"""The table of commands against what cards, validators and worked examples really sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ykt_sim.codes import INS, Cla, Operation, Purse, TransactionType
from ykt_sim.profiles.keys import ROLES
from ykt_sim.trace.jsonl import read_trace
from ykt_sim.trace.model import Exchange
from ykt_sim.wire import commands
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.commands import (
    COMMANDS,
    OFFLINE,
    ONLINE,
    OPERATIONS,
    UNKNOWN,
    Chapter,
    CommandRow,
    find,
    operation_of,
    transaction_type,
)

#: Rows of what shares an instruction with a purse's command and is told by class or length.
APART = tuple(
    row for row in vars(commands).values()
    if isinstance(row, CommandRow) and row not in (UNKNOWN, *COMMANDS)
)  # fmt: skip

ROOT = Path(__file__).parents[2]
TRACES = ROOT / "apdu_traces"
VECTORS = ROOT / "tests" / "vectors" / "purse.json"
MAC = 4
byte = st.integers(0, 255)


def command(text: str) -> Command:
    return Command.parse(bytes.fromhex(text))


# -- what others have sent -----------------------------------------------------------


def vector_exchanges() -> Iterator[tuple[str, Command, Response | None]]:
    """Commands of the vectors with their answers; those printed with gaps are left out."""
    file = json.loads(VECTORS.read_text(encoding="utf-8"))
    for vector in file["vectors"]:
        lines = [line.split("(")[0].replace(" ", "") for line in vector.get("apdu", ())]
        for line, after in pairwise([*lines, ""]):
            if line.startswith(">") and ".." not in line:
                answer = bytes.fromhex(after[1:]) if after.startswith("<") else b""
                response = Response.parse(answer) if answer else None
                yield vector["id"], command(line[1:]), response


def trace_exchanges() -> Iterator[tuple[str, Command, Response | None]]:
    """Golden traces of our engines, and recordings of real cards."""
    for path in sorted((*TRACES.glob("synthetic/*.jsonl"), *TRACES.glob("recorded/*.jsonl"))):
        for event in read_trace(path.read_text(encoding="utf-8").splitlines()).events:
            if isinstance(event, Exchange):
                answer = Response.parse(event.response) if event.response else None
                yield path.name, Command.parse(event.command), answer
    cards = json.loads((TRACES / "recorded" / "cards.json").read_text(encoding="utf-8"))
    for card in cards:
        for item in card.get("exchanges", ()):
            yield card["id"], command(item["c"]), Response.parse(bytes.fromhex(item["r"]))


EXCHANGES = [*vector_exchanges(), *trace_exchanges()]

#: Rows that no vector, trace or recording in the repository shows.
NEVER_SEEN = {
    "APPEND RECORD", "GET RESPONSE", "GET DATA", "RELOAD PIN", "CHANGE PIN",
    "APPLICATION BLOCK", "APPLICATION UNBLOCK", "CARD BLOCK", "INITIALIZE FOR CASH WITHDRAW",
    "INITIALIZE FOR UPDATE", "INITIALIZE FOR UNLOAD", "DEBIT FOR UNLOAD",
    "UPDATE OVERDRAW LIMIT", "GET TRANSACTION PROVE", "READ EXT DATA", "CREATE FILE", "ERASE DF",
    "GET PROCESSING OPTIONS", "UPDATE EXT CACHE", "PSAM DES (DES calculate)",
    "PSAM INIT FOR DES (DES initialise)",
    *(row.name for row in COMMANDS if row.chapter is Chapter.OTHER),
}  # fmt: skip


def misfits(row: CommandRow, sent: Command, answer: Response | None) -> list[str]:
    """What of an exchange is not as its row says."""
    found = []
    if sent.cla not in row.cla:
        found.append(f"class {sent.cla:02X}")
    if row.p1 and sent.p1 not in row.p1:
        found.append(f"P1 {sent.p1:02X}")
    if row.p2 and sent.p2 not in row.p2:
        found.append(f"P2 {sent.p2:02X}")
    size = len(sent.data) - (MAC if sent.cla in {Cla.ISO_SM, Cla.PBOC_SM} else 0)
    if size not in ([layout.SIZE for layout in row.data] if row.data else row.sends):
        found.append(f"{size} bytes of data")
    sizes = [layout.SIZE for layout in row.answer] if row.answer else row.gives
    if sent.le and sent.le not in sizes:
        found.append(f"Le {sent.le:02X}")
    if answer is not None and answer.ok and len(answer.data) not in sizes:
        found.append(f"{len(answer.data)} bytes of answer")
    return found


@pytest.mark.parametrize(
    ("where", "sent", "answer"),
    [pytest.param(*one, id=f"{n}-{one[0]}") for n, one in enumerate(EXCHANGES)],
)
def test_an_exchange_fits_its_row(where: str, sent: Command, answer: Response | None) -> None:
    row = find(sent)
    assert row is not UNKNOWN, where
    assert misfits(row, sent, answer) == []


def test_rows_are_shown_by_somebody_or_said_not_to_be() -> None:
    seen = {find(sent).name for _, sent, _ in EXCHANGES}
    assert {row.name for row in COMMANDS} - seen == NEVER_SEEN
    assert len(seen) == 20


def test_the_numbers_of_the_purse_commands() -> None:
    """INS, P1 and sizes as the laboratory's command pages print them."""
    pages = {
        Operation.LOAD: ("50", 0x00, 0x0B, 0x10, "52", 0x00, 0x0B, 0x04),
        Operation.PURCHASE: ("50", 0x01, 0x0B, 0x0F, "54", 0x01, 0x0F, 0x08),
        Operation.CASH: ("50", 0x02, 0x0B, 0x0F, "54", 0x01, 0x0F, 0x08),
        Operation.COMPOSITE: ("50", 0x03, 0x0B, 0x0F, "54", 0x01, 0x0F, 0x08),
        Operation.OVERDRAFT: ("50", 0x04, 0x07, 0x13, "58", 0x00, 0x0E, 0x04),
        Operation.UNLOAD: ("50", 0x05, 0x0B, 0x10, "54", 0x03, 0x0B, 0x04),
    }
    assert set(pages) == set(OPERATIONS)
    for name, row in OPERATIONS.items():
        table = [
            value
            for one in (row.initialize, row.commit)
            for value in (f"{one.ins:02X}", one.p1[0], one.data[0].SIZE, one.le)
        ]
        assert tuple(table) == pages[name]


# -- the table itself -----------------------------------------------------------------


@pytest.mark.parametrize("row", [*COMMANDS, *APART], ids=lambda row: row.name)
def test_a_row_has_an_example_of_its_own(row: CommandRow) -> None:
    sent = command(row.example)
    assert find(sent) is row
    assert misfits(row, sent, None) == []
    assert sent.build().hex().upper() == row.example
    assert row.source


def test_every_row_stands_in_the_table() -> None:
    rows = [one for one in vars(commands).values() if isinstance(one, CommandRow)]
    assert {row.name for row in rows} - {UNKNOWN.name} == {
        row.name for row in (*COMMANDS, *APART) if row in rows
    }
    assert [row.name for row in APART] == [
        "INITIALIZE UPDATE (GlobalPlatform)", "EXTERNAL AUTHENTICATE (GlobalPlatform)",
        "STORE DATA (GlobalPlatform)", "DESFire command", "reader command (pseudo-APDU)",
        "command of another class",
    ]  # fmt: skip


def test_a_name_is_of_one_command_and_stands_in_the_glossary() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    (part,) = re.findall(r"^## Commands$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    listed = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \| [^|]+ \|$", part, re.MULTILINE)
    rows = [(row.zh, row.name) for row in (*COMMANDS, *APART)]
    assert [pair for pair in listed if "中文" not in pair[0] and pair[0] != "Chinese"] == rows
    assert len({zh for zh, _ in rows}) == len({name for _, name in rows}) == len(rows) == 56


def test_operations() -> None:
    assert {row.role for row in OPERATIONS.values()} <= set(ROLES)
    assert all(row.role == row.key.name.lower() for row in OPERATIONS.values())
    assert [operation_of(p1) for p1 in range(7)] == [*OPERATIONS, None]
    assert {"load", "overdraft", "unload"} == ONLINE
    assert {"purchase", "cash", "composite"} == OFFLINE
    assert all(row.initialize.ins == INS.INITIALIZE for row in OPERATIONS.values())


@pytest.mark.parametrize(
    ("operation", "ed", "ep"),
    [
        ("load", 1, 2), ("purchase", 5, 6), ("cash", 4, 4), ("composite", 9, 9),
        ("overdraft", 7, 7), ("unload", 3, 3),
    ],
)  # fmt: skip
def test_type_bytes(operation: str, ed: int, ep: int) -> None:
    name = Operation(operation)
    assert transaction_type(name, Purse.ED) is TransactionType(ed)
    assert transaction_type(name, Purse.EP) is TransactionType(ep)
    assert transaction_type(name, 0x7F) is TransactionType(ep)


# -- finding -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("00A4040008A000000632010105", "SELECT"),
        ("00B0950000", "READ BINARY"),
        ("04B0950004AABBCCDD1E", "READ BINARY"),
        ("00B201C417", "READ RECORD"),
        ("80B400D0022701", "READ EXT DATA"),
        ("805C000204", "GET BALANCE"),
        ("0084000004", "GET CHALLENGE"),
        ("00200000021234", "VERIFY PIN"),
        ("805000020B01000000640102030405060F", "INITIALIZE FOR LOAD"),
        ("805001020B01000000640102030405060F", "INITIALIZE FOR PURCHASE"),
        ("805002010B01000000640102030405060F", "INITIALIZE FOR CASH WITHDRAW"),
        ("805003020B01000000640102030405060F", "INITIALIZE FOR CAPP PURCHASE"),
        ("805013020B01000000640102030405060F", "INITIALIZE FOR CAPP PURCHASE"),
        ("80500401070101020304050613", "INITIALIZE FOR UPDATE"),
        ("805005010B010000006401020304050610", "INITIALIZE FOR UNLOAD"),
        ("8052000000", "CREDIT FOR LOAD"),
        ("8054010000", "DEBIT FOR PURCHASE / CASH / CAPP"),
        ("8054020000", "DEBIT FOR PURCHASE / CASH / CAPP"),
        ("8054030000", "DEBIT FOR UNLOAD"),
        ("8058000000", "UPDATE OVERDRAW LIMIT"),
        ("805A000902002808", "GET TRANSACTION PROVE"),
        ("80DC00F000", "UPDATE CAPP DATA CACHE"),
        ("84DC00F000", "UPDATE CAPP DATA CACHE"),
        ("00DC01C400", "UPDATE RECORD"),
        ("04DC01C400", "UPDATE RECORD"),
        ("84DE00D000", "UPDATE EXT CACHE"),
        ("841E000004AABBCCDD", "APPLICATION BLOCK"),
        ("8418000004AABBCCDD", "APPLICATION UNBLOCK"),
        ("8416000004AABBCCDD", "CARD BLOCK"),
        ("80CD000001", "ALGORITHM"),
        ("805E000000", "RELOAD PIN"),
        ("805E010000", "CHANGE PIN"),
        ("807000001C", "PSAM INIT FOR PURCHASE"),
        ("8072000004AABBCCDD", "PSAM CREDIT (CHECK MAC2)"),
        ("80E03F000D", "CREATE FILE"),
        ("84D401001C", "WRITE KEY"),
        ("800E000000", "ERASE DF"),
        ("80CA9F7900", "GET DATA"),
        ("80A8000000", "GET PROCESSING OPTIONS"),
        ("00C0000010", "GET RESPONSE"),
        ("E07A080107", "INIT GREY LOCK / UNLOCK"),
        ("80F001010A", "SET STATUS (applet activation)"),
        ("00F0000000", "unknown command"),
        ("8099000000", "unknown command"),
        ("80500E0200", "unknown command"),
        ("00D095000101", "UPDATE BINARY"),
        ("8054070000", "DEBIT FOR PURCHASE / CASH / CAPP"),
        ("90DC01C400", "DESFire command"),
        ("9060000000", "DESFire command"),
        ("FFCA000000", "reader command (pseudo-APDU)"),
        ("FF00480000", "reader command (pseudo-APDU)"),
        ("A0A40000023F00", "command of another class"),
        ("8050000008C1C2D1D2D3D4D5D6", "INITIALIZE UPDATE (GlobalPlatform)"),
        ("8050000208C1C2D1D2D3D4D5D6", "INITIALIZE FOR LOAD"),
        ("848201001000112233445566778899AABBCCDDEEFF", "EXTERNAL AUTHENTICATE (GlobalPlatform)"),
        ("00820001080011223344556677", "EXTERNAL AUTHENTICATE"),
        ("80E280000101", "STORE DATA (GlobalPlatform)"),
        ("801A280108C1C2D1D2D3D4D5D6", "PSAM INIT FOR DES (DES initialise)"),
        ("80FA0000080000000000000000", "PSAM DES (DES calculate)"),
        ("805E020000", "unknown command"),
        ("807A000000", "unknown command"),
        ("E0B0950000", "unknown command"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert find(command(text)).name == name


@settings(max_examples=100, deadline=None)
@given(st.builds(Command, byte, byte, byte, byte, st.binary(max_size=20), st.none() | byte))
def test_every_command_has_a_name(sent: Command) -> None:
    row = find(sent)
    assert row.name
    assert row.zh


@pytest.mark.parametrize("row", [row for row in COMMANDS if row.le], ids=lambda row: row.name)
def test_le_is_the_size_of_the_only_answer(row: CommandRow) -> None:
    assert [layout.SIZE for layout in row.answer] == [row.le]


@pytest.mark.parametrize("data", ["0070000001", "00720000", "007000001C" + "00" * 28 + "08"])
def test_what_an_iso_class_asks_is_no_command_of_a_psam(data: str) -> None:
    assert find(Command.parse(bytes.fromhex(data))) is UNKNOWN
    assert find(Command.parse(bytes.fromhex("80" + data[2:]))) is not UNKNOWN
