"""What a stored recording leaves out: the cardholder in EF 16, and an owner's PINs.

The live judge has seen the bytes; the recording that goes into a run folder or a report
holds zeros in their place and a note that says so. Our own test cards hold no person and
their PIN is published, so their recordings stay as they are, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ykt_conformance.judge.calls import Call
from ykt_conformance.judge.view import View
from ykt_sim.codes import INS, Standard
from ykt_sim.trace.model import Event, Exchange, Note, Trace
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI

#: Text of the note; data: what was left out, in words.
WITHHELD: Final = "withheld"
_EF_16: Final = BY_SFI | TunionFile.CARDHOLDER
#: In EF 16 the card type and the staff flag come first; the rest is the holder.
_HOLDER: Final = 2
_PIN_COMMANDS: Final = (INS.VERIFY, INS.CHANGE_PIN)


def withhold(trace: Trace, *, pins: bool) -> Trace:
    """The recording without personal data.

    Args:
        trace: as recorded.
        pins: leave PINs out as well; for runs with keys of an owner's.
    """
    view = View(trace.events, {})
    holder = has_holder(view)
    changed: dict[int, Event] = {}
    for call in view.card:
        event = trace.events[call.index]
        if not isinstance(event, Exchange):
            continue
        if holder and _about_holder(call):
            changed[call.index] = _without_holder(event, call)
        elif pins and call.command.ins in _PIN_COMMANDS and call.command.data:
            head = event.command[:5]
            blank = (
                head + bytes(len(call.command.data)) + event.command[5 + len(call.command.data) :]
            )
            changed[call.index] = msgspec.structs.replace(event, command=blank)
    if not changed:
        return trace
    words = [*(("cardholder in EF 16",) if holder else ()), *(("PINs",) if pins else ())]
    events = [changed.get(index, event) for index, event in enumerate(trace.events)]
    at = events[-1].t
    note = Note(t=at, text=WITHHELD, data={"what": words})
    return msgspec.structs.replace(trace, events=(*events, note))


def left_out(command: bytes) -> bool:
    """True for a command whose data, or the data of its answer, a recording may leave out."""
    ins = command[1:2]
    if ins in (bytes((INS.READ_BINARY,)), bytes((INS.UPDATE_BINARY,))):
        return command[2:3] == bytes((_EF_16,))
    return ins in tuple(bytes((pin,)) for pin in _PIN_COMMANDS)


def has_holder(view: View) -> bool:
    """True when EF 16 named somebody before anything was written into it."""
    for call in view.card:
        if _about_holder(call):
            if call.command.ins == INS.UPDATE_BINARY:
                return False
            content = call.response.data[max(0, _HOLDER - call.command.p2) :]
            if call.ok and content.strip(b"\x00\xff"):
                return True
    return False


def holders(view: View) -> Iterator[str]:
    """What EF 16 says of its holder, as hex, where it names somebody."""
    if not has_holder(view):
        return
    for call in view.card:
        if _about_holder(call) and call.command.ins == INS.READ_BINARY and call.ok:
            text = call.response.data[max(0, _HOLDER - call.command.p2) :].hex().upper()
            if text.strip("0F"):
                yield text


def _about_holder(call: Call) -> bool:
    reads = call.command.ins in (INS.READ_BINARY, INS.UPDATE_BINARY)
    return reads and call.command.p1 == _EF_16 and call.standard == Standard.TUNION


def _without_holder(event: Exchange, call: Call) -> Exchange:
    if call.command.ins == INS.UPDATE_BINARY:
        size = len(call.command.data)
        return msgspec.structs.replace(event, command=event.command[:5] + bytes(size))
    keep = max(0, _HOLDER - call.command.p2)
    data = call.response.data
    blank = data[:keep] + bytes(len(data) - keep if len(data) > keep else 0)
    return msgspec.structs.replace(event, response=blank + event.response[-2:])
