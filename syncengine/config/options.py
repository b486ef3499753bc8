"""Judges a system's options by its connector's JSON Schema: text becomes what the schema asks for, references become secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Final, cast

from syncengine.config.document import Document
from syncengine.config.faults import Hint
from syncengine.config.fit import fits
from syncengine.config.judge import Judge
from syncengine.config.secrets import Kept, nothing_kept, resolve_secret, variable
from syncengine.config.tree import Map, Node, Path, Scalar, Seq, at
from syncengine.model.written import describe

if TYPE_CHECKING:
    from jsonschema import ValidationError

Schema = Mapping[str, Any]

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?", re.ASCII)
_TYPES: Final = {
    "string": "text",
    "integer": "a whole number, without quotes or a zero in front",
    "number": "a number, without quotes",
    "boolean": "true or false, without quotes",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
_BRANCHES: Final = ("anyOf", "oneOf", "allOf")


def check_options(
    document: Document,
    system: str,
    schema: Schema,
    *,
    root: FilePath | None = None,
    kept: Kept = nothing_kept,
) -> Mapping[str, Any]:
    """Give a system's options as its connector takes them.

    Args:
        schema: JSON Schema of the connector's options; ``"secret": true`` marks what may be given by reference only. Any other text may be
            given as ``env:NAME`` too.
        root: The project's folder; that of the document if None.
        kept: Fetches a secret that is kept on this machine, for ``cred:NAME``.

    Returns:
        Option → value; secrets as ``Secret``.

    Raises:
        ConfigError: An option is unknown, missing or does not fit, or a reference leads nowhere; one line per fault, no secret in it.
    """
    faults = document.faults()
    path = ("systems", system)
    node = at(document.root, path)
    assert isinstance(node, Map)
    own = Map({key: entry for key, entry in node.entries.items() if key != "connector"}, node.line, node.column)
    reader = _Reader(
        judge=Judge(document, faults),
        schema=schema,
        root=root or document.path.parent,
        kept=kept,
        secret=set(),
        wrong=set(),
    )
    values = reader.read(own, schema, path)
    for error in _errors(schema, values):
        reader.note(error, path)
    faults.raise_any()
    assert isinstance(values, dict)
    return values


def _errors(schema: Schema, values: Any) -> Iterator[ValidationError]:
    if fits(schema, values):
        return
    # Imported here: it takes as long as a small run's whole planning, and most runs need it not.
    from jsonschema import Draft202012Validator

    yield from sorted(
        Draft202012Validator(schema).iter_errors(values), key=lambda error: [str(step) for step in error.path]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads one system's options.

    Attributes:
        secret: Places of secrets: what stands there is never shown.
        wrong: Places where a fault is noted already.
    """

    judge: Judge
    schema: Schema
    root: FilePath
    kept: Kept
    secret: set[Path]
    wrong: set[Path]

    def read(self, node: Node, schema: Schema, path: Path) -> Any:
        """A piece of the tree as the schema asks for it; what does not fit stays text, for the schema to refuse."""
        schema = self._followed(schema)
        if isinstance(node, Scalar):
            return self._scalar(node, schema, path)
        if isinstance(node, Seq):
            items: Schema = next((each["items"] for each in _all(schema) if "items" in each), {})
            return [self.read(item, items, (*path, index)) for index, item in enumerate(node.items)]
        return {
            key: self.read(value, self._member(schema, key, path), (*path, key))
            for key, (_, value) in node.entries.items()
        }

    def note(self, error: ValidationError, base: Path) -> None:
        """Say what the schema refuses, once per place."""
        path, instance, wanted = (*base, *error.path), error.instance, cast("Any", error.validator_value)
        if error.validator == "required" and isinstance(instance, Mapping):
            for name in wanted:
                if name not in instance:
                    self._once((*path, name), f"{describe(name)} is missing{_about(error.schema, name)}", key=True)
        elif error.validator != "additionalProperties":
            self._once(path, self._words(error, secret=path in self.secret), hint=self._choice(error, path))

    def _words(self, error: ValidationError, *, secret: bool) -> str:
        wanted: Any = error.validator_value
        found = "" if secret else f"; found {describe(error.instance)}"
        if error.validator == "type":
            names = [wanted] if isinstance(wanted, str) else wanted
            return f"wants {' or '.join(_TYPES[name] for name in names)}{found}"
        if error.validator == "enum":
            return "unknown value" if secret else f"unknown value {describe(error.instance)}"
        if error.validator in _BRANCHES:
            return f"{_alternatives(wanted) or 'does not fit any of the forms it may have'}"
        if error.validator == "minimum":
            return f"wants at least {wanted}{found}"
        if error.validator == "maximum":
            return f"wants at most {wanted}{found}"
        if error.validator == "minLength":
            return "has no value" if wanted == 1 else f"wants at least {wanted} characters"
        if error.validator == "maxLength":
            return f"wants at most {wanted} characters{found}"
        return f"does not fit: {error.validator} {wanted}{found}"

    def _choice(self, error: ValidationError, path: Path) -> Hint | None:
        if error.validator != "enum" or path in self.secret:
            return None
        return Hint(word=str(error.instance), known=[str(value) for value in cast("Any", error.validator_value)])

    def _once(self, path: Path, what: str, *, key: bool = False, hint: Hint | None = None) -> None:
        # A fault inside explains those around it.
        if not any(path[: len(wrong)] == wrong or wrong[: len(path)] == path for wrong in self.wrong):
            self.wrong.add(path)
            self.judge.fault(path, what, key=key, hint=hint)

    def _scalar(self, node: Scalar, schema: Schema, path: Path) -> Any:
        try:
            if any(each.get("secret") is True for each in _all(schema)):
                self.secret.add(path)
                return resolve_secret(node.text, self.root, kept=self.kept)
            if node.text.startswith("env:"):
                return _typed(variable(node.text[4:]), plain=True, schema=schema)
        except ValueError as error:
            self._once(path, str(error))
            return node.text
        return _typed(node.text, plain=node.plain, schema=schema)

    def _member(self, schema: Schema, key: str, path: Path) -> Schema:
        """The schema of a map's member; notes a key that the schema does not have."""
        known: dict[str, Schema] = {}
        free: Schema | None = None
        closed = False
        for each in _all(schema):
            known |= each.get("properties", {})
            extra = each.get("additionalProperties")
            closed = closed or extra is False
            free = extra if isinstance(extra, Mapping) else free
        if key in known:
            return known[key]
        if closed and free is None:
            self.wrong.add((*path, key))
            self.judge.fault(
                (*path, key), f"unknown option {describe(key)}", key=True, hint=Hint(word=key, known=list(known))
            )
        return free or {}

    def _followed(self, schema: Schema) -> Schema:
        """The schema itself, references inside it followed."""
        for _ in range(10):
            reference = schema.get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return schema
            found: Any = self.schema
            for step in reference[2:].split("/"):
                found = found.get(step) if isinstance(found, Mapping) else None
            schema = found if isinstance(found, Mapping) else {}
        return {}


def _all(schema: Schema) -> Iterator[Schema]:
    """A schema and the alternatives in it."""
    yield schema
    for word in _BRANCHES:
        for branch in schema.get(word, ()):
            if isinstance(branch, Mapping):
                yield from _all(branch)


def _wanted(schema: Schema) -> set[str]:
    """The kinds of value a schema speaks of."""
    kinds: set[str] = set()
    for each in _all(schema):
        said = each.get("type", ())
        kinds |= {said} if isinstance(said, str) else set(said)
        for value in [*each.get("enum", ()), *([each["const"]] if "const" in each else ())]:
            kinds.add("boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string")
    return kinds


def _typed(text: str, *, plain: bool, schema: Schema) -> Any:
    """A scalar as the schema asks for it; text if it asks for text, for nothing, or for what this is not."""
    kinds = _wanted(schema)
    if plain and "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    if plain and "null" in kinds and text in ("null", "~"):
        return None
    if plain and kinds & {"integer", "number"} and _WHOLE.fullmatch(text):
        return int(text)
    if plain and "number" in kinds and _NUMBER.fullmatch(text):
        return float(text)
    return text


def _alternatives(branches: Sequence[Any]) -> str:
    """What is wanted where each branch only requires some keys; "" if they say more than that."""
    if not all(isinstance(branch, Mapping) and set(branch) == {"required"} for branch in branches):
        return ""
    return f"wants one of: {', '.join(' with '.join(branch['required']) for branch in branches)}"


def _about(schema: Any, name: str) -> str:
    """The schema's own description of an option, as an addition to a message."""
    about = schema.get("properties", {}).get(name, {}).get("description", "") if isinstance(schema, Mapping) else ""
    return f": {about.rstrip('.')}" if about else ""
