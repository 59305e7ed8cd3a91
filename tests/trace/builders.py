"""A trace's card channel as a file of every format there is, byte for byte as its program does.

Our own writers make what they can; for the rest `samples` and the tests of the readers have
builders. `BUILDERS` is the table, the same names as `ykt_sim.trace.readers.FORMATS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Final

from tests.trace.readers import samples, test_gsmtap, test_usb_ccid
from tests.trace.readers.air import enhanced, interface, on_air, section
from tests.trace.readers.samples import Pair, plain, spaced
from ykt_sim.trace.iso14443 import CARRIER_HZ, historical_of
from ykt_sim.trace.jsonl import write_trace
from ykt_sim.trace.model import Exchange, Reset, Trace
from ykt_sim.trace.writers import pcapng, proxmark, radio

Build = Callable[[Trace], bytes]


def card_pairs(trace: Trace) -> Sequence[Pair]:
    """Commands to the card and its answers."""
    return [(x.command, x.response) for x in trace.exchanges if x.channel == "card"]


def atr_of(trace: Trace) -> bytes:
    """The card's first ATR."""
    return next(e.atr for e in trace.events if isinstance(e, Reset) and e.channel == "card")


def rows(data: bytes, front: str = "") -> str:
    """A dump of 16 bytes a row, offset in front where there is a ``front``."""
    out = ""
    for number, line in enumerate(samples.dump(data, padded=True).splitlines()):
        place = f"{front}{16 * number:04X} " if front else ""
        out += f"{place}{line}\n"
    return out


def opensc_tool(trace: Trace) -> str:
    out = f"Using reader with a card: {samples.READER}\n"
    for command, answer in card_pairs(trace):
        out += f"Sending: {spaced(command)} \n"
        dots = ":" if len(answer) > 2 else ""
        out += f"Received (SW1=0x{answer[-2]:02X}, SW2=0x{answer[-1]:02X}){dots}\n"
        out += samples.dump(answer[:-2])
    return out


def spy_pretty(trace: Trace) -> str:
    good = " => Command successful. (SCARD_S_SUCCESS [0x00000000])  [0.000866]\n"
    out = (
        "SCardConnect\n i hContext: 0x530B904C\n"
        f" i szReader {samples.READER}\n o phCard 0x0A6D7A8D (174946957)\n{good}"
    )
    for command, answer in card_pairs(trace):
        out += (
            "SCardTransmit\n i hCard: 0x0A6D7A8D\n"
            f" i bSendLength 0x{len(command):08X} ({len(command)})\n i bSendBuffer\n"
            f"{rows(command, ' i  ')}"
            f" o bRecvLength 0x{len(answer):08X} ({len(answer)})\n o bRecvBuffer\n"
            f"{rows(answer, ' o  ')}{good}"
        )
    return out


def pyscard(trace: Trace) -> str:
    out = f"connecting to {samples.READER}\n"
    for command, answer in card_pairs(trace):
        data = spaced(answer[:-2]) if len(answer) > 2 else " []"
        out += f"> {spaced(command)}\n< {data} {spaced(answer[-2:])}\n"
    return out + f"disconnecting from {samples.READER}\n"


def scriptor(trace: Trace) -> str:
    out = f"Using T=1 protocol\nreset\n> RESET\n< OK: {spaced(atr_of(trace))} \n"
    for command, answer in card_pairs(trace):
        sent = spaced(command)
        lines = [spaced(answer[at : at + 16]) for at in range(0, len(answer), 16)]
        word = "Normal processing." if answer[-2:] == b"\x90\x00" else "Error."
        out += f"{sent}\n> {sent}\n< " + " \n".join(lines) + f" : {word}\n"
    return out


def proxmark_apdu(trace: Trace) -> str:
    out = ""
    for command, answer in card_pairs(trace):
        status = f"{answer[-2]:02X} {answer[-1]:02X} - said by the card"
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in answer)
        out += f"[usb] pm3 --> hf 14a apdu -k {plain(command)}\n[+] ( , keep )\n"
        out += f"[+] >>> {plain(command)}\n[+] <<< {plain(answer)} | {text}\n"
        out += f"[+] <<< status: {status}\n"
    return out


def proxmark_hex(trace: Trace) -> str:
    kinds = {"reader": 0xFE, "card": 0xFF}
    out = ""
    for sent in radio.frames(trace.events):
        if sent.source in kinds:
            frame = on_air(kinds[sent.source], sent.data)
            out += f"0.{round(sent.t * CARRIER_HZ):010d}\n000000 {frame.hex(' ')} \n"
    return out


def nci(trace: Trace) -> str:
    history = historical_of(atr_of(trace)) or b""
    ats = bytes((0x78, 0x77, 0x94, 0x02)) + history
    body = bytes.fromhex("01020400FF01" + "0904000408594B54" + "0120" + "000000")
    body += bytes((len(ats) + 1, len(ats))) + ats
    lines = [("R", b"\x61\x05" + bytes((len(body),)) + body)]
    for pair in card_pairs(trace):
        for way, apdu in zip("XR", pair, strict=True):
            parts = [apdu[at : at + 250] for at in range(0, len(apdu), 250)]
            for number, part in enumerate(parts, 1):
                first = 0x00 if number == len(parts) else 0x10
                lines.append((way, bytes((first, 0, len(part))) + part))
    return "".join(
        f"07-24 18:54:{number / 100:06.3f}   903  3890 D NxpNci{way} : "
        f"len = {len(data):3d} > {plain(data)}\n"
        for number, (way, data) in enumerate(lines)
    )


def usb(trace: Trace) -> bytes:
    messages = [test_usb_ccid.out(b"", 0x62), test_usb_ccid.back(atr_of(trace))]
    for command, answer in card_pairs(trace):
        messages += [test_usb_ccid.out(command), test_usb_ccid.back(answer)]
    return test_usb_ccid.capture(messages)


def gsmtap(trace: Trace) -> bytes:
    whole = [test_gsmtap.gsmtap(command + answer) for command, answer in card_pairs(trace)]
    return test_gsmtap.capture(test_gsmtap.gsmtap(atr_of(trace), 1), *whole)


def nfcgate(trace: Trace) -> bytes:
    data = section(">") + interface(264, ">") + interface(147, ">")
    data += enhanced(0, b"\x33\x04\x08\x59\x4b\x54", 1, ">")
    stamp = 0
    for pair in card_pairs(trace):
        for kind, apdu in zip((0xFA, 0xFB), pair, strict=True):
            stamp += 1000
            data += enhanced(stamp, on_air(kind, b"\x02" + apdu), 0, ">")
    return data


def _out(write: Callable[[Trace, io.BytesIO], None]) -> Build:
    def build(trace: Trace) -> bytes:
        out = io.BytesIO()
        write(trace, out)
        return out.getvalue()

    return build


def _listing(trace: Trace) -> bytes:
    out = io.StringIO()
    proxmark.write(trace, out)
    return out.getvalue().encode()


#: One for each format; those of text are encoded.
BUILDERS: Final[dict[str, Build]] = {
    "apdu4j": lambda t: samples.apdu4j(card_pairs(t), atr=atr_of(t)).encode(),
    "cardpeek": lambda t: samples.cardpeek(card_pairs(t), atr=atr_of(t)).encode(),
    "ccid": lambda t: samples.ccid(card_pairs(t), t1=True, atr=atr_of(t)).encode(),
    "freerdp": lambda t: samples.freerdp(card_pairs(t)).encode(),
    "gpp": lambda t: samples.gpp(card_pairs(t), atr=atr_of(t)).encode(),
    "gsmtap": gsmtap,
    "libnfc": lambda t: samples.libnfc(card_pairs(t)).encode(),
    "native": lambda t: write_trace(t).encode(),
    "nci": lambda t: nci(t).encode(),
    "opensc": lambda t: samples.opensc(card_pairs(t)).encode(),
    "opensc-tool": lambda t: opensc_tool(t).encode(),
    "pcap14443": _out(pcapng.write),
    "pcsc-spy": lambda t: samples.spy(card_pairs(t), atr=atr_of(t)).encode(),
    "pcsc-spy-pretty": lambda t: spy_pretty(t).encode(),
    "pcscd": lambda t: samples.pcscd(card_pairs(t), thread="140", atr=atr_of(t)).encode(),
    "plain": lambda t: samples.marked("12:00:01.250 TX: ", "12:00:01.500 RX: ",
                                      card_pairs(t)).encode(),
    "proxmark-apdu": lambda t: proxmark_apdu(t).encode(),
    "proxmark-hex": lambda t: proxmark_hex(t).encode(),
    "proxmark-list": _listing,
    "proxmark-trace": _out(proxmark.write_binary),
    "pyscard": lambda t: pyscard(t).encode(),
    "scriptor": lambda t: scriptor(t).encode(),
    "usb-ccid": usb,
}  # fmt: skip

#: What the file of a format is called.
SUFFIXES: Final[dict[str, str]] = {
    "cardpeek": ".clf",
    "gsmtap": ".pcap",
    "native": ".jsonl",
    "pcap14443": ".pcapng",
    "proxmark-trace": ".trace",
    "usb-ccid": ".pcap",
}


def bare(trace: Trace) -> Trace:
    """What every format can hold: the card's exchanges, without times, notes and the SAM."""
    events = tuple(
        Exchange(t=0.0, channel="card", command=c, response=r) for c, r in card_pairs(trace)
    )
    return Trace(header=trace.header, events=events)
