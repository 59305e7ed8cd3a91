"""A gentle exploration costs no try, blocks nothing, and leaves what the issuer wrote."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from ykt_conformance.drive import commands as c
from ykt_conformance.explore import ExplorePlan, explore
from ykt_conformance.explore.gentle import Gentle
from ykt_conformance.explore.steps import GRAMMAR
from ykt_conformance.ics import form as forms
from ykt_conformance.model import Model
from ykt_conformance.run.targets.names import CardTarget, open_target
from ykt_sim.codes import AID_TUNION_EP
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport import Link

_ISSUERS = ("15", "16", "17")
_HISTORIES = 50
_STEPS = 120
_VERIFY = c.verify(b"123456")


def _kept(link: Link) -> dict[str, Any]:
    """What a gentle exploration must leave: tries, blocks, files of the issuer."""
    facts = link.facts()  # type: ignore[attr-defined]  # a simulated card tells everything
    found: dict[str, Any] = {"dead": facts["blocked"]}
    for one in facts["directories"]:
        files = {file["fid"]: file["content"] for file in one["files"] if file["sfi"] in _ISSUERS}
        found[one["fid"]] = one["blocked"], one["keys"], files
    return found


def _again(link: Link, _seed: int) -> Link:
    return link


@pytest.mark.parametrize("name", ["dual", "tunion", "lnt", "dual?deviate=pin-survives-select"])
def test_nothing_is_left_changed_that_cannot_be_undone(name: str) -> None:
    shipped = open_target(f"sim:{name}")
    form = forms.load(name.partition("?")[0]).values
    moved = 0
    for seed in range(_HISTORIES):
        link = shipped.open(seed)
        before = _kept(link)
        can = frozenset({"reset", "tear", "fragments"})
        target = CardTarget("one", can, partial(_again, link))
        came = explore(ExplorePlan(target=target, form=form, clock=lambda: 0.0, steps=_STEPS,
                                   seed=seed))  # fmt: skip
        assert came.histories == 1
        assert _kept(link) == before, seed
        moved += any("INITIALIZE" in name for name in came.coverage.commands())
    assert moved > _HISTORIES / 2


def _here() -> tuple[Model, Link]:
    link = open_target("sim:dual").open(1)
    model = Model(forms.load("dual").values, KeyRing(), new=False)
    model.reset(link.power_on())
    model.observe(c.select(AID_TUNION_EP), link.transmit(c.select(AID_TUNION_EP)))
    return model, link


@pytest.mark.parametrize(
    ("step", "command", "lets"),
    [
        ("verify", _VERIFY, True),
        ("tear:1 verify", _VERIFY, False),
        ("pull verify", _VERIFY, False),
        ("verify", c.verify(b"123457"), False),
        ("verify", c.verify(b"123456\xff"), False),
        ("verify", b"\x80" + _VERIFY[1:], False),
        ("send 00", bytes.fromhex("0020000000"), False),
        ("send 00", bytes.fromhex("0020000006313233"), False),
        ("auth", c.external_authenticate(bytes(8)), False),
        ("send 00", bytes.fromhex("04B0950000"), False),
        ("send 00", bytes.fromhex("00D6960001AA"), False),
        ("send 00", bytes.fromhex("80E2000001AA"), False),
        ("send 00", bytes.fromhex("84DC000001AA"), False),
        ("send 00", bytes.fromhex("8418000004AABBCCDD"), False),
        ("send 00", bytes.fromhex("80DC00F001AA"), True),
        ("send 00", bytes.fromhex("805C000204"), True),
        ("send 00", b"\x00", True),
    ],
)
def test_what_may_be_sent(step: str, command: bytes, *, lets: bool) -> None:
    model, _ = _here()
    assert Gentle(shows=True).lets(GRAMMAR.read(step), command, model) is lets


def test_a_pin_that_was_refused_is_never_shown_again() -> None:
    model, _ = _here()
    gentle, step = Gentle(shows=True), GRAMMAR.read("verify")
    gentle.heard(_VERIFY, bytes.fromhex("9000"))
    assert gentle.lets(step, _VERIFY, model)
    gentle.heard(_VERIFY, bytes.fromhex("63C2"))
    assert not gentle.lets(step, _VERIFY, model)


def test_a_card_in_a_reader_is_shown_nothing_that_is_only_supposed() -> None:
    model, link = _here()
    assert not Gentle(shows=False).lets(GRAMMAR.read("verify"), _VERIFY, model)
    link.close()
    shipped = open_target("sim:tunion")
    form = forms.load("tunion").values
    for far, shown in ((True, False), (False, True)):
        target = CardTarget("far", frozenset({"reset"}), shipped.open, far=far)
        came = explore(ExplorePlan(target=target, form=form, clock=lambda: 0.0, steps=400))
        assert ("VERIFY PIN" in came.coverage.commands()) is shown


def test_what_was_not_sent_is_not_played_again() -> None:
    shipped = open_target("sim:dual?deviate=debit-takes-double")
    target = CardTarget("far", frozenset({"reset"}), shipped.open, far=True)
    came = explore(ExplorePlan(target=target, form=forms.load("dual").values, clock=lambda: 0.0,
                               steps=20_000))  # fmt: skip
    assert came.divergence is not None
    assert not any(step.split()[0] in ("verify", "auth", "line", "unblock") for step in came.steps)
    assert [one.step for one in came.said] == list(came.steps)
