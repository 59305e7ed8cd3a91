"""The golden traces: made again byte for byte, readable, and every code in them right.

The codes are worked out by an implementation that shares nothing with the simulator: keys
from the published file, DES from pycryptodome, offsets written out here.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
import pytest

from tests import golden
from tests.corpus import EXPECTED
from tests.independent import fmcos_crypto as second
from ykt_sim.bench.demo import load_demo
from ykt_sim.meaning.annotate import annotate
from ykt_sim.trace.jsonl import read_trace, write_trace
from ykt_sim.trace.model import Exchange, Note, Trace

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path.name for path in golden.FOLDER.glob("*.jsonl"))
each_file = pytest.mark.parametrize("name", FILES)

#: Remarks of the annotator that say that something could not be read.
FAILURES = ("command data:", "answer:", "no answer", "expected", "cannot")


@cache
def keys() -> dict[str, dict[str, str]]:
    with (ROOT / "ykt_sim" / "profiles" / "testkeys.toml").open("rb") as file:
        return tomllib.load(file)["standards"]


def load(name: str) -> Trace:
    return read_trace((golden.FOLDER / name).read_text(encoding="utf-8"))


def notes(trace: Trace, text: str) -> list[dict[str, object]]:
    return [event.data for event in trace.events if isinstance(event, Note) and event.text == text]


def test_the_run_gives_the_same_bytes_again() -> None:
    made = golden.make()
    kept = {
        path.name: path.read_text(encoding="utf-8")
        for path in golden.FOLDER.iterdir()
        if path.is_file() and path.name != EXPECTED
    }
    assert sorted(made) == sorted(kept)
    changed = [name for name, text in made.items() if kept[name] != text]
    assert not changed, f"{changed}: see tests/golden.py for how to refresh them"


@pytest.mark.parametrize(
    ("make", "folder", "others"),
    [
        (golden.make_formats, golden.FORMATS_FOLDER, {EXPECTED}),
        (golden.make_broken, golden.BROKEN_FOLDER, {EXPECTED, *golden.BY_HAND}),
    ],
    ids=["formats", "broken"],
)
def test_what_is_made_from_them_is_the_same_again(make, folder, others) -> None:
    made = make()
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in others}
    assert sorted(made) == sorted(kept)
    changed = [name for name, data in made.items() if kept[name] != data]
    assert not changed, f"{changed}: see tests/golden.py for how to refresh them"


def test_there_is_one_file_for_every_pair() -> None:
    demo = load_demo()
    wanted = [f"{card}-{stop.name}.jsonl" for card in demo.cards for stop in demo.terminal]
    assert sorted(wanted) == FILES
    assert len(FILES) == 36


@each_file
def test_reads_and_writes_back(name: str) -> None:
    text = (golden.FOLDER / name).read_text(encoding="utf-8")
    trace = read_trace(text)
    assert write_trace(trace) == text
    header = trace.header
    assert f"{header.card}-{header.terminal}.jsonl" == name
    assert (header.seed, header.source) == (golden.SEED, golden.SOURCE)
    assert "test keys" in header.provenance
    times = [event.t for event in trace.events]
    assert times[0] == 0.0
    assert times == sorted(times)


@each_file
def test_everything_in_it_is_understood(name: str) -> None:
    for note in annotate(load(name)):
        assert not [remark for remark in note.remarks if remark.startswith(FAILURES)], note
        assert "unknown" not in note.name
        event = note.event
        if isinstance(event, Exchange):
            assert note.sw_text != "unknown"
            if event.response[:-2]:
                assert note.received, f"{event.command.hex()}: answer not decoded"


@each_file
def test_the_decision_is_the_one_of_the_table(name: str) -> None:
    trace = load(name)
    (decision,) = notes(trace, "decision")
    stop = next(stop for stop in load_demo().terminal if stop.name == trace.header.terminal)
    if decision["outcome"] == "accepted":
        ended = f"accepted {decision['application']} {decision['amount']}"
    else:
        ended = f"{decision['outcome']} {decision['code']}"
    assert ended == stop.expect[trace.header.card]
    readme = (golden.FOLDER / "README.md").read_text(encoding="utf-8")
    (row,) = [line for line in readme.splitlines() if f"`{name}`" in line]
    assert f"| {ended} |" in row
    assert not notes(trace, "dispute")
    # clearing hears of a tap when money moved, and of nothing else
    assert len(notes(trace, "clearing")) == (decision["amount"] != 0)


# -- the second opinion ------------------------------------------------------------


@dataclass
class Audit:
    """Follow one card and its PSAM through a trace and recompute every code."""

    standard: str = ""
    factors: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    opened: bytes = b""
    answer: bytes = b""
    session: bytes = b""
    type: int = 0
    asked: bytes = b""
    expected_mac2: bytes = b""
    tacs: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)

    def run(self, exchanges: Iterable[Exchange]) -> Audit:
        for item in exchanges:
            if item.response[-2:] == b"\x90\x00":
                self.step(item.channel, item.command, item.response[:-2])
        return self

    def key(self, role: str) -> bytes:
        key = bytes.fromhex(keys()[self.standard][role])
        for factor in self.factors[self.standard]:
            key = second.diversify(key, factor)
        return key

    def same(self, what: str, got: bytes, wanted: bytes) -> None:
        assert got == wanted, f"{what}: {got.hex()} in the trace, {wanted.hex()} worked out"
        self.checked[what] += 1

    def step(self, channel: str, command: bytes, answer: bytes) -> None:
        ins = command[1]
        if channel == "sam":
            if ins == 0x70:
                self.sam_mac1(command[5:-1], answer)
            elif ins == 0x72:
                self.same("MAC2 in the PSAM", command[5:9], self.expected_mac2)
        elif ins == 0xA4:
            self.select(command[5:-1], answer)
        elif ins == 0xB0 and self.standard == "lnt" and len(answer) >= 16:
            self.factors["lnt"] = (answer[8:16],)
        elif command[:2] == b"\x80\x50":
            self.opened, self.answer, self.type = command, answer, {0: 2, 1: 6, 3: 9}[command[2]]
            if self.type == 2:
                self.load_mac1()
        elif command[:2] == b"\x80\x52":
            self.credit(command[5:16], answer)
        elif command[:2] == b"\x80\x54":
            self.debit(command[5:20], answer)

    def select(self, name: bytes, fci: bytes) -> None:
        if name.startswith(b"PAY."):
            self.standard = "lnt"
        elif name.endswith(b"\x01\x05"):
            self.standard = "tunion"
            at = fci.index(b"\x9f\x0c") + 3
            self.factors["tunion"] = (fci[at : at + 8], fci[at + 12 : at + 20])

    @property
    def money(self) -> tuple[bytes, bytes]:
        """Amount and terminal number of INITIALIZE."""
        return self.opened[6:10], self.opened[10:16]

    def load_mac1(self) -> None:
        balance, counter = self.answer[:4], int.from_bytes(self.answer[4:6], "big")
        self.session = second.online_session_key(self.key("load"), self.answer[8:12], counter)
        amount, terminal = self.money
        under = balance + amount + b"\x02" + terminal
        self.same("MAC1 of a load", self.answer[12:16], second.mac(self.session, under))

    def credit(self, data: bytes, tac: bytes) -> None:
        amount, terminal = self.money
        under = amount + b"\x02" + terminal + data[:7]
        self.same("MAC2 of a load", data[7:], second.mac(self.session, under))
        after = int.from_bytes(self.answer[:4], "big") + int.from_bytes(amount, "big")
        under = after.to_bytes(4, "big") + self.answer[4:6] + under
        wanted = second.mac(second.tac_key(self.key("tac")), under)
        self.same("TAC of a load", tac, wanted)
        self.tacs.append(tac.hex().upper())

    def sam_mac1(self, data: bytes, answer: bytes) -> None:
        factors = data[20:]
        card = self.factors[self.standard]
        assert factors == b"".join(reversed(card)), "the PSAM was asked for another card's key"
        assert data[:4] == self.answer[11:15], "the PSAM was given another random"
        assert data[4:6] == self.answer[4:6], "the PSAM was given another counter"
        counter, self.asked = int.from_bytes(data[4:6], "big"), data
        self.session = second.offline_session_key(
            self.key("purchase"), data[:4], counter, answer[:4]
        )
        under = data[6:11] + self.opened[10:16] + data[11:18]
        self.same("MAC1 from the PSAM", answer[4:8], second.mac(self.session, under))

    def debit(self, data: bytes, answer: bytes) -> None:
        amount, terminal = self.money
        serial, time, mac1 = data[:4], data[4:11], data[11:15]
        assert self.asked[6:10] == amount
        assert self.asked[10] == self.type
        kind = bytes((self.type,))
        under = amount + kind + terminal + time
        self.same("MAC1 of a purchase", mac1, second.mac(self.session, under))
        self.expected_mac2 = second.mac(self.session, amount)
        self.same("MAC2 of a purchase", answer[4:8], self.expected_mac2)
        under = amount + kind + terminal + serial + time
        wanted = second.mac(second.tac_key(self.key("tac")), under)
        self.same("TAC of a purchase", answer[:4], wanted)
        self.tacs.append(answer[:4].hex().upper())


#: Codes of one transaction, as an audit counts them.
PURCHASE = {
    "MAC1 from the PSAM", "MAC1 of a purchase", "MAC2 of a purchase", "MAC2 in the PSAM",
    "TAC of a purchase",
}  # fmt: skip
LOAD = {"MAC1 of a load", "MAC2 of a load", "TAC of a load"}


@each_file
def test_every_code_is_right(name: str) -> None:
    trace = load(name)
    audit = Audit().run(trace.exchanges)
    (decision,) = notes(trace, "decision")
    if decision["outcome"] != "accepted":
        assert not audit.checked
    else:
        assert audit.checked == Counter(LOAD if decision["direction"] == "load" else PURCHASE)
    cleared = notes(trace, "clearing")
    assert [record["tac"] for record in cleared] == (audit.tacs if cleared else [])


def test_how_many_codes_were_worked_out() -> None:
    total: Counter[str] = Counter()
    for name in FILES:
        total += Audit().run(load(name).exchanges).checked
    assert {total[what] for what in LOAD} == {3}
    assert {total[what] for what in PURCHASE} == {22}


@pytest.mark.parametrize("name", ["lnt-load-point.jsonl", "dual-metro-exit.jsonl"])
def test_one_wrong_bit_in_a_code_is_found(name: str) -> None:
    exchanges = load(name).exchanges
    spoilt = 0
    for at, item in enumerate(exchanges):
        if item.channel == "card" and item.command[1] in (0x52, 0x54):
            last = item.command[:-2] + bytes((item.command[-2] ^ 1,)) + item.command[-1:]
            wrong = item.response[:3] + bytes((item.response[3] ^ 1,)) + item.response[4:]
            for change in ({"command": last}, {"response": wrong}):
                changed = msgspec.structs.replace(item, **change)
                with pytest.raises(AssertionError, match="worked out"):
                    Audit().run((*exchanges[:at], changed, *exchanges[at + 1 :]))
                spoilt += 1
    assert spoilt == 2


@pytest.mark.parametrize("terminal", [stop.name for stop in load_demo().terminal])
def test_a_terminals_numbers_go_on_from_card_to_card(terminal: str) -> None:
    demo = load_demo()
    serials = [
        str(record["terminal_serial"])
        for card in demo.cards
        for record in notes(load(f"{card}-{terminal}.jsonl"), "clearing")
        if record["kind"] == "purchase"
    ]
    assert all(a < b for a, b in itertools.pairwise(serials))
