"""The templates of reports, and what may stand in them."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from syncengine.model.operation import Action
from syncengine.report.text import summary


def environment(*, html: bool) -> Environment:
    """Where templates are found; HTML is escaped by itself, and a name that does not exist is an error."""
    made = Environment(
        loader=PackageLoader("syncengine.report", "templates"),
        autoescape=select_autoescape(["html"], default=html),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    given: dict[str, Any] = {"summary": summary, "Action": Action, "marks": MARKS}
    made.globals.update(given)
    return made


MARKS = {"+": "create", "~": "update", "-": "delete", "!": "waits"}
"""Mark → word, for readers who do not see the mark."""
