"""Cleaning of written text: invisible characters, odd spaces, wide digits, accents, text decoded with the wrong table."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63], "-")
_QUOTES = dict.fromkeys([0x2018, 0x2019, 0x201B, 0x2032, 0x60, 0xB4, 0x2BC], "'")
_LETTERS = str.maketrans(
    {"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ĳ": "ij"}
)
_SPACES = re.compile(r"\s+")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_HIGH_RUN = re.compile(r"[^\x00-\x7f]{2,}")


def clean(raw: str) -> str:
    """NFC text without invisible characters, every run of white space one space, ends stripped. Nothing visible changes."""
    if raw.isascii() and raw.isprintable():
        return raw.strip() if "  " not in raw else _SPACES.sub(" ", raw).strip()
    text = unicodedata.normalize("NFC", raw).translate(_INVISIBLE)
    text = "".join(" " if unicodedata.category(ch) in ("Cc", "Zs", "Zl", "Zp") else ch for ch in text)
    return _SPACES.sub(" ", text).strip()


def stripped(raw: str) -> str:
    """NFC text whose ends are free of spaces and invisible characters; the inside as it is."""
    if raw.isascii():
        return raw.strip()
    text = unicodedata.normalize("NFC", raw)
    start, end = 0, len(text)
    while start < end and _blank(text[start]):
        start += 1
    while end > start and _blank(text[end - 1]):
        end -= 1
    return text[start:end]


def _blank(ch: str) -> bool:
    return ch.isspace() or ord(ch) in _INVISIBLE


def plain(raw: str) -> tuple[str, bool]:
    """Clean text whose full-width characters, dashes and apostrophes are the ASCII ones; and whether a full-width one was met.

    For identifiers only: no other look-alike (Cyrillic А, Arabic digits) is touched, for that would be a guess.
    """
    text = clean(raw)
    if text.isascii():
        return text, False
    narrow = text.translate(_WIDE)
    return clean(narrow.translate(_DASHES).translate(_QUOTES)), narrow != text


def fold(text: str) -> str:
    """Case and accents taken off, for comparing: ``Coöperatie`` and ``COOPERATIE`` give ``cooperatie``."""
    low = text.casefold()
    if low.isascii():
        return low
    # Compatibility forms first (a letter of mathematics is a letter), then case, then the letters that have no accent to take off.
    low = unicodedata.normalize("NFKD", low).casefold().translate(_DASHES).translate(_QUOTES).translate(_LETTERS)
    return "".join(ch for ch in unicodedata.normalize("NFKD", low) if unicodedata.category(ch) != "Mn")


def unescape(text: str) -> str:
    """HTML entities as characters; text without a complete entity is unchanged."""
    if "&" not in text or not _ENTITY.search(text):
        return text
    from html import unescape as decoded  # a table of two thousand names, and few texts hold one

    return decoded(text)


def _as_bytes(run: str) -> bytes:
    # cp1252 leaves five bytes undefined; programs that read it pass those through as C1 controls.
    return b"".join(ch.encode("latin-1" if "\x80" <= ch <= "\x9f" else "cp1252") for ch in run)


def _decoded(match: re.Match[str]) -> str:
    run = match.group()
    try:
        return _as_bytes(run).decode("utf-8")
    except UnicodeError:
        return run


def mended(text: str) -> str:
    """Undo UTF-8 read as cp1252, up to three times over; a run that is no UTF-8 stays as it is.

    Two adjacent letters that happen to be valid UTF-8 bytes (``Ã¶``) do not occur in names of the languages we serve.
    """
    for _ in range(3):
        if text.isascii():
            return text
        better = _HIGH_RUN.sub(_decoded, text)
        if better == text:
            return text
        text = better
    return text


def readable(raw: str) -> str:
    """Clean text with encoding and HTML mended, over and over until nothing is left to mend (five rounds at most)."""
    text = clean(unescape(mended(raw)))
    for _ in range(4):
        if text.isascii() and "&" not in text:
            break
        better = clean(unescape(mended(text)))
        if better == text:
            break
        text = better
    return text
