"""The relations between published numbers, one test each: G those that hold, DQ those that fail, P those of other bulletins.

The numbers come out of the released tables; the arithmetic is here. A masked or missing number is proven by trying every candidate.
"""

from __future__ import annotations

import itertools
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest

from pipelines.intake import text

YEAR_DIGITS = ("12", "13", "14", "15")  # what one publisher replaced by *: two digits that could be the end of a year


def half_up(value: Decimal | float | int, places: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(now: object, base: object, places: int = 2) -> Decimal:
    """Change in per cent, half up."""
    now, base = Decimal(str(now)), Decimal(str(base))
    return half_up((now - base) * 100 / base, places)


def bases(printed: str, now: int | None = None, change: int | None = None, up_to: int = 20_000) -> list[int]:
    """Every whole base that gives the printed per cent for this value or this change."""
    places = len(printed.partition(".")[2])
    return [n for n in range(1, up_to) if percent(n + change if now is None else now, n, places) == Decimal(printed)]


def completions(masked: str) -> list[Decimal]:
    """A masked number with each pair of digits that the publisher replaced."""
    return [Decimal(masked.replace("*", digits)) for digits in YEAR_DIGITS]


def figure(run, form, measure, **where) -> dict:
    return run.one("figures", form_id=form, measure=measure, **{"category": "TOTAL", **where})


def value(run, form, measure, **where) -> Decimal:
    return Decimal(str(figure(run, form, measure, **where)["value"]))


def comparison(run, indicator, category="TOTAL", kind="yoy", **where) -> dict:
    return run.one("comparisons", indicator_id=indicator, category=category, kind=kind, **where)


def findings(run, check_id, **where) -> list[dict]:
    return [f for f in run.findings if f["check_id"] == check_id and all(f[k] == v for k, v in where.items())]


def printed(run, kind, measure, category="TOTAL", **where) -> list[dict]:
    wanted = {"kind": kind, "measure": measure, "category": category, **where}
    return [row for row in run.reconciliations if all(row[k] == v for k, v in wanted.items())]


@pytest.fixture
def jiangxi(runs):
    return runs("jiangxi")


@pytest.fixture
def district(runs):
    return runs("ningbo_district")


@pytest.fixture
def zone(runs):
    return runs("ningbo_zone")


# --- G: relations that hold ----------------------------------------------------------------------------------------------------------


def test_G01_jiujiang_accidents_of_2014(jiangxi):
    row = comparison(jiangxi, "accidents", region_id="360400", period="2015", span="year")
    assert (row["value"], row["base_value"], row["change"], row["change_pct"]) == (94, 85, 9, 10.59)


def test_G02_jiujiang_deaths_follow_from_three_fewer_and_4_55_per_cent(jiangxi):
    row = comparison(jiangxi, "deaths", region_id="360400", period="2015", span="year")
    assert (row["value"], row["base_value"], row["change_pct"]) == (63, 66, -4.55)
    assert bases("-4.55", change=-3) == [66]
    assert figure(jiangxi, "F02", "deaths", region_id="360400", period="2015")["obs_status"] == "recovered"


def test_G03_xinyu_accidents_of_2014(jiangxi):
    row = comparison(jiangxi, "accidents", region_id="360500", period="2015", span="year")
    assert (row["value"], row["base_value"], row["change_pct"]) == (11, 25, -56)


def test_G04_xinyu_deaths_follow_from_fifteen_fewer_and_62_5_per_cent(jiangxi):
    row = comparison(jiangxi, "deaths", region_id="360500", period="2015", span="year")
    assert (row["value"], row["base_value"], row["change_pct"]) == (9, 24, -62.5)
    assert bases("-62.5", change=-15) == [24]


def test_G05_fuzhou_rate_is_of_immediate_rectification(jiangxi):
    where = {"region_id": "361000", "period": "2015"}
    found, now, later = (value(jiangxi, "F04", m, **where) for m in ("gen_found", "gen_fixed_now", "gen_deadline"))
    assert (found, now, later) == (913, 876, 37)
    assert found == now + later
    rate = jiangxi.one("indicators", indicator_id="immediate_rectification_rate", category="TOTAL", **where)
    assert rate["value"] == 95.95
    # the 37 in progress are not counted as rectified, and are not made into a rectification rate
    assert jiangxi.where("indicators", indicator_id="rectification_rate", category="TOTAL", **where) == []


def test_G06_fuzhou_has_51_chemical_enterprises_in_scope(jiangxi):
    where = {"region_id": "361000", "category": "危化", "period": "2015"}
    assert [value(jiangxi, "F06", m, **where) for m in ("l2", "l3", "total", "scope")] == [8, 33, 41, 51]
    assert [n for n in range(41, 20_000) if half_up(Decimal(4100) / n, 2) == Decimal("80.39")] == [51]
    assert figure(jiangxi, "F06", "scope", **where)["obs_status"] == "recovered"
    rate = jiangxi.one("indicators", indicator_id="standardization_rate", **where)
    assert (rate["value"], rate["qualifier"]) == (80.39, "recovered")


def test_G07_jian_has_thirteen_counties_and_each_held_a_drill(jiangxi):
    def valid(region: dict) -> bool:
        return str(region["valid_from"] or "") <= "2015-09-30" and (region["valid_to"] is None or str(region["valid_to"]) > "2015-09-30")

    counties = [r for r in jiangxi.where("regions", parent_id="360800", level="county") if valid(r)]
    assert len(counties) == 13
    assert [value(jiangxi, "F09", m, region_id="360800") for m in ("counties_should", "counties_done")] == [13, 13]
    assert jiangxi.one("indicators", indicator_id="drill_coverage", region_id="360800", category="TOTAL")["value"] == 100


def test_G08_letters_of_responsibility_add_up(zone):
    total = printed(zone, "sum", "total", form_id="XL")
    assert [(row["verdict"], row["recomputed"]) for row in total] == [("reproduced", 25)]


def test_G09_the_masked_fires_are_136(district):
    events = {row["category"]: row for row in district.where("figures", form_id="F02", measure="events")}
    assert (events["HZ1"]["value"], events["HZ1"]["raw"]) == (None, "*6")
    rest = events["TOTAL"]["value"] - sum(events[c]["value"] for c in ("GK", "DL", "SS", "YC"))
    assert rest == 136
    assert [n for n in completions("*6") if n == rest] == [136]
    deaths = {row["category"]: row["value"] for row in district.where("figures", form_id="F02", measure="deaths")}
    assert deaths["GK"] + deaths["DL"] + deaths["HZ1"] == deaths["TOTAL"] == 47


def test_G10_the_masked_loss_is_82_1516_and_the_total_is_whole_yuan(district):
    loss = {row["category"]: row for row in district.where("figures", form_id="F02", measure="loss")}
    assert (loss["HZ1"]["value"], loss["HZ1"]["raw"], loss["TOTAL"]["unit"]) == (None, "82.*16", "万元")
    rest = half_up(loss["TOTAL"]["value"], 4) - half_up(loss["GK"]["value"], 4) - half_up(loss["DL"]["value"], 4)
    assert [n for n in completions("82.*16") if n == rest] == [Decimal("82.1516")]
    assert half_up(loss["TOTAL"]["value"], 4) * 10_000 == 4_919_616


def test_G11_prior_accidents_are_unique(district):
    for category, now, base, change in (("TOTAL", 379, 389, "-2.57"), ("GK", 5, 6, "-16.67")):
        row = comparison(district, "accidents", category)
        assert (row["value"], row["base_value"], str(row["change_pct"])) == (now, base, change)
        assert bases(change, now=now) == [base]
    assert bases("-2.16", now=136) == [139]


def test_G12_prior_deaths_are_unique_and_reveal_the_masked_per_cent(district):
    rows = {c: comparison(district, "deaths", c) for c in ("TOTAL", "GK", "DL", "HZ1")}
    assert [(r["value"], r["base_value"]) for r in rows.values()] == [(47, 51), (9, 6), (38, 45), (0, 0)]
    assert bases("-7.84", now=47) == [51]
    assert bases("50", now=9) == [6]
    assert rows["GK"]["base_value"] + rows["DL"]["base_value"] + rows["HZ1"]["base_value"] == rows["TOTAL"]["base_value"]
    # -*.56 %: of the digits that were masked only 15 belongs to a whole base
    assert [d for d in YEAR_DIGITS if bases(f"-{d}.56", now=38)] == ["15"]
    assert rows["DL"]["change_pct"] == -15.56
    assert rows["HZ1"]["display_zh"] == "持平"


def test_G13_prior_losses_agree_within_a_hundred_yuan(district):
    loss = {c: value(district, "F02", "loss", category=c) for c in ("TOTAL", "GK", "DL")}
    change = {c: Decimal(printed(district, "yoy", "loss", c)[0]["printed"]) for c in ("TOTAL", "GK", "DL", "HZ1")}
    loss["HZ1"] = Decimal("82.1516")
    prior = {c: loss[c] / (1 + change[c] / 100) for c in loss}
    assert abs(prior["GK"] + prior["DL"] + prior["HZ1"] - prior["TOTAL"]) < Decimal("0.01")


def test_G14_prior_accidents_add_up(district):
    base = {c: comparison(district, "accidents", c)["base_value"] for c in ("TOTAL", "GK", "DL")}
    assert base["GK"] + base["DL"] + 139 == base["TOTAL"] == 389


def test_G15_the_masked_number_of_registered_firms_is_1222(district):
    registered = value(district, "F12", "registered")
    base = figure(district, "F12", "base_last_year")
    assert (registered, base["value"], base["raw"]) == (5245, None, "*22")
    assert bases("329.21", now=5245) == [1222]
    assert 1222 in completions("*22")


def test_G16_thirteen_ammonia_firms_were_drained(district):
    total, rebuilt, drained = value(district, "XA", "total"), value(district, "XA", "rebuilt"), figure(district, "XA", "drained")
    assert (drained["value"], drained["raw"]) == (None, "*")
    assert total - rebuilt == 13
    assert 13 in completions("*")


def test_G17_training_adds_up(district):
    assert [(r["verdict"], r["recomputed"]) for r in printed(district, "sum", "total", form_id="F07")] == [("reproduced", 82_983)]


def test_G18_national_and_local_standards_add_up(runs):
    quanzhou = runs("quanzhou")
    total = value(quanzhou, "F06", "total")
    assert value(quanzhou, "F06", "total", category="国家") + value(quanzhou, "F06", "total", category="地方") == total == 52_023
    surveyed = figure(quanzhou, "F06", "surveyed")
    assert (surveyed["value"], surveyed["qualifier"], surveyed["raw"]) == (52_000, "ge", "5.2万余")
    assert total >= surveyed["value"]


def test_G19_an_accident_with_four_deaths_is_a_larger_one(district):
    accidents, deaths = value(district, "F02", "events_larger", category="GK"), value(district, "F02", "deaths_larger", category="GK")
    assert (accidents, deaths) == (1, 4)
    assert 3 <= deaths / accidents < 10
    assert findings(district, "E206") == []


def test_G20_parts_do_not_exceed_their_whole(district):
    assert value(district, "XT", "registered") <= value(district, "F06", "total")
    assert value(district, "XO", "suggestions") <= value(district, "XO", "hazards")


# --- P: other bulletins --------------------------------------------------------------------------------------------------------------


def test_P01_jiangxi_january_2015_as_first_published(jiangxi):
    where = {"region_id": "360000", "period": "2015-01", "basis": "all_excl_fire"}
    for measure, total in (("events", 139), ("deaths", 67)):
        rows = [r for r in printed(jiangxi, "category_total", measure, **where) if Decimal(r["printed"]) == total]
        assert [r["verdict"] for r in rows] == ["reproduced"]
    changes = {("events", "yoy"): "-43.72", ("deaths", "yoy"): "-54.73", ("events", "mom"): "-52.88", ("deaths", "mom"): "-60.82"}
    for (measure, kind), change in changes.items():
        assert [(r["printed"], r["verdict"]) for r in printed(jiangxi, kind, measure, **where)] == [(change, "reproduced")]


def test_P02_february_2015_shows_that_january_was_revised(jiangxi):
    where = {"region_id": "360000", "period": "2015-02", "span": "month"}
    for indicator, now, base, change in (("accidents", 195, 166, 17.47), ("deaths", 91, 88, 3.41)):
        row = comparison(jiangxi, indicator, kind="mom", **where)
        assert (row["value"], row["base_value"], row["change_pct"]) == (now, base, change)
    for measure, first, later in (("events", 139, 166), ("deaths", 67, 88)):
        january = jiangxi.where("figure_vintages", region_id="360000", period="2015-01", category="TOTAL", measure=measure, span="month")
        assert [r["value"] for r in sorted(january, key=lambda r: r["known_from"])] == [first, later]
        key = re.compile(rf"region_id=360000;period=2015-01;.*category=TOTAL;measure={measure}")
        revised = {
            (r["previous_release"], r["release"], r["old_value"], r["new_value"])
            for r in jiangxi.table("revisions")
            if r["table"] == "figures" and key.search(r["key"])
        }
        assert revised == {("2015-01.v1", "2015-02.v1", first, later)}


def test_P03_industry_is_the_sum_of_its_branches(jiangxi):
    where = {"region_id": "360000", "period": "2015-02", "basis": "all_excl_fire"}
    for measure, total in (("events", 8), ("deaths", 12)):
        branches = [value(jiangxi, "F02", measure, category=c, **where) for c in ("GK1", "GK2", "GK3", "GK4", "GK5", "GK9")]
        assert sum(branches) == value(jiangxi, "F02", measure, category="GK", **where) == total


def test_P04_jiangxi_december_2015_and_the_second_revision_of_december_2014(jiangxi):
    where = {"region_id": "360000", "period": "2015-12", "basis": "all_excl_fire"}
    for measure in ("events", "deaths"):
        assert [r["verdict"] for r in printed(jiangxi, "category_total", measure, **where)] == ["reproduced"]
        assert {r["verdict"] for kind in ("yoy", "mom") for r in printed(jiangxi, kind, measure, **where)} == {"reproduced"}
    assert (value(jiangxi, "F02", "events", category="DL1", **where), value(jiangxi, "F02", "deaths", category="DL1", **where)) == (78, 53)
    fires = {"region_id": "360000", "period": "2015-12", "basis": "all"}
    counts = [value(jiangxi, "F02", m, category=c, **fires) for c in ("HZ", "HZ1") for m in ("events", "deaths")]
    assert counts == [507, 5, 156, 2]
    december = jiangxi.where("figure_vintages", region_id="360000", period="2014-12", category="TOTAL", measure="events", span="month")
    assert [r["value"] for r in sorted(december, key=lambda r: r["known_from"])] == [295, 296]


def test_P05_control_targets_of_2011(jiangxi):
    wanted = {
        ("deaths", "TOTAL"): (1348, 1944, 69.34), ("deaths", "HZ"): (28, 15, 186.67), ("deaths", "DL"): (1118, 1595, 70.09),
        ("deaths", "GK"): (158, 260, 60.77), ("deaths", "TL"): (36, 60, 60.0), ("deaths", "SS"): (8, 9, 88.89),
        ("accidents_larger", "TOTAL"): (62, 73, 84.93), ("accidents_major", "TOTAL"): (1, 4, 25.0),
    }
    for (indicator, category), (actual, target, progress) in wanted.items():
        row = jiangxi.one("target_progress", region_id="360000", period="2011-10", indicator_id=indicator, category=category)
        assert (row["actual"], row["target"], row["progress_pct"]) == (actual, target, progress)
    over = jiangxi.where("target_progress", period="2011-10", status="over")
    assert [(r["indicator_id"], r["category"]) for r in over] == [("deaths", "HZ")]
    deaths = [value(jiangxi, "F02", "deaths", region_id="360000", period="2011-10", category=c) for c in ("HZ", "DL", "GK", "TL", "SS")]
    assert sum(deaths) == 1348


def test_P06_nanchong_progress_in_the_first_half_of_2013(runs):
    rows = [r for r in runs("nanchong").reconciliations if r["kind"] == "progress"]
    assert sorted((r["printed"], r["verdict"]) for r in rows) == [(p, "reproduced") for p in ("24.44", "25", "31.25", "7.69")]


def test_P07_yinchuan_targets_add_up(runs):
    target = {r["category"]: r["value"] for r in runs("yinchuan").where("figures", form_id="F14", measure="target")}
    assert target["deaths"] == 66 == sum(target[f"deaths/{c}"] for c in ("GK", "DL1", "HZ1", "NJ"))
    assert target["deaths/GK"] == 25 == sum(target[f"deaths/{c}"] for c in ("GK1", "GK2", "GK3", "GK4", "GK9"))


def test_P08_sichuan_printed_a_rate_that_its_numbers_deny(runs):
    sichuan = runs("sichuan")
    wrong = printed(sichuan, "rate", "gen_rate")
    assert [(r["printed"], half_up(r["recomputed"], 2), r["verdict"]) for r in wrong] == [("97.28", Decimal("96.79"), "contradiction")]
    assert [f["severity"] for f in findings(sichuan, "RATE_MISMATCH", value="97.28")] == ["error"]
    parts = [Decimal(r["printed"]) for c in ("工矿企业", "交通运输等重点行业领域企业") for r in printed(sichuan, "rate", "gen_rate", c)]
    assert min(parts) <= Decimal("96.79") <= max(parts)
    found, fixed, planned = (value(sichuan, "F04", m) for m in ("maj_found", "maj_fixed", "maj_planned"))
    assert found == fixed + planned == 182
    assert sichuan.one("indicators", indicator_id="major_rectification_rate", category="TOTAL")["value"] == 39.56


def test_P09_national_hazards_of_october_2007(runs):
    nation = runs("national_2007")
    groups = ("工矿商贸企业", "交通运输重点行业企业")
    for measure in ("units_done", "all_found", "all_fixed", "maj_found", "maj_fixed", "maj_planned", "funds"):
        assert sum(value(nation, "F04", measure, category=g) for g in groups) == value(nation, "F04", measure)
    rates = {r["category"]: half_up(r["value"], 1) for r in nation.where("indicators", indicator_id="overall_rectification_rate")}
    assert [rates[c] for c in ("TOTAL", *groups)] == [Decimal("91.4"), Decimal("93.1"), Decimal("87.5")]
    assert half_up(nation.one("indicators", indicator_id="major_rectification_rate", category="TOTAL")["value"], 1) == Decimal("80.6")


def test_P10_change_of_a_rate_is_computed_from_the_published_rates(runs):
    nation = runs("national_2011")
    for rate, now, base, change in (("gdp_rate", 0.173, 0.201, -13.93), ("road_rate", 2.8, 3.2, -12.5), ("coal_rate", 0.564, 0.749, -24.7)):
        row = comparison(nation, f"XI.{rate}")
        assert (row["value"], row["base_value"], row["change_pct"]) == (now, base, change)
    assert comparison(nation, "accidents")["base_value"] == 347_728 + 15_655
    assert comparison(nation, "deaths")["base_value"] == 75_572 + 3_980


def test_P11_shanxi_coal_rate_holds_and_its_change_does_not(runs):
    shanxi = runs("shanxi_coal")
    rate = shanxi.one("indicators", indicator_id="coal_rate_of_period", category="TOTAL")
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (73, 78_968.18, 0.092)
    change = printed(shanxi, "yoy", "rate")
    assert [(r["printed"], half_up(r["recomputed"], 2), r["verdict"]) for r in change] == [("-55.39", Decimal("-55.56"), "contradiction")]


def test_P12_jiangxi_coal_rate_of_early_2009(jiangxi):
    assert value(jiangxi, "F02", "deaths", region_id="360000", period="2009Q1", category="GK1") == 7
    rate = printed(jiangxi, "rate", "coal_death_rate", "GK1", period="2009Q1")
    assert [(r["printed"], r["verdict"]) for r in rate] == [("1.57", "not_recomputable")]
    assert half_up(Decimal(7) * 100 / Decimal("444.69"), 2) == Decimal("1.57")  # the output is in the article, not in the form


def test_P13_a_death_rate_printed_with_a_per_cent_sign_is_suspect(jiangxi):
    rate = printed(jiangxi, "rate", "gdp_death_rate", period="2006")
    assert [r["printed"] for r in rate] == ["0.63%"]
    suspect = {f["check_id"] for f in jiangxi.findings if f["submission_id"] == rate[0]["submission_id"] and f["cell"] == rate[0]["cell"]}
    assert suspect & {"UNIT_SUSPECT", "UNIT_MISMATCH"}


def test_P14_ties_share_a_rank_and_leave_a_gap(runs):
    luoyang = runs("luoyang").where("rankings", indicator_id="XR.place", peer_group="all", level="county")
    ranks = sorted((r["rank"], r["region_id"]) for r in luoyang)
    assert [rank for rank, _ in ranks] == [1, 2, 3, 4, 4, 6, 7, 8, 9, 10, 11, 12, 12, 14, 15, 16, 17, 18]
    assert {r["region_id"] for r in luoyang if r["tied"]} == {"410306", "410323", "410311", "Z410303"}
    assert {r["region_id"] for r in luoyang if r["region_id"].startswith("Z")} == {"Z410301", "Z410302", "Z410303"}
    assert {r["ranked_count"] for r in luoyang} == {18}
    zhuzhou = {r["region_id"]: r["rank"] for r in runs("zhuzhou_rank").where("rankings", indicator_id="XR.place", peer_group="all")}
    # the notice prints the order and the tie for sixth place; eighth and ninth follow
    assert (zhuzhou["430223"], zhuzhou["430212"], zhuzhou["430202"], zhuzhou["430204"]) == (6, 6, 8, 9)


def test_P15_guangxi_inspected_more_units_than_it_is_in_charge_of(runs):
    guangxi = runs("guangxi_2020")
    assert [(f["severity"], f["value"]) for f in findings(guangxi, "E301")] == [("warning", "10573")]
    daily, accident = value(guangxi, "F03", "fine_daily"), value(guangxi, "F03", "fine_accident")
    assert half_up(daily, 2) + half_up(accident, 2) == Decimal("13099.92")
    total = figure(guangxi, "F03", "fine_total")
    assert (total["value"], total["raw"], total["qualifier"]) == (13_000, "1.3亿元", "rounded(10^3)")


def test_P16_haishu_first_quarter_of_2012(runs):
    haishu = runs("haishu")
    for span in ("quarter", "ytd"):  # January to March by either name
        for indicator, now, base, change in (("accidents", 34, 35, "-2.86"), ("serious_injuries", 29, 30, "-3.33")):
            row = comparison(haishu, indicator, span=span)
            assert (row["value"], row["base_value"], str(row["change_pct"])) == (now, base, change)
            assert bases(change, now=now) == [base]
        assert comparison(haishu, "deaths", span=span)["display_zh"] == "持平"


def test_fuzhou_campaign_of_2016_closes_its_account_of_hazards(jiangxi):
    where = {"region_id": "361000", "period": "2016-11..2017-02"}
    found, now, later, done, pending = (
        value(jiangxi, "F04", m, **where) for m in ("gen_found", "gen_fixed_now", "gen_deadline", "gen_deadline_fixed", "gen_open")
    )
    assert (found, later) == (now + later, done + pending) == (10_932, 2_472)
    assert findings(jiangxi, "E402", region_id="361000") == []
    assert value(jiangxi, "F03", "teams", **where) == 486 + 817 + 762


@pytest.mark.parametrize(("five_years", "a_year"), [(-36, "-8.5"), (-26, "-5.8"), (-32, "-7.4"), (-28, "-6.4")])
def test_the_annual_rates_of_the_five_year_plan_are_compound(five_years, a_year):
    """The plan of Jiangxi for 2011-2015 prints both; neither is a statistic of a form, so this is arithmetic alone."""
    assert half_up((1 + five_years / 100) ** 0.2 * 100 - 100, 1) == Decimal(a_year)


def test_a_restated_base_is_told_and_not_taken_for_an_error(runs):
    """The ministry's notices of 2016 imply 172 and 26 accidents for stretches of 2015 first published as 137 and 18."""
    told = {(f["period"], f["value"], f["expected"]) for f in findings(runs("mohurd"), "PRIOR_REVISED", severity="info")}
    assert {("2016-05", "172", "137"), ("2016-05", "215", "177"), ("2016-01", "26", "18")} <= told


# --- DQ: relations that fail ---------------------------------------------------------------------------------------------------------


def test_DQ01_grades_that_do_not_add_up_are_kept_and_disputed(district):
    assert [(f["severity"], f["value"], f["expected"]) for f in findings(district, "SUM_MISMATCH")] == [("error", "565", "630")]
    assert [value(district, "F06", m) for m in ("l1", "l2", "l3", "l4_local", "total")] == [7, 24, 539, 60, 565]
    assert figure(district, "F06", "total")["obs_status"] == "disputed"


def test_DQ02_a_truncated_per_cent_is_a_warning(district):
    told = findings(district, "RATE_TRUNCATED")
    assert [(f["severity"], f["value"], f["expected"]) for f in told] == [("warning", "-2.45", "-2.46")]
    assert percent(238, 244) == Decimal("-2.46")
    assert (Decimal(238 - 244) * 100 / 244).quantize(Decimal("0.01"), ROUND_DOWN) == Decimal("-2.45")
    assert bases("-2.45", now=238) == []


def test_DQ03_five_documents_with_six_numbers(zone):
    told = findings(zone, "COUNT_VS_LIST", form_id="F03b")
    assert [(f["severity"], f["value"]) for f in told] == [("warning", "5")]


def test_DQ04_fewer_notices_than_firms(zone):
    told = findings(zone, "NOTICES_LT_FIRMS", form_id="F03")
    assert [(f["severity"], f["value"]) for f in told] == [("warning", "35")]


def test_DQ05_a_share_without_its_whole_is_only_noted(zone):
    share = printed(zone, "share", "firms", form_id="F07")
    assert [r["verdict"] for r in share] == ["not_recomputable"]
    noted = [f for f in zone.findings if (f["form_id"], f["cell"]) == ("F07", share[0]["cell"])]
    assert [f["severity"] for f in noted] == ["info"]
    assert value(zone, "F07", "firms") * 6 == 102  # 17 firms are a sixth, but 80 came to the meeting


def test_DQ06_masked_digits_are_kept_as_written_and_never_guessed(district):
    masked = {f["value"] for f in findings(district, "MASKED_VALUE", severity="error")}
    assert masked == {"*6", "82.*16", "-*.56", "*0", "*0.5", "*", "*5", "*1.97", "*22"}
    for row in district.where("figures", obs_status="masked"):
        assert (row["value"], row["qualifier"], row["raw"] in masked) == (None, "masked", True)
    assert len(district.where("figures", obs_status="masked")) == 8
    # no identity fixes these two: every completion is as good as the next
    for raw in ("*0.5", "*1.97"):
        assert len(set(completions(raw))) == len(YEAR_DIGITS)


def test_DQ07_a_count_that_looks_like_a_year(district):
    told = findings(district, "YEAR_LIKE_COUNT")
    assert [(f["severity"], f["form_id"], f["value"]) for f in told] == [("warning", "XO", "2021余")]


def test_DQ08_page_numbers_inside_a_sentence():
    assert text.strip_page_markers("下降-*.56%\n\n31、、-2.78%") == "下降-*.56%、-2.78%"
    assert text.strip_page_markers("检查企业580家，\n\n7、取缔11家") == "检查企业580家，取缔11家"
    listed = "主要做法如下：\n\n1、加强领导\n\n2、落实责任。"
    assert text.strip_page_markers(listed) == listed


def test_DQ09_the_period_belongs_to_the_figure_not_to_the_report(district):
    periods = {(r["form_id"], r["period"], r["span"]) for r in district.table("figures")}
    assert {p for p in periods if p[0] in ("F02", "F03", "F12")} == {
        ("F02", "2014-10", "ytd"), ("F03", "2014-08..2014-11", "range"), ("F03", "2014-10", "ytd"), ("F12", "2014-11", "ytd"),
    }


def test_DQ10_two_rates_in_one_sentence_stay_two_indicators(district):
    rectified = district.one("indicators", indicator_id="system_rectification_rate", category="TOTAL")
    treated = district.one("indicators", indicator_id="hazard_treatment_rate", category="TOTAL")
    assert (rectified["value"], rectified["numerator"], rectified["denominator"]) == (100, 31_934, 31_934)
    assert (treated["value"], treated["numerator"], treated["obs_status"]) == (98, None, "as_reported")


def test_DQ11_a_round_number_is_noted(district):
    assert [(f["severity"], f["form_id"], f["value"]) for f in findings(district, "ROUND_NUMBER")] == [("info", "F07", "76000")]


def test_DQ12_the_unit_is_part_of_the_measure(runs, district):
    units = {r["measure"]: r["unit"] for r in district.where("figures", form_id="F03", period="2014-08..2014-11")}
    assert (units["teams"], units["staff_times"], units["visits"], units["covert"], units["halted"]) == ("个", "人次", "家次", "次", "家")
    visits = {r["measure"]: r["unit"] for r in runs("quanzhou").where("figures", form_id="XQ")}
    assert (visits["halted_visits"], visits["sessions"], visits["risks"]) == ("家次", "场次", "处")
    assert findings(district, "UNIT_MISMATCH") == []


def test_DQ13_pinyin_glosses_and_a_lost_byte_are_proposed_not_repaired():
    glossed = "繼續(xù)推進(jìn)安全發(fā)展，甲烷(ppm)，事故(起)，GDP(a)"
    assert text.has_pinyin_glosses(glossed)
    assert text.strip_pinyin_glosses(glossed) == "繼續推進安全發展，甲烷(ppm)，事故(起)，GDP(a)"
    assert not text.has_pinyin_glosses("甲烷(ppm)，事故(起)，单位：万元(元)")
    damaged = "先进单位毙掠嗍邪脖，"
    assert text.propose_shifted_gbk("毙掠嗍邪脖") == [("毙掠嗍邪脖", "”新余市安")]
    assert text.propose_shifted_gbk("柄椞妒邪脖") == [("柄椞妒邪脖", "”鷹潭市安")]
    assert "毙掠嗍邪脖" in damaged  # proposing changes nothing
    for sound in ("安全生产事故起数同比下降", "醴陵市渌口区攸县炎陵县瀍河区", "生产安全事故统计管理办法"):
        assert text.propose_shifted_gbk(sound) == []


def test_DQ14_identical_facts_received_twice_change_nothing(road, copy_of):
    folder = copy_of("haishu")
    once = road(folder)
    (first,) = (folder / "submissions").glob("F02*.csv")
    received = folder / "submissions" / "received.csv"
    (folder / "submissions" / "again.csv").write_bytes(first.read_bytes())
    (folder / "submissions" / "resaved.csv").write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    with received.open("a", encoding="utf-8") as handle:
        handle.write("again.csv,2012-04-11T09:00:00+08:00\nresaved.csv,2012-05-12T09:00:00+08:00\n")
    twice = road(folder)

    def facts(run, table, *columns):
        return sorted(tuple(str(row[c]) for c in columns) for row in run.table(table))

    key = ("form_id", "region_id", "period", "span", "basis", "category", "measure", "value", "obs_status")
    assert facts(twice, "figures", *key) == facts(once, "figures", *key)
    key = ("indicator_id", "region_id", "period", "kind", "value", "base_value", "change_pct", "reason")
    assert facts(twice, "comparisons", *key) == facts(once, "comparisons", *key)
    key = ("kind", "measure", "printed", "verdict")
    assert facts(twice, "reconciliations", *key) == facts(once, "reconciliations", *key)
    assert [row for release in twice.releases for row in twice.table("revisions", release) if row["table"] == "figures"] == []


def test_DQ15_no_deaths_does_not_mean_no_accidents(zone):
    deaths = figure(zone, "F02", "deaths", category="GK")
    assert (deaths["value"], deaths["basis"]) == (0, "assessed")
    assert zone.where("figures", form_id="F02", measure="events", category="GK") == []
    assert zone.where("indicators", indicator_id="accidents", category="GK") == []
    assert {r["basis"] for r in zone.where("figures", form_id="F02")} == {"assessed"}


def test_every_relation_of_the_specification_has_its_test():
    names = [name for name in globals() if name.startswith("test_")]
    wanted = [f"{letter}{i:02d}" for letter, last in (("G", 20), ("P", 16), ("DQ", 15)) for i in range(1, last + 1)]
    counted = itertools.chain.from_iterable(re.findall(r"^test_((?:G|P|DQ)\d\d)_", name) for name in names)
    assert sorted(counted) == sorted(wanted)
