"""Any bytes as a mapping: a clean message or a document, in bounded time and memory (P24, fault 57)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncengine.config.load import read
from syncengine.config.parse import MAX_BYTES
from syncengine.config.project import resolve
from syncengine.errors import ConfigError
from tests.builders import rows
from tests.config.world import FULL, HEAD, ITEMS, RESOURCES

SECONDS = 2.0
"""What the promise says; measured in processor time, so that a busy machine fails nobody."""


def take(data: bytes) -> str:
    """Read and resolve; give what is said."""
    start = time.process_time()
    try:
        resolve(read(data, Path("sync.yaml")), RESOURCES)
        said = ""
    except ConfigError as error:
        said = str(error)
        assert said
        assert len(said) < 40_000
        assert said.replace("\n", "").isprintable(), said
    assert time.process_time() - start < SECONDS
    return said


@given(st.binary(max_size=2_000))
def test_any_bytes_end_cleanly(data: bytes) -> None:
    take(data)


@given(st.text(st.sampled_from("{}[]:,-?!&*#|>'\"%@` \n\tab01~<=\\x\u00e9\u2028\U0001f600"), max_size=400))
def test_any_heap_of_yaml_s_own_signs_ends_cleanly(text: str) -> None:
    take(text.encode())


SOURCE = FULL.read_bytes()


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(SOURCE)),
            st.integers(0, 40),
            st.binary(max_size=12) | st.sampled_from([b"*a", b"&a", b"<<", b"[", b"{", b"null"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_mapping_ends_cleanly(cuts: list[tuple[int, int, bytes]]) -> None:
    data = SOURCE
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    take(data)


VALUES = st.recursive(
    st.sampled_from(
        ["x", "null", "true", "1", "", "''", "exact", "Code", "vat", "money(2)", "20%", "-1", "2026-01-01", '"\\u0007"']
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
        | st.dictionaries(
            st.sampled_from(
                [
                    "from",
                    "value",
                    "use",
                    "owner",
                    "shop",
                    "exact",
                    "all",
                    "any",
                    "then",
                    "Code",
                    "edited",
                    "to_exact",
                    "ge",
                    "not",
                    "map",
                    "x",
                ]
            ),
            inner,
            max_size=3,
        ).map(lambda each: "{" + ", ".join(f"{key}: {value}" for key, value in each.items()) + "}")
    ),
    max_leaves=12,
)
KEYS = [
    *(
        "where",
        "match",
        "fields",
        "owner",
        "conflict",
        "create",
        "on_delete",
        "inactive",
        "protect",
        "guards",
        "after",
        "many",
        "pair",
    ),
    *("first_link", "on_leave"),
]


@example({}, '{from: x, use: "\\u0007"}')
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), VALUES)
def test_any_value_under_any_key_ends_cleanly(keys: dict[str, str], field: str) -> None:
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    take((HEAD + ITEMS + f"      Barcode: {field}\n" + lines).encode())


SIZE = MAX_BYTES - 1_000
BOMBS = [
    (b"[" * SIZE, "a tower of brackets"),
    (b"{" * SIZE, "a tower of braces"),
    (b"- " * (SIZE // 2), "a tower of dashes"),
    (b"? " * (SIZE // 2), "a tower of keys"),
    (b"[" + b"a," * (SIZE // 2) + b"]", "a long list"),
    (b"- a\n" * (SIZE // 4), "a long list of lines"),
    (b"".join(b"a%d: b\n" % n for n in range(SIZE // 10)), "many keys"),
    (b"a: b\n" * (SIZE // 5), "one key many times"),
    (b"#" + b" x" * (SIZE // 2), "a long comment"),
    (b"# x\n" * (SIZE // 4), "many comments"),
    (b"a: " + b"x" * SIZE, "a long scalar"),
    (b"a: " + b"x\n " * (SIZE // 3), "a scalar over many lines"),
    (b'a: "' + b"\\u00e9" * (SIZE // 6) + b'"', "many escapes"),
    (b"a: |\n" + b" x\n" * (SIZE // 3), "a long block"),
    (b" " * SIZE, "nothing but space"),
    (b"\n" * SIZE, "nothing but lines"),
    (b"&a " * (SIZE // 3), "many anchors"),
    (b"!a " * (SIZE // 3), "many tags"),
    (b"---\n" * (SIZE // 4), "many documents"),
    (b"'a' " * (SIZE // 4), "many quotes"),
    ((HEAD + ITEMS).encode() + b"".join(b"      F%d: {from: x, onwer: y}\n" % n for n in range(9_000)), "thousands of typos"),
    ((HEAD + ITEMS).encode() + b"".join(b"      F%d: x\n" % n for n in range(15_000)), "thousands of unknown fields"),
    ((HEAD + ITEMS).encode() + b"    after: [" + b"items, " * 15_000 + b"items]\n", "thousands of names"),
    ((HEAD + ITEMS).encode() + b"    where: {exact: {Code: [" + b"A, " * 30_000 + b"A]}}\n", "a long condition"),
    ((HEAD + ITEMS).encode() + b"    where: {exact: " + b"{any: [" * 8 + b"{Code: x}" + b"]}" * 8 + b"}\n", "a deep condition"),
    ((HEAD + ITEMS).encode() + b"      " + b"x" * 5_000 + b": y\n", "a long name"),
    ((HEAD + ITEMS).encode().replace(b"sku", b"{from: sku, use: '" + b"map(" * 5_000 + b"'}"), "a tower of transforms"),
]  # fmt: skip


@pytest.mark.parametrize("data", rows(BOMBS))
def test_a_bomb_goes_off_in_the_sand(data: bytes) -> None:
    assert len(data) <= MAX_BYTES + 1_000
    take(data)


def test_a_file_of_any_size_is_not_read_further_than_the_limit(tmp_path: Path) -> None:
    from syncengine.config.load import load

    with (tmp_path / "sync.yaml").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ConfigError, match="larger than 512 KiB"):
        load(tmp_path / "sync.yaml")
