"""What the columns of a table hold: told by their names, by the user, or by what stands in them.

A name is read with the words of `words`. Where names of another language tell no exchange,
the one column of commands and the one of answers (or of data and status words) are those;
where more than one fits, nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from ykt_sim.errors import UsageError
from ykt_sim.trace.readers.loose import fits
from ykt_sim.trace.readers.loose.timing.units import TIME_NAMES, name_says
from ykt_sim.trace.readers.loose.tokens import Dress, pieces, plain, undressed
from ykt_sim.trace.readers.loose.words import EXPECTING, SPEAKERS, Says, label

_DIRECTIONS: Final = frozenset(
    ["dir", "direction", "way", "type", "side", "role", "kind", "方向", "类型", "收发"]
)
_LANES: Final = frozenset(
    ["channel", "slot", "lane", "device", "reader", "target", "通道", "卡槽", "设备"]
)
BYTES: Final = {
    Says.COMMAND: "command",
    Says.ANSWER: "answer",
    Says.APDU: "apdu",
    Says.DATA: "data",
    Says.STATUS: "sw",
    Says.SW1: "sw1",
    Says.SW2: "sw2",
}
#: What a test should give is not what a card gave.
EXPECTED: Final = "expected"
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LAST_HAN: Final = re.compile(r"(?<=[一-鿿])(命令|指令|请求|应答|响应|返回|状态字)(?=\W*\Z)")
_ACTUAL: Final = re.compile(r"actual|got|observed|measured|实际|实测|实得", re.IGNORECASE)
#: What is of the side that a name in front tells.
_PARTS: Final = (Says.CLA, Says.INS, Says.P1, Says.P2, Says.LC, Says.LE)
_SIDED: Final = frozenset({"command", "answer", "apdu", "data"})
_COLUMNS: Final = ("time", "took", "lane", "dir", *BYTES.values())
_SIDES: Final = ("command", "answer")
#: What people write into a cell that holds nothing.
_NOTHING: Final = frozenset(
    ["-", "--", "—", "–", "/", "none", "null", "nil", "n/a", "na", "empty", "no data", "无", "空"]
)
#: Two numbers with a comma are a list of bytes only where both look like one.
_NUMBER: Final = re.compile(r"[-+]?(?:\d+,\d|\d+,\d{3,}|\d,\d+|\d{3,},\d+)")
_BEHIND: Final = re.compile(r"\s*(?:\(.*\)|//.*|#.*|\s--\s.*)?\s*", re.DOTALL)
#: Rows that are looked at to tell what columns hold, and the least of them.
_ROWS: Final = 400
_LEAST: Final = 2
_MOST: Final = 0.7


def field_bytes(value: object) -> bytes | None:
    """The bytes of a field; None when it is not hex."""
    if isinstance(value, list):
        good = all(isinstance(one, int) and 0 <= one < 256 for one in value)
        return bytes(value) if good else None
    text = plain(str("" if value is None else value))
    if _NUMBER.fullmatch(text.strip()):
        return None
    text = undressed(text, Dress()).strip(" []\"'{}")
    if text.strip("<>()").lower() in _NOTHING or not text:
        return b""
    found = pieces(text)
    if (
        len(found) != 1
        or found[0].odd
        or text[: found[0].start].strip()
        or not _BEHIND.fullmatch(text[found[0].end :])
    ):
        return None
    return found[0].data


def field_status(value: object) -> bytes | None:
    """The status word of a field, words may stand behind it; None when there is none."""
    data = field_bytes(value)
    if data is not None:
        return data
    text = plain(str(value)).strip()
    found = pieces(text)
    good = bool(found) and fits.is_sw(found[0].data) and found[0].start <= len("SW=0x")
    return found[0].data if good else None


def _meaning(name: str) -> str:
    """What a column of this name holds."""
    name = name.strip().strip("\"'")
    if len(name) > 1 and (of_time := name_says(name)):
        return of_time
    if _ACTUAL.fullmatch(name):
        return "answer"
    name = _CAMEL.sub(" ", name).lower()
    for meaning, names in (("dir", _DIRECTIONS), ("lane", _LANES)):
        if name in names:
            return meaning
    if name in SPEAKERS:
        return ""  # a terminal's number; what it sends is told by what stands there
    # What a Chinese name ends in says what it is: 实际响应 is an answer.
    says = label(f"{name}:").says or label(_LAST_HAN.sub(r" \1", name) + ":").says
    if says is Says.LENGTH:
        return "length"
    return "" if says is None else BYTES.get(says, "")


def named_column(name: str, columns: dict[str, str] | None = None) -> str:
    """What a column of this name holds, a path of names in JSON (``request.hex``).

    The side that a name in front tells is the side of the bytes behind it.

    Args:
        name: of the column.
        columns: what columns hold, where the user says it; others then hold nothing.
    """
    *front, last = name.split(".")
    if not columns and EXPECTING.search(_CAMEL.sub(" ", name)):
        return EXPECTED
    if columns:
        return columns.get(name.lower(), columns.get(last.lower(), ""))
    found = _meaning(last)
    sides = [side for part in front if (side := _meaning(part)) in {"command", "answer"}]
    return sides[-1] if sides and found in _SIDED else found


def assembled(fields: dict[str, object]) -> dict[str, object]:
    """The fields of a record, a command that stands in several of them as one, ``command``.

    Such fields are CLA, INS, P1 and P2, all four, and with them Lc, data and Le [ISO/IEC
    7816-3 12.1.1]. What they hold is not mended: an Lc is the one that is written.
    """
    named = {name: label(f"{name.rpartition('.')[2]}:").says for name in fields}
    group = [name for name, says in named.items() if says is Says.CLA]
    front, dot, _ = group[0].rpartition(".") if group else ("", "", "")
    own = [name for name in fields if name.rpartition(".")[0] == front]
    there = {named[name]: name for name in reversed(own) if named[name] is not None}
    if not {Says.CLA, Says.INS, Says.P1, Says.P2} <= there.keys():
        return fields
    body = next((name for name in own if _meaning(name.rpartition(".")[2]) == "data"), "")
    body = body or there.get(Says.COMMAND, "")
    header = [_byte(fields[there[one]]) for one in (Says.CLA, Says.INS, Says.P1, Says.P2)]
    size, le = (_byte(fields.get(there.get(one, ""))) for one in (Says.LC, Says.LE))
    data = field_bytes(fields.get(body))
    if data is None or size is None or le is None or not all(header):
        return fields
    size = size or (bytes((len(data) & 0xFF,)) if data else b"")
    command = b"".join(one or b"" for one in header) + (size if data else b"") + data + le
    used = {there[one] for one in _PARTS if one in there} | {body}
    rest = {name: value for name, value in fields.items() if name not in used}
    return {f"{front}{dot}command": command.hex(), **rest}


def _byte(value: object) -> bytes | None:
    """One byte, or none; None when it is something else."""
    if isinstance(value, int):
        return bytes((value & 0xFF,)) if 0 <= value <= 256 else None
    text = str("" if value is None else value).strip()
    data = field_bytes(text.rjust(2, "0") if len(text) == 1 and text not in _NOTHING else text)
    return data if data is not None and len(data) < 2 else None


def columns_of(text: str) -> dict[str, str]:
    """What columns hold, by their names in small letters, from ``MEANING=NAME,...``.

    Raises:
        UsageError: no such meaning, one twice, or columns that make no exchange.
    """
    by: dict[str, str] = {}
    for item in text.split(","):
        meaning, _, name = (part.strip() for part in item.partition("="))
        if meaning not in _COLUMNS or not name:
            known = ", ".join(_COLUMNS)
            raise UsageError(f"columns: expected MEANING=NAME, found {item!r}; known are {known}")
        if meaning in by or name.lower() in by.values():
            raise UsageError(f"columns: {item!r} says again what was said before")
        by[meaning] = name.lower()
    sides = {"command", "answer"} if "dir" not in by else {"data"}
    if "sw" in by:
        sides.discard("answer")
    if missing := sides - by.keys():
        raise UsageError(
            "columns: expected command and answer (or sw), or dir and data; "
            f"missing: {', '.join(sorted(missing))}"
        )
    return {name: meaning for meaning, name in by.items()}


def by_content(
    rows: list[dict[str, object]], meaning: Callable[[str], str]
) -> dict[str, str] | None:
    """What columns hold by what stands in them; None when more than one reading fits.

    Args:
        rows: of the table.
        meaning: what a column holds by its name.

    Returns:
        Meanings by the names of the columns; others keep the one of their name.
    """
    if len(rows) < _LEAST:
        return None
    columns = {
        name: [field_bytes(row.get(name)) for row in rows[:_ROWS]]
        for name in dict.fromkeys(name for row in rows[:_ROWS] for name in row)
        if meaning(name) not in {*TIME_NAMES, "lane", "dir", EXPECTED}
    }
    shown = {
        name: [data for data in values if data]
        for name, values in columns.items()
        if None not in values
        and any(len(data or b"") > 2 or fits.is_sw(data or b"") for data in values)
    }
    statuses = [name for name, found in shown.items() if all(map(fits.is_sw, found))]
    commands = [
        name for name, found in shown.items() if name not in statuses and _are_commands(found)
    ]
    others = [name for name in shown if name not in {*statuses, *commands}]
    if len(statuses) != 1:
        others = [name for name in others if all(map(fits.is_answer, shown[name]))]
        statuses = []
    if len(commands) == 1 and len(others) <= 1 and (others or statuses):
        found = {commands[0]: "command"}
        found |= dict.fromkeys(others, "answer")
        return found | dict.fromkeys(statuses, "sw")
    return _by_direction(rows, shown, meaning)


def _are_commands(found: list[bytes]) -> bool:
    """All have the header of a command, and nearly all the lengths: some are negative tests."""
    usual = sum(map(fits.is_usual_command, found))
    return bool(found) and all(map(fits.like_command, found)) and usual >= _MOST * len(found)


def _by_direction(
    rows: list[dict[str, object]], shown: dict[str, list[bytes]], meaning: Callable[[str], str]
) -> dict[str, str] | None:
    """A column of two values, one of them at all commands and the other at all answers."""
    found: list[tuple[str, str]] = []
    for name in shown:
        for way in rows[0]:
            if way in shown or meaning(way) in {*TIME_NAMES, "lane"}:
                continue
            sides: dict[str, list[bytes]] = {}
            for row in rows[:_ROWS]:
                data = field_bytes(row.get(name)) or b""
                sides.setdefault(str(row.get(way)), []).extend([data] if data else [])
            commands = [_are_commands(side) for side in sides.values()]
            answers = [bool(side) and all(map(fits.is_answer, side)) for side in sides.values()]
            if sorted(commands) == sorted(answers) == [False, True] and commands != answers:
                found.append((name, way))
    if len(found) != 1:
        return None
    return {found[0][0]: "data", found[0][1]: "dir"}


def differing(fields: Mapping[str, object], by: Mapping[str, list[str]]) -> dict[Says | None, str]:
    """What is wrong with a side of which columns with other bytes are in one row.

    Args:
        fields: of the row, by the names of their columns.
        by: names of columns by what they hold.
    """
    wrong: dict[Says | None, str] = {}
    for meaning, role in (
        ("command", Says.COMMAND),
        ("answer", Says.ANSWER),
        ("sw", Says.ANSWER),
    ):
        names = by.get(meaning, [])
        read = field_status if meaning == "sw" else field_bytes
        shown = {name: data for name in names if len(data := read(fields[name]) or b"") > 1}
        if len(set(shown.values())) > 1:
            told = " and ".join(map(repr, list(shown)[:_LEAST]))
            wrong[role] = (
                f"the columns {told} differ, nobody tells which is right; "
                "say it with --from columns:command=NAME,answer=NAME,sw=NAME"
            )
    return wrong


def tells_exchanges(meanings: set[str]) -> bool:
    """Columns that hold this give exchanges."""
    if "dir" in meanings:
        return bool(meanings & _SIDED)
    return bool(meanings & {"command", "apdu"}) and bool(
        meanings & {"answer", "data", "sw", "sw1", EXPECTED}
    )
