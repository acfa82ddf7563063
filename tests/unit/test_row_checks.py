"""Every row check at its boundary: a row that just passes and one that just fails, through the one run of the suite that intake makes for a form."""

# ruff: noqa: C408 — a row reads best as column=value

from __future__ import annotations

import collections
import datetime as dt
import functools
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from pipeline.bureau import CITY, CITY_AND_COUNTIES, EAST, bureau_at

from expectations import compile as suites
from pipelines import jurisdiction as jurisdictions
from pipelines.intake.ledger import Chunk, Incoming, validate
from pipelines.intake.reading import COLUMNS, harvest
from pipelines.intake.table import Reader

ROOT = Path(__file__).resolve().parents[2]
RECEIVED = dt.datetime(2015, 3, 10, 1, 0, tzinfo=dt.UTC)  # nine in the morning there
# A sound row of each form; a case changes some of its columns. Money is written in the unit of its column.
SOUND = {
    "F01": dict(accident_id="99010120150301001", date="2015-03-01", time="08:00", reported_at="2015-03-01 09:00", unit_name="某公司", industry="5011",
                category="GK3", accident_type="坍塌", is_production="是", in_assessment="是", deaths=1, missing=0, serious=0, minor=0, loss_yuan=900000,
                level="一般", status="快报"),
    "F02": dict(category="TOTAL", events=10, deaths=5, serious=3, loss=100, events_larger=0, deaths_larger=0, events_larger_plus=0, deaths_larger_plus=0,
                events_major=0, events_major_plus=0, events_extreme=0),
    "F03": dict(industry="TOTAL", units_in_charge=100, units_checked=50, visits=60, orders=30, firms_ordered=20, hazards_found=80, hazards_fixed=70,
                halted=3, closed=2, penalties=5, fine_daily=10, fine_accident=0, fine_total=10),
    "F03b": dict(round_no="1", regions_visited=3, issues_found=10, issues_fixed=8, circulars=2, issued_doc="安监〔2015〕1号、2号"),
    "F04": dict(sector="TOTAL", units_should=100, units_done=90, gen_found=200, gen_fixed=190, gen_fixed_now=150, gen_open=10, maj_found=5, maj_fixed=3,
                maj_planned=2, maj_listed=1),
    "F05": dict(hazard_id="GP-1", unit_name="某厂", sector="危化", content="储罐区", level="县", found_on="2015-01-05", ordered_on="2015-01-06",
                listed_on="2015-01-10", due_on="2015-06-30", duty_unit="某厂", supervise_unit="安委办", status="挂牌督办"),
    "F05b": dict(campaign_id="涉氨制冷", **{"class": "TOTAL"}, in_scope=42, done=13, in_progress=29),
    "F06": dict(sector="危化", track="地方", scope=51, l1=0, l2=8, l3=33, l4_local=0, total=41, new=4, expired=1, withdrawn=2, withdrawn_accident=1),
    "F07": dict(sessions=10, p1=100, p2=100, p3=100, p4=100, p5=0, total=400, planned=500),
    "F08": dict(units=100, declared=90, checked=50, issues=20, warned=5, punished=3, fines=6, should_exam=1000, examined=900),
    "F09": dict(level="企业", compr=2, special=3, onsite=1, total=6, persons=200, counties_should=10, counties_done=9, plans_should=20, plans_filed=18),
    "F10": dict(level="乡镇", should=20, done=20),
    "F11": dict(object="企业", sector="危化", red=1, orange=2, yellow=3, blue=4, unassessed=0, total=10),
    "F12": dict(registered=100, logged=90, reporting=80, checked=70, found=60, fixed=50),
    "F13": dict(gdp_yi=500, employees_gk=20000, motor_vehicles=30000, coal_output_t=0, population=100000),
    "F14": dict(indicator="deaths", category="TOTAL", target=40, doc_no="安委〔2015〕1号", valid_from="2015-01-05"),
    "F15": dict(scheme="A", item="A1", source="年终", points_max=10, deduct=2, score=8, reason="迟报"),
    "F16": dict(letter_id="L-1", type="企业", signed_on="2015-01-10", targets="死亡人数 <= 1; 重大火灾 = 0", special_veto="", result="完成", reward_yuan=2000),
    "F17": dict(registered=561, promised=561, published=561, audited=561, warned=10, blacklisted=2, red_cards=1, yellow_cards=3),
    "F18": dict(instrument="群众安全感调查", safety_sense=95.5, n=1000),
}
PERIOD = {"month": "2015-02", "quarter": "2014Q4", "half": "2014H2", "year": "2014", "event": "2015-02"}

# (form, what differs from the sound row, the one finding expected as "severity check column words-of-the-message", or None)
OLD = dict(date="2006-05-01", accident_id="99010120060501001", reported_at="2006-05-01 09:00")


def level(expected: str | None, **given) -> tuple:
    """A case of E101: `expected` is the level that the message names; None where the level as given is right."""
    return "F01", given, expected and ("error", "E101", "level", f"应定为“{expected}”")


CASES: dict[str, list[tuple]] = {
    # Every boundary of Decree 493, Article 3: deaths, serious injuries, loss, and the highest of the three.
    "E101": [
        level(None, deaths=2), level("较大", deaths=3), level("一般", deaths=2, level="较大"),
        level(None, deaths=9, level="较大"), level("重大", deaths=10, level="较大"), level(None, deaths=10, level="重大"),
        level(None, deaths=29, level="重大"), level("特别重大", deaths=30, level="重大"), level(None, deaths=30, level="特别重大"),
        level(None, serious=9), level("较大", serious=10), level(None, serious=49, level="较大"), level("重大", serious=50, level="较大"),
        level(None, serious=99, level="重大"), level("特别重大", serious=100, level="重大"), level(None, serious=100, level="特别重大"),
        level(None, loss_yuan="9999999.99"), level("较大", loss_yuan=10_000_000), level(None, loss_yuan="49999999.99", level="较大"),
        level("重大", loss_yuan=50_000_000, level="较大"), level(None, loss_yuan="99999999.99", level="重大"),
        level("特别重大", loss_yuan=100_000_000, level="重大"), level(None, loss_yuan=100_000_000, level="特别重大"),
        level(None, deaths=0, serious=12, loss_yuan=0, level="较大"), level("较大", deaths=0, serious=12, loss_yuan=0),
        level(None, deaths=2, serious=9, loss_yuan=60_000_000, level="重大"), level("重大", deaths=2, serious=9, loss_yuan=60_000_000),
        level(None, deaths=2, serious=2),  # deaths and injuries are not added together
        level("较大", deaths=2, missing=1), level(None, deaths=2, missing=1, level="较大"),  # the missing count for the level
        level(None, deaths=3, level="一般", level_basis="其他法规"),  # rail and power grid have decrees of their own
        level(None, deaths=2, serious="", level="较大"), level("较大", deaths=3, serious="", level="一般"),  # what is not known can only raise it
        level("较大", deaths=3, level="特大"),
        # Before June 2007: 重大 is 3 to 9 deaths, 特大 10 and more.
        level(None, deaths=3, level="重大", **OLD), level(None, deaths=9, level="重大", **OLD), level("特大", deaths=10, level="重大", **OLD),
        level(None, deaths=10, level="特大", **OLD), level("重大", deaths=3, level="较大", **OLD), level(None, deaths=2, level="一般", **OLD),
        level(None, deaths=3, level="较大", level_basis="493号令", **OLD), level(None, deaths=3, level="重大", level_basis="旧用语"),
        level(None, deaths=30, level="特别重大", **OLD), level("特大", deaths=29, level="特别重大", **OLD),
    ],
    "E102": [
        ("F01", dict(date="2015-03-10", accident_id="99010120150310001", reported_at="2015-03-10 08:30"), None),
        ("F01", dict(date="2015-03-11", accident_id="99010120150311001", reported_at="2015-03-11 08:30"), ("error", "E102", "date", "2015-03-10")),
        ("F01", dict(reported_at="2015-02-28 23:00"), ("error", "E102", "date", "2015-02-28 23:00")),
    ],
    "E103": [
        ("F01", dict(deaths=0, minor=1, loss_yuan=0), None),
        ("F01", dict(deaths=0, loss_yuan=0), ("error", "E103", "deaths", "死亡 0 人")),
        ("F01", dict(deaths=0, loss_yuan=1_000_000), None),
        ("F01", dict(deaths=0, loss_yuan="999999.99"), ("warning", "E103", "loss_yuan", "999999.99")),
        ("F01", dict(deaths=0, missing=1, loss_yuan=0), None),
    ],
    "E105": [
        ("F01", dict(status="核销", cancel_reason="刑事", notice_from="2015-03-02", notice_to="2015-03-09"), None),
        ("F01", dict(status="核销", cancel_reason="刑事", notice_from="2015-03-02", notice_to="2015-03-08"), ("error", "E105", "notice_to", "2015-03-02 至 2015-03-08")),
        ("F01", dict(status="核销", cancel_reason="刑事"), ("error", "E105", "notice_to", "公示满 7 日")),
        ("F01", dict(status="核销", notice_from="2015-03-02", notice_to="2015-03-09"), ("error", "E105", "cancel_reason", "统计核销")),
    ],
    "E108": [
        ("F01", dict(category="GK1", industry="0610"), None), ("F01", dict(category="GK1", industry="610"), None),
        ("F01", dict(category="GK1", industry="0710"), ("warning", "E108", "industry", "06-06，所填行业代码为 0710")),
        ("F01", dict(industry="4700"), None), ("F01", dict(industry="5090"), None), ("F01", dict(industry="4690"), ("warning", "E108", "industry", "47-50")),
        ("F01", dict(category="GK31", industry="E4710"), None), ("F01", dict(category="GK2", industry="1200"), None),
        ("F01", dict(category="GK2", industry="1310"), ("warning", "E108", "industry", "08-12")),
        ("F01", dict(category="GK5", industry="5169"), None), ("F01", dict(category="DL", industry="2710"), None),
    ],
    "E109": [
        ("F01", dict(uscc="91350100M000100Y43"), None), ("F01", dict(uscc="91350100m000100y43"), None),
        ("F01", dict(uscc="91350100M000100Y44"), ("error", "E109", "uscc", "91350100M000100Y44")),
        ("F01", dict(uscc="91350100M000100Y4"), ("error", "E109", "uscc", "18 位")),
        ("F01", dict(uscc="9135O100M000100Y43"), ("error", "E109", "uscc", "9135O100")),
    ],
    "E110": [
        ("F01", dict(reported_at="2015-03-02 08:00"), None),
        ("F01", dict(reported_at="2015-03-02 08:01"), ("warning", "E110", "reported_at", "24.02 小时")),
        ("F01", dict(time="", reported_at="2015-03-02 23:59"), None),
        ("F01", dict(time="", reported_at="2015-03-03 01:00"), ("warning", "E110", "reported_at", "25.02 小时")),
    ],
    "E111": [("F01", dict(accident_id="2015-1"), ("info", "E111", "accident_id", "2015-1"))],
    "E112": [
        ("F01", dict(accident_type=""), ("error", "E112", "accident_type", "建筑业")),
        ("F01", dict(category="DL", accident_type=""), None),
    ],
    "E113": [
        ("F01", dict(serious=2, poisoned=2), None),
        ("F01", dict(serious=2, poisoned=3), ("error", "E113", "poisoned", "3 人多于重伤 2 人")),
    ],
    "E206": [
        *[("F02", {c: 10, "deaths_larger": 30, "deaths_larger_plus": 30}, None) for c in ("events_larger", "events_larger_plus")],
        ("F02", dict(events_larger=11, deaths_larger=33), ("error", "E206", "events_larger", "11 起多于事故总数 10 起")),
        ("F02", dict(events_larger_plus=11, deaths_larger_plus=33), ("error", "E206", "events_larger_plus", "11 起")),
        ("F02", dict(events_major=11), ("error", "E206", "events_major", "11 起")), ("F02", dict(events_major=10), None),
        ("F02", dict(events_extreme=11), ("error", "E206", "events_extreme", "11 起")), ("F02", dict(events_extreme=10), None),
        ("F02", dict(events_major_plus=1), ("error", "E206", "events_major_plus", "1 起")),
        ("F02", dict(events_major_plus=1, events_larger_plus=1, deaths_larger_plus=10), None),
        ("F02", dict(events_larger=2, deaths_larger=6), None),
        ("F02", dict(events_larger=2, deaths_larger=5), ("warning", "E206", "deaths_larger", "2 起只有死亡 5 人")),
        ("F02", dict(events_larger_plus=2, deaths_larger_plus=6), None),
        ("F02", dict(events_larger_plus=2, deaths_larger_plus=5), ("warning", "E206", "deaths_larger_plus", "5 人")),
    ],
    "E207": [
        ("F02", dict(events=1), None), ("F02", dict(events=0, deaths=0), None),
        ("F02", dict(events=0, deaths=1), ("error", "E207", "deaths", "死亡 1 人")),
        ("F02", dict(events="", deaths=1), None),
    ],
    "E212": [
        ("F02", dict(loss="9999.99"), None), ("F02", dict(loss=10_000, events_larger_plus=1, deaths_larger_plus=3), None),
        ("F02", dict(loss=10_000), ("warning", "E212", "loss", "10000000 元")),
        ("F02", dict(loss="0.05"), None), ("F02", dict(loss="0.0499"), ("warning", "E212", "loss", "499 元")), ("F02", dict(loss=0), None),
    ],
    "E301": [
        ("F03", dict(units_checked=60, units_in_charge=60), None),
        ("F03", dict(units_checked=60, units_in_charge=59), ("warning", "E301", "units_checked", "60 家多于监管单位 59 家")),
    ],
    "E302": [("F03", dict(visits=50), None), ("F03", dict(visits=49), ("error", "E302", "visits", "49 家次少于检查单位 50 家"))],
    "E304": [
        ("F03", dict(penalties=1), None), ("F03", dict(penalties=0, fine_daily=0, fine_total=0), None),
        ("F03", dict(penalties=0), ("error", "E304", "fine_total", "罚款 100000 元而行政处罚 0 次")),
        ("F03", dict(penalties=1, fine_daily=0, fine_total=0), ("warning", "E304", "penalties", "处罚 1 次")),
    ],
    "E306": [
        ("F03", dict(halted=30, closed=20), None),
        ("F03", dict(halted=30, closed=21), ("warning", "E306", "halted", "30 家与关闭取缔 21 家")),
    ],
    "E309": [("F03", dict(hazards_fixed=80), None), ("F03", dict(hazards_fixed=81), ("error", "E309", "hazards_fixed", "81 项多于查处 80 项"))],
    "E311": [("F03", dict(firms_ordered=30), None), ("F03", dict(firms_ordered=31), ("warning", "NOTICES_LT_FIRMS", "orders", "31 家"))],
    "E3b1": [("F03b", dict(issues_fixed=10), None), ("F03b", dict(issues_fixed=11), ("error", "E3b1", "issues_fixed", "11 项多于发现 10 项"))],
    "E3b2": [
        ("F03b", dict(issued_doc=""), None), ("F03b", dict(circulars=3), ("warning", "COUNT_VS_LIST", "circulars", "通报 3 份")),
        ("F03b", dict(circulars=1), ("warning", "COUNT_VS_LIST", "circulars", "通报 1 份")),
    ],
    "E401": [
        ("F04", dict(gen_fixed=200, gen_open=0), None),
        ("F04", dict(gen_fixed=201, gen_open="", gen_fixed_now=201), ("error", "E401", "gen_fixed", "201 项多于排查 200 项")),
    ],
    "E402": [
        ("F04", dict(gen_open=9), ("error", "E402", "gen_found", "整改 190 项加未整改 9 项")),
        ("F04", dict(gen_open=11), ("error", "E402", "gen_found", "未整改 11 项")),
        ("F04", dict(gen_deadline=50, gen_deadline_fixed=40), None),
        ("F04", dict(gen_deadline=50, gen_deadline_fixed=41), ("error", "E402", "gen_deadline", "完成 41 项")),
        ("F04", dict(gen_deadline=49, gen_deadline_fixed=39), ("error", "E402", "gen_fixed_now", "限期整改 49 项")),
    ],
    "E403": [
        ("F04", dict(gen_fixed_now=190), None), ("F04", dict(gen_fixed_now=191), ("error", "E403", "gen_fixed_now", "191 项")),
        ("F04", dict(gen_fixed="", gen_fixed_now=201), ("error", "E403", "gen_fixed_now", "200")),
    ],
    "E405": [("F04", dict(maj_fixed=4), ("warning", "E405", "maj_found", "已整改 4 项与列入计划 2 项"))],
    "E406": [("F04", dict(maj_listed=5), None), ("F04", dict(maj_listed=6), ("error", "E406", "maj_listed", "6 项多于重大隐患 5 项"))],
    "E408": [
        ("F04", dict(gen_found=9_999, gen_fixed=9_999, gen_open=0), None),
        ("F04", dict(gen_found=10_000, gen_fixed=9_999, gen_open=1), None),
        ("F04", dict(gen_found=10_000, gen_fixed=10_000, gen_open=0), ("info", "E408", "gen_fixed", "10000 项")),
    ],
    "E410": [("F04", dict(units_done=100), None), ("F04", dict(units_done=101), ("error", "E410", "units_done", "101 家多于应排查 100 家"))],
    "E501": [
        ("F05", dict(ordered_on="2015-01-05", listed_on="2015-01-05"), None),
        ("F05", dict(ordered_on="2015-01-04"), ("error", "E501", "ordered_on", "2015-01-04 早于发现日期 2015-01-05")),
        ("F05", dict(listed_on="2015-01-05"), ("error", "E501", "listed_on", "2015-01-06")),
        ("F05", dict(ordered_on="", listed_on="2015-01-05"), None),
        ("F05", dict(status="验收", accepted_on="2015-01-10"), None),
        ("F05", dict(status="验收", accepted_on="2015-01-09"), ("error", "E501", "accepted_on", "2015-01-10")),
        ("F05", dict(status="销号", accepted_on="2015-02-10", closed_on="2015-02-10"), None),
        ("F05", dict(status="销号", accepted_on="2015-02-10", closed_on="2015-02-09"), ("error", "E501", "closed_on", "2015-02-10")),
    ],
    "E502": [
        ("F05", dict(status="销号", accepted_on="2015-02-09", closed_on="2015-02-10"), None), ("F05", dict(status="验收", accepted_on="2015-02-09"), None),
        ("F05", dict(status="销号", closed_on="2015-02-10"), ("error", "E502", "closed_on", "2015-02-10")),
        ("F05", dict(status="销号", accepted_on="2015-02-10"), ("error", "E502", "status", "摘牌(销号)")),
        ("F05", dict(status="验收"), ("error", "E502", "status", "验收")),
        ("F05", dict(accepted_on="2015-02-09", closed_on="2015-02-10"), ("warning", "E502", "status", "挂牌督办")),
    ],
    "E503": [
        ("F05", dict(due_on="2015-01-10"), None), ("F05", dict(due_on="2015-01-09"), ("error", "E503", "due_on", "2015-01-09")),
        ("F05", dict(status="延期", extended_to="2015-06-30"), None),
        ("F05", dict(status="延期", extended_to="2015-06-29"), ("error", "E503", "extended_to", "2015-06-29")),
        ("F05", dict(status="延期"), ("error", "E503", "extended_to", "2015-06-30")),
    ],
    "E506": [
        ("F05", dict(level="市"), None), ("F05", dict(level="省"), ("error", "E506", "level", "“省”级")),  # the sender is a city
    ],
    "E5b1": [("F05b", dict(done=14), ("error", "E5b1", "done", "14 家与进行中 29 家之和多于应整治 42 家"))],
    "E602": [("F06", dict(scope=41), None), ("F06", dict(scope=40), ("error", "E602", "total", "41 家多于应达标 40 家"))],
    "E606": [("F06", dict(withdrawn_accident=2), None), ("F06", dict(withdrawn_accident=3), ("error", "E606", "withdrawn_accident", "3 家多于撤销 2 家"))],
    "E607": [
        ("F06", dict(l4_local=1, l3=32), None), ("F06", dict(track="国家"), None),
        ("F06", dict(track="国家", l4_local=1, l3=32), ("warning", "E607", "l4_local", "填报 1 家")),
    ],
    "E702": [("F07", dict(planned=""), None), ("F07", dict(planned=1), None), ("F07", dict(planned=0), ("warning", "E702", "planned", "400 人次"))],
    "E703": [
        ("F07", dict(total=10), None), ("F07", dict(total=9), ("warning", "E703", "total", "0.9 人次")),
        ("F07", dict(total=50_000), None), ("F07", dict(total=50_001), ("warning", "E703", "total", "5000.1 人次")),
    ],
    "E801": [("F08", dict(declared=100), None), ("F08", dict(declared=101), ("error", "E801", "declared", "101 家"))],
    "E802": [("F08", dict(examined=1000), None), ("F08", dict(examined=1001), ("error", "E802", "examined", "1001 人"))],
    "E803": [("F08", dict(punished=50), None), ("F08", dict(punished=51), ("error", "E803", "punished", "51 家多于检查 50 家"))],
    "E804": [
        ("F08", dict(punished=0, fines=0), None), ("F08", dict(punished=0), ("error", "E804", "fines", "60000 元")),
        ("F08", dict(fines=0), ("warning", "E804", "punished", "处罚 3 家")),
    ],
    "E902": [("F09", dict(persons=6), None), ("F09", dict(persons=5), ("error", "E902", "persons", "5 人次少于演练 6 次"))],
    "E903": [
        ("F09", dict(level="县级", compr=1, special=0, onsite=0, total=1), None), ("F09", dict(compr=0, special=0, onsite=0, total=0), None),
        ("F09", dict(level="县级", compr=0, special=0, onsite=0, total=0), ("info", "E903", "total", "0 次")),
    ],
    "E904": [("F09", dict(counties_done=10), None), ("F09", dict(counties_done=11), ("error", "E904", "counties_done", "11 个县"))],
    "E905": [("F09", dict(plans_filed=20), None), ("F09", dict(plans_filed=21), ("error", "E905", "plans_filed", "21 个"))],
    "E1001": [
        ("F10", dict(should=20), None), ("F10", dict(should=19), ("error", "E1001", "done", "20 个多于应覆盖 19 个")),
    ],
    "E1201": [
        *[("F12", {c: 100}, None) for c in ("logged", "reporting", "checked")], ("F12", dict(fixed=60), None),
        *[("F12", {c: 101}, ("error", "E1201", c, "101 家多于注册 100 家")) for c in ("logged", "reporting", "checked")],
        ("F12", dict(fixed=61), ("error", "E1201", "fixed", "61 条多于隐患 60 条")),
    ],
    "E1301": [
        ("F13", dict(gdp_yi="0.01"), None),
        *[("F13", {c: 0}, ("error", "E1301", c, "0")) for c in ("gdp_yi", "employees_gk", "motor_vehicles", "population")],
    ],
    "E1402": [
        ("F14", dict(target=0), None), ("F14", dict(target="0.5"), ("error", "E1402", "target", "0.5 不是整数")),
        ("F14", dict(indicator="较大事故", target="1.5"), ("error", "E1402", "target", "较大事故起数")),
        ("F14", dict(indicator="R4", target="0.092"), None),
    ],
    "E1501": [
        ("F15", dict(deduct=0, score=10, reason=""), None), ("F15", dict(deduct="", score="10.01"), ("error", "E1501", "score", "10.01 高于标准分 10")),
        ("F15", dict(deduct=12, score=0), None),  # a score stops at zero
        ("F15", dict(points_max="", deduct="", score=1, reason=""), None),  # a fact is a number alone
        ("F15", dict(score="8.01"), ("error", "E1501", "score", "应得 8 分，填报 8.01 分")), ("F15", dict(deduct="1.5", score="8.5"), None),
    ],
    "E1504": [("F15", dict(reason=""), ("error", "E1504", "reason", "扣 2 分"))],
    "E1602": [
        ("F16", dict(result="未完成", reward_yuan=0), None), ("F16", dict(result="", reward_yuan=100), None),
        ("F16", dict(result="未完成"), ("error", "E1602", "reward_yuan", "2000 元")), ("F16", dict(result="否决"), ("error", "E1602", "reward_yuan", "否决")),
    ],
    "E1603": [
        ("F16", dict(targets="死亡人数≤1；"), None), ("F16", dict(targets="不发生事故"), ("error", "E1603", "targets", "死亡人数 <= 1")),
        ("F16", dict(targets="死亡人数 <= 1; 不发生火灾"), ("error", "E1603", "targets", "分号")),
        ("F16", dict(special_veto="区外重大交通事故 >= 1"), None), ("F16", dict(special_veto="车辆"), ("error", "E1603", "special_veto", "特别否决")),
    ],
    "E1701": [
        *[("F17", {c: 562}, ("error", "E1701", c, "562 家多于入库企业 561 家")) for c in ("promised", "published", "audited", "warned", "blacklisted")],
        *[("F17", {c: 561}, None) for c in ("warned", "blacklisted", "red_cards", "yellow_cards")],
        *[("F17", {c: 562}, ("warning", "E1701", c, "562 张")) for c in ("red_cards", "yellow_cards")],
    ],
    "E1801": [
        ("F18", dict(safety_sense=100), None), ("F18", dict(safety_sense="100.01"), ("error", "E1801", "safety_sense", "100.01")),
        ("F18", dict(culture=100), None), ("F18", dict(culture="100.01"), ("error", "E1801", "culture", "100.01")),
        ("F18", dict(n=30), None), ("F18", dict(n=29), ("error", "E1801", "safety_sense", "29 份")),
        ("F18", dict(n=29, safety_sense="", culture=50), ("error", "E1801", "culture", "29 份")),
    ],
}
# Rows of one file that are judged beside each other: (form, [what differs in each], the finding of the last).
TOGETHER = {
    "E1001": [
        ("F10", [dict(level="乡镇", done=0), dict(level="行政村", done=1)], ("warning", "E1001", "done", "行政村已覆盖 1 个，而其上一级为 0 个")),
        ("F10", [dict(level="乡镇", done=1), dict(level="行政村", done=20)], None),
        ("F10", [dict(level="市", should=0, done=0), dict(level="县", should=1, done=1)], None),  # a county has no city of its own to cover
    ],
    "E1103": [
        ("F11", [dict(), dict(object="风险点", blue=3, total=9)], ("warning", "E1103", "total", "9 处少于企业 10 家")),
        ("F11", [dict(), dict(object="风险点")], None),
        ("F11", [dict(), dict(object="风险点", sector="煤矿", blue=3, total=9)], None),
    ],
}


def cases_of(form_id: str) -> list[tuple]:
    """The cases of a form, each a file of its own: (number of the check, what differs in its rows, the finding of the last row)."""
    rows = [(check, [given], expected) for check, cases in CASES.items() for form, given, expected in cases if form == form_id]
    return rows + [(check, rows, expected) for check, cases in TOGETHER.items() for form, rows, expected in cases if form == form_id]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return jurisdictions.load(bureau_at(tmp_path_factory.mktemp("rows"), CITY_AND_COUNTIES).folder)


class Judged(NamedTuple):
    """What was found in a file, and the name of the column at each letter."""

    findings: list[tuple]
    columns: dict[str, str]


def send(place, reader: Reader, chunk: Chunk, form_id: str, columns: list[str], rows: list[dict], number: int) -> None:
    """Add a file to the chunk: the sound row with what differs, once for each of `rows`."""
    region = "region_id" if form_id != "F01" else "发生地行政区划代码"
    lines = [f"# 表号: {form_id}", f"# 行政区划代码: {CITY}", f"# 报告期: {PERIOD[place.reference.forms[form_id].frequency]}", ",".join([region, *columns])]
    lines += [",".join([EAST, *(f'"{ {**SOUND[form_id], **given}.get(c, "")}"' for c in columns)]) for given in rows]
    incoming = Incoming(place.folder / f"{number}.csv", f"{number}.csv", RECEIVED, f"{number:016d}")
    chunk.add([incoming], [harvest(reader, [(incoming.submission_id, ("\n".join(lines) + "\n").encode())])])


def files(place, form_id: str, cases: list[list[dict]]) -> list[Judged]:
    """A file for each case: the sound row with what differs, once for each of its rows; judged together."""
    reader, chunk = Reader(place), Chunk()
    columns = list(dict.fromkeys(name for rows in cases for given in [SOUND[form_id], *rows] for name in given))
    for number, rows in enumerate(cases):
        send(place, reader, chunk, form_id, columns, rows, number)
    validate(place, chunk)
    columns = {}
    for column in chunk.rows(COLUMNS).to_pylist():
        columns.setdefault(column["submission_id"], {})[column["letter"]] = column["measure"]
    return [Judged(incoming.reading.findings, columns[incoming.submission_id]) for incoming in chunk.files]


@pytest.fixture(scope="module")
def judged(place):
    """`judged(form)`: the sound row and every case of a form with its file, from one run of the suite over all files."""

    @functools.cache
    def judge(form_id: str) -> list[tuple]:
        cases = [("", [{}], None), *cases_of(form_id)]
        return [(*case, file) for case, file in zip(cases, files(place, form_id, [rows for _, rows, _ in cases]), strict=True)]

    return judge


@pytest.mark.parametrize("form_id", SOUND)
def test_every_case_gives_just_the_finding_of_its_check(judged, form_id):
    wrong = []
    for check, rows, expected, file in judged(form_id):
        last = f"{len(rows) + 4}"
        found = [(severity, f.check_id, file.columns[re.match("[A-Z]+", f.cell)[0]], zh) for f, severity, zh, _ in file.findings if f.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == last]
        fits = [f[:3] for f in found] == [expected[:3]] and expected[3] in found[0][3] if expected else not found
        if not fits:
            wrong.append((check, rows[-1], expected, found))
    assert wrong == []


@pytest.mark.parametrize("form_id", SOUND)
def test_no_text_of_a_finding_has_a_place_left_open(judged, form_id):
    for _, _, _, file in judged(form_id):
        for finding, _, zh, en in file.findings:
            assert not re.search(r"\{\w+\}", zh + en + finding.expected), (finding.check_id, zh, en)
            assert finding.region_id == EAST


def test_every_row_check_passes_somewhere_and_fails_somewhere(place):
    """Every declared check of every column has a failing case, and every number a case at its boundary that passes."""
    declared, failing, passing = set(), set(), set()
    for form_id, form in place.reference.forms.items():
        declared |= {(c.id, c.severity, c.column) for c in suites.checks_of(form_id, form.column_ids, form.checks)}
    for check, cases in [*CASES.items(), *TOGETHER.items()]:
        for _, _, expected in cases:
            if expected:
                failing.add((check, expected[0], expected[2]))
            else:
                passing.add(check)
    assert failing == declared
    # The sound row itself stands at the boundary of these.
    at_the_boundary = {"E111", "E405", "E5b1", "E1504", "E3b2"}
    assert passing | at_the_boundary == {check for check, _, _ in declared}


def test_the_same_check_may_judge_several_columns_and_the_suite_keeps_them_apart(place):
    for form_id, form in place.reference.forms.items():
        names = [c.name for c in suites.checks_of(form_id, form.column_ids, form.checks)]
        assert not [n for n, count in collections.Counter(names).items() if count > 1], form_id


def test_the_missing_count_for_the_level_only_where_the_jurisdiction_says_so(tmp_path):
    place = jurisdictions.load(bureau_at(tmp_path, CITY_AND_COUNTIES, missing_as_dead={"level": False}).folder)
    ordinary, larger = files(place, "F01", [[dict(deaths=2, missing=1)], [dict(deaths=2, missing=1, level="较大")]])
    assert [f.check_id for f, *_ in ordinary.findings] == []
    assert [f.check_id for f, *_ in larger.findings] == ["E101"]


def test_a_finding_shows_codes_by_name_in_each_language(judged):
    [(_, _, zh, en)] = next(file.findings for _, rows, _, file in judged("F01") if rows == [dict(deaths=3)])
    assert "应定为“较大”，填报为“一般”" in zh
    assert "make it “Larger”, reported as “Ordinary”" in en


def test_one_run_of_one_suite_judges_all_forms_and_every_failing_row_comes_back(place, monkeypatch):
    judged, reader, chunk = [], Reader(place), Chunk()
    run = suites._validate
    monkeypatch.setattr(suites, "_validate", lambda frame, expectations, *format: judged.append((frame, expectations)) or run(frame, expectations, *format))
    wrong = {"F10": dict(done=21), "F12": dict(fixed=61)}  # the same residual in both
    for number in range(250):
        form_id = ("F10", "F12")[number % 2]
        send(place, reader, chunk, form_id, list(SOUND[form_id]), [wrong[form_id]], number)
    validate(place, chunk)
    assert {tuple((f.check_id, f.cell, f.value) for f, *_ in incoming.reading.findings) for incoming in chunk.files[::2]} == {(("E1001", "D5", "21"),)}
    assert {tuple((f.check_id, f.cell, f.value) for f, *_ in incoming.reading.findings) for incoming in chunk.files[1::2]} == {(("E1201", "G5", "61"),)}
    [(frame, expectations)] = judged
    checks = [check for form_id in wrong for check in suites.checks_of(form_id, place.reference.forms[form_id].column_ids)]
    bounds = sorted({(check.min, check.max) for check in checks}, key=str)
    assert sorted(((e.min_value, e.max_value) for e in expectations), key=str) == bounds, "an expectation for each pair of bounds"
    assert len(frame) < 10, "what is judged are the residuals that differ, however many the rows"


def test_a_suite_gives_back_every_residual_outside_its_bounds_and_leaves_out_what_judged_nothing():
    many = [float(n) for n in range(1, 501)]
    assert suites.failing_residuals([(None, 0, [0.0, *many]), (0, None, []), (0, 0, [0.0]), (-1, 1, [-1.000001, -1.0, 1.0])]) == [many, [], [], [-1.000001]]
    assert suites.failing_residuals([(0, 0, [0.0, 2.0]), (0, 0, [1.0, 2.0]), (0, 1, [1.0, 2.0])]) == [[2.0], [1.0, 2.0], [2.0]], "checks with the same bounds"
    assert suites.failing_residuals([(0, 0, [])]) == [[]]


def test_great_expectations_comes_without_the_statistics_which_any_thread_gets_when_it_needs_them():
    program = """
import sys, threading
from expectations import compile as suites
suites.warm()
print([name in sys.modules for name in ("great_expectations", "scipy.stats", "altair")])
print(suites.failing_residuals([(0, 0, [0.0, 2.0])]))
found = []
def one():
    from scipy import stats
    found.append(round(float(stats.chi2.ppf(0.9, 3)), 6))
threads = [threading.Thread(target=one) for _ in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print(found)
import great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than as named
print(named.stats.entropy([0.5, 0.5]) > 0, named.alt.Chart.__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    assert done.stdout.splitlines() == ["[True, False, False]", "[[2.0]]", "[6.251389, 6.251389, 6.251389, 6.251389]", "True Chart"]
