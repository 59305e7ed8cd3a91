"""The words of an exploration of a PSAM: what they build, and what is refused."""

from __future__ import annotations

import pytest

from tests.conformance.explore.support import built
from ykt_conformance.explore.psam.steps import GRAMMAR, Memory, digits, moment
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Psam
from ykt_sim.bench.targets import open_target
from ykt_sim.errors import UsageError
from ykt_sim.meaning.keyring import KeyRing


def _built(*steps: str) -> str:
    """The command of the last step in hex, after the others were played on a PSAM."""
    link = open_target("sam:bus-upgraded", seed=1)
    model = Psam(forms.load("bus-upgraded").values, KeyRing(), new=True)
    return built(GRAMMAR, link, model, Memory(), steps)


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("select mf", "00A40000023F00"), ("select lnt", "00A40000028012"),
        ("select DF01", "00A4000002DF01"), ("read 16", "00B0960000"),
        ("read 16 3 2", "00B0960302"), ("challenge 8", "0084000008"),
        ("send 8070 ", "8070"), ("read 15 p1=00", "00B0000000"),
    ],
)  # fmt: skip
def test_a_step_is_one_command(step: str, command: str) -> None:
    assert _built(step).startswith(command)


def test_a_purchase_is_made_of_its_marks_and_ended_by_its_own_mac2() -> None:
    begun = _built("select tunion", "init 200 09 1 2 3")
    assert begun.startswith("8070000024")
    assert begun.endswith("0100" + digits("card1").hex().upper()
                          + digits("issuer2")[:4].hex().upper() + "FFFFFFFF08")  # fmt: skip
    assert "000000C809" + moment("3") in begun
    other = _built("select tunion", "init 200 09 1 2 3 time=4")
    assert other == begun.replace(moment("3"), moment("4"))
    assert _built("select lnt", "init 200 06 1 2 3").startswith("807000001C")
    assert _built("init 1 06 1 1 1 levels=1 key=0203")[:10] == "807000001C"
    first = _built("select tunion", "init 200 09 1 1 1", "check")
    before = _built("select tunion", "init 200 09 1 1 1", "init 1 09 2 2 2", "check 1")
    assert first == before
    bent = _built("select tunion", "init 200 09 1 1 1", "check mac=flip3")
    assert int(first, 16) ^ int(bent, 16) == 1
    turned = _built("select tunion", "init 200 09 1 1 1", "check mac=turned")
    assert bytes.fromhex(turned)[5:] == bytes.fromhex(first)[:4:-1]
    own = _built("select tunion", "init 200 09 1 1 1", "check mac=mac1")
    assert own[:10] == first[:10]
    assert own not in (first, bent, turned)


def test_without_a_purchase_there_is_no_mac2_and_of_nothing_named_no_select() -> None:
    model = Psam(forms.read('version = 2\nkind = "terminal"\n[applications]\n', "x").values,
                 KeyRing())  # fmt: skip
    for step, sent in (("check", False), ("select lnt", False), ("select tunion", True)):
        made = GRAMMAR.build(GRAMMAR.read(step), model.world, Memory())
        assert (made is not None) is sent, step


@pytest.mark.parametrize("text", ["fly", "init", "init 1 06", "read", "select XY", "challenge x"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        _built(text)
