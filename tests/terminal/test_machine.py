"""The table: playbooks of whole taps, refusals, and what does not belong."""

from __future__ import annotations

import pytest

from tests.terminal import playbook as pb
from tests.terminal.playbook import NOW, Play, no, ok, sam, started, variant
from ykt_sim.errors import UsageError
from ykt_sim.profiles.terminals import MonthlyStep
from ykt_sim.terminal import Machine, Phase, TransitionError, state_diagram
from ykt_sim.terminal import actions as do
from ykt_sim.terminal import events as ev
from ykt_sim.terminal.machine import TRANSITIONS
from ykt_sim.terminal.phases import INNER

TRIP = (
    "06" + "0000413130100137" + "02" + "00020600000004" + "000000A0" + "000021C0" + NOW
    + "3010" + "10083010FFFFFFFF" + "000000000000"
)  # fmt: skip


def read_tunion(machine: Machine) -> Play:
    """Up to the balance at a T-Union bus that goes by PPSE."""
    return (
        Play(machine)
        .card(pb.PPSE, ok(pb.DUAL_PPSE))
        .card(pb.SELECT_EP, ok(pb.FCI))
        .card("00B097003C", ok(pb.EF17))
        .card("00B201F400", ok("00" * 48))
        .card("805C030204", ok("00002260"))
    )


def pay_tunion(machine: Machine) -> Play:
    """Up to DEBIT, which is on its way."""
    return (
        read_tunion(machine)
        .card("805003020B01000000A04131301001370F", ok(pb.INIT))
        .sam(
            "8070000024584633C90007000000A009" + NOW + "0100" + "4870395000000827"
            "02205810FFFFFFFF08",
            sam(pb.MAC1),
        )
        .card("80DC00F030" + TRIP, ok())
    )


def test_flat_tunion_tap() -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).card("805401000F0000002A" + NOW + "1122334408", ok(pb.TAC_MAC2))
    play.sam("807200000455667788", sam())
    decision, clearing = play.end.decision, play.end.clearing
    assert (decision.outcome, decision.amount, decision.code) == ("accepted", 160, "")
    assert (decision.balance_before, decision.balance_after) == (8800, 8640)
    assert decision.card == "310487*********0827"
    assert clearing is not None
    assert (clearing.tac, clearing.mac2, clearing.evidence) == ("AABBCCDD", "55667788", "mac2")
    assert (clearing.terminal_serial, clearing.counter, clearing.type) == ("0000002A", 7, 9)
    assert machine.phase is Phase.IDLE
    assert not machine.pending
    assert len(play.journal) == 2


def test_the_pending_entry_is_written_before_debit_is_sent() -> None:
    machine = started("bus-tunion")
    read_tunion(machine).card("8050", ok(pb.INIT)).sam("8070", sam(pb.MAC1))
    actions = machine.handle(ok())
    assert [type(action) for action in actions] == [do.WriteJournal, do.SendCard]


def test_lingnan_tong_tap() -> None:
    machine = started("bus-legacy")
    play = (
        Play(machine)
        .card(pb.SELECT_BASIC, ok("6F0A84085041592E41505059"))
        .card("00B0950046", ok(pb.LNT15))
        .card(pb.SELECT_WALLET, ok())
        .card("00B201C400", ok("00" * 23))
        .card("805C030204", ok("00002260"))
        .card("805001020B01000000BE4131581001010F", ok(pb.INIT))
        .sam(
            "807000001C584633C90007000000BE06" + "00C80601080000" + "0100" + "510000950000008208",
            sam(pb.MAC1),
        )
        .card("805401000F0000002A00C8060108000011223344", ok(pb.TAC_MAC2))
        .sam("8072", sam())
    )
    clearing = play.end.clearing
    assert clearing is not None
    assert (clearing.amount, clearing.fare, clearing.datetime) == (190, 200, "00C80601080000")
    assert (clearing.standard, clearing.issuer, clearing.card) == ("lnt", "", "5100009500000082")


@pytest.mark.parametrize(("month", "amount"), [("06", 100), ("05", 190)])
def test_the_month_of_a_lingnan_tong_card_is_read_from_record_1_of_file_08(
    month: str, amount: int
) -> None:
    """Year, month and sums stand there; what was paid in another month counts no more."""
    steps = (MonthlyStep(over=8000, percent=50),)
    play = (
        Play(started(variant("bus-legacy", fare__monthly=steps)))
        .card(pb.SELECT_BASIC, ok("6F0A84085041592E41505059"))
        .card("00B0950046", ok(pb.LNT15))
        .card("00B2014400", ok(f"18140025{month}" + "00" * 7 + "2328" + "00" * 8))
        .card(pb.SELECT_WALLET, ok())
        .card("00B201C400", ok("00" * 23))
        .card("805C030204", ok("00002260"))
    )
    assert play.waiting == f"805001020B01{amount:08X}4131581001010F"


def test_lnt_probe_first_then_ppse() -> None:
    play = Play(started("bus-upgraded")).card(pb.SELECT_BASIC, no(0x6A82))
    play.card(pb.PPSE, ok(pb.DUAL_PPSE)).card(pb.SELECT_EP, ok(pb.FCI))
    assert play.waiting.startswith("00B097")


def test_ppse_first_resets_before_it_looks_for_lingnan_tong() -> None:
    only_ecash = (
        "6F2A840E325041592E5359532E4444463031A518BF0C1561134F08A00000063201010650044D4F5454870101"
    )
    play = Play(started("ferry-upgraded")).card(pb.PPSE, ok(only_ecash)).reset()
    assert play.waiting == pb.SELECT_BASIC


def test_without_ppse_the_aids_are_tried_directly() -> None:
    play = Play(started("ferry-upgraded")).card(pb.PPSE, no(0x6A82)).card(pb.SELECT_EP, no(0x6A82))
    assert play.waiting == pb.SELECT_BASIC
    play.card(pb.SELECT_BASIC, no(0x6A82))
    assert play.end.decision.code == "YKT-01"


def test_a_phones_long_aid_is_selected_as_listed() -> None:
    aid = "A0000006320101055800022058100000"
    ppse = "6F29840E325041592E5359532E4444463031A517BF0C1461124F10" + aid
    play = Play(started("bus-tunion")).card(pb.PPSE, ok(ppse))
    assert play.waiting == "00A4040010" + aid + "00"


def tunion_until_init(machine: Machine, fci: str = pb.FCI, ef17: str = pb.EF17) -> Play:
    return (
        Play(machine)
        .card(pb.PPSE, ok(pb.DUAL_PPSE))
        .card(pb.SELECT_EP, ok(fci))
        .card("00B097003C", ok(ef17))
        .card("00B201F400", ok("00" * 48))
    )


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("02205810", "09999999", "2449"),
        ("03104870395", "03104899995", "5469"),
        ("20240715", "20250602", "YKT-03"),
        ("20240715", "20250601", ""),
        ("20401215", "20250531", "YKT-04"),
        ("20401215", "20250601", ""),
        ("20401215", "FFFFFFFF", "YKT-17"),
    ],
)
def test_refused_cards_see_no_initialize(old: str, new: str, code: str) -> None:
    play = tunion_until_init(started("bus-tunion"), pb.FCI.replace(old, new))
    if code:
        assert play.end.decision.code == code
        assert play.end.decision.outcome == "refused"
        assert play.end.clearing is None
    else:
        assert play.waiting == "805C030204"


def test_white_list_by_profile() -> None:
    profile = variant(
        "bus-tunion", white_list__registered=False, white_list__pairs=(("09981001", "31052280"),)
    )
    assert tunion_until_init(started(profile)).end.decision.code == "2449"


def test_black_list() -> None:
    profile = variant("bus-tunion", black_list=("3104870395000000827",))
    assert tunion_until_init(started(profile)).end.decision.code == "YKT-06"


def test_interoperability_flag() -> None:
    refused = pb.EF17.replace("58400001", "58400000")
    assert tunion_until_init(started("bus-tunion"), ef17=refused).end.decision.code == "YKT-05"
    own = variant("bus-tunion", interoperability__own=("02205810",))
    assert tunion_until_init(started(own), ef17=refused).waiting == "805C030204"
    short = tunion_until_init(started("bus-tunion"), ef17=pb.EF17[:22])
    assert short.waiting == "805C030204"


ECASH_FCI = (
    "6F368408A000000632010106A52ABF0C27DF610182DF1120"
    "02205810FFFFFFFF013104870395000000827F01010000015658005810000100"
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ok(ECASH_FCI), ""),
        (ok(ECASH_FCI.replace("5810000100", "5810000000")), "YKT-05"),
        (ok("6F0A8408A000000632010106"), "YKT-05"),
        (no(0x6A82), "YKT-05"),
    ],
)
def test_interoperability_from_the_ecash(answer: ev.Event, code: str) -> None:
    play = (
        Play(started("bus-tunion"))
        .card(pb.PPSE, ok(pb.DUAL_PPSE))
        .card(pb.SELECT_EP, ok(pb.FCI))
        .card("00B097", no(0x6A82))
        .card(pb.SELECT_EC, answer)
        .card(pb.SELECT_EP, ok(pb.FCI))
        .card("00B201F4", ok("00" * 48))
    )
    if code:
        assert play.end.decision.code == code
    else:
        assert play.waiting == "805C030204"


@pytest.mark.parametrize(("fallback", "code"), [("accept", ""), ("refuse", "YKT-05")])
def test_interoperability_fallback_by_profile(fallback: str, code: str) -> None:
    play = (
        Play(started(variant("bus-tunion", interoperability__fallback=fallback)))
        .card(pb.PPSE, ok(pb.DUAL_PPSE))
        .card(pb.SELECT_EP, ok(pb.FCI))
        .card("00B097", no(0x6A82))
        .card("00B201F4", ok("00" * 48))
    )
    if code:
        assert play.end.decision.code == code
    else:
        assert play.waiting == "805C030204"


@pytest.mark.parametrize("sw", [0x6283, 0x6284, 0x9303, 0x6A81, 0x9407])
def test_blocked_applications(sw: int) -> None:
    play = Play(started("bus-tunion")).card(pb.PPSE, ok(pb.DUAL_PPSE)).card(pb.SELECT_EP, no(sw))
    assert play.end.decision.code == "YKT-02"
    play = read_tunion(started("bus-tunion")).card("8050", no(sw))
    assert play.end.decision.code == "YKT-02"


@pytest.mark.parametrize(
    ("actual", "available", "code"),
    [(0, 0, "2731"), (100, 100, "YKT-07"), (0, 159, "2731"), (100, 160, ""), (0, 500, "")],
)
def test_balance_with_overdraft(actual: int, available: int, code: str) -> None:
    play = tunion_until_init(started("bus-tunion")).card("805C030204", ok(f"{actual:08X}"))
    play.card("805C000204", ok(f"{available:08X}"))
    if code:
        assert play.end.decision.code == code
        assert play.end.decision.balance_before == actual
    else:
        assert play.waiting.startswith("80500302")


def test_overdraft_switched_off() -> None:
    profile = variant("bus-tunion", purchase__overdraft=False)
    play = tunion_until_init(started(profile)).card("805C030204", ok("00000064"))
    assert play.end.decision.code == "YKT-07"


def test_the_top_bit_of_a_balance_is_no_money() -> None:
    play = tunion_until_init(started("bus-tunion")).card("805C030204", ok("80000010"))
    assert play.waiting == "805C000204"  # 16 fen are too little; 2^31 fen would not be


@pytest.mark.parametrize(("balance", "code"), [(0, "2731"), (1, "YKT-07")])
def test_initialize_tells_no_money_from_too_little(balance: int, code: str) -> None:
    play = read_tunion(started("bus-tunion")).card("8050", ok(f"{balance:08X}" + pb.INIT[8:]))
    assert play.end.decision.code == code


def test_initialize_is_judged_too() -> None:
    play = read_tunion(started("bus-tunion")).card("8050", ok("00000010" + pb.INIT[8:]))
    assert play.end.decision.code == "YKT-07"
    play = read_tunion(started("bus-tunion")).card("8050", no(0x9401))
    assert play.end.decision.code == "YKT-07"


def test_wrong_mac2_is_disputed_and_not_accepted() -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).card("8054", ok(pb.TAC_MAC2)).sam("8072", ev.SamRefused(0x9302))
    end = play.end
    assert (end.decision.outcome, end.decision.code) == ("refused", "YKT-12")
    assert end.decision.disputed
    assert end.decision.amount == 0
    assert end.clearing is None
    assert end.dispute is not None
    assert (end.dispute.tac, end.dispute.evidence) == ("AABBCCDD", "none")
    assert not machine.pending


@pytest.mark.parametrize("event", [ev.CardRemoved(), ev.TimedOut(), ok("AABB")])
def test_torn_debit_keeps_the_entry(event: ev.Event) -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).event(event)
    assert (play.end.decision.outcome, play.end.decision.code) == ("retry", "YKT-11")
    assert play.end.clearing is None
    (pending,) = machine.pending
    assert pending.record.counter == 7


@pytest.mark.parametrize(
    ("sw", "code"),
    [(0x9302, "YKT-09"), (0x9401, "YKT-07"), (0x6581, "YKT-09"), (0x9303, "YKT-02")],
)
def test_a_refused_debit_is_believed_when_the_counter_stands(sw: int, code: str) -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).card("8054", no(sw))
    assert len(machine.pending) == 1
    play.card("80500302", ok(pb.INIT))
    assert (play.end.decision.outcome, play.end.decision.code) == ("refused", code)
    assert not machine.pending


@pytest.mark.parametrize("event", [ev.CardRemoved(), ev.TimedOut(), ok("AABB"), no(0x6985)])
def test_a_refused_debit_that_cannot_be_asked_for_keeps_the_entry(event: ev.Event) -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).card("8054", no(0x6985)).card("80500302", event)
    assert (play.end.decision.outcome, play.end.decision.code) == ("retry", "YKT-11")
    assert "DEBIT: 6985, then " in play.end.decision.reason
    assert len(machine.pending) == 1


def test_psam_silent_over_mac2_keeps_the_entry() -> None:
    for event in (ev.SamRefused(0x6901), ev.TimedOut()):
        machine = started("bus-tunion")
        play = pay_tunion(machine).card("8054", ok(pb.TAC_MAC2)).event(event)
        assert (play.end.decision.outcome, play.end.decision.code) == ("retry", "YKT-13")
        assert len(machine.pending) == 1


def test_a_removal_while_mac2_is_checked_changes_nothing() -> None:
    machine = started("bus-tunion")
    play = pay_tunion(machine).card("8054", ok(pb.TAC_MAC2))
    assert machine.handle(ev.CardRemoved()) == ()
    play.sam("8072", sam())
    assert play.end.decision.outcome == "accepted"


def test_psam_failures_before_debit() -> None:
    for event in (ev.SamRefused(0x9403), ev.TimedOut(), sam("00")):
        play = read_tunion(started("bus-tunion")).card("8050", ok(pb.INIT)).event(event)
        assert play.end.decision.code == "YKT-13"
        assert play.end.decision.outcome == "refused"


def test_psam_application_is_changed_when_needed() -> None:
    machine = started("ferry-upgraded")  # stands in 8011
    play = (
        Play(machine)
        .card(pb.PPSE, no(0x6A82))
        .card(pb.SELECT_EP, no(0x6A82))
        .card(pb.SELECT_BASIC, ok())
        .card("00B095", ok(pb.LNT15))
        .card(pb.SELECT_WALLET, ok())
        .card("00B201C4", no(0x6A83))
        .card("805C", ok("00002260"))
        .card("80500102", ok(pb.INIT))
        .sam("00A4000002801200", sam("6F00"))
    )
    assert play.waiting.startswith("807000001C")


def test_out_of_service_and_back() -> None:
    machine = Machine(variant("bus-tunion"))
    machine.handle(ev.Started())
    assert machine.handle(ev.SamRefused(0x6A82)) == ()
    assert machine.phase is Phase.OUT_OF_SERVICE
    assert Play(machine).end.decision.code == "YKT-21"
    assert machine.handle(ev.CardRemoved()) == ()
    machine.handle(ev.Started())
    assert machine.phase is Phase.SAM_OPEN


def test_unlisted_pairs_raise_and_change_nothing() -> None:
    """Every pair of phase and outside event that is no row."""
    outside = [
        ev.Started(), ev.CardPresented(NOW), ok(), no(0x6A82), ev.CardReset(b""),
        ev.CardRemoved(), ev.TimedOut(), sam(), ev.SamRefused(0x6A82),
        ev.HostAnswered(b"", ""), ev.HostConfirmed(), ev.HostRefused(""),
    ]  # fmt: skip
    tried = 0
    for phase in Phase:
        for event in outside:
            if (phase, type(event)) in TRANSITIONS or phase in INNER:
                continue
            machine = started("bus-tunion")
            machine.phase = phase
            tap, pending = machine.context.tap, dict(machine.context.pending)
            with pytest.raises(TransitionError, match=phase.name):
                machine.handle(event)
            assert machine.phase is phase
            assert machine.context.tap is tap
            assert machine.context.pending == pending
            tried += 1
    assert tried > 250


@pytest.mark.parametrize("now", ["", "2025-06-01T0800", "2025060108000", "2025060108000A"])
def test_a_clock_that_is_none(now: str) -> None:
    machine = started("bus-tunion")
    with pytest.raises(UsageError, match="14 digits"):
        machine.handle(ev.CardPresented(now))
    assert machine.phase is Phase.IDLE


def test_signals_from_outside_are_refused() -> None:
    machine = started("bus-tunion")
    with pytest.raises(TransitionError, match="own signal"):
        machine.handle(ev.Pay())


def test_every_waiting_phase_has_rows_for_removal_and_time_out() -> None:
    for phase in Phase:
        if phase in INNER or phase is Phase.OFF:
            continue
        assert (phase, ev.CardRemoved) in TRANSITIONS, phase
        assert (phase, ev.TimedOut) in TRANSITIONS, phase


def test_every_phase_is_reached_and_left() -> None:
    reached = {row.next for row in TRANSITIONS.values()} | {Phase.OFF}
    left = {phase for phase, _ in TRANSITIONS}
    assert reached == set(Phase) == left


def test_state_diagram_shows_the_table() -> None:
    text = state_diagram()
    assert text.startswith("stateDiagram-v2\n    [*] --> OFF\n")
    assert "    DEBIT --> PAYING: CardAnswered\n" in text
    assert "    DEBIT --> RECOVERING: CardRefused\n" in text
    assert "    DEBIT --> IDLE: CardRemoved, TimedOut, Malformed\n" in text
    for phase in Phase:
        assert f"    {phase.name}: {phase.value}\n" in text
    arrows = {(p.name, row.next.name) for (p, _), row in TRANSITIONS.items()}
    assert sum(" --> " in line for line in text.splitlines()) == len(arrows) + 1
