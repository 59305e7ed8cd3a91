"""BER-TLV, kept byte for byte, and the FCIs and directories built from it.

Real FCIs hold surprises: zero bytes after A5, a two-byte 9F08, a 9F0C that is not last,
lengths written longer than needed. So a `Tlv` remembers how it was written, and what was
parsed builds back to the same bytes. Nesting is limited: the bytes may be hostile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ykt_sim.codes import AID_PPSE, Tag
from ykt_sim.errors import ReadError

MAX_DEPTH: Final = 12
#: Tag number of a run of zero bytes between objects; no real tag is 00.
PADDING: Final = 0
_CONSTRUCTED: Final = 0x20
_MULTI_BYTE: Final = 0x1F


def tag_name(tag: int) -> str:
    """Tag as the hex text used everywhere, e.g. ``9F0C``."""
    return f"{tag:0{2 * _tag_size(tag)}X}"


def _tag_size(tag: int) -> int:
    return max(1, (tag.bit_length() + 7) // 8)


def encode_length(size: int) -> bytes:
    """Shortest length field: one byte below 128, else 81 xx or 82 xx xx.."""
    if size < 0x80:
        return bytes((size,))
    body = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(body),)) + body


class Tlv(NamedTuple):
    """One data object.

    Attributes:
        tag: tag as a number, e.g. 0x9F0C.
        value: the value field as it stands on the wire.
        children: the objects inside when the tag is constructed and was parsed.
        rest: bytes of the value after the last child that are no data object (padding).
        length: the length field as written; empty for "shortest".
    """

    tag: int
    value: bytes
    children: tuple[Tlv, ...] = ()
    rest: bytes = b""
    length: bytes = b""

    @staticmethod
    def of(tag: int, value: bytes | Sequence[Tlv], rest: bytes = b"") -> Tlv:
        """Make an object from a value, or from children and the bytes after them."""
        if isinstance(value, bytes | bytearray):
            return Tlv(tag, bytes(value))
        children = tuple(value)
        return Tlv(tag, b"".join(child.build() for child in children) + rest, children, rest)

    @staticmethod
    def parse(data: bytes) -> Tlv:
        """Read one object that fills the data exactly; raises ReadError otherwise."""
        found, end = _read(data, 0, len(data), 0)
        if end != len(data):
            raise ReadError(
                f"{len(data) - end} trailing byte(s) {data[end : end + 8].hex().upper()}",
                record="TLV",
                field=tag_name(found.tag),
                offset=end,
            )
        return found

    @staticmethod
    def parse_all(data: bytes) -> tuple[tuple[Tlv, ...], bytes]:
        """Read objects to the end; also gives the padding (all 00 or all FF) after them."""
        return _read_all(data, 0, len(data), 0)

    @staticmethod
    def read(data: bytes, offset: int = 0) -> tuple[Tlv, int]:
        """Read one object at an offset; gives it and the offset after it."""
        return _read(data, offset, len(data), 0)

    @property
    def constructed(self) -> bool:
        """True when bit 6 of the tag's first byte announces objects inside."""
        return bool(self.tag >> (8 * (_tag_size(self.tag) - 1)) & _CONSTRUCTED)

    @property
    def name(self) -> str:
        """Tag as hex text."""
        return tag_name(self.tag)

    @property
    def head_size(self) -> int:
        """Bytes of tag and length field before the value."""
        if self.tag == PADDING:
            return 0
        return _tag_size(self.tag) + len(self.length or encode_length(len(self.value)))

    def build(self) -> bytes:
        """Tag, length field as written, value."""
        if self.tag == PADDING:
            return self.value
        tag = self.tag.to_bytes(_tag_size(self.tag), "big")
        return tag + (self.length or encode_length(len(self.value))) + self.value

    def get(self, tag: int) -> Tlv | None:
        """First object with this tag directly inside, or None."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def find(self, tag: int) -> Tlv | None:
        """First object with this tag at any depth, or None."""
        if self.tag == tag:
            return self
        for child in self.children:
            found = child.find(tag)
            if found is not None:
                return found
        return None

    def find_all(self, tag: int) -> Iterator[Tlv]:
        """Every object with this tag at any depth, outermost first."""
        if self.tag == tag:
            yield self
        for child in self.children:
            if child.children or child.tag == tag:
                yield from child.find_all(tag)

    def walk(self, offset: int = 0, depth: int = 0) -> Iterator[tuple[int, int, Tlv]]:
        """This object and all inside, outermost first: (offset, depth, object)."""
        yield offset, depth, self
        offset += self.head_size
        for child in self.children:
            yield from child.walk(offset, depth + 1)
            offset += child.head_size + len(child.value)


def _fail(message: str, tag: str, offset: int) -> ReadError:
    return ReadError(message, record="TLV", field=tag, offset=offset)


def _read_tag(data: bytes, offset: int, end: int) -> tuple[int, int]:
    if offset >= end:
        raise _fail("expected a tag, the data ends", "", offset)
    start = offset
    first = data[offset]
    offset += 1
    if first & _MULTI_BYTE == _MULTI_BYTE:
        while True:
            if offset >= end:
                raise _fail("the tag is cut", data[start:end].hex().upper(), start)
            offset += 1
            if not data[offset - 1] & 0x80:
                break
            if offset - start > 3:
                cut = data[start:offset].hex().upper()
                raise _fail("tags of more than 4 bytes are not supported", cut, start)
    tag = int.from_bytes(data[start:offset], "big")
    return tag, offset


def _read_length(data: bytes, offset: int, end: int, tag: str) -> tuple[int, int]:
    if offset >= end:
        raise _fail("the data ends before the length", tag, offset)
    first = data[offset]
    if first < 0x80:
        return first, offset + 1
    count = first & 0x7F
    if not 1 <= count <= 3:
        raise _fail(f"length field {first:02X} is not supported", tag, offset)
    if offset + 1 + count > end:
        raise _fail("the length field is cut", tag, offset)
    return int.from_bytes(data[offset + 1 : offset + 1 + count], "big"), offset + 1 + count


def _read(data: bytes, offset: int, end: int, depth: int) -> tuple[Tlv, int]:
    tag, start, size, length = _read_head(data, offset, end)
    if depth > MAX_DEPTH:
        raise _fail(f"nested deeper than {MAX_DEPTH}", tag_name(tag), offset)
    if tag == PADDING:
        raise _fail("00 is no tag", tag_name(tag), offset)
    stop = start + size
    if stop > end:
        raise _fail(f"announces {size} bytes, {end - start} follow", tag_name(tag), start)
    children: tuple[Tlv, ...] = ()
    rest = b""
    if data[offset] & _CONSTRUCTED:
        children, rest = _read_all(data, start, stop, depth + 1)
    return Tlv(tag, bytes(data[start:stop]), children, rest, length), stop


def _read_head(data: bytes, offset: int, end: int) -> tuple[int, int, int, bytes]:
    """(tag, start of the value, its size, length field if not the shortest)."""
    if end - offset > 2:  # the common shapes: tag of one or two bytes, length of one
        first, second = data[offset], data[offset + 1]
        if first & _MULTI_BYTE != _MULTI_BYTE:
            if second < 0x80:
                return first, offset + 2, second, b""
        elif second < 0x80 and data[offset + 2] < 0x80:
            return first << 8 | second, offset + 3, data[offset + 2], b""
    tag, after_tag = _read_tag(data, offset, end)
    size, start = _read_length(data, after_tag, end, tag_name(tag))
    length = bytes(data[after_tag:start])
    return tag, start, size, b"" if length == encode_length(size) else length


def _read_all(data: bytes, offset: int, end: int, depth: int) -> tuple[tuple[Tlv, ...], bytes]:
    found: list[Tlv] = []
    tail = _padding_start(data, offset, end)
    while offset < tail:
        if data[offset] == 0:
            start = offset
            while data[offset] == 0:
                offset += 1
            found.append(Tlv(PADDING, bytes(data[start:offset])))
        item, offset = _read(data, offset, end, depth)
        found.append(item)
    return tuple(found), bytes(data[offset:end])


def _padding_start(data: bytes, offset: int, end: int) -> int:
    """Where the run of 00 or of FF that closes data[offset:end] begins."""
    if offset < end and data[end - 1] not in (0x00, 0xFF):
        return end
    body = data[offset:end]
    return offset + min(len(body.rstrip(b"\x00")), len(body.rstrip(b"\xff")))


def value_at(data: bytes, *path: int) -> bytes | None:
    """Value of the first object at a path of tags, without building a tree.

    ``value_at(fci, 0x6F, 0xA5, 0x9F0C)`` is the issuer data of an FCI.

    Raises:
        ReadError: an object on the way announces more than there is.
    """
    start, end = 0, len(data)
    for wanted in path:
        offset, start = start, -1
        while offset < end and data[offset]:
            tag, inner, size, _ = _read_head(data, offset, end)
            if inner + size > end:
                raise _fail(f"announces {size} bytes, {end - inner} follow", tag_name(tag), inner)
            if tag == wanted:
                start, end = inner, inner + size
                break
            offset = inner + size
        if start < 0:
            return None
    return bytes(data[start:end])


def parse_dol(data: bytes) -> tuple[tuple[int, int], ...]:
    """Data object list such as a PDOL: (tag, length wanted) pairs; raises ReadError when cut."""
    pairs: list[tuple[int, int]] = []
    offset = 0
    while offset < len(data):
        tag, after = _read_tag(data, offset, len(data))
        size, offset = _read_length(data, after, len(data), tag_name(tag))
        pairs.append((tag, size))
    return tuple(pairs)


class DirectoryEntry(msgspec.Struct, frozen=True):
    """One application in a PPSE or PSE directory (tag 61)."""

    aid: bytes
    label: str = ""
    priority: int | None = None
    preferred_name: str = ""

    @classmethod
    def of(cls, template: Tlv) -> DirectoryEntry:
        """Read a tag 61 object; a missing AID is an error."""
        aid = template.get(Tag.AID)
        if aid is None:
            raise _fail("directory entry without AID (4F)", template.name, 0)
        return cls(
            aid.value,
            _text(template.get(Tag.LABEL)),
            _number(template.get(Tag.PRIORITY)),
            _text(template.get(Tag.PREFERRED_NAME)),
        )

    def to_tlv(self) -> Tlv:
        """Write the entry as tag 61: AID, label, preferred name, priority."""
        parts = [Tlv(Tag.AID, self.aid)]
        if self.label:
            parts.append(Tlv(Tag.LABEL, self.label.encode("ascii")))
        if self.preferred_name:
            parts.append(Tlv(Tag.PREFERRED_NAME, self.preferred_name.encode("ascii")))
        if self.priority is not None:
            parts.append(Tlv(Tag.PRIORITY, bytes((self.priority,))))
        return Tlv.of(Tag.DIRECTORY_ENTRY, parts)


def _text(item: Tlv | None) -> str:
    return item.value.decode("latin-1") if item else ""


def _number(item: Tlv | None) -> int | None:
    return int.from_bytes(item.value, "big") if item and item.value else None


class Fci(msgspec.Struct, frozen=True):
    """File control information, the answer of SELECT: tag 6F, exactly as received.

    Attributes:
        template: the 6F object.
        after: bytes behind the 6F object; no card should send any.
    """

    template: Tlv
    after: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Fci:
        """Read an FCI without its status word.

        What follows A5 inside the template is kept whatever it is (`trailing`).

        Raises:
            ReadError: no 6F, or the template, 84 or A5 do not hold what they announce.
        """
        tag, start, size, length = _read_head(data, 0, len(data))
        if tag != Tag.FCI:
            raise _fail("expected an FCI template 6F", tag_name(tag), 0)
        end = start + size
        if end > len(data):
            raise _fail(f"announces {size} bytes, {len(data) - start} follow", "6F", start)
        children: list[Tlv] = []
        offset = start
        tail = _padding_start(data, start, end)
        while offset < tail and not (children and children[-1].tag == Tag.PROPRIETARY):
            item, offset = _read(data, offset, end, 1)
            children.append(item)
        template = Tlv(
            tag, bytes(data[start:end]), tuple(children), bytes(data[offset:end]), length
        )
        return cls(template, bytes(data[end:]))

    def build(self) -> bytes:
        """Write the FCI as it was."""
        return self.template.build() + self.after

    @property
    def df_name(self) -> bytes:
        """DF name or AID (84); empty when there is none."""
        item = self.template.get(Tag.DF_NAME)
        return item.value if item else b""

    @property
    def proprietary(self) -> Tlv | None:
        """The A5 object."""
        return self.template.get(Tag.PROPRIETARY)

    @property
    def trailing(self) -> bytes:
        """Bytes inside the template after A5 (or after the last object)."""
        return self.template.rest

    def get(self, tag: int) -> bytes | None:
        """Value of an object at any depth of A5, or None."""
        item = self.proprietary.find(tag) if self.proprietary else None
        return item.value if item else None

    def _own(self, tag: int) -> Tlv | None:
        return self.proprietary.get(tag) if self.proprietary else None

    @property
    def label(self) -> str:
        """Application label (50)."""
        return _text(self._own(Tag.LABEL))

    @property
    def priority(self) -> int | None:
        """Application priority (87)."""
        return _number(self._own(Tag.PRIORITY))

    @property
    def version(self) -> bytes | None:
        """Application version number (9F08), one byte or two."""
        return self.get(Tag.VERSION)

    @property
    def preferred_name(self) -> str:
        """Preferred name (9F12)."""
        return _text(self._own(Tag.PREFERRED_NAME))

    @property
    def issuer_data(self) -> bytes | None:
        """Issuer data (9F0C): the content of file 15 under T-Union, other data elsewhere."""
        return self.get(Tag.ISSUER_DATA)

    @property
    def pdol(self) -> tuple[tuple[int, int], ...]:
        """PDOL (9F38) as (tag, length wanted) pairs."""
        return parse_dol(self.get(Tag.PDOL) or b"")

    @property
    def discretionary(self) -> Tlv | None:
        """Issuer discretionary data (BF0C)."""
        return self.proprietary.find(Tag.ISSUER_DISCRETIONARY) if self.proprietary else None

    @property
    def entries(self) -> tuple[DirectoryEntry, ...]:
        """Applications listed (61), in the order of the answer; empty outside a directory."""
        if self.proprietary is None:
            return ()
        return tuple(map(DirectoryEntry.of, self.proprietary.find_all(Tag.DIRECTORY_ENTRY)))


def build_fci(
    df_name: bytes,
    proprietary: Sequence[tuple[int, bytes]] | None = None,
    trailing: bytes = b"",
) -> bytes:
    """Write an FCI: ``6F { 84 name [A5 { proprietary }] [trailing] }``.

    Args:
        df_name: DF name or AID.
        proprietary: (tag, value) pairs of A5 in order; None leaves A5 out, as PAY.APPY does.
        trailing: bytes after A5 inside the template, as one real card has.
    """
    parts = [Tlv(Tag.DF_NAME, df_name)]
    if proprietary is not None:
        parts.append(Tlv.of(Tag.PROPRIETARY, [Tlv(tag, value) for tag, value in proprietary]))
    return Tlv.of(Tag.FCI, parts, trailing).build()


def build_ppse(entries: Sequence[DirectoryEntry], df_name: bytes = AID_PPSE) -> bytes:
    """Write the FCI of a PPSE that lists these applications."""
    listed = b"".join(entry.to_tlv().build() for entry in entries)
    return build_fci(df_name, [(Tag.ISSUER_DISCRETIONARY, listed)])


def parse_pse_record(data: bytes) -> tuple[DirectoryEntry, ...]:
    """Entries of a PSE directory record, ``70 { 61 {..} .. }``."""
    record = Tlv.parse(data)
    return tuple(map(DirectoryEntry.of, record.find_all(Tag.DIRECTORY_ENTRY)))
