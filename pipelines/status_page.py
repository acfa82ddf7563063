"""The state of a period as a page and as a workbook, for the bureau itself: they name files and repeat answers, so they are never published."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

from pipelines import plain_workbook
from pipelines.intake.receipt import template
from pipelines.jurisdiction import Jurisdiction
from pipelines.plain_workbook import Sheet, Style
from pipelines.status import ARRIVED, WAITS, WORDS, Cell, Overview

_HEAD, _LEFT = Style(bold=True, fill="E9EDF1", border=True, wrap=True), Style(border=True, wrap=True)
_COLOURS = {"on_time": "D9EAD3", "received": "D9EAD3", "late": "FFEB9C", "rejected": "FFC7CE", "missing": "FFFFFF", "not_due": "F2F2F2"}
_NUMBERS = ("expected", *WORDS, "waits")
_LABELS = {"expected": ("应报", "expected"), **WORDS, "waits": WAITS}


def write(overview: Overview, jurisdiction: Jurisdiction, folder: Path, now: dt.datetime) -> list[Path]:
    """Write `<period>.html` and `<period>.xlsx`; returns the two paths."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]", "_", overview.period) or "none"
    paths = [folder / f"{name}.html", folder / f"{name}.xlsx"]
    for path, data in zip(paths, (_page(overview, jurisdiction, now).encode(), _workbook(overview, jurisdiction, now)), strict=True):
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(data)
        os.replace(partial, path)
    return paths


def _local(jurisdiction: Jurisdiction, moment: dt.datetime | None) -> str:
    return moment.replace(tzinfo=dt.UTC).astimezone(jurisdiction.zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def _title(cell: Cell, jurisdiction: Jurisdiction, overview: Overview) -> str:
    parts = [" / ".join(WORDS[cell.state]), *([] if cell.expected else ["不在应报之列 / not expected"])]
    if cell.received_at:
        parts.append(f"{_local(jurisdiction, cell.received_at)} {overview.files.get(cell.submission_id, '')}")
    if cell.waits:
        parts.append("最近一份退回 / the newest was refused" if cell.refused else f"错误 {cell.errors} 处 / errors")
    return "；".join(parts)


def _waiting(overview: Overview) -> list[tuple[str, str, Cell]]:
    return sorted(((region, form, cell) for (region, form), cell in overview.cells.items() if cell.waits), key=lambda item: item[:2])


def _page(overview: Overview, jurisdiction: Jurisdiction, now: dt.datetime) -> str:
    names = {r.region_id: r.name_zh for r in jurisdiction.regions}
    forms = jurisdiction.reference.forms
    rows = []
    for region in overview.regions:
        tally = overview.of_region(region.region_id)
        cells = [overview.cells.get((region.region_id, form)) for form in overview.forms]
        rows.append({"id": region.region_id, "name": region.name_zh, "depth": jurisdiction.depth[region.region_id], "tally": tally, "rate": overview.rate(tally),
                     "cells": [c and {"cell": c, "word": WORDS[c.state][0], "title": _title(c, jurisdiction, overview)} for c in cells]})
    tallies = {form: overview.of_form(form) for form in overview.forms}
    total = overview.total
    shown = [key for key in _NUMBERS if total[key] or key in ("expected", "waits")]
    return template("status.html.j2").render(
        name=jurisdiction.name, overview=overview, words=WORDS, waits=WAITS, rows=rows, labels=_LABELS, shown=shown, tallies=tallies, total=total,
        rate=overview.rate, form_name=lambda form: forms[form].name["zh"] if form in forms else "", region_name=lambda region: names.get(region, ""),
        local=lambda moment: _local(jurisdiction, moment), now=_local(jurisdiction, now), due=sorted({_local(jurisdiction, at) for at in overview.due.values()}),
        waiting=_waiting(overview), simulated=jurisdiction.simulated, arrived=ARRIVED,
    )


def _workbook(overview: Overview, jurisdiction: Jurisdiction, now: dt.datetime) -> bytes:
    names = {r.region_id: r.name_zh for r in jurisdiction.regions}
    matrix = Sheet(f"报送情况 {overview.period}"[:31].replace("/", "-"), frozen=(2, 2), repeated=1, widths={0: 12, 1: 22})
    matrix.put(0, 0, f"{jurisdiction.name['zh']} {overview.period}  {_local(jurisdiction, now)}", Style(bold=True, size=14))
    head = ["区划代码 / region", "单位 / name", *overview.forms, *(f"{zh} / {en}" for zh, en in (_LABELS[k] for k in _NUMBERS)), "按时率 / on-time rate"]
    for c, text in enumerate(head):
        matrix.put(1, c, text, _HEAD)
        matrix.widths.setdefault(c, 11)
    for r, region in enumerate(overview.regions, start=2):
        matrix.put(r, 0, region.region_id, _LEFT)
        matrix.put(r, 1, region.name_zh, _LEFT)
        for c, form in enumerate(overview.forms, start=2):
            cell = overview.cells.get((region.region_id, form))
            word = "" if cell is None else WORDS[cell.state][0] + (f"，{WAITS[0]}" if cell.waits else "") + ("" if cell.expected else "（不在应报之列）")
            matrix.put(r, c, word, Style(border=True, wrap=True, fill="" if cell is None else _COLOURS["rejected" if cell.waits else cell.state]))
        _totals(matrix, r, overview, overview.of_region(region.region_id))
    base = 2 + len(overview.regions)
    for n, key in enumerate(_NUMBERS):
        matrix.put(base + n, 1, " / ".join(_LABELS[key]), _HEAD)
        for c, form in enumerate(overview.forms, start=2):
            matrix.put(base + n, c, overview.of_form(form)[key], _LEFT)
    matrix.put(base + len(_NUMBERS), 1, "按时率 / on-time rate", _HEAD)
    for c, form in enumerate(overview.forms, start=2):
        matrix.put(base + len(_NUMBERS), c, overview.rate(overview.of_form(form)), _LEFT)
    _totals(matrix, base, overview, overview.total)
    waiting = _table("待更正 to correct", ["区划代码 / region", "单位 / name", "表号 / form", "报送编号 / number", "文件 / file", "收到时间 / received", "错误 / errors", "答复 / answers"], [
        [region, names.get(region, ""), form, cell.submission_id, overview.files.get(cell.submission_id, ""), _local(jurisdiction, cell.received_at), cell.errors,
         cell.answers] for region, form, cell in _waiting(overview)])
    answers = _table("答复 answers", ["区划代码 / region", "单位 / name", "表号 / form", "报送编号 / number", "规则 / check", "工作表 / sheet", "单元格 / cell", "答复 / answer", "收到时间 / received"], [
        [a["region_id"] or "", names.get(a["region_id"], ""), a["form_id"] or "", a["submission_id"], a["check_id"], a["sheet"], a["cell"], a["answer"],
         _local(jurisdiction, a["received_at"])] for a in overview.answers])
    unplaced = _table("无法归位 unplaced", ["报送编号 / number", "文件 / file", "收到时间 / received"], [
        [u["submission_id"], u["path"], _local(jurisdiction, u["received_at"])] for u in overview.unplaced])
    return plain_workbook.write([matrix, waiting, answers, unplaced])


def _totals(sheet: Sheet, row: int, overview: Overview, tally: dict[str, int]) -> None:
    first = 2 + len(overview.forms)
    for c, key in enumerate(_NUMBERS, start=first):
        sheet.put(row, c, tally[key], _LEFT)
    sheet.put(row, first + len(_NUMBERS), overview.rate(tally), _LEFT)


def _table(title: str, head: list[str], rows: list[list]) -> Sheet:
    sheet = Sheet(title, frozen=(1, 0), repeated=0, widths=dict.fromkeys(range(len(head)), 18))
    for r, line in enumerate([head, *rows]):
        for c, value in enumerate(line):
            sheet.put(r, c, value, _HEAD if r == 0 else _LEFT)
    return sheet
