"""The campaign file: what it holds, and what is refused with its place."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ykt_conformance.judge.campaign import MAX_FILE, SECTIONS, Campaign, load, new, read
from ykt_sim.errors import ProfileError, UsageError

HEAD = 'version = 1\nkind = "campaign"\n'


def test_the_empty_file_holds_every_entry_and_states_nothing() -> None:
    text = new()
    found = read(text, "new.toml")
    assert (found.entries, found.deviations, found.exclusions) == (
        {name: {} for name in SECTIONS}, (), {},
    )  # fmt: skip
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()
    for section, entries in SECTIONS.items():
        for key, entry in entries.items():
            assert f"\n{key} = " in text.split(f"[{section}]")[1]
            assert f"# {entry.en} {entry.zh}" in text


def test_what_is_stated() -> None:
    found = read(
        HEAD + '[product]\nvendor = "V"\nmodel = " M  2\\n"\nfirmware = ""\n'
        '[laboratory]\nzone = "Asia/Shanghai"\n[method]\ndeviations = ["a", "", "b"]\n'
        '[exclusions]\n"C-0101" = "why"\ntear = "not torn"\n',
        "c.toml",
    )
    assert found.product == "V M 2"
    assert found.entry("product", "firmware") == found.entry("reader", "name") == ""
    assert found.deviations == ("a", "b")
    assert found.exclusions == {"C-0101": "why", "tear": "not torn"}
    zone = found.zone()
    assert zone is not None
    assert zone.key == "Asia/Shanghai"
    assert Campaign().zone() is None
    assert Campaign().product == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1", r"\$\.kind: expected"),
        ('kind = "campaign"', r"\$\.version: expected 1"),
        ('version = true\nkind = "campaign"', r"\$\.version"),
        ('version = 2\nkind = "campaign"', r"\$\.version"),
        ("x = [", "c.toml"),
        (HEAD + "[products]", r"\$\.products: there is no such section; there are laboratory"),
        (HEAD + 'product = "x"', r"\$\.product: expected a table, got str"),
        (HEAD + '[product]\nname = "x"', r"\$\.product\.name: there is no such entry"),
        (HEAD + "[product]\nmodel = 9", r"\$\.product\.model: expected a text, got int"),
        (HEAD + f'[product]\nmodel = "{"x" * 201}"', r"model: 201 characters, at most 200"),
        (HEAD + '[method]\ndeviations = "x"', r"deviations: expected a list"),
        (HEAD + "[method]\ndeviations = [1]", r"deviations\[0\]: expected a text"),
        (HEAD + '[exclusions]\n"C-0101" = " "', r"C-0101: an exclusion needs a reason"),
        (HEAD + '[exclusions.tear]\nx = "y"', r"exclusions\.tear: expected a text"),
        (HEAD + '[laboratory]\nzone = "Asia/Canton2"', r"zone: no time zone 'Asia/Canton2'"),
        (HEAD + '[laboratory]\nzone = "../etc/passwd"', r"zone: no time zone"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        read(text, "c.toml")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode().replace(b"\n", b"\r\n"))
    assert load(path).name == "c.toml"
    path.write_bytes(HEAD.encode() + '[laboratory]\nname = "检测"'.encode("gbk"))
    assert load(path).entry("laboratory", "name") == "检测"
    path.write_bytes(b"\xff\xff")
    with pytest.raises(ProfileError, match="not UTF-8 text at byte 0; save it as UTF-8"):
        load(path)
    path.write_bytes(b"\n")
    with pytest.raises(ProfileError, match=r"c\.toml: it is empty"):
        load(path)
    path.write_bytes(b"#" * (MAX_FILE + 1))
    with pytest.raises(UsageError, match="more than"):
        load(path)
    with pytest.raises(UsageError, match=r"c\.toml"):
        load(tmp_path / "none" / "c.toml")
