"""Exchanges out of frames: activation, chaining, toggles, repetitions, damage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import BALANCE, FCI, SELECT, a, b, broken_of, shorts, slow_crc
from ykt_sim.trace.iso14443 import Side
from ykt_sim.trace.model import Exchange, Reset
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep

moderate = settings(max_examples=150, deadline=None)

X = ("x", SELECT.hex().upper(), FCI.hex().upper())
Y = ("x", BALANCE.hex().upper(), "000027109000")
COMMAND, ANSWER = SELECT.hex(), FCI.hex()
ASK, TOLD = BALANCE.hex(), "000027109000"
ATS = "0A788080025A59585756"


def r(text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return ("reader", a(text), more)


def c(text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return ("card", a(text), more)


def raw(side: str, text: str, **more: Any) -> tuple[str, bytes, dict[str, Any]]:
    return (side, bytes.fromhex(text), more)


Step = tuple[str, bytes, dict[str, Any]]


def bad(step: Step) -> Step:
    """The same frame with its last byte changed."""
    return (step[0], step[1][:-1] + bytes((step[1][-1] ^ 0x55,)), step[2])


def activation(uid: str = "08112233") -> list[Step]:
    """From REQA to ATS, for a UID of 4 bytes."""
    part = bytes.fromhex(uid)
    check = part[0] ^ part[1] ^ part[2] ^ part[3]
    return [
        raw("reader", "26"),
        raw("card", "0400"),
        raw("reader", "9320"),
        raw("card", f"{uid}{check:02x}"),
        r(f"9370{uid}{check:02x}"),
        c("20"),
        r("E080"),
        c(ATS),
    ]


def played(*steps: Step) -> list[Found]:
    """Feed frames, one a millisecond; an offset is its number."""
    radio = IsoDep()
    items: list[Found] = []
    for index, (side, data, more) in enumerate(steps):
        if side == "off":
            items += radio.field_off(index / 1000)
        else:
            who: Side = "reader" if side == "reader" else "card"
            items += radio.feed(Frame(index / 1000, who, data, offset=index, **more))
    return items + list(radio.end())


OFF: Step = ("off", b"", {})


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


# -- chaining ----------------------------------------------------------------------------------


def test_chaining_both_ways() -> None:
    steps = [
        r("12" + COMMAND[:10]), c("A2"), r("13" + COMMAND[10:20]), c("A3"), r("02" + COMMAND[20:]),
        c("12" + ANSWER[:8]), r("A3"), c("13" + ANSWER[8:16]), r("A2"), c("02" + ANSWER[16:]),
        r("03" + ASK), c("03" + TOLD),
    ]  # fmt: skip
    items = played(*steps)
    assert shorts(items) == [X, Y]
    assert isinstance(items[0].event, Exchange)
    assert items[0].event.duration_ms == 9.0


def test_numbers_run_on_over_the_acknowledgements_of_an_answer() -> None:
    steps = [
        r("02" + ASK), c("12" + TOLD[:4]), r("A3"), c("03" + TOLD[4:]),
        r("02" + ASK), c("02" + TOLD),
    ]  # fmt: skip
    assert shorts(played(*steps)) == [Y, Y]


def test_repeated_blocks_of_a_chain_count_once() -> None:
    steps = [
        r("12" + COMMAND[:10]), r("12" + COMMAND[:10]), c("A2"), r("03" + COMMAND[10:]),
        r("03" + COMMAND[10:]), c("13" + ANSWER[:8]), r("A2"), r("A2"), c("02" + ANSWER[8:]),
    ]  # fmt: skip
    assert shorts(played(*steps)) == [X]


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_block_of_a_command_is_seen(lost: int) -> None:
    steps = [r("12" + COMMAND[:10]), r("13" + COMMAND[10:14]), r("12" + COMMAND[14:18]),
             r("03" + COMMAND[18:]), c("03" + ANSWER), r("02" + ASK), c("02" + TOLD)]  # fmt: skip
    del steps[1 + lost]
    items = played(*steps)
    assert [kind for kind, *_ in shorts(items)] == ["broken", "broken", "x"]
    assert shorts(items)[-1] == Y


@pytest.mark.parametrize("lost", [1, 3])
def test_a_lost_block_of_an_answer_is_seen(lost: int) -> None:
    steps = [r("02" + COMMAND), c("12" + ANSWER[:8]), r("A3"), c("13" + ANSWER[8:16]), r("A2"),
             c("02" + ANSWER[16:]), r("03" + ASK), c("03" + TOLD)]  # fmt: skip
    del steps[lost]
    kinds = shorts(played(*steps))
    assert kinds[0] == ("x", X[1], "")
    assert kinds[1][0] == "broken"
    assert kinds[-1] == Y
    assert len(kinds) == 3


def test_two_different_blocks_with_one_number() -> None:
    steps = [r("02" + COMMAND), c("12" + ANSWER[:8]), c("12" + ANSWER[:6] + "FF"), r("A3"),
             c("03" + ANSWER[8:])]  # fmt: skip
    kinds = shorts(played(*steps))
    assert kinds == [("x", X[1], ""), ("broken", "two different blocks 0 in a chained answer")]


def test_an_endless_answer_is_given_up() -> None:
    radio = IsoDep()
    items = list(radio.feed(Frame(0.0, "reader", a("02" + COMMAND))))
    for index in range(300):
        number = index & 1
        items += radio.feed(Frame(0.0, "card", a(f"{0x12 | number:02x}" + "AA" * 250)))
        items += radio.feed(Frame(0.0, "reader", a(f"{0xA2 | number ^ 1:02x}")))
    items += radio.feed(Frame(0.0, "card", a("029000")))
    kinds = shorts(items)
    assert kinds == [("x", X[1], ""), ("broken", "an answer longer than 65545 bytes")]


def test_an_endless_chain_is_given_up() -> None:
    items = []
    radio = IsoDep()
    for index in range(600):
        block = r(f"{0x12 | index & 1:02x}" + "AA" * 250)
        items += radio.feed(Frame(0.0, "reader", block[1]))
    items += radio.feed(Frame(0.0, "reader", a("02" + "BB" * 9)))
    assert [kind for kind, *_ in shorts(items)] == ["broken"]
    assert "longer than" in str(shorts(items)[0][1])


# -- repetitions and toggles ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "steps",
    [
        # R(NAK) without an answer, then the answer
        [r("02" + COMMAND), r("B2"), c("02" + ANSWER)],
        # R(NAK), the card has nothing and says so, the command again
        [r("02" + COMMAND), r("B2"), c("A3"), r("02" + COMMAND), c("02" + ANSWER)],
        # the answer was not heard by the reader and comes again
        [r("02" + COMMAND), c("02" + ANSWER), r("B2"), c("02" + ANSWER)],
        # the reader repeats the command itself, and the card its answer
        [r("02" + COMMAND), c("02" + ANSWER), r("02" + COMMAND), c("02" + ANSWER)],
        # a damaged answer, then a good one
        [r("02" + COMMAND), bad(c("02" + ANSWER)), r("B2"), c("02" + ANSWER)],
        # waiting time extensions, damaged ones too
        [r("02" + COMMAND), c("F201"), r("F201"), c("F23B"), r("F23B"), c("02" + ANSWER)],
        # presence checks with empty blocks and with R(NAK)
        [r("02" + COMMAND), c("02" + ANSWER), r("B3"), c("A2"), r("03"), c("03")],
    ],
)
def test_one_exchange(steps: list[Step]) -> None:
    assert shorts(played(*steps)) == [X]
    assert shorts(played(*steps, r("03" + ASK), c("03" + TOLD)))[:1] == [X]
    assert shorts(played(*steps, r("C2"), c("C2"))) == [X]


def test_waiting_time_counts() -> None:
    (item,) = played(r("02" + COMMAND), c("F201"), r("F201"), c("02" + ANSWER))
    assert isinstance(item.event, Exchange)
    assert item.event.duration_ms == 3.0


def test_the_same_command_twice_is_two_exchanges() -> None:
    steps = [r("02" + ASK), c("02" + TOLD), r("03" + ASK), c("03" + TOLD)]
    assert shorts(played(*steps)) == [Y, Y]


def test_a_repeated_command_with_another_answer_is_told() -> None:
    steps = [r("02" + ASK), c("02" + TOLD), r("02" + ASK), c("02" + "000000009000")]
    kinds = shorts(played(*steps))
    assert kinds[0] == Y
    assert ("x", Y[1], "000000009000") in kinds
    assert ("broken", "block number 0 again, with another answer") in kinds


def test_an_answer_to_something_else_is_not_taken() -> None:
    # The answer to SELECT and the command after it are missing.
    kinds = shorts(played(r("02" + COMMAND), c("03" + TOLD), r("02" + ASK), c("02" + TOLD)))
    assert kinds[0] == ("x", X[1], "")
    why = "an answer to something else: block number 1 where 0 was expected"
    assert kinds[1] == ("broken", why)
    assert kinds[-1] == Y


def test_a_missing_answer_is_empty() -> None:
    kinds = shorts(played(r("02" + COMMAND), r("03" + ASK), c("03" + TOLD)))
    assert kinds == [("x", X[1], ""), ("broken", "the answer is missing"), Y]


def test_an_answer_without_its_command() -> None:
    kinds = shorts(played(r("02" + ASK), c("02" + TOLD), c("03" + ANSWER)))
    assert kinds == [Y, ("broken", "an answer without its command")]


def test_deselect_and_halt_start_anew() -> None:
    for stop in (r("C2"), r("5000"), raw("reader", "52")):
        items = played(r("02" + ASK), c("02" + TOLD), stop, r("02" + ASK), c("02" + TOLD))
        assert shorts(items) == [Y, Y]


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


# -- anything ------------------------------------------------------------------------------------


PCBS = (
    "02", "03", "12", "13", "0A", "A2", "A3", "B2", "B3", "C2", "F2", "26", "52", "93", "E0", "50",
    "1D", "05", "D0",
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> Step:
    side = draw(st.sampled_from(["reader", "card"]))
    pcb = draw(
        st.sampled_from(
            [
                "02",
                "03",
                "12",
                "13",
                "0A",
                "A2",
                "A3",
                "B2",
                "B3",
                "C2",
                "F2",
                "26",
                "52",
                "93",
                "E0",
                "50",
                "1D",
                "05",
                "D0",
            ]
        )
    )
    inf = draw(st.sampled_from(["", "70", "80", "9000", ASK, COMMAND, "20", ATS[2:]]))
    data = bytes.fromhex(pcb + inf)
    good = draw(st.integers(0, 9))
    if good:
        data += slow_crc(data, 0x6363, 0)
    return (side, data, {"cut": good == 1, "flaw": "odd" if good == 2 else ""})


@given(st.lists(frames(), max_size=60))
@moderate
def test_any_frames_in_any_order(steps: list[Step]) -> None:
    every = b"".join(data for _, data, _ in steps)
    for item in played(*steps):
        if isinstance(item.event, Exchange):
            assert len(item.event.command) >= 4
            assert len(item.event.response) != 1
            assert item.event.duration_ms is None or item.event.duration_ms >= 0
            assert item.event.command[:3] in every
        assert item.session.startswith("card ")


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[list[Step], list[tuple[str, str, str]]]:
    """A dialogue with repetitions and waiting, and the exchanges it stands for."""
    steps: list[Step] = []
    wanted = []
    number = 0
    for _ in range(draw(st.integers(1, 6))):
        command = draw(st.binary(min_size=4, max_size=12)).hex()
        answer = draw(st.binary(min_size=2, max_size=12)).hex()
        call, reply = r(f"0{2 | number}" + command), c(f"0{2 | number}" + answer)
        steps.append(call)
        for _ in range(draw(st.integers(0, 3))):
            steps += draw(st.sampled_from([
                [r(f"B{2 | number}")], [c("F201"), r("F201")], [bad(reply)],
                [c(f"A{2 | number ^ 1}"), call],
            ]))  # fmt: skip
        steps.append(reply)
        if draw(st.booleans()):
            steps += [r(f"B{2 | number}"), reply]
        wanted.append(("x", command.upper(), answer.upper()))
        number ^= 1
    return steps, wanted


@given(dialogues())
@moderate
def test_repetitions_never_change_the_exchanges(
    dialogue: tuple[list[Step], list[tuple[str, str, str]]],
) -> None:
    steps, wanted = dialogue
    assert shorts(played(*steps)) == wanted


@given(dialogues(), st.data())
@moderate
def test_what_is_lost_is_never_replaced(
    dialogue: tuple[list[Step], list[tuple[str, str, str]]], data: st.DataObject
) -> None:
    """Without one frame, each exchange is one of the true ones or has no answer."""
    steps, wanted = dialogue
    gone = data.draw(st.integers(0, len(steps) - 1))
    commands = {command for _, command, _ in wanted}
    for kind, *bytes_ in shorts(played(*steps[:gone], *steps[gone + 1 :])):
        if kind == "x":
            assert ("x", *bytes_) in wanted or (bytes_[1] == "" and bytes_[0] in commands)


def test_it_is_a_stream() -> None:
    radio = IsoDep()

    def endless() -> Iterator[Found]:
        number = 0
        while True:
            yield from radio.feed(Frame(0.0, "reader", a(f"0{2 | number}" + ASK)))
            yield from radio.feed(Frame(0.0, "card", a(f"0{2 | number}" + TOLD)))
            number ^= 1

    source = endless()
    assert shorts([next(source) for _ in range(3)]) == [Y, Y, Y]
