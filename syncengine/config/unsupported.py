"""Keys that the language has and this version does not act on yet: refused at ``check``, so that none is ever ignored.

A row goes when the feature lands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from syncengine.config.document import Document
from syncengine.config.judge import Judge

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """One thing that can be written and does not work yet.

    Attributes:
        what: What it is, as the message names it.
        found: Gives the places in a document where it stands.
        instead: What to do meanwhile.
    """

    what: str
    found: Callable[[Document], Iterator[Path]]
    instead: str


def _kept_reports(document: Document) -> Iterator[Path]:
    for key in ("formats", "path"):
        if key in document.report.model_fields_set:
            yield ("report", key)


def _report_mask(document: Document) -> Iterator[Path]:
    if document.report.mask != "auto":
        yield ("report", "mask")


TABLE: Final[Sequence[Unsupported]] = (
    Unsupported(
        what="keeping reports of each run",
        found=_kept_reports,
        instead="Ask for one with the options of sync plan and sync run",
    ),
    Unsupported(
        what="masking for all reports alike",
        found=_report_mask,
        instead="Say mask: true or false with the fields, or under defaults",
    ),
)


def check_supported(judge: Judge, table: Sequence[Unsupported] = TABLE) -> None:
    """Note every place where a document asks for what does not work yet."""
    for row in table:
        for path in row.found(judge.document):
            judge.fault(path, f"{row.what} is not supported yet. {row.instead}")
