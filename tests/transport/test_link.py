"""Targets are opened by a table, with late imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ykt_sim.bench.make import make_sam
from ykt_sim.errors import ImageError, ProfileError, UsageError
from ykt_sim.transport import LINKS, open_link
from ykt_sim.transport.link import import_module, parse_options


@pytest.mark.parametrize("target", ["sim:dual", "sim:blank", "sam:bus-upgraded"])
def test_targets_open_and_answer(target: str) -> None:
    link = open_link(target)
    assert link.power_on()[0] == 0x3B
    assert len(link.transmit(bytes.fromhex("00A40000023F00"))) >= 2
    link.close()


@pytest.mark.parametrize("target", ["", "dual", "usb:1", "SIM:dual"])
def test_unknown_schemes_name_the_known_ones(target: str) -> None:
    with pytest.raises(UsageError, match=r"sam:, sim:"):
        open_link(target)


def test_openers_report_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        open_link("sim:nosuchcard")
    with pytest.raises(UsageError, match="No such file"):
        open_link(f"sim:{tmp_path / 'none.json'}")
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{")
    with pytest.raises(ImageError):
        open_link(f"sam:{damaged}")


def test_sam_image_opens(tmp_path: Path) -> None:
    path = tmp_path / "sam.json"
    path.write_text(make_sam("bus-legacy").snapshot().to_json())
    link = open_link(f"sam:{path}")
    link.power_on()
    assert link.transmit(bytes.fromhex("00B0960006")).hex() == "4131581001019000"


@pytest.mark.parametrize("scheme", sorted(LINKS))
def test_every_row_of_the_table_exists(scheme: str) -> None:
    module, _, name = LINKS[scheme].partition(":")
    assert callable(getattr(import_module(module), name))


def test_the_table_imports_late() -> None:
    code = "import sys, ykt_sim.transport; print('ykt_sim.bench' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_options() -> None:
    known: dict[str, Callable[[str], object]] = {"deviate": str, "balance": int}
    assert parse_options("dual?deviate=x&balance=5", known) == (
        "dual", {"deviate": "x", "balance": 5},
    )  # fmt: skip
    assert parse_options("dual", known) == ("dual", {})
    assert parse_options("dual?deviate=", known) == ("dual", {"deviate": ""})
    with pytest.raises(UsageError, match="no option 'deviat'"):
        parse_options("dual?deviat=x", known)
    with pytest.raises(UsageError, match="no option 'strict'"):
        parse_options("dual?strict", known)
    with pytest.raises(UsageError, match="is no number"):
        parse_options("dual?balance=x", known)
