"""A finished run for the report, as real as it gets: demo traces and the suite's own clauses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from click.testing import CliRunner

from ykt_conformance.cases.clauses import load_clauses
from ykt_conformance.judge.results import CaseResult, Finding, RunResult
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.report.html.zoo_page import Mutant, ZooTable
from ykt_sim.cli.main import cli
from ykt_sim.codes import INS
from ykt_sim.trace.jsonl import read_trace
from ykt_sim.trace.model import Exchange, Trace

GROUPS = ("selection", "files", "purchase", "composite", "load", "power", "timing", "dual")
ICS_TEXT = 'version = 1\nkind = "card"\n[about]\ntitle = "Dual-standard card"\n'


def demo_traces(folder: Path) -> tuple[Trace, ...]:
    """Every tap of ``ykt demo``, recorded."""
    result = CliRunner().invoke(cli, ["demo", "--out", str(folder / "demo")], prog_name="ykt")
    assert result.exit_code == 0, result.output
    files = sorted((folder / "demo" / "traces").glob("*.jsonl"))
    assert len(files) >= 30
    return tuple(read_trace(file.read_text("utf-8")) for file in files)


def fault_at(trace: Trace, ins: int, reason: str, *, answer: bool = True) -> Fault | None:
    """A fault in the first exchange with this instruction: its fourth byte of data is wrong."""
    for number, event in enumerate(trace.events):
        if isinstance(event, Exchange) and event.channel == "card" and event.command[1] == ins:
            data = event.response[:-2] if answer else event.command[5:9]
            if len(data) < 4:
                continue
            wanted = data[:3] + bytes((data[3] ^ 0x02,)) + data[4:]
            return Fault(reason, number, wanted.hex().upper(), data.hex().upper(), 3)
    return None


def case(number: int, verdict: Verdict, trace: Trace | None = None, **more: object) -> CaseResult:
    """A case result with plausible words."""
    clauses = sorted(name for name, item in load_clauses().items() if item.subject == "card")
    chosen = (clauses[number % len(clauses)], clauses[(3 * number + 1) % len(clauses)])
    values: dict[str, object] = {
        "id": f"C-{100 + number:04d}",
        "subject": "card",
        "group": GROUPS[number % len(GROUPS)],
        "title": f"Balance and log agree after purchase number {number}",
        "title_zh": f"第 {number} 次消费后余额与交易明细一致",
        "clauses": tuple(dict.fromkeys(chosen)),
        "verdict": verdict,
        "reason": "held by 12 exchange(s), 1 transaction(s), 1 reset(s)",
        "selected": "tunion and tunion.composite with tunion=yes, tunion.composite=yes",
        "duration_s": 0.0123,
        "trace": trace,
    }
    return CaseResult(**(values | more))  # type: ignore[arg-type]


def results(traces: Sequence[Trace], count: int) -> list[CaseResult]:
    """All verdicts, most of them PASS."""
    found: list[CaseResult] = []
    for number in range(count):
        trace = _copy(traces[number % len(traces)], number)
        found.append(_one(number, trace))
    return found


def _copy(trace: Trace, number: int) -> Trace:
    """The same with times as a real reader gives them: some 5 to 60 ms a step."""
    events = []
    for place, event in enumerate(trace.events):
        if isinstance(event, Exchange):
            noise = hashlib.sha256(f"{number}:{place}".encode()).digest()[0]
            took = 5 + len(event.command + event.response) / 4 + noise / 16
            took = took * 3 if event.command[1] == INS.DEBIT else took
            event = msgspec.structs.replace(event, t=place * 0.09, duration_ms=took)  # noqa: PLW2901
        else:
            event = msgspec.structs.replace(event, t=place * 0.09)  # noqa: PLW2901
        events.append(event)
    return Trace(header=trace.header, events=tuple(events))


def _one(number: int, trace: Trace) -> CaseResult:
    if number % 19 == 7:
        applies = "does not apply: tunion.ef17 with tunion.ef17=no"
        return case(number, Verdict.NOT_APPLICABLE, reason=applies, selected=applies, duration_s=0)
    if number % 19 == 11:
        reason = "the trace has no load through PAY.TICL"
        return case(number, Verdict.INCONCLUSIVE, trace, reason=reason, needs=("keys:lnt.load",))
    if number % 61 == 5:
        return case(number, Verdict.ERROR, trace, reason="the target was lost in 3 cases in a row")
    if number % 23 == 9:
        reason = "the balance after the purchase is 46.50 yuan, expected 46.48 yuan"
        fault = fault_at(trace, INS.GET_BALANCE, reason)
        if fault is not None:
            before = {"files": [{"kind": "tunion:18", "content": ["00" * 23]}], "balance": 4840}
            after = {"files": [{"kind": "tunion:18", "content": ["01" * 23]}], "balance": 4650}
            return case(number, Verdict.FAIL, trace, reason=reason, fault=fault,
                        before=before, after=after)  # fmt: skip
    return case(number, Verdict.PASS, trace)


def run_of(found: Sequence[CaseResult], **more: object) -> RunResult:
    """A run with these results."""
    values: dict[str, object] = {
        "kind": "card",
        "target": "sim:dual?deviate=balance-off-by-two",
        "ics": {"kind": "card"},
        "ics_name": "dual",
        "ics_text": ICS_TEXT,
        "ics_sha256": hashlib.sha256(ICS_TEXT.encode()).hexdigest(),
        "suite_version": "0.1.0",
        "suite_sha256": "99" * 32,
        "seed": 2846151793,
        "keys": "published test keys, diversified from what the card says of itself",
        "versions": {"ykt-sim": "0.1.0", "python": "3.11.7", "platform": "Linux x86_64"},
        "started": "2026-03-02T08:30:00+08:00",
        "finished": "2026-03-02T08:30:03+08:00",
        "duration_s": 3.21,
        "results": tuple(found),
        "findings": (
            Finding("tunion.ef17", "no", "yes", "READ BINARY of EF 17 answered 9000", "C-0101", 3),
        ),
    }
    return RunResult(**(values | more))  # type: ignore[arg-type]


def zoo() -> ZooTable:
    """A zoo with one survivor, one kill for a wrong reason, and an idle case."""
    clauses = sorted(load_clauses())[:3]
    about = "the answer to GET BALANCE is two fen too high"
    return ZooTable(
        mutants=(
            Mutant(name="balance-off-by-two", subject="card", target="sim:dual", about=about,
                   declared=("C-0101",), killed_by=("C-0101", "C-0109"),
                   reasons={"C-0101": "the balance is 46.50 yuan, expected 46.48 yuan"}),
            Mutant(name="tac-of-zeros", subject="card", target="sim:dual", about="TAC is 00000000",
                   declared=("C-0110",), killed_by=("C-0109",), reasons={"C-0109": "no TAC"},
                   problems=("C-0110 passes",)),
            Mutant(name="pan-<b>bold</b>", subject="card", target="sim:lnt", about="survives",
                   declared=("C-0120",), killed_by=(), problems=("C-0120 passes",)),
        ),
        idle=("C-0777",),
        clauses={clauses[0]: ("C-0101", "C-0109"), clauses[1]: ("C-0110",), "CL-NONE-001": ()},
        suite_version="0.1.0",
        suite_sha256="99" * 32,
        versions={"ykt-sim": "0.1.0"},
        started="2026-03-02T08:30:00+08:00",
        finished="2026-03-02T08:30:30+08:00",
        duration_s=30.5,
    )  # fmt: skip
