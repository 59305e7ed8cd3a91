"""Whose card it is: issuers that a terminal knows or not, numbers that it lists or not."""

from __future__ import annotations

from typing import Any, Final

from ykt_conformance.drive.steps import Impossible
from ykt_conformance.drive.terminal import TerminalBench
from ykt_sim.codes import LNT
from ykt_sim.profiles.registry import load_registry

#: An institution and an IIN that nobody has been given.
NOBODY: Final = ("09999999", "31099999")
#: Digits of a PAN and of a Lingnan Tong number in a black list.
_PAN, _NUMBER = 19, 16


def issuer(bench: TerminalBench, word: str) -> dict[str, Any]:
    """Issuer and IIN of a card.

    Args:
        bench: of the terminal.
        word: ``own``, ``nobody``, ``mismatch`` (another issuer's IIN), ``beside`` (the next IIN),
            a number in the white list, or anything else for the usual ones.

    Raises:
        Impossible: the terminal's statement lists no such issuer.
    """
    pairs = bench.ics["white_list"]["pairs"]
    if word == "nobody":
        who, iin = NOBODY
    elif word == "own":
        who, iin = bench.pair(own=True)
    elif word == "mismatch":
        who, iin = bench.pair()
        iin = next((pair[1] for pair in pairs if pair[1] != iin), NOBODY[1])
    elif word == "beside":
        who, iin = bench.pair()
        known = {*load_registry().pairs(), *((pair[0], pair[1]) for pair in pairs)}
        near = (f"{int(iin) + step:08d}" for step in range(1, 100))
        iin = next(one for one in near if (who, one) not in known)
    elif word.isdigit() and pairs:
        who, iin = pairs[int(word) % len(pairs)]
    elif word == "usual":
        who, iin = bench.pair()
    else:
        return {}
    return {"issuer": who, "iin": iin}


def black(bench: TerminalBench, kind: str, *, exact: bool) -> dict[str, Any]:
    """A number of the black list, or the next one.

    Raises:
        Impossible: it has none of this kind.
    """
    size = _NUMBER if kind == LNT else _PAN
    numbers = [n for n in bench.ics["black_list"]["numbers"] if len(n) == size]
    if not numbers:
        raise Impossible(f"the ICS lists no number of {size} digits in the black list")
    number = str(numbers[0])
    if not exact:
        number = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    if kind == LNT:
        return {"number": number[-10:]}
    pairs = bench.ics["white_list"]["pairs"]
    who = next((pair[0] for pair in pairs if pair[1] == number[:8]), bench.pair()[0])
    return {"pan": number, "iin": number[:8], "issuer": who}
