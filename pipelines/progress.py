"""Progress for people: a bar on a terminal, plain lines otherwise. Everything goes to standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Yields step(label, done, total)."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as display:
            task = display.add_task(title, total=None)
            yield lambda _label, done, total: display.update(task, completed=done, total=total)
        return
    last = time.monotonic()

    def line(_label: str, done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last > 5:
            last = time.monotonic()
            print(f"{title}: {done}/{total}", file=sys.stderr, flush=True)

    yield line


def say(text: str) -> None:
    """One line on standard error."""
    print(text, file=sys.stderr, flush=True)
