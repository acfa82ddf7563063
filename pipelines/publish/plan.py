"""Which releases are due: a release is named after the newest reporting month it holds and shows everything as known at one moment."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from expectations import compile as suites
from pipelines import __version__
from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from transforms import catalogue, periods

NO_LIMIT = "9999-12"


@dataclass(frozen=True)
class Plan:
    """A release to make: `label` is its reporting month, `through` the last month it may hold, `as_of` in UTC."""

    label: str
    through: str
    as_of: dt.datetime
    inputs_sha256: str


def existing(releases: Path) -> list[dict]:
    """The manifests of the releases made so far, oldest first. A folder left half-made by a crash begins with a dot and is none."""
    folders = [p for p in releases.glob("*/manifest.json") if not p.parent.is_symlink() and not p.parent.name.startswith(".")]
    found = [json.loads(p.read_text(encoding="utf-8")) for p in folders]
    return sorted(found, key=lambda m: m["sequence"])


def due(
    jurisdiction: Jurisdiction,
    warehouse: Warehouse,
    releases: Path,
    period: str | None = None,
    through: str | None = None,
    as_of: dt.datetime | None = None,
    latest_only: bool = False,
) -> list[Plan]:
    """The releases to make, in order; empty when nothing has changed since the last. A correction arrives on its date, like a file.

    Without a period: one release for every monthly round in which files arrived after the last release, and a new version of the last
    one when its inputs changed; `latest_only` leaves the earlier rounds out. With a period: that month alone, or every month up to `through`, each as known when it was frozen.
    """
    rows = warehouse.con.execute("SELECT received_at, form_id FROM ledger WHERE NOT rejected").fetchall()
    rows += [(c.known_from, c.form_id) for c in jurisdiction.corrections]
    rows += [(moment, o.means.form_id) for o in jurisdiction.objections for moment in (o.filed_at, o.means.known_from)]
    rows = sorted(row for row in rows if as_of is None or row[0] <= as_of)
    arrivals = [row[0] for row in rows]
    if not arrivals:
        return []
    made = existing(releases)
    if period:
        first = periods.month_index(periods.end_month(period))
        last = periods.month_index(periods.end_month(through)) if through else first
        wanted = []
        for index in range(first, last + 1):
            month = f"{index // 12:04d}-{index % 12 + 1:02d}"
            moment = as_of or (arrivals[-1] if not through else _frozen(jurisdiction, index))
            known = [a for a in arrivals if a <= moment]
            if known:
                wanted.append((month, month, known[-1]))
    else:
        # A round in which only reference data came (denominators, targets) waits for the next one, unless it is the last.
        rounds: dict[tuple[int, int], dt.datetime] = {}
        news: set[tuple[int, int]] = set()
        for moment, form_id in rows:
            month = jurisdiction.window(moment.replace(tzinfo=dt.UTC))
            rounds[month] = moment
            if jurisdiction.reference.forms[form_id].sets_period:
                news.add(month)
        moments = [moment for month, moment in sorted(rounds.items()) if month in news or moment == arrivals[-1]]
        done = dt.datetime.fromisoformat(made[-1]["as_of"]).replace(tzinfo=None) if made else None
        if done and as_of is None or done and as_of and as_of >= done:
            moments = [m for m in moments if m > done] or [done]
        moments = moments[-1:] if latest_only else moments
        wanted = [(_newest_month(jurisdiction, warehouse, moment), NO_LIMIT, moment) for moment in moments]
    plans = []
    for label, limit, moment in wanted:
        digest = fingerprint(jurisdiction, warehouse, label, limit, moment)
        if not any(m["period"] == label and m["inputs_sha256"] == digest for m in made):
            plans.append(Plan(label, limit, moment, digest))
    return plans


def _frozen(jurisdiction: Jurisdiction, month: int) -> dt.datetime:
    """The end of the day on which the figures of a month are frozen, in UTC."""
    following = month + 1
    day = dt.datetime(following // 12, following % 12 + 1, int(jurisdiction.calendar["freeze_day"]), 23, 59, 59, tzinfo=jurisdiction.zone)
    return day.astimezone(dt.UTC).replace(tzinfo=None)


def _newest_month(jurisdiction: Jurisdiction, warehouse: Warehouse, moment: dt.datetime) -> str:
    """The newest month of the reports; where there are none, of the registers; where there are none, of anything."""
    months: dict[int, str] = {}
    for form in jurisdiction.reference.forms.values():
        kind = 0 if not form.sets_period else 1 if form.kind == "register" else 2
        found = warehouse.con.execute(
            f"SELECT DISTINCT r.period FROM {form.table} AS r JOIN ledger AS l USING (submission_id) WHERE l.received_at <= ?", [moment]
        ).fetchall()
        for (period,) in found:
            months[kind] = max(months.get(kind, ""), periods.end_month(period))
    return months[max(months)]


def fingerprint(jurisdiction: Jurisdiction, warehouse: Warehouse, label: str, through: str, as_of: dt.datetime) -> str:
    """SHA-256 of all that a release is made from: declarations, SQL, checks, program version, the submissions and corrections known at `as_of`."""
    total = hashlib.sha256()
    total.update(f"{__version__} {label} {through} {as_of.isoformat()} {jurisdiction.digest}\n".encode())
    for folder, pattern in ((catalogue.FOLDER, "*.sql"), (catalogue.FOLDER, "*.yml"), (suites.FOLDER, "*.yml")):
        for path in sorted(folder.glob(pattern)):
            total.update(path.read_bytes())
    rows = warehouse.con.execute(
        "SELECT submission_id, rejected, received_at FROM ledger WHERE received_at <= ? ORDER BY submission_id", [as_of]
    ).fetchall()
    for submission_id, rejected, received_at in rows:
        total.update(f"{submission_id} {rejected} {received_at.isoformat()}\n".encode())
    for correction in jurisdiction.corrections:
        if correction.known_from <= as_of:
            total.update(f"{correction}\n".encode())
    for objection in jurisdiction.objections:
        if objection.filed_at <= as_of:
            decided = objection.state if objection.means.known_from <= as_of else "open"
            total.update(f"{objection.reference} {objection.filed_at} {objection.means.dims} {decided}\n".encode())
    return total.hexdigest()
