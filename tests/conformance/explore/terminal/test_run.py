"""Scenes at sound terminals find nothing, those at faulty ones a short scene."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ykt_conformance.drive.limits import Limits
from ykt_conformance.drive.terminal import CardSide, Shown, Terminal, TerminalReport
from ykt_conformance.explore.terminal import (
    Explored,
    Numbers,
    ScenePlan,
    explore,
    read_scene,
    replay,
)
from ykt_conformance.zoo.explored import scene_plan
from ykt_conformance.zoo.run import SOUND
from ykt_sim.errors import LinkError


def _still() -> float:
    """A clock that stands: bounds are taps alone."""
    return 0.0


def plan(target: str, taps: int = 0, seed: int = 2) -> ScenePlan:
    return scene_plan(target, _still, seed=seed, seconds=1.0, taps=taps)


def play(target: str, text: str) -> Explored:
    return replay(plan(target), read_scene(text))


@pytest.mark.parametrize("name", SOUND["terminal"])
def test_nothing_is_found_at_a_sound_terminal(name: str) -> None:
    came = explore(plan(f"sim:{name}", 150))
    assert came.finding is None, "\n".join(came.lines())
    assert came.exit_code == 0
    assert came.taps >= 150
    due = {due for due, _ in came.reached}
    assert {"let through", "left too early"} <= due


def test_a_finding_is_shortened_and_can_be_played_again() -> None:
    # A card whose counter is used up meets the same fault by another rule, which may come first.
    one = frozenset({"D-TORN-BACK"})
    came = explore(replace(plan("sim:bus-upgraded?deviate=torn-forgotten", 2000), passed=one))
    assert came.finding is not None
    assert came.finding.rule.id == "D-TORN-TWICE"
    assert (came.shrunk, came.exit_code) == (True, 1)
    assert len(came.steps) == 3
    again = replay(plan("sim:bus-upgraded?deviate=torn-forgotten"), came.steps, came.scene)
    assert again.finding == came.finding
    told = "\n".join(again.lines())
    assert "due: back, its transaction was done; came: accepted" in told
    assert again.document()["finding"]["rule"] == "D-TORN-TWICE"
    assert replay(plan("sim:bus-upgraded"), came.steps, came.scene).finding is None


def test_the_same_seed_gives_the_same_scenes() -> None:
    one, two = (explore(plan("sim:metro-exit", 60)) for _ in range(2))
    assert one.document() == two.document()
    assert one.reached != explore(plan("sim:metro-exit", 60, seed=3)).reached


def test_the_bound_that_ended_it_is_said() -> None:
    assert explore(plan("sim:metro-exit", 10)).ended == "10 taps"
    scenes = replace(plan("sim:metro-exit"), scenes=2)
    assert list(explore(scenes).lines())[-1].endswith("seed 2, ended by the bound of 2 scenes")
    assert explore(plan("sim:bus-upgraded?deviate=torn-forgotten", 2000)).ended == ""


class Lasting:
    """A target whose terminal is switched on once, and remembers cards from scene to scene."""

    def __init__(self, plan: ScenePlan) -> None:
        self.name, self.basis, self.capabilities = "lasting", "", frozenset({"report"})
        self._target, self._terminal = plan.target, plan.target.open("once")

    def open(self, name: str, clock: str = "") -> Terminal:
        del name, clock
        return self._terminal

    def close(self) -> None:
        self._target.close()


def test_what_a_terminal_remembers_is_not_held_against_another_card() -> None:
    sound = plan("sim:bus-upgraded")
    lasting = replace(sound, target=Lasting(sound), numbers=Numbers(5))
    steps = read_scene("card A tunion black=next flag=0000; tap A tear=debit!; tap A")
    torn = read_scene("card A tunion black=next; tap A tear=debit!")
    assert replay(lasting, torn).finding is None
    assert replay(lasting, steps).finding is None
    met = replay(lasting, read_scene("card A lnt; tap A")).met
    assert [one.came for one in met] == ["accepted"]
    again = replace(lasting, numbers=Numbers(5))  # the same numbers in another run
    found = replay(again, steps).finding
    assert found is not None
    assert found.rule.id == "D-FLAG"


class Grudge:
    """A terminal that lets nobody through any more after so many taps."""

    def __init__(self, plan: ScenePlan, taps: int) -> None:
        self.name, self.basis, self.capabilities = "grudge", "", frozenset({"report"})
        self._plan, self.left = plan, taps

    def open(self, name: str, clock: str = "") -> Terminal:
        terminal = self._plan.target.open(name, clock)
        present = terminal.present

        def grudging(side: CardSide, shown: Shown) -> TerminalReport:
            self.left -= 1
            if self.left == 0:
                return TerminalReport({"outcome": "refused", "amount": 0, "code": ""})
            return present(side, shown)

        terminal.present = grudging  # type: ignore[method-assign]
        return terminal

    def close(self) -> None:
        self._plan.target.close()


def test_a_finding_that_needs_what_went_before_says_so() -> None:
    sound = plan("sim:bus-upgraded", 200)
    came = explore(replace(sound, target=Grudge(sound, 31)))
    assert came.finding is not None
    assert (came.shrunk, came.needs_history) == (False, True)
    assert any("not shortened: the scene alone does not show it" in line for line in came.lines())
    assert came.document()["not_shortened"] == came.kept


def test_a_rule_that_is_passed_over_is_named() -> None:
    faulty = plan("sim:bus-upgraded?deviate=trip-type-wrong", 60)
    assert explore(faulty).exit_code == 1
    came = explore(replace(faulty, passed=frozenset({"D-TRIP-KIND"})))
    assert (came.finding, came.passed_over) == (None, {"D-TRIP-KIND"})


SCENES = {
    "one fen short": ("metro-entry", "card A tunion balance=need-1; tap A", "refused by D-ENOUGH"),
    "just enough": ("metro-entry", "card A tunion balance=need; tap A", "let through"),
    "inside already": ("bus-board", "card A tunion; tap A; tap A", "let through"),
    "never entered": ("metro-exit", "card A lnt ride=none; tap A", "refused by D-OUTSIDE"),
    "out twice": ("metro-exit", "card A tunion; tap A; tap A", "refused by D-OUTSIDE"),
    "unknown station": ("metro-exit", "card A tunion ride=elsewhere; tap A", "let through"),
    "last day": (
        "bus-upgraded",
        "clock 20240229235959; card A lnt lnt_expiry=0; tap A",
        "let through",
    ),
    "the day after": (
        "bus-upgraded",
        "clock 20240229235959; card A lnt lnt_expiry=0; tap A; tap A",
        "refused by D-EXPIRY",
    ),
    "no last day": ("bus-upgraded", "card A lnt lnt_expiry=none; tap A", "left open"),
    "no last day, and more": (
        "bus-upgraded",
        "card A tunion expiry=none issuer=nobody; tap A",
        "refused by D-ISSUER",
    ),
    "too full": ("load-point", "card A lnt balance=room+1; tap A", "refused by D-CEILING"),
    "too much": ("load-point", "card A lnt; tap A amount=most+1", "refused by D-LOAD-LIMIT"),
    "the second purse": ("bus-upgraded", "card A dual lnt_expiry=-1; tap A", "refused by D-EXPIRY"),
    "a leap day": ("bus-upgraded", "card A tunion start=20240229; tap A", "let through"),
    "a counter that carries": (
        "bus-upgraded",
        "card A tunion counter=00FF; tap A tear=debit!; tap A",
        "back, its transaction was done",
    ),
    "the top bit of a balance": ("ferry-upgraded", "card A lnt; tap A hear=top-bit", "let through"),
    "same station, another city": (
        "metro-exit",
        "card A tunion ride=inside city=near; tap A",
        "let through",
    ),
    "last month counts for nothing": (
        "metro-exit",
        "clock 20250115081733; card A tunion month=30000 when=last; tap A",
        "let through",
    ),
    "a transfer": ("bus-tunion", "card A tunion before=55; tap A", "let through"),
    "from the far side": ("metro-exit", "card A lnt ride=inside station=2; tap A", "let through"),
    "marked fare": ("bus-board", "card A tunion ride=inside marked=1234; tap A", "let through"),
    "monthly sums": (
        "metro-exit",
        "card A tunion month=7999; tap A; card B tunion month=8000; tap B",
        "let through",
    ),
    "like a listed one": ("bus-upgraded", "card A tunion black=ending; tap A", "let through"),
    "like an issuer": ("bus-upgraded", "card A tunion issuer=near; tap A", "refused by D-ISSUER"),
    "nine purchases elsewhere": (
        "bus-upgraded",
        "card A lnt; tap A tear=debit!;" + "elsewhere A lnt;" * 9 + "tap A",
        "back, its transaction was done, used elsewhere",
    ),
    "back": (
        "bus-upgraded",
        "card A dual; tap A tear=debit!; elsewhere A tunion; tap A",
        "back, its transaction was done, used elsewhere",
    ),
}


@pytest.mark.parametrize("name", SCENES)
def test_what_is_due_follows_from_card_and_statement(name: str) -> None:
    target, text, due = SCENES[name]
    came = play(f"sim:{target}", text)
    assert came.finding is None, "\n".join(came.lines())
    assert came.met[-1].due == due


def test_a_step_that_no_card_or_terminal_can_be_given_is_said() -> None:
    came = play("sim:bus-upgraded", "card A lnt balance=0; elsewhere A lnt; tap B; tap A")
    assert [one.step for one in came.met] == ["tap A"]
    assert came.left[0].startswith("elsewhere A lnt: the card cannot be prepared")
    assert any(line.startswith("not played: elsewhere A lnt") for line in came.lines())
    assert any("tap A " in line and "due: refused by" in line for line in came.lines())
    sound = plan("sim:bus-upgraded", 200)
    unlisted = {**sound.form, "black_list": {"enabled": True, "numbers": []}}
    drawn = explore(replace(sound, form=unlisted))
    assert any("steps: the ICS lists no number" in line for line in drawn.left)
    assert drawn.finding is None


class Silent:
    """A target whose terminal says nothing of what it decides."""

    def __init__(self, plan: ScenePlan) -> None:
        self.name, self.basis = "silent", ""
        self.capabilities = plan.target.capabilities - {"report"}
        self._target = plan.target

    def open(self, name: str, clock: str = "") -> Terminal:
        terminal = self._target.open(name, clock)
        present = terminal.present

        def silently(side: CardSide, shown: Shown) -> TerminalReport:
            present(side, shown)
            return TerminalReport()

        terminal.present = silently  # type: ignore[method-assign]
        return terminal

    def close(self) -> None:
        self._target.close()


@pytest.mark.parametrize("name", ["bus-upgraded", "metro-entry", "load-point"])
def test_nothing_is_found_at_a_sound_terminal_that_does_not_report(name: str) -> None:
    sound = plan(f"sim:{name}", 120)
    came = explore(replace(sound, target=Silent(sound)))
    assert came.finding is None, "\n".join(came.lines())
    faulty = plan("sim:bus-upgraded?deviate=torn-forgotten", 0)
    steps = read_scene("card A tunion; tap A tear=debit!; tap A")
    found = replay(replace(faulty, target=Silent(faulty)), steps).finding
    assert found is not None
    assert found.rule.id == "D-TORN-TWICE"


class Lost:
    """A target that is gone after some scenes."""

    def __init__(self, plan: ScenePlan, scenes: int) -> None:
        self.name, self.capabilities, self.basis = "lost", plan.target.capabilities, ""
        self._target, self._left = plan.target, scenes

    def open(self, name: str, clock: str = "") -> Terminal:
        self._left -= 1
        if self._left < 0:
            raise LinkError("nobody came")
        return self._target.open(name, clock)

    def close(self) -> None:
        self._target.close()


def test_a_terminal_that_is_lost_ends_it_early() -> None:
    sound = plan("sim:bus-upgraded", 100)
    came = explore(replace(sound, target=Lost(sound, 2)))
    assert (came.lost, came.exit_code) == ("nobody came", 2)
    with pytest.raises(LinkError):
        explore(replace(sound, target=Lost(sound, 0)))


def test_a_scene_that_takes_too_much_is_an_error_of_the_link() -> None:
    short = replace(plan("sim:bus-upgraded"), limits=Limits(commands=20))
    with pytest.raises(LinkError, match="scene 0: stopped after 20 commands"):
        replay(short, read_scene("card A lnt; tap A; tap A; tap A; tap A"))
