"""A reader of files for the unit tests, made once."""

from __future__ import annotations

import io

import openpyxl
import pytest
from pipeline.bureau import CITY_AND_COUNTIES, ZONE_AND_OWN_UNITS, bureau_at

from pipelines import jurisdiction as jurisdictions
from pipelines.intake.table import Reader


@pytest.fixture(scope="session")
def reader(tmp_path_factory):
    bureau = bureau_at(tmp_path_factory.mktemp("reader"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS)
    return Reader(jurisdictions.load(bureau.folder))


@pytest.fixture(scope="session")
def workbook():
    """`workbook(rows, *more sheets, merged=["B3:C3"], start="A1", hidden=[1])` as bytes; each sheet is a list of rows."""

    def make(*sheets, merged=(), start="A1", hidden=()) -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets):
            sheet = book.create_sheet(f"表{number + 1}")
            anchor = sheet[start]
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if value is not None:
                        sheet.cell(anchor.row + r, anchor.column + c, value)
            for area in merged:
                sheet.merge_cells(area)
            if number in hidden:
                sheet.sheet_state = "hidden"
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    return make
