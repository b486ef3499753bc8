"""Two-way named transforms: a side's own value ↔ the common shape. Pure, closed, no I/O, no clock."""

from syncengine.decide.transforms.lens import FieldLens
from syncengine.decide.transforms.registry import REGISTRY, compile_use
from syncengine.decide.transforms.transform import Context, Transform, TransformError, UseError

__all__ = ["REGISTRY", "Context", "FieldLens", "Transform", "TransformError", "UseError", "compile_use"]
