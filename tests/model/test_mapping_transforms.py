"""The table by which a mapping's `use` is judged, held to the transforms themselves."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.decide.transforms import REGISTRY, UseError, compile_use
from syncengine.model.transform_names import TRANSFORMS, parse
from tests.builders import rows

OPTIONS = [
    *(
        "",
        "()",
        "( )",
        "(2)",
        "(12)",
        "(13)",
        "(nl)",
        "(2, nl)",
        "(nl,2)",
        "(en)",
        "(2,)",
        "(,)",
        "(a=b)",
        "(a)",
        "(a,b,c)",
    ),
    *("('a,b'=\"c\", d=e)", "(ja, nee)", "(dd-mm-yyyy)", "(yyyymmdd)", "(d/m/yy)", "(;)", "(, )", "(1000)", "(alpha3)"),
    *("(00)", "(012)", "(12)", "(13)", "(lower)", "('x)", "((a)=b)", "(=)"),
]


def judged(text: str) -> bool:
    try:
        parse(text)
    except (LookupError, ValueError):
        return False
    return True


def compiled(text: str) -> bool:
    try:
        compile_use((text,))
    except UseError:
        return False
    return True


def test_the_table_names_the_transforms_there_are() -> None:
    assert list(TRANSFORMS) == list(REGISTRY)


@pytest.mark.parametrize("text", [name + options for name, options in product(TRANSFORMS, OPTIONS)])
def test_what_a_transform_takes_is_never_refused(text: str) -> None:
    assert judged(text) or not compiled(text)


@given(st.sampled_from(sorted(TRANSFORMS)), st.text("abn012=,;'\"() -ldmy", max_size=12))
def test_whatever_stands_between_the_parentheses_is_judged_no_stricter_than_it_is_compiled(
    name: str, inside: str
) -> None:
    text = f"{name}({inside})"
    assert judged(text) or not compiled(text)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_example_of_the_reference_compiles(name: str) -> None:
    example = TRANSFORMS[name].example or name
    assert parse(example)[0] == name
    assert compiled(example)
    assert TRANSFORMS[name].about


READ = [
    ("trim", ("trim", ()), "a name"),
    (" money( 2 , nl ) ", ("money", ("2", "nl")), "spaces"),
    ("map('a,b'=1, c=2)", ("map", ("'a,b'=1", "c=2")), "a comma in quotes"),
    ("split(, )", ("split", (", ",)), "an option that is a comma and a space"),
    ("bool('ja', \"nee\")", ("bool", ("ja", "nee")), "quotes around options"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), rows(READ))
def test_a_transform_is_read(text: str, found: tuple[str, tuple[str, ...]]) -> None:
    assert parse(text) == found


REFUSED = [
    ("vat(3)", "vat takes no options; found 1", "options where there are none"),
    ("money(x)", 'money does not take "x"; write it as in money(2, nl)', "an option it does not know"),
    ("bool(ja)", "bool takes", "one word for two"),
    ("map('a", 'is no transform', "a parenthesis left open"),
    ("map('a)", "a quotation mark is not closed", "a quote left open"),
    ("\x1b[2J", '"\N{REPLACEMENT CHARACTER}[2J" is no transform', "what would steer a terminal"),
    ("money(\x1b)", 'does not take "\N{REPLACEMENT CHARACTER}"', "an option that would steer a terminal"),
    ("Trim", "is no transform", "capitals"),
    ("", "is no transform", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what"), rows(REFUSED))
def test_what_is_no_transform_says_why(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(what)):
        parse(text)


def test_an_unknown_name_is_told_apart() -> None:
    with pytest.raises(LookupError, match="trm"):
        parse("trm(2)")
