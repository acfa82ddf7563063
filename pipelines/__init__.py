"""Dagster and everything with side effects: intake, engines, publication, commands."""

__version__ = "0.1.0"
