"""The story that heads a case: the words of `trace show`, with the run's keys."""

from __future__ import annotations

from msgspec.structs import replace

from tests.trace.corpus import load
from ykt_conformance.judge.story import story_of
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.trace.model import Trace

RIDE = load("tunion-bus-tunion")


def test_it_is_the_story_of_trace_show() -> None:
    tale = Tale(RIDE.header)
    for item in check(RIDE, KeyRing(), published=True, explained=True):
        tale.take(item)
    assert story_of(RIDE, KeyRing()) == tell(tale, keyed=True).lines


def test_without_keys_no_code_is_judged_and_with_them_the_ring_stays_as_it_was() -> None:
    ring = KeyRing()
    said = " ".join(line.said.en for line in story_of(RIDE, ring))
    assert "codes: 5 right, 0 wrong" in said
    assert ring.get("tunion", "purchase") is None
    said = " ".join(line.said.en for line in story_of(RIDE, KeyRing(test_keys=False)))
    assert "codes:" not in said


def test_nothing_exchanged_is_no_story() -> None:
    assert story_of(replace(RIDE, events=()), KeyRing()) == ()
    assert story_of(Trace(header=RIDE.header, events=RIDE.events[:1]), KeyRing()) == ()
