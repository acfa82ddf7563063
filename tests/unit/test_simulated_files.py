"""The parts of the simulation: chance, files written by hand, events that keep the rules of the field."""

from __future__ import annotations

import datetime as dt
import io
import statistics

import openpyxl
import pytest

from pipelines import reference
from pipelines.intake import cells, sheets
from pipelines.simulate import forms, province, writing
from pipelines.simulate.chance import Chance
from pipelines.simulate.documents import Formula, change, rate
from pipelines.simulate.events import World
from pipelines.simulate.register_forms import credit_code
from pipelines.simulate.untidy_cells import chinese

MONTHS = [f"2024-{n:02d}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def world() -> World:
    return World(province.make(cities=2, counties=8, zones=2, months=MONTHS, seed=11))


# --- chance -----------------------------------------------------------------------------------------------------------


def test_a_stream_of_chance_has_its_own_name_and_always_the_same_numbers():
    first, again, other = Chance(1, "F02"), Chance(1, "F02"), Chance(1, "F03")
    drawn = [first.whole(0, 10**6) for _ in range(5)]
    assert drawn == [again.whole(0, 10**6) for _ in range(5)]
    assert drawn != [other.whole(0, 10**6) for _ in range(5)]


def test_parts_of_a_whole_add_up_and_stay_within_their_limits():
    chance = Chance("parts")
    for whole in (0, 1, 7, 100, 12_345):
        assert sum(chance.split(whole, [0.6, 0.3, 0.1])) == whole
        assert 0 <= chance.part(whole, 0.9) <= whole
    for whole in range(12):
        parts = chance.within(whole, [5, 0, 7])
        assert sum(parts) == whole
        assert all(part <= limit for part, limit in zip(parts, [5, 0, 7], strict=True))


@pytest.mark.parametrize("mean", [0.3, 4, 60])
def test_counts_have_the_mean_that_was_asked_for(mean):
    chance = Chance("counts", mean)
    assert statistics.mean(chance.poisson(mean) for _ in range(4000)) == pytest.approx(mean, rel=0.1)
    assert statistics.mean(chance.negative_binomial(mean) for _ in range(4000)) == pytest.approx(mean, rel=0.12)


# --- what is written --------------------------------------------------------------------------------------------------


ROWS = [["报送 <表> & \"值\"", "", 12], ["行", 3.25, dt.date(2015, 3, 1)], ["空", "", "末"]]


def test_a_workbook_written_by_hand_opens_elsewhere_with_its_merged_cells_and_hidden_sheets():
    data = writing.workbook([("主表", ROWS, False), ("旧表", [["x"]], True)], ["A1:B1"])
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["主表"]
    assert [[c.value for c in row] for row in sheet.iter_rows()] == [["报送 <表> & \"值\"", None, 12], ["行", 3.25, dt.datetime(2015, 3, 1)], ["空", None, "末"]]
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A1:B1"]
    assert book["旧表"].sheet_state == "hidden"
    assert sheets.read(data)[0].rows[1][2] == dt.date(2015, 3, 1)


def test_an_open_document_and_a_web_page_hold_the_same_table():
    rows = [["类别", "死亡"], ["煤矿", 3], ["合计 <&>", 3]]
    for data in (writing.opendocument([("表", rows)]), writing.web_page("表", rows).encode()):
        assert [[cells.text_of(v) for v in row] for row in sheets.read(data)[0].rows] == [["类别", "死亡"], ["煤矿", "3"], ["合计 <&>", "3"]]


def test_a_formula_without_its_value_and_a_formula_error_are_written_as_such():
    data = writing.workbook([("表", [["a"], [Formula("SUM(A1:A9)")], ["#REF!"]], False)], [])
    formulas = [row[0].value for row in openpyxl.load_workbook(io.BytesIO(data))["表"].iter_rows()]
    assert formulas == ["a", "=SUM(A1:A9)", "=Sheet9!A1"]
    assert [cells.read(row[0]).problem for row in sheets.read(data)[0].rows[1:]] == ["FORMULA_NOT_COMPUTED", "FORMULA_ERROR"]


def test_the_same_sheets_are_the_same_bytes():
    assert writing.workbook([("表", ROWS, False)], []) == writing.workbook([("表", ROWS, False)], [])


def test_chinese_numerals_are_read_back():
    for number in (*range(130), 200, 305, 999, 1000, 1005, 1024, 1100, 2010, 9009, 9999):
        assert cells.read(chinese(number)).value == number, chinese(number)


def test_rates_and_changes_are_printed_as_a_tidy_clerk_prints_them():
    assert (rate(876, 913), rate(1, 0), rate(2, 3)) == ("95.95", "—", "66.67")
    assert (change(94, 85), change(5, 5), change(0, 4), change(3, 0)) == ("10.59", "持平", "-100.00", "—")


# --- what happens -----------------------------------------------------------------------------------------------------


def test_accidents_keep_the_rules_of_the_field(world):
    accidents = [a for found in world.accidents.values() for a in found]
    assert len(accidents) > 500
    for a in accidents:
        assert a.deaths + a.serious + a.minor > 0
        assert a.moment <= a.reported_at <= a.moment + dt.timedelta(hours=24)
        limits = {1: (3, 10, 10_000_000), 2: (10, 50, 50_000_000), 3: (30, 100, 100_000_000)}[a.level]
        assert a.deaths < limits[0] and a.serious < limits[1] and a.loss < limits[2]
        assert a.accident_id.startswith(f"{a.region_id}{a.moment:%Y%m%d}")
    assert len({a.accident_id for a in accidents}) == len(accidents)
    assert len({(a.region_id, a.moment.date(), a.category, a.deaths, a.serious) for a in accidents}) == len(accidents)
    assert [a.level for a in accidents].count(3) == 1


def test_months_with_more_accidents_are_those_of_the_season(world):
    fires = dict.fromkeys(world.months, 0)
    for (_, month), found in world.accidents.items():
        fires[month] += sum(a.category.startswith("HZ") for a in found)
    winter, summer = (sum(n for m, n in fires.items() if m[5:] in months) for months in (("01", "02"), ("05", "06")))
    assert winter > summer


def test_hazards_pass_their_states_in_order(world):
    listed = [h for unit in world.province.submitters for h in world.register(unit.region_id, MONTHS[-1])]
    assert listed
    for h in listed:
        assert h.found <= h.ordered <= h.listed < h.due
        assert h.listed < h.accepted <= h.closed
        assert f"{h.listed:%Y-%m}" == h.month


def test_credit_codes_have_their_check_digit(world):
    duckdb = pytest.importorskip("duckdb")
    from pipelines.engines.warehouse import FUNCTIONS

    con = duckdb.connect()
    con.execute(FUNCTIONS)
    codes = [credit_code(unit.region_id, n) for unit in world.province.submitters for n in (1, 77, 999_999)]
    assert all(con.execute("SELECT is_credit_code(?)", [code]).fetchone()[0] for code in codes)


def test_a_letter_ends_as_the_accidents_of_the_year_say_and_only_one_that_was_met_is_rewarded():
    world = World(province.make(cities=2, counties=12, zones=2, months=[f"2024-{n:02d}" for n in range(1, 13)], seed=3))
    rules = forms.Rules(world)
    reports = list(forms.reports(rules, reference.load(), ["F16"]))
    assert [r.period for r in reports] == ["2024"] * len(reports)
    first, last = (
        {line.dims[0]: line for r in reports if r.arrives.year == year for line in r.lines} for year in (2024, 2025))
    assert first.keys() == last.keys() and not any(line.cells.get("result") for line in first.values())
    ended = {number: (line.cells["result"], line.cells["reward_yuan"]) for number, line in last.items()}
    assert {result for result, _ in ended.values()} == {"完成", "未完成", "否决", None}
    assert all((result == "完成") == bool(reward) for result, reward in ended.values())
    for number, line in last.items():
        if line.cells["type"] != "领导":
            continue
        below = number.rpartition("-")[2]
        year = rules.accidents.sums(below, tuple(world.province.months))["TOTAL"]
        met = year["deaths"] <= int(line.cells["targets"].rpartition(" ")[2])
        measure, _, least = line.cells["special_veto"].split()
        assert (measure, least) == ("accidents_major_plus" if world.province.by_id[below].level == "city" else "accidents_larger_plus", "1")
        assert ended[number][0] == ("否决" if year[measure.replace("accidents", "events")] else "完成" if met else "未完成")
