"""What a player of a trace has to say, and the words that tell it how to behave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ykt_sim.codes import INS
from ykt_sim.errors import UsageError, WireError
from ykt_sim.meaning.commands import file_reference
from ykt_sim.meaning.contents import selected_text
from ykt_sim.trace.model import Event, Exchange, Note, Trace
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import find

#: Words of `Manner.unknown`: by rule, the nearest answer, or the end.
RULE, NEAREST, STOP = "", "nearest", "stop"
#: Different commands that are remembered as not known.
MOST_UNKNOWN: Final = 1000
_HEADER: Final = 4


@dataclass
class Unknown:
    """A command that the trace did not know.

    Attributes:
        header: CLA INS P1 P2, hex; data may be a PIN and are not told.
        what: which command it is, and of which file.
        answer: status word that was given.
        why: what was not known, or what was expected.
        count: how often it came.
    """

    header: str
    what: str
    answer: str
    why: str
    count: int = 1

    def __str__(self) -> str:
        times = f", {self.count} times" if self.count > 1 else ""
        return f"{self.header} {self.what}: {self.why}; answered {self.answer}{times}"


@dataclass
class PlayReport:
    """What a player has to say afterwards.

    Attributes:
        commands: answered so far.
        unknown: what was not known, at most `MOST_UNKNOWN` different ones.
        warnings: each of them once.
        stopped: why it ended by itself; empty while it goes on.
    """

    commands: int = 0
    unknown: dict[tuple[str, str, str], Unknown] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    stopped: str = ""

    def miss(self, apdu: bytes, what: str, answer: bytes, why: str) -> None:
        """Remember a command that was not known."""
        header, sw = apdu[:_HEADER].hex().upper(), answer[-2:].hex().upper()
        found = self.unknown.get((header, why, sw))
        if found is not None:
            found.count += 1
        elif len(self.unknown) < MOST_UNKNOWN:
            self.unknown[header, why, sw] = Unknown(header, what, sw, why)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "commands": self.commands,
            "unknown": [vars(one) for one in self.unknown.values()],
            "warnings": list(self.warnings),
            "stopped": self.stopped,
        }


@dataclass(frozen=True)
class Manner:
    """How a player behaves.

    Attributes:
        unknown: `RULE`, `NEAREST`, `STOP`, or a status word as four hex digits.
        once: a reset goes on in the trace instead of beginning anew.
    """

    unknown: str = RULE
    once: bool = False

    @property
    def status(self) -> bytes | None:
        """The status word for what is not known; None where a rule decides.

        Raises:
            UsageError: the word is none of those that there are.
        """
        if self.unknown in {RULE, NEAREST, STOP}:
            return None
        try:
            sw = bytes.fromhex(self.unknown)
        except ValueError:
            sw = b""
        if len(sw) != 2:
            raise UsageError(
                f"{self.unknown!r} is neither 'nearest' nor 'stop' nor a status word such as 6A82"
            )
        return sw


#: A rule answers what is not known, and a reset begins anew.
PLAIN: Final = Manner()


def card_events(trace: Trace) -> list[Event]:
    """What a card said and went through; UsageError where it said nothing."""
    found: list[Event] = [
        e for e in trace.events if not isinstance(e, Note) and e.channel == "card"
    ]
    if not any(isinstance(event, Exchange) and event.response for event in found):
        raise UsageError("the trace holds no answer of a card: there is nothing to play")
    return found


def named(apdu: bytes) -> str:
    """A command in words, without data that may be a PIN or a key."""
    try:
        asked = Command.parse(apdu)
    except WireError:
        return "no short APDU"
    name = find(asked).name
    if asked.ins == INS.SELECT:
        return f"{name} {selected_text(asked)}"
    reference = file_reference(asked)
    if reference is None:
        return name
    file = f" EF {reference.sfi:02X}" if reference.sfi is not None else ""
    record = reference.record if reference.record is not None else reference.record_id
    return name + file + (f" record {record}" if record is not None else "")


def shown(apdu: bytes) -> str:
    """A command for a message, never its data: they may be a PIN."""
    return f"{apdu[:_HEADER].hex().upper()} of {len(apdu)} bytes"
