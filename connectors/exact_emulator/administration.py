"""One administration: its tables, row versions and tombstones, and the reading of single records."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from exact_emulator.clock import Clock
from exact_emulator.odata.evaluate import Collation
from exact_emulator.persist import Disk
from exact_emulator.reference import Endpoint, Reference
from exact_emulator.rules import borrowed
from exact_emulator.settings import Settings, User
from exact_emulator.store import Row, Table, Touch
from exact_emulator.values import comparer, date_ms, json_date

FIRST_STAMP = 1_000_000
Listener = Callable[["Administration", Endpoint, str, str], None]


def code_key(value: Any) -> str:
    """Give the form under which codes are indexed: padding and case aside."""
    return str(value).strip().casefold()


class Administration:
    """What one division holds. Every method is called under the emulator's lock."""

    def __init__(
        self, division: int, reference: Reference, settings: Settings, clock: Clock, disk: Disk | None,
        random_source: random.Random,
    ) -> None:  # fmt: skip
        self.division = division
        self.reference = reference
        self.settings = settings
        self.clock = clock
        self.stamp = FIRST_STAMP
        self.changed: Listener = lambda administration, endpoint, key, action: None
        self.elsewhere: Callable[[str, str], bool] = lambda endpoint, key: False
        self._disk = disk
        self._random = random_source
        self._tables: dict[str, Table] = {}
        self.collation = Collation(case=settings.case_sensitive_filters, spaces=settings.trailing_spaces_matter)

    # -- tables ---------------------------------------------------------------------------------------------------

    def table(self, resource: str) -> Table:
        """Give the table of a resource, by bare name or path; LookupError if there is no such resource."""
        name = self.reference.resource(resource).table
        if name not in self._tables:
            self._tables[name] = Table(self.reference.endpoints[name])
        return self._tables[name]

    def tables(self) -> Mapping[str, Table]:
        """Give all tables made so far."""
        return self._tables

    def records(self, resource: str) -> list[Row]:
        """Give copies of all records of a resource in the server's order."""
        table = self.table(resource)
        return [row for key in table.keys() if (row := table.get(key)) is not None]  # noqa: SIM118 - a method

    def next_stamp(self) -> int:
        """Give a new row version, higher than any before."""
        self.stamp += 1
        return self.stamp

    def new_guid(self) -> str:
        """Give a GUID that is not in use yet."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    # -- changes --------------------------------------------------------------------------------------------------

    def put(self, endpoint: Endpoint, key: str, row: Row, touch: Touch, *, stamp: int | None = None) -> None:
        """Keep a record under a new row version and tell whoever listens."""
        table = self.table(endpoint.table)
        action = "Update" if key in table else "Create"
        stamp = self.next_stamp() if stamp is None else stamp
        table.touches[key] = touch
        table.put(key, row, stamp)
        self.persist(table.endpoint, key)
        self.changed(self, table.endpoint, key, action)

    def remove(self, endpoint: Endpoint, key: str, who: User) -> Row:
        """Forget a record, leaving a tombstone where its resource has a deletion feed."""
        table = self.table(endpoint.table)
        row = table.remove(key)
        if self._disk:
            self._disk.drop(self.division, table.endpoint.name, key)
        if table.endpoint.entity_type is not None:
            tombstone: Row = {
                "ID": self.new_guid(),
                "DeletedBy": who.id,
                "DeletedDate": json_date(self.clock.wall_ms()),
                "Division": self.division,
                "EntityKey": key,
                "EntityType": table.endpoint.entity_type,
            }
            self._put_tombstone(tombstone)
        self.changed(self, table.endpoint, key, "Delete")
        return row

    def undo(self, endpoint: Endpoint, key: str) -> None:
        """Take back a record that was just made, without a trace."""
        table = self.table(endpoint.table)
        table.remove(key)
        if self._disk:
            self._disk.drop(self.division, table.endpoint.name, key)

    def _put_tombstone(self, row: Row) -> None:
        table, stamp = self.table("sync/Deleted"), self.next_stamp()
        row["Timestamp"] = str(stamp)
        table.put(str(stamp), row, stamp)
        self.persist(table.endpoint, str(stamp))

    def tombstone_fresh(self, row: Row) -> bool:
        """Tell whether a tombstone is still shown; they are kept for two months."""
        age = self.clock.wall_ms() - date_ms(row["DeletedDate"])
        return age <= self.settings.deleted_kept_days * 86_400_000

    def load(self, endpoint: str, key: str, stamp: int, body: str, touch: Touch | None) -> None:
        """Take a record as the disk kept it."""
        table = self.table(endpoint)
        table.load(key, json.loads(body), stamp)
        if touch:
            table.touches[key] = touch
        self.stamp = max(self.stamp, stamp)

    def persist(self, endpoint: Endpoint, key: str) -> None:
        """Write a record to the disk, where the state is kept."""
        table = self.table(endpoint.table)
        if self._disk:
            touch = table.touches.get(key)
            text = touch.to_json() if touch else None
            body = json.dumps(table.get(key))
            self._disk.put(self.division, table.endpoint.name, key, table.stamp(key), body, text)

    # -- reading one record ---------------------------------------------------------------------------------------

    def find_code(self, resource: str, code: str) -> str | None:
        """Find the key of the record with a Code, padding aside; None if there is none."""
        table = self.table(resource)
        keys = table.look_up("Code", code.strip().casefold(), code_key)
        return min(keys, default=None)

    def look_up(self, endpoint: Endpoint, name: str, value: Any) -> set[str] | None:
        """Give the keys of records whose property may equal a value; None if no index can tell.

        Args:
            value: In the comparable form of the property's type; milliseconds for a date.
        """
        prop = self.table(endpoint.table).endpoint.properties.get(name)
        if prop is None or name in borrowed(self.reference, endpoint):
            return None
        table = self.table(endpoint.table)
        if name == "Code":
            return table.look_up("Code", str(value).strip().casefold(), code_key)
        of = comparer(prop.type, case=self.collation.case, spaces=self.collation.spaces)
        return table.look_up(name, value if prop.type == "DateTime" else of(value), of)

    def lend(self, endpoint: Endpoint, row: Row, name: str) -> Any:
        """Give the value of a property that a record repeats from the record it refers to."""
        by, target, source, is_guid = borrowed(self.reference, endpoint)[name]
        value = row.get(by)
        if value is None:
            return None
        key = value if is_guid else self.find_code(target, value)
        theirs = self.table(target).get(key) if key else None
        if theirs is None:
            return None
        if name == "AccountIsCustomer":
            return theirs.get("Status") == "C"
        if name == "IsMainContact":
            return theirs.get("MainContact") == row.get("ID")
        return theirs.get(source)

    def getter(self, endpoint: Endpoint, key: str) -> Callable[[str], Any]:
        """Give the function that reads one record's properties, borrowed ones too."""
        table = self.table(endpoint.table)
        row = table.get(key) or {}
        lent = borrowed(self.reference, endpoint)

        def get(name: str) -> Any:
            value = row.get(name)
            if value is None and name in lent:
                return self.lend(endpoint, row, name)
            return str(table.stamp(key)) if name == "Timestamp" and value is None else value

        return get
