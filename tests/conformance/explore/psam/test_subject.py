"""Explorations of PSAMs: ours diverge nowhere, faulty ones are found, real ones are spared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ykt_conformance.explore import Explored, ExplorePlan, explore, replay
from ykt_conformance.explore.psam import PSAM
from ykt_conformance.ics import form as forms
from ykt_conformance.run.targets.names import CardTarget, open_sam_target
from ykt_sim.codes import INS
from ykt_sim.sam import engine
from ykt_sim.transport import Link
from ykt_sim.wire.apdu import Command


def _plan(target: str | CardTarget, steps: int = 0, seed: int = 1) -> ExplorePlan:
    opened = open_sam_target(target) if isinstance(target, str) else target
    return ExplorePlan(
        subject=PSAM, target=opened, form=forms.load(opened.form or "bus-upgraded").values,
        clock=lambda: 0.0, steps=steps, seed=seed,
    )  # fmt: skip


@pytest.mark.parametrize("name", forms.form_names("terminal"))
def test_our_own_psams_diverge_nowhere(name: str) -> None:
    came = explore(_plan(f"sam:{name}", 1500))
    assert came.divergence is None, str(came.divergence)
    assert came.exit_code == 0
    told = came.coverage.commands()
    assert {"done", "MAC2", "nothing begun"} <= told["PSAM CREDIT (CHECK MAC2)"].keys()
    assert {"tunion, purchase", "lnt, purchase", "MF"} <= set(came.coverage.states)


def test_the_same_seed_goes_the_same_way() -> None:
    first, second = (explore(_plan("sam:bus-upgraded", 300, 5)) for _ in range(2))
    assert first.document() == second.document()


Handler = Callable[[engine.Psam, Command], bytes]


def _last_byte_not_looked_at(psam: engine.Psam, command: Command) -> bytes:
    """The last byte of MAC2 is not compared."""
    opened = psam._open
    if opened is not None and len(command.data) == 4:
        due = engine.mac(opened.session, engine.PurchaseMac2Input.pack(amount=opened.amount))
        if due[:3] == command.data[:3]:
            command = command._replace(data=due)
    return engine.Psam.check_mac2(psam, command)


def _select_keeps(psam: engine.Psam, command: Command) -> bytes:
    """A purchase goes on behind SELECT."""
    opened = psam._open
    try:
        return engine.Psam.select(psam, command)
    finally:
        psam._open = opened


def _offset_ignored(psam: engine.Psam, command: Command) -> bytes:
    """Where all is asked for, it begins at the beginning."""
    where = command.p2 if command.le else 0
    return engine.Psam.read_binary(psam, command._replace(p2=where))


def _stale_amount(psam: engine.Psam, command: Command) -> bytes:
    """MAC2 is checked for the amount of a purchase that was given up."""
    before = psam._open
    made = engine.Psam.init_purchase(psam, command)
    if before is not None and psam._open is not None:
        psam._open = psam._open._replace(amount=before.amount)
    return made


def _half_a_byte(psam: engine.Psam, command: Command) -> bytes:
    """The number comes round after 15."""
    state = psam._memory.state
    psam._memory.state = state._replace(next_serial=state.next_serial & 0x0F)
    return engine.Psam.init_purchase(psam, command)


def _stale_session(psam: engine.Psam, command: Command) -> bytes:
    """A purchase with the random of the last one gets the MAC1 of that one."""
    known: dict[bytes, bytes] = psam.__dict__.setdefault("_by_random", {})
    made = engine.Psam.init_purchase(psam, command)
    kept = known.setdefault(command.data[:4], made[4:])
    return made[:4] + kept


@pytest.mark.parametrize(
    ("ins", "handler", "rules", "most"),
    [
        (INS.SAM_CHECK_MAC2, _last_byte_not_looked_at, "R-SAM-MAC2", 4),
        (INS.SELECT, _select_keeps, "R-SAM-ORDER", 5),
        (INS.READ_BINARY, _offset_ignored, "R-SAM-OFFSET R-SAM-FILE R-SAM-TERMINAL", 3),
        (INS.SAM_INIT_PURCHASE, _stale_amount, "R-SAM-MAC2", 5),
        (INS.SAM_INIT_PURCHASE, _half_a_byte, "R-SAM-NUMBER", 40),
        (INS.SAM_INIT_PURCHASE, _stale_session, "R-SAM-MAC1", 3),
    ],
)
def test_a_faulty_psam_is_found_with_few_steps(
    ins: INS, handler: Handler, rules: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cla, _ = engine.TABLE[ins]
    monkeypatch.setitem(engine.TABLE, ins, (cla, handler))
    plan = _plan("sam:bus-upgraded", 20_000)
    came = explore(plan)
    assert came.divergence is not None
    assert came.divergence.rule.id in rules.split()
    assert len(came.steps) <= most, came.steps
    assert came.shrunk
    again = replay(plan, came.steps, came.history)
    assert again.divergence is not None
    assert again.divergence.rule == came.divergence.rule


class _Counted:
    """A link that keeps what is sent."""

    def __init__(self, link: Link, sent: list[bytes]) -> None:
        self._link, self._sent = link, sent

    def power_on(self) -> bytes:
        return self._link.power_on()

    def transmit(self, apdu: bytes) -> bytes:
        self._sent.append(apdu)
        return self._link.transmit(apdu)

    def close(self) -> None:
        self._link.close()


def _explored(*, far: bool) -> tuple[Explored, list[bytes]]:
    sent: list[bytes] = []
    ours = open_sam_target("sam:bus-upgraded")
    target = CardTarget(
        "one", frozenset({"reset"}), lambda seed: _Counted(ours.open(seed), sent), far=far
    )
    return explore(_plan(target, 400)), sent


def test_one_that_is_never_fresh_again_is_shown_no_wrong_mac2() -> None:
    came, sent = _explored(far=False)
    assert came.divergence is None
    checks = came.coverage.commands()["PSAM CREDIT (CHECK MAC2)"]
    assert checks.keys() == {"done"}
    assert {apdu[1] for apdu in sent if len(apdu) > 1} <= {0x70, 0x72, 0x84, 0xA4, 0xB0}


def test_one_in_a_reader_is_only_read() -> None:
    came, sent = _explored(far=True)
    assert came.divergence is None
    assert {(apdu[0], apdu[1]) for apdu in sent if len(apdu) > 1} == {
        (0, 0x84), (0, 0xA4), (0, 0xB0),
    }  # fmt: skip
