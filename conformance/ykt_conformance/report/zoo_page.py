"""The page of a zoo run: which deviation was killed by which case, and what survived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ykt_conformance.cases.clauses import Clause, load_clauses
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.report.markup import NOTHING, Safe, both, join, table, tag, text
from ykt_conformance.report.page import facts, page
from ykt_conformance.report.words import BASES, LEVELS


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One deviation and what became of it.

    Attributes:
        name: of the deviation.
        subject: what is wrong, card or terminal.
        target: name of the target it was tried on.
        about: one sentence, what is wrong with it.
        declared: cases that must fail.
        killed_by: cases that failed.
        reasons: of the failures, by case id.
        problems: what is not as declared: a case that passed, a wrong reason; empty when all is.
    """

    name: str
    subject: Subject
    target: str
    about: str
    declared: tuple[str, ...]
    killed_by: tuple[str, ...]
    reasons: Mapping[str, str] = msgspec.field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """True when some case failed."""
        return bool(self.killed_by)


class ZooTable(msgspec.Struct, frozen=True, kw_only=True):
    """A finished zoo run.

    Attributes:
        mutants: in the order they were run.
        idle: cases that killed nothing, by id.
        clauses: ids of the cases that rest on each clause.
        suite_version, suite_sha256, versions, started, finished, duration_s: as in `RunResult`.
    """

    mutants: tuple[Mutant, ...]
    idle: tuple[str, ...]
    clauses: Mapping[str, Sequence[str]]
    suite_version: str
    suite_sha256: str
    versions: Mapping[str, str]
    started: str
    finished: str
    duration_s: float

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Deviations that no case noticed."""
        return tuple(mutant for mutant in self.mutants if not mutant.killed)

    @property
    def amiss(self) -> tuple[Mutant, ...]:
        """Deviations with which something is not as declared."""
        return tuple(mutant for mutant in self.mutants if mutant.problems or not mutant.killed)


def render_zoo(zoo: ZooTable, out: Path | None = None) -> str:
    """The page of a zoo run; written to ``out`` as well when it is given."""
    killed = len(zoo.mutants) - len(zoo.survivors)
    good = not zoo.amiss and not zoo.idle
    result = both(
        f"{killed} of {len(zoo.mutants)} deviations killed, {len(zoo.amiss)} not as declared, "
        f"{len(zoo.idle)} cases killed nothing.",
        f"{len(zoo.mutants)} 个偏差中杀死 {killed} 个，{len(zoo.amiss)} 个与声明不符，"
        f"{len(zoo.idle)} 个项目未杀死任何偏差。",
    )
    head = tag(
        "header",
        tag("p", both("Test of the suite itself", "检测套件自检"), cls="over"),
        tag("h1", both("Deviations and the cases that notice them", "偏差与发现它的项目")),
        tag("p", result, cls=f"result {'pass' if good else 'fail'}"),
    )
    about = facts([
        (both("suite", "检测套件"), text(f"{zoo.suite_version} SHA-256 {zoo.suite_sha256}")),
        (both("versions", "版本"), text(", ".join(f"{k} {v}" for k, v in zoo.versions.items()))),
        (both("started", "开始"), text(zoo.started)),
        (both("finished", "结束"), text(f"{zoo.finished} ({zoo.duration_s:.2f} s)")),
    ])  # fmt: skip
    title = text(f"{killed}/{len(zoo.mutants)} deviations killed – ykt conform zoo")
    sections = (
        tag("section", head, about, id="summary"),
        _mutants(zoo),
        _idle(zoo),
        _clauses(zoo),
    )
    found = page(title, join(sections, "\n"))
    if out is not None:
        out.write_text(found, encoding="utf-8")
    return found


def _mutants(zoo: ZooTable) -> Safe:
    amiss = {mutant.name for mutant in zoo.amiss}
    ordered = sorted(zoo.mutants, key=lambda mutant: mutant.name not in amiss)
    head = (both("deviation", "偏差"), both("state", "结果"), both("killed by", "杀死它的项目"),
            both("declared", "声明"), both("why", "理由"))  # fmt: skip
    rows = [_mutant(mutant) for mutant in ordered]
    title = tag("h2", both("Deviations", "偏差"))
    return tag("section", title, table(head, rows, "list zoo ids"), id="mutants")


def _mutant(mutant: Mutant) -> list[Safe]:
    if not mutant.killed:
        state = tag("span", both("✗ survives", "✗ 存活"), cls="v fail")
    elif mutant.problems:
        state = tag("span", both("! not as declared", "! 与声明不符"), cls="v inc")
    else:
        state = tag("span", both("✓ killed", "✓ 已杀死"), cls="v pass")
    told = [tag("p", tag("code", text(case)), Safe(" "), text(reason))
            for case, reason in sorted(mutant.reasons.items())]  # fmt: skip
    told += [tag("p", text(problem), cls="w") for problem in mutant.problems]
    name = join((tag("code", text(mutant.name)), tag("p", text(mutant.about)),
                 tag("small", text(mutant.target))))  # fmt: skip
    return [name, state, _ids(mutant.killed_by), _ids(mutant.declared), join(told)]


def _ids(cases: Sequence[str]) -> Safe:
    return join((tag("code", text(case)) for case in cases), " ") or Safe("–")


def _idle(zoo: ZooTable) -> Safe:
    if not zoo.idle:
        return NOTHING
    title = tag("h2", both("Cases that killed nothing", "未杀死任何偏差的项目"))
    return tag("section", title, tag("p", _ids(zoo.idle)), id="idle")


def _clauses(zoo: ZooTable) -> Safe:
    known = load_clauses()
    rows = [_clause(name, cases, zoo, known.get(name)) for name, cases in zoo.clauses.items()]
    head = (both("clause", "条款"), both("cases", "项目"), both("kills", "杀死数"),
            both("deviations", "偏差"))  # fmt: skip
    title = tag("h2", both("Kills per clause", "按条款统计"))
    return tag("section", title, table(head, rows, "list kills ids"), id="clauses")


def _clause(name: str, cases: Sequence[str], zoo: ZooTable, clause: Clause | None) -> list[Safe]:
    kills = [mutant.name for mutant in zoo.mutants if set(mutant.killed_by) & set(cases)]
    said = [tag("code", text(name))]
    if clause is not None:
        rank = join((both(clause.level, LEVELS.get(clause.level, "")),
                     both(clause.basis, BASES.get(clause.basis, ""))), " · ")  # fmt: skip
        said += [tag("p", both(clause.text, clause.text_zh)), tag("small", rank)]
    names = join((tag("code", text(kill)) for kill in kills), " ") or Safe("–")
    return [join(said), _ids(cases), text(len(kills)), names]
