"""The card's side of a trace, played to a terminal.

`Player` is an engine like a card: `power_on` gives the ATR, `process` answers a command.
Commands are matched by meaning (`rework.script.CommandKind`); the answer is the recorded one,
with new randoms, balances and counters that go on from the recorded ones, and every code worked out
for what was really said. With keys it also looks at the codes that a terminal sends, as a
card does. What the trace does not know is answered by a stated rule, and remembered.

`exact.ExactPlayer` answers in order, byte by byte, and refuses whatever else comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_sim.codes import INS, SW, BalanceKind, Operation
from ykt_sim.errors import WireError
from ykt_sim.meaning.classes import SECURED, ByteClass
from ykt_sim.meaning.commands import FileReference, file_reference
from ykt_sim.meaning.explain.keybox import Keys
from ykt_sim.meaning.follow import Due
from ykt_sim.meaning.live import NO_CHALLENGE, Live
from ykt_sim.meaning.understand import Stage
from ykt_sim.rework.play.exact import PLAIN_ATR, ExactPlayer
from ykt_sim.rework.play.report import NEAREST, PLAIN, STOP, Manner, PlayReport, card_events, named
from ykt_sim.rework.script import CommandKind, Current, Purses, Script, ScriptLine, kind_of
from ykt_sim.trace.model import Exchange, Reset, Trace
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application
from ykt_sim.wire.commands import COMMITS, OFFLINE, ONLINE

Rng = Callable[[int], bytes]

_CHALLENGE: Final = 8
_MORE: Final = 0x6100
_BLOCK: Final = 256
_COUNTERS: Final = 0x1_0000
_BEGUN: Final = frozenset({Stage.INITIALISED, Stage.CACHED})
_SPENDS: Final = OFFLINE | {Operation.UNLOAD}
#: What GET BALANCE may ask for that is not the purse's content.
_NO_BALANCE: Final = frozenset(
    {BalanceKind.OVERDRAFT_LIMIT, BalanceKind.OVERDRAWN, BalanceKind.CEILING}
)
_NO_CODES: Final = (
    "codes cannot be worked out ({why}): recorded randoms and codes are given as they are,"
    " and a terminal will find them wrong unless it does exactly what the recorded one did"
)
_NO_CHECK: Final = "the terminal's codes cannot be checked ({why}): the recorded answer is given"


class Player:
    """Answers by meaning.

    Args:
        trace: what was recorded.
        rng: gives n random bytes.
        keys: makes keys of the card; they should learn its number. None for none.
        manner: what to do with what is not known, and after a reset.

    Attributes:
        report: what was not known, and warnings.

    Raises:
        UsageError: no answer of a card is in the trace, or the manner has a wrong word.
    """

    def __init__(
        self,
        trace: Trace,
        rng: Rng,
        keys: Callable[[], Keys] | None = None,
        manner: Manner = PLAIN,
    ) -> None:
        self.report = PlayReport()
        self._events = card_events(trace)
        self._script = Script(self._events)
        self._rng, self._manner, self._status = rng, manner, manner.status
        self._make_keys = keys
        self._at = 0
        self._begin()

    def _begin(self) -> None:
        self._live = Live(self._make_keys() if self._make_keys else None)
        self._purses = Purses()
        self._current = Current()
        self._pending = b""

    # -- power -----------------------------------------------------------------------

    def power_on(self) -> bytes:
        """Reset; gives the ATR of the trace."""
        resets = self._script.resets
        anew = self._at not in resets and not self._manner.once
        if anew:
            self._at = 0
            self._begin()
        atr = b""
        while self._at in resets:
            atr = resets[self._at] or atr
            self._at += 1
        if not atr:
            known = [value for place, value in resets.items() if value and place <= self._at]
            atr = known[-1] if known else PLAIN_ATR
        self._live.take(Reset(t=0.0, channel="card", atr=atr))
        self._current.reset()
        self._pending = b""
        return atr

    def power_off(self) -> None:
        """Nothing is lost: a trace goes on where it is."""

    # -- commands --------------------------------------------------------------------

    def process(self, apdu: bytes) -> bytes:
        """Answer one command."""
        self.report.commands += 1
        try:
            asked = Command.parse(apdu)
        except WireError:
            return SW.WRONG_LENGTH.to_bytes(2, "big")
        if asked.ins == INS.GET_RESPONSE and self._pending:
            return self._fetched(asked)
        self._pending = b""
        answer, fetch = self._answer(apdu, asked)
        # What a command has done is told whole: GET RESPONSE only hands out what is there.
        item, _, _ = self._live.take(_exchange(apdu, answer))
        self._purses.take(item)
        self._current.take(asked, int.from_bytes(answer[-2:], "big"))
        if fetch:
            self._pending = answer
            return _announced(answer[:-2])
        return answer

    def _fetched(self, asked: Command) -> bytes:
        data, sw = self._pending[:-2], self._pending[-2:]
        size = asked.le or _BLOCK
        rest = data[size:]
        self._pending = rest + sw if rest else b""
        return data[:size] + (_announced(rest) if rest else sw)

    def _answer(self, apdu: bytes, asked: Command) -> tuple[bytes, bool]:
        """The whole answer, and whether it must be fetched."""
        kind = kind_of(asked, self._live.application, self._current.sfi)
        line = self._script.find(kind, self._at)
        if line is None and kind.application is not Application.NONE:
            line = self._script.find(kind._replace(application=Application.NONE), self._at)
        if line is None:
            part = self._part(asked)
            if part is not None:
                return part + SW.OK.to_bytes(2, "big"), False
            return self._unknown(apdu, asked, kind), False
        self._at = line.number + 1
        answer = self._given(apdu, asked, line)
        fetch = line.chained and asked.le is None and len(answer) > 2
        return answer, fetch

    def _given(self, apdu: bytes, asked: Command, line: ScriptLine) -> bytes:
        """The recorded answer, made right for what was asked."""
        if line.sw == SW.OK:
            refusal = self._refusal(apdu, asked, line)
            if refusal:
                return refusal.to_bytes(2, "big")
        data = self._filled(apdu, asked, line)
        data = self._length(apdu, asked, line, data)
        return data + line.sw.to_bytes(2, "big")

    # -- what a card looks at --------------------------------------------------------

    def _refusal(self, apdu: bytes, asked: Command, line: ScriptLine) -> int:
        """Status word with which a card refuses this; 0 where it does not."""
        begun = bool(self._purses.operation) and self._live.phase in _BEGUN
        if asked.ins in COMMITS and not begun:
            return SW.WRONG_STATE
        if asked.ins == INS.INITIALIZE and self._too_much(asked, line):
            return SW.BALANCE_INSUFFICIENT
        refused = self._wrong_code(apdu, asked)
        if refused:
            return refused
        if asked.ins == INS.GET_TRANSACTION_PROVE and not self._proves(apdu, asked, line):
            return SW.PROOF_NOT_AVAILABLE
        return 0

    def _wrong_code(self, apdu: bytes, asked: Command) -> int:
        """Status word for a wrong code; 0 where it is right or nobody can tell."""
        for due in self._live.due(_exchange(apdu, b"")):
            if due.side != "command":
                continue
            if due.value is None and due.why == NO_CHALLENGE:
                return SW.CHALLENGE_INVALID
            if due.value is None:
                self._warn(_NO_CHECK, due)
            elif apdu[due.offset : due.offset + len(due.value)] != due.value:
                own = asked.ins in COMMITS or asked.ins == INS.WRITE_KEY
                return SW.MAC_INVALID if own else SW.SM_MAC_WRONG
        return 0

    def _too_much(self, asked: Command, line: ScriptLine) -> bool:
        """A card does not begin to pay more than it holds."""
        if line.known.operation not in _SPENDS or len(asked.data) < 5:
            return False
        balance = self._number(line, "balance")
        if balance is None:
            return False
        limit = self._number(line, "overdraft_limit") or 0
        amount = int.from_bytes(asked.data[1:5], "big")
        return amount > balance + self._drift(line)[0] + limit

    def _proves(self, apdu: bytes, asked: Command, line: ScriptLine) -> bool:
        """It proves what was committed here, or what the trace has a proof of."""
        if asked.data == line.asked.data:
            return True
        dues = self._live.due(_exchange(apdu, line.event.response))
        return any(due.value is not None for due in dues)

    @staticmethod
    def _number(line: ScriptLine, name: str) -> int | None:
        found = [piece for piece in line.known.response if piece.name == name]
        return int.from_bytes(found[0].raw, "big") if found else None

    def _drift(self, line: ScriptLine) -> tuple[int, int, int]:
        """What happened here and not in the trace: fen, online and offline transactions."""
        here = self._purses.of(self._live.application)
        return (
            here.moved - line.moved,
            here.online - line.online,
            here.offline - line.offline,
        )

    # -- what a card says ------------------------------------------------------------

    def _filled(self, apdu: bytes, asked: Command, line: ScriptLine) -> bytes:
        """Data of the answer with its own randoms, balances, counters and codes."""
        data = bytearray(line.data)
        if line.sw != SW.OK:
            return bytes(data)
        if asked.ins == INS.GET_CHALLENGE:
            return self._rng(asked.le or len(data) or _CHALLENGE)
        begins = asked.ins == INS.INITIALIZE
        fresh = begins and self._can_make_codes()
        moved, online, offline = self._drift(line)
        counts = online if line.known.operation in ONLINE else offline
        for piece in line.known.response:
            low, size = piece.offset, piece.size
            if low + size > len(data):
                continue
            value = int.from_bytes(piece.raw, "big")
            new: bytes | None = None
            if piece.byte_class is ByteClass.RANDOM and fresh:
                new = self._rng(size)
            elif piece.name == "balance" and self._tells_balance(asked):
                now = min(max(0, value + moved), 256**size - 1)
                new = now.to_bytes(size, "big")
            elif piece.name == "counter" and begins:
                new = ((value + counts) % _COUNTERS).to_bytes(size, "big")
            if new is not None:
                data[low : low + size] = new
        if any(piece.byte_class in SECURED for piece in line.known.response):
            self._codes(apdu, line, data)
        return bytes(data)

    @staticmethod
    def _tells_balance(asked: Command) -> bool:
        if asked.ins == INS.INITIALIZE:
            return True
        return asked.ins == INS.GET_BALANCE and asked.p1 % len(BalanceKind) not in _NO_BALANCE

    def _can_make_codes(self) -> bool:
        """True when keys of the selected application are known."""
        known = self._live.key("purchase") or self._live.key("load")
        if known is None:
            why = "no keys" if self._make_keys is None else "no key for this application"
            self.report.warnings[_NO_CODES.format(why=why)] = None
        return known is not None

    def _codes(self, apdu: bytes, line: ScriptLine, data: bytearray) -> None:
        """Put the right code into every place of an answer that holds one."""
        made = _exchange(apdu, bytes(data) + line.sw.to_bytes(2, "big"))
        dues = {due.offset: due for due in self._live.due(made) if due.side == "response"}
        for piece in line.known.response:
            if piece.byte_class not in SECURED:
                continue
            due = dues.get(piece.offset)
            if due is not None and due.value is not None:
                data[piece.offset : piece.offset + piece.size] = due.value[: piece.size]
            else:
                self._warn(_NO_CODES, due)

    def _warn(self, text: str, due: Due | None) -> None:
        why = due.why if due is not None else "what it rests on is not known"
        if self._make_keys is None:
            why = "no keys"
        self.report.warnings[text.format(why=why)] = None

    def _length(self, apdu: bytes, asked: Command, line: ScriptLine, data: bytes) -> bytes:
        """As much as was asked for; more than the trace holds is not known."""
        if asked.ins not in {INS.READ_BINARY, INS.READ_RECORD} or line.sw != SW.OK:
            return data
        wanted = asked.le or 0
        if wanted and wanted < len(data):
            return data[:wanted]
        cut = line.asked.le not in {None, 0} and line.asked.ins == INS.READ_BINARY
        if cut and len(data) == line.asked.le and wanted != line.asked.le:
            why = f"only the first {len(data)} bytes are in the trace"
            self.report.miss(apdu, named(apdu), SW.OK.to_bytes(2, "big"), why)
        return data

    def _part(self, asked: Command) -> bytes | None:
        """A part of a file that was read from another offset."""
        reference = file_reference(asked)
        if asked.ins != INS.READ_BINARY or reference is None:
            return None
        sfi = self._current.named(reference)
        found = self._script.part(self._live.application, sfi, reference.offset)
        return None if found is None else found[: asked.le or None]

    # -- what the trace does not know --------------------------------------------------

    def _unknown(self, apdu: bytes, asked: Command, kind: CommandKind) -> bytes:
        sw, why = self._rule(asked)
        answer = self._status or sw.to_bytes(2, "big")
        if self._manner.unknown == NEAREST:
            line = self._script.nearest(kind, self._at)
            if line is not None:
                answer = self._given(apdu, asked, line)
                why += f"; nearest is event {line.index} of the card"
        elif self._manner.unknown == STOP:
            answer = SW.NO_DIAGNOSIS.to_bytes(2, "big")
            self.report.stopped = f"{named(apdu)}: {why}"
        self.report.miss(apdu, named(apdu), answer, why)
        return answer

    def _rule(self, asked: Command) -> tuple[SW, str]:
        """Status word for what is not known, and what was not known."""
        if not self._script.knows_instruction(asked.ins):
            return SW.INS_NOT_SUPPORTED, "no such command is in the trace"
        if asked.ins == INS.SELECT:
            return SW.FILE_NOT_FOUND, "it was never selected in the trace"
        reference = file_reference(asked)
        if reference is not None:
            return self._file_rule(reference)
        if asked.ins == INS.VERIFY:
            return SW.WRONG_DATA, "another PIN, or under another application, than in the trace"
        return SW.WRONG_P1P2, "not with these parameters, or not under this application"

    def _file_rule(self, reference: FileReference) -> tuple[SW, str]:
        sfi = self._current.named(reference)
        if not self._script.knows_file(self._live.application, sfi):
            return SW.FILE_NOT_FOUND, "the file is not in the trace"
        if reference.record is not None or reference.record_id is not None:
            return SW.RECORD_NOT_FOUND, "the record is not in the trace"
        return SW.WRONG_OFFSET, "that part of the file is not in the trace"


def _announced(data: bytes) -> bytes:
    """61xx: how much is there to be fetched."""
    return (_MORE | min(len(data), _BLOCK) & 0xFF).to_bytes(2, "big")


def _exchange(command: bytes, response: bytes) -> Exchange:
    return Exchange(t=0.0, channel="card", command=command, response=response)


def make_player(
    trace: Trace,
    rng: Rng,
    keys: Callable[[], Keys] | None = None,
    *,
    exact: bool = False,
    manner: Manner = PLAIN,
) -> Player | ExactPlayer:
    """The player that was asked for; raises UsageError as they do."""
    if exact:
        return ExactPlayer(trace, once=manner.once)
    return Player(trace, rng, keys, manner)
