"""What the model knows of a PSAM: what its form states, what it said, and the session."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from ykt_conformance.judge.stated import NOT_STATED
from ykt_conformance.model.expect import Errors
from ykt_conformance.model.state import Transparent
from ykt_conformance.model.world import Randoms
from ykt_sim.codes import LNT, TUNION
from ykt_sim.meaning.explain.sam_des import SamDes
from ykt_sim.meaning.keyring import KeyRing

#: Where a PSAM begins, as SELECT names it.
MF: Final = "3F00"
#: The last number that there is: four bytes.
LAST: Final = 0xFFFFFFFF
#: MAC1 that no challenge may repeat.
_CODES: Final = 8


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal's form says of its PSAM; empty and 0: not stated.

    Attributes:
        terminal: number of the terminal, 12 digits.
        applications: what is selected, in hex, and the standard of its purchase key.
        key: version and algorithm of the purchase keys, two bytes.
        counts: ``init`` or ``check``: what the transaction number rises with.
        ends: ``yes`` or ``no``: SELECT ends a transaction that is open.
        tries: wrong MAC2 in a row that lock the purchase keys.
    """

    terminal: str = ""
    applications: Mapping[str, str] = msgspec.field(default_factory=dict)
    key: bytes = b""
    counts: str = ""
    ends: str = ""
    tries: int = 0

    @classmethod
    def of(cls, form: Mapping[str, Any]) -> Claims:
        """What a form states; that of a card says nothing of a PSAM."""
        said = form.get("psam", {})
        named = {said.get(standard, "").upper(): standard for standard in (TUNION, LNT)}
        return cls(
            terminal=str(form.get("place", {}).get("terminal_number", "")).upper(),
            applications={name: standard for name, standard in named.items() if name},
            key=bytes.fromhex(said.get("key", "")),
            counts=_stated(said.get("counts")),
            ends=_stated(said.get("select_ends")),
            tries=said.get("tries", 0),
        )


def _stated(entry: str | None) -> str:
    return "" if entry in (None, NOT_STATED) else str(entry)


@dataclass(slots=True)
class Opened:
    """INIT FOR PURCHASE whose MAC2 was not checked yet.

    Attributes:
        number: that was given.
        mac2: the card's, None where it cannot be reckoned.
        sure: nothing came since that may have ended it.
    """

    number: int
    mac2: bytes | None
    sure: bool = True


@dataclass(slots=True)
class SamSession:
    """What a reset ends.

    Attributes:
        df: what is selected, in hex as SELECT names it; None while not known.
        opened: the transaction, None for none.
        missed: whether one is open is not known.
        des: what `80 1A` opened, None for nothing.
        des_known: that is known.
    """

    df: str | None = MF
    opened: Opened | None = None
    missed: bool = False
    des: SamDes | None = None
    des_known: bool = True


@dataclass(slots=True)
class SamState:
    """One way in which a PSAM may be.

    Attributes:
        least: the lowest number that may be given next.
        exact: it is that one.
        wrong: wrong MAC2 since the last right one; None while not known.
        files: as far as they were seen, by what is selected and short identifier.
        taken: what INIT FOR PURCHASE was answered 9000 for: selected, length, key.
    """

    session: SamSession = field(default_factory=SamSession)
    least: int = 0
    exact: bool = False
    wrong: int | None = None
    files: dict[tuple[str, int], Transparent] = field(default_factory=dict)
    taken: set[tuple[str, int, bytes]] = field(default_factory=set)
    atr: bytes | None = None


@dataclass(slots=True)
class Seen:
    """What was seen of a PSAM and stays as it is, whatever state it is in.

    Attributes:
        terminal: its number, of the form or of file 16; empty while not known.
        fcis: by what is selected.
        des: answers of `80 FA` by key, P1 and data.
        randoms: challenges.
        codes: MAC1 that were given, the last ones.
    """

    terminal: str
    fcis: dict[str, bytes] = field(default_factory=dict)
    des: dict[tuple[SamDes, int, bytes], bytes] = field(default_factory=dict)
    randoms: Randoms = field(default_factory=Randoms)
    codes: deque[bytes] = field(default_factory=lambda: deque(maxlen=_CODES))


class SamWorld:
    """A state, with what is the same in all worlds.

    Attributes:
        state: may be moved by effects.
        claims: of the form.
        keys: the masters.
        seen: grows, and never changes.
    """

    def __init__(self, state: SamState, claims: Claims, keys: KeyRing, seen: Seen) -> None:
        self.state = state
        self.claims = claims
        self.keys = keys
        self.seen = seen

    @property
    def session(self) -> SamSession:
        """What a reset ends."""
        return self.state.session

    @property
    def standard(self) -> str:
        """Whose purchase key the selected application is said to hold; empty: nobody says."""
        return self.claims.applications.get(self.session.df or "", "")

    def errors(self) -> Errors:
        """No errors yet; whether a refusal ends a transaction is not stated."""
        return Errors(self.shaken)

    def shaken(self, _answer: object = None) -> None:
        """Something came that may have ended what is open."""
        if self.session.opened is not None:
            self.session.opened.sure = False
        self.blur_des()

    def blur_des(self) -> None:
        """A key that `80 1A` has opened may be closed."""
        if self.session.des is not None:
            self.session.des_known = False
