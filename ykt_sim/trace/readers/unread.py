"""Files that are known and not read: refused by name, with what to do instead.

They hold the bytes, but in frames of other layers, so that a reader of hex would show what
was never said.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Unread(NamedTuple):
    """A kind of file that is not read.

    Attributes:
        shows: what a line of it looks like.
        what: its name.
        instead: what to do.
    """

    shows: re.Pattern[str]
    what: str
    instead: str


_UNREAD: Final = (
    Unread(
        re.compile(
            r"^(?:No\.\s+Time\s+Source\s|Frame \d+: \d+ bytes on wire"
            r"|[ \t]*\d{4}[ \t]{2}00 (?:f[abef] [0-9a-f]{2} [0-9a-f]{2} |f[cd] 00 00\b))",
            re.MULTILINE,
        ),
        "text of Wireshark or tshark",
        "save the packets as pcapng and read that file",
    ),
    Unread(
        re.compile(r"^[0-9a-f]{8,16} \d+ [SC] [BCIZ][io]:\d+:\d+:\d+ ", re.MULTILINE),
        "text of usbmon, which cuts long transfers,",
        "capture the bus as pcapng (Wireshark, usbmonN) and read that file",
    ),
    Unread(
        re.compile(r"^\ufeff?Time \[s\],(?:Value|Data|Packet ID)\b[^\n]*\n[0-9.]+,", re.MULTILINE),
        "table of single bytes of a logic analyser",
        "have its bytes joined to APDUs, one a line, first",
    ),
    Unread(
        re.compile(r"osmo_st2_cardem_request_\w+\("),
        "log of a SIMtrace that plays a card",
        "have its APDUs sent as GSMTAP, capture UDP port 4729 and read that file",
    ),
)


def refusal(text: str) -> str:
    """What the file is and what to do, when it is one of these; nothing for others.

    Args:
        text: its beginning.
    """
    for kind in _UNREAD:
        if kind.shows.search(text) is not None:
            return f"a {kind.what} is not read; {kind.instead}"
    return ""
