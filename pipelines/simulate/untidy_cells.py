"""Numbers and dates as clerks write them: M06 to M10, M12, M13 and M18."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pipelines.simulate import documents
from pipelines.simulate.documents import Document
from pipelines.simulate.kinds import Clerk, repairable, whole_numbers


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


OPTIONAL = {"F07": "certified", "F08": "new_cases", "F03": "teams", "F06": "subsidy", "F04": "funds"}


@repairable("M12 not applicable", forms=" ".join(OPTIONAL))
def not_applicable(document: Document, clerk: Clerk):
    """A dash is neither zero nor blank: the number is kept as not applicable, and no sum holds it."""
    name, mark = OPTIONAL[document.form.id], clerk.chance.pick(["—", "-", "/", "——", "不适用"])
    for i, line in enumerate(document.lines):
        if line.cells.get(name) is not None:
            document.typed[i, name] = mark
            document.states[i, name] = ("not_applicable", "exact")


@repairable("M12 blank", forms=" ".join(OPTIONAL))
def blank(document: Document, clerk: Clerk):
    name = OPTIONAL[document.form.id]
    for i in range(len(document.lines)):
        document.typed[i, name] = ""
        document.states[i, name] = ("blank", "")


@repairable("M20 a column missing", forms=" ".join(OPTIONAL))
def missing_column(document: Document, clerk: Clerk):
    name = OPTIONAL[document.form.id]
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
