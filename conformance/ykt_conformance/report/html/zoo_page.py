"""The page of a zoo run: which deviation was found by which case, and which by none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from ykt_conformance.cases.clauses import Clause, load_clauses
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.report.html.frame import facts, header, page
from ykt_conformance.report.html.markup import NOTHING, Safe, both, join, table, tag, text
from ykt_conformance.report.html.words import BASES, LEVELS, told


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
    found = len(zoo.mutants) - len(zoo.survivors)
    good = not zoo.amiss and not zoo.idle
    result = both(
        f"{found} of {len(zoo.mutants)} deviations found, {len(zoo.amiss)} not as declared, "
        f"{len(zoo.idle)} cases found nothing.",
        f"{len(zoo.mutants)} 个偏差中发现 {found} 个，{len(zoo.amiss)} 个与声明不符，"
        f"{len(zoo.idle)} 个项目未发现任何偏差。",
    )
    head = header(
        both("Test of the suite itself", "测试套自检"),
        both("Deviations and the cases that notice them", "偏差与发现它的项目"),
        result,
        "pass" if good else "fail",
    )
    about = facts([
        (both("suite", "测试套"), text(f"{zoo.suite_version} SHA-256 {zoo.suite_sha256}")),
        (both("versions", "版本"), text(", ".join(f"{k} {v}" for k, v in zoo.versions.items()))),
        (both("started", "开始"), text(zoo.started)),
        (both("finished", "结束"), text(f"{zoo.finished} ({zoo.duration_s:.2f} s)")),
    ])  # fmt: skip
    title = text(f"{found}/{len(zoo.mutants)} deviations found – ykt conform zoo")
    sections = (
        tag("section", head, about, id="summary"),
        _mutants(zoo),
        _idle(zoo),
        _clauses(zoo),
    )
    whole = page(title, join(sections, "\n"))
    if out is not None:
        out.write_text(whole, encoding="utf-8")
    return whole


def _mutants(zoo: ZooTable) -> Safe:
    amiss = {mutant.name for mutant in zoo.amiss}
    ordered = sorted(zoo.mutants, key=lambda mutant: mutant.name not in amiss)
    head = (both("deviation", "偏差"), both("state", "结果"), both("found by", "发现它的项目"),
            both("declared", "声明"), both("why", "理由"))  # fmt: skip
    rows = [_mutant(mutant) for mutant in ordered]
    title = tag("h2", both("Deviations", "偏差"))
    return tag("section", title, _filter(zoo), table(head, rows, "list zoo ids"), id="mutants")


def _filter(zoo: ZooTable) -> Safe:
    """By state, and by words of a row; a script asks it."""
    states = (
        ("", "all 全部", len(zoo.mutants)),
        ("pass", "✓ found 已发现", len(zoo.mutants) - len(zoo.amiss)),
        ("inc", "! not as declared 与声明不符", len(zoo.amiss) - len(zoo.survivors)),
        ("fail", "✗ not found 未发现", len(zoo.survivors)),
    )
    choices = join(
        Safe(f'<option value="{value}">{text(name)} ({count})</option>')
        for value, name, count in states
    )
    return Safe(
        '<form id="zoo-filter" class="filters js">'
        f'<label>{both("state", "结果")} <select id="z-state" autocomplete="off">{choices}</select>'
        f'</label> <label>{both("search", "搜索")} <input type="search" id="z-text" '
        'autocomplete="off" placeholder="C-0101, MAC2, purchase"></label> '
        f'<span role="status" aria-live="polite">{both("shown", "显示")} '
        f'<output id="z-count">{len(zoo.mutants)}</output> / {len(zoo.mutants)}</span></form>'
    )


def _mutant(mutant: Mutant) -> list[Safe]:
    if not mutant.killed:
        state = tag("span", both("✗ not found", "✗ 未发现"), cls="v fail")
    elif mutant.problems:
        state = tag("span", both("! not as declared", "! 与声明不符"), cls="v inc")
    else:
        state = tag("span", both("✓ found", "✓ 已发现"), cls="v pass")
    lines = [tag("p", tag("code", text(case)), Safe(" "), told(reason, str))
            for case, reason in sorted(mutant.reasons.items())]  # fmt: skip
    lines += [tag("p", text(problem), cls="w") for problem in mutant.problems]
    name = join((tag("code", text(mutant.name)), tag("p", text(mutant.about)),
                 tag("small", text(mutant.target))))  # fmt: skip
    return [name, state, _ids(mutant.killed_by), _ids(mutant.declared), join(lines)]


def _ids(cases: Sequence[str]) -> Safe:
    return join((tag("code", text(case)) for case in cases), " ") or Safe("–")


def _idle(zoo: ZooTable) -> Safe:
    if not zoo.idle:
        return NOTHING
    title = tag("h2", both("Cases that found nothing", "未发现任何偏差的项目"))
    return tag("section", title, tag("p", _ids(zoo.idle)), id="idle")


def _clauses(zoo: ZooTable) -> Safe:
    known = load_clauses()
    rows = [_clause(name, cases, zoo, known.get(name)) for name, cases in zoo.clauses.items()]
    head = (both("clause", "条款"), both("cases", "项目"), both("found", "发现数"),
            both("deviations", "偏差"))  # fmt: skip
    title = tag("h2", both("Found per clause", "按条款统计"))
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
