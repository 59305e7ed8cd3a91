"""What a card says of itself that its keys are divided by: learnt from calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ykt_conformance.judge.calls import Call
from ykt_sim.codes import INS, Standard
from ykt_sim.errors import ReadError
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.commands import BY_SFI
from ykt_sim.wire.files import LntApplication, TunionApplication
from ykt_sim.wire.tlv import Fci

#: Instructions whose answers tell it.
LEARN_FROM: Final = frozenset((INS.SELECT, INS.READ_BINARY))
#: P1 of READ BINARY of EF 15, which both standards have.
_EF_15: Final = BY_SFI | TunionFile.APPLICATION


def learn(keys: KeyRing, calls: Iterable[Call]) -> None:
    """Tell a ring the diversification factors in FCIs and EF 15."""
    for call in calls:
        if call.channel != "card" or not call.response.data:
            continue
        try:
            _learn(keys, call)
        except ReadError:
            continue


def _learn(keys: KeyRing, call: Call) -> None:
    if call.is_(INS.SELECT):
        fci = Fci.parse(call.response.data)
        if fci.df_name.startswith(bytes.fromhex("A000000632010105")) and fci.issuer_data:
            _tunion(keys, fci.issuer_data)
    elif call.is_(INS.READ_BINARY, _EF_15, 0x00) and call.ok:
        if call.standard == Standard.TUNION:
            _tunion(keys, call.response.data)
        elif call.standard == "lnt-basic" and len(call.response.data) >= LntApplication.SIZE:
            record = LntApplication.parse(call.response.data[: LntApplication.SIZE])
            keys.know(Standard.LNT, bytes.fromhex(record.card_number))


def _tunion(keys: KeyRing, data: bytes) -> None:
    record = TunionApplication.parse(data[: TunionApplication.SIZE])
    keys.know(Standard.TUNION, bytes.fromhex(record.issuer), bytes.fromhex(record.pan)[2:])
