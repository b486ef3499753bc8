"""Shows the values of a failed assertion of the suite, as in a test file."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("syncengine.testing.connector_suite")
