"""Field types: how one field looks in construct, in `struct`, and in Python.

A field type pairs the construct declaration (the truth) with a `struct` code and two
converters (the fast path). ``tests/wire/test_record.py`` proves both paths equal. construct
is imported when a declaration is asked for, since no card or terminal asks.
"""

from __future__ import annotations

from binascii import a2b_hex
from collections.abc import Callable
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from ykt_sim.codes import OpenIntEnum

if TYPE_CHECKING:
    import construct


class FieldKind(StrEnum):
    """What class of information a field carries; traces and reports colour by it."""

    CONSTANT = "constant"
    IDENTITY = "identity"
    AMOUNT = "amount"
    BALANCE = "balance"
    COUNTER = "counter"
    DATE = "date"
    RANDOM = "random"
    MAC1 = "MAC1"
    MAC2 = "MAC2"
    MAC3 = "MAC3"
    TAC = "TAC"
    LINE_MAC = "line MAC"
    CODE = "code"
    KEY_REFERENCE = "key reference"
    PERSONAL = "personal"
    RESERVED = "reserved"
    DATA = "data"


Converter = Callable[[Any], Any]
#: Makes a declaration from the module `construct`, which is handed to it.
Declare = Callable[[Any], "construct.Construct[Any, Any]"]


class FieldType(NamedTuple):
    """One way to put a Python value into bytes of a fixed size.

    Attributes:
        declare: makes the construct declaration.
        code: the same for `struct` (big-endian).
        size: bytes.
        expects: what a valid value is, for error messages.
        load: wire value to Python value, or None when they are the same.
        dump: Python value to wire value; must raise ValueError/TypeError when it cannot.
        load_text, dump_text: the same as Python expressions, where a call costs more than what
            it does; ``{value}`` is the value, ``{load}`` and ``{dump}`` are the converters, and
            `record` says which names there are besides.
    """

    declare: Declare
    code: str
    size: int
    expects: str
    load: Converter | None = None
    dump: Converter | None = None
    load_text: str = "{load}({value})"
    dump_text: str = "{dump}({value})"

    @property
    def con(self) -> construct.Construct[Any, Any]:
        """The construct declaration."""
        import construct  # noqa: PLC0415 - slow to import, and no card needs it

        return self.declare(construct)


def _int_dump(size: int) -> Converter:
    limit = 1 << (8 * size)

    def dump(value: Any) -> int:
        if not isinstance(value, int) or not 0 <= value < limit:
            raise ValueError(f"expected an integer 0..{limit - 1}, got {value!r}")
        return value

    return dump


# `struct` itself refuses what does not fit, so plain integers need no converter.
U8 = FieldType(lambda con: con.Int8ub, "B", 1, "an integer 0..255")
U16 = FieldType(lambda con: con.Int16ub, "H", 2, "an integer 0..65535")
U32 = FieldType(lambda con: con.Int32ub, "I", 4, "an integer 0..4294967295")

_check_u24 = _int_dump(3)
U24 = FieldType(
    lambda con: con.BytesInteger(3),
    "3s",
    3,
    "an integer 0..16777215",
    lambda raw: int.from_bytes(raw, "big"),
    lambda value: _check_u24(value).to_bytes(3, "big"),
)

_check_u32 = _int_dump(4)
#: The one number that lies little-endian on a card: Shenzhen Tong's.
U32_LITTLE = FieldType(
    lambda con: con.Int32ul,
    "4s",
    4,
    "an integer 0..4294967295",
    lambda raw: int.from_bytes(raw, "little"),
    lambda value: _check_u32(value).to_bytes(4, "little"),
)


@lru_cache(maxsize=64)
def hexdigits(size: int) -> FieldType:
    """BCD digits or an identifier: ``size`` bytes as upper-case hex text, nibble for nibble."""
    width = 2 * size

    def dump(value: str) -> bytes:
        if type(value) is not str or len(value) != width:
            raise ValueError(f"expected {width} hex digits, got {value!r}")
        return a2b_hex(value)  # takes no blanks, unlike bytes.fromhex

    def load(raw: bytes) -> str:
        return raw.hex().upper()

    def declare(con: Any) -> Any:
        return con.ExprAdapter(con.Bytes(size), lambda obj, _: load(obj), lambda obj, _: dump(obj))

    return FieldType(
        declare,
        f"{size}s",
        size,
        f"{width} hex digits",
        load,
        dump,
        "{value}.hex().upper()",
        f"_unhex({{value}}) if _type({{value}}) is _str and _len({{value}}) == {width} "
        "else {dump}({value})",
    )


@lru_cache(maxsize=64)
def raw(size: int) -> FieldType:
    """Exactly ``size`` bytes with no meaning of their own (randoms, MACs, reserved)."""

    def dump(value: bytes) -> bytes:
        if len(value) != size:
            raise ValueError(f"expected {size} bytes, got {value!r}")
        return value

    return FieldType(
        lambda con: con.Bytes(size),
        f"{size}s",
        size,
        f"{size} bytes",
        dump=dump,
        dump_text=f"{{value}} if _len({{value}}) == {size} else {{dump}}({{value}})",
    )


@lru_cache(maxsize=64)
def enum8(enum: type[OpenIntEnum]) -> FieldType:
    """One byte as an open enumeration: unknown values keep their number."""
    return _enum(enum, U8)


@lru_cache(maxsize=64)
def enum16(enum: type[OpenIntEnum]) -> FieldType:
    """Two bytes as an open enumeration."""
    return _enum(enum, U16)


def _enum(enum: type[OpenIntEnum], under: FieldType) -> FieldType:
    table: dict[int, IntEnum] = {int(member): member for member in enum}

    def load(value: int) -> IntEnum:
        return table.get(value) or enum(value)

    check = _int_dump(under.size)

    def declare(con: Any) -> Any:
        number = under.declare(con)
        return con.ExprAdapter(number, lambda obj, _: enum(obj), lambda obj, _: int(check(obj)))

    return FieldType(declare, under.code, under.size, f"a {enum.__name__} code", load)


@lru_cache(maxsize=64)
def const(value: bytes) -> FieldType:
    """Bytes that never change; anything else is an error on parse and on build."""

    def check(got: Any) -> bytes:
        if got != value:
            raise ValueError(f"expected constant {value.hex().upper()}, got {got!r}")
        return value

    size, expects = len(value), f"constant {value.hex().upper()}"
    return FieldType(lambda con: con.Const(value), f"{size}s", size, expects, check, check)
