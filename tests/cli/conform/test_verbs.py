from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.conftest import Child, Run
from tests.conformance import support as s
from tests.trace.turns import turns
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.verify import verify
from ykt_sim.cli.conform import run as conform_run
from ykt_sim.cli.kit import progress as progress_lines
from ykt_sim.trace.jsonl import write_trace

ROOT = Path(__file__).resolve().parents[3]

FEW = ("--case", "C-0101", "--case", "C-0104")


def bad_card() -> Any:
    """A card whose purse cannot be selected; everything else is refused too."""
    card = s.FakeCard({s.SELECT_EP: "6A82"})

    def answer(line: str) -> bytes:
        data = card.power_on() if line == "reset" else card.transmit(bytes.fromhex(line))
        return data.hex().encode() + b"\n"

    return s.line_server(answer)


def test_a_good_card_ends_with_0(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report"
    done = run("conform", "card", "--target", "sim:dual", *FEW, "--seed", "1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "C-0101  PASS" in done.stdout
    assert re.search(r"sim:dual: 2 PASS; \d\.\d s, seed 1\n", done.stdout)
    assert verify(out).sha256 in done.stdout


def test_a_run_that_fails_by_the_model_alone_says_so_where_it_counts(run: Run) -> None:
    done = run("conform", "card", "--target=sim:dual?deviate=debit-a-fen-less", "--case=C-0504")
    assert ": 1 PASS, 1 rule of the model broken; " in done.stdout


def test_a_bad_card_ends_with_1(run: Run) -> None:
    with bad_card() as address:
        done = run("conform", "card", "--target", f"tcp:{address}", "--ics", "tunion", *FEW)
    assert done.exit_code == 1, done.output
    assert re.search(r"C-0101  FAIL .*6A82", done.stdout)
    assert "finding: applications.tunion: claimed yes, observed no" in done.stdout


def test_a_card_that_answers_garbage_ends_with_2(run: Run) -> None:
    with s.line_server(lambda _line: b"what?\n") as address:
        done = run("conform", "card", "--target", f"tcp:{address}", "--ics", "tunion", *FEW)
    assert done.exit_code == 2
    assert "answered 'what?', which is not hex" in done.stdout


def test_a_card_that_is_silent_ends_with_2(run: Run) -> None:
    with s.line_server({"reset": b"3B00\n"}.get) as address:
        done = run(
            "conform", "card", "--target", f"tcp:{address}", "--ics", "tunion", *FEW,
            "--timeout", "0.1",
        )  # fmt: skip
    assert done.exit_code == 2
    assert "no answer within" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["card"], "Missing option '--target'"),
        (["card", "--target", "dual"], "starts with one of"),
        (["card", "--target", "sim:nix"], "nix"),
        (["card", "--target", "tcp:localhost:9"], "give --ics FILE"),
        (["card", "--target", "sim:dual", "--ics", "absent.toml"], "absent.toml"),
        (["card", "--target", "sim:dual", "--case", "C-0000"], "no case C-0000"),
        (["card", "--target", "sim:dual", "--select", "x +"], "cannot be read"),
        (["card", "--target", "sim:dual", "--keys", "absent.json"], "absent.json"),
        (["card", "--target", "sim:dual", "--timeout", "0"], "--timeout"),
        (["card", "--bogus"], "--bogus"),
        (["terminal"], "give either --target or --listen"),
        (["terminal", "--listen", "tcp:localhost:1"], "give --ics FILE"),
        (["terminal", "--listen", "tcp:localhost:99999"], "there is no such port"),
        (["terminal", "--listen", "foo:bar", "--ics", "bus-upgraded"], "expected tcp:HOST:PORT or"),
        (["terminal", "--target", "foo:x"], "cannot open 'foo:x'"),
        (["terminal", "--target", "sim:nix"], "no terminal profile 'nix'"),
        (["explore", "terminal", "--target", "sim:nix"], "no terminal profile 'nix'"),
        (["explore", "terminal", "--listen", "tcp:localhost:99999"], "there is no such port"),
        (["explore", "terminal", "--target", "sim:bus-upgraded", "--replay", ""], "give steps, or"),
        (["explore", "card", "--target", "sim:dual", "--replay", " "], "give steps, or a file"),
        (["explore", "card", "--target", "sim:dual", "--replay", "a.txt"], "no file 'a.txt', and"),
        (
            ["explore", "card", "--target", "sim:dual", "--replay", "a" * 999],
            f"no file '{'a' * 60}'",
        ),
        (["explore", "card", "--target", "sim:dual", "--replay", "reset; b"], "error: step 'b'"),
        (["terminal", "--target", "pipe:./terminal"], "any other connects to --listen tcp:HOST"),
        (["explore", "terminal", "--target", "tcp:localhost:1"], "any other connects to --listen"),
        (["terminal", "--listen", "tcp:localhost:1", "--ics", "dual"], "is the ICS of a card"),
        (["trace", "absent.jsonl"], "absent.jsonl"),
        (["verify", "absent"], "no MANIFEST"),
        (["ics", "check", "nix"], "no ICS 'nix'"),
        (["ics", "draft", "absent.jsonl"], "absent.jsonl"),
        (["ics", "draft"], "give traces, or --target"),
        (["ics", "draft", "a.jsonl", "--target", "sim:lnt"], "not both: a.jsonl and sim:lnt"),
        (["ics", "draft", "a.jsonl", "--allow-writes"], "go with --target"),
        (["ics", "draft", "--target", "sim:lnt", "--subject", "terminal"], "is a card"),
        (["ics", "draft", "--target", "sim:lnt", "--number", "1"], "real readers"),
        (["ics", "show", "nix"], "no ICS 'nix'"),
        (["ics", "new", "reader"], "reader"),
        (["list", "--select", "colour"], "no 'colour'"),
        (["nix"], "no such command 'nix'"),
        (["--bogus"], "--bogus"),
    ],
)
def test_wrong_words_end_with_3_in_one_line(run: Run, words: list[str], said: str) -> None:
    done = run("conform", *words)
    assert done.exit_code == 3, done.output
    assert said in done.stderr
    assert done.stderr.startswith("ykt: error: ")
    assert done.stderr.count("\n") == 1


def test_the_other_verbs_keep_their_codes(run: Run) -> None:
    assert run("trace", "show", "absent.jsonl").exit_code == 2


def test_an_unsound_ics_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('kind = "card"\nversion = 1\n[applications]\n', encoding="utf-8")
    done = run("conform", "card", "--target", "sim:dual", "--ics", str(path))
    assert done.exit_code == 3
    assert "$.applications: no application is claimed" in done.stderr


def test_json_is_one_document(run: Run) -> None:
    done = run("conform", "card", "--target", "sim:dual", *FEW, "--json")
    found = json.loads(done.stdout)
    assert [case["id"] for case in found["cases"]] == ["C-0101", "C-0104"]
    assert found["exit_code"] == done.exit_code == 0


def test_dry_run_says_why_and_runs_nothing(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report"
    words = ("conform", "card", "--target", "sim:lnt", *FEW, "--dry-run", "--out", str(out))
    done = run(*words)
    assert done.exit_code == 0
    assert re.search(r"C-0101  NOT_APPLICABLE .*tunion", done.stdout)
    assert re.search(r"C-0104  run .*: ", done.stdout)
    assert "1 of 2 cases would be run" in done.stdout
    assert not out.exists()
    listed = json.loads(run(*words, "--json").stdout)
    assert [item["runs"] for item in listed] == [False, True]


def test_a_dry_run_of_nothing_ends_as_a_run_of_nothing(run: Run) -> None:
    words = ("conform", "card", "--target", "sim:dual", "--case", "C-1802", "--exclude", "tear=x")
    done = run(*words)
    assert done.exit_code == 2
    assert "nothing was tested, with 1 exclusion" in done.stdout
    done = run(*words, "--dry-run")
    assert done.exit_code == 2
    assert "none of 1 cases would be run" in done.stdout
    assert run(*words, "--dry-run", "--json").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("trace",), ("ics", "draft"), ("ics", "show"), ("campaign", "check"),
        ("card", "--target", "sim:dual", "--ics"), ("card", "--target", "sim:dual", "--keys"),
        ("card", "--target", "sim:dual", "--campaign"),
        ("explore", "card", "--target", "sim:dual", "--replay"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"\xff\xff\xfa", "not UTF-8 text at byte 0"),
    ],
)
def test_a_file_that_holds_no_text_says_so_everywhere(
    run: Run, tmp_path: Path, words: tuple[str, ...], data: bytes, said: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    done = run("conform", *words, str(path))
    assert done.exit_code == 3
    traced = words in (("trace",), ("ics", "draft"))  # any bytes may be a recording
    expected = "no known format" if traced and "UTF-8" in said else said
    assert done.stderr.startswith(f"ykt: error: {path}: {expected}"), done.stderr
    assert done.stderr.count("\n") == 1


def test_results_are_told_in_the_language_that_is_asked_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    words = ("conform", "card", "--target", "sim:dual", "--case", "C-0101", "--out", str(out))
    assert "C-0101  通过" in run(*words, "--lang", "zh").stdout
    assert 'name="C-0101 按 AID' in (out / "junit.xml").read_text("utf-8")
    assert verify(out).whole
    monkeypatch.setenv("YKT_LANG", "zh")
    assert "1 项中将执行 1 项" in run(*words, "--dry-run").stdout
    assert "各项结果均相同" in run("conform", "diff", str(out), str(out)).stdout
    assert (
        "every case came out" in run("conform", "diff", str(out), str(out), "--lang", "en").stdout
    )
    monkeypatch.setenv("YKT_LANG", "de")
    done = run("conform", "diff", str(out), str(out))
    assert (done.exit_code, "'de' is not one of" in done.stderr) == (3, True)


def test_select(run: Run) -> None:
    words = ("conform", "card", "--target", "sim:dual", "--dry-run", "--select")
    done = run(*words, 'id == "C-0104" and subject == "card"')
    assert "1 of 1 cases" in done.stdout


def test_an_earlier_folder_is_kept(run: Run, tmp_path: Path) -> None:
    words = ("conform", "card", "--target", "sim:dual", *FEW, "--out", str(tmp_path / "r"))
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 3
    assert run(*words, "--force").exit_code == 0


def test_keys_of_ones_own(run: Run, tmp_path: Path) -> None:
    card, keys = str(tmp_path / "card.json"), tmp_path / "keys.json"
    run("card", "new", "--profile", "dual", "--out", card)
    keys.write_text(run("card", "keys", card, "--json").stdout, encoding="utf-8")
    done = run("conform", "card", "--target", "sim:dual", "--keys", str(keys), *FEW, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["keys"] == "a key file of the owner's"


def test_list(run: Run) -> None:
    done = run("conform", "list", "--subject", "card")
    assert "C-0101" in done.stdout
    found = json.loads(run("conform", "list", "--json").stdout)
    assert found["suite"]["version"]
    assert {"id", "title", "title_zh", "clauses", "applies", "needs"} <= set(found["cases"][0])


def test_verify(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "r"
    run("conform", "card", "--target", "sim:dual", *FEW, "--out", str(out))
    whole = run("conform", "verify", str(out))
    assert (whole.exit_code, "whole" in whole.stdout) == (0, True)
    (out / "results.json").write_text("{}")
    torn = run("conform", "verify", str(out))
    assert (torn.exit_code, torn.stdout) == (1, "results.json: changed\n")
    found = json.loads(run("conform", "verify", str(out), "--json").stdout)
    assert (found["whole"], found["problems"]) == (False, ["results.json: changed"])
    assert run("conform", "verify", str(out), "--manifest", "00" * 32).exit_code == 1


def test_ics_new_check_and_draft(run: Run, tmp_path: Path) -> None:
    path, trace = str(tmp_path / "mine.toml"), tmp_path / "tap.jsonl"
    assert run("conform", "ics", "new", "card", "--out", path).exit_code == 0
    assert run("conform", "ics", "new", "card", "--out", path).exit_code == 3
    unsound = run("conform", "ics", "check", path)
    assert (unsound.exit_code, "no application is claimed" in unsound.stdout) == (1, True)
    trace.write_text(write_trace(s.trace_of("reset", (s.SELECT_EP.hex(), s.FCI))))
    drafted = run("conform", "ics", "draft", str(trace), "--out", path, "--force")
    assert drafted.exit_code == 0
    assert run("conform", "ics", "check", path).exit_code == 0
    assert "tunion = true" in Path(path).read_text("utf-8")
    assert 'kind = "terminal"' in run("conform", "ics", "new", "terminal").stdout


def test_lnt_asked_for_after_ppse_alone_is_not_called_absent(run: Run, tmp_path: Path) -> None:
    ppse = "00A404000E325041592E5359532E444446303100"
    listed = (
        "6F2E840E325041592E5359532E4444463031A51CBF0C1961174F08A0000006320101055008"
        "4D4F545F545F45508701019000"
    )
    log = tmp_path / "ppse.log"
    log.write_text(f"> {ppse}\n< {listed}\n> 00A40400085041592E4150505900\n< 6A82\n")
    assert "Lingnan Tong is not known" in run("conform", "trace", str(log)).stderr
    assert "may hide" in run("trace", "show", str(log)).stdout


def test_traces_are_judged_with_a_drafted_form(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path, sw in zip(paths, (s.FCI, "6A82"), strict=True):
        path.write_text(write_trace(s.trace_of("reset", (s.SELECT_EP.hex(), sw))))
    done = run("conform", "trace", str(paths[0]), *FEW)
    assert done.exit_code == 2
    assert re.search(r"C-0101  PASS", done.stdout)
    assert re.search(r"C-0104  INCONCLUSIVE .*the trace has no", done.stdout)
    assert "never exercised: C-0104\n" in done.stdout
    words = ("conform", "trace", *map(str, paths), "--ics", "tunion", *FEW)
    out = tmp_path / "out"
    both = run(*words, "--json", "--out", str(out))
    assert both.exit_code == 1
    found = json.loads(both.stdout)["traces"]
    assert [item["cases"][0]["verdict"] for item in found] == ["PASS", "FAIL"]
    assert verify(out / "001-one").whole
    assert verify(out / "002-two").whole


def test_cards_that_came_in_turn_are_judged_one_by_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "ten.jsonl"
    path.write_text(write_trace(turns(10)))
    done = run("conform", "trace", str(path), "--json")
    found = json.loads(done.stdout)["traces"]
    assert len(found) == 10
    failed = [case["id"] for one in found for case in one["cases"] if case["verdict"] == "FAIL"]
    assert not failed
    whole = run("conform", "trace", str(path), "--subject", "terminal", "--json")
    assert len(json.loads(whole.stdout)["traces"]) == 1
    one = run("conform", "trace", str(path), "--json", "--session", "trace, by number 2")
    assert len(json.loads(one.stdout)["traces"]) == 1


def test_help_of_every_verb_has_examples(run: Run) -> None:
    verbs = ["card", "terminal", "trace", "list", "verify", "diff", "zoo"]
    for verb in [*verbs, *(f"ics {one}" for one in ("new", "check", "draft", "list", "show"))]:
        text = run("conform", *verb.split(), "--help").stdout
        assert re.search(rf"Examples:\n +ykt conform {verb}\b", text), verb


def test_progress_is_shown_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(progress_lines, "time", clock)
    progress = conform_run.Progress()
    result: Any = SimpleNamespace(id="C-0101", verdict=Verdict.FAIL)
    for now in (1.0, 1.9, 2.1, 3.0, 8.0):
        clock.now = now
        progress(int(now), 9, result)
    assert capsys.readouterr().err == "2/9 C-0101, 3 failed, 2 s\n8/9 C-0101, 5 failed, 8 s\n"


def test_terminal_and_zoo_reach_their_rooms(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Zoo:
        exit_code = 1

        def document(self) -> dict[str, object]:
            return {"killed": 1}

        def lines(self) -> list[str]:
            return ["killed 1"]

    asked: list[dict[str, Any]] = []

    def run_zoo(**words: Any) -> Zoo:
        asked.append(words)
        return Zoo()

    monkeypatch.setattr(conform_run, "suite_zoo", SimpleNamespace(run_zoo=run_zoo))
    done = run("conform", "zoo", "--subject", "card", "--only", "wrong-tac")
    assert (done.exit_code, done.stdout) == (1, "killed 1\n")
    assert (asked[0]["subject"], asked[0]["only"]) == ("card", ("wrong-tac",))
    assert json.loads(run("conform", "zoo", "--json").stdout) == {"killed": 1}


def test_the_real_thing_in_a_child(child: Child, tmp_path: Path) -> None:
    target = f"pipe:{shlex.quote(sys.executable)} -m ykt_sim.cli.main card pipe --profile dual"
    done = child("conform", "card", "--target", target, "--ics", "dual", *FEW)
    assert done.returncode == 0, done.stderr
    assert b"2 PASS" in done.stdout


def test_keys_of_real_cards_stay_outside_of_this_programs_folder(run, tmp_path) -> None:
    inside = ROOT / "docs" / "index.md"
    words = ("conform", "card", "--target", "pcsc:0", "--ics", "dual", "--keys")
    found = run(*words, str(inside))
    assert found.exit_code == 3
    assert "keep keys of real cards outside" in found.stderr
    other = run(*words, str(tmp_path / "none.json"))
    assert "outside" not in other.stderr


def test_a_calibration_is_for_readers(run, tmp_path) -> None:
    way = tmp_path / "way.json"
    way.write_text(
        '{"reader":"R","protocol":"T=1","card":"c","taken":"t","source":"s","rounds":20,'
        '"fixed_ms":1,"per_byte_ms":0,"spread_ms":0,"points":[]}'
    )
    for words, said in (
        (("card", "--target", "sim:dual"), "for cards in readers"),
        (("terminal", "--target", "sim:bus-upgraded"), "for terminals at PC/SC"),
    ):
        found = run("conform", *words, "--calibration", str(way))
        assert (found.exit_code, said in found.stderr) == (3, True), found.stderr


def test_two_runs_are_held_against_each_other(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for out, target in ((one, "sim:dual"), (two, "sim:dual?deviate=balance-in-yuan")):
        run("conform", "card", "--target", target, "--case", "C-0405", "--out", str(out))
    done = run("conform", "diff", str(one), str(two))
    assert done.exit_code == 1
    assert "verdict: C-0405: PASS -> FAIL" in done.stdout
    assert "run: target: sim:dual -> sim:dual?deviate=balance-in-yuan" in done.stdout
    same = json.loads(run("conform", "diff", str(one), str(one), "--json").stdout)
    assert (same["same"], same["verdicts"]) == (True, [])
    assert run("conform", "diff", str(one), str(tmp_path)).exit_code == 3


def test_ics_list_and_show(run: Run) -> None:
    listed = run("conform", "ics", "list")
    assert "metro-exit" in listed.stdout
    names = [one["name"] for one in json.loads(run("conform", "ics", "list", "--json").stdout)]
    assert "dual" in names
    shown = run("conform", "ics", "show", "dual").stdout
    assert "ppse_lockout = true  # after PPSE" in shown
    assert json.loads(run("conform", "ics", "show", "lnt", "--json").stdout)["kind"] == "card"


def test_shipped_forms_are_named_in_the_help(run: Run) -> None:
    assert "Forms for --ics: dual, lnt, tunion." in run("conform", "card", "--help").stdout
    assert "metro-exit" in run("conform", "terminal", "--help").stdout


def test_ics_draft_of_a_target_and_of_several_traces(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "drafted.toml"
    words = ("conform", "ics", "draft", "--target", "sim:lnt", "--allow-writes", "--out", str(path))
    assert run(*words).exit_code == 0
    assert 'pin_filling = "any"' in path.read_text("utf-8")
    trace = tmp_path / "tap.jsonl"
    trace.write_text(write_trace(s.trace_of("reset", (s.SELECT_EP.hex(), s.FCI))))
    both = run("conform", "ics", "draft", str(trace), str(trace))
    assert both.exit_code == 0
    assert "trace 2 of 2" in both.stdout


def test_a_sound_card_is_learnt_and_drawn(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "machines"
    words = ("conform", "learn", "card", "--target", "sim:lnt", "--subject", "lnt-pin",
             "--random", "20", "--seed", "1", "--out", str(out))  # fmt: skip
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert "lnt-pin: 9 states" in done.stdout
    assert "no difference" in done.stdout
    assert sorted(path.name for path in out.iterdir()) == [
        "learnt.json", "lnt-pin.dot", "lnt-pin.svg",
    ]  # fmt: skip
    states = json.loads((out / "learnt.json").read_text())["machines"][0]["states"]
    assert len(states) == 9
    assert run(*words).exit_code == 3


def test_a_psam_is_learnt_and_drawn(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "machines"
    done = run("conform", "learn", "psam", "--target", "sam:bus-upgraded", "--subject", "lnt-tears",
               "--random", "5", "--seed", "1", "--out", str(out))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "lnt-tears: 3 states" in done.stdout
    assert "no difference" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "learnt.json", "lnt-tears.dot", "lnt-tears.svg",
    }  # fmt: skip


def test_a_difference_of_machines_ends_with_1_and_its_line_shows_it_again(run: Run) -> None:
    target = "sim:dual?deviate=tries-not-restored"
    words = ("conform", "learn", "card", "--target", target, "--subject", "tunion-pin",
             "--random", "0", "--seed", "1", "--json")  # fmt: skip
    done = run(*words)
    assert done.exit_code == 1, done.output
    found = json.loads(done.stdout)["differences"]
    assert {one["divergence"]["rule"] for one in found} == {"R-PIN-WRONG"}
    assert "0300000000017" not in done.stdout
    played = run(*shlex.split(found[0]["replay"])[1:], "--json")
    assert played.exit_code == 1
    assert json.loads(played.stdout)["divergence"]["rule"] == "R-PIN-WRONG"


def test_learning_that_is_cut_short_is_not_complete_and_wants_known_subjects(run: Run) -> None:
    words = ("conform", "learn", "card", "--target", "sim:lnt", "--seed", "1")
    done = run(*words, "--subject", "money", "--queries", "30")
    assert (done.exit_code, "not complete" in done.stdout) == (2, True)
    done = run(*words, "--subject", "fly")
    assert (done.exit_code, "lnt-purse" in done.stderr) == (3, True)
