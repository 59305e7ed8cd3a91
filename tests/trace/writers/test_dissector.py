"""The Wireshark dissector: its tables against ours, and tshark on a capture that we wrote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tests.trace.readers.air import BALANCE, card_frame, on_air, pcap, reader_frame
from tests.trace.writers.sample import trace
from ykt_sim.codes import AID_NAMES, INS, SW_TEXT
from ykt_sim.trace.model import Exchange, Trace
from ykt_sim.trace.writers.pcapng import write
from ykt_sim.wire import purse
from ykt_sim.wire.record import Record

NO_SKIP = bool(os.environ.get("CI") or os.environ.get("YKT_NO_SKIP") == "1")
TSHARK = shutil.which("tshark")
SCRIPT = files("ykt_sim.trace.writers") / "dissector.lua"
TEXT = SCRIPT.read_text("utf-8")

needs_tshark = pytest.mark.skipif(TSHARK is None and not NO_SKIP, reason="needs tshark")

#: Header of a command, the record of its data, the record of its answer, what it is called.
COMMANDS: list[tuple[str, type[Record] | None, type[Record], str]] = [
    ("80500002", purse.InitializeData, purse.InitializeLoadAnswer, "INITIALIZE FOR LOAD"),
    ("80500102", purse.InitializeData, purse.InitializePurchaseAnswer, "INITIALIZE FOR PURCHASE"),
    ("80500201", purse.InitializeData, purse.InitializePurchaseAnswer,
     "INITIALIZE FOR CASH WITHDRAWAL"),
    ("80500302", purse.InitializeData, purse.InitializePurchaseAnswer,
     "INITIALIZE FOR COMPOSITE PURCHASE"),
    ("80500401", purse.InitializeOverdraftData, purse.InitializeOverdraftAnswer,
     "INITIALIZE FOR UPDATE"),
    ("80500501", purse.InitializeData, purse.InitializeLoadAnswer, "INITIALIZE FOR UNLOAD"),
    ("80520000", purse.CreditData, purse.LoadAnswer, "CREDIT FOR LOAD"),
    ("80540100", purse.DebitData, purse.DebitAnswer, "DEBIT"),
    ("80540300", purse.CreditData, purse.UnloadAnswer, "DEBIT FOR UNLOAD"),
    ("80580000", purse.OverdraftData, purse.LoadAnswer, "UPDATE OVERDRAFT LIMIT"),
    ("805A0006", purse.ProveData, purse.ProveAnswer, "GET TRANSACTION PROVE"),
    ("805C0002", None, purse.Balance, "GET BALANCE"),
    ("805C0502", None, purse.BalanceAll, "GET BALANCE"),
]  # fmt: skip


def table(name: str) -> str:
    """A table of the script, between its braces."""
    found = re.search(rf"^local {name} = \{{\n(.*?)^\}}", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_status_words_are_those_of_codes() -> None:
    rows = re.findall(r'\[0x([0-9A-F]{4})\] = "([^"]*)",', table("SW"))
    assert {int(sw, 16): text for sw, text in rows} == {
        sw: english for sw, (english, _) in SW_TEXT.items()
    }


def test_instructions_are_those_of_codes() -> None:
    rows = re.findall(r'\[0x([0-9A-F]{2})\] = "([^"]*)",', table("INS"))
    assert {int(ins, 16): name for ins, name in rows} == {ins.value: ins.name for ins in INS}


def test_applications_are_those_of_codes() -> None:
    rows = re.findall(r'\["([0-9A-F]+)"\] = "([^"]*)",', table("AID"))
    assert {bytes.fromhex(aid): name for aid, name in rows} == AID_NAMES


def test_layouts_are_those_of_the_records() -> None:
    layouts = {}
    for name in ("COMMANDS", "ANSWERS"):
        for record, body in re.findall(r"(\w+) = \{(.*?)\},\n", table(name), re.DOTALL):
            layouts[record] = [(f, int(n)) for f, n in re.findall(r'"(\w+)", (\d+)', body)]
    used = {record for _, data, answer, _ in COMMANDS for record in (data, answer) if record}
    assert layouts == {
        record.__name__: [(spec.name, spec.size) for spec in record.LAYOUT] for record in used
    }


# -- tshark ------------------------------------------------------------------------------------


def shown(what: Trace, folder: Path, *fields: str) -> list[dict[str, str]]:
    """What tshark says of each frame that the dissector has a word about."""
    capture = folder / "capture.pcapng"
    with capture.open("wb") as out:
        write(what, out)
    return dissected(capture, folder, *fields)


def dissected(capture: Path, folder: Path, *fields: str) -> list[dict[str, str]]:
    """What tshark says of a file."""
    assert TSHARK is not None, "tshark is missing: apt-get install tshark"
    names = ["ykt.command", *fields]
    with as_file(SCRIPT) as script:
        command = [TSHARK, "-n", "-X", f"lua_script:{script}", "-r", str(capture), "-Y", "ykt"]
        command += ["-T", "fields", "-E", "separator=|"]
        for name in names:
            command += ["-e", name]
        environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        run = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, env=environment
        )
    assert run.returncode == 0, run.stderr
    assert "Lua" not in run.stderr, run.stderr
    rows = [row.split("|") for row in run.stdout.splitlines()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def ask(t: float, command: str, answer: str) -> Exchange:
    return Exchange(
        t=t,
        channel="card",
        command=bytes.fromhex(command),
        response=bytes.fromhex(answer),
        duration_ms=1.0,
    )


def number(text: str) -> int:
    return int(text, 0)


@needs_tshark
def test_every_purse_command(tmp_path: Path) -> None:
    records = {record for _, data, answer, _ in COMMANDS for record in (data, answer) if record}
    names = sorted({spec.name for record in records for spec in record.LAYOUT})
    dialogue = []
    for t, (head, data, answer, _) in enumerate(COMMANDS):
        body = f"{len(data.EXAMPLE) // 2:02X}{data.EXAMPLE}00" if data else "00"
        dialogue.append(ask(float(t), head + body, answer.EXAMPLE + "9000"))
    rows = shown(trace(*dialogue), tmp_path, "ykt.ins", "ykt.sw", *(f"ykt.{n}" for n in names))
    assert len(rows) == 2 * len(COMMANDS)
    for index, (head, data, answer, name) in enumerate(COMMANDS):
        asked, told = rows[2 * index], rows[2 * index + 1]
        assert asked["ykt.command"] == told["ykt.command"] == name
        assert number(asked["ykt.ins"]) == int(head[2:4], 16)
        assert (asked["ykt.sw"], number(told["ykt.sw"])) == ("", 0x9000)
        for row, record in ((asked, data), (told, answer)):
            values = record.parse(bytes.fromhex(record.EXAMPLE)) if record else None
            for field in names:
                wanted = getattr(values, field, None)
                got = row[f"ykt.{field}"]
                if wanted is None:
                    assert got == "", (name, field)
                elif isinstance(wanted, int):
                    assert number(got) == wanted, (name, field)
                else:
                    text = wanted if isinstance(wanted, str) else wanted.hex()
                    assert got.replace(":", "").lower() == text.lower(), (name, field)


@needs_tshark
def test_files_applications_and_status_words(tmp_path: Path) -> None:
    rows = shown(
        trace(
            ask(0.0, "00A4040008A000000632010105", "6F009000"),
            ask(1.0, "00A404000A5041592E54494341425A", "6A82"),
            ask(2.0, "00A40000023F00", "6283"),
            ask(3.0, "00B0950204", "010203049000"),
            ask(4.0, "00B0010204", "6B00"),
            ask(5.0, "00B201C417", "6C17"),
            ask(6.0, "80DC01B80501020304 05".replace(" ", ""), "9000"),
            ask(7.0, "00DC01C40501020304 05".replace(" ", ""), "63C2"),
            ask(8.0, "805000020B01", "9302"),
            ask(9.0, "80540100" + "03" + "010203", "610C"),
        ),
        tmp_path, "ykt.aid", "ykt.application", "ykt.file", "ykt.sfi", "ykt.offset", "ykt.record",
        "ykt.purse", "ykt.data", "ykt.sw_text", "ykt.length",
    )  # fmt: skip
    asked, told = rows[::2], rows[1::2]
    assert [row["ykt.command"] for row in asked] == [
        "SELECT", "SELECT", "SELECT", "READ BINARY", "READ BINARY", "READ RECORD",
        "UPDATE CAPP DATA CACHE", "UPDATE RECORD", "INITIALIZE FOR LOAD", "DEBIT",
    ]  # fmt: skip
    assert asked[0]["ykt.aid"].replace(":", "") == "a000000632010105"
    assert asked[0]["ykt.application"] == "T-Union EP 交通联合电子钱包"
    assert asked[1]["ykt.application"] == "unknown application"
    assert number(asked[2]["ykt.file"]) == 0x3F00
    assert (number(asked[3]["ykt.sfi"]), asked[3]["ykt.offset"]) == (0x15, "2")
    assert (asked[4]["ykt.sfi"], asked[4]["ykt.offset"]) == ("", "258")
    assert (number(asked[5]["ykt.sfi"]), asked[5]["ykt.record"]) == (0x18, "1")
    assert (number(asked[6]["ykt.sfi"]), asked[6]["ykt.record"]) == (0x17, "1")
    assert asked[8]["ykt.purse"] == "2"
    assert asked[9]["ykt.data"].replace(":", "") == "010203"
    assert [row["ykt.sw_text"] for row in told] == [
        "success", "file or application not found", "selected file or key invalidated", "success",
        "offset beyond the file", "wrong Le, exact length is 23", "success", "wrong, 2 tries left",
        "MAC invalid", "12 bytes to fetch",
    ]  # fmt: skip
    # A command whose Lc does not fit, and data too short for its layout.
    assert [bool(row["ykt.length"]) for row in asked] == [False] * 8 + [True, True]


@needs_tshark
def test_chains_and_filters(tmp_path: Path) -> None:
    long = ask(0.0, "80DC01B8FA" + "55" * 250, "AA" * 300 + "9000")
    rows = shown(trace(long, ask(1.0, "805C000204", "000027109000")), tmp_path, "ykt.balance",
                 "ykt.data", "ykt.answer_to", "frame.number")  # fmt: skip
    assert [row["ykt.command"] for row in rows] == [
        "UPDATE CAPP DATA CACHE", "UPDATE CAPP DATA CACHE", "GET BALANCE", "GET BALANCE",
    ]  # fmt: skip
    assert rows[0]["ykt.data"].replace(":", "") == "55" * 250
    assert rows[1]["ykt.data"].replace(":", "") == "aa" * 300
    assert rows[3]["ykt.balance"] == "10000"
    assert rows[1]["ykt.answer_to"] == rows[0]["frame.number"]
    assert rows[3]["ykt.answer_to"] == rows[2]["frame.number"]


@needs_tshark
def test_repeated_and_damaged_frames(tmp_path: Path) -> None:
    ask, told = reader_frame("02" + BALANCE.hex()), card_frame("02" + "000027109000")
    damaged = card_frame("02" + "000099999000")[:-1] + b"\x00"
    late = reader_frame("03" + BALANCE.hex())
    # Wireshark verifies checksums once it knows the type from the activation.
    begin = [on_air(0xFE, b"\x26"), on_air(0xFF, b"\x04\x00"), reader_frame("E080"),
             card_frame("0578800200")]  # fmt: skip
    frames = [*begin, ask, damaged, reader_frame("B2"), told, reader_frame("B2"), told, late,
              on_air(0xFD), card_frame("03" + "000088889000")]  # fmt: skip
    capture = tmp_path / "hand.pcap"
    capture.write_bytes(pcap([(index / 1000, frame) for index, frame in enumerate(frames)]))
    rows = dissected(capture, tmp_path, "frame.number", "ykt.balance")
    assert [tuple(row.values()) for row in rows] == [
        ("GET BALANCE", "5", ""), ("GET BALANCE", "8", "10000"), ("GET BALANCE", "11", ""),
        # After the field was off an answer has no command.
        ("", "13", ""),
    ]  # fmt: skip
