"""Subscriptions to changes: list, make, remove. The receiver's part is in ``events``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from syncengine.connector import Query
from syncengine.errors import ConnectorError, Rejected, Uncertain, UserError
from syncengine.model.operation import Action, Operation, Written
from syncengine.model.record import Record, Side
from syncengine.ports import Ports
from syncengine_connectors.exact.catalogue import Catalogue
from syncengine_connectors.exact.connector import Exact
from syncengine_connectors.exact.options import Settings, read_settings

Row = Mapping[str, str]

RESOURCE: Final = "WebhookSubscriptions"
_FIELDS: Final = ("Topic", "CallbackURL", "Created")


def run(options: Mapping[str, Any], ports: Ports, ask: Mapping[str, Any]) -> Sequence[Row]:
    """List, make or remove subscriptions of this app in the pinned administration.

    Args:
        ask: ``action`` (``list``, ``subscribe``, ``remove``), and for the latter two ``topics`` (for ``remove``: or ids; empty for all),
            for ``subscribe`` also ``url``.

    Returns:
        One row per subscription that is there, was made or was removed: ``id``, ``topic``, ``url``, ``created``.

    Raises:
        UserError: An unknown topic, an address Exact cannot reach, or its own refusal.
        Transient, LoginError: As any call.
    """
    settings = read_settings(options)
    side = Exact(settings, ports)
    try:
        wanted = tuple(ask.get("topics", ()))
        if ask["action"] == "subscribe":
            return [_subscribe(side, topic, _address(str(ask["url"]), settings)) for topic in _topics(wanted)]
        there = _list(side)
        return there if ask["action"] == "list" else _remove(side, there, wanted)
    finally:
        side.close()


def _list(side: Exact) -> list[Row]:
    query = Query(resource=RESOURCE, fields=_FIELDS)
    found = [side.parse(query, row) for page in side.pull(query, None) for row in page.rows]
    return sorted((_row(record) for record in found), key=lambda row: (row["topic"], row["id"]))


def _subscribe(side: Exact, topic: str, url: str) -> Row:
    values = {"Topic": topic, "CallbackURL": url}
    operation = _operation(Action.CREATE, key=f"subscribe {topic} {url}", values=values)
    (outcome,) = side.write([operation])
    if isinstance(outcome, Uncertain) and not outcome.structured:
        # No believable answer: what counts is what is there now.
        outcome = next((Written(id=r["id"]) for r in _list(side) if (r["topic"], r["url"]) == (topic, url)), outcome)
    if isinstance(outcome, Written):
        return {"id": outcome.id, "topic": topic, "url": url, "created": ""}
    raise _refusal(outcome, f"Exact did not subscribe {topic}")


def _remove(side: Exact, there: Sequence[Row], wanted: Sequence[str]) -> list[Row]:
    known = {row["id"] for row in there} | {row["topic"] for row in there}
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(f"There is no subscription {', '.join(unknown)}; nothing was removed. See: sync webhooks list")
    gone = [row for row in there if not wanted or row["id"] in wanted or row["topic"] in wanted]
    for row in gone:
        (outcome,) = side.write([_operation(Action.DELETE, key=f"remove {row['id']}", id=row["id"])])
        if isinstance(outcome, ConnectorError):
            raise _refusal(outcome, f"Exact did not remove the subscription to {row['topic']}")
    return gone


def _operation(action: Action, **more: Any) -> Operation:
    return Operation(entity="", side=Side.RIGHT, resource=RESOURCE, action=action, **more)


def _refusal(outcome: ConnectorError | Written, what: str) -> Exception:
    """A refusal in Exact's own words; anything that may pass stays what it is."""
    if isinstance(outcome, Rejected) or (isinstance(outcome, Uncertain) and outcome.structured):
        return UserError(f"{what}: {outcome.answer or outcome}")
    assert isinstance(outcome, ConnectorError)
    return outcome


def _row(record: Record) -> Row:
    shown = {name: str(record.get(name) or "") for name in _FIELDS}
    return {"id": record.id, "topic": shown["Topic"], "url": shown["CallbackURL"], "created": shown["Created"]}


def _topics(wanted: Sequence[str]) -> Sequence[str]:
    """The topics as Exact spells them.

    Raises:
        UserError: There is no such topic.
    """
    known = {topic.lower(): topic for topic in Catalogue.shipped().topics}
    if unknown := [name for name in wanted if name.lower() not in known]:
        raise UserError(
            f"Exact has no topic {', '.join(unknown)}; nothing was subscribed. It has: {', '.join(sorted(known.values()))}"
        )
    return [known[name.lower()] for name in wanted]


def _address(url: str, settings: Settings) -> str:
    """The address, if Exact can call it.

    Raises:
        UserError: It is not a public https address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise UserError(
            f"{url!r} is no address that Exact calls: it must be https and public, without user or password"
        )
    if not settings.local and (parts.hostname == "localhost" or "." not in parts.hostname):
        raise UserError(f"{url!r} is not public: Exact tries it at once, and refuses what it cannot reach")
    return url
