"""The table of all cases, and the suite's version and hash.

A module of cases has a tuple ``CASES``; it is in the suite because it lies in a folder of cases
(``cases/card``, ``sweeps``, ``terminal``, ``tables``), not because somebody imported it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from ykt_conformance.cases.case import CardCase, Case, TerminalCase
from ykt_conformance.judge.verdict import Subject
from ykt_sim.errors import UsageError

#: Rooms whose every file a verdict depends on; they are the suite's hash.
JUDGING: Final = ("judge", "ics", "drive", "model", "cases")
_SUITE: Final = Path(__file__).parents[1]
#: Version of the suite; raised when cases, clauses or rules are added or change.
SUITE_VERSION: Final[str] = tomllib.loads((_SUITE / "cases" / "suite.toml").read_text("utf-8"))[
    "version"
]

_FOLDERS: Final[dict[Subject, tuple[str, ...]]] = {
    "card": ("card", "sweeps"),
    "terminal": ("terminal", "tables"),
}
_ID: Final[dict[Subject, re.Pattern[str]]] = {
    "card": re.compile(r"C-\d{4}"),
    "terminal": re.compile(r"T-\d{4}"),
}

_C = TypeVar("_C", bound=Case)


def modules(subject: Subject) -> tuple[str, ...]:
    """Names of the modules of cases of one subject: every file of its folders."""
    return tuple(
        f"ykt_conformance.cases.{folder}.{stem}"
        for folder in _FOLDERS[subject]
        for stem in sorted(path.stem for path in (_SUITE / "cases" / folder).glob("*.py"))
        if stem != "__init__"
    )


def listed(name: str) -> tuple[Case, ...]:
    """Cases of one module of `modules`."""
    found: tuple[Case, ...] = import_module(name).CASES
    return found


def _load(names: Iterable[str], kind: type[_C]) -> tuple[_C, ...]:
    found: dict[str, _C] = {}
    for name in names:
        for case in listed(name):
            if not isinstance(case, kind) or not _ID[kind.subject].fullmatch(case.id):
                raise UsageError(f"{name}: {case.id!r} is no id of a {kind.subject} case")
            if case.id in found:
                raise UsageError(f"{name}: {case.id} is given twice")
            found[case.id] = case
    return tuple(found[case_id] for case_id in sorted(found))


@cache
def card_cases() -> tuple[CardCase, ...]:
    """All card cases in order of id; UsageError for an id given twice."""
    return _load(modules("card"), CardCase)


@cache
def terminal_cases() -> tuple[TerminalCase, ...]:
    """All terminal cases in order of id; UsageError for an id given twice."""
    return _load(modules("terminal"), TerminalCase)


def cases(subject: Subject) -> tuple[Case, ...]:
    """All cases of one subject, where only their records and judges are asked for."""
    return card_cases() if subject == "card" else terminal_cases()


def all_cases() -> tuple[Case, ...]:
    """All cases, cards first."""
    return (*card_cases(), *terminal_cases())


def record(case: Case) -> dict[str, object]:
    """A case's record as plain data, for lists and the suite's hash."""
    return {
        "id": case.id,
        "subject": case.subject,
        "group": case.group,
        "title": case.title,
        "title_zh": case.title_zh,
        "clauses": list(case.clauses),
        "official": case.official,
        "applies": case.applies,
        "needs": sorted(case.needs),
    }


@cache
def suite_sha256() -> str:
    """SHA-256 over the case records and every file of the rooms that decide a verdict.

    Two runs with the same hash were judged by the same words.
    """
    digest = hashlib.sha256(SUITE_VERSION.encode())
    for case in all_cases():
        digest.update(msgspec.json.encode(record(case), order="sorted"))
    for room in JUDGING:
        found = (path for path in (_SUITE / room).rglob("*") if path.suffix in (".py", ".toml"))
        for name in sorted(path.relative_to(_SUITE).as_posix() for path in found):
            digest.update(name.encode() + (_SUITE / name).read_bytes())
    return digest.hexdigest()
