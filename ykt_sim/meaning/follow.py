"""The state of card and PSAM that cryptograms rest on, and what each one must be.

Orders, keys and session keys are those of `wire.macs` and `crypto.derive`; every rule here
names them and adds only where in a trace each input stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from ykt_sim.codes import AID_TUNION_EP, INS, SW, Operation, Standard, TransactionType
from ykt_sim.crypto import des
from ykt_sim.errors import CryptoError, WireError
from ykt_sim.meaning.commands import MAC_SIZE, is_protected
from ykt_sim.meaning.explain.around import Around
from ykt_sim.meaning.explain.inputs import Inputs, KeyPath, make, parts_of
from ykt_sim.meaning.explain.keybox import KeyBox
from ykt_sim.meaning.explain.line import LineCode, in_answer, in_command
from ykt_sim.meaning.explain.sam_des import PSAM, SamDes, made
from ykt_sim.meaning.explain.search import Search
from ykt_sim.meaning.purse_codes import (
    ALGORITHMS,
    NO_APPLICATION,
    NO_KEY,
    KeySource,
    NoKeys,
    PurseTransaction,
    Value,
    card_key,
    purchase_block,
    purchase_session,
    unknown_algorithm,
)
from ykt_sim.meaning.understand import Side, Understood
from ykt_sim.trace.model import Exchange, Removed, Reset
from ykt_sim.wire import macs
from ykt_sim.wire import purse as wire
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import Application, SamFile, TunionFile
from ykt_sim.wire.commands import BY_SFI, COMMITS, OPERATIONS, is_foreign
from ykt_sim.wire.files import LntApplication, SamTerminalFile, TunionApplication
from ykt_sim.wire.record import Record

_BODY: Final = 5
_TUNION_EP: Final = AID_TUNION_EP.hex().upper()
_MORE: Final = 0x61
#: Commits that are kept for GET TRANSACTION PROVE; a card itself keeps one for each purse.
_PROOFS: Final = 16
#: Layouts of the data of each commit; a purchase and an unload share an instruction.
_COMMIT_DATA: Final = {
    ins: tuple(
        dict.fromkeys(row.commit.data[0] for row in OPERATIONS.values() if row.commit.ins == ins)
    )
    for ins in COMMITS
}
_NO_CHALLENGE: Final = "no GET CHALLENGE before it"
_NO_TRANSACTION: Final = "its INITIALIZE is not in the trace"
#: Standard under which the keys of any other directory stand, for sources that have an ``own``.
OWN: Final = "own"


class Due(NamedTuple):
    """What a cryptogram must be.

    Attributes:
        side, offset: where it stands.
        name: what it is.
        value: the right bytes, None when they cannot be worked out.
        why: then the reason.
        inputs: what it is made of, None where that is not known.
    """

    side: Side
    offset: int
    name: str
    value: bytes | None
    why: str = ""
    inputs: Inputs | None = None


class Mismatch(NamedTuple):
    """A place that repeats what another exchange said, and says something else.

    Attributes:
        side, offset, size: where.
        name: of the field.
        why: what it should repeat.
    """

    side: Side
    offset: int
    size: int
    name: str
    why: str


class _Sam(msgspec.Struct):
    """A transaction in the PSAM, between `80 70` and `80 72`."""

    standard: str | None
    data: Any
    factors: tuple[bytes, ...]
    session: bytes | None = None
    serial: bytes = b""
    why: str = ""

    def inputs(self, code: str, layout: type[Record], message: bytes) -> Inputs:
        """What a code of this transaction is made of."""
        path = KeyPath(self.standard or "", "purchase", self.factors)
        block = purchase_block(self.data.random, self.data.counter, self.serial)
        under = parts_of(layout, message)
        return Inputs(
            code, path, under, block, in_session=True, session_role=path.role, serial=self.serial
        )


class Follower:
    """Goes along a trace; `step` gives what every cryptogram of an event must be.

    Attributes:
        group: number of the transaction or challenge that goes on.
    """

    def __init__(self, keys: KeySource | None, *, searched: bool = True) -> None:
        """Begin before the first event.

        Args:
            keys: None where there are none, so that no code can be wrong.
            searched: keep what `search` wants, where there are keys.
        """
        self._searched = searched and keys is not None
        self._keys: KeySource = keys if keys is not None else NoKeys()
        self._own: bool = getattr(keys, "own", False)
        self.group = 0
        self._factors: dict[str | None, tuple[bytes, ...]] = {}
        self._challenge = b""
        self._used = b""
        self._card: PurseTransaction | None = None
        self._proofs: dict[tuple[str | None, int, int], dict[str, Value]] = {}
        self._sam: _Sam | None = None
        self._sam_terminal = ""
        self._des: SamDes | None = None
        self._around = Around()

    def step(self, item: Understood) -> tuple[tuple[Due, ...], tuple[Mismatch, ...]]:
        """Take one event; gives dues and mismatches in it."""
        event = item.event
        if not isinstance(event, Exchange):
            if isinstance(event, Reset | Removed):
                self._power(event.channel)
            return (), ()
        asked = item.asked
        if asked is None or is_foreign(asked):
            return (), ()
        answer, sw = event.response[:-2], int.from_bytes(event.response[-2:], "big")
        if self._searched:
            self._around.heard(item.annotated)
        try:
            step = self._sam_step if event.channel == "sam" else self._card_step
            dues, mismatches = step(item, asked, answer, sw)
        except (WireError, CryptoError):
            return (), ()
        if dues and self._searched:
            found = ((due.inputs, due.value) for due in dues)
            self._around.made(self.group, {i.code: v for i, v in found if i and v})
        return dues, mismatches

    def search(self, due: Due) -> Search | None:
        """Give the search for what makes a wrong code; None where its inputs are not known.

        Args:
            due: of the event that was taken last.
        """
        inputs = due.inputs
        if inputs is None:
            return None
        if not inputs.path.factors:
            known = self._factors.get(inputs.path.standard, ())
            path = msgspec.structs.replace(inputs.path, factors=known)
            inputs = msgspec.structs.replace(inputs, path=path)
        told = {standard: levels for standard, levels in self._factors.items() if standard}
        if inputs.path.standard == PSAM:
            told[PSAM] = inputs.path.factors
        return Search(inputs, KeyBox(self._keys, told), self._around.of(inputs))

    def _power(self, channel: str) -> None:
        if channel == "sam":
            self._sam = self._des = None
        else:
            self._card, self._challenge = None, b""

    # -- keys ------------------------------------------------------------------------

    def _learn(self, standard: str, *factors: bytes) -> None:
        if self._factors.get(standard) != factors:
            self._proofs = {key: kept for key, kept in self._proofs.items() if key[0] != standard}
        self._factors[standard] = factors
        self._tell(standard, factors)

    def _tell(self, standard: str, factors: tuple[bytes, ...]) -> None:
        know: Callable[..., None] | None = getattr(self._keys, "know", None)
        if know is not None:
            know(standard, *factors)

    def _identity(self, item: Understood, asked: Command, answer: bytes) -> None:
        """Learn the factors where the card tells its number."""
        if asked.ins == INS.SELECT:
            for one in item.annotated.received:
                name, data = one.fields.get("df_name"), one.fields.get("issuer_data")
                if str(name).startswith(_TUNION_EP) and isinstance(data, str) and data:
                    self._two_levels(Standard.TUNION, bytes.fromhex(data))
        elif _reads(asked, TunionFile.APPLICATION):
            application = item.annotated.application
            if application is Application.TUNION_EP:
                self._two_levels(Standard.TUNION, answer)
            elif application is Application.LNT_BASIC and len(answer) >= 16:
                spec = LntApplication.LAYOUT[1]
                self._learn(Standard.LNT, answer[spec.offset : spec.offset + spec.size])
            elif self._own:
                self._two_levels(OWN, answer)

    def _two_levels(self, standard: str, data: bytes) -> None:
        """Issuer and card number stand at the same place in every PBOC purse [GM App. A]."""
        record = TunionApplication.parse(data[: TunionApplication.SIZE])
        self._learn(standard, bytes.fromhex(record.issuer), bytes.fromhex(record.pan)[2:])

    # -- card ------------------------------------------------------------------------

    def _card_step(
        self, item: Understood, asked: Command, answer: bytes, sw: int
    ) -> tuple[tuple[Due, ...], tuple[Mismatch, ...]]:
        standard: str | None = item.annotated.application.standard or (OWN if self._own else None)
        dues: list[Due] = []
        mismatches: list[Mismatch] = []
        if not item.fetching:
            self._used, before = self._challenge, self._challenge
            self._challenge = b""
            dues += (
                self._line_due("command", code, before)
                for code in in_command(asked, standard or "", before)
            )
            mismatches += self._begin_commit(asked, dues, sw)
        if sw == SW.OK:
            dues += self._answered(item, asked, answer, standard)
        return tuple(dues), tuple(mismatches)

    def _line_due(self, side: Side, code: LineCode, challenge: bytes) -> Due:
        """What a code of line protection or authentication must be."""
        inputs = code.inputs
        path = inputs.path
        if code.unknown:
            return Due(side, code.offset, code.name, None, code.unknown)
        if code.challenged and len(challenge) not in {4, 8}:
            return Due(side, code.offset, code.name, None, _NO_CHALLENGE)
        key = card_key(self._keys, path.standard, path.role, path.index)
        value, why = None, ""
        if key is None:
            why = NO_KEY if path.standard else NO_APPLICATION
        else:
            try:
                value = make(inputs, key)
            except CryptoError as error:
                return Due(side, code.offset, code.name, None, str(error))
        return Due(side, code.offset, code.name, value, why, inputs)

    def _begin_commit(self, asked: Command, dues: list[Due], sw: int) -> list[Mismatch]:
        """MAC in the command of a commit; what its answer must hold is kept with it."""
        layouts = _COMMIT_DATA.get(asked.ins, ())
        layout = next((one for one in layouts if len(asked.data) == one.SIZE), None)
        if layout is None:
            return []
        spec = layout.LAYOUT[-1]
        at, name = _BODY + spec.offset, spec.name.upper()
        purse = self._card
        if purse is None or purse.commit != (asked.ins, layout):
            dues.append(Due("command", at, name, None, _NO_TRANSACTION))
            return []
        record: Any = layout.parse(asked.data)
        mismatches: list[Mismatch] = []
        if isinstance(record, wire.DebitData):
            mismatches += _serial_mismatch(purse, record)
            purse.serial = record.terminal_serial
        purse.settle(self._keys, record)
        dues.append(Due("command", at, f"{name} of {purse.title}", *purse.results["mac"]))
        if sw in {0, SW.OK} or sw >> 8 == _MORE:
            after = purse.answer.counter + 1
            self._proofs[purse.standard, int(purse.kind), after] = purse.results
            if len(self._proofs) > _PROOFS:
                del self._proofs[next(iter(self._proofs))]
        return mismatches

    def _answered(
        self, item: Understood, asked: Command, answer: bytes, standard: str | None
    ) -> list[Due]:
        dues: list[Due] = []
        if asked.ins == INS.GET_CHALLENGE:
            self._challenge = answer
            self.group += 1
            self._around.challenge(answer)
        elif asked.ins == INS.INITIALIZE:
            dues += self._initialized(asked, answer, standard)
        elif asked.ins in COMMITS:
            dues += self._committed(answer)
        elif asked.ins == INS.GET_TRANSACTION_PROVE and len(answer) == wire.ProveAnswer.SIZE:
            dues += self._proved(asked, standard)
        elif answer and not is_protected(asked):
            self._identity(item, asked, answer)
        dues += (
            self._line_due("response", code, self._used)
            for code in in_answer(asked, answer, standard or "", self._used)
        )
        return dues

    def _initialized(self, asked: Command, answer: bytes, standard: str | None) -> list[Due]:
        self.group += 1
        self._card = None
        self._card = purse = PurseTransaction.begin(asked, answer, standard)
        found = purse.mac1(self._keys) if purse is not None else None
        if purse is None or found is None:
            return []
        at, value = found
        return [Due("response", at, f"MAC1 of {purse.title}", *value)]

    def _committed(self, answer: bytes) -> list[Due]:
        purse, self._card = self._card, None
        if purse is None or not purse.results:
            return []
        results, title = purse.results, purse.title
        if purse.operation == Operation.UNLOAD:
            return [Due("response", 0, f"MAC3 of {title}", *results["mac3"])]
        tac = Due("response", 0, f"TAC of {title}", *results["tac"])
        if len(answer) == wire.DebitAnswer.SIZE:
            return [tac, Due("response", MAC_SIZE, f"MAC2 of {title}", *results["mac2"])]
        return [tac]

    def _proved(self, asked: Command, standard: str | None) -> list[Due]:
        counter = int.from_bytes(asked.data[:2], "big")
        results = self._proofs.get((standard, asked.p2, counter))
        missing = Value(None, "the transaction it proves is not in the trace")
        mac = results["mac2"] if results else missing
        tac = (
            (results["mac3" if asked.p2 == TransactionType.UNLOAD else "tac"])
            if results
            else missing
        )
        return [
            Due("response", 0, "MAC2 in GET TRANSACTION PROVE", *mac),
            Due("response", MAC_SIZE, "TAC in GET TRANSACTION PROVE", *tac),
        ]

    # -- PSAM ------------------------------------------------------------------------

    def _sam_step(
        self, item: Understood, asked: Command, answer: bytes, sw: int
    ) -> tuple[tuple[Due, ...], tuple[Mismatch, ...]]:
        mismatches: tuple[Mismatch, ...] = ()
        dues: tuple[Due, ...] = ()
        if asked.ins == INS.SAM_INIT_PURCHASE and not item.fetching:
            mismatches = self._sam_begin(asked)
        if asked.ins == INS.SAM_INIT_PURCHASE and sw == SW.OK:
            dues = self._sam_mac1(answer)
        elif asked.ins == INS.SAM_CHECK_MAC2 and len(asked.data) == MAC_SIZE:
            if not item.fetching:
                dues = self._sam_mac2()
        elif asked.ins == INS.SAM_INIT_DES:
            self._des = SamDes.opened(asked) if sw == SW.OK or sw >> 8 == _MORE else None
        elif asked.ins == INS.SAM_DES and sw == SW.OK:
            dues = self._sam_des(asked, answer)
        elif _reads(asked, SamFile.TERMINAL) and sw == SW.OK:
            self._sam_terminal = SamTerminalFile.parse(answer[: SamTerminalFile.SIZE]).terminal
        return dues, mismatches

    def _sam_begin(self, asked: Command) -> tuple[Mismatch, ...]:
        self._sam = None
        two = len(asked.data) == wire.SamPurchaseData2.SIZE
        layout = wire.SamPurchaseData2 if two else wire.SamPurchaseData1
        data: Any = layout.parse(asked.data)
        factors = (data.factor2, data.factor1) if two else (data.factor1,)
        purse = self._card
        alone: str = Standard.TUNION if two else Standard.LNT
        standard = purse.standard if purse is not None else alone
        self._sam = _Sam(standard, data, factors)
        if standard and standard not in self._factors:
            self._learn(standard, *factors)
        if purse is None or not purse.purchase:
            return ()
        said, request = purse.answer, purse.request
        told: dict[str, object] = {
            "random": said.random,
            "counter": said.counter,
            "amount": request.amount,
            "type": purse.kind,
            "key_version": said.key_version,
            "algorithm": said.algorithm,
            "factor1": self._factors.get(standard, factors)[-1],
        }
        if two:
            told["factor2"] = self._factors.get(standard, factors)[0]
        return tuple(
            Mismatch("command", _BODY + spec.offset, spec.size, spec.name, "not what the card said")
            for spec in layout.LAYOUT
            if spec.name in told and getattr(data, spec.name) != told[spec.name]
        )

    def _sam_key(self, sam: _Sam) -> bytes | None:
        """Purchase key of the card that the PSAM was told, whichever card was read."""
        own = self._factors.get(sam.standard)
        if sam.standard is None or own is None or own == sam.factors:
            return card_key(self._keys, sam.standard, "purchase")
        self._tell(sam.standard, sam.factors)
        try:
            return card_key(self._keys, sam.standard, "purchase")
        finally:
            self._tell(sam.standard, own)

    def _sam_mac1(self, answer: bytes) -> tuple[Due, ...]:
        sam = self._sam
        at, name = wire.SamPurchaseAnswer.LAYOUT[1].offset, "MAC1 from the PSAM"
        if sam is None:
            return (Due("response", at, name, None, "its command is not in the trace"),)
        said = wire.SamPurchaseAnswer.parse(answer)
        data, purse = sam.data, self._card
        sam.serial = said.terminal_serial
        key = self._sam_key(sam)
        sam.why = NO_KEY if key is None else ""
        if data.algorithm not in ALGORITHMS:
            key, sam.why = None, unknown_algorithm(data.algorithm)
        if key is not None:
            sam.session = purchase_session(key, data.random, data.counter, said.terminal_serial)
        if purse is not None:
            purse.serial = said.terminal_serial
        terminal = self._sam_terminal or (purse.request.terminal if purse is not None else "")
        if sam.session is None or not terminal:
            why = sam.why or "the PSAM's terminal number is not in the trace"
            return (Due("response", at, name, None, why),)
        under = macs.TransactionMacInput.pack(
            amount=data.amount, type=data.type, terminal=terminal, datetime=data.datetime
        )
        inputs = sam.inputs("MAC1", macs.TransactionMacInput, under)
        return (Due("response", at, name, des.mac(sam.session, under), "", inputs),)

    def _sam_mac2(self) -> tuple[Due, ...]:
        sam, self._sam = self._sam, None
        name = "MAC2 to the PSAM"
        if sam is None or sam.session is None:
            why = sam.why if sam is not None else "its 80 70 is not in the trace"
            return (Due("command", _BODY, name, None, why or NO_KEY),)
        under = macs.PurchaseMac2Input.pack(amount=sam.data.amount)
        inputs = sam.inputs("MAC2", macs.PurchaseMac2Input, under)
        return (Due("command", _BODY, name, des.mac(sam.session, under), "", inputs),)

    def _sam_des(self, asked: Command, answer: bytes) -> tuple[Due, ...]:
        opened = self._des
        if opened is None:
            return (Due("response", 0, "DES of the PSAM", None, "its 80 1A is not in the trace"),)
        name, why = f"DES of the PSAM ({opened.name})", opened.wanted
        standard = self._card.standard if self._card is not None else self._only()
        found: Due | None = None
        for path in opened.paths(standard):
            inputs = made(asked, answer, path)
            if isinstance(inputs, str):
                return (Due("response", 0, name, None, inputs),)
            key = self._divided(path)
            value = make(inputs, key) if key is not None else None
            if value == answer or (found is None and value is not None):
                found = Due("response", 0, name, value, "", inputs)
        return (found or Due("response", 0, name, None, why),)

    def _divided(self, path: KeyPath) -> bytes | None:
        """The key that the PSAM's becomes by the factors of a path, whichever card is there."""
        before = self._factors.get(path.standard)
        if before is None and path.standard != PSAM:
            return None
        self._tell(path.standard, path.factors)
        try:
            return card_key(self._keys, path.standard, path.role)
        finally:
            self._tell(path.standard, before or ())

    def _only(self) -> str | None:
        """The standard of the one application that told its number."""
        known = [one for one in self._factors if one and one != PSAM]
        return known[0] if len(known) == 1 else None


def _reads(asked: Command, sfi: int) -> bool:
    """True for READ BINARY of a file from its first byte."""
    return asked.ins == INS.READ_BINARY and (asked.p1, asked.p2) == (BY_SFI | sfi, 0)


def _serial_mismatch(purse: PurseTransaction, record: wire.DebitData) -> list[Mismatch]:
    if purse.serial is None or purse.serial == record.terminal_serial:
        return []
    spec = wire.DebitData.LAYOUT[0]
    return [
        Mismatch("command", _BODY + spec.offset, spec.size, spec.name, "not what the PSAM gave")
    ]
