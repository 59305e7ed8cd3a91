from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ykt_conformance.ics import expr
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.schema import VERSION
from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.judge.verdict import Subject
from ykt_sim.errors import ProfileError

CARDS = ("dual", "lnt", "tunion")


@pytest.mark.parametrize("name", ics.form_names())
def test_shipped_forms_are_sound(name: str) -> None:
    form = ics.load(name)
    assert ics.check(form.ics) == []


def test_forms_of_all_card_profiles_are_shipped() -> None:
    assert set(CARDS) <= set(ics.form_names())


@pytest.mark.parametrize("name", CARDS)
def test_shipped_forms_have_a_comment_at_every_entry(name: str) -> None:
    """The files are what `render` makes of what they say."""
    form = ics.load(name)
    assert form.text == ics.render(form.ics)


@pytest.mark.parametrize("subject", ["card", "terminal"])
def test_an_empty_form_has_every_entry_commented(subject: Subject) -> None:
    text = ics.new(subject)
    form = ics.read(text, "new")
    assert form.subject == subject
    assert ics.check(form.ics) == ["$.applications: no application is claimed"]
    tree: dict[str, Any] = msgspec.to_builtins(form.ics)
    for section, entries in tree.items():
        if isinstance(entries, dict):
            for entry in entries:
                assert re.search(rf"^(# )?{entry} = .+  # .+$", text, re.MULTILINE), (
                    f"{section}.{entry}"
                )
    assert tomllib.loads(text)["version"] == VERSION


def test_values_make_sections_of_applications() -> None:
    values = ics.load("dual").values
    assert expr.evaluate("tunion and lnt and ecash and ppse", values)
    assert expr.evaluate("tunion and not tunion.ef17", values)
    assert expr.evaluate('behaviour.balance == "shared"', values)
    assert expr.evaluate("applications.ecash", values)
    assert expr.evaluate("timing.composite_ms == 400", values)
    lnt = ics.load("lnt").values
    assert not expr.evaluate("tunion or ppse", lnt)
    assert lnt["lnt"]["claimed"] is True


def test_values_of_a_terminal() -> None:
    tree = {"applications": {"tunion": True, "priority": ["tunion"]}, "fare": {"tunion": 200}}
    values = ics.values(ics.build(tree, "terminal"))
    assert expr.evaluate('tunion and not lnt and device.kind == "bus"', values)
    assert values["fare"]["tunion"] == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1", r'\$\.kind: expected "card" or "terminal", got None'),
        ('kind = "card"', r"\$\.version: this program reads 1 and 2, got None"),
        ('kind = "card"\nversion = 3\n[applications]', r"\$\.version"),
        ('kind = "card"\nversion = 1', "missing required field `applications`"),
        (
            'kind = "card"\nversion = 1\n[applications]\nlnz = true',
            r"`lnz` - at `\$\.applications`",
        ),
        (
            'kind = "card"\nversion = 1\n[applications]\n[lnt]\nlog_records = "ten"',
            r"\$\.lnt\.log_records",
        ),
        (
            'kind = "card"\nversion = 1\n[applications]\n[behaviour]\nbalance = "two"',
            r"\$\.behaviour\.balance",
        ),
        (
            'kind = "terminal"\nversion = 1\n[applications]\n[place]\ncity = "58"',
            r"\$\.place\.city",
        ),
        ("kind = ", "at end of document"),
    ],
)
def test_errors_name_file_and_path(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said) as caught:
        ics.read(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")


def test_a_file_needs_no_suffix_and_a_shipped_form_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(ics.new("card"), encoding="utf-8")
    Path("dual").write_text(ics.new("terminal"), encoding="utf-8")
    assert ics.load("mine").subject == "card"
    assert ics.load("dual").subject == "card"
    assert ics.load("./dual").subject == "terminal"


def test_errors_of_files(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"no ICS 'nix'; known: .*dual"):
        ics.load("nix")
    with pytest.raises(ProfileError, match="No such file"):
        ics.load(str(tmp_path / "absent.toml"))
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"a\xff\xff")
    with pytest.raises(ProfileError, match="not UTF-8"):
        ics.load(str(odd))
    odd.write_bytes(b"")
    with pytest.raises(ProfileError, match=r"odd\.toml: it is empty"):
        ics.load(str(odd))
    odd.write_bytes(b"#" * (ics.MAX_BYTES + 1))
    with pytest.raises(ProfileError, match="larger than"):
        ics.load(str(odd))


def test_a_file_is_read_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ics.load("dual").text, encoding="utf-8")
    form = ics.load(str(path))
    assert form.ics == ics.load("dual").ics
    assert form.sha256 == ics.load("dual").sha256


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"applications": {"lnt": True, "tunion": True}}, "behaviour.balance: two purses are not"),
        (
            {"applications": {"lnt": True}, "behaviour": {"balance": "shared"}},
            'behaviour.balance: one purse is "single"',
        ),
        ({"applications": {"lnt": True}, "behaviour": {"ppse_lockout": True}}, "ppse_lockout"),
        ({"applications": {"lnt": True}, "ppse": {"listed": ["A000000632010105"]}}, "ppse.listed:"),
        (
            {"applications": {"lnt": True, "ppse": True}, "ppse": {"listed": ["A0"]}},
            "ppse.listed[0]: expected 5 to 16 bytes",
        ),
        ({"applications": {"tunion": True}, "tunion": {"pin_for_load": True}}, "tunion.pin_for"),
        ({"applications": {"lnt": True}, "lnt": {"pin_for_load": True}}, "lnt.pin_for_load"),
        ({"applications": {"lnt": True}, "ecash": {"df11": True}}, "ecash.df11"),
        ({"applications": {"tunion": True}, "tunion": {"issuer": "0220581"}}, "tunion.issuer"),
        ({"applications": {"tunion": True}, "tunion": {"blocked_select": "62"}}, "blocked_select"),
        ({"applications": {"lnt": True}, "lnt": {"region": "1"}}, "lnt.region"),
    ],
)
def test_a_card_form_that_contradicts_itself(tree: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in ics.check(ics.build(tree, "card")))


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"applications": {"tunion": True}}, "applications.priority"),
        ({"device": {"direction": "entry"}}, "device.record"),
        ({"device": {"direction": "load"}}, "device.direction"),
        ({"clock": {"source": "set"}}, "clock.value"),
        ({"clock": {"value": "2017"}}, "clock.value"),
        ({"white_list": {"enabled": True, "pairs": [["1", "2"]]}}, "white_list.pairs[0]"),
        ({"white_list": {"pairs": [["02205810", "31048703"]]}}, "white_list.pairs: the list"),
        ({"black_list": {"numbers": ["1"]}}, "black_list.numbers"),
        ({"interoperability": {"own": ["x"]}}, "interoperability.own[0]"),
        ({"reports": {"codes": True}}, "reports.form"),
    ],
)
def test_a_terminal_form_that_contradicts_itself(tree: dict[str, Any], said: str) -> None:
    applications = {"tunion": True, "priority": ["tunion"]}
    form = ics.build({"applications": applications, **tree}, "terminal")
    assert any(said in problem for problem in ics.check(form))


def test_text_survives_writing() -> None:
    about = {"title": 'a "quoted" \\ name\n\x7f 岭南通'}
    form = ics.build({"about": about, "applications": {"lnt": True}}, "card")
    assert ics.read(ics.render(form), "x").ics == form


def test_a_form_of_the_first_version_is_read_and_states_nothing_new() -> None:
    text = 'kind = "card"\nversion = 1\n[applications]\ntunion = true\n[tunion]\npin = true\n'
    old = ics.read(text, "old").values["tunion"]
    assert old["pin"] is True
    assert {old[name] for name in ("pin_filling", "pin_for_unload", "auth_opens")} == {NOT_STATED}
    assert old["p1_05"] == 0


@pytest.mark.parametrize("subject", ["card", "terminal"])
def test_shipped_forms_are_named_by_subject(subject: Subject) -> None:
    names = ics.form_names(subject)
    assert names
    assert {ics.load(name).subject for name in names} == {subject}


def test_a_pin_is_not_asked_for_where_there_is_none() -> None:
    form = ics.build({"applications": {"lnt": True}, "lnt": {"pin_for_unload": "yes"}}, "card")
    assert "$.lnt.pin_for_unload: there is no PIN" in ics.check(form)
