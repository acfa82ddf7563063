"""A province-year of workbooks for the benchmarks: 167 counties, five forms a month and three a quarter, 12,024 files.

Every number is invented and follows from the county, the form and the month, so that two runs make the same bytes. One workbook a form and
length is made by openpyxl; the others are that one with other numbers in its XML: a few hundred microseconds each.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
from openpyxl.styles import Border, Font, Side

PROVINCE, YEAR = "990000", 2024
CITIES, COUNTIES = 11, 167
MONTHLY, QUARTERLY = ("F02", "F03", "F04", "F07", "F12"), ("F06", "F08", "F09")
CATEGORIES = "合计 工矿商贸 煤矿 金属与非金属矿山 建筑业 房屋建筑及市政工程 交通建设工程 建筑安装 化工和危险化学品 烟花爆竹 道路交通 水上交通 铁路交通 民航飞行 农业机械 渔业船舶 火灾 其他".split()
SECTORS = "合计 非煤矿山 非煤露天矿山 危化 烟花爆竹 烟花爆竹批发 冶金 有色 建材 冶金有色建材 机械 轻工 纺织 商贸 机械等工贸 交通 建筑 其他".split()
HEADERS = {
    "F02": "类别 起数 死亡 重伤 直接经济损失 较大事故起数 较大事故死亡 较大及以上起数 较大及以上死亡 起数上年同期 死亡上年同期 起数同比 死亡同比 死亡年控制指标 死亡占年控制指标",
    "F03": "地区 监管单位数 实际检查单位 检查次数 出动执法人员和专家 执法文书 限期整改指令书 下达指令单位 查处隐患 查处隐患整改 查处隐患整改率 停产整顿 行政处罚 罚款合计 打击非法违法行为",
    "F04": "地区 应排查单位 已排查单位 一般隐患排查数 一般隐患整改数 其中立即整改 其中限期整改 限期整改完成 未整改(限期整改中) 一般隐患整改率 重大隐患排查数 重大隐患整改销号 列入治理计划 其中挂牌督办 累计落实治理资金",
    "F06": "行业 应达标企业 一级 二级 三级 四级/小微(地方) 合计 本期新增 到期 撤销 其中因事故撤销 奖励资金 摸排单位 标杆企业 达标率",
    "F07": "地区 培训班期次 主要负责人 安全管理人员 特种作业人员 其他从业人员 监管执法人员 合计 年度计划 取证人数 警示教育片 参训企业 体验馆参观 合计上年同期 合计同比",
    "F08": "地区 存在职业病危害单位 已申报 检查单位 发现问题 警告 处罚 罚款 应检劳动者 实检 培训期次 培训人数 新发职业病 检查单位上年同期 检查单位同比",
    "F09": "地区 综合演练 专项演练 现场处置演练 合计 参演人员 投入资金 演练企业 应备案预案 已备案预案 合计上年同期 合计同比 参演人员上年同期 参演人员同比 备注",
    "F12": "地区 注册企业 登录企业 上报(录入)企业 自查企业 隐患数 整改数 上年末注册企业 登录率 录入率 自查率 整改率 增长率 登录企业上年同期 登录企业同比",
}
TITLES = {"F02": "生产安全事故月报", "F03": "行政执法月报", "F04": "隐患排查治理月报", "F06": "标准化达标", "F07": "安全培训", "F08": "职业卫生", "F09": "应急演练",
          "F12": "隐患系统四个率"}
SHEET, PLACE = "xl/worksheets/sheet1.xml", re.compile(r"@\d+@|(?<=<v>)77777\d{4}(?=</v>)")
_FIRST = "城关 东 西 南 北 上 下 大 小 新 老 石 青 白 黄 龙 凤 金 银 双 三 五 九 长 平".split()
_SECOND = "河 山 水 湖 桥 坪 塘 店 岭 湾 庄 溪 泉 林 田 江".split()


def county(n: int) -> str:
    return f"99{n % CITIES + 1:02d}{n // CITIES + 21:02d}"


def townships(n: int) -> list[tuple[str, str]]:
    """Sixteen to twenty-nine townships; names come again in other counties, as they do."""
    names = [f"{a}{b}{kind}" for kind in ("镇", "乡") for a in _FIRST for b in _SECOND]
    chosen = random.Random(n).sample(names, 16 + n * 7 % 14)
    return [(f"{county(n)}{i:03d}", name) for i, name in enumerate(chosen, start=1)]


def reports(files: int) -> Iterator[tuple[int, str, int]]:
    """County, form and month of each file, in order of arrival."""
    wanted = ((n, form, month) for month in range(1, 13) for n in range(COUNTIES) for form in MONTHLY + (QUARTERLY if month % 3 == 0 else ()))
    for number, report in enumerate(wanted):
        if number == files:
            return
        yield report


def environment(root: Path) -> dict[str, str]:
    """That of a process which is to import the project from this folder."""
    return {**os.environ, "PYTHONPATH": str(root), "GX_ANALYTICS_ENABLED": "false"}


def write(folder: Path, files: int, of: Path | None = None) -> None:
    """The jurisdiction folder with its first `files` workbooks, linked to those of another such folder where it has them."""
    regions = ["region_id,name_zh,name_en,level,parent_id", f"{PROVINCE},云江省,Yunjiang,province,"]
    regions += [f"99{c + 1:02d}00,第{c + 1}市,City {c + 1},city,{PROVINCE}" for c in range(CITIES)]
    for n in range(COUNTIES):
        regions.append(f"{county(n)},{_FIRST[n % 25]}{_SECOND[n // 25]}县,County {n + 1},county,{county(n)[:4]}00")
        regions += [f"{code},{name},Township {code},township,{county(n)}" for code, name in townships(n)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "regions.csv").write_text("\n".join(regions) + "\n", encoding="utf-8")
    (folder / "jurisdiction.yml").write_text(
        f'id: yunjiang\nname: {{zh: 云江省, en: Yunjiang}}\nroot: "{PROVINCE}"\nsimulated: true\n', encoding="utf-8")
    arrivals = ["path,received_at"]
    for n, form, month in reports(files):
        name = f"{month:02d}/{county(n)}_{form}.xlsx"
        arrivals.append(f"{name},{dt.datetime(YEAR, month, 1, 9) + dt.timedelta(days=33, minutes=n):%Y-%m-%dT%H:%M}")
        path = folder / "submissions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = of / "submissions" / name if of else path
        if not made.exists():
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(workbook(n, form, month))
        if made != path:
            path.hardlink_to(made)
    (folder / "submissions" / "received.csv").write_text("\n".join(arrivals) + "\n", encoding="utf-8")


def workbook(n: int, form: str, month: int, again: bool = False) -> bytes:
    """One file; `again`: the same report once more, with other numbers."""
    labels = {"F02": CATEGORIES, "F06": SECTORS}.get(form) or ["合计", *(name for _, name in townships(n))]
    dice = random.Random(f"{n} {form} {month} {again}")
    rows = [_row(form, dice.random, 8 if i == 0 else 1) for i in range(len(labels))]
    period = f"{YEAR}Q{month // 3}" if form in QUARTERLY else f"{YEAR}-{month:02d}"
    texts = [county(n), period, f"{YEAR}-{month:02d}-28", *labels]
    return _template(form, len(labels)).fill(texts, [v for row in rows for v in row])


class _Template:
    """A workbook whose sheet is cut where a text or a number goes."""

    def __init__(self, data: bytes):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        sheet = self.parts.pop(SHEET).decode()
        self.places = [(mark[0] == "@", int(mark.strip("@")[-4:])) for mark in PLACE.findall(sheet)]
        self.pieces = PLACE.split(sheet)

    def fill(self, texts: list[str], numbers: list) -> bytes:
        values = [texts[i] if is_text else str(numbers[i]) for is_text, i in self.places]
        sheet = "".join(a + b for a, b in zip(self.pieces, [*values, ""], strict=True))
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, part in [*self.parts.items(), (SHEET, sheet)]:
                archive.writestr(zipfile.ZipInfo(name, (YEAR, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED, 1)
        return buffer.getvalue()


_templates: dict[tuple[str, int], _Template] = {}


def _template(form: str, length: int) -> _Template:
    if (form, length) in _templates:
        return _templates[form, length]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = TITLES[form]
    headers = HEADERS[form].split()
    sheet.append([TITLES[form]])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    sheet.append(["表号", form, None, "行政区划代码", "@0@", None, "报告期", "@1@", None, "填报日期", "@2@", None, "金额单位", "万元"])
    sheet.append(headers)
    number = 0
    for row in range(length):
        values: list = [f"@{row + 3}@"]
        for header in headers[1:]:
            if header == "备注":
                values.append("无异常" if row == 0 else None)
            else:
                values.append(777770000 + number)
                number += 1
        sheet.append(values)
    sheet.append(["填报人:", None, None, "审核人:"])
    thin = Side(style="thin")
    for cells in sheet.iter_rows(min_row=3, max_row=3 + length, max_col=len(headers)):
        for cell in cells:
            cell.border = Border(thin, thin, thin, thin)
            cell.font = Font(name="宋体", bold=cell.row == 3)
    buffer = io.BytesIO()
    book.save(buffer)
    return _templates.setdefault((form, length), _Template(buffer.getvalue()))


def _pct(part: float, whole: float) -> float | int:
    return round(100 * part / whole, 2) if whole else 0


def _row(form: str, r, size: int) -> list:
    """The numbers of a row, consistent with each other but for one row in about five hundred."""

    def upto(n: float) -> int:
        return int(r() * (n + 1))

    def yoy(now: int) -> tuple[int, float]:
        before = upto(2 * now) + 1
        return before, _pct(now - before, before)

    slip = 1 if r() < 0.002 else 0
    if form == "F02":
        events = upto(12 * size)
        deaths = upto(events)
        larger = 1 if events > 3 and r() < 0.02 else 0
        before, change = yoy(events)
        lost, lost_change = yoy(deaths)
        target = 20 * size
        return [events - slip * events, deaths, upto(events), round(r() * 100 * events, 2), larger, 3 * larger, larger, 3 * larger, before, lost, change, lost_change,
                target, _pct(deaths, target)]
    if form == "F03":
        units = 20 + upto(300 * size)
        checked = upto(units)
        found = upto(5 * checked)
        fixed = found - upto(found / 10) + slip * (found + 1)
        orders = upto(checked)
        penalties = upto(3)
        return [units, checked, checked + upto(50), upto(200), upto(100), orders, upto(orders), found, fixed, _pct(fixed, found), 0, penalties,
                round(0.5 * penalties + r() * penalties, 2), upto(5)]
    if form == "F04":
        units = 10 + upto(200 * size)
        found = upto(400 * size)
        now = upto(found)
        later = found - now
        done = upto(later)
        major = upto(3)
        closed = upto(major)
        return [units, upto(units), found, now + done + slip, now, later, done, later - done, _pct(now + done, found), major, closed, major - closed, upto(major),
                round(r() * 50, 2)]
    if form == "F06":
        scope = 20 + upto(100 * size)
        l1, l2, l3 = upto(2), upto(8), upto(10)
        total = l1 + l2 + l3
        return [scope, l1, l2, l3, 0, total + slip, upto(5), upto(3), upto(1), 0, round(r() * 20, 1), scope, upto(3), _pct(total, scope)]
    if form == "F07":
        parts = [upto(40 * size) for _ in range(5)]
        total = sum(parts)
        before, change = yoy(total)
        return [1 + upto(total / 100), *parts, total + slip, 2000 * size, upto(total), upto(3), upto(60), upto(500), before, change]
    if form == "F08":
        units = 5 + upto(100 * size)
        checked = upto(units)
        punished = upto(min(checked, 3))
        due = upto(1000 * size)
        before, change = yoy(checked)
        return [units, upto(units), checked, upto(200), upto(checked), punished + slip * (checked + 1), float(punished), due, upto(due), upto(4), upto(300), 0, before, change]
    if form == "F09":
        parts = [upto(3), upto(5), upto(9)]
        total = sum(parts)
        persons = total * 20 + upto(100) - slip * total * 20
        before, change = yoy(total)
        there, there_change = yoy(persons)
        plans = upto(50)
        return [*parts, total, persons, round(r() * 10, 2), upto(30), plans, upto(plans), before, change, there, there_change]
    registered = 50 + upto(400 * size)
    logged, reporting, checked = upto(registered), upto(registered), upto(registered)
    found = upto(3 * checked)
    fixed = upto(found) + slip * (found + 1)
    base = registered - upto(20)
    before, change = yoy(logged)
    return [registered, logged, reporting, checked, found, fixed, base, _pct(logged, registered), _pct(reporting, registered), _pct(checked, registered),
            _pct(fixed, found), _pct(registered - base, base), before, change]
