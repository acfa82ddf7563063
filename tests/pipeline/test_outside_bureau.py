"""A bureau nobody has prepared for: a folder as the contract describes it goes in, the tables of the contract come out."""

from __future__ import annotations

import csv
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms import catalogue

from .bureau import CITY, EAST, OWN, SOUTH, WEST, ZONE

# The first columns of each table, in order, as other programs rely on them (architecture.md 4.4).
CONTRACT = {
    "submissions": "submission_id form_id region_id period received_at revision verdict rows errors warnings on_time file_sha256",
    "quality_findings": "check_id severity form_id region_id period submission_id sheet cell value expected message_zh message_en",
    "figures": "region_id period span basis form_id dimension measure value unit obs_status qualifier submission_id sheet cell known_from",
    "indicators": "region_id level period span basis category indicator_id numerator denominator value unit reporting_share",
    "comparisons": "region_id period span basis category indicator_id kind value base_value change change_pct display_zh display_en reason",
    "target_progress": "region_id year period category indicator_id actual target progress_pct time_progress_pct status",
    "rankings": "indicator_id category period span basis peer_group level region_id value rank ranked_count tied direction rank_low rank_high",
    "revisions": "release previous_release table key old_value new_value reason",
    "regions": "region_id",
    "indicator_catalogue": "indicator_id",
}
READABLE = {pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us")}


@pytest.fixture(scope="module")
def tables(outside):
    return outside.released()


@pytest.mark.parametrize("table", CONTRACT)
def test_a_table_has_the_columns_of_the_contract_first_and_in_order(outside, table):
    schema = pq.read_schema(outside.out / "releases" / "latest" / "parquet" / f"{table}.parquet")
    wanted = CONTRACT[table].split()
    assert schema.names[: len(wanted)] == wanted


@pytest.mark.parametrize("table", catalogue.published())
def test_columns_are_of_types_every_reader_knows(outside, table):
    schema = pq.read_schema(outside.out / "releases" / "latest" / "parquet" / f"{table}.parquet")
    assert set(schema.types) <= READABLE
    for name in ("value", "numerator", "denominator", "change_pct", "old_value", "new_value"):
        if name in schema.names and not (table == "quality_findings" and name == "value"):
            assert schema.field(name).type in (pa.int64(), pa.float64()), name


@pytest.mark.parametrize("table", catalogue.published())
def test_csv_and_parquet_hold_the_same_rows(outside, table):
    folder = outside.out / "releases" / "latest"
    data = pq.read_table(folder / "parquet" / f"{table}.parquet")
    raw = (folder / "csv" / f"{table}.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert len(rows) == data.num_rows
    assert not rows or list(rows[0]) == data.column_names
    numbers = [f.name for f in data.schema if f.type in (pa.float64(), pa.int64())]
    for name in numbers:
        assert [float(row[name]) if row[name] else None for row in rows] == data.column(name).cast(pa.float64()).to_pylist(), name


def test_rows_are_sorted_by_their_key_and_no_key_comes_twice(tables):
    for table, spec in catalogue.published().items():
        keys = [tuple((row[k] is not None, row[k] if row[k] is not None else "") for k in spec["key"]) for row in tables.tables[table]]
        assert keys == sorted(keys), table
        assert len(set(keys)) == len(keys), table


def test_parquet_is_zstd_with_release_and_licence_in_its_footer(outside):
    folder = outside.out / "releases" / "latest"
    for path in (folder / "parquet").glob("*.parquet"):
        meta = pq.read_metadata(path)
        assert meta.num_rows == 0 or meta.row_group(0).column(0).compression == "ZSTD"
        footer = {k.decode(): v.decode() for k, v in meta.metadata.items() if k != b"ARROW:schema"}
        assert footer["release"] == outside.manifest()["release"]
        assert footer["licence"] == "CC-BY-4.0"
        assert footer["inputs_sha256"] == outside.manifest()["inputs_sha256"]


def test_output_folders_are_the_ones_of_the_contract(outside):
    assert {"receipts", "archive", "warehouse.duckdb", "releases"} <= {p.name for p in outside.out.iterdir()}
    release = outside.out / "releases" / "2015-02.v1"
    assert {p.name for p in release.iterdir()} == {"parquet", "csv", "xlsx", "metadata", "manifest.json", "CHANGES.csv"}
    assert (outside.out / "releases" / "latest").resolve() == release
    assert {p.name for p in (release / "metadata").iterdir()} >= {"datapackage.json", "dcat.jsonld", "schema_org.jsonld", "csvw.json"}


def test_the_manifest_accounts_for_every_file_of_the_release(outside):
    import hashlib

    folder = outside.out / "releases" / "latest"
    listed = {entry["path"]: entry for entry in outside.manifest()["files"]}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(listed) == found
    for name, entry in listed.items():
        data = (folder / name).read_bytes()
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        if name.startswith("parquet/"):
            assert entry["rows"] == pq.read_metadata(folder / name).num_rows


def test_metadata_names_every_table_and_column_once_declared(outside):
    folder = outside.out / "releases" / "latest" / "metadata"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert {r["name"] for r in package["resources"]} == set(catalogue.published())
    for resource in package["resources"]:
        spec = catalogue.published()[resource["name"]]
        assert [f["name"] for f in resource["schema"]["fields"]] == [c["name"] for c in spec["columns"]]
        assert (folder / resource["path"]).resolve().is_file()
    for name in ("csvw.json", "schema_org.jsonld", "dcat.jsonld"):
        text = (folder / name).read_text(encoding="utf-8")
        json.loads(text)
        assert "河阳市" in text


def test_the_workbook_holds_the_tables_people_ask_for(outside):
    [path] = (outside.out / "releases" / "latest" / "xlsx").glob("*.xlsx")
    book = openpyxl.load_workbook(path, read_only=True)
    assert {"indicators", "comparisons", "rankings", "target_progress"} <= set(book.sheetnames)
    first, second = list(book["comparisons"].iter_rows(max_row=2, values_only=True))
    assert (first[0], second[0]) == ("区划代码", "region_id")


# --- what the numbers say ---------------------------------------------------------------------------------------------


def test_a_minimal_row_becomes_a_figure_with_its_file_and_cell(tables):
    figure = tables.one("figures", region_id=EAST, period="2015-01", span="month", form_id="F02", measure="deaths", dimension="category=TOTAL")
    assert (figure["value"], figure["unit"], figure["cell"], figure["obs_status"], figure["qualifier"]) == (3, "人", "D2", "reported", "exact")
    assert tables.one("submissions", submission_id=figure["submission_id"])["verdict"] == "accepted"


def test_the_city_is_the_sum_of_its_counties_and_own_units_without_the_zone(tables):
    """3 + 4 (corrected from 2) + 2 + 0; the zone's 9 are already inside a county."""
    city = tables.one("indicators", region_id=CITY, indicator_id="deaths", period="2015-01", span="month", category="TOTAL")
    assert (city["value"], city["reporting_share"], city["source"]) == (9, 100, "children")
    assert tables.value(ZONE, period="2015-01", span="month") == 9


def test_year_on_year_uses_our_own_figure_and_the_percentage_is_rounded_half_up(tables):
    city = tables.one("comparisons", region_id=CITY, indicator_id="deaths", period="2015-01", span="month", kind="yoy", category="TOTAL")
    assert (city["value"], city["base_value"], city["change"], city["change_pct"], city["reason"]) == (9, 7, 2, 28.57, "own_figure")
    assert (city["display_zh"], city["display_en"]) == ("上升28.57%", "up 28.57%")


def test_the_official_layout_gives_month_and_year_to_date_and_a_printed_base(tables):
    assert tables.value(EAST, period="2015-02", span="month") == 1
    assert tables.value(EAST, period="2015-02", span="ytd") == 4
    assert tables.value(EAST, period="2015-02", span="ytd", category="GK1") == 2
    east = tables.one("comparisons", region_id=EAST, indicator_id="deaths", period="2015-02", span="ytd", kind="yoy", category="TOTAL")
    assert (east["base_value"], east["change_pct"], east["reason"], east["base_cell"]) == (6, -33.33, "reported_prior", "F5")


def test_rates_come_from_summed_numerators_and_denominators(tables):
    east = tables.one("indicators", region_id=EAST, indicator_id="immediate_rectification_rate", period="2015-01", span="month", category="TOTAL")
    assert (east["numerator"], east["denominator"], east["value"], east["unit"]) == (876, 913, 95.95, "%")
    city = tables.one("indicators", region_id=CITY, indicator_id="immediate_rectification_rate", period="2015-01", span="month", category="TOTAL")
    assert (city["numerator"], city["denominator"], city["value"]) == (956, 1013, None), "two of four have reported: no rate of an incomplete sum"
    assert (city["obs_status"], city["reporting_share"]) == ("partial", 50)
    assert tables.value(EAST, "immediate_rectification_rate", period="2015-01", span="month", category="煤矿") == 97.5


def test_standardization_by_sector_is_a_stock(tables):
    east = tables.one("indicators", region_id=EAST, indicator_id="standardization_rate", category="危化")
    assert (east["period"], east["span"], east["value"]) == ("2014Q4", "stock", 80.39)


def test_an_annual_rate_divides_the_years_deaths_by_the_years_product(tables):
    rate = tables.one("indicators", region_id=CITY, indicator_id="deaths_per_100m_gdp")
    assert (rate["period"], rate["span"], rate["numerator"], rate["denominator"], rate["value"], rate["unit"]) == ("2014", "year", 150, 500, 0.3, "人/亿元")


def test_printed_values_that_cannot_be_right_are_findings_at_their_cell(tables):
    """90/100 is 90, printed 80; 5 + 5 is 10, printed 9."""
    hazards = tables.one("quality_findings", check_id="RATE_MISMATCH", form_id="F04")
    assert (hazards["region_id"], hazards["cell"], hazards["value"], hazards["expected"], hazards["severity"]) == (WEST, "G8", "80", "90", "error")
    standards = tables.one("quality_findings", check_id="SUM_MISMATCH", form_id="F06")
    assert (standards["region_id"], standards["cell"], standards["value"], standards["expected"]) == (WEST, "G7", "9", "10")


def test_targets_are_followed_month_by_month(tables):
    city = tables.one("target_progress", region_id=CITY, period="2015-01")
    assert (city["actual"], city["target"], city["progress_pct"], city["time_progress_pct"], city["status"]) == (9, 40, 22.5, 8.33, "watch")
    assert city["doc_no"] == "河安委〔2015〕1号"
    assert tables.one("target_progress", region_id=EAST, period="2015-02")["status"] == "reached"
    west = tables.one("target_progress", region_id=WEST, period="2015-01")
    assert (west["target"], west["progress_pct"], west["status"]) == (0, None, "over")


def test_the_broken_file_is_listed_as_rejected_and_the_others_went_through(tables):
    verdicts = [row["verdict"] for row in tables.tables["submissions"]]
    assert verdicts.count("rejected") == 1
    assert len(verdicts) == 9
    assert all(row["rows"] > 0 for row in tables.where("submissions", verdict="accepted"))


def test_a_correction_shows_in_the_next_release_and_in_its_list_of_changes(outside, tables):
    first = outside.released("2015-01.v1")
    assert (first.value(WEST, period="2015-01", span="month"), tables.value(WEST, period="2015-01", span="month")) == (2, 4)
    changed = tables.one("revisions", table="figures")
    assert (changed["release"], changed["previous_release"], changed["old_value"], changed["new_value"], changed["reason"]) == (
        "2015-02.v1", "2015-01.v1", 2, 4, "corrected")
    assert f"region_id={WEST}" in changed["key"]
    text = (outside.out / "releases" / "latest" / "CHANGES.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "release,previous_release,table,key,old_value,new_value,reason,correction"
    assert len(text.splitlines()) == 1 + len(tables.tables["revisions"])
    assert first.tables["revisions"] == []


def test_every_published_number_can_be_walked_back_to_a_cell(tables):
    submissions = {row["submission_id"] for row in tables.tables["submissions"]} | {"targets.csv", "denominators.csv"}
    assert {row["submission_id"] for row in tables.tables["figures"]} <= submissions
    assert all(row["cell"] for row in tables.tables["figures"])


def test_all_regions_of_the_folder_are_in_the_dimension_table(tables):
    assert {row["region_id"] for row in tables.tables["regions"]} == {CITY, EAST, WEST, SOUTH, ZONE, OWN}
    zone = tables.one("regions", region_id=ZONE)
    assert (zone["kind"], zone["ranked"], zone["included_in_parent"], zone["depth"]) == ("zone", False, False, 1)
