"""Reference pages that are written by the program's own tables.

``python -m tests.docs.reference`` (``make reference``) writes them again;
``tests/docs/test_reference.py`` compares each with what it would be now.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import get_args

from tests.docs.formats import trace_formats
from tests.docs.keys import keys
from tests.docs.switches import switches
from tests.docs.tables import first_line, table, titled
from tests.tools.check_structure import sheet
from ykt_sim import codes, wire
from ykt_sim.codes import AID_NAMES, CODE_TEXT, SW, SW_TEXT, Code, Operation
from ykt_sim.terminal import Phase, state_diagram
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.terminal.phases import INNER
from ykt_sim.wire.commands import COMMANDS, OPERATIONS, Chapter, Layouts, OperationRow
from ykt_sim.wire.record import Record, all_records

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"


# -- terminal states ---------------------------------------------------------------


#: The event that tells what a phase waits for; the first that has a row.
_AWAITED = (
    ("CardPresented", "a card"),
    ("Started", "power"),
    ("SamAnswered", "the PSAM"),
    ("HostAnswered", "the host"),
    ("HostConfirmed", "the host"),
    ("CardReset", "the card's reset"),
    ("CardAnswered", "the card's answer"),
)


def _waits(phase: Phase) -> str:
    if phase in INNER:
        return "nothing: passes at once"
    kinds = {event.__name__ for here, event in TRANSITIONS if here is phase}
    for event, who in _AWAITED:
        if event in kinds:
            return who
    raise LookupError(f"{phase.name} waits for nothing known")


def terminal_states() -> str:
    """The terminal's table as a diagram and as rows."""
    phases = table(
        ("phase", "in words", "waits for"),
        ((f"`{phase.name}`", phase.value, _waits(phase)) for phase in Phase),
    )
    order = {phase: number for number, phase in enumerate(Phase)}
    rows = sorted(TRANSITIONS.items(), key=lambda item: order[item[0][0]])
    events = table(
        ("phase", "event", "what is done", "next phase"),
        (
            (
                f"`{phase.name}`",
                f"`{event.__name__}`",
                first_line(row.act),
                f"`{row.next.name}`",
            )
            for (phase, event), row in rows
        ),
    )
    return titled(
        "Terminal states",
        "A terminal is a table: (phase, event) leads to an act and the next phase "
        "(`ykt_sim/terminal/machine.py`). A pair that is not listed is an error of whoever drives "
        "the terminal, and changes nothing. An act either gives actions for the driver, or a "
        "signal that is looked up at once in the next phase.",
        f"{len(Phase)} phases, {len(TRANSITIONS)} rows; arrows with the same ends are drawn as "
        "one.",
        f"```mermaid\n{state_diagram()}```",
        "## Phases",
        phases,
        "## Rows",
        events,
    )


# -- codes -------------------------------------------------------------------------


def _decisions() -> str:
    def basis(code: Code) -> str:
        return "project convention" if code.startswith("YKT-") else "[LAB] field's code"

    return table(
        ("code", "name", "English", "Chinese", "basis"),
        ((f"`{code}`", code.name, *CODE_TEXT[code], basis(code)) for code in sorted(Code) if code),
    )


def _status_words() -> str:
    families = (
        ("63Cx", "", "wrong, x tries left", "还可再试 x 次"),
        ("61xx", "", "xx bytes to fetch with GET RESPONSE", "GET RESPONSE 可取 xx 字节"),
        ("6Cxx", "", "wrong Le, exact length is xx", "Le 应为 xx"),
    )
    single = ((f"{sw:04X}", SW(sw).name, *SW_TEXT[sw]) for sw in sorted(SW_TEXT))
    return table(
        ("status word", "name", "English", "Chinese"),
        ((f"`{sw}`", *rest) for sw, *rest in (*single, *families)),
    )


def _value(member: Enum) -> str:
    if isinstance(member, int):
        return f"{member:0{4 if max(type(member)) > 0xFF else 2}X}"
    return str(member)


def _enumerations() -> Iterable[str]:
    for name, enum in vars(codes).items():
        if not (isinstance(enum, type) and issubclass(enum, Enum)) or not len(enum):
            continue
        if enum in (SW, Code):
            continue
        yield f"### {name}"
        yield inspect.cleandoc(enum.__doc__ or "").replace("\n\n", "\n").replace("\n", " ")
        yield table(
            ("value", "name"),
            ((f"`{_value(member)}`", member.name) for member in enum),
        )


def code_tables() -> str:
    """Decision codes, status words, and every enumeration of codes.py."""
    aids = table(
        ("AID or DF name", "what it is"),
        ((f"`{aid.hex().upper()}`", name) for aid, name in AID_NAMES.items()),
    )
    return titled(
        "Codes",
        "Numbers of specifications, from `ykt_sim/codes.py`. "
        "The marks in brackets are explained under [provenance](architecture.md#provenance). "
        "An enumeration of what a card may say is open: a value that nobody lists keeps its "
        "number and is called `UNKNOWN_xx`.",
        "## Decisions of a terminal",
        "A tap that is not accepted shows one of these. The field's own codes are used where they "
        "are public; the full list of JT/T 1356.2 is not, so the others are this project's own.",
        _decisions(),
        "## Status words",
        first_line(SW) + ".",
        _status_words(),
        "## Enumerations",
        *_enumerations(),
        "## Applications",
        aids,
    )


# -- commands ----------------------------------------------------------------------


def _sizes(layouts: Layouts, free: range) -> str:
    """Sizes of data or answer in bytes, with the records' names where they have any."""
    if layouts:
        return ", ".join(f"{one.SIZE} `{one.__name__}`" for one in layouts)
    if free.step > 1:
        return " or ".join(map(str, free))
    return str(free[0]) if len(free) == 1 else f"{free[0]} to {free[-1]}"


def _values(values: tuple[int, ...], says: str) -> str:
    if values == tuple(range(len(values))) and len(values) > 2:
        return f"`00` to `{values[-1]:02X}`"
    return " ".join(f"`{value:02X}`" for value in values) or says


def _operation_row(name: Operation, row: OperationRow) -> Iterable[str]:
    yield f"`{name}`"
    yield row.initialize.name
    yield row.commit.name
    yield f"{row.key:02X} `{row.role}`"
    yield from ("" if kind is None else f"`{kind:02X}`" for kind in (row.ed, row.ep))
    yield "the host, online" if row.online else "a PSAM, offline"


def command_tables() -> str:
    """Every command, and the kinds of purse transaction."""
    parts = [
        "What a command is, from `ykt_sim/wire/commands.py`. Sizes are in bytes, without a MAC of "
        "secure messaging; the records stand under [Records](records.md). The marks in brackets "
        "are explained under [provenance](architecture.md#provenance).",
        f"{len(COMMANDS)} commands.",
    ]
    for chapter in Chapter:
        rows = [row for row in COMMANDS if row.chapter is chapter]
        parts.append(f"## {chapter[0].upper()}{chapter[1:]}")
        parts.append(
            table(
                ("command", "Chinese", "CLA", "INS", "P1", "P2", "data", "answer", "source"),
                (
                    (
                        row.name,
                        row.zh,
                        _values(row.cla, ""),
                        f"`{row.ins:02X}`",
                        _values(row.p1, "see below" if row.says else "not public"),
                        _values(row.p2, "see below" if row.says else "not public"),
                        _sizes(row.data, row.sends),
                        _sizes(row.answer, row.gives),
                        row.source,
                    )
                    for row in rows
                ),
            )
        )
        parts.append("\n".join(f"* {row.name}. {row.says}." for row in rows if row.says))
    return titled(
        "Commands",
        *filter(None, parts),
        "## Purse transactions",
        "P1 of INITIALIZE says which one begins, P2 on which purse: `01` the deposit (ED), `02` "
        "the electronic purse (EP). The type byte goes under MAC and TAC.",
        table(
            ("transaction", "begins with", "is written by", "key", "ED", "EP", "with"),
            (_operation_row(name, row) for name, row in OPERATIONS.items()),
        ),
    )


# -- records -----------------------------------------------------------------------

#: Modules of `wire`, in reading order, and their headings.
_ROOMS = {
    "files_tunion": "Files of T-Union",
    "files_lnt": "Files of Lingnan Tong",
    "ecash": "E-cash",
    "files_sam": "Files of a PSAM",
    "purse": "Purse commands",
    "macs": "What lies under keys, MACs and TACs",
}


def wire_records() -> dict[str, list[type[Record]]]:
    """Every record of `ykt_sim.wire`, by module."""
    for module in pkgutil.iter_modules(wire.__path__):
        importlib.import_module(f"{wire.__name__}.{module.name}")
    found: dict[str, list[type[Record]]] = {}
    for record in all_records():
        room, _, name = record.__module__.rpartition(".")
        if room == wire.__name__ and record.SIZE:
            found.setdefault(name, []).append(record)
    return found


def _record(record: type[Record]) -> Iterable[str]:
    yield f"### {record.__name__}"
    text = inspect.cleandoc(record.__doc__ or "")
    yield text
    yield f"{record.SIZE} bytes. Source: {record.SOURCE}."
    yield table(
        ("offset", "size", "field", "kind", "Chinese", "source"),
        (
            (
                str(spec.offset),
                str(spec.size),
                f"`{spec.name}`",
                spec.kind.value,
                spec.zh,
                "" if spec.source == record.SOURCE else spec.source,
            )
            for spec in record.LAYOUT
        ),
    )
    example = "\n".join(re.findall(".{1,64}", record.EXAMPLE))
    yield f"```text\n{example}\n```"


def record_tables() -> str:
    """Every record: its fields in their places."""
    found = wire_records()
    count = sum(map(len, found.values()))
    parts = [
        "Byte structures as the classes of `ykt_sim/wire/` declare them; offsets and sizes are in "
        "bytes, numbers are big-endian, amounts and balances are in fen. A field without a source "
        "of its own rests on the record's. The marks in brackets are explained under "
        "[provenance](architecture.md#provenance). Each record ends with one example.",
        f"{count} records.",
    ]
    for room, heading in _ROOMS.items():
        parts.append(f"## {heading}")
        for record in found.pop(room):
            parts += _record(record)
    if found:
        raise LookupError(f"no heading for the records of {', '.join(found)}")
    return titled("Records", *parts)


# -- the Python face ----------------------------------------------------------------


#: Rooms with a face, from the top down.
FACES = (
    "ykt_sim", "ykt_conformance.zoo", "ykt_conformance.run", "ykt_conformance.report",
    "ykt_conformance.cases", "ykt_conformance.ics", "ykt_conformance.drive",
    "ykt_conformance.judge", "ykt_sim.bench", "ykt_sim.rework", "ykt_sim.meaning",
    "ykt_sim.card", "ykt_sim.sam",
    "ykt_sim.terminal", "ykt_sim.transport", "ykt_sim.trace", "ykt_sim.profiles", "ykt_sim.crypto",
)  # fmt: skip


def _called(thing: object) -> str:
    """What goes between the brackets: names of arguments, those by name alone behind a star."""
    if inspect.isclass(thing) or not callable(thing) or get_args(thing):
        return ""
    words: list[str] = []
    for name, argument in inspect.signature(thing).parameters.items():
        if argument.kind is argument.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        words.append(name)
    return f"({', '.join(words)})"


def _says(thing: object) -> str:
    """The first sentence; of a name for several types or values, which they are."""
    several = get_args(thing)
    if several:
        names = (None if one is NoneType else getattr(one, "__name__", one) for one in several)
        return "one of " + ", ".join(f"`{name}`" for name in names)
    return first_line(thing)


def python() -> str:
    """What a program may import, from the faces of the rooms."""
    parts = [
        "What a program may import: the names in each room's `__all__`. A name is imported when it "
        "is asked for, so a face costs nothing until it is used. Arguments behind `*` go by name. "
        "[Use it from Python](../howto/use-from-python.md) shows the first steps.",
    ]
    for face in FACES:
        room = importlib.import_module(face)
        parts += [f"## {face}", inspect.cleandoc(room.__doc__ or "")]
        rows = [
            (f"`{name}{_called(thing)}`", _says(thing))
            for name in room.__all__
            if name != "__version__" and (thing := getattr(room, name)) is not None
        ]
        parts.append(table(("name", "what it is"), rows))
    return titled("Python", *parts)


PAGES: dict[str, Callable[[], str]] = {
    "python.md": python,
    "trace-formats.md": trace_formats,
    "terminal-states.md": terminal_states,
    "codes.md": code_tables,
    "commands.md": command_tables,
    "switches.md": switches,
    "records.md": record_tables,
    "keys.md": keys,
    "files.md": lambda: sheet(ROOT),
}


def main() -> int:
    """Write the pages that differ."""
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
