"""Who has sent what for a period, who is late, what waits for correction."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.jurisdiction import Jurisdiction
from transforms import periods

WORDS = {
    "on_time": ("按时", "on time"),
    "received": ("已报", "received"),
    "late": ("迟报", "late"),
    "correct": ("已报，待更正", "received, waits for correction"),
    "rejected": ("退回", "rejected"),
    "missing": ("未报", "missing"),
}


def matrix(out: Path, period: str | None) -> tuple[str, dict[tuple[str, str], str]]:
    """(period, {(region_id, form_id): state}) of the newest submission of each sender and form; states are the keys of WORDS."""
    with duckdb.connect(str(out / "warehouse.duckdb"), read_only=True) as con:
        known = con.execute("SELECT DISTINCT period FROM ledger WHERE period IS NOT NULL").fetchall()
        newest = max((p for (p,) in known), key=lambda p: (periods.end_month(p), p), default="")
        wanted = periods.parse(period)[0] if period else newest
        rows = con.execute(
            "SELECT l.region_id, l.form_id, l.rejected, l.on_time, EXISTS (SELECT 1 FROM intake_findings AS f WHERE f.submission_id = "
            "l.submission_id AND f.severity = 'error') FROM ledger AS l WHERE l.period = ? AND l.region_id IS NOT NULL AND l.form_id IS NOT NULL "
            "ORDER BY l.received_at, l.seq", [wanted]).fetchall()
    states = {}
    for region_id, form_id, rejected, on_time, errors in rows:
        state = "rejected" if rejected else "correct" if errors else "late" if on_time is False else "on_time" if on_time else "received"
        states[(region_id, form_id)] = state
    return wanted, states


def show(jurisdiction: Jurisdiction, out: Path, period: str | None) -> int:
    """Print the list: a line per region that reports, its forms by state; regions from which nothing came are counted and named last."""
    wanted, states = matrix(out, period)
    forms = sorted({form for _, form in states})
    print(f"{jurisdiction.name['zh']} {wanted or '—'}   表 / forms: {', '.join(forms) or '—'}")
    names = {r.region_id: r.name_zh for r in jurisdiction.regions}
    senders = sorted({region for region, _ in states})
    for region in senders:
        cells = [f"{form} {' / '.join(WORDS[states.get((region, form), 'missing')])}" for form in forms]
        print(f"  {region} {names.get(region, '')}: {'; '.join(cells)}")
    levels: dict[str, int] = {}
    for r in jurisdiction.regions:
        if r.region_id not in senders and r.region_id != jurisdiction.root and r.valid_to is None:
            levels[r.level] = levels.get(r.level, 0) + 1
    if levels:
        print("  未报 / nothing received: " + ", ".join(f"{level} {count}" for level, count in sorted(levels.items())))
    return 0
