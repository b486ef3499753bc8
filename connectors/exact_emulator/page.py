"""A page of a list, written straight from the stored texts: a thousand whole records in a few milliseconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from exact_emulator.present import Presenter, envelope, key_literal
from exact_emulator.store import SEPARATOR, to_text

_quote = json.JSONEncoder(ensure_ascii=True).encode
Extra = Callable[[str, list[str]], str]
"""Gives the text of a value that is not stored: from the record's key and its stored texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How records that fill the same properties are written.

    Attributes:
        text: The JSON of a record with a ``%s`` for each value.
        extras: Values that are not stored; they stand behind the stored ones.
        pick: Chooses from stored ones and extras in the order of the text.
    """

    text: str
    extras: tuple[Extra, ...]
    pick: Callable[[list[str]], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list.

    Attributes:
        bare: The request asked for no more than a page.
        next_url: Address of the next page, None on the last.
        count: All rows there are, where asked for.
    """

    presenter: Presenter
    keys: list[str]
    bare: bool
    next_url: str | None
    count: int | None

    def payload(self) -> dict[str, Any]:
        """Give the page as the objects its JSON shows."""
        rows = [self.presenter.show(key) for key in self.keys]
        return envelope(rows, bare=self.bare, next_url=self.next_url, count=self.count)

    def encode(self) -> bytes:
        """Write the page as JSON."""
        writer = Writer(self.presenter)
        rows = ",".join([writer.row(key) for key in self.keys])
        shell = json.dumps(
            envelope([], bare=self.bare, next_url=self.next_url, count=self.count), separators=(",", ":")
        )
        return shell.replace("[]", f"[{rows}]", 1).encode()


class Writer:
    """Writes records of one presenter."""

    def __init__(self, presenter: Presenter) -> None:
        self.presenter = presenter
        self.table = presenter.table
        self._layouts: dict[tuple[str, ...], Layout | None] = {}
        self._loans: dict[tuple[str, str], str] = {}

    def row(self, key: str) -> str:
        """Write one record."""
        names, joined = self.table.packed(key)
        if names not in self._layouts:
            self._layouts[names] = self._layout(names)
        layout = self._layouts[names]
        if layout is None:
            return (
                json.dumps(self.presenter.show(key), separators=(",", ":"))
                .replace('"/Date(', '"\\/Date(')
                .replace(')/"', ')\\/"')
            )
        values = joined.split(SEPARATOR)
        return layout.text % layout.pick(values + [extra(key, values) for extra in layout.extras])

    def _layout(self, names: tuple[str, ...]) -> Layout | None:
        """Make the layout of records that fill these properties; None if one must be written the long way."""
        presenter = self.presenter
        if presenter.expand:
            return None
        at = {name: number for number, name in enumerate(names)}
        lent = dict(presenter.lent)
        extras: list[Extra] = [self._uri(at)]
        parts, picks = [f'{{"__metadata":{{"uri":%s,"type":{_quote(presenter.type)}}}'], [len(names)]

        def add(name: str, extra: Extra | None) -> None:
            parts.append(f'"{name}":%s')
            picks.append(at[name] if extra is None else len(names) + len(extras))
            if extra is not None:
                extras.append(extra)

        unknown = [n for n in names if n not in presenter.endpoint.properties and n != "Timestamp"]
        for name in [*presenter.names, *(unknown if presenter.whole else ())]:
            prop = presenter.endpoint.properties.get(name)
            if prop is not None and prop.collection:
                add(name, self._deferred(at, name))
            elif name in at:
                add(name, None)
            elif name == "Timestamp":
                add(name, lambda key, values: f'"{self.table.stamp(key)}"')
            elif name in lent and lent[name] in at:
                add(name, self._loan(name, at[lent[name]]))
            else:
                parts.append(f'"{name}":null')
        text = ",".join(part.replace("%", "%%").replace("%%s", "%s") for part in parts) + "}"
        pick = itemgetter(*picks) if len(picks) > 1 else lambda values: (values[picks[0]],)
        return Layout(text=text, extras=tuple(extras), pick=pick)

    def _uri(self, at: dict[str, int]) -> Extra:
        """Give the writer of a record's address."""
        plain = self._address(at)
        return lambda key, values: _quote(plain(key, values))

    def _address(self, at: dict[str, int]) -> Extra:
        presenter = self.presenter
        name, kind = presenter.one_key or ("", "")
        if kind == "Guid" and name in at:
            place = at[name]
            return lambda key, values: f"{presenter.url}(guid'{values[place][1:-1]}')"
        if name == "Timestamp":
            return lambda key, values: f"{presenter.url}({self.table.stamp(key)}L)"
        return lambda key, values: f"{presenter.url}({key_literal(presenter.endpoint, self.table.get(key) or {})})"

    def _deferred(self, at: dict[str, int], name: str) -> Extra:
        address = self._address(at)
        return lambda key, values: f'{{"__deferred":{{"uri":{_quote(address(key, values) + "/" + name)}}}}}'

    def _loan(self, name: str, place: int) -> Extra:
        presenter = self.presenter

        def text(key: str, values: list[str]) -> str:
            # Many rows of a page refer to the same few records; whether one is a main contact is each one's own matter.
            loan = (name, values[place] if name != "IsMainContact" else key)
            if loan not in self._loans:
                row = self.table.get(key) or {}
                self._loans[loan] = to_text(presenter.administration.lend(presenter.endpoint, row, name))
            return self._loans[loan]

        return text
