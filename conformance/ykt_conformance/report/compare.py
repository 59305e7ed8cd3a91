"""Two runs of a product, held against each other: what was tested, verdicts, reasons, times."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ykt_conformance.judge.alike import pattern
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.console import Lang, told, verdict
from ykt_conformance.report.results_json import plain
from ykt_conformance.report.stored import Case, Results

#: A case that takes so many times longer, or shorter, and so many seconds, is told.
_TIMES: Final = 2.0
_SECONDS: Final = 0.05
_MISSING: Final = "not there"
_EXCLUDED: Final = "excluded"
_ZH: Final = {
    "target": "被测对象", "suite": "测试套", "keys": "密钥", "seed": "随机种子",
    "campaign": "检测任务", "none": "无", _MISSING: "没有", _EXCLUDED: "排除",
}  # fmt: skip
#: A verdict, and that the recordings follow in which it came out so.
_VERDICT: Final = re.compile(rf"\b({'|'.join(Verdict)})\b( in )?")


class Change(msgspec.Struct, frozen=True):
    """Something that is not the same in both runs.

    Attributes:
        what: a case or an entry.
        before, after: in either run.
    """

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before} -> {self.after}"


class Comparison(msgspec.Struct, frozen=True):
    """What is not the same in two runs.

    Attributes:
        circumstances: target, suite, keys and campaign file.
        form: entries of the ICS.
        verdicts: cases with another verdict, or in one run only.
        reasons: cases that came out alike for other reasons, numbers aside.
        times: cases that took much longer or shorter, in seconds.
        median: of all cases' times, after by before; None where nothing can be compared.
    """

    circumstances: tuple[Change, ...]
    form: tuple[Change, ...]
    verdicts: tuple[Change, ...]
    reasons: tuple[Change, ...]
    times: tuple[Change, ...]
    median: float | None

    @property
    def same(self) -> bool:
        """Every case came out alike."""
        return not (self.verdicts or self.reasons)

    def lines(self, lang: Lang = "en") -> Iterator[str]:
        """All of it for people, in one of the languages."""
        en = lang == "en"
        for title, zh, changes in (
            ("run", "检测", self.circumstances), ("ICS", "ICS", self.form),
            ("verdict", "结论", self.verdicts), ("reason", "原因", self.reasons),
            ("time", "用时", self.times),
        ):  # fmt: skip
            yield from (
                f"{title}: {change}" if en else f"{zh}：{_chinese(change)}" for change in changes
            )
        if self.median is not None:
            yield (
                f"time: {self.median:.2f} times as long, median of all cases"
                if en
                else f"用时：全部项目的中位数为原来的 {self.median:.2f} 倍"
            )
        if self.same:
            yield "every case came out alike" if en else "各项结果均相同"


def _chinese(change: Change) -> str:
    """What changed, with verdicts and sentences in Chinese; entries of the form as written."""
    before, after = (
        _ZH.get(said) or _VERDICT.sub(_verdict_zh, said)
        for said in (told(change.before, "zh"), told(change.after, "zh"))
    )
    return f"{_ZH.get(change.what, change.what)}：{before} -> {after}"


def _verdict_zh(found: re.Match[str]) -> str:
    return f"{verdict(Verdict(found[1]), 'zh')}{'：' if found[2] else ''}"


def compare(before: Results, after: Results) -> Comparison:
    """Hold two runs against each other."""
    one, other = _cases(before), _cases(after)
    both = [name for name in one if name in other]
    names = dict.fromkeys((*one, *other))
    return Comparison(
        circumstances=tuple(_circumstances(before, after)),
        form=tuple(_entries(before.ics.values, after.ics.values)),
        verdicts=tuple(_changed(
            (name, _verdicts(name, one, before), _verdicts(name, other, after)) for name in names
        )),
        reasons=tuple(itertools.chain.from_iterable(
            _reasons(name, one[name], other[name]) for name in both
        )),
        times=tuple(itertools.chain.from_iterable(
            _times(name, one[name], other[name]) for name in both
        )),
        median=_median(one, other),
    )  # fmt: skip


def _cases(results: Results) -> Mapping[str, list[Case]]:
    """Every case with how it came out; several ways where there were several recordings."""
    found: defaultdict[str, list[Case]] = defaultdict(list)
    for case in results.cases:
        found[case.id].append(case)
    return dict(found)


def _changed(told: Iterator[tuple[str, str, str]]) -> Iterator[Change]:
    return (Change(*one) for one in told if one[1] != one[2])


def _circumstances(before: Results, after: Results) -> Iterator[Change]:
    def told(results: Results) -> dict[str, str]:
        return {
            "target": results.target,
            "suite": f"{results.suite.version} ({results.suite.sha256[:8]})",
            "ICS": f"{results.ics.name} ({results.ics.sha256[:8]})",
            "keys": results.keys,
            "seed": str(results.seed),
            "campaign": _campaign(results),
        }

    yield from _changed(
        (name, old, new)
        for (name, old), new in zip(told(before).items(), told(after).values(), strict=True)
    )


def _campaign(results: Results) -> str:
    stated = results.campaign
    return "none" if stated is None else f"{stated.name} ({stated.sha256[:8]})"


def _entries(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Entries of the form that differ, by their paths."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            place = f"{path}.{name}" if path else str(name)
            yield from _entries(before.get(name), after.get(name), place)
    elif before != after:
        yield Change(path, _entry(before), _entry(after))


def _entry(value: Any) -> str:
    return _MISSING if value is None else str(plain(value))


def _verdicts(name: str, known: Mapping[str, list[Case]], results: Results) -> str:
    cases = known.get(name)
    if cases is None:
        return _EXCLUDED if any(left.id == name for left in results.excluded) else _MISSING
    if len(cases) == 1:
        return cases[0].verdict
    return ", ".join(f"{case.verdict} in {case.found_in}" for case in cases)


def _reasons(name: str, before: list[Case], after: list[Case]) -> Iterator[Change]:
    """Another reason of a case that did not pass, neither here nor there."""
    if len(before) != 1 or len(after) != 1 or before[0].verdict != after[0].verdict:
        return
    old, new = before[0].reason, after[0].reason
    if before[0].verdict != Verdict.PASS and pattern(old) != pattern(new):
        yield Change(name, old, new)


def _times(name: str, before: list[Case], after: list[Case]) -> Iterator[Change]:
    old, new = before[0].duration_s, after[0].duration_s
    if min(old, new) <= 0 or abs(old - new) < _SECONDS:
        return
    if max(old, new) / min(old, new) >= _TIMES:
        yield Change(name, f"{old:.3f} s", f"{new:.3f} s")


def _median(before: Mapping[str, list[Case]], after: Mapping[str, list[Case]]) -> float | None:
    ratios = [
        after[name][0].duration_s / cases[0].duration_s
        for name, cases in before.items()
        if name in after and cases[0].duration_s > 0 and after[name][0].duration_s > 0
    ]
    return statistics.median(ratios) if ratios else None
