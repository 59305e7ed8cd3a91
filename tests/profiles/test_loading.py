"""Finding and reading profiles: what is wrong is said in one line that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ykt_sim.errors import ProfileError
from ykt_sim.profiles.cards import ApplicationTemplate, CardProfile
from ykt_sim.profiles.loading import MAX_BYTES, load, names

GOOD = 'name = "x"\ntitle = "x"\ntitle_zh = "x"\nsource = "x"\natr = "3B00"\n'


def refusal(name: str) -> str:
    with pytest.raises(ProfileError) as caught:
        load("cards", name, CardProfile)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


def test_names_are_sorted_and_complete() -> None:
    assert names("cards") == ("blank", "dual", "lnt", "tunion")
    assert "tunion-ep" in names("applications")


@pytest.mark.parametrize("room", ["cards", "applications"])
def test_every_shipped_profile_loads(room: str) -> None:
    schema: type = CardProfile if room == "cards" else ApplicationTemplate
    for name in names(room):
        assert load(room, name, schema)


def test_unknown_name_tells_the_known_ones() -> None:
    message = refusal("octopus")
    assert message == (
        "no profile 'octopus'; known: blank, dual, lnt, tunion, or give a .toml file"
    )


def test_own_file_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, "utf-8")
    assert load("cards", str(file), CardProfile).name == "x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "Invalid value"),
        ("# nothing", "missing required field `name`"),
        (GOOD + "atrr = 1\n", "unknown field `atrr`"),
        (GOOD + "ppse_lockout = 1\n", "Expected `bool`, got `int` - at `$.ppse_lockout`"),
        (GOOD + "capacity = -1\n", "`$.capacity`"),
        (GOOD + "[[application]]\nuse = 5\n", "`$.application[0].use`"),
        (GOOD + "[[application]]\nuse = 'x'\nceiling = 16777216\n", "`$.application[0].ceiling`"),
        (GOOD + "[[mf_key]]\ntype = '39'\ntries = 16\n", "`$.mf_key[0].tries`"),
        (GOOD + "[identity]\ncard_kind = 256\n", "`$.identity.card_kind`"),
        (GOOD + "name = 'twice'\n", "Cannot overwrite a value"),
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("x = 1e", "mine.toml"),
    ],
)
def test_wrong_content_names_file_and_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, "utf-8")
    said = refusal(str(file))
    assert said.startswith(str(file))
    assert message in said


def test_what_is_no_readable_text(tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_bytes(b"")
    assert refusal(str(empty)) == f"{empty}: it is empty"
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'name = "\xff\xfe"')
    assert "not UTF-8 text at byte 8" in refusal(str(binary))
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "larger than" in refusal(str(huge))
    assert "No such file" in refusal(str(tmp_path / "absent.toml"))
    assert "directory" in refusal(str(tmp_path) + "/")
    assert "null" in refusal("a/\0b")
