"""No byte without a class and none with two, whatever a trace holds."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trace.corpus import RECORDED, SYNTHETIC, flipped, load, talk
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.understand import (
    Piece,
    Stage,
    Understood,
    atr_pieces,
    secured,
    understand,
)
from ykt_sim.trace.model import Exchange, Note, Removed, Reset, Trace

C = ByteClass
EP = "00A4040008 A000000632010105 >"
EP_FCI = (
    "6F318408A000000632010105A5259F0801029F0C1E"
    "01011000FFFFFFFF0201031051700000000000012017060120401231 0000 9000"
)


def assert_whole(pieces: tuple[Piece, ...], data: bytes) -> None:
    at = 0
    for piece in pieces:
        assert piece.offset == at
        assert piece.size == len(piece.raw) > 0
        assert piece.name
        assert isinstance(piece.byte_class, ByteClass)
        at += piece.size
    assert b"".join(piece.raw for piece in pieces) == data


def assert_covered(item: Understood) -> None:
    """Every byte is in one piece, and the cryptograms are those of the pieces that are."""
    found = tuple(one for one in item.pieces() if one[1].byte_class in SECURED)
    assert tuple(secured(item.annotated)) == found
    event = item.event
    if isinstance(event, Exchange):
        assert_whole(item.command, event.command)
        assert_whole(item.response, event.response)
    elif isinstance(event, Reset):
        assert_whole(item.response, event.atr)
    else:
        assert not item.command
        assert not item.response


@pytest.mark.parametrize("name", [*SYNTHETIC, *RECORDED])
def test_every_byte_of_the_corpus_is_in_one_piece(name: str) -> None:
    trace = load(name)
    items = list(understand(trace))
    assert [item.event for item in items] == list(trace.events)
    assert [item.index for item in items] == list(range(len(trace.events)))
    for item in items:
        assert_covered(item)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_nothing_in_a_golden_trace_is_unknown(name: str) -> None:
    for item in understand(load(name)):
        for _, piece in item.pieces():
            assert piece.byte_class is not C.UNKNOWN, (item.index, piece)


CHANNELS = st.sampled_from(["card", "sam"])
HEADS = st.sampled_from(
    [
        "00A4040008", "00A40000", "805000020B", "805003020B", "805401000F", "80540300", "80DC00F0",
        "00B2", "00B097", "04D68500", "84D4", "805E00", "0082000008", "00C00000", "8070000024",
        "8072000004", "FFCA000000", "80CA9F79", "805A0009", "00B4", "",
    ]
)  # fmt: skip
COMMANDS = st.builds(
    lambda head, tail: bytes.fromhex(head) + tail, HEADS, st.binary(max_size=60)
).filter(bool)
ANSWERS = st.builds(
    lambda head, tail, sw: bytes.fromhex(head) + tail + bytes.fromhex(sw),
    st.sampled_from(["", "6F", "6F318408A000000632010105A5", "9F7906", "70"]),
    st.binary(max_size=60),
    st.sampled_from(["9000", "6108", "6982", "61", ""]),
)
EVENTS = st.one_of(
    st.builds(Exchange, t=st.just(0.0), channel=CHANNELS, command=COMMANDS, response=ANSWERS),
    st.builds(Reset, t=st.just(0.0), channel=CHANNELS, atr=st.binary(max_size=40)),
    st.builds(Removed, t=st.just(0.0), channel=CHANNELS),
    st.builds(Note, t=st.just(0.0), text=st.text(max_size=5)),
)


@given(st.lists(EVENTS, max_size=12))
def test_any_exchanges_are_covered(events: list[Exchange]) -> None:
    items = list(understand(events))
    assert len(items) == len(events)
    for item in items:
        assert_covered(item)


@given(st.sampled_from(SYNTHETIC), st.data())
def test_altered_traces_are_covered(name: str, data: st.DataObject) -> None:
    trace = load(name)
    places = [at for at, event in enumerate(trace.events) if isinstance(event, Exchange)]
    index = data.draw(st.sampled_from(places))
    side = data.draw(st.sampled_from(["command", "response"]))
    offset = data.draw(st.integers(0, len(getattr(trace.events[index], side)) - 1))
    for item in understand(flipped(trace, index, side, offset, data.draw(st.integers(1, 255)))):
        assert_covered(item)


def classes(item: Understood, side: str) -> list[tuple[str, ByteClass]]:
    return [(piece.name, piece.byte_class) for piece in getattr(item, side)]


def test_a_composite_purchase_field_by_field() -> None:
    items = list(understand(load("tunion-bus-tunion")))
    initialize, sam, cache, debit = items[6:10]
    assert classes(initialize, "command") == [
        ("cla", C.CODE), ("ins", C.CODE), ("p1", C.CODE), ("p2", C.CODE), ("lc", C.LENGTH),
        ("key_index", C.CODE), ("amount", C.AMOUNT), ("terminal", C.IDENTITY), ("le", C.LENGTH),
    ]  # fmt: skip
    assert classes(initialize, "response") == [
        ("balance", C.BALANCE), ("counter", C.COUNTER), ("overdraft_limit", C.BALANCE),
        ("key_version", C.CODE), ("algorithm", C.CODE), ("random", C.RANDOM), ("sw", C.STATUS),
    ]  # fmt: skip
    assert [c for _, c in classes(sam, "command")[5:-1]] == [
        C.RANDOM, C.COUNTER, C.AMOUNT, C.CODE, C.DATE, C.CODE, C.CODE, C.IDENTITY, C.IDENTITY,
    ]  # fmt: skip
    assert classes(sam, "response")[:2] == [("terminal_serial", C.COUNTER), ("mac1", C.MAC1)]
    assert Counter(c for _, c in classes(cache, "command"))[C.IDENTITY] == 2
    assert classes(debit, "response") == [("tac", C.TAC), ("mac2", C.MAC2), ("sw", C.STATUS)]


def test_the_fci_with_its_tags_and_lengths() -> None:
    (item,) = understand(talk(EP + EP_FCI))
    found = classes(item, "response")
    assert found[:5] == [
        ("tag 6F", C.CONSTANT), ("length 6F", C.LENGTH), ("tag 84", C.CONSTANT),
        ("length 84", C.LENGTH), ("84 df_name", C.CONSTANT),
    ]  # fmt: skip
    assert ("pan", C.IDENTITY) in found
    assert ("reserved", C.CONSTANT) in found


@pytest.mark.parametrize(
    ("line", "side", "name", "byte_class"),
    [
        ("00840000 04 > 11223344 9000", "response", "challenge", C.RANDOM),
        ("0082000008 1122334455667788 > 9000", "command", "authentication", C.CRYPTOGRAM),
        ("0020000003 123456 > 9000", "command", "pin", C.PIN),
        ("805E000007 123456 11223344 > 9000", "command", "line_mac", C.LINE_MAC),
        ("84D4010208 1122334455667788 > 9000", "command", "key_data", C.KEY),
        ("FFCA000000 > 04112233 9000", "response", "uid", C.IDENTITY),
        ("FFCA010000 > 04112233 9000", "response", "data", C.UNKNOWN),
        ("80CA9F7900 > 9F7906000000012345 9000", "response", "balance", C.BALANCE),
        ("00B0970000 > 1122 9000", "response", "data", C.UNKNOWN),
        ("00A4040010 A0000006320101059999999999999999 > 9000", "command", "df_name_tail",
         C.UNKNOWN),
        ("80F20000 > 6D00", "command", "ins", C.CODE),
    ],
)  # fmt: skip
def test_blocks_without_a_layout(line: str, side: str, name: str, byte_class: ByteClass) -> None:
    (item,) = understand(talk(line))
    assert (name, byte_class) in classes(item, side)


def test_what_is_no_short_apdu_keeps_its_header() -> None:
    (item,) = understand(talk("00B0970005AA > 9000"))
    assert [name for name, _ in classes(item, "command")] == [
        "cla", "ins", "p1", "p2", "unexplained",
    ]  # fmt: skip
    assert item.asked is None
    assert item.command[-1].byte_class is C.UNKNOWN


def test_get_response_is_read_as_the_answer_of_its_command() -> None:
    trace = load("tunion-bus-tunion")
    debit = trace.events[9]
    assert isinstance(debit, Exchange)
    lines = [
        f"{EP}{EP_FCI}",
        f"{debit.command.hex()} > 6108",
        f"00C0000008 > {debit.response.hex()}",
    ]
    *_, sent, fetched = understand(talk(*lines))
    assert not sent.fetching
    assert fetched.fetching
    assert fetched.asked == sent.asked
    assert classes(fetched, "response")[0] == ("tac", C.TAC)


def test_how_far_the_transaction_has_come() -> None:
    items = list(understand(load("tunion-bus-tunion")))
    found = [(item.operation, item.phase) for item in items]
    assert found[5] == (None, Stage.IDLE)
    assert found[6:10] == [
        ("composite", Stage.INITIALISED), ("composite", Stage.INITIALISED),
        ("composite", Stage.CACHED), ("composite", Stage.DEBITED),
    ]  # fmt: skip


def test_a_refused_commit_and_a_reset_end_the_transaction() -> None:
    trace = load("dual-load-point")
    initialize = trace.events[6]
    assert isinstance(initialize, Exchange)
    refused = Exchange(
        t=1.0, channel="card", command=bytes.fromhex("805200000B" + "00" * 11),
        response=bytes.fromhex("9302"),
    )  # fmt: skip
    *_, last = understand([initialize, refused])
    assert (last.operation, last.phase) == (None, Stage.IDLE)
    first, *_, after = understand([initialize, Reset(t=1.0, channel="card", atr=b""), refused])
    assert first.phase is Stage.INITIALISED
    assert after.phase is Stage.IDLE


@given(st.binary(max_size=40))
def test_any_atr_is_covered(atr: bytes) -> None:
    assert_whole(atr_pieces(atr), atr)


@pytest.mark.parametrize(
    ("atr", "wanted"),
    [
        ("3B8880014D54594B542D54557A", ["interface", "historical", "check"]),
        ("3B680000594B542D5053414D", ["interface", "historical"]),
        ("3B00", ["interface"]),
    ],
)
def test_parts_of_an_atr(atr: str, wanted: list[str]) -> None:
    assert [piece.name for piece in atr_pieces(bytes.fromhex(atr))] == wanted


def test_historical_bytes_with_a_serial_number_are_unknown() -> None:
    _, text, *_ = atr_pieces(bytes.fromhex("3B6800001122334455667788"))
    assert text.byte_class is C.UNKNOWN
    _, word, *_ = atr_pieces(bytes.fromhex("3B680000594B542D5053414D"))
    assert word.byte_class is C.CONSTANT


def test_it_is_a_stream() -> None:
    """The second event is not asked for before the first is out."""

    def events():  # type: ignore[no-untyped-def]
        yield Removed(t=0.0, channel="card")
        raise AssertionError("read ahead")

    first = next(iter(understand(events())))
    assert first.event == Removed(t=0.0, channel="card")


def test_pieces_stand_in_order() -> None:
    trace: Trace = load("dual-metro-exit")
    for item in understand(trace):
        for pieces in (item.command, item.response):
            assert all(a.offset < b.offset for a, b in pairwise(pieces))
