"""A form that the program does not know is one YAML file in the bureau's folder: what follows from it, without a line of Python."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from .bureau import CITY, EAST, SOUTH, WEST, bureau_at

# Lift inspections: declared with its codes and its checks; nothing else in the folder mentions it.
LIFTS = """
id: L01
name: {zh: 电梯安全月报, en: Lift safety}
frequency: month
dimensions:
  - {id: place, zh: 场所, en: Place, codes: lift_place, default: TOTAL}
measures:
  - {id: lifts, zh: 在用电梯, en: Lifts in use, unit: 台, required: true}
  - {id: inspected, zh: 检验电梯, en: Lifts inspected, unit: 台, required: true, better: higher}
  - {id: trapped, zh: 困人次数, en: People trapped, unit: 次, better: lower}
  - {id: fines, zh: 罚款, en: Fines, unit: 万元, type: money}
codes:
  lift_place:
    - {code: home, zh: 住宅, en: Homes}
    - {code: mall, zh: 商场, en: Shops}
checks:
  - {id: L101, severity: error, column: inspected, residual: inspected - lifts, max: 0, expected: "≤ {lifts}",
     zh: "检验 {inspected} 台多于在用 {lifts} 台；请核对", en: "{inspected} lifts inspected of only {lifts} in use; check both"}
"""


@pytest.fixture(scope="module")
def lifts(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("lifts"), base_url="https://example.org/")
    bureau.write("forms/L01.yml", LIFTS)
    head = f"# 表号: L01\n# 行政区划代码: {CITY}\n# 报告期: 2015-01\n地区,场所,在用电梯(台),检验电梯(台),困人次数,罚款(元)\n"
    bureau.send("lifts.csv", head + "东山县,合计,30,28,2,15000\n东山县,住宅,20,19,2,\n东山县,商场,10,9,0,\n西水县,合计,12,13,0,\n南林区,合计,8,8,一,0\n", "2015-02-05")
    assert bureau.run() == 0
    return bureau


def test_its_files_are_read_and_checked_at_their_cells(lifts):
    [receipt] = lifts.receipts().values()
    assert receipt["verdict"] == "accepted_with_warnings" and receipt["rows"] == 5
    [finding] = receipt["findings"]
    assert (finding["check_id"], finding["cell"], finding["expected"]) == ("L101", "D8", "≤ 12")
    assert "检验 13 台多于在用 12 台" in finding["message_zh"] and "13 lifts inspected of only 12" in finding["message_en"]


def test_it_has_a_typed_table(lifts):
    import duckdb

    with duckdb.connect(str(lifts.out / "warehouse.duckdb"), read_only=True) as con:
        types = dict(con.execute("SELECT column_name, column_type FROM (DESCRIBE rows_l01)").fetchall())
        assert (types["lifts"], types["fines"], types["place"]) == ("BIGINT", "DECIMAL(18,2)", "VARCHAR")
        assert con.execute("SELECT fines FROM rows_l01 WHERE region_id = ? AND place = 'TOTAL'", [EAST]).fetchone() == (15000,)


def test_its_figures_are_published_summed_and_ranked(lifts):
    tables = lifts.released()
    assert [r["value"] for r in tables.where("figures", form_id="L01", region_id=EAST, measure="lifts")] in ([20, 10, 30], [30, 20, 10], [20, 30, 10])
    assert tables.value(CITY, "L01.trapped", span="month") == 3
    disputed = tables.one("indicators", indicator_id="L01.inspected", region_id=CITY, span="month", category="TOTAL")
    assert (disputed["value"], disputed["reporting_share"]) == (36, 66.67), "the sum lacks the county whose figure is disputed, and says so"
    ranks = {r["region_id"]: r["rank"] for r in tables.where("rankings", indicator_id="L01.trapped", span="month", category="TOTAL", level="county")}
    assert ranks == {WEST: 1, SOUTH: 2, EAST: 3}
    assert tables.one("indicator_catalogue", indicator_id="L01.trapped")["name_zh"] == "电梯安全月报:困人次数"


def test_the_release_describes_and_carries_it(lifts):
    text = (lifts.out / "releases" / "latest" / "csv" / "figures.csv").read_text(encoding="utf-8-sig")
    assert {row["measure"] for row in csv.DictReader(text.splitlines()) if row["form_id"] == "L01"} == {"lifts", "inspected", "trapped", "fines"}


def test_its_blank_workbook_is_written_and_filled_in_is_read_back_without_a_finding(lifts, tmp_path):
    from pipelines import jurisdiction
    from pipelines.cli import main
    from pipelines.intake.table import Reader

    assert main(["templates", str(lifts.folder), "--period", "2015-02", "--form", "L01", "--out", str(tmp_path)]) == 0
    blanks = sorted(tmp_path.rglob("*.xlsx"))
    assert {path.parent.name for path in blanks} == {EAST, WEST, SOUTH}
    reader = Reader(jurisdiction.load(lifts.folder))
    assert {tuple(f.check_id for f in reader.read(path.read_bytes()).findings) for path in blanks} == {("NO_ROWS",)}, "only that it is blank"

    book = openpyxl.load_workbook(tmp_path / EAST / f"L01_{EAST}_2015-02.xlsx")
    sheet = book.worksheets[0]
    headers, lines = _table_of(sheet)
    assert [h.rstrip("*") for h in headers] == ["场所", "在用电梯(台)", "检验电梯(台)", "困人次数(次)", "罚款(万元)", "备注"]
    assert list(lines) == ["合计", "住宅", "商场"]
    filled = {"合计": (30, 28, 2, 1.5), "住宅": (20, 19, 2, 1.5), "商场": (10, 9, 0, 0)}  # no spreadsheet program here that computes the totals
    for place, values in filled.items():
        for column, value in enumerate(values, start=headers.index("场所") + 2):
            sheet.cell(lines[place], column).value = value
    book.save(tmp_path / "filled.xlsx")
    parsed = reader.read((tmp_path / "filled.xlsx").read_bytes())
    assert parsed.findings == [] and (parsed.form.id, parsed.region_id, parsed.period) == ("L01", EAST, "2015-02")
    assert {row.dims: (row.values["lifts"], row.values["fines"]) for row in parsed.rows} == {("TOTAL",): (30, 15000), ("home",): (20, 15000), ("mall",): (10, 0)}


def _table_of(sheet) -> tuple[list[str], dict[str, int]]:
    """The headers of a blank workbook and the line of each place."""
    header = next(row for row in sheet.iter_rows(max_row=20) if str(row[0].value).startswith("场所"))
    lines = {cell.value: cell.row for [cell] in sheet.iter_rows(min_row=header[0].row + 1, max_col=1) if cell.value}
    return [cell.value for cell in header if cell.value], lines


def test_it_has_a_dictionary_entry_on_the_site(lifts):
    from pipelines.cli import main

    assert main(["run", str(lifts.folder), "--out", str(lifts.out)]) == 0
    for folder, words in (("", ("电梯安全月报", "在用电梯", "困人次数")), ("en", ("Lift safety", "Lifts in use", "People trapped"))):
        text = (lifts.out / "site" / folder / "data" / "forms" / "index.html").read_text(encoding="utf-8")
        assert all(word in text for word in words), folder
