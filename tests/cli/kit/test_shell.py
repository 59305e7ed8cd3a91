"""What holds for every verb: help, start-up, errors, exit codes, encodings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ykt_sim import __version__
from ykt_sim.cli.kit.shell import FailedError, Lazy, Shell
from ykt_sim.cli.main import VERBS, cli
from ykt_sim.errors import CardRemovedError, ImageError, PackError, ReadError

HEAVY = {"construct", "cryptography", "rich", "msgspec", "ykt_sim.codes"}


def all_commands(command=cli, path=("ykt",)):
    """Every verb with its words, groups left out."""
    ctx = click.Context(command)
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(ctx):
        sub = command.get_command(ctx, name)
        assert sub is not None
        yield from all_commands(sub, (*path, name))


def test_every_verb_of_the_table_can_be_imported():
    found = [" ".join(path) for path, _ in all_commands()]
    assert len(found) == len(set(found))
    assert {path.split()[1] for path in found} == set(VERBS)


def test_every_verb_has_help_with_an_example_and_json(run):
    for path, command in all_commands():
        result = run(*path[1:], "--help")
        assert result.exit_code == 0, path
        assert "Example" in result.output, path
        assert any("--json" in option.opts for option in command.params), path
        # Chinese characters are two columns wide.
        for line in result.output.splitlines():
            assert sum(2 if ord(c) > 0x2E80 else 1 for c in line) <= 80, (path, line)


def test_a_verb_has_at_most_thirty_lines():
    import ast  # noqa: PLC0415
    import inspect  # noqa: PLC0415

    for path, command in all_commands():
        callback = command.callback
        assert callback is not None
        source = inspect.unwrap(callback)
        tree = ast.parse(inspect.getsource(source))
        body = tree.body[0]
        assert isinstance(body, ast.FunctionDef)
        assert body.end_lineno - body.lineno + 1 <= 30, path


def test_version(run):
    assert run("--version").output == f"ykt, version {__version__}\n"


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom ykt_sim.cli.main import cli\n"
        "try:\n    cli(['--help'], prog_name='ykt')\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split("LOADED")[1].split())
    assert "click" in loaded
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith("ykt_sim.cli.")} - {
        "ykt_sim.cli.main",
        "ykt_sim.cli.kit",
        "ykt_sim.cli.kit.screen",
        "ykt_sim.cli.kit.shell",
    }


ENGINES = {"ykt_sim.card.engine", "ykt_sim.sam.engine", "ykt_sim.terminal.machine"}
FAULTS = {f"ykt_sim.faults.{room}.table" for room in ("card", "sam", "terminal")}
TRACE = Path(__file__).parents[3] / "apdu_traces" / "synthetic" / "tunion-bus-tunion.jsonl"


@pytest.mark.parametrize(
    ("words", "left_out"),
    [
        ("decode tunion:17 0000", {"cryptography", "ykt_sim.card", "ykt_conformance"} | ENGINES),
        ("card show card.json", {"cryptography", "ykt_conformance"} | ENGINES),
        (
            "tap --card card.json --terminal bus-upgraded",
            {"ykt_conformance", "ykt_sim.meaning.annotate", "ykt_sim.card.personalise", "socket"},
        ),
        (f"trace show {TRACE}", {"ykt_sim.card", "ykt_conformance"} | ENGINES),
        ("conform list", {"ykt_sim.bench.make", "rich"} | ENGINES),
    ],
)
def test_a_verb_imports_nothing_that_only_others_need(words, left_out, run, tmp_path):
    run("card", "new", "--profile", "dual", "--balance", "50", "--out", str(tmp_path / "card.json"))
    code = (
        "import sys\nfrom ykt_sim.cli.main import cli\n"
        "try:\n    cli(sys.argv[1:], prog_name='ykt')\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words.split()],
        capture_output=True, check=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    loaded = set(done.stdout.split("LOADED")[1].split())
    assert "ykt_sim.codes" in loaded
    assert not loaded & (left_out | FAULTS | {"construct"})


def test_no_words_give_the_help_and_code_2(run):
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "no such command 'nonsense'; there are card, reader, tap, terminal"),
        (["--nonsense"], "No such option '--nonsense'"),
        (["crypto", "nonsense"], "No such command 'nonsense'"),
        (["crypto", "mac", "--kez", "00"], "Did you mean '--key'?"),
    ],
)
def test_wrong_words(run, words, said):
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.startswith("ykt: error: ")
    assert result.stderr.count("\n") == 1


def failing(error):
    """A shell whose only verb raises the error."""

    def fail():
        raise error

    commands = {"fail": Lazy("nowhere:fail", "Fail.")}
    shell = Shell("ykt", lazy=commands)
    shell.get_command = lambda _ctx, _name: click.Command("fail", callback=fail)
    return CliRunner().invoke(shell, ["fail"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ImageError("card.json: too new"), 2, "card.json: too new"),
        (CardRemovedError("the card left"), 1, "the card left"),
        (ReadError("too short"), 2, "too short"),
        (PackError("300 in a byte"), 3, "internal fault, PackError: 300 in a byte"),
        (FailedError("refused"), 1, "refused"),
        (FileNotFoundError(2, "No such file", "x.json"), 2, "x.json: No such file"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("by\nzero"), 3, "internal fault, ZeroDivisionError: by zero"),
        (AssertionError(), 3, "internal fault, AssertionError (YKT_TRACEBACK=1"),
    ],
)
def test_what_a_verb_raises_becomes_one_line(error, code, said):
    result = failing(error)
    assert result.exit_code == code
    assert result.stderr.startswith("ykt: error: " + said)
    assert result.stderr.count("\n") == 1


def test_a_traceback_is_shown_when_asked_for(monkeypatch):
    monkeypatch.setenv("YKT_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in failing(ZeroDivisionError("x")).stderr


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_chinese_comes_out_as_utf8_where_the_locale_cannot_hold_it(child, env):
    done = child("--help", env=env)
    assert done.returncode == 0
    assert "岭南通" in done.stdout.decode("utf-8")


def test_chinese_comes_out_in_the_locale_when_it_can(child):
    done = child("--help", env={"PYTHONIOENCODING": "gb18030"})
    assert "岭南通" in done.stdout.decode("gb18030")


def test_json_is_ascii_where_the_output_is_not_utf8(child):
    words = ("terminal", "show", "bus-upgraded", "--json")
    plain = child(*words).stdout.decode("utf-8")
    escaped = child(*words, env={"PYTHONIOENCODING": "gb18030"}).stdout.decode("ascii")
    assert "已改造" in plain
    assert json.loads(escaped) == json.loads(plain)


def test_piped_output_has_no_colour_codes(child):
    for words in (("terminal", "list"), ("decode", "--list"), ("--help",)):
        done = child(*words, env={"TERM": "xterm-256color", "COLORTERM": "truecolor"})
        assert done.returncode == 0
        assert b"\x1b" not in done.stdout


def test_output_that_cannot_be_written_is_one_line():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ykt_sim.cli.main", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == b"ykt: error: No space left on device\n"


def test_a_closed_standard_output_does_no_harm():
    command = '"$0" -m ykt_sim.cli.main --help >&-'
    done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_pipe_is_quiet():
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ykt_sim.cli.main", "--help"],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write)
    assert done.stderr == b""
    assert done.returncode == 141
