"""Partitions: one per reporting month. County and table are columns, not partitions."""

from __future__ import annotations

import dagster as dg

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2000-01", fmt="%Y-%m", end_offset=13, timezone="Asia/Shanghai")
