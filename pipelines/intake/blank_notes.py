"""The sheet 填表说明: every column, what it may hold, when and where to send the form, and what will be checked. Chinese, English beside."""

from __future__ import annotations

import re

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook import Workbook

from expectations import compile as suites
from pipelines.intake.blank_sheet import protect, width_of
from pipelines.intake.blank_table import BlankColumn, BlankTable, Rate, Sum
from transforms import periods

NOTES = "填表说明"
_WIDTHS = (26, 44, 10, 12, 60)
_FONT = "宋体"
_LINE = Border(*(Side("thin", color="B0B8C0"),) * 4)
_HEAD = PatternFill("solid", fgColor="D9E4EF")
KINDS = {
    "int": ("不小于 0 的整数", "whole number, at least 0"),
    "money": ("不小于 0 的数，按表上“金额单位”", "number, at least 0, in the unit of money named above the table"),
    "decimal": ("不小于 0 的数，可有小数", "number, at least 0"),
    "percent": ("百分数，不写 % 也可", "percentage, with or without %"),
    "date": ("日期，如 2015-03-05", "date such as 2015-03-05"),
    "datetime": ("日期和时间，如 2015-03-05 08:30", "date and time such as 2015-03-05 08:30"),
    "time": ("时间，如 08:30", "time such as 08:30"),
    "flag": ("是、否", "是 = yes, 否 = no"),
    "region": ("本辖区内的地区名称或代码", "name or code of a region of the jurisdiction"),
    "region_id": ("行政区划代码；不填即填报单位", "division code; blank = the sender"),
    "note": ("文字；不写姓名、电话和证件号", "text; no names, telephones or identity numbers"),
}
SEVERITIES = {"error": "错误 / error", "warning": "警告 / warning", "info": "提示 / note"}
CONTEXT = {"region_id": "行政区划代码", "submitter_id": "填报单位代码", "period": "报告期", "received_on": "收到日期", "received_at": "收到时间"}
RULES = [
    ("没有发生填 0（或“无”）；没有统计的留空；不适用的填 —。空白不等于 0。", "Write 0 (or 无) for none, leave blank what was not counted, write — for not applicable. A blank is not a zero."),
    ("整行空白的行不算报送，不用删除。", "A line left blank is not a report; there is no need to delete it."),
    ("约数照写：约300、300余、近600。不要用 * 遮盖数字。", "Write what is approximate as it is: 约300 (about), 300余 (and more), 近600 (nearly). Do not mask digits with *."),
    ("灰色格里的合计和比率自动计算。只有合计没有分项时，可撤销工作表保护（没有密码）后直接填写。",
     "Totals and rates in grey cells compute themselves. Where only a total is known, take off the protection of the sheet (no password) and write it."),
    ("请勿改动表头的列名；列的次序不限。存为 .xlsx、.xls、.ods 或 .csv 都可以报送。",
     "Please keep the names of the columns; their order does not matter. .xlsx, .xls, .ods and .csv are all accepted."),
    ("更正：改好后重新报送同一张表即可；也可在“替代”里写明原回执编号。", "To correct a report, send the form again; the number of the old receipt may be given in 替代."),
]


class BlankNotes:
    """Writes the instructions of one table into a sheet of its own. It holds no form number and no header, so that the reader passes it by."""

    def __init__(self, book: Workbook, table: BlankTable):
        self.table, self.form, self.jurisdiction = table, table.form, table.jurisdiction
        self.sheet = book.create_sheet(NOTES, 1)
        self.row = 0

    def write(self) -> None:
        form, sheet = self.form, self.sheet
        for letter, width in zip("ABCDE", _WIDTHS, strict=True):
            sheet.column_dimensions[letter].width = width
        self._line(f"{form.name['zh']} {form.id} 填表说明", f"{form.name['en']}: how to fill it in", size=14)
        for zh, en in self._facts():
            self._line(zh, en)
        self._heading("怎样填", "How to fill it in")
        for number, (zh, en) in enumerate(RULES, start=1):
            self._line(f"{number}. {zh}", en)
        self._heading("各列", "The columns")
        self._cells("列名 / column", "说明 / meaning", "单位 / unit", "必填 / required", "可填内容 / allowed", bold=True)
        for column in self.table.columns:
            self._cells(column.zh, column.en, column.unit, "必填 / yes" if column.required else "", self._allowed(column))
        self._checks()
        self._page()

    def _checks(self) -> None:
        """The rules for the columns of this table, and that a total is the sum of its parts."""
        columns = {c.id for c in self.table.columns} | {c.measure for c in self.table.columns}
        rules = [rule for rule in suites.catalogue({self.form.id: self.form}) if rule.form_id and (rule.kind != "row" or rule.column in columns)]
        numbered = {rule.column for rule in rules if rule.found_by.startswith("sum.")}
        names = {d.id: d.zh for d in self.form.dimensions} | {f.id: f.zh for f in self.form.fields} | {m.id: m.zh for m in self.form.measures} | CONTEXT
        lines = []
        for column in self.table.columns:
            if isinstance(column.formula, Sum) and column.measure not in numbered:
                parts = " + ".join(c.zh for c in self.table.columns if c.id in column.formula.parts)
                lines.append((column.zh, f"= {parts}", "", SEVERITIES["error"], "合计不等于各部分之和 / the total is not the sum of its parts"))
        for rule in rules:
            expected = re.sub(r"\{(\w+)\}", lambda place: names.get(place[1], "…"), rule.expected)
            lines.append((names.get(rule.column, ""), expected, rule.rule_id, SEVERITIES[rule.severity], f"{_open(rule.zh)} / {_open(rule.en)}"))
        if lines:
            self._heading("收到后核对什么", "What is checked")
            self._cells("列名 / column", "应为 / expected", "编号 / id", "级别 / level", "何时提出 / raised when", bold=True)
        for line in dict.fromkeys(lines):
            self._cells(*line)

    def _facts(self) -> list[tuple[str, str]]:
        publisher, name = self.jurisdiction.publisher, self.jurisdiction.name
        due = self.jurisdiction.due(self.table.period, periods.parse(self.table.period)[1])
        contact = f"（{publisher['contact']}）" if publisher["contact"] else ""
        contact_en = f" ({publisher['contact']})" if publisher["contact"] else ""
        notice = [("模拟辖区，不是真实数据", "A simulated jurisdiction; no real figures")] if self.jurisdiction.simulated else []
        return notice + [
            (f"报告期：{self.table.period}", f"Period: {self.table.period}"),
            (f"报送：{publisher['zh'] or name['zh']}{contact}", f"Send to: {publisher['en'] or publisher['zh'] or name['en']}{contact_en}"),
            (f"期限：{due:%Y-%m-%d}（当日有效）" if due else "期限：没有规定", f"Due: {due:%Y-%m-%d}, that day included" if due else "Due: no date is set"),
            (f"版本：{self.form.version}；以前版本的表仍可报送。", f"Version: {self.form.version}; earlier versions are still accepted."),
        ]

    def _allowed(self, column: BlankColumn) -> str:
        if column.formula:
            return self._computed(column)
        if column.codes:
            return "；".join(f"{code.zh} {code.en}" for code in column.codes)
        if column.kind == "text":
            zh, en = column.hint
            most = column.max_length or 500
            return f"文字，最多 {most} 字{'；' if zh else ''}{zh} / text, at most {most} characters{'; ' if en else ''}{en}"
        zh, en = KINDS[column.kind]
        if column.signed:
            zh, en = zh.replace("不小于 0 的", ""), en.replace(", at least 0", "")
        return f"{zh} / {en}"

    def _computed(self, column: BlankColumn) -> str:
        names = {c.id: c.zh for c in self.table.columns}
        if isinstance(column.formula, Rate):
            sides = [" + ".join(("- " if sign < 0 else "") + names[name] for sign, name in terms).replace("+ - ", "- ")
                     for terms in (column.formula.above, column.formula.below)]
            text = " / ".join(f"({side})" if " " in side else side for side in sides) + (f" × {column.formula.scale}" if column.formula.scale != 1 else "")
        else:
            text = " + ".join(names[name] for name in column.formula.parts)
        return f"自动计算 / computed: {text}"

    # --- cells --------------------------------------------------------------------------------------------------------

    def _line(self, zh: str, en: str, size: int = 10) -> None:
        """Chinese over two columns, English over the others."""
        self.row += 1
        for start, end, text in ((1, 2, zh), (3, 5, en)):
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=start, end_column=end)
            self._put(start, text, Font(_FONT, size=size, bold=size > 10))
        self._height(max(width_of(zh) / sum(_WIDTHS[:2]), width_of(en) / sum(_WIDTHS[2:])), size)

    def _heading(self, zh: str, en: str) -> None:
        self.row += 1
        self._line(zh, en, size=12)

    def _cells(self, *texts: str, bold: bool = False) -> None:
        self.row += 1
        for column, text in enumerate(texts, start=1):
            cell = self._put(column, text, Font(_FONT, size=10, bold=bold))
            cell.border = _LINE
            if bold:
                cell.fill = _HEAD
        self._height(max(width_of(text) / width for text, width in zip(texts, _WIDTHS, strict=True)), 10)

    def _put(self, column: int, text: str, font: Font):
        cell = self.sheet.cell(self.row, column)
        cell.value, cell.data_type = text or None, "s" if text else "n"
        cell.font, cell.alignment = font, Alignment(wrap_text=True, vertical="top")
        return cell

    def _height(self, lines: float, size: int) -> None:
        self.sheet.row_dimensions[self.row].height = (1 + int(lines)) * (size + 5)

    def _page(self) -> None:
        sheet = self.sheet
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.center.text = "&P / &N"
        protect(sheet)


def _open(text: str) -> str:
    """A message without its numbers: what stands in braces is filled in when the finding is made."""
    return re.sub(r"\{\w+\}", "…", text)
