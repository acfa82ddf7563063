"""Mess that a reader must repair: the file is untidy, and every figure in it can still be read as it was meant.

Each function does one kind of the catalogue of messy files (M01 to M25) to a document, or returns False where the document does not suit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pipelines.reference import Column, Reference
from pipelines.simulate import documents
from pipelines.simulate.chance import Chance
from pipelines.simulate.documents import Document, Heading, Planted
from pipelines.simulate.province import Province, Unit


@dataclass
class Clerk:
    """What a mess may need to know: the province, the declarations, the formats allowed, and a stream of chance."""

    province: Province
    reference: Reference
    formats: tuple[str, ...]
    chance: Chance


@dataclass(frozen=True)
class Kind:
    """A kind of mess: its number and name, the form it needs (any when empty), the format it turns a file into (its own when empty)."""

    name: str
    do: Callable[[Document, Clerk], bool | None]
    forms: tuple[str, ...] = ()
    format: str = ""

    def apply(self, document: Document, clerk: Clerk) -> bool:
        """Do it. False, and the document as it was, where it does not suit."""
        if self.forms and document.form.id not in self.forms or self.format and self.format not in clerk.formats:
            return False
        if self.format and document.format != self.format:
            turn_into(document, self.format)
        if self.do(document, clerk) is False:
            return False
        document.mess = self.name
        return True


REPAIRABLE: list[Kind] = []


def repairable(name: str, forms: str = "", format: str = ""):
    def register(function):
        REPAIRABLE.append(Kind(name, function, tuple(forms.split()), format))
        return function

    return register


def turn_into(document: Document, format: str) -> None:
    """The same content in another format."""
    document.path = f"{document.path.rsplit('.', 1)[0]}.{format}"
    document.format = format
    document.sheet = "" if document.is_text else document.sheet or f"{document.form.id} {document.form.name['zh']}"[:31]


def whole_numbers(document: Document, least: int = 0, most: int = 10**12) -> list[tuple[int, Heading]]:
    """Cells that hold counts within bounds, line by line."""
    return [(i, h) for i, line in enumerate(document.lines) for h in document.measures() if least <= (line.cells.get(h.id) or 0) <= most
            and line.cells.get(h.id) is not None]


# --- the file ---------------------------------------------------------------------------------------------------------


@repairable("M01 GB18030", format="csv")
def gb18030(document: Document, clerk: Clerk):
    document.encoding = "gb18030"


@repairable("M01 UTF-8 with BOM", format="csv")
def byte_order_mark(document: Document, clerk: Clerk):
    document.encoding = "utf-8-sig"


@repairable("M01 UTF-16", format="csv")
def utf16(document: Document, clerk: Clerk):
    document.encoding = "utf-16"


@repairable("M02 CSV named .xls", format="csv")
def named_xls(document: Document, clerk: Clerk):
    document.path = document.path.removesuffix("csv") + "xls"


@repairable("M02 tabs named .csv", format="tsv")
def tabs(document: Document, clerk: Clerk):
    document.path = document.path.removesuffix("tsv") + "csv"


@repairable("M15 hidden sheet", format="xlsx")
def hidden_sheet(document: Document, clerk: Clerk):
    junk = [["旧表", "勿用"], *([99999] * 5 for _ in range(3))]
    document.extra_sheets.append(("旧数据", junk, True))


@repairable("M15 empty sheet", format="xlsx")
def empty_sheet(document: Document, clerk: Clerk):
    document.extra_sheets.append(("Sheet2", [], False))


# --- above and below the table ----------------------------------------------------------------------------------------


@repairable("M05 titles and footers")
def titles_and_footers(document: Document, clerk: Clerk):
    document.blank_lines = 1
    if "填报单位" in document.envelope:
        document.envelope["填报单位"] = f"{document.envelope['填报单位']}应急管理局（盖章）"
    document.footers = [f"填报人：　　审核人：　　联系电话：　　报出日期：{document.arrives.year}年{document.arrives.month}月{document.arrives.day}日",
                        "说明：模拟数据。"]


@repairable("M09 period in words")
def period_in_words(document: Document, clerk: Clerk):
    period = document.period
    if "Q" in period:
        text = clerk.chance.pick([f"{period[:4]}年第{'一二三四'[int(period[-1]) - 1]}季度", f"{period[:4]}年{period[-1]}季度"])
    elif "H" in period:
        text = f"{period[:4]}年{'上下'[int(period[-1]) - 1]}半年"
    elif len(period) == 4:
        text = f"{period}年度"
    else:
        year, month = period[:4], int(period[5:])
        text = clerk.chance.pick([f"{year}年{month}月", f"{year}.{month}", f"{year}/{month:02d}", f"{year}{month:02d}", f"{year}年{month}月份"])
    document.envelope["报告期"] = text


@repairable("M14 name instead of code")
def name_instead_of_code(document: Document, clerk: Clerk):
    """The sender by its name, in one of the ways in which a clerk writes it."""
    unit = document.submitter
    names = [unit.name_zh, f"{unit.name_zh}应急管理局", f"{unit.name_zh}人民政府（盖章）"]
    parent = clerk.province.by_id.get(unit.parent_id)
    if unit.kind == "division" and parent:
        names += [f"{parent.name_zh}{unit.name_zh}", *unit.aliases]
        bare = unit.name_zh[:-1]
        if not any(u is not unit and u.name_zh[:-1] == bare for u in clerk.province.units):
            names += [bare]
    if unit.kind == "zone":
        names.append(f"{unit.name_zh}管委会")
    document.envelope.pop("行政区划代码")
    document.envelope["填报单位"] = clerk.chance.pick(names)


# --- the table --------------------------------------------------------------------------------------------------------


@repairable("M03 gloss in a header")
def gloss(document: Document, clerk: Clerk):
    headings = [h for h in document.headings if "(" not in h.text]
    clerk.chance.pick(headings).text += "(jìn)"


_GROUPS = ("本月", "累计", "一般隐患", "重大隐患", "落实", "安全", "培训")


@repairable("M04 header of two lines", forms="F02 F04")
def two_lines(document: Document, clerk: Clerk):
    groups = 0
    for h in document.headings:
        group = next((g for g in _GROUPS if h.text.startswith(g) and len(h.text) > len(g) + 1 and h.column.role == "measure"), "")
        h.above, h.text = (group, h.text.removeprefix(group)) if group else (h.text, h.text)
        groups += bool(group)
    document.header_lines = 2
    return groups > 0


@repairable("M20 columns in another order")
def other_order(document: Document, clerk: Clerk):
    document.headings = clerk.chance.shuffled(document.headings)


@repairable("M20 rows in another order", forms="F02 F03 F04 F06 F09 F10")
def other_rows(document: Document, clerk: Clerk):
    document.lines = clerk.chance.shuffled(document.lines)


@repairable("M20 other spellings of headers")
def aliases(document: Document, clerk: Clerk):
    known = documents.headers_of(document.form)
    taken: set[str] = set()
    for h in document.headings:
        spellings = [h.id, *known.get(h.id, ())]
        for text in clerk.chance.shuffled(spellings):
            column = document.form.match(text)
            if column and column.id == h.column.id and text not in taken:
                h.text = text
                break
        taken.add(h.text)


@repairable("M20 units in headers")
def units_in_headers(document: Document, clerk: Clerk):
    for h in document.measures(("int", "money")):
        unit = document.form.measure_by_id[h.column.measure].unit
        if unit and "(" not in h.text:
            h.text += f"（{unit}）"


@repairable("M20 a column nobody asked for")
def unknown_column(document: Document, clerk: Clerk):
    """The reader says that it left the column out."""
    place = clerk.chance.whole(1, len(document.headings))
    document.headings.insert(place, Heading("extra", "本表自设项", Column("extra", "extra")))
    for line in document.lines:
        line.cells["extra"] = clerk.chance.whole(0, 9)
    document.planted.append(Planted("UNKNOWN_COLUMN", "warning", None, "extra"))


@repairable("M11 totals first and in other words", forms="F02 F03 F04 F06 F09")
def totals_first(document: Document, clerk: Clerk):
    word = clerk.chance.pick(["总计", "全部", "合 计"])
    document.lines.sort(key=lambda line: line.dims.count("TOTAL"), reverse=True)
    for line in document.lines:
        for dim, code in zip(document.form.dimensions, line.dims, strict=True):
            if code == "TOTAL":
                line.cells[dim.id] = word


# --- the cells --------------------------------------------------------------------------------------------------------


def each_number(document: Document, write: Callable[[int], object], least: int = 0) -> bool:
    """Every count written in another way; False where there is none."""
    cells = whole_numbers(document, least)
    for i, h in cells:
        document.typed[i, h.id] = write(document.lines[i].cells[h.id])
    return bool(cells)


_WIDE = str.maketrans("0123456789.,%-", "０１２３４５６７８９．，％－")


@repairable("M06 full-width digits")
def full_width(document: Document, clerk: Clerk):
    for i, line in enumerate(document.lines):
        for h in document.headings:
            if h.column.role in ("measure", "companion", "printed") and line.cells.get(h.id) is not None:
                document.typed[i, h.id] = str(document.shown(i, h)).translate(_WIDE)


@repairable("M06 thousands separators")
def thousands(document: Document, clerk: Clerk):
    return each_number(document, lambda n: f"{n:,}", least=1000)


@repairable("M06 spaces between thousands")
def spaces(document: Document, clerk: Clerk):
    return each_number(document, lambda n: f" {n:,} ".replace(",", " "), least=1000)


@repairable("M06 numbers as text")
def as_text(document: Document, clerk: Clerk):
    document.envelope["行政区划代码"] = f"'{document.submitter.region_id}"
    return each_number(document, lambda n: f"'{n}")


@repairable("M07 Chinese numerals")
def numerals(document: Document, clerk: Clerk):
    return each_number(document, lambda n: chinese(n) if n < 10_000 else n)


@repairable("M07 ten thousands", forms="F07")
def ten_thousands(document: Document, clerk: Clerk):
    """1.25万 is read as 12500 to the nearest hundred."""
    value = document.lines[0].cells["planned"]
    document.typed[0, "planned"] = f"{documents.trimmed(Decimal(value) / 10_000)}万"
    digits = len(document.typed[0, "planned"].partition(".")[2]) - 1
    document.states[0, "planned"] = ("reported", f"rounded(10^{4 - digits})")


@repairable("M08 per cent signs")
def percent_signs(document: Document, clerk: Clerk):
    found = False
    for i, line in enumerate(document.lines):
        for h in document.headings:
            text = line.cells.get(h.id)
            if h.column.role == "printed" and text not in (None, "—"):
                document.typed[i, h.id] = f"{text}%"
                found = True
    return found


@repairable("M09 dates in other ways", forms="F01 F05 F16")
def other_dates(document: Document, clerk: Clerk):
    ways = ["{0}年{1}月{2}日", "{0}.{1}.{2}", "{0}/{1}/{2}", "{0}{1:02d}{2:02d}"]
    for i, line in enumerate(document.lines):
        for declared in document.form.fields:
            day = line.fields.get(declared.id)
            if declared.type == "date" and day:
                document.typed[i, declared.id] = clerk.chance.pick(ways).format(day.year, day.month, day.day)


@repairable("M09 dates as spreadsheet dates", forms="F01 F05 F16", format="xlsx")
def date_cells(document: Document, clerk: Clerk):
    for i, line in enumerate(document.lines):
        for declared in document.form.fields:
            if declared.type == "date" and line.fields.get(declared.id):
                document.typed[i, declared.id] = line.fields[declared.id]


@repairable("M10 money in yuan, in the header")
def yuan_in_header(document: Document, clerk: Clerk):
    headings = [h for h in document.headings if h.money and h.wan and "(" not in h.text]
    for h in headings:
        h.text += "(元)"
        for i, line in enumerate(document.lines):
            if line.cells.get(h.id) is not None:
                document.typed[i, h.id] = line.cells[h.id]
    return bool(headings)


@repairable("M10 money in yuan, in the envelope")
def yuan_in_envelope(document: Document, clerk: Clerk):
    headings = [h for h in document.headings if h.money and h.wan]
    for h in headings:
        for i, line in enumerate(document.lines):
            if line.cells.get(h.id) is not None:
                document.typed[i, h.id] = line.cells[h.id]
    document.envelope["金额单位"] = "元"
    return bool(headings)


@repairable("M12 words for zero")
def zero_words(document: Document, clerk: Clerk):
    cells = whole_numbers(document, 0, 0)
    for i, h in cells:
        document.typed[i, h.id] = clerk.chance.pick(["无", "零", "未发生", "未开展", "没有", "〇"])
    return bool(cells)


_OPTIONAL = {"F07": "certified", "F08": "new_cases", "F03": "teams", "F06": "subsidy", "F04": "funds"}


@repairable("M12 not applicable", forms=" ".join(_OPTIONAL))
def not_applicable(document: Document, clerk: Clerk):
    """A dash is neither zero nor blank: the number is kept as not applicable, and no sum holds it."""
    name, mark = _OPTIONAL[document.form.id], clerk.chance.pick(["—", "-", "/", "——", "不适用"])
    for i, line in enumerate(document.lines):
        if line.cells.get(name) is not None:
            document.typed[i, name] = mark
            document.states[i, name] = ("not_applicable", "exact")


@repairable("M12 blank", forms=" ".join(_OPTIONAL))
def blank(document: Document, clerk: Clerk):
    name = _OPTIONAL[document.form.id]
    for i in range(len(document.lines)):
        document.typed[i, name] = ""
        document.states[i, name] = ("blank", "")


@repairable("M20 a column missing", forms=" ".join(_OPTIONAL))
def missing_column(document: Document, clerk: Clerk):
    name = _OPTIONAL[document.form.id]
    document.headings = [h for h in document.headings if h.id != name]


@repairable("M13 remarks in cells")
def remarks(document: Document, clerk: Clerk):
    cells = whole_numbers(document, 2, 5000)
    for i, h in clerk.chance.shuffled(cells)[:3]:
        value = document.lines[i].cells[h.id]
        document.typed[i, h.id] = clerk.chance.pick([f"{value}(其中新增1)", f"{value}①", f"{value}*"])
    return bool(cells)


@repairable("M13 about", forms="F08 F07")
def about(document: Document, clerk: Clerk):
    name = {"F08": "trained", "F07": "certified"}[document.form.id]
    value = document.lines[0].cells[name]
    if 1990 <= value <= 2035:
        return False
    prefix, suffix, qualifier = clerk.chance.pick([("约", "", "approx"), ("", "余", "ge"), ("近", "", "le"), ("≥", "", "ge"), ("", "左右", "approx")])
    document.typed[0, name] = f"{prefix}{value}{suffix}"
    document.states[0, name] = ("reported", qualifier)


@repairable("M18 units behind numbers")
def units_behind(document: Document, clerk: Clerk):
    measures = document.form.measure_by_id
    for i, h in whole_numbers(document):
        unit = measures[h.column.measure].unit.split("/")[-1 if "风险点" in document.lines[i].dims else 0]  # 家/处: firms and risk points
        document.typed[i, h.id] = f"{document.lines[i].cells[h.id]}{unit}"


def chinese(number: int) -> str:
    """A whole number below ten thousand in Chinese numerals: 12 -> 十二, 1024 -> 一千零二十四."""
    if number == 0:
        return "零"
    digits, text, pending = "零一二三四五六七八九", "", False
    for place, word in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, place)
        if digit:
            text += ("零" if pending else "") + digits[digit] + word
            pending = False
        elif text:
            pending = number > 0
    return text.removeprefix("一") if text.startswith("一十") else text


# --- several files ----------------------------------------------------------------------------------------------------


def gathered(members: list[Document], city: Unit, clerk: Clerk) -> Document:
    """M21: the reports of a city's counties in one file, told apart by a column with their names."""
    first = members[0]
    last = max(members, key=lambda d: d.arrives)
    whole = first.copy(f"{first.path.rpartition('/')[0]}/{first.form.id}_{city.region_id}_{first.period}_全市.{first.format}", last.arrives)
    whole.submitter = city
    whole.envelope |= {"填报单位": city.name_zh, "行政区划代码": city.region_id}
    whole.title = f"{city.name_zh}{first.form.name['zh']}（分县，模拟数据）"
    whole.lines = [documents.Line(line.region_id, line.dims, line.cells | {"region": clerk.province.by_id[line.region_id].name_zh}, line.period,
                                  line.fields)
                   for d in members for line in d.lines]
    whole.headings.insert(0, Heading("region", clerk.chance.pick(["地区", "县市区", "单位"]), Column("region", "region")))
    whole.mess = "M21"
    return whole


def preliminary(document: Document, clerk: Clerk) -> Document:
    """M17: an earlier version of a file under the same name in another folder, with a number that was put right later."""
    earlier = document.arrives - dt.timedelta(hours=clerk.chance.whole(3, 40))
    folder, _, name = document.path.rpartition("/")
    first = document.copy(f"{folder}/初报/{name}", earlier)
    first.put(0, "certified", max(0, first.lines[0].cells["certified"] - 1 - clerk.chance.whole(0, 5)))
    if clerk.chance.happens(0.5):
        document.envelope["替代"] = first.path
    first.mess = document.mess = "M17"
    return first
