"""What can be said of CSV files in ``sync.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncengine.errors import UserError
from syncengine_connectors.csv.files import place

ENCODINGS = (
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"),
    *("iso-8859-1", "iso-8859-15", "cp1250", "cp850"),
)
"""ASCII inside, so that delimiters are bytes; UTF-16 is turned into UTF-8 on the way in and back on the way out."""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "\\t": "\t"}
NEWLINES = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}

_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
_KEY = {"anyOf": [{"type": "string", "minLength": 1}, _NAMES]}

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1, "description": "one file; the resource is its name without .csv"},
        "folder": {"type": "string", "minLength": 1, "description": "a folder: every *.csv in it is a resource"},
        "files": {
            "type": "object",
            "additionalProperties": {"type": "string", "minLength": 1},
            "description": "resource: file, inside `folder` if that is given",
        },
        "encoding": {"enum": list(ENCODINGS), "description": "told from the file if left out"},
        "delimiter": {
            "anyOf": [{"enum": list(DELIMITERS)}, {"type": "string", "minLength": 1, "maxLength": 1}],
            "description": "one character, or comma, semicolon, tab, pipe; told from the file if left out",
        },
        "quote": {"type": "string", "maxLength": 1, "description": 'one character, " if left out; "" for none'},
        "newline": {"enum": list(NEWLINES), "description": "ends new rows; told from the file if left out"},
        "key": {
            "anyOf": [_KEY, {"type": "object", "additionalProperties": _KEY}],
            "description": "the column (or columns) that make the id, or resource: columns; the first column if left out",
        },
        "new_id": {
            "enum": ["uuid", "next"],
            "description": "gives new rows an id: a random one, or the highest number so far plus one",
        },
        "quiet": {
            "type": "number",
            "minimum": 0,
            "description": "seconds a file must have been left alone before it is read; 0 if left out",
        },
    },
    "anyOf": [{"required": ["path"]}, {"required": ["folder"]}, {"required": ["files"]}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What was said of one file.

    Attributes:
        encoding, delimiter, quote, newline: None: told from the file.
        key: The columns that make the id; empty: the first one.
        new_id: "" if a new row must bring its id.
        quiet: Seconds since the last change before the file is read.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    newline: str | None = None
    key: tuple[str, ...] = ()
    new_id: str = ""
    quiet: float = 0.0


def settings(options: Mapping[str, Any], resource: str) -> Settings:
    """Pick what holds for one resource.

    Raises:
        UserError: Two marks are the same character, or a mark can be none.
    """
    delimiter, key = options.get("delimiter"), options.get("key", ())
    if isinstance(key, Mapping):
        key = key.get(resource, ())
    chosen = Settings(
        encoding=options.get("encoding"),
        delimiter=DELIMITERS.get(delimiter, delimiter) if delimiter is not None else None,
        quote=options.get("quote", '"'),
        newline=NEWLINES[options["newline"]] if "newline" in options else None,
        key=(key,) if isinstance(key, str) else tuple(key),
        new_id=options.get("new_id", ""),
        quiet=float(options.get("quiet", 0)),
    )
    for what, mark in (("delimiter", chosen.delimiter), ("quote", chosen.quote)):
        if mark and (mark in "\r\n\0 " or not mark.isascii() or mark.isalnum()):
            raise UserError(f"csv: {what} {mark!r} cannot mark off cells. Use a punctuation mark such as ; or a tab.")
    if chosen.delimiter and chosen.delimiter == chosen.quote:
        raise UserError(f"csv: delimiter and quote are both {chosen.quote!r}.")
    return chosen


def listed(options: Mapping[str, Any], root: Path) -> Mapping[str, str]:
    """Resource → its file, as a path from the project's folder; sorted by name.

    Raises:
        UserError: The folder is missing or leads outside the project.
    """
    found: dict[str, str] = {}
    folder = options.get("folder", "")
    if folder and not (where := place(root, folder).path).is_dir():
        raise UserError(f"{folder}: there is no such folder ({where}). Nothing was read.")
    if folder:
        found |= {file.stem: str(Path(folder) / file.name) for file in _csv_files(where)}
    if "path" in options:
        found[Path(options["path"]).stem] = options["path"]
    found |= {name: str(Path(folder) / file) for name, file in options.get("files", {}).items()}
    return dict(sorted(found.items()))


def _csv_files(folder: Path) -> Sequence[Path]:
    return [
        file for file in folder.iterdir() if file.suffix.lower() == ".csv" and not file.name.startswith((".", "~$"))
    ]
