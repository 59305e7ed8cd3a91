"""Dump file of apdu4j (``gp --dump``, ``apdu --dump``).

::

    # Using Virtual PCD 00 00
    # ATR: 3BFE1800008031FE4553434536302D43443038312D6E46A9
    # PROTOCOL: T=1
    00A4040000
    # 24ms
    6F108408A000000003000000A5049F6501FF9000

Commands and answers take turns, comments may stand anywhere. Old versions write ``# Sent``
in front of a command and ``# Received in 24ms`` in front of an answer. A comment with a
duration and a reason says that there was no answer, so the next bytes are a command.

Not told: times of day, and which reader; there are durations only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ykt_sim.trace.model import Reset
from ykt_sim.trace.readers.base import Format, Found, Line, Source, head_text, header_note
from ykt_sim.trace.readers.cards import by_card
from ykt_sim.trace.readers.clock import DURATION, duration
from ykt_sim.trace.readers.hexrows import parse_hex
from ykt_sim.trace.readers.pairs import Pairs, bad_line, failed

_ATR: Final = re.compile(r"# ?ATR: (.*)", re.DOTALL)
_USING: Final = re.compile(r"# ?Using (.{1,200})")
_TOOK: Final = re.compile(rf"# ?(?:Received in )?({DURATION.pattern})(?: (.*))?\s*", re.DOTALL)
_SENT: Final = re.compile(r"# ?Sent\b")
_GENERATED: Final = re.compile(
    r"# ?Generated on \w{3}, ([0-9]{1,2}) (\w{3}) ([0-9]{4}) "
    r"([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{2})([0-9]{2})"
)
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_SNIFF: Final = re.compile(
    r"^# ?(?:ATR: 3[BFbf][0-9A-Fa-f]|PROTOCOL: T=|Received in )", re.MULTILINE
)
_SNIFF_TOOK: Final = re.compile(
    rf"^[0-9A-Fa-f]{{8,}}\n# {DURATION.pattern}\n[0-9A-Fa-f]{{4,}}$", re.MULTILINE
)
_KEY: Final = "card"


def _sniff(head: bytes) -> int:
    text = head_text(head)
    return 92 if _SNIFF.search(text) or _SNIFF_TOOK.search(text) else 0


def _created(found: re.Match[str]) -> str:
    day, month, year, time, hours, minutes = found.groups()
    place = _MONTHS.find(month)
    if place < 0 or place % 3:
        return ""
    return f"{year}-{place // 3 + 1:02}-{int(day):02}T{time}{hours}:{minutes}"


class _Log:
    """The state of one dump."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.pairs = Pairs(source)
        self.session = _KEY
        self._created = ""
        self._took: float | None = None

    def comment(self, line: Line) -> Iterator[Found]:
        """Take a comment."""
        text = line.text.strip()
        if (generated := _GENERATED.match(text)) is not None:
            self._created = _created(generated)
        elif (using := _USING.match(text)) is not None:
            self.session = using[1].strip() or _KEY
        elif (atr := _ATR.match(text)) is not None:
            yield from self.pairs.drop(_KEY)
            yield from self.head()
            read = parse_hex(atr[1], line)
            if isinstance(read, str):
                yield bad_line(self.session, 0.0, f"ATR: {read}", line)
            else:
                yield Found(self.session, Reset(t=0.0, channel="card", atr=read))
        elif _SENT.match(text):
            yield from self.pairs.drop(_KEY)
        elif (took := _TOOK.fullmatch(text)) is not None:
            self._took = duration(took[1])
            if took[4] and self.pairs.waits(_KEY):
                yield from self.pairs.drop(_KEY)
                yield failed(self.session, 0.0, "transmit", took[4][:80])
        else:
            self._source.passed(line)

    def head(self) -> Iterator[Found]:
        """What the dump says of itself, once."""
        if self._created:
            yield header_note(self.session, created=self._created)
            self._created = ""

    def data(self, line: Line) -> Iterator[Found]:
        """Take a line of bytes."""
        yield from self.head()
        read = parse_hex(line.text, line)
        if not self.pairs.waits(_KEY):
            yield from self.pairs.command(_KEY, 0.0, read, line, session=self.session)
        else:
            took = self._took
            yield from self.pairs.answer(_KEY, 0.0, read, line, duration_ms=took)
        self._took = None


def _read(source: Source) -> Iterator[Found]:
    log = _Log(source)
    for line in source.lines():
        text = line.text.strip()
        if text.startswith("#"):
            yield from log.comment(line)
        elif text:
            yield from log.data(line)
    yield from log.pairs.end()


FORMAT: Final = Format(
    name="apdu4j",
    title="dump file of apdu4j or GlobalPlatformPro",
    sniff=_sniff,
    read=by_card(_read),
)
