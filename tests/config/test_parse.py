"""The reader keeps scalars as they are written, knows their places, and refuses what could be read two ways."""

from __future__ import annotations

import pytest

from syncengine.config.faults import Faults
from syncengine.config.parse import MAX_BYTES, MAX_DEPTH, parse
from syncengine.config.tree import Node, place, plain_data
from syncengine.errors import ConfigError
from syncengine.model.written import Written
from tests.builders import rows

ENTITY = "entities:\n  a:\n    x: &one [1, 2]\n"


def tree(data: bytes | str) -> Node:
    faults = Faults("sync.yaml")
    root = parse(data.encode() if isinstance(data, str) else data, faults)
    faults.raise_any()
    assert root is not None
    return root


def refusal(data: bytes | str) -> str:
    with pytest.raises(ConfigError) as caught:
        tree(data)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "NO",
            "no",
            "yes",
            "on",
            "off",
            "01234567",
            "1_000",
            "0x1F",
            "0o17",
            "2026-01-01",
            ".inf",
            ".NaN",
            "1e3",
            "~",
        ),
        *("null", "true", "12:30:45", "+1", "1.20", "=", "0b11", "12e03"),
    ],
)
def test_a_scalar_stays_the_text_that_is_written(text: str) -> None:
    read = plain_data(tree(f"a: {text}"))["a"]
    assert read == text
    assert isinstance(read, Written)
    assert read.plain


def test_quotes_change_nothing_but_that_they_are_there() -> None:
    plain, single, double = (plain_data(tree(f"a: {text}"))["a"] for text in ("0123", "'0123'", '"0123"'))
    assert plain == single == double == "0123"
    assert (plain.plain, single.plain, double.plain) == (True, False, False)


def test_every_value_and_key_knows_its_line_and_column() -> None:
    root = tree("\ufeff# a comment\nsystems:\n  shop: {connector: csv,  path: 'x'}\nlist:\n- a\n-  b\n")
    assert place(root, ("systems", "shop"), key=True) == (3, 3)
    assert place(root, ("systems", "shop", "path")) == (3, 33)
    assert place(root, ("systems", "shop", "path"), key=True) == (3, 27)
    assert place(root, ("list", 1)) == (6, 4)


def test_what_is_not_written_is_placed_where_it_would_belong() -> None:
    root = tree("entities:\n  items:\n    pair: [a.b, c.d]\n    fields:\n      Code: sku\n      Empty:\n")
    assert place(root, ("entities", "items", "match")) == (2, 3), "the key of the map that lacks it"
    assert place(root, ("entities", "items", "fields", "Code", "from")) == (5, 13), "the value of a short form"
    assert place(root, ("entities", "items", "fields", "Empty")) == (6, 7), "an empty value has no place: its key"


BAD = [
    # file                                             place           what is said                      why
    ("a: 1\nb: 2\na: 3\n",                             "3:1",          'duplicate key "a"; it stands at 1:1 already', "two keys are the same"),
    ("a: {b: 1, b: 2}",                                "1:11",         'duplicate key "b"',                           "two keys are the same inside braces"),
    ("a: 1\n'a': 2\n",                                 "2:1",          'duplicate key "a"',                           "quotes make no other key"),
    ("a:\n\t- b",                                      "2:1",          "a tab",                                       "a tab indents"),
    ("a: b\t# c",                                      "1:5",          "a tab",                                       "a tab stands before a comment"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n",                   "3:3",          'the merge key "<<"',                          "a merge key"),
    ("a: &x 1\nb: *x\n",                               "2:4",          "reaches out of its entity",                   "an alias outside any entity"),
    (ENTITY + "  b:\n    x: *one\n",                   "5:8",          "reaches out of its entity",                   "an alias reaches into another entity"),
    ("entities:\n  a: &a\n    x: 1\n    y: *a\n",      "4:8",          "has no anchor before it",                     "an alias of what it stands in"),
    ("a: *gone",                                       "1:4",          'the alias "*gone" has no anchor',             "an alias of nothing"),
    ("a: !!python/object/apply:os.system [id]",        "1:4",          "the tag",                                     "a tag that other readers would run"),
    ("a: !!str 1",                                     "1:4",          "the tag",                                     "a harmless tag"),
    ("a: 1\n---\nb: 2\n",                              "2:1",          "a second document",                           "two documents"),
    ("%YAML 1.1\n---\na: 1\n",                         "2:1",          "directive",                                   "an older YAML is asked for"),
    ("%TAG ! x:\n---\na: 1\n",                         "2:1",          "directive",                                   "tags are declared"),
    ("? [a]\n: b\n",                                   "1:3",          "as a key",                                    "a list is a key"),
    ("? *x\n: b\n",                                    "1:3",          "has no anchor",                               "an alias is a key"),
    ("'': b",                                          "1:1",          "an empty key",                                "an empty key"),
    ("a: [1, 2",                                       "1:9",          "no YAML",                                     "a bracket is left open"),
    ("a: b: c",                                        "1:5",          "no YAML",                                     "two values in a line"),
    ("a: 'x\n",                                        "2:1",          "no YAML",                                     "a quote is left open"),
    (b"a: \xff\xfe\nb: 1",                             "1:4",          "byte 0xff is not UTF-8",                      "not UTF-8"),
    ("a: 1".encode("utf-16"),                          "1:1",          "is not UTF-8",                                "UTF-16"),
    (b"a: b\x00c",                                     "1:5",          "a control character, U+0000",                 "a NUL"),
    (b"a: 1\nb: \x1b[31m",                             "2:4",          "a control character, U+001B",                 "what a terminal would obey"),
    ('a: "x\\0y"',                                     "1:4",          "a control character, U+0000",                 "a NUL, escaped"),
    ('a: "\\ud800"',                                   "1:4",          "a control character, U+D800",                 "half a character, escaped"),
    ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),    f"1:{MAX_DEPTH + 1}", "nested more than",                      "too deep"),
    (b"",                                              "",             "the file is empty",                           "nothing at all"),
    ("# only a comment\n",                             "1:1",          "the file is empty",                           "a comment only"),
    (b"a: " + b"x" * MAX_BYTES,                        "",             "the file is larger than",                     "too large"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "at", "what"), rows(BAD))
def test_what_could_be_misread_is_refused_with_its_place(data: bytes | str, at: str, what: str) -> None:
    message = refusal(data)
    assert what in message
    if at:
        assert message.startswith(f"sync.yaml:{at} "), message


def test_an_alias_within_one_entity_is_understood() -> None:
    assert plain_data(tree(ENTITY + "    y: *one\n"))["entities"]["a"]["y"] == ["1", "2"]


def test_all_faults_are_said_at_once() -> None:
    message = refusal("a: !x 1\na: 2\nb: &y 3\nc: *y\n<<: 1\n")
    assert [line.split()[0] for line in message.splitlines()] == [
        f"sync.yaml:{at}" for at in ("1:4", "2:1", "4:4", "5:1")
    ]


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "entities:\n a:\n  x0: &x0 [1,2,3,4,5,6,7,8,9]\n"
    bomb += "".join(f"  x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "too many aliases" in refusal(bomb)
