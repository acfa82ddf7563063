"""Files in other encodings and formats, and what stands around the table: M01, M02, M05, M09, M14, M15, M17 and M21."""

from __future__ import annotations

import datetime as dt

from pipelines.reference import Column
from pipelines.simulate import documents
from pipelines.simulate.documents import Document, Heading, Planted
from pipelines.simulate.kinds import Clerk, repairable
from pipelines.simulate.province import Unit


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


@repairable("M02 web page named .xls", format="csv")
def web_page(document: Document, clerk: Clerk):
    document.path = document.path.removesuffix("csv") + "xls"
    document.format = "html"
    document.encoding = clerk.chance.pick(["utf-8", "gb18030"])


@repairable("M15 hidden sheet", format="xlsx")
def hidden_sheet(document: Document, clerk: Clerk):
    """The reader says what it left out; so it does for the next two."""
    junk = [["旧表", "勿用"], *([99999] * 5 for _ in range(3))]
    document.extra_sheets.append(("旧数据", junk, True))
    document.planted.append(Planted("HIDDEN_SHEET", "info", sheet="旧数据"))


@repairable("M15 a sheet twice", format="xlsx")
def repeated_sheet(document: Document, clerk: Clerk):
    document.extra_sheets.append(("Sheet1 (2)", document.grid(), False))
    document.planted.append(Planted("REPEATED_SHEET", "info", sheet="Sheet1 (2)"))


@repairable("M15 a sheet of something else", format="xlsx")
def other_sheet(document: Document, clerk: Clerk):
    document.extra_sheets.append(("工作底稿", [["单位", "电话费", "办公费"], ["一科", 120, 310], ["二科", 95, 204]], False))
    document.planted.append(Planted("SHEET_WITHOUT_FORM", "info", sheet="工作底稿"))


@repairable("M15 empty sheet", format="xlsx")
def empty_sheet(document: Document, clerk: Clerk):
    document.extra_sheets.append(("Sheet2", [], False))


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


# --- several files ------------------------------------------------------------------------------------------------------


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
