"""The story that heads a case: the words of `trace show`, with the run's keys."""

from __future__ import annotations

from msgspec.structs import replace

from tests.trace.corpus import load
from ykt_conformance.judge.story import driven, story_of
from ykt_conformance.judge.verdict import Fault
from ykt_sim.codes import INS
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import Line, tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Exchange, Trace

RIDE = load("tunion-bus-tunion")


def told(trace: Trace, keys: KeyRing, *, explained: bool = True) -> tuple[Line, ...]:
    return story_of(trace.header, understand(trace), keys, explained=explained)


def test_it_is_the_story_of_trace_show() -> None:
    tale = Tale(RIDE.header)
    for item in check(RIDE, KeyRing(), published=True, explained=True):
        tale.take(item)
    assert told(RIDE, KeyRing()) == tell(tale, keyed=True).lines


def test_without_keys_no_code_is_judged_and_with_them_the_ring_stays_as_it_was() -> None:
    ring = KeyRing()
    said = " ".join(line.said.en for line in told(RIDE, ring))
    assert "codes: 5 right, 0 wrong" in said
    assert ring.get("tunion", "purchase") is None
    said = " ".join(line.said.en for line in told(RIDE, KeyRing(test_keys=False)))
    assert "codes:" not in said


def test_nothing_exchanged_is_no_story() -> None:
    assert told(replace(RIDE, events=()), KeyRing()) == ()
    assert told(Trace(header=RIDE.header, events=RIDE.events[:1]), KeyRing()) == ()


def test_why_a_code_is_wrong_is_told_where_it_is_asked() -> None:
    at, debit = next(
        (at, event) for at, event in enumerate(RIDE.events)
        if isinstance(event, Exchange) and event.command[1] == INS.DEBIT
    )  # fmt: skip
    last = debit.command[-2] ^ 0xFF
    wrong = replace(debit, command=debit.command[:-2] + bytes((last,)) + debit.command[-1:])
    trace = replace(RIDE, events=(*RIDE.events[:at], wrong, *RIDE.events[at + 1 :]))
    whole, short = told(trace, KeyRing()), told(trace, KeyRing(), explained=False)
    assert "MAC1" in str(whole)
    [cause] = [line.said for line in whole if line.name == "cause"]
    assert cause.zh.startswith("复合消费的 MAC1 错误："), cause.zh
    elsewhere = driven(whole, Fault("a balance", at + 1))
    assert elsewhere == driven(whole, None) == tuple(x for x in whole if x.name != "cause")
    assert driven(whole, Fault("DEBIT", at)) == whole
    assert len(str(short)) < len(str(whole))
