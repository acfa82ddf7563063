"""The envelope above a table and the header over its columns, in workbooks and text files, in the layouts that bureaus use."""

from __future__ import annotations

import itertools

import pytest
from pipeline.bureau import CITY, EAST, OWN, WEST

from pipelines import reference

REFERENCE = reference.load()
F02 = REFERENCE.forms["F02"]
ENVELOPE = {"表号": "F02", "填报单位": "河阳市", "行政区划代码": CITY, "报告期": "2015-03", "统计口径": "不含火灾", "金额单位": "元", "填报日期": "2015-04-02"}


def checks(parsed) -> set[str]:
    return {finding.check_id for finding in parsed.findings}


def numbers(parsed) -> dict:
    """{(region, period, span): {measure: number}}"""
    found: dict = {}
    for row in parsed.rows:
        found.setdefault((row.region_id, row.period, row.span), {}).update({k: float(v) for k, v in row.values.items()})
    return found


def csv(envelope: dict, *rows: str) -> bytes:
    return ("".join(f"# {label}: {value}\n" for label, value in envelope.items()) + "\n".join(rows) + "\n").encode()


# --- header -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("起数", "events"),
        ("事故起数", "events"),
        ("events", "events"),
        (" 死 亡 人 数 ", "deaths"),
        ("死亡(人)", "deaths"),
        ("死亡（人）", "deaths"),
        ("其中较大及以上起数(累计)", "acc2_c"),
        ("其中：较大及以上起数（累计）", "acc2_c"),
        ("本月起数", "acc_m"),
        ("ACC_M", "acc_m"),
        ("上年同期起数", "events_py"),
        ("去年同期死亡人数", "deaths_py"),
        ("死亡同比增减", "deaths_change"),
        ("死亡同比", "deaths_yoy"),
        ("死亡占年控制指标", "deaths_progress"),
        ("类别", "category"),
        ("行政区划代码", "region_id"),
        ("报告期", "period"),
        ("备注", "note"),
        ("天气", None),
        ("", None),
    ],
)
def test_a_header_is_matched_by_name_alias_or_english_column(header, column):
    found = F02.match(header)
    assert (found.id if found else None) == column


def test_the_unit_in_a_money_header_wins_over_the_unit_of_the_file():
    assert F02.match("直接经济损失(元)").money_unit == "元"
    assert F02.match("直接经济损失（万元）").money_unit == "万元"
    assert F02.match("直接经济损失").money_unit is None


def test_no_two_measures_of_a_form_share_a_header():
    """The first declaration wins silently, so a header of one measure must not be declared for another."""
    for form in REFERENCE.forms.values():
        owners: dict[str, str] = {}
        declared = [(m.id, [m.id, m.zh, *m.aliases]) for m in (*form.measures, *form.dimensions, *form.printed)]
        declared += [(c["id"], [c["id"], c["zh"], *c.get("aliases", ())]) for c in form.extra_columns]
        for owner, names in declared:
            for name in names:
                first = owners.setdefault(reference.normalise_header(name), owner)
                assert first == owner, f"{form.id}: {name} is both {first} and {owner}"


def test_a_two_row_header_is_read_as_upper_and_lower_joined(reader):
    parsed = reader.read(csv(ENVELOPE, "地区,本月,,累计,", ",起数,死亡,起数,死亡", "东山县,3,1,10,4"))
    assert numbers(parsed) == {(EAST, "2015-03", "month"): {"events": 3, "deaths": 1}, (EAST, "2015-03", "ytd"): {"events": 10, "deaths": 4}}
    assert checks(parsed) == set()


def test_a_merged_two_row_header_of_a_workbook_is_read_the_same(reader, workbook):
    data = workbook(
        [["表号", "F02"], ["行政区划代码", CITY], ["报告期", "2015-03"], ["地区", "本月", None, "累计", None], [None, "起数", "死亡", "起数", "死亡"],
         ["东山县", 3, 1, 10, 4]],
        merged=["A4:A5", "B4:C4", "D4:E4"],
    )
    assert numbers(reader.read(data)) == {
        (EAST, "2015-03", "month"): {"events": 3, "deaths": 1}, (EAST, "2015-03", "ytd"): {"events": 10, "deaths": 4},
    }


def test_an_unknown_column_and_a_repeated_one_are_told_and_left_out(reader):
    parsed = reader.read(csv(ENVELOPE, "地区,死亡,天气,死亡人数", "东山县,1,晴,9"))
    assert [(f.check_id, f.cell) for f in parsed.findings] == [("UNKNOWN_COLUMN", "C8"), ("DUPLICATE_COLUMN", "D8")]
    assert numbers(parsed) == {(EAST, "2015-03", "month"): {"deaths": 1}}


def test_columns_and_rows_may_stand_in_any_order(reader):
    straight = numbers(reader.read(csv(ENVELOPE, "地区,起数,死亡", "东山县,3,1", "西水县,5,2")))
    for order in itertools.permutations(range(3)):
        lines = [["地区", "起数", "死亡"], ["西水县", "5", "2"], ["东山县", "3", "1"]]
        assert numbers(reader.read(csv(ENVELOPE, *(",".join(line[i] for i in order) for line in lines)))) == straight


def test_a_line_of_numbers_and_a_dash_is_no_line_of_units(reader, workbook):
    data = workbook([["表号", "F07", "行政区划代码", EAST, "报告期", "2015-03"], ["培训班期次", "主要负责人", "取证人数"], [6, 30, "—"]])
    assert numbers(reader.read(data)) == {(EAST, "2015-03", "month"): {"sessions": 6, "p1": 30}}


def test_the_unit_of_the_form_may_stand_behind_a_header_even_where_it_is_two(reader):
    envelope = {"表号": "F11", "行政区划代码": EAST, "报告期": "2015Q1"}
    parsed = reader.read(csv(envelope, "对象,未评估（家/处）,合计(家/处)", "企业,1,9"))
    assert not checks(parsed)
    assert list(numbers(parsed).values()) == [{"unassessed": 1, "total": 9}]


def test_a_title_above_and_a_signature_below_the_table_are_not_rows(reader, workbook):
    data = workbook(
        [["河阳市生产安全事故月报"], ["表号：F02", None, "报告期：2015年3月"], ["填报单位：河阳市（盖章）", None, "单位：万元"],
         ["地区", "起数", "死亡"], ["东山县", 3, 1], [], ["合计", 8, 3], ["填报人：×××", "审核人：×××"], ["说明：含补报"]],
    )
    parsed = reader.read(data)
    assert (parsed.form.id, parsed.period) == ("F02", "2015-03")
    assert {row.row for row in parsed.rows} <= {5, 7}
    assert not checks(parsed) & {"UNKNOWN_CODE", "NOT_A_NUMBER", "NO_HEADER"}


# --- envelope ---------------------------------------------------------------------------------------------------------


def test_the_envelope_of_a_text_file_may_stand_in_any_order(reader):
    for labels in itertools.islice(itertools.permutations(ENVELOPE), 0, 5040, 211):
        parsed = reader.read(csv({label: ENVELOPE[label] for label in labels}, "地区,死亡,损失", "东山县,1,411000"))
        assert (parsed.form.id, parsed.region_id, parsed.period) == ("F02", CITY, "2015-03")
        assert [(r.basis, r.values["loss"]) for r in parsed.rows] == [("all_excl_fire", 411_000)]


def test_the_envelope_of_a_workbook_stands_beside_its_labels(reader, workbook):
    side_by_side = [["填报单位", "河阳市", None, "报告期", "2015-03"], ["表号", "F02", None, "金额单位", "元"], ["统计口径", None, "不含火灾"]]
    parsed = reader.read(workbook([*side_by_side, ["地区", "死亡", "损失"], ["东山县", 1, 411_000]]))
    assert (parsed.form.id, parsed.region_id, parsed.period) == ("F02", CITY, "2015-03")
    assert [(r.basis, r.values["loss"]) for r in parsed.rows] == [("all_excl_fire", 411_000)]


def test_a_workbook_may_begin_anywhere_and_cells_keep_their_place(reader, workbook):
    parsed = reader.read(workbook([["表号", "F02"], ["报告期", "2015-03"], ["地区", "死亡"], ["东山县", "很多"]], start="C5"))
    assert [(f.check_id, f.cell) for f in parsed.findings] == [("NOT_A_NUMBER", "D8")]


def test_region_code_as_a_column_and_as_a_label_are_told_apart(reader):
    as_label = reader.read(csv({"表号": "F02", "报告期": "2015-03", "行政区划代码": EAST}, "起数,死亡", "3,1"))
    as_column = reader.read(csv({"表号": "F02", "报告期": "2015-03"}, "行政区划代码,起数,死亡", f"{EAST},3,1"))
    both = reader.read(csv({"表号": "F02", "报告期": "2015-03", "行政区划代码": CITY}, "行政区划代码,起数,死亡", f"{EAST},3,1"))
    assert numbers(as_label) == numbers(as_column) == numbers(both) == {(EAST, "2015-03", "month"): {"events": 3, "deaths": 1}}
    assert [p.region_id for p in (as_label, as_column, both)] == [EAST, EAST, CITY]
    assert not checks(as_label) | checks(as_column) | checks(both)


def test_the_minimal_file_has_everything_in_columns(reader):
    parsed = reader.read(f"form_id,region_id,period,deaths\nF02,{EAST},2015-03,1\nF02,{WEST},2015-02,2\n".encode())
    assert numbers(parsed) == {(EAST, "2015-03", "month"): {"deaths": 1}, (WEST, "2015-02", "month"): {"deaths": 2}}
    assert not parsed.findings
    assert (parsed.region_id, parsed.period) == ("", ""), "a file of several regions and periods has none of its own"


def test_a_row_may_name_its_own_period_and_basis(reader):
    parsed = reader.read(csv(ENVELOPE, "地区,报告期,统计口径,死亡", "东山县,2015-01..2015-02,生产安全事故,7", "东山县,,,1"))
    assert [(r.period, r.span, r.basis, r.values["deaths"]) for r in parsed.rows] == [
        ("2015-02", "ytd", "production", 7), ("2015-03", "month", "all_excl_fire", 1),
    ]


def test_cumulative_in_the_envelope_makes_the_plain_columns_year_to_date(reader):
    for said, span in (("是", "ytd"), ("累计", "ytd"), ("否", "month")):
        parsed = reader.read(csv({**ENVELOPE, "累计": said}, "地区,死亡", "东山县,9"))
        assert [r.span for r in parsed.rows] == [span], said


def test_the_official_monthly_layout_gives_the_month_and_the_months_so_far(reader):
    parsed = reader.read(csv({**ENVELOPE, "行政区划代码": OWN}, "类别,acc_m,death_m,acc_c,death_c,acc_py", "合计,3,1,10,4,12"))
    assert numbers(parsed) == {(OWN, "2015-03", "month"): {"events": 3, "deaths": 1}, (OWN, "2015-03", "ytd"): {"events": 10, "deaths": 4}}
    assert [(c.kind, c.measure, c.row.span, c.value) for c in parsed.companions] == [("prior", "events", "ytd", 12)]


@pytest.mark.parametrize(
    ("envelope", "rows", "problem"),
    [
        ({"报告期": "2015-03"}, ["地区,死亡", "东山县,1"], "NO_FORM"),
        ({"表号": "F77", "报告期": "2015-03"}, ["地区,死亡", "东山县,1"], "UNKNOWN_FORM"),
        ({"表号": "F02"}, ["地区,死亡", "东山县,1"], "NO_PERIOD"),
        ({"表号": "F02", "报告期": "上个月"}, ["地区,死亡", "东山县,1"], "BAD_PERIOD"),
        ({"表号": "F02", "报告期": "2015-03"}, ["起数,死亡", "3,1"], "NO_REGION"),
        ({"表号": "F02", "报告期": "2015-03", "行政区划代码": "999999"}, ["起数,死亡", "3,1"], "UNKNOWN_REGION"),
        ({"表号": "F02", "报告期": "2015-03", "填报单位": "某某局"}, ["起数,死亡", "3,1"], "UNKNOWN_REGION"),
        ({"表号": "F02", "报告期": "2015-03"}, ["地区,天气", "东山县,晴"], "NO_HEADER"),
        ({"表号": "F02", "报告期": "2015-03"}, ["地区,死亡"], "NO_ROWS"),
        ({"表号": "F02", "报告期": "2015-03"}, ["地区,类别,死亡", "东山县,外星人,1"], "UNKNOWN_CODE"),
        ({"表号": "F02", "报告期": "2015-03", "统计口径": "随意"}, ["地区,死亡", "东山县,1"], "UNKNOWN_CODE"),
        ({}, ["form_id,region_id,period,deaths", f"F02,{EAST},2015-03,1", f"F04,{EAST},2015-03,1"], "SEVERAL_FORMS"),
    ],
)
def test_what_is_missing_or_wrong_around_the_table_is_named(reader, envelope, rows, problem):
    assert problem in checks(reader.read(csv(envelope, *rows)))


def test_a_wrong_sender_name_is_told_even_where_the_code_is_right(reader):
    """The code decides; the name beside it need not be in the list (河阳市安全生产监督管理局)."""
    parsed = reader.read(csv({**ENVELOPE, "填报单位": "河阳市安全生产监督管理局"}, "地区,死亡", "东山县,1"))
    assert parsed.region_id == CITY
    assert not checks(parsed)


def test_a_region_outside_the_senders_area_is_a_warning(reader):
    parsed = reader.read(csv({**ENVELOPE, "填报单位": "东山县", "行政区划代码": EAST}, "地区,死亡", "西水县,1"))
    assert "REGION_OUTSIDE" in checks(parsed)
