"""What is told of learning a card, in lines and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from ykt_conformance.explore import Explored, ExplorePlan, recording, redactor, withheld
from ykt_conformance.explore.run import divergence_document
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.learn.run import Difference, Learned, Learnt
from ykt_sim.trace.model import Event, Header, Trace

#: Gives the line that plays a difference again.
Again = Callable[[Explored], str]


def hidden(
    learnt: Learnt, plan: ExplorePlan, numbers: Iterable[str], *, unmask: bool
) -> tuple[Learnt, Redactor]:
    """What was learnt without the cardholder and an owner's PINs, and what hides card numbers.

    Args:
        learnt: as it came.
        plan: form and keys.
        numbers: card numbers that the user has named.
        unmask: card numbers are shown whole.
    """
    header = Header(created="", source="ykt conform learn", card=learnt.target)
    events: list[Event] = []
    told: list[Difference] = []
    for one in learnt.differences:
        trace = recording(one.found, plan, created="")
        events += trace.events
        found, _ = withheld(one.found, trace, plan)
        told.append(replace(one, found=found))
    hide = redactor(Trace(header=header, events=tuple(_timed(events))), plan, numbers,
                    unmask=unmask)  # fmt: skip
    return replace(learnt, differences=tuple(told)), hide


def _timed(events: Iterable[Event]) -> Iterator[Event]:
    """Recordings behind each other, their events numbered through."""
    for number, event in enumerate(events):
        yield replace(event, t=number)


def document(learnt: Learnt, again: Again) -> dict[str, Any]:
    """As plain data."""
    return {
        "target": learnt.target,
        "seed": learnt.seed,
        "seconds": round(learnt.seconds, 3),
        "exchanges": learnt.exchanges,
        "gentle": learnt.gentle,
        "machines": [_machine_document(one) for one in learnt.machines],
        "differences": [_difference_document(one, again) for one in learnt.differences],
    }


def _machine_document(one: Learned) -> dict[str, Any]:
    machine = one.machine
    states = []
    for state, access in enumerate(machine.access if machine is not None else ()):
        expected = one.expected[state] if state < len(one.expected) else {}
        moves = [
            {"letter": letter, "output": move.output, "target": move.target,
             "allowed": expected.get(letter, "")}
            for letter, move in (machine.moves[state].items() if machine is not None else ())
        ]  # fmt: skip
        label = one.labels[state] if state < len(one.labels) else ""
        states.append({"state": state, "label": label, "access": list(access), "moves": moves})
    return {
        "name": one.subject.name,
        "before": list(one.subject.before),
        "letters": list(one.subject.letters),
        "states": states,
        "words": one.queries,
        "exchanges": one.exchanges,
        "seconds": round(one.seconds, 3),
        "machines_tried": one.rounds,
        "w_method_extra_states": one.sure if one.sure >= 0 else None,
        "random_words": one.walked,
        "separating": [list(word) for word in machine.separating] if machine is not None else [],
        "never_9000": list(one.unheard()),
        "ended_early": one.ended,
    }


def _difference_document(one: Difference, again: Again) -> dict[str, Any]:
    found = one.found
    return {
        "letter": one.letter,
        "places": {name: list(states) for name, states in one.places.items()},
        "divergence": divergence_document(found.divergence) if found.divergence else None,
        "steps": list(found.steps),
        "shrunk": found.shrunk,
        "said": found.document()["said"],
        "replay": again(found),
    }


def lines(learnt: Learnt, again: Again) -> Iterator[str]:
    """What people read."""
    if learnt.gentle:
        yield (
            f"{learnt.target} is not known to be a new card at each start: power is cut between "
            "words, and nothing is tried that lasts (--fresh says otherwise)"
        )
    for machine in learnt.machines:
        yield from _machine_lines(machine)
    for number, one in enumerate(learnt.differences, 1):
        yield from _difference_lines(number, one, again)
    count = len(learnt.differences)
    told = f"{count} differences" if count != 1 else "1 difference"
    yield (
        f"{learnt.target}: {told if count else 'no difference'} in {len(learnt.machines)} "
        f"machines, {learnt.exchanges} exchanges, {learnt.seconds:.1f} s, seed {learnt.seed}"
    )


def _machine_lines(one: Learned) -> Iterator[str]:
    size = len(one.machine.access) if one.machine is not None else 0
    states = f"{size} state" + ("" if size == 1 else "s")
    yield f"{one.subject.name}: {states}, {one.queries} words, {one.exchanges} exchanges"
    yield f"    {how_sure(one)}"
    if unheard := one.unheard():
        yield f"    never answered 9000: {', '.join(unheard)}"


def how_sure(one: Learned) -> str:
    """What speaks for a machine, and what was not done."""
    if one.ended:
        behind = "; the machine is the last guess" if one.machine is not None else ""
        return f"not complete: {one.ended}{behind}"
    more = f"at most {one.sure} states more" if one.sure else "no more states"
    told = f"W-method through: complete if it has {more}"
    if one.walked:
        share = 300 / one.walked
        told += (
            f"; {one.walked} random words beyond (95 %: fewer than {share:.2g} % of such "
            "end otherwise)"
        )
    return told


def _difference_lines(number: int, one: Difference, again: Again) -> Iterator[str]:
    found, rule = one.found.divergence, one.rule
    yield f"{number}. {rule}"
    places = "; ".join(
        f"{name} {', '.join(map(str, states))}" for name, states in one.places.items() if states
    )
    yield f"    {one.letter} in states: {places or 'before the first'}"
    for said in one.found.said:
        sent = said.command.hex().upper() or "reset"
        yield f"    {said.step:32} {sent} -> {said.answer.hex().upper() or '-'}"
    if found is not None:
        yield f"    expected  {found.expected}"
        yield f"    received  {found.received}: {found.why}"
    yield f"    again: {again(one.found)}"
