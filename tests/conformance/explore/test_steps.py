"""The words of an exploration: what they build, and what is refused."""

from __future__ import annotations

import pytest

from tests.conformance.explore.support import built
from ykt_conformance.explore.steps import GRAMMAR, Memory
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Model
from ykt_sim.bench.targets import open_target
from ykt_sim.errors import UsageError
from ykt_sim.meaning.keyring import KeyRing

SELECT = bytes.fromhex("00A4040008A00000063201010500")


def _built(*steps: str) -> str:
    """The command of the last step in hex, after the others were played on a card."""
    link = open_target("sim:dual", balance=10_000, seed=1)
    model = Model(forms.load("dual").values, KeyRing(), new=True)
    return built(GRAMMAR, link, model, Memory(), steps)


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("select ppse", "00A404000E325041592E5359532E444446303100"),
        ("select DDF1", "00A4000002DDF100"),
        ("challenge 8", "0084000008"),
        ("send 00B0950000 p2=1F le=05", "00B0951F05"),
        ("send 0020000003123456 cut=1", "00200000021234"),
        ("send 0020000003123456 add=2", "00200000051234560000"),
        ("send 0020000003123456 spoil=1 le=08", "002000000312355608"),
        ("send 00A4", "00A4"),
    ],
)
def test_a_step_without_memory_is_a_command(step: str, command: str) -> None:
    assert _built(step) == command


def test_amounts_are_those_of_the_card() -> None:
    told = ("select tunion", "init purchase 0")
    assert _built(*told, "init purchase all")[12:20] == "00002710"
    assert _built(*told, "init purchase all+1")[12:20] == "00002711"
    assert _built(*told, "init load room-1")[12:20] == "00015F8F"
    assert _built(*told, "init purchase 7 key=0E")[10:20] == "0E00000007"


def test_a_commit_has_the_right_mac_or_a_wrong_one() -> None:
    begun = ("select tunion", "init purchase 5")
    right, wrong = _built(*begun, "commit 1"), _built(*begun, "commit 1 mac=flip3")
    assert (right[:32], right[-2:]) == (wrong[:32], wrong[-2:])
    assert int(right[32:40], 16) ^ int(wrong[32:40], 16) == 1


def test_a_code_may_be_right_over_a_wrong_input() -> None:
    begun = ("select tunion", "init purchase 0", "commit 1", "init purchase 5")
    right = _built(*begun, "commit 2")
    for word in ("type-09", "before-random", "before-code", "key-of-lnt", "terminal-next"):
        wrong = _built("select lnt-basic", "send 00B0950000", *begun, f"commit 2 mac={word}")
        assert (wrong[:32], wrong[-2:]) == (right[:32], right[-2:]), word
        assert wrong != right, word
    drawn = ("select tunion", "challenge 8", "challenge 4")
    assert _built(*drawn, "auth") != _built(*drawn, "auth mac=before-challenge")


def test_a_pin_may_be_nearly_right() -> None:
    assert _built("select tunion", "verify pin=first-2") == "00200000023132"
    assert _built("select tunion", "change 1111 pin=last-3")[10:] == "343536FF1111"
    changed = ("select tunion", "change 31313131")
    assert _built(*changed, "verify pin=before")[10:] == "313233343536"


def test_what_cannot_be_made_is_left_out() -> None:
    model = Model(forms.load("dual").values, KeyRing(), new=True)
    for step in ("commit 1", "again", "auth", "verify", "reload 123456", "block 0"):
        assert GRAMMAR.build(GRAMMAR.read(step), model.world, Memory()) is None, step


@pytest.mark.parametrize("text", ["commit 1 mac=09", "auth mac=flip", "verify pin=first",
                                  "verify mac=type-9"])  # fmt: skip
def test_a_wrong_code_that_nobody_knows_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not known"):
        GRAMMAR.read(text)


@pytest.mark.parametrize("text", ["", "fly", "send 00 x=1", "tear:x send 00", "=", "pull"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        GRAMMAR.read(text)


@pytest.mark.parametrize("text", ["send", "send 0G", "challenge x", "init fly 1", "prove 09",
                                  "verify mac=type-09"])  # fmt: skip
def test_words_that_do_not_fit_are_refused(text: str) -> None:
    link = open_target("sim:dual", balance=10_000, seed=1)
    model = Model(forms.load("dual").values, KeyRing(), new=True)
    model.reset(link.power_on())
    model.observe(SELECT, link.transmit(SELECT))
    with pytest.raises(UsageError, match="do not fit"):
        GRAMMAR.build(GRAMMAR.read(text), model.world, Memory())


def test_steps_stand_in_lines_or_behind_semicolons() -> None:
    text = "select tunion; reset  # for people\n\npull challenge 4\n"
    assert GRAMMAR.read_all(text) == ("select tunion", "reset", "pull challenge 4")
    with pytest.raises(UsageError, match="no steps"):
        GRAMMAR.read_all(" ; # nothing\n")
