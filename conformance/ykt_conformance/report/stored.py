"""Reads the folder of a run: its results, its recordings, its forms, and what a broken run left.

Folders of version 1 are read too: there each case has a folder with its own trace.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

from ykt_conformance.judge.results import CaseResult
from ykt_conformance.report import results_json
from ykt_conformance.report.evidence import PROGRESS, STATES, TRACE, Kept, whole
from ykt_conformance.report.folder import ICS, RESULTS
from ykt_sim.errors import TraceError, UsageError
from ykt_sim.trace.model import Event, Header, Note, Trace
from ykt_sim.trace.readers import NATIVE, choose, header_of, read_as
from ykt_sim.trace.readers.base import HEADER, Source

_OLD: Final = 1
_ID: Final = re.compile("[A-Z]-[0-9]{4}")


class Case(msgspec.Struct, frozen=True):
    """A case in ``results.json``; names as there."""

    id: str
    verdict: str
    reason: str
    title: str = ""
    duration_s: float = 0.0
    event: int | None = None
    expected: str = ""
    received: str = ""
    recording: str | None = None
    folder: str | None = None
    found_in: str = ""


class Suite(msgspec.Struct, frozen=True):
    """Which suite judged."""

    version: str
    sha256: str


class Form(msgspec.Struct, frozen=True):
    """The form that was judged by."""

    name: str
    sha256: str
    values: dict[str, Any] = msgspec.field(default_factory=dict)


class Row(msgspec.Struct, frozen=True):
    """A recording in ``results.json``; names as there, ``form`` and ``verdicts`` count from 1."""

    name: str
    first: int
    count: int
    source: str = ""
    form: int = 1
    verdicts: int = 0


class Broken(msgspec.Struct, frozen=True):
    """An answer that the reference model does not allow."""

    rule: str
    level: str
    case: str = ""
    event: int | None = None


class Model(msgspec.Struct, frozen=True):
    """What the reference model said."""

    deviations: tuple[Broken, ...] = ()
    failed: str = ""


class Judging(msgspec.Struct, frozen=True):
    """What else the verdicts rest on."""

    fresh: bool = False
    ignored: tuple[str, ...] = ()


class Excluded(msgspec.Struct, frozen=True):
    """A case that was left out by declaration."""

    id: str
    because: str = ""
    need: str = ""


class Stated(msgspec.Struct, frozen=True):
    """The campaign file."""

    name: str
    sha256: str


class Results(msgspec.Struct, frozen=True):
    """``results.json``; names as there."""

    kind: str
    target: str
    suite: Suite
    ics: Form
    keys: str
    counts: dict[str, int]
    exit_code: int
    cases: tuple[Case, ...]
    seed: int | None = None
    started: str = ""
    duration_s: float = 0.0
    model: Model | None = None
    judging: Judging = msgspec.field(default_factory=Judging)
    excluded: tuple[Excluded, ...] = ()
    campaign: Stated | None = None
    recordings: tuple[Row, ...] = ()
    order: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def letters(self, row: Row) -> str:
        """First letters of a recording's verdicts, by `order`; empty where there are none."""
        return self.patterns[row.verdicts - 1] if 0 < row.verdicts <= len(self.patterns) else ""


class Stored(msgspec.Struct, frozen=True, dict=True):
    """The folder of a run.

    Attributes:
        folder: where it lies.
        version: of its results.
        results: what came of it.
    """

    folder: Path
    version: int
    results: Results

    @cached_property
    def recordings(self) -> Mapping[str, Trace]:
        """Every recording by its name, in order; raises TraceError for one that is damaged."""
        if self.version == _OLD:
            return dict(self._old())
        path = self.folder / TRACE
        if not self.results.recordings and not path.exists():
            return {}
        found = read_recordings(path)
        if len(found) == len(self.results.recordings) == 1:
            return {self.results.recordings[0].name: next(iter(found.values()))}
        return found

    def _old(self) -> Iterator[tuple[str, Trace]]:
        for case in self.results.cases:
            if case.folder is not None and _ID.fullmatch(case.id):
                (trace,) = read_recordings(self.folder / "cases" / case.id / TRACE).values()
                yield case.id, trace

    def recording_of(self, case: Case) -> str | None:
        """Name of the recording that a case rests on; None where it was not run."""
        if self.version == _OLD:
            return case.id if case.folder is not None and _ID.fullmatch(case.id) else None
        return case.recording

    def form(self, number: int = 1) -> str:
        """Text of a form, from 1; raises OSError."""
        name = ICS if number == 1 else f"ics-{number}.toml"
        return (self.folder / name).read_text("utf-8")


def load(folder: Path) -> Stored:
    """Read the results of a run's folder.

    Raises:
        UsageError: no results there, of a version nobody knows, or damaged.
    """
    path = folder / RESULTS
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: no regular file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{folder}: no {RESULTS}, so no folder of a run: {error.strerror}"
        ) from None
    try:
        head = msgspec.json.decode(data, type=dict[str, Any])
        version = head.get("version")
        if head.get("format") != results_json.FORMAT or not isinstance(version, int):
            raise UsageError(f'{path}: expected "format": "{results_json.FORMAT}" and a version')
        if not _OLD <= version <= results_json.VERSION:
            raise UsageError(
                f"{path}: version {version}; {_OLD} to {results_json.VERSION} can be read"
            )
        return Stored(folder, version, msgspec.convert(head, Results))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from None


def read_recordings(path: Path, size: int | None = None) -> dict[str, Trace]:
    """Every recording of a file by its name, damaged ones and empty ones too.

    Args:
        path: of the file.
        size: bytes of it that count; None for all.

    Raises:
        TraceError: it cannot be read.
    """
    headers: dict[str, Header] = {}
    events: dict[str, list[Event]] = {}
    try:
        with path.open("rb") as stream:
            whole = stream if size is None else io.BytesIO(stream.read(size))
            source = Source(whole, path.name)
            known = choose(source, NATIVE)
            for session, event in read_as(source, known):
                if session not in headers and isinstance(event, Note) and event.text == HEADER:
                    headers[session] = header_of(known, session, event.data)
                    events[session] = []
                else:
                    events[session].append(event)
    except OSError as error:
        raise TraceError(f"{path.name}: {error.strerror or error}") from None
    except TraceError as error:
        raise TraceError(f"{path.name}: {error}") from None
    return {
        name: Trace(header=header, events=tuple(events[name])) for name, header in headers.items()
    }


# -- runs that ended early -----------------------------------------------------------------


class Begun(msgspec.Struct, frozen=True):
    """What a run that ended early was; the first line of ``progress.jsonl``."""

    kind: str
    target: str
    suite_sha256: str
    ics_sha256: str
    keys: str
    seed: int
    cases: tuple[str, ...]
    excluded: dict[str, str] = msgspec.field(default_factory=dict)
    campaign_sha256: str = ""
    thorough: bool = False
    ignored: tuple[str, ...] = ()
    unmask: bool = False


class Left(msgspec.Struct, frozen=True):
    """What a run that ended early left.

    Attributes:
        begun: what was run.
        results: what came of the cases that were done.
        ends: bytes of each file that belong to them.
    """

    begun: Begun
    results: tuple[CaseResult, ...]
    ends: Mapping[str, int]


def left(folder: Path) -> Left:
    """Read what a run that ended early left; what stands behind the last whole case is not used.

    Raises:
        UsageError: nothing there, or it cannot be used.
    """
    path = folder / PROGRESS
    try:
        first, *lines = path.read_bytes().split(b"\n")
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"{folder}: no run that ended early: {PROGRESS}: {why}") from None
    try:
        begun = msgspec.json.decode(first, type=Begun)
        kept: list[Kept] = []
        at = len(first) + 1
        for line in lines[:-1]:  # behind the last line end is a line that was cut
            kept.append(msgspec.json.decode(line, type=Kept))
            at += len(line) + 1
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from None
    ends = dict(kept[-1].ends) if kept else {}
    for name, size in ends.items():
        if (folder / name).stat().st_size < size:
            raise UsageError(f"{folder / name}: shorter than {PROGRESS} says")
    try:
        results = tuple(_results(folder, kept, ends))
    except (ValueError, RecursionError, LookupError) as error:
        raise UsageError(f"{folder}: what is left of the run is damaged: {error}") from None
    return Left(begun, results, ends | {PROGRESS: at})


def _results(folder: Path, kept: list[Kept], ends: Mapping[str, int]) -> Iterator[CaseResult]:
    """The results with their recordings and states."""
    traces = read_recordings(folder / TRACE, ends[TRACE]) if TRACE in ends else {}
    states: list[dict[str, Any]] = []
    if STATES in ends:
        lines = (folder / STATES).read_bytes()[: ends[STATES]].splitlines()
        states = [msgspec.json.decode(line) for line in lines]
    for one in kept:
        before, after = (None if number is None else states[number] for number in one.states)
        trace = None if one.place is None else traces[one.place.name]
        yield whole(one.result, trace=trace, before=before, after=after)
