"""Who has to report what, and by when: the forms that come every month, quarter, half year or year, from everybody who hands them in.

A form is expected for every period from the first for which one of those who hand it in sent it in time: what came later than that is
history taken in afterwards. Forms that none of them has ever sent are expected of nobody.
"""

from __future__ import annotations

import datetime as dt

from pipelines.engines.warehouse import Warehouse
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form, Reference
from transforms import periods

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def scheduled(reference: Reference) -> list[Form]:
    """The forms with a regular date; registers are written as things happen, and reference data set no period."""
    return [f for f in reference.forms.values() if f.frequency in MONTHS and f.kind != "register" and f.sets_period]


def load(warehouse: Warehouse, jurisdiction: Jurisdiction, asked: str = "") -> None:
    """Make `sent_rows` (which submission holds rows of which region and month) and `form_periods` (which form was due when).

    `asked`: a period for which reports are expected in any case, even where there are no deadlines. Needs `parameters` and `periods`.
    """
    forms = scheduled(jurisdiction.reference)
    parts = [f"SELECT DISTINCT '{f.id}' AS form_id, region_id, period, span, submission_id FROM {f.table}" for f in forms]
    warehouse.con.execute(
        f"""CREATE OR REPLACE TABLE sent_rows AS
SELECT DISTINCT r.form_id, r.region_id, p.end_month, r.submission_id, l.received_at, l.seq
FROM ({" UNION ALL ".join(parts) or "SELECT '' AS form_id, '' AS region_id, '' AS period, '' AS span, '' AS submission_id WHERE FALSE"}) AS r
JOIN periods AS p ON p.period = r.period AND p.span = r.span AND p.end_month <= (SELECT through FROM parameters)
JOIN ledger AS l ON l.submission_id = r.submission_id AND NOT l.rejected AND l.received_at <= (SELECT as_of FROM parameters)"""
    )
    above = {r.parent_id for r in jurisdiction.regions}
    hands_in = {"leaves": lambda region: region not in above, "parents": lambda region: region in above, "root": lambda region: region == jurisdiction.root}
    by_id = {form.id: form for form in forms}
    first: dict[tuple[str, str], dt.datetime] = {}
    for form_id, region, month, at in warehouse.con.execute("SELECT form_id, region_id, end_month, min(received_at) FROM sent_rows GROUP BY ALL").fetchall():
        if hands_in[by_id[form_id].submitters](region):
            first[form_id, month] = min(at, first.get((form_id, month), at))
    newest = max((month for _, month in first), default="")
    wanted = periods.end_month(asked) if asked else ""
    rows = []
    for form in forms:
        months = sorted(month for form_id, month in first if form_id == form.id and _named(form, month))
        begun = [m for m in months if (due := _due(jurisdiction, form, m)) is None or first[form.id, m] <= due]
        judged = _months(form, begun[0], newest) if begun and _due(jurisdiction, form, begun[0]) else []
        judged += [wanted] if wanted and months and _named(form, wanted) and months[0] <= wanted and wanted not in judged else []
        for month in judged:
            rows.append((form.id, _named(form, month), month, _last_day(month), _due(jurisdiction, form, month), form.submitters))
    warehouse.replace(
        "form_periods",
        {"form_id": "VARCHAR", "period": "VARCHAR", "end_month": "VARCHAR", "end_date": "DATE", "due_at": "TIMESTAMP", "submitters": "VARCHAR"},
        rows,
    )


def _named(form: Form, month: str) -> str:
    """The period of a form that ends with a month; empty where none does."""
    index, length = periods.month_index(month), MONTHS[form.frequency]
    year, number = index // 12, index % 12 + 1
    if number % length:
        return ""
    return {1: month, 3: f"{year}Q{number // 3}", 6: f"{year}H{number // 6}", 12: str(year)}[length]


def _months(form: Form, start: str, end: str) -> list[str]:
    step = MONTHS[form.frequency]
    return [f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(periods.month_index(start), periods.month_index(end) + 1, step)]


def _last_day(month: str) -> dt.date:
    following = periods.month_index(month) + 1
    return dt.date(following // 12, following % 12 + 1, 1) - dt.timedelta(days=1)


def _due(jurisdiction: Jurisdiction, form: Form, month: str) -> dt.datetime | None:
    due = jurisdiction.due(_named(form, month), form.frequency)
    return None if due is None else due.astimezone(dt.UTC).replace(tzinfo=None)
