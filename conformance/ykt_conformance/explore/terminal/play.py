"""Plays a scene at a terminal and judges what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from ykt_conformance.drive.issue import TestCard
from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import Mutation, TerminalBench
from ykt_conformance.explore.terminal import scene
from ykt_conformance.model import Psam
from ykt_sim.codes import AID_PPSE, AID_TUNION_EC, LNT, TUNION
from ykt_sim.meaning.duty import Duty, Finding, Terms, visits
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Note


class Met(msgspec.Struct, frozen=True):
    """One tap: its step, what was due, and what the terminal said."""

    step: str
    due: str
    came: str


class Played(msgspec.Struct, frozen=True):
    """A scene that was played.

    Attributes:
        findings: against the terminal, in order.
        met: its taps.
        events: the recording.
        unsure: why taps were not held to one way, with how often.
        left: steps that this terminal could not be given, with why.
    """

    findings: tuple[Finding, ...]
    met: tuple[Met, ...]
    events: tuple[Event, ...]
    unsure: Counter[str]
    left: tuple[str, ...]

    def first(self, passed: frozenset[str]) -> Finding | None:
        """The first finding whose rule is not passed over."""
        return next((one for one in self.findings if one.rule.id not in passed), None)


def play(bench: TerminalBench, steps: Iterable[str], ring: KeyRing) -> Played:
    """Play a scene at a terminal that has just begun.

    Raises:
        LinkError: the terminal is lost.
        LimitError: it took too much.
        UsageError: a step that does not fit.
    """
    cards: dict[str, TestCard] = {}
    tapped: list[str] = []
    left: list[str] = []
    for text in steps:
        step = scene.read_step(text)
        name = step.words[0]
        try:
            if step.verb == "card":
                cards[name] = _made(bench, step)
            elif name not in cards:
                continue  # its card was left out
            elif step.verb == "elsewhere":
                bench.elsewhere(cards[name], step.words[1], bench.fare(step.words[1]))
            else:
                _tap(bench, cards[name], step)
                tapped.append(text)
        except Impossible as error:
            left.append(f"{text}: {error}")
    return _judged(bench, tapped, ring, tuple(left))


def _judged(
    bench: TerminalBench, tapped: list[str], ring: KeyRing, left: tuple[str, ...]
) -> Played:
    duty = Duty(Terms.of(bench.ics), ring)
    findings: list[Finding] = []
    met: list[Met] = []
    for text, visit in zip(tapped, visits(bench.events), strict=True):
        findings += duty.judge(visit)
        said = visit.decision or {}
        came = " ".join(filter(None, (str(said.get("outcome", "")), str(said.get("code") or ""))))
        met.append(Met(text, duty.meant, came or "nothing said"))
    findings += _of_psam(bench, ring)
    return Played(tuple(findings), tuple(met), tuple(bench.events), duty.unsure, left)


def _of_psam(bench: TerminalBench, ring: KeyRing) -> Iterator[Finding]:
    """What the model of a PSAM says of its exchanges, where they were seen."""
    psam, tap = Psam.of(bench.ics, ring), 0
    for index, event in enumerate(bench.events):
        if isinstance(event, Note):
            tap += event.text == "tap"
        elif event.channel == "sam":
            for one in psam.take(event):
                yield Finding(one.rule, tap, one.why, one.expected, one.received, index)


def _made(bench: TerminalBench, step: scene.Step) -> TestCard:
    card = bench.card(step.words[1], **scene.wishes(bench, step))
    bench.note("issued", {"card": card.name, **_who(card)})
    return card


def _who(card: TestCard) -> dict[str, object]:
    """What a card was made as, in the words of `ykt_sim.meaning.duty.Who`."""
    identity, view = card.identity, card.link.facts()
    folders: list[Mapping[str, Any]] = view["directories"]
    names = {folder["name"].upper() for folder in folders}
    ceilings = [purse["ceiling"] for folder in folders for purse in folder["purses"]]
    kinds = {TUNION.value: (TUNION,), LNT.value: (LNT,), "dual": (TUNION, LNT)}
    ef17 = any(
        file["fid"] == "0017"
        for folder in folders
        if folder["standard"] == TUNION
        for file in folder["files"]
    )
    return {
        "standards": [one.value for one in kinds.get(card.spec.kind, ())],
        "pan": identity.pan,
        "number": identity.lnt_number,
        "issuer": identity.issuer,
        "iin": identity.pan[:8],
        "dates": {
            TUNION.value: [identity.start, identity.expiry],
            LNT.value: [identity.lnt_issue, identity.lnt_expiry],
        },
        "flag": identity.interoperability,
        "ef17": ef17,
        "ecash": AID_TUNION_EC.hex().upper() in names,
        "ppse": AID_PPSE.hex().upper() in names,
        "blocked": card.spec.blocked,
        "ceiling": min(ceilings, default=0),
        "shared": card.spec.shared,
        "tells_overdraft": not card.spec.actual_first,
    }


def _tap(bench: TerminalBench, card: TestCard, step: scene.Step) -> None:
    mutate = scene.mutation(step)
    hit: list[bool] = []
    bench.tap(
        card,
        "explored",
        mutate=None if mutate is None else _watched(mutate, hit),
        removal=scene.removal(step),
        amount=scene.load_amount(bench, step),
        title=" ".join((step.verb, *step.words)),
    )
    if mutate is not None and (not hit or step.options["hear"] in scene.DIALECTS):
        bench.note("heard true", {"card": card.name})


def _watched(mutate: Mutation, hit: list[bool]) -> Mutation:
    """The same, and it is noted when it changes anything."""

    def answer(command: bytes, true: bytes) -> bytes:
        changed = mutate.answer(command, true)
        if changed != true:
            hit.append(True)
        return changed

    return msgspec.structs.replace(mutate, answer=answer)
