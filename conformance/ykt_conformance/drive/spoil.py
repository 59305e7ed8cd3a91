"""What a terminal hears in place of the truth: forged codes, other status words, dialects.

Each function gives a `Mutation`. What a terminal must make of it is a judge's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from ykt_conformance.drive import commands as c
from ykt_conformance.drive.terminal import Mutation
from ykt_sim.codes import AID_PPSE, AID_TUNION_EP, INS, Tag
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import LntApplication, TunionCardInfo
from ykt_sim.wire.tlv import Tlv

#: A long AID as phones list it: the standard AID and a city's tail [CODE huami, miui].
LONG: Final = AID_TUNION_EP + bytes.fromhex("5800022058100000")


#: What a card gets in place of a command that is kept from it.
_HARMLESS: Final = bytes.fromhex("805C030204")


#: An answer's data as they are not: of another length, or nothing but one bit.
SIZES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "none": lambda _data: b"",
    "less": lambda data: data[:-1],
    "more": lambda data: data + b"\0",
    "twice": lambda data: (data + data)[:256],
    "half": lambda data: data[: len(data) // 2],
    "some": lambda data: data[: len(data) // 8],
    "quarter": lambda data: data[: len(data) // 4],
    "most": lambda data: data[: len(data) * 3 // 4],
    "zero": lambda data: bytes(len(data)),
    "ones": lambda data: b"\xff" * len(data),
}


class Heard(Protocol):
    """A card that hears what another is told."""

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        ...

    def transmit(self, apdu: bytes) -> bytes:
        """One command."""
        ...


def _is(command: bytes, ins: int, aid: bytes | None) -> bool:
    """The command has this instruction and, where one is given, begins with this name."""
    return command[1] == ins and (aid is None or command[5 : 5 + len(aid)] == aid)


# -- codes and status words ------------------------------------------------------------


def status(
    name: str, ins: int, sw: int, *, aid: bytes | None = None, keep: bool = True
) -> Mutation:
    """Another status word; the data stay with it or go."""

    def change(command: bytes, true: bytes) -> bytes:
        if not _is(command, ins, aid) or true[-2:] != b"\x90\x00":
            return true
        return (true[:-2] if keep else b"") + sw.to_bytes(2, "big")

    return Mutation(name, change)


def at_first(mutation: Mutation) -> Mutation:
    """The same, until it has changed one answer."""
    changed: list[bytes] = []

    def change(command: bytes, true: bytes) -> bytes:
        heard = true if changed else mutation.answer(command, true)
        changed.extend((heard,) if heard != true else ())
        return heard

    return Mutation(f"{mutation.name} at first", change, mutation.command, mutation.dialect)


def unreachable(name: str, ins: int, sw: int) -> Mutation:
    """The command never reaches the card, which gets a harmless one instead."""

    def change(command: bytes, true: bytes) -> bytes:
        return sw.to_bytes(2, "big") if command[1] == ins else true

    def instead(command: bytes) -> bytes:
        return _HARMLESS if command[1] == ins else command

    return Mutation(name, change, instead)


def forged_mac2() -> Mutation:
    """One bit of MAC2 in the answer to DEBIT; the TAC stays."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[:7] + bytes((true[7] ^ 0x01,)) + true[8:]
        return true

    return Mutation("one bit of MAC2 is turned", change)


def forged_tac() -> Mutation:
    """One bit of the TAC in the answer to CREDIT FOR LOAD."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.CREDIT_FOR_LOAD and len(true) == 6 and true[-2:] == b"\x90\x00":
            return bytes((true[0] ^ 0x01,)) + true[1:]
        return true

    return Mutation("one bit of the TAC is turned", change)


def swapped_codes() -> Mutation:
    """MAC2 before TAC in the answer to DEBIT."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[4:8] + true[:4] + true[8:]
        return true

    return Mutation("MAC2 stands before the TAC", change)


def tac_only() -> Mutation:
    """The answer to DEBIT ends after the TAC."""

    def change(command: bytes, true: bytes) -> bytes:
        if command[1] == INS.DEBIT and len(true) == 10 and true[-2:] == b"\x90\x00":
            return true[:4] + true[8:]
        return true

    return Mutation("the answer to DEBIT has no MAC2", change)


def resized(name: str, ins: int, aid: bytes | None, change: Callable[[bytes], bytes]) -> Mutation:
    """The data of a command's good answer with another length."""

    def answer(command: bytes, true: bytes) -> bytes:
        if not _is(command, ins, aid) or true[-2:] != b"\x90\x00":
            return true
        return change(true[:-2]) + true[-2:]

    return Mutation(name, answer)


def of_file(name: str, sfi: int, change: Callable[[bytes], bytes] | int) -> Mutation:
    """What is read of one file: other data, or another status word without any."""

    def answer(command: bytes, true: bytes) -> bytes:
        binary = command[1] == INS.READ_BINARY and command[2] == c.by_sfi(sfi)
        record = command[1] == INS.READ_RECORD and command[3] >> 3 == sfi
        if not (binary or record) or true[-2:] != b"\x90\x00":
            return true
        if isinstance(change, int):
            return change.to_bytes(2, "big")
        return change(true[:-2]) + true[-2:]

    return Mutation(name, answer)


def taken_over(other: Heard, ins: int) -> Mutation:
    """From a command on another card in the field answers, which has heard all before it too."""
    begun: list[bytes] = []
    other.power_on()

    def answer(command: bytes, true: bytes) -> bytes:
        return other.transmit(command) if begun else true

    def instead(command: bytes) -> bytes:
        if command[1] == ins:
            begun.append(command)
        if begun:
            return _HARMLESS
        other.transmit(command)
        return command

    return Mutation(f"another card answers from {ins:02X} on", answer, instead)


def top_bit() -> Mutation:
    """The top bit of the balance in the answer to INITIALIZE, which is no money [CODE x5]."""

    def answer(command: bytes, true: bytes) -> bytes:
        if command[1] != INS.INITIALIZE or true[-2:] != b"\x90\x00":
            return true
        return bytes((true[0] | 0x80,)) + true[1:]

    return Mutation("the top bit of INITIALIZE's balance is set", answer, dialect=True)


# -- dialects --------------------------------------------------------------------------


def directory(*aids: bytes) -> bytes:
    """Answer to SELECT PPSE that lists these AIDs."""
    entries = [
        Tlv.of(Tag.DIRECTORY_ENTRY, [Tlv(Tag.AID, aid), Tlv(Tag.PRIORITY, bytes((number,)))])
        for number, aid in enumerate(aids, 1)
    ]
    inner = Tlv.of(Tag.PROPRIETARY, [Tlv.of(Tag.ISSUER_DISCRETIONARY, entries)])
    return Tlv.of(Tag.FCI, [Tlv(Tag.DF_NAME, AID_PPSE), inner]).build() + b"\x90\x00"


def listing(*aids: bytes) -> Mutation:
    """PPSE lists these AIDs; a long one is selected as the standard one it begins with."""

    def change(command: bytes, true: bytes) -> bytes:
        asked = command[1] == INS.SELECT and command[5:-1] == AID_PPSE
        return directory(*aids) if asked and true[-2:] == b"\x90\x00" else true

    def instead(command: bytes) -> bytes:
        if command[1] == INS.SELECT and command[5:-1] == LONG:
            return command[:4] + bytes((len(AID_TUNION_EP),)) + AID_TUNION_EP + b"\x00"
        return command

    name = "PPSE lists " + ", ".join(aid.hex().upper() for aid in aids)
    purse = any(aid.startswith(AID_TUNION_EP) for aid in aids)
    return Mutation(name, change, instead, dialect=purse)


def changed_fci(name: str, change: Callable[[Tlv], Tlv]) -> Mutation:
    """The T-Union FCI with each object inside A5 changed."""

    def answer(command: bytes, true: bytes) -> bytes:
        asked = command[1] == INS.SELECT and command[5:].startswith(AID_TUNION_EP)
        if not asked or true[-2:] != b"\x90\x00":
            return true
        fci = Tlv.parse(true[:-2])
        outer = [
            Tlv.of(child.tag, [change(item) for item in child.children])
            if child.tag == Tag.PROPRIETARY
            else child
            for child in fci.children
        ]
        return Tlv.of(fci.tag, outer).build() + true[-2:]

    return Mutation(name, answer, dialect=True)


def _longer(item: Tlv) -> Tlv:
    return Tlv(item.tag, item.value + b"\x00\x00") if item.tag == Tag.ISSUER_DATA else item


def short_15() -> Mutation:
    """EF 15 under PAY.APPY without its last two bytes, as one replayed card has it."""

    def answer(command: bytes, true: bytes) -> bytes:
        asked = command[1] == INS.READ_BINARY and command[2] == c.by_sfi(c.APPLICATION)
        whole = len(true) == LntApplication.SIZE + 2
        return true[: LntApplication.SIZE - 2] + true[-2:] if asked and whole else true

    return Mutation("EF 15 has 68 bytes", answer, dialect=True)


def short_17(size: int) -> Mutation:
    """EF 17 of the T-Union purse has only so many bytes, its flag among them: cards facts 3.4."""
    file = c.by_sfi(TunionFile.CARD_INFO)

    def answer(command: bytes, true: bytes) -> bytes:
        asked = command[1] == INS.READ_BINARY and command[2] == file
        whole = len(true) == TunionCardInfo.SIZE + 2
        return true[:size] + true[-2:] if asked and whole else true

    return Mutation(f"EF 17 has {size} bytes", answer, dialect=True)


def longer_9f0c() -> Mutation:
    """9F0C has two bytes more than EF 15."""
    return changed_fci("9F0C has 32 bytes", _longer)
