"""A look at a card of which nothing is stated yet: what it shows fills a form.

Read-only: every application by name, its files, logs and balances, and what PPSE hides. With
permission also what only writing shows: the PIN, a transaction of each kind for one fen and what
it leaves in the log, EF 15 and 16 written with what they hold, EXTERNAL AUTHENTICATE. A key or a
PIN that proves wrong is not tried again.
"""

from __future__ import annotations

import contextlib
from typing import Final

from ykt_conformance.cases.case import CardCase
from ykt_conformance.cases.words import flows
from ykt_conformance.cases.words.record import Flow, Stimulus
from ykt_conformance.drive import commands as c
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.steps import Impossible, PowerCycle, Send
from ykt_conformance.ics.form import IcsFile, build, read, render
from ykt_conformance.ics.observe import draft
from ykt_conformance.judge.keys import LEARN_FROM, learn
from ykt_conformance.judge.view import View
from ykt_conformance.run.card import Drive
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import CardTarget
from ykt_sim.codes import (
    AID_LNT_BASIC,
    AID_LNT_MIFARE,
    AID_PPSE,
    AID_TUNION_EC,
    COMPOSITE,
    INS,
    LNT,
    LOAD,
    OVERDRAFT,
    PURCHASE,
    TUNION,
    UNLOAD,
    Standard,
)
from ykt_sim.trace.model import Header, Trace
from ykt_sim.wire.applications import LntFile

#: Records of a log that are read at most; more are not claimed by any known card.
_MOST_RECORDS: Final = 64
_LIMIT: Final = 100


def survey(target: CardTarget, plan: RunPlan[CardCase], *, writes: bool) -> Trace:
    """Look at a card, and give the recording for `ics.observe.draft`.

    Args:
        target: the card.
        plan: keys, limits and clock; its cases and its ICS are not asked.
        writes: transactions and updates may be made as well.

    Raises:
        LinkError: the card cannot be reached.
    """
    link = target.open(plan.seed)
    drive = Drive(link, plan)
    try:
        drive.power_on()
        for look in (_wallet, _purse, _directory):
            _play(drive, plan, plan.ics, look)
        for standard in Standard if writes else ():
            for made in _WRITING:
                form = _drafted(drive)
                if form.values[standard]["claimed"]:
                    _play(drive, plan, form, made(standard))
    finally:
        link.close()
    header = Header(created=plan.now(), source="ykt conform ics draft", card=target.name)
    return Trace(header=header, events=tuple(drive.events))


def _drafted(drive: Drive) -> IcsFile:
    """What was seen until now, with everything claimed that is to be tried."""
    seen = read(draft(Trace(header=Header(), events=tuple(drive.events))), "seen").values
    tried = {"pin": True, "load": True, "unload": True, "overdraft": True}
    tree = {
        name: {key: value for key, value in section.items() if key != "claimed"}
        for name, section in seen.items()
        if isinstance(section, dict | type(seen)) and name not in ("about", "clauses")
    }
    for name in Standard:
        tree[name] |= tried
    return read(render(build(tree, "card")), "seen")


def _play(drive: Drive, plan: RunPlan[CardCase], form: IcsFile, stimulus: Stimulus) -> None:
    """One flow from a reset to its end, or to where the card lets it go no further."""
    keys = plan.ring()
    bench = CardBench(form.values, keys, plan.rng("survey"), test_keys=plan.test_keys)
    flow = stimulus(bench)
    drive.step(PowerCycle())
    with contextlib.suppress(Impossible, StopIteration):
        step = next(flow)
        while True:
            answer = drive.step(step)
            if isinstance(step, Send) and step.command[1] in LEARN_FROM:
                learn(keys, View(drive.since_select(), form.values).card)
            step = flow.send(answer)


# -- reading -------------------------------------------------------------------------------


def _logged(sfi: int) -> Flow[None]:
    for number in range(1, _MOST_RECORDS + 1):
        answer = yield Send(c.read_record(number, sfi))
        if not answer.ok:
            return


def _amounts() -> Flow[None]:
    for p1 in range(6):
        yield Send(c.balance(p1, 0x10 if p1 == 5 else 0x04))


def _wallet(_bench: CardBench) -> Flow[None]:
    """Lingnan Tong before any PPSE: it may hide behind one until the next reset."""
    answer = yield Send(c.select(AID_LNT_BASIC))
    if answer.ok:
        yield Send(c.read_binary(LntFile.APPLICATION))
        yield Send(c.read_record_id(0x18, LntFile.STATISTICS))
    answer = yield Send(c.select(c.PURSE_AID[LNT]))
    if answer.ok:
        yield from _amounts()
        yield from _logged(c.LOG)
    yield Send(c.select(AID_LNT_MIFARE))


def _purse(_bench: CardBench) -> Flow[None]:
    answer = yield Send(c.select(c.PURSE_AID[TUNION]))
    if not answer.ok:
        return
    for sfi in (c.APPLICATION, c.CARDHOLDER, c.CARD_INFO):
        yield Send(c.read_binary(sfi))
    yield from _amounts()
    yield from _logged(c.LOG)
    yield from _logged(c.TRIPS)
    yield Send(c.read_record(1, c.PRIVATE))
    yield Send(c.read_record_id(c.RAIL, c.INDUSTRY))


def _directory(_bench: CardBench) -> Flow[None]:
    """PPSE, the e-cash, and whether the wallet hides now."""
    yield Send(c.select(AID_PPSE))
    yield Send(c.select(AID_TUNION_EC))
    yield Send(c.select(AID_LNT_BASIC))
    yield Send(c.select(c.PURSE_AID[LNT]))


# -- writing -------------------------------------------------------------------------------


def _asked(standard: str) -> Stimulus:
    """INITIALIZE with the host of nothing, without a PIN."""

    def flow(_bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        for operation in (LOAD, UNLOAD, OVERDRAFT):
            yield from flows.count(standard, operation)

    return flow


def _shown(standard: str) -> Stimulus:
    """The PIN, filled in each way, until one is wrong."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        pin = bench.pin(standard)
        if pin is None:
            return
        for shape in dict.fromkeys((pin, pin.ljust(6, b"\xff"), pin.ljust(8, b"\xff"))):
            answer = yield Send(c.verify(shape))
            if answer.sw & 0xFFF0 == 0x63C0:
                return

    return flow


def _moved(standard: str) -> Stimulus:
    """Loads three fen, spends one in each way and unloads the third."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        yield from flows.done(bench, standard, LOAD, 3)
        for operation in (PURCHASE, COMPOSITE, UNLOAD):
            with contextlib.suppress(Impossible):
                yield from flows.done(bench, standard, operation, 1)
        for other in Standard:  # whether the other balance moved as well
            if bench.ics[other]["claimed"]:
                yield from flows.enter(other)
                yield from flows.available(bench)

    return flow


def _overdrawn(standard: str) -> Stimulus:
    """Sets a limit a little higher, reads its line of the log, and sets it back."""

    def flow(bench: CardBench) -> Flow[None]:
        yield from flows.enter(standard)
        begun = yield from flows.begin(bench, standard, OVERDRAFT)
        old = int(getattr(begun.answer, "overdraft_limit", 0))
        for limit in (old + _LIMIT, old + 3 * _LIMIT, old):
            yield from flows.done(bench, standard, OVERDRAFT, limit=limit)
            yield Send(c.read_record(1, c.LOG))

    return flow


def _written(standard: str) -> Stimulus:
    """EXTERNAL AUTHENTICATE; where its key is right, records and files are written as they are."""

    def flow(bench: CardBench) -> Flow[None]:
        if standard == LNT:
            yield from flows.enter(LNT)
            yield from flows.must(c.select(AID_LNT_BASIC), "SELECT PAY.APPY")
        else:
            yield from flows.enter(TUNION)
        answer = yield from flows.authenticate(bench, standard)
        if not answer.ok:
            return
        if standard == TUNION:
            record = yield Send(c.read_record(1, c.INDUSTRY))
            if record.ok:
                yield Send(c.update_record(1, c.INDUSTRY, record.data))
        for sfi in (c.APPLICATION, c.CARDHOLDER) if standard == TUNION else (c.APPLICATION,):
            held = yield Send(c.read_binary(sfi))
            if not held.ok:
                continue
            head = bytes((0x04, INS.UPDATE_BINARY, c.by_sfi(sfi), 0x00))
            command = yield from flows.protected(bench, standard, head, held.data[:1])
            answer = yield Send(command)
            if not answer.ok:
                return

    return flow


_WRITING: Final = (_asked, _shown, _moved, _overdrawn, _written)
