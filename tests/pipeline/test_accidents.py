"""The accident register: what counts as a death and when, the level of Decree 493, cancellation, and the figures counted from it."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pytest

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, bureau_at

COLUMNS = {"accident_id": "事故编号", "date": "发生日期", "region": "发生地行政区划代码", "unit_name": "事故单位名称", "industry": "行业代码", "category": "统计分类",
           "is_production": "是否生产经营性", "in_assessment": "是否列入考核", "deaths": "死亡", "missing": "失踪", "serious": "重伤", "minor": "轻伤",
           "loss": "直接经济损失(元)", "level": "事故等级", "level_basis": "定级依据", "reported_at": "报告时间", "amended_at": "补报时间", "status": "状态",
           "cancel_reason": "核销理由", "notice_from": "公示起", "notice_to": "公示止"}
UNIT = "河阳第一化工厂"
FIRST = dt.date(2015, 3, 1)


def accident(number: str, **given) -> dict:
    day = given.get("date", FIRST)
    return {"accident_id": number, "date": day, "region": EAST, "unit_name": UNIT, "industry": "2611", "category": "化工", "is_production": "是",
            "in_assessment": "是", "deaths": 0, "missing": 0, "serious": 1, "minor": 0, "loss": 0, "level": "一般", "level_basis": "",
            "reported_at": f"{day} 10:00", "amended_at": "", "status": "快报", "cancel_reason": "", "notice_from": "", "notice_to": "", **given}


def register(*rows: dict, city: str = CITY, period: str = "2015-03") -> str:
    lines = [",".join(COLUMNS.values()), *(",".join(str(row[c]) for c in COLUMNS) for row in rows)]
    return f"# 表号: F01\n# 行政区划代码: {city}\n# 报告期: {period}\n" + "\n".join(lines) + "\n"


def after(days: int) -> str:
    return f"{FIRST + dt.timedelta(days=days)} 12:00"


BOUNDARIES = [  # deaths, serious injuries, loss in yuan, level: Decree 493, Article 3
    (2, 0, "0", 1), (3, 0, "0", 2), (9, 0, "0", 2), (10, 0, "0", 3), (29, 0, "0", 3), (30, 0, "0", 4),
    (0, 9, "0", 1), (0, 10, "0", 2), (0, 49, "0", 2), (0, 50, "0", 3), (0, 99, "0", 3), (0, 100, "0", 4), (0, 12, "0", 2),
    (1, 0, "9999999.99", 1), (1, 0, "10000000", 2), (1, 0, "49999999.99", 2), (1, 0, "50000000", 3), (1, 0, "99999999.99", 3),
    (1, 0, "100000000", 4), (2, 9, "60000000", 3), (2, 9, "0", 1),
]
WINDOWS = [  # category, days after the accident on which the third death is reported, whether it counts
    ("化工", 30, True), ("化工", 31, False), ("道路交通", 7, True), ("道路交通", 8, False), ("生产经营性道路交通", 8, False), ("火灾", 7, True),
    ("火灾", 8, False), ("水上交通", 30, True), ("铁路交通", 31, False),
]


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    made = bureau_at(tmp_path_factory.mktemp("accidents"))
    levels = [accident(f"L{n}", deaths=d, serious=s, loss=loss) for n, (d, s, loss, _) in enumerate(BOUNDARIES)]
    firsts = [accident(f"W{n}", category=c, deaths=2) for n, (c, _, _) in enumerate(WINDOWS)]
    made.send("levels.csv", register(*levels), "2015-03-02T08:00")
    made.send("firsts.csv", register(
        *firsts, accident("RAIL", deaths=1, level="重大", level_basis="铁路", category="铁路交通"), accident("MISSING", deaths=1, missing=2),
        accident("INJURED", deaths=2, serious=10), accident("FALLS", deaths=4), accident("BACK", deaths=2), accident("UNDATED", deaths=2),
        accident("NOTHING", serious=0, loss="999999.99"), accident("MILLION", serious=0, loss="1000000"), accident("BLANK", deaths=2),
    ), "2015-03-02T09:00")
    made.send("later.csv", register(
        *(accident(f"W{n}", category=c, deaths=3, status="续报", amended_at=after(days)) for n, (c, days, _) in enumerate(WINDOWS)),
        accident("INJURED", deaths=4, serious=8, status="续报", amended_at=after(40)), accident("FALLS", deaths=2, status="核实", amended_at=after(50)),
        accident("BACK", deaths=1, status="核实", amended_at=after(35)), accident("MISSING", deaths=3, missing=0, status="核实", amended_at=after(60)),
        accident("BLANK", deaths="", status="结案", amended_at=after(9)),
    ), "2015-05-10")
    made.send("again.csv", register(accident("BACK", deaths=2, status="结案", amended_at=after(60)), accident("UNDATED", deaths=3, status="续报")), "2015-05-11")
    return made


@pytest.fixture(scope="module")
def accidents(bureau):
    """Accidents in the house by number, all of them, with every column."""
    bureau.compute()
    return {row["accident_id"]: row for row in in_house(bureau)}


def in_house(bureau, table: str = "accidents") -> list[dict]:
    with duckdb.connect(str(bureau.out / "warehouse.duckdb"), read_only=True) as con:
        cursor = con.execute(f"SELECT * FROM {table}")
        return [dict(zip((d[0] for d in cursor.description), row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize(("number", "level"), [(f"L{n}", level) for n, (*_, level) in enumerate(BOUNDARIES)], ids=[f"{d}-{s}-{y}" for d, s, y, _ in BOUNDARIES])
def test_the_level_is_the_highest_that_any_one_criterion_reaches(accidents, number, level):
    assert accidents[number]["level"] == level


@pytest.mark.parametrize(("number", "category", "days", "counts"), [(f"W{n}", *w) for n, w in enumerate(WINDOWS)], ids=[f"{c}+{d}" for c, d, _ in WINDOWS])
def test_a_death_counts_to_the_end_of_the_window_and_the_day_of_the_accident_is_not_counted(accidents, number, category, days, counts):
    found = accidents[number]
    assert (found["deaths"], found["deaths_late"]) == ((3, 0) if counts else (2, 1))
    assert found["level"] == (2 if counts else 1), "the level follows the deaths that count"
    assert found["deaths_reported"] == 3


def test_a_level_by_another_decree_stays_as_reported(accidents):
    assert (accidents["RAIL"]["level"], accidents["RAIL"]["level_reported"]) == (3, 3)


def test_the_missing_are_kept_apart_and_count_for_the_level(accidents, bureau):
    first = next(v for v in in_house(bureau, "accident_versions") if v["accident_id"] == "MISSING" and v["version"] == 1)
    assert (first["deaths"], first["missing"], first["level"]) == (1, 2, 2)
    assert (accidents["MISSING"]["deaths"], accidents["MISSING"]["deaths_late"], accidents["MISSING"]["level"]) == (1, 2, 2)


def test_one_who_dies_too_late_to_be_counted_stays_among_the_injured(accidents):
    assert (accidents["INJURED"]["deaths"], accidents["INJURED"]["deaths_late"], accidents["INJURED"]["serious"]) == (2, 2, 10)


def test_a_fall_counts_whenever_it_is_reported_and_a_rise_back_does_not(accidents):
    assert (accidents["FALLS"]["deaths"], accidents["FALLS"]["deaths_late"]) == (2, 0)
    assert (accidents["BACK"]["deaths"], accidents["BACK"]["deaths_late"]) == (1, 1)


def test_a_rise_without_a_date_is_judged_by_the_day_its_file_came(accidents):
    assert (accidents["UNDATED"]["deaths"], accidents["UNDATED"]["deaths_late"]) == (2, 1)


def test_a_blank_in_a_later_version_leaves_what_was_reported(accidents):
    assert (accidents["BLANK"]["deaths"], accidents["BLANK"]["status"]) == (2, "结案")


def test_without_casualties_and_under_a_million_yuan_it_is_not_counted(accidents):
    assert [accidents[n]["counting"] for n in ("NOTHING", "MILLION")] == ["below_threshold", "counted"]


def test_what_was_known_before_the_window_closed_stays_known(bureau):
    bureau.compute(as_of="2015-05-09")
    then = {row["accident_id"]: row for row in in_house(bureau)}
    assert (then["W0"]["deaths"], then["FALLS"]["deaths"], then["W0"]["version"]) == (2, 4, 1)


def test_the_windows_are_declared_with_the_categories():
    from pipelines import reference

    windows = {c.code: c.window for c in reference.load().codes["accident_category"] if c.window is not None}
    assert windows == {"DL": 7, "HZ": 7}


# --- cancellation -----------------------------------------------------------------------------------------------------

CANCELLED = {"status": "统计核销", "deaths": 3, "cancel_reason": "突发疾病"}


@pytest.fixture(scope="module")
def cancelled(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("cancelled"))
    bureau.send("first.csv", register(*(accident(n, deaths=3) for n in ("FULL", "SHORT", "SILENT", "UNASKED"))), "2015-03-02")
    bureau.send("cancel.csv", register(
        accident("FULL", **CANCELLED, notice_from="2015-03-20", notice_to="2015-03-27"),
        accident("SHORT", **CANCELLED, notice_from="2015-03-20", notice_to="2015-03-26"),
        accident("SILENT", **CANCELLED),
        accident("UNASKED", **CANCELLED | {"cancel_reason": ""}, notice_from="2015-03-20", notice_to="2015-03-27"),
    ), "2015-04-10")
    return bureau


def test_a_cancelled_accident_leaves_the_statistics_when_the_cancellation_comes_and_stays_in_the_register(cancelled):
    before, now = cancelled.compute(as_of="2015-04-09"), cancelled.compute()
    assert (before.value(EAST, "F01.deaths", period="2015-03", span="month", basis="all"), now.value(EAST, "F01.deaths", period="2015-03", span="month", basis="all")) == (12, 9)
    found = {row["accident_id"]: row["counting"] for row in in_house(cancelled)}
    assert found == {"FULL": "cancelled", "SHORT": "counted", "SILENT": "counted", "UNASKED": "counted"}
    assert sorted(row["counting"] for row in now.tables["accidents"]) == ["cancelled", "counted", "counted", "counted"]


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """Three months of a city. The zone's accidents are inside a county's; the city's own units belong to none; nothing happened in February."""
    bureau = bureau_at(tmp_path_factory.mktemp("counted"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS)
    bureau.report("2015-01", "2015-04-02", region_id=[EAST], deaths=[99])
    january, march = dt.date(2015, 1, 10), dt.date(2015, 3, 10)
    bureau.send("f01.csv", register(
        accident("A", date=january, deaths=3, loss="1234567.89"), accident("B", date=january, category="煤矿", deaths=1, is_production="否"),
        accident("C", date=january, region=WEST, category="道路交通", deaths=2, in_assessment="否"),
        accident("D", date=march, region=OWN, category="火灾", deaths=10, loss="60000000"), accident("Z", date=march, region=ZONE, deaths=5),
    ), "2015-04-05")
    assert bureau.release() == ["2015-01.v1"], "named by the reports, not by the newest accident"
    return bureau


def of(counted, region: str, period: str, measure: str = "deaths", span: str = "month", basis: str = "all", category: str = "TOTAL"):
    return counted.released().value(region, f"F01.{measure}", period=period, span=span, basis=basis, category=category)


def test_accidents_add_up_by_month_category_and_its_parents(counted):
    assert [of(counted, EAST, "2015-01", category=c) for c in ("GK4", "GK1", "GK", "TOTAL")] == [3, 1, 4, 4]
    assert [of(counted, EAST, "2015-01", m) for m in ("events", "events_larger", "events_larger_plus", "events_major", "serious")] == [2, 1, 1, 0, 2]
    assert of(counted, CITY, "2015-01", category="DL") == 2


def test_each_basis_counts_its_own_accidents(counted):
    assert [of(counted, CITY, "2015-01", basis=b) for b in ("all", "production", "assessed")] == [6, 5, 4]


def test_a_city_is_all_that_is_registered_in_it_and_the_zone_is_not_counted_twice(counted):
    assert [of(counted, r, "2015-03") for r in (CITY, OWN, ZONE)] == [10, 10, 5]
    row = counted.released().one("indicators", indicator_id="F01.deaths", region_id=CITY, period="2015-03", span="month", basis="all", category="TOTAL")
    assert (row["source"], row["obs_status"], row["reporting_share"]) == ("register", "reported", 100)


def test_a_month_without_an_accident_in_the_register_is_a_month_with_none(counted):
    assert [of(counted, r, "2015-02") for r in (CITY, EAST, SOUTH)] == [0, 0, 0]
    assert of(counted, CITY, "2015-03", span="ytd") == 16
    assert of(counted, CITY, "2015Q1", span="quarter") == 16
    assert of(counted, CITY, "2015-04") is None, "April is not over and nothing is known of it"


def test_the_report_and_the_register_are_kept_apart(counted):
    assert counted.released().value(EAST, "deaths", period="2015-01", span="month") == 99
    assert counted.released().value(EAST, "deaths", period="2015-03", span="month") is None
    assert counted.released().where("figures", form_id="F01") == []


def test_a_loss_behind_which_stand_fewer_than_three_accidents_is_not_told_of_a_county(counted):
    assert (of(counted, EAST, "2015-01", "loss"), of(counted, CITY, "2015-01", "loss")) == (None, 123.456789)


def test_a_base_that_is_withheld_is_said_to_be_so_and_not_to_be_of_another_basis(tmp_path):
    """East has three accidents in January, of which two are of production; West has one."""
    bureau = bureau_at(tmp_path)
    january, march = dt.date(2015, 1, 10), dt.date(2015, 3, 10)
    bureau.send("f01.csv", register(
        accident("A", date=january, loss="10000"), accident("B", date=january, loss="20000"), accident("C", date=january, is_production="否", loss="40000"),
        accident("D", date=january, region=WEST, loss="80000"), accident("E", date=march, region=SOUTH, loss="0"),
    ), "2015-04-05")
    tables = bureau.compute()

    def compared(region, basis, period="2015-02", measure="loss") -> tuple:
        row = tables.one("comparisons", indicator_id=f"F01.{measure}", region_id=region, period=period, span="month", basis=basis, category="TOTAL", kind="mom")
        return row["base_value"], row["reason"], row["display_zh"]

    assert compared(EAST, "all") == (7, "own_figure", "下降100.00%")
    assert compared(EAST, "production") == compared(WEST, "all") == compared(WEST, "production") == (None, "suppressed", "…")
    assert compared(CITY, "production") == (11, "own_figure", "下降100.00%")
    assert compared(EAST, "production", measure="events")[:2] == (2, "own_figure"), "the number of accidents is public"
    assert compared(EAST, "production", "2015-03") == (0, "own_figure", "持平")


def test_a_loss_that_is_withheld_stays_so_in_a_ranking_and_has_no_place_in_it(tmp_path):
    """East has three accidents in January and West one; in March each of the three has three."""
    bureau = bureau_at(tmp_path, ranking={"indicators": {"F01.loss": "best"}})
    lines = [accident(f"J{n}", date=dt.date(2015, 1, 10), region=region, loss=loss) for n, (region, loss) in enumerate(
        [(EAST, "10000"), (EAST, "20000"), (EAST, "30000"), (WEST, "987600")])]
    lines += [accident(f"M{region}{n}", date=dt.date(2015, 3, 10), region=region, loss=loss) for region, loss in ((EAST, "10000"), (WEST, "20000"), (SOUTH, "5000"))
              for n in range(3)]
    bureau.send("f01.csv", register(*lines), "2015-04-05")
    tables = bureau.compute()

    def ranked(period, span="month") -> dict:
        rows = tables.where("rankings", indicator_id="F01.loss", category="TOTAL", basis="all", period=period, span=span, peer_group="all", level="county")
        return {r["region_id"]: (r["value"], r["rank"], r["reason"]) for r in rows}

    january = ranked("2015-01")
    assert january[EAST] == (6, *january[EAST][1:]) and january[EAST][1] is not None
    assert january[WEST] == (None, None, "suppressed")
    assert ranked("2015-03") == {WEST: (6, 1, None), EAST: (3, 2, None), SOUTH: (1.5, 3, None)}, "a number without a good direction: the largest first"
    assert ranked("2015Q1", "quarter")[WEST] == (None, None, "suppressed"), "a quarter would tell the month that is withheld"
    told = {(r["period"], r["span"], r["value"]) for r in tables.where("benchmarks", indicator_id="F01.loss", region_id=WEST, basis="all")}
    assert told == {("2015-02", "month", 0), ("2015-03", "month", 6)}
    assert not any(98.76 in (r.get("value"), r.get("best"), r.get("worst")) for name in ("rankings", "benchmarks", "indicators", "comparisons")
                   for r in tables.tables[name] if r.get("region_id") == WEST)


def test_only_larger_accidents_are_released_one_by_one_and_nothing_tells_the_unit(counted):
    rows = counted.released().tables["accidents"]
    assert [(r["region_id"], r["category"], r["deaths"], r["level"], r["status"]) for r in rows] == [
        (EAST, "GK4", 3, 2, "快报"), (ZONE, "GK4", 5, 2, "快报"), (OWN, "HZ", 10, 3, "快报")]
    assert set(rows[0]) == {"occurred_on", "region_id", "category", "serial", "deaths", "level", "status", "counting", "known_from"}
    folder = counted.out / "releases" / "2015-01.v1"
    text = (folder / "csv" / "accidents.csv").read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 4
    assert not [p for p in folder.rglob("*") if p.is_file() and UNIT.encode() in p.read_bytes()]
    assert "accident_id" not in json.dumps(json.loads((folder / "metadata" / "datapackage.json").read_text(encoding="utf-8")))


def test_the_page_of_a_region_lists_the_larger_accidents_in_it_and_below_the_newest_first(counted):
    from pipelines import jurisdiction as jurisdictions
    from pipelines.publish.release_data import ReleaseData
    from pipelines.publish.views.region import RegionView
    from pipelines.publish.words import Words

    jurisdiction = jurisdictions.load(counted.folder)
    data = ReleaseData(counted.out / "releases" / "2015-01.v1", jurisdiction.reference)
    view = RegionView(data, Words("zh"), jurisdiction)
    city = view.registers(data.regions[CITY])["accidents"]
    assert [(r["date"], r["region"]["id"], r["level"], r["deaths"], r["status"], r["counting"]) for r in city["rows"]] == [
        ("2015-03-10", ZONE, "较大", "5", "快报", ""), ("2015-03-10", OWN, "重大", "10", "快报", ""), ("2015-01-10", EAST, "较大", "3", "快报", "")]
    assert [r["date"] for r in view.registers(data.regions[EAST])["accidents"]["rows"]] == ["2015-01-10"]
    assert view.registers(data.regions[WEST]) == {"accidents": None, "hazards": None}, "an ordinary accident is in no list"


def test_a_number_counted_from_the_register_is_walked_back_to_its_rows(counted, capsys):
    from pipelines import explain

    keys = ["indicator_id=F01.deaths", f"region_id={CITY}", "span=ytd", "period=2015-03", "basis=all", "category=TOTAL"]
    assert explain.show(counted.out, "indicators", keys, as_json=True) == 0
    [tree] = json.loads(capsys.readouterr().out)["results"]
    assert [(n["row"]["item"], n["row"]["value"], n["source"]["file"], n["source"]["cell"]) for n in tree["inputs"]] == [
        ("A", "3.000000", "f01.csv", "A5"), ("B", "1.000000", "f01.csv", "A6"), ("C", "2.000000", "f01.csv", "A7"), ("D", "10.000000", "f01.csv", "A8")]
    assert explain.show(counted.out, "indicators", keys) == 0


def test_a_register_may_be_corrected_and_the_window_holds_for_what_came_to_light_late(tmp_path):
    bureau = bureau_at(tmp_path)
    bureau.send("first.csv", register(accident("A", deaths=2), accident("B", deaths=2)), "2015-03-02")
    lines = [f"- {{match: {{form_id: F01, accident_id: {n}, measure: deaths}}, value: 3, reason: {r}, decided_by: 统计科科长, date: 2015-05-10}}\n"
             for n, r in (("A", "更正"), ("B", "补报"))]
    bureau.write("corrections.yml", "".join(lines))
    tables = bureau.compute()
    found = {row["accident_id"]: (row["deaths"], row["deaths_late"], row["level"], row["correction"]) for row in in_house(bureau)}
    assert found == {"A": (3, 0, 2, "corrections.yml:1"), "B": (2, 1, 1, "corrections.yml:2")}
    assert {(c["old_value"], c["new_value"], c["dimension"]) for c in tables.tables["corrections"]} == {(None, None, "")}
    assert bureau.compute(as_of="2015-05-09").value(EAST, "F01.deaths", period="2015-03", span="month", basis="all") == 4
