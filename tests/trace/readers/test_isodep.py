"""Activation, cards and damaged frames: from frames to dialogues."""

from __future__ import annotations

from hypothesis import settings

from tests.trace.readers.air import b, broken_of, shorts
from tests.trace.readers.dialogue import (
    ANSWER,
    ASK,
    ATS,
    COMMAND,
    OFF,
    TOLD,
    Step,
    X,
    Y,
    activation,
    bad,
    c,
    played,
    r,
    raw,
)
from ykt_sim.trace.iso14443 import Side
from ykt_sim.trace.model import Exchange, Reset
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep

moderate = settings(max_examples=150, deadline=None)


def check_atr(atr: bytes) -> int:
    value = 0
    for byte in atr[1:]:
        value ^= byte
    return value


# -- activation --------------------------------------------------------------------------------


def test_activation_gives_uid_and_reset() -> None:
    items = played(*activation(), r("02" + COMMAND), c("02" + ANSWER))
    note, reset, exchange = items
    assert shorts([note]) == [("note", "activated", {"uid": "08112233"})]
    assert isinstance(reset.event, Reset)
    assert reset.event.atr.hex().upper() == "3B85" + "8001" + "5A59585756" + "5E"
    assert check_atr(reset.event.atr) == 0
    assert reset.event.t == 0.0
    assert shorts([exchange]) == [X]
    assert isinstance(exchange.event, Exchange)
    assert exchange.event.t == 0.008
    assert exchange.event.duration_ms == 1.0
    assert {item.session for item in items} == {"card 1"}


def test_polling_alone_is_nothing() -> None:
    polls = [raw("reader", "52"), raw("reader", "26"), r("050000"), ("reader", b("050008"), {})]
    assert played(*(polls * 200)) == []


def test_uid_of_seven_bytes() -> None:
    steps = [
        raw("reader", "52"),
        raw("card", "4400"),
        raw("reader", "9320"),
        raw("card", "88041122BF"),
        r("937088041122" + "BF"),
        c("04"),
        raw("reader", "9520"),
        r("957033445566" + "44"),
        c("20"),
        r("E080"),
        c("0578800200"),
    ]
    items = played(*steps)
    assert shorts(items)[0] == ("note", "activated", {"uid": "04112233445566"})


def test_a_damaged_select_gives_no_uid() -> None:
    steps = activation()
    steps[4] = bad(steps[4])
    assert [kind for kind, *_ in shorts(played(*steps))] == ["reset"]


def test_no_reset_is_invented_without_ats() -> None:
    steps = activation()[:-1]
    items = played(*steps, r("02" + COMMAND), c("02" + ANSWER))
    assert shorts(items) == [X]


def test_a_damaged_ats_is_marked() -> None:
    steps = activation()
    steps[-1] = bad(steps[-1])
    items = played(*steps, r("02" + COMMAND), c("02" + ANSWER))
    assert shorts(items) == [("broken", "expected an ATS with its length first"), X]


def test_pps_is_passed_over() -> None:
    items = played(*activation(), r("D01100"), c("D0"), r("02" + COMMAND), c("02" + ANSWER))
    assert shorts(items)[2:] == [X]
    items = played(*activation(), r("D01100"), c("E0"), r("02" + COMMAND), c("02" + ANSWER))
    assert shorts(items)[2:] == [("broken", "expected the answer to PPS"), X]


def test_type_b() -> None:
    steps: list[Step] = [
        ("reader", b("050000"), {}),
        ("card", b("50" + "11223344" + "A1A2A3A4" + "008171"), {}),
        ("reader", b("1D" + "11223344" + "00080100"), {}),
        ("card", b("00"), {}),
        ("reader", b("02" + COMMAND), {}),
        ("card", b("02" + ANSWER), {}),
    ]
    items = played(*steps)
    kinds = shorts(items)
    assert kinds[0] == ("note", "activated", {"uid": "11223344"})
    # PC/SC part 3: application data, protocol information, upper half of the MBLI byte.
    assert kinds[1] == ("reset", "3B888001A1A2A3A400817100" + f"{check_b():02X}")
    assert kinds[2:] == [X]


def check_b() -> int:
    value = 0
    for byte in bytes.fromhex("888001A1A2A3A400817100"):
        value ^= byte
    return value


def test_type_b_with_another_cards_atqb_has_no_reset() -> None:
    steps: list[Step] = [
        ("reader", b("050000"), {}),
        ("card", b("50" + "99999999" + "A1A2A3A4" + "008171"), {}),
        ("reader", b("1D" + "11223344" + "00080100"), {}),
        ("card", b("00"), {}),
        ("reader", b("02" + COMMAND), {}),
        ("card", b("02" + ANSWER), {}),
    ]
    assert shorts(played(*steps)) == [X]


def test_type_b_without_atqb_has_no_reset() -> None:
    items = played(("reader", b("1D" + "11223344" + "00080100"), {}), ("card", b("00"), {}),
                   ("reader", b("02" + COMMAND), {}), ("card", b("02" + ANSWER), {}))  # fmt: skip
    assert shorts(items) == [X]


def test_capture_that_begins_in_the_middle() -> None:
    assert shorts(played(c("03" + TOLD), r("02" + COMMAND), c("02" + ANSWER))) == [X]


def test_a_card_that_becomes_known_stays_in_its_session() -> None:
    tap = [r("02" + COMMAND), c("02" + ANSWER)]
    items = played(*tap, *activation(), *tap, *activation("08998877"), *activation())
    assert [item.session for item in items] == ["card 1"] * 4 + (
        ["card 1"] + ["card 2"] * 2 + ["card 2"] + ["card 1"] * 2
    )


# -- cards -------------------------------------------------------------------------------------


def test_another_uid_is_another_session() -> None:
    one, two = activation("08112233"), activation("08998877")
    tap = [r("02" + COMMAND), c("02" + ANSWER)]
    items = played(*one, *tap, *two, *tap, *one, *tap)
    kinds = [(item.session, kind) for item, (kind, *_) in zip(items, shorts(items), strict=True)]
    assert kinds == [
        ("card 1", "note"), ("card 1", "reset"), ("card 1", "x"),
        ("card 1", "removed"),
        ("card 2", "note"), ("card 2", "reset"), ("card 2", "x"),
        ("card 2", "removed"),
        ("card 1", "note"), ("card 1", "reset"), ("card 1", "x"),
    ]  # fmt: skip


def test_the_same_card_again_is_only_reset() -> None:
    items = played(*activation(), *activation())
    assert [kind for kind, *_ in shorts(items)] == ["note", "reset", "note", "reset"]


def test_field_off_removes_once() -> None:
    items = played(OFF, *activation(), OFF, OFF, *activation(), OFF)
    kinds = [kind for kind, *_ in shorts(items)]
    assert kinds == ["note", "reset", "removed", "note", "reset", "removed"]


def test_many_cards_are_forgotten_in_the_end() -> None:
    radio = IsoDep()
    for number in range(1100):
        uid = f"08{number:06X}"
        for side, data, _ in activation(uid):
            who: Side = "reader" if side == "reader" else "card"
            list(radio.feed(Frame(0.0, who, data)))
    assert len(radio._names._known) == 1024


def test_a_block_for_another_cid_is_not_ours() -> None:
    steps = [*activation()[:-2], r("E081"), c(ATS)]
    good = played(*steps, r("0A01" + COMMAND), c("0A01" + ANSWER))
    assert shorts(good)[2:] == [X]
    items = played(*steps, r("0A01" + COMMAND), c("0A02" + ANSWER), r("C2"))
    assert shorts(items)[2:] == [
        ("x", X[1], ""),
        ("broken", "the reader deselected the card before the answer"),
        ("broken", "CID 2 expected to be 1: another card's block"),
    ]


def test_cid_and_nad_bytes_are_not_data() -> None:
    assert shorts(played(r("0E0055" + COMMAND), c("0A00" + ANSWER))) == [X]
    kinds = shorts(played(r("02" + COMMAND), c("0A"), c("02" + ANSWER)))
    assert kinds == [X, ("broken", "the PCB announces a CID, none follows")]
    kinds = shorts(played(r("02" + COMMAND), c("06"), c("02" + ANSWER)))
    assert kinds == [X, ("broken", "the PCB announces a NAD, none follows")]


# -- damage --------------------------------------------------------------------------------------


def test_a_damaged_answer_is_shown_and_not_used() -> None:
    items = played(r("02" + COMMAND), bad(c("02" + ANSWER)), r("03" + ASK), c("03" + TOLD))
    assert shorts(items) == [("x", X[1], ""), ("broken", "the CRC is wrong"), Y]
    (note,) = broken_of(items)
    assert note.data["offset"] == 1
    assert note.data["raw"] == bad(c("02" + ANSWER))[1].hex()[:60]


def test_a_damaged_command_loses_its_answer_too() -> None:
    items = played(r("02" + ASK), c("02" + TOLD), bad(r("03" + COMMAND)), c("03" + ANSWER))
    assert shorts(items) == [
        Y, ("broken", "the CRC is wrong"), ("broken", "an answer without its command"),
    ]  # fmt: skip


def test_an_answer_after_a_damaged_command_is_nobodys() -> None:
    kinds = shorts(played(r("02" + COMMAND), bad(r("03" + ASK)), c("02" + TOLD)))
    assert kinds == [
        ("x", X[1], ""), ("broken", "the next command is damaged: the CRC is wrong"),
        ("broken", "the CRC is wrong"), ("broken", "an answer without its command"),
    ]  # fmt: skip
    # Not even when it looks like the answer before, come again.
    kinds = shorts(played(r("02" + ASK), c("02" + TOLD), bad(r("03" + COMMAND)), c("02" + TOLD)))
    assert kinds == [
        Y, ("broken", "the CRC is wrong"), ("broken", "an answer without its command"),
    ]  # fmt: skip
    # A damaged R(NAK) is too short for a command.
    kinds = shorts(played(r("02" + COMMAND), bad(r("B2")), c("02" + ANSWER)))
    assert kinds == [X, ("broken", "the CRC is wrong")]


def test_parity_errors_are_overruled_by_the_crc() -> None:
    flaw = "a parity error in byte 2"
    assert shorts(played(r("02" + COMMAND), c("02" + ANSWER, flaw=flaw))) == [X]
    step = bad(c("02" + ANSWER, flaw=flaw))
    assert shorts(played(r("02" + COMMAND), step)) == [("x", X[1], ""), ("broken", flaw)]


def test_a_frame_that_is_cut_off_is_not_used_whatever_its_crc_says() -> None:
    items = played(r("02" + COMMAND), c("02" + ANSWER, cut=True))
    assert shorts(items) == [("x", X[1], ""), ("broken", "the frame is cut off")]


def test_frames_without_crc() -> None:
    steps = [raw("reader", "02" + COMMAND, crc=False), raw("card", "02" + ANSWER, crc=False)]
    assert shorts(played(*steps)) == [X]
    steps[1] = raw("card", "02" + ANSWER, crc=False, flaw="bad")
    assert shorts(played(*steps)) == [("x", X[1], ""), ("broken", "bad")]


def test_an_answer_too_short_for_a_status() -> None:
    kinds = shorts(played(r("02" + COMMAND), c("0290")))
    assert kinds == [("x", X[1], ""), ("broken", "expected SW1 SW2 at least, got 1 byte(s)")]


def test_unknown_blocks_are_marked() -> None:
    kinds = shorts(played(r("02" + ASK), c("02" + TOLD), r("60AA")))
    assert kinds == [Y, ("broken", "no block begins with 60")]
    kinds = shorts(played(r("02" + ASK), c("B2"), c("02" + TOLD)))
    assert kinds == [Y, ("broken", "R(NAK) from a card, which may send only R(ACK)")]


def test_noise_without_a_card_is_passed_over() -> None:
    assert played(raw("reader", "6001AABB"), raw("card", "0102030405"), raw("reader", "FF")) == []


def test_a_flood_of_damage_is_counted_not_kept() -> None:
    items = played(r("02" + COMMAND), *[bad(c("03" + ANSWER))] * 500, r("03" + ASK))
    assert len(items) < 25
    assert ("broken", "484 more damaged frames after this one") in shorts(items)
