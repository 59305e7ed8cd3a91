"""A card seen through a border: what it hears, what is heard of it, when, and its restarts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ykt_sim.card import Card, CardImage
from ykt_sim.card.memory import CutPlan
from ykt_sim.card.powered import Rng
from ykt_sim.faults.card.fault import Chance, Heard, Late, Place, Restart, Said


class AnyCard(Protocol):
    """The face of a card, sound or not; see `ykt_sim.card.Card`."""

    def power_on(self) -> bytes:
        """Reset; gives the ATR."""
        ...

    def power_off(self) -> None:
        """Take the field away."""
        ...

    def process(self, apdu: bytes) -> bytes:
        """Answer one command."""
        ...

    def snapshot(self) -> CardImage:
        """Persistent content as it is now."""
        ...

    def restore(self, image: CardImage) -> None:
        """Replace the persistent content and take the power away."""
        ...

    def cut_plan(self, plan: CutPlan | None) -> None:
        """Cut the power at a given physical write from now on; None to clear."""
        ...

    @property
    def writes(self) -> int:
        """Physical writes since the last `cut_plan` call."""
        ...


class Randoms:
    """The randoms a card is given; the source can be another one after a restart."""

    def __init__(self, source: Rng) -> None:
        self.source = source

    def __call__(self, count: int) -> bytes:
        """Give so many bytes."""
        return self.source(count)


class BorderedCard:
    """A card with faults at its border; the same face as the card's.

    Args:
        card: the card behind it.
        places: the faults; what does not act at the border is passed over.
        randoms: what the card draws from.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        card: Card,
        places: Sequence[Place],
        randoms: Randoms,
        sleep: Callable[[float], object],
    ) -> None:
        self._card = card
        self._randoms = randoms
        self._sleep = sleep
        self._restarts = [place for place in places if isinstance(place, Restart)]
        self._chances = [place for place in places if isinstance(place, Chance)]
        self._heard = [place for place in places if isinstance(place, Heard)]
        self._said = [place for place in places if isinstance(place, Said)]
        self._late = [place for place in places if isinstance(place, Late)]

    def power_on(self) -> bytes:
        """Reset the card, after what its restarts do to its cells; gives the ATR."""
        for chance in self._chances:
            self._randoms.source = chance.source()
        if self._restarts:
            cells = dict(self._card.snapshot().cells)
            for restart in self._restarts:
                restart.change(cells)
            self._card.restore(CardImage(cells))
        return self._card.power_on()

    def power_off(self) -> None:
        """Take the field away."""
        self._card.power_off()

    def process(self, apdu: bytes) -> bytes:
        """Answer one command as the card hears it, with what is heard of its answer.

        Raises:
            PowerCutError: a cut plan cut the power.
        """
        for late in self._late:
            if len(apdu) > 1 and apdu[1] == late.ins:
                self._sleep(late.seconds)
        told = apdu
        for heard in self._heard:
            told = heard.heard(told)
        answer = self._card.process(told)
        for said in self._said:
            answer = said.said(apdu, answer)
        return answer

    def snapshot(self) -> CardImage:
        """Persistent content as it is now."""
        return self._card.snapshot()

    def restore(self, image: CardImage) -> None:
        """Replace the persistent content and take the power away."""
        self._card.restore(image)

    def cut_plan(self, plan: CutPlan | None) -> None:
        """Cut the power at a given physical write from now on; None to clear."""
        self._card.cut_plan(plan)

    @property
    def writes(self) -> int:
        """Physical writes since the last `cut_plan` call."""
        return self._card.writes
