"""Torn taps, end to end: never a second debit, never a free ride.

Every command of a tap is disturbed in every way, and the same card comes back. What must
hold is simple: the card has paid exactly what clearing was told, and each accepted tap
has its own payment.
"""

from __future__ import annotations

import msgspec
import pytest

from tests.terminal import world
from tests.terminal.playbook import variant
from tests.terminal.world import NOW, DeviantLink
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.tap import TapResult
from ykt_sim.card import Card, CardImage
from ykt_sim.card.personalise import personalise
from ykt_sim.profiles.cards import load_card_profile
from ykt_sim.profiles.terminals import TerminalProfile
from ykt_sim.transport import EngineLink

FARE = 200
PAIRS = [("bus-upgraded", "lnt"), ("bus-tunion", "tunion"), ("ferry-upgraded", "dual")]


def profile(name: str) -> TerminalProfile:
    return variant(name, fare__flat=FARE, fare__percent={})


def tap(bench: Bench, card: Card, at: int, deviation: str) -> TapResult:
    link = DeviantLink(EngineLink(card), at, world.DEVIATIONS[deviation])
    return bench.tap(link, now=NOW)


def commands_of(name: str, card: str) -> int:
    link = DeviantLink(EngineLink(world.card(card)), 0, world.removed_before)
    world.bench(profile(name)).tap(link, now=NOW)
    return link.count


def standard_of(name: str, card: str) -> str:
    result = world.bench(profile(name)).tap(world.card(card), now=NOW)
    assert result.decision.outcome == "accepted"
    return result.decision.application


CASES = [
    (name, card, at, deviation)
    for name, card in PAIRS
    for at in range(1, commands_of(name, card) + 1)
    for deviation in world.DEVIATIONS
]


def paid(results: list[TapResult]) -> int:
    return sum(result.clearing.amount for result in results if result.clearing is not None)


def accepted(results: list[TapResult]) -> int:
    return sum(result.decision.outcome == "accepted" for result in results)


@pytest.mark.parametrize(("name", "kind", "at", "deviation"), CASES)
def test_disturbed_tap_and_return(name: str, kind: str, at: int, deviation: str) -> None:
    standard = standard_of(name, kind)
    bench, card = world.bench(profile(name)), world.card(kind)
    results = [tap(bench, card, at, deviation)]
    while results[-1].decision.outcome != "accepted" and len(results) < 3:
        results.append(bench.tap(card, now=NOW))
    spent = 8800 - world.balance_of(card, standard)
    assert accepted(results) == 1, results
    assert spent == FARE
    assert paid(results) == FARE
    assert not bench.machine.pending


@pytest.mark.parametrize(("name", "kind", "at", "deviation"), CASES)
def test_another_card_in_between_loses_nothing(
    name: str, kind: str, at: int, deviation: str
) -> None:
    standard = standard_of(name, kind)
    bench, card = world.bench(profile(name)), world.card(kind)
    results = [tap(bench, card, at, deviation)]
    other = Card(other_number(kind), world.counting())
    between = bench.tap(other, now=NOW)
    assert between.decision.outcome == "accepted"
    assert not between.decision.recovered
    while results[-1].decision.outcome != "accepted" and len(results) < 3:
        results.append(bench.tap(card, now=NOW))
    assert accepted(results) == 1
    assert 8800 - world.balance_of(card, standard) == FARE == paid(results)
    assert 8800 - world.balance_of(other, standard) == FARE


def other_number(kind: str) -> CardImage:
    numbers: dict[str, str] = {
        "lnt": {"lnt_number": "0000000777"},
        "tunion": {"pan": "3105170000000000777"},
        "dual": {"pan": "3104870300000007777"},
    }[kind]
    return personalise(load_card_profile(kind), balance=8800, **numbers)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
@pytest.mark.parametrize("deviation", ["removed-before", "removed-after"])
@pytest.mark.parametrize("restart", [False, True])
def test_torn_debit_and_how_far_it_is_vouched_for(
    name: str,
    kind: str,
    deviation: str,
    restart: bool,  # noqa: FBT001
) -> None:
    bench, card = world.bench(profile(name)), world.card(kind)
    debit = commands_of(name, kind)
    first = tap(bench, card, debit, deviation)
    assert (first.decision.outcome, first.decision.code) == ("retry", "YKT-11")
    assert first.clearing is None
    assert len(bench.machine.pending) == 1
    if restart:
        bench = world.restarted(bench)
        assert len(bench.machine.pending) == 1
    second = bench.tap(card, now="20250601080007")
    assert second.decision.outcome == "accepted"
    assert second.clearing is not None
    happened = deviation == "removed-after"
    assert second.decision.recovered == happened
    # the first tap's transaction is cleared with the first tap's time, a new one with its own
    assert second.clearing.time == (NOW if happened else "20250601080007")
    if not happened:
        assert second.clearing.evidence == "mac2"
    elif restart:
        assert second.clearing.evidence == "proof"
    else:
        assert second.clearing.evidence == "mac2"  # the PSAM still held the session
    third = bench.tap(card, now="20250601080100")
    assert third.decision.outcome == "accepted"
    assert not third.decision.recovered
    assert third.clearing is not None
    assert third.clearing.counter == second.clearing.counter + 1


@pytest.mark.parametrize("between", ["removed-before", ""])
def test_a_proof_goes_to_the_psam_for_its_own_open_transaction_alone(between: str) -> None:
    """Another card came between: what the PSAM holds now is that card's, or nothing."""
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    debit = commands_of("bus-tunion", "tunion")
    tap(bench, card, debit, "removed-after")
    other = Card(other_number("tunion"), world.counting())
    if between:
        assert tap(bench, other, debit, between).decision.code == "YKT-11"
    else:
        assert bench.tap(other, now=NOW).decision.outcome == "accepted"
    second = bench.tap(card, now=NOW)
    assert second.decision.recovered
    assert second.clearing is not None
    assert second.clearing.evidence == "proof"


def test_after_restart_the_psam_application_is_selected_again() -> None:
    bench, card = world.bench("bus-upgraded"), world.card("tunion")
    assert bench.tap(card, now=NOW).decision.application == "tunion"
    again = world.restarted(bench)
    assert again.tap(card, now=NOW).decision.outcome == "accepted"


def test_a_journal_restart_does_not_reuse_sequence_numbers() -> None:
    bench, card = world.bench("bus-tunion"), world.card("tunion")
    first = bench.tap(card, now=NOW)
    again = world.restarted(bench)
    second = again.tap(card, now=NOW)
    assert first.clearing is not None
    assert second.clearing is not None
    assert second.clearing.sequence == first.clearing.sequence + 1


def elsewhere(card: Card, times: int) -> None:
    """The card rides at another terminal."""
    other = world.bench(variant("bus-tunion", fare__flat=100, fare__percent={}, sam=OTHER_SAM))
    for _ in range(times):
        assert other.tap(card, now="20250601090000").decision.outcome == "accepted"


OTHER_SAM = msgspec.structs.replace(
    variant("bus-tunion").sam, serial="30100000413130100999", terminal="413130100999"
)


@pytest.mark.parametrize(
    ("deviation", "rides", "recovered", "evidence"),
    [
        ("removed-before", 1, False, "mac2"),  # one ahead, and provable, but not ours
        ("removed-before", 2, False, "mac2"),
        ("removed-after", 1, True, "log"),
        ("removed-after", 9, True, "log"),
    ],
)
def test_a_card_that_has_been_elsewhere_since(
    deviation: str,
    rides: int,
    recovered: bool,  # noqa: FBT001
    evidence: str,
) -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    first = tap(bench, card, commands_of("bus-tunion", "tunion"), deviation)
    assert first.decision.code == "YKT-11"
    elsewhere(card, rides)
    before = world.balance_of(card, "tunion")
    second = bench.tap(card, now="20250601100000")
    assert second.decision.outcome == "accepted"
    assert second.decision.recovered == recovered
    assert second.clearing is not None
    assert second.clearing.evidence == evidence
    assert before - world.balance_of(card, "tunion") == (0 if recovered else FARE)
    assert not bench.machine.pending


def test_when_the_log_has_forgotten_the_entry_becomes_a_dispute() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-after")
    elsewhere(card, 10)
    second = bench.tap(card, now="20250601100000")
    assert second.decision.outcome == "accepted"
    assert not second.decision.recovered
    assert second.dispute is not None
    assert second.dispute.time == NOW
    assert second.dispute.evidence == "none"
    assert not bench.machine.pending


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("deviation", ["removed-before", "removed-after", "silent-after"])
def test_the_recovery_itself_may_be_torn(at: int, deviation: str) -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    results = [tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-after")]
    results.append(tap(bench, card, at, deviation))
    results.append(bench.tap(card, now=NOW))
    results.append(bench.tap(card, now=NOW))
    spent = 8800 - world.balance_of(card, "tunion")
    assert spent == paid(results) == accepted(results) * FARE
    assert not bench.machine.pending


def test_a_torn_payment_is_looked_for_in_the_cards_other_application() -> None:
    """The probe of PAY.APPY fails once, the T-Union payment is torn, the probe works again."""
    bench, card = world.bench(profile("bus-upgraded")), world.card("dual")

    class Unlucky(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu[1] == 0xA4 and b"PAY.APPY" in apdu:
                return b"\x6a\x82"
            if apdu[1] == 0x54:
                return world.removed_after(self._link, apdu)
            return self._link.transmit(apdu)

    first = bench.tap(Unlucky(EngineLink(card), 0, world.removed_before), now=NOW)
    assert (first.decision.code, first.decision.application) == ("YKT-11", "tunion")
    second = bench.tap(card, now=NOW)
    assert second.decision.outcome == "accepted"
    assert (second.decision.application, second.decision.recovered) == ("tunion", True)
    assert world.balance_of(card, "tunion") == 8800 - FARE
    assert bench.tap(card, now=NOW).decision.application == "lnt"


def test_a_card_that_shows_nothing_of_its_newest_transaction_is_not_charged_again() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-after")

    class Mute(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            proof = apdu[:2] == b"\x80\x5a"
            log = apdu[:2] == b"\x00\xb2" and apdu[3] == 0xC4
            return b"\x69\x82" if proof or log else self._link.transmit(apdu)

    result = bench.tap(Mute(EngineLink(card), 0, world.removed_before), now=NOW)
    assert result.decision.outcome == "refused"
    assert len(bench.machine.pending) == 1
    assert bench.tap(card, now=NOW).decision.recovered


def test_a_forged_or_foreign_proof_is_caught_while_the_psam_holds_the_session() -> None:
    """Log unreadable, one ahead by a ride elsewhere: MAC2 does not fit the session."""
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-before")
    elsewhere(card, 1)

    class NoLog(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            log = apdu[:2] == b"\x00\xb2" and apdu[3] == 0xC4
            return b"\x69\x82" if log else self._link.transmit(apdu)

    result = bench.tap(NoLog(EngineLink(card), 0, world.removed_before), now=NOW)
    assert (result.decision.outcome, result.decision.code) == ("refused", "YKT-12")
    assert result.dispute is not None


def test_log_without_proof_is_accepted_as_log() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-after")

    class NoProof(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            return b"\x94\x06" if apdu[1] == 0x5A else self._link.transmit(apdu)

    result = bench.tap(NoProof(EngineLink(card), 0, world.removed_before), now=NOW)
    assert result.decision.recovered
    assert result.clearing is not None
    assert (result.clearing.evidence, result.clearing.tac) == ("log", "")


def test_a_strangers_card_with_the_same_ten_digits_pays_as_usual() -> None:
    """A torn Lingnan Tong payment; then a T-Union card without PAY.APPY, digits alike."""
    bench, card = world.bench(profile("bus-upgraded")), world.card("lnt")
    tap(bench, card, commands_of("bus-upgraded", "lnt"), "removed-after")
    (pending,) = bench.machine.pending
    pan = "31051700" + pending.record.card[-10:] + "9"
    image = personalise(load_card_profile("tunion"), pan=pan, balance=8800)
    result = bench.tap(Card(image, world.counting()), now=NOW)
    assert (result.decision.outcome, result.decision.application) == ("accepted", "tunion")
    assert len(bench.machine.pending) == 1
    assert bench.tap(card, now=NOW).decision.recovered


def test_a_torn_tap_asks_the_counter_with_an_amount_of_nothing() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    tap(bench, card, commands_of("bus-tunion", "tunion"), "removed-after")
    sent: list[bytes] = []

    class Heard(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            sent.append(apdu)
            return self._link.transmit(apdu)

    assert bench.tap(Heard(EngineLink(card), 0, world.removed_before), now=NOW).decision.recovered
    asked = next(apdu for apdu in sent if apdu[1] == 0x50)
    assert asked[6:10] == bytes(4)


@pytest.mark.parametrize(("name", "kind"), [*PAIRS, ("metro-exit", "lnt")])
def test_an_entry_that_a_newer_one_supersedes_is_not_revived(name: str, kind: str) -> None:
    """Two cuts and two restarts within a minute: one debit is claimed once, the next ride paid."""
    terminal = msgspec.structs.replace(
        profile(name), ride=msgspec.structs.replace(profile(name).ride, exit_outside="charge-min")
    ) if name == "metro-exit" else profile(name)  # fmt: skip
    bench, card = world.bench(terminal), world.card(kind)
    link = DeviantLink(EngineLink(world.card(kind)), 0, world.removed_before)
    world.bench(terminal).tap(link, now=NOW)
    assert tap(bench, card, link.count, "removed-before").decision.code == "YKT-11"

    class Torn(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu[1] == 0x54:
                return world.removed_after(self._link, apdu)
            return self._link.transmit(apdu)

    assert bench.tap(Torn(EngineLink(card), 0, world.removed_before), now=NOW).decision.code
    bench.journal.lines.pop()  # the terminal died before the end of that tap was written
    bench = world.restarted(bench)
    second = bench.tap(card, now=NOW)
    assert second.decision.recovered
    assert second.clearing is not None
    bench = world.restarted(bench)
    assert not bench.machine.pending
    third = bench.tap(card, now=NOW)
    assert third.decision.outcome == "accepted"
    assert not third.decision.recovered
    assert third.clearing is not None
    assert third.clearing.counter == second.clearing.counter + 1


def test_a_dispute_outlives_a_terminal_that_dies_in_the_next_debit() -> None:
    """The log has forgotten the first payment; the power goes before the second one's end."""
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    debit = commands_of("bus-tunion", "tunion")
    tap(bench, card, debit, "removed-after")
    elsewhere(card, 10)

    class Torn(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu[1] == 0x54:
                return world.removed_after(self._link, apdu)
            return self._link.transmit(apdu)

    bench.tap(Torn(EngineLink(card), 0, world.removed_before), now="20250601100000")
    bench.journal.lines.pop()
    bench = world.restarted(bench)
    back = bench.tap(card, now="20250601100007")
    assert back.decision.recovered
    assert back.dispute is not None
    assert back.dispute.time == NOW
    again = world.restarted(bench).tap(card, now="20250601100100")
    assert again.dispute is None


def test_a_dispute_is_reported_once() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    debit = commands_of("bus-tunion", "tunion")
    tap(bench, card, debit, "removed-after")
    elsewhere(card, 10)

    class Torn(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            if apdu[1] == 0x54:
                return world.removed_after(self._link, apdu)
            return self._link.transmit(apdu)

    first = bench.tap(Torn(EngineLink(card), 0, world.removed_before), now="20250601100000")
    assert first.dispute is not None
    assert bench.tap(card, now="20250601100007").dispute is None


@pytest.mark.parametrize("sw", [0x6985, 0x9302, 0x9401, 0x6581, 0x6F00])
def test_a_debit_that_was_done_and_is_said_to_be_refused(sw: int) -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    link = DeviantLink(EngineLink(card), commands_of("bus-tunion", "tunion"), world.lied(sw))
    result = bench.tap(link, now=NOW)
    assert (result.decision.outcome, result.decision.amount) == ("accepted", FARE)
    assert not result.decision.recovered
    assert result.clearing is not None
    assert result.clearing.evidence == "mac2"
    assert world.balance_of(card, "tunion") == 8800 - FARE
    assert not bench.machine.pending


def test_a_debit_said_to_be_refused_by_a_card_that_says_no_more_is_left_open() -> None:
    bench, card = world.bench(profile("bus-tunion")), world.card("tunion")
    debit = commands_of("bus-tunion", "tunion")

    class Dumb(DeviantLink):
        def transmit(self, apdu: bytes) -> bytes:
            answer = super().transmit(apdu)
            return answer if self.count <= debit else b"\x69\x85"

    result = bench.tap(Dumb(EngineLink(card), debit, world.lied(0x6985)), now=NOW)
    assert (result.decision.outcome, result.decision.code) == ("retry", "YKT-11")
    assert len(bench.machine.pending) == 1
    assert bench.tap(card, now=NOW).decision.recovered
