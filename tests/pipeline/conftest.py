"""An outside bureau that goes the whole road once, for all tests that only look at what came out."""

from __future__ import annotations

import io
import shutil

import openpyxl
import pytest
import summary

from .bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, Bureau, bureau_at

HAZARDS = """# 表号: F04
# 行政区划代码: {city}
# 报告期: 2015-01
地区,行业领域,一般隐患排查数,一般隐患整改数,其中立即整改,未整改(限期整改中),一般隐患整改率
东山县,合计,913,876,876,37,95.95
东山县,煤矿,400,390,390,10,97.5
东山县,危化,513,486,486,27,94.73
西水县,合计,100,90,80,10,80
"""
STANDARDS = """# 表号: F06
# 填报单位: 河阳市
# 行政区划代码: {city}
# 报告期: 2014Q4
地区,行业,应达标企业,一级,二级,三级,合计,达标率
东山县,危化,51,0,8,33,41,80.39
西水县,危化,20,0,5,5,9,45
"""


def workbook(*rows: list, title: str = "Sheet") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def outside_bureau(path) -> Bureau:
    """Two months of a city: plain rows, the official layout in a workbook, hazards, standardization, a correction and a broken file."""
    bureau = bureau_at(path, CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS, licence={"id": "CC-BY-4.0", "title": "署名", "url": "https://example.org/by"},
                       publisher={"zh": "河阳市应急管理局", "en": "Heyang bureau", "contact": ""}, peer_groups={"hills": [EAST, SOUTH]})
    bureau.write("targets.csv", f"year,region_id,indicator_id,category,target,doc_no,valid_from\n2015,{CITY},deaths,,40,河安委〔2015〕1号,2015-01-05\n"
                                f"2015,{EAST},deaths,,4,,\n2015,{WEST},deaths,,0,,\n")
    bureau.write("denominators.csv", f"year,region_id,gdp_100m_yuan,population,vintage,source\n2014,{CITY},500,1000000,2015-02-01,统计公报\n")
    bureau.report("2014", "2015-02-01", region_id=[CITY], deaths=[150], events=[600])
    bureau.report("2014-01", "2015-02-01T10:00", region_id=[EAST, WEST, SOUTH, OWN], deaths=[4, 2, 0, 1], events=[10, 8, 4, 1])
    # One row with its region and one number is a valid F02.
    bureau.send("2015/minimal.csv", f"form_id,region_id,period,deaths\nF02,{EAST},2015-01,3\n", "2015-02-05T09:00")
    bureau.report("2015-01", "2015-02-05", region_id=[WEST, SOUTH, OWN, ZONE], deaths=[2, 2, 0, 9], events=[9, 5, 0, 20])
    bureau.send("2015/hazards.csv", HAZARDS.format(city=CITY), "2015-02-06")
    bureau.send("2015/broken.csv", f"form_id,region_id,period,deaths\nF02,{EAST},2015-01,很多\nF02,999999,2015-01,1\n", "2015-02-06T10:00")
    bureau.send("2015/feb.xlsx", workbook(
        ["河阳市生产安全事故月报"], ["表号", "F02", None, "行政区划代码", EAST], ["报告期", "2015-02"],
        ["类别", "本月起数", "本月死亡", "累计起数", "累计死亡", "上年同期累计死亡", "死亡同比(累计)"],
        ["合计", 5, 1, 12, 4, 6, "-33.33"], ["煤矿", 1, 1, 2, 2, None, None],
    ), "2015-03-05")
    bureau.send("2015/standards.csv", STANDARDS.format(city=CITY), "2015-03-05T10:00")
    bureau.send("2015/january_corrected.csv", f"form_id,region_id,period,deaths,events\nF02,{WEST},2015-01,4,9\n", "2015-03-06")
    return bureau


@pytest.fixture(scope="session")
def outside(tmp_path_factory) -> Bureau:
    """The outside bureau after `worksafety run`."""
    bureau = outside_bureau(tmp_path_factory.mktemp("outside"))
    assert bureau.run() == 0
    return bureau


@pytest.fixture(scope="session")
def office(request) -> str:
    """LibreOffice; where there is none, the tests that need it are skipped and the end of the run says so."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        summary.say(request.config, "没有 LibreOffice / no LibreOffice",
                    "空白表在电子表格程序中的测试未运行：没有找到 LibreOffice。请运行 make office，然后重新 make test。",
                    "The tests of blank workbooks in a spreadsheet program did NOT run: no LibreOffice was found. Run `make office`, then `make test` again.",
                    bad=True)
        pytest.skip("没有 LibreOffice，请先 make office / no LibreOffice: run `make office` first")
    return found
