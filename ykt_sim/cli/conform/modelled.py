"""What the verbs share that hold a card to the reference model: its words, and the way back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from typing import Any

import click
import msgspec

from ykt_conformance.drive.limits import Limits
from ykt_conformance.explore import Explored, ExplorePlan
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.run.plan import asked_form, drawn, known_rules, must_be_sound
from ykt_conformance.run.targets.names import open_target
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport.guard import Permit

#: Longest wait for an answer in seconds, unless words say otherwise.
TIMEOUT = 5.0


class CardWords(msgspec.Struct, frozen=True):
    """The card, and what it is held to, as words.

    Attributes:
        target, ics, keys: names and files.
        ignored: ids of rules.
        fresh: each start of the target gives a card in its first state.
        timeout: seconds.
        seed: of all choices, or None.
    """

    target: str
    ics: str
    keys: str
    ignored: tuple[str, ...]
    fresh: bool
    timeout: float
    seed: int | None


def card_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say which card, and what it is held to."""
    for option in (
        click.option("--timeout", type=click.FloatRange(0.01, 600), default=TIMEOUT,
                     metavar="SECONDS", help="Longest wait for an answer (5)."),
        click.option("--fresh", is_flag=True,
                     help="Each start of the target gives a card in its first state."),
        click.option("--ignore", "ignored", multiple=True, metavar="RULE",
                     help="Pass over what breaks this rule; may repeat."),
        click.option("--keys", default="", metavar="FILE", help="Keys, as ykt card keys --json."),
        click.option("--ics", default="", metavar="FILE", help="ICS: a shipped name or a .toml."),
        click.option("--target", required=True, metavar="TARGET",
                     help="As for ykt conform card."),
    ):  # fmt: skip
        command = option(command)
    return command


def plan_of(
    words: CardWords, permit: Permit, line: ProgressLine, *, steps: int, seconds: float
) -> ExplorePlan:
    """What is to be tried on the card, and what it is held to.

    Raises:
        UsageError: target, form, keys or rules that there are not.
    """
    target = open_target(
        words.target, Limits(answer_s=words.timeout), fresh=words.fresh, permit=permit
    )
    form = asked_form(words.ics or target.form, "card")
    must_be_sound(form)
    return ExplorePlan(
        target=target,
        form=form.values,
        clock=time.monotonic,
        keys=KeyRing.from_file(words.keys) if words.keys else KeyRing(),
        test_keys=not words.keys,
        seed=drawn(words.seed),
        steps=steps,
        seconds=seconds,
        passed=known_rules(words.ignored),
        progress=lambda count, where: line.tell(f"{count} exchanges, {where}"),
    )


def again(found: Explored, given: CardWords, permit: Permit, hide: Redactor) -> str:
    """The line that plays the divergence again; empty where there is none.

    Numbers of cards are hidden in it, as everywhere.
    """
    if found.divergence is None:
        return ""
    words = ["ykt", "conform", "explore", "card", "--target", found.target]
    for name, value in (("--ics", given.ics), ("--keys", given.keys)):
        words += [name, value] if value else []
    words += ["--fresh"] if given.fresh else []
    words += ["--timeout", f"{given.timeout:g}"] if given.timeout != TIMEOUT else []
    words += ["--allow-writes"] if permit.allow else []
    for number in permit.numbers:
        words += ["--number", hide.text(number)]
    for rule in given.ignored:
        words += ["--ignore", rule]
    words += ["--seed", str(found.seed)]
    words += ["--history", str(found.history)] if found.history else []
    return shlex.join([*words, "--replay", "; ".join(found.steps)])
