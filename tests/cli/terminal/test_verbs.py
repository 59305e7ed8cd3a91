"""`ykt terminal`: list and show."""

from __future__ import annotations

import json

from ykt_sim.profiles.terminals import load_terminal_profile, terminal_profile_names


def test_list(run):
    lines = run("terminal", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(terminal_profile_names())
    listed = json.loads(run("terminal", "list", "--json").stdout)
    assert [item["name"] for item in listed] == list(terminal_profile_names())


def test_show_each(run):
    for name in terminal_profile_names():
        text = run("terminal", "show", name).stdout
        assert f"name                 {name}\n" in text
        found = json.loads(run("terminal", "show", name, "--json").stdout)
        assert found["sam"]["terminal"] == load_terminal_profile(name).sam.terminal


def test_fares_are_shown_in_yuan(run):
    assert "200 fen (2.00 yuan)" in run("terminal", "show", "bus-upgraded").stdout


def test_what_is_no_terminal(run, tmp_path):
    (tmp_path / "bad.toml").write_text("a = 1\n")
    (tmp_path / "worse.toml").write_text("a =\n")
    for name, said in (
        ("tram", "no terminal profile 'tram'; there are bus-alight"),
        (str(tmp_path / "bad.toml"), "unknown field `a`"),
        (str(tmp_path / "worse.toml"), "worse.toml"),
        (str(tmp_path / "none.toml"), "No such file"),
    ):
        result = run("terminal", "show", name)
        assert result.exit_code == 2
        assert said in result.stderr
        assert result.stderr.count("\n") == 1
