"""Runs that go on, that are done again in part, and that are signed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.conftest import Run
from tests.trace.turns import turns
from ykt_conformance.report.signature import signed_by
from ykt_conformance.report.stored import load
from ykt_conformance.report.verify import verify
from ykt_conformance.run.card import CardRun
from ykt_sim.trace.jsonl import write_trace

FEW = ("--case", "C-0101", "--case", "C-0104", "--case", "C-0201")
BAD = "sim:dual?deviate=balance-in-yuan"


def verdicts(place: Path) -> dict[str, str]:
    return {case.id: case.verdict for case in load(place).results.cases}


def stopped(run: Run, out: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> str:
    """A run that is stopped in its second case; what it says."""
    count = 0
    whole = CardRun.run

    def stops(self: CardRun, case: object) -> object:
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        return whole(self, case)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(CardRun, "run", stops)
        done = run("conform", "card", "--target", "sim:dual", *FEW, "--out", str(out), *more)
    assert done.exit_code == 2, done.output
    return done.stdout


def test_a_run_that_was_stopped_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    said = stopped(run, out, monkeypatch, "--seed", "5")
    assert f"stopped after 1 of 3 cases; --resume {out} goes on" in said
    assert list(verdicts(out).values()) == ["PASS", "ERROR", "ERROR"]
    done = run("conform", "card", "--target", "sim:dual", "--resume", str(out))
    assert done.exit_code == 0, done.output
    assert re.search(r"sim:dual: 3 PASS; .* seed 5\n", done.stdout)
    assert list(verdicts(out).values()) == ["PASS"] * 3
    assert run("conform", "verify", str(out)).exit_code == 0
    again = run("conform", "card", "--target", "sim:dual", "--resume", str(out))
    assert (again.exit_code, "no run that ended early" in again.stderr) == (3, True)


def test_only_the_same_run_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    stopped(run, out, monkeypatch, "--seed", "5")
    resume = ("--resume", str(out))
    for words, why in (
        (("--target", "sim:dual", "--seed", "6"), "was run with --seed 5"),
        (("--target", "sim:dual", "--ics", "tunion"), "the ICS changed since"),
        (("--target", BAD), "the target changed since"),
        (("--target", "sim:dual", "--case", "C-0101"), "the cases and the folder of the earlier"),
    ):
        done = run("conform", "card", *words, *resume)
        assert (done.exit_code, why in done.stderr) == (3, True), done.stderr


def test_a_run_goes_on_with_the_words_it_was_given(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    ignored = ("R-SEL-NAME", "R-SEL-ABSENT")
    stopped(run, out, monkeypatch, "--thorough", "--unmask",
            "--ignore", ignored[0], "--ignore", ignored[1])  # fmt: skip
    plans = []
    whole = CardRun.run

    def told(self: CardRun, case: object) -> object:
        plans.append((self.plan.thorough, self.plan.unmasked, self.plan.ignored))
        return whole(self, case)  # type: ignore[arg-type]

    monkeypatch.setattr(CardRun, "run", told)
    resume = ("conform", "card", "--target", "sim:dual", "--resume", str(out))
    other = run(*resume, "--ignore", ignored[0])
    assert other.exit_code == 3
    assert f"was run with --ignore {', '.join(sorted(ignored))}" in other.stderr
    assert run(*resume).exit_code == 0
    assert plans == [(True, True, frozenset(ignored))] * 2


@pytest.mark.parametrize("words", [("--thorough",), ("--unmask",), ("--ignore", "R-SEL-NAME")])
def test_a_run_does_not_go_on_with_words_it_was_not_given(
    words: tuple[str, ...], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    stopped(run, out, monkeypatch)
    done = run("conform", "card", "--target", "sim:dual", "--resume", str(out), *words)
    assert (done.exit_code, f"was run without {words[0]}" in done.stderr) == (3, True)


def test_a_run_goes_on_without_what_was_excluded(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, campaign = tmp_path / "run", tmp_path / "c.toml"
    campaign.write_text('version = 1\nkind = "campaign"\n[exclusions]\n"C-0101" = "why"\n')
    words = ("--campaign", str(campaign))
    stopped(run, out, monkeypatch, *words)
    resume = ("conform", "card", "--target", "sim:dual", "--resume", str(out))
    other = run(*resume)
    assert other.exit_code == 3
    assert "the exclusions, the campaign file changed since" in other.stderr
    assert "with 1 exclusion;" in run(*resume, *words).stdout
    assert len(verdicts(out)) == 2
    assert [one.because for one in load(out).results.excluded] == ["why"]
    assert run("conform", "verify", str(out)).exit_code == 0


def test_what_failed_is_run_again(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    words = ("conform", "card", "--target", BAD, "--select", 'group == "balance"', "--seed", "1")
    assert run(*words, "--out", str(one)).exit_code == 1
    failed = {name for name, verdict in verdicts(one).items() if verdict == "FAIL"}
    assert 0 < len(failed) < len(verdicts(one))
    done = run(
        "conform", "card", "--target", "sim:dual", "--failed-of", str(one), "--out", str(two)
    )
    assert done.exit_code == 0, done.output
    assert set(verdicts(two)) == failed
    none = run("conform", "card", "--target", "sim:dual", "--failed-of", str(two))
    assert (none.exit_code, f"{two}: nothing failed" in none.stderr) == (3, True)


def test_a_failed_case_says_what_line_repeats_it(run: Run) -> None:
    done = run("conform", "card", "--target", BAD, "--select", 'group == "balance"')
    line = next(one for one in done.stdout.splitlines() if "again: " in one)
    words = shlex.split(line.partition("again: ")[2])
    assert words[:5] == ["ykt", "conform", "card", "--target", BAD]
    repeated = run(*words[1:])
    assert repeated.exit_code == 1, repeated.output
    assert f"{words[-1]}  FAIL" in repeated.stdout


def test_a_folder_is_signed(run: Run, tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    own, public = tmp_path / "own.pem", tmp_path / "own.pub"
    own.write_bytes(
        private.private_bytes(ser.Encoding.PEM, ser.PrivateFormat.PKCS8, ser.NoEncryption())
    )
    public.write_bytes(
        private.public_key().public_bytes(ser.Encoding.PEM, ser.PublicFormat.SubjectPublicKeyInfo)
    )
    out = tmp_path / "run"
    words = ("conform", "card", "--target", "sim:dual", "--case", "C-0101")
    assert run(*words, "--out", str(out), "--sign", str(own)).exit_code == 0
    signature = (out / "MANIFEST.sig").read_bytes()
    assert signed_by((out / "MANIFEST").read_bytes(), signature, public)
    assert run("conform", "verify", str(out)).exit_code == 0
    other = tmp_path / "other"
    wrong = run(*words, "--out", str(other), "--sign", str(public))
    assert (wrong.exit_code, "expected a private Ed25519 key" in wrong.stderr) == (3, True)
    assert not other.exists()
    bare = run(*words, "--sign", str(own))
    assert (bare.exit_code, "--sign goes with --out" in bare.stderr) == (3, True)


def test_a_file_of_many_cards_has_one_folder(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "ten.jsonl", tmp_path / "out"
    path.write_text(write_trace(turns(10)))
    done = run("conform", "trace", str(path), "--out", str(out))
    assert f"{out}: written, manifest SHA-256 {verify(out).sha256}" in done.stdout
    assert {one.name for one in out.iterdir()} >= {"trace.jsonl", "results.json", "report.html"}
    results = load(out).results
    assert len(results.recordings) == 10
    for row in results.recordings:
        assert len(results.letters(row)) == len(results.order)
    passed = [case.id for case in results.cases if case.found_in == "1-10"
              and case.verdict == "PASS"]  # fmt: skip
    recordings = load(out).recordings
    assert sum(len(trace.events) for trace in recordings.values()) == len(turns(10).events)
    again = run("conform", "trace", str(out / "trace.jsonl"), "--session", "7", "--case", passed[0])
    assert f"{passed[0]}  PASS" in again.stdout


def test_each_of_several_files_has_its_folder(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_text(write_trace(turns(2)))
    out = tmp_path / "out"
    run("conform", "trace", *map(str, paths), "--out", str(out))
    for name in ("001-a", "002-b"):
        assert verify(out / name).whole
