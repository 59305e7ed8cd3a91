"""Lengths beside bytes, parts of messages, what stands around bytes; `readers.loose.lengths`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.trace.readers.samples import pairs, whys
from tests.trace.readers.test_tables import TALK, found
from ykt_sim.trace.model import Note
from ykt_sim.trace.readers.account import unused_lines
from ykt_sim.trace.readers.loose.lengths import behind, fragment, stand_behind, with_units

Side = Callable[[bytes], list[str]]


def _sp(data: bytes) -> str:
    return data.hex(" ").upper()


def _parts(word: str, mark: str) -> Side:
    def lines(data: bytes) -> list[str]:
        parts = [data[at : at + 9] for at in range(0, len(data), 9)]
        return [
            f"{word} {mark.format(n=at, m=len(parts), size=len(data))}: {part.hex().upper()}"
            for at, part in enumerate(parts, 1)
        ]

    return lines


def _triple(command: str, data: str, status: str, nothing: str) -> tuple[Side, Side]:
    return (
        lambda sent: [command + sent.hex().upper()],
        lambda got: [data + (got[:-2].hex().upper() or nothing), status + _sp(got[-2:]), ""],
    )


def _both(left: str, right: str) -> tuple[Side, Side]:
    """One line a side: ``{s}`` the bytes, ``{d}`` without the status word ``{w}``, ``{n}``."""

    def write(shape: str) -> Side:
        return lambda data: [
            shape.format(
                s=_sp(data), x=data.hex().upper(), n=len(data),
                d=data[:-2].hex().upper(), w=data[-2:].hex().upper(),
            )
        ]  # fmt: skip

    return write(left), write(right)


SHAPES: dict[str, tuple[Side, Side]] = {
    "5B in front": _both("TX {n}B: {x}", "RX {n}B: {x}"),
    "5B without a colon": _both("send {n}B {x}", "recv {n}B {x}"),
    "5B behind": _both("tx {x} ({n}B)", "rx {x} ({n}B)"),
    "Bytes": _both(">> ({n} Bytes) {s}", "<< ({n} Bytes) {s}"),
    "L=": _both("发送(L={n}): {s}", "接收(L={n}): {s}"),
    "字节": _both("发送({n}字节)：{x}", "返回({n}字节)：{x}"),
    "0x05 bytes": _both("out, 0x{n:02X} bytes: {s}", "in, 0x{n:02X} bytes: {s}"),
    "column behind": _both("TX {x} {n}", "RX {x} {n}"),
    "column and remark": _both("TX: {s}  {n}  ok", "RX: {s}  {n}  ok"),
    "hex column": _both("TX,{x},0x{n:02X},", "RX,{x},0x{n:02X},x"),
    "frag": (_parts("[BLE] C-APDU", "{size}B frag {n}/{m}"),
             _parts("[BLE] R-APDU", "{size}B frag {n}/{m}")),
    "brackets": (_parts("ble tx", "[{n}/{m}]"), _parts("ble rx", "[{n}/{m}]")),
    "of": (_parts("Command", "({n} of {m})"), _parts("Response", "({n} of {m})")),
    "triple": _triple("APDU   : ", "Data   : ", "Status : ", "<none>"),
    "equals": _triple("Command  = ", "Data     = ", "SW       = ", "-"),
    "none": _triple("Cmd: ", "Resp: ", "SW12: ", "None"),
    "empty": _triple("Instruction: ", "Answer: ", "Status word: ", "(empty)"),
    "chinese": _triple("命令: ", "数据: ", "状态: ", "无"),
    "no data": _triple("APDU  ", "Response data  ", "Status  ", "no data"),
    "status first": _both("-> {x}", "<- {w}: {d}"),
    "status in brackets": _both("> {x}", "< [{w}] {d}"),
    "status and bar": _both("--> {x}", "<-- {w} | {d}"),
    "status and blank": _both("TX {x}", "RX {w} {d}"),
    "taken apart again": (_both("TX {x}", "")[0],
                          lambda data: [f"RX {data.hex()}",
                                        f"  status {data[-2:].hex()}, response {data[:-2].hex()}"]),
    "place in a source": _both("<psam.c:77> send: {s}", "<psam.c:90> recv: {s}"),
    "source and thread": _both("D/[12:ab] app.c(77): >> {s}", "D/[12:ab] app.c(99): << {s}"),
    "module": _both("[ace] [dec0de] [mf_des] TX: {s}", "[ace] [dec0de] [4aPoller] RX: {s}"),
    "arguments": (
        lambda data: [f"-> SCardTransmit(0x00000001, {len(data)})", f"apdu -> {data.hex()}"],
        lambda data: ["<- SCardTransmit() = 00000000", f"apdu <- {data.hex()}"],
    ),
    "handles": (
        lambda data: ["=> transceive_bytes(0x55aa1200, 0x7ffd1234, 13)", f"TX: {_sp(data)}"],
        lambda data: ["<= transceive_bytes() 0x0000000f", f"RX: {_sp(data)}"],
    ),
    "xml": _both("<command>{x}</command>", '<response sw="{w}">{d}</response>'),
    "entities": _both("<p>-&gt; {s}<br/>", "&lt;- {s}</p>"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shape(name: str) -> None:
    sent, got = SHAPES[name]
    lines = [line for c, r in TALK for line in [*sent(c), *got(r)]]
    read = found("\n".join(lines) + "\n")
    assert pairs(read) == TALK
    assert whys(read) == []


XML = {
    "attributes": '  <apdu no="{n}" command="{c}" response="{d}" sw="{w}"/>',
    "elements": "<apdu>\n<cmd>{c}</cmd>\n<rsp><data>{d}</data><sw>{w}</sw></rsp>\n</apdu>",
    "sides": '<msg dir="out" seq="{n}">{c}</msg>\n<msg dir="in" seq="{n}">{d}{w}</msg>',
    "one line": "<exchange><request>{c}</request><reply>{d}{w}</reply></exchange>",
}


@pytest.mark.parametrize("name", XML)
def test_xml(name: str) -> None:
    rows = [
        XML[name].format(n=at, c=c.hex(), d=r[:-2].hex(), w=r[-2:].hex())
        for at, (c, r) in enumerate(TALK)
    ]
    log = "\n".join(['<?xml version="1.0"?>', '<log date="2024-03-01">', *rows, "</log>"]) + "\n"
    read = found(log)
    assert pairs(read) == TALK
    assert whys(read) == []


def test_a_part_that_is_missing_is_told() -> None:
    log = "TX: 00B0950010\nRX frag 1/3: 112233445566\nRX frag 3/3: 1234567890129000\n"
    read = found(log)
    assert [answer for _, answer in pairs(read)] == [b""]
    assert whys(read) == ["answer: expected parts 1 to 3, some are missing"]


def test_steps_are_no_parts() -> None:
    log = "".join(
        f"[{at}/6] send: {c.hex()}\n[{at}/6] recv: {r.hex()}\n" for at, (c, r) in enumerate(TALK, 1)
    )
    assert pairs(found(log)) == TALK
    assert whys(found(log)) == []


def test_an_error_told_twice_has_no_data() -> None:
    log = "-> 805C030204\n<- 9000: 00001A2C\n-> 00B20BC400\n<- 6A83: \nSW: 6A83, RESP: \n"
    assert pairs(found(log))[1] == (bytes.fromhex("00B20BC400"), bytes.fromhex("6A83"))


def test_a_tag_is_no_status_word_in_front() -> None:
    log = "TX: 80CA9F3600\nRX: 9F36: 020012\n"
    note = found(log)[-1].event
    assert isinstance(note, Note)
    assert unused_lines(note) == [2]


def test_a_byte_is_no_length() -> None:
    assert with_units("RX D4 C9 5B 07 FF D0 E3 68") == "RX D4 C9 5B 07 FF D0 E3 68"
    assert with_units("RX 5B: 07 FF D0 E3 68") == "RX 5 bytes: 07 FF D0 E3 68"
    assert with_units("Le=5B") == "Le=5B"


def test_commands_alone_have_no_lengths_behind() -> None:
    assert not stand_behind(["80 5C 00 02 04"] * 9)
    assert stand_behind(["TX 805C000204 5", "RX 00001A2C9000 6", "TX 00B0950008 5"])
    at = behind("RX 00001A2C9000 6")
    assert at is not None
    assert (at.size, at.right) == (6, True)


def test_parts_of_a_message() -> None:
    told, text = fragment("rx frag 2/3: 00")
    assert told is not None
    assert told[:2] == (2, 3)
    assert "2/3" not in text
    assert fragment("2024/03/01 x")[0] is None
    assert fragment("[4/3] x")[0] is None


def test_a_last_byte_of_a_dump_with_its_character_is_of_the_row_above() -> None:
    command = bytes.fromhex("805401000FF187F9D0367D11197CAED5E67CD3E808")
    head = f"    {_sp(command[:20])}  .T.......6}}..|...|.."
    log = (
        f"send:\n{head}\n    08{' ' * 58}.\nrecv:\n93 02\nsend:\n805C030204\nrecv:\n00001A2C9000\n"
    )
    assert pairs(found(log))[0] == (command, b"\x93\x02")


def test_a_length_of_two_bytes_is_no_class_and_code() -> None:
    """A frame whose rows are too few to tell: no command is made of its length."""
    good = "C: 00A40000023F00\nR: 9000\nC: 00B201C400\nR: 6A83\n"
    items = found(good + "C: 000500B201C400\nR: 9000\n")
    assert len(pairs(items)) == 2
    assert any("the first two bytes are the length" in why for why in whys(items))
    # The same numbers, where the code is one that is known.
    verify = "C: 00200000" + "1D" + "00" * 29 + "\nR: 9000\n"
    assert len(pairs(found(verify))) == 1


def test_a_count_in_bytes_with_a_plural_in_brackets_is_none() -> None:
    assert with_units("sent 13 byte(s) to it") == "sent 13 bytes to it"
