"""What keeps a real card from being written to by mistake.

`WriteGuard` goes between a program and the link to a card. Without permission only commands
pass that cannot change a card: the table below is a list of what may pass, and what is not
in it may not. With permission the card must be one of those that were named: its number is
read, from T-Union's EF 15 and from Lingnan Tong's, before anything else is sent.

PPSE is never selected here: there are dual cards on which ``PAY.*`` can be selected after a
reset only, and not after PPSE. For the same reason the card is reset between the two looks
and after them, so whoever asked for a reset gets a card on which nothing is selected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from typing import Final

import msgspec

from ykt_sim.codes import AID_LNT_BASIC, AID_TUNION_EP, INS, SW, Cla
from ykt_sim.errors import LinkError, UsageError, WireError, WriteRefusedError
from ykt_sim.transport.link import InReader, Link
from ykt_sim.transport.pcsc_readers import VIRTUAL as VIRTUAL_READER
from ykt_sim.wire.apdu import Command, Response
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI, COMMANDS
from ykt_sim.wire.digits import unpack_pan
from ykt_sim.wire.files import LntApplication, TunionApplication

#: In the place of a number: any card, but in a virtual reader only.
VIRTUAL: Final = "virtual"
#: Class and instruction of all that cannot change a card. Secure messaging is not among
#: them: a wrong MAC may cost one of few tries. GET DATA is sent with class 00 too.
HARMLESS: Final = frozenset(
    (cla, row.ins)
    for row in COMMANDS
    if not row.changes
    for cla in row.cla
    if cla in (Cla.ISO, Cla.PBOC)
) | {(Cla.ISO, INS.GET_DATA)}
_HOW: Final = "to allow it give --allow-writes and --number with the card's whole number"
_EF_15: Final = BY_SFI | TunionFile.APPLICATION
_STILL_THERE: Final = Command(Cla.ISO, INS.GET_CHALLENGE, 0, 0, le=4).build()
_HEAD, _TAIL = 6, 4


def harmless(apdu: bytes) -> bool:
    """True for a command that cannot change a card, whatever the card makes of it."""
    return len(apdu) >= 4 and (apdu[0], apdu[1]) in HARMLESS


class Permit(msgspec.Struct, frozen=True):
    """What may be written to a card in a reader: nothing, unless the user says so.

    Attributes:
        allow: the user allows writing at all.
        numbers: whole card numbers the user has named, or `VIRTUAL`.
    """

    allow: bool = False
    numbers: tuple[str, ...] = ()

    def guard(self, link: InReader) -> WriteGuard:
        """Put a guard with this permission before the link to a card in a reader."""
        return WriteGuard(
            link,
            numbers=self.numbers,
            allow=self.allow,
            virtual=lambda: link.reader.startswith(VIRTUAL_READER),
        )


#: The permission that is taken where none was given.
READ_ONLY: Final = Permit()


class WriteGuard:
    """Let only those commands through to a card that were allowed.

    With permission every `power_on` that may have met another card reads the card's number
    first: the first one, and any after an error of the link or after `close`. A plain reset
    of the same card is a plain reset; whether it is the same card is asked with a command
    that PC/SC answers with an error when the card was out.

    Args:
        link: to the card.
        numbers: whole card numbers that may be written to: 19 digits for T-Union, 16 for
            Lingnan Tong, either for a dual card; and `VIRTUAL` for any card in a virtual
            reader.
        allow: writing is allowed at all.
        virtual: says whether the reader, once connected, is a virtual one.

    Raises:
        UsageError: permission without a number, or a number that is none.
    """

    def __init__(
        self,
        link: Link,
        *,
        numbers: Collection[str] = (),
        allow: bool = False,
        virtual: Callable[[], bool] = lambda: False,
    ) -> None:
        self.link = link
        self._numbers = check_numbers(numbers) if allow else frozenset[str]()
        if allow and not numbers:
            raise UsageError("--allow-writes needs --number: the card's number, or 'virtual'")
        self._allow = allow
        self._virtual = virtual
        self._known = False

    def power_on(self) -> bytes:
        """Reset; reads the card's number first where the card may be another one.

        Raises:
            WriteRefusedError: this card may not be written to.
            LinkError: as the link does.
        """
        if not self._allow:
            return self.link.power_on()
        if self._known:
            with suppress(LinkError):
                self._ask(_STILL_THERE)
        known, self._known = self._known, False
        atr = self.link.power_on()
        if not known:
            atr = self._identify(atr)
        self._known = True
        return atr

    def transmit(self, apdu: bytes) -> bytes:
        """One command.

        Raises:
            WriteRefusedError: the command may change the card, and that is not allowed; it
                was not sent.
            LinkError: as the link does.
        """
        if not harmless(apdu):
            if not self._allow:
                raise WriteRefusedError(f"not sent: {_name(apdu)} may change the card; {_HOW}")
            if not self._known:
                raise WriteRefusedError(
                    f"not sent: {_name(apdu)} may change the card, and it is not known which"
                    " card this is: power_on first"
                )
        return self._ask(apdu)

    def close(self) -> None:
        """Give the card up."""
        self._known = False
        self.link.close()

    def _ask(self, apdu: bytes) -> bytes:
        try:
            return self.link.transmit(apdu)
        except LinkError:
            self._known = False
            raise

    def _identify(self, atr: bytes) -> bytes:
        """Find out whether this card may be written to; gives the ATR of the last reset."""
        if VIRTUAL in self._numbers and self._virtual():
            return atr
        if self._numbers == {VIRTUAL}:
            raise WriteRefusedError(
                "--number virtual allows writing in a virtual reader only, and this reader is"
                " none: give the card's whole number"
            )
        found: list[str] = []
        for number in self._read_numbers():
            atr = self.link.power_on()
            if number in self._numbers:
                return atr
            found += [number] if number else []
        told = " and ".join(_masked(number) for number in found)
        raise WriteRefusedError(
            f"this card must not be written to: its number is {told}, which was not allowed"
            if told
            else "this card must not be written to: its number cannot be read"
        )

    def _read_numbers(self) -> Iterator[str]:
        """Numbers of the card's applications, empty where there is none."""
        data = self._file_15(AID_TUNION_EP, 0)
        yield _tunion(data)
        data = self._file_15(AID_LNT_BASIC, 16)
        yield _lnt(data)

    def _file_15(self, aid: bytes, length: int) -> bytes:
        selected = self._answer(Command(Cla.ISO, INS.SELECT, 0x04, 0, aid, 0))
        if not selected.ok:
            return b""
        read = Command(Cla.ISO, INS.READ_BINARY, _EF_15, 0, le=length)
        answer = self._answer(read)
        if answer.sw >> 8 == SW.WRONG_LE >> 8:
            answer = self._answer(read._replace(le=answer.sw & 0xFF))
        return answer.data if answer.ok else b""

    def _answer(self, command: Command) -> Response:
        try:
            return Response.parse(self.link.transmit(command.build()))
        except WireError as error:
            raise LinkError(f"the card's number cannot be read: {error}") from None


def check_numbers(numbers: Collection[str]) -> frozenset[str]:
    """Check words of ``--number``: whole numbers, digits only, or `VIRTUAL`; UsageError."""
    for number in numbers:
        if number != VIRTUAL and not (number.isascii() and number.isdigit() and len(number) > 9):
            raise UsageError(
                f"--number {number!r}: expected a whole card number, digits only"
                " (19 for T-Union, 16 for Lingnan Tong), or 'virtual'"
            )
    return frozenset(numbers)


def _tunion(data: bytes) -> str:
    size = TunionApplication.SIZE
    if len(data) < size:
        return ""
    return unpack_pan(TunionApplication.parse(data[:size]).pan) or ""


def _lnt(data: bytes) -> str:
    if len(data) < 16:
        return ""
    number = LntApplication.parse(data[:16].ljust(LntApplication.SIZE, b"\0")).card_number
    return number if number.isdigit() and number.strip("0") else ""


def _masked(number: str) -> str:
    return number[:_HEAD] + "*" * (len(number) - _HEAD - _TAIL) + number[-_TAIL:]


def _name(apdu: bytes) -> str:
    """A command for a message: never its data, which may be a PIN or a key."""
    if len(apdu) < 4:
        return f"a command of {len(apdu)} byte(s)"
    ins = INS(apdu[1])
    return f"{apdu[0]:02X}{apdu[1]:02X} {ins.name.replace('_', ' ')}"
