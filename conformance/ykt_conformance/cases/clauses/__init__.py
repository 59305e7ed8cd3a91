"""Clauses: what the cases hold an implementation to, and what each rests on.

Files are ``clauses/card*.toml`` and ``clauses/terminal*.toml``. A clause that no case
covers says why in ``excused``; a test holds clauses and cases together.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from ykt_conformance.cases.case import Case
from ykt_conformance.judge.verdict import Subject
from ykt_sim.errors import ProfileError

_ID: Final = re.compile(r"CL-[A-Z][A-Z0-9]*-\d{3}")

#: ``must`` stands in a source, ``should`` is general knowledge, ``observed`` is what known cards
#: do, ``project`` is this project's own decision: it fails nobody whose ICS says otherwise.
Level = Literal["must", "should", "observed", "project"]
#: ``reader code`` is public reader, validator or wallet code.
Basis = Literal["standard", "laboratory", "reader code", "dump", "inference", "project convention"]


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One clause.

    Attributes:
        id: permanent, ``CL-PURSE-004``.
        text, text_zh: one sentence, our own words.
        source: key of the fact, e.g. ``[GM 8.8]``, ``[LAB PICCL2/statemachine]``, ``[DUMP]``.
        level: what it weighs: `Level`; ``project`` where the basis is a project convention.
        basis: what it rests on.
        excused: why no case covers it; empty when one does.
        subject: what it speaks about; from the file's name.
    """

    id: str
    text: str
    text_zh: str
    source: str
    level: Level
    basis: Basis
    excused: str = ""
    subject: Subject = "card"

    @property
    def answerable(self) -> bool:
        """True where neither a standard nor a laboratory says it: an ICS may answer it.

        What rests on dumps, on other readers or on this project's own thought may be otherwise in
        a sound implementation. The answer is what it does instead.
        """
        return self.basis not in ("standard", "laboratory")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clause: tuple[Clause, ...] = ()


def read_clauses(text: str, name: str) -> tuple[Clause, ...]:
    """Clauses of one file's text.

    Raises:
        ProfileError: names the file and the path inside it.
    """
    try:
        found = msgspec.convert(tomllib.loads(text), _File).clause
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ProfileError(f"{name}: {error}") from None
    subject: Subject = "terminal" if name.startswith("terminal") else "card"
    for number, clause in enumerate(found):
        if not _ID.fullmatch(clause.id):
            raise ProfileError(f"{name}: $.clause[{number}].id: {clause.id!r} is no clause id")
        if (clause.level == "project") != (clause.basis == "project convention"):
            raise ProfileError(f"{name}: {clause.id} is of level project by its basis, or is not")
        if not (clause.text and clause.text_zh and clause.source):
            raise ProfileError(f"{name}: {clause.id} needs text, text_zh and source")
    return tuple(msgspec.structs.replace(clause, subject=subject) for clause in found)


def clause_files() -> dict[str, str]:
    """Name and text of every clause file, in order of name."""
    folder = resources.files("ykt_conformance.cases.clauses")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".toml")),
        key=lambda item: item.name,
    )
    return {item.name: item.read_text("utf-8") for item in files}


@cache
def load_clauses() -> Mapping[str, Clause]:
    """All clauses by id; raises ProfileError for a damaged file or an id given twice."""
    found: dict[str, Clause] = {}
    for name, text in clause_files().items():
        for clause in read_clauses(text, name):
            if clause.id in found:
                raise ProfileError(f"{name}: {clause.id} is given twice")
            found[clause.id] = clause
    return MappingProxyType(found)


def questions(subject: Subject) -> dict[str, str]:
    """Clauses that an ICS of the subject may answer: id -> text and what it rests on."""
    return {
        one.id: f"{one.text} ({one.level}; {one.basis}: {one.source})"
        for one in load_clauses().values()
        if one.subject == subject and one.answerable
    }


def answer_problems(answers: Iterable[str], subject: Subject) -> list[str]:
    """What is wrong with the ids of answered clauses, each with its path."""
    problems: list[str] = []
    for clause_id in answers:
        clause = load_clauses().get(clause_id)
        if clause is None or clause.subject != subject:
            problems.append(f"$.clauses.{clause_id}: no clause of a {subject}")
        elif not clause.answerable:
            problems.append(
                f"$.clauses.{clause_id}: rests on a {clause.basis} ({clause.source}); only what "
                "no standard and no laboratory says can be answered"
            )
    return problems


def coverage_problems(cases: Iterable[Case], clauses: Mapping[str, Clause]) -> list[str]:
    """What keeps clauses and cases from fitting together; empty when they do."""
    problems: list[str] = []
    cited: set[str] = set()
    for case in cases:
        if not case.clauses:
            problems.append(f"{case.id} cites no clause")
        for clause_id in case.clauses:
            clause = clauses.get(clause_id)
            if clause is None:
                problems.append(f"{case.id} cites {clause_id}, which does not exist")
            elif clause.subject != case.subject:
                problems.append(f"{case.id} is a {case.subject} case, {clause_id} is not")
        cited.update(case.clauses)
    for clause in clauses.values():
        if clause.id in cited and clause.excused:
            problems.append(f"{clause.id} is excused but covered")
        elif clause.id not in cited and not clause.excused:
            problems.append(f"{clause.id} is neither covered nor excused")
    return problems
