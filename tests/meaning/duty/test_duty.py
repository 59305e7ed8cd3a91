"""Visits written by hand, without any engine: each breaks one rule, or none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.meaning.duty.story import CLOCK, TERMINAL, TERMS, Story, good, rules
from ykt_sim.codes import AID_LNT_BASIC, INS, LntSubType, TransactionType
from ykt_sim.errors import ReadError
from ykt_sim.meaning.duty import DUTIES, Duty, Purse, State, Visit, Who, visits
from ykt_sim.meaning.duty.alike import Kind, Seen, kind_of, same
from ykt_sim.meaning.duty.due import Due, Price, due
from ykt_sim.meaning.duty.record import recorded
from ykt_sim.meaning.duty.seen import Transaction
from ykt_sim.meaning.duty.terms import Place
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.wire.apdu import build
from ykt_sim.wire.files import BusRecord, LntTransactionRecord, MonthlyStatistics


def test_a_good_visit_breaks_nothing() -> None:
    assert rules(good()) == []
    assert rules(good().enter().begin().debit().paid()) == []


def _torn(*, done: bool) -> Story:
    return Story().enter().begin().debit(heard=False, done=done).end("retry", code="X")


CASES: dict[str, tuple[Story, str]] = {
    "a good card refused": (Story().enter().end("refused"), "D-GOOD"),
    "free": (Story().enter().end("accepted"), "D-FREE"),
    "expired": (
        Story(dates={"lnt": ["20240101", "20250531"]}).enter().begin().debit().paid(), "D-EXPIRY",
    ),
    "not valid yet": (
        Story(dates={"lnt": ["20250602", "20300101"]}).enter().begin().end("refused"), "D-START",
    ),
    "no dates": (Story(dates={"lnt": ["F" * 8] * 2}).enter().begin().end("refused"), "D-NO-DATE"),
    "black": (Story(number="0000000009").enter().begin().end("refused"), "D-BLACK"),
    "blocked": (Story(blocked="lnt").enter().begin().end("refused"), "D-BLOCKED"),
    "no purse": (Story(standards=[]).enter().begin().end("refused"), "D-NO-APPLICATION"),
    "too little": (Story(189).enter().begin().debit().paid(), "D-ENOUGH"),
    "too much asked": (Story().enter().begin(191).debit().paid(), "D-PRICE"),
    "other amount said": (
        (story := Story().enter().begin().debit()).end("accepted", 200, record=story.sent),
        "D-SAID",
    ),
    "twice": (Story().enter().begin().debit().begin().debit().paid(), "D-ONCE"),
    "taken": (Story(189).enter().begin().end("refused"), ""),
    "a fen lost": (Story().enter().begin().end("retry"), "D-GOOD"),
    "gone and let through": (
        Story().enter().begin().debit(heard=False).paid(), "D-TORN-NOW",
    ),
    "torn, done, paid again": (_torn(done=True).enter().begin().debit().paid(), "D-TORN-TWICE"),
    "torn, done, refused": (_torn(done=True).enter().begin(0).end("refused"), "D-TORN-BACK"),
    "torn, done, settled": ((story := _torn(done=True)).enter().begin(0).paid(), ""),
    "torn, not done, free": (
        (story := _torn(done=False)).enter().begin(0).paid(), "D-TORN-FREE",
    ),
    "torn, not done, paid": (_torn(done=False).enter().begin(0).begin().debit().paid(), ""),
    "other terminal": (
        Story().enter().begin(terminal="9" * 12).debit().paid(terminal="9" * 12), "D-TERMINAL",
    ),
    "other key": (Story().enter().begin(key_index=0).debit().paid(), "D-KEY"),
    "other time": (Story().enter().begin().debit("00C80601081833").paid(), "D-CLOCK"),
    "fare is charge": (Story().enter().begin().debit("00BE0601081733").paid(), "D-FARE"),
    "serial again": (good().enter().begin().debit(again=0).paid(), "D-SERIAL"),
    "after a refusal": (
        Story().enter().begin(sw=b"\x69\x85").debit(done=False).end("refused"), "D-REFUSED",
    ),
    "no record": ((story := Story().enter().begin().debit()).end("accepted", 190), "D-CLEARED"),
    "record of a refusal": (Story(0).enter().end("refused", record=good().sent), "D-CLEARED"),
    "other counter": (Story().enter().begin().debit().paid(counter=6), "D-CLEARING"),
    "other TAC": (Story().enter().begin().debit().paid(tac="00000000"), "D-TAC"),
    "number again": (
        Story().enter().begin().debit().paid(sequence=1).enter().begin().debit().paid(sequence=1),
        "D-SEQUENCE",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_wrong_visit_breaks_its_rule_first(name: str) -> None:
    story, due = CASES[name]
    found = rules(story)
    assert (found[:1] or [""]) == [due], found


@pytest.mark.parametrize(("direction", "sub_type", "due"), [
    ("entry", "11", []), ("entry", "17", ["D-LNT-RIDE"]), ("exit", "17", []),
    ("exit", "11", ["D-LNT-RIDE"]), ("exit", "14", ["D-LNT-RIDE"]), ("single", "14", []),
])  # fmt: skip
def test_the_sub_type_tells_the_end_of_a_ride(
    direction: str, sub_type: str, due: list[str]
) -> None:
    story = Story().enter().begin().debit(f"00C806010817{sub_type}").paid()
    record = "" if direction == "single" else "2701"
    visit = next(visits(story.events))
    terms = msgspec.structs.replace(TERMS, direction=direction, record=record)
    assert [one.rule.id for one in recorded(terms, visit)] == due


def test_money_that_vanishes_from_a_card_is_missed() -> None:
    story = Story().enter()
    story.balance -= 1
    assert "D-TAKEN" in rules(story.end("refused"), black=frozenset({"5100000000000001"}))
    story = Story().enter().begin().debit()
    story.balance -= 1
    assert rules(story.paid()) == ["D-MOVED"]


def test_what_nobody_declared_is_left_open() -> None:
    story = Story()
    story.events.pop(0)  # nobody says who the card is
    duty = Duty(TERMS)
    visit = next(visits(story.enter().end("refused").events))
    assert duty.judge(visit) == ()
    assert duty.unsure == {"nobody knows what the card is": 1}


def test_the_log_of_a_wallet_tells_of_twelve_transactions_and_no_more() -> None:
    def back(away: int) -> Story:
        story = _torn(done=True)
        for _ in range(away):
            story._note("elsewhere", card="A", standard="lnt")
        return story.enter().begin().debit().paid()

    assert rules(back(11)) == ["D-TORN-TWICE"]
    assert rules(back(12)) == []


def _line(sub_type: LntSubType, kind: TransactionType = TransactionType.EP_PURCHASE) -> str:
    return LntTransactionRecord.pack(
        counter=5, amount=0, type=kind, terminal=TERMINAL, fare=0, month_day="0601",
        hour_minute="0800", sub_type=sub_type,
    ).hex()  # fmt: skip


@pytest.mark.parametrize(
    ("ride", "due"),
    [
        (_line(LntSubType.METRO_ENTRY, TransactionType.COMPOSITE_PURCHASE), []),
        (_line(LntSubType.METRO_EXIT, TransactionType.COMPOSITE_PURCHASE), ["D-OUTSIDE"]),
        ("", ["D-OUTSIDE"]),
        (None, []),
    ],
)
def test_a_ride_is_open_whatever_follows_its_entry_in_the_log(
    ride: str | None, due: list[str]
) -> None:
    story = Story(log=_line(LntSubType.LOAD), ride=ride).enter().begin(190)
    terms = msgspec.structs.replace(TERMS, direction="exit", record="2701", exit_outside="refuse")
    duty = Duty(terms)
    found = [one.rule.id for one in duty.judge(next(visits(story.debit().paid().events)))]
    assert [rule for rule in found if rule == "D-OUTSIDE"] == due
    assert bool(duty.unsure) is (ride is None)


@pytest.mark.parametrize(
    ("clock", "sent", "due"),
    [
        ("20251231235959", "00C80101000011", []),
        ("20260101000000", "00C81231235911", []),
        ("20251231235959", "00C80102000011", ["D-CLOCK"]),
        ("20240229000000", "00C80228235911", []),
    ],
)
def test_a_time_without_a_year_is_held_to_the_clock_over_new_year(
    clock: str, sent: str, due: list[str]
) -> None:
    story = Story().enter().begin().debit(sent).paid()
    for event in story.events:
        if isinstance(event, Note) and event.text == "tap":
            event.data["clock"] = clock
    assert rules(story, tolerance_s=2) == due


def _ridden(fen: int, *, month: str = "06", number: int = 1) -> Visit:
    """A T-Union card with so much in both sums of a month, before it pays."""
    statistics = MonthlyStatistics.pack(
        year="25", month=month, metro_rides=1, rides=1, sum_1=fen, sum_2=fen
    )
    purse = Purse(balance=9000, available=9000, offline=1, online=1, month=statistics.hex())
    who = Who(standards=("tunion",), dates={"tunion": ("20240101", "20301231")})
    return Visit(
        number=number, card=str(number), clock=CLOCK, who=who, before=State(9000, {"tunion": purse})
    )


def test_a_monthly_sum_above_a_known_step_may_earn_a_discount() -> None:
    terms = msgspec.structs.replace(TERMS, priority=("tunion",))
    amounts = {fen: due(terms, _ridden(fen)).price for fen in (0, 6000, 6001, 30000)}
    assert [price and price.amount for price in amounts.values()] == [200, 200, None, None]
    assert due(terms, _ridden(30000, month="05")).fits("tunion", 200)
    assert not due(terms, _ridden(30000, month="05")).fits("tunion", 100)


def test_like_cards_pay_alike() -> None:
    terms = msgspec.structs.replace(TERMS, priority=("tunion",))

    def paid(amount: int) -> Transaction:
        return next(visits(Story().enter().begin(amount).debit().paid().events)).transactions[0]

    def kind(fen: int, **more: Any) -> Kind | None:
        tx = msgspec.structs.replace(paid(190), standard="tunion")
        return kind_of(terms, _ridden(fen, **more), tx)

    assert kind(7999) == kind(8000) == kind(6001) != kind(8001)
    assert kind(0) == kind(30000, month="05") != kind(30000)
    fares = {kind(7999): Seen(190, 1)}
    found = list(same(fares, kind(8000), _ridden(8000, number=2), paid(160)))
    assert [one.rule.id for one in found] == ["D-SAME"]
    assert "160 fen for a ride that cost 190 fen in tap 1" in found[0].why
    assert not list(same(fares, kind(8001), _ridden(8001), paid(160)))


def _aboard(marked: int, city: str = "5810", **terms: Any) -> Due:
    """What a card pays at the next boarding that never alighted."""
    record = BusRecord.pack(
        record_serial="0" * 16, state=1, boarding_city=city, boarding_acquirer="1" * 16,
        boarding_operator="0000", boarding_line="3300", boarding_station="01",
        boarding_vehicle=b"00000000", boarding_terminal="0" * 16, boarding_datetime=CLOCK,
        maximum_amount=marked,
    )  # fmt: skip
    purse = Purse(balance=9000, available=9000, offline=1, online=1, bus=record.hex())
    visit = msgspec.structs.replace(_ridden(0), before=State(9000, {"tunion": purse}))
    declared = {
        "priority": ("tunion",), "direction": "entry", "record": "2702", "fare": {"tunion": 0},
        "maximum": {"tunion": 500}, "minimum": {"tunion": 200}, "highest": 500,
        "entry_inside": "charge-max", "place": Place(city="5810", terminal=TERMINAL),
    }  # fmt: skip
    return due(msgspec.structs.replace(TERMS, **declared | terms), visit)


def test_who_never_alights_pays_what_was_marked() -> None:
    assert _aboard(500).price == Price("tunion", 500, 700, 500)
    assert _aboard(1234).price == Price("tunion", 1234, 1434, 1234)
    assert _aboard(100).price == Price("tunion", 100, 300, 100)
    assert _aboard(0).price == Price("tunion", 500, 700, 500)
    # What a marked fare comes to with a discount of the standard's own, nobody declares.
    assert "is not declared" in _aboard(1234, maximum={"tunion": 475}).unsure
    away = {"direction": "exit", "unknown_station": "charge-max"}
    assert _aboard(500, "5820", **away).price == Price("tunion", 500, 500, 500)
    open_ = _aboard(1234, "5820", **away)
    assert "whether an exit takes its own" in open_.unsure
    assert [open_.fits("tunion", fen) for fen in (500, 1234, 300)] == [True, True, False]


def test_all_words_for_blocked_are_met_alike() -> None:
    def met(*words: int, passed: int) -> list[str]:
        """One tap for each word; the card is let through after that one."""
        duty, found = Duty(TERMS), []
        for sw in words:
            story = Story().enter()
            story.events[-2] = Exchange(
                t=0, channel="card", command=build(0, INS.SELECT, 4, 0, AID_LNT_BASIC, 0),
                response=sw.to_bytes(2, "big"),
            )  # fmt: skip
            story.begin().debit() if sw == passed else story
            story.end("accepted" if sw == passed else "refused")
            visit = next(visits(story.events))
            found += duty.judge(msgspec.structs.replace(visit, spoilt=True, card=str(sw)))
        return [one.rule.id for one in found if one.rule.id == "D-BLOCKED-ALIKE"]

    assert met(0x6283, 0x6284, 0x9303, passed=0) == []
    assert met(0x6283, 0x6284, 0x9303, passed=0x6284) == ["D-BLOCKED-ALIKE"]
    assert met(0x6283, 0x6A81, passed=0x6A81) == []  # which says other things as well


def test_the_same_card_again_is_met_as_declared() -> None:
    twice = good().enter().begin().debit().paid()
    assert rules(twice, again="refuse") == ["D-AGAIN"]


def _journaled(**changed: Any) -> Story:
    """A good visit whose journal was seen, changed in the pending entry or at the end."""
    story = good()
    decision = {"outcome": "accepted", "amount": 190, "code": ""}
    record = {"amount": 190, "counter": 5, "standard": "lnt"} | changed
    story._note("journal", entry="pending", record=record)
    told = changed.get("told", decision)
    story._note("journal", entry="tap", decision=told, clearing=story.sent)
    return story


def test_the_journal_holds_what_is_sent_and_what_is_told() -> None:
    assert rules(_journaled()) == []
    assert rules(_journaled(counter=4)) == ["D-JOURNAL"]
    assert rules(_journaled(told={"outcome": "refused"})) == ["D-JOURNAL"]


def test_a_terminal_without_recovery_may_debit_again() -> None:
    again = _torn(done=True).enter().begin().debit().paid()
    assert rules(again, recovery=False) == []


def test_a_card_that_has_paid_much_may_pay_less() -> None:
    story = Story(9000)
    for _ in range(2):
        story.enter().begin(4000).debit("0FA00601081733").paid()
    terms = {"fare": {"lnt": 4000}, "full": 4000}
    assert rules(story.enter().begin(500).debit("0FA00601081733").paid(), **terms) == []
    assert rules(story.enter().end("refused"), **terms) == []
    less = Story().enter().begin(500).debit("0FA00601081733").paid()
    assert rules(less, **terms) == ["D-ENOUGH", "D-PRICE"]


def test_what_a_silent_terminal_makes_of_a_torn_card_is_not_known() -> None:
    story = _torn(done=True).enter().begin(0).end("refused")
    story.events = [
        event
        for event in story.events
        if not (isinstance(event, Note) and event.text == "decision")
    ]
    assert rules(story) == []


def test_a_card_without_a_name_owes_nothing_later() -> None:
    story = _torn(done=True).enter().begin().debit().paid()
    for event in story.events:
        if isinstance(event, Note) and event.text == "tap":
            event.data["card"] = ""
    assert rules(story) == []


def test_facts_without_their_shape_are_refused() -> None:
    story = good()
    story.events.append(Note(t=0, text="issued", data={"card": "B"}))
    with pytest.raises(ReadError, match=r"a note of a tap or card: .*standards"):
        list(visits(story.events))
    story.events[-1] = Note(t=0, text="tap", data={"number": "two"})
    with pytest.raises(ReadError, match="Expected `int`"):
        list(visits(story.events))


def test_every_rule_says_where_it_stands() -> None:
    assert all(rule.id == f"D-{name}" and rule.source for name, rule in DUTIES.items())


@pytest.mark.parametrize(
    ("began", "expiry", "found"),
    [
        ("0531", "20250531", []),
        ("0530", "20250531", ["D-EXPIRY"]),
        ("0531", "20250530", ["D-EXPIRY"]),
        ("0601", "20250531", ["D-EXPIRY"]),
    ],
)
def test_what_is_due_from_a_card_that_expired_on_its_ride_is_left_open(
    began: str, expiry: str, found: list[str]
) -> None:
    entry = LntTransactionRecord.pack(
        counter=5, amount=0, type=TransactionType.COMPOSITE_PURCHASE, terminal=TERMINAL, fare=0,
        month_day=began, hour_minute="2350", sub_type=LntSubType.METRO_ENTRY,
    )  # fmt: skip

    def ride() -> Story:
        return Story(log=entry.hex(), dates={"lnt": ["20240101", expiry]}).enter()

    assert rules(ride().end("refused"), direction="exit") == []
    let_out = rules(ride().begin().debit().paid(), direction="exit")
    assert [rule for rule in let_out if rule == "D-EXPIRY"] == found
    assert "D-EXPIRY" in rules(ride().begin().debit().paid(), direction="single")
    bought = LntTransactionRecord.pack(
        counter=6, amount=190, type=TransactionType.EP_PURCHASE, terminal=TERMINAL, fare=190,
        month_day="0601", hour_minute="0005", sub_type=0,
    )  # fmt: skip
    since = Story(log=bought.hex(), ride=entry.hex(), dates={"lnt": ["20240101", expiry]})
    let_out = rules(since.enter().begin().debit().paid(), direction="exit")
    assert [rule for rule in let_out if rule == "D-EXPIRY"] == found


def _untold() -> Story:
    """The terminal died after the debit and before it said anything."""
    story = Story().enter().begin().debit()
    story._facts("after")
    return story


def _already(story: Story, amount: int = 0) -> Story:
    story.enter().begin(0)
    story._note("decision", outcome="accepted", amount=amount, code="", already=True)
    story._facts("after")
    return story


def test_who_was_never_told_may_be_told_once() -> None:
    assert rules(_already(_untold())) == []
    assert rules(_already(_untold(), 190)) == ["D-SAID"]
    assert rules(_already(_already(_untold()))) == ["D-FREE"]
    assert rules(_already(good())) == ["D-FREE"]
    assert rules(_already(Story())) == ["D-FREE"]


def test_a_refusal_that_the_card_disproves_is_no_free_ride() -> None:
    def story(*, proof: bool) -> Story:
        told = Story().enter().begin().debit()
        at = next(i for i, e in enumerate(told.events) if isinstance(e, Note) and e.text == "tap")
        told.events[at].data["mutation"] = "DEBIT is said to be refused"
        last = told.events[-1]
        told.events[-1] = msgspec.structs.replace(last, response=b"\x69\x85")
        if proof:
            told.said(bytes.fromhex("805A000602000608"), bytes(8) + b"\x90\x00")
        return told.paid()

    assert rules(story(proof=True)) == []
    assert rules(story(proof=False)) == ["D-FREE"]
