"""What tests have to say at the end of the run, whichever process they ran in: sections of plain lines."""

from __future__ import annotations

import pytest

SECTIONS = pytest.StashKey[list]()


def say(config, title: str, *lines: str, bad: bool = False) -> None:
    """Add a section to the summary; the same section is shown once."""
    section = [title, list(lines), bad]
    sections = config.stash.setdefault(SECTIONS, [])
    if section not in sections:
        sections.append(section)


def show(terminalreporter, config) -> None:
    for title, lines, bad in config.stash.get(SECTIONS, []):
        terminalreporter.section(title, red=bad, bold=bad)
        for line in lines:
            terminalreporter.line(line, red=bad, bold=bad)
