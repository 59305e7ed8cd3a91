"""Card, PSAM and terminal: any script of bytes, resets and cuts, with right taps in between.

An engine always gives a status word that has a name. After it the power comes back, the content is
sound, survives its file form, and is what it was before the power went. A terminal ends every tap
with a decision, whatever a card answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.card.support import counting
from tests.card.test_fuzz import PROFILES, SEEDS, image_of
from tests.fuzz.scripts import CUT, KEEP, OWN, RESET, Step, script, steps
from tests.fuzz.target import Target
from tests.trace.corpus import SYNTHETIC, load
from ykt_sim.bench.make import make_host, make_sam, make_terminal
from ykt_sim.bench.tap import MemoryJournal, run_tap, start
from ykt_sim.card import Card, CardImage
from ykt_sim.card.describe import describe, list_keys
from ykt_sim.card.memory import CutPlan
from ykt_sim.codes import SW, sw_text
from ykt_sim.errors import CardRemovedError, PowerCutError, SilentError
from ykt_sim.sam import Psam, SamImage
from ykt_sim.sam.memory import SamCutPlan
from ykt_sim.terminal.journal import reread
from ykt_sim.trace.model import Exchange
from ykt_sim.transport import EngineLink

NOW = "20250601080000"
#: Where a card's own step taps it.
TERMINALS = ("bus-upgraded", "metro-entry", "metro-exit", "load-point")
#: Steps of one script that are taps: each is some twenty commands.
_TAPS = 6
#: Answers that a hostile card gives to one tap before it goes away.
_ANSWERS = 400
_LOAD = 1000  # fen


def answered(answer: bytes, *, named: bool = True) -> None:
    """An answer of a card: data and a status word; one of a shipped card's has a name."""
    assert 2 <= len(answer) <= 258, answer.hex()
    sw = int.from_bytes(answer[-2:], "big")
    assert sw >> 12 in {6, 9}, f"{sw:04X}"
    assert sw_text(sw) != "unknown" or not named, f"{sw:04X}"
    assert sw != SW.DATA_MAY_BE_CORRUPT, "a half-written value never shows"


def _sound(image: CardImage) -> None:
    image.check()
    assert CardImage.from_json(image.to_json()) == image
    assert describe(image)
    assert list_keys(image) is not None


def check_card(data: bytes) -> None:
    """A script played to a card; the first byte says which."""
    card = Card(image_of(PROFILES[data[0] % len(PROFILES)] if data else "dual"), counting())
    card.power_on()
    taps = 0
    for step in steps(data[1:]):
        before = card.snapshot()
        try:
            if step.kind == KEEP:
                _sound(before)
                card = Card(CardImage.from_json(before.to_json()), counting())
                card.power_on()
            elif step.kind == OWN:
                taps += 1
                if taps <= _TAPS:
                    _tap(card, TERMINALS[step.number])
                card.power_on()
            elif step.kind == RESET:
                card.power_off()
                assert card.process(b"") == b"\x6f\x00"
                card.power_on()
                assert card.snapshot() == before
            elif step.kind == CUT:
                card.cut_plan(CutPlan(step.number, torn=bool(step.number % 2)))
            else:
                answered(card.process(step.data))
        except PowerCutError:
            assert card.process(step.data) == b"\x6f\x00"
            now = card.snapshot()
            card.power_on()
            assert card.snapshot() == now
    card.power_on()
    answered(card.process(bytes.fromhex("00A40000023F00")))
    _sound(card.snapshot())


def _tap(card: Card, terminal: str) -> None:
    """A right tap; a cut inside it looks like a card that was taken away."""
    machine, sam = make_terminal(terminal), EngineLink(make_sam(terminal, counting()))
    journal = MemoryJournal()
    start(machine, sam)
    link = EngineLink(card)
    link.power_on()
    run_tap(
        machine, link, sam, now=NOW, amount=_LOAD * (terminal == "load-point"),
        host=make_host(), journal=journal,
    )  # fmt: skip
    assert not reread(journal.data).damaged


def card_seeds() -> Iterator[bytes]:
    """Single commands, the recorded taps of the corpus, and taps of our own."""
    for number in range(len(PROFILES)):
        yield script(number, SEEDS)
        yield bytes([number, OWN, KEEP, OWN + 3, RESET, OWN + 1, CUT + 5, OWN + 2, RESET, OWN])
        yield bytes([number, CUT + 2, OWN + 3, OWN + 3, CUT, OWN, OWN])
    for name in SYNTHETIC:
        which = PROFILES.index(name.partition("-")[0])
        events = load(name).events
        sent = [
            one.command for one in events if isinstance(one, Exchange) and one.channel == "card"
        ]
        yield script(which, sent)


@cache
def _sam_image(*, t0: bool) -> SamImage:
    image = make_sam("bus-upgraded", counting()).snapshot()
    return SamImage(
        **{**{name: getattr(image, name) for name in image.__struct_fields__}, "t0": t0}
    )


def check_psam(data: bytes) -> None:
    """A script played to a PSAM; the lowest bit of the first byte says T=0."""
    psam = Psam(_sam_image(t0=bool(data[:1]) and bool(data[0] & 1)), counting())
    psam.power_on()
    for step in steps(data[1:]):
        before = psam.snapshot()
        try:
            if step.kind == KEEP:
                psam = Psam(SamImage.from_json(before.to_json()), counting())
                assert psam.snapshot() == before
                psam.power_on()
            elif step.kind in {RESET, OWN}:
                psam.power_off()
                psam.power_on()
                assert psam.snapshot() == before
            elif step.kind == CUT:
                psam.cut_plan(SamCutPlan(step.number, torn=bool(step.number % 2)))
            else:
                answered(psam.process(step.data))
                after = psam.snapshot()
                assert before.next_serial <= after.next_serial <= before.next_serial + 1
        except PowerCutError:
            psam.power_on()
            assert before.next_serial <= psam.snapshot().next_serial <= before.next_serial + 1
    psam.power_on()
    image = psam.snapshot()
    image.check()
    assert SamImage.from_json(image.to_json()) == image


def psam_seeds() -> Iterator[bytes]:
    """What terminals of the corpus asked their PSAMs."""
    for number, name in enumerate(SYNTHETIC):
        events = load(name).events
        asked = [
            one.command for one in events if isinstance(one, Exchange) and one.channel == "sam"
        ]
        yield script(number, asked)


class _Stranger:
    """A card that answers what a script says, and is gone at its end."""

    def __init__(self, script: Iterator[Step]) -> None:
        self._script = script
        self._left = _ANSWERS

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, apdu: bytes) -> bytes:
        self._left -= 1
        assert self._left, "a tap that does not end"
        for step in self._script:
            if step.kind == RESET:
                raise CardRemovedError("gone")
            if step.kind == CUT:
                raise SilentError("silent")
            if not step.kind:
                return step.data
        raise CardRemovedError("the script has ended")

    def close(self) -> None:
        pass


def check_terminal(data: bytes) -> None:
    """Answers of a hostile card to a terminal that the first byte chooses; it comes three times."""
    name = STATIONS[data[0] % len(STATIONS)] if data else STATIONS[0]
    machine, sam = make_terminal(name), EngineLink(make_sam(name, counting()))
    journal, host = MemoryJournal(), make_host()
    start(machine, sam)
    card = _Stranger(steps(data[1:]))
    amount = _LOAD * (name == "load-point")
    for _ in range(3):
        result = run_tap(machine, card, sam, now=NOW, amount=amount, host=host, journal=journal)
        assert result.decision.outcome != "accepted" or result.clearing is not None or (
            result.decision.recovered or result.decision.already
            or result.decision.amount == 0
        )  # fmt: skip
    found = reread(journal.data)
    assert not found.damaged
    restarted = make_terminal(name, found)
    start(restarted, sam)
    run_tap(restarted, card, sam, now=NOW, amount=amount, host=host, journal=journal)


STATIONS = (
    "bus-upgraded", "bus-tunion", "bus-legacy", "bus-board", "bus-alight", "ferry-upgraded",
    "metro-entry", "metro-exit", "load-point",
)  # fmt: skip


def terminal_seeds() -> Iterator[bytes]:
    """What cards of the corpus answered these terminals."""
    for name in SYNTHETIC:
        which = STATIONS.index(name.partition("-")[2])
        events = load(name).events
        told = [
            one.response for one in events if isinstance(one, Exchange) and one.channel == "card"
        ]
        yield script(which, told)


TARGETS = (
    Target("card", check_card, card_seeds, 4096),
    Target("psam", check_psam, psam_seeds, 2048),
    Target("terminal", check_terminal, terminal_seeds, 4096),
)
