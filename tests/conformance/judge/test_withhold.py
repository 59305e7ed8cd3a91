from __future__ import annotations

from tests.conformance import support as s
from tests.conformance.terminals import scene
from ykt_conformance.ics import form as ics
from ykt_conformance.judge.judging import judge
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.verdict import Fault, Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.judge.withhold import WITHHELD, holders, withhold
from ykt_sim.trace.model import Exchange, Header, Note, Trace

NAME = "D5C5C8FD" + "00" * 16  # a made-up holder
HOLDER = "0100" + NAME + "3434303130303139" + "00" * 24 + "00"
SELECT = (s.SELECT_EP.hex(), s.FCI)
VERIFY = ("0020000003123456", "9000")


def trace_of(*steps: object) -> Trace:
    return Trace(header=Header(), events=tuple(s.events_of(*steps)))


def exchanges(trace: Trace) -> list[Exchange]:
    return [event for event in trace.events if isinstance(event, Exchange)]


def test_a_holder_is_left_out_of_answers_and_updates() -> None:
    update = ("00D6960206" + "D5C5C8FD0000", "9000")
    trace = trace_of("reset", SELECT, ("00B0960000", HOLDER + "9000"), update)
    stored = withhold(trace, pins=False)
    _, read, written = exchanges(stored)
    assert read.response == bytes.fromhex("0100") + bytes(53) + b"\x90\x00"
    assert written.command == bytes.fromhex("00D6960206") + bytes(6)
    assert stored.events[:2] == trace.events[:2]
    last = stored.events[-1]
    assert isinstance(last, Note)
    assert (last.text, last.data) == (WITHHELD, {"what": ["cardholder in EF 16"]})


def test_a_read_from_inside_the_name_is_left_out_too() -> None:
    stored = withhold(
        trace_of("reset", SELECT, ("00B0961008", "4142434445464748" + "9000")), pins=False
    )
    assert exchanges(stored)[1].response == bytes(8) + b"\x90\x00"


def test_a_card_without_a_holder_keeps_its_recording() -> None:
    empty = ("00B0960000", "00" * 55 + "9000")
    update = ("00D6960506" + "010203040506", "9000")
    trace = trace_of(
        "reset",
        SELECT,
        empty,
        update,
        ("00B0960000", "00" * 5 + "010203040506" + "00" * 44 + "9000"),
    )
    assert withhold(trace, pins=False) is trace


def test_pins_are_left_out_only_when_asked() -> None:
    trace = trace_of("reset", SELECT, VERIFY)
    assert withhold(trace, pins=False) is trace
    assert exchanges(withhold(trace, pins=True))[1].command == bytes.fromhex("0020000003000000")


def test_a_fault_in_a_recording_with_gaps_proves_nothing() -> None:
    case = scene("T-9001", lambda _bench: None, lambda _view: Fault("EF 16 differs"))
    trace = trace_of("reset", SELECT, ("00B0960000", HOLDER + "9000"))
    values = ics.load("dual").values
    assert judge(case, trace, values).verdict is Verdict.FAIL
    assert judge(case, withhold(trace, pins=False), values).verdict is Verdict.INCONCLUSIVE


def test_the_holder_is_what_was_read_of_him_and_nothing_else() -> None:
    trace = trace_of(
        "reset", SELECT,
        ("00B0950008", "0220581000000000" + "9000"),  # the application's own file
        ("00B0960002", "6982"),
        ("00B0960000", HOLDER + "9000"),
        ("00D6960206" + "D5C5C8FD0000", "9000"),
    )  # fmt: skip
    assert list(holders(View(trace.events, {}))) == [HOLDER[4:]]


def test_what_a_fault_quotes_of_the_holder_is_masked() -> None:
    redactor = Redactor()
    trace = trace_of("reset", SELECT, ("00B0960000", HOLDER + "9000"))
    redactor.learn_holders(holders(View(trace.events, {})))
    assert NAME[:8] not in redactor.text(f"received {HOLDER}")
