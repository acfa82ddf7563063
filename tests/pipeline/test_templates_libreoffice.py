"""A clerk opens the blank workbook in a spreadsheet program, fills it in and saves it in any format: it is accepted, and always says the same."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from pathlib import Path

import openpyxl
import pytest

from pipelines import jurisdiction as jurisdictions
from pipelines import reference
from pipelines.intake import templates
from pipelines.intake.blank_sheet import CODES
from pipelines.intake.table import Reader

from .bureau import CITY, CITY_AND_COUNTIES, EAST, Bureau, bureau_at
from .filled_forms import PERIODS, fill

FORMS = sorted(reference.load().forms)
# The filter that LibreOffice saves with. 44 is the comma, 34 the quotation mark, 85 GB18030.
FORMATS = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "xls": "xls:MS Excel 97", "ods": "ods:calc8", "csv": "csv:Text - txt - csv (StarCalc):44,34,85"}


def saved(office: str, files: list[Path], folder: Path) -> dict[str, dict[str, Path]]:
    """Each file opened and saved by LibreOffice in each format, by format and name: one process for a format, whatever the number of files."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    for name, convert in FORMATS.items():
        command = [office, profile, "--headless", "--norestore", "--convert-to", convert, "--outdir", folder / name, *files]
        subprocess.run(command, check=True, capture_output=True, timeout=240, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return {name: {file.stem: folder / name / f"{file.stem}.{name}" for file in files} for name in FORMATS}


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Bureau:
    bureau = bureau_at(tmp_path_factory.mktemp("city"), CITY_AND_COUNTIES, calendar={"deadlines": False})
    bureau.row_checks = True
    # Too many campaigns for a drop-down: their names stand on the hidden sheet of the workbook.
    names = "".join(f"  - {{code: C{n}, zh: 第{n}号专项整治行动, en: Campaign {n}, addend: false}}\n" for n in range(30))
    bureau.write("codes.yml", f"campaign:\n{names}")
    return bureau


@pytest.fixture(scope="module")
def filled(office, city, tmp_path_factory) -> dict[str, dict[str, Path]]:
    """The workbook of every form, filled in and saved in every format."""
    jurisdiction, folder = jurisdictions.load(city.folder), tmp_path_factory.mktemp("filled")
    files = []
    for form in jurisdiction.reference.forms.values():
        period = PERIODS[form.frequency]
        sender = EAST if form.submitters == "leaves" else CITY
        _, [blank] = templates.plan(jurisdiction, period, [form.id], [sender])
        assert templates.write(jurisdiction, period, [blank], folder) == []
        fill(folder / blank.path(period), blank, jurisdiction, period)
        assert form.id != "F05b" or openpyxl.load_workbook(folder / blank.path(period)).sheetnames[-1] == CODES
        files.append((folder / blank.path(period)).rename(folder / f"{form.id}.xlsx"))
    return saved(office, files, folder)


@pytest.fixture(scope="module")
def reader(city) -> Reader:
    return Reader(jurisdictions.load(city.folder))


def meaning(parsed) -> list:
    """All that a file says, wherever in the file it stands."""
    rows = [(r.row, r.region_id, r.period, r.span, r.basis, r.dims, sorted(r.values.items()), sorted(r.fields.items()), r.note) for r in parsed.rows]
    companions = sorted(((c.row.row, c.measure, c.kind, c.state, c.value) for c in parsed.companions), key=lambda c: c[:4])
    notes = [(n.row.row, n.measure, n.obs_status, n.qualifier, n.raw) for n in parsed.notes]
    return [parsed.form.id, parsed.region_id, parsed.period, rows, companions, notes]


@pytest.mark.parametrize("form", FORMS)
def test_the_filled_form_reads_the_same_in_every_format_and_without_a_finding(form, filled, reader):
    read = {name: reader.read(files[form].read_bytes()) for name, files in filled.items()}
    assert {name: parsed.findings for name, parsed in read.items() if parsed.findings} == {}
    first = meaning(read["xlsx"])
    assert first[3], "no rows"
    for name, parsed in read.items():
        assert meaning(parsed) == first, name


def test_totals_and_rates_are_computed_and_lines_left_blank_stay_blank(filled, reader):
    rows = {r.dims: r.values for r in reader.read(filled["xls"]["F04"].read_bytes()).rows}
    assert set(rows) == {("TOTAL", "TOTAL"), ("煤矿", "TOTAL"), ("危化", "TOTAL"), ("煤矿", "自查")}
    assert rows["TOTAL", "TOTAL"]["gen_found"] == 913 and rows["TOTAL", "TOTAL"]["gen_fixed"] == 876
    rates = {c.row.dims: c.printed for c in reader.read(filled["ods"]["F04"].read_bytes()).companions}
    assert rates["TOTAL", "TOTAL"] == "95.95" and rates["煤矿", "TOTAL"] == "97.5"
    report = {(r.dims, r.span): r.values for r in reader.read(filled["csv"]["F02"].read_bytes()).rows}
    assert (("GK",), "month") not in report
    assert report[("TOTAL",), "month"]["deaths"] == report[("SS",), "month"]["deaths"] + report[("GK1",), "month"]["deaths"] == 4
    training = reader.read(filled["csv"]["F07"].read_bytes()).rows
    assert [r.values["total"] for r in training] == [250]


def test_all_forms_together_are_accepted_without_a_word(city, filled):
    for form, path in filled["xlsx"].items():
        city.send(f"{form}.xlsx", path.read_bytes(), f"2016-02-{1 if form in ('F13', 'F14') else 2:02d}")
    tables = city.compute()
    found = [(f["check_id"], f["severity"], f["form_id"], f["cell"], f["message_en"]) for f in tables.where("quality_findings")]
    assert found == []
    assert {s["verdict"] for s in tables.where("submissions")} == {"accepted"}
    assert {s["form_id"] for s in tables.where("submissions")} == set(FORMS)
    assert all(s["received_at"] > dt.datetime(2016, 1, 31) for s in tables.where("submissions"))
