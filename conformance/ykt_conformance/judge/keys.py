"""Keys for judging: our published test keys, or a key file of the owner's.

Test keys are diversified from what the card says of itself in the trace (9F0C, EF 15).
A key file has the form that ``ykt card keys --json`` prints. Keys never appear in reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from ykt_conformance.judge.calls import Call
from ykt_sim.codes import INS, KeyType, Standard
from ykt_sim.crypto.derive import diversify_chain, tac_key
from ykt_sim.errors import ProfileError, ReadError
from ykt_sim.profiles.keys import load_test_keys
from ykt_sim.textfile import read_text
from ykt_sim.wire.files import LntApplication, TunionApplication
from ykt_sim.wire.tlv import Fci

#: Key types of the roles, for key files.
ROLE_TYPES: Final[dict[str, int]] = {
    "purchase": KeyType.PURCHASE,
    "load": KeyType.LOAD,
    "unload": KeyType.UNLOAD,
    "overdraft": KeyType.OVERDRAFT,
    "tac": KeyType.TAC,
    "line": KeyType.LINE_PROTECTION,
    "pin_unblock": KeyType.PIN_UNBLOCK,
    "pin_reload": KeyType.PIN_RELOAD,
    "external_auth": KeyType.EXTERNAL_AUTH,
    "pin": KeyType.PIN,
}


class KeyRing:
    """Card keys by standard and role; empty until it has learnt something."""

    def __init__(self, *, test_keys: bool = True) -> None:
        self._test_keys = test_keys
        self._own: dict[tuple[str, str], bytes] = {}
        self._factors: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def from_file(cls, path: str) -> KeyRing:
        """Read a key file.

        Raises:
            ProfileError: unreadable, no JSON, or not in the form of ``ykt card keys --json``.
        """
        try:
            document: Any = json.loads(read_text(Path(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileError(f"{path}: {error}") from None
        except ValueError as error:
            raise ProfileError(f"{path}: no JSON ({error})") from None
        entries = document.get("keys") if isinstance(document, dict) else document
        if not isinstance(entries, list):
            raise ProfileError(f"{path}: expected a list of keys, as ykt card keys --json prints")
        ring = cls(test_keys=False)
        types = {f"{value:02X}": role for role, value in ROLE_TYPES.items()}
        for number, entry in enumerate(entries):
            try:
                role = types.get(str(entry["type"]).upper())
                if role is not None:
                    place = (str(entry["standard"]), role)
                    ring._own.setdefault(place, bytes.fromhex(entry["value"]))
            except (KeyError, TypeError, ValueError) as error:
                raise ProfileError(f"{path}: key {number}: {error!r}") from None
        return ring

    def learn(self, calls: Iterable[Call]) -> None:
        """Take diversification factors from FCIs and EF 15 in a trace."""
        for call in calls:
            if call.channel != "card" or not call.response.data:
                continue
            try:
                self._learn(call)
            except ReadError:
                continue

    def know(self, standard: str, *factors: bytes) -> None:
        """Take a card's diversification factors as they are, issuer first."""
        self._factors[standard] = factors

    def _learn(self, call: Call) -> None:
        if call.is_(INS.SELECT):
            fci = Fci.parse(call.response.data)
            if fci.df_name.startswith(bytes.fromhex("A000000632010105")) and fci.issuer_data:
                self._tunion(fci.issuer_data)
        elif call.is_(INS.READ_BINARY, 0x95, 0x00) and call.ok:
            if call.standard == Standard.TUNION:
                self._tunion(call.response.data)
            elif call.standard == "lnt-basic" and len(call.response.data) >= LntApplication.SIZE:
                record = LntApplication.parse(call.response.data[: LntApplication.SIZE])
                self._factors[Standard.LNT] = (bytes.fromhex(record.card_number),)

    def _tunion(self, data: bytes) -> None:
        record = TunionApplication.parse(data[: TunionApplication.SIZE])
        self._factors[Standard.TUNION] = (
            bytes.fromhex(record.issuer),
            bytes.fromhex(record.pan)[2:],
        )

    def get(self, standard: str, role: str) -> bytes | None:
        """A card key, 8 or 16 bytes, or None when it is not known."""
        own = self._own.get((standard, role))
        if own is not None or not self._test_keys:
            return own
        factors = self._factors.get(standard)
        if factors is None:
            return None
        master = load_test_keys().masters(standard).get(role)
        return None if master is None else diversify_chain(master, *factors)

    def tac(self, standard: str) -> bytes | None:
        """The TAC key (halves already combined), or None."""
        key = self.get(standard, "tac")
        return None if key is None else tac_key(key)
