"""Cases that went wrong for one cause are told together."""

from __future__ import annotations

from tests.conformance.report import fixture
from ykt_conformance.judge.deviation import Deviation, fault_of
from ykt_conformance.judge.grouped import grouped
from ykt_conformance.judge.judging import ROW
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.verdict import Verdict
from ykt_sim.trace.model import Header, Note, Trace

REFUSED = "tap 1 (control): refused with YKT-09 (card answered with an error: DEBIT: 9302)"


def results(*reasons: str, verdict: Verdict = Verdict.FAIL) -> list[CaseResult]:
    return [fixture.case(n, verdict, reason=reason) for n, reason in enumerate(reasons)]


def test_one_refusal_is_one_cause_whatever_a_case_wanted_to_show() -> None:
    found = grouped(
        [
            *results(f"a good card was not accepted: {REFUSED}"),
            fixture.case(7, Verdict.INCONCLUSIVE, reason=f"nothing is proven: {REFUSED}"),
            *results("the trace has no ride"),
        ],
        lambda result: f"why {result.id}",
    )
    (cause,) = found
    assert cause.cases == ("C-0100", "C-0107")
    assert str(cause) == (
        "2 cases: the control was refused with YKT-09 (card answered with an error: DEBIT: 9302), "
        "first in C-0100: why C-0100"
    )


def test_another_status_word_is_another_cause() -> None:
    assert grouped(results(REFUSED, REFUSED.replace("9302", "9301"))) == ()


def test_amounts_and_standards_make_no_cause() -> None:
    one = "balance 7 fen after tunion purchase of 2, expected 5"
    other = "balance 70 fen after lnt purchase of 30, expected 40"
    third = "balance 70 fen after lnt load of 30, expected 40"
    (cause,) = grouped(results(one, third, other))
    assert (cause.reason, cause.cases) == (one, ("C-0100", "C-0102"))


def test_the_most_frequent_comes_first_and_what_passes_has_no_cause() -> None:
    found = grouped(results("a", "b", "a", "b", "b") + results("a", "a", verdict=Verdict.PASS))
    assert [(cause.reason, len(cause.cases)) for cause in found] == [("b", 3), ("a", 2)]


def test_what_is_no_refusal_of_a_tap_keeps_its_words() -> None:
    reason = "tap 2 (return): the card that came back was not accepted: YKT-09"
    (cause,) = grouped(results(reason, reason))
    assert cause.reason == "the return: the card that came back was not accepted: YKT-09"


def seen(why: str, row: str = "") -> str:
    """The reason of a fault of the model, in a row of a table."""
    found = Deviation(
        rule="R-INIT", level="must", text="INITIALIZE tells the balance", source="[GM]", clauses=(),
        why=why, expected="", received="9000", command="80500102", event=1,
    )  # fmt: skip
    notes = (Note(t=0.0, text=ROW, data={"row": row}),) if row else ()
    return fault_of(found, Trace(header=Header(), events=notes)).reason


def test_rows_of_tables_make_no_cause() -> None:
    plain = seen("a balance of 1 fen, not 100")
    row = seen("a balance of 2 fen, not 200", "operation=purchase, state=(not) shown")
    other = seen("a balance of 2 fen, not 200", "between=SELECT, at=20240229235959")
    another = seen("status word 9000", "between=SELECT, at=20240229235959")
    assert "(row between=SELECT" in other
    (cause,) = grouped(results(row, other, plain, another))
    assert (cause.reason, len(cause.cases)) == (seen("a balance of 2 fen, not 200"), 3)
