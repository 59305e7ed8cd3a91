"""Files as the programs write them, for formats whose tests need more than a real log.

Every builder takes the dialogue and writes it byte for byte in the shape of its program.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import xor
from pathlib import Path

from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Event, Exchange, Header, Note, Trace
from ykt_sim.trace.readers import format_named
from ykt_sim.trace.readers.base import BROKEN, Found, Source

TOOLS = Path(__file__).parents[3] / "apdu_traces" / "recorded" / "tools"
ATR = bytes.fromhex("3B8F80018031B86404B0ECC1739401808290000E")
READER = "Virtual PCD 00 00"

Pair = tuple[bytes, bytes]
#: A SELECT, a long answer, a short one and a refusal.
DIALOGUE: Sequence[Pair] = (
    (
        bytes.fromhex("00A4040008A00000063201010500"),
        bytes.fromhex("6F0A8408A0000006320101059000"),
    ),
    (bytes.fromhex("00B0950000"), bytes(range(0x30, 0x5A)) + b"\x90\x00"),
    (bytes.fromhex("805C000204"), bytes.fromhex("000027109000")),
    (bytes.fromhex("0020000003123456"), bytes.fromhex("63C2")),
)


def spaced(data: bytes) -> str:
    """``00 A4``."""
    return data.hex(" ").upper()


def plain(data: bytes) -> str:
    """``00A4``."""
    return data.hex().upper()


def found(data: bytes | str, name: str) -> list[Found]:
    """What the named format finds in a file."""
    raw = data.encode() if isinstance(data, str) else data
    return list(format_named(name).read(Source(io.BytesIO(raw))))


def events(data: bytes | str, name: str) -> list[Event]:
    """The same without the sessions."""
    return [item.event for item in found(data, name)]


def pairs(items: Iterable[Found | Event]) -> list[Pair]:
    """Commands and answers only."""
    bare = [item.event if isinstance(item, Found) else item for item in items]
    return [(item.command, item.response) for item in bare if isinstance(item, Exchange)]


def whys(items: Iterable[Found | Event]) -> list[str]:
    """What the `broken` notes say."""
    bare = [item.event if isinstance(item, Found) else item for item in items]
    notes = [item for item in bare if isinstance(item, Note) and item.text == BROKEN]
    return [str(note.data["why"]) for note in notes]


def pcscd(
    dialogue: Sequence[Pair] = DIALOGUE, *, thread: str = "", front: str = "", atr: bytes = ATR
) -> str:
    """Log of pcscd --apdu."""
    mark = f"[{thread}] " if thread else ""
    rows = [
        ("00000000", "debuglog.c:299:DebugLogSetLevel() debug level=debug"),
        ("00000250", f"winscard.c:258:SCardConnect() Attempting Connect to {READER} using"
         " protocol: 3"),
        ("00000005", f"Card ATR: {spaced(atr)} "),
    ]  # fmt: skip
    for command, answer in dialogue:
        rows += [
            ("00000386", "winscard_svc.c:361:ContextThread() Received command: TRANSMIT"),
            ("00000004", f"APDU: {spaced(command)} "),
            ("00001145", f"SW: {spaced(answer)} "),
        ]
    return "".join(f"{front}{delta} {mark}{text}\n" for delta, text in rows)


def ccid_message(
    kind: int, data: bytes, *, sequence: int = 0, slot: int = 0, rest: bytes = b"\0\0\0"
) -> bytes:
    """A CCID message."""
    return bytes((kind,)) + len(data).to_bytes(4, "little") + bytes((slot, sequence)) + rest + data


def ccid_line(way: str, message: bytes, *, lun: int = 0, new: bool = False) -> str:
    """A line of the driver's log."""
    name = f"lun: {lun:X}," if new else f"{lun:06X}"
    return f"00000100 {way} {name} {spaced(message)} \n"


def block(pcb: int, data: bytes = b"") -> bytes:
    """A T=1 block with its LRC."""
    head = bytes((0, pcb, len(data))) + data
    return head + bytes((reduce(xor, head, 0),))


def ccid(
    dialogue: Sequence[Pair] = DIALOGUE,
    *,
    lun: int = 0,
    new: bool = False,
    t1: bool = False,
    atr: bytes = ATR,
) -> str:
    """Log of the CCID driver: power on, then a transfer for each command."""
    out = [
        ccid_line("->", ccid_message(0x62, b"", rest=b"\x01\0\0"), lun=lun, new=new),
        ccid_line("<-", ccid_message(0x80, atr), lun=lun, new=new),
    ]
    for number, (command, answer) in enumerate(dialogue, 1):
        pcb = 0x40 if number % 2 == 0 else 0
        sent, received = (block(pcb, command), block(pcb, answer)) if t1 else (command, answer)
        out += [
            ccid_line("->", ccid_message(0x6F, sent, sequence=number), lun=lun, new=new),
            ccid_line("<-", ccid_message(0x80, received, sequence=number), lun=lun, new=new),
        ]
    return "".join(out)


def dump(data: bytes, *, padded: bool = False) -> str:
    """Rows of 16 bytes with a text column, as OpenSC makes them."""
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        gap = "   " * (16 - len(row)) if at or padded else ""
        rows.append(f"{spaced(row)} {gap}{text}\n")
    return "".join(rows)


def opensc(
    dialogue: Sequence[Pair] = DIALOGUE,
    *,
    front: str = "P:13953; T:0x140033105922112 07:09:{:02}.{:03} ",
    old: bool = False,
    reader: str = READER,
) -> str:
    """Debug log of OpenSC; ``front`` takes seconds and milliseconds."""
    place = "[opensc-tool] reader-pcsc.c:326:pcsc_transmit: "
    end = "=" * 70 + "\n" if old else "\n"
    out = []
    for number, (command, answer) in enumerate(dialogue):
        out.append(f"{front.format(number, 0)}{place}reader '{reader}'\n")
        for way, data, ms in (("Outgoing", command, 1), ("Incoming", answer, 45)):
            count = f"data [{len(data):5} bytes] =====" if old else f"({len(data)} bytes):"
            out.append(f"{front.format(number, ms)}{place}\n{way} APDU {count}\n{dump(data)}{end}")
    return "".join(out)


def spy(
    dialogue: Sequence[Pair] = DIALOGUE,
    *,
    thread: str = "7FA679E03740",
    reader: str = READER,
    handle: str = "0x0A6D7A8D",
    new: bool = False,
    start: int = 1000,
    atr: bytes = ATR,
) -> str:
    """Raw log of pcsc-spy, with the ATR asked for after connecting."""
    clock = iter(range(start, start + 100_000, 500))

    def call(name: str, *lines: str, code: str = "0x00000000") -> list[str]:
        text = "" if new else "Command successful.|"
        return [
            f">|1795331527|{next(clock)}|{name}",
            *lines,
            f"<|1795331527|{next(clock)}|{name}|{text}{code}",
        ]

    rows = call(
        "SCardConnect", "0x530B904C", reader, "0x00000002", "0x00000003", "0x00000000",
        "0x00000000", handle, "0x00000002",
    )  # fmt: skip
    rows += call(
        "SCardStatus", handle, "0x00000080", "0x00000021", f"0x{len(reader) + 1:08X}", reader,
        "0x00000034", "0x00000002", f"0x{len(atr):08X}", spaced(atr) + " ",
    )  # fmt: skip
    for command, answer in dialogue:
        rows += call(
            "SCardTransmit", handle, "0x00000002", "0x00000010", f"0x{len(command):08X}",
            spaced(command) + " ", "0x00000001", "0x00000010", f"0x{len(answer):08X}",
            spaced(answer) + " ",
        )  # fmt: skip
    rows += call("SCardDisconnect", handle, "0x00000002")
    return "".join(f"{thread}@{row}\n" for row in rows)


def gpp(dialogue: Sequence[Pair] = DIALOGUE, *, new: bool = False, atr: bytes = ATR) -> str:
    """Log of GlobalPlatformPro."""
    protocol = "" if new else "T=1 "
    out = [f'# SCardConnect("{READER}", T=*) -> T=1, {plain(atr)}\n']
    for command, answer in dialogue:
        size = command[4] if len(command) > 5 else 0
        parts = [plain(command[:4]), plain(command[4:5]), plain(command[5 : 5 + size])]
        le = f" {plain(command[5 + size :])}" if len(command) > 5 + size else ""
        out.append(f"A>> {protocol}(4+{size:04}) {' '.join(parts)}{le}\n")
        out.append("[DEBUG] GPSession - something below\n")
        data = f" {plain(answer[:-2])}" if len(answer) > 2 else ""
        out.append(f"A<< ({len(answer) - 2:04}+2) (61ms){data} {plain(answer[-2:])}\n")
    out.append(f'SCardDisconnect("{READER}", true) tx:30/rx:80 in 8s378ms\n')
    return "".join(out)


def freerdp(dialogue: Sequence[Pair] = DIALOGUE, *, braces: bool = True) -> str:
    """Debug log of FreeRDP: a call and its return for each exchange."""
    out = []

    def say(at: int, text: str) -> None:
        where = "[smartcard_trace_transmit]: " if braces else ""
        clock = f"10:47:{at // 1000:02}:{at % 1000:03}"
        out.append(f"[{clock}] [1512:1523] [DEBUG][com.freerdp.channels.smartcard] - {where}{text}")

    for number, (command, answer) in enumerate(dialogue):
        at = number * 20
        for name, what, data in (("Send", "Call", command), ("Recv", "Return", answer)):
            say(at, f"Transmit_{what} {{")
            if name == "Recv":
                say(at, "  ReturnCode: SCARD_S_SUCCESS (0x00000000)")
            say(at, f"  cb{name}Length: {len(data)}")
            shown = f"{{ {data.hex().upper()} }}" if braces else data.hex(" ").upper()
            say(at, f"  pb{name}Buffer: {shown}")
            say(at, "}")
            at += 7
    return "\n".join(out) + "\n"


def apdu4j(dialogue: Sequence[Pair] = DIALOGUE, *, old: bool = False, atr: bytes = ATR) -> str:
    """Dump of apdu4j."""
    out = [f"# ATR: {plain(atr)}\n# PROTOCOL: T=1\n#\n"]
    if old:
        out.insert(0, "# Generated on Wed, 31 Dec 2014 18:10:35 +0200 by apdu4j/1.0\n")
        out.insert(1, f"# Using {READER}\n")
    for command, answer in dialogue:
        front, middle = ("# Sent\n", "# Received in 24ms\n") if old else ("", "# 24ms\n")
        out.append(f"{front}{plain(command)}\n{middle}{plain(answer)}\n")
    return "".join(out)


def cardpeek(dialogue: Sequence[Pair] = DIALOGUE, *, atr: bytes = ATR) -> str:
    """Card log of Cardpeek."""
    rows = [f"C:{plain(c)}:{plain(r[-2:])}:{plain(r[:-2])}" for c, r in dialogue]
    return "\n".join(
        ["# cardpeek trace file", "# version 0", f"R:{plain(atr)}", *rows, "# end", ""]
    )


def libnfc(dialogue: Sequence[Pair] = DIALOGUE) -> str:
    """Output of an emulator of libnfc."""

    def line(way: str, data: bytes) -> str:
        return f"    {way}: " + "".join(f"{byte:02x}  " for byte in data) + "\n"

    head = "NFC device: pn532_spi:/dev/spidev3.0 opened\nEmulating NDEF tag now\n"
    return head + "".join(line("In", c) + line("Out", r) for c, r in dialogue)


def marked(command: str, answer: str, dialogue: Sequence[Pair] = DIALOGUE) -> str:
    """A mark and spaced hex."""
    return "".join(f"{command}{spaced(c)}\n{answer}{spaced(r)}\n" for c, r in dialogue)


def native(dialogue: Sequence[Pair] = DIALOGUE) -> str:
    """A trace of our own."""
    rows = [
        Exchange(t=float(at), channel="card", command=c, response=r)
        for at, (c, r) in enumerate(dialogue)
    ]
    return write_trace(Trace(header=Header(source="test", card="dual"), events=tuple(rows)))


#: One good file of each format of this kind of log.
SAMPLES: dict[str, bytes] = {
    "apdu4j": apdu4j().encode(),
    "freerdp": freerdp().encode(),
    "cardpeek": cardpeek().encode(),
    "ccid": ccid(t1=True).encode(),
    "gpp": gpp().encode(),
    "libnfc": libnfc().encode(),
    "native": native().encode(),
    "opensc": opensc().encode(),
    "opensc-tool": (TOOLS / "opensc-tool_send.txt").read_bytes(),
    "pcsc-spy": spy().encode(),
    "pcsc-spy-pretty": (TOOLS / "pcsc-spy_pretty.txt").read_bytes(),
    "pcscd": pcscd(thread="140").encode(),
    "plain": marked("12:00:01.250 TX: ", "12:00:01.500 RX: ").encode(),
    "pyscard": (TOOLS / "pyscard_consoleobserver.txt").read_bytes(),
    "scriptor": (TOOLS / "scriptor_out.txt").read_bytes(),
}
