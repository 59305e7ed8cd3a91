"""``pytest conformance --target sim:dual``: one item per case.

FAIL, INCONCLUSIVE and ERROR fail the item with the verdict and its reason;
NOT_APPLICABLE skips it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ykt_conformance.cases.case import Case
from ykt_conformance.cases.registry import card_cases, listed, terminal_cases
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import CardRun
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.running import Run
from ykt_conformance.run.targets.names import form_of, open_target
from ykt_conformance.run.terminal import TerminalRun, open_terminal
from ykt_sim.errors import YktError
from ykt_sim.meaning.keyring import KeyRing

_HERE: Final = Path(__file__).parent
_CASES: Final = _HERE / "ykt_conformance" / "cases"
_RUN: Final = pytest.StashKey[Run[Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The words of ``ykt conform`` that make sense here."""
    group = parser.getgroup("conformance")
    group.addoption("--target", default="", help="card or terminal under test, e.g. sim:dual")
    group.addoption("--ics", default="", help="ICS: a shipped name or a .toml file")
    group.addoption("--keys", default="", help="keys, as ykt card keys --json prints them")
    group.addoption("--seed", type=int, default=0, help="make all randoms repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Say at once what is wrong with the words; without a target there is nothing to do."""
    places = [Path(word.partition("::")[0]).resolve() for word in config.args]
    if config.getoption("--target", None):
        _run(config)
    elif any(place.is_relative_to(_HERE) for place in places):
        raise pytest.UsageError("name what is tested: pytest conformance --target sim:dual")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Every module of cases for this kind of target is a file of items."""
    folder = file_path.parent
    if folder.parent != _CASES or not parent.config.getoption("--target", None):
        return None
    if folder.name == _run(parent.config).plan.ics.subject and file_path.stem != "__init__":
        return CaseFile.from_parent(parent, path=file_path)
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give the target up."""
    if _RUN in session.config.stash:
        session.config.stash[_RUN].close()


class CaseFile(pytest.File):
    """A module of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Give the cases that this module lists."""
        module = f"ykt_conformance.cases.{self.path.parent.name}.{self.path.stem}"
        ids = {case.id for case in listed(module)}
        for case in _run(self.config).plan.cases:
            if case.id in ids:
                yield CaseItem.from_parent(self, name=case.id, case=case)


class UnprovenError(Exception):
    """A verdict that is no pass."""


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **more: Any) -> None:
        super().__init__(**more)
        self.case = case

    def runtest(self) -> None:
        """Run the case; anything but PASS does not pass."""
        result = _run(self.config).run(self.case)
        if result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(result.reason)
        if result.verdict is not Verdict.PASS:
            raise UnprovenError(_text(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any) -> str:
        """The verdict instead of a traceback."""
        if isinstance(excinfo.value, UnprovenError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Where the item comes from."""
        return self.path, None, f"{self.case.id} {self.case.title}"


def _text(result: CaseResult) -> str:
    lines = [f"{result.id} {result.title}", f"{result.verdict}: {result.reason}"]
    if result.fault is not None and result.fault.expected:
        lines += [f"expected {result.fault.expected}", f"received {result.fault.received}"]
    return "\n".join(lines)


def _run(config: pytest.Config) -> Run[Any]:
    if _RUN not in config.stash:
        try:
            config.stash[_RUN] = _started(config)
        except YktError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_RUN]


def _started(config: pytest.Config) -> Run[Any]:
    name = config.getoption("--target")
    wanted = config.getoption("--ics") or form_of(name)
    if not wanted:
        raise pytest.UsageError(f"give --ics: {name} has no form of its own")
    form = ics.load(wanted)
    keys = config.getoption("--keys")
    words: dict[str, Any] = {
        "ics": form,
        "clock": time.monotonic,
        "now": lambda: "",
        "keys": KeyRing.from_file(keys) if keys else KeyRing(),
        "test_keys": not keys,
        "seed": config.getoption("--seed"),
        "stories": False,
    }
    if form.subject == "card":
        return CardRun(open_target(name), RunPlan(cases=card_cases(), **words))
    plan = RunPlan(cases=terminal_cases(), **words)
    return TerminalRun(open_terminal(plan, target=name), plan)
