"""NCI packets in Android's log, both ways round."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import check_harmless, found, mutated, shorts
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.nci import read, sniff

moderate = settings(max_examples=80, deadline=None)

#: RF_INTF_ACTIVATED_NTF: ISO-DEP, type A poll, NFCID1 08112233, an answer to RATS of five bytes
#: (T0 78, 77 94 02, one historical byte 80).
POLL = "61051A01020400FF01" + "0904000408112233" + "0120" + "00000006" + "057877940280"
LISTEN = "6105" + "0B" + "01" + "02" + "04" + "80" + "FF" + "01" + "00" + "80" + "0000" + "00"
SELECT = "00A404000E325041592E5359532E444446303100"
FCI = "6F0A8408A0000006320101059000"


def data(payload: str, first: str = "00") -> str:
    return f"{first}00{len(payload) // 2:02X}{payload}"


def nxp(second: float, way: str, packet: str) -> str:
    size = len(packet) // 2
    return f"07-24 18:54:{second:06.3f}   903  3890 D NxpNci{way} : len = {size:3d} > {packet}\n"


READER = (
    "07-24 18:54:20.000   903  3890 D NxpTml  : PN54X - Write requested.....\n"
    + nxp(20.5, "R", POLL)
    + nxp(21.0, "X", data(SELECT))
    + nxp(21.01, "R", "60060300" + "01" + "01")
    + nxp(21.02, "R", data(FCI))
    + nxp(21.1, "X", data("805C0002", "10"))
    + nxp(21.1, "X", data("04"))
    + nxp(21.15, "R", data("000027", "10"))
    + nxp(21.15, "R", data("109000"))
    + nxp(21.2, "X", "030003810204")
    + nxp(21.3, "X", "21060103")
    + nxp(21.3, "R", "41060100")
    + nxp(21.4, "R", "6106020301")
)
EVENTS = [
    ("note", "activated", {"uid": "08112233"}),
    ("reset", "3B8180018080"),
    ("x", SELECT, FCI),
    ("x", "805C000204", "000027109000"),
    ("removed",),
]


def test_reader_mode() -> None:
    items = found(read, READER)
    assert shorts(items) == EVENTS
    assert {item.session for item in items} == {"card 1"}
    select, balance = items[2].event, items[3].event
    assert isinstance(select, Exchange)
    assert isinstance(balance, Exchange)
    assert (select.t, select.duration_ms) == (0.5, 20.0)
    assert (balance.t, balance.duration_ms) == (0.6, 50.0)
    assert items[4].event.t == 0.9
    assert sniff(READER.encode()) == 95


def test_card_emulation_is_the_other_way_round() -> None:
    text = (
        nxp(1, "R", LISTEN)
        + nxp(1.25, "R", data(SELECT))
        + nxp(1.5, "X", data(FCI))
        + nxp(2, "R", "6106020000")
    )
    items = found(read, text)
    assert shorts(items) == [("x", SELECT, FCI), ("removed",)]
    assert items[0].session == "emulated card"
    assert isinstance(items[0].event, Exchange)
    assert items[0].event.duration_ms == 250.0


@pytest.mark.parametrize(("first", "second"), ["XR", "RX"])
def test_direction_by_the_first_select(first: str, second: str) -> None:
    text = (
        nxp(0, second, data(FCI))
        + nxp(1, first, data(SELECT))
        + nxp(2, second, data(FCI))
        + nxp(3, first, data("805C000204"))
    )
    items = found(read, text)
    assert [kind for kind, *_ in shorts(items)] == ["broken", "x", "x", "broken"]
    assert shorts(items)[1] == ("x", SELECT, FCI)
    assert items[1].session == ("card 1" if first == "X" else "emulated card")


@pytest.mark.parametrize(
    "line",
    [
        "D/NxpNciX( 1047): len =  23 > {}",
        "0:657:100 - NxpNciX:     len =  23 > {}",
        "2021:07:12-01:52:37.803\tNxpNciX:     len =  23 > {}",
        "11-11 12:40:43.191   453   462 D BrcmNciX: {}",
        "11-11 12:40:43.191   453   462 D SprdNciX: {}",
        "09-17 15:39:52.450   942 14865 D StNfcHal: (#0001A) Tx {}",
        "04-17 10:56:55.886: D/SecHAL(1399): data_trace:  Send( 23) {}",
    ],
)
def test_shapes_of_other_vendors(line: str) -> None:
    packet = data(SELECT)
    if "StNfc" in line or "SecHAL" in line:
        packet = re.sub("(..)", r"\1 ", packet)
    answer = line.replace("X", "R").replace("Tx", "Rx").replace("Send", "Recv").replace("23", "17")
    text = f"{line.format(packet)}\n{answer.format(data(FCI))}\n"
    assert shorts(found(read, text)) == [("x", SELECT, FCI)]
    assert sniff(text.encode()) == 95


def test_hidden_packets_are_no_packets() -> None:
    text = "D StNfcHal: (#00018) Tx 01 00 02 (hidden)\nD StNfcHal: (#00019) Rx 01 00 02 (hidden)\n"
    assert found(read, text) == []


def test_new_year_and_no_time() -> None:
    text = nxp(59.5, "X", data(SELECT)).replace("07-24 18:54", "12-31 23:59") + nxp(
        0.25, "R", data(FCI)
    ).replace("07-24 18:54", "01-01 00:00")
    (item,) = found(read, text)
    assert isinstance(item.event, Exchange)
    assert item.event.duration_ms == 750.0
    bare = "NxpNciX: len = 23 > " + data(SELECT) + "\nNxpNciR: len = 17 > " + data(FCI) + "\n"
    (item,) = found(read, bare)
    assert isinstance(item.event, Exchange)
    assert (item.event.t, item.event.duration_ms) == (0.0, None)


def test_another_card_and_the_first_again() -> None:
    text = READER + READER.replace("08112233", "08998877") + READER
    sessions = [item.session for item in found(read, text)]
    assert sessions == ["card 1"] * 5 + ["card 2"] * 5 + ["card 1"] * 5


def test_other_interfaces_carry_no_apdus() -> None:
    frame = "6105" + "0B" + "01" + "01" + "02" + "00" + "FF" + "01" + "00" + "00" + "0000" + "00"
    text = nxp(1, "R", frame) + nxp(1, "X", data("3004")) + nxp(1, "R", data("00" * 17))
    assert found(read, text) == []


def test_type_b_has_no_reset() -> None:
    poll = "6105" + "0B" + "01" + "02" + "04" + "01" + "FF" + "01" + "00" + "01" + "0000" + "00"
    text = nxp(1, "R", poll) + nxp(1, "X", data(SELECT)) + nxp(1, "R", data(FCI))
    assert shorts(found(read, text)) == [("x", SELECT, FCI)]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("> 000014", "> 000013", "expected a packet of 22 bytes, got 23"),
        ("len =  23", "len =  24", "expected 24 bytes in hex, got 46 digits"),
        ("3100\n", "310\n", "expected 23 bytes in hex, got 45 digits"),
        ("3100\n", "31\n", "expected 23 bytes in hex, got 44 digits"),
        ("3100\n", "31zz\n", "expected 23 bytes in hex, got 44 digits"),
    ],
)
def test_bad_lines(old: str, new: str, why: str) -> None:
    kinds = shorts(found(read, READER.replace(old, new, 1)))
    assert kinds[2:5] == [
        ("broken", why), ("broken", "an answer without a command before it"), EVENTS[3],
    ]  # fmt: skip


def test_a_damaged_answer() -> None:
    kinds = shorts(found(read, READER.replace("01059000\n", "010590\n", 1)))
    assert kinds[2:] == [
        ("x", SELECT, ""), ("broken", "a line after it is damaged"),
        ("broken", "expected 17 bytes in hex, got 32 digits"), *EVENTS[3:],
    ]  # fmt: skip


def test_a_short_activation() -> None:
    text = nxp(1, "R", "610503010204") + nxp(2, "X", data(SELECT))
    kinds = shorts(found(read, text))
    assert kinds[0] == ("broken", "expected an activation with its parameters")


def test_an_endless_apdu_is_given_up() -> None:
    text = nxp(1, "X", data(SELECT)) + nxp(2, "R", data("AA" * 250, "10")) * 300
    kinds = shorts(found(read, text))
    assert ("broken", "an APDU longer than 65545 bytes") in kinds


def digits(raw: bytes) -> bytes:
    runs = re.findall(rb"[0-9A-Fa-f]{2,}", raw)
    return b"\0".join(bytes.fromhex(run[: len(run) & ~1].decode()) for run in runs)


@pytest.mark.parametrize("end", range(0, len(READER), 11))
def test_cut_anywhere(end: int) -> None:
    for kind in shorts(found(read, READER[:end])):
        assert kind in EVENTS or kind[0] == "broken" or kind[2] == ""
    check_harmless(read, READER[:end].encode(), digits(READER.encode()), 2)


@given(mutated(READER.encode()) | st.binary(max_size=200))
@moderate
def test_damaged_logs(raw: bytes) -> None:
    check_harmless(read, raw, digits(raw) + digits(raw.replace(b" ", b"")), 1)
    assert sniff(raw) in range(101)
