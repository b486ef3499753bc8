"""What the language has and does not work yet is refused with its place, never ignored."""

from __future__ import annotations

import pytest

from syncengine.config.judge import Judge
from syncengine.config.unsupported import TABLE, Unsupported, check_supported
from syncengine.errors import ConfigError
from tests.config.test_load import holds
from tests.config.world import HEAD, ITEMS, document, items


def test_kept_reports_are_not_supported_yet() -> None:
    said = "keeping reports of each run is not supported yet. Ask for one with the options of sync plan and sync run"
    holds(items("", head=HEAD + "report: {formats: ^[json]}\n"), f"report.formats: {said}")
    holds(items("", head=HEAD + "report: {path: ^reports}\n"), f"report.path: {said}")
    holds(
        items("", head=HEAD + "report: {mask: ^always}\n"),
        "report.mask: masking for all reports alike is not supported yet",
    )
    holds(items("", head=HEAD + "report: {mask: auto}\n"), "")


def test_a_row_of_the_table_is_found_wherever_it_stands() -> None:
    document_ = document(HEAD + ITEMS)
    faults = document_.faults()
    row = Unsupported(
        what="a match",
        found=lambda each: (("entities", name, "match") for name in each.mapping.entities),
        instead="Wait",
    )
    check_supported(Judge(document_, faults), [row])
    with pytest.raises(ConfigError, match=r"^sync\.yaml:8:12  items\.match: a match is not supported yet\. Wait$"):
        faults.raise_any()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_a_row_finds_nothing_in_a_mapping_that_does_not_ask_for_it(row: Unsupported) -> None:
    assert list(row.found(document(HEAD + ITEMS))) == []
