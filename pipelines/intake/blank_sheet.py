"""A blank form as a sheet that a clerk likes: envelope filled in, drop-downs, input notes, totals that compute themselves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.intake.blank_table import NUMBERS, BlankColumn, BlankLine, BlankTable, Rate, Sum

CODES = "_codes"  # the hidden sheet of lists that are too long for a drop-down of their own; the reader knows its name
LONGEST_LIST = 255
EARLIEST = "18264"  # 1950-01-01 as spreadsheets count days
WIDEST_ON_A4 = 190  # characters; beyond that the print would be too small to read
ENVELOPE_ROW, PAIRS = 2, 4
FLAGS = ("是", "否")
BASIS_CELL = "$D$3"
_FONT = "宋体"
_INPUT, _FIXED, _COMPUTED, _HEAD = (PatternFill("solid", fgColor=c) for c in ("FFFDE7", "F3F5F7", "E8EDF2", "D9E4EF"))
_WRONG = {"fill": PatternFill("solid", bgColor="FFC7CE"), "font": Font(color="9C0006", bold=True)}
_MISSING = {"fill": PatternFill("solid", bgColor="FFE0B2")}
_LINE = Border(*(Side("thin", color="B0B8C0"),) * 4)
_WRAP = Alignment(wrap_text=True, vertical="center")
_CENTRE = Alignment(wrap_text=True, vertical="center", horizontal="center")
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm", "time": "hh:mm"}
_WIDTHS = {"date": 12, "datetime": 17, "note": 24, "region": 16, "region_id": 14}
_LEGEND = (
    "黄色格由填报单位填写；灰色格已填好或自动计算，不用填。没有发生填 0，没有统计的留空，不适用的填 —。带 * 的列必填。",
    "Fill in the yellow cells; the grey ones are given or compute themselves. 0 = none, blank = not counted, — = not applicable. * = required.",
)


def width_of(text: str) -> int:
    """Columns that a text takes up: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


class BlankSheet:
    """Writes one table into a sheet of a workbook. `envelope`: label, value and whether the sender may change it."""

    def __init__(self, book: Workbook, table: BlankTable, title: str, envelope: list[tuple[str, str, bool]]):
        self.book, self.table, self.title, self.envelope = book, table, title, envelope
        self.sheet: Worksheet = book.active
        self.header = ENVELOPE_ROW + -(-len(envelope) // PAIRS) + len(_LEGEND)
        self.first = self.header + 1
        self.last = self.header + len(table.lines)
        self.letters = {column.id: get_column_letter(i) for i, column in enumerate(table.columns, start=1)}
        self.lists: dict[tuple[str, ...], str] = {}

    def write(self) -> None:
        self.sheet.title = sheet_name(f"{self.table.form.id} {self.table.form.name['zh']}")
        self._top()
        self._header()
        for place, line in enumerate(self.table.lines):
            for number, column in enumerate(self.table.columns, start=1):
                self._cell(place, line, number, column)
        for column in self.table.columns:
            self._validation(column)
        self._warnings()
        self._page()

    # --- above the table ----------------------------------------------------------------------------------------------

    def _top(self) -> None:
        sheet = self.sheet
        for column in range(1, 2 * PAIRS + 1):  # no merged cells: they get in the way of copying
            sheet.cell(1, column).alignment = Alignment(horizontal="centerContinuous", vertical="center")
        sheet.cell(1, 1, self.title).font = Font(_FONT, size=16, bold=True)
        sheet.row_dimensions[1].height = 30
        for place, (label, value, free) in enumerate(self.envelope):
            row, column = ENVELOPE_ROW + place // PAIRS, 1 + 2 * (place % PAIRS)
            name = sheet.cell(row, column, label)
            name.font, name.alignment = Font(_FONT, size=10, bold=True), Alignment(horizontal="right", vertical="center", shrink_to_fit=True)
            cell = sheet.cell(row, column + 1, value or None)
            cell.font, cell.fill, cell.border = Font(_FONT, size=10), _INPUT if free else _FIXED, _LINE
            cell.alignment, cell.protection = Alignment(vertical="center", shrink_to_fit=True), Protection(locked=not free)
            cell.number_format = _FORMATS["date"] if label == "填报日期" else "@"
            self._envelope_choice(label, cell.coordinate)
        for row, text in enumerate(_LEGEND, start=self.header - len(_LEGEND)):
            sheet.cell(row, 1, text).font = Font(_FONT, size=9, color="5A6672")

    def _envelope_choice(self, label: str, cell: str) -> None:
        bases = tuple(code.zh for code in self.table.jurisdiction.reference.codes["basis"]) if self.table.form.has_basis else ()
        choices = {"统计口径": bases, "累计": FLAGS, "金额单位": ("万元", "元")}.get(label, ())
        if choices:
            self._add(DataValidation("list", formula1=self._list(choices), allow_blank=True), cell, label, "请从列表中选择。 / Choose from the list.")
        if label == "填报日期":
            self._add(DataValidation("date", operator="greaterThan", formula1=EARLIEST, allow_blank=True), cell, label, "如 2015-04-08 / a date such as 2015-04-08")
        if label == "替代":
            self._add(DataValidation(allow_blank=True), cell, label, "更正以前报送的文件时，填其回执编号。 / To replace an earlier file, its receipt number.")

    # --- the table ----------------------------------------------------------------------------------------------------

    def _header(self) -> None:
        lines = 1
        for number, column in enumerate(self.table.columns, start=1):
            cell = self.sheet.cell(self.header, number, column.header)
            cell.font, cell.fill, cell.border, cell.alignment = Font(_FONT, size=10, bold=True), _HEAD, _LINE, _CENTRE
            texts = [column.header, *(line.codes[column.id].zh for line in self.table.lines if column.id in line.codes)]
            widest = max((width_of(text) for text in texts[1:]), default=0)
            fit = max(widest + 3, min(width_of(column.header) // 2 + 4, 16), 10)
            wanted = 22 if column.kind == "text" and column.max_length > 60 else _WIDTHS.get(column.kind, fit)
            self.sheet.column_dimensions[self.letters[column.id]].width = min(wanted, 40)
            lines = max(lines, -(-width_of(column.header) // int(wanted - 2)))
        for number in range(1, 2 * PAIRS + 1):  # room for the envelope
            dimension = self.sheet.column_dimensions[get_column_letter(number)]
            dimension.width = max(dimension.width if number <= len(self.table.columns) else 0, 13)
        self.sheet.row_dimensions[self.header].height = 15 * lines + 6

    def _cell(self, place: int, line: BlankLine, number: int, column: BlankColumn) -> None:
        row = self.first + place
        cell = self.sheet.cell(row, number)
        cell.font, cell.border, cell.alignment = Font(_FONT, size=10), _LINE, Alignment(vertical="center", wrap_text=column.kind in ("note", "text"))
        given = self._given(line, column)
        formula = None if given else self._formula(row, line, column)
        free = not given and formula is None
        cell.value = given or formula
        cell.fill = _INPUT if free else _FIXED if given else _COMPUTED
        cell.protection = Protection(locked=not free)
        cell.number_format = _FORMATS.get(column.kind, "General" if column.kind in NUMBERS else "@")
        if line.is_total:
            cell.font = Font(_FONT, size=10, bold=True)

    @staticmethod
    def _given(line: BlankLine, column: BlankColumn) -> str | None:
        if line.region and column.kind in ("region", "region_id") and column.id in ("region", "region_id"):
            return line.region.region_id if column.id == "region_id" else line.region.name_zh
        return line.codes[column.id].zh if column.id in line.codes else None

    def _formula(self, row: int, line: BlankLine, column: BlankColumn) -> str | None:
        """The formula of a cell that computes itself: blank as long as what it is made of is blank."""
        if isinstance(column.formula, Sum):
            cells = self._across(column.formula.parts, row)
            return f'=IF(COUNT({cells})=0,"",SUM({cells}))'
        if isinstance(column.formula, Rate):
            rate, cut = column.formula, self.table.jurisdiction.rounding["mode"] == "truncate"
            above, below = (self._terms(terms, row) for terms in (rate.above, rate.below))
            names = dict.fromkeys(name for _, name in (*rate.above, *rate.below))
            inputs = ",".join(f"{self.letters[name]}{row}" for name in names)
            value = f"{'ROUNDDOWN' if cut else 'ROUND'}({above}*{rate.scale}/{below},{rate.decimals})"
            return f'=IF(COUNT({inputs})<{len(names)},"",IF({below}=0,"—",{value}))'
        if line.is_total and column.additive and line.parts:
            return f'=IF(COUNT({self._down(column, self._below(line))})=0,"",{self._total(column, line)})'
        return None

    def _terms(self, terms: Iterable[tuple[int, str]], row: int) -> str:
        return "(" + "".join(f"{'-' if sign < 0 else '+'}{self.letters[name]}{row}" for sign, name in terms).removeprefix("+") + ")"

    def _across(self, names: Iterable[str], row: int) -> str:
        return ",".join(f"{self.letters[name]}{row}" for name in names)

    def _down(self, column: BlankColumn, places: list[int]) -> str:
        """Cells of a column as few ranges as can be: older programs take thirty at most."""
        letter, ranges = self.letters[column.id], []
        for place in sorted(places):
            row = self.first + place
            if ranges and ranges[-1][1] == row - 1:
                ranges[-1][1] = row
            else:
                ranges.append([row, row])
        return ",".join(f"{letter}{a}" if a == b else f"{letter}{a}:{letter}{b}" for a, b in ranges)

    def _below(self, line: BlankLine) -> list[int]:
        """Places of everything that a line is made up of, parts of parts too."""
        return [place for part in line.parts for place in (part, *self._below(self.table.lines[part]))]

    def _sum(self, column: BlankColumn, places: list[int]) -> str:
        """The sum of lines, as the checks add up: of a line left blank, its own parts."""
        plain = [place for place in places if not self.table.lines[place].parts]
        terms = [f"SUM({self._down(column, plain)})"] if plain else []
        for place in (place for place in places if self.table.lines[place].parts):
            cell = self._down(column, [place])
            terms.append(f"IF(ISNUMBER({cell}),{cell},{self._sum(column, self.table.lines[place].parts)})")
        return "+".join(terms)

    def _total(self, column: BlankColumn, line: BlankLine) -> str:
        """The sum of the parts of a line; a part that a basis leaves out is added only under the others."""
        if not self.table.form.has_basis or not line.is_total:
            return self._sum(column, line.parts)
        names = {code.code: code.zh for code in self.table.jurisdiction.reference.codes["basis"]}
        groups: dict[tuple[str, ...], list[int]] = {}
        for place in line.parts:
            groups.setdefault(self.table.lines[place].excluded_in, []).append(place)
        terms = []
        for bases, places in groups.items():
            test = "+".join(f'({BASIS_CELL}="{names[b]}")' for b in bases)
            terms.append(f"IF({test},0,{self._sum(column, places)})" if bases else self._sum(column, places))
        return "+".join(terms)

    # --- help while filling in ----------------------------------------------------------------------------------------

    def _validation(self, column: BlankColumn) -> None:
        area = f"{self.letters[column.id]}{self.first}:{self.letters[column.id]}{self.last}"
        kind, rule = column.kind, DataValidation(allow_blank=True)
        words = self._words(column)
        if kind in ("code", "flag") or (kind == "region" and column.id == "region" and self.table.regions):
            choices = FLAGS if kind == "flag" else tuple(r.name_zh for r in self.table.regions) if kind == "region" else tuple(c.zh for c in column.codes)
            rule = DataValidation("list", formula1=self._list(choices), allow_blank=True)
            error = "请从列表中选择。 / Choose from the list."
        elif kind == "int" and not column.signed:
            rule = DataValidation("whole", operator="greaterThanOrEqual", formula1="0", allow_blank=True, errorStyle="warning")
            error = "应为不小于 0 的整数；不适用填 —。仍要保留吗？ / A whole number of at least 0; — for not applicable. Keep it?"
        elif kind in ("int", "money", "decimal") and not column.formula:
            low = "-1000000000000" if column.signed else "0"
            rule = DataValidation("whole" if kind == "int" else "decimal", operator="greaterThanOrEqual", formula1=low, allow_blank=True, errorStyle="warning")
            error = "应为数字，一般不小于 0；不适用填 —。仍要保留吗？ / A number, as a rule at least 0; — for not applicable. Keep it?"
        elif kind in ("date", "datetime"):
            rule = DataValidation("date", operator="greaterThan", formula1=EARLIEST, allow_blank=True)
            error = "应为日期，如 2015-03-05。 / A date such as 2015-03-05."
        elif kind == "time":
            rule = DataValidation("time", operator="between", formula1="0", formula2="0.999988425925926", allow_blank=True)
            error = "应为时间，如 08:30。 / A time such as 08:30."
        elif column.max_length:
            rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(column.max_length), allow_blank=True)
            error = f"最多 {column.max_length} 字。 / At most {column.max_length} characters."
        else:
            error = ""
        self._add(rule, area, column.zh, words, error)

    def _words(self, column: BlankColumn) -> str:
        zh = [column.zh, f"单位：{column.unit}" if column.unit else "", "必填" if column.required else "", "自动计算" if column.formula else "", column.hint[0]]
        en = [column.en, "required" if column.required else "", "computed" if column.formula else "", column.hint[1]]
        return f"{'；'.join(w for w in zh if w)}。 / {'; '.join(w for w in en if w)}"

    def _add(self, rule: DataValidation, area: str, title: str, prompt: str, error: str = "") -> None:
        rule.promptTitle, rule.prompt, rule.showInputMessage = title[:32], prompt[:255], True
        if error:
            rule.errorTitle, rule.error, rule.showErrorMessage = title[:32], error[:225], True
        rule.add(area)
        self.sheet.add_data_validation(rule)

    def _list(self, choices: tuple[str, ...]) -> str:
        """A list for a drop-down: in the rule itself, or on the hidden sheet where it is too long or holds a comma."""
        inline = '"' + ",".join(choices) + '"'
        if len(inline) <= LONGEST_LIST and not any(c in text for text in choices for c in ',"'):
            return inline
        if choices not in self.lists:
            if CODES not in self.book.sheetnames:
                self.book.create_sheet(CODES).sheet_state = "veryHidden"
            sheet, column = self.book[CODES], len(self.lists) + 1
            for row, text in enumerate(choices, start=1):
                cell = sheet.cell(row, column)
                cell.value, cell.data_type = text, "s"
            letter = get_column_letter(column)
            self.lists[choices] = f"{CODES}!${letter}$1:${letter}${len(choices)}"
        return self.lists[choices]

    def _warnings(self) -> None:
        """A total that is not the sum of its parts turns red; a required cell left blank in a line that has numbers turns orange."""
        filled = [c for c in self.table.columns if c.kind != "note" and not c.formula and not any(c.id in line.codes for line in self.table.lines)
                  and c.id not in ("region", "region_id")]
        edges = [self.letters[c.id] for c in filled]
        for column in self.table.columns:
            letter = self.letters[column.id]
            if isinstance(column.formula, Sum):
                cell, parts = f"{letter}{self.first}", self._across(column.formula.parts, self.first)
                self._red(f"{letter}{self.first}:{letter}{self.last}", f"AND(ISNUMBER({cell}),COUNT({parts})>0,ABS(N({cell})-SUM({parts}))>0.00005)")
            elif column.additive:
                for place, line in enumerate(self.table.lines):
                    if line.parts:
                        self._red_line(column, letter, self.first + place, line)
            if column.required and edges and column in filled:
                line = f"${edges[0]}{self.first}:${edges[-1]}{self.first}"  # COUNTA would count a formula that gives a blank
                test = f"AND(ISBLANK({letter}{self.first}),SUMPRODUCT(--(LEN({line})>0))>0)"
                self.sheet.conditional_formatting.add(f"{letter}{self.first}:{letter}{self.last}", FormulaRule([test], **_MISSING))

    def _red_line(self, column: BlankColumn, letter: str, row: int, line: BlankLine) -> None:
        cell, parts = f"{letter}{row}", self._down(column, line.parts)
        gap = f"N({cell})-({self._total(column, line)})"
        if line.is_total:
            parts = self._down(column, self._below(line))
            self._red(cell, f"AND(ISNUMBER({cell}),COUNT({parts})>0,ABS({gap})>0.00005)")
        else:  # parts that are not all there may fall short of the whole, never exceed it
            self._red(cell, f"AND(ISNUMBER({cell}),OR({gap}<-0.00005,AND(COUNT({parts})={len(line.parts)},ABS({gap})>0.00005)))")

    def _red(self, area: str, test: str) -> None:
        self.sheet.conditional_formatting.add(area, FormulaRule([test], **_WRONG))

    # --- the page -----------------------------------------------------------------------------------------------------

    def _page(self) -> None:
        sheet, last = self.sheet, get_column_letter(len(self.table.columns))
        fixed = sum(1 for c in self.table.columns if any(self._given(line, c) for line in self.table.lines))
        sheet.freeze_panes = f"{get_column_letter(min(fixed, 3) + 1)}{self.first}"
        sheet.sheet_view.zoomScale = 100
        wide = sum(sheet.column_dimensions[letter].width for letter in self.letters.values()) > WIDEST_ON_A4
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A3 if wide else sheet.PAPERSIZE_A4
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = f"{self.header}:{self.header}"
        sheet.print_area = f"A1:{last if len(self.table.columns) >= 2 * PAIRS else get_column_letter(2 * PAIRS)}{self.last}"
        sheet.print_options.horizontalCentered = True
        sheet.oddFooter.center.text = "&P / &N"
        sheet.page_margins = PageMargins(0.4, 0.4, 0.5, 0.75)
        protect(sheet)


def protect(sheet: Worksheet) -> None:
    """Locked cells cannot be overwritten by mistake; there is no password, and widths and heights may be changed."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.formatCells = False


def sheet_name(text: str) -> str:
    """A text as the name of a sheet: no forbidden character, 31 at most."""
    return "".join("_" if c in r"[]:*?/\'" else c for c in text)[:31]
