"""How a terminal finds its application on a card, and who the card is."""

from __future__ import annotations

from collections.abc import Sequence

from ykt_sim.codes import AID_TUNION_EP, Tag
from ykt_sim.terminal import events as ev
from ykt_sim.wire.files import LntApplication
from ykt_sim.wire.tlv import value_at


class EntryRules:
    """From PPSE to the card's number."""

    def tunion_aid(self, listed: Sequence[bytes]) -> bytes | None:
        """The first AID in PPSE that begins with the purse's; phones list longer ones [CODE]."""
        return next((aid for aid in listed if aid.startswith(AID_TUNION_EP)), None)

    def ways_to_basic(self) -> tuple[ev.Signal, ...]:
        """PAY.* hides behind an answered PPSE until the next reset [DUMP-reported]."""
        return (ev.TryReset(), ev.TryBasic())

    def application_in_fci(self, fci: bytes) -> bytes | None:
        """EF 15 stands in the FCI as 9F0C, found by its tags; None when it does not [DUMP].

        Raises:
            WireError: the FCI is no TLV.
        """
        return value_at(fci, Tag.FCI, Tag.PROPRIETARY, Tag.ISSUER_DATA)

    def lnt_application(self, data: bytes) -> bytes:
        """The first 70 bytes of PAY.APPY EF 15; 68-byte files exist and lack nothing needed."""
        if len(data) == LntApplication.SIZE - 2:
            return data + b"\xff\xff"
        return data[: LntApplication.SIZE]
