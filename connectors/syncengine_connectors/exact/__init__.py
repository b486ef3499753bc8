"""Exact Online: every resource of its API, by the table of facts beside this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncengine.connector import Connector, Plugin
from syncengine.ports import Ports
from syncengine_connectors.exact.options import SCHEMA, read_settings


def connect(options: Mapping[str, Any], ports: Ports) -> Connector:
    """Make the connector; makes no call.

    Raises:
        ConfigError: The options do not go together.
    """
    from syncengine_connectors.exact.connector import Exact

    return Exact(read_settings(options), ports)


def log_in(options: Mapping[str, Any], ports: Ports, ask: Mapping[str, Any]) -> None:
    """Log a person in, or tell how long the login lasts; see ``syncengine_connectors.exact.login``."""
    from syncengine_connectors.exact.login import run

    run(options, ports, ask)


def webhooks(options: Mapping[str, Any], ports: Ports, ask: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    """List, make or remove subscriptions to changes; see ``syncengine_connectors.exact.webhooks``."""
    from syncengine_connectors.exact.webhooks import run

    return run(options, ports, ask)


PLUGIN = Plugin(
    summary="Exact Online: one administration, all its resources",
    options=SCHEMA,
    connect=connect,
    login=log_in,
    webhooks=webhooks,
)
