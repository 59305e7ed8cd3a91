from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ykt_conformance
from tests.conformance.support import case, selected
from tests.conformance.terminals import scene
from ykt_conformance.cases import registry
from ykt_conformance.cases.case import CardCase, Case
from ykt_conformance.drive.card import CardBench
from ykt_conformance.drive.limits import FRESH, RESET, TEAR
from ykt_conformance.ics import expr
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.verdict import Subject
from ykt_sim.errors import UsageError
from ykt_sim.meaning.keyring import KeyRing

ROOM = Path(ykt_conformance.__file__).parent


@pytest.mark.parametrize("subject", ["card", "terminal"])
def test_every_module_in_the_folder_is_in_the_suite(subject: Subject) -> None:
    folders = (subject, "sweeps" if subject == "card" else "tables")
    found = (path for folder in folders for path in (ROOM / "cases" / folder).glob("*.py"))
    files = {path.stem for path in found} - {"__init__"}
    assert {name.rpartition(".")[2] for name in registry.modules(subject)} == files
    assert len(files) > 10


@pytest.mark.parametrize("found", registry.all_cases(), ids=lambda found: found.id)
def test_a_record_is_complete(found: Case) -> None:
    assert found.group
    assert found.title
    assert not found.title.endswith(".")
    assert not re.search(r"\b[Aa] [aeiou]", found.title)
    assert re.search("[\u4e00-\u9fff]", found.title_zh)
    assert len(set(found.clauses)) == len(found.clauses) > 0
    values = ics.values(ics.empty(found.subject))
    expr.evaluate(found.applies, values)  # raises for a name the ICS does not have


@pytest.mark.parametrize("found", registry.card_cases(), ids=lambda found: found.id)
def test_needs_of_card_cases_are_capabilities_there_are(found: Case) -> None:
    bench = CardBench({}, KeyRing(), bytes, frozenset({RESET, FRESH, TEAR}))
    assert [need for need in found.needs if not bench.can(need)] == []


def test_ids_and_titles_are_unique() -> None:
    cases = registry.all_cases()
    assert len({found.id for found in cases}) == len(cases)
    assert len({(found.subject, found.title) for found in cases}) == len(cases)
    assert len({(found.subject, found.title_zh) for found in cases}) == len(cases)


def load(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> Any:
    modules = {"some": SimpleNamespace(CASES=cases)}
    monkeypatch.setattr(registry, "import_module", modules.__getitem__)
    return registry._load(("some",), CardCase)


def test_cases_come_in_order_of_id(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, case("C-9002"), case("C-9001"))
    assert [item.id for item in found] == ["C-9001", "C-9002"]


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ((case("C-9001"), case("C-9001")), "C-9001 is given twice"),
        ((case("T-9001"),), "'T-9001' is no id of a card case"),
        ((case("C-1"),), "'C-1' is no id"),
        ((scene("C-9001", print, selected),), "no id of a card case"),
    ],
)
def test_ids_are_checked(
    monkeypatch: pytest.MonkeyPatch, cases: tuple[Case, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        load(monkeypatch, *cases)


def test_the_hash_covers_records(monkeypatch: pytest.MonkeyPatch) -> None:
    before = registry.suite_sha256()
    assert re.fullmatch("[0-9a-f]{64}", before)
    monkeypatch.setattr(registry, "all_cases", lambda: (case("C-9001"),))
    assert registry.suite_sha256.__wrapped__() != before


@pytest.mark.parametrize("room", registry.JUDGING)
def test_the_hash_covers_every_file_of_the_rooms(
    room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "suite"
    shutil.copytree(ROOM, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(registry, "_SUITE", copied)
    before = registry.suite_sha256.__wrapped__()
    assert before == registry.suite_sha256()
    files = sorted((copied / room).rglob("*.py")) + sorted((copied / room).rglob("*.toml"))
    assert len(files) > 3
    for path in files[:: max(1, len(files) // 5)]:
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        assert registry.suite_sha256.__wrapped__() != before, path
        path.write_bytes(kept)
