"""Writes traces as people's programs write them, in random shapes, with the right reading.

A seed makes a dialogue (card, and sometimes PSAM) and a shape: words, dress of the bytes,
place of the status word, wrapping, times, encoding, noise, damage. `judge` reads the log
back and says what became of it:

* ``right``: the same exchanges, lanes and durations, or a word that nobody tells the times; of a damaged log, nothing but what is there, and a mark.
* ``marked``: something else, and a `broken` note or lines that are told as not used.
* ``refused``: no known format.
* ``WRONG``: something else without a word. There must be none.

``python -m tests.trace.readers.scribe [COUNT [FIRST]] [trapped]`` runs many seeds, prints the sums.
"""

# ruff: noqa: E501, S311, TID251 - a generator of its own seeds; its tables are wide
from __future__ import annotations

import io
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.trace.readers import dumped
from tests.trace.readers.conversations import Talk, Trapped, dialogue
from tests.trace.readers.drawn import drawn
from tests.trace.readers.envelope import BEHIND, FRONTS, NOISE, encoded
from ykt_sim.errors import TraceError
from ykt_sim.trace.model import Exchange, Note
from ykt_sim.trace.readers import choose, read_as
from ykt_sim.trace.readers.account import ACCOUNT, UNANSWERED
from ykt_sim.trace.readers.base import BROKEN, Source

# -- shapes ----------------------------------------------------------------------------


def _pairs(sep: str) -> Callable[[bytes], str]:
    return lambda data: data.hex(sep).upper() if sep else data.hex().upper()


def _grouped(data: bytes) -> str:
    text = data.hex(" ")
    return " | ".join(text[at : at + 23] for at in range(0, len(text), 24))


DRESSES: dict[str, Callable[[bytes], str]] = {
    "solid": _pairs(""),
    "lower": lambda data: data.hex(),
    "spaced": _pairs(" "),
    "spaced lower": lambda data: data.hex(" "),
    "two blanks": lambda data: data.hex(" ").replace(" ", "  "),
    "colons": lambda data: data.hex(":"),
    "dashes": _pairs("-"),
    "commas": _pairs(","),
    "0x": lambda data: ", ".join(f"0x{byte:02X}" for byte in data),
    "0x blank": lambda data: " ".join(f"0x{byte:02x}" for byte in data),
    "one 0x": lambda data: "0x" + data.hex().upper(),
    "list": lambda data: "[" + ", ".join(f"0x{byte:02x}" for byte in data) + "]",
    "decimal": lambda data: "[" + ", ".join(str(byte) for byte in data) + "]",
    "signed": lambda data: "[" + ", ".join(str((byte ^ 128) - 128) for byte in data) + "]",
    "brackets": lambda data: "[" + data.hex().upper() + "]",
    "quotes": lambda data: '"' + data.hex().upper() + '"',
    "buffer": lambda data: "<Buffer " + data.hex(" ") + ">",
    "bars": _grouped,
    "h": lambda data: " ".join(f"{byte:02X}h" for byte in data),
    "words": lambda data: data.hex(" ", -4).upper(),
    "words of two": lambda data: data.hex(" ", -2),
    "escapes": lambda data: "".join(f"\\x{byte:02x}" for byte in data),
    "unpadded": lambda data: " ".join(f"{byte:X}" for byte in data),
    "unpadded commas": lambda data: ",".join(f"{byte:x}" for byte in data),
    "casts": lambda data: "{" + ", ".join(f"(byte) 0x{byte:02X}" for byte in data) + "};",
    "literal": repr,
    "braces": lambda data: "{" + ",".join(f"0x{byte:02X}" for byte in data) + "};",
}
#: Command and answer; the last ones are in no table.
WORDS = [
    ("TX: ", "RX: "), ("Tx ", "Rx "), ("-> ", "<- "), ("--> ", "<-- "), (">> ", "<< "),
    ("> ", "< "), ("=> ", "<= "), ("C-APDU: ", "R-APDU: "), ("CAPDU=", "RAPDU="),
    ("Send: ", "Recv: "), ("SEND ", "RECV "), ("Sending: ", "Received: "),
    ("Send APDU: ", "Recv APDU: "), ("send apdu -> ", "recv apdu <- "),
    ("APDU: ", "Response: "), ("Command: ", "Response: "), ("cmd:", "rsp:"), ("CMD ", "RES "),
    ("command --> ", "response <-- "), ("request: ", "reply: "), ("REQ: ", "RESP: "),
    ("out: ", "in: "), ("Sent: ", "RCV: "), ("transmit: ", "transmit result: "),
    ("ApduSend: ", "ApduRecv: "), ("sendApdu(): ", "response data: "),
    ("Reader -> Card: ", "Card -> Reader: "), ("PCD -> PICC: ", "PICC -> PCD: "),
    ("to card: ", "from card: "), ("transmitting ", "transmit response received "),
    ("发送：", "接收："), ("发送:", "返回:"), ("命令：", "应答："), ("命令: ", "响应: "),
    ("下行 ", "上行 "), ("发→◇", "收←◆"), ("[发送] ", "[接收] "), ("发送指令：", "返回数据："),
    ("→ ", "← "), ("APDU: ", "SW: "), ("C: ", "R: "), ("S: ", "R: "), ("T> ", "R> "),
    ("Envoi : ", "Reçu : "), ("Anfrage: ", "Antwort: "), ("запрос: ", "ответ: "),
    ("送信: ", "受信: "), ("iso_dep tx=", "iso_dep rx="), ("⇢ ", "⇠ "), ("🡒 ", "🡐 "),
    ("sendapdu ", "recvapdu "), ("C-APDU: GET RESPONSE: ", "R-APDU: "),
]  # fmt: skip
#: Behind the data: a status word that stands apart in the same line.
APART: list[Callable[[bytes], str]] = [
    lambda sw: f" SW={sw.hex().upper()}",
    lambda sw: f" [{sw.hex().upper()}]",
    lambda sw: f" ({sw.hex()})",
    lambda sw: f", SW1: 0x{sw[0]:02X}, SW2: 0x{sw[1]:02X}",
    lambda sw: f" SW1={sw[0]:02X} SW2={sw[1]:02X}",
    lambda sw: f" sw: {sw.hex(' ')}",
    lambda sw: f" status: 0x{sw.hex().upper()}",
    lambda sw: f" 状态字：{sw.hex().upper()}",
    lambda sw: f"  status words:  {sw[0]:x} {sw[1]:x}",
    lambda sw: f" SW1SW2={sw.hex().upper()}",
]
NEXT: list[Callable[[bytes], str]] = [
    lambda sw: f"SW: {sw.hex().upper()}",
    lambda sw: f"SW1 SW2: {sw.hex(' ').upper()}",
    lambda sw: f"Status: 0x{sw.hex().upper()}",
    lambda sw: f"状态字: {sw.hex().upper()}",
    lambda sw: f"SW1=0x{sw[0]:02X}, SW2=0x{sw[1]:02X}",
]
LENGTHS: list[Callable[[str, int], str]] = [
    lambda word, size: f"{word.rstrip(': =')}[{size}]: ",
    lambda word, size: f"{word.rstrip(': =')} ({size} bytes): ",
    lambda word, size: f"{word}len={size}: ",
    lambda word, size: f"{word.rstrip(': =')} {size}: ",
    lambda word, size: f"{word.rstrip(': =')} len:{size} data:",
]


@dataclass
class Clock:
    """A style of times: how one is written, and whether durations can be told from it."""

    name: str
    write: Callable[[int], str]
    exact: bool = True


def _hms(ms: int) -> tuple[int, int, int, int]:
    return ms // 3_600_000, ms // 60_000 % 60, ms // 1000 % 60, ms % 1000


CLOCKS = [
    Clock("none", lambda _ms: "", exact=False),
    Clock("none", lambda _ms: "", exact=False),
    Clock("point", lambda ms: "{:02}:{:02}:{:02}.{:03} ".format(*_hms(ms))),
    Clock("comma", lambda ms: "2024-03-01 {:02}:{:02}:{:02},{:03} ".format(*_hms(ms))),
    Clock("colon", lambda ms: "[{:02}:{:02}:{:02}:{:03}] ".format(*_hms(ms))),
    Clock("iso", lambda ms: "2024-03-01T{:02}:{:02}:{:02}.{:03}+08:00 ".format(*_hms(ms))),
    Clock("zulu", lambda ms: "2024-03-01T{:02}:{:02}:{:02}.{:03}Z ".format(*_hms(ms))),
    Clock("logcat", lambda ms: "03-01 {:02}:{:02}:{:02}.{:03}  1011  3605 D ".format(*_hms(ms))),
    Clock("slash", lambda ms: "2024/03/01 {:02}:{:02}:{:02}.{:03} ".format(*_hms(ms))),
    Clock("micro", lambda ms: "{:02}:{:02}:{:02}.{:03}000 ".format(*_hms(ms))),
    Clock("epoch", lambda ms: f"{1_709_280_000 + ms // 1000}.{ms % 1000:03} "),
    Clock("kernel", lambda ms: f"[{ms // 1000:5}.{ms % 1000:03}000] "),
    Clock("front ms", lambda ms: f"{ms} ms "),
    Clock("micros", lambda ms: f"[{ms * 1000} us] "),
    Clock("esp", lambda ms: f"I ({ms}) nfc: "),
    Clock("flipper", lambda ms: f"{ms} [D][Nfc] "),
    Clock("seconds", lambda ms: f"{ms // 1000}.{ms % 1000:03} "),
    Clock("compact", lambda ms: "[240301 {:02}{:02}{:02}.{:03}] ".format(*_hms(ms))),
    Clock("epoch ms", lambda ms: f"{1_709_280_000_000 + ms} "),
    Clock("ticks", lambda ms: f"<{ms * 32}> ", exact=False),
    Clock("chinese", lambda ms: "2024年3月1日 {:02}:{:02}:{:02}.{:03} ".format(*_hms(ms))),
]


@dataclass
class Log:
    """What a seed makes.

    Attributes:
        data: the file.
        talk: the right reading.
        ms: the right durations, empty when the log has no times.
        untold: its times have no unit that anybody tells, and that must be said.
        damaged: something was cut away.
        shape: what it looks like, for people.
    """

    data: bytes
    talk: list[Talk]
    ms: list[float] = field(default_factory=list)
    untold: bool = False
    damaged: bool = False
    shape: str = ""


@dataclass
class Shape:
    """Everything that is chosen once for a log."""

    rng: random.Random
    words: tuple[str, str]
    dress: str
    front: str
    clock: Clock
    place: str
    apart: int
    layout: str
    length: int | None
    lanes: str
    row: int
    offsets: str
    text: bool
    flipped: bool
    noise: float
    behind: str
    numbers: str = ""


def _choose(rng: random.Random) -> Shape:
    place = (
        "silent"
        if rng.random() < 0.02
        else rng.choice(
            ["inside"] * 6 + ["apart", "apart", "repeated", "next", "next bare", "before"]
        )
    )
    layout = rng.choice(
        ["lines"] * 9 + ["header", "header", "rows", "rows", "one", "bare", "csv", "json"]
    )
    length = rng.randrange(len(LENGTHS)) if rng.random() < 0.15 else None
    lanes = rng.choice(["none"] * 6 + ["words", "slot", "commands"])
    return Shape(
        rng, rng.choice(WORDS), rng.choice(["solid", "spaced", *DRESSES]), rng.choice(FRONTS),
        rng.choice(CLOCKS), place, rng.randrange(8), layout, length, lanes,
        rng.choice([8, 16, 16, 16, 20, 32]), rng.choice(["", "", "0000: ", "0x0000: ", "00000000  ", "00000000: "]),
        rng.random() < 0.3, rng.random() < 0.08, rng.choice([0, 0, 0.1, 0.4]), rng.choice(BEHIND),
    )  # fmt: skip


def _rows(shape: Shape, data: bytes) -> list[str]:
    """Bytes in rows as a dump has them."""
    dress = DRESSES[shape.dress if shape.dress in {"spaced", "spaced lower", "solid"} else "spaced"]
    rows = []
    for at in range(0, len(data), shape.row):
        part = data[at : at + shape.row]
        offset = {
            "": "", "00000000: ": f"{at:08x}: ", "0000: ": f"{at:04x}: ", "0x0000: ": f"0x{at:04X}: ", "00000000  ": f"{at:08x}  ",
        }[shape.offsets]  # fmt: skip
        # As xxd writes them.
        text = part.hex(" ", -2) if shape.offsets == "00000000: " else dress(part)
        if shape.text and shape.dress != "solid":
            shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
            text = f"{text:<{3 * shape.row}} {shown}"
        rows.append(offset + text)
    return rows


def _message(shape: Shape, lane: str, side: int, data: bytes, ms: int) -> list[str]:
    """The lines of a command (side 0) or an answer (side 1)."""
    rng = shape.rng
    sw = data[-2:] if side else b""
    word = shape.words[side ^ shape.flipped]
    tag = {"words": {"card": "[CARD] ", "sam": "[PSAM] "}[lane],
           "slot": {"card": "slot 0 ", "sam": "slot 1 "}[lane]}.get(shape.lanes, "")  # fmt: skip
    front = shape.clock.write(ms) + shape.front + tag
    after: list[str] = []
    before: list[str] = []
    tail = ""
    place = shape.place if side else "inside"
    shown = data
    if place in {"apart", "repeated"}:
        tail = APART[shape.apart](sw)
        shown = data[:-2] if place == "apart" else data
    elif place == "silent":
        # A log that shows a status word only where something went wrong: nothing to be read.
        shown = data[:-2] if len(data) > 2 else data
    elif place in {"next", "next bare"}:
        shown = data[:-2]
        line = sw.hex().upper() if place == "next bare" else NEXT[shape.apart % len(NEXT)](sw)
        after = [line if place == "next bare" else front + line]
    elif place == "before":
        shown = data[:-2]
        before = [front + word.rstrip() + " " + f"sw={sw.hex()} len={len(shown)}"]
        word = shape.words[side ^ shape.flipped]
        if not shown:
            return before
    if shape.length is not None:
        word = LENGTHS[shape.length](word, len(shown))
    if shape.numbers:
        width = min(shape.row, 16) if shape.text else shape.row
        dump = dumped.rows(front + word, shape.numbers, shown, width, side=side, text=shape.text)
        return [*before, *(dump or [front + word]), *after]
    if shape.layout == "header":
        body = _rows(shape, shown) if len(shown) > shape.row else [DRESSES[shape.dress](shown)]
        indent = rng.choice(["", "    "])
        return [*before, front + word.rstrip(), *(indent + row for row in body), *([tail.strip(" ,")] if tail else []), *after]  # fmt: skip
    if shape.layout == "rows":
        rows = _rows(shape, shown) or [""]
        if shape.offsets:
            return [*before, front + word.rstrip(), *("    " + row for row in rows), *([front + tail.strip(" ,")] if tail else []), *after]  # fmt: skip
        pad = " " * len(front + word)
        lines = [front + word + rows[0], *(pad + row for row in rows[1:])]
        lines[-1] += tail
        return [*before, *lines, *after]
    return [*before, front + word + DRESSES[shape.dress](shown) + tail + shape.behind, *after]


def _lines(shape: Shape, talk: list[Talk]) -> tuple[list[str], list[float]]:
    rng = shape.rng
    now = rng.randrange(3_600_000, 80_000_000)
    lines: list[str] = []
    durations = []
    for lane, command, answer in talk:
        if rng.random() < shape.noise:
            lines.append(rng.choice(NOISE))
        took = rng.randrange(2, 900)
        lines += _message(shape, lane, 0, command, now)
        lines += _message(shape, lane, 1, answer, now + took)
        durations.append(float(took))
        now += took + rng.randrange(1, 2000)
    return lines, durations


def _one(shape: Shape, talk: list[Talk]) -> list[str]:
    arrow = shape.rng.choice([" -> ", " => ", " : ", " / ", " → ", "  <-  ", " --> "])
    dress = DRESSES[shape.dress if shape.dress in {"solid", "lower", "spaced"} else "solid"]
    return [dress(command) + arrow + dress(answer) for _, command, answer in talk]


def _bare(shape: Shape, talk: list[Talk]) -> list[str]:
    dress = DRESSES[
        shape.dress if shape.dress not in {"h", "escapes", "decimal", "signed"} else "solid"
    ]
    return [dress(data) for _, command, answer in talk for data in (command, answer)]


def _csv(shape: Shape, talk: list[Talk]) -> list[str]:
    rng = shape.rng
    if rng.random() < 0.5:
        lines, kind_of = drawn(rng, [(c, r) for _, c, r in talk])
        shape.dress = kind_of
        return lines
    sep = rng.choice([",", ";", "\t"])
    kind = rng.randrange(3)
    if kind == 0:
        names = rng.choice(
            [("no", "direction", "data"), ("序号", "方向", "数据"), ("id", "dir", "apdu")]
        )
        way = rng.choice([("TX", "RX"), ("send", "recv"), ("发送", "接收"), (">", "<"), ("C", "R")])
        rows = [sep.join(names)]
        count = 0
        for _, command, answer in talk:
            for side, data in enumerate((command, answer)):
                count += 1
                rows.append(sep.join((str(count), way[side], data.hex().upper())))
        return rows
    if kind == 1:
        names = rng.choice(
            [("command", "response"), ("CAPDU", "RAPDU"), ("命令", "应答"), ("tx", "rx")]
        )
        return [sep.join(names), *(sep.join((c.hex(), r.hex())) for _, c, r in talk)]
    names = ("step", "apdu", "data", "sw")
    return [
        sep.join(names),
        *(sep.join((f"s{at}", c.hex().upper(), r[:-2].hex().upper(), r[-2:].hex().upper()))
          for at, (_, c, r) in enumerate(talk)),
    ]  # fmt: skip


def _json(shape: Shape, talk: list[Talk]) -> list[str]:
    rng = shape.rng
    kind = rng.randrange(3)
    if kind == 0:
        names = rng.choice(
            [("command", "response"), ("capdu", "rapdu"), ("request", "response"), ("tx", "rx")]
        )
        return [
            json.dumps({names[0]: c.hex().upper(), names[1]: r.hex().upper()}) for _, c, r in talk
        ]
    if kind == 1:
        way = rng.choice([("tx", "rx"), ("command", "response"), ("out", "in")])
        return [
            json.dumps({"n": at, "dir": way[side], "data": data.hex()})
            for at, (_, c, r) in enumerate(talk)
            for side, data in enumerate((c, r))
        ]
    return [
        json.dumps({"apdu": c.hex(" "), "data": r[:-2].hex(" "), "sw": r[-2:].hex()})
        for _, c, r in talk
    ]


def _dressed(rng: random.Random, lines: list[str]) -> list[str]:
    """What happens to a log on its way: line numbers, mail, indentation."""
    way = rng.random()
    if way < 0.03:
        return [f"{at:4}: {line}" for at, line in enumerate(lines, 1)]
    if way < 0.06:
        return ["> " + line for line in lines]
    if way < 0.09:
        return ["\t" + line for line in lines]
    return lines


def write(seed: int, *, trapped: bool = False) -> Log:
    """The log of a seed, with its right reading; `trapped`: its bytes look like something else."""
    rng = Trapped(seed) if trapped else random.Random(seed)
    shape = _choose(rng)
    if shape.layout in {"one", "bare", "csv", "json"}:
        shape.lanes = "none"
    if shape.place != "inside" and shape.layout in {"one", "bare", "csv", "json"}:
        shape.place = "inside"
    if shape.layout in {"lines", "rows"} and shape.place not in {"apart", "repeated"}:
        shape.numbers = dumped.numbers_of(seed)
    talk = dialogue(rng, sam=shape.lanes != "none")
    ms: list[float] = []
    if shape.layout in {"lines", "header", "rows"}:
        lines, durations = _lines(shape, talk)
        ms = durations if shape.clock.exact else []
    else:
        write_lines = {"one": _one, "bare": _bare, "csv": _csv, "json": _json}[shape.layout]
        lines = write_lines(shape, talk)
    damaged = ""
    if shape.layout in {"lines", "header", "rows", "one"}:
        lines = _dressed(rng, lines)
        if rng.random() < 0.05:
            width = rng.choice([60, 72, 80, 100, 120])
            ellipsis = rng.choice(["", "...", "…"])
            if any(len(line) > width for line in lines):
                damaged = "columns"
                lines = [line[:width] + ellipsis if len(line) > width else line for line in lines]
    end = rng.choice(["\n", "\n", "\n", "\r\n"])
    text = end.join(lines) + end
    if not damaged and rng.random() < 0.05:
        damaged = "file"
        text = text[: rng.randrange(len(text) // 2, len(text))]
    data, encoding = encoded(rng, text)
    name = "/".join(
        (
            shape.layout + shape.numbers, shape.words[0].strip(), shape.dress, shape.place + str(shape.apart), shape.clock.name,
            f"len{shape.length}", shape.lanes, "flipped" if shape.flipped else "", encoding, damaged,
        )
    )  # fmt: skip
    untold = shape.clock.name == "ticks" and shape.layout in {"lines", "header"}
    return Log(data, talk, ms, untold, bool(damaged), name)


# -- judging ---------------------------------------------------------------------------


def judge(log: Log) -> str:  # noqa: PLR0911 - a list of what may become of a log
    """``right``, ``marked``, ``refused`` or ``WRONG``; see the module."""
    source = Source(io.BytesIO(log.data))
    try:
        events = [found.event for found in read_as(source, choose(source))]
    except TraceError:
        return "refused"
    exchanges = [event for event in events if isinstance(event, Exchange)]
    got = [(one.channel, one.command, one.response) for one in exchanges]
    marks = sum(_is_mark(event) for event in events if isinstance(event, Note))
    if log.damaged:
        there = iter(log.talk)
        good = all(any(_part_of(one, whole) for whole in there) for one in got)
        return (
            "right" if good and (marks or _ends(got, log.talk)) else "marked" if marks else "WRONG"
        )
    if got != log.talk:
        return "marked" if marks else "WRONG"
    if marks:
        return "marked"
    said = any(isinstance(event, Note) and "times" in event.data for event in events)
    known = [one.duration_ms for one in exchanges]
    if log.ms and known != log.ms:
        good = all(a is None or a == b for a, b in zip(known, log.ms, strict=True))
        # That no time at all is known must be said.
        return "marked" if good and (said or set(known) != {None}) else "WRONG"
    if log.untold and not said:
        return "WRONG"
    return "right"


def _part_of(one: tuple[str, bytes, bytes], whole: Talk) -> bool:
    return one[:2] == whole[:2] and one[2] in {whole[2], b""}


def _ends(got: list[tuple[str, bytes, bytes]], talk: list[Talk]) -> bool:
    """A log that ends between two lines: everything up to there, unmarked."""
    size = len(got)
    return got[:-1] == talk[: size - 1] and (not got or _part_of(got[-1], talk[size - 1]))


def _is_mark(note: Note) -> bool:
    told = note.data if note.text == ACCOUNT else {}
    return note.text == BROKEN or bool(told.get("count")) or UNANSWERED in str(told.get("else"))


def main(count: int = 10_000, first: int = 0, *, trapped: bool = False) -> int:
    """Run many seeds, print sums and the shapes that were not read; gives the silent ones."""
    sums: Counter[str] = Counter()
    for seed in range(first, first + count):
        log = write(seed, trapped=trapped)
        sums[verdict := judge(log)] += 1
        if verdict == "WRONG" or (verdict != "right" and count <= 3000):
            print(f"{verdict:8} {seed:6} {log.shape}")  # noqa: T201
    parts = ", ".join(f"{one} {sums[one]}" for one in ("right", "marked", "refused", "WRONG"))
    print(f"scribe: {count} logs: {parts}; {100 * sums['right'] / count:.1f} % read right")  # noqa: T201
    return sums["WRONG"]


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "trapped"]
    sys.exit(bool(main(*map(int, words), trapped=len(words) < len(sys.argv) - 1)))
