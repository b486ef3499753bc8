"""A small server that behaves as Exact Online does; for tests, the demo and mapping authors. Knows nothing of syncengine."""

from exact_emulator.app import create_app, emulator_of
from exact_emulator.emulator import Emulator
from exact_emulator.faults import ConnectionDropped, Refused, Reset, TimedOut
from exact_emulator.settings import Settings
from exact_emulator.webhooks import RecordingSender

__all__ = [
    "ConnectionDropped",
    "Emulator",
    "RecordingSender",
    "Refused",
    "Reset",
    "Settings",
    "TimedOut",
    "create_app",
    "emulator_of",
]
