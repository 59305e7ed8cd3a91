"""Loading, end to end: host and PIN, limits, torn loads."""

from __future__ import annotations

import pytest

from tests.terminal import world
from tests.terminal.playbook import variant
from tests.terminal.world import NOW, DeviantLink
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.tap import MemoryJournal, run_tap
from ykt_sim.errors import CardRemovedError
from ykt_sim.sam.host import HostRefusalError, IssuerHost
from ykt_sim.transport import EngineLink
from ykt_sim.wire.files import LntTransactionRecord

AMOUNT = 5000
KINDS = [("lnt", "lnt"), ("tunion", "tunion"), ("dual", "lnt")]


def commands_of(kind: str) -> int:
    link = DeviantLink(EngineLink(world.card(kind)), 0, world.removed_before)
    assert world.bench("load-point").tap(link, now=NOW, amount=AMOUNT).decision.code == ""
    return link.count


@pytest.mark.parametrize(("kind", "standard"), KINDS)
def test_load(kind: str, standard: str) -> None:
    card = world.card(kind)
    result = world.bench("load-point").tap(card, now=NOW, amount=AMOUNT)
    assert result.decision.outcome == "accepted"
    assert result.decision.application == standard
    assert (result.decision.balance_before, result.decision.balance_after) == (8800, 13800)
    assert result.clearing is not None
    assert (result.clearing.kind, result.clearing.evidence) == ("load", "host")
    assert world.balance_of(card, standard) == 13800


def test_a_lingnan_tong_load_is_logged_with_its_sub_type() -> None:
    card = world.card("lnt")
    world.bench("load-point").tap(card, now=NOW, amount=AMOUNT)
    (answer,) = world.ask(card, "PAY.TICL", "00B201C400")
    record = LntTransactionRecord.parse(bytes.fromhex(answer[:-4]))
    assert (record.type, record.sub_type, record.amount) == (2, 0x14, AMOUNT)
    assert (record.month_day, record.hour_minute) == ("0601", "0800")


@pytest.mark.parametrize("amount", [0, 100_001])
def test_limits(amount: int) -> None:
    card = world.card("lnt")
    result = world.bench("load-point").tap(card, now=NOW, amount=amount)
    assert (result.decision.outcome, result.decision.code) == ("refused", "YKT-18")


def test_the_cards_own_ceiling() -> None:
    result = world.bench("load-point").tap(world.card("lnt", 99_000), now=NOW, amount=AMOUNT)
    assert (result.decision.outcome, result.decision.code) == ("refused", "YKT-09")


def test_a_wrong_pin_refuses() -> None:
    bench = world.bench(variant("load-point", load__pin={"lnt": "654321"}))
    result = bench.tap(world.card("lnt"), now=NOW, amount=AMOUNT)
    assert result.decision.code == "YKT-09"
    assert "63C2" in result.decision.reason


@pytest.mark.parametrize(("kind", "standard"), KINDS)
@pytest.mark.parametrize("deviation", list(world.DEVIATIONS))
def test_disturbed_load_and_return(kind: str, standard: str, deviation: str) -> None:
    for at in range(1, commands_of(kind) + 1):
        bench, card = world.bench("load-point"), world.card(kind)
        link = DeviantLink(EngineLink(card), at, world.DEVIATIONS[deviation])
        results = [bench.tap(link, now=NOW, amount=AMOUNT)]
        if results[0].decision.outcome != "accepted":
            results.append(bench.tap(card, now=NOW, amount=AMOUNT))
        done = [r for r in results if r.decision.outcome == "accepted"]
        assert len(done) == 1, (at, results)
        other = world.balance_of(card, done[0].decision.application)
        assert other == 8800 + AMOUNT, at
        assert sum(r.clearing.amount for r in results if r.clearing) == AMOUNT
        assert not bench.machine.pending


@pytest.mark.parametrize(("kind", "records"), [("lnt", 12), ("tunion", 10)])
@pytest.mark.parametrize(
    ("deviation", "left", "loaded", "disputed"),
    [
        ("removed-after", 1, 1, False),
        ("removed-after", 0, 2, True),
        ("removed-before", 0, 1, False),
    ],
)
def test_a_load_that_purchases_drove_out_of_the_log_locks_nobody_out(
    kind: str,
    records: int,
    deviation: str,
    left: int,
    loaded: int,
    disputed: bool,  # noqa: FBT001
) -> None:
    bench, card = world.bench("load-point"), world.card(kind)
    link = DeviantLink(EngineLink(card), commands_of(kind), world.DEVIATIONS[deviation])
    assert bench.tap(link, now=NOW, amount=AMOUNT).decision.code == "YKT-11"
    bus = world.bench("bus-legacy" if kind == "lnt" else "bus-tunion")
    paid = [bus.tap(card, now="20250601090000").clearing for _ in range(records - left)]
    again = bench.tap(card, now="20250601100000", amount=AMOUNT)
    assert again.decision.outcome == "accepted"
    assert (again.dispute is not None) == disputed
    spent = sum(one.amount for one in paid if one is not None)
    assert world.balance_of(card, kind) == 8800 + loaded * AMOUNT - spent
    assert not bench.machine.pending
    assert bench.tap(card, now="20250601100500", amount=AMOUNT).dispute is None


class Host(IssuerHost):
    """Says no at a chosen moment."""

    def __init__(self, at: str) -> None:
        super().__init__(world.bench("load-point").host._masters)
        self.at = at

    def authorize(self, *args: object) -> bytes:
        if self.at == "authorize":
            raise HostRefusalError("account is blocked")
        return super().authorize(*args)  # type: ignore[arg-type]

    def confirm(self, *args: object) -> None:
        if self.at == "confirm":
            raise HostRefusalError("TAC of the card is wrong")
        super().confirm(*args)  # type: ignore[arg-type]


def loaded(bench: Bench, card, host: IssuerHost | None):
    link = EngineLink(card)
    link.power_on()
    return run_tap(
        bench.machine, link, bench.sam_link, now=NOW, amount=AMOUNT, host=host,
        journal=MemoryJournal(),
    )  # fmt: skip


def test_host_refuses_before() -> None:
    bench, card = world.bench("load-point"), world.card("lnt")
    result = loaded(bench, card, Host("authorize"))
    assert (result.decision.outcome, result.decision.code) == ("refused", "YKT-19")
    assert "account is blocked" in result.decision.reason
    assert world.balance_of(card, "lnt") == 8800


def test_host_finds_the_tac_wrong() -> None:
    bench, card = world.bench("load-point"), world.card("lnt")
    result = loaded(bench, card, Host("confirm"))
    assert result.decision.outcome == "refused"
    assert result.decision.disputed
    assert result.clearing is None
    assert result.dispute is not None
    assert result.dispute.amount == AMOUNT


def test_no_host_at_all() -> None:
    bench, card = world.bench("load-point"), world.card("lnt")
    assert loaded(bench, card, None).decision.code == "YKT-19"


@pytest.mark.parametrize(("kind", "standard"), KINDS)
@pytest.mark.parametrize("sw", [0x6985, 0x9302, 0x6A80, 0x6581, 0x9303])
def test_a_load_that_was_done_and_is_said_to_be_refused(kind: str, standard: str, sw: int) -> None:
    """A relay says so; the card's counter and proof know better, before anybody is told."""
    bench, card = world.bench("load-point"), world.card(kind)
    link = DeviantLink(EngineLink(card), commands_of(kind), world.lied(sw))
    result = bench.tap(link, now=NOW, amount=AMOUNT)
    assert (result.decision.outcome, result.decision.amount) == ("accepted", AMOUNT)
    assert not result.decision.recovered
    assert result.clearing is not None
    assert result.clearing.evidence == "host"
    assert world.balance_of(card, standard) == 8800 + AMOUNT
    assert not bench.machine.pending


@pytest.mark.parametrize("sw", [0x6985, 0x9302])
def test_a_load_that_was_refused_is_shown_so_and_is_over(sw: int) -> None:
    bench, card = world.bench("load-point"), world.card("lnt")
    link = DeviantLink(EngineLink(card), commands_of("lnt"), world.refused(sw))
    result = bench.tap(link, now=NOW, amount=AMOUNT)
    assert (result.decision.outcome, result.decision.code) == ("refused", "YKT-09")
    assert f"CREDIT FOR LOAD: {sw:04X}" in result.decision.reason
    assert world.balance_of(card, "lnt") == 8800
    assert not bench.machine.pending


@pytest.mark.parametrize("restart", [False, True])
def test_a_load_said_to_be_refused_waits_until_it_is_proved(*, restart: bool) -> None:
    """The card leaves before it can be asked: not refused, not loaded, open."""
    bench, card = world.bench("load-point"), world.card("lnt")

    class Lying(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if self.count >= self._at:
                raise CardRemovedError("gone")
            return super().transmit(apdu)

    link = Lying(EngineLink(card), commands_of("lnt"), world.lied(0x6985))
    first = bench.tap(link, now=NOW, amount=AMOUNT)
    assert (first.decision.outcome, first.decision.code) == ("retry", "YKT-11")
    assert "6985" in first.decision.reason
    if restart:
        bench = world.restarted(bench)
    assert len(bench.machine.pending) == 1
    second = bench.tap(card, now=NOW, amount=AMOUNT)
    assert second.decision.recovered
    assert world.balance_of(card, "lnt") == 8800 + AMOUNT
