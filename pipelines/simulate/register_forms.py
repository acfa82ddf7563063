"""Rows of the registers: accidents (F01), major hazards (F05), letters of responsibility (F16); and the campaigns (F05b).

Nobody is named: posts sign and are in charge, and the firms are numbers.
"""

from __future__ import annotations

import datetime as dt

from pipelines.simulate.accident_forms import Accidents
from pipelines.simulate.documents import Line
from pipelines.simulate.events import Accident, MajorHazard, World, month_span
from pipelines.simulate.province import ROOT, Unit

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CONTENTS = ("通风系统不符合要求", "安全间距不足", "消防设施缺失", "边坡存在失稳风险", "特种设备超期未检", "报警装置失效", "临边防护缺失")
CAMPAIGNS = {"涉氨制冷": 14, "粉尘涉爆": 22, "有限空间": 30}
CLASSES = (("停产关闭", 0.15), ("停产整改", 0.35), ("限期整改", 0.5))
# What strikes a letter of a leading post whatever the target says: for a county by its city, for a city by the province. What a letter that was met earns, in yuan.
VETO = ("accidents_larger_plus >= 1", "accidents_major_plus >= 1")
REWARDS = {"领导": 20_000, "部门": 5_000, "乡镇街道": 5_000, "企业": 3_000}


def credit_code(region_id: str, serial: int) -> str:
    """A unified social credit code of nobody, with the check digit of GB 32100."""
    body = f"91{region_id[:6].replace('Z', '9').ljust(6, '0')}MA{serial:07d}"
    total = sum(_CREDIT.index(ch) * weight for ch, weight in zip(body, _WEIGHTS, strict=True))
    return body + _CREDIT[(31 - total % 31) % 31]


class Registers:
    """Rows of registers as they are known at the end of a month."""

    def __init__(self, world: World, accidents: Accidents):
        self.world, self.province, self.accidents = world, world.province, accidents

    # --- accidents ----------------------------------------------------------------------------------------------------

    def accident_lines(self, unit: Unit, month: str) -> list[Line]:
        """F01: the accidents of the month, and those of the month before whose investigation has been closed."""
        known = [(a, "核实") for a in self.world.accidents.get((unit.region_id, month), ())]
        position = self.province.months.index(month)
        if position:
            before = self.world.accidents.get((unit.region_id, self.province.months[position - 1]), ())
            known += [(a, "结案") for a in before if int(a.accident_id[-1]) % 2]
        return [self._accident(unit, a, status, month) for a, status in known]

    def _accident(self, unit: Unit, a: Accident, status: str, month: str) -> Line:
        chance = self.province.chance("F01", a.accident_id)
        serial = chance.whole(1, 999_999)
        amended = dt.datetime.combine(month_span(month)[1], dt.time(17, 0)) if status == "结案" else None
        cells = {
            "date": a.moment.date(), "time": f"{a.moment:%H:%M}", "place_text": f"模拟地点第{chance.whole(1, 900)}号",
            "unit_name": f"模拟企业第{serial}号", "uscc": credit_code(unit.region_id, serial), "industry": a.industry, "category": a.category,
            "accident_type": str(a.accident_type), "is_production": a.is_production, "in_assessment": a.is_production, "deaths": a.deaths, "missing": 0,
            "serious": a.serious, "minor": a.minor, "poisoned": 0, "loss_yuan": a.loss, "level": str(a.level), "reported_at": a.reported_at,
            "amended_at": amended, "status": status,
        }
        return Line(unit.region_id, (a.accident_id,), cells)

    # --- hazards ------------------------------------------------------------------------------------------------------

    def hazard_lines(self, unit: Unit, month: str) -> list[Line]:
        """F05: what was listed in the month, is still open, or was closed in it."""
        first, last = month_span(month)
        open_ = [h for h in self.world.register(unit.region_id, month) if h.closed is None or h.closed >= first]
        return [self._hazard(unit, h, last) for h in open_]

    def _hazard(self, unit: Unit, h: MajorHazard, last: dt.date) -> Line:
        chance = self.province.chance("F05", h.hazard_id)
        accepted = h.accepted if h.accepted and h.accepted <= last else None
        closed = h.closed if h.closed and h.closed <= last else None
        extended = h.extended if h.extended and h.due <= last else None
        status = "closed" if closed else "accepted" if accepted else "extended" if extended else "listed"
        short = unit.name_zh[0]
        cells = {
            "unit_name": f"模拟企业第{chance.whole(1, 999_999)}号", "sector": h.sector, "content": f"模拟隐患：{chance.pick(_CONTENTS)}", "level": "县",
            "found_on": h.found, "ordered_on": h.ordered, "listed_on": h.listed, "due_on": h.due, "extended_to": extended,
            "leader_post": chance.pick(["分管副县长", "常务副县长", "县长"]), "duty_unit": "模拟责任单位", "supervise_unit": f"{unit.name_zh}应急管理局",
            "funds": h.funds, "fl_measure": True, "fl_duty": True, "fl_fund": chance.happens(0.9), "fl_due": True, "fl_plan": chance.happens(0.9),
            "accepted_on": accepted, "closed_on": closed, "notice_no": f"{short}安委办〔{h.listed.year}〕{int(h.hazard_id[-3:])}号", "status": status,
        }
        return Line(unit.region_id, (h.hazard_id,), cells)

    def campaign_lines(self, unit: Unit, month: str) -> list[Line]:
        """F05b: firms in three classes for each campaign; what has been done only grows within a year."""
        lines = []
        for campaign, usual in CAMPAIGNS.items():
            chance = self.province.chance("F05b", unit.region_id, campaign, month[:4])
            scope = chance.split(chance.poisson(usual * unit.size) + 3, [share for _, share in CLASSES])
            pace = chance.between(0.06, 0.09)
            rows = {}
            for (name, _), firms in zip(CLASSES, scope, strict=True):
                done = int(firms * min(1.0, pace * int(month[5:])))
                rows[name] = {"in_scope": firms, "done": done, "in_progress": int((firms - done) * 0.7)}
            rows["TOTAL"] = {k: sum(row[k] for row in rows.values()) for k in ("in_scope", "done", "in_progress")}
            lines += [Line(unit.region_id, (campaign, name), row) for name, row in rows.items()]
        return lines

    # --- letters ------------------------------------------------------------------------------------------------------

    def letter_lines(self, unit: Unit, year: str) -> list[Line]:
        """F16: the letters that a region signs with those below it at the beginning of the year. Some vetoes are about what nobody counts."""
        targets = self.accidents.targets(int(year))
        above = f"{unit.parent_id}-{year}-{unit.region_id}" if unit.region_id != ROOT else None
        wanted = f"deaths <= {targets.get((unit.region_id, 'deaths', 'TOTAL'), 0)}"
        signed = dt.date(int(year), 1, 15)
        if unit.region_id in self.province.children:
            below = [u for u in self.province.children[unit.region_id] if u.sends_everything]
            rows = [(f"{unit.region_id}-{year}-{u.region_id}", "领导", u.name_zh, f"deaths <= {targets[u.region_id, 'deaths', 'TOTAL']}") for u in below]
        else:
            rows = [(f"{unit.region_id}-{year}-{n:02d}", sort, f"{unit.name_zh}{sort}第{n}号", wanted)
                    for n, sort in enumerate(("部门",) * 3 + ("乡镇街道",) * 4 + ("企业",) * 3, start=1)]
        vetoes = {"领导": VETO[unit.region_id == ROOT], "企业": "瞒报事故 >= 1"}
        return [Line(unit.region_id, (number,), {"parent_id": above, "signer_unit": f"{unit.name_zh}人民政府", "signee_unit": signee, "type": sort,
                                                 "signed_on": signed, "targets": target, "special_veto": vetoes.get(sort)})
                for number, sort, signee, target in rows]

    def result_lines(self, unit: Unit, year: str) -> list[Line]:
        """F16 once more when the year is over: how each letter ended, and the reward where it was met. Of a region below the accidents decide; a few of
        the other letters have not been judged."""
        months = tuple(f"{year}-{n:02d}" for n in range(1, 13))
        targets = self.accidents.targets(int(year))
        lines = self.letter_lines(unit, year)
        for line in lines:
            number, sort = line.dims[0], line.cells["type"]
            if sort == "领导":
                below = number.rpartition("-")[2]
                happened = self.accidents.sums(below, months)["TOTAL"]
                struck = happened["events_major_plus" if unit.region_id == ROOT else "events_larger_plus"] >= 1
                result = "否决" if struck else "完成" if happened["deaths"] <= targets[below, "deaths", "TOTAL"] else "未完成"
            else:
                result = self.province.chance("F16", number).weighted([("完成", 0.85), ("未完成", 0.1), (None, 0.05)])
            line.cells |= {"result": result, "reward_yuan": REWARDS[sort] if result == "完成" else None}
        return lines
