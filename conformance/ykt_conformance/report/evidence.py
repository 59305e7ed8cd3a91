"""What a run rests on, written once and while the run goes on.

==================  ===============================================================
``trace.jsonl``     every recording, card numbers included, so that it can be judged
                    again; each behind a note with its name (`ykt_sim.trace.jsonl`).
                    What `judge.withhold` leaves out is noted in it
``trace.txt``       the same for the eye, with card numbers masked
``states.jsonl``    states of cards before and after cases, each different one once
``progress.jsonl``  what came of each case so far; not there once a run is complete
==================  ===============================================================

After each case all of it is handed to the disk, ``progress.jsonl`` last, so a run that ends early
can go on: what a line of it speaks of is there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, get_type_hints

import msgspec

from ykt_conformance.judge.results import CaseResult
from ykt_conformance.report.html.hiding import Hider
from ykt_conformance.report.recording import listing
from ykt_sim.meaning.understand import Understood, understand
from ykt_sim.trace.jsonl import event_line, header_line, recording_note
from ykt_sim.trace.model import Header, Trace

TRACE: Final = "trace.jsonl"
LISTING: Final = "trace.txt"
STATES: Final = "states.jsonl"
PROGRESS: Final = "progress.jsonl"
#: The files that are written while a run goes on.
GROWING: Final = (TRACE, LISTING, STATES, PROGRESS)
#: Seconds between two waits for the disk itself.
_PATIENCE: Final = 1.0

_encode: Final = msgspec.json.Encoder().encode


class Place(msgspec.Struct, frozen=True):
    """Where a recording stands in ``trace.jsonl``.

    Attributes:
        name: of the recording.
        first: its first event, counted from 0 behind the header line.
        count: of its events.
    """

    name: str
    first: int
    count: int


class Kept(msgspec.Struct, frozen=True):
    """A line of ``progress.jsonl``: one case.

    Attributes:
        result: without trace, states and events (`bare`).
        place: of its recording; None where there is none.
        states: numbers of the states before and after; None where they are not known.
        ends: bytes of the other files after this case.
    """

    result: msgspec.Raw
    place: Place | None
    states: tuple[int | None, int | None]
    ends: dict[str, int]


#: What of a result stands elsewhere.
_ELSEWHERE: Final = frozenset({"trace", "before", "after", "items"})


@cache
def _bare() -> type[msgspec.Struct]:
    """A result without what stands elsewhere."""
    hints = get_type_hints(CaseResult)
    fields = [(name, hints[name]) for name in CaseResult.__struct_fields__
              if name not in _ELSEWHERE]  # fmt: skip
    return msgspec.defstruct("Bare", fields, kw_only=True)


def bare(result: CaseResult) -> msgspec.Raw:
    """A result as JSON, without what stands elsewhere."""
    made = _bare()(**{name: getattr(result, name) for name in _bare().__struct_fields__})
    return msgspec.Raw(_encode(made))


def whole(line: msgspec.Raw, **elsewhere: Any) -> CaseResult:
    """The result that `bare` wrote, and what stands elsewhere; raises msgspec's errors."""
    made = msgspec.json.decode(line, type=_bare())
    return CaseResult(**msgspec.structs.asdict(made), **elsewhere)


@contextmanager
def named(folder: Path) -> Iterator[None]:
    """An OSError that names no file, as that of a full disk, names the folder."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(folder)) from None


class Evidence:
    """Writes what a run rests on.

    Attributes:
        places: of the recordings, in order.
        folder: where it lies.
        hider: has learnt from all recordings.
    """

    def __init__(self, folder: Path, *, unmasked: bool = False) -> None:
        self.folder = folder
        self.places: list[Place] = []
        self.hider = Hider(numbers=not unmasked)
        self._files: dict[str, BinaryIO] = {}
        self._ends: dict[str, int] = {}
        self._shared: Header | None = None
        self._events = 0
        self._by_trace: dict[int, Place] = {}
        self._states: dict[bytes, int] = {}
        self._synced = time.monotonic()

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def going_on(
        cls, folder: Path, results: Iterable[CaseResult], kept: Mapping[str, int], *,
        unmasked: bool = False,
    ) -> Evidence:  # fmt: skip
        """Go on with a run that ended early.

        Args:
            folder: where it lies.
            results: of the cases that were done, in the order in which they were.
            kept: bytes of each file that belong to them; what stands behind is taken off.
            unmasked: card numbers stay whole.
        """
        found = cls(folder, unmasked=unmasked)
        found._ends = dict(kept)
        for name in GROWING:
            if (folder / name).exists():
                os.truncate(folder / name, kept.get(name, 0))
        for result in results:
            for state in (result.before, result.after):
                if state is not None:
                    found._states.setdefault(_encode(state), len(found._states))
            if result.trace is not None:
                known = result.items or tuple(understand(result.trace))
                found.hider.learn_trace(result.trace, known)
                found._placed(result.id, result.trace, alone=False)
        return found

    # -- writing ---------------------------------------------------------------------------

    def begin(self, head: Mapping[str, Any]) -> None:
        """Say what is run, so that the run can go on."""
        with named(self.folder):
            self._write(PROGRESS, (_encode(head), b"\n"))
            self._hand_over()

    def add(self, result: CaseResult) -> None:
        """Take what came of a case, with its recording and its states."""
        with named(self.folder):
            self._add(result)

    def _add(self, result: CaseResult) -> None:
        place = None
        if result.trace is not None:
            place = self._by_trace.get(id(result.trace))
            place = place or self.record(result.id, result.trace, result.items)
        states = self._state(result.before), self._state(result.after)
        ends = self._ends | {name: file.tell() for name, file in self._files.items()}
        ends.pop(PROGRESS, None)
        self._flush(but=PROGRESS)
        self._write(PROGRESS, (_encode(Kept(bare(result), place, states, ends)), b"\n"))
        self._hand_over()

    def record(
        self,
        name: str,
        trace: Trace,
        items: Sequence[Understood] = (),
        *,
        alone: bool = False,
    ) -> Place:
        """Append a recording.

        Args:
            name: of the recording, one of its own.
            trace: what was recorded.
            items: its events, where they are understood already.
            alone: it is the only one of the run, so the file is an ordinary trace.
        """
        lines = [header_line(trace.header)] if self._shared is None else []
        place = self._placed(name, trace, alone=alone)
        if not alone and self._shared is not None:
            lines.append(event_line(recording_note(name, trace.header, self._shared)))
        lines += map(event_line, trace.events)
        self._write(TRACE, (f"{line}\n".encode() for line in lines))
        known = items or tuple(understand(trace))
        self.hider.learn_trace(trace, known)
        told = listing(trace, known, self.hider)
        head = () if alone else (f"== {name}\n".encode(),)
        self._write(LISTING, (*head, *(line.encode() for line in told)))
        return place

    def _placed(self, name: str, trace: Trace, *, alone: bool) -> Place:
        """Give the next place to a recording."""
        self._shared = self._shared or trace.header
        first = self._events + (not alone)  # its note stands before it
        place = Place(name, first, len(trace.events))
        self._events = first + place.count
        self.places.append(place)
        self._by_trace[id(trace)] = place
        return place

    def _state(self, state: Mapping[str, Any] | None) -> int | None:
        """Number of a state, written where it is new."""
        if state is None:
            return None
        line = _encode(state)
        number = self._states.get(line)
        if number is None:
            number = self._states[line] = len(self._states)
            self._write(STATES, (line, b"\n"))
        return number

    def _write(self, name: str, parts: Iterable[bytes]) -> None:
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = (self.folder / name).open("ab")
        file.write(b"".join(parts))

    def _hand_over(self) -> None:
        """To the system after each case, to the disk once a second."""
        self._flush()
        if time.monotonic() - self._synced >= _PATIENCE:
            for file in self._files.values():
                os.fsync(file.fileno())
            self._synced = time.monotonic()

    def _flush(self, *, but: str = "") -> None:
        for name, file in self._files.items():
            if name != but:
                file.flush()

    def close(self) -> None:
        """Nothing more comes."""
        with named(self.folder):
            for file in self._files.values():
                file.close()
        self._files.clear()

    # -- asking ----------------------------------------------------------------------------

    def of(self, result: CaseResult) -> dict[str, Any]:
        """Where recording and states of a case are, for its document."""
        place = None if result.trace is None else self._by_trace[id(result.trace)]
        return {
            "recording": None if place is None else place.name,
            "before": self._state(result.before),
            "after": self._state(result.after),
        }
