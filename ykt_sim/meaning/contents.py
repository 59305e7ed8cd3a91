"""What the files of each application hold, as far as a trace shows which one is selected.

The state of one channel lives here: application, current file, and the year anchor that
gives the Lingnan Tong log its years.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ykt_sim.codes import AID_PSE, aid_name
from ykt_sim.meaning.commands import FileReference, pick
from ykt_sim.meaning.decode import decode
from ykt_sim.meaning.spans import Decoded, decode_record
from ykt_sim.trace.model import Channel
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import (
    APPLICATION_BY_FID,
    Application,
    LntFile,
    SamFile,
    TunionFile,
    application_of,
)
from ykt_sim.wire.commands import BY_NAME, Layouts
from ykt_sim.wire.digits import infer_years
from ykt_sim.wire.files import (
    IndustryRecord,
    LntApplication,
    LntMetroTrip,
    LntStatistics,
    LntTransactionRecord,
    LntWallet,
    MonthlyStatistics,
    SamApplicationFile,
    SamCardFile,
    SamTerminalFile,
    TransactionRecord,
    TripRecord,
    TunionApplication,
    TunionCardholder,
    TunionCardInfo,
    industry_record,
    is_empty,
)

_TUNION_FILES: Final[dict[int, Layouts]] = {
    TunionFile.APPLICATION: (TunionApplication,),
    TunionFile.CARDHOLDER: (TunionCardholder,),
    TunionFile.CARD_INFO: (TunionCardInfo,),
    TunionFile.LOG: (TransactionRecord,),
    TunionFile.STATISTICS: (MonthlyStatistics,),
    TunionFile.INDUSTRY: (IndustryRecord,),
    TunionFile.TRIPS: (TripRecord,),
}
_FILES: Final[dict[Application, dict[int, Layouts]]] = {
    Application.TUNION_EP: _TUNION_FILES,
    Application.TUNION_EC: {
        sfi: _TUNION_FILES[sfi] for sfi in (TunionFile.INDUSTRY, TunionFile.TRIPS)
    },
    Application.LNT_BASIC: {
        LntFile.APPLICATION: (LntApplication,),
        LntFile.STATISTICS: (LntStatistics, LntMetroTrip),
    },
    Application.LNT_WALLET: {
        LntFile.APPLICATION: (LntWallet,),
        LntFile.LOG: (LntTransactionRecord,),
    },
}
#: On a PSAM's channel every directory holds these; a card's layouts never apply there.
_PSAM_FILES: Final[dict[int, Layouts]] = {
    SamFile.CARD: (SamCardFile,),
    SamFile.TERMINAL: (SamTerminalFile,),
    SamFile.APPLICATION: (SamApplicationFile,),
}
#: When nothing known is selected: T-Union's layouts, taken only where the size is exact.
_ASSUMED: Final[dict[int, Layouts]] = {
    sfi: _TUNION_FILES[sfi]
    for sfi in (
        TunionFile.APPLICATION, TunionFile.LOG, TunionFile.INDUSTRY, TunionFile.TRIPS,
    )
}  # fmt: skip
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
    """

    channel: Channel = "card"
    application: Application = Application.NONE
    sfi: int | None = None
    pending: Command | None = None
    reference: FileReference | None = None
    anchor: tuple[int, int] | None = None
    log: tuple[int, int, str] | None = None


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


def _layouts(state: ChannelState) -> tuple[dict[int, Layouts], bool]:
    """Files of what is selected, by SFI; and whether they are assumed only."""
    if state.channel == "sam":
        return _PSAM_FILES, False
    assumed = state.application not in _FILES
    return (_ASSUMED if assumed else _FILES[state.application]), assumed


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


def _with_year(decoded: Decoded, number: int | None, state: ChannelState) -> Decoded:
    """Give a Lingnan Tong log line its year when the trace held a year anchor before it.

    Lines must be read from record 1 on, one after the other, as every reader does.
    """
    value = decoded.value
    if isinstance(value, LntStatistics):
        if decoded.fields["year_month"] is not None:
            state.anchor = (2000 + int(value.year), int(value.month))
        return decoded
    if not isinstance(value, LntTransactionRecord) or state.anchor is None or number is None:
        return decoded
    if number == 1:
        year, before = state.anchor[0], f"{state.anchor[1]:02d}31"
    elif state.log is not None and state.log[0] == number - 1:
        _, year, before = state.log
    else:
        return decoded
    (found,) = infer_years([value.month_day], year, int(before[:2]), int(before[2:]))
    state.log = (number, year if found is None else found, value.month_day if found else before)
    return decode_record(decoded.kind, LntTransactionRecord, decoded.data, year=found)


def record_size(reference: FileReference, data: bytes, state: ChannelState) -> int | None:
    """Size of one record in an answer of several, when it divides evenly."""
    sfi = _sfi(reference, state)
    layouts = _layouts(state)[0].get(sfi or 0, ())
    if len(layouts) != 1:
        return None
    size = layouts[0].SIZE
    return size if len(data) % size == 0 else None


def file_content(
    reference: FileReference | None, data: bytes, state: ChannelState
) -> Decoded | None:
    """Decode bytes of a file of the selected application, whole or a window of it.

    Raises:
        WireError: a field refuses its bytes.
    """
    sfi = _sfi(reference, state) if reference is not None else None
    if reference is None or sfi is None or not data:
        return None
    files, assumed = _layouts(state)
    layouts = files.get(sfi, ())
    owner = "PSAM" if state.channel == "sam" else state.application.value or "assumed"
    kind = f"{owner}:{sfi:02X}"
    if sfi == TunionFile.INDUSTRY and layouts and reference.offset == 0:
        layouts = (industry_record(data),)
    if sfi in _TRANSPARENT and not assumed:
        if not layouts or reference.offset >= layouts[0].SIZE:
            return None
        return decode_record(kind, layouts[0], data, start=reference.offset)
    if layouts == (TripRecord,) and len(data) != TripRecord.SIZE:
        return msgspec.structs.replace(decode("tunion:1E", data), kind=kind)
    layout = pick(layouts, len(data))
    if layout is None or reference.offset:
        return None
    decoded = _with_year(decode_record(kind, layout, data), reference.record, state)
    if assumed and layout is TransactionRecord and not is_empty(data):
        decoded = _guess_log(kind, decoded)
    return decoded


def _guess_log(kind: str, decoded: Decoded) -> Decoded:
    """With nothing selected, take a log line whose date is none for a Lingnan Tong one."""
    if decoded.fields["time"] is not None:
        return decoded
    other = decode_record(kind, LntTransactionRecord, decoded.data)
    fits = other.fields["date_without_year"] and other.fields["time_of_day"]
    return other if fits else decoded
