"""Every error this package raises on purpose; its type says whose fault it is.

The tree::

    YktError                 anything we report to a user in one line
     ├── CardError           the card, PSAM or reader at the other end of a link
     │    ├── LinkError          it cannot be reached
     │    │    ├── CardRemovedError   it left the field before it answered
     │    │    ├── SilentError        no answer came in time
     │    │    ├── StorageError       the file it lives in is in use, or cannot be read or written
     │    │    └── WriteRefusedError  a command that may change a card was not sent
     │    ├── UnfinishedError    a tap broke off: its journal could not be written
     │    └── PowerCutError      a plan cut the power inside a card or PSAM
     ├── FileError           a file that somebody wrote
     │    ├── ProfileError       a profile, key file or card image is wrong
     │    │    └── ImageError        a card or PSAM image is damaged or too new
     │    ├── LockedError        somebody else is using a file
     │    ├── TraceError         a trace is not what its reader expects: names the line
     │    └── JournalError       a terminal journal cannot be read or written
     ├── UsageError          the user: words or a configuration that ask for the impossible
     ├── OwnError            this program
     │    └── PackError          values of ours do not fit a record (a `WireError` too)
     ├── WireError           bytes and a record do not go together: names record, field, offset
     │    ├── ReadError          the bytes do not fit: whoever gave them is to blame
     │    └── PackError
     └── CryptoError         a key or a block has the wrong length: whoever gave it

Bytes know no owner: who handed a card's answer to a parser knows that a `ReadError` is the
card's. A `PackError` never is. A status word is data, not an error: no class stands for one.
"""

from __future__ import annotations


class YktError(Exception):
    """Root of all errors that are meant to reach a user as one clear line."""


class CardError(YktError):
    """The fault of a card, a PSAM or a reader: of what is at the other end of a link."""


class FileError(YktError):
    """The fault of a file."""


class OwnError(YktError):
    """The fault of this program; no file, no word and no card is to blame."""


class WireError(YktError, ValueError):
    """Bytes and a record do not go together; a `ReadError` or a `PackError`.

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


class ReadError(WireError):
    """Bytes do not fit a record: too short, too long, or a field refuses them."""


class PackError(WireError, OwnError):
    """Values do not fit a record: nobody could read it, so it is not written."""


class CryptoError(YktError, ValueError):
    """A key, block or initial value has a length the algorithm does not take."""


class ProfileError(FileError, ValueError):
    """A profile, key file or registry file is wrong; the message names file and path."""


class ImageError(ProfileError):
    """A card or SAM image is damaged, incomplete, or written by a newer version."""


class LockedError(FileError):
    """Somebody else is using a file; the message names the file and the process."""


class TraceError(FileError, ValueError):
    """A trace cannot be read; the message names the line and what was expected."""


class JournalError(FileError):
    """A terminal journal cannot be read or written."""


class LinkError(CardError):
    """The other side of a link cannot be reached."""


class CardRemovedError(LinkError):
    """The card left the field before it answered."""


class SilentError(LinkError):
    """No answer came in time."""


class StorageError(LinkError):
    """A card or PSAM lives in a file that is in use, or cannot be read or written.

    No answer is out that the file does not stand behind.
    """


class WriteRefusedError(LinkError):
    """A command that may change a card was not sent, or the card is not the one allowed."""


class UnfinishedError(CardError):
    """A tap broke off, with nothing accepted, because its journal could not be written."""


class PowerCutError(CardError):
    """A plan cut the power; the engine is dead until the next power-on."""


class UsageError(YktError, ValueError):
    """A command line or a configuration asks for something that cannot be done."""
