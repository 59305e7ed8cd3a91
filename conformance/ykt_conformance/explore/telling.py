"""What is told of an exploration: without card numbers, keys, persons and an owner's PINs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from ykt_conformance.drive.pins import NEARLY
from ykt_conformance.explore.play import Said
from ykt_conformance.explore.run import Explored, ExplorePlan
from ykt_conformance.explore.words import Grammar
from ykt_conformance.judge.judging import TEST_KEYS
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.view import View
from ykt_conformance.judge.withhold import holders, withhold
from ykt_sim.codes import INS
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Event, Exchange, Header, Reset, Trace

_SETS: Final = ("change", "reload", "unlock")
_SECRET: Final = (INS.VERIFY, INS.CHANGE_PIN, INS.PIN_UNBLOCK)
#: Hex digits of a command in front of its data.
_HEAD: Final = 10


def recording(found: Explored, plan: ExplorePlan, *, created: str) -> Trace:
    """What was said as a recording, as far as it was kept.

    Where not all was, it begins with the first reset: nobody can say what was selected before.
    """
    keys = TEST_KEYS if plan.test_keys else "a key file of the owner's"
    header = Header(
        created=created,
        source="ykt conform explore",
        card=found.target,
        seed=found.seed,
        provenance=f"exploration; keys: {keys}",
    )
    return Trace(header=header, events=tuple(_from_reset(found) if found.dropped else found.events))


def _from_reset(found: Explored) -> Iterable[Event]:
    events = found.events
    starts = (at for at, event in enumerate(events) if isinstance(event, Reset))
    return events[next(starts, len(events)) :]


def redactor(trace: Trace, plan: ExplorePlan, numbers: Iterable[str], *, unmask: bool) -> Redactor:
    """Knows what has to be hidden of a recording.

    Args:
        trace: as recorded.
        plan: form and keys of the exploration.
        numbers: card numbers that the user has named.
        unmask: card numbers are shown whole.
    """
    found = Redactor(numbers=not unmask)
    view = View(trace.events, plan.form)
    ring = plan.ring()
    learn(ring, view.calls)
    found.learn_trace(trace.header, understand(trace), ring)
    found.learn_holders(holders(view))
    for number in filter(str.isdecimal, numbers):
        found.learn_pan(number)
        found.learn_lnt(number)
    return found


def withheld(found: Explored, trace: Trace, plan: ExplorePlan) -> tuple[Explored, Trace]:
    """The exploration and its recording without the cardholder and without an owner's PINs."""
    pins, grammar = not plan.test_keys, plan.subject.grammar
    stored = withhold(trace, pins=pins)
    before, after = (_commands(one.events) for one in (trace, stored))
    # What was said and the recording end together; a reset says nothing by itself.
    heard = after[::-1]
    said: list[Said] = []
    for one in reversed(found.said):
        if not one.command:
            said.append(replace(one, step=_step(grammar, found, one.step, pins=pins)))
            continue
        if not heard:
            break
        event, heard = heard[0], heard[1:]
        said.append(Said(_step(grammar, found, one.step, pins=pins), event.command, event.response))
    divergence = found.divergence
    if divergence is not None and before and divergence.command == before[-1].command:
        divergence = replace(divergence, command=after[-1].command)
    steps = tuple(_step(grammar, found, step, pins=pins) for step in found.steps)
    return replace(found, said=tuple(said[::-1]), divergence=divergence, steps=steps), stored


def _commands(events: Iterable[Event]) -> list[Exchange]:
    return [event for event in events if isinstance(event, Exchange)]


def _step(grammar: Grammar, found: Explored, text: str, *, pins: bool) -> str:
    """A step without the PIN in it; those that were drawn hold none of an owner's."""
    if not (pins and found.given):
        return text
    step = grammar.read(text)
    words = text.split()
    for at, word in enumerate(words):
        if word.startswith("pin=") and word.removeprefix("pin=") not in NEARLY:
            words[at] = "pin=" + "0" * len(word.removeprefix("pin="))
        elif word in step.words and step.verb in _SETS:
            words[at] = "0" * len(word)
        elif word in step.words and step.verb == "send" and _is_secret(word):
            words[at] = word[:_HEAD] + "0" * len(word[_HEAD:])
    return " ".join(words)


def _is_secret(command: str) -> bool:
    return bytes.fromhex(command)[1:2] in [bytes((ins,)) for ins in _SECRET]
