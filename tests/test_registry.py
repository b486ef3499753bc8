"""How a connector is found by its name."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from syncengine import registry
from syncengine.errors import UserError

FOREIGN = EntryPoints(
    EntryPoint(name, value, registry.CONNECTORS)
    for name, value in (
        ("csv", "json:loads"),
        ("ledger", "syncengine_connectors.memory:PLUGIN"),
        ("broken", "json:loads"),
    )
)


@pytest.fixture(autouse=True)
def _foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_points", lambda group: FOREIGN)


def test_no_other_package_goes_by_the_name_of_a_connector_of_ours() -> None:
    assert registry.plugin("csv").options["properties"]["delimiter"]


def test_a_connector_of_another_package_is_found() -> None:
    assert registry.plugin("ledger") is registry.plugin("memory")


def test_what_is_no_plugin_is_refused() -> None:
    with pytest.raises(UserError, match="is not a Plugin"):
        registry.plugin("broken")


def test_a_wrong_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'unknown connector "ledgr".\n.*Did you mean "ledger"'):
        registry.plugin("ledgr")


def test_ours_are_found_without_looking_at_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(group: str) -> EntryPoints:
        raise AssertionError(group)

    monkeypatch.setattr(registry, "_points", looked)
    registry.plugin("csv")
    registry.emulator("exact")
