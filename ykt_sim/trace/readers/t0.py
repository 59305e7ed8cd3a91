"""Chains of the protocol T=0 become one exchange each.

Under T=0 a card cannot send data in answer to data. It says ``61xx`` and waits for GET
RESPONSE, or ``6Cxx`` and waits for the same command with Le xx. Readers and programs do
that in different layers, so logs of one dialogue differ. Here both become what an
application means: one command, the whole data, the final status word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_sim.codes import INS
from ykt_sim.trace.model import Exchange
from ykt_sim.trace.readers.account import Account
from ykt_sim.trace.readers.base import Found
from ykt_sim.trace.readers.hexrows import MAX_APDU
from ykt_sim.trace.readers.pairs import MAX_OPEN

_MORE: Final = 0x61
_WRONG_LE: Final = 0x6C
_LOGICAL_CHANNEL: Final = 0x03


def merge_t0(found: Iterator[Found], account: Account | None = None) -> Iterator[Found]:
    """Merge the chains of each conversation and channel; what does not fit stays as it is.

    A merged exchange has the time of its first command, and a duration when all of them
    have one. At most one exchange per conversation and channel is held back.

    Args:
        found: what a reader finds.
        account: where merges are counted.
    """
    held: dict[tuple[str, str], Found] = {}
    for item in found:
        event = item.event
        if not isinstance(event, Exchange):
            for key in [key for key in held if key[0] == item.session]:
                yield held.pop(key)
            yield item
            continue
        if not held and not _waits(event):
            yield item
            continue
        key = (item.session, event.channel)
        before = held.pop(key, None)
        if before is not None:
            merged = _merged(before.event, event)
            if merged is None:
                yield before
            else:
                event = merged
                if account is not None:
                    account.joined += 1
        if _waits(event):
            if len(held) >= MAX_OPEN:
                yield held.pop(next(iter(held)))
            held[key] = Found(item.session, event)
        else:
            yield Found(item.session, event)
    yield from held.values()


def _waits(event: Exchange) -> bool:
    answer = event.response
    return len(answer) >= 2 and answer[-2] in {_MORE, _WRONG_LE} and len(answer) <= MAX_APDU


def _merged(first: object, second: Exchange) -> Exchange | None:
    """Both as one, or None when they do not belong together."""
    if not isinstance(first, Exchange) or not second.response:
        return None
    if first.response[-2] == _MORE:
        if not _fetches(first.command, second.command) or second.response[-2:-1] == b"\x6c":
            return None
        command = first.command
        response = first.response[:-2] + second.response
    else:
        if len(first.response) > 2 or not _repeats(first, second.command):
            return None
        command, response = second.command, second.response
    spent = None
    if first.duration_ms is not None and second.duration_ms is not None:
        spent = round(first.duration_ms + second.duration_ms, 3)
    return msgspec.structs.replace(first, command=command, response=response, duration_ms=spent)


def _fetches(command: bytes, then: bytes) -> bool:
    """GET RESPONSE, of the class or at least on the logical channel of the command."""
    if len(then) != 5 or then[1] != INS.GET_RESPONSE or then[2:4] != b"\0\0":
        return False
    return then[0] in {0, command[0], command[0] & _LOGICAL_CHANNEL}


def _repeats(first: Exchange, then: bytes) -> bool:
    """The same command with the announced Le."""
    command, le = first.command, first.response[-1:]
    if len(then) < 5 or then[-1:] != le:
        return False
    return then[:-1] == command or (len(command) == len(then) and then[:-1] == command[:-1])
