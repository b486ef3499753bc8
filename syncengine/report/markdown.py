"""A run as Markdown, short enough for the summary of a CI step."""

from __future__ import annotations

import re
from typing import Final

from syncengine.report.pages import environment
from syncengine.report.view import View

MOST_BYTES: Final = 900_000
"""What such a summary takes is 1 MiB; a longer report is cut at a record and says so."""

_MEANT: Final = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~&$@:/.])")


def make_markdown(view: View) -> str:
    """Write a report."""
    pages = environment(html=False)
    pages.filters["md"] = escape
    template = pages.get_template("report.md")
    shown = list(view.rows)
    text = template.render(view=view, rows=shown, left_out=0)
    while len(text.encode()) > MOST_BYTES and shown:
        shown = shown[: len(shown) // 2]
        text = template.render(view=view, rows=shown, left_out=len(view.rows) - len(shown))
    return text


def escape(text: object) -> str:
    """Text that Markdown shows as it is: no markup, no link, no mention."""
    return _MEANT.sub(r"\\\1", str(text).replace("\n", " "))
