"""UDP datagrams out of captured packets of the usual link types."""

from __future__ import annotations

from typing import Final, NamedTuple

_ETHERNET: Final = 1
#: Packets that begin with an IP header: raw in its three numbers, and one for each version.
_RAW: Final = frozenset((12, 14, 101, 228, 229))
_NULL: Final = frozenset((0, 108))
_COOKED: Final = 113
_COOKED_2: Final = 276
#: Link types that `datagram` takes apart.
LINKTYPES: Final = frozenset((_ETHERNET, _COOKED, _COOKED_2)) | _RAW | _NULL

_VLAN: Final = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_IP_TYPES: Final = (b"\x08\x00", b"\x86\xdd")
_UDP: Final = 17
#: IPv6 extension headers that have their length in eights: hop-by-hop, routing, options.
_EXTENSIONS: Final = frozenset((0, 43, 60))


class Datagram(NamedTuple):
    """A datagram; `whole` is false when the capture holds only its beginning."""

    source: int
    target: int
    payload: bytes
    whole: bool


def datagram(linktype: int, packet: bytes) -> Datagram | None:
    """The UDP datagram of a packet; None when it holds none, or a part of one."""
    ip = _network(linktype, packet)
    if not ip:
        return None
    udp = _ip4(ip) if ip[0] >> 4 == 4 else _ip6(ip) if ip[0] >> 4 == 6 else None
    if udp is None or len(udp) < 8:
        return None
    length = int.from_bytes(udp[4:6], "big")
    if length < 8:
        return None
    source, target = (int.from_bytes(udp[at : at + 2], "big") for at in (0, 2))
    return Datagram(source, target, udp[8:length], len(udp) >= length)


def _network(linktype: int, packet: bytes) -> bytes:
    """What begins with an IP header; nothing for other protocols."""
    if linktype in _RAW:
        return packet
    if linktype in _NULL:
        # The protocol number before it differs from system to system; IP's version does not.
        return packet[4:]
    if linktype == _COOKED:
        return packet[16:] if packet[14:16] in _IP_TYPES else b""
    if linktype == _COOKED_2:
        return packet[20:] if packet[:2] in _IP_TYPES else b""
    if linktype != _ETHERNET:
        return b""
    at = 12
    while packet[at : at + 2] in _VLAN:
        at += 4
    return packet[at + 2 :] if packet[at : at + 2] in _IP_TYPES else b""


def _ip4(ip: bytes) -> bytes | None:
    head = (ip[0] & 15) * 4
    if len(ip) < 20 or head < 20 or ip[9] != _UDP:
        return None
    total = int.from_bytes(ip[2:4], "big")
    fragment = int.from_bytes(ip[6:8], "big")
    if fragment & 0x3FFF:
        return None
    # A total of 0 is what segmentation offload leaves behind.
    return ip[head : total or None]


def _ip6(ip: bytes) -> bytes | None:
    if len(ip) < 40:
        return None
    total = int.from_bytes(ip[4:6], "big")
    rest, following = ip[40 : 40 + total if total else None], ip[6]
    while following in _EXTENSIONS and len(rest) >= 8:
        following, rest = rest[0], rest[8 + 8 * rest[1] :]
    return rest if following == _UDP else None
