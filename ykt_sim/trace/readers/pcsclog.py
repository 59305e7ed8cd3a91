"""The frame that pcscd puts around every message of its own and of its drivers.

::

    00000031 [1946149872] SW: 6D 00
    Mar 29 10:34:30 desk pcscd[2811]: 00000031 SW: 6D 00
    Mar 29 10:34:30 desk pcscd[2811]: SW: 6D 00

The first column counts microseconds since the line before; 99999999 stands for 100 seconds
and more, so a log with long pauses runs behind. The thread stands there in coloured logs
and in those of old versions. Under syslog without ``-f`` there is neither, and the time of
day in front of the program's name is all there is.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ykt_sim.trace.readers.base import Line
from ykt_sim.trace.readers.clock import LogClock

_SYSLOG: Final = re.compile(r"(?P<stamp>.{0,160}?)\bpcscd(?:\[[0-9]{1,10}\])?: ")
_FRAME: Final = re.compile(
    r"[> \t]{0,8}(?P<delta>-?[0-9]{5,10}) (?:\[(?P<thread>-?[0-9]{1,20}|0x[0-9a-fA-F]{1,16})\] )?"
)
_PROGRAM: Final = r".{0,160}?\bpcscd(?:\[[0-9]{1,10}\])?: "
_COLUMN: Final = r"[> \t]{0,8}-?[0-9]{7,10} (?:\[-?[0-9a-fA-Fx]{1,20}\] )?"
#: For `sniff`: the frame at the beginning of a line, as a regular expression.
FRAME: Final = rf"^(?:{_PROGRAM}(?:{_COLUMN})?|{_COLUMN})"


class Entry(NamedTuple):
    """One message.

    Attributes:
        t: seconds since the first line.
        thread: its number as written, empty where there is none.
        text: the message.
    """

    t: float
    thread: str
    text: str


class PcscLog:
    """Takes lines apart and adds up the time."""

    def __init__(self) -> None:
        self._elapsed = 0
        self._begun = False
        self._clock = LogClock()
        self._t = 0.0

    def entry(self, line: Line) -> Entry:
        """The message in a line; a line without a frame is a message as it stands."""
        text = line.text
        stamp = ""
        syslog = _SYSLOG.match(text) if "pcscd" in text else None
        if syslog is not None:
            stamp, text = syslog["stamp"], text[syslog.end() :]
        frame = _FRAME.match(text)
        if frame is None:
            seconds = self._clock.find(stamp) if stamp else None
            if seconds is not None and not self._begun:
                self._t = seconds
            return Entry(self._t, "", text)
        # What the first line counts is older than the log.
        if self._begun:
            self._elapsed += max(0, int(frame[1]))
        self._begun = True
        self._t = self._elapsed / 1_000_000
        return Entry(self._t, frame[2] or "", text[frame.end() :])
