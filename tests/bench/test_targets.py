"""Names of cards and PSAMs, read in one place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ykt_sim.bench.images import save_card
from ykt_sim.bench.make import make_card, make_sam
from ykt_sim.bench.targets import (
    FRAGMENTS,
    FRESH,
    KINDS,
    TEAR,
    import_module,
    in_reader,
    kind_of,
    open_target,
    parse_options,
    profile_named,
    read_place,
    read_target,
    read_terminal,
    reader_named,
)
from ykt_sim.errors import ImageError, ProfileError, UsageError
from ykt_sim.transport import Factual, Tearable
from ykt_sim.transport.address import Address

#: A name of each kind, and what such a target can do.
NAMES = {
    "sim": ("sim:dual", {FRESH, TEAR, FRAGMENTS}),
    "file": ("card.json", {TEAR, FRAGMENTS}),
    "sam": ("sam:bus-upgraded", {FRESH, FRAGMENTS, TEAR}),
    "pipe": ("pipe:cat", {FRAGMENTS}),
    "tcp": ("tcp:127.0.0.1:9", {FRAGMENTS}),
    "pcsc": ("pcsc:0", set()),
    "trace": ("trace:tap.jsonl", {FRESH, FRAGMENTS}),
    "null": ("null:", {FRESH, FRAGMENTS}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_and_says_what_it_can_do(kind: str) -> None:
    text, can = NAMES[kind]
    assert kind_of(text) == kind
    target = read_target(text)
    assert (target.kind, target.can, target.name.text) == (kind, can, text)
    with pytest.raises(UsageError, match="a target starts with one of"):
        read_target(text, [other for other in KINDS if other != kind])


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_the_table_exists(kind: str) -> None:
    module, _, name = KINDS[kind].reader.partition(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("text", ["", "dual", "usb:1", "SIM:dual", ":x", "file:x"])
def test_what_begins_with_no_kind_is_named_with_the_kinds_there_are(text: str) -> None:
    with pytest.raises(UsageError, match=f"cannot open '{text}': .* one of sam:, sim:$"):
        read_target(text, ("sam", "sim"))


def test_what_begins_with_no_kind_may_be_a_file() -> None:
    assert read_target("C:/cards/one").name.rest == "C:/cards/one"
    with pytest.raises(UsageError):
        read_target("")


@pytest.mark.parametrize("text", ["sim:dual", "sim:blank", "sam:bus-upgraded", "null:"])
def test_targets_open_and_answer(text: str) -> None:
    link = open_target(text)
    assert link.power_on()[0] == 0x3B
    assert len(link.transmit(bytes.fromhex("00A40000023F00"))) >= 2
    link.close()


def test_errors_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        open_target("sim:nosuchcard")
    with pytest.raises(FileNotFoundError):
        open_target(f"sim:{tmp_path / 'none.json'}")
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    for text in (f"sam:{damaged}", f"sim:{damaged}", str(damaged)):
        with pytest.raises(ImageError, match=str(damaged)):
            open_target(text)


@pytest.mark.parametrize("front", ["sim:", ""])
def test_a_card_file_is_saved_and_can_be_torn_and_looked_into(tmp_path: Path, front: str) -> None:
    path = tmp_path / "card.json"
    save_card(path, make_card("lnt").snapshot())
    before = path.read_text()
    link = open_target(f"{front}{path}", seed=1)
    assert isinstance(link, Tearable)
    assert isinstance(link, Factual)
    link.power_on()
    for _ in range(2):
        link.transmit(bytes.fromhex("00A40400085041592E5449434C00"))
        link.transmit(bytes.fromhex("0020000003999999"))
    link.close()
    assert path.read_text() != before


def test_a_psam_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "sam.json"
    path.write_text(make_sam("bus-legacy").snapshot().to_json())
    link = open_target(f"sam:{path}")
    link.power_on()
    assert link.transmit(bytes.fromhex("00B0960006")).hex() == "4131581001019000"


def balance(text: str, **more: int) -> int:
    link = open_target(text, seed=1, **more)
    link.power_on()
    link.transmit(bytes.fromhex("00A4040008A00000063201010500"))
    return int.from_bytes(link.transmit(bytes.fromhex("805C000204"))[:4], "big")


def test_a_profile_with_options() -> None:
    assert balance("sim:tunion?balance=123") == 123
    assert balance("sim:tunion?balance=123", balance=7) == 123
    assert balance("sim:tunion", balance=7) == 7
    assert balance("sim:tunion") == 0
    with pytest.raises(UsageError, match="no option 'colour'"):
        open_target("sim:tunion?colour=red")
    with pytest.raises(UsageError, match="nonsense"):
        open_target("sim:tunion?deviate=nonsense")


def test_options_of_the_callers_own_are_read_and_left_alone() -> None:
    target = read_target("null:?hours=3", also={"null": {"hours": int}, "sim": {"days": int}})
    assert target.name.options == {"hours": 3}
    with pytest.raises(UsageError, match="no option 'days'"):
        read_target("null:?days=3", also={"sim": {"days": int}})


def test_a_command_may_hold_a_question_mark() -> None:
    assert read_target("pipe:cat what?is=this").name.rest == "cat what?is=this"


def test_names_of_readers() -> None:
    assert in_reader("pcsc:0?wait=3")
    assert not in_reader("sim:pcsc:0")
    assert reader_named("pcsc:ACS: ACR122U?wait=3&share=shared") == "ACS: ACR122U"


def test_options() -> None:
    known: dict[str, Callable[[str], object]] = {"deviate": str, "balance": int}
    assert parse_options("dual?deviate=x&balance=5", known) == (
        "dual", {"deviate": "x", "balance": 5},
    )  # fmt: skip
    assert parse_options("dual", known) == ("dual", {})
    assert parse_options("dual?deviate=", known) == ("dual", {"deviate": ""})
    with pytest.raises(UsageError, match="no option 'strict'"):
        parse_options("dual?strict", known)
    with pytest.raises(UsageError, match="no option 'deviat'"):
        parse_options("dual?deviat=x", known)
    with pytest.raises(UsageError, match="is no number"):
        parse_options("dual?balance=x", known)


def test_terminals_of_ours() -> None:
    assert read_terminal("sim:bus-upgraded") == ("bus-upgraded", "")
    assert read_terminal("sim:x.toml?deviate=a,b") == ("x.toml", "a,b")
    for wrong in ("bus-upgraded", "tcp:a:1", ""):
        with pytest.raises(UsageError, match="our own terminals are sim:PROFILE"):
            read_terminal(wrong)
    with pytest.raises(UsageError, match="no option 'balance'"):
        read_terminal("sim:bus?balance=1")


def test_profiles_named() -> None:
    assert profile_named("sim:dual?deviate=x&balance=5") == "dual"
    assert profile_named("sim:bus-upgraded") == "bus-upgraded"
    assert (
        profile_named("tcp:a:1") == profile_named("card.json") == profile_named("pcsc:dual") == ""
    )


def test_places() -> None:
    assert read_place("tcp:0.0.0.0:0") == ("tcp", Address("0.0.0.0", 0))  # noqa: S104 - no socket
    assert read_place("tcp:[::1]:99") == ("tcp", Address("::1", 99))
    assert read_place("vpcd:") == ("vpcd", Address("127.0.0.1", 35963))
    assert read_place("vpcd:there:1") == ("vpcd", Address("there", 1))
    for wrong in ("", "tcp", "tcp:", "tcp:host", "tcp::9", "tcp:a:x", "vpcd", "pcsc:0"):
        with pytest.raises(UsageError, match="expected tcp:HOST:PORT"):
            read_place(wrong)
    with pytest.raises(UsageError, match="no such port"):
        read_place("tcp:a:65536")


def test_the_table_imports_late() -> None:
    code = (
        "import sys, ykt_sim.bench.targets as t\n"
        "t.read_target('tcp:127.0.0.1:1')\n"
        "print([name for name in ('ykt_sim.card', 'ykt_sim.sam', 'smartcard')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
