"""Sending one operation, once, with no more in it than it changes."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from syncengine.errors import Rejected, Stale, Uncertain, Unreadable
from syncengine.model.operation import Action, Operation, Pending, Written
from syncengine.model.record import ABSENT, Record
from syncengine.model.resource import Resource
from syncengine_connectors.exact import odata, values
from syncengine_connectors.exact.catalogue import Endpoint
from syncengine_connectors.exact.looking import Looker
from syncengine_connectors.exact.options import Codes
from syncengine_connectors.exact.resources import NEVER_SENT, OWN_CODES, UNIQUE
from syncengine_connectors.exact.rows import id_of, record_of
from syncengine_connectors.exact.session import Session
from syncengine_connectors.http import Answer
from syncengine_connectors.http import Unreadable as UnreadableBody

CODE: Final = "Code"


def new_code(operation: Operation, codes: Codes) -> str:
    """A code for a record that has none: the same operation always gets the same one.

    Nothing need be remembered for it: after a crash ``find`` makes the same code again and looks for it.
    """
    number = int.from_bytes(sha256(b"code of " + operation.key.encode()).digest(), "big")
    return str(codes.first + number % (codes.last - codes.first + 1))


def own_code(operation: Operation, endpoint: Endpoint, codes: Codes | None) -> str | None:
    """The code we give a record that an operation creates; None if the operation sets one, or none is given."""
    if codes is None or operation.action is not Action.CREATE or (endpoint.path, CODE) not in OWN_CODES:
        return None
    return new_code(operation, codes) if operation.values.get(CODE) in (None, ABSENT) else None


class Writer:
    """Writes to one administration."""

    def __init__(self, session: Session, looker: Looker, *, codes: Codes | None) -> None:
        self._session = session
        self._looker = looker
        self._codes = codes

    def write(self, operation: Operation, endpoint: Endpoint, resource: Resource) -> Written:
        """Do one operation.

        Raises:
            Transient, Rejected, Stale, Uncertain, LoginError: What became of it instead.
        """
        _permit(operation, resource)
        if operation.action is Action.DELETE:
            return self._delete(operation, endpoint, resource)
        body = body_of(operation, endpoint, resource)
        if operation.action is Action.UPDATE:
            return self._update(operation, endpoint, resource, body)
        if code := own_code(operation, endpoint, self._codes):
            body[CODE] = code
        _complete(body, operation, resource)
        return self._create(operation, endpoint, resource, body)

    def _create(self, operation: Operation, endpoint: Endpoint, resource: Resource, body: Mapping[str, Any]) -> Written:
        answer = self._session.change("POST", endpoint.path, self._session.path(endpoint.uri), odata.encode(body))
        row = _row(answer)
        id = id_of(endpoint, row)
        if id is None:
            raise Uncertain(
                f"POST {endpoint.path}: answered {answer.status}, but shows no record", status=str(answer.status)
            )
        return Written(id=id, record=_shown(operation, endpoint, resource, row, body))

    def _update(self, operation: Operation, endpoint: Endpoint, resource: Resource, body: Mapping[str, Any]) -> Written:
        if not body:
            return Written(id=operation.id)
        try:
            self._session.change("PUT", endpoint.path, self._address(operation, endpoint), odata.encode(body))
        except Rejected as error:
            if error.status == "404":
                raise Stale(
                    f"exact.{resource.name} {operation.id} is not there any more; nothing was written",
                    status=error.status,
                    answer=error.answer,
                ) from error
            raise
        return Written(id=operation.id)

    def _delete(self, operation: Operation, endpoint: Endpoint, resource: Resource) -> Written:
        try:
            self._session.change("DELETE", endpoint.path, self._address(operation, endpoint))
        except Rejected as error:
            # What is not there is refused with 403 or 404, like what may not be deleted: only a look tells them apart.
            if error.status not in ("403", "404") or self._looker.by_ids(
                resource, endpoint, endpoint.key, [operation.id]
            ):
                raise
        return Written(id=operation.id)

    def _address(self, operation: Operation, endpoint: Endpoint) -> str:
        try:
            return self._session.path(endpoint.uri) + odata.address(endpoint, operation.id)
        except ValueError as error:
            raise Rejected(
                f"exact {endpoint.path}: {operation.id!r} is no id here: {error}; nothing was sent"
            ) from None


def _permit(operation: Operation, resource: Resource) -> None:
    """Refuse what Exact lets nobody do.

    Raises:
        Rejected: Nothing was sent.
    """
    able = {Action.CREATE: resource.create, Action.UPDATE: resource.update, Action.DELETE: resource.delete}
    if not able[operation.action]:
        raise Rejected(f"exact.{resource.name}: Exact lets nobody {operation.action} these; nothing was sent")


def body_of(operation: Operation, endpoint: Endpoint, resource: Resource) -> dict[str, Any]:
    """What to send: every field known, allowed and of its type; the record's own unchanged code left out.

    Raises:
        Rejected: Names the field; nothing was sent.
    """
    body: dict[str, Any] = {}
    for name, value in operation.values.items():
        if value is ABSENT:
            continue
        if isinstance(value, Pending):
            raise _refuse(resource, name, "the record it refers to is not there yet")
        _allow(operation, endpoint, resource, name)
        if (
            operation.action is Action.UPDATE
            and (endpoint.path, name) in UNIQUE
            and operation.expected.get(name) == value
        ):
            # Exact refuses an update that repeats the record's own code: "data already exists".
            continue
        try:
            body[name] = values.write(endpoint.properties[name], value)
        except ValueError as error:
            raise _refuse(resource, name, str(error)) from None
    return body


def _complete(body: Mapping[str, Any], operation: Operation, resource: Resource) -> None:
    """Refuse a create that Exact would surely refuse: its error would count towards the limit of errors.

    Raises:
        Rejected: Names the first field that is missing.
    """
    if operation.action is Action.CREATE:
        for name, facts in resource.fields.items():
            if facts.required and facts.creatable and body.get(name) in (None, ""):
                raise _refuse(resource, name, "Exact creates no record without it")


def _allow(operation: Operation, endpoint: Endpoint, resource: Resource, name: str) -> None:
    """Let a field pass that may be sent.

    Raises:
        Rejected: It may not; nothing was sent.
    """
    facts = resource.fields.get(name)
    if facts is None:
        raise _refuse(resource, name, "Exact has no such field")
    if why := NEVER_SENT.get((endpoint.path, name)):
        raise _refuse(resource, name, f"never sent, because {why}")
    create = operation.action is Action.CREATE
    if not (facts.creatable if create else facts.updatable):
        raise _refuse(resource, name, f"Exact takes no value for it on {'a create' if create else 'an update'}")


def _refuse(resource: Resource, name: str, why: str) -> Rejected:
    return Rejected(f"exact.{resource.name}.{name}: {why}; nothing was sent", field=name)


def _row(answer: Answer) -> Any:
    """The record an answer to a create shows.

    Raises:
        Uncertain: It shows none: something was made, and nobody says what.
    """
    try:
        found = answer.json()
    except UnreadableBody as error:
        raise Uncertain(f"the create was answered {answer.status} with {error}", status=str(answer.status)) from None
    content = found.get("d") if isinstance(found, Mapping) else None
    if isinstance(content, Mapping) and isinstance(content.get("results"), list):
        content = content["results"]
    return content[0] if isinstance(content, list) and content else content


def _shown(
    operation: Operation, endpoint: Endpoint, resource: Resource, row: Any, body: Mapping[str, Any]
) -> Record | None:
    """The record as the side shows it; None if the answer is only a sketch of it, with nothing of what was sent."""
    sent = [name for name, value in body.items() if value not in (None, "")]
    if sent and all(row.get(name) in (None, "") for name in sent):
        return None
    try:
        return record_of(operation.resource, endpoint, row, resource.fields)
    except Unreadable:
        return None
