"""A PSAM as a file: versioned, readable JSON with keys in hex.

The keys are this project's test keys and nothing else; the JSON says so in ``notice``. A
SHA-256 over everything else tells a damaged or edited file: a number lower than the PSAM's own
would be used twice. A file without one is of an earlier version of this program, and is read.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from ykt_sim.errors import ImageError
from ykt_sim.wire.files import SamApplicationFile, SamCardFile, SamTerminalFile

FORMAT: Final = "ykt-sam"
VERSION: Final = 1
_SEAL: Final = "sha256"
#: Bytes of a DF name [ISO/IEC 7816-4].
_NAME: Final = 16
_MF: Final = "3F00"
_FID: Final = re.compile("[0-9A-Fa-f]{4}")
NOTICE: Final = "simulator test keys; worthless outside this simulator"


class SamKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A purchase master key, found by version and algorithm id.

    Attributes:
        version: key version as the card answers it.
        algorithm: algorithm id as the card answers it; 00 is 3DES.
        levels: diversification levels this key takes, 1 or 2.
        value: 16 bytes in hex.
    """

    version: int
    algorithm: int
    levels: int
    value: str


class SamApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application of a PSAM.

    Attributes:
        fid: file identifier, 4 hex digits.
        name: DF name in hex; may be empty.
        file_17: public data of the application in hex.
        keys: its purchase master keys.
    """

    fid: str
    name: str
    file_17: str
    keys: tuple[SamKey, ...]


class SamImage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a PSAM keeps while the power is off.

    Attributes:
        format, version, notice: what this file is.
        file_15, file_16: contents of the two files under the MF, hex.
        applications: purchase applications.
        next_serial: terminal transaction number of the next `80 70`; FFFFFFFF refuses.
        mac2_limit: wrong MAC2 values in a row that lock the purchase keys.
        mac2_left: how many of them are left.
        t0: answer 61xx and wait for GET RESPONSE, as a PSAM behind T=0 does.
    """

    format: str = FORMAT
    version: int = VERSION
    notice: str = NOTICE
    file_15: str
    file_16: str
    applications: tuple[SamApplication, ...]
    next_serial: int = 1
    mac2_limit: int = 15
    mac2_left: int = 15
    t0: bool = False

    def to_json(self) -> str:
        """The image as indented JSON text ending in a newline."""
        body = msgspec.json.encode({**msgspec.to_builtins(self), _SEAL: _digest(self)})
        return msgspec.json.format(body, indent=2).decode() + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> SamImage:
        """Read an image.

        Raises:
            ImageError: damaged, edited, incomplete, not a PSAM image, or from a newer version.
        """
        try:
            head = msgspec.json.decode(text, type=_Head)
        except (ValueError, RecursionError) as error:
            raise ImageError(f"PSAM image: {error}") from None
        if head.format != FORMAT:
            raise ImageError(f"not a PSAM image: format is {head.format!r}, expected {FORMAT!r}")
        if head.version != VERSION:
            raise ImageError(
                f"PSAM image version {head.version} is not supported, this program reads {VERSION}"
            )
        try:
            body = msgspec.json.decode(text)
            seal = body.pop(_SEAL, None)
            image = msgspec.convert(body, cls)
            image.check()
        except (ValueError, RecursionError) as error:
            raise ImageError(f"PSAM image: {error}") from None
        if seal is not None and seal != _digest(image):
            raise ImageError("PSAM image is damaged or was edited: its SHA-256 does not match")
        return image

    def check(self) -> None:
        """Check what types alone do not say; raises ValueError."""
        SamCardFile.parse(bytes.fromhex(self.file_15))
        SamTerminalFile.parse(bytes.fromhex(self.file_16))
        if not 0 <= self.next_serial <= 0xFFFFFFFF:
            raise ValueError(f"next_serial {self.next_serial} does not fit 4 bytes")
        fids = [_MF, *(application.fid.upper() for application in self.applications)]
        if len(set(fids)) != len(fids):
            raise ValueError("an application stands in it twice")
        if not 0 <= self.mac2_left <= self.mac2_limit:
            raise ValueError(f"mac2_left {self.mac2_left} is not in 0..{self.mac2_limit}")
        for application in self.applications:
            if len(bytes.fromhex(application.name)) > _NAME:
                raise ValueError(f"the name of {application.fid} is longer than {_NAME} bytes")
            if not _FID.fullmatch(application.fid):
                raise ValueError(f"fid {application.fid!r} is not 4 hex digits")
            SamApplicationFile.parse(bytes.fromhex(application.file_17))
            for key in application.keys:
                if len(bytes.fromhex(key.value)) != 16:
                    raise ValueError(f"a key of {application.fid} is not 16 bytes")
                if not (0 <= key.version <= 0xFF and 0 <= key.algorithm <= 0xFF):
                    raise ValueError(f"version and algorithm of a key of {application.fid}: a byte")
                if key.levels not in (1, 2):
                    raise ValueError(f"a key of {application.fid} has levels {key.levels}")


def _digest(image: SamImage) -> str:
    return hashlib.sha256(msgspec.json.encode(image)).hexdigest()


def is_sealed(text: str | bytes) -> bool:
    """Tell whether the text of an image holds a checksum."""
    return msgspec.json.decode(text, type=_Head).sha256 is not None


class _Head(msgspec.Struct):
    """The part of an image that tells format and version, and whether it is sealed."""

    format: str
    version: int
    sha256: object = None
