"""Every scenario of `make bench` runs to its end on few rows and tells what it promises; how long it takes is no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import rows

SIZE = 1200


def measured(repository: Path, folder: Path, *arguments: str, size: int = SIZE) -> dict[str, Any]:
    """Run the bench; its document, with the figures by name."""
    kept = folder / "figures.json"
    command = [sys.executable, "-m", "benchmarks.bench", "--size", str(size), "--json", str(kept), *arguments]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    for figure in found["figures"]:
        assert figure["name"] in done.stdout
    return found | {"figures": {figure["name"]: figure for figure in found["figures"]}}


SCENARIOS = [
    (["cold"], ["cold link-up"], "a first run"),
    (["touched", "changed"],
     ["full compare, one row touched", "1 % changed a side: plan", "1 % changed a side: plan and apply"],
     "a scenario that needs links makes them unseen"),
    (["matching"], ["matching alone, all linked", "matching alone, a twentieth alone"], "matching brings its own input"),
]  # fmt: skip

LONG_SCENARIOS = [
    (["unchanged", "reordered", "full"],
     ["files unchanged", "full compare, asked for (--full)", "full compare, rows reordered"], "the other compares"),
    (["incremental"], ["100 changes, incremental", "the same, one record unlinked"], "an incremental source"),
    (["startup"], ["sync --help", "sync run, nothing to do"], "starts"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "expected"), rows(SCENARIOS))
def test_a_scenario_runs_by_name(repository: Path, tmp_path: Path, names: list[str], expected: list[str]) -> None:
    told(measured(repository, tmp_path, "--only", *names), expected)


def test_a_first_run_tells_what_the_state_spends_on_a_pair(repository: Path, tmp_path: Path) -> None:
    cold = measured(repository, tmp_path, "--only", "cold")["figures"]["cold link-up"]
    assert 0 < cold["counts"]["state_beyond_content"] < cold["database"] / SIZE
    assert "beyond its content (target 350)" in cold["note"]


@pytest.mark.long
@pytest.mark.parametrize(("names", "expected"), rows(LONG_SCENARIOS))
def test_a_longer_scenario_runs_by_name(
    repository: Path, tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    told(measured(repository, tmp_path, "--only", *names), expected)


def told(found: dict[str, Any], expected: list[str]) -> None:
    """What was asked for is there, with its cost, and nothing of the machine but what figures depend on."""
    figures = found["figures"]
    assert [name for name in figures if name != "matching alone, real pairs"] == expected
    for figure in figures.values():
        assert figure["user"] >= 0
        assert figure["memory"] > 0
        assert figure["ratio"] is None or figure["ratio"] == pytest.approx(figure["user"] / figure["floor"])
    assert set(found["machine"]) == {"cores", "architecture", "system", "python", "sqlite", "load"}


def test_over_http_the_calls_are_as_few_as_promised(repository: Path, tmp_path: Path) -> None:
    found = measured(repository, tmp_path, "--only", "http")["figures"]
    first, idle, there, here = (figure["counts"] for figure in found.values())
    assert first["pages"] == 2, "1,200 accounts at 1,000 a page"
    assert first["calls"] <= 2 + 5
    assert "writes" not in first
    assert idle["calls"] <= 2 + 1 + idle.get("login", 0), "two per entity, one for the administration"
    assert there["calls"] <= idle["calls"] + 1, "changes of 100 accounts come on one page"
    assert "writes" not in there
    assert here["writes"] == 100
    # A look before each twenty; the first update of all is checked whole; one pull (two calls) confirms.
    assert here["calls"] <= idle["calls"] + 100 + 100 / 20 + 2 + 4


def test_a_peer_that_is_missing_is_named_and_passed_over(repository: Path, tmp_path: Path) -> None:
    found = measured(repository, tmp_path, "--only", "peers", size=300)["figures"]
    assert len(found) == 6
    for name, figure in found.items():
        assert figure["note"] == "not installed" or figure["ratio"] > 0, name
    assert found["this program: cold link-up"]["ratio"] > 0


@pytest.mark.long
def test_the_memory_curve_measures_three_sizes(repository: Path, tmp_path: Path) -> None:
    kept = tmp_path / "curve.json"
    command = [sys.executable, "-m", "benchmarks.bench", "--size", "300", "--curve", "--json", str(kept)]
    subprocess.run(command, cwd=repository, capture_output=True, check=True)
    sizes = [figure["size"] for figure in json.loads(kept.read_text("utf-8"))["figures"] if figure["memory"]]
    assert sorted(set(sizes)) == [300, 600, 1500]
    assert len(sizes) == 12
