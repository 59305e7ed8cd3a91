"""What became of the bytes of a file that are in no exchange.

Two kinds of lines are told: those whose bytes are something with a name (a UID, a key, a
command that was shown twice), and those whose bytes were not used. Nothing is dropped
without a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ykt_sim.trace.model import Note
from ykt_sim.trace.readers.runs import Run

#: Text of the note that says which lines with bytes are in no exchange; last of its session.
ACCOUNT: Final = "not used"
#: Commands of loose logs of which no answer was found: torn, lost, or in a form that is not read.
UNANSWERED: Final = "command without an answer"
_MAX_LINES: Final = 200


def unused_lines(note: Note) -> list[int]:
    """The lines that a note of this kind tells as not used."""
    lines = note.data.get("lines")
    return [line for line in lines if isinstance(line, int)] if isinstance(lines, list) else []


class Account:
    """Lines with bytes that are in no exchange, by what they are.

    Attributes:
        count: lines whose bytes were not used.
        joined: exchanges of T=0 that are part of the one before them (`t0`): a status word
            61xx or 6Cxx and the GET RESPONSE or the repeated command are not shown apart.
    """

    def __init__(self) -> None:
        self._unused: dict[int, None] = {}
        self._named: dict[str, dict[int, None]] = {}
        self.count = 0
        self.joined = 0
        #: What is not understood of the times of the file.
        self.times = ""
        self._last = -1

    def unused(self, line: int) -> None:
        """The bytes of a line serve nothing."""
        if line in self._unused or line == self._last:
            return
        self._last = line
        self.count += 1
        if len(self._unused) < _MAX_LINES:
            self._unused[line] = None

    def named(self, name: str, line: int) -> None:
        """The bytes of a line are something else than an APDU."""
        lines = self._named.setdefault(name, {})
        if len(lines) < _MAX_LINES:
            lines[line] = None

    def told(self, runs: Iterable[Run], line: int) -> None:
        """Bytes of a line that its reader did not take: by their name, or as not used."""
        for run in runs:
            if run.name:
                self.named(run.name, line)
            else:
                self.unused(line)

    def note(self, t: float) -> Note | None:
        """The note for the end of a conversation: lines, at most 200 of each kind."""
        if not (self._unused or self._named or self.joined or self.times):
            return None
        data: dict[str, object] = {"lines": list(self._unused), "count": self.count}
        if self._named:
            data["else"] = {name: list(lines) for name, lines in sorted(self._named.items())}
        if self.joined:
            data["joined"] = self.joined
        if self.times:
            data["times"] = f"not understood: {self.times}"
        return Note(t=t, text=ACCOUNT, data=data)
