"""A register: one row per thing, its key alone identifies it, the newest version is in force. Declared by a jurisdiction in one file."""

from __future__ import annotations

import datetime as dt

import pytest

from .bureau import CITY, EAST, WEST, bureau_at

FORM = """
id: B1
version: 2
name: {zh: 桥梁隐患登记, en: Bridge register}
frequency: event
kind: register
period_from: found_on
retired: [旧编号]
envelope: {region_id: [桥梁所在地区划代码]}
dimensions:
  - {id: bridge_id, zh: 桥梁编号, en: Bridge number, key: true}
  - {id: shape, zh: 桥型, en: Shape, codes: bridge_shape, default: TOTAL}
measures:
  - {id: cracks, zh: 裂缝, en: Cracks, unit: 处, required: true}
  - {id: cost, zh: 维修费, en: Repair cost, unit: 万元, type: money}
fields:
  - {id: found_on, zh: 发现日期, en: Found on, type: date, required: true}
  - {id: closed_on, zh: 完工日期, en: Closed on, type: date}
  - {id: seen_at, zh: 巡查时间, en: Seen at, type: datetime}
  - {id: shut, zh: 是否封闭, en: Shut, type: flag}
  - {id: keeper, zh: 管养地区, en: Keeper, type: region}
  - {id: remark, zh: 情况, en: Remark, max_length: 10}
codes:
  bridge_shape:
    - {code: arch, zh: 拱桥, en: Arch}
    - {code: beam, zh: 梁桥, en: Beam}
checks:
  - {id: B101, severity: error, column: closed_on, residual: "date_diff('day', found_on, closed_on)", min: 0, expected: "≥ {found_on}",
     zh: "完工日期 {closed_on} 早于发现日期 {found_on}；请核对", en: "closed on {closed_on}, before it was found on {found_on}; check both"}
"""
HEADER = "桥梁编号,桥型,桥梁所在地区划代码,裂缝,维修费(元),发现日期,完工日期,巡查时间,是否封闭,管养地区,情况,旧编号\n"


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("register"))
    bureau.row_checks = True
    bureau.write("forms/B1.yml", FORM)
    envelope = f"# 表号: B1\n# 表式版本: 2\n# 行政区划代码: {CITY}\n# 报告期: 2015-03\n"
    bureau.send("first.csv", envelope + HEADER
                + f"Q-1,拱桥,{EAST},3,20000,2015年3月1日,2015.2.27,2015-03-02 8:30,是,西水县,桥面,x\n"
                + f"Q-2,梁桥,{WEST},1,,3月9日,,,否,,,\n,梁桥,{WEST},1,,20150309,,,,,,\n,,,,,,,,,,,\n"
                + f"Q-3,,{WEST},2,,昨天,,,也许,,一二三四五六七八九十一,\n", "2015-04-01")
    bureau.send("second.csv", envelope.replace("2\n", "3\n", 1) + HEADER + f"Q-1,拱桥,{EAST},5,30000,2015-03-01,2015-03-20,,是,,,\n", "2015-05-01")
    bureau.receive()
    return bureau


def rows(bureau, sql):
    import duckdb

    with duckdb.connect(str(bureau.out / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_every_kind_of_field_is_typed(register):
    [row] = rows(register, "SELECT region_id, period, cracks, cost, found_on, seen_at, shut, keeper, remark FROM rows_b1 WHERE bridge_id = 'Q-1' AND cracks = 3")
    assert row == (EAST, "2015-03", 3, 20000, dt.date(2015, 3, 1), dt.datetime(2015, 3, 2, 8, 30), True, WEST, "桥面")
    assert rows(register, "SELECT found_on, shut FROM rows_b1 WHERE bridge_id = 'Q-2'") == [(dt.date(2015, 3, 9), False)]


def test_what_cannot_be_read_is_found_at_its_cell_and_loses_no_other_line(register):
    found = rows(register, "SELECT check_id, cell FROM intake_findings JOIN ledger USING (submission_id) WHERE path = 'first.csv' ORDER BY ALL")
    assert found == [("B101", "G6"), ("BAD_DATE", "F10"), ("BAD_FLAG", "I10"), ("KEY_MISSING", "A8"), ("TEXT_TOO_LONG", "K10")]
    assert rows(register, "SELECT check_id FROM intake_findings JOIN ledger USING (submission_id) WHERE path = 'second.csv'") == [("FORM_VERSION",)]
    assert rows(register, "SELECT count(*) FROM ledger WHERE rejected") == [(0,)]


def test_the_newest_version_of_a_key_is_in_force_and_makes_no_figures(register):
    tables = register.compute()
    assert tables.where("figures", form_id="B1") == []
    assert rows(register, "SELECT dim1, in_force, period FROM reported_rows WHERE form_id = 'B1' ORDER BY seq, dim1") == [
        ("Q-1", False, "2015-03"), ("Q-2", True, "2015-03"), ("Q-3", True, "2015-03"), ("Q-1", True, "2015-03")]
    assert [r["verdict"] for r in tables.where("submissions")].count("accepted_with_warnings") == 2
