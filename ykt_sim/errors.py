"""Every error this package raises on purpose.

The tree::

    YktError                 anything we report to a user in one line
     ├── WireError           bytes do not fit a record: names record, field, offset
     ├── CryptoError         a key or a block has the wrong length
     ├── ProfileError        a profile, key file or card image is wrong
     │    └── ImageError     a card or SAM image is damaged or too new
     ├── TraceError          a trace file is not what its reader expects: names the line
     ├── LinkError           the card, SAM or reader cannot be reached
     │    ├── CardRemovedError   the card left the field before it answered
     │    ├── SilentError        no answer came in time
     │    └── WriteRefusedError  a command that may change a card was not sent
     ├── PowerCutError       a fault plan cut the power inside a card or SAM
     ├── JournalError        a terminal journal cannot be read or written
     └── UsageError          a command line or a configuration asks for the impossible

A status word is data, not an error: no class here stands for one.
"""

from __future__ import annotations


class YktError(Exception):
    """Root of all errors that are meant to reach a user as one clear line."""


class WireError(YktError, ValueError):
    """Bytes do not fit a record.

    Attributes:
        record: name of the record, e.g. ``TransactionRecord``.
        field: name of the field, or ``""`` when the whole record is meant.
        offset: byte offset inside the record where it went wrong, or None.
    """

    def __init__(
        self, message: str, *, record: str = "", field: str = "", offset: int | None = None
    ) -> None:
        self.record = record
        self.field = field
        self.offset = offset
        where = ".".join(part for part in (record, field) if part)
        if offset is not None:
            where = f"{where} at byte {offset}" if where else f"byte {offset}"
        super().__init__(f"{where}: {message}" if where else message)


class CryptoError(YktError, ValueError):
    """A key, block or initial value has a length the algorithm does not take."""


class ProfileError(YktError, ValueError):
    """A profile, key file or registry file is wrong; the message names file and path."""


class ImageError(ProfileError):
    """A card or SAM image is damaged, incomplete, or written by a newer version."""


class TraceError(YktError, ValueError):
    """A trace cannot be read; the message names the line and what was expected."""


class LinkError(YktError):
    """The other side of a link cannot be reached."""


class CardRemovedError(LinkError):
    """The card left the field before it answered."""


class SilentError(LinkError):
    """No answer came in time."""


class WriteRefusedError(LinkError):
    """A command that may change a card was not sent, or the card is not the one allowed."""


class PowerCutError(YktError):
    """A fault plan cut the power; the engine is dead until the next power-on."""


class JournalError(YktError):
    """A terminal journal cannot be read or written."""


class UsageError(YktError, ValueError):
    """A command line or a configuration asks for something that cannot be done."""
