"""What the verbs of `ykt conform` call a subject, and the forms that are shipped for it."""

from __future__ import annotations

import textwrap

import click

from ykt_conformance.ics import form as forms
from ykt_conformance.judge.verdict import Subject

SUBJECT = click.Choice(["card", "terminal"])


def shipped(subject: Subject) -> str:
    """A paragraph of a help text that names the shipped forms of a subject."""
    names = ", ".join(forms.form_names(subject))
    return "\n".join(("\b", *textwrap.wrap(f"Forms for --ics: {names}.", 76), "", ""))


def whose(subject: str) -> Subject:
    """A word of the command line as a subject."""
    return "card" if subject == "card" else "terminal"
