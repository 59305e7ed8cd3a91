from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from tests.conformance import support as s
from ykt_conformance.cases.registry import cases
from ykt_conformance.cases.select import choose
from ykt_conformance.drive.limits import Limits
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.targets.names import BALANCE, form_of, open_target
from ykt_sim.errors import UsageError, YktError

PIPE = f"pipe:{shlex.quote(sys.executable)} -m ykt_sim.cli.main card pipe"
#: Real cases that any of our cards answers without keys.
FEW = ("C-0101", "C-0104")


def few_on(target: str, form: str = "dual", *, fresh: bool = False) -> RunResult:
    chosen = choose(cases("card"), ids=FEW)
    # A program takes its time to start; a thread of ours does not.
    limits = Limits() if target.startswith("pipe:") else s.SHORT
    opened = open_target(target, limits, fresh=fresh)
    return run_card(opened, s.plan_of(*chosen, form=ics.load(form), clock=time.monotonic,
                                      limits=limits))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dual", "starts with one of sim:, pipe:, tcp:"),
        ("nix:dual", "starts with one of"),
        ("sim:nix", "nix"),
        ("sim:dual?bogus=1", "no option 'bogus'"),
        ("sim:dual?balance=much", "is no number"),
        ("pipe:", "no command"),
        ("pipe:'open", "No closing quotation"),
        ("tcp:host", "expected tcp:HOST:PORT"),
        ("tcp:host:0", "expected tcp:HOST:PORT"),
        ("tcp::99", "expected tcp:HOST:PORT"),
    ],
)
def test_what_is_no_target_is_said(name: str, said: str) -> None:
    with pytest.raises(YktError, match=said):
        open_target(name)


def test_forms() -> None:
    assert form_of("sim:dual?deviate=x") == "dual"
    assert form_of("tcp:a:1") == form_of("sim:my.toml") == form_of("sim:blank") == ""


def test_capabilities() -> None:
    assert open_target("sim:dual").capabilities == {"reset", "fresh", "tear", "fragments"}
    assert open_target(f"{PIPE} --profile lnt").capabilities == {"reset", "fresh", "fragments"}
    assert open_target(f"{PIPE} card.json").capabilities == {"reset", "fragments"}
    assert open_target("tcp:localhost:1").capabilities == {"reset", "fragments"}
    assert open_target("tcp:localhost:1", fresh=True).fresh


def balance_of(link: object) -> int:
    transmit = link.transmit  # type: ignore[attr-defined]
    link.power_on()  # type: ignore[attr-defined]
    assert transmit(s.SELECT_EP)[-2:] == b"\x90\x00"
    return int.from_bytes(transmit(bytes.fromhex("805C000204"))[:4], "big")


def test_a_simulated_card_has_money_and_is_new_each_time() -> None:
    target = open_target("sim:dual")
    assert balance_of(target.open(1)) == BALANCE
    assert balance_of(open_target("sim:dual?balance=7").open(1)) == 7
    first, second = target.open(1), target.open(1)
    assert first is not second


def test_a_deviation_is_a_card_that_is_wrong_in_one_thing() -> None:
    with pytest.raises(UsageError, match="nonsense"):
        open_target("sim:dual?deviate=nonsense")
    name = min(import_module("ykt_sim.faults.card").FAULTS)
    assert open_target(f"sim:dual?deviate={name}").fresh


def test_a_simulated_card_is_torn_in_the_next_command_only() -> None:
    link = open_target("sim:dual").open(1)
    link.power_on()
    link.tear(1)  # type: ignore[attr-defined]
    assert link.transmit(s.SELECT_EP)[-2:] == b"\x90\x00"  # writes nothing: no cut, no plan left
    facts = link.facts()  # type: ignore[attr-defined]
    assert facts["profile"] == "dual"


def test_simulated_cards_with_one_seed_are_alike() -> None:
    target = open_target("sim:dual")

    def challenge(seed: int) -> bytes:
        link = target.open(seed)
        link.power_on()
        return link.transmit(s.CHALLENGE)

    assert challenge(1) == challenge(1) != challenge(2)


def test_our_own_card_through_a_pipe() -> None:
    run = few_on(f"{PIPE} --profile dual")
    assert [result.verdict for result in run.results] == [Verdict.PASS, Verdict.PASS]


def test_a_card_from_a_file_through_a_pipe(tmp_path: Path) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from ykt_sim.cli.main import cli  # noqa: PLC0415

    path = tmp_path / "my card.json"
    made = CliRunner().invoke(cli, ["card", "new", "--profile", "dual", "--out", str(path)])
    assert made.exit_code == 0
    run = few_on(f"{PIPE} {shlex.quote(str(path))}")
    assert run.exit_code == 0


def test_a_pipe_whose_program_ends_is_an_error_with_its_words() -> None:
    run = few_on(f"{PIPE} --profile nix")
    assert {result.verdict for result in run.results} == {Verdict.ERROR}
    assert "no profile 'nix'" in run.results[0].reason
    assert run.exit_code == 2


def by_lines(card: s.FakeCard) -> Callable[[str], bytes | None]:
    def answer(line: str) -> bytes:
        if line == "reset":
            return card.power_on().hex().encode() + b"\n"
        return card.transmit(bytes.fromhex(line)).hex().encode() + b"\n"

    return answer


def test_a_card_over_tcp() -> None:
    card = s.FakeCard({bytes.fromhex("00A4040008F00000000001010500"): "6A82"})
    with s.line_server(by_lines(card)) as address:
        run = few_on(f"tcp:{address}", "tunion")
    assert run.result("C-0101").verdict is Verdict.PASS
    assert card.resets >= 2


def test_a_bad_card_over_tcp_fails() -> None:
    with s.line_server(by_lines(s.FakeCard({s.SELECT_EP: "6A82"}))) as address:
        run = few_on(f"tcp:{address}", "tunion")
    assert run.result("C-0101").verdict is Verdict.FAIL
    assert run.exit_code == 1


@pytest.mark.parametrize("garbage", [b"hello\n", b"\xff\x00\xfe\n", b"90\n", b"\n"])
def test_a_card_that_answers_garbage_is_an_error(garbage: bytes) -> None:
    def answer(line: str) -> bytes:
        return b"3B00\n" if line == "reset" else garbage

    with s.line_server(answer) as address:
        run = few_on(f"tcp:{address}", "tunion")
    assert {result.verdict for result in run.results} == {Verdict.ERROR}
    assert "answered" in run.results[0].reason


def test_a_card_that_never_answers_costs_a_bounded_time() -> None:
    begun = time.monotonic()
    with s.line_server(lambda _line: None) as address:
        run = few_on(f"tcp:{address}", "tunion")
        assert time.monotonic() - begun < 3
    assert {result.verdict for result in run.results} == {Verdict.ERROR}
    assert "never answered" in run.results[1].reason


def test_nobody_listens() -> None:
    with s.line_server(lambda _line: None) as address:
        pass
    run = few_on(f"tcp:{address}", "tunion")
    assert {result.verdict for result in run.results} == {Verdict.ERROR}
    assert "cannot be reached" in run.results[1].reason


def test_usage_errors_are_ykt_errors() -> None:
    with pytest.raises(UsageError):
        open_target("")
