"""A format of the user's own, given as a regular expression.

Named groups: ``dir`` says which way, by any word or arrow that `loose.words` knows; ``hex``
holds the bytes; ``time`` (seconds, or a time of day) and ``sw`` (the status word, when it
stands apart from the data) may be missing::

    re:^(?P<time>[0-9.]+) (?P<dir>[CR]) (?P<hex>[0-9A-F ]*)(?: SW=(?P<sw>[0-9A-F]{4}))?

Two groups ``command`` and ``answer`` in place of ``dir`` name words of one's own: the one
that matches tells the way, whatever its text::

    re:(?:(?P<command>команда)|(?P<answer>ответ)): (?P<hex>[0-9A-F ]*)

The expression is searched for in each line. Some expressions try so many ways of matching that
their number grows with a power of the line's length, or worse, and no look at an expression tells
them all. So each line is matched under a limit: `_LONGEST` seconds of this program's own time, and
`_EACH` a line once those are spent. An expression that needs more is refused with the line it was
at. A line longer than `MAX_LINE` is not matched but marked.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Iterator
from typing import Any, Final

from ykt_sim.errors import UsageError
from ykt_sim.trace.readers.base import Format, Found, Line, Source
from ykt_sim.trace.readers.clock import LogClock
from ykt_sim.trace.readers.hexrows import Read, parse_loose
from ykt_sim.trace.readers.loose.words import Says, label
from ykt_sim.trace.readers.pairs import Pairs, bad_line

#: Characters of a line that is still matched: a short command or answer in spaced hex fits.
MAX_LINE: Final = 1024
#: Characters of an expression.
MAX_PATTERN: Final = 1000

#: Seconds that matching may take before the expression is given up, and what each line adds.
_LONGEST: Final = 2.0
_EACH: Final = 0.002
_SIDES: Final = {"command", "answer"}
_SECONDS: Final = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,9}))?")
_KEY: Final = "card"


def _check(pattern: str) -> re.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise UsageError(f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read otherwise
            compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(f"not a regular expression: {error}") from None
    named = set(compiled.groupindex)
    ways = _SIDES if named & _SIDES else {"dir"}
    if missing := {"hex", *ways} - named:
        names = ", ".join(sorted(missing))
        raise UsageError(
            "the pattern needs named groups dir and hex, or command, answer and hex; "
            f"missing: {names}"
        )
    if unknown := named - ({"hex", "time", "sw"} | ways):
        names = ", ".join(sorted(unknown))
        known = ", ".join([*sorted(ways), "hex", "time", "sw"])
        raise UsageError(f"unknown named groups: {names}; known are {known}")
    return compiled


class _Bounded:
    """The expression, matched for a bounded time; the module that can is imported here only."""

    def __init__(self, pattern: str) -> None:
        import regex  # noqa: PLC0415 - late on purpose: few logs need it

        try:
            self._search = regex.compile(pattern).search
        except (regex.error, OverflowError, RecursionError, MemoryError) as error:
            raise UsageError(f"not a regular expression: {error}") from None
        self._left = _LONGEST

    def search(self, line: Line) -> Any:
        """What `re.search` gives.

        Raises:
            UsageError: it takes for ever, or nearly; names the line.
        """
        begun = time.thread_time()
        try:
            return self._search(line.text, timeout=max(self._left, _EACH))
        except TimeoutError:
            raise UsageError(
                f"line {line.number}: the pattern did not come to an end in its time,"
                f" {_LONGEST:g} s and a little more for each line;"
                " let no part that repeats hold one that repeats"
            ) from None
        finally:
            self._left = min(_LONGEST, self._left + _EACH - (time.thread_time() - begun))


def _time(text: str | None, clock: LogClock) -> float | None:
    if text is None:
        return None
    seconds = _SECONDS.fullmatch(text.strip())
    if seconds is None:
        return clock.find(text)
    return clock.at(int(seconds[1]) * 1_000_000 + int((seconds[2] or "0")[:6].ljust(6, "0")))


def _way(found: re.Match[str]) -> Says | str:
    """Whose bytes they are, or what was expected in place of the word for it."""
    groups = found.groupdict()
    if "dir" not in groups:
        sides = [name for name in sorted(_SIDES) if groups[name] is not None]
        if len(sides) != 1:
            return f"expected one of the groups command and answer, found {len(sides)}"
        return Says.COMMAND if sides == ["command"] else Says.ANSWER
    word = (found["dir"] or "").strip()
    says = label(word).says
    if says in {Says.COMMAND, Says.ANSWER}:
        return says
    if says is Says.STATUS:
        return Says.ANSWER
    return f"dir: expected a word for command or answer, found {word[:20]!r}"


def _outside(found: re.Match[str]) -> str:
    """The line without what its groups hold."""
    text = found.string
    for start, end in (found.span(name) for name in found.re.groupindex):
        if start >= 0:
            text = text[:start] + "~" * (end - start) + text[end:]
    return text


def _data(found: re.Match[str], line: Line, *, with_sw: bool) -> Read:
    text = found["hex"] or ""
    if with_sw and "sw" in found.re.groupindex:
        text = f"{text} {found['sw'] or ''}"
    return parse_loose(text, line)


def _reader(compiled: re.Pattern[str], source: Source) -> Iterator[Found]:
    pairs = Pairs(source)
    clock = LogClock()
    bounded = _Bounded(compiled.pattern)
    has_time = "time" in compiled.groupindex
    sent_at: float | None = None
    for line in source.lines():
        if line.cut or len(line.text) > MAX_LINE:
            why = f"expected at most {MAX_LINE} characters to match the pattern with"
            yield bad_line(_KEY, 0.0, why, line)
            continue
        found = bounded.search(line)
        if found is None:
            source.passed(line)
            continue
        source.passed(line, _outside(found))
        at = _time(found["time"], clock) if has_time else None
        way = _way(found)
        if isinstance(way, str):
            yield bad_line(_KEY, at or 0.0, way, line)
        elif way is Says.COMMAND:
            sent_at = at
            data = _data(found, line, with_sw=False)
            yield from pairs.command(_KEY, at or 0.0, data, line)
        else:
            took = None
            if at is not None and sent_at is not None and at > sent_at:
                took = round((at - sent_at) * 1000, 3)
            data = _data(found, line, with_sw=True)
            yield from pairs.answer(_KEY, at or 0.0, data, line, duration_ms=took)
    yield from pairs.end()


def pattern_format(pattern: str) -> Format:
    """A format from a regular expression with the named groups above.

    Raises:
        UsageError: no regular expression, groups missing or unknown; while reading: one that
            takes for ever on a line.
    """
    compiled = _check(pattern)
    return Format(
        name="pattern",
        title="lines found by a regular expression",
        sniff=lambda _head: 0,
        read=lambda source: _reader(compiled, source),
    )
