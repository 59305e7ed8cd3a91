"""Stories say what their traces show: who, what, what came of it, why."""

from __future__ import annotations

import msgspec
import pytest

from tests.trace.corpus import load
from ykt_conformance.judge.keys import KeyRing
from ykt_sim.meaning.cryptograms import check
from ykt_sim.meaning.story.lines import Result, StoryTold, tell
from ykt_sim.meaning.story.tale import Tale
from ykt_sim.trace.model import Exchange, Header, Note, Removed, Trace


def story(trace: Trace, *, keyed: bool = False) -> StoryTold:
    tale = Tale(trace.header)
    for item in check(trace, KeyRing() if keyed else None, published=True, explained=True):
        tale.take(item)
    return tell(tale, keyed=keyed)


def said(told: StoryTold) -> dict[str, str]:
    assert len(told.lines) <= 5
    return {line.name: line.said.en for line in told.lines}


def exchanges(*pairs: str, channel: str = "card") -> Trace:
    """A trace of ``COMMAND ANSWER`` in hex."""
    events = []
    for number, pair in enumerate(pairs):
        command, _, answer = pair.partition(" ")
        raw = bytes.fromhex(command), bytes.fromhex(answer)
        events.append(Exchange(t=number, channel=channel, command=raw[0], response=raw[1]))  # type: ignore[arg-type]
    return Trace(header=Header(), events=tuple(events))


def test_a_sound_tap_has_no_cause() -> None:
    told = story(load("tunion-bus-tunion"), keyed=True)
    lines = said(told)
    assert told.result is Result.DONE
    assert "number 3105170000000000001" in lines["card"]
    assert lines["done"].startswith("composite purchase of 1.60 yuan")
    assert lines["outcome"].startswith("accepted, committed; codes:")
    assert "0 wrong" in lines["outcome"]
    assert "cause" not in lines


def test_a_torn_tap_says_that_money_is_not_told() -> None:
    trace = load("tunion-bus-tunion")
    events = [event for event in trace.events if not isinstance(event, Note)]
    at = next(n for n, event in enumerate(events)
              if isinstance(event, Exchange) and event.command[:2] == b"\x80\x54")  # fmt: skip
    gone = msgspec.structs.replace(events[at], response=b"")  # type: ignore[type-var]
    cut = (*events[:at], gone, Removed(t=99, channel="card"))
    told = story(Trace(header=trace.header, events=cut))
    lines = said(told)
    assert told.result is Result.OPEN
    assert "whether money moved is not told" in lines["outcome"]
    assert "no answer" in lines["cause"]


def test_nothing_is_told_of_an_empty_trace() -> None:
    told = story(Trace(header=Header()))
    assert told.result is Result.NOTHING
    assert said(told)["done"] == "nothing: no exchange in this trace"


def test_selects_only_and_an_unknown_application() -> None:
    lines = said(story(exchanges("00A4040005F0010203 04".replace(" 04", "04") + " 9000")))
    assert lines["done"] == "1 SELECT, nothing else"
    assert "unknown application F001020304" in lines["card"]
    assert "no transaction begun" in lines["outcome"]


def test_a_psam_alone() -> None:
    lines = said(story(exchanges("00B0960006 4131000857699000", channel="sam")))
    assert lines["card"] == "none in this trace"
    assert "413100085769" in lines["terminal"]
    assert "to the PSAM, none to a card" in lines["done"]


@pytest.mark.parametrize(
    ("answer", "why"), [("9401", "9401"), ("6982", "no PIN was presented"), ("9403", "index")]
)
def test_a_refused_load_has_its_cause(answer: str, why: str) -> None:
    told = story(exchanges(
        "00A4040008A000000632010105 9000", f"805000020B0100000064112233445566 {answer}",
    ))  # fmt: skip
    lines = said(told)
    assert told.result is Result.REFUSED
    assert "INITIALIZE refused" in lines["outcome"]
    assert why in lines["cause"]


def test_of_several_transactions_those_that_came_to_nothing_say_so() -> None:
    done = said(story(load("dual-load-point")))["done"]
    assert done == "load of 50.00 yuan (INITIALIZE refused), load of 50.00 yuan, VERIFY PIN"


def test_a_commit_without_its_beginning_is_said_to_be_one() -> None:
    sent = "805401000F0000000120241101080000DB7FBF7B08 FEDFEE7D11DB75F99000"
    lines = said(story(exchanges(sent)))
    assert lines["done"].startswith("debit without its INITIALIZE")
    assert lines["outcome"].startswith("committed")


def test_cards_that_tap_in_turn_are_counted() -> None:
    first, second = load("tunion-bus-tunion"), load("dual-bus-upgraded")
    events = (*first.events, *second.events) * 2
    lines = said(story(Trace(header=Header(), events=events)))
    assert lines["done"].startswith("4 taps of 2 cards")
    assert "2 card numbers" in lines["card"]


def test_a_wrong_pin_is_the_cause_and_not_that_it_was_wanted() -> None:
    trace = load("dual-load-point")
    at = next(n for n, event in enumerate(trace.events)
              if isinstance(event, Exchange) and event.command[1] == 0x20)  # fmt: skip
    wrong = msgspec.structs.replace(trace.events[at], response=b"\x63\xc2")  # type: ignore[call-arg]
    lines = said(story(Trace(header=trace.header, events=(*trace.events[:at], wrong))))
    assert lines["cause"].startswith("VERIFY PIN 63C2: VERIFY PIN was wrong, 2 tries are left")


def test_a_terminal_that_refuses_what_the_card_committed() -> None:
    trace = load("tunion-bus-tunion")
    events = [
        msgspec.structs.replace(event, data=event.data | {"outcome": "refused", "reason": "gate"})
        if isinstance(event, Note) and event.text == "decision" else event
        for event in trace.events
    ]  # fmt: skip
    told = story(Trace(header=trace.header, events=tuple(events)))
    assert told.result is Result.REFUSED
    outcome = said(told)["outcome"]
    assert outcome.startswith("refused, but the card committed the transaction; balance")


def test_the_psam_that_refuses_a_right_code_is_named() -> None:
    trace = load("tunion-bus-tunion")
    at = max(n for n, event in enumerate(trace.events)
             if isinstance(event, Exchange) and event.channel == "sam")  # fmt: skip
    no = msgspec.structs.replace(trace.events[at], response=b"\x93\x02")  # type: ignore[call-arg]
    cause = said(story(Trace(header=trace.header, events=(*trace.events[:at], no)), keyed=True))
    assert "right with these keys: the PSAM has another" in cause["cause"]


def test_a_file_read_to_its_end_went_well() -> None:
    opened = "00A4040008A000000632010105 9000"
    record = f"00B201C417 {'00' * 23}9000"
    lines = said(story(exchanges(opened, record, "00B202C417 6A83")))
    assert "cause" not in lines
    lines = said(story(exchanges(opened, "00B202C417 6A83")))
    assert lines["cause"].startswith("READ RECORD EF 18 record 2 6A83 record not found")
