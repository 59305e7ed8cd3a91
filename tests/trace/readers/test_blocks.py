"""Exchanges out of blocks: chaining, toggles, repetitions, what is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trace.readers.air import a, pieces, shorts, slow_crc
from tests.trace.readers.dialogue import (
    ANSWER,
    ASK,
    ATS,
    COMMAND,
    TOLD,
    Step,
    X,
    Y,
    bad,
    c,
    played,
    r,
    raw,
)
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.blocks import Frame
from ykt_sim.trace.readers.isodep import IsoDep

moderate = settings(max_examples=150, deadline=None)

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
            for apdu in (item.event.command, item.event.response):
                assert pieces(apdu, every) <= len(steps)
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
