"""A reason says why, in the words of `ykt explain`."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.conformance import support as s
from tests.meaning.test_cryptograms import load
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_sim.codes import INS
from ykt_sim.trace.model import Exchange, Trace

VALUES = ics.load("tunion").values
TRACE = load("tunion-bus-tunion")
AT, DEBIT = next(
    (index, event)
    for index, event in enumerate(TRACE.events)
    if isinstance(event, Exchange) and event.command[1] == INS.DEBIT
)
TAC, MAC2 = DEBIT.response[:4], DEBIT.response[4:8]


def answered(response: bytes, command: bytes = DEBIT.command) -> Trace:
    """The trace with another answer to DEBIT."""
    event = replace(DEBIT, command=command, response=response)
    return replace(TRACE, events=(*TRACE.events[:AT], event, *TRACE.events[AT + 1 :]))


def reason(trace: Trace, expected: str, received: str, at: int | None = AT) -> str:
    """What becomes of a judge's complaint about DEBIT."""
    fault = Fault("it is wrong", at, expected, received)
    found = judge(s.case(judge=lambda _: fault), trace, VALUES)
    assert found.verdict is Verdict.FAIL
    assert found.fault is not None
    assert found.fault.reason == "it is wrong"
    head, _, why = found.reason.partition("; ")
    assert head == "it is wrong"
    return why


@pytest.mark.parametrize(
    ("tac", "said"),
    [
        (bytes(4), "this TAC fits: zeros: a key that is stored with algorithm 03"),
        (
            MAC2,
            "this TAC fits: MAC2 of the same transaction in its place (1 of 90 tries) | ",
        ),
        (b"none", "none of "),
    ],
)
def test_a_wrong_code_that_the_fault_shows_is_explained(tac: bytes, said: str) -> None:
    trace = answered(tac + MAC2 + b"\x90\x00")
    why = reason(trace, TAC.hex().upper(), tac.hex().upper())
    assert why.startswith(said)
    assert reason(trace, "both", (tac + MAC2).hex()) == why


def test_codes_that_no_mistake_gives_are_told_of_once() -> None:
    both = answered(b"none" + b"left" + b"\x90\x00")
    why = reason(both, (TAC + MAC2).hex(), (b"none" + b"left").hex())
    assert why.count("none of ") == 1
    assert why.startswith("none of ")


def test_a_refusal_is_explained_where_success_was_due() -> None:
    mac1 = DEBIT.command[16:20]
    right = reason(answered(b"\x93\x02"), "9000", "9302")
    assert right.startswith("MAC1 of composite purchase is right with these keys")
    assert mac1.hex().upper() not in right
    spoilt = DEBIT.command[:16] + mac1[::-1] + DEBIT.command[20:]
    wrong = reason(answered(b"\x93\x02", spoilt), "9000", "9302")
    assert wrong.startswith("this MAC1 fits: bytes of the code reversed (1 of ")
    assert "not what the card works out" not in wrong
    gone = replace(TRACE, events=(*TRACE.events[:2], replace(DEBIT, response=b"\x69\x01")))
    assert "without INITIALIZE before it" in reason(gone, "9000", "6901", 2)


@pytest.mark.parametrize(
    ("response", "expected", "received", "at"),
    [
        (b"\x93\x02", "6901", "9302", AT),  # a refusal was due
        (DEBIT.response, "9000", "9302", AT),  # it was not answered so
        (bytes(4) + DEBIT.response[4:], "00", "01", AT),  # the fault shows something else
        (bytes(4) + DEBIT.response[4:], TAC.hex(), "", AT),
        (bytes(4) + DEBIT.response[4:], TAC.hex(), "00000000", None),
        (bytes(4) + DEBIT.response[4:], TAC.hex(), "00000000", 9999),
        (DEBIT.response, "00000000", TAC.hex(), AT),  # the code is right
    ],
)
def test_nothing_else_is(response: bytes, expected: str, received: str, at: int | None) -> None:
    assert reason(answered(response), expected, received, at) == ""


def test_the_ring_of_the_judge_stays_as_it_was() -> None:
    other = answered(bytes(4) + DEBIT.response[4:])
    first = reason(other, TAC.hex(), "00000000")
    assert first == reason(other, TAC.hex(), "00000000")
