"""POST, PUT and DELETE, by the app or by a person in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from exact_emulator.administration import Administration
from exact_emulator.errors import ApiError, bad_request
from exact_emulator.judge import Judge
from exact_emulator.reading import Reading, child_endpoint
from exact_emulator.reference import Endpoint
from exact_emulator.rules import (
    DEFAULTS,
    UNIQUE_CODE,
    code_target,
    owner_property,
    reference_target,
)
from exact_emulator.settings import User
from exact_emulator.store import Row, Touch
from exact_emulator.texts import Complaints, refuse
from exact_emulator.values import json_date, pad

Handshake = Callable[[str], int]
"""Posts an empty body to a callback address and gives the status that came back."""

ADDRESS_FIELDS = ("Account", "Warehouse", "Type", "AddressLine1", "AddressLine2", "AddressLine3", "Postcode", "City",
                  "Country")  # fmt: skip


def read_body(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object; ApiError 400 if it is none."""
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise bad_request("Error processing request stream. The request body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise bad_request("Error processing request stream. The request should be a JSON object.")
    inner = data.get("d")
    return inner if len(data) == 1 and isinstance(inner, dict) else data


class Writing:
    """Changes the records of one administration, in the name of a user.

    Args:
        by: Who is written down as the maker: ``client:<id>`` or ``person``.
        handshake: How a new webhook subscription's address is tried; None accepts it untried.
    """

    def __init__(self, administration: Administration, who: User, by: str, handshake: Handshake | None = None) -> None:
        self.administration = administration
        self.settings = administration.settings
        self.who = who
        self.by = by
        self.handshake = handshake
        self.judge = Judge(administration)

    # -- the three verbs ------------------------------------------------------------------------------------------

    def create(self, endpoint: Endpoint, sent: Mapping[str, Any]) -> str:
        """Make a record and give its key.

        Raises:
            ApiError: 400 for a body that is wrong in itself, 500 with texts for one that breaks a rule.
        """
        administration = self.administration
        row = self.judge.read(endpoint, sent, creating=True)
        nested = {name: row.pop(name) for name in list(row) if endpoint.properties[name].collection}
        complaints = Complaints(self.settings.language)
        self._complete(endpoint, row)
        # Binary content is taken and never kept, but it was sent.
        unkept = {
            n: sent[n] for n, prop in endpoint.properties.items() if prop.type == "Binary" and prop.post and n in sent
        }
        self.judge.mandatory(endpoint, row | nested | unkept, complaints)
        self.judge.check(endpoint, row, row, complaints)
        if endpoint.table in UNIQUE_CODE and self.judge.code_taken(endpoint, row, None):
            complaints.add("exists")
        complaints.check()
        twin = self._twin(endpoint, row)
        if twin:
            return twin
        self._special(endpoint, row)
        now = json_date(administration.clock.wall_ms())
        stamped: Row = {
            "Created": now, "Modified": now, "Creator": self.who.id, "Modifier": self.who.id,
            "CreatorFullName": self.who.name, "ModifierFullName": self.who.name, "Division": administration.division,
        }  # fmt: skip
        row |= {name: value for name, value in stamped.items() if name in endpoint.properties}
        for name in endpoint.key:
            if row.get(name) is None:
                row[name] = self._new_key(endpoint, name)
        key = administration.table(endpoint.table).key_of(row)
        if key in administration.table(endpoint.table):
            raise refuse(self.settings.language, "exists")
        administration.put(endpoint, key, row, self._touched(Touch(created_by=self.by)))
        self._create_nested(endpoint, key, row, nested)
        return key

    def update(self, endpoint: Endpoint, key: str, sent: Mapping[str, Any], *, stamp: int | None = None) -> None:
        """Merge the sent properties into a record.

        Args:
            stamp: A row version handed out earlier, for a change that commits late.

        Raises:
            ApiError: As `create`; 404 for an unknown key.
        """
        table = self.administration.table(endpoint.table)
        row = table.get(key)
        if row is None:
            raise ApiError(404, f"Resource not found for the segment '{endpoint.resource}'.")
        change = self.judge.read(endpoint, sent, creating=False)
        for name in [n for n in change if n in endpoint.key]:
            del change[name]
        complaints = Complaints(self.settings.language)
        merged = row | change
        self.judge.check(endpoint, change, merged, complaints)
        for name, prop in endpoint.properties.items():
            if prop.mandatory and name in change and change[name] in (None, ""):
                complaints.add("mandatory", name)
        if endpoint.table in UNIQUE_CODE and change.get("Code") is not None:
            own = table.key_of(row) if endpoint.table not in self.settings.own_code_refused else None
            if self.judge.code_taken(endpoint, change, own):
                complaints.add("exists")
        complaints.check()
        self._mirror(endpoint, change, merged)
        now = json_date(self.administration.clock.wall_ms())
        stamped = {"Modified": now, "Modifier": self.who.id, "ModifierFullName": self.who.name}
        merged |= {name: value for name, value in stamped.items() if name in endpoint.properties}
        self._forget_borrowed(endpoint, change, merged)
        touch = table.touches.get(key) or Touch(created_by="seed")
        self.administration.put(endpoint, key, merged, self._touched(touch), stamp=stamp)

    def delete(self, endpoint: Endpoint, key: str) -> None:
        """Delete a record; ApiError 403 or 404 if it is unknown, 500 if others refer to it."""
        table = self.administration.table(endpoint.table)
        row = table.get(key)
        if row is None:
            status = self.settings.unknown_delete_status
            raise ApiError(status, "Forbidden" if status == 403 else f"Resource not found for the segment '{key}'.")
        users = self._users(endpoint, key, row)
        if users and self.settings.delete_with_children == "refuse":
            name = str(row.get("Code") or row.get("Description") or key).strip()
            names = ", ".join(sorted({user.resource for user, _ in users}))
            raise refuse(self.settings.language, "in_use", f"{endpoint.model} {name}", names)
        for user, theirs in users:
            for other in theirs:
                self.administration.remove(user, other, self.who)
        self.administration.remove(endpoint, key, self.who)

    # -- completing -----------------------------------------------------------------------------------------------

    def _complete(self, endpoint: Endpoint, row: Row) -> None:
        """Fill in what the server chooses itself."""
        defaults = DEFAULTS.get(endpoint.table)
        if defaults:
            for name, value in defaults(row, self.administration.clock, self.settings).items():
                if row.get(name) is None and name in endpoint.properties:
                    row[name] = value
        if endpoint.table in {"crm/Accounts", "crm/Contacts"} and row.get("Code") is None:
            row["Code"] = pad(str(self.administration.table(endpoint.table).highest_code() + 1), "left", 18)
        if endpoint.table == "logistics/Items":
            self._item_defaults(row)
        self._mirror(endpoint, row, row)

    def _item_defaults(self, row: Row) -> None:
        if not row.get("Unit"):
            units = self.administration.records("logistics/Units")
            row["Unit"] = next((u.get("Code") for u in units if u.get("Main")), None)
        if not row.get("ItemGroup"):
            groups = self.administration.records("logistics/ItemGroups")
            row["ItemGroup"] = next((g["ID"] for g in groups if g.get("IsDefault")), None)

    def _mirror(self, endpoint: Endpoint, change: Row, whole: Row) -> None:
        """Carry over what the server keeps in two places."""
        if endpoint.table == "crm/Contacts":
            for one, other in (("Email", "BusinessEmail"), ("BusinessEmail", "Email")):
                if one in change and other not in change:
                    whole[other] = change[one]
            if "BirthName" in change:
                whole["LastName"] = change["BirthName"]
            if "BirthNamePrefix" in change:
                whole["MiddleName"] = change["BirthNamePrefix"]
            names = (whole.get(n) for n in ("FirstName", "MiddleName", "LastName"))
            whole["FullName"] = " ".join(name for name in names if name)
        if endpoint.table == "crm/BankAccounts" and "BankAccount" in change:
            whole["IBAN"] = change["BankAccount"]

    def _forget_borrowed(self, endpoint: Endpoint, change: Row, merged: Row) -> None:
        """Drop stored copies of what a changed reference now gives otherwise."""
        for name, prop in endpoint.properties.items():
            copied = any(name.startswith(by) and name != by for by in change if reference_target(
                endpoint, endpoint.properties[by]) or code_target(endpoint, endpoint.properties[by]))  # fmt: skip
            if copied and not prop.post and not prop.put:
                merged.pop(name, None)

    def _twin(self, endpoint: Endpoint, row: Row) -> str | None:
        """Find an address equal to the one sent: the server gives that one instead of a second."""
        if endpoint.table != "crm/Addresses" or not row.get("Account"):
            return None
        table = self.administration.table(endpoint.table)
        for key in sorted(self.administration.look_up(endpoint, "Account", row["Account"]) or ()):
            other = table.get(key) or {}
            if all((other.get(name) or None) == (row.get(name) or None) for name in ADDRESS_FIELDS):
                return key
        return None

    def _special(self, endpoint: Endpoint, row: Row) -> None:
        """Do what only webhook subscriptions need: one per topic, and the address must answer."""
        if endpoint.table != "webhooks/WebhookSubscriptions":
            return
        language = self.settings.language
        same = [r for r in self.administration.records(endpoint.table) if r.get("Topic") == row.get("Topic")]
        if any(other.get("ClientID") == row.get("ClientID") for other in same):
            raise refuse(language, "exists")
        url = str(row["CallbackURL"])
        if self.settings.webhook_https and not url.lower().startswith("https://"):
            raise refuse(language, "invalid", "CallbackURL []")
        status = self.handshake(url) if self.handshake else 200
        if status != 200:
            raise refuse(language, "callback", str(status))

    def _new_key(self, endpoint: Endpoint, name: str) -> Any:
        if endpoint.properties[name].type == "Guid":
            return self.administration.new_guid()
        numbers = [row.get(name) for row in self.administration.records(endpoint.table)]
        return max((n for n in numbers if isinstance(n, int)), default=0) + 1

    def _create_nested(self, endpoint: Endpoint, key: str, row: Row, nested: Mapping[str, Any]) -> None:
        """Make the records that were sent inside their parent."""
        inline = {}
        for name, rows in nested.items():
            child = child_endpoint(self.administration, endpoint, endpoint.properties[name])
            owner = owner_property(endpoint, child) if child else None
            if child is None or owner is None:
                inline[name] = rows
                continue
            prop = replace(child.properties[owner], post=True, mandatory=False)
            writable = replace(child, properties={**child.properties, owner: prop})
            made: list[str] = []
            try:
                for line in rows:
                    made.append(self.create(writable, {**line, owner: key}))
            except ApiError:
                # One bad line refuses the whole.
                for child_key in made:
                    self.administration.undo(child, child_key)
                self.administration.undo(endpoint, key)
                raise
        if inline:
            touch = self.administration.table(endpoint.table).touches[key]
            self.administration.put(endpoint, key, row | inline, touch)

    def _touched(self, touch: Touch) -> Touch:
        person = self.by == "person"
        return Touch(
            created_by=touch.created_by,
            writes=touch.writes + 1,
            by_client=touch.by_client + (not person),
            by_person=touch.by_person + person,
        )

    def _users(self, endpoint: Endpoint, key: str, row: Row) -> list[tuple[Endpoint, set[str]]]:
        """List the records that refer to one, by endpoint."""
        found = []
        code = str(row.get("Code") or "").strip()
        for table in list(self.administration.tables().values()):
            user = table.endpoint
            keys: set[str] = set()
            for prop in user.properties.values():
                if not len(table):
                    continue
                if reference_target(user, prop) == endpoint.table:
                    keys |= self.administration.look_up(user, prop.name, key) or set()
                elif code and code_target(user, prop) == endpoint.table:
                    keys |= self.administration.look_up(user, prop.name, code) or set()
            keys -= {key} if user.name == endpoint.table else set()
            # A main contact belongs to its account; it does not stand in its own way.
            if keys and not (endpoint.table == "crm/Contacts" and user.name == "crm/Accounts"):
                found.append((user, keys))
        return found


def echo(reading: Reading, endpoint: Endpoint, key: str, *, representation: bool) -> dict[str, Any]:
    """Give the body that answers a POST.

    Without ``Prefer: return=representation`` only the key and the server's own defaults are filled; everything else is null,
    even what was sent.
    """
    shown = reading.show(endpoint, key)
    if representation:
        return shown
    administration = reading.administration
    defaults = DEFAULTS.get(endpoint.table)
    kept = set(defaults({}, administration.clock, administration.settings)) if defaults else set()
    kept |= {*endpoint.key, "__metadata", "Division"}
    return {n: v if n in kept or isinstance(v, dict) else None for n, v in shown.items()}
