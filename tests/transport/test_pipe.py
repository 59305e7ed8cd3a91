"""Programs that speak lines of hex on their standard streams."""

from __future__ import annotations

import sys
import time
from contextlib import closing

import pytest

from ykt_sim.errors import LinkError, SilentError
from ykt_sim.transport.lines import MAX_LINE, LineLink
from ykt_sim.transport.pipe import ProcessWire


def child(program: str, answer_s: float = 0.3, start_s: float = 60.0) -> LineLink:
    return LineLink(ProcessWire([sys.executable, "-c", program]), answer_s, start_s)


ECHO = """
import sys
for line in sys.stdin:
    print({"reset": "3B00"}.get(line.strip(), line.strip() + "9000"), flush=True)
"""


def test_a_child_answers_line_by_line() -> None:
    link = child(ECHO)
    assert link.power_on() == b"\x3b\x00"
    assert link.transmit(b"\x00\x84\x00\x00\x04") == bytes.fromhex("00840000049000")
    link.close()
    with pytest.raises(LinkError, match="closed"):
        link.transmit(b"\x00\x84\x00\x00\x04")
    link.close()


def test_a_child_that_never_answers_is_waited_for_only_so_long() -> None:
    link = child("import time; time.sleep(60)", start_s=0.3)
    begun = time.monotonic()
    with pytest.raises(SilentError, match=r"no answer within 0\.3 s"):
        link.power_on()
    with pytest.raises(LinkError, match="no answer to an earlier command"):
        link.transmit(b"\x00\x84\x00\x00\x04")
    link.close()
    assert time.monotonic() - begun < 8


def test_a_child_that_drips_is_waited_for_only_so_long() -> None:
    drip = "import time\nwhile True: print('3B', end='', flush=True); time.sleep(0.02)"
    link = child(drip, start_s=0.5)
    with pytest.raises(SilentError):
        link.power_on()
    link.close()


def test_a_child_that_ignores_signals_is_ended() -> None:
    stubborn = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('3B00', flush=True)\n"
        "time.sleep(60)"
    )
    wire = ProcessWire([sys.executable, "-c", stubborn])
    LineLink(wire, 5, 10).power_on()
    begun = time.monotonic()
    wire.close()
    assert time.monotonic() - begun < 8
    assert wire._child.returncode is not None


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('hello')", "answered 'hello', which is not hex"),
        ("print('3B0')", "answered '3B0', which is not hex"),
        (f"print('A' * {2 * MAX_LINE})", "a line of more than"),
        (f"import time; print('A' * {2 * MAX_LINE}, end='', flush=True); time.sleep(9)",
         "a line of more than"),
        ("import sys; sys.exit('no such card')", "the target ended: exit code 1: no such card"),
        ("import sys; sys.stdout.buffer.write(bytes(9)); print()", "which is not hex"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_quoted(program: str, said: str) -> None:
    with closing(child(program)) as link, pytest.raises(LinkError, match=said):
        link.power_on()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('hello')", "answered 'hello', which is not hex"),
        (f"print('A' * {2 * MAX_LINE})", "a line of more than"),
        ("print('3B00')", "the target ended: exit code 0"),
        ("import sys; sys.exit('no such card')", "the target ended: exit code 1: no such card"),
    ],
)
def test_a_program_that_ended_before_it_was_asked(program: str, said: str) -> None:
    """Its last words are quoted when they say what is wrong; they never count as an answer."""
    wire = ProcessWire([sys.executable, "-c", program])
    wire._child.wait(60)
    with closing(LineLink(wire, 0.3, 60.0)) as link, pytest.raises(LinkError, match=said):
        link.power_on()


def test_an_answer_needs_a_status_word() -> None:
    link = child("import sys\nfor line in sys.stdin: print('90', flush=True)")
    with pytest.raises(LinkError, match="status word has two bytes"):
        link.transmit(b"\x00\x84\x00\x00\x04")
    link.close()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(LinkError, match="no-such-program"):
        ProcessWire(["no-such-program"])
