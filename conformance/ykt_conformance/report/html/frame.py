"""The frame of a report page: template, style sheet, script, and the policy that guards it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from string import Template

from ykt_conformance.report.html.markup import NOTHING, Safe, both, tag
from ykt_sim.meaning.story.lines import Line


def page(title: Safe, body: Safe, *, margins: str = "", printed: str = "full") -> str:
    """A whole page; only its own style sheets and script are let run.

    Args:
        title: of the window.
        body: the page.
        margins: style of the margins on paper, of this page alone.
        printed: what goes to paper, one of `folder.PRINTS`; a page without a choice is whole.
    """
    css, js = asset("report.css"), asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(css)} {_hash(margins)}; script-src {_hash(js)}; "
        "base-uri 'none'; form-action 'none'"
    )
    frame = Template(asset("report.html"))
    return frame.substitute(title=title, body=body, css=css, js=js, policy=policy,
                            margins=margins, printed=printed)  # fmt: skip


@cache
def asset(name: str) -> str:
    """Text of a file in ``assets``."""
    return (resources.files("ykt_conformance.report.html") / "assets" / name).read_text("utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def header(over: Safe, title: Safe, result: Safe, verdict: str = "") -> Safe:
    """What a page begins with.

    Args:
        over: what kind of page it is.
        title: what it is about.
        result: what came of it, in a sentence.
        verdict: class of the result: ``pass``, ``fail``, ``inc``; empty where nothing is judged.
    """
    return tag(
        "header",
        tag("p", over, cls="over"),
        tag("h1", title),
        tag("p", result, cls=f"result {verdict}".rstrip()),
    )


def facts(pairs: Iterable[tuple[Safe, Safe]], cls: str = "facts") -> Safe:
    """A list of names and what they are."""
    inside = (tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs)
    return tag("dl", *inside, cls=cls)


def story_facts(lines: Iterable[Line], hide: Callable[[str], str]) -> Safe:
    """The lines of a story; ``hide`` takes out of them what must not be seen."""
    pairs = [
        (both(line.name, line.zh), both(hide(line.said.en), hide(line.said.zh))) for line in lines
    ]
    return facts(pairs, "facts story") if pairs else NOTHING
