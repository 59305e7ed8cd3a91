"""A terminal at PC/SC, with a driver of the tests' own in the place of pcscd and vpcd."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.terminals import EXAMPLE, QUICK, changed, plan_of, scene
from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import Mutation, Removal, TerminalBench
from ykt_conformance.ics import form as ics
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.judge.results import CaseResult
from ykt_conformance.judge.taps import SeenTap, taps
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.judge.view import View
from ykt_conformance.run.targets.vpcd import VpcdTarget
from ykt_conformance.run.terminal import can, run_terminal
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Exchange, Removed, Reset

FORM = ics.load(EXAMPLE)
SILENT = changed(FORM, "reports", form="none", codes=False, clearing=False)
PPSE = "00A404000E325041592E5359532E444446303100"
PURSE = "00A4040008A00000063201010500"
OFF, ON, RESET, ATR = 0, 1, 2, 4


class Gone(Exception):  # noqa: N818 - the card was taken away, as it should be
    """The card was taken out."""


class Reader:
    """The driver's side of one card in the slot."""

    def __init__(self, link: socket.socket, decide: Callable[[str], None]) -> None:
        self.link = link
        self.decide = decide

    def control(self, code: int) -> None:
        self.link.sendall(struct.pack(">HB", 1, code))

    def atr(self) -> bytes:
        self.control(ATR)
        return self._answer()

    def ask(self, command: str) -> str:
        data = bytes.fromhex(command)
        self.link.sendall(struct.pack(">H", len(data)) + data)
        return self._answer().hex().upper()

    def report(self, **said: Any) -> None:
        self.decide(json.dumps(said))

    def until_gone(self) -> None:
        with suppress(OSError):
            while self.link.recv(16):
                pass

    def _answer(self) -> bytes:
        (size,) = struct.unpack(">H", self._exactly(2))
        return self._exactly(size)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.link.recv(count - len(data))
            if not more:
                raise Gone
            data += more
        return data


Behaviour = Callable[[Reader], None]


class Driver:
    """Listens as vpcd does; behaves with each card as it is told."""

    def __init__(self, behave: Behaviour, decide: Callable[[str], None]) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        self.times: list[tuple[float, float]] = []  # card in, card out
        self._behave, self._decide = behave, decide
        self.thread = threading.Thread(target=self._live, daemon=True)
        self.thread.start()

    def _live(self) -> None:
        while True:
            try:
                link, _ = self.server.accept()
            except OSError:
                return
            come = time.monotonic()
            with link, suppress(OSError, Gone):
                link.settimeout(5)
                reader = Reader(link, self._decide)
                self._behave(reader)
                reader.until_gone()
            self.times.append((come, time.monotonic()))

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)


@contextmanager
def driver(behave: Behaviour, path: Path) -> Iterator[Driver]:
    def decide(line: str) -> None:
        with path.open("a") as file:
            file.write(line + "\n")

    found = Driver(behave, decide)
    try:
        yield found
    finally:
        found.close()


def one(bench: TerminalBench) -> None:
    bench.tap(bench.card())


def shown_to(
    behave: Behaviour,
    path: Path,
    play: Callable[[TerminalBench], None] = one,
    *,
    form: IcsFile = FORM,
    limits: Limits = QUICK,
    gap: float = 0.0,
    **more: Any,
) -> tuple[CaseResult, View, Driver, list[str]]:
    said: list[str] = []
    more.setdefault("evidence", str(path) if form is FORM else "")
    with driver(behave, path) as found:
        plan = plan_of(form, cases=(scene("T-9001", play, lambda _view: None),),
                       clock=time.monotonic, limits=limits)  # fmt: skip
        (result,) = run_terminal(plan, listen=f"vpcd:127.0.0.1:{found.port}", say=said.append,
                                 gap=gap, **more).results  # fmt: skip
    assert result.trace is not None
    return result, View(result.trace.events, form.values), found, said


def only(view: View) -> SeenTap:
    (tap,) = taps(view)
    return tap


def refuses(reader: Reader) -> None:
    reader.ask(PPSE)
    reader.report(outcome="refused", code="2449", amount=0)


# -- a tap -------------------------------------------------------------------------------------


def test_a_decision_ends_the_tap(tmp_path: Path) -> None:
    result, view, found, said = shown_to(refuses, tmp_path / "taps")
    tap = only(view)
    assert result.verdict is Verdict.PASS
    assert (tap.outcome, tap.code) == ("refused", "2449")
    assert [call.raw.hex().upper() for call in tap.calls] == [PPSE]
    assert tap.transport_ms is None
    assert "not known" in view.noted("timing")[0]["basis"]
    assert said == [f"cards are shown in the virtual reader at 127.0.0.1:{found.port}"]
    assert found.times[0][1] - found.times[0][0] < QUICK.answer_s


def test_resets_that_no_command_follows_are_one_or_none(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        assert reader.atr()[:1] == b"\x3b"
        for code in (ON, RESET, OFF, ON, RESET):
            reader.control(code)
        assert reader.ask(PPSE).endswith("9000")
        for code in (RESET, OFF, ON):
            reader.control(code)
        assert reader.atr()[:1] == b"\x3b"
        assert reader.ask("00B0950000") == "6A82"  # nothing is selected any more
        for code in (OFF, ON, RESET):
            reader.control(code)
        reader.atr()
        reader.report(outcome="refused", amount=0)

    _, view, _, _ = shown_to(behave, tmp_path / "taps")
    kinds = [type(event) for event in view.events if isinstance(event, Reset | Exchange)]
    assert kinds == [Reset, Exchange, Reset, Exchange]


def test_a_card_that_lost_its_power_is_as_after_a_reset(tmp_path: Path) -> None:
    answers: list[str] = []

    def behave(reader: Reader) -> None:
        reader.ask(PURSE)
        answers.append(reader.ask("00B0950000")[-4:])
        reader.control(OFF)
        answers.append(reader.ask("00B0950000")[-4:])
        reader.report(outcome="refused", amount=0)

    shown_to(behave, tmp_path / "taps")
    assert answers == ["9000", "6A82"]


def test_silence_ends_the_tap_and_a_late_decision_still_counts(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        reader.ask(PPSE)
        reader.until_gone()
        reader.report(outcome="retry", amount=0)

    _, view, found, _ = shown_to(behave, tmp_path / "taps")
    assert only(view).outcome == "retry"
    assert found.times[0][1] - found.times[0][0] >= QUICK.answer_s


def test_a_terminal_that_never_reports_has_not_decided(tmp_path: Path) -> None:
    _, view, _, _ = shown_to(lambda reader: str(reader.ask(PPSE)) and None, tmp_path / "taps",
                             form=SILENT)  # fmt: skip
    assert (only(view).decision, len(only(view).calls)) == (None, 1)


def test_a_torn_card_leaves_without_an_answer(tmp_path: Path) -> None:
    seen: list[str] = []

    def behave(reader: Reader) -> None:
        reader.ask(PPSE)
        try:
            reader.ask(PURSE)
            seen.append("answered")
        except Gone:
            seen.append("gone")
        reader.report(outcome="retry" if seen[-1] == "gone" else "refused", amount=0)

    def play(bench: TerminalBench) -> None:
        card = bench.card()
        bench.tap(card, "torn", removal=Removal(at=2))
        bench.tap(card, "return")

    _, view, _, _ = shown_to(behave, tmp_path / "taps", play)
    assert seen == ["gone", "answered"]
    assert [tap.outcome for tap in taps(view)] == ["retry", "refused"]
    torn = [event for event in view.events if isinstance(event, Removed)]
    assert len(torn) == 1


def test_the_reader_is_empty_long_enough_and_only_once(tmp_path: Path) -> None:
    def play(bench: TerminalBench) -> None:
        for _ in range(3):
            bench.tap(bench.card())

    begun = time.monotonic()
    _, view, found, _ = shown_to(refuses, tmp_path / "taps", play, gap=0.4)
    took = time.monotonic() - begun
    pauses = [later[0] - earlier[1]
              for earlier, later in zip(found.times, found.times[1:], strict=False)]  # fmt: skip
    assert len(pauses) == 2
    assert all(pause >= 0.39 for pause in pauses)
    assert took < 2.5
    assert view.events[-1].t < 0.4  # time in which nobody taps does not count


def test_time_that_was_spent_empty_counts_for_the_gap(tmp_path: Path) -> None:
    """The wait for a late decision is time in which the reader is empty already."""

    def behave(reader: Reader) -> None:
        reader.ask(PPSE)
        if len(pauses) == 0:
            reader.until_gone()
            pauses.append(time.monotonic())
            time.sleep(0.5)
        else:
            pauses.append(time.monotonic())
        reader.report(outcome="refused", amount=0)

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card())
        bench.tap(bench.card())

    pauses: list[float] = []
    shown_to(behave, tmp_path / "taps", play, gap=0.5)
    assert pauses[1] - pauses[0] < 0.9


# -- decisions that belong to nothing ------------------------------------------------------------


def test_a_decision_without_a_card_is_noted_and_never_counted(tmp_path: Path) -> None:
    path = tmp_path / "taps"
    count = 0

    def behave(reader: Reader) -> None:
        nonlocal count
        count += 1
        if count == 2:  # before the terminal has talked to this card
            reader.report(outcome="accepted", amount=555)
            time.sleep(0.2)
        reader.ask(PPSE)
        reader.report(outcome="refused", amount=count)

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card())
        with path.open("a") as file:  # between two cards
            file.write('{"outcome": "accepted", "amount": 444}\nnot json\n')
        bench.tap(bench.card())

    _, view, _, said = shown_to(behave, path, play)
    assert [tap.decision and tap.decision["amount"] for tap in taps(view)] == [1, 2]
    noted = view.noted("stray")
    assert [note.get("decision", {}).get("amount") for note in noted] == [444, None, 555]
    assert "taps line 3" in noted[1]["error"]
    assert said[1] == "not counted, no card was being tapped: accepted 444"


def test_what_is_in_the_file_before_us_is_old(tmp_path: Path) -> None:
    path = tmp_path / "taps"
    path.write_text('{"outcome": "accepted", "amount": 1}\n')
    _, view, _, said = shown_to(refuses, path)
    assert only(view).outcome == "refused"
    assert view.noted("stray") == ()
    assert len(said) == 1


# -- what goes wrong -----------------------------------------------------------------------------


def test_no_reader_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    limits = Limits(answer_s=0.1, start_s=0.3, silences=2)
    plan = plan_of(FORM, "T-0202", "T-0301", "T-0302", clock=time.monotonic, limits=limits)
    found = run_terminal(plan, listen=f"vpcd:127.0.0.1:{port}", evidence=str(tmp_path / "e"),
                         gap=0).results  # fmt: skip
    assert {one.verdict for one in found} == {Verdict.ERROR}
    assert "no virtual reader at 127.0.0.1" in found[0].reason
    assert found[2].reason.startswith("not run: the terminal was lost in 2 cases in a row")


def test_a_reader_that_only_looks_is_no_terminal(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        while reader.atr():
            time.sleep(0.05)

    result, _, _, _ = shown_to(behave, tmp_path / "taps")
    assert result.verdict is Verdict.ERROR
    assert result.reason == "no terminal sent a command to the card in the reader within 1 s"


def test_a_service_that_ends_in_the_middle_ends_the_case(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        reader.ask(PPSE)
        reader.link.shutdown(socket.SHUT_RDWR)

    result, _, _, _ = shown_to(behave, tmp_path / "taps", limits=Limits(answer_s=5, start_s=5))
    assert result.verdict is Verdict.ERROR
    assert result.reason == "the PC/SC service went away in the middle of the tap"


def test_a_wrong_line_of_evidence_is_an_error_that_names_it(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        reader.ask(PPSE)
        reader.decide("accepted!")

    result, _, _, _ = shown_to(behave, tmp_path / "taps")
    assert result.verdict is Verdict.ERROR
    assert "taps line 1: the terminal's report is no JSON: 'accepted!'" in result.reason


def test_our_own_fault_ends_the_case_and_takes_the_card_out(tmp_path: Path) -> None:
    def spoil(_command: bytes, _answer: bytes) -> bytes:
        raise ZeroDivisionError("oops")

    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card(), "mutant", mutate=Mutation("m", spoil))

    result, _, found, _ = shown_to(refuses, tmp_path / "taps", play)
    assert result.verdict is Verdict.ERROR
    assert "ZeroDivisionError: oops" in result.reason
    assert found.times


def test_too_many_commands_end_the_case(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        while reader.ask(PPSE):
            pass

    limits = Limits(answer_s=1, start_s=1, commands=50)
    result, _, _, _ = shown_to(behave, tmp_path / "taps", limits=limits)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "50 commands" in result.reason


def test_a_terminal_that_never_stops_is_stopped(tmp_path: Path) -> None:
    def behave(reader: Reader) -> None:
        while reader.ask(PPSE):
            time.sleep(0.01)

    limits = Limits(answer_s=1, start_s=1, case_s=0.5)
    begun = time.monotonic()
    _, view, _, _ = shown_to(behave, tmp_path / "taps", limits=limits, form=SILENT)
    assert only(view).decision is None
    assert time.monotonic() - begun < 3


# -- words ---------------------------------------------------------------------------------------


def test_prompt_announces_each_card(tmp_path: Path) -> None:
    def play(bench: TerminalBench) -> None:
        bench.tap(bench.card(), title="a card that is valid")

    _, _, _, said = shown_to(refuses, tmp_path / "taps", play, present="prompt")
    assert said[1:] == ["in the reader: a card that is valid"]


def test_form_and_evidence_have_to_agree(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --evidence"):
        VpcdTarget("vpcd:", plan_of(FORM, "T-0101"), "auto", print)
    with pytest.raises(UsageError, match=r"reports\.form = 'none'"):
        VpcdTarget("vpcd:", plan_of(SILENT, "T-0101"), "auto", print, evidence=str(tmp_path / "e"))
    with pytest.raises(UsageError, match=r"reports\.clearing = true"):
        VpcdTarget("vpcd:", plan_of(FORM, "T-0101"), "auto", print, evidence="prompt")
    with pytest.raises(UsageError, match="goes with --listen vpcd:"):
        run_terminal(plan_of(FORM, "T-0101"), listen="tcp:127.0.0.1:0", evidence="prompt")


@pytest.mark.parametrize("address", ["vpcd:h:x", "vpcd:h:0", "vpcd:h:70000"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT"):
        run_terminal(plan_of(SILENT, "T-0101"), listen=address)


def test_what_it_can_do_is_known_without_opening_it() -> None:
    assert can(plan_of(FORM, "T-0101"), listen="vpcd:")("report")
    assert not can(plan_of(SILENT, "T-0101"), listen="vpcd:")("report")
    assert not can(plan_of(FORM, "T-0101"), listen="vpcd:")("sam")
