"""Expressions compute what they say, and nothing else gets through."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from syncengine.decide.expressions import ExpressionError, compile_expressions
from syncengine.errors import UserError
from syncengine.model.record import ABSENT
from tests.builders import rows

RECORD = {
    "first": "Jan",
    "last": None,
    "price": "12.50",
    "count": 3,
    "tags": ("a", "b"),
    "billing.zip": "1234 AB",
    "a name": "yes",
    "hushed": ABSENT,
}


def compute(source: str, value: object = "x") -> object:
    return compile_expressions({"F": source}).evaluate(RECORD, {"F": value})["F"]  # type: ignore[dict-item]


COMPUTED = [
    ("first", "Jan", "a field"),
    ("first ~ ' ' ~ last", "Jan", "an empty field is the empty text, and ends are stripped"),
    ("last", None, "an empty result is empty"),
    ("billing.zip", "1234 AB", "a path whose exact name is a column"),
    ("billing.zip[:4]", "1234", "a cut"),
    ("first[0]", "J", "one character"),
    ("first[-1]", "n", "the last character"),
    ("record['a name']", "yes", "a name with spaces"),
    ("value", "x", "the field's own source value"),
    ("value|upper", "X", "a filter"),
    ("price|number * 1.21", Decimal("15.125"), "exact arithmetic, no floats"),
    ("price|number / 4", Decimal("3.125"), "exact division"),
    ("(price|number * 1.21)|round(2)", Decimal("15.13"), "rounding half up"),
    ("count + 1", Decimal(4), "a whole number"),
    ("-count", Decimal(-3), "a sign"),
    ("count // 2", Decimal(1), "whole division"),
    ("count % 2", Decimal(1), "remainder"),
    ("count|int", 3, "a whole number again"),
    ("'big' if count > 2 else 'small'", "big", "a choice"),
    ("'yes' if first == 'Jan' and not last else 'no'", "yes", "and, not"),
    ("first in ('Jan', 'Piet')", True, "one of several"),
    ("tags|join('; ')", "a; b", "a list joined"),
    ("(first ~ '-' ~ price)|split('-')", ("Jan", "12.50"), "a text split"),
    ("first|replace('a', 'o')", "Jon", "a replacement"),
    ("last|default('none')", "none", "a default for an empty field"),
    ("first|length", 3, "a length"),
    ("hushed", ABSENT, "a field the record does not show"),
    ("first ~ hushed", ABSENT, "silence in one part is silence"),
    ("unheard|default('x')", ABSENT, "a field that is not there is silence, not empty"),
    ("lipsum", ABSENT, "Jinja's globals do not exist"),
    ("range", ABSENT, "nor does range"),
    ("1 + 2 * 3", Decimal(7), "precedence"),
    ("none", None, "nothing"),
    ("true", True, "a flag"),
]


@pytest.mark.parametrize(("source", "expected"), rows(COMPUTED))
def test_expression_computes(source, expected) -> None:
    found = compute(source)
    assert found == expected
    assert type(found) is type(expected)


REFUSED = [
    ("value.__class__", "a class"),
    ("''.__class__.__mro__[1].__subclasses__()", "the well-known way out"),
    ("value['__class__']", "the same by subscript"),
    ("value['__cl' ~ 'ass__']", "the same in two parts"),
    ("value[first]", "a subscript that is computed"),
    ("record[first]", "a field whose name is computed"),
    ("record", "the record as a whole"),
    ("value.format", "a method of text"),
    ("'{0.__class__}'.format(value)", "format's own attribute access"),
    ("value|attr('x')", "the attr filter"),
    ("value|map('upper')", "a filter that takes filters"),
    ("value|center(1000000000)", "a filter that grows text"),
    ("value|safe", "a filter that marks text"),
    ("value|tojson", "a filter not on the list"),
    ("value is filter", "a test not on the list"),
    ("value is sameas(1)", "another test not on the list"),
    ("x()", "a call"),
    ("value.upper()", "a call of a method"),
    ("range(1000000000)", "a loop's favourite"),
    ("cycler('a')", "a global's call"),
    ("2**2", "a power"),
    ("9**9**9**9", "powers of powers"),
    ("'a' * 1000000000", "a text multiplied"),
    ("1000000000 * 'a'", "the other way round"),
    ("(value ~ 'a') * 5", "a joined text multiplied"),
    ("{'a': 1}", "a map"),
    ("[x for x in tags]", "a comprehension"),
    ("{{ value }}", "a template"),
    ("value }}{{ first", "an expression that ends early"),
    ("value) }}{% for x in tags %}{{ x }}{% endfor %}{{ (value", "a loop smuggled in"),
    ("{% set x = 1 %}", "a statement"),
    ("value {# comment #}", "a comment"),
    ("_p0", "an underscored name"),
    ("first._x", "an underscored attribute"),
    ("value|upper(*tags)", "unpacked arguments"),
    ("value|default(**tags)", "unpacked keywords"),
    ("(value", "an open bracket"),
    ("", "nothing"),
    ("value if", "half a choice"),
    ("+".join(["1"] * 400), "too many parts"),
    ("'" + "a" * 3000 + "'", "too long"),
]


@pytest.mark.parametrize("source", rows(REFUSED))
def test_expression_is_refused_when_the_mapping_is_read(source) -> None:
    with pytest.raises(UserError, match=r"F: the expression .* is refused"):
        compile_expressions({"F": source})


FAILS = [
    ("value * 3", "ab", "a text times a number"),
    ("3 * value", "ab", "a number times a text"),
    ("value % 1", "%999999999d", "text formatting"),
    ("value + 1", "ab", "a text plus a number"),
    ("value + 1", None, "an empty field plus a number"),
    ("1 / 0", "x", "division by zero"),
    ("1 % 0", "x", "remainder by zero"),
    ("value|number", "twelve", "no number"),
    ("value|number", "NaN", "not a number by name"),
    ("value|int", "1e999999", "a number of a million digits"),
    ("value|number * 1e30", "1e30", "a product out of range"),
    ("value|replace('', 'x')", "ab", "replacing nothing"),
    ("value|replace('a', value)", "a" * 60_000, "a text that grows by squares"),
    ("value ~ value", "a" * 40_000, "a text longer than 64 KiB"),
    ("value + value", "é" * 17_000, "64 KiB counted in bytes"),
    ("value|join(value)", "a" * 70_000, "an input that is too long"),
    ("value|round(99)", "1", "a rounding to absurd places"),
    ("value < 1", "ab", "words against numbers"),
]


@pytest.mark.parametrize(("source", "value"), rows(FAILS))
def test_expression_that_cannot_be_computed_says_so_and_stays_small(source, value) -> None:
    began = time.perf_counter()
    assert isinstance(compute(source, value), ExpressionError)
    assert time.perf_counter() - began < 1


def test_a_fault_in_one_expression_leaves_the_others_alone() -> None:
    both = compile_expressions({"A": "value|number", "B": "first"})
    found = both.evaluate(RECORD, {"A": "twelve"})
    assert isinstance(found["A"], ExpressionError)
    assert found["B"] == "Jan"


def test_each_field_has_its_own_value_though_all_are_compiled_together() -> None:
    both = compile_expressions({"A": "value ~ 1", "B": "value ~ 2"})
    assert both.evaluate({}, {"A": "a", "B": "b"}) == {"A": "a1", "B": "b2"}


def test_the_paths_an_expression_reads_are_known() -> None:
    assert compile_expressions({"A": "first ~ billing.zip ~ value", "B": "record['a name']"}).paths == (
        "first",
        "billing.zip",
        "a name",
    )


def test_the_message_names_the_field_and_what_exists() -> None:
    with pytest.raises(UserError, match=r'F: .*there is no filter "uper"; there are: .*upper'):
        compile_expressions({"F": "value|uper"})
