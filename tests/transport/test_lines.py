"""The line protocol, the side that asks; what programs say is in test_pipe."""

from __future__ import annotations

import pytest

from tests.conformance import support as s
from ykt_sim.errors import LinkError, SilentError
from ykt_sim.transport.lines import LineLink, SocketWire


def test_tcp_answers_and_silence() -> None:
    table = {"reset": b"3B00\n", "0084000004": b"01020304 9000\r\n"}
    with s.line_server(table.get) as address:
        host, _, port = address.partition(":")
        link = LineLink(SocketWire(host, int(port), 2), 0.2, 0.2)
        assert link.power_on() == b"\x3b\x00"
        assert link.transmit(s.CHALLENGE) == bytes.fromhex("010203049000")
        with pytest.raises(SilentError):
            link.transmit(s.SELECT_EP)
        link.close()


def test_tcp_that_nobody_listens_on() -> None:
    with s.line_server(lambda _line: b"9000\n") as address:
        pass
    host, _, port = address.partition(":")
    with pytest.raises(LinkError, match=port):
        SocketWire(host, int(port), 1)


@pytest.mark.parametrize(
    ("answer", "renewed"),
    [
        (b"fresh 3B00\n", True),
        (b"fresh 3f6500\r\n", True),
        (b"3B00\n", False),
        (b"6700\n", False),
        (b"fresh 12\n", False),
        (b"fresh\n", False),
        (b"\xff\xfe\n", False),
        (None, False),
    ],
)
def test_a_new_card_is_believed_only_when_it_is_said(
    answer: bytes | None, *, renewed: bool
) -> None:
    asked: list[str] = []

    def answered(line: str) -> bytes | None:
        asked.append(line)
        return answer

    with s.line_server(answered) as address:
        host, _, port = address.partition(":")
        link = LineLink(SocketWire(host, int(port), 2), 0.2, 0.2)
        assert link.renew(12) is renewed
        link.close()
    assert asked == ["fresh 12"]
