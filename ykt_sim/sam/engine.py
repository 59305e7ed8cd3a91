"""The PSAM engine: bytes in, bytes out; dispatch by table.

`80 70` derives the card's purchase key (issuer, then card), commits the next transaction
number, and only then lets MAC1 out; `80 72` checks MAC2 of that transaction once. A wrong
MAC2 answers 9302, ends the transaction and takes one of the tries; with none left the
purchase keys are blocked (6983). The number of tries and the status words 6983 (blocked),
6985 (no application selected), 6A80 (levels do not fit the key) and 9402 (number used up)
are project conventions: laboratory pages name the commands, not these answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from ykt_sim.codes import AID_PSE, SW, Cla, Tag
from ykt_sim.crypto.derive import diversify_chain, session_key
from ykt_sim.crypto.des import mac
from ykt_sim.errors import PowerCutError, WireError
from ykt_sim.sam.image import SamImage, SamKey
from ykt_sim.sam.memory import SamCutPlan, SamMemory, SamState
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.applications import SamFile
from ykt_sim.wire.commands import (
    BY_NAME,
    BY_SFI,
    GET_CHALLENGE,
    GET_RESPONSE,
    READ_BINARY,
    SAM_CHECK_MAC2,
    SAM_INIT_PURCHASE,
    SELECT,
    CommandRow,
)
from ykt_sim.wire.files_sam import FID_MF
from ykt_sim.wire.macs import PurchaseMac2Input, PurchaseSessionInput, TransactionMacInput
from ykt_sim.wire.purse import (
    SamCheckData,
    SamPurchaseAnswer,
    SamPurchaseData1,
    SamPurchaseData2,
)
from ykt_sim.wire.tlv import Tlv, build_fci

#: ATR of our PSAM: T=0, eight historical bytes; project convention.
ATR: Final = bytes.fromhex("3B680000") + b"YKT-PSAM"

_OK: Final = b"\x90\x00"
_MORE_DATA: Final = 0x6100
_SFI: Final = 0x1F
_SERIAL_LIMIT: Final = 0xFFFFFFFF
_LEVELS: Final = {SamPurchaseData1.SIZE: 1, SamPurchaseData2.SIZE: 2}

Handler = Callable[["Psam", Command], bytes]


class SamRefusal(Exception):  # noqa: N818 - a status word, not an error of ours
    """A command ends with this status word; never leaves `Psam.process`."""

    def __init__(self, sw: int) -> None:
        self.sw = sw
        super().__init__(f"{sw:04X}")


class _Application(NamedTuple):
    name: bytes
    files: dict[int, bytes]
    keys: dict[tuple[int, int], tuple[SamKey, bytes]]


class _Open(NamedTuple):
    """A transaction between `80 70` and `80 72`; dies with power."""

    session: bytes
    amount: int


class Psam:
    """One PSAM. Public: `power_on`, `power_off`, `process`, `snapshot`, `restore`, `plan`.

    Args:
        image: what the PSAM keeps.
        rng: gives n random bytes; used by GET CHALLENGE only.
        memory: how the bytes that change are kept.
    """

    def __init__(
        self,
        image: SamImage,
        rng: Callable[[int], bytes],
        *,
        memory: type[SamMemory] = SamMemory,
    ) -> None:
        self._rng = rng
        self._kept = memory
        self._powered = False
        self.restore(image)

    def restore(self, image: SamImage) -> None:
        """Become the PSAM of an image; the power is off afterwards.

        Raises:
            ValueError: the image contradicts itself.
        """
        image.check()
        self._image = image
        self._memory = self._kept(SamState(image.next_serial, image.mac2_left))
        card: dict[int, bytes] = {
            SamFile.CARD: bytes.fromhex(image.file_15),
            SamFile.TERMINAL: bytes.fromhex(image.file_16),
        }
        self._applications = {FID_MF: _Application(AID_PSE, card, {})}
        for item in image.applications:
            keys = {
                (key.version, key.algorithm): (key, bytes.fromhex(key.value)) for key in item.keys
            }
            content = {**card, SamFile.APPLICATION: bytes.fromhex(item.file_17)}
            self._applications[int(item.fid, 16)] = _Application(
                bytes.fromhex(item.name), content, keys
            )
        self._terminal = image.file_16
        self.power_off()

    def snapshot(self) -> SamImage:
        """The image as it would be after pulling the PSAM now."""
        state = self._memory.state
        fields = {name: getattr(self._image, name) for name in self._image.__struct_fields__}
        fields.update(next_serial=state.next_serial, mac2_left=state.mac2_left)
        return SamImage(**fields)

    def cut_plan(self, plan: SamCutPlan | None) -> None:
        """Set or clear a plan for a power cut."""
        self._memory.plan(plan)

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        self._memory.recover()
        self._powered = True
        self._current = FID_MF
        self._open: _Open | None = None
        self._waiting = b""
        return ATR

    def power_off(self) -> None:
        """Drop everything volatile."""
        self._powered = False
        self._current = FID_MF
        self._open = None
        self._waiting = b""

    def process(self, apdu: bytes) -> bytes:
        """Answer one command: data and status word.

        Raises:
            PowerCutError: the power is off, or a cut plan cuts it now.
        """
        if not self._powered:
            raise PowerCutError("the PSAM has no power")
        try:
            return self._dispatch(apdu)
        except SamRefusal as refusal:
            return refusal.sw.to_bytes(2, "big")
        except PowerCutError:
            self.power_off()
            raise

    def _dispatch(self, apdu: bytes) -> bytes:
        try:
            command = Command.parse(apdu)
        except WireError:
            raise SamRefusal(SW.WRONG_LENGTH) from None
        row = TABLE.get(command.ins)
        if row is None:
            known = command.cla in (Cla.ISO, Cla.PBOC)
            raise SamRefusal(SW.INS_NOT_SUPPORTED if known else SW.CLA_NOT_SUPPORTED)
        cla, handler = row
        if command.cla != cla:
            raise SamRefusal(SW.CLA_NOT_SUPPORTED)
        if handler is not Psam.get_response:
            self._waiting = b""
        data = handler(self, command)
        if self._image.t0 and data and command.data:
            self._waiting = data
            raise SamRefusal(_MORE_DATA | len(data))
        return data + _OK

    # One method per command; each gives data, or raises Refusal.

    def select(self, command: Command) -> bytes:
        """SELECT by file identifier (P1=00) or DF name (P1=04)."""
        if command.p1 not in SELECT.p1 or command.p2:
            raise SamRefusal(SW.WRONG_P1P2)
        found = None
        if command.p1 != BY_NAME:
            if len(command.data) not in (0, 2):
                raise SamRefusal(SW.WRONG_LENGTH)
            found = int.from_bytes(command.data, "big") if command.data else FID_MF
        else:
            if not command.data:
                raise SamRefusal(SW.WRONG_LENGTH)
            for fid, item in self._applications.items():
                if item.name == command.data:
                    found = fid
        if found not in self._applications:
            raise SamRefusal(SW.FILE_NOT_FOUND)
        self._current = found
        self._open = None
        return self._fci(found)

    def _fci(self, fid: int) -> bytes:
        name = self._applications[fid].name
        if not name:
            return Tlv.of(Tag.FCI, ()).build()
        directory = ((int(Tag.SFI_OF_DIRECTORY), bytes((SamFile.DIRECTORY,))),)
        return build_fci(name, directory if fid == FID_MF else None)

    def read_binary(self, command: Command) -> bytes:
        """READ BINARY by SFI (P1=100sssss), P2 offset."""
        if command.data:
            raise SamRefusal(SW.WRONG_LENGTH)
        if command.p1 & ~_SFI != BY_SFI:
            raise SamRefusal(SW.WRONG_P1P2)
        content = self._applications[self._current].files.get(command.p1 & _SFI)
        if content is None:
            raise SamRefusal(SW.FILE_NOT_FOUND)
        if command.p2 >= len(content):
            raise SamRefusal(SW.WRONG_OFFSET)
        rest = content[command.p2 :]
        if command.le is None:
            raise SamRefusal(SW.WRONG_LENGTH)
        if command.le > len(rest):
            raise SamRefusal(SW.WRONG_LE | len(rest))
        return rest[: command.le or None]

    def get_challenge(self, command: Command) -> bytes:
        """GET CHALLENGE of 4 or 8 bytes."""
        if command.p1 or command.p2:
            raise SamRefusal(SW.WRONG_P1P2)
        if command.data or command.le not in (4, 8):
            raise SamRefusal(SW.WRONG_LENGTH)
        return self._rng(command.le)

    def get_response(self, command: Command) -> bytes:
        """GET RESPONSE: what a T=0 answer 61xx announced."""
        waiting = self._waiting
        if not waiting:
            raise SamRefusal(SW.CONDITIONS)
        if command.le not in (None, 0, len(waiting)):
            raise SamRefusal(SW.WRONG_LE | len(waiting))
        self._waiting = b""
        return waiting

    def init_purchase(self, command: Command) -> bytes:
        """`80 70`: next transaction number and MAC1; the number is committed first."""
        self._open = None
        if command.p1 or command.p2:
            raise SamRefusal(SW.WRONG_P1P2)
        levels = _LEVELS.get(len(command.data))
        if levels is None or command.le not in (None, 0, SamPurchaseAnswer.SIZE):
            raise SamRefusal(SW.WRONG_LENGTH)
        if self._current == FID_MF:
            raise SamRefusal(SW.CONDITIONS)
        data: SamPurchaseData1 | SamPurchaseData2
        if levels == 1:
            data = SamPurchaseData1.parse(command.data)
            factors: tuple[bytes, ...] = (data.factor1,)
        else:
            data = SamPurchaseData2.parse(command.data)
            factors = (data.factor2, data.factor1)
        entry = self._applications[self._current].keys.get((data.key_version, data.algorithm))
        if entry is None:
            raise SamRefusal(SW.KEY_INDEX)
        key, value = entry
        if key.levels != levels:
            raise SamRefusal(SW.WRONG_DATA)
        state = self._memory.state
        if not state.mac2_left:
            raise SamRefusal(SW.KEY_BLOCKED)
        if state.next_serial >= _SERIAL_LIMIT:
            raise SamRefusal(SW.COUNTER_AT_MAXIMUM)
        self._memory.commit(SamState(state.next_serial + 1, state.mac2_left))
        serial = state.next_serial.to_bytes(4, "big")
        session = session_key(
            diversify_chain(value, *factors),
            PurchaseSessionInput.pack(
                random=data.random, counter=data.counter, serial_low=serial[2:]
            ),
        )
        mac1 = mac(
            session,
            TransactionMacInput.pack(
                amount=data.amount,
                type=data.type,
                terminal=self._terminal,
                datetime=data.datetime,
            ),
        )
        self._open = _Open(session, data.amount)
        return SamPurchaseAnswer.pack(terminal_serial=serial, mac1=mac1)

    def check_mac2(self, command: Command) -> bytes:
        """`80 72`: check MAC2 of the open transaction, once."""
        transaction, self._open = self._open, None
        if transaction is None:
            raise SamRefusal(SW.WRONG_STATE)
        if command.p1 or command.p2:
            raise SamRefusal(SW.WRONG_P1P2)
        if len(command.data) != SamCheckData.SIZE:
            raise SamRefusal(SW.WRONG_LENGTH)
        got = SamCheckData.parse(command.data).mac2
        state = self._memory.state
        if mac(transaction.session, PurchaseMac2Input.pack(amount=transaction.amount)) != got:
            self._memory.commit(SamState(state.next_serial, state.mac2_left - 1))
            raise SamRefusal(SW.MAC_INVALID)
        if state.mac2_left != self._image.mac2_limit:
            self._memory.commit(SamState(state.next_serial, self._image.mac2_limit))
        raise SamRefusal(SW.OK)


def _table(*rows: tuple[CommandRow, Handler]) -> dict[int, tuple[int, Handler]]:
    return {row.ins: (row.cla[0], handler) for row, handler in rows}


#: INS -> (class byte, handler). In every state the same commands exist; `80 72` alone
#: needs an open transaction and answers 6901 without one.
TABLE: Final = _table(
    (SELECT, Psam.select),
    (READ_BINARY, Psam.read_binary),
    (GET_CHALLENGE, Psam.get_challenge),
    (GET_RESPONSE, Psam.get_response),
    (SAM_INIT_PURCHASE, Psam.init_purchase),
    (SAM_CHECK_MAC2, Psam.check_mac2),
)
