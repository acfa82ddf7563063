"""Releases and pages: everything that leaves the warehouse."""
