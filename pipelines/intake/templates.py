"""The blank workbooks that are handed out: one for each form and submitter, the same bytes every time.

A workbook is built once for each form and then only its sender is filled in: building is what takes the time.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from pipelines.intake.names import RegionNames, RegionProblem
from pipelines.jurisdiction import ConfigurationError, Jurisdiction, Region
from pipelines.reference import Form
from transforms import periods

FREQUENCIES = {"month": ("month", "event"), "quarter": ("quarter",), "half": ("half",), "year": ("year",)}
NAME, CODE = "{{name_of_the_sender}}", "{{code_of_the_sender}}"  # what every sender's own name and code are put in place of
SHEET = "xl/worksheets/sheet1.xml"
DATE = (2000, 1, 1, 0, 0, 0)
# A formula as openpyxl writes it, without its value. Over blank cells every formula here gives a blank, and the file says so: a reader that
# computes nothing then finds a blank form and not formulas that were never computed.
_FORMULA = re.compile(rb'(<c r="[A-Z]+[0-9]+"(?: s="[0-9]+")?)>(<f>[^<]*</f>)<v ?/>')


@dataclass(frozen=True)
class Blank:
    """A workbook to be written."""

    form: Form
    region: Region
    rows: tuple[Region, ...] = ()

    def path(self, period: str) -> str:
        """Below the folder: by code and form number only, so that no name of a region can lead anywhere."""
        parts = [quote(part, safe="") for part in (self.region.region_id, self.form.id, period)]
        return f"{parts[0]}/{parts[1]}_{parts[0]}_{parts[2]}.xlsx"


def plan(jurisdiction: Jurisdiction, period: str, forms: Iterable[str] = (), regions: Iterable[str] = ()) -> tuple[str, list[Blank]]:
    """The period as it is stored, and what is handed out for it, form by form.

    Without `regions` every form goes to its submitters; a region that is named gets the forms of the leaves even where it is none.
    Raises ConfigurationError for a period that no form has, for an unknown form or region, and for a form of another frequency.
    """
    try:
        period, span = periods.parse(period)
    except ValueError:
        span = ""
    if span not in FREQUENCIES:
        raise ConfigurationError(f"--period {period}: 应为月、季、半年或年，如 / must be a month, quarter, half-year or year: 2015-03, 2015Q1, 2015H1, 2015")
    declared = jurisdiction.reference.forms

    def fits(form: Form) -> bool:
        return not {form.frequency, *form.also}.isdisjoint(FREQUENCIES[span])

    by_fold = {form_id.lower(): form for form_id, form in declared.items()}
    wanted = {}
    for name in forms:
        form = by_fold.get(name.lower())
        if form is None:
            raise ConfigurationError(f"--form {name}: 没有这张表 / no such form; 可用 / known: {', '.join(declared)}")
        if not fits(form):
            raise ConfigurationError(f"--form {form.id}: 报送频率为 {form.frequency}，与 {period} 不符 / is a form of each {form.frequency}, not of {period}")
        wanted[form.id] = form
    chosen = list(wanted.values()) or [form for form in declared.values() if fits(form)]
    tree = _Tree(jurisdiction, period)
    named = tuple(dict.fromkeys(tree.find(name) for name in regions))
    return period, [Blank(form, region, tree.rows(form, region)) for form in chosen for region in tree.submitters(form, named)]


class _Tree:
    """The regions in force on the last day of a period."""

    def __init__(self, jurisdiction: Jurisdiction, period: str):
        self.jurisdiction, self.period = jurisdiction, period
        self.names = RegionNames(jurisdiction)
        after = periods.month_index(periods.end_month(period)) + 1
        last_day = dt.date(after // 12, after % 12 + 1, 1) - dt.timedelta(days=1)
        self.current = {r.region_id: r for r in jurisdiction.regions if r.valid_on(last_day)}
        self.children: dict[str, list[Region]] = {}
        for region in self.current.values():
            if region.region_id != jurisdiction.root:
                self.children.setdefault(region.parent_id, []).append(region)

    def find(self, text: str) -> Region:
        try:
            region_id = self.names.resolve(text, None, self.period)
        except RegionProblem as problem:
            what = "; ".join(problem.candidates) or "不在本辖区名单中 / not a region of this jurisdiction"
            raise ConfigurationError(f"--region {text}: {what}") from problem
        if region_id not in self.current:
            raise ConfigurationError(f"--region {text}: {region_id} 在 {self.period} 无效 / was not in force in {self.period}")
        return self.current[region_id]

    def submitters(self, form: Form, named: tuple[Region, ...]) -> list[Region]:
        root = self.jurisdiction.root
        fits = {"root": lambda r: r.region_id == root, "parents": lambda r: r.region_id in self.children, "leaves": lambda r: bool(named) or r.region_id not in self.children}
        return [region for region in named or self.current.values() if fits[form.submitters](region)]

    def rows(self, form: Form, region: Region) -> tuple[Region, ...]:
        """The regions that a form is filled in for, where its sender fills it in for others: itself and its children, or everybody."""
        if form.submitters == "parents":
            return (region, *self.children[region.region_id])
        return tuple(self._below(region)) if form.submitters == "root" else ()

    def _below(self, region: Region) -> Iterator[Region]:
        yield region
        for child in self.children.get(region.region_id, ()):
            yield from self._below(child)


def write(jurisdiction: Jurisdiction, period: str, blanks: list[Blank], folder: Path, progress: Callable[[str, int, int], None] = lambda *_: None) -> list[Path]:
    """Write the workbooks, each whole or not at all.

    Returns the files that were there with other content, which may be what somebody has filled in: they are kept as they are.
    """
    kept, masters = [], {}
    for number, blank in enumerate(blanks, start=1):
        key = (blank.form.id, blank.rows)
        if key not in masters:
            masters = {key: _parts(_master(jurisdiction, period, blank))}  # blanks come form by form: one is enough
        data = _filled(masters[key], blank.region)
        path = folder / blank.path(period)
        if path.exists() and path.read_bytes() != data:
            kept.append(path)
        else:
            _put(path, data)
        progress("templates", number, len(blanks))
    return kept


def _master(jurisdiction: Jurisdiction, period: str, blank: Blank) -> bytes:
    from openpyxl import Workbook

    from pipelines.intake.blank_notes import BlankNotes
    from pipelines.intake.blank_sheet import CODES, BlankSheet
    from pipelines.intake.blank_table import BlankTable
    from pipelines.workbooks import save

    form = blank.form
    table = BlankTable(form, jurisdiction, period, blank.rows)
    basis = next((c.zh for c in jurisdiction.reference.codes["basis"] if c.code == jurisdiction.basis_at(periods.end_month(period))), "")
    envelope = [
        ("表号", form.id, False), ("表式版本", str(form.version), False), ("填报单位", NAME, False), ("行政区划代码", CODE, False),
        ("报告期", period, False), ("统计口径", basis if form.has_basis else "不适用", form.has_basis), ("累计", "否", form.kind == "flow"), ("金额单位", next((m.unit for m in form.measures if m.type == "money"), "万元"), True),
        ("填报日期", "", True), ("替代", "", True),
    ]
    book = Workbook()
    book.properties.creator = "worksafety"
    book.properties.title = f"{form.id} {form.name['zh']} {period}"
    BlankSheet(book, table, f"{NAME} {_in_words(period)} {form.name['zh']}", envelope).write()
    BlankNotes(book, table).write()
    if CODES in book.sheetnames:
        book.move_sheet(CODES, len(book.sheetnames))
    return save(book)


def _in_words(period: str) -> str:
    """A period in Chinese: 2015年3月, 2015年第1季度, 2015年上半年, 2015年."""
    text = re.sub(r"^(\d{4})Q(\d)$", r"\1年第\2季度", period).replace("H1", "年上半年").replace("H2", "年下半年")
    text = re.sub(r"^(\d{4})-0?(\d+)$", r"\1年\2月", text)
    return f"{text}年" if text.isdecimal() else text


def _parts(workbook: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = _FORMULA.sub(rb'\1 t="str">\2<v></v>', parts[SHEET])
    return list(parts.items())


def _filled(parts: list[tuple[str, bytes]], region: Region) -> bytes:
    """The workbook of one sender."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts:
            if name == SHEET:
                for mark, text in ((NAME, region.name_zh), (CODE, region.region_id)):
                    content = content.replace(mark.encode(), escape("".join(c for c in text if c.isprintable())).encode())
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_bytes(data)
    os.replace(partial, path)
