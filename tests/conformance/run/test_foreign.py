"""Sound cards of other makers: what no source decides is never failed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.conformance import support as s
from ykt_conformance.cases.registry import card_cases
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.run.card import run_card
from ykt_conformance.run.targets.names import open_target
from ykt_sim.transport import Link

Answers = Callable[["Foreign", bytes], bytes | None]


class Foreign:
    """Our card behind a border that answers some commands as another maker's card does.

    Attributes:
        shown: a right PIN was presented since the last SELECT.
    """

    def __init__(self, link: Link, answers: Answers) -> None:
        self.link, self._answers, self.shown = link, answers, False

    def power_on(self) -> bytes:
        self.shown = False
        return self.link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        own = self._answers(self, apdu) if len(apdu) > 4 else None
        answer = own if own is not None else self.link.transmit(apdu)
        if apdu[1:2] in (b"\x20", b"\xa4"):
            self.shown = apdu[1:2] == b"\x20" and answer == b"\x90\x00"
        return answer

    def close(self) -> None:
        self.link.close()


def _verify(size: int | None) -> Answers:
    """VERIFY of this many bytes, or of no more than six."""

    def answers(_card: Foreign, apdu: bytes) -> bytes | None:
        odd = apdu[4] != size if size else apdu[4] > 6
        return b"\x67\x00" if apdu[:2] == b"\x00\x20" and odd else None

    return answers


def _asking(card: Foreign, apdu: bytes) -> bytes | None:
    """Unload and overdraft updates ask for the PIN."""
    asked = apdu[:2] == b"\x80\x50" and apdu[2] in (4, 5)
    return b"\x69\x82" if asked and not card.shown else None


def _other_ceiling(card: Foreign, apdu: bytes) -> bytes | None:
    if apdu[:3] != b"\x80\x5c\x05":
        return None
    told = card.link.transmit(apdu)
    return told[:4] + bytes.fromhex("0007A120") + told[8:] if len(told) == 18 else None


def _answering(head: bytes, answer: int) -> Answers:
    return lambda _card, apdu: answer.to_bytes(2, "big") if apdu[:2] == head else None


SOUND: dict[str, tuple[Answers, dict[str, object]]] = {
    "PIN as it is": (_verify(None), {"pin_filling": "none"}),
    "PIN filled to six": (_verify(6), {"pin_filling": "6"}),
    "PIN filled to eight": (_verify(8), {"pin_filling": "8"}),
    "PIN at unload and overdraft": (
        _asking, {"pin_for_unload": "yes", "pin_for_overdraft": "yes"},
    ),
    "another ceiling in P1=05": (_other_ceiling, {"p1_05": 500_000}),
    "EF 16 cannot be written": (
        _answering(b"\x04\xd6", 0x6982), {"ef15_update": "no", "ef16_update": "no"},
    ),
    "EF 16 under another key": (
        _answering(b"\x04\xd6", 0x6988), {"ef15_update": "other", "ef16_update": "other"},
    ),
    "authentication opens nothing": (_answering(b"\x00\xdc", 0x6982), {"auth_opens": "nothing"}),
    "no ceiling": (lambda _card, _apdu: None, {"ceiling": 0}),
}  # fmt: skip
GROUPS = ("pin", "load", "unload", "overdraft", "balance", "log", "authentication",
          "secure messaging")  # fmt: skip
#: What stood in no form of the first version.
NEW = ("pin_filling", "pin_for_unload", "pin_for_overdraft", "overdraft_log", "p1_05",
       "ef15_update", "ef16_update", "auth_opens", "ceiling_9f0c")  # fmt: skip


def form_of(claims: dict[str, object]) -> IcsFile:
    """The form of a dual card with these claims for both purses; of the first version if none."""
    tree = tomllib.loads(ics.load("dual").text)
    for purse in ("tunion", "lnt"):
        known = dict(tree[purse])
        tree[purse] = {name: value for name, value in known.items() if name not in NEW}
        tree[purse] |= {name: value for name, value in claims.items() if name in known}
    made = ics.build({k: v for k, v in tree.items() if k not in ("version", "kind")}, "card")
    return ics.read(ics.render(made), "foreign")


@pytest.mark.parametrize("stated", [False, True], ids=["not stated", "stated"])
@pytest.mark.parametrize("name", SOUND)
def test_a_sound_foreign_card_is_not_failed(name: str, *, stated: bool) -> None:
    answers, claims = SOUND[name]
    ours = open_target("sim:dual")
    target = replace(ours, open=lambda seed: Foreign(ours.open(seed), answers))
    cases = tuple(
        case for case in card_cases() if case.group in GROUPS and "tear" not in case.needs
    )
    plan = replace(
        s.plan_of(ignored=frozenset()), cases=cases, ics=form_of(claims if stated else {})
    )
    run = run_card(target, plan)
    amiss = [f"{one.id} {one.reason}" for one in run.results
             if one.verdict in (Verdict.FAIL, Verdict.ERROR)]  # fmt: skip
    assert amiss == []
    assert run.model is not None
    assert [str(one) for one in run.model.deviations if one.must] == []
    if stated:
        unproven = [one.id for one in run.results if one.verdict is Verdict.INCONCLUSIVE]
        assert unproven == []
