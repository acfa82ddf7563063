"""The reviewed table of Jiangxi: complete, equal to the files made from it; recovered values follow from print."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines import reference

FOLDER = Path(__file__).resolve().parents[2] / "data" / "jiangxi"
PROVINCE = "360000"
REFERENCE = reference.load()


def read_csv(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


FIGURES = read_csv("figures.csv")
SOURCES = {s["source_id"]: s for s in read_csv("sources.csv")}
REGIONS = read_csv("regions.csv")
COUNTIES = [r for r in REGIONS if r["level"] == "county"]


def number(text: str) -> Decimal:
    return Decimal(text.replace("(推算)", "").rstrip("%"))


def per_cent(part, whole) -> Decimal:
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


KEYS = ("source_id", "form", "region_id", "period", "dimension", "column")


def value(source, period, column, category="TOTAL", region=PROVINCE, form="F02") -> Decimal:
    key = (source, form, region, period, category if "=" in category else f"category={category}", column)
    found = [f for f in FIGURES if tuple(f[k] for k in KEYS) == key]
    assert len(found) == 1, (key, len(found))
    return number(found[0]["value"])


def values(source, period, columns, category, region, form) -> list[Decimal]:
    return [value(source, period, column, category, region, form) for column in columns.split()]


def recovered(source: str, period: str) -> list[dict[str, str]]:
    return [f for f in FIGURES if f["source_id"] == source and f["period"] == period and f["status"] == "recovered"]


def solutions(true_of, up_to: int = 20_000) -> list[int]:
    return [n for n in range(1, up_to) if true_of(n)]


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_submissions", FOLDER / "build_submissions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_published_figure_has_its_line():
    have = {name for f in FIGURES for name in [f["id"].split("-")[0], *f["refs"].split()]}
    want = {f"J{n:02d}" for n in range(1, 40)} | {"P01", "P02", "P03", "P04", "P05", "P12", "P13"}
    want |= {"T28", "T29", "T30", "T31", "D01", "D02", "D03", "D04", "Y2006", "Y2010", "Y2014", "Y2015P", "Y2020", "FZ"}
    assert not want - have


def test_lines_are_unique_and_declared():
    assert max(Counter(f["id"] for f in FIGURES).values()) == 1
    arrived = Counter((f["form"], f["region_id"], f["period"], f["basis"], f["dimension"], f["column"],
                       SOURCES[f["source_id"]]["received_at"]) for f in FIGURES)
    assert max(arrived.values()) == 1
    for f in FIGURES:
        form = REFERENCE.forms[f["form"]]
        column = form.match(f["column"])
        assert column and column.id == f["column"] and column.role in ("measure", "companion", "printed"), f
        for part in filter(None, f["dimension"].split(";")):
            dim, code = part.split("=")
            codes = next(d.codes for d in form.dimensions if d.id == dim)
            assert code == "TOTAL" or code in {c.code for c in REFERENCE.codes[codes]}, f
        assert bool(f["basis"]) == form.has_basis, f


def test_what_is_recovered_is_marked_and_says_how():
    for f in FIGURES:
        if f["status"] == "recovered":
            assert f["value"].endswith("(推算)") and re.search(r"\d", f["note"]), f
        elif f["status"] != "repeated":
            assert "推算" not in f["value"], f


def test_sources_tell_published_from_set_by_the_editor():
    assert {f["source_id"] for f in FIGURES} == set(SOURCES)
    for s in SOURCES.values():
        assert s["citation_zh"] and s["citation_en"] and s["received_at"].endswith("+08:00"), s
        assert (s["received_basis"] == "published") == bool(s["published_on"]), s
        assert s["received_basis"] == "editor" or s["received_at"].startswith(s["published_on"]), s


def test_the_files_are_what_the_table_gives(builder):
    assert builder.main(["--check"]) == 0
    assert builder.build() == builder.build()


def test_the_form_understands_every_header_written(builder):
    for form_id in {f["form"] for f in FIGURES}:
        form = REFERENCE.forms[form_id]
        raw = builder.load(form.source)
        for column, (header, _) in builder.columns_of(raw, REFERENCE.companions).items():
            if any(f["form"] == form_id and f["column"] == column for f in FIGURES):
                assert form.match(header).id == column, (form_id, header)


# --------------------------------------------------------------- regions


def valid(day: str) -> dict[str, str]:
    rows = [r for r in COUNTIES if r["valid_from"] <= day < (r["valid_to"] or "9999")]
    assert len({r["region_id"] for r in rows}) == len(rows), day
    return {r["region_id"]: r["name_zh"] for r in rows}


def test_a_hundred_county_level_units_at_any_time():
    for day in ["2015-09-30", "2023-06-30", *(f"{y}-{m:02d}-01" for y in range(2014, 2024) for m in range(1, 13))]:
        assert len(valid(day)) == 100, day
    per_city = Counter(r[:4] for r in valid("2015-09-30"))
    assert [per_city[f"36{n:02d}"] for n in range(1, 12)] == [9, 4, 5, 13, 2, 3, 18, 13, 10, 11, 12]


def test_changes_agree_with_the_validity_of_the_regions():
    rows = {(r["region_id"], r["valid_from"]) for r in REGIONS} | {(r["region_id"], r["valid_to"]) for r in REGIONS}
    for change in read_csv("region_changes.csv"):
        ends, begins = (change["old_id"], change["date"]), (change["new_id"], change["date"])
        assert change["kind"] == "split" or ends in rows, change
        assert change["kind"] == "merge" or begins in rows, change
    dated = {r["valid_to"] for r in COUNTIES if r["valid_to"]}
    assert dated == {c["date"] for c in read_csv("region_changes.csv")}
    assert valid("2016-06-30")["360402"] == "庐山区" and valid("2016-07-01")["360402"] == "濂溪区"


def test_no_bare_name_can_mean_two_units():
    names = [r["name_zh"] for r in REGIONS]
    for r in REGIONS:
        for alias in filter(None, r["aliases"].split("|")):
            same = [o for o in REGIONS if o["name_zh"][:-1] == alias and o is not r
                    and o["valid_from"] < (r["valid_to"] or "9999") and r["valid_from"] < (o["valid_to"] or "9999")]
            assert not same and alias not in names, (r["name_zh"], alias)
    bare = {r["name_zh"] for r in REGIONS if not r["aliases"]}
    assert bare >= {"南昌市", "南昌县", "九江市", "九江县", "上饶市", "上饶县", "吉安市", "吉安县"}
    assert bare >= {"赣县", "庐山区", "庐山市"}


# --------------------------------------------------------- recovered: the only integer that gives what was printed


@pytest.mark.parametrize(("city", "measure", "base"), [
    ("360400", "events", 85), ("360400", "deaths", 66), ("360500", "events", 25), ("360500", "deaths", 24),
])
def test_base_of_a_city_follows_from_change_and_per_cent(city, measure, base):
    change, printed = (value("CITY2015", "2015", f"{measure}_{c}", region=city) for c in ("change", "yoy"))
    assert solutions(lambda n: per_cent(change, n) == printed) == [base]
    assert value("CITY2015", "2014", measure, region=city) == base
    assert value("CITY2015", "2015", measure, region=city) == base + change


def test_chemical_firms_of_fuzhou():
    cut = "sector=危化;size=TOTAL;track=TOTAL"
    l2, l3, total, rate, scope = values("CITY2015", "2015", "l2 l3 total rate scope", cut, "361000", "F06")
    assert l2 + l3 == total
    assert solutions(lambda n: per_cent(total, n) == rate) == [scope] == [51]


def test_hazards_of_fuzhou():
    cut = "sector=TOTAL;source=TOTAL"
    columns = "gen_found gen_fixed_now gen_deadline"
    found, now, later, rate = values("CITY2015", "2015", f"{columns} gen_rate_now", cut, "361000", "F04")
    assert found == now + later and per_cent(now, found) == rate
    columns += " gen_deadline_fixed gen_open"
    found, now, later, done, still = values("FZ2017", "2016-11..2017-02", columns, cut, "361000", "F04")
    assert found == now + later and later == done + still


TARGETS = {"deaths": ("deaths", "deaths_progress"), "accidents_larger": ("events_larger", "events_larger_progress"),
           "accidents_major": ("events_major", "events_major_progress")}


def test_control_targets_follow_from_the_printed_progress():
    targets = [f for f in FIGURES if f["form"] == "F14" and f["status"] == "recovered"]
    assert len(targets) == 9
    for f in targets:
        indicator, category = re.fullmatch(r"indicator=(\w+);category=(\w+)", f["dimension"]).groups()
        period = {"2010": "2010", "2011": "2011-01..2011-10"}[f["period"]]
        actual, printed = (value(f["source_id"], period, c, category) for c in TARGETS[indicator])
        assert solutions(lambda n, a=actual, p=printed: per_cent(a, n) == p) == [number(f["value"])], f


def test_first_nine_months_of_2019():
    for measure, base in (("events", 1685), ("deaths", 1006)):
        actual, printed = (value("M2020-09", "2020-01..2020-09", c) for c in (measure, f"{measure}_yoy"))
        assert solutions(lambda n, a=actual, p=printed: per_cent(a - n, n) == p) == [base]
        assert value("M2020-09", "2019-01..2019-09", measure) == base


@pytest.mark.parametrize(("source", "now", "then", "change"), [
    ("B2015-01", "2015-01", "2014-01", "change"),
    ("B2015-01", "2015-01", "2014-12", "mom_change"),
    ("B2015-02", "2015-02", "2015-01", "mom_change"),
    ("B2015-12", "2015-12", "2014-12", "change"),
])
def test_earlier_months_follow_from_the_printed_changes(source, now, then, change):
    lines = recovered(source, then)
    assert lines
    for f in lines:
        category = f["dimension"].removeprefix("category=")
        printed, difference = (value(source, now, c, category) for c in (f["column"], f"{f['column']}_{change}"))
        assert number(f["value"]) == printed - difference, f
    # the parts make the whole
    deaths = {f["dimension"].removeprefix("category="): number(f["value"]) for f in lines if f["column"] == "deaths"}
    assert deaths["TOTAL"] == sum(deaths.get(c, 0) for c in ("GK", "DL", "TL", "NJ", "SS"))
    if "GK1" in deaths:
        assert deaths["GK"] == sum(deaths[f"GK{n}"] for n in (1, 2, 3, 4, 5, 9))


def test_the_two_restatements():
    assert [value("B2015-01", "2015-01", m) for m in ("events", "deaths")] == [139, 67]
    assert [value("B2015-02", "2015-01", m) for m in ("events", "deaths")] == [166, 88]
    assert [value("B2015-01", "2014-12", m) for m in ("events", "deaths")] == [295, 171]
    assert [value("B2015-12", "2014-12", m) for m in ("events", "deaths")] == [296, 171]
    # accidents of January by category were not restated in print
    restated = [f for f in FIGURES if f["source_id"] == "B2015-02" and f["period"] == "2015-01"]
    assert [f["dimension"] for f in restated if f["column"] == "events"] == ["category=TOTAL"]


@pytest.mark.parametrize(("source", "period", "categories"), [
    ("Y2006", "2006", ["DL", "GK", "TL", "SS", "HZ"]),
    ("B2011-10", "2011-01..2011-10", ["HZ", "DL", "GK", "TL", "SS"]),
    ("B2015-01", "2015-01", ["GK", "DL", "TL"]),
    ("B2015-02", "2015-02", ["GK", "DL", "TL", "NJ", "SS"]),
    ("B2015-12", "2015-12", ["GK", "DL", "TL", "NJ", "SS"]),
])
def test_totals_are_the_sum_of_their_categories(source, period, categories):
    for measure in ("events", "deaths"):
        assert value(source, period, measure) == sum(value(source, period, measure, c) for c in categories), measure


def test_larger_accidents_of_2011_add_up():
    for column in ("events_larger", "deaths_larger"):
        parts = sum(value("B2011-10", "2011-01..2011-10", column, c) for c in ("HZ", "DL", "GK", "TL", "SS"))
        assert value("B2011-10", "2011-01..2011-10", column) == parts


def test_coal_rate_of_2009():
    deaths, rate = (value("B2009Q1", "2009Q1", c, "GK1") for c in ("deaths", "coal_death_rate"))
    assert per_cent(deaths, Decimal("444.69")) == rate  # deaths per million tonnes, output in 万吨


def test_a_newer_row_repeats_what_it_would_otherwise_hide():
    rows: dict[tuple, dict[str, set[str]]] = {}
    for f in FIGURES:
        if f["form"] == "F13":
            by_time = rows.setdefault((f["region_id"], f["period"]), {})
            by_time.setdefault(SOURCES[f["source_id"]]["received_at"], set()).add(f["column"])
    measures = {m.id for m in REFERENCE.forms["F13"].measures}
    for key, by_time in rows.items():
        for earlier, later in pairwise(sorted(by_time)):
            assert by_time[earlier] & measures <= by_time[later], key


def test_what_is_repeated_stands_in_an_older_file():
    for f in FIGURES:
        if f["status"] == "repeated":
            same = [o for o in FIGURES if all(o[k] == f[k] for k in (*KEYS[1:], "value"))]
            older = {SOURCES[o["source_id"]]["received_at"] for o in same}
            assert older and min(older) < SOURCES[f["source_id"]]["received_at"], f
