"""Records and answers in the forms the server sends: JSON of OData 2, or Atom XML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from exact_emulator.administration import Administration
from exact_emulator.call import Answer
from exact_emulator.clock import EPOCH
from exact_emulator.reference import Endpoint, Property
from exact_emulator.rules import borrowed
from exact_emulator.store import Row
from exact_emulator.values import FIRST_MS, LAST_MS, date_ms

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DATE = re.compile(r'"/Date\((-?\d+)\)/"')
Expander = Callable[[Row, Property], list[dict[str, Any]]]


def encode(payload: dict[str, Any]) -> bytes:
    """Write JSON as the server does: slashes in dates are escaped."""
    return _DATE.sub(r'"\\/Date(\1)\\/"', _encode(payload)).encode("utf-8", "replace")


def literal(kind: str, value: Any) -> str:
    """Write a stored value as an OData literal, as in a key or a skip token."""
    if value is None:
        return "null"
    if kind == "Guid":
        return f"guid'{value}'"
    if kind == "DateTime":
        return f"datetime'{iso_of(value)}'"
    if kind == "Int64":
        return f"{value}L"
    if kind == "String":
        return "'" + str(value).replace("'", "''") + "'"
    return str(value).lower() if isinstance(value, bool) else str(value)


def iso_of(stored: str) -> str:
    """Write a stored date in ISO form, on the same local scale; what a seed holds and is no date stays as it is."""
    try:
        ms = min(max(date_ms(str(stored)), FIRST_MS), LAST_MS)
    except ValueError:
        return str(stored)
    return (EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec="milliseconds")


def key_literals(endpoint: Endpoint, row: Mapping[str, Any]) -> dict[str, str]:
    """Write the parts of a record's key as literals, by name."""
    return {n: literal(endpoint.properties[n].type, row.get(n)) for n in endpoint.key if n in endpoint.properties}


def key_literal(endpoint: Endpoint, row: Mapping[str, Any]) -> str:
    """Write what stands between the parentheses of a record's address."""
    parts = key_literals(endpoint, row)
    return next(iter(parts.values())) if len(parts) == 1 else ",".join(f"{n}={text}" for n, text in parts.items())


class Presenter:
    """Shows the records of one endpoint in one request."""

    def __init__(
        self, administration: Administration, endpoint: Endpoint, host: str, select: Iterable[str],
        expand: tuple[str, ...] = (), expander: Expander | None = None,
    ) -> None:  # fmt: skip
        self.administration = administration
        self.endpoint = endpoint
        self.table = administration.table(endpoint.table)
        self.url = host + endpoint.uri.replace("{division}", str(administration.division))
        self.expand = expand
        self.expander = expander
        chosen = set(select) | set(expand) if select else set(endpoint.properties)
        self.whole = not select
        keys = [name for name in endpoint.key if name in chosen]
        self.names = [*keys, *(n for n in endpoint.properties if n in chosen and n not in keys)]
        self.template: dict[str, Any] = {"__metadata": None, **dict.fromkeys(self.names)}
        self.lists = [p for n in self.names if (p := endpoint.properties[n]).collection]
        lent = borrowed(administration.reference, endpoint)
        self.lent = [(n, by) for n, (by, *_) in lent.items() if n in chosen]
        keyed = [(name, prop.type) for name, prop in endpoint.properties.items() if name in endpoint.key]
        self.one_key = keyed[0] if len(keyed) == 1 else None
        self.type = f"Exact.Web.Api.Models.{endpoint.model}"
        self.versioned = "Timestamp" in endpoint.properties

    def show(self, key: str, row: Row | None = None) -> dict[str, Any]:
        """Show one record; ``row`` in place of the stored one."""
        if row is None:
            row = self.table.get(key) or {}
        if self.versioned:
            row["Timestamp"] = str(self.table.stamp(key))
        shown = dict(self.template)
        if self.whole:
            # A seed may carry properties the reference does not know; the server would show those too.
            shown.update(row)
        else:
            get = row.get
            for name in self.names:
                shown[name] = get(name)
        for name, by in self.lent:
            if shown[name] is None and row.get(by) is not None:
                shown[name] = self.administration.lend(self.endpoint, row, name)
        uri = f"{self.url}({self._key(row)})"
        shown["__metadata"] = {"uri": uri, "type": self.type}
        for prop in self.lists:
            if prop.name in self.expand and self.expander:
                shown[prop.name] = {"results": self.expander(row, prop)}
            else:
                shown[prop.name] = {"__deferred": {"uri": f"{uri}/{prop.name}"}}
        return shown

    def _key(self, row: Row) -> str:
        if self.one_key is None:
            return key_literal(self.endpoint, row)
        name, kind = self.one_key
        return literal(kind, row.get(name))


def envelope(rows: list[dict[str, Any]], *, bare: bool, next_url: str | None, count: int | None) -> dict[str, Any]:
    """Put a list into its envelope.

    Args:
        bare: The request asked for no more than a page (``$top``): a plain array, unless a count is wanted.
    """
    if bare and count is None and next_url is None:
        return {"d": rows}
    d: dict[str, Any] = {"results": rows}
    if count is not None:
        d["__count"] = str(count)
    if next_url is not None:
        d["__next"] = next_url
    return {"d": d}


def error_answer(status: int, message: str | None, headers: Mapping[str, str]) -> Answer:
    """Make the answer of a refusal; without a message its body is empty."""
    payload = None if message is None else {"error": {"code": "", "message": {"lang": "", "value": message}}}
    return Answer(status=status, payload=payload, headers=dict(headers))


# -- Atom ---------------------------------------------------------------------------------------------------------

_FEED_NS = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
    'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
)


def atom(payload: dict[str, Any], endpoint: Endpoint | None) -> str:
    """Write a JSON answer as the Atom XML that a client without an Accept header gets."""
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    if "error" in payload:
        text = escape(payload["error"]["message"]["value"])
        return (
            f'{head}<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
            f'<code></code><message xml:lang="">{text}</message></error>'
        )
    d = payload["d"]
    if isinstance(d, dict) and "results" not in d:
        return head + _entry(d, endpoint, _FEED_NS)
    rows = d["results"] if isinstance(d, dict) else d
    parts = [head, f"<feed {_FEED_NS}>"]
    if isinstance(d, dict) and "__count" in d:
        parts.append(f"<m:count>{d['__count']}</m:count>")
    parts += [_entry(row, endpoint, "") for row in rows]
    if isinstance(d, dict) and "__next" in d:
        parts.append(f'<link rel="next" href={quoteattr(d["__next"])} />')
    return "".join([*parts, "</feed>"])


def _entry(row: dict[str, Any], endpoint: Endpoint | None, namespaces: str) -> str:
    meta = row.get("__metadata") or {"uri": "", "type": ""}
    types = endpoint.properties if endpoint else {}
    fields = []
    for name, value in row.items():
        if name == "__metadata" or isinstance(value, dict):
            continue
        kind = types[name].type if name in types else "String"
        typed = "" if kind == "String" else f' m:type="Edm.{kind}"'
        if value is None:
            fields.append(f'<d:{name}{typed} m:null="true" />')
            continue
        text = iso_of(value) if kind == "DateTime" else literal("Boolean", value)
        fields.append(f"<d:{name}{typed}>{escape(text)}</d:{name}>")
    return (
        f"<entry {namespaces}><id>{escape(meta['uri'])}</id><category term={quoteattr(meta['type'])} "
        'scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme" />'
        f'<content type="application/xml"><m:properties>{"".join(fields)}</m:properties></content></entry>'
    )
