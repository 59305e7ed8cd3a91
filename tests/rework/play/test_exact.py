"""In order, and nothing else."""

from __future__ import annotations

import pytest

from tests.card.support import counting
from tests.trace.corpus import RECORDED, SYNTHETIC, load, talk
from ykt_sim.errors import UsageError
from ykt_sim.rework.play.card import make_player
from ykt_sim.rework.play.exact import PLAIN_ATR, ExactPlayer
from ykt_sim.trace.model import Exchange, Header, Removed, Reset, Trace

FIRST, SECOND, THIRD = (bytes.fromhex(text) for text in ("00840000", "00B0950000", "805C000204"))


def exchange(command: bytes, answer: str) -> Exchange:
    return Exchange(t=0.0, channel="card", command=command, response=bytes.fromhex(answer))


def trace() -> Trace:
    return Trace(
        header=Header(),
        events=(
            Reset(t=0.0, channel="card", atr=b"\x3b\x01"),
            exchange(FIRST, "019000"),
            Removed(t=0.0, channel="card"),
            Reset(t=0.0, channel="card", atr=b"\x3b\x02"),
            exchange(SECOND, "029000"),
            exchange(THIRD, ""),
        ),
    )


def test_out_of_order_is_refused_and_what_was_expected_is_told() -> None:
    subject = ExactPlayer(trace())
    assert subject.power_on() == b"\x3b\x01"
    assert subject.process(SECOND).hex() == "6f00"
    (found,) = subject.report.unknown.values()
    assert "expected 00840000 of 4 bytes" in found.why
    assert subject.process(FIRST).hex() == "019000"
    assert subject.process(FIRST).hex() == "6f00"
    assert "expected a reset" in [*subject.report.unknown.values()][-1].why


def test_data_of_an_expected_command_are_not_told() -> None:
    subject = ExactPlayer(talk("0020000003123456 > 9000"))
    subject.power_on()
    subject.process(FIRST)
    assert "123456" not in repr(subject.report)


def test_resets_in_their_order_and_beyond() -> None:
    subject = ExactPlayer(trace())
    subject.power_on()
    subject.process(FIRST)
    assert subject.power_on() == b"\x3b\x02"
    assert subject.process(SECOND).hex() == "029000"
    assert subject.process(THIRD) == b""  # the card left here
    assert subject.process(FIRST).hex() == "6f00"
    assert "at its end" in [*subject.report.unknown.values()][-1].why
    assert subject.power_on() == b"\x3b\x01"
    assert subject.process(FIRST).hex() == "019000"


def test_a_reset_at_another_place_begins_anew_or_goes_on() -> None:
    for once, answer in ((False, "6f00"), (True, "")):
        subject = ExactPlayer(trace(), once=once)
        subject.power_on()
        subject.process(FIRST)
        subject.power_on()
        subject.process(SECOND)
        assert subject.power_on() == (b"\x3b\x02" if once else b"\x3b\x01")
        assert subject.process(THIRD).hex() == answer


def test_without_a_reset_there_is_a_plain_atr() -> None:
    assert ExactPlayer(talk("00840000 > 9000")).power_on() == PLAIN_ATR


def test_nothing_to_play() -> None:
    with pytest.raises(UsageError, match="nothing to play"):
        ExactPlayer(Trace(header=Header()))


@pytest.mark.parametrize("name", [*SYNTHETIC, *RECORDED])
def test_exact_is_the_trace_byte_by_byte(name: str) -> None:
    trace = load(name)
    subject = make_player(trace, counting(), exact=True)
    assert isinstance(subject, ExactPlayer)
    subject.power_on()
    for event in trace.events:
        if isinstance(event, Exchange) and event.channel == "card":
            assert subject.process(event.command) == event.response
    assert subject.report.unknown == {}
    assert subject.process(b"\0\x84\0\0\4").hex() == "6f00"
