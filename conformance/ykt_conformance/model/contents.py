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
            return Wrong(f"84 names {fci.df_name.hex().upper()}",
                         due=f"84 that begins {asked.hex().upper()}")  # fmt: skip
        look = _LOOKS.get(standard)
        return look(world, fci) if look is not None else ""
    except ReadError as error:
        return Wrong(f"the FCI cannot be read: {error}", due="an FCI")


def _purse(world: World, fci: Fci) -> str | Wrong:
    claimed, rule = world.form[TUNION], RULES["FCI-EP"]
    version, due = len(fci.version or b""), claimed["version_bytes"]
    if version != due:
        return Wrong(f"9F08 has {version} bytes", rule, f"9F08 of {due} bytes")
    trailing, due = len(fci.trailing), claimed["fci_trailing"]
    if trailing != due:
        return Wrong(f"{trailing} bytes follow A5", rule, f"{due} bytes behind A5")
    issuer = fci.issuer_data or b""
    if len(issuer) < _THIRTY:
        return Wrong(f"9F0C has {len(issuer)} bytes", rule, f"9F0C of {_THIRTY} bytes or more")
    return thirty_wrong(world, issuer[:_THIRTY])


def thirty_wrong(world: World, data: bytes) -> str | Wrong:
    """Why these are not the thirty bytes of a T-Union purse [LAB rule1]; empty when they are."""
    record = TunionApplication.parse(data)
    rule, head, issuer = RULES["FCI-EP"], data[:8].hex().upper(), world.form[TUNION]["issuer"]
    if not (head[:8].isdigit() and head[8:] == "FFFFFFFF"):
        return Wrong(f"the issuer is {head}", rule, "an issuer of eight digits and FFFFFFFF")
    if issuer and head[:8] != issuer:
        return Wrong(f"the issuer is {head[:8]}, not {issuer}", rule, f"the issuer {issuer}")
    pan = data[10:20].hex()
    if not (pan.isdigit() and pan[0] == "0"):
        return Wrong(f"the PAN is {pan}", rule, "a PAN of 0 and 19 digits")
    dates = data[20:24].hex(), data[24:28].hex()
    if data[8] != 2 or data[9] == 0xFF:
        return Wrong(f"type {data[8]:02X}, enable flag {data[9]:02X}", rule,
                     "type 02 and an enable flag other than FF")  # fmt: skip
    if not (all(map(str.isdigit, dates)) and dates[0] <= dates[1]):
        return Wrong(f"valid from {dates[0]} to {dates[1]}", rule,
                     "two dates, the later one last")  # fmt: skip
    del record
    return ""


def _basic(_world: World, fci: Fci) -> str | Wrong:
    if fci.proprietary is None:
        return ""
    return Wrong("it holds A5", RULES["FCI-APPY"], "an FCI without A5")


def _wallet(world: World, fci: Fci) -> str | Wrong:
    if fci.proprietary is None:
        return ""  # two recordings have the bare name
    rule = RULES["FCI-TICL"]
    issuer, ceiling = fci.issuer_data or b"", world.form[LNT]["ceiling_9f0c"]
    if fci.version is None or len(issuer) != _TICL_DATA:
        return Wrong(f"9F0C has {len(issuer)} bytes", rule, f"9F08, and 9F0C of {_TICL_DATA} bytes")
    told = int.from_bytes(issuer[28:33], "big")
    if not ceiling or told == ceiling:
        return ""
    return Wrong(f"9F0C tells a ceiling of {told}", rule, f"a ceiling of {ceiling} in 9F0C")


def _ecash(world: World, fci: Fci) -> str | Wrong:
    if not world.form[ECASH]["df11"]:
        return ""
    rule, found = RULES["FCI-EC"], fci.get(0xDF11)
    if not (fci.label and fci.get(0x9F38)) or found is None or len(found) != 32:
        return Wrong("label, PDOL or DF11 is missing or short", rule,
                     "label, PDOL and DF11 of 32 bytes")  # fmt: skip
    purse = world.state.directories.get(TUNION)
    ef15 = purse.files.get(TunionFile.APPLICATION) if purse is not None else None
    if not isinstance(ef15, Transparent) or len(ef15.content) < 20 or None in ef15.content[:20]:
        return ""
    own = bytes(byte or 0 for byte in ef15.content[:20])
    same = found[:8] == own[:8] and found[9:19].hex().rstrip("f") == own[10:20].hex()[1:]
    if same:
        return ""
    return Wrong("DF11 has another PAN or issuer than the purse", rule,
                 "PAN and issuer of the purse in DF11")  # fmt: skip


def _directory(world: World, fci: Fci) -> str | Wrong:
    listed = [entry.aid.hex().upper() for entry in fci.entries]
    claimed = [aid.upper() for aid in world.form[PPSE]["listed"]]
    if listed != claimed:
        return Wrong(f"it lists {', '.join(listed) or 'nothing'}", RULES["FCI-PPSE"],
                     f"a list of {', '.join(claimed) or 'nothing'}")  # fmt: skip
    if any(entry.priority is None for entry in fci.entries):
        return Wrong("an entry has no priority", RULES["FCI-PPSE"], "a priority in every entry")
    if [entry.priority for entry in fci.entries] != list(range(1, len(listed) + 1)):
        return Wrong("the priorities do not run from 1", RULES["FCI-LABEL"], "priorities from 1 on")
    for entry in fci.entries:
        due = _LABELS.get(entry.aid.hex().upper(), entry.label)
        if entry.label != due:
            return Wrong(f"the label is {entry.label}", RULES["FCI-LABEL"], f"the label {due}")
    return ""


_LOOKS: Final[dict[str, Callable[[World, Fci], str | Wrong]]] = {
    TUNION: _purse, BASIC: _basic, LNT: _wallet, ECASH: _ecash, PPSE: _directory,
}  # fmt: skip


def card_data_wrong(world: World, data: bytes) -> str | Wrong:
    """Why this is not EF 15 of PAY.APPY; empty when it may be."""
    rule = RULES["FILE-APPY"]
    if len(data) < LntApplication.SIZE:
        return Wrong(f"{len(data)} bytes", rule, f"{LntApplication.SIZE} bytes or more")
    record = LntApplication.parse(data[: LntApplication.SIZE])
    number, again = data[8:16].hex(), data[50:58].hex()
    if not (number.startswith("510000") and number.isdigit() and number == again):
        return Wrong(f"card numbers {number} and {again}", rule,
                     "a card number of 510000 and ten digits, twice the same")  # fmt: skip
    region = world.form[LNT]["region"]
    if region and data[49:50].hex().upper() != region.upper():
        due = data[:49] + bytes.fromhex(region) + data[50:]
        return Wrong(f"region {data[49]:02X}", rule, due)
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
