"""The laboratory's error matrix: every command, every header field.

The laboratory lists the same five answers for each command: 6E00 for the class, 6D00 for
the instruction, 6A86 for P1 P2, 6700 for Lc or Le, 6A80 for the data. Where this card
differs, the row says so: a READ with a longer Le answers 6Cxx [GM 7.6], an offset beyond
the file 6B00 [GM 7.5], and a command that answers no data takes any Le, because field
programs send one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.card.reference import TERMINAL, TUNION_KEYS, Wallet, enciphered, line
from tests.card.support import (
    EC,
    EP,
    TICL,
    Talk,
    create_purse_application,
    new_card,
)
from ykt_sim.card.tables import PURSE
from ykt_sim.codes import INS

KEY = "00112233445566778899AABBCCDDEEFF"


def tunion() -> Talk:
    talk = new_card("tunion", balance=1000)
    talk.ok(EP)
    return talk


def issuing() -> Talk:
    """Inside an open application of a blank card, with every kind of key."""
    talk = new_card("blank")
    types = ("34/00/01", "36/00/FF/33", "37/00/FF/33", "38/00/FF/33", "30/00", "31/00", "32/00")
    create_purse_application(talk, dict.fromkeys(types, KEY), pin="1234")
    return talk


def pending(operation: str) -> Callable[[], tuple[Talk, str]]:
    def make() -> tuple[Talk, str]:
        talk = tunion()
        return talk, Wallet(talk, TUNION_KEYS).begin(operation, 1).commit

    return make


def fixed(setup: Callable[[], Talk], command: str) -> Callable[[], tuple[Talk, str]]:
    return lambda: (setup(), command.replace(" ", ""))


def secured(header: str, body: str = "") -> Callable[[], tuple[Talk, str]]:
    """A command of class 84 with a fresh challenge and its MAC under `KEY`."""

    def make() -> tuple[Talk, str]:
        talk = issuing()
        return talk, line(KEY, header, body, talk.ok("0084000004"))

    return make


def unblocking() -> tuple[Talk, str]:
    talk = issuing()
    talk.ok(line(KEY, "841E0000", "", talk.ok("0084000004")))
    return talk, line(KEY, "84180000", "", talk.ok("0084000004"))


def open_card() -> Talk:
    return new_card("blank")


def ecash() -> Talk:
    talk = new_card("dual")
    talk.ok(EC)
    return talk


def lnt() -> Talk:
    talk = new_card("lnt", balance=100)
    talk.ok(TICL)
    return talk


def open_file() -> Talk:
    talk = issuing()
    talk.ok("80E0000507", "280008F0F0FFFF")
    talk.ok("80E0000607", "2A0204F0F0FFFF")
    talk.ok("00E2003004", "00000000")
    talk.ok("00DC013404AABBCCDD")
    return talk


@dataclass(frozen=True)
class Row:
    """One command: how to make it right, and what its header's other values answer."""

    name: str
    make: Callable[[], tuple[Talk, str]]
    classes: tuple[str, ...]
    p1p2: dict[str, str]
    lc: bool = True
    le: str = ""
    good: str = "9000"


ROWS = [
    Row(
        "SELECT",
        fixed(open_card, "00A4000002 3F00"),
        ("00",),
        {"0100": "6A86", "0003": "6A86", "0401": "6A86", "0800": "6A86"},
    ),
    Row(
        "READ BINARY",
        fixed(tunion, "00B095001E"),
        ("00", "04"),
        {"9600": "9000", "951E": "6B00", "E500": "6A86", "8D00": "6A82", "0000": "6986"},
        le="1F:6C1E",
    ),
    Row(
        "UPDATE BINARY",
        fixed(open_file, "00D6850002AABB"),
        ("00", "04"),
        {"8508": "6B00", "8507": "6700", "A500": "6A86", "8600": "6981", "8900": "6A82"},
        lc=False,
    ),
    Row(
        "READ RECORD",
        fixed(tunion, "00B201C417"),
        ("00", "04"),
        {"01C5": "6A86", "0BC4": "6A83", "01AC": "6981", "0104": "6986", "01A4": "6A82"},
        le="16:6C17,18:6C17",
    ),
    Row(
        "UPDATE RECORD",
        fixed(open_file, "00DC013404AABBCCDD"),
        ("00", "04", "80", "84"),
        {"0135": "6A86", "0334": "6A83", "012C": "6981"},
    ),
    Row(
        "APPEND RECORD",
        fixed(open_file, "00E2003004AABBCCDD"),
        ("00", "04"),
        {"0130": "6A86", "0028": "6981"},
    ),
    Row(
        "READ EXT DATA",
        fixed(tunion, "80B400D0022701 00"),
        ("80",),
        {"01D0": "6A86", "00D4": "6A86", "00F0": "6981", "00A8": "6981"},
        le="7F:6C80",
    ),
    Row(
        "GET CHALLENGE",
        fixed(tunion, "0084000004"),
        ("00",),
        {"0100": "6A86", "0001": "6A86"},
        le="03:6700,00:6700,09:6700",
    ),
    Row(
        "EXTERNAL AUTHENTICATE",
        fixed(tunion, "0082000008" + "00" * 8),
        ("00",),
        {"0100": "6A86", "0007": "6A88"},
        good="6984",
    ),
    Row(
        "INTERNAL AUTHENTICATE",
        fixed(issuing, "0088000008" + "00" * 8),
        ("00",),
        {"0300": "6A86", "0009": "6A88"},
    ),
    Row(
        "VERIFY",
        fixed(issuing, "00200000021234"),
        ("00",),
        {"0100": "6A86", "0001": "9403"},
        lc=False,
    ),
    Row(
        "CHANGE PIN",
        fixed(issuing, "805E0100051234FF5678"),
        ("80",),
        {"0200": "6A86", "0101": "9403"},
        lc=False,
    ),
    Row(
        "RELOAD PIN",
        fixed(issuing, "805E000006123400000000"),
        ("80",),
        {"0300": "6A86", "0001": "9403"},
        lc=False,
        good="9302",
    ),
    Row(
        "PIN UNBLOCK",
        secured("84240000", enciphered(KEY, "1234")),
        ("84",),
        {"0101": "6A86", "0100": "9403", "0001": "9403"},
    ),
    Row("APPLICATION BLOCK", secured("841E0000"), ("84",), {"0100": "6A86", "0002": "6A86"}),
    Row("APPLICATION UNBLOCK", unblocking, ("84",), {"0100": "6A86", "0001": "6A86"}),
    Row("CARD BLOCK", secured("84160000"), ("84",), {"0100": "6A86", "0001": "6A86"}),
    Row(
        "GET BALANCE",
        fixed(tunion, "805C000204"),
        ("80",),
        {"0600": "6A86", "0003": "6A86", "0001": "6A82"},
        le="05:6700,10:6700",
    ),
    Row(
        "INIT LOAD",
        fixed(tunion, f"80500002 0B 01 00000001 {TERMINAL} 10"),
        ("80",),
        {"0602": "6A86", "0000": "6A86", "0001": "6A82"},
        le="0F:6700",
    ),
    Row(
        "CREDIT FOR LOAD", pending("load"), ("80",), {"0100": "6A86", "0001": "6A86"}, le="03:6700"
    ),
    Row(
        "INIT PURCHASE",
        fixed(tunion, f"80500102 0B 01 00000001 {TERMINAL} 0F"),
        ("80",),
        {"0103": "6A86", "FF02": "6A86", "0101": "6A82"},
        le="10:6700",
    ),
    Row("DEBIT", pending("purchase"), ("80",), {"0300": "6A86", "0101": "6A86"}, le="07:6700"),
    Row(
        "INIT CASH",
        fixed(tunion, f"80500201 0B 01 00000001 {TERMINAL} 0F"),
        ("80",),
        {"0202": "6A86"},
        lc=False,
        good="6A82",
    ),
    Row(
        "INIT CAPP",
        fixed(tunion, f"80500302 0B 01 00000001 {TERMINAL} 0F"),
        ("80",),
        {"0301": "6A86"},
        le="10:6700",
    ),
    Row(
        "DEBIT CAPP", pending("composite"), ("80",), {"0000": "6A86", "0101": "6A86"}, le="04:6700"
    ),
    Row(
        "INIT UNLOAD",
        fixed(tunion, f"80500502 0B 01 00000001 {TERMINAL} 10"),
        ("80",),
        {"0503": "6A86"},
        le="0F:6700",
    ),
    Row("DEBIT UNLOAD", pending("unload"), ("80",), {"0100": "6A86", "0301": "6A86"}, le="08:6700"),
    Row(
        "INIT UPDATE",
        fixed(tunion, f"80500401 07 01 {TERMINAL} 13"),
        ("80",),
        {"0400": "6A86", "0403": "6A86"},
        le="10:6700",
    ),
    Row(
        "UPDATE OVERDRAFT",
        pending("overdraft"),
        ("80",),
        {"0100": "6A86", "0001": "6A86"},
        le="08:6700",
    ),
    Row(
        "GET TRANSACTION PROVE",
        fixed(tunion, "805A0006 02 0001 08"),
        ("80",),
        {"0106": "6A86"},
        le="04:6700",
        good="9406",
    ),
    Row(
        "CREATE FILE",
        fixed(open_card, "80E0000507" + "280010F0F0FFFF"),
        ("80",),
        {"3F00": "6A86"},
        good="9000",
    ),
    Row(
        "WRITE KEY",
        fixed(issuing, "80D401 07 0D 30F0F00000" + "11" * 8),
        ("80", "84"),
        {"0207": "6A86", "0100": "6A80"},
        lc=False,
    ),
    Row(
        "ERASE DF",
        fixed(open_card, "800E000000"),
        ("80",),
        {"0100": "6A86", "0001": "6A86"},
        lc=False,
    ),
    Row("GET DATA", fixed(ecash, "80CA9F7900"), ("80",), {"9F7A": "6A88"}, lc=False),
    Row("GPO", fixed(ecash, "80A80000028300 00"), ("80",), {"0100": "6A86"}, lc=False, good="6985"),
]
BY_NAME = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@BY_NAME
def test_the_command_itself(row: Row) -> None:
    talk, command = row.make()
    assert talk.sw(command) == row.good


@BY_NAME
def test_wrong_class_is_6e00(row: Row) -> None:
    talk, command = row.make()
    for cla in ("00", "04", "80", "84", "01", "0C", "90", "E0", "FF"):
        if cla not in row.classes:
            assert talk(cla + command[2:]) == "6E00", cla


@BY_NAME
def test_wrong_p1_p2(row: Row) -> None:
    for p1p2, sw in row.p1p2.items():
        talk, command = row.make()
        assert talk.sw(command[:4] + p1p2 + command[8:]) == sw, p1p2


@BY_NAME
def test_lc_that_lies_is_6700(row: Row) -> None:
    talk, command = row.make()
    if len(command) == 10:
        assert talk(command + "AA") == "6700"  # Le turned into an Lc
        return
    lc = int(command[8:10], 16)
    for wrong in (0, lc - 2, lc + 2, 0xFF):
        talk, command = row.make()
        assert talk(f"{command[:8]}{wrong:02X}{command[10:]}") == "6700", wrong


@pytest.mark.parametrize("row", [row for row in ROWS if row.lc], ids=lambda row: row.name)
def test_data_one_byte_too_short_or_too_long_is_6700(row: Row) -> None:
    if row.name in ("READ BINARY", "READ RECORD", "GET CHALLENGE", "GET BALANCE"):
        talk, command = row.make()
        assert talk(command[:8] + "01AA" + command[8:]) == "6700", "data where none belongs"
        return
    for step in (-1, 1):
        talk, command = row.make()
        lc = int(command[8:10], 16)
        body, rest = command[10 : 10 + 2 * lc], command[10 + 2 * lc :]
        body = body[:-2] if step < 0 else body + "00"
        sw = talk(f"{command[:8]}{lc + step:02X}{body}{rest}")
        assert sw == "6700", step


@pytest.mark.parametrize("row", [row for row in ROWS if row.le], ids=lambda row: row.name)
def test_wrong_le(row: Row) -> None:
    for case in row.le.split(","):
        le, sw = case.split(":")
        talk, command = row.make()
        has_le = len(command) == 10 or len(command) == 12 + 2 * int(command[8:10], 16)
        assert talk((command[:-2] if has_le else command) + le) == sw, case


def test_unknown_instructions() -> None:
    known = {int(ins) for ins in PURSE}
    talk = tunion()
    for ins in range(256):
        if ins not in known:
            assert talk(f"00{ins:02X}000000") == "6D00", f"{ins:02X}"
            assert talk(f"80{ins:02X}000000") == "6D00", f"{ins:02X}"
            assert talk(f"FF{ins:02X}000000") == "6E00", f"{ins:02X}"
    assert {INS.GET_RESPONSE, INS.SAM_INIT_PURCHASE}.isdisjoint(known)


@pytest.mark.parametrize("raw", ["", "00", "00A4", "00A404"])
def test_less_than_a_header_is_6700(raw: str) -> None:
    assert tunion()(raw) == "6700"


@pytest.mark.parametrize(
    "command", ["805200000B" + "00" * 11, "805401000F" + "00" * 15, "805803000E" + "00" * 14]
)
def test_commit_without_initialize_is_6901(command: str) -> None:
    assert tunion()(command) == "6901"
