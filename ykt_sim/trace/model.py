"""The events of a trace. Times are seconds since the trace began; bytes are bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec

#: Version of the JSON Lines format that this package writes.
VERSION = 1

Channel = Literal["card", "sam"]


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line of a trace.

    Attributes:
        version: version of the file format.
        created: ISO time of the recording, empty when unknown.
        source: what recorded it, e.g. a program, a reader, a publication.
        card: which card, in words or a profile name.
        terminal: which terminal, in words or a profile name.
        seed: seed of the randoms of a simulated run, None for a real one.
        provenance: where the bytes come from, and what in them is reconstructed.
    """

    version: int = VERSION
    created: str = ""
    source: str = ""
    card: str = ""
    terminal: str = ""
    seed: int | None = None
    provenance: str = ""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One command and its answer.

    Attributes:
        t: seconds since the trace began, when the command was sent.
        channel: who was asked, ``card`` or ``sam``.
        command: command APDU.
        response: answer with its status word; empty when none came.
        duration_ms: milliseconds until the answer, None when not measured.
    """

    t: float
    channel: Channel
    command: bytes
    response: bytes
    duration_ms: float | None = None


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """Power came on; the ATR (or what a reader makes of an ATS) was ``atr``."""

    t: float
    channel: Channel
    atr: bytes


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """The card left the field, or the SAM lost power."""

    t: float
    channel: Channel


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is no APDU: a terminal's decision, a clearing record, a remark."""

    t: float
    text: str
    data: dict[str, object] = msgspec.field(default_factory=dict)


Event = Exchange | Reset | Removed | Note


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A whole recording in memory."""

    header: Header
    events: tuple[Event, ...] = ()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Only the exchanges, in order."""
        return tuple(event for event in self.events if isinstance(event, Exchange))


class Recorded(Protocol):
    """A recording that is gone through event by event: a `Trace`, or one kept in a file."""

    @property
    def header(self) -> Header:
        """What is known of it."""

    @property
    def events(self) -> Iterable[Event]:
        """All events; can be gone through any number of times."""

    @property
    def exchanges(self) -> Iterable[Exchange]:
        """Only the exchanges, in order."""
