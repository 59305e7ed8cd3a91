"""How a replay goes along: chains of T=0, power, exact bytes, dates, and anything at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.card.support import counting
from tests.meaning.test_understand import ANSWERS, EVENTS
from tests.rework import replaying as r
from tests.rework.test_replay import BUS, first_bus, statuses
from tests.trace.corpus import load, talk, with_bytes
from ykt_sim.bench.make import make_card
from ykt_sim.errors import UsageError
from ykt_sim.meaning.cryptograms import Status
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.understand import understand
from ykt_sim.rework.outcome import Word
from ykt_sim.rework.play.exact import ExactPlayer
from ykt_sim.rework.replay import POWER, Replay, ReplayOptions, WithoutKeys
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace

# -- chains ------------------------------------------------------------------------------


TALK = (r.EP, "00B201F400", "805C030204", r.INIT_PURCHASE, r.DEBIT)


def test_a_card_that_announces_has_the_same_outcome_as_one_that_does_not() -> None:
    plain, chained = (
        r.record(r.card(), *TALK),
        r.replay(r.record(r.card(), *TALK), r.T0(r.card(), strict=True)),
    )
    assert chained.same, chained.differences
    assert {step.word for step in chained.steps} == {Word.SAME}
    assert len(chained.trace.exchanges) > len(plain.exchanges)
    assert set(statuses(chained.trace)) == {Status.VALID}
    back = r.replay(chained.trace, r.card())
    assert back.same, back.differences
    assert len(back.trace.exchanges) == len(plain.exchanges)
    assert len(back.steps) == len(plain.exchanges)


def test_an_announcement_that_the_terminal_left_alone_is_left_alone() -> None:
    trace = talk("00B201F400 > 6C30")
    result = r.run(Replay(trace), Fixed(b"\x6c\x30"))
    assert result.same
    assert len(result.trace.exchanges) == 1


class Fixed:
    """Answers everything alike."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.asked = answer, 0

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def process(self, _apdu: bytes) -> bytes:
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("answer", ["6110", "6C10", "6C05", "AABB6110"])
def test_a_card_that_announces_for_ever_is_given_up(answer: str) -> None:
    subject = Fixed(bytes.fromhex(answer))
    result = r.run(Replay(talk("00B201F400 > 9000", "00B201F400 > 9000")), subject)
    assert subject.asked <= 128
    assert not result.same


# -- power -----------------------------------------------------------------------------------


def powers(trace: Trace) -> int:
    count = 0
    steps = Replay(trace).run()
    wanted = next(steps, None)
    while wanted is not None:
        count += wanted == POWER
        try:
            wanted = steps.send(b"\x3b\x00" if wanted == POWER else b"\x90\x00")
        except StopIteration:
            break
    return count


def events(*found: str) -> Trace:
    kinds = {
        "reset": Reset(t=0.0, channel="card", atr=b"\x3b\x00"),
        "removed": Removed(t=0.0, channel="card"),
        "note": Note(t=0.0, text="x"),
        "sam": Removed(t=0.0, channel="sam"),
        "talk": Exchange(t=0.0, channel="card", command=b"\0\x84\0\0\4", response=b"\x90\x00"),
    }
    return Trace(header=Header(), events=tuple(kinds[name] for name in found))


@pytest.mark.parametrize(
    ("found", "count"),
    [
        (("talk",), 1),
        (("reset", "talk"), 1),
        (("reset", "talk", "reset", "talk"), 2),
        (("reset", "talk", "removed", "note", "sam", "reset", "talk"), 2),
        (("reset", "talk", "removed", "talk"), 2),
        (("reset", "talk", "removed"), 2),
        (("sam", "note"), 0),
        ((), 0),
    ],
)
def test_resets_and_removals_are_resets(found: tuple[str, ...], count: int) -> None:
    assert powers(events(*found)) == count


def test_a_card_that_left_gets_nothing_until_the_next_reset() -> None:
    trace = events("reset", "talk", "talk", "reset", "talk")
    asked: list[bytes] = []
    engine = Replay(trace)
    steps = engine.run()
    wanted = next(steps)
    answers = iter([b"\x3b\x00", b"", b"\x3b\x00", b"\x90\x00"])
    try:
        while True:
            asked.append(wanted)
            wanted = steps.send(next(answers))
    except StopIteration:
        result = engine.result()
    assert asked == [POWER, b"\0\x84\0\0\4", POWER, b"\0\x84\0\0\4"]
    assert [step.word for step in result.steps] == [Word.NO_ANSWER, Word.NOT_SENT, Word.SAME]


def test_what_the_trace_has_no_answer_of_is_not_held_against_the_card() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT)
    torn = with_bytes(trace, len(trace.events) - 1, "response", b"")
    result = r.replay(torn, r.card())
    assert r.step(result, "DEBIT").word is Word.UNKNOWN
    assert result.same
    assert result.money == {"T-Union EP": (0, 0)}


def test_a_stop_from_outside_keeps_what_was_sent() -> None:
    trace, subject = first_bus()
    engine = Replay(trace, ReplayOptions(**r.KEYS))
    steps = engine.run()
    wanted = next(steps)
    while wanted[1:2] != b"\x54":
        wanted = steps.send(subject.power_on() if wanted == POWER else subject.process(wanted))
    engine.stop("not allowed")
    with pytest.raises(StopIteration):
        steps.send(b"")
    result = engine.result()
    debit = r.step(result, "DEBIT")
    assert (debit.word, debit.why, debit.new) == (Word.NOT_SENT, "not allowed", None)
    assert all(event.command[1] != 0x54 for event in result.trace.exchanges)


# -- exact and dates ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dual-metro-exit", "lnt-load-point", "tunion-bus-board"])
def test_exact_sends_the_recorded_bytes(name: str) -> None:
    trace = load(name)
    result = r.replay(trace, ExactPlayer(trace), exact=True, keys=None)
    sent = [event.command for event in result.trace.exchanges]
    assert sent == [event.command for event in trace.exchanges if event.channel == "card"]
    answers = [event.response for event in result.trace.exchanges]
    assert answers == [event.response for event in trace.exchanges if event.channel == "card"]
    assert result.same


@pytest.mark.parametrize("profile", ["lnt", "tunion", "dual"])
@pytest.mark.parametrize("target", ["20260228", "20260228235901"])
def test_dates_move_together_and_all_codes_fit(profile: str, target: str) -> None:
    subject = make_card(profile, counting())
    moved = 0
    for name, trace in r.taps(profile):
        result = r.replay(trace, subject, dates=target)
        assert result.same, (name, result.differences)
        assert set(statuses(result.trace)) <= {Status.VALID}
        found = [
            piece.raw.hex()
            for item in understand(result.trace)
            for side, piece in item.pieces()
            if side == "command" and piece.name == "datetime" and piece.size == 7
        ]
        for digits in found:
            assert digits.startswith(target[:8]) or digits[4:8] == target[4:8], (name, digits)
        moved += len(found)
    assert moved >= 6 or profile == "lnt"


@pytest.mark.parametrize("target", ["2026", "20261301", "20260101256060", "x"])
def test_dates_that_are_none(target: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        Replay(load(BUS), ReplayOptions(dates=target))


def test_a_trace_without_dates_cannot_be_moved() -> None:
    with pytest.raises(UsageError, match="no date of its terminal"):
        Replay(talk("0084000004 > 9000"), ReplayOptions(dates="20260101"))


# -- anything ------------------------------------------------------------------------------------

REPLIES = st.one_of(ANSWERS, st.just(b""), st.binary(max_size=3), st.just(b"\x90\x00"))
OPTIONS = st.builds(
    ReplayOptions,
    keys=st.sampled_from([None, KeyRing]),
    old_keys=st.sampled_from([None, KeyRing]),
    without_keys=st.sampled_from(list(WithoutKeys)),
    exact=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=12), st.lists(REPLIES, max_size=30), OPTIONS)
def test_any_trace_and_any_answers(
    found: list[Event], replies: list[bytes], options: ReplayOptions
) -> None:
    engine = Replay(Trace(header=Header(), events=tuple(found)), options)
    finish(engine, replies)


GOLDEN = [load(name) for name in ("dual-metro-exit", "lnt-load-point", "tunion-bus-board")]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(GOLDEN), st.data(), OPTIONS, st.sampled_from(["", "20260228"]))
def test_a_real_trace_and_answers_gone_wrong(
    trace: Trace, data: st.DataObject, options: ReplayOptions, dates: str
) -> None:
    """Answers of the trace with bytes altered, cut or replaced, from some point on."""
    recorded = [e.response for e in trace.exchanges if e.channel == "card"]
    at = data.draw(st.integers(0, len(recorded) - 1))
    good = recorded[at]
    cut = data.draw(st.integers(0, len(good)))
    bad = data.draw(st.sampled_from([good[:cut], good + b"\0", good[:cut] + b"\x90\x00", b""]))
    replies = [b"\x3b\x00", *recorded[:at], bad, *recorded[at + 1 :]]
    finish(Replay(trace, replace(options, dates=dates)), replies)


def finish(engine: Replay, replies: list[bytes]) -> None:
    left = iter(replies)
    steps = engine.run()
    count = 0
    try:
        next(steps)
        while True:
            count += 1
            assert count < 2000
            steps.send(next(left, b""))
    except StopIteration:
        pass
    result = engine.result()
    assert isinstance(result.to_json(), dict)
    assert result.same == (not result.differences)
