"""The sender's own sheets once more, with the findings in their cells. Made from what our own reader read, never from the file itself:

no formula, macro, link, image or hidden sheet can come along. Only the widths of columns are looked up in a workbook, in its first bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cache

from expectations import compile as suites
from pipelines import personal, plain_workbook
from pipelines.intake import answers
from pipelines.intake.sheets import Sheet, Unreadable, read

PERSONAL = "〔个人信息，略 / personal, left out〕"
ONLY_SHEET = "报送文件 file"  # of a file that has no sheets
MAX_CELLS = 60_000  # of a whole copy; of a larger file the head and the lines with findings are copied
HEAD_ROWS = 60
MAX_COMMENTS = 2_000
FILLS = {"error": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7", "closed": "D9EAD3"}
SEVERITIES = {"error": ("错误", "error"), "warning": ("警告", "warning"), "info": ("提示", "note")}
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_PLACE = re.compile(r"([A-Z]{0,3})([1-9]\d{0,6})")
_WIDTHS = 65_536  # the columns are described before the cells


@dataclass
class Copy:
    """A sheet as it stands in the receipt: `name` is what findings call it, `title` its name in the receipt workbook."""

    name: str
    title: str
    rows: list[list[object]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    whole: bool = True


def copies(data: bytes, findings: list[dict], taken: str) -> list[Copy]:
    """The sheets of a file as they may be shown again; [] when it cannot be read. `taken` is a sheet name that is in use already."""
    try:
        sheets = [sheet for sheet in read(data) if not answers.is_list(sheet)]
    except Unreadable:
        return []
    widths = _widths(data)
    room, used, found = MAX_CELLS, {taken.lower()}, []
    for sheet in sheets:
        copy = Copy(sheet.name, _title(sheet.name, used), [[_shown(value) for value in row] for row in _rows(sheet)])
        copy.merged = _apart(sheet.merged, copy.rows)
        copy.widths = _by_content(copy) | widths.get(sheet.name, {})
        size = sum(value is not None for row in copy.rows for value in row)
        if size > room:
            wanted = {_row(f["cell"]) for f in findings if f["sheet"] == sheet.name}
            copy.rows = [row if r < HEAD_ROWS or r + 1 in wanted else [] for r, row in enumerate(copy.rows)]
            copy.merged, copy.whole = [m for m in copy.merged if m[1] < HEAD_ROWS], False
        room = max(0, room - size)
        found.append(copy)
    return found


def _rows(sheet: Sheet) -> list[list[object]]:
    """The lines of a sheet; those of a text file that begin with # are put back where they stood."""
    rows = [list(row) for row in sheet.rows]
    for label, value, line in sheet.envelope:
        rows[line - 1] = [f"# {label}: {value}"]
    return rows


def _shown(value: object) -> object:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value
    text = str(value)
    return PERSONAL if personal.is_personal(text) else text


def _title(name: str, used: set[str]) -> str:
    base = _NOT_IN_A_NAME.sub(" ", name).strip().strip("'")[:31] or ONLY_SHEET
    base = ONLY_SHEET if personal.is_personal(base) else base
    title, number = base, 1
    while title.lower() in used:
        number += 1
        title = f"{base[:26]} ({number})"
    used.add(title.lower())
    return title


def _apart(merged: list[tuple[int, int, int, int]], rows: list[list[object]]) -> list[tuple[int, int, int, int]]:
    """Merged ranges that lie in the sheet and apart from one another: of ranges that overlap a spreadsheet program says that the file is damaged."""
    taken: set[tuple[int, int]] = set()
    found = []
    for top, bottom, left, right in merged[:1_000]:
        bottom, right = min(bottom, len(rows) - 1), min(right, max((len(row) for row in rows[top : top + 1]), default=0) - 1)
        places = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if len(places) > 1 and not places & taken:
            taken |= places
            found.append((top, bottom, left, right))
    return found


def _widths(data: bytes) -> dict[str, dict[int, float]]:
    """Widths of the columns of each sheet of an .xlsx workbook, as far as they can be found without reading it through."""
    found: dict[str, dict[int, float]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            def head(name: str) -> str:
                with archive.open(name) as part:
                    return part.read(_WIDTHS).decode("utf-8", "replace")

            targets = {}
            for relation in re.findall(r"<Relationship\b[^>]*>", head("xl/_rels/workbook.xml.rels")):
                target = _attribute(relation, "Target")
                targets[_attribute(relation, "Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            for sheet in re.findall(r"<sheet\b[^>]*>", head("xl/workbook.xml")):
                columns = found.setdefault(_attribute(sheet, "name"), {})
                for column in re.findall(r"<col\b[^>]*>", head(targets[_attribute(sheet, "r:id")]).partition("<sheetData")[0]):
                    first, last, width = (float(_attribute(column, name)) for name in ("min", "max", "width"))
                    for c in range(int(first), min(int(last), 512) + 1):
                        columns[c - 1] = min(max(width, 2.0), 100.0)
    except (KeyError, ValueError, OverflowError, OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
        pass  # a workbook that cannot be looked through so quickly gets columns by their content
    return found


def _attribute(element: str, name: str) -> str:
    match = re.search(rf'\s{name}="([^"]*)"', element)
    return match[1] if match else ""


def _by_content(copy: Copy) -> dict[int, float]:
    """Columns as wide as what stands in the first lines, within reason; merged cells have the room of several."""
    widths: dict[int, float] = {}
    merged = {(r, c) for top, bottom, left, right in copy.merged for r in range(top, bottom + 1) for c in range(left, right + 1)}
    for r, row in enumerate(copy.rows[:100]):
        filled = [(c, value) for c, value in enumerate(row) if value is not None and (r, c) not in merged]
        for c, value in filled if len(filled) > 1 else ():  # one alone is a title
            widths[c] = max(widths.get(c, 9.0), min(40.0, plain_workbook.display_width(str(value)) + 2.0))
    return widths


def _row(cell: str) -> int:
    return int(re.sub(r"\D", "", cell) or 0)


def place(copies: list[Copy], finding: dict) -> tuple[str, str] | None:
    """(title of the sheet, cell) at which a finding is marked; None where there is no such cell."""
    copy = next((c for c in copies if c.name == finding["sheet"]), None)
    match = _PLACE.fullmatch(finding["cell"] or "")
    return (copy.title, f"{match[1] or 'A'}{match[2]}") if copy and match else None


def sheets(copies: list[Copy], findings: list[dict]) -> list[plain_workbook.Sheet]:
    """The copies as sheets of a workbook, the cells of findings coloured and commented."""
    marked: dict[tuple[str, str], list[dict]] = {}
    for finding in findings:
        if at := place(copies, finding):
            marked.setdefault(at, []).append(finding)
    room, made = MAX_COMMENTS, []
    for copy in copies:
        sheet = plain_workbook.Sheet(copy.title, widths=copy.widths, merged=copy.merged)
        inside = {(r, c): (top, left) for top, bottom, left, right in copy.merged for r in range(top, bottom + 1) for c in range(left, right + 1)}
        for r, row in enumerate(copy.rows):
            for c, value in enumerate(row):
                if value is not None and inside.get((r, c), (r, c)) == (r, c):
                    sheet.put(r, c, value)
        for (title, cell), each in marked.items():
            if title != copy.title:
                continue
            match = _PLACE.fullmatch(cell)
            at = (int(match[2]) - 1, _number_of(match[1]))
            at = inside.get(at, at)
            open_ones = [f for f in each if f["state"] == "open"]
            colour = FILLS[open_ones[0]["severity"] if open_ones else "closed"]  # findings stand with the gravest first
            value, _ = sheet.cells.get(at[0], {}).get(at[1], (None, None))
            sheet.put(*at, value, plain_workbook.Style(fill=colour, border=True))
            if room > 0:
                sheet.comments[at] = "\n\n".join(filter(None, [sheet.comments.get(at, ""), *(_comment(f) for f in each)]))[:8_000]
                room -= 1
        made.append(sheet)
    return made


def _number_of(letters: str) -> int:
    number = 0
    for character in letters:
        number = 26 * number + ord(character) - 64
    return number - 1


def text_of(finding: dict, key: str) -> str:
    """A column of a finding as it is shown."""
    if key == "severity":
        return " / ".join(SEVERITIES[finding["severity"]])
    if key == "state":
        if finding["state"] == "open":
            return "待处理 / open"
        return f"已更正，见 / corrected by {finding['resolved_by']}" if finding["resolved_by"] else "已不成立 / holds no longer"
    if key == "expected" and finding["check_id"] in _messages() and (expects := _messages()[finding["check_id"]].expects):
        return f"{finding['expected']}：{expects}" if finding["expected"] else expects
    return str(finding[key] or "")


@cache
def _messages() -> dict[str, suites.Message]:
    return suites.messages()


def _comment(finding: dict) -> str:
    zh, en = SEVERITIES[finding["severity"]]
    state = "" if finding["state"] == "open" else "（已了结 / closed）"
    numbers = dict.fromkeys((finding["rule_id"], finding["check_id"]))
    lines = [f"{' '.join(numbers)} {zh} / {en}{state}", finding["message_zh"]]
    if expected := text_of(finding, "expected"):
        lines.append(f"应为 / expected：{expected}")
    return "\n".join([*lines, finding["message_en"]])
