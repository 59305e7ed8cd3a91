"""Rows become exchanges; every run of bytes is accounted for.

An answer ends in a status word: in its bytes, apart in the same line, in a line of its own
before or behind, in lines that go on. What does not check is marked broken and comes out
without an answer: two bytes of data are never made a status word. Bytes that are in no
exchange, no mark and no named remark are told at the end, by the numbers of their lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ykt_sim.trace.model import Channel, Exchange, Note, Reset
from ykt_sim.trace.readers.account import UNANSWERED
from ykt_sim.trace.readers.base import Found, Source
from ykt_sim.trace.readers.loose import answers, fits
from ykt_sim.trace.readers.loose.halves import (
    FIELDS,
    FRAMED,
    Half,
    counted,
    flaw_of,
    miscounted,
    of_another,
    procedure,
    shown,
    took,
)
from ykt_sim.trace.readers.loose.parts import RETURN_CODE
from ykt_sim.trace.readers.loose.rows import LogRow, RowKind
from ykt_sim.trace.readers.loose.survey import Plan, Spent, StatusPlace, is_spent
from ykt_sim.trace.readers.loose.words import Says
from ykt_sim.trace.readers.pairs import bad_line
from ykt_sim.trace.readers.runs import Run, runs

SESSION: Final = "card"
_MAX_ROWS: Final = 5000


class Talk:
    """Puts the rows of one log together.

    Args:
        source: the file, which knows whether its last line is whole.
        plan: what the beginning of the log tells.
    """

    def __init__(self, source: Source, plan: Plan) -> None:
        self._source = source
        self._plan = plan
        self._expected: Says | None = None
        self._heading: LogRow | None = None
        self._commands: dict[Channel, Half] = {}
        self._answers: dict[Channel, Half] = {}
        self._recent: dict[Channel, bytes] = {}
        self._lane: Channel = "card"
        self._t = 0.0
        self._spent: float | None = None
        self.account = source.account
        self._told = False
        self._sw_first = False
        self.marked = plan.marked
        self.exchanges = self.sure = 0
        self.timed = False

    # -- rows -----------------------------------------------------------------------------

    def row(self, row: LogRow) -> Iterator[Found]:
        """Take one row of the log."""
        self._t = self._t if row.t is None else max(self._t, row.t)
        self._left(row.left, row.line.number, beside=row.kind is RowKind.BYTES)
        if row.took is not None and self._plan.spent and is_spent(row):
            self._spend(row.took)
        if row.kind is RowKind.HEADER:
            self._header(row)
        elif row.kind is RowKind.NAMED:
            yield from self._named(row)
        elif row.kind is RowKind.STATUS:
            yield from self._status(row)
        elif row.kind is RowKind.BYTES:
            yield from self._bytes(row)
        elif row.key.strip():
            self._expected = None
            self._end_rows()

    def _spend(self, took: float) -> None:
        """A line says what an exchange took: the one that is open, or the next."""
        opened = None if self._plan.spent is Spent.AHEAD else self._commands.get(self._lane)
        if opened is None:
            self._spent = took
        elif opened.spent is None:
            opened.spent = took

    def _header(self, row: LogRow) -> None:
        self._expected, self._heading = self._plan.role(row), row
        self._end_rows()
        if self._plan.lanes.get(row.lane):
            self._lane = self._channel(row, b"")

    def _left(self, left: Iterable[Run], line: int, *, beside: bool = False) -> None:
        """Bytes that are in no row: something with a name, what was read before, or unused.

        Behind an answer that may not be whole, unused bytes may be the rest of it.
        """
        for run in left:
            again = "" if run.name else self._again_in(run.digits)
            if again:
                self.account.named(again, line)
                continue
            self.account.told([run], line)
            if run.name == RETURN_CODE and self._lane in self._commands and not beside:
                self._commands[self._lane].code = len(run.digits) // 2
            for answer in self._answers.values():
                answer.doubted |= not run.name

    def _again_in(self, digits: str) -> str:
        """What holds these bytes already: rows of TLV and fields show an APDU once more."""
        parts = {
            "parts of an answer again": [
                *(() if self._commands else self._recent.values()),
                *(one.whole_with_sw for one in self._answers.values() if self._complete(one)),
            ],
            "parts of a command again": [one.data for one in self._commands.values()],
        }
        for name, wholes in parts.items():
            if digits and any(whole.hex().find(digits) % 2 == 0 for whole in wholes):
                return name
        return ""

    def _end_rows(self) -> None:
        for answer in self._answers.values():
            answer.ended = answer.ended or bool(answer.parts)

    def _named(self, row: LogRow) -> Iterator[Found]:
        if fits.is_atr(row.data) and (row.name in {"atr", "ats"} or "reset" in row.name):
            yield from self._reset(row)
            return
        opened = self._commands.get(self._lane)
        if row.name == "lc" and opened is not None and len(opened.data) == 4:
            opened.why = opened.why or FIELDS
        self.account.named(row.name, row.line.number)

    def _reset(self, row: LogRow) -> Iterator[Found]:
        channel = self._channel(row, b"")
        yield from self._finish(channel)
        yield Found(SESSION, Reset(t=self._t, channel=channel, atr=row.data))

    def _channel(self, row: LogRow, command: bytes) -> Channel:
        lane = self._plan.lanes.get(row.lane, "")
        if lane:
            return "sam" if lane == "sam" else "card"
        sam = fits.for_sam(command) or (row.key in self._plan.sam_keys and bool(command))
        return "sam" if sam else "card"

    def _status(self, row: LogRow) -> Iterator[Found]:
        """A status word on its own."""
        heading, self._heading = self._heading, None
        if heading is not None and row.t is None:
            row = replace(row, t=heading.t)
        if heading is not None and heading.count == 0 and row.count is None:
            row = replace(row, count=0)  # an answer without data was announced
        self._expected = None
        channel = self._answering(row)
        answer = self._answers.get(channel)
        sw = row.sw or b""
        if row.key == "eid" and not self._told:
            self._told = True
            text = "this log shows status words only, the data of answers is not known"
            yield Found(SESSION, Note(t=self._t, text=text))
        if answer is not None and answer.sw is not None:
            if answer.sw != sw:
                answer.why = answer.why or f"two status words, {shown(answer.sw)} and {shown(sw)}"
            self.account.named("status word again", row.line.number)
            return
        if answer is not None and not answer.parts[:1]:
            answer.sw = sw
        elif answer is not None:
            answer.sw, answer.ended = sw, True
            answer.rows.append(row)
        elif channel in self._commands:
            self._answers[channel] = Half(rows=[row], sw=sw, sure=True, sw_first=True)
            self._answers[channel].partial = self._source.partial
        else:
            yield self._mark(row, "answer: expected a command before this answer, there is none")

    def _answering(self, row: LogRow) -> Channel:
        """Which lane an answer is for: the one its words name, or the one that waits."""
        if self._plan.lanes.get(row.lane):
            return self._channel(row, b"")
        return self._lane

    def _bytes(self, row: LogRow) -> Iterator[Found]:
        data = self._plan.data(row)
        role = self._plan.role(row)
        expected, self._expected = self._expected, None
        heading, self._heading = self._heading, None
        if heading is not None and row.t is None:
            row = replace(row, t=heading.t)
        if role is None and expected is not None and heading is not None:
            role = expected
            row = replace(row, lane=row.lane or heading.lane, key=row.key or heading.key)
            if row.count is None:
                row = replace(row, count=heading.count, counted=heading.counted)
        if fits.is_atr(data) and not self._waits_for(row, data, role):
            yield from self._reset(row)
        elif role is Says.COMMAND:
            yield from self._command(row, data)
        elif role is Says.ANSWER:
            yield from self._answer(row, data)
        else:
            yield from self._free(row, data)

    def _waits_for(self, row: LogRow, data: bytes, role: Says | None) -> bool:
        """A command waits for these bytes, though they look like an answer to reset."""
        command = self._commands.get(self._answering(row))
        asked = command is not None and fits.is_asked_for(data, command.data)
        return command is not None and (role is Says.ANSWER or (role is None and asked))

    def _command(self, row: LogRow, data: bytes, *, sure: bool = True) -> Iterator[Found]:
        channel = self._channel(row, data)
        opened = self._commands.get(channel)
        if opened is not None and channel not in self._answers:
            if opened.asked == len(data) > 0 or opened.lacks(row, data):
                # The data of a command of T=0, which the card has asked for; or the next part.
                opened.parts.append(data)
                opened.rows.append(row)
                opened.asked = 0
                return
            same = opened.data == data
            if row.logical or (same and opened.rows[0].key != row.key):
                name = "wrapped or logical command" if row.logical else "command again"
                self.account.named(name, row.line.number)
                return
            if opened.logical and data[:4] == opened.data[:4]:
                self.account.named("wrapped or logical command", opened.rows[0].line.number)
                del self._commands[channel]
        for other in [one for one in self._answers if one != channel]:
            yield from self._finish(other)
        yield from self._finish(channel)
        command = Half([row], [data], sure=sure, logical=row.logical, began=self._t)
        if self._plan.spent is Spent.AHEAD:
            command.spent, self._spent = self._spent, None
        command.why = flaw_of(row)
        command.partial = self._source.partial
        self._commands[channel] = command
        self._lane = channel
        if row.sw is not None:
            # A command and a status word in one line: an answer without data.
            self._answers[channel] = Half([replace(row, count=None)], [], row.sw, sure=True)

    def _answer(self, row: LogRow, data: bytes) -> Iterator[Found]:
        channel = self._answering(row)
        answer = self._answers.get(channel)
        if answer is not None and answer.parts:
            if self._again(answer, row, data):
                return
            if self._goes_on(answer, row, data):
                return
            yield from self._finish(channel)
            answer = None
        if channel not in self._commands and self._shows_head(channel, data):
            self.account.named("parts of an answer again", row.line.number)
            return
        if channel not in self._commands:
            yield self._mark(row, "answer: expected a command before this answer, there is none")
            return
        if why := of_another(self._commands[channel], row):
            yield self._mark(row, why)
            return
        if answer is None and procedure(self._commands[channel], data):
            self.account.named("procedure byte of T=0", row.line.number)
            return
        if answer is None:
            answer = self._answers[channel] = Half(sure=True)
        self._sw_first |= answer.sw_first
        self._add(answer, row, data)

    def _shows_head(self, channel: Channel, data: bytes) -> bool:
        """The head of the template that was the answer before: the first of rows of TLV."""
        before = self._recent.get(channel, b"")
        return len(data) == 2 < len(before) and before.startswith(data) and fits.is_head(data)

    def _add(self, answer: Half, row: LogRow, data: bytes) -> None:
        answer.rows.append(row)
        answer.parts += [data] if data else []
        answer.why = answer.why or flaw_of(row)
        answer.partial |= self._source.partial
        if row.sw is not None:
            if answer.sw is not None and answer.sw != row.sw:
                answer.why = "two status words that differ"
            answer.sw, answer.ended = row.sw, True

    def _again(self, answer: Half, row: LogRow, data: bytes) -> bool:
        """The same answer once more, as another layer of the program shows it."""
        whole = answer.whole_with_sw
        first = answer.rows[0]
        if (row.key == first.key and row.bare == first.bare) or len(data) < 2:
            return False
        if data in {whole, answer.data, whole[:-2]}:
            self.account.named("answer again", row.line.number)
            return True
        return False

    def _goes_on(self, answer: Half, row: LogRow, data: bytes) -> bool:
        """A row with the words of an answer that only carries on the one before."""
        if answer.sw is not None:
            return False
        if fits.is_sw(data) and not fits.is_answer(answer.data):
            self._add(answer, replace(row, sw=data), b"")
            return True
        if answer.awaits(row) or (
            row.key == answer.rows[0].key
            and (not self._complete(answer) or fits.goes_on(answer.data, data))
        ):
            self._add(answer, row, data)
            return True
        return False

    def _complete(self, answer: Half) -> bool:
        if answer.sw is not None or (self._plan.below and len(answer.parts) == 1):
            return answer.sw is not None or len(answer.data) == 2
        command = self._command_of(answer)
        return self._plan.place is StatusPlace.INSIDE and fits.is_answer(answer.data, command)

    def _command_of(self, answer: Half) -> bytes:
        for channel, one in self._answers.items():
            if one is answer and channel in self._commands:
                return self._commands[channel].data
        return b""

    def _free(self, row: LogRow, data: bytes) -> Iterator[Found]:
        """Bytes that no word tells of."""
        channel = self._answering(row)
        answer, command = self._answers.get(channel), self._commands.get(channel)
        if answer is not None:
            yield from self._behind_answer(row, data, answer)
        elif command is None:
            yield from self._begin(row, data)
        elif (
            row.bare
            and fits.completes(command.data, data)
            and not (self._source.partial and fits.is_command(command.data))
        ):
            command.parts.append(data)
            command.rows.append(row)
        elif (
            not self._plan.marked
            and self._out_of_turn(data, command.data)
            and not fits.is_asked_for(data, command.data)
        ):
            yield from self._begin(row, data)
        elif not self._speaks(row):
            self._unused(row)
        else:
            answer = self._answers[channel] = Half()
            self._add(answer, row, data)

    def _speaks(self, row: LogRow) -> bool:
        """The words in front, if there are any, do not make the bytes something else."""
        return row.bare or row.neutral or row.key in self._plan.mixed

    def _out_of_turn(self, data: bytes, command: bytes) -> bool:
        """After a command without an answer comes the next command."""
        return fits.is_usual_command(data) and not fits.is_answer(data, command)

    def _behind_answer(self, row: LogRow, data: bytes, answer: Half) -> Iterator[Found]:
        complete = self._complete(answer)
        goes_on = not answer.ended and row.bare and not answer.repeated_by(self._plan, data)
        if not self._speaks(row):
            self._unused(row)
        elif answer.sw is not None and (
            (
                not answer.parts
                and answer.may_lack_data
                and (self._sw_first or not fits.is_usual_command(data))
            )
            or (answer.sw_first and row.bare and not answer.ended)
        ):
            self._sw_first = True
            self._add(answer, row, data)
        elif (
            not self._plan.marked
            and fits.like_command(data)
            and (complete or self._out_of_turn(data, answer.data))
        ):
            yield from self._begin(row, data)
        elif (goes_on and not complete and len(answer.rows) < _MAX_ROWS) or (
            goes_on and answer.may_go_on(data)
        ):
            self._add(answer, row, data)
        elif data and data in answer.whole_with_sw:
            self.account.named("parts of an answer again", row.line.number)
        elif fits.is_sw(data) and (not complete or fits.may_be_data(answer.data)):
            self._add(answer, replace(row, sw=data), b"")
        else:
            self._unused(row)

    def _begin(self, row: LogRow, data: bytes) -> Iterator[Found]:
        """Bytes that can only be a command."""
        bare = row.bare or row.key in self._plan.mixed
        if self._plan.marked or not bare or not fits.like_command(data):
            self._unused(row)
            return
        yield from self._command(row, data, sure=False)

    # -- exchanges ------------------------------------------------------------------------

    def end(self) -> Iterator[Found]:
        """The file ends."""
        for answer in self._answers.values():
            answer.partial |= self._sw_first and answer.sw_first and answer.may_lack_data
        for channel, command in list(self._commands.items()):
            command.partial |= channel not in self._answers and len(command.rows) > 1  # of a dump
            yield from self._finish(channel)

    def _finish(self, channel: Channel) -> Iterator[Found]:  # noqa: PLR0912
        command = self._commands.pop(channel, None)
        answer = self._answers.pop(channel, None)
        if command is None:
            return
        first = command.rows[0]
        t = command.began if first.t is None else first.t
        flaw = command.why or miscounted(self._plan, command)
        if not flaw and command.partial and not fits.is_command(command.data):
            flaw = "expected a whole command, the file ends inside it"
        if command.logical and answer is None:
            self.account.named("wrapped or logical command", first.line.number)
            return
        doubted = not command.sure or (first.weak and not first.neutral)
        whole = answer is not None and self._complete(answer)
        if doubted and not whole and not fits.is_usual_command(command.data):
            for row in (*command.rows, *(answer.rows if answer is not None else ())):
                self._unused(row)
            return
        flaw = flaw or fits.no_command(command.data)
        if self._plan.framed:
            flaw = FRAMED
        if flaw:
            yield self._mark(first, f"command: {flaw}")
            self._rest(command)
            if answer is not None:
                why = "answer: expected a command before this answer, it could not be read"
                yield self._mark(answer.rows[0], why)
                self._rest(answer)
            return
        if answer is None:
            self.account.named(UNANSWERED, first.line.number)
        if command.partial and answer is None:
            yield self._mark(first, f"command: {answers.CUT}")
        self.timed |= first.t is not None
        response, why = b"", ""
        if answer is not None:
            response, why = answers.response(
                self._plan, command, answer, sw_first=self._sw_first, told=self._told
            )
        spent = None if answer is None or not response else took(command, answer)
        self._recent[channel] = response
        self.exchanges += bool(response)
        self.sure += bool(response) and (command.sure or (answer is not None and answer.sure))
        exchange = Exchange(
            t=t, channel=channel, command=command.data, response=response, duration_ms=spent
        )
        yield Found(SESSION, exchange)
        if why and answer is not None:
            yield self._mark(answer.rows[0], f"answer: {why}")
            self._rest(answer)
        elif not fits.is_command(command.data):
            if not fits.refuses_form(response) and not counted(first, command.data):
                why = "expected lengths that agree, or a card that refuses them"
                yield self._mark(first, f"command: {why}")
        elif len(command.data) == 4 and len(response) > 2 and not counted(first, command.data):
            why = "expected an Lc or an Le, for the answer has data; the line may be cut"
            yield self._mark(first, f"command: {why}")

    def _rest(self, half: Half) -> None:
        """The lines behind the first one of what is marked."""
        for row in half.rows[1:]:
            self.account.unused(row.line.number)

    def _unused(self, row: LogRow) -> None:
        data = row.data
        shown = runs(row.shown or data.hex())
        told = bool(shown) and data.hex() in shown[-1].digits
        if row.why or (not told and fits.is_sw(data)):
            self.account.unused(row.line.number)
        self._left(shown[-1:], row.line.number)

    def _mark(self, row: LogRow, why: str) -> Found:
        return bad_line(SESSION, self._t if row.t is None else row.t, why, row.line)
