from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import conformance
from conformance import expr, ics, registry
from conformance.bench_card import CardBench
from conformance.keys import KeyRing
from conformance.model import Case
from conformance.targets import FRESH, RESET, TEAR
from tests.conformance.support import case
from ykt_sim.errors import UsageError

ROOM = Path(conformance.__file__).parent
MODULES = {path.stem for path in (ROOM / "cases").glob("*.py")}


def test_every_module_of_cases_is_in_the_table() -> None:
    listed = registry.CARD_MODULES + registry.TERMINAL_MODULES
    assert set(listed) == {name for name in MODULES if name.startswith(("card_", "terminal_"))}


@pytest.mark.parametrize("found", registry.all_cases(), ids=lambda found: found.id)
def test_a_record_is_complete(found: Case) -> None:
    assert found.group
    assert found.title
    assert not found.title.endswith(".")
    assert re.search("[\u4e00-\u9fff]", found.title_zh)
    assert len(set(found.clauses)) == len(found.clauses) > 0
    values = ics.values(ics.empty(found.subject))
    expr.evaluate(found.applies, values)  # raises for a name the ICS does not have


@pytest.mark.parametrize("found", registry.cases("card"), ids=lambda found: found.id)
def test_needs_of_card_cases_are_capabilities_there_are(found: Case) -> None:
    bench = CardBench({}, KeyRing(), bytes, frozenset({RESET, FRESH, TEAR}))
    assert [need for need in found.needs if not bench.can(need)] == []


def test_ids_and_titles_are_unique() -> None:
    cases = registry.all_cases()
    assert len({found.id for found in cases}) == len(cases)
    assert len({(found.subject, found.title) for found in cases}) == len(cases)
    assert len({(found.subject, found.title_zh) for found in cases}) == len(cases)


def load(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> Any:
    modules = {"conformance.cases.some": SimpleNamespace(CASES=cases)}
    monkeypatch.setattr(registry, "import_module", modules.__getitem__)
    return registry._load(("some",), "card")


def test_cases_come_in_order_of_id(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, case("C-9002"), case("C-9001"))
    assert [item.id for item in found] == ["C-9001", "C-9002"]


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ((case("C-9001"), case("C-9001")), "C-9001 is given twice"),
        ((case("T-9001"),), "'T-9001' is no id of a card case"),
        ((case("C-1"),), "'C-1' is no id"),
        ((case("C-9001", subject="terminal"),), "no id of a card case"),
    ],
)
def test_ids_are_checked(
    monkeypatch: pytest.MonkeyPatch, cases: tuple[Case, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        load(monkeypatch, *cases)


def test_the_hash_covers_records_and_clauses(monkeypatch: pytest.MonkeyPatch) -> None:
    before = registry.suite_sha256()
    assert re.fullmatch("[0-9a-f]{64}", before)
    monkeypatch.setattr(registry, "all_cases", lambda: (case("C-9001"),))
    other = registry.suite_sha256.__wrapped__()
    monkeypatch.setattr(registry, "clause_files", lambda: {"card.toml": "# other"})
    assert len({before, other, registry.suite_sha256.__wrapped__()}) == 3


def test_judging_modules_exist() -> None:
    assert all((ROOM / name).is_file() for name in registry.JUDGING)
