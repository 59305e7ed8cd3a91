"""Follow a trace and say what each exchange is.

The annotator keeps, per channel, which application and which file are selected, so that
``00B2nnC4`` is a T-Union transaction under one application and a Lingnan Tong one under
another. A reset or a removal clears that. It works on any iterable of events, keeps
nothing but this state, and never fails on odd bytes: what cannot be decoded is said in
``remarks``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from ykt_sim.codes import INS, SW, Tag, sw_text
from ykt_sim.errors import WireError
from ykt_sim.meaning.balances import Balances
from ykt_sim.meaning.commands import (
    MAC_SIZE,
    answers_mac,
    file_reference,
    is_protected,
    pick,
    remark,
)
from ykt_sim.meaning.contents import (
    ChannelState,
    file_content,
    record_size,
    selected,
    selected_text,
    target_text,
    unread,
)
from ykt_sim.meaning.decode import decode, file_or_command_data, header_spans
from ykt_sim.meaning.layouts import read
from ykt_sim.meaning.spans import TOP_BIT, Decoded, Span, decode_record
from ykt_sim.trace.model import Channel, Event, Exchange, Note, Removed, Reset, Trace
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import (
    BY_NAME,
    COMMITS,
    GET_BALANCE,
    SELECT,
    CommandRow,
    find,
    is_foreign,
)
from ykt_sim.wire.fields import FieldKind
from ykt_sim.wire.files import LntTail
from ykt_sim.wire.fits import MOMENT
from ykt_sim.wire.purse import CreditData, DebitData

_T = TypeVar("_T")

#: Exchanges whose reading is remembered, and the bytes that one may have for it.
_REMEMBERED: Final = 1024
_SHORT: Final = 600


class Reading:
    """What is worked out of one exchange and holds for every equal one.

    Exchanges of the same bytes with the same selection before them share it.
    """

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: dict[Callable[[Any], Any], Any] = {}

    def __repr__(self) -> str:
        return "Reading()"


class Annotated(msgspec.Struct, frozen=True):
    """One event with what is known about it.

    Attributes:
        event: the event itself.
        name: command or event in English.
        zh: the same in Chinese.
        application: what is selected on this channel after the event.
        target: which file and record, e.g. ``EF 18 record 1``; empty for other commands.
        sent: decoded command data.
        received: decoded answer; several for an answer of several records.
        command_spans: fields of the whole command APDU.
        response_spans: fields of the whole answer, status word included.
        sw: status word, None when there is none.
        sw_text: its meaning in English.
        sw_zh: its meaning in Chinese.
        remarks: anything an engineer should notice.
        asked: the parsed command; for GET RESPONSE the one whose answer it fetches; None
            when the event is no exchange or the command no short APDU.
        fetching: the event is a GET RESPONSE for ``asked``.
        reading: keeps what `once` gave.
    """

    event: Event
    name: str
    zh: str = ""
    application: Application = Application.NONE
    target: str = ""
    sent: tuple[Decoded, ...] = ()
    received: tuple[Decoded, ...] = ()
    command_spans: tuple[Span, ...] = ()
    response_spans: tuple[Span, ...] = ()
    sw: int | None = None
    sw_text: str = ""
    sw_zh: str = ""
    remarks: tuple[str, ...] = ()
    asked: Command | None = None
    fetching: bool = False
    reading: Reading = msgspec.field(default_factory=Reading)

    def once(self, make: Callable[[Annotated], _T]) -> _T:
        """What a function makes of this, worked out once for all exchanges that are equal.

        Args:
            make: rests on the bytes and the selection alone, not on time or place in a trace.
        """
        found = self.reading.found
        if make not in found:
            found[make] = make(self)
        made: _T = found[make]
        return made

    def summary(self) -> str:
        """One line: command, target, status word and the remarks."""
        parts = [" ".join(part for part in (self.name, self.target) if part)]
        if self.sw is not None:
            parts.append(f"{self.sw:04X} {self.sw_text}")
        return "; ".join((*parts, *self.remarks))


def annotate(trace: Trace | Iterable[Event]) -> Iterator[Annotated]:
    """Annotate event by event; takes a trace or any stream of events."""
    states: dict[Channel, _Before] = {}
    for event in trace.events if isinstance(trace, Trace) else trace:
        if isinstance(event, Exchange):
            before = states.get(event.channel) or _Before(event.channel)
            found, states[event.channel] = _read(event, before)
            yield found
        elif isinstance(event, Note):
            yield Annotated(event, "note", "备注")
        else:
            states.pop(event.channel, None)
            yield _power(event)


def _power(event: Reset | Removed) -> Annotated:
    if isinstance(event, Removed):
        return Annotated(event, "removed", "离场")
    spans = (Span(0, len(event.atr), "atr", FieldKind.DATA, event.atr),) if event.atr else ()
    return Annotated(event, "reset", "复位", response_spans=spans)


class _Before(NamedTuple):
    """The state of a channel before an exchange: all that `ChannelState` holds by then."""

    channel: Channel
    application: Application = Application.NONE
    sfi: int | None = None
    pending: Command | None = None
    anchor: tuple[int, int] | None = None
    log: tuple[int, int, str] | None = None
    balances: tuple[tuple[int, int, int], ...] = ()


def _read(event: Exchange, before: _Before) -> tuple[Annotated, _Before]:
    """An exchange annotated, and the state after it."""
    short = len(event.command) + len(event.response) <= _SHORT
    read = _remembered if short else _remembered.__wrapped__
    found, after = read(event.command, event.response, before)
    return msgspec.structs.replace(found, event=event), after


@lru_cache(maxsize=_REMEMBERED)
def _remembered(command: bytes, response: bytes, before: _Before) -> tuple[Annotated, _Before]:
    """What an exchange is and leaves selected; a trace says the same again and again."""
    channel, application, sfi, pending, anchor, log, balances = before
    state = ChannelState(
        channel, application, sfi, pending, None, anchor, log, Balances.of(balances)
    )
    event = Exchange(t=0.0, channel=channel, command=command, response=response)
    found = _exchange(event, state)
    return found, _Before(
        channel, state.application, state.sfi, state.pending, state.anchor, state.log,
        state.balances.kept(),
    )  # fmt: skip


def _exchange(event: Exchange, state: ChannelState) -> Annotated:
    remarks: list[str] = []
    response = _response(event.response, remarks)
    try:
        command = Command.parse(event.command)
    except WireError as error:
        state.pending = None
        span = Span(0, len(event.command), "command", FieldKind.DATA, event.command)
        note = Annotated(event, "not a short APDU", "非短 APDU", command_spans=(span,))
        return _finish(note, state, response, (str(error), *remarks))
    fetching = command.ins == INS.GET_RESPONSE and state.pending is not None
    asked = state.pending if fetching and state.pending is not None else command
    info = find(asked)
    reference = file_reference(asked)
    state.reference = reference
    if said := remark(asked):
        remarks.append(said)
    named = find(command) if fetching else info
    sent, command_spans = _sent(command, named, event.command, state, remarks)
    if response is not None and not is_foreign(asked):
        _follow(asked, response, state)
    received = _received(asked, info, response, state, remarks) if response else ()
    _pend(command, asked, response, state)
    select = info is SELECT
    note = Annotated(
        event,
        f"{named.name} ({info.name})" if fetching else named.name,
        named.zh,
        target=selected_text(asked) if select else target_text(reference, state),
        sent=sent,
        received=received,
        command_spans=command_spans,
        response_spans=_placed(
            received, response, protected=is_protected(asked) or answers_mac(asked)
        ),
        asked=asked,
        fetching=fetching,
    )
    return _finish(note, state, response, tuple(remarks))


def _finish(
    note: Annotated, state: ChannelState, response: Response | None, remarks: tuple[str, ...]
) -> Annotated:
    if response is None:
        return msgspec.structs.replace(note, application=state.application, remarks=remarks)
    spans = note.response_spans or _placed((), response)
    return msgspec.structs.replace(
        note,
        application=state.application,
        remarks=remarks,
        response_spans=spans,
        sw=response.sw,
        sw_text=sw_text(response.sw),
        sw_zh=sw_text(response.sw, chinese=True),
    )


def _response(data: bytes, remarks: list[str]) -> Response | None:
    if not data:
        remarks.append("no answer")
        return None
    try:
        return Response.parse(data)
    except WireError as error:
        remarks.append(str(error))
        return None


def _pend(command: Command, asked: Command, response: Response | None, state: ChannelState) -> None:
    """Remember what a following GET RESPONSE or repeated command fetches the answer of."""
    more = response is not None and response.sw >> 8 == 0x61
    state.pending = asked if more else None
    if command.ins == INS.GET_RESPONSE and not more:
        state.pending = None


def _succeeded(sw: int) -> bool:
    """True where the card did what it was asked, perhaps with a warning."""
    return sw == SW.OK or sw >> 8 in {0x61, 0x62}


def _follow(command: Command, response: Response, state: ChannelState) -> None:
    """Change the selection as SELECT, and READ or UPDATE with an SFI, do."""
    if command.ins == INS.SELECT and _succeeded(response.sw):
        _select(command, response, state)
        state.balances.forget()
    elif command.ins in COMMITS:
        state.balances.forget()
    elif response.sw == SW.OK and state.reference is not None and state.reference.sfi:
        state.sfi = state.reference.sfi


def _select(command: Command, response: Response, state: ChannelState) -> None:
    if command.p1 & BY_NAME:
        name = _df_name(response.data) or command.data
        state.application, state.sfi = selected(state, b"", name), None
        return
    fid = command.data or b"\x3f\x00"
    if len(fid) == 2 and fid[0] == 0 and fid[1] < 0x20:
        state.sfi = fid[1]
        return
    state.application, state.sfi = selected(state, fid, _df_name(response.data)), None


def _df_name(data: bytes) -> bytes:
    """DF name in an FCI, or nothing."""
    try:
        found = decode("fci", data).fields["df_name"] if data else ""
    except WireError:
        return b""
    return bytes.fromhex(found) if isinstance(found, str) else b""


def _sent(
    command: Command, info: CommandRow, raw: bytes, state: ChannelState, remarks: list[str]
) -> tuple[tuple[Decoded, ...], tuple[Span, ...]]:
    """Decode command data; gives the decoded parts and the fields of the whole APDU."""
    spans = list(header_spans(command, raw))
    if not command.data:
        return (), tuple(spans)
    content: Decoded | None = None
    mac = b""
    try:
        content, mac = file_or_command_data(command, info)
        if content is not None and content.value is not None:
            content = _lnt_tail(content, state)
        if content is None and info.name.startswith(("UPDATE", "APPEND")):
            body = command.data[: len(command.data) - len(mac)]
            content = file_content(state.reference, body, state)
    except WireError as error:
        remarks.append(f"command data: {error}")
    size = len(command.data) - len(mac)
    if content is not None:
        remarks += content.remarks
        spans += [span.moved(5) for span in content.spans]
    elif size:
        kind = FieldKind.PERSONAL if "PIN" in info.name else FieldKind.DATA
        spans.append(Span(5, size, "data", kind, command.data[:size]))
    if mac:
        spans.append(Span(5 + size, len(mac), "line_mac", FieldKind.LINE_MAC, mac, "报文鉴别码"))
    spans.sort(key=lambda span: span.offset)
    return ((content,) if content else ()), tuple(spans)


def _lnt_tail(content: Decoded, state: ChannelState) -> Decoded:
    """Under a Lingnan Tong wallet the seven bytes of date and time hold other things."""
    value = content.value
    if state.application is not Application.LNT_WALLET:
        return content
    if not isinstance(value, DebitData | CreditData):
        return content
    if MOMENT.holds(bytes.fromhex(value.datetime)):
        return content
    place = next(span for span in content.spans if span.name == "datetime")
    tail = decode_record(content.kind, LntTail, bytes.fromhex(value.datetime))
    spans: list[Span] = []
    for span in content.spans:
        spans += [part.moved(place.offset) for part in tail.spans] if span is place else [span]
    return msgspec.structs.replace(
        content, spans=tuple(spans), fields={**content.fields, **tail.fields}
    )


def _received(
    command: Command, info: CommandRow, response: Response, state: ChannelState, remarks: list[str]
) -> tuple[Decoded, ...]:
    """Decode the data of an answer."""
    data = response.data
    if not data or is_foreign(command):
        return ()
    protected = is_protected(command) and command.ins in {INS.READ_BINARY, INS.READ_RECORD}
    if (protected or answers_mac(command)) and len(data) > MAC_SIZE:
        data = data[:-MAC_SIZE]
    try:
        return _answer(command, info, data, state, remarks)
    except WireError as error:
        remarks.append(f"answer: {error}")
        return ()


def _answer(
    command: Command, info: CommandRow, data: bytes, state: ChannelState, remarks: list[str]
) -> tuple[Decoded, ...]:
    if command.ins == INS.SELECT:
        kind = "ppse" if state.application is Application.PPSE else "fci"
        return _told(remarks, decode(kind, data))
    if command.ins == INS.GET_DATA:
        return _get_data(data)
    reference = state.reference
    if reference is not None and not info.answer:
        size = record_size(reference, data, state) if reference.many else None
        parts = [data[i : i + size] for i in range(0, len(data), size)] if size else [data]
        found = [file_content(reference, part, state) for part in parts]
        if None in found and (why := unread(reference, parts[found.index(None)], state)):
            remarks.append(why)
        remarks += [
            str(item.fields["anomaly"]) for item in found if item and "anomaly" in item.fields
        ]
        return _told(remarks, *(item for item in found if item is not None))
    layout = pick(info.answer, len(data))
    if layout is None:
        return ()
    decoded = read(f"answer:{info.name}", (layout,), data)
    balance = decoded.fields.get("balance")
    if isinstance(balance, int) and balance & TOP_BIT:
        remarks.append(f"top bit set: readers take {balance & ~TOP_BIT} fen")
    if info is GET_BALANCE and isinstance(balance, int):
        remarks += filter(None, [state.balances.take(command.p1, command.p2, balance)])
    return _told(remarks, decoded)


def _told(remarks: list[str], *found: Decoded) -> tuple[Decoded, ...]:
    """Decoded data, with what must be known besides its fields put among the remarks."""
    remarks += [remark for item in found for remark in item.remarks]
    return found


def _get_data(data: bytes) -> tuple[Decoded, ...]:
    """Value of a data object; the e-cash balance is BCD, fen [INF from the tag's EMV use]."""
    tag = data[:3]
    if tag == Tag.ECASH_BALANCE.to_bytes(2, "big") + b"\x06" and len(data) == 9:
        digits = data[3:].hex()
        value: object = int(digits) if digits.isdecimal() else data[3:]
        span = Span(3, 6, "balance", FieldKind.BALANCE, value, "电子现金余额")
        fields: dict[str, object] = {"balance": value if isinstance(value, int) else digits.upper()}
        return (Decoded("answer:GET DATA", "EcashBalance", data, (span,), fields),)
    return ()


def _placed(
    received: tuple[Decoded, ...], response: Response | None, *, protected: bool = False
) -> tuple[Span, ...]:
    """Fields of the whole answer: the decoded ones, or one block, then the status word."""
    if response is None:
        return ()
    spans: list[Span] = []
    offset = 0
    for decoded in received:
        spans += [span.moved(offset) for span in decoded.spans] if offset else decoded.spans
        offset += len(decoded.data)
    size = len(response.data)
    if offset < size:
        left = response.data[offset:]
        if protected and len(left) == MAC_SIZE:
            spans.append(Span(offset, MAC_SIZE, "line_mac", FieldKind.LINE_MAC, left, "报文鉴别码"))
        else:
            name = "rest" if offset else "data"
            spans.append(Span(offset, len(left), name, FieldKind.DATA, left))
    sw = response.sw.to_bytes(2, "big")
    return (*spans, Span(size, 2, "sw", FieldKind.CODE, sw, "状态字"))
