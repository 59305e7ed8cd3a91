"""The card's side of a trace, played to our own terminals and to anything else."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.card.support import counting
from tests.meaning.test_understand import COMMANDS, EVENTS
from tests.rework import replaying as r
from tests.trace.corpus import SYNTHETIC, load, talk
from ykt_sim.bench.bench import Bench
from ykt_sim.bench.tap import TapResult
from ykt_sim.errors import UsageError
from ykt_sim.meaning.cryptograms import Status, check
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.rework.play.card import Player, make_player
from ykt_sim.rework.play.exact import PLAIN_ATR, ExactPlayer
from ykt_sim.rework.play.report import MOST_UNKNOWN, Manner
from ykt_sim.trace.model import Event, Exchange, Header, Note, Removed, Reset, Trace
from ykt_sim.transport import EngineLink

BUS = "tunion-bus-tunion"


def player(trace: Trace, keys: object = KeyRing, **words: object) -> Player:
    return Player(trace, counting(), keys, Manner(**words))  # type: ignore[arg-type]


def ask(subject: Player | ExactPlayer, text: str) -> str:
    return subject.process(bytes.fromhex(text)).hex().upper()


def clock(trace: Trace) -> str:
    return "".join(digit for digit in trace.header.created if digit.isdigit())


def tapped(trace: Trace, subject: Player, now: str, sink: list[Event]) -> TapResult:
    """One tap at a new terminal of the trace's profile; its PSAM checks MAC2."""
    ticks = itertools.count()
    bench = Bench(trace.header.terminal, rng=counting(), clock=lambda: next(ticks) / 1000,
                  sink=sink.append)  # fmt: skip
    amount = 5000 if trace.header.terminal == "load-point" else 0
    return bench.tap(EngineLink(subject), now=now, amount=amount)


# -- golden traces -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYNTHETIC)
@pytest.mark.parametrize("now", ["", "20250303101112"])
def test_our_terminals_are_satisfied(name: str, now: str) -> None:
    """Same decision as recorded, also on another day; the PSAM takes every MAC2."""
    trace = load(name)
    (wanted,) = [e.data for e in trace.events if isinstance(e, Note) and e.text == "decision"]
    subject, events = player(trace), list[Event]()
    result = tapped(trace, subject, now or clock(trace), events)
    decision = result.decision
    for field in ("outcome", "code", "amount", "application", "balance_before", "balance_after",
                  "counter", "direction"):  # fmt: skip
        assert getattr(decision, field) == wanted[field], field
    statuses = {v.status for item in check(events, KeyRing()) for v in item.verdicts}
    assert statuses <= {Status.VALID}
    assert subject.report.unknown == {}
    assert subject.report.warnings == {}
    answers = [e for e in events if isinstance(e, Exchange) and e.channel == "sam"]
    assert all(e.response.endswith(b"\x90\x00") for e in answers)
    assert bool(result.clearing) == bool(wanted["amount"])


def test_randoms_are_new_and_the_rest_is_recorded() -> None:
    trace = load(BUS)
    subject, old = player(trace), [e for e in trace.exchanges if e.channel == "card"]
    subject.power_on()
    for event in old:
        answer = subject.process(event.command)
        if event.command[1] == 0x50:
            assert answer[:11] == event.response[:11]
            assert answer[11:15] != event.response[11:15]
        elif event.command[1] == 0x54:
            assert answer.hex() == "9302"  # the recorded MAC1 is for another random
        else:
            assert answer == event.response


def test_the_atr_is_the_recorded_one() -> None:
    assert player(load(BUS)).power_on().hex().upper() == "3B8880014D54594B542D54557A"
    assert player(talk("0084000004 > 112233449000")).power_on() == PLAIN_ATR


# -- going on ----------------------------------------------------------------------------------


@cache
def purse() -> Trace:
    """A card with 100 yuan that is looked at, pays 1.60 and is looked at again."""
    return r.record(r.card(), r.EP, "805C030204", r.INIT_PURCHASE, r.DEBIT, "805C030204")


def pay(subject: Player, amount: int) -> tuple[int, int, str]:
    """Pay with right codes; gives balance and counter before, and the status word."""
    live = r.Live(KeyRing())
    init = f"805001020B01{amount:08X}{r.TERMINAL}0F"
    answers = []
    for text in (r.EP, init, r.DEBIT):
        apdu = r.coded(live, bytes.fromhex(text))
        answers.append(subject.process(apdu))
        live.take(Exchange(t=0.0, channel="card", command=apdu, response=answers[-1]))
    begun = answers[1]
    return (
        int.from_bytes(begun[:4], "big"), int.from_bytes(begun[4:6], "big"), answers[2][-2:].hex()
    )  # fmt: skip


def test_balance_and_counter_go_on() -> None:
    subject = player(purse())
    subject.power_on()
    assert pay(subject, 100) == (10_000, 0, "9000")
    assert pay(subject, 7) == (9_900, 1, "9000")
    assert ask(subject, "805C030204") == "000026A5" + "9000"
    assert pay(subject, 9_893)[0] == 9_893
    assert ask(subject, "805C030204") == "000000009000"
    assert ask(subject, f"805001020B0100000001{r.TERMINAL}0F") == "9401"


def test_a_reset_begins_anew() -> None:
    subject = player(purse())
    for _ in range(2):
        subject.power_on()
        assert pay(subject, 100)[:2] == (10_000, 0)


def test_once_a_reset_goes_on() -> None:
    subject = player(purse(), once=True)
    subject.power_on()
    assert pay(subject, 100)[:2] == (10_000, 0)
    subject.power_on()
    assert pay(subject, 100)[:2] == (9_900, 1)


def test_a_reset_of_the_trace_itself_is_no_new_beginning() -> None:
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, "reset", r.EP, "805C030204")
    subject = player(trace)
    subject.power_on()
    pay(subject, 160)
    subject.power_on()
    ask(subject, r.EP)
    assert ask(subject, "805C030204") == "000026709000"
    subject.power_on()  # not one that the trace holds
    assert pay(subject, 160)[:2] == (10_000, 0)


def test_loads_count_another_counter() -> None:
    talked = (r.APPY, r.LNT_15, r.TICL, r.LNT_PIN, r.INIT_LOAD, r.CREDIT)
    trace = r.record(r.card("lnt", 100), *talked)
    subject = player(trace)
    for number in range(2):
        if number == 0:
            subject.power_on()
        played = r.record(Unreset(subject), *talked)
        begun = played.exchanges[4].response
        assert (int.from_bytes(begun[:4], "big"), int.from_bytes(begun[4:6], "big")) == (
            100 + 5000 * number, number
        )  # fmt: skip
        assert played.exchanges[-1].response[-2:] == b"\x90\x00"
        verdicts = [v.status for item in check(played, KeyRing()) for v in item.verdicts]
        assert verdicts == [Status.VALID] * 3


class Unreset:
    """A player whose resets are left out."""

    def __init__(self, inner: Player) -> None:
        self.inner = inner

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def process(self, apdu: bytes) -> bytes:
        return self.inner.process(apdu)


def test_what_was_committed_here_can_be_proven_here() -> None:
    prove = "805A000602000108"
    trace = r.record(r.card(), r.EP, r.INIT_PURCHASE, r.DEBIT, prove)
    subject = player(trace)
    played = r.record(subject, r.EP, r.INIT_PURCHASE, r.DEBIT, prove)
    assert [v.status for item in check(played, KeyRing()) for v in item.verdicts] == (
        [Status.VALID] * 5
    )
    assert ask(subject, "805A000602000908") == "9406"


def test_challenges_are_new_and_as_long_as_asked_for() -> None:
    subject = player(talk("0084000004 > 112233449000"))
    subject.power_on()
    assert len(ask(subject, "0084000008")) == 20
    assert ask(subject, "0084000004") != ask(subject, "0084000004")


# -- codes of the terminal ---------------------------------------------------------------------


def test_a_wrong_mac1_is_refused() -> None:
    subject = player(purse())
    played = r.record(subject, r.EP, r.INIT_PURCHASE, "!" + r.DEBIT)
    assert played.exchanges[-1].response.hex() == "9302"
    assert ask(subject, "805C030204") == "000027109000"


def test_a_commit_wants_its_initialize() -> None:
    subject = player(purse())
    subject.power_on()
    ask(subject, r.EP)
    assert ask(subject, r.DEBIT) == "6901"


def test_a_line_mac_wants_its_challenge_and_its_key() -> None:
    update = "04D6970006AABB" + "00" * 4
    trace = r.record(r.card(), r.EP, r.CHALLENGE, update)
    assert r.record(player(trace), r.EP, r.CHALLENGE, update).exchanges[-1].response.hex() == "9000"
    wrong = r.record(player(trace), r.EP, r.CHALLENGE, "!" + update)
    assert wrong.exchanges[-1].response.hex() == "6988"
    assert r.record(player(trace), r.EP, update).exchanges[-1].response.hex() == "6984"


# -- without keys ------------------------------------------------------------------------------


def test_without_keys_the_recorded_bytes_are_given_and_said_once() -> None:
    trace = load(BUS)
    subject = player(trace, None)
    subject.power_on()
    for event in trace.exchanges:
        if event.channel == "card":
            assert subject.process(event.command) == event.response
    warnings = list(subject.report.warnings)
    assert len(warnings) == 2
    assert "codes cannot be worked out (no keys)" in warnings[0]
    assert "cannot be checked (no keys)" in warnings[1]


def test_keys_of_another_card_make_no_codes() -> None:
    class Nothing:
        def get(self, _standard: str, _role: str) -> bytes | None:
            return None

        def tac(self, _standard: str) -> bytes | None:
            return None

    subject = player(load(BUS), Nothing)
    subject.power_on()
    for event in load(BUS).exchanges:
        if event.channel == "card":
            assert subject.process(event.command) == event.response
    assert "no key for this application" in next(iter(subject.report.warnings))


# -- what the trace does not know --------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "why"),
    [
        ("00A4040007D2760000850101", "6A82", "it was never selected"),
        ("00B0950000", "6A82", "the file is not in the trace"),
        ("00B202F400", "6A83", "the record is not in the trace"),
        ("805C010204", "6A86", "not with these parameters"),
        ("80500402070141313010013713", "6A86", "not with these parameters"),
        ("80CA9F7900", "6D00", "no such command"),
        ("00B0973D00", "6B00", "that part of the file is not in the trace"),
    ],
)
def test_unknown_commands_are_answered_by_rule_and_remembered(
    command: str, answer: str, why: str
) -> None:
    subject = player(load(BUS))
    subject.power_on()
    ask(subject, r.EP)
    ask(subject, "00B097003C")
    ask(subject, "00B201F400")
    for _ in range(2):
        assert ask(subject, command) == answer
    (found,) = subject.report.unknown.values()
    assert (found.header, found.answer, found.count) == (command[:8], answer, 2)
    assert found.why.startswith(why)
    assert str(found).endswith("2 times")


def test_another_pin_is_not_known_and_not_told() -> None:
    trace = load("lnt-load-point")
    subject = player(trace)
    subject.power_on()
    for text in (r.APPY, r.LNT_15, r.TICL):
        ask(subject, text)
    assert ask(subject, "0020000003999999") == "6A80"
    assert ask(subject, r.LNT_PIN) == "9000"
    assert "999999" not in repr(subject.report)


def test_a_status_word_for_all_that_is_not_known() -> None:
    subject = player(load(BUS), unknown="6F00")
    subject.power_on()
    assert ask(subject, "80CA9F7900") == "6F00"
    assert ask(subject, r.EP)[-4:] == "9000"


@pytest.mark.parametrize("word", ["6F", "XYZ1", "6F0000", "Nearest"])
def test_no_such_policy(word: str) -> None:
    with pytest.raises(UsageError, match="neither 'nearest' nor 'stop' nor a status word"):
        player(load(BUS), unknown=word)


def test_the_nearest_answer_of_the_same_kind() -> None:
    subject = player(purse(), unknown="nearest")
    subject.power_on()
    ask(subject, r.EP)
    assert ask(subject, "805C000204") == "000027109000"
    assert pay(subject, 160)[0] == 10_000
    assert ask(subject, "805C000204") == "000026709000"
    assert ask(subject, "80CA9F7900") == "6D00"
    assert len(subject.report.unknown) == 2


def test_the_end_at_what_is_not_known() -> None:
    subject = player(purse(), unknown="stop")
    subject.power_on()
    assert ask(subject, r.EP)[-4:] == "9000"
    assert subject.report.stopped == ""
    assert ask(subject, "80CA9F7900") == "6F00"
    assert subject.report.stopped == "GET DATA: no such command is in the trace"


def test_the_list_of_what_is_not_known_is_bounded() -> None:
    subject = player(purse())
    subject.power_on()
    for number in range(MOST_UNKNOWN + 50):
        subject.process(bytes((0x80, 0xCA)) + number.to_bytes(2, "big") + b"\0")
    assert len(subject.report.unknown) == MOST_UNKNOWN
    assert subject.report.commands == MOST_UNKNOWN + 50


# -- files ---------------------------------------------------------------------------------------


def test_parts_of_a_file_that_was_read_whole() -> None:
    trace = talk("00A4040002AABB > 9000", "00B0950000 > 00010203040506079000")
    subject = player(trace)
    subject.power_on()
    ask(subject, "00A4040002AABB")
    assert ask(subject, "00B0950003") == "0001029000"
    assert ask(subject, "00B0950402") == "04059000"
    assert ask(subject, "00B0950700") == "079000"
    assert ask(subject, "00B0950800") == "6B00"


def test_more_than_was_read_is_given_as_far_as_it_goes_and_said() -> None:
    subject = player(talk("00A4040002AABB > 9000", "00B0950004 > 000102039000"))
    subject.power_on()
    ask(subject, "00A4040002AABB")
    assert ask(subject, "00B0950004") == "000102039000"
    assert subject.report.unknown == {}
    assert ask(subject, "00B0950000") == "000102039000"
    (found,) = subject.report.unknown.values()
    assert found.why == "only the first 4 bytes are in the trace"


def test_a_file_belongs_to_its_application() -> None:
    trace = load("dual-bus-alight")
    subject = player(trace)
    subject.power_on()
    assert ask(subject, "00B201F400") == "6A82"  # nothing is selected yet
    ask(subject, r.EP)
    assert ask(subject, "00B201F400")[-4:] == "9000"


def test_answers_that_changed_in_the_trace_come_in_their_order() -> None:
    """The first INITIALIZE of a load wants the PIN; after it the second one goes on."""
    trace = load("lnt-load-point")
    subject = player(trace)
    subject.power_on()
    for text in (r.APPY, r.LNT_15, r.TICL):
        ask(subject, text)
    init = f"805000020B0100000001{r.TERMINAL}10"
    assert ask(subject, init) == "6982"
    assert ask(subject, r.LNT_PIN) == "9000"
    assert ask(subject, init)[-4:] == "9000"


# -- T=0 -----------------------------------------------------------------------------------------


def test_an_answer_that_was_fetched_is_fetched_again_or_given_at_once() -> None:
    trace = r.replay(purse(), r.T0(r.card())).trace
    whole = ask(started(player(trace)), r.EP)
    assert whole[-4:] == "9000"
    subject = started(player(trace))
    assert ask(subject, r.EP[:-2]) == f"61{len(whole) // 2 - 2:02X}"
    assert ask(subject, "00C0000005") == whole[:10] + f"61{len(whole) // 2 - 7:02X}"
    assert ask(subject, "00C0000000") == whole[10:]
    assert ask(subject, "00C0000000") == "6D00"


def started(subject: Player) -> Player:
    subject.power_on()
    return subject


# -- anything ------------------------------------------------------------------------------------


def test_nothing_to_play() -> None:
    for trace in (Trace(header=Header()), talk("0084000004 >")):
        with pytest.raises(UsageError, match="nothing to play"):
            make_player(trace, counting())


POLICIES = st.builds(Manner, st.sampled_from(["", "nearest", "stop", "6A82"]), st.booleans())
RINGS = st.sampled_from([None, KeyRing])
WORDS = st.lists(st.one_of(st.binary(max_size=12), COMMANDS, st.none()), max_size=20)


def speak(subject: Player | ExactPlayer, said: list[bytes | None]) -> None:
    for apdu in (None, *said):
        if apdu is None:
            assert isinstance(subject.power_on(), bytes)
        else:
            answer = subject.process(apdu)
            assert isinstance(answer, bytes)
            assert len(answer) != 1
    assert isinstance(subject.report.to_json(), dict)


@settings(max_examples=150, deadline=None)
@given(
    found=st.lists(EVENTS, max_size=10),
    said=WORDS,
    keys=RINGS,
    manner=POLICIES,
    exact=st.booleans(),
)
def test_any_trace_and_any_command(
    found: list[Event], said: list[bytes | None], keys: object, manner: Manner, *, exact: bool
) -> None:
    trace = Trace(header=Header(), events=tuple(found))
    try:
        subject = make_player(trace, counting(), keys, exact=exact, manner=manner)  # type: ignore[arg-type]
    except UsageError:
        assert not any(e.channel == "card" and e.response for e in trace.exchanges)
        return
    own = [event.command for event in trace.exchanges]
    for apdu in said:
        own += [apdu] if apdu is not None else []
    if any(len(e.response) == 1 for e in trace.exchanges):
        return
    speak(subject, [*said, *own])


GOLDEN = [load(name) for name in ("dual-metro-exit", "lnt-load-point", "tunion-bus-board")]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(GOLDEN), st.data(), RINGS, POLICIES)
def test_a_real_trace_and_commands_gone_wrong(
    trace: Trace, data: st.DataObject, keys: object, manner: Manner
) -> None:
    """Commands of the trace, shuffled, cut and with bytes altered."""
    recorded = [e.command for e in trace.exchanges if e.channel == "card"]
    said: list[bytes | None] = []
    for apdu in data.draw(st.lists(st.sampled_from(recorded), max_size=25)):
        at = data.draw(st.integers(0, len(apdu) - 1))
        flipped = apdu[:at] + bytes((apdu[at] ^ data.draw(st.integers(1, 255)),)) + apdu[at + 1 :]
        said.append(data.draw(st.sampled_from([apdu, apdu, apdu, flipped, apdu[:at], None])))
    speak(Player(trace, counting(), keys, manner), said)  # type: ignore[arg-type]


def test_removals_and_resets_alone_do_not_hang() -> None:
    events = (Reset(t=0.0, channel="card", atr=b""), Removed(t=0.0, channel="card"))
    trace = Trace(header=Header(), events=(*events, *talk("0084000004 > 9000").events, *events))
    subject = player(trace)
    for _ in range(5):
        assert subject.power_on() == PLAIN_ATR
        assert ask(subject, "0084000004")[-4:] == "9000"
