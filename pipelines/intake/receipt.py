"""A receipt for each file: what was taken in and every finding, with its cell and what to do. JSON for programs, HTML and workbook for clerks."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

from pipelines.engines.warehouse import Warehouse
from pipelines.workbooks import save, text_cell

VERDICTS = {
    "accepted": ("已接收", "Accepted"),
    "accepted_with_warnings": ("已接收，请核对下列问题", "Accepted; please look at the findings"),
    "rejected": ("退回，请改正后重新报送", "Rejected; please correct and send again"),
}
SEVERITIES = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note")}
_COLUMNS = [("check_id", "规则 / check"), ("severity", "级别 / severity"), ("sheet", "工作表 / sheet"), ("cell", "单元格 / cell"),
            ("value", "所填 / value"), ("expected", "应为 / expected"), ("message_zh", "说明"), ("message_en", "in English")]
_STYLE = (
    "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2530}h1{font-size:1.4rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:#566}dd{margin:0}"
    ".box{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{border:1px solid #ccd3da;padding:.4rem .5rem;"
    "text-align:left;vertical-align:top}th{background:#eef2f6}.error td:first-child{border-left:4px solid #b3261e}"
    ".warning td:first-child{border-left:4px solid #9a6700}.answer{min-width:8rem}"
)


def write_all(warehouse: Warehouse, folder: Path) -> int:
    """Write the receipts that are missing or no longer say what is known; returns how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    con = warehouse.con
    findings: dict[str, list[dict]] = {}
    cursor = con.execute(
        "SELECT submission_id, check_id, severity, sheet, cell, value, expected, message_zh, message_en FROM quality_findings "
        "ORDER BY submission_id, CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, sheet, length(cell), cell, check_id, message_en"
    )
    names = [d[0] for d in cursor.description]
    for row in cursor.fetchall():
        record = dict(zip(names, row, strict=True))
        findings.setdefault(record.pop("submission_id"), []).append(record)
    cursor = con.execute(
        "SELECT s.submission_id, l.path AS file, s.form_id, s.region_id, r.name_zh AS region_zh, s.period, s.received_at, s.revision, s.verdict, "
        "s.rows, s.errors, s.warnings, s.on_time, s.file_sha256 FROM submissions AS s JOIN ledger AS l ON l.submission_id = s.submission_id "
        "LEFT JOIN (SELECT region_id, max(name_zh) AS name_zh FROM region_settings GROUP BY region_id) AS r ON r.region_id = s.region_id "
        "ORDER BY s.submission_id"
    )
    names = [d[0] for d in cursor.description]
    written = 0
    for row in cursor.fetchall():
        receipt = dict(zip(names, row, strict=True))
        receipt["received_at"] = receipt["received_at"].isoformat() + "Z"
        receipt["findings"] = findings.get(receipt["submission_id"], [])
        text = json.dumps(receipt, ensure_ascii=False, indent=1) + "\n"
        path = folder / f"{receipt['submission_id']}.json"
        if path.exists() and path.read_text(encoding="utf-8") == text and path.with_suffix(".xlsx").exists():
            continue
        _write(path.with_suffix(".html"), _html(receipt).encode())
        _write(path.with_suffix(".xlsx"), _workbook(receipt))
        _write(path, text.encode())
        written += 1
    return written


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(data)
    os.replace(partial, path)


def _facts(receipt: dict) -> list[tuple[str, str]]:
    zh, en = VERDICTS[receipt["verdict"]]
    return [
        ("结论 / verdict", f"{zh} / {en}"),
        ("文件 / file", receipt["file"]),
        ("表号 / form", receipt["form_id"] or "—"),
        ("填报单位 / sender", f"{receipt['region_zh'] or ''} {receipt['region_id'] or '—'}".strip()),
        ("报告期 / period", receipt["period"] or "—"),
        ("收到时间 / received", receipt["received_at"]),
        ("行数 / rows", str(receipt["rows"])),
        ("错误、警告 / errors, warnings", f"{receipt['errors']}, {receipt['warnings']}"),
        ("编号 / number", receipt["submission_id"]),
    ]


def _html(receipt: dict) -> str:
    e = html.escape
    facts = "".join(f"<dt>{e(k)}</dt><dd>{e(v)}</dd>" for k, v in _facts(receipt))
    body = "<p>没有问题。 / Nothing to report.</p>"
    if receipt["findings"]:
        head = "".join(f"<th scope='col'>{e(label)}</th>" for _, label in _COLUMNS) + "<th scope='col'>答复 / answer</th>"
        rows = ""
        for finding in receipt["findings"]:
            cells = "".join(
                f"<td>{e(' / '.join(SEVERITIES[finding[k]]) if k == 'severity' else str(finding[k] or ''))}</td>" for k, _ in _COLUMNS
            )
            rows += f"<tr class='{finding['severity']}'>{cells}<td class='answer'></td></tr>"
        body = f"<div class='box'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    title = f"报送回执 {receipt['submission_id']}"
    return (
        f"<!doctype html><html lang='zh'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{e(title)}</title><style>{_STYLE}</style></head><body><h1>{e(title)} <small lang='en'>receipt</small></h1>"
        f"<dl>{facts}</dl>{body}</body></html>\n"
    )


def _workbook(receipt: dict) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("回执 receipt")
    for column, width in zip("ABCDEFGHI", (16, 14, 12, 10, 16, 20, 60, 60, 24), strict=True):
        sheet.column_dimensions[column].width = width
    for label, value in _facts(receipt):
        sheet.append([text_cell(sheet, label), text_cell(sheet, value)])
    sheet.append([])
    sheet.append([text_cell(sheet, label) for _, label in _COLUMNS] + [text_cell(sheet, "答复 / answer")])
    for finding in receipt["findings"]:
        sheet.append([text_cell(sheet, str(finding[k] or "")) for k, _ in _COLUMNS])
    return save(book)
