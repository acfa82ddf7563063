"""Who has sent what for a period, who is late, what waits for correction: for the bureau itself, never published."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.engines import duties, settings, transform
from pipelines.engines.warehouse import LEDGER_TABLES, Warehouse, WarehouseBusy, literal, quote
from pipelines.jurisdiction import Jurisdiction, Region
from transforms import periods

WORDS = {
    "on_time": ("按时", "on time"),
    "received": ("已报", "received"),
    "late": ("迟报", "late"),
    "rejected": ("退回", "rejected"),
    "missing": ("未报", "missing"),
    "not_due": ("未到期", "not due yet"),
}
WAITS = ("待更正", "waits for correction")
ARRIVED = ("on_time", "received", "late")


@dataclass
class Cell:
    """A region's report on a form: its state, the file in force (or the refused one), and how many errors wait for correction."""

    state: str
    expected: bool = True
    submission_id: str = ""
    received_at: dt.datetime | None = None
    errors: int = 0
    refused: bool = False  # the newest file was refused, whatever came before
    answers: int = 0

    @property
    def waits(self) -> bool:
        """Whether a correction is due."""
        return self.refused or self.errors > 0


@dataclass
class Overview:
    """Everything about a period. `regions` are in the order of the tree; `never` are forms nobody has sent; `unplaced` files fit nowhere."""

    period: str
    forms: list[str]
    regions: list[Region]
    cells: dict[tuple[str, str], Cell]
    due: dict[str, dt.datetime]
    never: list[str]
    unplaced: list[dict]
    answers: list[dict]
    files: dict[str, str] = field(default_factory=dict)

    def tally(self, cells: Iterable[Cell]) -> dict[str, int]:
        """How many of the expected reports are in each state, and how many wait for correction."""
        cells = list(cells)
        counts = {state: sum(c.expected and c.state == state for c in cells) for state in WORDS}
        return {"expected": sum(c.expected for c in cells), **counts, "waits": sum(c.waits for c in cells)}

    def of_form(self, form: str) -> dict[str, int]:
        return self.tally(cell for (_, f), cell in self.cells.items() if f == form)

    def of_region(self, region_id: str) -> dict[str, int]:
        return self.tally(cell for (r, _), cell in self.cells.items() if r == region_id)

    def rate(self, tally: dict[str, int]) -> str:
        """Reports in time as a share of those that are due, to two places; nothing where nothing is due yet or there are no deadlines."""
        due = tally["expected"] - tally["not_due"] if self.due else 0
        return f"{(tally['on_time'] * 20_000 + due) // (2 * due) / 100:.2f}%" if due else "—"

    @property
    def total(self) -> dict[str, int]:
        return self.tally(self.cells.values())


# --- what is known -----------------------------------------------------------------------------------------------------------


def collect(jurisdiction: Jurisdiction, out: Path, period: str | None, now: dt.datetime) -> Overview:
    """The state of a period (by default the newest) at a moment in UTC. The warehouse is only read. Raises WarehouseBusy."""
    with Warehouse(Path(":memory:")) as memory:
        _attach(memory, out / "warehouse.duckdb", jurisdiction)
        con = memory.con
        known = con.execute("SELECT DISTINCT period FROM ledger WHERE period IS NOT NULL").fetchall()
        newest = max((p for (p,) in known), key=lambda p: (periods.end_month(p), p), default="")
        wanted = periods.parse(period)[0] if period else newest
        settings.load(memory, jurisdiction, now, "9999-12")
        duties.load(memory, jurisdiction, wanted)
        transform.build(memory, ["reporting_duties"])
        month = periods.end_month(wanted) if wanted else ""
        regular = con.execute("SELECT DISTINCT form_id, due_at FROM form_periods WHERE " + ("end_month = ?" if wanted == month else "period = ?"), [wanted]).fetchall()
        overview = Overview(wanted, [], [], {}, {form: at for form, at in regular if at}, [], [], [])
        overview.files = dict(con.execute("SELECT submission_id, path FROM ledger").fetchall())
        _expected(con, overview, {form for form, _ in regular}, month)
        _others(con, overview, jurisdiction, {form for form, _ in regular}, month)
        _newest_refused(con, overview, {form for form, _ in regular} if wanted == month else set(), month)
        _what_waits(overview, out / "receipts", con)
        sent = {form for (form,) in con.execute("SELECT DISTINCT form_id FROM ledger WHERE form_id IS NOT NULL").fetchall()}
        overview.never = [f.id for f in duties.scheduled(jurisdiction.reference) if f.id not in sent]
        overview.unplaced = _records(con, "SELECT submission_id, path, received_at FROM ledger WHERE rejected AND (form_id IS NULL OR region_id IS NULL OR period IS NULL) "
                                          "ORDER BY received_at DESC, submission_id LIMIT 200")
        overview.answers = _records(con, "SELECT a.*, l.form_id, l.region_id, l.path FROM answers AS a JOIN ledger AS l ON l.submission_id = a.submission_id "
                                         "WHERE l.period = ? ORDER BY a.received_at DESC, l.region_id, l.form_id, a.sheet, a.cell, a.check_id", wanted)
    used = {form for _, form in overview.cells}
    overview.forms = [form for form in jurisdiction.reference.forms if form in used]
    overview.regions = _in_order(jurisdiction, {region for region, _ in overview.cells})
    return overview


def _attach(memory: Warehouse, path: Path, jurisdiction: Jurisdiction) -> None:
    """The ledger and the rows of another warehouse as views."""
    con = memory.con
    try:
        con.execute(f"ATTACH {literal(str(path))} AS store (READ_ONLY)")
    except duckdb.IOException as error:
        raise WarehouseBusy(f"{path}: 另一个 worksafety 正在使用，请等它结束 / another worksafety is using it; wait until it has finished") from error
    there = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'store'").fetchall()}
    for name in there & set(LEDGER_TABLES):
        con.execute(f"DROP TABLE IF EXISTS {name}")
        con.execute(f"CREATE VIEW {name} AS SELECT * FROM store.{name}")
    for form in jurisdiction.reference.forms.values():
        if form.table in there:
            con.execute(f"CREATE VIEW {quote(form.table)} AS SELECT * FROM store.{quote(form.table)}")
    memory.ensure_form_tables(f for f in jurisdiction.reference.forms.values() if f.table not in there)


def _records(con: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict]:
    cursor = con.execute(sql, list(values))
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _expected(con: duckdb.DuckDBPyConnection, overview: Overview, forms: set[str], month: str) -> None:
    for row in _records(
        con,
        """SELECT d.form_id, d.region_id, d.state, n.submission_id, n.received_at
FROM reporting_duties AS d
LEFT JOIN (SELECT form_id, region_id, end_month, submission_id, received_at,
    row_number() OVER (PARTITION BY form_id, region_id, end_month ORDER BY received_at DESC, seq DESC) AS place FROM sent_rows) AS n
  ON n.form_id = d.form_id AND n.region_id = d.region_id AND n.end_month = d.end_month AND n.place = 1
WHERE d.end_month = ?""", month):
        if row["form_id"] in forms:
            overview.cells[row["region_id"], row["form_id"]] = Cell(row["state"], True, row["submission_id"] or "", row["received_at"])


def _others(con: duckdb.DuckDBPyConnection, overview: Overview, jurisdiction: Jurisdiction, forms: set[str], month: str) -> None:
    """Reports of whom none was expected: of a region that has children, or on a form for another stretch of time."""
    for form in jurisdiction.reference.forms.values():
        if form.id in forms:
            sql, value = "SELECT region_id, submission_id FROM sent_rows WHERE form_id = $form AND end_month = $value", month
        else:
            sql, value = f"SELECT DISTINCT region_id, submission_id FROM {quote(form.table)} WHERE period = $value AND $form <> ''", overview.period
        for region_id, submission_id, at, on_time in con.execute(
            f"SELECT r.region_id, r.submission_id, l.received_at, l.on_time FROM ({sql}) AS r JOIN ledger AS l ON l.submission_id = r.submission_id "
            "WHERE NOT l.rejected ORDER BY l.received_at, l.seq", {"form": form.id, "value": value}
        ).fetchall():
            cell = overview.cells.get((region_id, form.id))
            if cell is None or not cell.expected:
                state = cell.state if cell else {True: "on_time", False: "late", None: "received"}[on_time]  # the first counts
                overview.cells[region_id, form.id] = Cell(state, False, submission_id, at)


def _newest_refused(con: duckdb.DuckDBPyConnection, overview: Overview, forms: set[str], month: str) -> None:
    """Mark what was refused and not sent again. `forms`: those of which a quarter, half-year or year that ends in the month is shown with it."""
    for submission_id, form, region, period, at in con.execute(
        "SELECT submission_id, form_id, region_id, period, received_at FROM ledger WHERE rejected AND form_id IS NOT NULL AND region_id IS NOT NULL "
        "AND period IS NOT NULL ORDER BY received_at, seq"
    ).fetchall():
        if period != overview.period and not (form in forms and periods.end_month(period) == month):
            continue
        cell = overview.cells.setdefault((region, form), Cell("rejected", False))
        if cell.received_at is None or at >= cell.received_at:
            cell.refused, cell.submission_id, cell.received_at = True, submission_id, at


def _what_waits(overview: Overview, receipts: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Open errors and answers as the receipts have them; before there is a receipt, as intake found them."""
    found = dict(con.execute("SELECT submission_id, count(*) FROM intake_findings WHERE severity = 'error' GROUP BY submission_id").fetchall())
    seen: dict[str, tuple[int, int]] = {}
    for cell in overview.cells.values():
        sid = cell.submission_id
        if sid and sid not in seen:
            path = receipts / f"{sid}.json"
            if path.is_file():
                listed = json.loads(path.read_text(encoding="utf-8"))["findings"]
                open_ones = [f for f in listed if f["state"] == "open"]
                seen[sid] = (sum(f["severity"] == "error" for f in open_ones), sum(bool(f["answer"]) for f in open_ones))
            else:
                seen[sid] = (found.get(sid, 0), 0)
        cell.errors, cell.answers = seen.get(sid, (0, 0))


def _in_order(jurisdiction: Jurisdiction, wanted: set[str]) -> list[Region]:
    """Regions in the order of the tree: each followed by those below it."""
    children: dict[str, list[str]] = {}
    newest: dict[str, Region] = {}
    for region in jurisdiction.regions:
        if region.region_id not in newest:
            children.setdefault(region.parent_id if region.region_id != jurisdiction.root else "", []).append(region.region_id)
        newest[region.region_id] = region
    found, stack = [], [jurisdiction.root]
    while stack:
        region_id = stack.pop()
        if region_id in wanted:
            found.append(newest[region_id])
        stack += reversed(children.get(region_id, []))
    return found
