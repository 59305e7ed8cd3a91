"""The Record base: one declared line per field, typed, frozen, exact both ways.

This is the only file that knows how construct behaves. It closes construct's traps:
trailing bytes are an error, unknown enumeration values survive, and every failure comes
out as `WireError` with the record's name, the field's name and the byte offset.

construct stays the declaration (`Record.declaration`); since all our records have fixed
sizes they also compile themselves to one `struct.Struct`. A property test proves that
the two agree on every record.

Example::

    class Proof(Record):
        \"\"\"Answer of GET TRANSACTION PROVE.\"\"\"

        SOURCE = "[GM 8.13.3]"
        EXAMPLE = "0410385D807979F8"

        mac2: bytes = field(raw(4), kind=FieldKind.MAC2)
        tac: bytes = field(raw(4), kind=FieldKind.TAC)
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform

import construct

from ykt_sim.codes import OpenIntEnum
from ykt_sim.errors import PackError, ReadError
from ykt_sim.wire.fields import FieldKind, FieldType

_META = "ykt"


class FieldSpec(NamedTuple):
    """Where a field lies and what it is; offsets and sizes in bytes."""

    name: str
    offset: int
    size: int
    kind: FieldKind
    zh: str
    source: str
    type: FieldType


def field(
    type: FieldType,  # noqa: A002 - reads as a declaration
    *,
    kind: FieldKind = FieldKind.DATA,
    zh: str = "",
    source: str = "",
    default: Any = dataclasses.MISSING,
) -> Any:
    """Declare one field of a Record.

    Args:
        type: how it lies on the wire (`fields`).
        kind: the class of information, for traces and reports.
        zh: the Chinese term engineers use, if there is one.
        source: where this field's layout comes from, if not the record's SOURCE.
        default: value when the constructor is not given one.
    """
    return dataclasses.field(
        default=default, metadata={_META: (type, kind, zh, source)}, kw_only=True
    )


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Record:
    """A fixed-size byte structure; subclasses declare fields with `field`.

    Class attributes of a subclass:
        SOURCE: where the layout comes from and how sure it is.
        EXAMPLE: one example in hex (a test walks all records and fails where it is absent).
        SIZE: bytes, set automatically.
    """

    SOURCE: ClassVar[str] = ""
    EXAMPLE: ClassVar[str] = ""
    SIZE: ClassVar[int] = 0
    LAYOUT: ClassVar[tuple[FieldSpec, ...]] = ()
    _struct: ClassVar[struct.Struct]
    _names: ClassVar[tuple[str, ...]]
    _fields: ClassVar[frozenset[str]]
    _defaults: ClassVar[dict[str, Any]]
    _to_bytes: ClassVar[Callable[[dict[str, Any]], bytes]]
    _from_bytes: ClassVar[Callable[[bytes], dict[str, Any]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Turn the declared lines into a frozen dataclass and compile its layout."""
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(frozen=True, init=False)(cls)
        specs: list[FieldSpec] = []
        offset = 0
        for item in dataclasses.fields(cls):  # type: ignore[arg-type]  # made one just above
            type_, kind, zh, source = item.metadata[_META]
            specs.append(
                FieldSpec(item.name, offset, type_.size, kind, zh, source or cls.SOURCE, type_)
            )
            offset += type_.size
        cls.LAYOUT = tuple(specs)
        cls.SIZE = offset
        cls._struct = struct.Struct(">" + "".join(spec.type.code for spec in specs))
        cls._names = tuple(spec.name for spec in specs)
        cls._fields = frozenset(cls._names)
        cls._defaults = {
            item.name: item.default
            for item in dataclasses.fields(cls)  # type: ignore[arg-type]  # made above
            if item.default is not dataclasses.MISSING
        }
        to_bytes, from_bytes = _compiled(cls._struct, specs)
        cls._to_bytes, cls._from_bytes = staticmethod(to_bytes), staticmethod(from_bytes)

    def __init__(self, **values: Any) -> None:
        """Take every field by name; defaults fill what is left out.

        Raises:
            TypeError: a field without default is missing, or a name is no field.
        """
        if values.keys() != self._fields:
            values = self._complete(values)
        object.__setattr__(self, "__dict__", values)

    @classmethod
    def _complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        unknown = values.keys() - cls._fields
        missing = cls._fields - values.keys() - cls._defaults.keys()
        if unknown or missing:
            wrong = ", ".join(sorted(unknown or missing))
            what = "has no field" if unknown else "needs"
            raise TypeError(f"{cls.__name__} {what} {wrong}")
        return {**cls._defaults, **values}

    @classmethod
    def declaration(cls) -> construct.Struct[Any, Any]:
        """Give the construct declaration of this record, closed with Terminated."""
        return construct.Struct(
            *(spec.name / spec.type.con for spec in cls.LAYOUT), construct.Terminated
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a record from exactly SIZE bytes.

        Raises:
            ReadError: too short, too long, or a field refuses its bytes.
        """
        try:
            values = cls._from_bytes(data)
        except (struct.error, ValueError, TypeError):
            raise cls._explain_parse(data) from None
        self = object.__new__(cls)
        object.__setattr__(self, "__dict__", values)
        return self

    def build(self) -> bytes:
        """Write the record; SIZE bytes.

        Raises:
            PackError: a field's value does not fit its type.
        """
        values = self.__dict__
        try:
            return type(self)._to_bytes(values)  # noqa: SLF001 - kept on the class
        except (struct.error, ValueError, TypeError):
            raise self._explain_build(values) from None

    @classmethod
    def pack(cls, **values: Any) -> bytes:
        """Build without keeping the record: ``Rec.pack(a=1)`` is ``Rec(a=1).build()``."""
        if values.keys() != cls._fields:
            values = cls._complete(values)
        try:
            return cls._to_bytes(values)
        except (struct.error, ValueError, TypeError):
            raise cls._explain_build(values) from None

    @classmethod
    def _explain_parse(cls, data: bytes) -> ReadError:
        name = cls.__name__
        if len(data) > cls.SIZE:
            extra = bytes(data[cls.SIZE : cls.SIZE + 8]).hex().upper()
            return ReadError(
                f"expected {cls.SIZE} bytes, got {len(data)}: trailing {extra}..",
                record=name,
                offset=cls.SIZE,
            )
        for spec in cls.LAYOUT:
            chunk = data[spec.offset : spec.offset + spec.size]
            if len(chunk) < spec.size:
                return ReadError(
                    f"expected {spec.type.expects}, the data ends after {len(data)} of "
                    f"{cls.SIZE} bytes",
                    record=name,
                    field=spec.name,
                    offset=spec.offset,
                )
            try:
                (value,) = struct.unpack(">" + spec.type.code, chunk)
                if spec.type.load:
                    spec.type.load(value)
            except (struct.error, ValueError, TypeError) as error:
                return ReadError(str(error), record=name, field=spec.name, offset=spec.offset)
        return ReadError("cannot be parsed", record=name)

    @classmethod
    def _explain_build(cls, values: dict[str, Any]) -> PackError:
        for spec in cls.LAYOUT:
            value = values.get(spec.name)
            try:
                wire = spec.type.dump(value) if spec.type.dump else value
                struct.pack(">" + spec.type.code, wire)
            except (struct.error, ValueError, TypeError):
                return PackError(
                    f"expected {spec.type.expects}, got {value!r}",
                    record=cls.__name__,
                    field=spec.name,
                    offset=spec.offset,
                )
        return PackError("cannot be built", record=cls.__name__)

    def replace(self, **changes: Any) -> Self:
        """Copy with some fields changed; unknown names raise TypeError."""
        return type(self)(**{**self.__dict__, **changes})

    def to_json(self) -> dict[str, object]:
        """Field names to plain values: ints, hex text; an enumeration as hex and name."""
        out: dict[str, object] = {}
        for spec in self.LAYOUT:
            value = self.__dict__[spec.name]
            if isinstance(value, OpenIntEnum):
                out[spec.name] = f"{int(value):0{2 * spec.size}X}"
                out[spec.name + "_name"] = value.name
            elif isinstance(value, bytes):
                out[spec.name] = value.hex().upper()
            else:
                out[spec.name] = value
        return out


def _compiled(
    layout: struct.Struct, specs: Sequence[FieldSpec]
) -> tuple[Callable[[dict[str, Any]], bytes], Callable[[bytes], dict[str, Any]]]:
    """Two functions for one layout: values to bytes and back.

    They are written out field by field, as dataclasses writes its methods, because a loop
    over the fields costs as much as the packing. The text holds field names only, and a
    field's name is a Python identifier.
    """
    tools: dict[str, Any] = {"pack": layout.pack, "unpack": layout.unpack}
    given, taken, names = [], [], []
    for number, (name, *_, type_) in enumerate(specs):
        tools |= {f"dump{number}": type_.dump, f"load{number}": type_.load}
        given.append(f"dump{number}(values[{name!r}])" if type_.dump else f"values[{name!r}]")
        taken.append(f"{name!r}: " + (f"load{number}({name})" if type_.load else name))
        names.append(name)
    text = (
        f"def to_bytes(values):\n    return pack({', '.join(given)})\n"
        f"def from_bytes(data):\n    {', '.join(names)}, = unpack(data)\n"
        f"    return {{{', '.join(taken)}}}\n"
    )
    exec(text, tools)  # noqa: S102 - see above
    return tools["to_bytes"], tools["from_bytes"]


def all_records(root: type[Record] = Record) -> list[type[Record]]:
    """Every Record class that has been imported, depth first."""
    found: list[type[Record]] = []
    for sub in root.__subclasses__():
        found.append(sub)
        found.extend(all_records(sub))
    return found
