"""`ykt card`: make, show, keys, pipe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ykt_sim.bench.kept import disk
from ykt_sim.cli.card.show import view_lines
from ykt_sim.crypto.des import ecb

ROOT = Path(__file__).resolve().parents[3]
PROFILES = ("lnt", "tunion", "dual", "blank")
SELECT_EP = "00A4040008A000000632010105"
SELECT_WALLET = "00A40400085041592E5449434C"
PAN = "3104870412345678907"


@pytest.fixture
def dual(run, tmp_path):
    path = tmp_path / "dual.json"
    assert run("card", "new", "--profile", "dual", "--balance", "88.00", "--out", str(path))
    return path


def directory(view, fid):
    return next(item for item in view["directories"] if item["fid"] == fid)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_of_each_profile_can_be_made_and_shown(run, tmp_path, profile):
    path = tmp_path / "card.json"
    made = run("card", "new", "--profile", profile, "--out", str(path))
    assert made.exit_code == 0
    assert made.stdout.startswith(f"{path}: ")
    shown = run("card", "show", str(path))
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"profile {profile}, ATR 3B")
    view = json.loads(run("card", "show", str(path), "--json").stdout)
    assert view["profile"] == profile
    assert directory(view, "3F00")


def test_the_balance_is_in_fen(run, dual):
    view = json.loads(run("card", "show", str(dual), "--json").stdout)
    assert directory(view, "DF05")["purses"][0]["balance"] == 8800
    assert "88.00 yuan" in run("card", "show", str(dual)).stdout
    made = run(
        "card", "new", "--profile", "dual", "--balance", "0.5", "--out", "/dev/null", "--json"
    )
    assert json.loads(made.stdout)["balance"] == 50


def test_numbers_are_masked_unless_asked_for(run, tmp_path):
    path = str(tmp_path / "card.json")
    run("card", "new", "--profile", "dual", "--pan", PAN, "--out", path)
    for words in ([], ["--json"]):
        masked = run("card", "show", path, *words).stdout
        assert PAN not in masked
        assert PAN[8:18] not in masked
        assert "310487*********8907" in masked
        assert "510000******7890" in masked
        whole = run("card", "show", path, "--unmask", *words).stdout
        assert PAN in whole
        assert "510000" + PAN[8:18] in whole


def test_personal_fields_and_keys_are_never_shown(run, dual, tmp_path):
    name = "5A48414E47"
    commands = f"{SELECT_EP}\n00D6960202{name[:4]}\n"
    assert run("card", "pipe", str(dual), stdin=commands).exit_code == 0
    keys = json.loads(run("card", "keys", str(dual), "--json").stdout)["keys"]
    for words in ([], ["--unmasked"], ["--json", "--unmasked"]):
        shown = run("card", "show", str(dual), *words).stdout
        assert "personal, not shown" in shown or '"content": null' in shown
        assert not [key for key in keys if key["value"] in shown]


def test_keys(run, dual):
    found = json.loads(run("card", "keys", str(dual), "--json").stdout)
    assert "test keys" in found["notice"]
    purchase = [key for key in found["keys"] if key["type"] == "3E"]
    assert {key["aid"] for key in purchase} == {"A000000632010105", "5041592E5449434C"}
    assert all(len(key["value"]) == 32 for key in purchase)
    text = run("card", "keys", str(dual)).stdout
    assert "test keys" in text.splitlines()[0]
    assert purchase[0]["value"] in text


def test_an_existing_file_is_overwritten_only_by_force(run, dual):
    before = dual.read_text()
    words = ("card", "new", "--profile", "blank", "--out", str(dual))
    refused = run(*words)
    assert refused.exit_code == 2
    assert "exists already; --force" in refused.stderr
    assert dual.read_text() == before
    assert run(*words, "--force").exit_code == 0
    assert dual.read_text() != before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--profile", "gold", "--out", "x"], "no profile 'gold'; known: blank, dual"),
        (["--profile", "dual"], "Missing option '--out'"),
        (["--profile", "dual", "--out", "no/such/folder/x"], "No such file or directory"),
        (["--profile", "dual", "--out", "x", "--balance", "1.234"], "not an amount in yuan"),
        (["--profile", "dual", "--out", "x", "--balance", "-1"], "not an amount in yuan"),
        (["--profile", "dual", "--out", "x", "--balance", "9999999"], "balance 999999900 fen"),
        (["--profile", "blank", "--out", "x", "--balance", "1"], "no purse"),
        (["--profile", "dual", "--out", "x", "--pan", "123"], "19 decimal digits"),
        (["--profile", "dual", "--out", "x", "--lnt-number", "x"], "10 decimal digits"),
        (["--profile", "lnt", "--out", "x", "--pan", PAN], "no T-Union application"),
    ],
)
def test_new_refuses(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    result = run("card", "new", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["show", "keys", "pipe"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "damaged"),
        (b"{\xff\xff", "not UTF-8 text"),
        (b"[]", "card image expected"),
        (b'{"format": "ykt-card", "version": 99}', "version 99"),
        (None, "No such file"),
    ],
)
def test_a_bad_image_is_one_line(run, tmp_path, verb, content, said):
    path = tmp_path / "card.json"
    if content is not None:
        path.write_bytes(content)
    result = run("card", verb, str(path), stdin="")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert str(path) in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_edited_image_is_refused(run, dual):
    dual.write_text(dual.read_text().replace('"actual": 8800', '"actual": 9900'))
    result = run("card", "show", str(dual))
    assert result.exit_code == 2
    assert "was edited" in result.stderr


def test_pipe_answers_each_line(run):
    text = f"# a T-Union purse\n{SELECT_EP}\n\n805C 0002 04\nreset\n805C000204\n"
    result = run("card", "pipe", "--profile", "dual", stdin=text)
    fci, balance, atr, without = result.stdout.splitlines()
    assert result.exit_code == 0
    assert fci.startswith("6F")
    assert fci.endswith("9000")
    assert balance == "000000009000"
    assert atr.startswith("3B")
    assert without[-4:] != "9000"


def test_pipe_in_json(run):
    text = "reset\n00A40000023F01\nzz\n"
    result = run("card", "pipe", "--profile", "blank", "--json", stdin=text)
    atr, refused, wrong = map(json.loads, result.stdout.splitlines())
    assert atr["atr"].startswith("3B")
    assert refused == {"data": "", "sw": "6A82"}
    assert wrong["sw"] == "6700"
    assert "not hex" in wrong["error"]
    assert result.exit_code == 1


def test_pipe_goes_on_after_a_line_that_is_not_hex(run):
    result = run("card", "pipe", "--profile", "dual", stdin=f"hello\n{SELECT_EP}\n0\n")
    first, second, third = result.stdout.splitlines()
    assert (first, second[-4:], third) == ("6700", "9000", "6700")
    assert result.exit_code == 1
    assert "line 1: not hex" in result.stderr
    assert "line 3: odd number" in result.stderr


def test_a_line_that_is_not_hex_leaves_the_state_alone(run):
    words = ("card", "pipe", "--profile", "blank", "--seed", "7")
    challenge = run(*words, stdin="0084000008\n").stdout.strip()[:-4]
    proof = ecb(b"\xff" * 8, bytes.fromhex(challenge)).hex()
    text = "0084000008\n{}\n0082000008" + proof + "\n"
    assert run(*words, stdin=text.format("nonsense")).stdout.split()[1:] == ["6700", "9000"]
    assert run(*words, stdin=text.format("00")).stdout.split()[1:] == ["6700", "6984"]


def test_the_seed_makes_randoms_repeatable(run):
    def challenge(*words):
        return run("card", "pipe", "--profile", "dual", *words, stdin="0084000008\n").stdout

    assert challenge("--seed", "1") == challenge("--seed", "1")
    assert challenge("--seed", "1") != challenge("--seed", "2")
    assert challenge() != challenge()


def test_pipe_saves_the_card_at_the_end_of_input(run, dual):
    # File 16 of the test card can be written with the PIN state it starts with.
    before = dual.read_text()
    assert run("card", "pipe", str(dual), stdin=f"{SELECT_EP}\n00200000 03 123456\n").exit_code == 0
    assert run("card", "pipe", str(dual), stdin=f"{SELECT_EP}\n002000000399999999\n").exit_code == 0
    after = dual.read_text()
    assert after != before  # the try counter of the PIN
    other = dual.with_name("other.json")
    result = run("card", "pipe", str(dual), "--out", str(other), stdin="002000000399999999\n")
    assert result.exit_code == 0
    assert dual.read_text() == after
    assert other.exists()


FULL_DISK = """
import resource, sys
from ykt_sim.cli.main import cli
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
cli(sys.argv[1:], prog_name="ykt")
"""


def test_pipe_gives_no_answer_that_it_cannot_save(dual):
    before = dual.read_text()
    found = subprocess.run(
        [sys.executable, "-c", FULL_DISK, "card", "pipe", str(dual)],
        input=f"{SELECT_EP}\n0020000003999999\n805C000204\n".encode(),
        capture_output=True, check=False, timeout=60, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert found.returncode == 1
    assert found.stdout.count(b"\n") == 1  # of SELECT
    said = f"ykt: error: {dual}: cannot be saved: File too large; no answer is given\n"
    assert found.stderr.decode() == said
    assert dual.read_text() == before
    assert [path.name for path in dual.parent.iterdir()] == [dual.name]


def test_pipe_has_its_card_alone(run, dual, monkeypatch):
    monkeypatch.setattr(disk.Lock.__init__, "__defaults__", (0.05,))
    with disk.Lock(dual):
        found = run("card", "pipe", str(dual), stdin=f"{SELECT_EP}\n")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert f"{dual}: in use by this process itself" in found.stderr


def test_pipe_keeps_no_card_in_a_device(run, dual):
    os.mkfifo(dual.with_name("fifo"))
    for words in ([str(dual), "--out", str(dual.with_name("fifo"))], [str(dual.with_name("fifo"))]):
        found = run("card", "pipe", *words, stdin="")
        assert found.exit_code == 2
        assert "fifo: no regular file" in found.stderr


def test_pipe_drives_a_copy(run, dual):
    """What goes to ``--out`` is there from the start, and each answer is in it."""
    out = dual.with_name("out.json")
    out.write_text("something else")
    before = dual.read_text()
    assert run("card", "pipe", str(dual), "--out", str(out), stdin="").exit_code == 0
    assert out.read_text() == before
    text = f"{SELECT_EP}\n0020000003999999\n"
    assert run("card", "pipe", "--profile", "tunion", "--out", str(out), stdin=text).exit_code == 0
    assert json.loads(run("card", "show", str(out), "--json").stdout)["profile"] == "tunion"
    assert '"left": 2' in out.read_text()
    assert dual.read_text() == before


def test_pipe_needs_one_card(run, dual):
    for words in ([], [str(dual), "--profile", "dual"]):
        result = run("card", "pipe", *words, stdin="")
        assert result.exit_code == 2
        assert "either CARD.JSON or --profile" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_card_is_saved(dual, number):
    before = dual.read_text()
    with subprocess.Popen(
        [sys.executable, "-m", "ykt_sim.cli.main", "card", "pipe", str(dual)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(f"{SELECT_EP}\n0020000003999999\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().endswith(b"9000\n")
        assert process.stdout.readline().startswith(b"63C")
        saved = dual.read_text()
        assert saved != before  # before the answer was out
        time.sleep(0.1)
        process.send_signal(number)
        assert process.wait(timeout=60) == 128 + number
        assert process.stderr.read() == b""
    assert dual.read_text() == saved


def test_answers_come_at_once_and_survive_a_closed_reader(dual):
    before = dual.read_text()
    with subprocess.Popen(
        [sys.executable, "-m", "ykt_sim.cli.main", "card", "pipe", str(dual)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(f"{SELECT_EP}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().endswith(b"9000\n")
        process.stdout.close()
        process.stdin.write(b"0020000003999999\n")
        process.stdin.close()
        assert process.wait(timeout=60) == 141
        assert process.stderr.read() == b""
    assert dual.read_text() != before


def test_what_is_left_without_the_overdraft_is_shown() -> None:
    purse = {"purse": "EP", "balance": 800, "actual": 0, "overdraft_limit": 800, "overdrawn": 0}
    directory = {
        "name": "A000000632010105", "fid": "", "title": "T", "blocked": "no", "files": [],
        "purses": [purse], "keys": [],
    }  # fmt: skip
    card = {"blocked": False, "ppse_lockout": None, "profile": "", "atr": ""}
    card["directories"] = [directory]
    text = "\n".join(view_lines(card, unmasked=False))
    assert "EP balance 余额 8.00 yuan, overdraft 透支 0.00 of 8.00, net 净余额 0.00" in text
