"""The model goes along a recording: every exchange with card and PSAM is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.judge.withhold import WITHHELD, left_out
from ykt_conformance.model.expect import Divergence
from ykt_conformance.model.model import Model
from ykt_conformance.model.psam import Psam
from ykt_sim.codes import INS
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.trace.readers.base import BROKEN

_MORE: Final = 0x61


class Walked(msgspec.Struct, frozen=True):
    """What a walk found.

    Attributes:
        divergences: answers that no rule allows, with their event.
        judged: exchanges for which a rule says what comes.
        not_stated: exchanges for which none does.
    """

    divergences: tuple[Divergence, ...]
    judged: int
    not_stated: int


def walk(
    events: Iterable[Event],
    form: Mapping[str, Any],
    keys: KeyRing,
    *,
    new: bool = False,
    test_keys: bool = True,
) -> Walked:
    """Judge every exchange with card and PSAM; the ring is the caller's to give away.

    What was left out of a recording is not judged, and nothing is known behind it.
    """
    events = tuple(events)
    blank = any(isinstance(event, Note) and event.text == WITHHELD for event in events)
    model = Model(form, keys, new=new, test_keys=test_keys)
    psam = Psam.of(form, keys)
    begun = False
    found: list[Divergence] = []
    judged = silent = 0
    asked, collected = b"", b""
    for index, event in enumerate(events):
        if isinstance(event, Note):
            if event.text == BROKEN:
                asked = b""
                model.gap()
            continue
        if event.channel == "sam":
            found += _at(psam.take(event), index)
            continue
        fetched = isinstance(event, Exchange) and _fetches(event)
        if asked and not fetched:
            model.observe(asked, b"")  # it was done, and its answer was left at the card
            asked = b""
        if isinstance(event, Reset):
            begun = True
            found += _at(model.reset(event.atr), index)
        elif isinstance(event, Exchange):
            if not begun:
                model.gap()  # the recording begins in the middle
                begun = True
            command, answer = event.command, event.response
            if asked:
                command, answer = asked, collected + answer
            asked, collected = b"", b""
            if len(answer) == 1 or (blank and left_out(command)):
                model.gap()  # no status word, or bytes left out: nobody knows what was said
                continue
            if len(answer) >= 2 and answer[-2] == _MORE:
                asked, collected = command, answer[:-2]
                continue
            found += _at(model.observe(command, answer), index)
            silent += model.last == "not stated"
            judged += model.last != "not stated"
    return Walked(tuple(found), judged + psam.judged, silent + psam.not_stated)


def _fetches(event: Exchange) -> bool:
    """GET RESPONSE that brought what was waiting."""
    return event.command[1:2] == bytes((INS.GET_RESPONSE,)) and len(event.response) > 1


def _at(divergences: Iterable[Divergence], index: int) -> list[Divergence]:
    return [msgspec.structs.replace(one, event=index) for one in divergences]
