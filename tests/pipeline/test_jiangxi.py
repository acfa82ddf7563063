"""The acceptance of the road on real figures: what was published of Jiangxi in 2011 to 2016 comes out of the released Parquet."""

from __future__ import annotations

import csv
import json

import pytest

from .bureau import Bureau, Rows

PROVINCE = "360000"
JIUJIANG, XINYU, YINGTAN, FUZHOU = "360400", "360500", "360600", "361000"


@pytest.fixture(scope="module")
def jiangxi(jiangxi_out) -> Bureau:
    return Bureau(jiangxi_out, jiangxi_out)


@pytest.fixture(scope="module")
def latest(jiangxi) -> Rows:
    return jiangxi.released()


def known_on(jiangxi, day: str) -> str:
    """The newest release whose figures were known on a day."""
    manifests = [json.loads(p.read_text(encoding="utf-8")) for p in (jiangxi.out / "releases").glob("*/manifest.json") if not p.parent.is_symlink()]
    return max((m for m in manifests if m["as_of"][:10] <= day), key=lambda m: m["sequence"])["release"]


@pytest.mark.parametrize(
    ("region", "indicator", "value", "base", "change", "percent"),
    [
        (JIUJIANG, "accidents", 94, 85, 9, 10.59),
        (JIUJIANG, "deaths", 63, 66, -3, -4.55),
        (XINYU, "accidents", 11, 25, -14, -56),
        (XINYU, "deaths", 9, 24, -15, -62.5),
    ],
)
def test_cities_of_2015_against_2014(latest, region, indicator, value, base, change, percent):
    row = latest.one("comparisons", region_id=region, period="2015", span="year", kind="yoy", indicator_id=indicator, category="TOTAL")
    assert (row["value"], row["base_value"], row["change"], row["change_pct"]) == (value, base, change, percent)
    assert row["display_zh"] == f"{'上升' if percent > 0 else '下降'}{abs(percent):.2f}%"


def test_deaths_recovered_from_a_percentage_are_marked_as_recovered(latest):
    for region in (JIUJIANG, XINYU):
        row = latest.one("indicators", region_id=region, period="2015", span="year", indicator_id="deaths", category="TOTAL")
        assert row["obs_status"] == "recovered"


@pytest.mark.parametrize(
    ("indicator", "category", "target", "progress", "status"),
    [
        ("deaths", "TOTAL", 1944, 69.34, "normal"),
        ("deaths", "HZ", 15, 186.67, "over"),
        ("deaths", "DL", 1595, 70.09, "normal"),
        ("deaths", "GK", 260, 60.77, "normal"),
        ("deaths", "TL", 60, 60, "normal"),
        ("deaths", "SS", 9, 88.89, "watch"),
        ("accidents_larger", "TOTAL", 73, 84.93, "watch"),
        ("accidents_major", "TOTAL", 4, 25, "normal"),
    ],
)
def test_progress_of_the_province_in_october_2011(latest, indicator, category, target, progress, status):
    row = latest.one("target_progress", region_id=PROVINCE, year=2011, period="2011-10", indicator_id=indicator, category=category)
    assert (row["target"], row["progress_pct"], row["time_progress_pct"], row["status"]) == (target, progress, 83.33, status)


def test_january_2015_is_139_and_67_as_known_in_february_and_166_and_88_a_month_later(jiangxi):
    def january(release: str) -> tuple:
        tables = jiangxi.released(release)
        wanted = {"region_id": PROVINCE, "period": "2015-01", "span": "month", "category": "TOTAL"}
        return tuple(tables.one("indicators", indicator_id=i, **wanted)["value"] for i in ("accidents", "deaths"))

    first, second = known_on(jiangxi, "2015-02-15"), known_on(jiangxi, "2015-03-15")
    assert (january(first), january(second)) == ((139, 67), (166, 88))
    rows = list(csv.DictReader((jiangxi.out / "releases" / second / "CHANGES.csv").read_text(encoding="utf-8-sig").splitlines()))
    listed = {(r["old_value"], r["new_value"]) for r in rows if r["table"] == "figures"
              and "region_id=360000;period=2015-01;span=month" in r["key"] and "category=TOTAL" in r["key"]}
    assert {("139", "166"), ("67", "88")} <= listed
    assert {r["previous_release"] for r in rows} == {first}


def test_one_month_may_be_asked_for_as_known_on_a_day(jiangxi_out, tmp_path):
    """The command of the README, with nothing else released."""
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "data" / "jiangxi"
    asked = Bureau(folder, tmp_path / "out")
    asked.out.mkdir()
    for name in ("warehouse.duckdb",):  # what has been received need not be received again
        (asked.out / name).write_bytes((jiangxi_out / name).read_bytes())
    assert asked.run("--period", "2015-01", "--as-of", "2015-02-15") == 0
    assert asked.manifest()["release"] == "2015-01.v1"
    assert asked.released().value(PROVINCE, "accidents", period="2015-01", span="month") == 139


def test_fuzhou_rectified_876_of_913_at_once(latest):
    row = latest.one("indicators", region_id=FUZHOU, period="2015", indicator_id="immediate_rectification_rate", category="TOTAL")
    assert (row["numerator"], row["denominator"], row["value"], row["unit"]) == (876, 913, 95.95, "%")


def test_fuzhou_certified_41_of_51_chemical_enterprises(latest):
    row = latest.one("indicators", region_id=FUZHOU, indicator_id="standardization_rate", category="危化", period="2015")
    assert (row["numerator"], row["denominator"], row["value"]) == (41, 51, 80.39)


def test_yingtan_trained_2400_or_more(latest):
    rows = [r for r in latest.where("figures", region_id=YINGTAN, form_id="F07") if r["value"] == 2400]
    assert rows and {(r["qualifier"], r["raw"]) for r in rows} == {("ge", "2400余")}


def test_cities_that_published_nothing_are_listed_without_a_rank(latest):
    rows = latest.where("rankings", indicator_id="accidents", category="TOTAL", period="2015", span="year", level="city", peer_group="all")
    assert len(rows) == 11
    ranked = {r["region_id"] for r in rows if r["rank"] is not None}
    assert {JIUJIANG, XINYU, "360100"} == ranked
    assert {(r["value"], r["reason"]) for r in rows if r["region_id"] not in ranked} == {(None, "not_reported")}
    assert {r["ranked_count"] for r in rows} == {3}


def test_every_file_of_the_compilation_was_accepted(latest):
    verdicts = [r["verdict"] for r in latest.tables["submissions"]]
    assert len(verdicts) == 54
    assert "rejected" not in verdicts
