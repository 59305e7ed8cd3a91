"""Whether an answer is believed: a status word only where nothing contradicts it."""

from __future__ import annotations

from typing import Final

from ykt_sim.trace.readers.base import ends_in_sw
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.halves import Half, miscounted, shown
from ykt_sim.trace.readers.loose.survey import Plan, StatusPlace

CUT: Final = "expected a line end, the file ends here and the line may be cut"
_DONE: Final = b"\x90\x00"


def response(  # noqa: PLR0911, PLR0912 - a list of what may be wrong
    plan: Plan, command: Half, answer: Half, *, sw_first: bool, told: bool
) -> tuple[bytes, str]:
    """The answer with its status word; or nothing, and what is wrong.

    Args:
        plan: of the log.
        command, answer: as the log has them.
        sw_first: status words stand in front of the data.
        told: the log has status words only, and that has been said.
    """
    data, sw = fits.unproceeded(command.data, answer.data), answer.sw
    flaw = answer.why or miscounted(plan, answer)
    if flaw:
        return b"", flaw
    if sw is not None:
        missing = answer.rows[-1].sw is None if answer.parts else sw_first
        if answer.partial and missing and fits.has_data(sw):
            return b"", CUT
        if not answer.parts and answer.rows[0].count:
            return b"", f"expected {answer.rows[0].count} bytes, there are none"
        if not fits.is_sw(sw):
            return b"", f"expected a status word, found {shown(sw)}"
        if data == sw and (sw != _DONE or plan.place is not StatusPlace.APART):
            response = data  # an error has no data: it is told twice
        elif plan.place is StatusPlace.REPEATED and data:
            if not data.endswith(sw):
                return b"", f"the log says {shown(sw)}, the bytes end in {shown(data[-2:])}"
            response = data
        else:
            response = data + sw
    elif answer.partial and not ends_in_sw(data):
        return b"", "expected a whole answer, the file ends inside it"
    elif plan.place is StatusPlace.APART and not (
        len(data) == 2
        and fits.is_sw(data)
        and answer.rows[0].key not in plan.counted
        and not answer.partial
    ):
        return b"", "expected a status word apart from the data, as the other answers have"
    elif not _believed(plan, command, answer):
        return b"", "expected a status word at the end, there is none that comes with data"
    elif why := _contradicted(plan, command, answer):
        return b"", why
    else:
        response = data
    if answer.partial and response[-2:] != _DONE:
        return b"", CUT
    if response == _DONE and command.code and command.code == fits.named_le(command.data):
        return b"", f"expected {command.code} bytes, they may be what looks like a return code"
    pieced = len(answer.parts) > 1 or (sw is not None and not told)
    if pieced and not (
        fits.whole_template(command.data, response) and fits.covers(command.data, response)
    ):
        return (
            b"",
            "expected as many bytes as the command or the template says; rows may be lost",
        )
    return response, ""


def _believed(plan: Plan, command: Half, answer: Half) -> bool:
    """The last two bytes are a status word: of a whole line alone nobody knows."""
    data = answer.data
    if plan.doubtful:
        return data[-2:] == _DONE or (len(data) == 2 and fits.is_sw(data))
    return fits.is_answer(data, command.data)


def _contradicted(plan: Plan, command: Half, answer: Half) -> str:
    """What says that the last two bytes are data, though they look like a status word."""
    data = answer.data
    asked = fits.named_le(command.data)
    more = data[:1] == b"\x61"  # more often a status word, and other bytes may stand behind it
    if fits.is_head(data) and ((answer.doubted and not more) or asked == 2 + data[1]):
        return f"{shown(data)} may be a status word, or a template begins so; bytes follow it"
    if data[-2:] != _DONE or len(data) == len(_DONE):
        return ""
    if asked == len(data):
        return f"expected {asked} bytes and a status word, found {asked} bytes"
    if plan.silent and asked != len(data) - 2:
        return "the last two bytes may be data, for other answers have no status word"
    return ""
