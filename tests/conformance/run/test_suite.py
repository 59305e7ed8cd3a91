"""The suite as a whole on our own cards: every case, every file that is written."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import cases
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.report import folder
from ykt_conformance.run.card import run_card
from ykt_conformance.run.plan import RunPlan
from ykt_conformance.run.targets.names import open_target
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.keyfile import ROLE_TYPES
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Event, Exchange, Reset
from ykt_sim.trace.opening import conversations

CARDS = ("lnt", "tunion", "dual")
SELECT_APPY = bytes.fromhex("00A40400085041592E4150505900")


@cache
def run_of(name: str) -> RunResult:
    plan = RunPlan(
        cases=cases("card"), ics=ics.load(name), clock=time.monotonic, now=lambda: "", seed=1
    )
    return run_card(open_target(f"sim:{name}"), plan)


@pytest.mark.parametrize("name", CARDS)
def test_our_cards_pass_and_keep_to_their_ics(name: str) -> None:
    run = run_of(name)
    wrong = [
        f"{result.id} {result.verdict} {result.reason}"
        for result in run.results
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    ]
    assert wrong == []
    assert [str(finding) for finding in run.findings] == []


@pytest.mark.parametrize("name", CARDS)
def test_the_stored_trace_gives_the_same_verdict(name: str) -> None:
    run = run_of(name)
    for result, case in zip(run.results, cases("card"), strict=True):
        if result.trace is None:
            continue
        again = judge(case, read_trace(write_trace(result.trace)), run.ics)
        assert (case.id, again.verdict) == (case.id, result.verdict)


@pytest.mark.parametrize("name", CARDS)
def test_without_keys_nothing_fails(name: str) -> None:
    """What cannot be computed is unproven, not wrong."""
    run = run_of(name)
    for result, case in zip(run.results, cases("card"), strict=True):
        if result.trace is None:
            continue
        found = judge(case, result.trace, run.ics, KeyRing(test_keys=False))
        assert (case.id, found.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)) == (case.id, True)


def keys_of(name: str) -> set[str]:
    """Every card key of a simulated card, found out by asking it who it is."""
    events: list[Event] = [Reset(t=0, channel="card", atr=b"")]
    link = open_target(f"sim:{name}").open(1)
    link.power_on()
    for command in (s.SELECT_EP, SELECT_APPY, s.READ_15):
        answer = link.transmit(command)
        events.append(Exchange(t=0, channel="card", command=command, response=answer))
    ring = KeyRing()
    learn(ring, View(tuple(events), {}).calls)
    return {
        value.hex()
        for standard in ("tunion", "lnt")
        for role in ROLE_TYPES
        if (value := ring.get(standard, role)) is not None and len(value) >= 8
    }


@pytest.mark.parametrize("name", CARDS)
def test_no_key_and_no_card_number_is_in_what_is_written(name: str, tmp_path: Path) -> None:
    run = run_of(name)
    folder.prepare(tmp_path / "run")
    folder.write(run, tmp_path / "run")
    secrets = keys_of(name)
    assert secrets
    for standard in ("tunion", "lnt"):
        secrets |= {value.hex() for value in load_test_keys().masters(standard).values()}
    identity = load_card_profile(name).identity
    numbers = {identity.pan, "510000" + identity.lnt_number if identity.lnt_number else ""} - {""}
    for path in (tmp_path / "run").rglob("*"):
        if not path.is_file():
            continue
        text = path.read_text("utf-8").lower()
        assert not [secret for secret in secrets if secret in text], path
        if path.name not in ("trace.jsonl", "trace.txt", "report.html"):
            assert not [number for number in numbers if number in text], path


def test_a_run_is_repeatable_by_its_seed() -> None:
    def commands(run: RunResult) -> list[bytes]:
        return [
            exchange.command
            for result in run.results
            if result.trace is not None
            for exchange in result.trace.exchanges
        ]

    assert commands(run_of("tunion")) == commands(run_of.__wrapped__("tunion"))


def test_results_can_be_read_by_programs(tmp_path: Path) -> None:
    folder.prepare(tmp_path / "run")
    folder.write(run_of("dual"), tmp_path / "run")
    found = json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))
    assert len(found["cases"]) == len(cases("card"))
    names = [named.name for named, _ in conversations(tmp_path / "run" / "trace.jsonl")]
    assert [case["recording"] for case in found["cases"] if case["recording"]] == names
