"""Proof: a transaction goes out in every format and comes back the same, with the same verdicts.

Exceptions are in `APART`, each with its reason.
"""

from __future__ import annotations

import itertools

import msgspec
import pytest

from tests import corpus
from tests.trace.builders import BUILDERS, atr_of, card_pairs, nfcgate
from tests.trace.corpus import SYNTHETIC, load
from ykt_sim.trace.model import Note, Reset, Trace
from ykt_sim.trace.opening import whole_trace
from ykt_sim.trace.readers import FORMATS
from ykt_sim.trace.writers import WRITERS

DEMOS = ("tunion-bus-tunion", "dual-metro-exit", "lnt-load-point")
ALL = {**BUILDERS, "nfcgate": nfcgate}
#: Formats that say nothing of the card's reset.
WITHOUT_RESET = {
    "freerdp", "libnfc", "nfcgate", "opensc", "opensc-tool", "pcsc-spy-pretty", "plain",
    "proxmark-apdu", "pyscard",
}  # fmt: skip
#: What does not come back the same, by format and transaction.
APART = {
    ("gsmtap", "lnt-load-point"): (
        "command and answer are in one piece; where Le is followed by a status word alone, "
        "nothing says to which of them it belongs"
    ),
}
BACK = sorted(name for name in WRITERS if WRITERS[name].read_as)
every = pytest.mark.parametrize("form", sorted(ALL))
demo = pytest.mark.parametrize("name", DEMOS)


def stored(tmp_path, data: bytes):
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


def judged(trace: Trace, subject="card") -> dict[str, list[str]]:
    return corpus.verdicts(trace, test_keys=True, subject=subject, every=True)


def without_sam(trace: Trace) -> Trace:
    """What a log of the card holds."""
    kept = [e for e in trace.events if not isinstance(e, Note) and e.channel == "card"]
    return msgspec.structs.replace(trace, events=tuple(kept))


def test_there_is_a_builder_for_every_format() -> None:
    assert set(BUILDERS) == set(FORMATS)
    assert set(DEMOS) <= set(SYNTHETIC)


@every
@demo
def test_the_same_exchanges_come_back(form: str, name: str, tmp_path) -> None:
    trace = load(name)
    back = whole_trace(stored(tmp_path, ALL[form](trace)))
    same = [pair for pair, other in itertools.zip_longest(card_pairs(back), card_pairs(trace))
            if pair == other]  # fmt: skip
    apart = (form, name) in APART
    assert (len(same) == len(card_pairs(trace)) == len(card_pairs(back))) != apart
    resets = [e.atr for e in back.events if isinstance(e, Reset) and e.atr]
    assert resets == ([] if form in WITHOUT_RESET else [atr_of(trace)])


@every
@demo
def test_the_same_verdicts_come_back(form: str, name: str, tmp_path) -> None:
    trace = load(name)
    found = judged(whole_trace(stored(tmp_path, ALL[form](trace))))
    assert found == judged(trace)
    assert len(found["PASS"]) >= 7


@every
def test_the_same_verdicts_on_the_terminal(form: str, tmp_path) -> None:
    """Terminals are judged by what they say to the card; the PSAM and notes are in no log."""
    trace = load("tunion-bus-tunion")
    found = judged(whole_trace(stored(tmp_path, ALL[form](trace))), "terminal")
    wanted = judged(trace if form == "native" else without_sam(trace), "terminal")
    assert found == wanted


@pytest.mark.parametrize("name", SYNTHETIC)
@pytest.mark.parametrize("form", BACK)
def test_every_writer_and_its_reader(form: str, name: str, tmp_path) -> None:
    trace = load(name)
    writer = WRITERS[form]
    path = stored(tmp_path, writer.make(trace, name))
    back = whole_trace(path)
    assert card_pairs(back) == card_pairs(trace)
    if form == "native":
        assert back == trace
        return
    assert back.header.source.endswith("card 1")
    assert not [e for e in back.events if isinstance(e, Note) and e.text == "broken"]


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(BACK, 2)))
def test_from_one_format_into_another(first: str, second: str, tmp_path) -> None:
    trace = load("dual-metro-exit")
    once = whole_trace(stored(tmp_path, WRITERS[first].make(trace, "x")))
    twice = whole_trace(stored(tmp_path, WRITERS[second].make(once, "x")))
    assert card_pairs(twice) == card_pairs(trace)
    assert judged(twice) == judged(trace)


def test_a_changed_byte_would_be_seen(tmp_path) -> None:
    trace = load("tunion-bus-tunion")
    data = BUILDERS["pcscd"](trace)
    spoilt = data.replace(b"SW: A1 41", b"SW: A1 40")
    assert spoilt != data
    assert judged(whole_trace(stored(tmp_path, spoilt))) != judged(trace)
