"""SELECT and the FCI [GM 7.4].

FCI shapes follow real cards. Two switches follow what real cards disagree on: a payment
directory may lock out applications it does not list, and an application may answer SELECT
with FCI and a status word of its own (PAY.MF1X: 6A81).
"""

from __future__ import annotations

from ykt_sim.card.model import MF, Df
from ykt_sim.card.powered import Powered
from ykt_sim.card.refusal import Refusal
from ykt_sim.card.states import Session
from ykt_sim.codes import SW
from ykt_sim.wire.apdu import Command


class SelectionRules:
    """Which directory is found, and what entering it does; in the order of the command."""

    def parameters(self, command: Command) -> None:
        """P1 00 by FID, 04 by name, and then P2 02 for the next one; else 6A86 [GM 7.4]."""
        known = command.p2 == 0x00 or (command.p2 == 0x02 and command.p1 == 0x04)
        if command.p1 not in (0x00, 0x04) or not known:
            raise Refusal(SW.WRONG_P1P2)

    def le(self, command: Command) -> None:
        """SELECT is answered with and without Le [GM 7.4]."""

    def name_length(self, name: bytes) -> None:
        """A name has five to sixteen bytes, else 6700 [GM 7.4]."""
        if not 5 <= len(name) <= 16:
            raise Refusal(SW.WRONG_LENGTH)

    def name_fits(self, own: bytes, asked: bytes) -> bool:
        """A directory is found by its whole name or by what it begins with [GM 7.4]."""
        return own.startswith(asked)

    def unknown_name(self, card: Powered) -> int:
        """A name that no directory has is 6A82; no FID is given then [GM 7.4]."""
        del card
        raise Refusal(SW.FILE_NOT_FOUND)

    def by_fid(self, card: Powered, fid: int) -> int:
        """Found by FID are MF, current, children, siblings, parent; else 6A82 [GM 7.4]."""
        if fid in (MF, card.session.df):
            return fid
        df = card.df()
        children = card.structure.children
        if fid in children.get(card.session.df, ()) or fid == df.parent:
            return fid
        if card.session.df != MF and fid in children.get(df.parent, ()):
            return fid
        raise Refusal(SW.FILE_NOT_FOUND)

    def found(self, card: Powered, df: Df) -> bool:
        """After SELECT PPSE some cards know what it lists, and directories, only [DUMP dual]."""
        lock = card.session.directory_lock
        return lock is None or bool(df.listed) or df.name in lock

    def rights(self, before: Session) -> int:
        """Whoever enters a directory has no rights in it: its register starts at 0 [UM 5.2]."""
        del before
        return 0

    def pin_verified(self, before: Session) -> bool:
        """A PIN that was shown is good until the next SELECT [GM 7.10]."""
        del before
        return False

    def trailing(self, card: Powered, df: Df) -> bytes:
        """What follows A5 in the FCI is the application's own, the same each time [DUMP]."""
        del card
        return df.fci_trailing
