"""Make a card image from a profile: files filled, keys diversified, balance set.

What all cards of a profile share (directories, file headers, most content) is built once
and shared between images; only numbers, keys and money are made per card.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec

from ykt_sim.card.contents import GENERATORS
from ykt_sim.card.image import CardImage
from ykt_sim.card.model import (
    MAX_LIMIT,
    MF,
    CardState,
    CellKey,
    Cells,
    Df,
    Ef,
    Key,
    Money,
    PurseState,
    misfit,
)
from ykt_sim.codes import FileType, KeyType, Purse, Standard
from ykt_sim.errors import ImageError, ProfileError
from ykt_sim.profiles.cards import (
    ApplicationTemplate,
    CardProfile,
    FileTemplate,
    Identity,
    KeyTemplate,
    PurseTemplate,
    load_application,
)
from ykt_sim.profiles.keys import card_keys, load_test_keys
from ykt_sim.wire.digits import pack_pan_right
from ykt_sim.wire.tlv import DirectoryEntry

_TYPES: Final = {
    "transparent": FileType.TRANSPARENT,
    "fixed": FileType.FIXED,
    "variable": FileType.VARIABLE,
    "cyclic": FileType.CYCLIC,
}
_PROTECTION: Final = {"none": 0x00, "mac": 0x80, "enc": 0xC0}
_PURSES: Final = {"ED": Purse.ED, "EP": Purse.EP}
_KEY_FILE_FID: Final = 0x0000


def personalise(
    profile: CardProfile,
    *,
    pan: str | None = None,
    lnt_number: str | None = None,
    balance: int = 0,
    identity: Identity | None = None,
) -> CardImage:
    """Make a card.

    Args:
        profile: what kind of card.
        pan: 19 digits; on dual cards the Lingnan Tong number is taken from it.
        lnt_number: ten digits, the printed number.
        balance: fen, put into every purse of the card (once where purses share it).
        identity: replaces the profile's numbers and dates.

    Raises:
        ProfileError: a number or the balance does not fit the profile.
    """
    who = _identity(profile, identity or profile.identity, pan, lnt_number)
    plan = _plan(profile)
    cells: Cells = dict(plan.shared)
    for place, template in plan.generated:
        cells[place] = _content(template, who)
    for place, application in plan.names:
        _add_fci(cells, place, application, who)
    for application, keys in plan.keys:
        _add_keys(cells, application, keys, who)
    for place, purse in plan.purses:
        if not 0 <= balance <= purse.ceiling:
            raise ProfileError(f"balance {balance} fen is not in 0..{purse.ceiling}")
        cells[place] = Money(actual=balance, limit=purse.overdraft_limit)
    if balance and not plan.purses:
        raise ProfileError(f"profile {profile.name} has no purse for a balance")
    image = CardImage(cells)
    if not plan.proved:
        _prove(profile, image)
        plan.proved = True
    return image


def _prove(profile: CardProfile, image: CardImage) -> None:
    """Check the first card of a profile; the others differ in numbers and keys only."""
    try:
        image.check()
    except ImageError as error:
        raise ProfileError(f"profile {profile.name}: {error}") from None


def _identity(
    profile: CardProfile, base: Identity, pan: str | None, lnt_number: str | None
) -> Identity:
    has_pan, has_lnt = bool(base.pan), bool(base.lnt_number)
    if pan is not None and not has_pan:
        raise ProfileError(f"profile {profile.name} has no T-Union application for a PAN")
    if lnt_number is not None and not has_lnt:
        raise ProfileError(f"profile {profile.name} has no Lingnan Tong application")
    if pan is not None and not (len(pan) == 19 and pan.isascii() and pan.isdigit()):
        raise ProfileError(f"PAN must be 19 decimal digits, got {pan!r}")
    if lnt_number is not None and not (
        len(lnt_number) == 10 and lnt_number.isascii() and lnt_number.isdigit()
    ):
        raise ProfileError(f"Lingnan Tong number must be 10 decimal digits, got {lnt_number!r}")
    if has_pan and has_lnt:  # the PAN holds the printed number [DUMP, one card]
        if pan is None and lnt_number is not None:
            pan = base.pan[:8] + lnt_number + base.pan[18:]
        elif pan is not None and lnt_number is None:
            lnt_number = pan[8:18]
    return msgspec.structs.replace(
        base, pan=pan or base.pan, lnt_number=lnt_number or base.lnt_number
    )


# -- what is shared by all cards of a profile --------------------------------------------


@dataclass
class _Plan:
    """What a profile's cards share, and what is made for each; the places are shared as well.

    Attributes:
        shared: cells that are the same on every card.
        generated: files whose content tells the card's numbers.
        names: directories whose FCI does.
        keys: application by application, the keys that are diversified.
        purses: money.
        proved: a card of it was checked.
    """

    shared: Cells
    generated: list[tuple[CellKey, FileTemplate]]
    names: list[tuple[CellKey, ApplicationTemplate]]
    keys: list[tuple[ApplicationTemplate, list[tuple[CellKey, KeyTemplate]]]]
    purses: list[tuple[CellKey, PurseTemplate]]
    proved: bool = False


@lru_cache(maxsize=64)
def _plan(profile: CardProfile) -> _Plan:
    shared: Cells = {
        ("card",): CardState(
            atr=_hex(profile.atr, "atr"),
            profile=profile.name,
            ppse_lockout=profile.ppse_lockout,
            capacity=profile.capacity,
        ),
        ("df", MF): Df(
            parent=0,
            name=_name(profile.mf_name),
            app_id=1,
            create_ac=_byte(profile.mf_create, "mf_create"),
            erase_ac=_byte(profile.mf_erase, "mf_erase"),
            size=profile.capacity,
        ),
    }
    # A key file, be it empty, closes a directory: an issued card takes no new files or keys.
    shared[("ef", MF, _KEY_FILE_FID)] = _key_file(profile.mf_key)
    for template in profile.mf_key:
        key_type = _byte(template.type, "type")
        shared[("key", MF, key_type, template.id)] = _key(template, {})
    plan = _Plan(shared, [], [], [], [])
    purses: dict[str, PurseTemplate] = {}
    for use in profile.application:
        application = load_application(use)
        fid = _word(application.fid, "fid")
        if ("df", fid) in shared:
            raise ProfileError(f"application {use.use}: FID {fid:04X} is taken")
        _add_directory(shared, fid, application)
        if any(value in GENERATORS for _, value in application.fci or ()):
            plan.names.append((("df", fid), application))
        else:
            _add_fci(shared, ("df", fid), application, profile.identity)
        shared[("ef", fid, _KEY_FILE_FID)] = _key_file(application.key)
        for ef in application.ef:
            ef_fid = _word(ef.fid, "fid")
            header = _ef(ef)
            shared[("ef", fid, ef_fid)] = header
            if ef.content in GENERATORS:
                plan.generated.append((("data", fid, ef_fid), ef))
            else:
                shared[("data", fid, ef_fid)] = _static(ef, header)
        if application.purse is not None:
            name = application.purse.money or application.fid
            _add_purse(shared, fid, application.purse, name)
            _check_money(name, application.purse, purses.setdefault(name, application.purse))
        if application.key:
            places = [("key", fid, _byte(key.type, "type"), key.id) for key in application.key]
            plan.keys.append((application, list(zip(places, application.key, strict=True))))
    plan.purses += [(("money", name), purse) for name, purse in purses.items()]
    return plan


def _check_money(name: str, purse: PurseTemplate, first: PurseTemplate) -> None:
    """Purses that share their money must agree on its limits; A + C is at most FFFFFF [LAB]."""
    ceiling, limit = purse.ceiling, purse.overdraft_limit
    if ceiling + limit > MAX_LIMIT:
        raise ProfileError(f"money {name}: ceiling {ceiling} + overdraft limit {limit} > FFFFFF")
    if (ceiling, limit) != (first.ceiling, first.overdraft_limit):
        raise ProfileError(
            f"money {name}: its purses have ceilings {first.ceiling} and {ceiling},"
            f" overdraft limits {first.overdraft_limit} and {limit}"
        )


def _add_directory(cells: Cells, fid: int, application: ApplicationTemplate) -> None:
    while_blocked = {
        name: _word(told, name)
        for name in ("blocked_select_sw", "locked_select_sw")
        if (told := getattr(application, name)) is not None
    }
    df = Df(
        parent=_word(application.parent, "parent"),
        name=_name(application.name),
        app_id=_byte(application.app_id, "app_id"),
        create_ac=_byte(application.create, "create"),
        erase_ac=_byte(application.erase, "erase"),
        size=0xFFFF,
        standard=application.standard,
        fci_trailing=_hex(application.fci_trailing, "fci_trailing"),
        listed=tuple(_hex(aid, "listed") for aid in application.listed),
        select_sw=_word(application.select_sw, "select_sw"),
        lock_on_line_mac=application.lock_on_line_mac,
        get_data=tuple(
            (_word(tag, "get_data tag"), _hex(value, "get_data"))
            for tag, value in application.get_data.items()
        ),
    )
    cells[("df", fid)] = msgspec.structs.replace(df, **while_blocked)


def _add_purse(cells: Cells, fid: int, purse: PurseTemplate, money: str) -> None:
    kind = _PURSES.get(purse.kind)
    if kind is None:
        raise ProfileError(f"purse kind must be ED or EP, got {purse.kind!r}")
    cells[("ef", fid, int(kind))] = Ef(type=FileType.PURSE, size=16, read_ac=0x0F, write_ac=0x0F)
    cells[("purse", fid, int(kind))] = PurseState(
        money=money,
        ceiling=purse.ceiling,
        log_fid=_word(purse.log, "log"),
        use_ac=_byte(purse.use, "use"),
        overdraft=purse.overdraft,
        pin_for=purse.pin_for,
        balance_p1=purse.balance_p1,
        p1_00_actual=purse.p1_00_actual,
        top_bit=purse.top_bit,
        debit_p1_02=purse.debit_p1_02,
    )


def _ef(template: FileTemplate) -> Ef:
    if template.type not in _TYPES:
        raise ProfileError(f"file {template.fid}: type {template.type!r} is none of {list(_TYPES)}")
    if template.protection not in _PROTECTION:
        raise ProfileError(f"file {template.fid}: protection is none of {list(_PROTECTION)}")
    return Ef(
        type=int(_TYPES[template.type]),
        size=template.size,
        record_length=template.length,
        max_records=template.records,
        read_ac=_byte(template.read, "read"),
        write_ac=_byte(template.write, "write"),
        protection=_PROTECTION[template.protection],
        access=_byte(template.access, "access"),
        capp_ac=_byte(template.capp, "capp") if template.capp else None,
        id_size=template.id_size,
    )


def _static(template: FileTemplate, header: Ef) -> bytes | tuple[bytes, ...]:
    content: bytes | tuple[bytes, ...]
    if header.type == FileType.TRANSPARENT:
        text = "" if template.content in ("zeros", "empty") else template.content
        content = _hex(text, f"content of {template.fid}").ljust(header.size, b"\0")
    elif template.content == "zeros":
        content = (bytes(header.record_length),) * header.max_records
    elif template.content == "empty":
        content = ()
    else:
        content = (_hex(template.content, f"content of {template.fid}"),)
    return _fitting(template, header, content)


def _fitting(
    template: FileTemplate, header: Ef, content: bytes | tuple[bytes, ...]
) -> bytes | tuple[bytes, ...]:
    problem = misfit(header, content)
    if problem:
        raise ProfileError(f"file {template.fid}: content does not fit: {problem}")
    return content


def _key_file(keys: tuple[KeyTemplate, ...]) -> Ef:
    return Ef(type=FileType.KEY, size=len(keys) * 32 + 64, read_ac=0x0F, write_ac=0x0F)


def _hex(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ProfileError(f"{what}: {text!r} is not hex") from None


def _byte(text: str, what: str) -> int:
    value = _hex(text, what)
    if len(value) != 1:
        raise ProfileError(f"{what}: expected one byte in hex, got {text!r}")
    return value[0]


def _word(text: str, what: str) -> int:
    value = _hex(text, what)
    if not 1 <= len(value) <= 2:
        raise ProfileError(f"{what}: expected one or two bytes in hex, got {text!r}")
    return int.from_bytes(value, "big")


def _name(text: str) -> bytes:
    if not text.startswith("ascii:"):
        return _hex(text, "name")
    if not text.isascii():
        raise ProfileError(f"name: {text!r} is not ASCII")
    return text[6:].encode("ascii")


# -- per card ------------------------------------------------------------------------------


def _add_fci(cells: Cells, place: CellKey, application: ApplicationTemplate, who: Identity) -> None:
    """Fill the FCI template's generators; None stands for the content of EF 15."""
    df = cells[place]
    if application.fci is None or not isinstance(df, Df):
        return
    pairs: list[tuple[int, bytes | None]] = []
    for tag, value in application.fci:
        if value == "ef15":
            pairs.append((_word(tag, "fci tag"), None))
        elif value in GENERATORS:
            made = _generated(value, f"fci {tag}", who)
            pairs.append((_word(tag, "fci tag"), made if isinstance(made, bytes) else made[0]))
        elif value == "directory":
            pairs.append((_word(tag, "fci tag"), _directory(df.listed)))
        else:
            pairs.append((_word(tag, "fci tag"), _hex(value, f"fci {tag}")))
    cells[place] = msgspec.structs.replace(df, fci=tuple(pairs))


_LABELS: Final = {
    bytes.fromhex("A000000632010106"): "MOT_T_CASH",
    bytes.fromhex("A000000632010105"): "MOT_T_EP",
}


def _directory(listed: tuple[bytes, ...]) -> bytes:
    """Entries of a payment directory in order of priority [DUMP]."""
    entries = (
        DirectoryEntry(aid=aid, label=_LABELS.get(aid, ""), priority=index)
        for index, aid in enumerate(listed, start=1)
    )
    return b"".join(entry.to_tlv().build() for entry in entries)


def factors(standard: str, who: Identity) -> tuple[bytes, ...]:
    """Diversification factors of a card's keys, issuer first; see `profiles.keys`."""
    if standard == Standard.LNT:
        return (_factor("510000" + who.lnt_number, "lnt_number"),)
    issuer = _factor(who.issuer + "FFFFFFFF", "issuer")
    return (issuer, _factor(pack_pan_right(who.pan)[4:], "pan"))


def _factor(digits: str, what: str) -> bytes:
    factor = _hex(digits, what)
    if len(factor) != 8:
        raise ProfileError(f"identity: {what} has the wrong length")
    return factor


def _add_keys(
    cells: Cells,
    application: ApplicationTemplate,
    keys: list[tuple[CellKey, KeyTemplate]],
    who: Identity,
) -> None:
    wanted = {key.role for key in application.key if key.role}
    masters = load_test_keys().masters(application.standard)
    if not wanted <= set(masters):
        raise ProfileError(f"no test key for role {', '.join(sorted(wanted - set(masters)))}")
    values = card_keys({role: masters[role] for role in wanted}, factors(application.standard, who))
    for place, template in keys:
        cells[place] = _key(template, values)


def _key(template: KeyTemplate, keys: dict[str, bytes]) -> Key:
    if template.role and template.role not in keys:
        raise ProfileError(
            f"key {template.type}/{template.id}: role {template.role!r} has no value"
        )
    value = keys[template.role] if template.role else _hex(template.value, "key value")
    is_pin = _byte(template.type, "type") == KeyType.PIN
    if len(value) not in (range(2, 9) if is_pin else (8, 16)):
        wanted = "2 to 8" if is_pin else "8 or 16"
        raise ProfileError(f"key {template.type}/{template.id}: {wanted} bytes, got {len(value)}")
    return Key(
        value=value,
        use_ac=_byte(template.use, "use"),
        change_ac=_byte(template.change, "change"),
        version=template.version,
        algorithm=template.algorithm,
        follow=template.follow,
        tries=template.tries,
        left=template.tries,
        role=template.role,
    )


def _content(template: FileTemplate, who: Identity) -> bytes | tuple[bytes, ...]:
    made = _generated(template.content, f"file {template.fid}", who)
    if isinstance(made, bytes) and template.type != "transparent":
        made = (made,)
    return _fitting(template, _ef(template), made)


def _generated(name: str, what: str, who: Identity) -> bytes | tuple[bytes, ...]:
    try:
        return GENERATORS[name](who)
    except ValueError as error:  # WireError is one; so is text that is no hex
        raise ProfileError(f"{what}: {error}") from None
