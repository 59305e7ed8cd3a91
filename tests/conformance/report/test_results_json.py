from __future__ import annotations

import json
from typing import Any

from tests.conformance import support as s
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.results_json import document as document_of


def document(*args: Any, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document_of(s.run(*args, **changes))))
    return found


def test_a_run_as_json() -> None:
    found = document(
        s.FakeCard, s.case("C-9001"), s.case("C-9002", applies="lnt"),
        s.case("C-9003", stimulus=s.one(s.CHALLENGE)), seed=3,
    )  # fmt: skip
    assert found["format"] == "ykt-conformance"
    assert (found["target"], found["seed"], found["exit_code"]) == ("fake:card", 3, 2)
    assert set(found["suite"]) == {"version", "sha256"}
    assert found["ics"]["name"] == "tunion"
    assert found["ics"]["values"]["tunion"]["claimed"] is True
    assert found["counts"] == {
        "PASS": 1, "FAIL": 0, "INCONCLUSIVE": 1, "NOT_APPLICABLE": 1, "ERROR": 0,
    }  # fmt: skip
    first, second, third = found["cases"]
    assert (first["id"], first["verdict"]) == ("C-9001", "PASS")
    assert second["verdict"] == "NOT_APPLICABLE"
    assert second["reason"].startswith("does not apply: lnt")
    assert (third["verdict"], third["reason"]) == (
        "INCONCLUSIVE", "the trace has no SELECT of the purse",
    )  # fmt: skip


def test_a_failure_has_both_values() -> None:
    case = document(s.FakeCard({s.SELECT_EP: "6A82"}))["cases"][0]
    assert case["verdict"] == Verdict.FAIL
    assert (case["event"], case["expected"], case["received"], case["offset"]) == (
        2, "9000", "6A82", 0,
    )  # fmt: skip


def test_findings_are_listed() -> None:
    found = document(s.FakeCard)["findings"]
    assert [(item["path"], item["claimed"], item["observed"]) for item in found] == [
        ("tunion.issuer", "01011000", "02205810")
    ]
