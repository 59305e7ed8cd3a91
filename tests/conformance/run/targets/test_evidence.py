"""Decisions by file, by HTTP, by the operator."""

from __future__ import annotations

import http.client
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.transport.crowd import KINDS, PATIENCE_S, crowd
from ykt_conformance.drive.limits import Limits
from ykt_conformance.run.targets.evidence import (
    FileEvidence,
    NoEvidence,
    PromptEvidence,
    open_evidence,
    read_answer,
)
from ykt_conformance.run.targets.outside import MAX_REPORT, REPORT_S
from ykt_conformance.run.targets.posted import PostedEvidence
from ykt_sim.errors import LinkError, UsageError
from ykt_sim.transport.door import MOST

LIMITS = Limits(answer_s=1.5, prompt_s=7)


def line(amount: int) -> str:
    return f'{{"outcome": "accepted", "amount": {amount}}}\n'


def amounts(source: FileEvidence | PostedEvidence) -> list[int]:
    found = []
    while (report := source.poll(0)) is not None:
        found.append((report.decision or {})["amount"])
    return found


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


# -- a file ----------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "taps.jsonl"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[[], FileEvidence]]:
    found: list[FileEvidence] = []

    def make() -> FileEvidence:
        found.append(FileEvidence(path, LIMITS))
        return found[-1]

    yield make
    for source in found:
        source.close()


def test_lines_are_read_as_they_come(path: Path, opened: Callable[[], FileEvidence]) -> None:
    source = opened()
    assert amounts(source) == []  # it is not there yet
    append(path, line(1) + "\n" + line(2))
    assert amounts(source) == [1, 2]
    append(path, line(3))
    assert amounts(source) == [3]


def test_what_was_there_is_old_also_when_half_written(
    path: Path, opened: Callable[[], FileEvidence]
) -> None:
    append(path, line(1) + '{"outcome": "acc')
    source = opened()
    append(path, 'epted", "amount": 2}\n')
    assert amounts(source) == []
    append(path, line(3))
    assert amounts(source) == [3]


def test_a_part_of_a_line_waits_for_its_rest(
    path: Path, opened: Callable[[], FileEvidence]
) -> None:
    source = opened()
    append(path, line(1)[:20])
    assert amounts(source) == []
    append(path, line(1)[20:-1])
    assert amounts(source) == []
    append(path, "\n")
    assert amounts(source) == [1]


def test_a_wrong_line_is_named_and_the_next_is_read(
    path: Path, opened: Callable[[], FileEvidence]
) -> None:
    append(path, line(1))
    source = opened()
    append(path, line(2) + "oops\n" + line(3))
    assert (source.poll(0) or 0) != 0
    with pytest.raises(LinkError, match=r"taps\.jsonl line 3: .* no JSON: 'oops'"):
        source.poll(0)
    assert amounts(source) == [3]
    append(path, '{"amount": 5}\n')
    with pytest.raises(LinkError, match=r"line 5: .* needs an outcome"):
        source.poll(0)


def test_a_file_that_is_moved_away_and_made_anew(
    path: Path, opened: Callable[[], FileEvidence]
) -> None:
    append(path, line(1))
    source = opened()
    append(path, line(2))
    path.rename(path.with_suffix(".1"))
    assert amounts(source) == [2]
    append(path.with_suffix(".1"), line(3))  # the writer has not noticed yet
    assert amounts(source) == [3]
    append(path.with_suffix(".1"), line(4)[:-1])  # its last line has no end
    append(path, line(5) + "oops\n")
    for amount in (4, 5):
        report = source.poll(0)
        assert ((report and report.decision) or {})["amount"] == amount
    with pytest.raises(LinkError, match="line 2"):
        source.poll(0)


def test_a_file_that_is_made_shorter(path: Path, opened: Callable[[], FileEvidence]) -> None:
    append(path, line(1) * 5)
    source = opened()
    path.write_text(line(2))
    assert amounts(source) == [2]
    path.write_text("")
    assert amounts(source) == []
    append(path, line(3))
    assert amounts(source) == [3]


def test_a_line_without_an_end_is_given_up(path: Path, opened: Callable[[], FileEvidence]) -> None:
    source = opened()
    append(path, "x" * (MAX_REPORT + 1))
    with pytest.raises(LinkError, match="line 1: longer than"):
        source.poll(0)
    append(path, "x\n" + line(2))
    assert amounts(source) == [2]


def test_a_line_that_comes_later_is_waited_for(
    path: Path, opened: Callable[[], FileEvidence]
) -> None:
    source = opened()
    threading.Timer(0.2, append, (path, line(1))).start()
    begun = time.monotonic()
    assert source.poll(5) is not None
    assert 0.1 < time.monotonic() - begun < 2
    assert source.poll(0.1) is None
    assert (source.quiet_s, source.late_s, source.counts) == (1.5, REPORT_S, True)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a folder"):
        FileEvidence(tmp_path, LIMITS)


# -- HTTP ------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[PostedEvidence]:
    said: list[str] = []
    found = PostedEvidence("http://127.0.0.1:0/", LIMITS, said.append)
    assert said == [f"decisions are taken at {found.address}"]
    assert re.fullmatch(f"http://127.0.0.1:{found.port}/[0-9a-f]{{32}}", found.address)
    yield found
    found.close()


def ask(
    server: PostedEvidence, method: str = "POST", body: Any = b"", path: str = "", **headers: str
) -> tuple[int, str]:
    path = path or urlsplit(server.address).path
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        client.request(method, path, body, headers)
        answer = client.getresponse()
        return answer.status, answer.read().decode()
    finally:
        client.close()


def test_an_object_is_taken(server: PostedEvidence) -> None:
    assert ask(server, body=line(1)) == (204, "")
    assert ask(server, body='{\n "outcome": "accepted",\n "amount": 2\n}') == (204, "")
    assert amounts(server) == [1, 2]


def test_lines_are_taken_all_or_none(server: PostedEvidence) -> None:
    assert ask(server, body=line(1) + "\n" + line(2)) == (204, "")
    status, why = ask(server, body=line(3) + '{"outcome": "maybe"}\n' + line(4))
    assert status == 400
    assert "line 2" in why
    assert "accepted, refused, retry" in why
    assert amounts(server) == [1, 2]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "no JSON"),
        ("hello", "no JSON"),
        ("[1]", "needs an outcome"),
        ('{"outcome": "accepted", "amount": "2"}', "amount is fen"),
        ("[" * 5000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
    ],
)
def test_a_bad_body_is_told_why(server: PostedEvidence, body: Any, why: str) -> None:
    status, said = ask(server, body=body)
    assert status == 400
    assert why in said
    assert amounts(server) == []


def test_what_is_too_long(server: PostedEvidence) -> None:
    big = line(1).rstrip().ljust(MAX_REPORT + 1)
    assert ask(server, body=big)[0] == 413
    assert ask(server, body=big[:-1])[0] == 204
    assert ask(server, body=b"", **{"Content-Length": "9" * 30})[0] == 413
    assert amounts(server) == [1]


def test_a_body_without_a_length(server: PostedEvidence) -> None:
    status, why = ask(server, body=iter([line(1).encode()]))
    assert (status, "Content-Length" in why) == (400, True)
    assert ask(server, **{"Content-Length": "-1"})[0] == 400


@pytest.mark.parametrize(
    "head",
    ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked", "PUT / HTTP/1.1\r\nContent-Length: 90000",
     "POST / HTTP/1.1\r\nContent-Length: 99999999", "POST /x HTTP/1.1\r\nContent-Length: 90000"],
)  # fmt: skip
def test_who_sends_on_after_a_refusal_still_hears_it(server: PostedEvidence, head: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(f"{head}\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.05)  # the answer is out before the body begins
        for _ in range(9):
            client.sendall(b"x" * 10_000)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_and_places(server: PostedEvidence, method: str) -> None:
    assert ask(server, method)[0] == 405
    for path in ("/", "/x", "//", f"{urlsplit(server.address).path}x"):
        assert ask(server, method, path=path)[0] == 403
        assert ask(server, "POST", line(1), path=path)[0] == 403
    assert amounts(server) == []


def test_a_token_of_ones_own() -> None:
    with closing(PostedEvidence("http://127.0.0.1:0/bus-4711", LIMITS, print)) as found:
        assert found.address == f"http://127.0.0.1:{found.port}/bus-4711"
        assert ask(found, body=line(1))[0] == 204
        assert ask(found, body=line(1), path="/")[0] == 403
        assert amounts(found) == [1]


def test_two_servers_have_two_tokens() -> None:
    with (
        closing(PostedEvidence("http://127.0.0.1:0", LIMITS, print)) as one,
        closing(PostedEvidence("http://127.0.0.1:0", LIMITS, print)) as other,
    ):
        assert urlsplit(one.address).path != urlsplit(other.address).path


def test_what_waits_is_bounded(server: PostedEvidence) -> None:
    """Reports that no card asked for do not fill the memory; what was taken is kept."""
    assert ask(server, body=line(1) * 999)[0] == 204
    status, why = ask(server, body=line(2) * 2)
    assert (status, why[:20]) == (503, "1000 reports wait al")
    assert ask(server, body=line(3))[0] == 204
    assert ask(server, body=line(4))[0] == 503
    assert amounts(server) == [1] * 999 + [3]
    assert ask(server, body=line(5))[0] == 204


def test_a_web_page_decides_nothing(server: PostedEvidence) -> None:
    status, why = ask(server, body=line(1), Origin="http://example.com")
    assert (status, why) == (400, "decisions come from the terminal, not from a web page\n")
    assert amounts(server) == []


def test_a_head_has_no_body(server: PostedEvidence) -> None:
    assert ask(server, "HEAD") == (405, "")


def test_it_is_on_this_machine_only(server: PostedEvidence) -> None:
    assert server._server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "address",
    ["http://0.0.0.0:80/", "http://example.com:80/", "https://127.0.0.1:80/", "http://127.0.0.1/",
     "http://127.0.0.1:80/x", "http://127.0.0.1:80/a/b/c/d/e",
     "http://127.0.0.1:99999/", "http://:80/", "ftp://127.0.0.1:80/"],
)  # fmt: skip
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(UsageError, match=r"expected http|only this machine|a token has"):
        open_evidence(address, LIMITS, print)


def test_a_port_that_is_taken(server: PostedEvidence) -> None:
    with pytest.raises(UsageError, match=str(server.port)):
        PostedEvidence(f"http://localhost:{server.port}", LIMITS, print)


def test_a_client_that_stops_in_the_middle_holds_nobody_up(server: PostedEvidence) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    client.putrequest("POST", urlsplit(server.address).path)
    client.putheader("Content-Length", "100")
    client.endheaders()
    assert ask(server, body=line(1))[0] == 204
    client.close()
    assert amounts(server) == [1]


@KINDS
def test_an_honest_report_is_taken_in_a_crowd(
    server: PostedEvidence, said: bytes, count: int
) -> None:
    with crowd(socket.AF_INET, ("127.0.0.1", server.port), said, count):
        assert ask(server, body=line(1))[0] == 204
    assert amounts(server) == [1]


def test_threads_are_bounded(server: PostedEvidence) -> None:
    before = threading.active_count()
    with crowd(socket.AF_INET, ("127.0.0.1", server.port), b"POST", 500):
        assert ask(server, body=line(1))[0] == 204
        end = time.monotonic() + PATIENCE_S  # those who had to go may still be on their way out
        while threading.active_count() > before + MOST + 1 and time.monotonic() < end:
            time.sleep(0.05)
        assert threading.active_count() <= before + MOST + 1


# -- the operator ----------------------------------------------------------------------


class Operator:
    """Types into a pipe."""

    def __init__(self) -> None:
        self.said: list[str] = []
        there, self._here = os.pipe()
        self.source = PromptEvidence(LIMITS, self.said.append, there)

    def types(self, text: str) -> None:
        os.write(self._here, text.encode())

    def leaves(self) -> None:
        os.close(self._here)


def test_the_operator_is_asked() -> None:
    operator = Operator()
    operator.source.begin()
    assert operator.source.poll(0) is None
    operator.types("a 2.")
    assert operator.source.poll(0) is None
    operator.types("00\nr 2449\n")
    first, second = operator.source.poll(0), operator.source.poll(0)
    assert first is not None
    assert second is not None
    assert first.decision == {"outcome": "accepted", "amount": 200, "code": ""}
    assert second.decision == {"outcome": "refused", "amount": 0, "code": "2449"}
    assert operator.said == ["what did it show? a YUAN (accepted), r CODE (refused), t (tap again)"]
    assert (operator.source.quiet_s, operator.source.late_s, operator.source.counts) == (
        7,
        7,
        False,
    )
    operator.leaves()


def test_what_is_no_answer_is_asked_again() -> None:
    operator = Operator()
    operator.source.begin()
    operator.types("yes\n\n")
    assert operator.source.poll(0.1) is None
    assert operator.said[1].startswith("'yes' is no answer; what did it show?")
    assert len(operator.said) == 2
    operator.leaves()


def test_nobody_is_there_to_ask() -> None:
    operator = Operator()
    operator.leaves()
    assert operator.source.poll(0) is None
    operator.source.begin()
    with pytest.raises(LinkError, match="standard input has ended"):
        operator.source.poll(5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a 2", ("accepted", 200, "")),
        ("A 2.5", ("accepted", 250, "")),
        ("a 0", ("accepted", 0, "")),
        ("r", ("refused", 0, "")),
        ("r YKT-01", ("refused", 0, "YKT-01")),
        ("t", ("retry", 0, "")),
    ],
)
def test_answers(text: str, said: tuple[str, int, str]) -> None:
    found = read_answer(text)
    assert found is not None
    assert found.decision == dict(zip(("outcome", "amount", "code"), said, strict=True))


@pytest.mark.parametrize("text", ["", "a", "a x", "a 2.505", "a -1", "accepted", "x 1", "a .5"])
def test_no_answers(text: str) -> None:
    assert read_answer(text) is None


# -- nothing ---------------------------------------------------------------------------


def test_nothing_tells_nothing() -> None:
    source = open_evidence("", LIMITS, print)
    assert isinstance(source, NoEvidence)
    assert source.poll(0.01) is None
    assert source.late_s == 0
