"""Match keys: written values judged and normalised. Pure, no I/O, no clock."""

from syncengine.decide.keys.key import Key, Status
from syncengine.decide.keys.registry import KINDS, normalise

__all__ = ["KINDS", "Key", "Status", "normalise"]
