"""What was sent, read and judged: types, permissions, mandatory fields, references, lengths and single rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exact_emulator.administration import Administration
from exact_emulator.errors import ApiError, bad_request
from exact_emulator.reference import Endpoint, Property
from exact_emulator.rules import CURRENCIES, STATES, code_target, reference_target
from exact_emulator.store import Row
from exact_emulator.texts import Complaints
from exact_emulator.values import coerce, pad


class Judge:
    """Judges what is sent to one administration; changes nothing in it."""

    def __init__(self, administration: Administration) -> None:
        self.administration = administration
        self.settings = administration.settings

    # -- reading what was sent ------------------------------------------------------------------------------------

    def read(self, endpoint: Endpoint, sent: Mapping[str, Any], *, creating: bool) -> Row:
        """Keep the properties that may be written, as stored values."""
        row: Row = {}
        for name, value in sent.items():
            if name == "__metadata":
                continue
            prop = endpoint.properties.get(name)
            if prop is None:
                raise bad_request(
                    f"Error processing request stream. The property name '{name}' specified for type "
                    f"'Exact.Web.Api.Models.{endpoint.model}' is not valid."
                )
            if not (prop.post if creating else prop.put):
                continue
            stored = self._value(endpoint, prop, value)
            # Binary content is taken and never shown again.
            if prop.type != "Binary":
                row[name] = stored
        return row

    def _value(self, endpoint: Endpoint, prop: Property, value: Any) -> Any:
        if prop.type.endswith(")"):
            rows = value.get("results") if isinstance(value, dict) else value
            if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
                raise _wrong_type(prop)
            return rows
        try:
            stored = coerce(prop.type, value, self.administration.clock.zone, z_shifts=self.settings.z_shifts)
        except (ValueError, TypeError, OverflowError):
            raise _wrong_type(prop) from None
        return stored

    def _fit(self, prop: Property, value: str) -> str | None:
        """Pad a text and hold it to its length; None if it is refused."""
        if prop.pad:
            value = value.strip() if prop.pad[0] == "left" else value.rstrip()
        for limit, manner in ((prop.length, self.settings.long_text), (prop.length_hint, self.settings.long_text_hint)):
            if limit is not None and len(value) > limit and manner != "keep":
                if manner == "refuse":
                    return None
                value = value[:limit]
        return pad(value, *prop.pad) if prop.pad and value else value

    # -- judging --------------------------------------------------------------------------------------------------

    def mandatory(self, endpoint: Endpoint, row: Row, complaints: Complaints) -> None:
        for name, prop in endpoint.properties.items():
            if prop.mandatory and row.get(name) in (None, "", []):
                complaints.add("mandatory", name)
            if prop.one_of and prop.one_of[0] == name and all(row.get(n) in (None, "") for n in prop.one_of):
                complaints.add("mandatory", name)

    def check(self, endpoint: Endpoint, change: Row, whole: Row, complaints: Complaints) -> None:
        """Check references, lengths and single rules; pads and drops values in place."""
        for name, value in list(change.items()):
            prop = endpoint.properties[name]
            if value is None or prop.collection:
                continue
            if isinstance(value, str) and prop.type == "String":
                fitted = self._fit(prop, value)
                if fitted is None:
                    complaints.add("invalid", f"{name} []")
                    continue
                value = change[name] = whole[name] = fitted
            if not self._reference_holds(endpoint, prop, value):
                if self._lives_elsewhere(endpoint, prop, value):
                    change[name] = whole[name] = None
                else:
                    complaints.add("reference", name)
            if name in CURRENCIES and value not in self.settings.active_currencies:
                change[name] = whole[name] = None
        self._account_rules(endpoint, change, whole, complaints)
        self._single_rules(endpoint, change, complaints)

    def _account_rules(self, endpoint: Endpoint, change: Row, whole: Row, complaints: Complaints) -> None:
        if endpoint.table != "crm/Accounts":
            return
        if change.get("Status") and change["Status"] not in {"A", "S", "P", "C"}:
            complaints.add("invalid", "Status []")
        if change.get("Code") and not str(change["Code"]).strip().isdecimal():
            complaints.add("invalid", "Code []")
        states = STATES.get(str(whole.get("Country") or self.settings.country).strip())
        if change.get("State") and states is not None and str(change["State"]).strip() not in states:
            complaints.add("reference", "State")

    def _single_rules(self, endpoint: Endpoint, change: Row, complaints: Complaints) -> None:
        """Refuse what is known of one resource only."""
        obsolete = ("IsSerialNumberItem", "IsBatchNumberItem")
        if endpoint.table == "logistics/Items" and any(name in change and change[name] is None for name in obsolete):
            complaints.add("mandatory", "Serie")
        if endpoint.table == "salesinvoice/SalesInvoices" and change.get("InvoiceTo"):
            account = self.administration.table("crm/Accounts").get(change["InvoiceTo"])
            if account is not None and account.get("Status") != "C":
                complaints.add("invalid", "Factuur voor (Type)")

    def _reference_holds(self, endpoint: Endpoint, prop: Property, value: Any) -> bool:
        by_guid, by_code = reference_target(endpoint, prop), code_target(endpoint, prop)
        target = by_guid or by_code
        if target is None or value == "" or self.settings.check_references == "off":
            return True
        table = self.administration.table(target)
        if self.settings.check_references == "seeded" and not len(table):
            return True
        return value in table if by_guid else self.administration.find_code(target, str(value)) is not None

    def _lives_elsewhere(self, endpoint: Endpoint, prop: Property, value: Any) -> bool:
        target = reference_target(endpoint, prop)
        dropped = self.settings.foreign_reference == "drop"
        return dropped and target is not None and self.administration.elsewhere(target, str(value))

    def code_taken(self, endpoint: Endpoint, row: Row, own: str | None) -> bool:
        taken = self.administration.find_code(endpoint.table, str(row.get("Code") or "")) if row.get("Code") else None
        return taken is not None and taken != own


def _wrong_type(prop: Property) -> ApiError:
    return bad_request(
        f"Error processing request stream. Error encountered in converting the value from request payload for "
        f"property '{prop.name}' to type 'Edm.{prop.type}'."
    )
