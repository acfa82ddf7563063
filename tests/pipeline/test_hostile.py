"""Files that try to smuggle something in: whatever a sender writes stays text, in every place it comes out."""

from __future__ import annotations

import csv
import json

import openpyxl
import pytest

from .bureau import CITY, EAST, Bureau, bureau_at

SCRIPT = "<script>alert(1)</script>"
TEXTS = [SCRIPT, "=cmd|'/C calc'!A0", "@SUM(A1)", "+1+cmd", "{{ 7*7 }}", "{% include 'x' %}", "'; DROP TABLE ledger; --", '"><img src=x onerror=alert(1)>', "${HOME}",
         "../../../../etc/passwd", "%s%n", "{value}{expected}", "\u202etxt.exe"]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory) -> Bureau:
    folder = tmp_path_factory.mktemp("hostile")
    bureau = bureau_at(folder, f"""
{CITY},河阳市,Heyang,city
{EAST},"东山县{SCRIPT}","=cmd|'/C calc'!A0",county,{CITY},,,,,,,"{SCRIPT}x|'; DROP TABLE ledger; --"
990102,+西水县,@Xishui,county,{CITY}
""")
    bureau.send(f"{SCRIPT.replace('/', '')}.csv", f"# 表号: F02\n# 报告期: 2015-01\n行政区划代码,死亡,备注\n{EAST},3,{SCRIPT}\n990102,4,=1+1\n", "2015-02-05")
    for number, text in enumerate(TEXTS):
        quoted = '"' + text.replace('"', '""') + '"'
        bureau.send(f"{number}.csv", f"# 表号: F02\n# 填报单位: {text}\n# 报告期: 2015-01\n{quoted},死亡,起数\n{quoted},1,{quoted}\n", "2015-02-05")
        bureau.send(f"period{number}.csv", f"# 表号: {text}\n# 报告期: {text}\n地区,死亡\n东山县,1\n", "2015-02-05")
        bureau.send(f"printed{number}.csv", f"form_id,region_id,period,deaths,deaths_yoy,note\nF02,{EAST},2014-{number % 12 + 1:02d},{number // 12 + 1},{quoted},{quoted}\n", "2015-02-05")
    # A name typed beside a number, masked or not, or garbled in a header and offered repaired, is the clerk's business and nobody else's.
    bureau.send("names.csv", f"# 表号: F02\n# 报告期: 2014-12\n行政区划代码,类别,起数,死亡,重伤,寮犱笁\n{EAST},煤矿,*6(联系人张三),+5(联系人张三),2021余(联系人张三),1\n", "2015-02-05")
    bureau.send("x..%2f..%2fetc%2fpasswd.csv", f"# 表号: F02\n# 行政区划代码: ../../{EAST}\n# 报告期: 2015-01\n死亡\n1\n", "2015-02-05")
    bureau.row_checks = True
    assert bureau.release() == ["2015-01.v1"]
    return bureau


def test_nothing_is_written_outside_the_output_folder(attacked):
    outside = {p.name for p in attacked.out.parent.iterdir()}
    assert outside == {"bureau", "out"}
    assert {p.name for p in attacked.out.iterdir()} == {"archive", "receipts", "releases", "warehouse.duckdb"}
    for path in attacked.out.rglob("*"):
        assert path.resolve().is_relative_to(attacked.out.resolve())
        assert not set("<>|'\"%{}=") & set(path.name), path
    for path in [*(attacked.out / "receipts").iterdir(), *(attacked.out / "archive").rglob("*")]:
        assert path.is_dir() or set(path.stem) <= set("0123456789abcdef"), path


def test_the_ledger_is_still_there_and_holds_every_file(attacked):
    assert len(attacked.released().tables["submissions"]) == 3 + 3 * len(TEXTS)
    assert len(attacked.receipts()) == 3 + 3 * len(TEXTS)


def test_receipts_show_hostile_text_as_text(attacked):
    pages = {p: p.read_text(encoding="utf-8") for p in (attacked.out / "receipts").glob("*.html")}
    for path, page in pages.items():
        assert "<script" not in page and "<img" not in page, path
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages.values())
    assert any("{{ 7*7 }}" in page for page in pages.values())
    assert not any(">49<" in page for page in pages.values())


def test_no_released_csv_begins_a_cell_like_a_formula(attacked):
    for path in (attacked.out / "releases" / "latest").rglob("*.csv"):
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), (path.name, cell)
                assert not cell.startswith("-") or cell.strip("-").replace(".", "").replace("%", "").isdigit(), (path.name, cell)


def test_no_workbook_holds_a_formula(attacked):
    books = [*(attacked.out / "releases" / "latest").rglob("*.xlsx"), *(attacked.out / "receipts").glob("*.xlsx")]
    assert len(books) > len(TEXTS)
    for path in books:
        for sheet in openpyxl.load_workbook(path).worksheets:
            assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), path


def test_json_stays_json(attacked):
    for path in [*(attacked.out / "releases" / "latest").rglob("*.json*"), *(attacked.out / "receipts").glob("*.json")]:
        json.loads(path.read_text(encoding="utf-8"))


def test_the_honest_numbers_beside_them_are_unharmed(attacked):
    tables = attacked.released()
    assert (tables.value(EAST, period="2015-01", span="month"), tables.value("990102", period="2015-01", span="month")) == (3, 4)
    assert tables.value(CITY, period="2015-01", span="month") == 7


def test_free_text_of_a_clerk_is_answered_in_the_receipt_but_not_published(attacked):
    published = "".join(p.read_text(encoding="utf-8-sig") for p in (attacked.out / "releases" / "latest" / "csv").glob("*.csv") if p.stem != "regions")
    for text in ("alert(1)", "calc", "DROP TABLE", "passwd", "{{", "张三"):
        assert text not in published, text


@pytest.mark.parametrize("wanted", ["region_id=' OR 1=1 --", "region_id=<script>", "cell=../../etc/passwd"])
def test_explaining_a_hostile_key_finds_nothing(attacked, capsys, wanted):
    assert attacked.run("figures", wanted, command="explain") == 1
    assert attacked.run("figures; DROP TABLE figures", wanted, command="explain") == 2
    assert attacked.run("figures", 'region_id" OR "1=1', command="explain") == 2
    assert "Traceback" not in capsys.readouterr().err
