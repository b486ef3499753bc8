"""Random and damaged bytes at every door: a few in each run, many in the long one; by coverage where Atheris is installed."""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import LONG, REPOSITORY
from tests.fuzz.targets import FOLDER, TARGETS, seeds, take, watched

EXAMPLES = 1_000 if LONG else 60
RUNS = {"state": 2_000, "mapping": 5_000, "plan": 10_000, "table": 10_000, "answer": 10_000}
"""Inputs that Atheris tries; for the others ``MOST``."""
MOST = 30_000
MEMORY_MB = 600

CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.binary(max_size=8) | st.sampled_from([b'"', b"\0", b"{", b"1e999", b"\xff"])),
    min_size=1,
    max_size=4,
)  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_a_sound_input_is_taken(name: str) -> None:
    take(name, seeds()[name])


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_end_cleanly(name: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(st.binary(max_size=1_000))
    def any_bytes(data: bytes) -> None:
        take(name, data)

    any_bytes()


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_input_ends_cleanly_and_in_bounded_memory(name: str) -> None:
    sound = seeds()[name]
    take(name, sound)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(max_examples=EXAMPLES)
    @given(CUTS)
    def damaged(cuts: list[tuple[float, int, bytes]]) -> None:
        data = sound
        for place, length, put in cuts:
            at = int(place * len(data))
            data = data[:at] + put + data[at + length :]
        take(name, data)

    damaged()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "kB"


@pytest.mark.parametrize("name", TARGETS)
def test_a_tower_of_any_sign_ends_cleanly(name: str) -> None:
    for sign in (b"[", b"{", b'{"a":', b'"', b"\0", b"9", b"\n", b",", b"\xff", b"- "):
        take(name, sign * (200_000 // len(sign)))


def test_the_watch_sees_programs_and_files(tmp_path: Path) -> None:
    with watched():
        (FOLDER / "inside").write_text("")
    with pytest.raises(AssertionError, match="elsewhere"), watched():
        (tmp_path / "elsewhere").write_text("")
    with pytest.raises(AssertionError, match="Popen"), watched():
        subprocess.run(["true"])


def why_no_atheris() -> str:
    """Why coverage cannot lead the way here; "" if it can."""
    return "" if importlib.util.find_spec("atheris") else "Atheris is not installed: pip install -e '.[fuzz]'"


@pytest.mark.long
@pytest.mark.skipif(bool(why_no_atheris()), reason=why_no_atheris())
@pytest.mark.parametrize("name", TARGETS)
def test_led_by_coverage_every_input_ends_cleanly(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "sound").write_bytes(seeds()[name])
    limits = [f"-runs={RUNS.get(name, MOST)}", f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={tmp_path}/", "-seed=1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(corpus), *limits],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "connectors"), *sys.path])},
        capture_output=True,
        text=True,
        timeout=1_800,
    )
    found = [file.read_bytes()[:500] for file in tmp_path.iterdir() if file.is_file()]
    assert done.returncode == 0, (found, done.stderr[-3_000:])
    assert "DONE" in done.stderr
