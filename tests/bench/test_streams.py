"""The line protocol: exactly one line of hex for every line that says something."""

from __future__ import annotations

import io
import os
import signal
import threading

from ykt_sim.bench.streams import Lines, answers


class Echo:
    """An engine that answers a command with itself and counts its resets."""

    def __init__(self):
        self.resets = 0

    def power_on(self):
        self.resets += 1
        return b"\x3b\x00"

    def transmit(self, apdu):
        return apdu + b"\x90\x00"


def talk(text, engine=None):
    with Lines(io.BytesIO(text)) as lines:
        found = list(answers(engine or Echo(), lines))
    return [one.text(as_json=False) for one in found], [one.error for one in found if one.error]


def test_one_answer_for_each_line_that_says_something():
    text = b"00 a4 00 00\n\n# note\n00B0 # read\nreset\nRESET\n84"
    assert talk(text) == (["00A400009000", "00B09000", "3B00", "3B00", "849000"], [])


def test_what_is_not_hex_never_reaches_the_card_and_is_answered_6700():
    engine = Echo()
    engine.transmit = refuse
    said, complaints = talk(b"hello\n00A\n\xff\xfe\nresett\n", engine)
    assert said == ["6700"] * 4
    assert len(complaints) == 4
    assert complaints[0] == "line 1: not hex: 'h' at digit 1"
    assert complaints[1] == "line 2: odd number of hex digits (3)"


def refuse(apdu):
    raise AssertionError(f"reached the card: {apdu!r}")


def test_a_signal_while_waiting_ends_the_input():
    read, write = os.pipe()
    try:
        with os.fdopen(read, "rb") as stream, Lines(stream) as lines:
            os.write(write, b"01\n")
            assert next(lines) == b"01\n"
            timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM))
            timer.start()
            assert list(lines) == []
            assert lines.stopped_by == signal.SIGTERM
            timer.join()
    finally:
        os.close(write)


def test_a_signal_during_a_command_lets_it_finish():
    engine = Echo()

    def slow(apdu):
        os.kill(os.getpid(), signal.SIGINT)
        return apdu + b"\x90\x00"

    engine.transmit = slow
    with Lines(io.BytesIO(b"01\n02\n")) as lines:
        assert [one.data.hex() for one in answers(engine, lines)] == ["019000"]
        assert lines.stopped_by == signal.SIGINT


def test_the_old_handlers_come_back():
    before = signal.getsignal(signal.SIGTERM)
    with Lines(io.BytesIO()):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def fresh_talk(text):
    seeds = []

    def renew(seed):
        seeds.append(seed)
        return Echo()

    with Lines(io.BytesIO(text)) as lines:
        return [one.text(as_json=False) for one in answers(Echo(), lines, renew)], seeds


def test_a_new_card_is_put_in_the_place_of_the_old_one():
    said, seeds = fresh_talk(b"84\nfresh 17\n84\nFRESH 0")
    assert said == ["849000", "fresh 3B00", "849000", "fresh 3B00"]
    assert seeds == [17, 0]


def test_fresh_is_no_word_without_a_seed_or_where_no_card_is_made():
    wrong = b"fresh\nfresh x\nfresh -1\nfresh " + b"9" * 21
    assert fresh_talk(wrong) == (["6700"] * 4, [])
    assert talk(b"fresh 17")[0] == ["6700"]
