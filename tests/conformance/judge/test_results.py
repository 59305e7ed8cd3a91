from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.judge.results import Finding
from ykt_conformance.judge.verdict import Verdict

GOOD, BAD = s.case("C-9001"), s.case("C-9002", stimulus=s.one(s.CHALLENGE))
ABSENT = s.case("C-9003", applies="lnt")


@pytest.mark.parametrize(
    ("cases", "code"),
    [((GOOD,), 0), ((GOOD, ABSENT), 0), ((GOOD, BAD), 2), ((ABSENT,), 2)],
)
def test_exit_codes_without_failure(cases: tuple[object, ...], code: int) -> None:
    assert s.run(s.FakeCard, *cases).exit_code == code  # type: ignore[arg-type]


def test_a_failure_outweighs_what_is_unproven() -> None:
    run = s.run(s.FakeCard({s.SELECT_EP: "6A82"}), GOOD, BAD)
    assert run.exit_code == 1
    assert run.counts == {
        "PASS": 0, "FAIL": 1, "INCONCLUSIVE": 1, "NOT_APPLICABLE": 0, "ERROR": 0,
    }  # fmt: skip


def test_a_result_is_found_by_its_id() -> None:
    run = s.run(s.FakeCard, GOOD)
    assert run.result("C-9001").verdict is Verdict.PASS
    with pytest.raises(KeyError):
        run.result("C-9002")


def test_a_run_says_what_it_was() -> None:
    run = s.run(s.FakeCard, seed=9)
    assert (run.seed, run.target, run.ics_name) == (9, "fake:card", "tunion")
    assert run.versions["ykt-sim"]
    assert run.keys.startswith("published test keys")


def test_a_finding_is_one_line() -> None:
    assert str(Finding("a.b", "yes", "no", "seen")) == "a.b: claimed yes, observed no: seen"
