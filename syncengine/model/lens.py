"""The contract of a compiled mapping, shared by those who read, decide and write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from syncengine.model.columns import Columns, Sheet
from syncengine.model.entity import RuleKey
from syncengine.model.operation import Pending
from syncengine.model.record import Observed, Record, Side, Value


class Lens(Protocol):
    """An entity's mapping, compiled: a side's own shape ↔ the common shape.

    Attributes:
        layout: Names of the common fields, in the order of ``Observed.values`` (``Entity.layout``).
    """

    @property
    def layout(self) -> tuple[str, ...]: ...

    def asks(self, side: Side) -> tuple[str, ...]:
        """The side's own fields to ask for: mapped ones and those that scope, activity and protection need."""

    def observe(self, side: Side, record: Record, raw: int = 0) -> Observed:
        """Turn a record into the common shape. A value that cannot be translated makes ``problem``; nothing raises.

        A reference keeps the side's own id: only planning knows the links.
        """

    def sheet(self, side: Side, columns: Columns, raws: Sequence[int]) -> Sheet | None:
        """Turn many records into the common shape at once, as ``observe`` would each; None if one of them must be observed alone."""

    def native(
        self,
        side: Side,
        values: Mapping[str, Value | Pending],
        *,
        create: bool,
        known: Mapping[str, Value] = ...,
    ) -> Mapping[str, Value | Pending]:
        """Common name → value into the side's own field → value, to be written; constants included where due on a create.

        References arrive translated: they hold the target side's own id, or ``Pending``.

        Args:
            known: The rest of the record in the common shape, for expressions that read more than their own field; not written.

        Raises:
            UserError: A value cannot be written to that side (the message names field and reason); the record is to be held.
        """

    def same(self, name: str, left: Value, right: Value) -> bool:
        """Whether two values of a field are the same by its ``compare`` and transform. ABSENT is the same as nothing."""

    def ruled(
        self,
        name: str,
        key: RuleKey,
        shown: tuple[Value, Value],
        base: tuple[Value, Value] | None,
        known: Mapping[str, Value],
    ) -> Value:
        """What a field's rule that is an expression gives, in the common shape; never empty.

        Args:
            shown, base: What left and right show now, and showed at the last agreement; None if they never agreed.
            known: The rest of the record in the common shape: its country says how some values are read.

        Raises:
            UserError: It gives no value the field can hold; the message says why, and not the value.
        """
