"""The page about transforms and the registry name the same things."""

from __future__ import annotations

import re

from syncengine.decide.transforms import REGISTRY, TransformError, compile_use
from syncengine.decide.transforms.choices import WORDS


def page(repository):
    return (repository / "docs" / "transforms.md").read_text(encoding="utf-8")


def test_the_table_names_every_transform_and_no_other(repository):
    named = re.findall(r"^\| `([a-z]+)` \| .* \| .* \| .* \| .* \|$", page(repository), re.M)
    assert sorted(named) == sorted(REGISTRY)


def test_every_use_on_the_page_compiles(repository):
    uses = re.findall(r"`((?:" + "|".join(REGISTRY) + r")\([^`]*\))`", page(repository))
    assert len(uses) > 15
    for use in uses:
        assert compile_use(use).steps


def test_the_words_for_yes_and_no_on_the_page_are_read(repository):
    row = next(line for line in page(repository).splitlines() if line.startswith("| `bool`"))
    words = " ".join(re.findall(r"`([^`]+)`", row.split("|")[2])).split()
    assert len(words) == 12
    assert set(words) <= set(WORDS)


def test_what_the_page_calls_refused_is_refused(repository):
    text = page(repository)
    for use, raw in [("money", "1.234"), ("money", "1,2E+03"), ("date", "42513")]:
        assert f"`{raw}`" in text
        try:
            compile_use(use).parse(raw)
        except TransformError:
            continue
        raise AssertionError(f"{use} reads {raw}")


def test_the_notes_on_the_page_are_the_notes_given(repository):
    text = page(repository)
    for use, raw, note in [
        ("kvk", "onbekend", "empty, placeholder"),
        ("kvk", "00000000", "empty, placeholder"),
        ("kvk", "12345678", "review, placeholder"),
        ("kvk", "8,16E+07", "rejected, scientific notation"),
    ]:
        assert raw in text
        assert note in text
        assert compile_use(use).quality(raw) == (f"{use}: {note}",)
