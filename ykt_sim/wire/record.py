"""The Record base: one declared line per field, typed, frozen, exact both ways.

This is the only file that knows how construct behaves. It closes construct's traps:
trailing bytes are an error, unknown enumeration values survive, and every failure comes
out as `WireError` with the record's name, the field's name and the byte offset.

construct stays the declaration (`Record.declaration`); since all our records have fixed
sizes they also compile themselves to one `struct.Struct`, at their first use, so that a
program pays for the records that it meets. A property test proves that the two agree on
every record.

Example::

    class Proof(Record):
        \"\"\"Answer of GET TRANSACTION PROVE.\"\"\"

        SOURCE = "[GM 8.13.3]"
        EXAMPLE = "0410385D807979F8"

        mac2: bytes = field(raw(4), kind=FieldKind.MAC2)
        tac: bytes = field(raw(4), kind=FieldKind.TAC)
"""

from __future__ import annotations

import struct
from binascii import a2b_hex
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, dataclass_transform

from ykt_sim.codes import OpenIntEnum
from ykt_sim.errors import PackError, ReadError
from ykt_sim.wire.fields import FieldKind, FieldType
from ykt_sim.wire.fits import Fits, Misfit, exactly

if TYPE_CHECKING:
    import construct


class FieldSpec(NamedTuple):
    """Where a field lies and what it is; offsets and sizes in bytes."""

    name: str
    offset: int
    size: int
    kind: FieldKind
    zh: str
    source: str
    type: FieldType
    fits: Fits | None = None


class _Declared(NamedTuple):
    """What one line of a record says."""

    type: FieldType
    kind: FieldKind
    zh: str
    source: str
    default: Any
    fits: Fits | None

    def condition(self) -> Fits | None:
        """What must hold of the field: what the line says; a constant is its default."""
        constant = self.kind is FieldKind.CONSTANT and self.default is not _NEEDED
        if self.fits is not None or not constant:
            return self.fits
        wire = self.type.dump(self.default) if self.type.dump else self.default
        return exactly(struct.pack(">" + self.type.code, wire))


#: Stands for "no default"; no field's value.
_NEEDED: Any = object()


def field(
    type: FieldType,  # noqa: A002 - reads as a declaration
    *,
    kind: FieldKind = FieldKind.DATA,
    zh: str = "",
    source: str = "",
    default: Any = _NEEDED,
    fits: Fits | None = None,
) -> Any:
    """Declare one field of a Record.

    Args:
        type: how it lies on the wire (`fields`).
        kind: the class of information, for traces and reports.
        zh: the Chinese term engineers use, if there is one.
        source: where this field's layout comes from, if not the record's SOURCE.
        default: value when the constructor is not given one.
        fits: what must hold of the field's bytes where nobody says what the record is.
    """
    return _Declared(type, kind, zh, source, default, fits)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Record:
    """A fixed-size byte structure; subclasses declare fields with `field`.

    Frozen, equal when class and fields are. Nothing is derived from a subclass.

    Class attributes of a subclass:
        SOURCE: where the layout comes from and how sure it is.
        EXAMPLE: one example in hex (a test walks all records and fails where it is absent).
        SIZE, LAYOUT, DEFAULTS: bytes, fields, values by field name; set automatically.
    """

    SOURCE: ClassVar[str] = ""
    EXAMPLE: ClassVar[str] = ""
    SIZE: ClassVar[int] = 0
    LAYOUT: ClassVar[tuple[FieldSpec, ...]] = ()
    DEFAULTS: ClassVar[dict[str, Any]] = {}
    _fields: ClassVar[frozenset[str]]
    #: The fields with a condition, for `misfit`.
    _asked: ClassVar[tuple[tuple[str, int, int, Fits], ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Turn the declared lines into a layout."""
        super().__init_subclass__(**kwargs)
        if cls.__base__ is not Record:
            raise TypeError(f"{cls.__name__}: a record is not derived from another record")
        declared = {name: line for name, line in vars(cls).items() if isinstance(line, _Declared)}
        specs: list[FieldSpec] = []
        offset = 0
        for name, line in declared.items():
            delattr(cls, name)  # a record holds its values itself
            source, type_ = line.source or cls.SOURCE, line.type
            specs.append(
                FieldSpec(
                    name, offset, type_.size, line.kind, line.zh, source, type_, line.condition()
                )
            )
            offset += type_.size
        cls.LAYOUT = tuple(specs)
        cls._asked = tuple(
            (spec.name, spec.offset, spec.size, spec.fits) for spec in specs if spec.fits
        )
        cls.SIZE = offset
        cls._fields = frozenset(declared)
        cls.DEFAULTS = {
            name: line.default for name, line in declared.items() if line.default is not _NEEDED
        }

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
        missing = cls._fields - values.keys() - cls.DEFAULTS.keys()
        if unknown or missing:
            wrong = ", ".join(sorted(unknown or missing))
            what = "has no field" if unknown else "needs"
            raise TypeError(f"{cls.__name__} {what} {wrong}")
        return {**cls.DEFAULTS, **values}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__[spec.name] for spec in self.LAYOUT))

    def __repr__(self) -> str:
        told = ", ".join(f"{spec.name}={self.__dict__[spec.name]!r}" for spec in self.LAYOUT)
        return f"{type(self).__name__}({told})"

    @classmethod
    def declaration(cls) -> construct.Struct[Any, Any]:
        """Give the construct declaration of this record, closed with Terminated."""
        import construct  # noqa: PLC0415 - slow to import, and no card needs it

        return construct.Struct(
            *(spec.name / spec.type.con for spec in cls.LAYOUT), construct.Terminated
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a record from exactly SIZE bytes.

        Raises:
            ReadError: too short, too long, or a field refuses its bytes.
        """
        cls._compile()
        return cls.parse(data)

    @classmethod
    def misfit(cls, data: bytes, start: int = 0) -> Misfit | None:
        """Why bytes are none of this record: the first field whose condition does not hold.

        Args:
            data: the record, or a window of it; only fields that lie in it whole are asked.
            start: where in the record the window begins.
        """
        end = len(data)
        for name, offset, size, fits in cls._asked:
            at = offset - start
            if at < 0 or at + size > end:
                continue
            chunk = bytes(data[at : at + size])
            if not fits.holds(chunk):
                return Misfit(cls.__name__, name, offset, fits.expects, chunk.hex().upper())
        return None

    @classmethod
    def pack(cls, **values: Any) -> bytes:
        """Build without keeping the record: ``Rec.pack(a=1)`` is ``Rec(a=1).build()``.

        Raises:
            TypeError: a field without default is missing, or a name is no field.
            PackError: a field's value does not fit its type.
        """
        cls._compile()
        return cls.pack(**values)

    def build(self) -> bytes:
        """Write the record; SIZE bytes.

        Raises:
            PackError: a field's value does not fit its type.
        """
        return self.pack(**self.__dict__)

    @classmethod
    def _compile(cls) -> None:
        """Put a `parse` and a `pack` for this layout in the place of the general ones.

        They are written out field by field, as dataclasses writes its methods, because a loop
        over the fields costs as much as the packing. The text holds field names only, and a
        field's name is a Python identifier that does not begin with an underscore.
        """
        layout = struct.Struct(">" + "".join(spec.type.code for spec in cls.LAYOUT))
        tools: dict[str, Any] = {
            "_cls": cls,
            "_pack": layout.pack,
            "_unpack": layout.unpack,
            "_new": object.__new__,
            "_set": object.__setattr__,
            "_len": len,
            "_str": str,
            "_type": type,
            "_unhex": a2b_hex,
            "_wrong": (struct.error, ValueError, TypeError),
        }
        asked, given, taken = [], [], []
        for number, spec in enumerate(cls.LAYOUT):
            name, type_ = spec.name, spec.type
            tools |= {f"_dump{number}": type_.dump, f"_load{number}": type_.load}
            asked.append(name)
            if name in cls.DEFAULTS:
                tools[f"_default{number}"] = cls.DEFAULTS[name]
                asked[-1] = f"{name}=_default{number}"
            names = {"value": name, "dump": f"_dump{number}", "load": f"_load{number}"}
            given.append(type_.dump_text.format_map(names) if type_.dump else name)
            read = type_.load_text.format_map(names) if type_.load else name
            taken.append(f"{name!r}: {read}")
        text = f"""
def pack(*, {", ".join(asked)}):
    try:
        return _pack({", ".join(given)})
    except _wrong:
        raise _cls._explain_build(locals()) from None
def parse(data):
    try:
        {", ".join(spec.name for spec in cls.LAYOUT)}, = _unpack(data)
        values = {{{", ".join(taken)}}}
    except _wrong:
        raise _cls._explain_parse(data) from None
    self = _new(_cls)
    _set(self, "__dict__", values)
    return self
"""
        exec(text, tools)  # noqa: S102 - see above
        cls.pack = staticmethod(tools["pack"])  # type: ignore[method-assign]
        cls.parse = staticmethod(tools["parse"])  # type: ignore[method-assign]

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


def all_records() -> list[type[Record]]:
    """Every Record class that has been imported."""
    return Record.__subclasses__()
