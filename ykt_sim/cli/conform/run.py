"""What stands between the words of `ykt conform` and the suite: plans, progress, output.

What one verb alone needs is asked of the suite's rooms by name (`suite_run`, `suite_zoo`,
`suite_report`): they import it when it is asked for.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from ykt_conformance import report as suite_report
from ykt_conformance import run as suite_run
from ykt_conformance import zoo as suite_zoo
from ykt_conformance.cases.registry import card_cases, cases, terminal_cases
from ykt_conformance.cases.select import Selection, decide
from ykt_conformance.drive.limits import Limits
from ykt_conformance.ics import form as forms
from ykt_conformance.ics.form import IcsFile
from ykt_conformance.ics.observe import LNT_HIDDEN
from ykt_conformance.judge import campaign as campaigns
from ykt_conformance.judge.campaign import Campaign
from ykt_conformance.judge.results import (
    SOME_FAIL,
    SOME_UNPROVEN,
    CaseResult,
    Exclusion,
    RunResult,
)
from ykt_conformance.judge.verdict import Subject, Verdict
from ykt_conformance.report import console
from ykt_conformance.report import folder as run_folder
from ykt_conformance.report.evidence import Evidence
from ykt_conformance.report.folder import PRINTS
from ykt_conformance.report.results_json import document
from ykt_conformance.run.card import CardRun, run_card
from ykt_conformance.run.plan import CaseT, RunPlan, Wanted, asked_form, make_plan
from ykt_conformance.run.recording import drafted_ics, judge_trace, keys_for, never_exercised
from ykt_conformance.run.running import STOPPED_BY_HAND
from ykt_conformance.run.targets.names import open_target
from ykt_sim.bench.targets import read_place
from ykt_sim.cli.conform.keeping import Keeping, TraceFolder, Words, again, finished, given, keeping
from ykt_sim.cli.conform.modelled import TIMEOUT
from ykt_sim.cli.kit.params import json_option, lang_option, options, seed_option, unmask_option
from ykt_sim.cli.kit.progress import ProgressLine
from ykt_sim.cli.kit.render import print_json
from ykt_sim.cli.trace.sources import card_conversations, conversations
from ykt_sim.errors import UsageError
from ykt_sim.trace.model import Trace
from ykt_sim.trace.opening import Choice, Conversation
from ykt_sim.transport.calibrate import check_reader
from ykt_sim.transport.guard import Permit
from ykt_sim.wire.decision import mask

#: What options of terminals are unless words say otherwise.
_USUAL = {"present": "auto", "gap": 0.8}


def run_options(function: Callable[..., int]) -> Callable[..., int]:
    """Add the common options; the verb gets them as one `Words`."""
    fields = Words.__struct_fields__

    @functools.wraps(function)
    def call(**given: Any) -> int:
        words = Words(**{name: given.pop(name) for name in fields})
        return function(words=words, **given)

    return options(
        click.option("--ics", default="", metavar="FILE", help="ICS: a shipped name or a .toml."),
        click.option("--keys", default="", metavar="FILE", help="Keys, as ykt card keys --json."),
        click.option("--out", type=click.Path(path_type=Path), help="Folder for the evidence."),
        click.option("--force", is_flag=True, help="Replace an earlier run in that folder."),
        click.option("--case", multiple=True, metavar="ID", help="Only this case; may repeat."),
        click.option(
            "--select", "where", default="", metavar="EXPR", help="Only cases like these."
        ),
        click.option("--failed-of", type=click.Path(path_type=Path), metavar="DIR",
                     help="Only cases that failed in that run."),
        click.option("--resume", type=click.Path(path_type=Path), metavar="DIR",
                     help="Go on with a run that ended early."),
        click.option("--sign", type=click.Path(path_type=Path), metavar="KEY",
                     help="Sign the folder with an Ed25519 key (PEM)."),
        click.option("--dry-run", is_flag=True, help="Say what would be run and why, run nothing."),
        seed_option,
        click.option("--calibration", default="", metavar="FILE",
                     help="Time on the way, by ykt reader calibrate."),
        unmask_option,
        click.option("--ignore", "ignored", multiple=True, metavar="RULE",
                     help="Nothing fails by this rule of the model; may repeat."),
        click.option("--thorough", is_flag=True,
                     help="Sweep tables in full, not by pairs; takes minutes."),
        click.option("--campaign", type=click.Path(path_type=Path), metavar="FILE",
                     help="What heads the report; see ykt conform campaign."),
        click.option("--exclude", "excludes", multiple=True, metavar="CASE=REASON",
                     help="Leave a case out, or all that need e.g. tear; may repeat."),
        click.option("--print", "printed", default="summary", type=click.Choice(PRINTS),
                     help="What of the report goes to paper (summary)."),
        lang_option,
        json_option,
    )(call)  # fmt: skip


# -- plans -----------------------------------------------------------------------------


def _plan(
    words: Words,
    known: tuple[CaseT, ...],
    form: IcsFile,
    progress: Progress,
    limits: Limits | None = None,
    *,
    stated: bool = True,
) -> RunPlan[CaseT]:
    wanted = Wanted(
        ids=words.case,
        where=words.where,
        keys=words.keys,
        seed=words.seed,
        calibration=words.calibration,
        stories=words.out is not None,
        unmasked=words.unmask,
        ignored=words.ignored,
        thorough=words.thorough,
        excluded=_excluded(words.excludes),
        campaign=campaigns.load(words.campaign) if words.campaign else Campaign(),
    )
    plan = make_plan(known, form, wanted, now=_now, limits=limits, progress=progress, stated=stated)
    for line in plan.keys.unused:
        _say(line)
    return plan


def _excluded(words: tuple[str, ...]) -> dict[str, str]:
    """What ``--exclude`` says: what is left out -> why."""
    found: dict[str, str] = {}
    for word in words:
        what, _, why = (part.strip() for part in word.partition("="))
        if not (what and why):
            raise UsageError(f"--exclude {word!r}: expected CASE=REASON")
        if what in found:
            raise UsageError(f"--exclude {what}: it is excluded twice")
        found[what] = why
    return found


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Progress:
    """Says on stderr how far a run is, once it takes longer than two seconds."""

    def __init__(self) -> None:
        self._line = ProgressLine()
        self._failed = 0

    def __call__(self, number: int, total: int, result: CaseResult) -> None:
        """Count one case."""
        self._failed += result.verdict is Verdict.FAIL
        self.show(number, total, result.id)

    def show(self, number: int, total: int, name: str) -> None:
        """Show where the run is."""
        text = f"{number}/{total} {name}, {self._failed} failed"
        self._line.tell(text, last=number == total)


# -- runs ------------------------------------------------------------------------------


def card_run(target_name: str, words: Words, permit: Permit, *, timeout: float, fresh: bool) -> int:
    """Run card cases; gives the exit code."""
    limits = Limits(answer_s=timeout)
    target = open_target(target_name, limits, fresh=fresh, permit=permit)
    form = asked_form(words.ics or target.form, "card")
    kept = keeping(words)
    words = kept.words
    plan = _plan(words, card_cases(), form, Progress(), limits)
    if plan.calibration is not None:
        if not target.far:
            raise UsageError("--calibration is for cards in readers (pcsc:)")
        check_reader(plan.calibration, suite_run.reader_of(target_name))
    if words.dry_run:
        chosen = [CardRun(target, plan).select(case) for case in plan.cases]
        return _show_selection(chosen, plan.excluded, words)
    named = itertools.chain.from_iterable(("--number", mask(one)) for one in permit.numbers)
    own = given(
        target=target_name, fresh=fresh, timeout="" if timeout == TIMEOUT else f"{timeout:g}",
        allow_writes=permit.allow,
    )  # fmt: skip
    plan = replace(plan, again=_again("card", plan, words, *own, *named))
    plan, evidence = kept.begin(plan, "card", target.name)
    return _finish(run_card(target, plan, kept.done), kept, evidence)


def terminal_run(target: str, listen: str, words: Words, **more: Any) -> int:
    """Run terminal cases; ``more`` is for `run_terminal`; gives the exit code."""
    form = suite_run.terminal_form(words.ics, target=target, listen=listen)
    kept = keeping(words)
    words = kept.words
    plan = _plan(words, terminal_cases(), form, Progress())
    if plan.calibration is not None and not (listen and read_place(listen).kind == "vpcd"):
        raise UsageError("--calibration is for terminals at PC/SC (--listen vpcd:)")
    if words.dry_run:
        can = suite_run.can(plan, target=target, listen=listen)
        chosen = [decide(case, form.values, can) for case in plan.cases]
        return _show_selection(chosen, plan.excluded, words)
    told = {name: value for name, value in more.items() if _USUAL.get(name) != value}
    own = given(target=target, listen=listen, **told)
    plan = replace(plan, again=_again("terminal", plan, words, *own))
    plan, evidence = kept.begin(plan, "terminal", target or f"listen {listen}")
    result = suite_run.run_terminal(
        plan, target=target, listen=listen, say=_say, done=kept.done, **more
    )
    return _finish(result, kept, evidence)


def trace_runs(
    paths: tuple[Path, ...], choice: Choice, subject: str | None, words: Words, *, test_keys: bool
) -> int:
    """Judge traces, each conversation of a file as one of its own; gives the worst exit code.

    Cards are judged one by one, also where several came to one reader in turn; a terminal is
    judged by all that came to it.
    """
    whose: Subject = "terminal" if subject == "terminal" else "card"
    form = forms.load(words.ics) if words.ics else None
    if form is not None and subject not in (None, form.subject):
        raise UsageError(f"{form.name} is the ICS of a {form.subject}, not of a {subject}")
    if words.resume is not None:
        raise UsageError("--resume is for runs of cards and terminals: traces are judged anew")
    kept = keeping(words)
    words = kept.words
    if words.out is not None and not words.dry_run:
        run_folder.prepare(words.out, force=words.force)
    progress = Progress()
    documents: list[dict[str, Any]] = []
    codes: list[int] = []
    own = given(subject=subject, test_keys=test_keys, **{"from": choice.form})
    for number, path in enumerate(paths, 1):
        out = words.out
        if out is not None and len(paths) > 1:
            out = out / f"{number:03d}-{path.stem}"
        line = again("trace", words, str(path), *own)
        folder = TraceFolder(None if words.dry_run else out, path, kept, line)
        for name, session, alone in _recordings(path, choice, form.subject if form else whose):
            trace = session.trace
            ics = form or _drafted(trace, whose, path.name, name, words)
            plan = _plan(words, cases(ics.subject), ics, progress, stated=form is not None)
            only = () if alone and not choice.session else ("--session", session.named.name)
            plan = replace(plan, again=again("trace", words, str(path), *own, *only))
            if not words.keys:
                ring, text = keys_for(trace, test_keys=test_keys)
                plan = replace(plan, keys=ring, keys_text=text)
            if words.dry_run:
                chosen = [decide(case, ics.values, _anything) for case in plan.cases]
                codes.append(_show_selection(chosen, plan.excluded, words))
                continue
            run = judge_trace(trace, plan, name)
            documents += [document(run)] if words.as_json else []
            codes.append(_tell(run, words, quiet=words.as_json))
            folder.add(run, session, alone=alone)
        written = folder.finish()
        if written and not words.as_json:
            _written(out, written, words)
    if words.as_json and not words.dry_run:
        print_json({"traces": documents}, indent=1)
    return _worst(codes)


def _drafted(trace: Trace, whose: Subject, source: str, name: str, words: Words) -> IcsFile:
    """A form that is drafted from a recording; what it leaves out is said."""
    ics = drafted_ics(trace, whose, source, unmasked=words.unmask)
    if LNT_HIDDEN in ics.values["about"]["remarks"]:
        click.echo(f"{name}: Lingnan Tong is {LNT_HIDDEN}; its cases are left out", err=True)
    return ics


def _again(verb: str, plan: RunPlan[CaseT], words: Words, *own: str) -> str:
    """The line that does a live run again: its randoms come from the seed."""
    return f"{again(verb, words, *own)} --seed {plan.seed}"


def _recordings(
    path: Path, choice: Choice, subject: Subject
) -> Iterator[tuple[str, Conversation, bool]]:
    """Every conversation of a file, its name in reports, and whether it is the only one."""
    read = card_conversations if subject == "card" else conversations
    found = read(path, choice)
    alone = len(found) == 1
    for session in found:
        name = str(path) if alone else f"{path}, session {session.named.label}"
        yield name, session, alone


def zoo_run(
    subject: Subject | None, only: tuple[str, ...], out: Path | None, *, as_json: bool
) -> int:
    """Run the zoo; gives its exit code."""
    shown = Progress()
    result = suite_zoo.run_zoo(
        subject=subject, only=only, clock=time.monotonic, now=_now, progress=shown.show
    )
    if out is not None:
        suite_report.render_zoo(result.table, out)
    if as_json:
        print_json(result.document(), indent=1)
    else:
        for line in result.lines():
            click.echo(line)
    return int(result.exit_code)


def _anything(_need: str) -> bool:
    return True


def _say(line: str) -> None:
    click.echo(line, err=True)


def _worst(codes: list[int]) -> int:
    if SOME_FAIL in codes:
        return SOME_FAIL
    return SOME_UNPROVEN if SOME_UNPROVEN in codes else 0


# -- output ----------------------------------------------------------------------------


def _show_selection(
    selections: list[Selection], excluded: tuple[Exclusion, ...], words: Words
) -> int:
    runs = sum(item.runs for item in selections)
    code = 0 if runs else SOME_UNPROVEN
    if words.as_json:
        print_json(
            [
                {"id": item.case.id, "runs": item.runs, "verdict": item.verdict,
                 "because": item.because}
                for item in selections
            ]
            + [
                {"id": left.id, "runs": False, "verdict": None,
                 "because": f"excluded: {left.reason}"}
                for left in excluded
            ],
            indent=1,
        )  # fmt: skip
        return code
    lang, total = words.lang, len(selections) + len(excluded)
    for item in selections:
        title = item.case.title if lang == "en" else item.case.title_zh
        said = f"{title}: {item.because}" if lang == "en" else (
            f"{title}：{console.told(item.because, lang)}"
        )  # fmt: skip
        word = console.verdict(None if item.runs else item.verdict, lang)
        click.echo(console.row(item.case.id, word, said))
    for left in excluded:
        click.echo(console.left_out(left, lang))
    click.echo(f"{runs or 'none'} of {total} cases would be run" if lang == "en" else
               f"{total} 项中将执行 {runs} 项")  # fmt: skip
    return code


def _finish(run: RunResult, kept: Keeping, evidence: Evidence | None) -> int:
    """Write a run's folder, and tell what came of it."""
    words = kept.words
    manifest = finished(run, evidence, kept) if evidence is not None else ""
    code = _tell(run, words)
    if words.as_json:
        return code
    if run.stopped and evidence is not None:
        done = sum(result.reason != STOPPED_BY_HAND for result in run.results)
        total = len(run.results)
        click.echo(
            f"stopped after {done} of {total} cases; --resume {words.out} goes on"
            if words.lang == "en"
            else f"已中止，{total} 项中完成 {done} 项；--resume {words.out} 可继续"
        )
    if manifest:
        _written(words.out, manifest, words)
    return code


def _written(out: Path | None, manifest: str, words: Words) -> None:
    click.echo(f"{out}: written, manifest SHA-256 {manifest}" if words.lang == "en" else
               f"{out}：已写入，清单 SHA-256 {manifest}")  # fmt: skip


def _tell(run: RunResult, words: Words, *, quiet: bool = False) -> int:
    """Say what came of a run; gives its exit code."""
    if quiet:
        return run.exit_code
    if words.as_json:
        print_json(document(run), indent=1)
        return run.exit_code
    silent = [one.id for one in never_exercised(run)] if run.kind == "trace" else None
    for line in console.lines(run, words.lang, silent):
        click.echo(line)
    return run.exit_code
