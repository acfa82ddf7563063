"""The score sheets as workbooks, one for each scheme and period: the table of all regions, then a sheet for each, ready to print."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from pipelines.engines.warehouse import Warehouse
from pipelines.workbooks import put_text, save
from transforms import periods

TABLE = ("名次 / Rank", "区划代码 / Code", "地区 / Region", "考核分类 / Class", "得分 / Score", "等次 / Grade", "状态 / Status", "否决事项 / Veto")
SHEET = ("条目 / Item", "规则 / Rule", "实际 / Measured", "目标 / Target", "标准分 / Points", "扣分 / Deduction", "得分 / Score", "理由 / Reason")
WIDTHS = (26, 48, 11, 11, 10, 10, 10, 40)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def write(warehouse: Warehouse, folder: Path, title: str) -> list[Path]:
    """Write `assessment-<scheme>-<period>.xlsx` for everything that was assessed; returns the files. The same rows give the same bytes."""
    con = warehouse.con
    made = []
    for scheme_id, period in con.execute("SELECT DISTINCT scheme_id, period FROM assessment_scores ORDER BY scheme_id, period").fetchall():
        path = folder / f"assessment-{re.sub(r'[^A-Za-z0-9_-]+', '-', scheme_id)}-{period}.xlsx"
        path.write_bytes(_book(warehouse, scheme_id, period, title))
        made.append(path)
    return made


def _book(warehouse: Warehouse, scheme_id: str, period: str, title: str) -> bytes:
    import openpyxl

    con = warehouse.con
    after = periods.months_of(period).end + 1  # names are those of the end of the period
    scores = con.execute(
        """SELECT s.rank, s.region_id, r.name_zh, s."class", s.score, s.grade, s.provisional, s.veto_reason, s.judged_score, s.judged_points,
  s.total_points, s.extra_score, s.grade_reason_zh, s.ranked_count, s.weights_zh, s.interim, s.bottom
FROM assessment_scores AS s
LEFT JOIN (
  SELECT region_id, arg_max(name_zh, (coalesce(valid_from, DATE '0001-01-01') < $after, coalesce(valid_from, DATE '0001-01-01'))) AS name_zh
  FROM regions GROUP BY region_id
) AS r ON r.region_id = s.region_id
WHERE s.scheme_id = $scheme AND s.period = $period ORDER BY s.rank NULLS LAST, s.score DESC NULLS LAST, s.region_id""",
        {"scheme": scheme_id, "period": period, "after": dt.date(after // 12, after % 12 + 1, 1)}).fetchall()
    name = con.execute("SELECT min(scheme_zh) FROM scheme_rules WHERE scheme_id = ?", [scheme_id]).fetchone()[0] or scheme_id
    items: dict[str, list[tuple]] = {}
    for region, *line in con.execute(
        """SELECT i.region_id, coalesce(r.group_zh || ' ', '') || coalesce(r.name_zh, i.item_id), r.rule_zh, i.measured, i.target, i.points, i.deduction,
  i.score, i.reason_zh
FROM assessment_items AS i
LEFT JOIN scheme_rules AS r ON r.scheme_id = i.scheme_id AND r.rule_id = i.item_id AND r.kind IN ('group', 'item', 'bonus', 'deduction')
WHERE i.scheme_id = ? AND i.period = ? ORDER BY i.region_id, r.position, i.item_id""", [scheme_id, period]
    ).fetchall():
        items.setdefault(region, []).append(tuple(line))
    book = openpyxl.Workbook()
    book.properties.creator, book.properties.title = "worksafety", f"{title} {name} {period}"
    table = book.active
    table.title = "总表"
    _head(table, f"{name} {period}", title, TABLE, (8, 12, 24, 14, 10, 12, 12, 48))
    for rank, region, zh, group, score, grade, provisional, veto, *_, interim, bottom in scores:
        _row(table, (rank, region, zh, group, score, grade, "；".join((*_status(provisional, interim), *(["末位 / bottom"] if bottom else []))), veto))
    names = {"总表"}
    for rank, region, zh, _, score, grade, provisional, veto, got, points, total, extra, why, ranked, weights, interim, _ in scores:
        label = _FORBIDDEN.sub("-", zh or region)[:24]
        label = label if label not in names else f"{label[:20]} {region}"[:31]
        names.add(label)
        sheet = book.create_sheet(label)
        _head(sheet, f"{zh or region} · {name} {period}", title, SHEET, WIDTHS)
        for line in items.get(region, ()):
            _row(sheet, line)
        _row(sheet, ("合计 / Total", None, None, None, points, None, got, None if points == total else f"折算 / scaled: {_n(got)} ÷ {_n(points)} × {_n(total)}"), bold=True)
        if weights:
            _row(sheet, ("行业权重 / Weights of the industry", weights))
        if extra:
            _row(sheet, ("加减分 / Bonuses and deductions", None, None, None, None, None, extra, None))
        _row(sheet, ("最后得分 / Final score", None, None, None, None, None, score, veto), bold=True)
        _row(sheet, ("等次 / Grade", f"{grade or '—'}{''.join(f'（{said}）' for said in _status(provisional, interim))}", None, None, None, None, None, why))
        _row(sheet, ("名次 / Rank", f"{rank or '—'} / {ranked}"))
        _row(sheet, ())
        _row(sheet, ("考核单位（盖章）/ Assessed by (seal)", None, None, None, None, None, None, "被考核单位（盖章）/ Unit assessed (seal)"))
    return save(book)


def _status(provisional: bool, interim: bool) -> list[str]:
    """Why a score is not final: its period is not over, or an item has no data."""
    return ["预评：考核期未满 / interim"] if interim else ["预评：总分不完整 / incomplete"] if provisional else []


def _n(number) -> str:
    return "—" if number is None else f"{number:f}".rstrip("0").rstrip(".")


def _head(sheet, heading: str, title: str, columns: tuple[str, ...], widths: tuple[int, ...]) -> None:
    from openpyxl.styles import Font

    for n, width in enumerate(widths):
        sheet.column_dimensions["ABCDEFGH"[n]].width = width
    _row(sheet, (heading,), bold=True)
    _row(sheet, (title,))
    _row(sheet, columns, bold=True)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.freeze_panes = "A4"
    sheet.print_title_rows = "1:3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _row(sheet, values: tuple, bold: bool = False) -> None:
    from openpyxl.styles import Alignment, Font

    at = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for n, value in enumerate(values, start=1):
        if value is None:
            continue
        cell = sheet.cell(at, n)
        if isinstance(value, str):
            put_text(cell, value)
        else:
            cell.value = float(value) if hasattr(value, "as_tuple") else value
        cell.alignment = Alignment(wrap_text=at > 2, vertical="top")
        if bold:
            cell.font = Font(bold=True)
    if not values:
        put_text(sheet.cell(at, 1), " ")
