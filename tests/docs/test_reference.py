"""The pages written by tables are what the tables say now."""

from __future__ import annotations

import re

import pytest

from tests.docs import reference
from tests.docs.formats import samples
from tests.docs.switches import SWITCHES
from tests.docs.tables import table
from ykt_sim.codes import SW, Code
from ykt_sim.profiles.cards import ApplicationTemplate, CardProfile, PurseTemplate, Use
from ykt_sim.terminal import Phase
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.trace.readers import formats


def page(name: str) -> str:
    return (reference.FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(reference.PAGES))
def test_a_page_is_what_its_table_says(name: str) -> None:
    made = reference.PAGES[name]()
    assert page(name) == made, "python -m tests.docs.reference writes the pages again"
    assert reference.PAGES[name]() == made


def test_every_format_has_a_sample_and_says_what_it_lacks() -> None:
    text = page("trace-formats.md")
    by_name = samples()
    for known in formats():
        part = text.split(f"\n### {known.name}\n")[1].split("\n### ")[0]
        assert "Not read" in part or "Not told" in part, known.name
        assert by_name[known.name], known.name
        for sample in by_name[known.name]:
            assert sample in part


def test_every_phase_and_row_is_shown() -> None:
    text = page("terminal-states.md")
    assert "```mermaid\nstateDiagram-v2\n" in text
    assert len(re.findall(r"^\| `\w+` \| `\w+` \| .+ \| `\w+` \|$", text, re.MULTILINE)) == len(
        TRANSITIONS
    )
    for phase in Phase:
        assert f"| `{phase.name}` | {phase.value} |" in text


def test_every_code_is_shown_with_its_basis() -> None:
    text = page("codes.md")
    for code in Code:
        if code:
            basis = "project convention" if code.startswith("YKT") else r"\[LAB\] .+"
            assert re.search(
                rf"^\| `{code}` \| {code.name} \| .+ \| {basis} \|$", text, re.MULTILINE
            )
    for sw in SW:
        assert sw.name in text or f"{sw >> 4:03X}x" in text or f"{sw >> 8:02X}xx" in text


def test_every_switch_is_a_setting() -> None:
    known = {
        "card": set(CardProfile.__struct_fields__),
        "application": set(Use.__struct_fields__),
        "template": {*ApplicationTemplate.__struct_fields__, *PurseTemplate.__struct_fields__},
    }
    for switch in SWITCHES:
        assert switch.key in known[switch.place], switch.name
    text = page("switches.md")
    overridable = known["application"] - {"use", "get_data"}
    assert overridable <= {switch.key for switch in SWITCHES}
    assert all(f"`{key}`" in text for key in overridable)


def test_defaults_come_from_the_profiles() -> None:
    rows = {
        cells[2].strip("` "): cells[4:-1]
        for line in page("switches.md").splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")]) == 8
    }
    assert rows["ppse_lockout"] == ["yes", "no", "no"]
    assert rows["without"] == ["absent", "-", "present"]
    assert rows["money"] == ["one balance", "1 purse", "1 purse"]


def test_every_record_and_field_is_shown() -> None:
    text = page("records.md")
    records = [record for found in reference.wire_records().values() for record in found]
    assert len(records) > 40
    for record in records:
        (part,) = re.findall(
            rf"^### {record.__name__}$(.+?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
        )
        assert f"{record.SIZE} bytes." in part
        shown = re.findall(r"^\| (\d+) \| (\d+) \| `(\w+)` \|", part, re.MULTILINE)
        assert shown == [(str(s.offset), str(s.size), s.name) for s in record.LAYOUT]
        assert record.EXAMPLE in "".join(re.findall(r"^[0-9A-Fa-f]+$", part, re.MULTILINE))


def test_keys_are_labelled() -> None:
    text = page("keys.md")
    assert "public test keys" in text
    assert text.index("never use them for real cards") < text.index("594B54")


def test_a_table_does_not_lie() -> None:
    assert table(("a", "b"), [("1", "x|y")]) == "| a | b |\n|---|---|\n| 1 | x\\|y |"
    with pytest.raises(ValueError, match="no rows"):
        table(("a",), [])
    with pytest.raises(ValueError, match="does not fit"):
        table(("a",), [("1", "2")])
