"""The effects of the world, passed in: clock, identifiers, folders. Nothing else reads time or randomness."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol


class Clock(Protocol):
    """Time as the engine sees it."""

    def now(self) -> datetime:
        """The wall clock, aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, also while the wall clock is set; counts from boot where the system can."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Ids(Protocol):
    """Where random identifiers come from."""

    def token(self, size: int = 16) -> str:
        """``size`` random bytes as lower-case hex, fit for secrets."""


class SystemIds:
    """The operating system's randomness."""

    def token(self, size: int = 16) -> str:
        return os.urandom(size).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a connector and the engine may use of the world.

    Attributes:
        root: The project's folder; connectors open files inside it only.
        state: The project's state folder.
        credentials: The user's folder of credential profiles, outside any project.
        transport: An ``httpx.BaseTransport`` for web connectors; None for the real network. Typed loosely, so that no other module needs
            httpx.
        interactive: True if a person can be asked on this terminal.
    """

    root: Path
    state: Path
    credentials: Path
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=SystemIds)
    transport: Any = None
    interactive: bool = False
