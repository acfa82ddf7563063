"""Checks across rows, files and forms: for each a planted fault that is found at its cell and nothing else with it, and a clean case beside it.

One city of many counties is taken in and computed once. Every county has the files of one case; the register of accidents is in use in 2016,
the cases that need none are in 2013 and 2014.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import pytest

from .bureau import CITY, Bureau, Rows, bureau_at

CASES = """E104 E104_within E104_road E107 E107_other E203 E203_january E204 E204_reason E205 E205_clean X01 X14 E209 E308 E407 E406 X02 X12 E504 E505
E507_back E507_skip E604 E1102 E1601 X03 X04 X05 X06 X08 X09 X13 X15 X15_replaced LATE M10 M16 M24 many clean""".split()
COUNTY = {name: f"9901{number:02d}" for number, name in enumerate(CASES, start=1)}
NORTH, N1, N2 = "990200", "990201", "990202"  # a city whose counties do not add up
LAKE, L1, ZONE = "990300", "990301", "990371"  # a city with a zone that a county contains
PLAIN, P1, P2 = "990400", "990401", "990402"  # a city where all is right


@dataclass
class Desk:
    """Sends files to a bureau and remembers their numbers."""

    bureau: Bureau
    sent: dict[str, str] = field(default_factory=dict)

    def __call__(self, name: str, form: str, region: str, period: str, on: str, *rows: dict, **envelope: str) -> None:
        """A file of one region: three lines of envelope and those of `envelope`, then the header (line 4), then the rows."""
        lines = [f"# 表号: {form}", f"# 行政区划代码: {region}", f"# 报告期: {period}", *(f"# {k}: {v}" for k, v in envelope.items())]
        columns = list(dict.fromkeys(column for row in rows for column in row))
        lines += [",".join(columns), *(",".join(str(row.get(c, "")) for c in columns) for row in rows)]
        content = "\n".join(lines) + "\n"
        self.sent[name] = hashlib.sha256(content.encode()).hexdigest()[:16]
        self.bureau.send(f"{name}.csv", content, f"{on}T09:00")


def accident(number: str, date: str = "2016-01-05", category: str = "建筑业", deaths: int = 1, serious: int = 0, **more: object) -> dict:
    return {"事故编号": number, "发生日期": date, "统计分类": category, "死亡": deaths, "失踪": 0, "重伤": serious, "直接经济损失": 2000000,
            "是否生产经营性": "是", "是否列入考核": "是", "事故单位名称": "某厂", "行业代码": "4710", "事故等级": "一般", "报告时间": f"{date} 12:00",
            "补报时间": "", "状态": "核实"} | more


def hazard(number: str, status: str = "挂牌督办", **more: object) -> dict:
    return {"编号": number, "隐患单位": "某厂", "行业": "危化", "隐患内容": "罐区", "挂牌级别": "县", "发现日期": "2016-01-04", "指令日期": "2016-01-06",
            "挂牌日期": "2016-01-10", "整改期限": "2018-01-10", "验收日期": "", "销号日期": "", "状态": status} | more


def plant(send: Desk) -> None:
    """Every case in its county."""
    k = COUNTY
    # --- the register of accidents and the report
    send("E104_first", "F01", k["E104"], "2016-01", "2016-01-07", accident("A1"))
    send("E104", "F01", k["E104"], "2016-02", "2016-02-12", accident("A1", deaths=2, 补报时间="2016-02-05 09:00"))
    send("E104_within_first", "F01", k["E104_within"], "2016-01", "2016-01-07", accident("A2"))
    send("E104_within", "F01", k["E104_within"], "2016-02", "2016-02-12", accident("A2", deaths=2, 补报时间="2016-02-04 09:00"))
    send("E104_road_first", "F01", k["E104_road"], "2016-01", "2016-01-07", accident("A3", category="道路交通"))
    send("E104_road", "F01", k["E104_road"], "2016-02", "2016-02-12", accident("A3", category="道路交通", deaths=2, 补报时间="2016-01-13 09:00"))
    send("E107", "F01", k["E107"], "2016-01", "2016-01-07", accident("A4"), accident("A5", category="煤矿"), accident("A6"))
    send("E107_other", "F01", k["E107_other"], "2016-01", "2016-01-07", accident("A7"), accident("A8", deaths=0, minor=1), accident("A9", serious=1),
         accident("A10", deaths=0, 轻伤=1, 直接经济损失=10), accident("A11", deaths=0, 轻伤=1, 直接经济损失=11))
    send("E205_register", "F01", k["E205"], "2016-01", "2016-01-07", accident("A12"))
    send("E205", "F02", k["E205"], "2016-01", "2016-02-05", {"类别": "建筑业", "起数": 1, "死亡": 2, "重伤": 0, "直接经济损失": "200.01"})
    send("E205_clean_register", "F01", k["E205_clean"], "2016-01", "2016-01-07", accident("A13"), accident("A14", category="煤矿", deaths=0, serious=2),
         accident("A15", category="生产经营性火灾", deaths=0, 直接经济损失=900000))
    send("E205_clean", "F02", k["E205_clean"], "2016-01", "2016-02-05",
         *({"类别": c, "起数": n, "死亡": d, "重伤": s, "直接经济损失": m} for c, n, d, s, m in (
             ("合计", 2, 1, 2, 400), ("工矿商贸", 2, 1, 2, 400), ("建筑业", 1, 1, 0, 200), ("煤矿", 1, 0, 2, 200), ("火灾", 0, 0, 0, 0))))
    send("X01_register", "F01", k["X01"], "2016-01", "2016-01-07", accident("A16"))
    send("X01", "F02", k["X01"], "2016-01", "2016-02-05", {"起数": 2, "死亡": 1})
    send("X14", "F02", k["X14"], "2016-01", "2016-02-05", {"起数": 1, "死亡": 1, "重伤": 0})
    send("X13_register", "F01", k["X13"], "2016-01", "2016-01-07", accident("A17", deaths=0, serious=1))
    send("X13_early", "F06", k["X13"], "2016Q1", "2016-04-10", {"合计": 5, "其中因事故撤销": 2})
    send("X13", "F06", k["X13"], "2016Q4", "2017-01-10", {"合计": 5, "其中因事故撤销": 1})
    # --- the report and its own months and years
    send("E203_january", "F02", k["E203_january"], "2013-01", "2013-02-05", {"本月起数": 3, "累计起数": 4, "本月损失": "1.004", "累计损失": "1.01"})
    send("E203_1", "F02", k["E203"], "2013-01", "2013-02-05", {"本月起数": 2, "累计起数": 2})
    send("E203", "F02", k["E203"], "2013-02", "2013-03-05", {"本月起数": 3, "累计起数": 6})
    for case, note in (("E204", ""), ("E204_reason", "核减1起")):
        send(f"{case}_1", "F02", k[case], "2013-01..2013-02", "2013-03-05", {"起数": 10, "备注": ""})
        send(case, "F02", k[case], "2013-01..2013-03", "2013-04-05", {"起数": 9, "备注": note})
    send("E209_before", "F02", k["E209"], "2013-01", "2013-02-05", {"起数": 10})
    send("E209", "F02", k["E209"], "2014-01", "2014-02-05", {"起数": 12, "上年同期起数": 11})
    send("X09_1", "F02", k["X09"], "2013-01", "2013-02-05", {"死亡": 1})
    send("X09", "F02", k["X09"], "2013-02", "2013-03-05", {"死亡": 1, "死亡年控制指标": 5})
    # --- enforcement and hazards
    for case, form, column, first, second in (("E308", "F03", "行政处罚", 5, 4), ("E407", "F04", "一般隐患排查数", 10, 9)):
        send(f"{case}_1", form, k[case], "2013-01..2013-02", "2013-03-05", {column: first})
        send(case, form, k[case], "2013-01..2013-03", "2013-04-05", {column: second})
    for case in ("E406", "X02", "X12"):
        send(f"{case}_register", "F05", k[case], "2016-01", "2016-02-05", hazard(f"H-{case}-1"), hazard(f"H-{case}-2", "误报"),
             hazard(f"H-{case}-3", 行业="煤矿"))
    send("E406", "F04", k["E406"], "2016-01", "2016-02-05", {"行业领域": "危化", "重大隐患排查数": 3, "其中挂牌督办": 2}, {"行业领域": "煤矿", "其中挂牌督办": 1})
    send("X02", "F04", k["X02"], "2016-01", "2016-02-05", {"重大隐患排查数": 3, "其中挂牌督办": 3})
    send("X12", "F04", k["X12"], "2016-01", "2016-02-05", {"重大隐患排查数": 1, "其中挂牌督办": 2})
    send("E504", "F05", k["E504"], "2016-01", "2016-02-05", hazard("H-4", 整改期限="2016-04-01"))
    closed = {"验收日期": "2016-02-01", "销号日期": "2016-02-02"}
    send("E505_1", "F05", k["E505"], "2016-01", "2016-02-05", hazard("H-5", "销号", **closed))
    send("E505", "F05", k["E505"], "2016-02", "2016-03-05", hazard("H-5"))
    send("E507_back_1", "F05", k["E507_back"], "2016-01", "2016-02-05", hazard("H-6", "验收", 验收日期="2016-02-01"))
    send("E507_back", "F05", k["E507_back"], "2016-02", "2016-03-05", hazard("H-6", "下达指令"))
    send("E507_skip_1", "F05", k["E507_skip"], "2016-01", "2016-02-05", hazard("H-7"))
    send("E507_skip", "F05", k["E507_skip"], "2016-02", "2016-03-05", hazard("H-7", "销号", 销号日期="2016-02-20"))
    send("X03_hazards", "F04", k["X03"], "2013-01", "2013-02-05", {"隐患来源": "政府检查", "一般隐患排查数": 5, "重大隐患排查数": 1})
    send("X03", "F03", k["X03"], "2013-01", "2013-02-05", {"查处隐患": 7})
    for month in (1, 2, 3):
        send(f"X08_{month}", "F03", k["X08"], f"2013-0{month}", f"2013-0{month + 1}-05", {"罚款合计": 1})
    send("X08", "F08", k["X08"], "2013Q1", "2013-04-10", {"罚款": 5})
    # --- firms, training, letters
    send("E604_1", "F06", k["E604"], "2013Q1", "2013-04-10", {"合计": 10, "本期新增": 2, "到期": 0, "撤销": 0})
    send("E604", "F06", k["E604"], "2013Q2", "2013-07-10", {"合计": 12, "本期新增": 2, "到期": 1, "撤销": 0})
    send("E1102_credit", "F17", k["E1102"], "2013Q1", "2013-04-10", {"入库企业": 20})
    send("E1102", "F11", k["E1102"], "2013Q1", "2013-04-10", {"对象": "企业", "未评估": 0, "合计": 21})
    send("X05_graded", "F11", k["X05"], "2013Q1", "2013-04-10", {"对象": "企业", "未评估": 4, "合计": 10})
    send("X05", "F06", k["X05"], "2013Q1", "2013-04-10", {"合计": 7})
    send("X06_graded", "F11", k["X06"], "2012Q4", "2013-01-10", {"对象": "企业", "未评估": 0, "合计": 10})
    send("X06", "F12", k["X06"], "2013-01", "2013-02-05", {"注册企业": 12})
    send("X04_staff", "F10", k["X04"], "2013H1", "2013-07-10", {"层级": "县", "实配": 5}, {"层级": "乡镇", "实配": 3})
    send("X04", "F07", k["X04"], "2013-02", "2013-03-05", {"培训班期次": 9, "执法业务培训期次": 2, "监管执法人员": 17})
    letter = {"签订日期": "2013-01-20", "责任指标": "死亡人数 <= 1"}
    send("E1601", "F16", k["E1601"], "2013", "2013-01-25", {"责任书编号": "R1", "签订类型": "企业"} | letter, {"责任书编号": "R2"} | letter)
    # --- files
    send("X15_1", "F02", k["X15"], "2013-01", "2013-02-05", {"起数": 3, "死亡": 1})
    send("X15", "F02", k["X15"], "2013-01", "2013-02-21", {"起数": 4, "死亡": 1})
    send("X15_replaced_1", "F02", k["X15_replaced"], "2013-01", "2013-02-05", {"起数": 3, "死亡": 1})
    send("X15_replaced", "F02", k["X15_replaced"], "2013-01", "2013-02-21", {"起数": 4, "死亡": 1}, 替代="X15_replaced_1.csv")
    send("LATE", "F02", k["LATE"], "2013-01", "2013-02-09", {"起数": 3})
    send("LATE_corrected", "F02", k["LATE"], "2013-01", "2013-02-20", {"起数": 4})
    for month, fine in enumerate((5, 6, 5.5, 60000), start=1):
        send(f"M10_{month}", "F03", k["M10"], f"2013-0{month}", f"2013-0{month + 1}-05", {"罚款合计": fine})
    columns = ["检查次数", "执法文书", "限期整改指令书", "查处隐患", "停产整顿", "行政处罚", "立案", "检查组", "联合执法", "警示约谈"]
    for month, steady in ((1, 10), (2, 11), (3, 10)):
        send(f"M16_{month}", "F03", k["M16"], f"2013-0{month}", f"2013-0{month + 1}-05", {c: 10 * month + i for i, c in enumerate(columns[:5])})
        send(f"M24_{month}", "F03", k["M24"], f"2013-0{month}", f"2013-0{month + 1}-05", {c: steady + i for i, c in enumerate(columns)})
    send("M24_other", "F03", k["M24"], "2014-02", "2014-03-05", {c: 20 + i if i < 3 else 11 + i for i, c in enumerate(columns)})
    send("M24", "F03", k["M24"], "2014-01", "2014-02-05", {c: 20 if i < 2 else 10 + i for i, c in enumerate(columns)})
    # --- cities and their counties
    send("E1302_1", "F13", N1, "2013", "2014-01-20", {"常住人口": 60})
    send("E1302_2", "F13", N2, "2013", "2014-01-20", {"常住人口": 37})
    send("E1302", "F13", NORTH, "2013", "2014-01-20", {"常住人口": 100})
    send("E1401_1", "F14", N1, "2013", "2013-01-20", {"指标": "deaths", "目标值": 3}, {"指标": "deaths_per_100m_gdp", "目标值": 1})
    send("E1401_2", "F14", N2, "2013", "2013-01-20", {"指标": "deaths", "目标值": 3}, {"指标": "deaths_per_100m_gdp", "目标值": 1})
    send("E1401", "F14", NORTH, "2013", "2013-01-20", {"指标": "deaths", "目标值": 5}, {"指标": "deaths_per_100m_gdp", "目标值": 1})
    send("X07_1", "F09", N1, "2013Q1", "2013-04-10", {"级别": "县级", "合计": 3})
    send("X07_2", "F09", N2, "2013Q1", "2013-04-10", {"级别": "县级", "合计": 0})
    send("X07", "F09", NORTH, "2013Q1", "2013-04-10", {"已开展演练县数": 2})
    send("X11_1", "F02", L1, "2013-01", "2013-02-05", {"起数": 10})
    send("X11", "F02", ZONE, "2013-01", "2013-02-05", {"起数": 3})
    send("X11_city", "F02", LAKE, "2013-01", "2013-02-05", {"起数": 10})
    # --- all is right
    c = k["clean"]
    send("c_f01", "F01", c, "2016-01", "2016-01-07", accident("A20"), accident("A21", "2016-02-03", "道路交通"))
    send("c_f02_1", "F02", c, "2016-01", "2016-02-05", {"类别": "合计", "本月起数": 1, "累计起数": 1, "本月死亡": 1, "累计死亡": 1, "本月损失": 200, "累计损失": 200})
    send("c_f02_2", "F02", c, "2016-02", "2016-03-05", {"类别": "合计", "本月起数": 1, "累计起数": 2, "本月死亡": 1, "累计死亡": 2, "本月损失": 200, "累计损失": 400})
    send("c_f02_py", "F02", c, "2017-01", "2017-02-05", {"类别": "合计", "起数": 2, "上年同期起数": 1})
    send("c_f01_2", "F01", c, "2017-01", "2017-02-04", accident("A22", "2017-01-05"), accident("A23", "2017-01-06", serious=1))
    send("c_f03", "F03", c, "2016-01", "2016-02-05", {"查处隐患": 6, "罚款合计": 4, "行政处罚": 2})
    send("c_f03_ytd", "F03", c, "2016-01..2016-02", "2016-03-05", {"行政处罚": 3})
    send("c_f04", "F04", c, "2016-01", "2016-02-05", {"隐患来源": "政府检查", "一般隐患排查数": 5, "重大隐患排查数": 1, "其中挂牌督办": ""},
         {"隐患来源": "合计", "一般隐患排查数": 5, "重大隐患排查数": 1, "其中挂牌督办": 1})
    send("c_f04_ytd", "F04", c, "2016-01..2016-02", "2016-03-05", {"一般隐患排查数": 9, "未整改(限期整改中)": 1})
    send("c_f05", "F05", c, "2016-01", "2016-02-05", hazard("H-9"))
    send("c_f05_2", "F05", c, "2016-02", "2016-03-05", hazard("H-9", "销号", 验收日期="2016-02-20", 销号日期="2016-02-21"))
    send("c_f06_1", "F06", c, "2016Q1", "2016-04-10", {"合计": 10, "其中因事故撤销": 1})
    send("c_f06_2", "F06", c, "2016Q2", "2016-07-10", {"合计": 11, "本期新增": 2, "到期": 1, "撤销": 0})
    send("c_f06_4", "F06", c, "2016Q4", "2017-01-10", {"合计": 11, "其中因事故撤销": 2})
    send("c_f07", "F07", c, "2016-02", "2016-03-05", {"培训班期次": 2, "监管执法人员": 10})
    send("c_f08", "F08", c, "2016-02..2016-03", "2016-04-10", {"罚款": 0})
    send("c_f10", "F10", c, "2016H1", "2016-07-10", {"层级": "县", "实配": 5})
    send("c_f11", "F11", c, "2016Q1", "2016-04-10", {"对象": "企业", "未评估": 0, "合计": 20})
    send("c_f12", "F12", c, "2016-04", "2016-05-05", {"注册企业": 20})
    send("c_f17", "F17", c, "2016Q1", "2016-04-10", {"入库企业": 20})
    send("c_f16", "F16", c, "2016", "2016-01-25", {"责任书编号": "R3", "签订类型": "企业"} | letter)
    for region, people, target, drills in ((P1, 60, 2, 1), (P2, 39, 3, 0)):
        send(f"c_f13_{region}", "F13", region, "2013", "2014-01-20", {"常住人口": people})
        send(f"c_f14_{region}", "F14", region, "2013", "2013-01-20", {"指标": "deaths", "目标值": target})
        send(f"c_f09_{region}", "F09", region, "2013Q1", "2013-04-10", {"级别": "县级", "合计": drills})
    send("c_f13", "F13", PLAIN, "2013", "2014-01-20", {"常住人口": 100})
    send("c_f14", "F14", PLAIN, "2013", "2013-01-20", {"指标": "deaths", "目标值": 5})
    send("c_f09", "F09", PLAIN, "2013Q1", "2013-04-10", {"已开展演练县数": 1})
    # --- more failing rows than a validator shows
    codes = "GK1 GK2 GK3 GK4 GK5 GK9 DL1 DL9 HZ1 HZ9 SS TL MH NJ YC CK SM JZ JT NM QT".split()
    for month in range(1, 13):
        send(f"many_{month}", "F02", k["many"], f"2013-01..2013-{month:02d}" if month > 1 else "2013-01", "2014-01-05",
             *({"类别": code, "累计起数": 10_000 * (i + 1) - (i + 1) * month * month} for i, code in enumerate(codes)))


# check -> (id under which it is listed, number, severity, file, cell, value, expected) in the county of its case
FOUND = {
    "E104": ("E104", "E104", "error", "E104", "D5", "2", "1"),
    "E104_road": ("E104", "E104", "error", "E104_road", "D5", "2", "1"),
    "E107": ("E107", "E107", "warning", "E107", "A7", "A6", "A4"),
    "E203": ("CUMULATIVE_MISMATCH", "E203", "error", "E203", "B5", "6", "5"),
    "E203_january": ("CUMULATIVE_MISMATCH", "E203", "error", "E203_january", "B5", "4", "3"),
    "E204": ("E204", "E204", "error", "E204", "A5", "9", "10"),
    "E205": ("E205", "E205", "error", "E205", "C5", "2", "1"),
    "X01": ("X01", "X01", "error", "X01", "A5", "2", "1"),
    "X14": ("UNREPORTED_EVENT", "X14", "error", "X14", "B5", "1", ""),
    "E209": ("PRIOR_REVISED", "E209", "info", "E209", "B5", "11", "10"),
    "E308": ("E308", "E308", "error", "E308", "A5", "4", "5"),
    "E407": ("E407", "E407", "error", "E407", "A5", "9", "10"),
    "E406": ("E406", "E406", "error", "E406", "C5", "2", "1"),
    "X02": ("X02", "X02", "error", "X02", "B5", "3", "2"),
    "X12": ("X12", "X12", "error", "X12", "A5", "1", "2"),
    "E504": ("E504", "E504", "info", "E504", "I5", "2016-04-01", ""),
    "E505": ("E505", "E505", "error", "E505", "L5", "listed", "closed"),
    "E507_back": ("E507", "E507", "error", "E507_back", "L5", "ordered", "accepted"),
    "E507_skip": ("E507", "E507", "error", "E507_skip", "L5", "closed", "listed"),
    "E604": ("E604", "E604", "error", "E604", "A5", "12", "11"),
    "E1102": ("E1102", "E1102", "warning", "E1102", "C5", "21", "20"),
    "E1601": ("E1601", "E1601", "error", "E1601", "", "2", "1"),
    "X03": ("X03", "X03", "warning", "X03", "A5", "7", "6"),
    "X04": ("X04", "X04", "warning", "X04", "C5", "17", "16"),
    "X05": ("X05", "X05", "warning", "X05", "A5", "7", "6"),
    "X06": ("X06", "X06", "warning", "X06", "A5", "12", "10"),
    "X08": ("X08", "X08", "warning", "X08", "A5", "5", "3"),
    "X09": ("TARGET_MISMATCH", "X09", "warning", "X09", "B5", "5", "4"),
    "X13": ("X13", "X13", "warning", "X13", "B5", "1", "0"),
    "X15": ("FROZEN_PERIOD", "X15", "info", "X15", "", "1", "2013-02-20"),
    "X15_replaced": ("FROZEN_PERIOD", "X15", "info", "X15_replaced", "", "2", "2013-02-20"),
    "LATE": ("LATE", "LATE", "info", "LATE", "", "2013-02-09", "2013-02-08"),
    "M10": ("UNIT_SUSPECT", "M10", "warning", "M10_4", "A5", "60000", "5.75"),
    "M16": ("CUMULATIVE_SUSPECT", "M16", "warning", "M16_3", "", "160", "110"),
    "M24": ("SAME_AS_PRIOR_YEAR", "M24", "warning", "M24", "", "", ""),
}
REGIONAL = {
    (NORTH, "E1302"): ("E1302", "E1302", "warning", "E1302", "A5", "100", "97"),
    (NORTH, "E1401"): ("TARGET_ALLOC", "E1401", "warning", "E1401", "B5", "5", "6"),
    (NORTH, "X07"): ("X07", "X07", "warning", "X07", "A5", "2", "1"),
    (ZONE, "X11"): ("X11", "X11", "warning", "X11", "A5", "3", ""),
}


@dataclass
class City:
    """The computed tables, and the numbers of the files by name."""

    bureau: Bureau
    rows: Rows
    sent: dict[str, str]

    def found(self, region_id: str) -> list[tuple]:
        """What the comparison across files says of a region."""
        names = {number: name for name, number in self.sent.items()}
        return [(f["check_id"], f["rule_id"], f["severity"], names[f["submission_id"]], f["cell"], f["value"], f["expected"])
                for f in self.rows.where("quality_findings", region_id=region_id, scope="files")]

    def sql(self, query: str) -> list[tuple]:
        import duckdb

        with duckdb.connect(str(self.bureau.out / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query).fetchall()


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> City:
    lines = [f"{CITY},河阳市,Heyang,city", *(f"{region},{case.replace('_', '-')}县,{case},county,{CITY}" for case, region in COUNTY.items())]
    for region, name in ((NORTH, "北市"), (LAKE, "湖市"), (PLAIN, "平市")):
        lines.append(f"{region},{name},{name},city,{CITY}")
    lines += [f"{region},{region}县,{region},county,{region[:4]}00" for region in (N1, N2, L1, P1, P2)]
    lines.append(f"{ZONE},湖新区,Lake zone,county,{LAKE},,,zone,false,false,true")
    bureau = bureau_at(tmp_path_factory.mktemp("across"), "\n".join(lines))
    bureau.write("targets.csv", f"year,region_id,indicator_id,category,target\n2013,{COUNTY['X09']},deaths,,4\n")
    send = Desk(bureau)
    plant(send)
    return City(bureau, bureau.compute(), send.sent)


@pytest.mark.parametrize("case", FOUND)
def test_a_planted_fault_is_found_at_its_cell_and_nothing_else_with_it(city, case):
    assert city.found(COUNTY[case]) == [FOUND[case]]


@pytest.mark.parametrize("place", REGIONAL, ids=lambda place: place[1])
def test_a_region_that_does_not_follow_from_those_below_it_is_found(city, place):
    region, _ = place
    assert REGIONAL[place] in city.found(region)
    assert set(city.found(region)) == {found for (where, _), found in REGIONAL.items() if where == region}


@pytest.mark.parametrize("case", ["E104_within", "E107_other", "E204_reason", "E205_clean", "clean"])
def test_where_all_is_right_nothing_is_said(city, case):
    assert city.found(COUNTY[case]) == []


def test_regions_that_add_up_are_left_alone(city):
    assert [city.found(region) for region in (PLAIN, P1, P2, N1, N2, L1)] == [[]] * 6
    assert [f[0] for f in city.found(LAKE)] == ["REGION_MISMATCH"]


def test_every_check_has_judged_something_and_those_that_lack_a_scheme_say_so(city):
    runs = {check_id: (judged, not_run) for check_id, judged, not_run in city.sql("SELECT check_id, judged, not_run FROM across_runs")}
    waiting = {check_id: table for check_id, (_, table) in runs.items() if table}
    assert waiting == {"X10": "scheme_items", "E1502": "scheme_items", "E1503": "scheme_items", "E1505": "scheme_items"}
    assert [check_id for check_id, (judged, table) in runs.items() if not judged and not table] == []


def test_all_failing_rows_come_back_not_the_first_two_hundred(city):
    found = city.found(COUNTY["many"])
    found = [f for f in found if f[0] != "LATE"]
    assert len(found) == 21 * 11 > 200
    assert {f[0] for f in found} == {"E204"}
    assert {(f[3], f[4]) for f in found} == {(f"many_{month}", f"B{row}") for month in range(2, 13) for row in range(5, 26)}


def test_an_error_across_files_marks_the_file_and_leaves_the_number_in_the_sums(city):
    sid = city.sent["E205"]
    sent = city.rows.one("submissions", submission_id=sid)
    assert (sent["verdict"], sent["errors"], sent["across_errors"]) == ("accepted_with_warnings", 1, 1)
    assert city.rows.one("figures", submission_id=sid, measure="deaths")["obs_status"] == "reported"
    assert city.rows.value(COUNTY["E205"], period="2016-01", span="month", category="GK3") == 2


def test_the_site_marks_the_number_that_another_file_contradicts(city, tmp_path):
    from pipelines import jurisdiction as jurisdictions
    from pipelines.publish.release_data import ReleaseData
    from pipelines.publish.views.region import RegionView
    from pipelines.publish.words import Words

    bureau = bureau_at(tmp_path)
    bureau.report("2015-01", "2015-02-05", region_id=["990101"], events=[2], deaths=[1])
    bureau.send("feb.csv", "# 表号: F02\n# 行政区划代码: 990101\n# 报告期: 2015-02\n本月起数,累计起数,本月死亡\n3,6,1\n", "2015-03-05")
    [*_, name] = bureau.release()
    jurisdiction = jurisdictions.load(bureau.folder)
    data = ReleaseData(bureau.out / "releases" / name, jurisdiction.reference)
    page = RegionView(data, Words("zh"), jurisdiction).region(data.regions["990101"])
    shown = {(cell["name"], block["code"]): [mark.word for mark in cell["number"].marks]
             for block in page["blocks"] for group in block["groups"] for cell in group["list"] if cell["number"]}
    marked = {name for name, marks in shown.items() if "与他表不符" in marks}
    assert marked == {("事故起数", "2015年1—2月"), ("事故平均死亡", "2015年1—2月")}, "the number, and the rate that is made from it"


def test_a_finding_says_what_is_compared_in_both_languages(city):
    said = city.rows.one("quality_findings", check_id="E604")
    assert said["message_zh"] == "期末达标 12 家，应为上期 10 + 新增 2 − 到期 1 − 撤销 0 = 11 家；请核对这几个数"
    assert said["message_en"] == "12 certified; last period's 10 + 2 new − 1 expired − 0 withdrawn makes 11; check these numbers"


def test_of_an_accident_or_hazard_only_the_bare_finding_is_released(city):
    from pipelines.engines.warehouse import Warehouse
    from pipelines.publish import disclosure

    with Warehouse(city.bureau.out / "warehouse.duckdb") as warehouse:
        table = disclosure.public_findings(warehouse)
        found = warehouse.con.execute(f"SELECT value, expected, message_zh FROM {table} WHERE check_id = 'E107'").fetchall()
        warehouse.con.execute(f"DROP TABLE {table}")
    assert found == [("〔略〕", "〔略〕", "事故 〔略〕 与 〔略〕 同地区、同日期、同类别、伤亡相同，疑为重复登记；如不是同一起，请在备注说明")]


def test_scores_are_held_against_a_scheme_once_there_is_one(tmp_path):
    from pipelines.engines import across
    from pipelines.engines.warehouse import Warehouse

    bureau = bureau_at(tmp_path)
    send = Desk(bureau)
    send("scores", "F15", "990101", "2013Q1", "2013-04-10", *(
        {"方案": "s", "条目": item, "标准分": 10, "扣分": 0, "得分": points, "佐证材料": evidence}
        for item, points, evidence in (("A1", 6, ""), ("A2", 5, ""), ("B1", 4, ""), ("B9", 4, ""), ("C1", 1, ""), ("C2", 1, "材料3"))))
    bureau.compute()
    with Warehouse(bureau.out / "warehouse.duckdb") as warehouse:
        warehouse.con.execute("CREATE TABLE scheme_items AS SELECT * FROM (VALUES ('s', 'A1', 'A', 5, FALSE), ('s', 'A2', 'A', 5, FALSE), "
                              "('s', 'B1', 'B', 5, TRUE), ('s', 'C1', 'C', 5, FALSE), ('s', 'C2', 'C', 5, FALSE)) "
                              "AS t(scheme_id, item_id, group_id, points, computed)")
        warehouse.con.execute("ALTER TABLE scheme_items ADD COLUMN evidence BOOLEAN DEFAULT FALSE")
        warehouse.con.execute("UPDATE scheme_items SET evidence = TRUE WHERE group_id = 'C'")
        warehouse.con.execute("CREATE OR REPLACE TABLE assessment_items AS SELECT 's' AS scheme_id, '2013Q1' AS period, '990101' AS region_id, 'B1' AS item_id, 5 AS score")
        across.judge(warehouse)
        found = warehouse.con.execute("SELECT check_id, cell, value, expected FROM across_findings ORDER BY ALL").fetchall()
    assert found == [("E1502", "B8", "B9", ""), ("E1503", "E5", "11", "10"), ("E1505", "B9", "C1", "佐证材料 / evidence_ref"), ("X10", "E7", "4", "5")]


OWN_FORM = """
id: XB
name: {zh: 桥梁, en: Bridges}
frequency: month
kind: stock
measures:
  - {id: built, zh: 桥梁数, en: Bridges, unit: 座}
across:
  - id: EB01
    severity: warning
    min: 0
    zh: "桥梁由 {before} 座减为 {value} 座"
    en: "bridges fell from {before} to {value}"
    sql: |
      SELECT f.form_id, f.region_id, f.period, f.submission_id, f.sheet, f.cell, f.value, b.value AS expected, b.value AS before, f.value - b.value AS residual
      FROM exact_figures AS f
      JOIN periods AS p ON p.period = f.period AND p.span = f.span
      JOIN exact_figures AS b ON b.form_id = f.form_id AND b.region_id = f.region_id AND b.period = p.mom_period
      WHERE f.form_id = 'XB'
"""


def test_a_jurisdiction_declares_a_check_across_files_in_its_own_form(bureau):
    bureau.write("forms/XB.yml", OWN_FORM)
    bureau.report("2015-01", "2015-02-05", "XB", region_id=["990101", "990102"], built=[5, 5])
    bureau.report("2015-02", "2015-03-05", "XB", region_id=["990101", "990102"], built=[4, 5])
    found = bureau.compute().where("quality_findings")
    assert [(f["check_id"], f["rule_id"], f["region_id"], f["message_zh"]) for f in found] == [("EB01", "EB01", "990101", "桥梁由 5 座减为 4 座")]


def test_a_check_that_breaks_on_a_value_is_named(bureau):
    head = OWN_FORM[:OWN_FORM.index("      SELECT")].replace("{before}", "")
    bureau.write("forms/XB.yml", head + "      SELECT form_id, region_id, period, submission_id, '' AS sheet, '' AS cell, '' AS value, '' AS expected,\n"
                                        "        CAST(submission_id AS DATE) AS residual FROM files_in_force\n")
    bureau.report("2015-01", "2015-02-05", "XB", region_id=["990101"], built=[5])
    with pytest.raises(ValueError, match=r"forms/XB\.yml: EB01: "):
        bureau.compute()


@pytest.mark.parametrize(("wrong", "told"), [
    (("FROM exact_figures AS f", "FROM exact_figures AS f, nowhere"), None),
    (("f.sheet, ", ""), "forms/XB.yml: EB01: Binder Error"),
    (("b.value AS before", "b.valve AS before"), "forms/XB.yml: EB01: Binder Error"),
    (("severity: warning", "severity: grave"), "EB01: severity 'grave'"),
    (("{before} 座减", "{late} 座减"), "forms/XB.yml: EB01: {late}"),
])
def test_a_wrong_declaration_names_the_check_and_a_missing_table_only_keeps_it_from_running(bureau, wrong, told):
    bureau.write("forms/XB.yml", OWN_FORM.replace(*wrong))
    bureau.report("2015-01", "2015-02-05", "XB", region_id=["990101"], built=[5])
    bureau.report("2015-02", "2015-03-05", "XB", region_id=["990101"], built=[4])
    if told is None:
        assert bureau.compute().where("quality_findings") == []
        return
    with pytest.raises(ValueError) as error:
        bureau.compute()
    assert told in str(error.value)
