"""The model goes along a recording: every exchange with card and PSAM is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ykt_conformance.judge.withhold import WITHHELD, left_out
from ykt_conformance.model.expect import Divergence
from ykt_conformance.model.model import Model
from ykt_conformance.model.psam import Psam
from ykt_conformance.model.worlds import Worlds
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


class Lane:
    """One side of a recording, card or PSAM, and the model that goes along it.

    Args:
        model: that judges.
        blank: parts of the recording were left out.

    Attributes:
        judged: exchanges for which a rule says what comes.
        not_stated: exchanges for which none does.
    """

    def __init__(self, model: Worlds[Any], *, blank: bool = False) -> None:
        self.judged = self.not_stated = 0
        self._model = model
        self._blank = blank
        self._begun = False
        self._asked, self._collected = b"", b""

    def gap(self) -> None:
        """Something of it is missing here."""
        self._asked = b""
        self._model.gap()

    def take(self, event: Event) -> list[Divergence]:
        """Judge an event of this side; what was announced and left behind was done all the same."""
        fetched = isinstance(event, Exchange) and _fetches(event)
        if self._asked and not fetched:
            self._model.observe(self._asked, b"")
            self._asked = b""
        if isinstance(event, Reset):
            self._begun = True
            return self._model.reset(event.atr)
        return self._heard(event) if isinstance(event, Exchange) else []

    def _heard(self, event: Exchange) -> list[Divergence]:
        model = self._model
        if not self._begun:
            model.gap()  # the recording begins in the middle
            self._begun = True
        command, answer = event.command, event.response
        if self._asked:
            command, answer = self._asked, self._collected + answer
        self._asked, self._collected = b"", b""
        if len(answer) == 1 or (self._blank and left_out(command)):
            model.gap()  # no status word, or bytes left out: nobody knows what was said
            return []
        if len(answer) >= 2 and answer[-2] == _MORE:
            self._asked, self._collected = command, answer[:-2]
            return []
        found = model.observe(command, answer)
        self.not_stated += model.last == "not stated"
        self.judged += model.last != "not stated"
        return found


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
    card = Lane(Model(form, keys, new=new, test_keys=test_keys), blank=blank)
    psam = Lane(Psam(form, keys))
    found: list[Divergence] = []
    for index, event in enumerate(events):
        if isinstance(event, Note):
            if event.text == BROKEN:
                card.gap()
                psam.gap()
            continue
        lane = psam if event.channel == "sam" else card
        found += [replace(one, event=index) for one in lane.take(event)]
    return Walked(tuple(found), card.judged + psam.judged, card.not_stated + psam.not_stated)


def _fetches(event: Exchange) -> bool:
    """GET RESPONSE that brought what was waiting."""
    return event.command[1:2] == bytes((INS.GET_RESPONSE,)) and len(event.response) > 1
