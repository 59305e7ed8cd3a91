"""What the beginning of a log tells of the whole: who sends, where status words stand.

Words are believed as far as the bytes agree. Lines of one kind whose bytes are all commands
are commands, in any language; where the lines of "answers" hold the SELECT and those of
"commands" end in status words, the log was written by the card's side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from ykt_sim.trace.readers.loose import fits, frames
from ykt_sim.trace.readers.loose.rows import LogRow, RowKind
from ykt_sim.trace.readers.loose.words import BEHIND, Says
from ykt_sim.trace.readers.runs import runs

#: Lines that are looked at before the first exchange is given out.
LINES: Final = 4000
_SELECT: Final = (b"\x00\xa4", b"\xa0\xa4")
#: A word that nobody knows is believed when no other stands so many times as often.
_RARE: Final = 4
#: Bytes of a command's header.
_HEADER: Final = 4
_FCI: Final = 0x6F
#: Part of the lines of a kind that must agree.
_MOST: Final = 0.8


class StatusPlace(Enum):
    """Where the status word of an answer with data stands."""

    INSIDE = auto()
    APART = auto()
    REPEATED = auto()


class Spent(Enum):
    """Where the lines stand that say nothing but what an exchange took."""

    AHEAD = auto()
    BEHIND = auto()


@dataclass
class Plan:
    """How a log is to be read.

    Attributes:
        roles: of lines of a kind whose words say nothing, or something wrong.
        mixed: kinds of lines that hold commands and answers.
        flipped: commands are what the words call answers.
        place: of status words.
        counted: kinds of lines whose numbers are lengths.
        prefixed: kinds of lines whose first bytes are the length of the rest: how many.
        lanes: what slots are.
        sam_keys: kinds of lines that only a PSAM is sent, beside others that a card is.
        marked: commands are always told by words, so that a line of mere bytes is none.
        answers_marked: the same of answers.
        doubtful: most answers have no status word anywhere.
        silent: the log shows no status word where all went well.
        below: status words stand alone, in the line below the data.
        framed: what words call commands are frames that nobody knows.
        spent: where durations stand in lines of their own, one to each exchange.
    """

    roles: dict[str, Says] = field(default_factory=dict)
    mixed: frozenset[str] = frozenset()
    flipped: bool = False
    place: StatusPlace = StatusPlace.INSIDE
    counted: frozenset[str] = frozenset()
    prefixed: dict[str, int] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    sam_keys: frozenset[str] = frozenset()
    marked: bool = False
    answers_marked: bool = False
    doubtful: bool = False
    silent: bool = False
    below: bool = False
    framed: bool = False
    spent: Spent | None = None

    def role(self, row: LogRow) -> Says | None:
        """Whose bytes a row has, as far as its words say."""
        known = self.roles.get(row.key) if row.key else None
        if row.key in self.mixed:
            return None
        role = known or row.role
        if row.sw is not None and role is Says.ANSWER:
            return role  # its status word tells, whatever the other words are
        if known is None and self.flipped and role is not None:
            role = Says.ANSWER if role is Says.COMMAND else Says.COMMAND
        return role

    def data(self, row: LogRow) -> bytes:
        """The bytes of a row without a length in front."""
        return row.data[self.prefixed.get(row.key, 0) :]


def survey(rows: Iterable[LogRow]) -> Plan:
    """Look at the first lines of a log."""
    every = list(rows)
    shown = [row for row in every if row.kind in {RowKind.BYTES, RowKind.STATUS, RowKind.HEADER}]
    plan = Plan()
    plan.counted, plan.prefixed = _lengths(plan, shown)
    headed = _headed(shown)
    plan.flipped = _flipped(plan, headed)
    plan.roles, plan.mixed = _roles(plan, shown)
    plan.place, plan.doubtful = _status(plan, shown)
    plan.silent = plan.place is StatusPlace.INSIDE and _silent(plan, shown)
    plan.below = plan.place is StatusPlace.INSIDE and _below(plan, shown)
    plan.lanes = _lanes(plan, shown)
    plan.sam_keys = _sam_keys(plan, shown)
    title = _title(shown)
    sides = [
        plan.role(row)
        for row, _ in headed
        if row.kind in {RowKind.BYTES, RowKind.HEADER} and row is not title
    ]
    plan.marked = Says.COMMAND in sides
    plan.answers_marked = Says.ANSWER in sides
    plan.framed = frames.around_all(
        turn.data for turn in _turns(plan, shown) if turn.role is Says.COMMAND
    )
    plan.spent = _spent(plan, every)
    return plan


def _title(rows: list[LogRow]) -> LogRow | None:
    """A weak word alone above a log of bare commands heads the log, not the first of them."""
    words = [row for row in rows if row.kind is RowKind.HEADER]
    bare = [row for row in rows if row.kind is RowKind.BYTES and row.role is None and not row.key]
    commands = sum(fits.is_usual_command(row.data) for row in bare)
    return words[0] if len(words) == 1 and words[0].weak and commands > 1 else None


def is_spent(row: LogRow) -> bool:
    """The line says what something took, and has no bytes."""
    return row.took is not None and row.kind in {RowKind.OTHER, RowKind.HEADER, RowKind.NAMED}


def _spent(plan: Plan, rows: list[LogRow]) -> Spent | None:
    """Such a line belongs to each exchange, or to none."""
    seen, headed = "", False
    for row in rows:
        if row.kind is not RowKind.BYTES:
            headed = row.kind is RowKind.HEADER and plan.role(row) is not None
            sent = headed and plan.role(row) is Says.COMMAND
        else:
            sent, headed = not headed and _is_command(plan, row), False
        seen += "d" if is_spent(row) else "c" if sent else ""
    told, commands = seen.count("d"), seen.count("c")
    if not commands or not _MOST * commands <= told <= commands + 1 or "dd" in seen:
        return None
    return Spent.AHEAD if seen.startswith("d") else Spent.BEHIND


def _is_command(plan: Plan, row: LogRow) -> bool:
    role = plan.role(row)
    return role is Says.COMMAND or (role is None and fits.is_usual_command(row.data))


@dataclass
class _Turn:
    """Rows that belong together: a command or an answer, as far as can be told yet."""

    role: Says | None
    row: LogRow
    lane: str
    data: bytes
    sw: bytes | None = None
    last: int = 0

    @property
    def whole(self) -> bool:
        """Bytes and status word stood in one line."""
        return self.row.sw is not None and bool(self.row.data)


def _turns(plan: Plan, rows: list[LogRow]) -> list[_Turn]:
    """The rows of the log, those that carry one on joined to it."""
    turns: list[_Turn] = []
    heading: LogRow | None = None
    for row in rows:
        if row.kind is RowKind.HEADER:
            heading = row
        elif row.kind is RowKind.STATUS:
            if turns and turns[-1].sw is None and turns[-1].role is not Says.COMMAND:
                turns[-1].sw = row.sw
            else:
                turns.append(_Turn(Says.ANSWER, row, row.lane, b"", row.sw))
            heading = None
        elif heading is None and turns and _behind_command(turns[-1], row):
            turns.append(_Turn(Says.ANSWER, row, row.lane, row.data, row.sw))
        elif heading is None and row.bare and turns and turns[-1].whole:
            continue
        elif heading is None and row.bare and turns and turns[-1].role is not None:
            turns[-1].data += row.data
            turns[-1].last = len(row.data)
            turns[-1].sw = turns[-1].sw or row.sw
        else:
            first = row if heading is None else heading
            role = plan.role(row) or (plan.role(heading) if heading is not None else None)
            lane = row.lane or first.lane
            turns.append(_Turn(role, row, lane, plan.data(row), row.sw))
            heading = None
    return turns


def _behind_command(turn: _Turn, row: LogRow) -> bool:
    """Bytes behind a whole command that are no part of it: its answer."""
    whole = turn.role is Says.COMMAND and fits.is_command(turn.data)
    whole = whole and row.role is None and (row.bare or row.neutral)
    return whole and not fits.completes(turn.data, row.data)


def _lengths(plan: Plan, rows: list[LogRow]) -> tuple[frozenset[str], dict[str, int]]:
    good: dict[str, list[bool]] = defaultdict(list)
    first: dict[str, list[int]] = defaultdict(list)
    for turn in _turns(plan, rows):
        if turn.row.kind is not RowKind.BYTES:
            continue
        size = _length_in_front(turn.row.data)
        if turn.row.bare:
            first[turn.row.key].append(size if size > 1 else 0)
            continue
        if turn.row.count is not None:
            whole = turn.data + (turn.sw or b"")
            hit = counts(turn.row.count, turn.data) or counts(turn.row.count, whole)
            good[turn.row.key].append(hit)
        first[turn.row.key].append(size)
    counted = {key for key, hits in good.items() if sum(hits) >= _MOST * len(hits)}
    prefixed = {
        key: sizes[0] for key, sizes in first.items() if len(sizes) > 2 and {*sizes} in ({1}, {2})
    }
    return frozenset(counted), prefixed


def counts(count: int, data: bytes) -> bool:
    """The number is that of the bytes, of their digits, or of the bytes written in hex."""
    size = len(data)
    return count in {size, 2 * size} or f"{count:d}".zfill(2) == f"{size:02X}"


def _length_in_front(data: bytes) -> int:
    """Bytes in front that say how many follow; 0 for none."""
    if len(data) < 3:
        return 0
    if int.from_bytes(data[:2]) == len(data) - 2:
        return 2
    size = len(data) - 1
    told = not fits.is_command(data) and (data[0] == size or f"{data[0]:02X}" == f"{size:02d}")
    return int(told)


def _headed(rows: list[LogRow]) -> list[tuple[LogRow, Says | None]]:
    """Rows with the role that words give them, in their own line or the one before."""
    found: list[tuple[LogRow, Says | None]] = []
    expected: Says | None = None
    for row in rows:
        if row.kind is RowKind.HEADER:
            expected = row.role
            found.append((row, row.role))
            continue
        found.append((row, row.role or expected))
        expected = None
    return found


def _flipped(plan: Plan, rows: list[tuple[LogRow, Says | None]]) -> bool:
    fit = {(side, other): 0 for side in _SIDES for other in _SIDES}
    selects = dict.fromkeys(_SIDES, 0)
    for row, role in rows:
        if role is None or row.kind is RowKind.HEADER or row.logical:
            continue
        data = plan.data(row)
        is_answer = row.sw is not None or fits.is_answer(data)
        if is_answer:
            fit[role, Says.ANSWER] += 1
        elif fits.is_usual_command(data):
            fit[role, Says.COMMAND] += 1
            selects[role] += data[:2] in _SELECT
    right = fit[Says.COMMAND, Says.COMMAND] + fit[Says.ANSWER, Says.ANSWER]
    wrong = fit[Says.COMMAND, Says.ANSWER] + fit[Says.ANSWER, Says.COMMAND]
    if selects[Says.ANSWER] and not selects[Says.COMMAND] and wrong >= right:
        return True
    both = fit[Says.COMMAND, Says.ANSWER] and fit[Says.ANSWER, Says.COMMAND]
    return bool(both) and wrong > 2 * right


_SIDES: Final = (Says.COMMAND, Says.ANSWER)


def _roles(plan: Plan, rows: list[LogRow]) -> tuple[dict[str, Says], frozenset[str]]:
    """Roles of lines by what fits, and the kinds of lines that are of both sides."""
    kinds: dict[str, list[tuple[bytes, bytes | None]]] = defaultdict(list)
    told: dict[str, Says | None] = {}
    for at, row in enumerate(rows):
        heads = row.kind is RowKind.HEADER and at + 1 < len(rows) and rows[at + 1].bare
        stray = row.role is None and row.shown and not runs(row.shown)
        if (
            row.key
            and not stray
            and (heads or (row.kind is RowKind.BYTES and not row.bare and not row.logical))
        ):
            kinds[row.key].append(_joined(plan, rows, at))
            if not _in_pair(rows, at):
                told[row.key] = plan.role(row)
            told.setdefault(row.key, None)
    roles: dict[str, Says] = {}
    mixed = set()
    most = max(map(len, kinds.values()), default=0)
    for key, found in kinds.items():
        if told[key] is None and len(found) * _RARE < most:
            continue  # a remark between the messages, whatever its bytes look like
        if told[key] is None and all(len(data) == _HEADER for data, _ in found):
            continue  # numbers of cards look like that, and hardly a log of commands
        if told[key] is None and [len(data) for data, _ in found] == [2]:
            continue  # a number, as a balance of 6500
        # What words call an answer and a status word stands beside is one, whatever its bytes.
        sided = told[key] is Says.ANSWER
        # What words call a command may be one of wrong lengths.
        looks = fits.like_command if told[key] is Says.COMMAND else fits.is_usual_command
        may_be = [
            (
                fits.is_usual_command(data) and not (sided and sw is not None),
                fits.is_answer(data) or (sw is not None and (sided or not looks(data))),
            )
            for data, sw in found
        ]
        commands = sum(command for command, _ in may_be)
        answers = sum(answer for _, answer in may_be)
        if len(found) == 1 and told[key] is not None:
            continue
        if commands >= _MOST * len(found) and answers * 4 < commands:
            roles[key] = Says.COMMAND
        elif answers >= _MOST * len(found) and (
            # An answer may look like a command, too.
            may_be.count((True, False)) * 4 < may_be.count((False, True))
        ):
            roles[key] = Says.ANSWER
        elif commands + answers >= _MOST * len(found) and min(commands, answers) * 4 > len(found):
            mixed.add(key)
    return roles, frozenset(mixed)


def _in_pair(rows: list[LogRow], at: int) -> bool:
    """An answer stands behind the bytes, in their line: a command by its looks alone."""
    behind = rows[at + 1] if at + 1 < len(rows) else None
    return behind is not None and behind.line is rows[at].line and behind.key.startswith(BEHIND)


def _joined(plan: Plan, rows: list[LogRow], at: int) -> tuple[bytes, bytes | None]:
    """The bytes of a row with those of the bare rows behind it, and their status word."""
    data, sw = plan.data(rows[at]), rows[at].sw
    answer = plan.role(rows[at]) is Says.ANSWER or not fits.is_command(data)
    for row in rows[at + 1 :]:
        if not (answer or fits.completes(data, row.data)):
            break
        if row.kind is RowKind.STATUS or (row.kind is RowKind.BYTES and row.bare):
            data += row.data
            sw = sw or row.sw
        elif _in_pair(rows, at) and fits.is_sw(row.data):
            sw = sw or row.data
            break
        else:
            break
    return data, sw


def _status(plan: Plan, rows: list[LogRow]) -> tuple[StatusPlace, bool]:
    apart = repeated = alone = twice = inside = without = 0
    data = b""
    for turn in _turns(plan, rows):
        role = turn.role
        if role is None and not data:
            role = None if fits.is_answer(turn.data) else Says.COMMAND
        if role is Says.COMMAND:
            if data:
                inside, without = _count(data, inside, without)
            data = b""
            continue
        if turn.sw is not None and data and turn.data + turn.sw == data:
            inside, without = _count(data, inside, without)
            data = b""
            continue  # the same once more, taken apart
        data += turn.data
        if turn.sw is not None and len(turn.sw) == 2:
            if len(data) > 2:
                repeated += data.endswith(turn.sw)
                apart += not data.endswith(turn.sw)
            elif data:
                twice += data == turn.sw
            else:
                alone += 1
            data = b""
    if data:
        inside, without = _count(data, inside, without)
    # Status words that stand alone where an answer has no data are nowhere else.
    if not apart and (twice or (repeated and not alone)):
        return StatusPlace.REPEATED, False
    if apart or repeated:
        # Some that seem to be repeated end in 9000 by their data, or were cut.
        place = StatusPlace.APART if (apart or alone) * 4 > repeated else StatusPlace.REPEATED
        return place, False
    return StatusPlace.INSIDE, without * 2 > inside


def _silent(plan: Plan, rows: list[LogRow]) -> bool:
    """Most answers with data have no status word, and not because their lines are cut.

    A log that is cut has its longest lines without one; data that are as long as they say,
    or as their command asks for, are whole.
    """
    with_it, without = 0, []
    longest = max((len(row.line.text) for row in rows), default=0)
    command = b""
    for turn in _turns(plan, rows)[:-1]:  # the file may end inside the last one
        if turn.role is Says.COMMAND:
            command = turn.data
        if turn.role is not Says.ANSWER or turn.sw is not None or len(turn.data) <= 2:
            continue
        whole = fits.named_le(command) == len(turn.data) or (
            turn.data[0] == _FCI and turn.data[1] == len(turn.data) - 2
        )
        if fits.is_answer(turn.data):
            with_it += 1
        elif not turn.row.cut and not turn.row.why:
            without.append(whole or len(turn.row.line.text) + 2 < longest)
    return sum(without) >= max(1, with_it)


def _below(plan: Plan, rows: list[LogRow]) -> bool:
    """Status words stand alone in the line below the data, which do not end in them, too."""
    answers = [
        turn for turn in _turns(plan, rows) if turn.role is Says.ANSWER and len(turn.data) > 2
    ]
    below = sum(
        turn.last == 2 and fits.is_sw(turn.data[-2:]) and turn.data[-4:-2] != turn.data[-2:]
        for turn in answers
    )
    return below >= max(2, _MOST * len(answers))


def _count(data: bytes, inside: int, without: int) -> tuple[int, int]:
    good = fits.is_answer(data)
    return inside + good, without + (not good)


def _lanes(plan: Plan, rows: list[LogRow]) -> dict[str, str]:
    """Which slot holds the PSAM; which lane words are used at all."""
    words: dict[str, bool] = {}
    for turn in _turns(plan, rows):
        if turn.lane:
            # The data of a card's answer may begin as what only a PSAM is sent.
            sent = turn.role is not Says.ANSWER and fits.for_sam(turn.data)
            words[turn.lane] = words.get(turn.lane, False) or sent
    lanes = {word: "sam" if sam else "card" for word, sam in words.items() if word.isdigit()}
    return {**lanes, "sam": "sam", "card": "card"} if "sam" in words else lanes


def _sam_keys(plan: Plan, rows: list[LogRow]) -> frozenset[str]:
    """Words for sending of which some only ever send what a PSAM takes, and others to a card."""
    sam: set[str] = set()
    card: set[str] = set()
    for row in rows:
        if row.key and plan.role(row) is Says.COMMAND:
            sam |= {row.key} if fits.for_sam(row.data) else set()
            card |= {row.key} if fits.for_card(row.data) else set()
    return frozenset(sam - card) if card else frozenset()
