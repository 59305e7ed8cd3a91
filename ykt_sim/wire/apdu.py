"""Command and response APDUs, short form.

Cases as the card world uses them: 1 (four bytes; FMCOS clients send it as
CLA INS P1 P2 00), 2S (Le), 3S (Lc data), 4S (Lc data Le). Le 00 asks for everything.
Extended lengths exist only in the 2023 edition's photo commands and are refused here.

`Command.declaration` is construct's; `Command.parse` is a compiled twin of it, proved equal
by a property test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ykt_sim.codes import SW, sw_text
from ykt_sim.errors import PackError, ReadError

if TYPE_CHECKING:
    import construct


#: Makes a Command without asking for its fields by name.
_new: Final = tuple.__new__


def build(cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None) -> bytes:
    """Write a command APDU; as `Command.build`, without the Command.

    Raises:
        PackError: a header byte, the data length or Le out of range.
    """
    try:
        out = bytes((cla, ins, p1, p2))
        if data:
            out += bytes((len(data),)) + data
        return out if le is None else out + bytes((le,))
    except (ValueError, TypeError):
        for name, value in (("cla", cla), ("ins", ins), ("p1", p1), ("p2", p2)):
            if value not in range(256):
                raise PackError(
                    f"expected 0..255, got {value!r}", record="APDU", field=name
                ) from None
        raise PackError(
            f"data of {len(data)} bytes or Le {le!r} does not fit a short APDU",
            record="APDU",
            field="data",
            offset=4,
        ) from None


class Command(NamedTuple):
    """A command APDU. ``le`` is None when absent, 0 for "all there is" (byte 00)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @classmethod
    def declaration(cls) -> construct.Struct[Any, Any]:
        """Give the construct declaration; ``body`` is the first of cases 1 to 4S that fits."""
        import construct as con  # noqa: PLC0415 - slow to import, and no card needs it

        # Lc 00 begins an extended length, which is refused.
        some = con.ExprValidator(con.Prefixed(con.Int8ub, con.GreedyBytes), lambda got, _: got)
        le, data = "le" / con.Int8ub, "data" / some
        bodies = [(), (le,), (data,), (data, le)]
        return con.Struct(
            *(name / con.Int8ub for name in ("cla", "ins", "p1", "p2")),
            "body" / con.Select(*(con.Struct(*body, con.Terminated) for body in bodies)),
        )

    @classmethod
    def parse(cls, raw: bytes) -> Command:
        """Read a short command APDU.

        Raises:
            ReadError: shorter than 4 bytes, or Lc disagrees with the length.
        """
        size = len(raw)
        if size == 5:
            return _new(cls, (raw[0], raw[1], raw[2], raw[3], b"", raw[4]))
        if size > 5:
            lc = raw[4]
            if size == 5 + lc and lc:
                return _new(cls, (raw[0], raw[1], raw[2], raw[3], raw[5:], None))
            if size == 6 + lc and lc:
                return _new(cls, (raw[0], raw[1], raw[2], raw[3], raw[5:-1], raw[-1]))
            raise ReadError(
                f"Lc {lc:02X} announces {lc} bytes, {size - 5} follow",
                record="APDU",
                field="lc",
                offset=4,
            )
        if size == 4:
            return _new(cls, (raw[0], raw[1], raw[2], raw[3], b"", None))
        raise ReadError(
            f"expected at least 4 header bytes, got {size}",
            record="APDU",
            field="header",
            offset=size,
        )

    def build(self) -> bytes:
        """Write the APDU.

        Raises:
            PackError: a header byte, the data length or Le out of range.
        """
        return build(*self)

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes(self[:4])


class Response(NamedTuple):
    """A response APDU: data and status word."""

    data: bytes
    sw: int

    @classmethod
    def parse(cls, raw: bytes) -> Response:
        """Split an answer into data and status word; raises ReadError below two bytes."""
        if len(raw) < 2:
            raise ReadError(
                f"expected at least SW1 SW2, got {len(raw)} byte(s)",
                record="R-APDU",
                field="sw",
                offset=len(raw),
            )
        return cls(raw[:-2], raw[-2] << 8 | raw[-1])

    def build(self) -> bytes:
        """Data followed by the two status bytes."""
        return self.data + self.sw.to_bytes(2, "big")

    @property
    def ok(self) -> bool:
        """True for 9000."""
        return self.sw == SW.OK

    def __str__(self) -> str:
        return f"{self.data.hex().upper()} {self.sw:04X} ({sw_text(self.sw)})".strip()
