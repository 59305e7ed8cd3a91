"""Lists of the plan with a code that is right over a wrong input, or a PIN that is nearly right."""

from __future__ import annotations

from collections.abc import Iterator

from ykt_conformance.drive import inputs, pins
from ykt_conformance.explore import lists as k
from ykt_conformance.explore.subject import Steps
from ykt_conformance.model.world import BASIC
from ykt_sim.codes import LNT

# -- right codes over a wrong input ----------------------------------------------------------------


def _mistakes(form: k.Form, kind: str, home: str, size: int = 4) -> tuple[str, ...]:
    """The mistakes of a code, and each byte of the code itself."""
    owner = LNT if home == BASIC else home
    left = inputs.CLOCK if home == k.purses(form)[0] else inputs.ALIKE
    bytes_ = range(8 if kind == "auth" else 4)
    return (*(one for one in inputs.names(kind, owner, size) if not one.startswith(left)),
            "zero", *(f"flip{at}" for at in bytes_))  # fmt: skip


def commits(form: k.Form, purse: str) -> Iterator[Steps]:
    """Each operation, with a MAC that is right over a wrong input."""
    for operation in k.operations(form, purse):
        right = (k.begin(operation, 300), k.end(operation, 1, 500))
        for some in k.parts(_mistakes(form, operation, purse)):
            steps = [*k.enter(purse), *k.money(form, purse, 600),
                     *k.shown(form, purse, operation), *right]  # fmt: skip
            for mistake in some:
                steps += (k.begin(operation, 258), f"{k.end(operation, 2, 258)} mac={mistake}")
            yield (*steps, k.begin(operation, 258), k.end(operation, 2, 258), *k.GLANCE)


def under_key(form: k.Form, home: str) -> Iterator[Steps]:
    """Each command that takes a code of its own; no more than two wrong ones in a row."""
    for at, line in enumerate(k.LINES[home]):
        yield from _wrong(form, "line", home, f"challenge {8 if at else 4}", line)
    yield from _wrong(form, "auth", home, "challenge 8", "auth")
    yield from _wrong(form, "auth", home, "challenge 4", "auth", ("challenge-",))
    yield from _wrong(
        form, "block", home, "challenge 4", "block 0", then=("challenge 4", "unblock")
    )
    yield from _wrong(
        form, "unblock", home, "challenge 4", "unblock", before=("challenge 4", "block 0")
    )
    ends: Steps = ("challenge 4", "block 0", k.BALANCE, "challenge 8", "unblock")
    for some in k.parts(_mistakes(form, "cardblock", home), 2):
        wrong = (step for one in some for step in ("challenge 4", f"cardblock mac={one}"))
        yield (*k.enter(home), *wrong, k.BALANCE, *ends)
    if home in k.PINS and form[home]["pin"]:
        new = k.PINS[home][0]
        yield from _wrong(form, "reload", home, "challenge 4", f"reload {new}", then=("verify",))
        yield from _wrong(form, "unlock", home, "challenge 4", f"unlock {new}", then=("verify",))


def _wrong(
    form: k.Form,
    kind: str,
    home: str,
    challenge: str,
    step: str,
    only: tuple[str, ...] = ("",),
    *,
    before: Steps = (),
    then: Steps = (),
) -> Iterator[Steps]:
    size = int(challenge.removeprefix("challenge "))
    chosen = [one for one in _mistakes(form, kind, home, size) if one.startswith(only)]
    for some in k.parts(chosen):
        steps: list[str] = [*k.enter(home), *(() if before else (challenge, step, *then))]
        for two in k.parts(some, 2):
            steps += before
            for mistake in two:
                steps += (challenge, f"{step} mac={mistake}")
            steps += (challenge, step, *then)
        yield tuple(steps)


# -- secrets that are nearly right -----------------------------------------------------------------


def secrets(form: k.Form, purse: str) -> Iterator[Steps]:
    """Each PIN that is nearly right, shown and changed from, and the one before a change."""
    if not form[purse]["pin"]:
        return
    news = k.PINS[purse]
    for step in ("verify", f"change {news[0]}"):
        for some in k.parts(pins.NEARLY, 6):
            yield (*k.enter(purse), f"change {news[-1]}", f"change {news[1]}", *(
                each for word in some for each in (f"{step} pin={word}", "verify")))  # fmt: skip
    # What stands in the command besides is not the old PIN.
    yield (*k.enter(purse), *(step for new in news
                             for step in (f"change {new} pin={new}", "verify")))  # fmt: skip
    sets: tuple[Steps, ...] = ((f"change {news[0]}",), (f"reload {news[1]}",),
                               ("challenge 4", f"unlock {news[2]}"))  # fmt: skip
    for at, one in enumerate(sets):
        for other in (sets[at - 1], sets[at - 2]):
            yield (*k.enter(purse), *other, *one, "verify pin=before", "verify",
                   "init load 0", "reset", f"select {purse}", "verify pin=before",
                   "verify")  # fmt: skip
