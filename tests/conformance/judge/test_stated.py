"""Faults against clauses that a statement answers."""

from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.clauses import answer_problems, load_clauses, questions
from ykt_conformance.cases.scenes import record
from ykt_conformance.ics import form as forms
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.judging import STOPPED, judge
from ykt_conformance.judge.stated import MONEY, stated
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_sim.trace.model import Note, Trace

ONE, TWO = "CL-FILE-004", "CL-FILE-006"
FAULT = Fault("9 records, expected 10")


def ics(**answers: str) -> dict[str, dict[str, str]]:
    return {"clauses": {one.replace("_", "-"): said for one, said in answers.items()}}


@pytest.mark.parametrize(
    ("clauses", "fault", "answers", "verdict"),
    [
        ((ONE,), FAULT, {}, None),
        ((ONE,), FAULT, {"CL_FILE_005": "x"}, None),
        ((ONE,), FAULT, {"CL_FILE_004": "x"}, Verdict.NOT_APPLICABLE),
        ((ONE, TWO), FAULT, {"CL_FILE_004": "x"}, Verdict.INCONCLUSIVE),
        ((ONE, TWO), FAULT, {"CL_FILE_004": "x", "CL_FILE_006": "y"}, Verdict.NOT_APPLICABLE),
        ((ONE, MONEY), FAULT, {"CL_FILE_004": "x"}, Verdict.NOT_APPLICABLE),
        ((ONE, MONEY), Fault("3 fen lost", clause=MONEY), {"CL_FILE_004": "x"}, None),
    ],
)
def test_what_becomes_of_a_fault(
    clauses: tuple[str, ...], fault: Fault, answers: dict[str, str], verdict: Verdict | None
) -> None:
    found = stated(clauses, fault, ics(**answers))
    assert (found and found[0]) == verdict
    if found is not None:
        assert "CL-FILE-004 is answered in the ICS: x" in found[1]
        assert fault.reason in found[1]
    if verdict is Verdict.INCONCLUSIVE:
        assert found is not None
        assert "it may be CL-FILE-006" in found[1]


CLAUSES = load_clauses().values()


@pytest.mark.parametrize("clause", [one for one in CLAUSES if one.answerable], ids=lambda c: c.id)
def test_every_clause_without_standard_or_laboratory_can_be_answered(clause) -> None:
    """By its line in the form: the fault of a case that rests on it alone does not apply then."""
    text = forms.new(clause.subject, questions(clause.subject))
    line = f'# "{clause.id}" = ""  # '
    assert text.count(line) == 1
    assert clause.source in text.split(line)[1].splitlines()[0]
    form = forms.read(text.replace(line, f'"{clause.id}" = "otherwise"  # '), "my.toml")
    assert form.ics.clauses == {clause.id: "otherwise"}
    assert answer_problems(form.ics.clauses, form.subject) == []
    assert forms.read(forms.render(form.ics), "again").ics == form.ics
    case = s.case(clauses=(clause.id,), judge=lambda _view: FAULT)
    assert judge(case, Trace(header=s.trace_of().header), form.values).verdict is (
        Verdict.NOT_APPLICABLE
    )


@pytest.mark.parametrize(
    "clause", [one for one in CLAUSES if not one.answerable], ids=lambda c: c.id
)
def test_no_other_clause_can(clause) -> None:
    assert clause.basis in ("standard", "laboratory")
    assert clause.id not in questions(clause.subject)
    (problem,) = answer_problems([clause.id], clause.subject)
    assert problem.startswith(f"$.clauses.{clause.id}: rests on a {clause.basis}")


def test_an_answer_names_a_clause_of_the_subject() -> None:
    assert answer_problems(["CL-PPSE-005"], "card") == []
    assert answer_problems(["CL-PPSE-005", "CL-NO-001"], "terminal") == [
        "$.clauses.CL-PPSE-005: no clause of a terminal",
        "$.clauses.CL-NO-001: no clause of a terminal",
    ]


def answering(clause: str, said: str) -> IcsFile:
    return forms.read(
        forms.load("tunion").text + f'\n[clauses]\n"{clause}" = "{said}"\n', "my.toml"
    )


def test_what_is_not_judged_stays_and_so_does_what_holds() -> None:
    values = answering(ONE, "x").values
    case = s.case(clauses=(ONE,))
    good = s.trace_of("reset", (s.SELECT_EP.hex(), s.FCI))
    assert judge(case, good, values).verdict is Verdict.PASS
    assert judge(case, s.trace_of(), values).verdict is Verdict.INCONCLUSIVE
    note = Note(t=1, text=STOPPED, data={"case": case.id, "how": "silent", "reason": "because"})
    silent = s.case(clauses=(ONE,), judge=lambda _view: None)
    cut = Trace(header=good.header, events=(*good.events, note))
    assert judge(silent, cut, values).verdict is Verdict.FAIL


@pytest.mark.parametrize("lost", [None, Fault("3 fen lost")])
@pytest.mark.parametrize("answered", [False, True])
def test_money_is_looked_at_behind_a_fault_that_is_answered(
    monkeypatch: pytest.MonkeyPatch, lost: Fault | None, *, answered: bool
) -> None:
    monkeypatch.setattr(record, "money", lambda _view: lost)
    case = record.terminal(
        "T-9001", "sample", "x", "x", clauses=ONE, scene=lambda _bench: None,
        judge=lambda _view: FAULT, anywhere=True,
    )  # fmt: skip
    found = judge(case, s.trace_of(), ics(CL_FILE_004="x") if answered else {})
    if not answered:
        assert (found.verdict, found.reason) == (Verdict.FAIL, FAULT.reason)
    elif lost is None:
        assert found.verdict is Verdict.NOT_APPLICABLE
    else:
        assert (found.verdict, found.reason) == (Verdict.FAIL, lost.reason)
