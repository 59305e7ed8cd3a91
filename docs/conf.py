"""Sphinx settings: MyST pages, furo theme."""

import logging

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "ykt-sim"
author = "The ykt-sim authors"
project_copyright = "2026, The ykt-sim authors"
release = "0.1.0"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
# A change fragment is one paragraph without a title; it is read at release time, not as a page.
exclude_patterns = ["_build", "changes/[0-9]*"]
# The chapters in index.md are globs; one may be empty. Sphinx 9.0 gives this warning a subtype but
# no type, so suppress_warnings cannot name it.
logging.getLogger("sphinx.sphinx.directives.other").addFilter(
    lambda record: getattr(record, "subtype", None) != "empty_glob"
)

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3


def setup(app: Sphinx) -> None:
    """Show Mermaid diagrams as their text: no page loads a script from elsewhere."""
    app.add_lexer("mermaid", TextLexer)


html_theme = "furo"
html_title = "ykt-sim"
