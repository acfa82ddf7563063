"""What tests of several folders share."""

from __future__ import annotations

import pytest
from pipeline.bureau import bureau_at


@pytest.fixture
def bureau(tmp_path):
    """A city with three counties, in an empty folder."""
    return bureau_at(tmp_path)
