"""Bytes from anywhere: always a status word, never an exception, never a spoilt card."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.card.reference import TERMINAL
from tests.card.support import (
    APPY,
    EC,
    EP,
    LNT_PIN,
    MF1X,
    PPSE,
    TICL,
    counting,
    create_purse_application,
    key,
    made,
    new_card,
)
from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe, list_keys
from ykt_sim.card.memory import CutPlan
from ykt_sim.card.model import Money
from ykt_sim.card.tables import PURSE
from ykt_sim.codes import SW, sw_text
from ykt_sim.errors import PowerCutError

KEY = "00112233445566778899AABBCCDDEEFF"
#: Valid commands, the soil for mutations; MACs in them fit nothing.
SEEDS = [
    bytes.fromhex(line.replace(" ", ""))
    for line in (
        EP, EC, PPSE, APPY, TICL, MF1X, LNT_PIN, "00A4000002 3F00", "00A4000002 DDF1",
        "00A4000002 ADF3", "00A4000002 0015", "00A4000002 3F01", "00A4040205 A000000632",
        "00B0950000", "00B0971400", "00B0000008", "00B201C417", "00B201D000", "00B2010C00",
        "00B201F430", "80B400D002270100", "805C000204", "805C050210", "0084000004", "0084000008",
        f"80500002 0B 01 00000064 {TERMINAL} 10", f"80500102 0B 01 00000001 {TERMINAL} 0F",
        f"80500302 0B 01 00000000 {TERMINAL} 0F", f"80500502 0B 01 00000001 {TERMINAL} 10",
        f"80500401 07 01 {TERMINAL} 13", f"80500201 0B 01 00000001 {TERMINAL} 0F",
        "805200000B" + "20" * 11 + "04", "805401000F" + "20" * 15 + "08",
        "805403000B" + "20" * 11 + "04", "805800000E" + "20" * 14 + "04", "805A0006020001 08",
        "80DC00F030" + "03" * 48, "80DC01D080 27017D" + "00" * 125, "84DC00F034" + "03" * 52,
        "00DC013C04 11223344", "00E2003804 11223344", "04D6950008" + "AA" * 8,
        "04B0950004" + "AA" * 4, "00D6850004 11223344", "0020000002 1234",
        "0020000006" + b"123456".hex(),
        "0082000008" + "AA" * 8, "0088000108" + "AA" * 8, "805E010005 1234FF5678",
        "805E000006 5678AABBCCDD", "842400000C" + "AA" * 12, "841E000004 AABBCCDD",
        "8418000004 AABBCCDD", "80E03F020B 380100F0F095FFFF 414243", "80E0000707 A80020F0F0FF7F",
        "80E0000807 EE0320F0F0FFFF", "80E00001072F0208F000FF18", "80CA9F7900", "80A80000028300",
        "80D4010715 3FF0F00100" + KEY, "84D401021C" + "AA" * 28, "800E000000",
    )
]  # fmt: skip
PROFILES = ("lnt", "tunion", "dual", "blank", "issued")


@cache
def image_of(name: str) -> CardImage:
    if name != "issued":
        return made(name, balance=0 if name == "blank" else 5000)
    talk = new_card("blank")
    types = ("34/00/01", "36/00/FF/33", "37/00/FF/33", "38/00/FF/33", "30/01", "31/02", "32/03",
             "3C/01/01", "3D/01/01", "3E/01/01", "3F/01/01")  # fmt: skip
    create_purse_application(talk, dict.fromkeys(types, KEY), pin="1234")
    talk.ok(key("39", "00", KEY, "0A", "33"))
    for command in (
        "80E0000507280020F0F0FFFF", "80E0000607A80020F0F0FF7F", "80E0000707EC0040F0F0FFFF",
        "80E00008072A0304F0F0FFFF", "80E0001507280010F0F0FFFF", "80E000090728 0200F0F0FFFF",
        "80E0000A07E80200F0F0FF7F",
    ):  # fmt: skip
        talk.ok(command)
    return talk.card.snapshot()


def mutate(seed: bytes, changes: list[tuple[int, int]], cut: int, tail: bytes) -> bytes:
    raw = bytearray(seed)
    for at, value in changes:
        raw[at % len(raw)] = value
    if cut:
        raw = raw[:-cut]
    return bytes(raw) + tail


def fixed_length(cla: int, ins: int, p1p2: bytes, data: bytes, le: bytes) -> bytes:
    """A well-formed command of any instruction the card knows."""
    return bytes((cla, ins)) + p1p2 + (bytes((len(data),)) + data if data else b"") + le


commands = st.one_of(
    st.sampled_from(SEEDS),
    st.builds(
        mutate,
        st.sampled_from(SEEDS),
        st.lists(st.tuples(st.integers(0, 11), st.integers(0, 255)), max_size=3),
        st.sampled_from([0, 0, 0, 1, 2, 5]),
        st.binary(max_size=2),
    ),
    st.builds(
        fixed_length,
        st.sampled_from([0x00, 0x04, 0x80, 0x84]),
        st.sampled_from(sorted({int(ins) for ins in PURSE})),
        st.binary(min_size=2, max_size=2),
        st.binary(max_size=40),
        st.sampled_from([b"", b"\x00", b"\x04", b"\x08", b"\x10"]),
    ),
    st.binary(max_size=300),
)


def run(card: Card, script: list[bytes]) -> None:
    for raw in script:
        answer = card.process(raw)
        assert 2 <= len(answer) <= 258, raw.hex()
        sw = int.from_bytes(answer[-2:], "big")
        assert sw_text(sw) != "unknown", f"{raw.hex()} -> {sw:04X}"
        assert sw != SW.DATA_MAY_BE_CORRUPT, "a half-written value never shows"


@pytest.mark.parametrize("name", PROFILES)
@given(script=st.lists(commands, max_size=25))
@settings(max_examples=150, deadline=None)
def test_always_a_status_word_and_a_sound_card(name: str, script: list[bytes]) -> None:
    card = Card(image_of(name), counting())
    card.power_on()
    run(card, script)
    image = card.snapshot()
    image.check()
    assert CardImage.from_json(image.to_json()) == image
    assert describe(image)
    assert list_keys(image) is not None


def worth(image: CardImage) -> dict[object, int]:
    return {
        key: money.actual - money.overdrawn
        for key, money in image.cells.items()
        if isinstance(money, Money)
    }


@pytest.mark.parametrize("name", ["lnt", "tunion", "dual"])
@given(script=st.lists(commands, max_size=25))
@settings(max_examples=100, deadline=None)
def test_without_a_key_no_money_moves_and_no_file_comes_or_goes(
    name: str, script: list[bytes]
) -> None:
    image = image_of(name)
    card = Card(image, counting())
    card.power_on()
    run(card, script)
    after = card.snapshot()
    assert worth(after) == worth(image)
    assert after.cells.keys() == image.cells.keys()


@pytest.mark.parametrize("name", PROFILES)
@given(script=st.lists(commands, max_size=15), cut=st.integers(1, 12), torn=st.booleans())
@settings(max_examples=60, deadline=None)
def test_power_cut_in_any_script_leaves_a_sound_card(
    name: str, script: list[bytes], cut: int, *, torn: bool
) -> None:
    card = Card(image_of(name), counting())
    card.power_on()
    card.cut_plan(CutPlan(cut, torn=torn))
    for raw in script:
        before = card.snapshot()
        try:
            run(card, [raw])
        except PowerCutError:
            assert card.process(raw) == b"\x6f\x00"
            now = card.snapshot()
            card.power_on()
            assert card.snapshot() == now
            if now != before:
                now.check()  # the whole command, not a part: see test_memory for which
    image = card.snapshot()
    image.check()
    assert CardImage.from_json(image.to_json()) == image


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_any_bytes_first_thing_after_reset(raw: bytes) -> None:
    card = Card(image_of("dual"), counting())
    card.power_on()
    run(card, [raw])
