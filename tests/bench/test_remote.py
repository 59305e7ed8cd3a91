"""Targets that are somebody else's: programs, servers, readers."""

from __future__ import annotations

import shlex
import socket
import sys

import pytest

from ykt_sim.bench import remote
from ykt_sim.bench.targets import FRESH, Opening, open_target, read_target
from ykt_sim.errors import LinkError, SilentError, UsageError, WriteRefusedError
from ykt_sim.transport.guard import Permit, WriteGuard
from ykt_sim.transport.null import NullLink
from ykt_sim.transport.pcsc import PcscLink, ReaderLink

INIT = bytes.fromhex("805001020B01000000A041313010013700")
ECHO = (
    "import sys\n"
    "for line in sys.stdin:\n"
    "    print({'reset': '3B00'}.get(line.strip(), line.strip() + '9000'), flush=True)\n"
)
PYTHON = shlex.quote(sys.executable)


# -- pipe: ---------------------------------------------------------------------------------


def test_a_program() -> None:
    link = open_target(f"pipe:{PYTHON} -c {shlex.quote(ECHO)}")
    assert link.power_on() == b"\x3b\x00"
    assert link.transmit(b"\x00\x84") == b"\x00\x84\x90\x00"
    link.close()


@pytest.mark.parametrize(("rest", "said"), [("", "no command"), ("'open", "No closing quotation")])
def test_no_program(rest: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_target(f"pipe:{rest}")


def test_our_own_program_makes_a_new_card_each_time() -> None:
    for words in ("--profile dual", "--profile=dual"):
        assert FRESH in read_target(f"pipe:ykt card pipe {words}").can
    assert FRESH not in read_target("pipe:ykt card pipe profile").can


def test_a_silent_program_is_waited_for_only_so_long() -> None:
    target = read_target(f"pipe:{PYTHON} -c 'import time; time.sleep(60)'")
    link = target.open(Opening(answer_s=0.1, start_s=0.2))
    with pytest.raises(SilentError, match=r"within 0\.2 s"):
        link.power_on()
    link.close()


# -- tcp: ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", ":99", "a:65536"])
def test_wrong_places(rest: str) -> None:
    with pytest.raises(UsageError, match=f"'tcp:{rest}': expected tcp:HOST:PORT"):
        read_target(f"tcp:{rest}")


@pytest.mark.parametrize("wait", ["0", "-1", "nan", "1e9"])
def test_wrong_waits(wait: str) -> None:
    with pytest.raises(UsageError, match="wait must be"):
        read_target(f"tcp:127.0.0.1:9?wait={wait}")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    target = read_target(f"tcp:127.0.0.1:{port}")
    with pytest.raises(LinkError, match="refused"):
        target.open()


@pytest.mark.parametrize(
    ("wait", "how"),
    [("?wait=0.05", Opening(start_s=0.1)), ("", Opening(answer_s=0.05, start_s=0.1))],
)
def test_somebody_who_never_answers(wait: str, how: Opening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = read_target(f"tcp:127.0.0.1:{server.getsockname()[1]}{wait}").open(how)
        with pytest.raises(SilentError, match=r"within 0\.1 s"):
            link.power_on()
        link.close()


# -- pcsc: ---------------------------------------------------------------------------------


class InReader(NullLink):
    """A card in a reader of a name."""

    protocol = "T=1"

    def __init__(self, reader: str) -> None:
        self.reader = reader


@pytest.mark.parametrize("reader", ["Virtual PCD 00 00", "ACME 00 00"])
def test_a_card_in_a_reader_is_guarded(monkeypatch: pytest.MonkeyPatch, reader: str) -> None:
    monkeypatch.setattr(remote, "ReaderLink", lambda _link: InReader(reader))
    closed = open_target("pcsc:0")
    assert isinstance(closed, WriteGuard)
    closed.power_on()
    assert closed.transmit(bytes.fromhex("0084000004"))
    with pytest.raises(WriteRefusedError, match="may change the card"):
        closed.transmit(INIT)
    opened = open_target("pcsc:0", permit=Permit(allow=True, numbers=("virtual",)))
    if reader.startswith("Virtual"):
        opened.power_on()
        assert opened.transmit(INIT) == b"\x90\x00"
    else:
        with pytest.raises(LinkError, match="virtual reader only"):
            opened.power_on()


def test_without_a_permission_to_ask_for_there_is_no_guard() -> None:
    assert isinstance(open_target("pcsc:0", permit=None), ReaderLink)


def test_options_reach_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, dict[str, object]]] = []

    def made(wanted: str, **more: object) -> PcscLink:
        given.append((wanted, more))
        return PcscLink(wanted)

    monkeypatch.setattr(remote, "PcscLink", made)
    open_target("pcsc:1?share=shared&protocol=t0&atr=3B*&wait=2.5")
    read_target("pcsc:ACS").open(Opening(answer_s=3.0, start_s=4.0))
    usual = {"share": "exclusive", "protocol": "any", "pattern": "", "wait_s": 4.0, "answer_s": 3.0}
    assert given == [
        ("1", {"share": "shared", "protocol": "t0", "pattern": "3B*", "wait_s": 2.5,
               "answer_s": remote.READER_ANSWER_S}),
        ("ACS", usual),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["share=mine", "protocol=t2", "atr=x", "wait=long"])
def test_wrong_options(wrong: str) -> None:
    with pytest.raises(UsageError):
        open_target(f"pcsc:0?{wrong}")
