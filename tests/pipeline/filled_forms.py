"""What a bureau writes into the blank workbook of each form: one coherent story, so that nothing contradicts anything.

A line names the codes or region of the line it goes to and what is written there; where no line has these codes, an empty one is taken.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

from pipeline.bureau import CITY, EAST, SOUTH, WEST
from pipelines.intake.blank_table import BlankColumn, BlankTable
from pipelines.intake.templates import Blank
from pipelines.jurisdiction import Jurisdiction

PERIODS = {"event": "2015-03", "month": "2015-03", "quarter": "2015Q1", "half": "2015H1", "year": "2015"}
DAY = dt.date
LINES: dict[str, list[dict[str, object]]] = {
    "F01": [
        {"accident_id": f"{EAST}20150305001", "date": DAY(2015, 3, 5), "time": dt.time(8, 5), "region_id": EAST, "place_text": "东山码头",
         "unit_name": "东山航运有限公司", "uscc": "91350100M000100Y43", "unit_region_id": EAST, "industry": "5521", "accident_type": "淹溺",
         "category": "水上交通", "is_production": "是", "in_assessment": "是", "deaths": 1, "missing": 0, "serious": 1, "minor": 2, "poisoned": 0,
         "loss_yuan": 125000, "level": "一般", "level_basis": "国务院令第493号", "summary": "货船靠泊时一名船员落水。", "causes": "未穿救生衣",
         "reported_at": dt.datetime(2015, 3, 5, 9, 0), "status": "快报"},
        {"accident_id": f"{EAST}20150318001", "date": DAY(2015, 3, 18), "time": dt.time(16, 40), "region_id": EAST, "unit_name": "山南煤矿",
         "industry": "0610", "accident_type": "冒顶片帮", "category": "煤矿", "is_production": "是", "in_assessment": "是", "deaths": 3, "missing": 0, "serious": 0,
         "loss_yuan": 80000.5, "level": "较大", "reported_at": dt.datetime(2015, 3, 18, 17, 5), "status": "核实"},
    ],
    "F02": [
        {"category": "水上交通", "acc_m": 1, "death_m": 1, "missing_m": 0, "ser_m": 1, "loss_m": 12.5, "acc2_m": 0, "death2_m": 0, "acc_c": 3, "death_c": 2,
         "ser_c": 2, "loss_c": 40.25, "acc2_c": 0, "death2_c": 0, "acc3_c": 0, "acc_py": 4, "death_py": 2, "loss_py": 38.1},
        {"category": "煤矿", "acc_m": 1, "death_m": 3, "missing_m": 0, "ser_m": 0, "loss_m": 8.00005, "acc2_m": 1, "death2_m": 3, "acc_c": 1, "death_c": 3,
         "ser_c": 0, "loss_c": 8.00005, "acc2_c": 1, "death2_c": 3, "acc3_c": 0, "acc_py": 0, "death_py": 0, "loss_py": 0},
        {"category": "合计", "target": 40},
    ],
    "F03": [
        {"industry": "煤矿", "units_in_charge": 120, "units_checked": 100, "visits": 110, "teams": 6, "joint": 2, "covert": 3, "staff_times": 300,
         "documents": 90, "orders": 40, "hazards_found": 250, "illegal_acts": 5, "violations": 12, "halted": 2, "licences": 1, "closed": 1,
         "close_requests": 0, "penalties": 10, "fine_daily": 12.5, "fine_accident": 3.25, "detained": 0, "prosecuted": 0, "warnings": 4},
        {"industry": "建筑", "units_in_charge": 80, "units_checked": 60, "visits": 65, "teams": "—", "documents": 30, "orders": 12, "hazards_found": 90,
         "illegal_acts": 0, "violations": "无", "halted": 0, "licences": 0, "closed": 0, "penalties": 1, "fine_daily": 0.1, "fine_accident": 0.2,
         "prosecuted": 0},
    ],
    "F03b": [{"round_no": "第一轮", "month": "3月", "regions_visited": 1, "regions_list": "东山县", "teams": 2, "issues_found": 20, "issues_fixed": 18,
              "issued_doc": "河安委〔2015〕3号"}],
    "F04": [
        {"sector": "煤矿", "source": "合计", "units_should": 100, "units_done": 95, "gen_found": 400, "gen_fixed": 390, "gen_fixed_now": 380, "gen_open": 10,
         "maj_found": 3, "maj_fixed": 1, "maj_planned": 2, "maj_listed": 1, "fl_measure": 2, "fl_duty": 2, "fl_fund": 2, "fl_due": 2, "fl_plan": 2,
         "funds": 35.5},
        {"sector": "危化", "source": "合计", "units_should": 30, "units_done": 30, "gen_found": 513, "gen_fixed": 486, "gen_fixed_now": 486, "gen_open": 27,
         "maj_found": 0, "maj_fixed": 0, "maj_planned": 0, "maj_listed": 0},
        {"sector": "煤矿", "source": "自查", "units_should": 100, "units_done": 95, "gen_found": 150, "gen_fixed": 145, "gen_open": 5, "maj_found": 1,
         "maj_fixed": 1, "maj_planned": 0, "maj_listed": 0},
    ],
    "F05": [{"hazard_id": "东山2015-01", "unit_name": "东山煤业", "sector": "煤矿", "content": "主通风机无备用电源", "level": "县", "found_on": DAY(2015, 3, 2),
             "ordered_on": DAY(2015, 3, 3), "listed_on": DAY(2015, 3, 10), "due_on": DAY(2016, 6, 30), "leader_post": "副县长", "duty_unit": "东山煤业",
             "supervise_unit": "东山县安监局", "funds": 35.5, "fl_measure": "是", "fl_duty": "是", "fl_fund": "是", "fl_due": "是", "fl_plan": "是",
             "notice_no": "东安委〔2015〕2号", "status": "挂牌督办"}],
    "F05b": [{"campaign_id": "涉氨制冷", "class": "合计", "in_scope": 42, "done": 29, "in_progress": 13}],
    "F06": [
        {"sector": "危化", "size": "合计", "track": "合计", "scope": 51, "l1": 0, "l2": 8, "l3": 33, "new": 2, "expired": 0, "withdrawn": 0,
         "withdrawn_accident": 0, "subsidy": 5},
        {"sector": "机械", "size": "合计", "track": "合计", "scope": 20, "l1": 0, "l2": 1, "l3": 9, "l4_local": 4, "new": 0, "expired": 0, "withdrawn": 0,
         "withdrawn_accident": 0},
    ],
    "F07": [{"sessions": 10, "p1": 20, "p2": 30, "p3": 40, "p4": 150, "p5": 10, "planned": 300, "certified": 35, "note": "含夜校"}],
    "F08": [{"units": 60, "declared": 55, "checked": 20, "issues": 31, "warned": 4, "punished": 2, "fines": 3.7, "should_exam": 500, "examined": 480,
             "sessions": 3, "trained": 120, "new_cases": 0}],
    "F09": [
        {"level": "县级", "compr": 1, "special": 2, "onsite": 1, "persons": 200, "cost": 3.5, "plans_should": 10, "plans_filed": 9},
        {"level": "企业", "compr": 3, "special": 5, "persons": 640, "firms": 5},
    ],
    "F10": [
        {"level": "县", "should": 1, "done": 1, "staff_should": 20, "staff_have": 16, "firms": 400},
        {"level": "乡镇", "should": 9, "done": 9, "staff_should": 27, "staff_have": 23, "firms": 400},
        {"level": "行政村", "should": 60, "done": 48, "uncovered": "十二个村名单另附"},
    ],
    "F11": [
        {"object": "企业", "sector": "合计", "size": "合计", "red": 2, "orange": 8, "yellow": 20, "blue": 60, "unassessed": 10},
        {"object": "风险点", "sector": "合计", "size": "合计", "red": 5, "orange": 40, "yellow": 120, "blue": 300, "unassessed": 0},
    ],
    "F12": [{"registered": 100, "logged": 90, "reporting": 85, "checked": 80, "found": 300, "fixed": 290, "base_last_year": 80}],
    "F13": [
        {"region_id": region, "gdp_yi": gdp, "employees_gk": 1000 * people, "motor_vehicles": 300 * people, "coal_output_t": coal, "population": 4000 * people,
         "vintage": "2016-02", "source": "统计公报"}
        for region, gdp, people, coal in ((CITY, 600.5, 600, 120000), (EAST, 200.25, 200, 120000), (WEST, 300.25, 300, 0), (SOUTH, 100, 100, 0))
    ],
    "F14": [
        {"region_id": region, "indicator": "死亡人数", "category": "合计", "target": deaths, "level": "绝对指标", "issued_by": "河阳市安委会",
         "doc_no": "河安委〔2015〕1号", "valid_from": DAY(2015, 1, 5)}
        for region, deaths in ((CITY, 100), (EAST, 40), (WEST, 30))
    ] + [{"region": "东山县", "indicator": "亿元GDP死亡率", "category": "合计", "target": 0.085, "level": "相对指标", "doc_no": "河安委〔2015〕1号",
          "valid_from": DAY(2015, 1, 5)}],
    "F15": [{"region": "东山县", "scheme": "county-2015", "item": "B1", "source": "日常", "points_max": 10, "deduct": 1.5, "score": 8.5, "reason": "台账不全",
             "scorer_unit": "河阳市安监局"}],
    "F16": [{"letter_id": "东责2015-01", "signer_unit": "东山县安委会", "signee_unit": "东山煤业", "type": "企业", "signed_on": DAY(2015, 1, 20),
             "targets": "deaths <= 0", "result": "完成", "reward_yuan": 1600}],
    "F17": [{"registered": 110, "promised": 110, "published": 108, "audited": 106, "warned": 2, "blacklisted": 1, "red_cards": 1, "yellow_cards": 2}],
    "F18": [
        {"instrument": "群众安全感调查", "safety_sense": 88.5, "culture": 70, "n": 300, "method": "电话访问"},
        {"instrument": "企业安全文化评估", "safety_sense": 80, "culture": 76.25, "n": 60, "method": "现场评估"},
    ],
}


def fill(path: Path, blank: Blank, jurisdiction: Jurisdiction, period: str) -> None:
    """Write the lines of a form into its blank workbook. A form that is not told of above gets zeros, dates and first codes."""
    table = BlankTable(blank.form, jurisdiction, period, blank.rows)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headers = [c.header for c in table.columns]
    header = next(row for row in range(1, 20) if [sheet.cell(row, n + 1).value for n in range(len(headers))] == headers)
    places = {c.id: n for n, c in enumerate(table.columns, start=1)}
    free = iter([header + 1 + i for i, line in enumerate(table.lines) if not line.codes and not line.region])
    given = [{**({"region_id": line.region.region_id} if line.region else {}), **{name: code.zh for name, code in line.codes.items()}} for line in table.lines]
    for line in LINES.get(blank.form.id) or [_anything(table)]:
        keys = {name: value for name, value in line.items() if any(name in g for g in given)}
        fitting = [i for i, g in enumerate(given) if g and all(g.get(name) == value for name, value in keys.items()) and set(g) <= {*keys}]
        row = header + 1 + fitting[0] if fitting else next(free)
        for name, value in line.items():
            cell = sheet.cell(row, places[name])
            if cell.value is None:
                assert not cell.protection.locked, f"{blank.form.id} {cell.coordinate}: {name} cannot be filled in"
                cell.value = value
            else:
                assert cell.value == value, f"{blank.form.id} {cell.coordinate}: {cell.value} is there, not {value}"
    day = next(cell for row in sheet.iter_rows(min_row=2, max_row=header) for cell in row if cell.value == "填报日期")
    sheet.cell(day.row, day.column + 1).value = DAY(2015, 4, 8)
    book.save(path)


def _anything(table: BlankTable) -> dict[str, object]:
    def value(column: BlankColumn) -> object:
        plain = {"date": DAY(2015, 3, 5), "datetime": dt.datetime(2015, 3, 5, 8, 30), "time": dt.time(8, 30), "flag": "是", "text": "一"}
        return column.codes[0].zh if column.codes else plain.get(column.kind, 0)

    fixed = table.lines[0].codes
    columns = [c for c in table.columns if not c.formula and c.kind not in ("note", "region", "region_id") and c.id not in fixed]
    return {**{name: code.zh for name, code in fixed.items()}, **{c.id: value(c) for c in columns if not (table.lines[0].is_total and c.additive)}}
