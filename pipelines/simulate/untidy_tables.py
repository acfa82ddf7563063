"""Headers, rows and columns as they come: M03, M04, M05, M11, M14 and M20."""

from __future__ import annotations

from pipelines.reference import Column
from pipelines.simulate import documents
from pipelines.simulate.documents import Document, Heading, Planted
from pipelines.simulate.kinds import Clerk, repairable

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


@repairable("M04 group and column in one cell", forms="F02 F04")
def with_separators(document: Document, clerk: Clerk):
    mark = clerk.chance.pick("|｜_-/")
    for h in document.headings:
        group = next((g for g in _GROUPS if h.text.startswith(g) and len(h.text) > len(g) + 1 and h.column.role == "measure"), "")
        if group:
            h.text = f"{group}{mark}{h.text.removeprefix(group)}"


@repairable("M04 units in a line of their own")
def units_below(document: Document, clerk: Clerk):
    measures = document.form.measure_by_id
    document.header_lines = 2
    for h in document.headings:
        unit = measures[h.column.measure].unit.split("/")[0] if h.column.role == "measure" else ""
        h.above, h.text = h.text, f"（{unit}）" if unit and "(" not in h.text else ""


@repairable("M05 a line that numbers the columns")
def numbered_columns(document: Document, clerk: Clerk):
    stems = sum(h.column.role in ("region_id", "dimension") for h in document.headings)
    if stems == 0 or stems > 3 or len(document.headings) < 4:
        return False
    document.below_header = [[*"甲乙丙"[:stems], *range(1, len(document.headings) - stems + 1)]]


@repairable("M11 a subtotal in the middle", forms="F03 F04 F06")
def subtotal(document: Document, clerk: Clerk):
    """The reader compares it with the lines above and leaves it out."""
    rows = [line for line in document.lines if line.dims[0] != "TOTAL"]
    first = document.lines[:3]
    if first != rows[:3]:
        return False
    cells = {h.id: sum(line.cells[h.id] for line in first) for h in document.measures(("int", "money")) if all(line.cells.get(h.id) is not None for line in first)}
    dims = [d.id for d in document.form.dimensions]
    cells |= {dims[0]: "小计"} | dict.fromkeys(dims[1:], "合计")
    document.lines.insert(3, documents.Line(first[0].region_id, first[0].dims, cells, counts=False))
    document.planted.append(Planted("SUBTOTAL_LEFT_OUT", "info", 3, dims[0]))


@repairable("M14 traditional characters")
def traditional(document: Document, clerk: Clerk):
    """In headers, codes and the name of the sender."""
    document.envelope.pop("行政区划代码")
    document.envelope["填报单位"] = f"{document.submitter.name_zh}应急管理局".translate(_TRADITIONAL)
    for h in document.headings:
        h.text = h.text.translate(_TRADITIONAL)
    names = {d.id for d in document.form.dimensions if not d.key}
    for i, line in enumerate(document.lines):
        for name in names:
            document.typed[i, name] = str(line.cells[name]).translate(_TRADITIONAL)


_TRADITIONAL = str.maketrans("县区应单数伤损类计矿业总级红黄蓝险评实监检违规停产关闭罚员处训责领导专备案职卫体标准环检练综",
                             "縣區應單數傷損類計礦業總級紅黃藍險評實監檢違規停產關閉罰員處訓責領導專備案職衛體標準環檢練綜")


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
