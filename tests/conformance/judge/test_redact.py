from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.keys import learn
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.results import Finding
from ykt_conformance.judge.verdict import Fault
from ykt_conformance.judge.view import View
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.meaning.story.lines import Line
from ykt_sim.meaning.story.words import Words
from ykt_sim.meaning.understand import understand
from ykt_sim.trace.model import Header
from ykt_sim.wire.decision import mask

APPY = ("00A40400085041592E4150505900", "6F0A84085041592E415050599000")
EF_15 = "FF" * 8 + s.LNT_NUMBER + "00" * 54
VIEW = View(
    s.events_of("reset", (s.SELECT_EP.hex(), s.FCI), APPY, ("00B0950000", EF_15 + "9000")),
    ics.load("dual").values,
)


def learnt() -> tuple[Redactor, KeyRing]:
    ring, redactor = KeyRing(), Redactor()
    learn(ring, VIEW.calls)
    redactor.learn_trace(Header(), understand(VIEW.events), ring)
    return redactor, ring


@pytest.mark.parametrize("number", [s.PAN, s.LNT_NUMBER])
def test_numbers_are_masked_wherever_they_stand(number: str) -> None:
    redactor, _ = learnt()
    assert number not in redactor.text(f"card {number}, EF 0{number}FF{number}")


def test_the_low_digits_of_a_pan_in_a_psam_command_are_masked() -> None:
    redactor, _ = learnt()
    assert s.PAN[3:] not in redactor.text(f"8070000024{s.PAN[3:]}02205810FFFFFFFF")


def test_keys_are_taken_out_in_either_case() -> None:
    redactor, ring = learnt()
    for standard in ("tunion", "lnt"):
        for role in ("purchase", "load", "tac"):
            key = ring.get(standard, role)
            assert key is not None
            assert redactor.text(f"{key.hex()} {key.hex().upper()}") == "(key) (key)"
        tac = ring.tac(standard)
        assert tac is not None
        assert tac.hex() not in redactor.text(tac.hex())


def test_everything_inside_plain_data_is_redacted() -> None:
    redactor, _ = learnt()
    data = {"a": [s.PAN, 1, None], "b": {"c": (s.PAN,)}}
    assert redactor.data(data) == {"a": [mask(s.PAN), 1, None], "b": {"c": [mask(s.PAN)]}}
    fault = redactor.fault(Fault(s.PAN, 3, s.PAN, s.PAN, 4))
    assert fault == Fault(mask(s.PAN), 3, mask(s.PAN), mask(s.PAN), 4)
    assert redactor.fault(None) is None


def test_numbers_in_a_cards_state() -> None:
    redactor = Redactor()
    redactor.learn_facts({"files": [{"kind": "tunion:15", "content": [s.ISSUER_DATA]},
                                    {"kind": "lnt:15", "content": [EF_15]},
                                    {"kind": "tunion:15", "content": ["zz"]}]})  # fmt: skip
    assert redactor.text(f"{s.PAN} {s.LNT_NUMBER}") == f"{mask(s.PAN)} {mask(s.LNT_NUMBER)}"


def test_numbers_stay_where_they_were_asked_for_and_keys_do_not() -> None:
    ring, redactor = KeyRing(), Redactor(numbers=False)
    learn(ring, VIEW.calls)
    redactor.learn_trace(Header(card=s.PAN), understand(VIEW.events), ring)
    key = ring.get("tunion", "purchase")
    assert key is not None
    assert redactor.text(f"{s.PAN} {s.LNT_NUMBER} {key.hex()}") == f"{s.PAN} {s.LNT_NUMBER} (key)"


def test_a_story_and_a_contradiction_are_redacted() -> None:
    redactor, _ = learnt()
    (line,) = redactor.story([Line("card", "卡片", Words(s.PAN, s.LNT_NUMBER))])
    assert (line.name, line.said) == ("card", Words(mask(s.PAN), mask(s.LNT_NUMBER)))
    found = redactor.finding(Finding("tunion.x", s.PAN, s.PAN, f"read {s.PAN}", "C-0101", 3))
    assert found == Finding("tunion.x", *[mask(s.PAN)] * 2, f"read {mask(s.PAN)}", "C-0101", 3)


def test_nothing_learnt_changes_nothing() -> None:
    assert Redactor().text("9000") == "9000"
