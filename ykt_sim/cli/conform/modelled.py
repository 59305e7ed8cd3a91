"""What the verbs share that hold a card or PSAM to its model: their words, and the way back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import click
import msgspec

from ykt_conformance.drive.limits import Limits
from ykt_conformance.explore import Explored, ExplorePlan
from ykt_conformance.explore import subject as exploring
from ykt_conformance.explore.card import CARD
from ykt_conformance.explore.psam import PSAM
from ykt_conformance.judge.redact import Redactor
from ykt_conformance.judge.verdict import Subject
from ykt_conformance.run.plan import asked_form, drawn, known_rules, must_be_sound
from ykt_conformance.run.targets.names import open_sam_target, open_target
from ykt_sim.cli.kit.params import options
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.meaning.keyring import KeyRing
from ykt_sim.transport.guard import Permit

#: Longest wait for an answer in seconds, unless words say otherwise.
TIMEOUT = 5.0


#: What a subject is, how its target is opened, and whose form it is held to.
_SUBJECTS: Final[Mapping[str, tuple[exploring.Subject, Subject]]] = {
    "card": (CARD, "card"),
    "psam": (PSAM, "terminal"),
}


class TargetWords(msgspec.Struct, frozen=True):
    """The card or PSAM, and what it is held to, as words.

    Attributes:
        subject: a key of `_SUBJECTS`, the verb's own.
        target, ics, keys: names and files.
        ignored: ids of rules.
        fresh: each start of the target gives a card in its first state.
        timeout: seconds.
        seed: of all choices, or None.
    """

    subject: str
    target: str
    ics: str
    keys: str
    ignored: tuple[str, ...]
    fresh: bool
    timeout: float
    seed: int | None


def target_options(like: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that say which card or PSAM, and what it is held to; ``like`` tells of targets."""
    return options(
        click.option("--target", required=True, metavar="TARGET", help=like),
        click.option("--ics", default="", metavar="FILE",
                     help="ICS: a shipped name or a .toml."),
        click.option("--keys", default="", metavar="FILE",
                     help="Keys, as ykt card keys --json."),
        click.option("--ignore", "ignored", multiple=True, metavar="RULE",
                     help="Pass over what breaks this rule; may repeat."),
        click.option("--fresh", is_flag=True,
                     help="Each start of the target gives one in its first state."),
        click.option("--timeout", type=click.FloatRange(0.01, 600), default=TIMEOUT,
                     metavar="SECONDS", help="Longest wait for an answer (5)."),
    )  # fmt: skip


def plan_of(
    words: TargetWords, permit: Permit, line: ProgressLine, *, steps: int, seconds: float
) -> ExplorePlan:
    """What is to be tried on the card or PSAM, and what it is held to.

    Raises:
        UsageError: target, form, keys or rules that there are not.
    """
    subject, whose = _SUBJECTS[words.subject]
    limits = Limits(answer_s=words.timeout)
    if subject is PSAM:
        target = open_sam_target(words.target, limits, fresh=words.fresh)
    else:
        target = open_target(words.target, limits, fresh=words.fresh, permit=permit)
    form = asked_form(words.ics or target.form, whose)
    must_be_sound(form)
    return ExplorePlan(
        subject=subject,
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


def again(found: Explored, given: TargetWords, permit: Permit, hide: Redactor) -> str:
    """The line that plays the divergence again; empty where there is none.

    Numbers of cards are hidden in it, as everywhere.
    """
    if found.divergence is None:
        return ""
    words = ["ykt", "conform", "explore", given.subject, "--target", found.target]
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
