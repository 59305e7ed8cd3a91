"""Files that are damaged on purpose: what happens to logs and captures between desk and mail.

`broken_files` makes each from the demo transaction, always the same bytes; ``make golden``
writes them into ``apdu_traces/broken`` with a table of what is wrong with each.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from tests.trace import builders
from tests.trace.readers import samples
from ykt_sim.trace.iso14443 import CARRIER_HZ, crc_a
from ykt_sim.trace.model import Reset, Trace
from ykt_sim.trace.writers import proxmark, radio

#: Carrier periods after which the second card comes.
_LATER = 13_560_000
_BOM = b"\xef\xbb\xbf"


class Broken(NamedTuple):
    """One file.

    Attributes:
        name: of the file.
        data: its bytes.
        about: what is wrong with it, for the table.
    """

    name: str
    data: bytes
    about: str


def broken_files(demo: Trace) -> Iterator[Broken]:
    """All of them, made from one transaction."""
    built = {name: build(demo) for name, build in builders.BUILDERS.items()}
    yield from _cut(built)
    yield from _radio(demo, built)
    yield from _text(demo, built)
    yield from _captures(built)
    yield Broken("empty.txt", b"", "nothing in it")
    yield Broken("nothing-known.bin", bytes(range(256)) * 4, "no format at all")
    yield Broken(
        "no-exchange.pcscd.txt",
        b"00000000 debuglog.c:299:DebugLogSetLevel() debug level=debug\n"
        b"00000250 winscard.c:258:SCardConnect() Attempting Connect to Reader using protocol: 3\n",
        "a log of pcscd without `--apdu`: no exchange in it",
    )


def _cut(built: dict[str, bytes]) -> Iterator[Broken]:
    yield Broken(
        "cut-in-packet.pcapng", built["pcap14443"][:-137], "ends inside a packet of the capture"
    )
    log = built["pcscd"]
    at = log.rindex(b"SW: ")
    yield Broken("cut-in-sw.pcscd.txt", log[: at + 4 + 13], "ends inside the last SW line")
    trace = built["proxmark-trace"]
    yield Broken("cut-in-frame.trace", trace[:-5], "ends inside the last frame")
    yield Broken(
        "cut-in-line.clf", built["cardpeek"][: built["cardpeek"].rindex(b":") + 7],
        "ends inside a line, no end mark",
    )  # fmt: skip
    packed = gzip.compress(log, mtime=0)
    yield Broken("cut.pcscd.txt.gz", packed[:-60], "gzip that ends too early")
    spy = built["pcsc-spy"]
    yield Broken(
        "cut-in-call.pcsc-spy.txt", spy[: spy.rindex(b"SCardTransmit") - 40],
        "ends inside the parameters of a call",
    )  # fmt: skip


def _radio(demo: Trace, built: dict[str, bytes]) -> Iterator[Broken]:
    lines = built["proxmark-list"].decode().splitlines(keepends=True)
    frames = [number for number, line in enumerate(lines) if "| Rdr |" in line]
    blocks = frames[4:]  # after REQA, ANTICOLL, SELECT, RATS
    spoilt = list(lines)
    spoilt[blocks[1]] = _other_digit(spoilt[blocks[1]])
    del spoilt[blocks[3]]
    yield Broken(
        "bad-crc.proxmark-list.txt", "".join(spoilt).encode(),
        "a command with a wrong CRC, and a command that is missing",
    )  # fmt: skip
    yield Broken("two-cards.proxmark-list.txt", two_cards(demo).encode(),
                 "two cards at one reader; the last answer of the second is missing")  # fmt: skip


def two_cards(demo: Trace) -> str:
    """The demo twice in one listing, the second time with another UID."""
    first = builders.BUILDERS["proxmark-list"](demo).decode()
    rows: list[str] = []
    for sent in radio.frames(demo.events):
        if sent.source in ("reader", "card"):
            row = proxmark._rows(sent._replace(data=_other_uid(sent.data)), _LATER + _ticks(sent.t))
            rows.append("".join(row))
    return first + "".join(rows[:-1])


def _ticks(t: float) -> int:
    return round(t * CARRIER_HZ)


def _other_uid(data: bytes) -> bytes:
    """A frame of the activation with another UID, its check byte and its CRC."""
    at = data.find(radio.UID)
    if at < 0:
        return data
    uid = bytes((0x08, 0x22, 0x33, 0x44))
    check = bytes((uid[0] ^ uid[1] ^ uid[2] ^ uid[3],))
    changed = data[:at] + uid + check
    return changed + crc_a(changed) if len(data) > len(changed) else changed


def _other_digit(line: str) -> str:
    """The row with another last byte of data, and the CRC column as Proxmark3 shows it."""
    head, mark, rest = line.partition("| Rdr |")
    data = rest.split("|")[0].rstrip()
    changed = data[:-1] + ("0" if data[-1] != "0" else "1")
    return head + mark + rest.replace(data, changed, 1).replace("|  ok |", "|  !! |", 1)


def _text(demo: Trace, built: dict[str, bytes]) -> Iterator[Broken]:
    opensc = built["opensc"].decode().splitlines(keepends=True)
    mixed = [line if number % 3 else line.replace("\n", "\r\n") for number, line in
             enumerate(opensc)]  # fmt: skip
    yield Broken("mixed-crlf.opensc.txt", "".join(mixed).encode(), "both kinds of line ends")
    answers = [number for number, line in enumerate(opensc) if line.startswith("Incoming")]
    lost = opensc[: answers[2] - 1] + opensc[answers[2] + 6 :]
    yield Broken("lost-answer.opensc.txt", "".join(lost).encode(), "an answer was deleted")
    wrong = list(opensc)
    wrong[answers[1]] = "Incoming APDU (99 bytes):\n"
    yield Broken("wrong-count.opensc.txt", "".join(wrong).encode(),
                 "a count of bytes that the rows do not bear out")  # fmt: skip
    yield Broken("two-readers.pcscd.txt", two_readers(demo),
                 "two readers at once, line by line, and one line cut")  # fmt: skip
    coloured = b"".join(b"\x1b[35m" + line + b"\x1b[0m\n" for line in built["pcscd"].splitlines())
    yield Broken("colours.pcscd.txt", coloured, "colour codes; nothing is lost")
    plain = built["plain"].decode()
    yield Broken("utf-16.plain.txt", b"\xff\xfe" + plain.encode("utf-16-le"),
                 "UTF-16 as some editors on Windows save it; nothing is lost")  # fmt: skip
    digits = built["scriptor"].replace(b"> 80 5C", b"> 80 5", 1)
    yield Broken("odd-digits.scriptor.txt", _BOM + digits, "a command with half a byte; a mark "
                 "of byte order in front")  # fmt: skip
    gpp = built["gpp"].decode().splitlines(keepends=True)
    sent = [number for number, line in enumerate(gpp) if line.startswith("A>>")]
    received = [number for number, line in enumerate(gpp) if line.startswith("A<<")]
    swapped = list(gpp)
    swapped[sent[2]], swapped[received[2]] = swapped[received[2]], swapped[sent[2]]
    yield Broken("out-of-order.gpp.txt", "".join(swapped).encode(),
                 "an answer stands before its command")  # fmt: skip
    nci = built["nci"].decode().splitlines(keepends=True)
    yield Broken("wrong-length.nci.txt", "".join([*nci[:4], nci[4][:-3] + "\n", *nci[5:]]).encode(),
                 "a packet is shorter than it says")  # fmt: skip


def two_readers(demo: Trace) -> bytes:
    """A log of pcscd with two readers in turns, in threads of their own; one SW line is cut."""
    first = builders.BUILDERS["pcscd"](demo).decode().splitlines(keepends=True)
    other = msgspec.structs.replace(
        demo,
        events=tuple(
            Reset(t=0.0, channel="card", atr=samples.ATR) if isinstance(event, Reset) else event
            for event in demo.events
        ),
    )
    text = builders.BUILDERS["pcscd"](other).decode().replace("[140]", "[200]")
    second = text.replace(samples.READER, "Other Reader 01 00").splitlines(keepends=True)
    cut = max(number for number, line in enumerate(second) if "SW: " in line)
    second[cut] = second[cut][:29] + "\n"
    merged = [line for pair in zip(first, second, strict=True) for line in pair]
    return "".join(merged).encode()


def _captures(built: dict[str, bytes]) -> Iterator[Broken]:
    usb = built["usb-ccid"]
    little = struct.unpack("<IHHiIII", usb[:24])
    head = struct.pack(">IHHiIII", *little)
    yield Broken("wrong-endian.pcap", head + usb[24:],
                 "the header is big-endian, the packets are little-endian")  # fmt: skip
    gsmtap = bytearray(built["gsmtap"])
    at = gsmtap.index(bytes.fromhex("805003020B"))
    gsmtap[at + 4] = 0xF0
    yield Broken("wrong-lc.gsmtap.pcap", bytes(gsmtap), "an Lc of more bytes than there are")
    yield Broken("cut-in-header.pcap", usb[:18], "ends inside the first header")
