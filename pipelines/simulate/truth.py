"""What is true and what must be found: the figures in force, the findings and the verdicts that the files should lead to.

A small model of the road, written without the pipeline's SQL: the newest accepted row of a key is in force, a region is the sum of its
parts once all of them are there, a region's own total that differs from that sum is a finding.
"""

from __future__ import annotations

import csv
import datetime as dt
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from pipelines.intake.sheets import letter
from pipelines.jurisdiction import Jurisdiction
from pipelines.reference import Form
from pipelines.simulate.consequences import Consequences
from pipelines.simulate.documents import Document, Heading, Planted, in_wan, trimmed
from pipelines.simulate.province import Province
from transforms import periods

FIGURES = "form_id region_id period span basis dimension category measure truth value obs_status qualifier path sheet cell kind".split()
FINDINGS = "path sheet cell check_id rule_id severity mess".split()
VERDICTS = "path form_id region_id period received_at verdict on_time mess".split()
ENTRIES = "form_id key column value path".split()
PLAIN = ("reported", "exact")
SUMS = "form_id region_id period span basis category measure truth value".split()


@dataclass(slots=True)
class Figure:
    """A cell in force: the truth, and the value and status under which it must be found."""

    truth: Decimal
    value: Decimal | None
    obs_status: str
    qualifier: str
    document: Document
    cell: str
    kind: str

    @property
    def counts(self) -> bool:
        """Whether sums may use it."""
        return self.value is not None and self.obs_status in ("reported", "recovered")


class Truth:
    """The truth of a set of files, all of them known."""

    def __init__(self, province: Province, jurisdiction: Jurisdiction, documents: list[Document]):
        self.province, self.jurisdiction = province, jurisdiction
        self.documents = sorted(documents, key=lambda d: (d.arrives, d.path))
        self.known = self._known()
        self.in_force = self._in_force()
        self.figures = self._figures()
        self.usable = self._usable()
        self.sums = self._sums()
        self.findings = self._findings()

    # --- rows and figures ---------------------------------------------------------------------------------------------

    def _known(self) -> list[Document]:
        """Accepted files that no later one replaces as a whole, in order of arrival."""
        accepted = [d for d in self.documents if not d.rejected and d.raw is None]
        replaced = {d.envelope["替代"] for d in accepted if "替代" in d.envelope}
        return [d for d in accepted if d.path not in replaced]

    def rows_of(self, d: Document) -> Iterator[tuple[tuple, int, str]]:
        """Key, line and span of every row of a file."""
        spans: dict[str, dict[str, str]] = {}
        for i, line in enumerate(d.lines):
            if not line.counts:
                continue
            told = line.period or d.period
            if told not in spans:
                spans[told] = _stretches(d, told)
            for span, period in spans[told].items():
                yield _key(d.form, line.region_id, period, span, line.dims), i, span

    def values_of(self, d: Document, i: int, span: str) -> dict[str, Decimal | None]:
        """The numbers that a row gives, by measure."""
        usual = _base(d, d.lines[i].period or d.period)[1]
        found = {}
        for _, h in _measures(d):
            if (h.column.span if h.column.span and d.form.kind == "flow" else usual) == span:
                status = d.states.get((i, h.id), PLAIN)[0]
                value = None if status in ("masked", "not_applicable", "blank") else _number(d.value(i, h.id), h)
                if value is not None:
                    found[h.column.measure] = value
        return found

    def _in_force(self) -> dict[tuple, tuple[Document, int, str]]:
        """Row key -> the document, line and span that hold its newest accepted version."""
        return {key: (d, i, span) for d in self.known for key, i, span in self.rows_of(d)}

    def _figures(self) -> dict[tuple, Figure]:
        """(form, region, period, span, dims, measure) -> the figure."""
        found: dict[tuple, Figure] = {}
        last, first, columns = None, 0, []
        for d, i, span in self.in_force.values():
            if d.form.kind == "register":
                continue
            if d is not last:
                last, first, columns = d, d.row_number(0), _measures(d)
            line = d.lines[i]
            period, usual = _base(d, line.period or d.period)
            period = period if span == usual else periods.end_month(period)
            kind = "planted" if d.planted else "repaired" if d.mess else "clean"
            for place, h in columns:
                if (h.column.span if h.column.span and d.form.kind == "flow" else usual) != span:
                    continue
                true = line.cells.get(h.id)
                status, qualifier = d.states.get((i, h.id), PLAIN)
                if true is None and status == "reported" and (i, h.id) not in d.false or status == "blank":
                    continue
                truth = value = _number(true, h)
                if status in ("masked", "not_applicable"):
                    value = None
                elif (i, h.id) in d.false:
                    value = _number(d.false[i, h.id], h)
                found[d.form.id, line.region_id, period, span, line.dims, h.column.measure] = Figure(
                    truth, value, status, qualifier, d, f"{place}{first + i}", kind)
        return found

    def entries(self) -> list[list[str]]:
        """What each row of a register in force holds: form, key, column, value as text, path."""
        found = []
        for key, (d, i, _) in self.in_force.items():
            if d.form.kind != "register":
                continue
            line = d.lines[i]
            values: dict[str, object] = {"region_id": line.region_id, "period": line.period or periods.parse(d.period)[0]} | line.fields
            values |= {h.column.measure: d.value(i, h.id) for _, h in _measures(d)} | {k: v for (row, k), v in d.false.items() if row == i}
            found += [[d.form.id, "|".join(key[1:]), name, as_text(value), d.path] for name, value in values.items() if value is not None]
        return found

    # --- sums ---------------------------------------------------------------------------------------------------------

    def _usable(self) -> dict[tuple, tuple[Decimal, Decimal]]:
        """What sums may use of a region: its figures that count; for a cumulative figure that does not, the sum of its months: (truth, value)."""
        found = {key: (figure.truth, figure.value) for key, figure in self.figures.items() if figure.counts}
        for key, figure in self.figures.items():
            if key not in found and key[3] == "ytd" and self.adds(key[0], key[-1]):
                months = [found.get(month) for month in _months_of(key)]
                if all(months):
                    found[key] = (figure.truth, sum(value for _, value in months))
        return found

    def _sums(self) -> dict[tuple, tuple[Decimal, Decimal]]:
        """Figures of regions that have parts, where all parts count or the region's own figure stands in: (truth, value as published)."""
        found: dict[tuple, tuple[Decimal, Decimal]] = {}
        below: dict[str, dict[tuple, list[tuple[Decimal, Decimal]]]] = {}
        own: dict[str, list[tuple[tuple, tuple[Decimal, Decimal]]]] = {}
        for key, pair in self.usable.items():
            form_id, region, *rest, measure = key
            if region in self.province.children:
                own.setdefault(region, []).append((key, pair))
            elif self.adds(form_id, measure) and self.province.by_id[region].included:
                below.setdefault(self.province.by_id[region].parent_id, {}).setdefault((form_id, *rest, measure), []).append(pair)
        for unit in reversed(self.province.units):
            parts = self.province.children.get(unit.region_id)
            if not parts:
                continue
            sums = {}
            for key, values in below.get(unit.region_id, {}).items():
                if len(values) == len(parts):
                    sums[key] = (sum(t for t, _ in values), sum(v for _, v in values))
            for (form_id, _, *rest, measure), pair in own.get(unit.region_id, ()):
                sums.setdefault((form_id, *rest, measure), pair)
            for (form_id, *rest, measure), pair in sums.items():
                found[form_id, unit.region_id, *rest, measure] = pair
                if self.adds(form_id, measure):
                    below.setdefault(unit.parent_id, {}).setdefault((form_id, *rest, measure), []).append(pair)
        return found

    @cache  # noqa: B019 - one Truth lives as long as the command
    def adds(self, form_id: str, measure: str) -> bool:
        form = self.jurisdiction.reference.forms[form_id]
        return form.kind != "register" and form.measure_by_id[measure].additive

    # --- findings and verdicts ----------------------------------------------------------------------------------------

    def _findings(self) -> list[tuple[Document, Planted, str]]:
        """Every finding that must be raised, with its cell."""
        living = {(id(d), i) for d, i, _ in self.in_force.values()}
        found = []
        for d in self.documents:
            for p in d.planted:
                if p.lasting or p.row is None or (id(d), p.row) in living:
                    found.append((d, p, p.cell or (d.cell(p.row, p.column) if p.column else "")))
        return found + list(Consequences(self, self.documents[-1].arrives).all())

    def value_of(self, key: tuple) -> tuple[Decimal, Decimal] | None:
        """What sums use of a region, one with parts or one without: (truth, value as published)."""
        return (self.sums if key[1] in self.province.children else self.usable).get(key)

    def on_time(self, d: Document) -> bool | None:
        """Whether a file came by its deadline; None where it was sent back."""
        if d.rejected:
            return None
        due = self.jurisdiction.due(periods.parse(d.period)[0], d.form.frequency)
        return None if due is None else d.arrives.replace(tzinfo=self.jurisdiction.zone) <= due

    def verdicts(self) -> list[list[object]]:
        counted: dict[str, int] = {}
        for d, p, _ in self.findings:
            counted[d.path] = counted.get(d.path, 0) + (p.severity != "info")
        rows = []
        for d in self.documents:
            verdict = "rejected" if d.rejected else "accepted_with_warnings" if counted.get(d.path) else "accepted"
            arrived = d.arrives.replace(tzinfo=self.jurisdiction.zone)
            on_time = self.on_time(d)
            on_time = "" if on_time is None else str(on_time).lower()
            rows.append([d.path, d.form.id, d.submitter.region_id, d.period, f"{arrived.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}", verdict, on_time, d.mess])
        return rows

    # --- files --------------------------------------------------------------------------------------------------------

    def write(self, folder: Path) -> None:
        """figures.parquet, registers.parquet, sums.parquet, findings.csv and verdicts.csv, outside the submissions."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder.mkdir(parents=True, exist_ok=True)
        forms = self.jurisdiction.reference.forms
        number = pa.decimal128(24, 6)
        columns: dict[str, list] = {name: [] for name in FIGURES}
        for (form_id, region, period, span, dims, measure), f in self.figures.items():
            row = (form_id, region, period, span, "all", _dimension(forms[form_id], dims), _category(dims), measure, _six(f.truth), _six(f.value),
                   f.obs_status, f.qualifier, f.document.path, f.document.sheet, f.cell, f.kind)
            for name, value in zip(FIGURES, row, strict=True):
                columns[name].append(value)
        entries = list(zip(*self.entries(), strict=True)) or [[] for _ in ENTRIES]
        pq.write_table(pa.table({n: pa.array(v, pa.string()) for n, v in zip(ENTRIES, entries, strict=True)}), folder / "registers.parquet", compression="zstd")
        types = {name: number if name in ("truth", "value") else pa.string() for name in FIGURES}
        pq.write_table(pa.table({n: pa.array(v, types[n]) for n, v in columns.items()}), folder / "figures.parquet", compression="zstd")
        columns = {name: [] for name in SUMS}
        for (form_id, region, period, span, dims, measure), (true, value) in self.sums.items():
            for name, item in zip(SUMS, (form_id, region, period, span, "all", _category(dims), measure, _six(true), _six(value)), strict=True):
                columns[name].append(item)
        pq.write_table(pa.table({n: pa.array(v, types.get(n, pa.string())) for n, v in columns.items()}), folder / "sums.parquet", compression="zstd")
        findings = [[d.path, d.sheet if p.sheet is None else p.sheet, cell, p.check_id, p.rule_id or p.check_id, p.severity, d.mess] for d, p, cell in self.findings]
        _csv(folder / "findings.csv", FINDINGS, sorted(findings))
        _csv(folder / "verdicts.csv", VERDICTS, self.verdicts())


def _key(form: Form, region_id: str, period: str, span: str, dims: tuple[str, ...]) -> tuple:
    """What identifies a row: all of it, or the key of a register."""
    named = {"region_id": region_id, "period": period, "span": span, "basis": "all"} | {d.id: c for d, c in zip(form.dimensions, dims, strict=True)}
    return (form.id, *(named[name] for name in form.row_key))


def _base(d: Document, period: str) -> tuple[str, str]:
    """Period and span of a document's lines as stored."""
    return _base_of(period, d.envelope.get("累计") == "是", d.form.kind == "stock")


def _stretches(d: Document, period: str) -> dict[str, str]:
    """The spans that a line of the document holds, each with its period."""
    stored, span = _base(d, period)
    spans = {h.column.span if h.column.span and d.form.kind == "flow" else span for _, h in _measures(d)} or {span}
    return {s: stored if s == span else periods.end_month(stored) for s in sorted(spans)}


def _months_of(key: tuple) -> list[tuple]:
    """The keys of the months that a cumulative figure is the sum of."""
    form_id, region, period, _, dims, measure = key
    return [(form_id, region, f"{period[:4]}-{n:02d}", "month", dims, measure) for n in range(1, int(period[5:]) + 1)]


def _measures(d: Document) -> list[tuple[str, Heading]]:
    return [(letter(c), h) for c, h in enumerate(d.headings) if h.column.role == "measure"]


def _number(value: object, heading: Heading) -> Decimal | None:
    if value is None:
        return None
    return in_wan(value) if heading.money else Decimal(value)


def as_text(value: object) -> str:
    """A value of a register as one text: numbers without needless zeros, dates in ISO, flags true or false, text in the one form it is kept in."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int | Decimal):
        return f"{trimmed(Decimal(value)):f}"
    return unicodedata.normalize("NFKC", str(value))


def _six(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal("0.000001"))


@cache
def _base_of(period: str, cumulative: bool, stock: bool) -> tuple[str, str]:
    stored, span = periods.parse(period)
    if cumulative and span == "month":
        span = "ytd"
    return stored, "stock" if stock else span


def _dimension(form: Form, dims: tuple[str, ...]) -> str:
    return ";".join(f"{d.id}={code}" for d, code in zip(form.dimensions, dims, strict=True))


def _category(dims: tuple[str, ...]) -> str:
    return "/".join(code for code in dims if code != "TOTAL") or "TOTAL"


def _csv(path: Path, header: list[str], rows: list[list]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
