"""Codes that rest on no transaction: line protection and authentication, and what each is made of.

Orders and keys: [GM 7.1], [GM 7.3], [GM 8.5], [GM 9].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ykt_sim.codes import INS
from ykt_sim.meaning.commands import MAC_SIZE, answers_mac, is_protected
from ykt_sim.meaning.explain.inputs import Cipher, Halves, Inputs, KeyPath, Take
from ykt_sim.wire.apdu import Command

#: Header and Lc of a command.
_BODY: Final = 5
_BLOCK: Final = 8
_READS: Final = frozenset({INS.READ_BINARY, INS.READ_RECORD})
_AUTHENTICATION: Final = "authentication"
#: Roles of keys for line protection, where it is not the one for it.
_MAC_ROLES: Final = {INS.PIN_UNBLOCK: "pin_unblock", INS.WRITE_KEY: "external_auth"}
#: P1 of INTERNAL AUTHENTICATE -> role of its key and how the answer is made [GM 7.3].
_INTERNAL: Final = {
    0x00: ("encipher", Cipher.ECB, Take.WHOLE),
    0x01: ("decipher", Cipher.DECIPHERED, Take.WHOLE),
    0x02: ("mac", Cipher.MAC, Take.LEFT),
}


#: MACs of e-cash; ATC is the one of this transaction [CODE] e-cash facts 8.2.
_OF_RECORD: Final = (
    "the record's own key makes it, over an initial value of 000000000000 and the ATC; "
    "no key file holds that key"
)
_OF_ANSWER: Final = (
    "the record's own key makes it over 9000, after an initial value of 00000000 and the MAC "
    "of the command; no key file holds that key"
)
_OF_READ: Final = (
    "the record's own key makes it over the record, after an initial value of the eight random "
    "bytes sent; no key file holds that key"
)


class LineCode(NamedTuple):
    """A code and where it stands.

    Attributes:
        offset: in the command or the answer.
        name: what it is.
        inputs: what it is made of.
        challenged: it rests on the challenge of the card.
        unknown: why it cannot be worked out, whatever the keys; empty where it can.
    """

    offset: int
    name: str
    inputs: Inputs
    challenged: bool = True
    unknown: str = ""


def in_command(asked: Command, standard: str, challenge: bytes) -> Iterator[LineCode]:
    """Codes in a command.

    Args:
        asked: the command.
        standard: whose keys; empty when that is not known.
        challenge: what the card gave last, 4 or 8 bytes; empty when nothing right before it.
    """
    data, iv = asked.data, challenge.ljust(_BLOCK, b"\0")
    at = _BODY + len(data) - MAC_SIZE
    if asked.ins == INS.EXTERNAL_AUTHENTICATE and data:
        path = KeyPath(standard, "external_auth", index=asked.p2)
        under = (("challenge", iv),)
        inputs = Inputs(_AUTHENTICATION, path, under, cipher=Cipher.ECB, take=Take.WHOLE)
        yield LineCode(_BODY, "external authentication", inputs)
    elif asked.ins == INS.CHANGE_PIN and asked.p1 == 0 and len(data) > MAC_SIZE:
        under = (("pin", data[:-MAC_SIZE]),)
        inputs = Inputs("MAC", KeyPath(standard, "pin_reload"), under, halves=Halves.XOR)
        yield LineCode(at, "MAC of RELOAD PIN", inputs, challenged=False)
    elif asked.ins == INS.UPDATE_EXT_CACHE and len(data) >= MAC_SIZE:
        yield _ecash(at, "MAC of UPDATE EXT CACHE", data[:-MAC_SIZE], _OF_RECORD)
    elif is_protected(asked) and len(data) >= MAC_SIZE:
        path = KeyPath(standard, _MAC_ROLES.get(INS(asked.ins), "line"))
        length = bytes((len(data),))
        parts = (("header", asked.header), ("length", length), ("data", data[:-MAC_SIZE]))
        yield LineCode(at, "line MAC", Inputs("MAC", path, parts, iv=iv))


def _ecash(offset: int, name: str, data: bytes, why: str) -> LineCode:
    inputs = Inputs("MAC", KeyPath("", "line"), (("data", data),))
    return LineCode(offset, name, inputs, challenged=False, unknown=why)


def in_answer(asked: Command, answer: bytes, standard: str, challenge: bytes) -> Iterator[LineCode]:
    """Codes in an answer that went well, as `in_command`."""
    if asked.ins == INS.INTERNAL_AUTHENTICATE:
        if asked.p1 in _INTERNAL and asked.data:
            role, cipher, take = _INTERNAL[asked.p1]
            path, under = KeyPath(standard, role, index=asked.p2), (("data", asked.data),)
            inputs = Inputs(_AUTHENTICATION, path, under, cipher=cipher, take=take)
            yield LineCode(0, "internal authentication", inputs, challenged=False)
    elif asked.ins == INS.UPDATE_EXT_CACHE and len(answer) == MAC_SIZE:
        yield _ecash(0, "MAC over 9000", answer, _OF_ANSWER)
    elif answers_mac(asked) and len(answer) > MAC_SIZE:
        body = answer[:-MAC_SIZE]
        yield _ecash(len(body), "MAC of the record", body, _OF_READ)
    elif is_protected(asked) and asked.ins in _READS and len(answer) > MAC_SIZE:
        body, iv = answer[:-MAC_SIZE], challenge.ljust(_BLOCK, b"\0")
        inputs = Inputs("MAC", KeyPath(standard, "line"), (("data", body),), iv=iv)
        yield LineCode(len(body), "line MAC of the answer", inputs)
