"""Seconds, processor seconds and peak memory of a command with all the processes it starts. Linux only: read from /proc."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple


class Measured(NamedTuple):
    seconds: float
    processor: float  # of all processes
    memory: float  # MiB, the highest sum of what the processes held in memory at one time
    said: str


def run(command: list[str], **options) -> Measured:
    """Run a command to its end. Raises CalledProcessError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    highest = [0.0]

    def watch() -> None:
        while process.returncode is None:
            highest[0] = max(highest[0], sum(map(_resident, _family(process.pid))))
            time.sleep(0.1)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - begun
    watching.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, highest[0], said.strip())


def _family(process: int) -> list[int]:
    """The process and all below it."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue  # it has just ended
            parents.setdefault(parent, []).append(int(entry))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def _resident(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
