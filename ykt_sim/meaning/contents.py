"""What the files of each application hold, as far as a trace shows which one is selected.

The state of one channel lives here: application, current file, and the year anchor that
gives the Lingnan Tong log its years.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ykt_sim.codes import AID_PSE, aid_name
from ykt_sim.meaning.balances import Balances
from ykt_sim.meaning.commands import FileReference
from ykt_sim.meaning.layouts import Place, by_id, read
from ykt_sim.meaning.places import ASSUMED, FILES, SAM_FILES, Files
from ykt_sim.meaning.spans import Decoded, decode_record
from ykt_sim.trace.model import Channel
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import (
    APPLICATION_BY_FID,
    Application,
    TunionFile,
    application_of,
)
from ykt_sim.wire.commands import BY_NAME
from ykt_sim.wire.digits import infer_years
from ykt_sim.wire.files import LntStatistics, LntTransactionRecord, TransactionRecord

#: Files 15 to 17 are transparent in every application.
_TRANSPARENT: Final[frozenset[int]] = frozenset(
    {TunionFile.APPLICATION, TunionFile.CARDHOLDER, TunionFile.CARD_INFO}
)


class ChannelState(msgspec.Struct):
    """What one channel has selected, and the command whose answer is being fetched.

    Attributes:
        channel: ``card``, or ``sam`` for a PSAM.
        application: the selected application.
        sfi: the current elementary file, None when none is.
        pending: the command whose answer GET RESPONSE would fetch.
        reference: the file that the command at hand names.
        anchor: year and month of the last Lingnan Tong statistics record read.
        log: number, year and MMDD of the last Lingnan Tong log line that got a year.
        balances: what GET BALANCE told so far.
    """

    channel: Channel = "card"
    application: Application = Application.NONE
    sfi: int | None = None
    pending: Command | None = None
    reference: FileReference | None = None
    anchor: tuple[int, int] | None = None
    log: tuple[int, int, str] | None = None
    balances: Balances = msgspec.field(default_factory=Balances)


#: What `target_text` says.
_TARGET: Final = re.compile(
    r"(?:current EF|EF (?P<sfi>[0-9A-F]{2}))(?: record (?P<record>[0-9]+)(?P<many> and on)?"
    r"| record id (?P<id>[0-9A-F]+)| from byte (?P<offset>[0-9]+))?"
)


def selected(state: ChannelState, fid: bytes, name: bytes) -> Application:
    """Which application a successful SELECT leaves selected.

    Args:
        state: the channel.
        fid: file identifier asked for; empty for a selection by name.
        name: DF name in the answer, else the one asked for; may be empty.
    """
    if state.channel == "sam":
        is_mf = APPLICATION_BY_FID.get(fid) is Application.MF or name == AID_PSE
        return Application.MF if is_mf else Application.PSAM
    known = APPLICATION_BY_FID.get(fid)
    if known is not None:
        return known
    return application_of(name) if name else Application.OTHER


def _places(state: ChannelState) -> tuple[Files, bool]:
    """Places of what is selected, by SFI; and whether they are assumed only."""
    if state.channel == "sam":
        return SAM_FILES, False
    known = FILES.get(state.application)
    return (ASSUMED, True) if known is None else (known, False)


def _sfi(reference: FileReference, state: ChannelState) -> int | None:
    return reference.sfi if reference.sfi is not None else state.sfi


def selected_text(command: Command) -> str:
    """What a SELECT asks for, in words."""
    if command.p1 & BY_NAME:
        return aid_name(command.data)
    return f"FID {command.data.hex().upper()}" if command.data else "MF"


def target_text(reference: FileReference | None, state: ChannelState) -> str:
    """File and record in words, e.g. ``EF 18 record 1``."""
    if reference is None:
        return ""
    sfi = _sfi(reference, state)
    text = "current EF" if sfi is None else f"EF {sfi:02X}"
    if reference.record is not None:
        text += f" record {reference.record}" + (" and on" if reference.many else "")
    elif reference.record_id is not None:
        text += f" record id {reference.record_id:02X}"
    elif reference.offset:
        text += f" from byte {reference.offset}"
    return text


def target_zh(text: str) -> str:
    """What `target_text` says, in Chinese; anything else as it is."""
    found = _TARGET.fullmatch(text)
    if found is None:
        return text
    file = f"{found['sfi']} 文件" if found["sfi"] else "当前文件"
    if found["record"]:
        return f"{file}第 {found['record']} 条{'起的' if found['many'] else ''}记录"
    if found["id"]:
        return f"{file}标识为 {found['id']} 的记录"
    return f"{file}自第 {found['offset']} 字节起" if found["offset"] else file


def _with_year(decoded: Decoded, number: int | None, state: ChannelState) -> Decoded:
    """Give a Lingnan Tong log line its year when the trace held a year anchor before it.

    Lines must be read from record 1 on, one after the other, as every reader does.
    """
    value = decoded.value
    if isinstance(value, LntStatistics):
        if decoded.fields["year_month"] is not None:
            state.anchor = (2000 + int(value.year), int(value.month))
        return decoded
    lnt = state.application is Application.LNT_WALLET or isinstance(value, LntTransactionRecord)
    if not lnt or number is None:
        return decoded
    if isinstance(value, TransactionRecord) and not decoded.empty:
        state.log = (number, int(value.date[:4]), value.date[4:])
        return decoded
    if number == 1 and state.anchor is not None:
        year, before = state.anchor[0], f"{state.anchor[1]:02d}31"
    elif state.log is not None and state.log[0] == number - 1:
        _, year, before = state.log
    else:
        return decoded
    if not isinstance(value, LntTransactionRecord):
        state.log = (number, year, before)
        return decoded
    (found,) = infer_years([value.month_day], year, int(before[:2]), int(before[2:]))
    state.log = (number, year if found is None else found, value.month_day if found else before)
    dated = decode_record(decoded.kind, LntTransactionRecord, decoded.data, year=found)
    return msgspec.structs.replace(decoded, fields=dated.fields)


def record_size(reference: FileReference, data: bytes, state: ChannelState) -> int | None:
    """Size of one record in an answer of several, when it divides evenly."""
    places = _places(state)[0].get(_sfi(reference, state) or 0, ())
    sizes = {size for place in places for size in place.records}
    if len(sizes) != 1:
        return None
    (size,) = sizes
    return size if len(data) % size == 0 else None


def file_content(
    reference: FileReference | None, data: bytes, state: ChannelState
) -> Decoded | None:
    """Decode bytes of a file of the selected application, whole or a window of it.

    None where no layout is known for the file, or none of this length.

    Raises:
        WireError: a field refuses its bytes.
    """
    sfi = _sfi(reference, state) if reference is not None else None
    if reference is None or sfi is None or not data:
        return None
    files, assumed = _places(state)
    places = files.get(sfi, ())
    owner = "PSAM" if state.channel == "sam" else state.application.value or "assumed"
    kind = f"{owner}:{sfi:02X}"
    if sfi in _TRANSPARENT and not assumed:
        return _window(kind, places, data, reference.offset)
    found = None if reference.offset else _record(kind, places, data)
    if found is None or (found.misfits and assumed):
        return None
    return _with_year(found, reference.record, state)


def unread(reference: FileReference | None, data: bytes, state: ChannelState) -> str:
    """Why bytes of a file stay raw for which `file_content` has no layout; empty where none is due.

    Where nothing known is selected no layout is looked for, so none is missed.
    """
    sfi = _sfi(reference, state) if reference is not None else None
    files, assumed = _places(state)
    if reference is None or sfi is None or assumed or state.channel == "sam":
        return ""
    known = state.application is not Application.OTHER
    name = (
        f"EF {sfi:02X} of {state.application.value if known else 'an application not known here'}"
    )
    places = files.get(sfi, ())
    if not places:
        return f"{name}, raw: its layout is not known"
    if reference.offset:
        return f"{name}, raw: nothing is known from byte {reference.offset} on"
    sizes = sorted({size for place in places for size in place.lengths()})
    wanted = " or ".join(map(str, sizes))
    return f"{name}, raw: {len(data)} bytes, its layout has {wanted}"


def _window(kind: str, places: tuple[Place, ...], data: bytes, start: int) -> Decoded | None:
    """A transparent file, or as much of it as was read."""
    every = tuple(one for place in places for one in place.layouts)
    layouts = tuple(one for one in every if start < one.SIZE)
    found = read(kind, layouts, data, start) if layouts else None
    if start and every and (found is None or "rest" in found.fields):
        whole = read(kind, every, data)
        if whole.value is not None and not whole.misfits and not whole.empty:
            said = f"read from byte 0, where it fits; the command names byte {start}"
            return msgspec.structs.replace(whole, doubts=(*whole.doubts, said))
    return found


def _record(kind: str, places: tuple[Place, ...], data: bytes) -> Decoded | None:
    """A whole record of one of the places."""
    odd = next((place.odd(kind, data) for place in places if place.odd is not None), None)
    if odd is not None:
        return odd
    layouts = tuple(dict.fromkeys(one for place in places for one in place.candidates(data)))
    if not layouts:
        return None
    found = read(kind, layouts, data)
    return by_id(found) if found.misfits and any(one.variable for one in places) else found
