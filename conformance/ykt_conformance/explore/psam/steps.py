"""The words of an exploration of a PSAM: one step in a line.

=====================================  =====================================================
``reset``                              power off and on
``select NAME``                        ``mf``, ``tunion``, ``lnt`` as the form names them, ``pse``,
                                       or an identifier or name in hex
``read SFI [OFFSET [LE]]``             READ BINARY, hex and two decimal numbers
``challenge SIZE``                     GET CHALLENGE
``init AMOUNT TYPE CARD ISSUER MARK``  INIT FOR PURCHASE of a card that is made up of its marks
``check [N]``                          the MAC2 of the last INIT FOR PURCHASE, or of the N-th before
``send HEX``                           a command as it is
=====================================  =====================================================

Behind it: ``mac=zero``, ``mac=turned`` (its bytes), ``mac=flipN`` (a bit of byte N of MAC2) or
``mac=mac1`` (the PSAM's own MAC1), ``key=HEX`` (version and algorithm), ``levels=1`` or ``2``,
``random=``, ``counter=`` and ``time=`` (that of another mark), and what any step may have
(`explore.words`).
"""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.drive import commands as c
from ykt_conformance.explore.words import Grammar, Step, bent, is_bent, mark
from ykt_conformance.model.psam.state import MF, SamWorld
from ykt_sim.codes import AID_PSE, INS, LNT, TUNION, Cla
from ykt_sim.wire.apdu import Command
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.purse import SamPurchaseAnswer, SamPurchaseData1, SamPurchaseData2

#: Where the laboratory finds T-Union purchases, and the key that test cards name.
_USUAL: Final[dict[str, str]] = {TUNION: "8011", LNT: ""}
_KEY: Final = bytes.fromhex("0100")
#: What the third mark of a purchase stands for, each of which may be that of another one.
OF_THE_MARK: Final = ("random", "counter", "time")
#: The word for the PSAM's own MAC1 instead of MAC2.
_OWN: Final = "mac1"
#: MAC2 that are remembered.
_KEPT: Final = 8


class Memory:
    """What the steps remember: MAC2 and MAC1 of purchases that were begun, the last one first."""

    def __init__(self) -> None:
        self.codes: list[tuple[bytes, bytes]] = []

    def heard(self, command: bytes, answer: bytes, world: SamWorld) -> None:
        """Take in an exchange, and how things stand after it."""
        begun = command[1:2] == bytes((INS.SAM_INIT_PURCHASE,)) and answer.endswith(b"\x90\x00")
        opened = world.session.opened
        if begun and opened is not None and opened.mac2 is not None:
            mac1 = SamPurchaseAnswer.parse(answer[:-2]).mac1
            self.codes = [(opened.mac2, mac1), *self.codes][:_KEPT]


def named(world: SamWorld, name: str) -> str:
    """What SELECT names, in hex; empty where neither form nor laboratory say it."""
    if name == "mf":
        return MF
    if name == "pse":
        return AID_PSE.hex().upper()
    if name in _USUAL:
        claimed = [what for what, whose in world.claims.applications.items() if whose == name]
        return claimed[0] if claimed else _USUAL[name]
    return name


def _select(step: Step, world: SamWorld, _memory: Memory) -> bytes | None:
    data = bytes.fromhex(named(world, step.words[0]))
    if not data:
        return None
    return c.select_fid(int.from_bytes(data, "big")) if len(data) == 2 else c.select(data)


def _read(step: Step, _world: SamWorld, _memory: Memory) -> bytes:
    offset, le = (int(word) for word in (*step.words[1:], "0", "0")[:2])
    sfi = BY_SFI | int(step.words[0], 16)
    return Command(Cla.ISO, INS.READ_BINARY, sfi, offset, le=le).build()


def _challenge(step: Step, _world: SamWorld, _memory: Memory) -> bytes:
    return c.challenge(int(step.words[0]))


def _init(step: Step, world: SamWorld, _memory: Memory) -> bytes:
    amount, type_, card, issuer, text = step.words
    one = step.options.get("levels", "1" if world.standard == LNT else "2") == "1"
    random, counter, time = (step.options.get(name, text) for name in OF_THE_MARK)
    key = bytes.fromhex(step.options.get("key", (world.claims.key or _KEY).hex()))
    fields: dict[str, Any] = {
        "random": mark(random, 4), "counter": int.from_bytes(mark(counter, 6)[4:], "big"),
        "amount": int(amount), "type": int(type_, 16), "datetime": moment(time),
        "key_version": key[0], "algorithm": key[1], "factor1": digits("card" + card),
    }  # fmt: skip
    if one:
        data = SamPurchaseData1.pack(**fields)
    else:
        data = SamPurchaseData2.pack(**fields, factor2=digits("issuer" + issuer)[:4] + b"\xff" * 4)
    return Command(Cla.PBOC, INS.SAM_INIT_PURCHASE, 0, 0, data, SamPurchaseAnswer.SIZE).build()


def digits(text: str) -> bytes:
    """Eight bytes of decimal digits that stand for a mark."""
    return bytes(byte % 10 << 4 | byte // 16 % 10 for byte in mark(text, 8))


def moment(text: str) -> str:
    """Date and time that stand for a mark."""
    day, hour, minute, second = mark("time" + text, 4)
    return f"202406{1 + day % 30:02d}{hour % 24:02d}{minute % 60:02d}{second % 60:02d}"


def _check(step: Step, _world: SamWorld, memory: Memory) -> bytes | None:
    before = int(step.words[0]) if step.words else 0
    if before >= len(memory.codes):
        return None
    (right, mac1), how = memory.codes[before], step.options.get("mac", "")
    mac2 = mac1 if how == _OWN else bent(right, how)
    return Command(Cla.PBOC, INS.SAM_CHECK_MAC2, 0, 0, mac2).build()


def _send(step: Step, _world: SamWorld, _memory: Memory) -> bytes:
    return bytes.fromhex(step.words[0])


GRAMMAR: Final = Grammar(
    {
        "select": _select, "read": _read, "challenge": _challenge, "init": _init, "check": _check,
        "send": _send,
    },
    ("mac", "key", "levels", *OF_THE_MARK),
    {"mac": lambda how: how == _OWN or is_bent(how)},
)  # fmt: skip
