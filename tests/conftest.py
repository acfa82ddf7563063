"""What tests of several folders share."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest
from pipeline.bureau import bureau_at

# One Dagster home for the whole session: making its database anew for every run costs more than the runs.
if "DAGSTER_HOME" not in os.environ:
    os.environ["DAGSTER_HOME"] = tempfile.mkdtemp(prefix="worksafety-dagster-")
    atexit.register(shutil.rmtree, os.environ["DAGSTER_HOME"], ignore_errors=True)


@pytest.fixture
def bureau(tmp_path):
    """A city with three counties, in an empty folder."""
    return bureau_at(tmp_path)
