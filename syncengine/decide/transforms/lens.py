"""A field's whole ``use``: its transforms in order, one way and back."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.decide.keys import Key, normalise
from syncengine.decide.transforms.transform import NO_CONTEXT, Context, Transform, TransformError
from syncengine.model.record import ABSENT, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLens:
    """What a field's ``use`` compiles to. None and ABSENT pass through everything untouched.

    Laws: ``parse(write(v)) == v`` for a canonical ``v``; ``write(parse(x))`` is read as the same again; ``canonical`` is idempotent.

    Attributes:
        steps: In the order of reading.
    """

    steps: tuple[Transform, ...]

    @property
    def name(self) -> str:
        """As in the mapping: ``trim, money(2)``."""
        return ", ".join(step.name for step in self.steps)

    @property
    def key_kind(self) -> str:
        """The kind of match key the common value is (``keys.KINDS``); "" if it has none of its own."""
        return next((step.key_kind for step in reversed(self.steps) if step.key_kind), "")

    @property
    def keeps_clean_text(self) -> bool:
        """True if ASCII text that is stripped and not empty comes out of ``parse`` and ``canonical`` as it goes in."""
        return all(step.keeps_clean_text for step in self.steps)

    @property
    def tells_anything(self) -> bool:
        """True if ``quality`` may have something to tell."""
        return any(step.tells_anything for step in self.steps)

    def parse(self, value: Value, *, context: Context = NO_CONTEXT) -> Value:
        """The other side's native value → the common shape.

        Raises:
            TransformError: The value cannot be read: the record is held.
        """
        for step in self.steps:
            if value is None or value is ABSENT:
                return value
            value = step.read(value, context)
        return value

    def write(self, value: Value, *, context: Context = NO_CONTEXT) -> Value:
        """The common shape → what the other side is sent.

        Raises:
            TransformError: The value has no form there.
        """
        for step in reversed(self.steps):
            if value is None or value is ABSENT:
                return value
            value = step.put(value, context)
        return value

    def canonical(self, value: Value, *, context: Context = NO_CONTEXT) -> Value:
        """A value of the side that shows the common shape itself (Exact: padded codes, text for numbers) → its one canonical spelling.

        Raises:
            TransformError: It is no value of the common shape.
        """
        for step in self.steps:
            if value is None or value is ABSENT:
                return value
            value = step.settle(value, context)
        return value

    def same(self, one: Value, other: Value, *, context: Context = NO_CONTEXT) -> bool:
        """Whether two common values are one, their spelling aside; values that cannot be read are compared as they stand."""
        if one is other:
            return True
        try:
            one, other = self.canonical(one, context=context), self.canonical(other, context=context)
        except TransformError:
            return type(one) is type(other) and one == other
        return isinstance(one, bool) == isinstance(other, bool) and one == other

    def quality(self, value: Value, *, context: Context = NO_CONTEXT) -> tuple[str, ...]:
        """What is worth telling about a common value though nothing is held: "vat: rejected, check digit"."""
        if value is None or value is ABSENT:
            return ()
        return tuple(note for step in self.steps for note in step.notes(value, context))

    def key(self, value: Value, *, context: Context = NO_CONTEXT) -> Key | None:
        """The common value as a match key, judged; None if it is of no kind of its own, or no text."""
        kind = self.key_kind
        return normalise(kind, value, country=context.country) if kind and isinstance(value, str) else None
