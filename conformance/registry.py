"""The table of all cases, and the suite's version and hash.

A module of cases has a tuple ``CASES``; it is in the suite because its name stands in
`CARD_MODULES` or `TERMINAL_MODULES`, not because somebody imported it.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import import_module, resources
from typing import Final

import msgspec

from conformance.clauses import clause_files
from conformance.model import Case, Subject
from ykt_sim.errors import UsageError

#: Version of the suite; raised when cases are added or change their meaning.
SUITE_VERSION: Final = "0.1.0"

#: Modules in ``conformance/cases`` with card cases.
CARD_MODULES: Final[tuple[str, ...]] = (
    "card_selection",
    "card_ppse",
    "card_files",
    "card_records",
    "card_balance",
    "card_purchase",
    "card_composite",
    "card_load",
    "card_overdraft",
    "card_log",
    "card_proof",
    "card_pin",
    "card_authentication",
    "card_messaging",
    "card_blocking",
    "card_orders",
    "card_power",
    "card_parameters",
    "card_dual",
    "card_identity",
)
#: Modules in ``conformance/cases`` with terminal cases.
TERMINAL_MODULES: Final[tuple[str, ...]] = (
    "terminal_entry",
    "terminal_matrix",
    "terminal_validity",
    "terminal_lists",
    "terminal_interop",
    "terminal_balance",
    "terminal_payment",
    "terminal_trip",
    "terminal_place",
    "terminal_errors",
    "terminal_torn",
    "terminal_rides",
    "terminal_dialects",
    "terminal_clearing",
    "terminal_time",
    "terminal_load",
)

#: Modules outside ``cases`` that a verdict depends on; they are part of the suite's hash.
JUDGING: Final = ("model.py", "expr.py", "view.py", "taps.py", "keys.py", "judging.py")

_ID: Final[dict[Subject, re.Pattern[str]]] = {
    "card": re.compile(r"C-\d{4}"),
    "terminal": re.compile(r"T-\d{4}"),
}


def _load(modules: tuple[str, ...], subject: Subject) -> tuple[Case, ...]:
    found: dict[str, Case] = {}
    for name in modules:
        for case in import_module(f"conformance.cases.{name}").CASES:
            if not _ID[subject].fullmatch(case.id) or case.subject != subject:
                raise UsageError(f"{name}: {case.id!r} is no id of a {subject} case")
            if case.id in found:
                raise UsageError(f"{name}: {case.id} is given twice")
            found[case.id] = case
    return tuple(found[case_id] for case_id in sorted(found))


@cache
def cases(subject: Subject) -> tuple[Case, ...]:
    """All cases of one subject in order of id; UsageError for an id given twice."""
    return _load(CARD_MODULES if subject == "card" else TERMINAL_MODULES, subject)


def all_cases() -> tuple[Case, ...]:
    """All cases, cards first."""
    return cases("card") + cases("terminal")


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
    """SHA-256 over case records, case modules, clauses and what judges build on.

    Two runs with the same hash were judged by the same words.
    """
    digest = hashlib.sha256(SUITE_VERSION.encode())
    for case in all_cases():
        digest.update(msgspec.json.encode(record(case), order="sorted"))
    for name, text in sorted(clause_files().items()):
        digest.update(f"{name}\n{text}".encode())
    room = resources.files("conformance")
    modules = [item for item in (room / "cases").iterdir() if item.name.endswith(".py")]
    for item in sorted(modules, key=lambda found: found.name):
        digest.update(item.name.encode() + item.read_bytes())
    for name in JUDGING:
        digest.update(name.encode() + (room / name).read_bytes())
    return digest.hexdigest()
