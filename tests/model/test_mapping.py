"""The language's scalars: text until the schema asks for something else, and then only what is plainly that."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from syncengine.model.clause import OPERATORS, Comparison
from syncengine.model.entity import Limit
from syncengine.model.mapping import GUARDS, FieldSpec, GuardName, MappingFile, MatchSpec
from syncengine.model.written import Constant, Flag, GuardLimit, Length, Name, Written, describe, is_null, shown
from tests.builders import rows


def quoted(text: str) -> Written:
    return Written(text, plain=False)


def taken(kind: Any, value: object) -> object:
    """What a value becomes; the word "refused" if it does not fit."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return "refused"


SCALARS = [
    # type, written, becomes, why
    (Flag, Written("true"), True, "true is a flag"),
    (Flag, quoted("true"), "refused", "a quoted true is text"),
    (Flag, Written("True"), "refused", "another spelling of true"),
    (Flag, Written("yes"), "refused", "a flag of YAML 1.1"),
    (Flag, Written("1"), "refused", "a number for a flag"),
    (Length, Written("12"), 12, "a whole number"),
    (Length, quoted("12"), "refused", "a quoted number is text"),
    (Length, Written("012"), "refused", "a zero in front"),
    (Length, Written("1_2"), "refused", "an underscore"),
    (Length, Written("0x12"), "refused", "a hexadecimal"),
    (Length, Written("1e1"), "refused", "an exponent"),
    (Length, Written("12.0"), "refused", "a fraction"),
    (Length, Written("٣"), "refused", "a digit of another script"),
    (Length, Written("9" * 19), "refused", "a number beyond reason"),
    (Length, Written("0"), "refused", "nothing is no length"),
    (Length, True, "refused", "a flag is no number"),
    (Constant, Written("null"), None, "null is nothing"),
    (Constant, Written("~"), None, "so is a tilde"),
    (Constant, quoted("null"), "null", "a quoted null is a word"),
    (Constant, Written("Null"), "Null", "another spelling is a word"),
    (Constant, Written("true"), "true", "a flag is still text: its field types it"),
    (Constant, True, "true", "a flag of a program is text like it"),
    (Constant, 7, "7", "a number of a program, too"),
    (Constant, Written(""), "refused", "nothing written is no constant"),
    (Constant, quoted(""), "", "two quotes are the empty text"),
    (Constant, [], "refused", "a list is no constant"),
    (Name, "shop-1_b", "shop-1_b", "a name"),
    (Name, "Any", "refused", "a word of the language in capitals"),
    (Name, "NO", "refused", "a word of YAML 1.1"),
    (Name, "1shop", "refused", "a digit first"),
    (Name, "shop.de", "refused", "a dot, which parts system and resource"),
    (Name, "x" * 65, "refused", "a name beyond reason"),
    (GuardLimit, Written("0"), Limit(count=0), "none at all"),
    (GuardLimit, Written("25"), Limit(count=25), "a count"),
    (GuardLimit, Written("12.5%"), Limit(share=0.125), "a share"),
    (GuardLimit, ["10%", "25"], Limit(count=25, share=0.1), "both"),
    (GuardLimit, ["25", "10%"], Limit(count=25, share=0.1), "both, the other way about"),
    (GuardLimit, ["10%", "20%"], "refused", "two shares"),
    (GuardLimit, [], "refused", "neither"),
    (GuardLimit, Written("101%"), "refused", "more than all"),
    (GuardLimit, Written("-1"), "refused", "less than none"),
    (GuardLimit, Written("many"), "refused", "a word"),
    (GuardLimit, {}, "refused", "a map"),
    (GuardName, "deletes", "deletes", "a guard"),
    (GuardName, "side-effects", "refused", "a guard without a limit"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written", "becomes"), rows(SCALARS))
def test_a_scalar_is_what_it_plainly_is(kind: Any, written: object, becomes: object) -> None:
    found = taken(kind, written)
    assert found == becomes
    assert type(found) is type(becomes)


def test_the_short_forms_are_the_long_ones() -> None:
    make = MappingFile.model_fields["entities"]
    assert make is not None
    entity = {
        "pair": ["a.b", "c.d"],
        "match": ["Code"],
        "fields": {"Code": "sku"},
        "where": {"a": {"x": "1", "y": ["1"]}},
    }
    long = {
        "pair": ["a.b", "c.d"],
        "match": [{"all": ["Code"]}],
        "fields": {"Code": {"from": "sku"}},
        "where": {"a": {"x": {"eq": "1"}, "y": {"in": ["1"]}}},
    }
    head = {"version": 1, "systems": {"a": {"connector": "csv"}}}
    short, full = (MappingFile.model_validate({**head, "entities": {"e": each}}) for each in (entity, long))
    assert short == full
    assert short.entities["e"].fields["Code"] == FieldSpec.model_validate({"from": "sku"})
    assert short.entities["e"].match == (MatchSpec(all=("Code",)),)


def test_expressions_are_gathered_by_system() -> None:
    field = FieldSpec.model_validate({"from": "x", "to_exact": "a", "to_my-shop": "b"})
    assert field.to == {"exact": "a", "my-shop": "b"}
    with pytest.raises(ValidationError):
        FieldSpec.model_validate({"from": "x", "toexact": "a"})


def test_a_comparison_knows_which_operators_are_written() -> None:
    written = Comparison.model_validate({"not": None, "ge": "1"})
    assert written.operators == ("ge", "not")
    assert set(OPERATORS.values()) == set(Comparison.model_fields)


def test_a_constant_of_nothing_is_a_constant() -> None:
    assert FieldSpec.model_validate({"value": None}).is_constant
    assert not FieldSpec.model_validate({"from": "x"}).is_constant


def test_the_model_is_frozen() -> None:
    field = FieldSpec.model_validate({"from": "x"})
    with pytest.raises(ValidationError, match="frozen"):
        field.note = "y"  # type: ignore[misc]


def test_the_guards_with_a_limit_are_those_of_the_type() -> None:
    assert GuardName.__args__ == GUARDS  # type: ignore[attr-defined]


def test_what_is_shown_is_short_and_harmless() -> None:
    assert shown("a\x1b[31m\u202eb") == "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b"
    assert shown("x" * 100) == "x" * 60 + "…"
    values: list[object] = [{}, [], "", None, "x"]
    assert [describe(value) for value in values] == ["a map", "a list", "nothing", "nothing", '"x"']
    assert [is_null(value) for value in (None, Written("null"), quoted("null"), "null")] == [True, True, False, False]
