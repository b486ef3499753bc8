"""The quick judge of options never says "fits" where the full one does not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.config.fit import fits
from tests.builders import rows
from tests.config.test_options import SCHEMA

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([1.0, 1.5, float("nan"), "", "a", "ab", "A", "nl"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "items": inner,
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, max_size=1),
            "description": st.just("x"),
        },
    )


SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(
                ["string", "integer", "number", "boolean", "array", "object", "null", ["string", "null"]]
            ),
            "enum": st.lists(st.sampled_from([1, True, "a", None, 1.0, "nl"]), min_size=1, max_size=3),
            "const": st.sampled_from([1, "a", None]),
            "minimum": st.integers(-2, 2),
            "maximum": st.integers(-2, 2),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "pattern": st.sampled_from(["^a", "b$", "[A-Z]"]),
            "secret": st.booleans(),
        },
    ),
    objects,
    max_leaves=6,
)


@given(SCHEMAS, VALUES)
def test_what_is_said_to_fit_fits(schema: dict[str, Any], value: object) -> None:
    if fits(schema, value):
        jsonschema.Draft202012Validator(schema).validate(value)


FITS = [
    ({"division": 1}, True, "the least"),
    ({"division": 1, "country": "nl", "codes": True, "quiet": 1.5, "name": "abc", "user": "abc", "key": ["a"], "port": None}, True, "much"),
    ({"division": 1, "files": {"a": "b"}, "sizes": [1, 2]}, True, "lists and maps"),
    ({}, False, "something required is missing"),
    ({"division": True}, False, "a flag is no number"),
    ({"division": 1, "other": 1}, False, "something unknown"),
    ({"division": 1, "limits": {"day": 1}}, False, "a reference inside the schema is left to the full judge"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), rows(FITS))
def test_fits(value: dict[str, Any], expected: bool) -> None:
    assert fits(SCHEMA, value) is expected


def test_options_that_fit_cost_no_import_of_the_full_judge() -> None:
    script = (
        "import sys; from pathlib import Path; from tests.config.test_options import options;"
        "from syncengine_connectors.csv import PLUGIN as CSV; from syncengine_connectors.exact import PLUGIN as EXACT;"
        "options('division: 3', 'country: nl', schema=EXACT.options); options('path: a.csv', 'key: [a, b]', schema=CSV.options);"
        "print('jsonschema' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": ".:connectors"}
    )
    assert done.stdout == "False\n"
