"""What FCIs and files of identity must look like, whatever card it is; and what keys come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ykt_conformance.model.expect import Wrong
from ykt_conformance.model.rules import RULES
from ykt_conformance.model.state import Transparent
from ykt_conformance.model.world import BASIC, ECASH, PPSE, World
from ykt_sim.codes import LNT, TUNION
from ykt_sim.errors import ReadError
from ykt_sim.wire.applications import TunionFile
from ykt_sim.wire.files import LntApplication, TunionApplication
from ykt_sim.wire.tlv import Fci

_THIRTY: Final = TunionApplication.SIZE
_TICL_DATA: Final = 33
_LABELS: Final = {"A000000632010105": "MOT_T_EP", "A000000632010106": "MOT_T_CASH"}


def fci_wrong(world: World, standard: str, asked: bytes, data: bytes) -> str | Wrong:
    """Why an FCI is wrong; empty where it may be.

    Args:
        world: with the form.
        standard: of the application that was selected.
        asked: the name that was asked for, or empty.
        data: of the answer.
    """
    try:
        fci = Fci.parse(data)
        if not fci.df_name.startswith(asked):
            return f"84 names {fci.df_name.hex().upper()}"
        look = _LOOKS.get(standard)
        rule, why = look(world, fci) if look is not None else ("", "")
    except ReadError as error:
        return f"the FCI cannot be read: {error}"
    return Wrong(why, RULES[rule]) if why else ""


def _purse(world: World, fci: Fci) -> tuple[str, str]:
    claimed, rule = world.form[TUNION], "FCI-EP"
    version = len(fci.version or b"")
    if version != claimed["version_bytes"]:
        return rule, f"9F08 has {version} bytes"
    if len(fci.trailing) != claimed["fci_trailing"]:
        return rule, f"{len(fci.trailing)} bytes follow A5"
    issuer = fci.issuer_data or b""
    if len(issuer) < _THIRTY:
        return rule, f"9F0C has {len(issuer)} bytes"
    return rule, thirty_wrong(world, issuer[:_THIRTY])


def thirty_wrong(world: World, data: bytes) -> str:
    """Why these are not the thirty bytes of a T-Union purse [LAB rule1]; empty when they are."""
    record = TunionApplication.parse(data)
    head, issuer = data[:8].hex().upper(), world.form[TUNION]["issuer"]
    if not (head[:8].isdigit() and head[8:] == "FFFFFFFF"):
        return f"the issuer is {head}"
    if issuer and head[:8] != issuer:
        return f"the issuer is {head[:8]}, not {issuer}"
    pan = data[10:20].hex()
    if not (pan.isdigit() and pan[0] == "0"):
        return f"the PAN is {pan}"
    dates = data[20:24].hex(), data[24:28].hex()
    if data[8] != 2 or data[9] == 0xFF:
        return f"type {data[8]:02X}, enable flag {data[9]:02X}"
    if not (all(map(str.isdigit, dates)) and dates[0] <= dates[1]):
        return f"valid from {dates[0]} to {dates[1]}"
    del record
    return ""


def _basic(_world: World, fci: Fci) -> tuple[str, str]:
    return "FCI-APPY", "it holds A5" if fci.proprietary is not None else ""


def _wallet(world: World, fci: Fci) -> tuple[str, str]:
    if fci.proprietary is None:
        return "", ""  # two recordings have the bare name
    issuer, ceiling = fci.issuer_data or b"", world.form[LNT]["ceiling_9f0c"]
    if fci.version is None or len(issuer) != _TICL_DATA:
        return "FCI-TICL", f"9F0C has {len(issuer)} bytes"
    told = int.from_bytes(issuer[28:33], "big")
    return "FCI-TICL", f"9F0C tells a ceiling of {told}" if ceiling and told != ceiling else ""


def _ecash(world: World, fci: Fci) -> tuple[str, str]:
    if not world.form[ECASH]["df11"]:
        return "", ""
    found = fci.get(0xDF11)
    if not (fci.label and fci.get(0x9F38)) or found is None or len(found) != 32:
        return "FCI-EC", "label, PDOL or DF11 is missing or short"
    purse = world.state.directories.get(TUNION)
    ef15 = purse.files.get(TunionFile.APPLICATION) if purse is not None else None
    if not isinstance(ef15, Transparent) or len(ef15.content) < 20 or None in ef15.content[:20]:
        return "", ""
    own = bytes(byte or 0 for byte in ef15.content[:20])
    same = found[:8] == own[:8] and found[9:19].hex().rstrip("f") == own[10:20].hex()[1:]
    return "FCI-EC", "" if same else "DF11 has another PAN or issuer than the purse"


def _directory(world: World, fci: Fci) -> tuple[str, str]:
    listed = [entry.aid.hex().upper() for entry in fci.entries]
    claimed = [aid.upper() for aid in world.form[PPSE]["listed"]]
    if listed != claimed:
        return "FCI-PPSE", f"it lists {', '.join(listed) or 'nothing'}"
    if any(entry.priority is None for entry in fci.entries):
        return "FCI-PPSE", "an entry has no priority"
    if [entry.priority for entry in fci.entries] != list(range(1, len(listed) + 1)):
        return "FCI-LABEL", "the priorities do not run from 1"
    for entry in fci.entries:
        due = _LABELS.get(entry.aid.hex().upper(), entry.label)
        if entry.label != due:
            return "FCI-LABEL", f"the label is {entry.label}"
    return "", ""


_LOOKS: Final[dict[str, Callable[[World, Fci], tuple[str, str]]]] = {
    TUNION: _purse, BASIC: _basic, LNT: _wallet, ECASH: _ecash, PPSE: _directory,
}  # fmt: skip


def card_data_wrong(world: World, data: bytes) -> str:
    """Why this is not EF 15 of PAY.APPY; empty when it may be."""
    if len(data) < LntApplication.SIZE:
        return f"{len(data)} bytes"
    record = LntApplication.parse(data[: LntApplication.SIZE])
    number, again = data[8:16].hex(), data[50:58].hex()
    if not (number.startswith("510000") and number.isdigit() and number == again):
        return f"card numbers {number} and {again}"
    region = world.form[LNT]["region"]
    if region and data[49:50].hex().upper() != region.upper():
        return f"region {data[49]:02X}"
    del record
    return ""


def learn_tunion(world: World, data: bytes) -> None:
    """Keys of the purse are divided by issuer and PAN, as they were told first."""
    if world.keys.get(TUNION, "purchase") is None:
        record = TunionApplication.parse(data[:_THIRTY])
        world.keys.know(TUNION, bytes.fromhex(record.issuer), bytes.fromhex(record.pan)[2:])


def learn_lnt(world: World, data: bytes) -> None:
    """Keys of the wallet are divided by the card number, as it was told first."""
    if world.keys.get(LNT, "purchase") is None and len(data) >= LntApplication.SIZE:
        record = LntApplication.parse(data[: LntApplication.SIZE])
        world.keys.know(LNT, bytes.fromhex(record.card_number))
