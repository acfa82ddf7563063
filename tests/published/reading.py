"""A second reader of submissions, written without the pipeline's: which derived values are printed in a folder, cell by cell.

It only has to read what stands in these folders, so it is simple where `pipelines.intake` is thorough; where the two disagree, one is wrong.
"""

from __future__ import annotations

import csv
import itertools
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import yaml

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"
LABELS = {"表号": "form", "行政区划代码": "region", "报告期": "period", "统计口径": "basis"}
WHOLE = {"合计", "总计", "全市", "全省", "全国"}
KINDS = ("yoy", "mom", "progress", "share", "rank")


def plain(text: object) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", "" if text is None else str(text)))


def load(name: str, folder: Path) -> list:
    paths = [REFERENCE / f"{name}.yml", folder / f"{name}.yml"]
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def forms(folder: Path) -> dict[str, dict]:
    paths = [*sorted((REFERENCE / "forms").glob("*.yml")), *sorted(folder.glob("forms/*.yml"))]
    return {form["id"]: form for form in (yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths)}


def codes(folder: Path) -> dict[str, dict[str, str]]:
    """Spelling -> code, for each code list."""
    lists: dict[str, dict[str, str]] = {}
    for declared in load("codes", folder):
        for name, entries in declared.items():
            table = lists.setdefault(name, {plain(word): "TOTAL" for word in ("TOTAL", "合计", "各类事故")})
            for entry in entries:
                for word in (entry["code"], entry.get("zh", entry["code"]), *entry.get("aliases", ())):
                    table.setdefault(plain(word), str(entry["code"]))
    return lists


def headers(form: dict) -> dict[str, tuple[str, str]]:
    """Header -> (kind of column, name): a dimension, a measure, a printed rate or one of a measure's companions."""
    companions = yaml.safe_load((REFERENCE / "companions.yml").read_text(encoding="utf-8"))
    found: dict[str, tuple[str, str]] = {}

    def put(names: list, kind: str, name: str) -> None:
        for text in names:
            found.setdefault(plain(text), (kind, name))

    for dim in form.get("dimensions", ()):
        put([dim["id"], dim["zh"], *dim.get("aliases", ())], "dimension", dim["id"])
    for extra in form.get("columns", ()):
        put([extra["id"], extra["zh"], *extra.get("aliases", ())], extra.get("companion", "measure"), extra["measure"])
    for measure in form["measures"]:
        put([measure["id"], measure["zh"], *measure.get("aliases", ())], "measure", measure["id"])
    for rate in form.get("printed", ()):
        put([rate["id"], rate["zh"], *rate.get("aliases", ())], "rate", rate["id"])
    for measure in form["measures"]:
        for kind, spec in companions.items():
            names = [spec["id"].format(id=measure["id"])]
            names += [p.format(m=zh) for p in spec["zh"] for zh in (measure["zh"], *measure.get("aliases", ()))]
            put(names, kind, measure["id"])
    return found


def sheet(path: Path) -> list[list[str]]:
    """The cells of a file as text; `# label: value` lines become two cells."""
    if path.suffix == ".xlsx":
        rows = openpyxl.load_workbook(path, data_only=True).worksheets[0].iter_rows(values_only=True)
        return [["" if v is None else str(v) for v in row] for row in rows]
    rows = []
    for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
        if row and row[0].startswith("#"):
            row = [part.strip() for part in ",".join(row).lstrip("# ").replace("：", ":").split(":", 1)]
        rows.append(row)
    return rows


def period_of(text: str) -> tuple[str, str]:
    """(period, span) of 2015, 2015Q3, 2015H1, 2015-03 or 2015-01..2015-10."""
    first, _, last = text.partition("..")
    if last:
        if first[:4] != last[:4] or first[5:] != "01":
            return text, "range"
        return (first[:4], "year") if last[5:] == "12" else (last, "ytd")
    return text, "quarter" if "Q" in text else "half" if "H" in text else "month" if "-" in text else "year"


class Folder:
    """A jurisdiction folder as this reader sees it."""

    def __init__(self, path: Path):
        self.path = path
        self.forms, self.codes = forms(path), codes(path)
        self.settings = yaml.safe_load((path / "jurisdiction.yml").read_text(encoding="utf-8"))
        with (path / "regions.csv").open(encoding="utf-8-sig", newline="") as handle:
            regions = list(csv.DictReader(handle))
        self.names = {plain(n): r["region_id"] for r in regions for n in (r["region_id"], r["name_zh"], *r["aliases"].split("|")) if n}
        bare = {plain(re.sub("[省市]$", "", r["name_zh"])): r["region_id"] for r in regions}
        self.names = bare | self.names

    def files(self) -> list[Path]:
        return sorted(p for p in (self.path / "submissions").rglob("*") if p.suffix in (".csv", ".xlsx") and p.name != "received.csv")

    def basis(self, period: str) -> str:
        steps = self.settings.get("basis", "all")
        if isinstance(steps, str):
            return steps
        return [s["basis"] for s in steps if str(s["from"]) <= period.ljust(7, "-")][-1]

    def printed(self) -> Iterator[dict]:
        """Every derived value printed in a cell: a rate, change in per cent, progress, share or rank."""
        for path in self.files():
            envelope, columns, form = {}, None, None
            for row in sheet(path):
                if columns is None:
                    for label, value in itertools.pairwise(row):
                        if plain(label) in LABELS and plain(value) and plain(value) not in LABELS:
                            envelope.setdefault(LABELS[plain(label)], plain(value))
                    form = form or self.forms.get(envelope.get("form", ""))
                    known = headers(form) if form else {}
                    if sum(plain(cell) in known for cell in row) and len(row) > 2:
                        columns = [known.get(plain(cell), (LABELS.get(plain(cell), plain(cell)), "")) for cell in row]
                    continue
                yield from self._row(path, form, envelope, columns, row)

    def _row(self, path: Path, form: dict, envelope: dict, columns: list, row: list) -> Iterator[dict]:
        cells = {kind: plain(value) for (kind, _), value in zip(columns, row, strict=False) if kind in ("地区", *LABELS.values())}
        period, span = period_of(cells.get("period") or envelope["period"])
        place = cells.get("region") or cells.get("地区") or ""
        region = self.names[envelope["region"] if not place or place in WHOLE else place]
        dims = {d["id"]: d.get("default", "TOTAL") for d in form.get("dimensions", ())}
        lists = {d["id"]: d["codes"] for d in form.get("dimensions", ())}
        for (kind, name), value in zip(columns, row, strict=False):
            if kind == "dimension" and plain(value):
                dims[name] = self.codes[lists[name]][plain(value)]
        basis = "all"
        if form.get("has_basis"):
            told = cells.get("basis") or envelope.get("basis")
            basis = self.codes["basis"][told] if told else self.basis(period)
            basis = "all" if basis == "TOTAL" else basis
        for (kind, name), value in zip(columns, row, strict=False):
            if kind in (*KINDS, "rate") and plain(value):
                yield {
                    "file": path.name, "form_id": form["id"], "region_id": region, "period": period,
                    "span": "stock" if form.get("kind") == "stock" else span, "basis": basis,
                    "category": "/".join(c for c in dims.values() if c != "TOTAL") or "TOTAL",
                    "measure": name, "kind": kind, "printed": plain(value),
                }
