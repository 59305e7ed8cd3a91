"""Card profiles: applications, files, keys, purses and the switches real cards differ by.

A card profile lists applications; each application is a template of its own
(``profiles/applications``), so that a dual card is two applications side by side and not
a third kind of card. What a profile overrides in a template, it overrides by name.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from ykt_sim.errors import ProfileError
from ykt_sim.profiles import loading

Byte = Annotated[int, msgspec.Meta(ge=0, le=0xFF)]
Nibble = Annotated[int, msgspec.Meta(ge=0, le=15)]
Word = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Fen24 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)]


class _Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: unknown names in a profile are errors."""


class FileTemplate(_Schema, frozen=True):
    """One elementary file.

    Attributes:
        fid: four hex digits.
        type: ``transparent``, ``fixed``, ``variable`` or ``cyclic``.
        size: bytes of a transparent or variable file.
        records, length: number and bytes of the records of fixed and cyclic files.
        read, write, capp: access bytes in hex; capp is for cache updates.
        protection: ``none``, ``mac`` or ``enc``.
        access: line key byte in hex.
        id_size: bytes of a record identifier.
        content: ``zeros``, ``empty``, a generator's name, or hex.
        title, title_zh, source: for people.
    """

    fid: str
    type: str
    size: Word = 0
    records: Byte = 0
    length: Byte = 0
    read: str = "F0"
    write: str = "F0"
    capp: str = ""
    protection: str = "none"
    access: str = "FF"
    id_size: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    content: str = "zeros"
    title: str = ""
    title_zh: str = ""
    source: str = ""


class KeyTemplate(_Schema, frozen=True):
    """One key: its role in the test keys, or a fixed value.

    Attributes:
        type: two hex digits, e.g. ``3E``.
        id, version, algorithm: as in INITIALIZE.
        role: role of the master key it is diversified from; empty with ``value``.
        value: hex of a key or PIN that is not diversified.
        use, change: access bytes.
        follow: security state after success.
        tries: error counter maximum, 0 for none.
    """

    type: str
    id: Byte = 0
    role: str = ""
    value: str = ""
    version: Byte = 0
    algorithm: Byte = 0
    use: str = "F0"
    change: str = "0F"
    follow: Nibble = 0
    tries: Nibble = 0


class PurseTemplate(_Schema, frozen=True):
    """The purse of an application; amounts in fen. See `ykt_sim.card.model.PurseState`."""

    kind: str = "EP"
    money: str = ""
    ceiling: Fen24 = 0xFFFFFF
    overdraft_limit: Fen24 = 0
    overdraft: bool = False
    log: str = "0018"
    use: str = "F0"
    pin_for: tuple[str, ...] = ()
    balance_p1: bool = True
    p1_00_actual: bool = False
    top_bit: bool = False
    debit_p1_02: bool = False


class ApplicationTemplate(_Schema, frozen=True):
    """A directory template.

    Attributes:
        standard: ``tunion``, ``lnt``, ``ecash``, ``ppse`` or empty.
        name: DF name: hex, or text after ``ascii:``.
        fci: pairs of tag and value; a value is hex, or the name of a generator.
        select_sw: status word of SELECT in hex.
        blocked_select_sw, locked_select_sw: the same while blocked for a time or for good;
            None leaves it as it is on a bare card.
        get_data: tag to hex value.
    """

    standard: str
    fid: str
    name: str
    title: str
    source: str
    title_zh: str = ""
    parent: str = "3F00"
    app_id: str = "00"
    create: str = "0F"
    erase: str = "EF"
    fci: tuple[tuple[str, str], ...] | None = None
    fci_trailing: str = ""
    listed: tuple[str, ...] = ()
    select_sw: str = "9000"
    blocked_select_sw: str | None = None
    locked_select_sw: str | None = None
    lock_on_line_mac: bool = False
    get_data: dict[str, str] = {}
    ef: tuple[FileTemplate, ...] = ()
    key: tuple[KeyTemplate, ...] = ()
    purse: PurseTemplate | None = None


class Use(_Schema, frozen=True):
    """How a card profile takes an application.

    Attributes:
        use: name of the template.
        without: FIDs of files this card does not have.
        fci, fci_trailing, listed: replace the template's.
        blocked_select_sw, locked_select_sw: the same.
        money: purses with the same name share one balance; default is the use's own.
        ceiling, overdraft_limit: replace the purse's, fen.
        p1_00_actual, top_bit: switches of GET BALANCE.
    """

    use: str
    without: tuple[str, ...] = ()
    fci: tuple[tuple[str, str], ...] | None = None
    fci_trailing: str | None = None
    listed: tuple[str, ...] | None = None
    blocked_select_sw: str | None = None
    locked_select_sw: str | None = None
    money: str | None = None
    ceiling: Fen24 | None = None
    overdraft_limit: Fen24 | None = None
    p1_00_actual: bool | None = None
    top_bit: bool | None = None


class Identity(_Schema, frozen=True):
    """Numbers and dates put into the files unless the caller gives others.

    ``pan`` is 19 digits, ``lnt_number`` ten; dates are YYYYMMDD; ``issuer`` 8 digits;
    ``enable_flag`` two, 01 on every known card.
    """

    issuer: str = ""
    pan: str = ""
    lnt_number: str = ""
    start: str = "20170601"
    expiry: str = "20401231"
    lnt_issue: str = "20170601"
    lnt_expiry: str = "20341231"
    country: str = "00000156"
    province: str = "5800"
    city: str = "5810"
    interoperability: str = "0001"
    enable_flag: str = "01"
    card_kind: Byte = 1
    reserved: str = "0000"


class CardProfile(_Schema, frozen=True):
    """A card profile; `ppse_lockout` and the `Use` fields are the documented switches."""

    name: str
    title: str
    title_zh: str
    source: str
    atr: str
    identity: Identity = Identity()
    ppse_lockout: bool = False
    capacity: Annotated[int, msgspec.Meta(ge=0)] = 16384
    mf_name: str = "ascii:1PAY.SYS.DDF01"
    mf_create: str = "EF"
    mf_erase: str = "EF"
    mf_key: tuple[KeyTemplate, ...] = ()
    application: tuple[Use, ...] = ()


def card_profile_names() -> tuple[str, ...]:
    """Names of the card profiles shipped with the package."""
    return loading.names("cards")


def load_card_profile(name: str) -> CardProfile:
    """Load a card profile by name or path; raises ProfileError."""
    return loading.load("cards", name, CardProfile)


_APPLICATIONS: dict[str, ApplicationTemplate] = {}


def load_application(use: Use) -> ApplicationTemplate:
    """Load an application template and apply a profile's overrides.

    Raises:
        ProfileError: unknown template, or an override that does not apply to it.
    """
    template = _APPLICATIONS.get(use.use)
    if template is None:
        template = _APPLICATIONS[use.use] = loading.load(
            "applications", use.use, ApplicationTemplate
        )
    changes: dict[str, object] = {
        name: value
        for name in ("fci", "fci_trailing", "listed", "blocked_select_sw", "locked_select_sw")
        if (value := getattr(use, name)) is not None
    }
    missing = set(use.without) - {ef.fid for ef in template.ef}
    if missing:
        raise ProfileError(f"application {use.use} has no file {', '.join(sorted(missing))}")
    if use.without:
        changes["ef"] = tuple(ef for ef in template.ef if ef.fid not in use.without)
    purse_changes = {
        name: value
        for name in ("money", "ceiling", "overdraft_limit", "p1_00_actual", "top_bit")
        if (value := getattr(use, name)) is not None
    }
    if purse_changes:
        if template.purse is None:
            raise ProfileError(f"application {use.use} has no purse to set {purse_changes}")
        changes["purse"] = msgspec.structs.replace(template.purse, **purse_changes)
    return msgspec.structs.replace(template, **changes)
