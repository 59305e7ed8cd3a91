"""The bench: terminals, PSAMs and cards put together."""

from __future__ import annotations

import msgspec
import pytest

from ykt_sim.bench.bench import Bench
from ykt_sim.bench.make import (
    make_card,
    make_host,
    make_sam,
    make_terminal,
    open_sim_card,
)
from ykt_sim.bench.tap import MemoryJournal, TapResult, run_tap, start
from ykt_sim.codes import INS
from ykt_sim.crypto.derive import diversify_chain, tac_key
from ykt_sim.crypto.des import mac
from ykt_sim.errors import CardRemovedError, LinkError, SilentError, UsageError
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.profiles.terminals import TerminalProfile, load_terminal_profile
from ykt_sim.sam.host import factors
from ykt_sim.terminal import Phase, reread
from ykt_sim.terminal import events as ev
from ykt_sim.trace.model import Event, Exchange, Note, Reset
from ykt_sim.transport import EngineLink
from ykt_sim.transport.local import Engine
from ykt_sim.wire.macs import PurchaseTacInput

NOW = "20250601080000"
SELECT_EP = bytes.fromhex("00A4040008A00000063201010500")

# (card, terminal) -> application and amount, or the code of a refusal.
MATRIX = {
    ("lnt", "bus-legacy"): ("lnt", 190),
    ("lnt", "bus-upgraded"): ("lnt", 190),
    ("lnt", "bus-tunion"): "YKT-01",
    ("lnt", "metro-entry"): ("lnt", 0),
    ("lnt", "metro-exit"): "YKT-15",
    ("lnt", "bus-board"): ("lnt", 0),
    ("lnt", "bus-alight"): ("lnt", 475),
    ("lnt", "ferry-upgraded"): ("lnt", 100),
    ("lnt", "load-point"): ("lnt", 5000),
    ("tunion", "bus-legacy"): "YKT-01",
    ("tunion", "bus-upgraded"): ("tunion", 200),
    ("tunion", "bus-tunion"): ("tunion", 160),
    ("tunion", "metro-entry"): ("tunion", 0),
    ("tunion", "metro-exit"): "YKT-15",
    ("tunion", "bus-board"): ("tunion", 0),
    ("tunion", "bus-alight"): ("tunion", 500),
    ("tunion", "ferry-upgraded"): ("tunion", 100),
    ("tunion", "load-point"): ("tunion", 5000),
    ("dual", "bus-legacy"): ("lnt", 190),
    ("dual", "bus-upgraded"): ("lnt", 190),
    ("dual", "bus-tunion"): ("tunion", 160),
    ("dual", "metro-entry"): ("tunion", 0),
    ("dual", "metro-exit"): "YKT-15",
    ("dual", "bus-board"): ("tunion", 0),
    ("dual", "bus-alight"): ("tunion", 500),
    ("dual", "ferry-upgraded"): ("tunion", 100),
    ("dual", "load-point"): ("lnt", 5000),
    ("blank", "bus-legacy"): "YKT-01",
    ("blank", "bus-upgraded"): "YKT-01",
    ("blank", "bus-tunion"): "YKT-01",
}


@pytest.mark.parametrize(("card", "terminal"), MATRIX)
def test_matrix(card: str, terminal: str) -> None:
    balance = 0 if card == "blank" else 8800
    loading = 5000 if terminal == "load-point" else 0
    result = Bench(terminal).tap(make_card(card, balance=balance), now=NOW, amount=loading)
    expected = MATRIX[card, terminal]
    decision = result.decision
    if isinstance(expected, str):
        assert (decision.outcome, decision.code) == ("refused", expected)
        assert result.clearing is None
        return
    application, amount = expected
    assert (decision.outcome, decision.application, decision.amount) == (
        "accepted",
        application,
        amount,
    )
    moved = amount if terminal == "load-point" else -amount
    assert decision.balance_after == 8800 + moved
    assert (result.clearing is not None) == (amount > 0)


@pytest.mark.parametrize(("card", "terminal"), [("lnt", "bus-legacy"), ("tunion", "bus-tunion")])
def test_clearing_can_check_the_tac(card: str, terminal: str) -> None:
    """Everything under the TAC is in the record, and nothing else is needed."""
    record = Bench(terminal).tap(make_card(card, balance=8800), now=NOW).clearing
    assert record is not None
    master = load_test_keys().masters(record.standard)["tac"]
    key = diversify_chain(master, *factors(record.standard, record.card, record.issuer))
    under = PurchaseTacInput(
        amount=record.amount,
        type=record.type,  # type: ignore[arg-type]
        terminal=record.terminal,
        terminal_serial=bytes.fromhex(record.terminal_serial),
        datetime=record.datetime,
    )
    assert mac(tac_key(key), under.build()).hex().upper() == record.tac


def test_one_decision_and_at_most_one_record_per_tap() -> None:
    journal = MemoryJournal()
    bench = Bench("bus-upgraded", journal=journal)
    card = make_card("dual", balance=500)
    results = [bench.tap(card, now=NOW) for _ in range(4)]
    assert [r.decision.code for r in results] == ["", "", "YKT-07", "YKT-07"]
    entries = reread(journal.data).entries
    ends = [entry for entry in entries if hasattr(entry, "decision")]
    assert len(ends) == 4
    assert [end.clearing for end in ends] == [r.clearing for r in results]


def test_a_trace_of_a_tap() -> None:
    events: list[Event] = []
    ticks = iter(range(10_000))
    bench = Bench("bus-upgraded", clock=lambda: next(ticks) / 1000, sink=events.append)
    bench.tap(make_card("tunion", balance=8800), now=NOW)
    assert isinstance(events[0], Reset)
    assert [event.channel for event in events if isinstance(event, Reset)] == ["sam", "card"]
    asked = [e.command[1] for e in events if isinstance(e, Exchange) and e.channel == "card"]
    assert asked == [0xA4, 0xA4, 0xA4, 0xB0, 0xB2, 0x5C, 0x50, 0xDC, 0x54]
    sam = [e.command[:2].hex() for e in events if isinstance(e, Exchange) and e.channel == "sam"]
    assert sam == ["00a4", "00b0", "00a4", "8070", "8072"]
    notes = {event.text: event.data for event in events if isinstance(event, Note)}
    assert set(notes) == {"decision", "clearing"}
    assert notes["decision"]["card"] == "310517*********0001"
    assert msgspec.json.encode(notes["clearing"])
    times = [event.t for event in events]
    assert times == sorted(times)


def test_randoms_are_handed_in() -> None:
    def run() -> TapResult:
        return Bench("bus-tunion", rng=bytes).tap(make_card("tunion", bytes, balance=800), now=NOW)

    assert run() == run()


def test_parts_by_hand() -> None:
    machine = make_terminal("bus-legacy")
    sam = EngineLink(make_sam("bus-legacy"))
    start(machine, sam)
    assert machine.phase is Phase.IDLE
    card = EngineLink(make_card("lnt", balance=500))
    card.power_on()
    result = run_tap(machine, card, sam, now=NOW)
    assert result.decision.balance_after == 310


def test_a_terminal_without_psam_is_out_of_service() -> None:
    class Empty:
        def power_on(self) -> bytes:
            raise LinkError("no PSAM in the slot")

        def transmit(self, apdu: bytes) -> bytes:
            raise LinkError("no PSAM in the slot")

        def close(self) -> None:
            pass

    machine = make_terminal("bus-legacy")
    start(machine, Empty())
    assert machine.phase is Phase.OUT_OF_SERVICE
    card = EngineLink(make_card("lnt", balance=500))
    card.power_on()
    assert run_tap(machine, card, Empty(), now=NOW).decision.code == "YKT-21"


def test_load_keys_are_the_hosts_alone() -> None:
    sam = make_sam("load-point").snapshot().to_json()
    host = make_host()
    for standard in ("tunion", "lnt"):
        masters = load_test_keys().masters(standard)
        assert masters["purchase"].hex().upper() in sam
        assert masters["load"].hex().upper() not in sam
        assert masters["tac"].hex().upper() not in sam
    assert host is not None


def test_a_driver_that_waits_for_nothing_is_told() -> None:
    machine = make_terminal("bus-legacy")
    machine.phase = Phase.SAM_MAC2
    machine.handle(ev.CardRemoved())
    with pytest.raises(UsageError, match="for nothing"):
        _wait(machine)


def _wait(machine) -> None:
    class Quiet:
        phase = machine.phase

        def handle(self, _event: ev.Event) -> tuple[()]:
            return ()

    run_tap(Quiet(), EngineLink(make_card("lnt")), EngineLink(make_sam("bus-legacy")), now=NOW)  # type: ignore[arg-type]


# -- a simulated card for the suite ------------------------------------------------------


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(UsageError, match="no-such-thing"):
        open_sim_card("dual", deviate="no-such-thing")


def test_several_faults_at_once() -> None:
    link = open_sim_card("dual", deviate="fci-without-version,ppse-no-lockout", seed=1)
    link.power_on()
    assert bytes.fromhex("9F08") not in link.transmit(SELECT_EP)


def test_the_same_seed_gives_the_same_card() -> None:
    challenges = []
    for seed in (1, 1, 2):
        link = open_sim_card("dual", seed=seed)
        link.power_on()
        challenges.append(link.transmit(bytes.fromhex("0084000008")))
    assert challenges[0] == challenges[1] != challenges[2]


def test_balance_and_facts() -> None:
    link = open_sim_card("tunion", seed=1, balance=1234)
    link.power_on()
    link.transmit(SELECT_EP)
    assert link.transmit(bytes.fromhex("805C000204")) == bytes.fromhex("000004D29000")
    assert link.facts()["profile"] == "tunion"


def test_a_tear_is_for_the_next_command_only() -> None:
    link = open_sim_card("tunion", seed=1)
    link.power_on()
    link.transmit(SELECT_EP)
    link.tear(1)
    assert link.transmit(bytes.fromhex("805C000204"))[-2:] == b"\x90\x00"  # writes nothing
    wrong_pin = bytes.fromhex("0020000006393939393939")
    assert link.transmit(wrong_pin)[-2:] == b"\x63\xc2"
    link.tear(1)
    with pytest.raises(CardRemovedError):
        link.transmit(wrong_pin)


class _Once(EngineLink):
    """A card or PSAM whose answer to one command is another, or none at all."""

    def __init__(self, engine: Engine, number: int, answer: bytes | None) -> None:
        super().__init__(engine)
        self._left, self._answer = number, answer

    def transmit(self, apdu: bytes) -> bytes:
        self._left -= 1
        given = super().transmit(apdu)
        if self._left:
            return given
        if self._answer is None:
            raise SilentError("nothing")
        return self._answer


@pytest.mark.parametrize("answer", [b"", b"\x90"])
@pytest.mark.parametrize("whose", ["card", "sam"])
def test_what_has_no_status_word_is_no_answer(answer: bytes, whose: str) -> None:
    """A tap ends as with silence: refused, or torn and in the journal; nothing is raised."""

    def ending(number: int, given: bytes | None) -> tuple[TapResult, bytes]:
        machine, journal = make_terminal("bus-tunion"), MemoryJournal()
        sam = _Once(make_sam("bus-tunion", bytes), number if whose == "sam" else 0, given)
        start(machine, sam)
        card = make_card("tunion", bytes, balance=5000)
        link = _Once(card, number if whose == "card" else 0, given)
        link.power_on()
        return run_tap(machine, link, sam, now=NOW, journal=journal), journal.data

    found = [ending(number, answer) for number in range(1, 12)]
    assert found == [ending(number, None) for number in range(1, 12)]
    assert len({result.decision.outcome for result, _ in found}) > 1


def test_a_ride_paid_elsewhere_in_the_same_second_is_not_taken_for_ours() -> None:
    """After a restart no PSAM can check a proof: the log's terminal number tells the two apart."""
    here, there = Bench("bus-legacy"), Bench(_elsewhere("bus-legacy"))
    card = make_card("lnt", balance=5000)
    torn = here.tap(_GoneAtDebit(card), now=NOW)
    assert torn.decision.outcome == "retry"
    paid = there.tap(card, now=NOW)
    assert paid.clearing is not None
    again = Bench("bus-legacy", sam=here.sam, journal=here.journal).tap(card, now=NOW)
    assert not again.decision.recovered
    for result in (torn, again):
        claimed = result.clearing
        assert claimed is None or claimed.tac != paid.clearing.tac


def _elsewhere(name: str) -> TerminalProfile:
    """The same terminal with another PSAM."""
    profile = load_terminal_profile(name)
    other = msgspec.structs.replace(profile.sam, terminal="413158109999")
    return msgspec.structs.replace(profile, sam=other)


class _GoneAtDebit(EngineLink):
    """The card leaves before DEBIT reaches it."""

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[1] == INS.DEBIT:
            raise CardRemovedError("out")
        return super().transmit(apdu)
