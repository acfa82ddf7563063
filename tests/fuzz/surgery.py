"""Files that are nearly right: parts of real workbooks with other bytes in them, put together so that the damage is only where it is meant to be."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [path for path in (str(HERE.parent), str(HERE.parent / "unit")) if path not in sys.path]

from messy import compound, csv, excel95, page, table  # noqa: E402
from pipeline.bureau import CITY, CITY_AND_COUNTIES, EAST, ZONE_AND_OWN_UNITS, bureau_at  # noqa: E402

MESSY = HERE.parent / "fixtures" / "messy"
ROWS = [["表号", "F02", "行政区划代码", float(CITY)], ["报告期", "2015-03"], ["地区", "类别", "起数", "死亡", "死亡同比", "备注"], ["东山县", "合计", 3.0, 1.0, "持平", "补报"],
        ["西水县", "小计", "5(其中较大1)", "—", -12.5]]
WORDS = ["F02", "F04", "表号", "报告期", "2015-03", "2015", "2015Q1", "行政区划代码", CITY, EAST, "填报单位", "河阳市", "地区", "东山县", "西水", "类别", "合计", "小计", "市本级", "煤矿", "其中：煤矿", "一、",
         "起数", "死亡", "本月", "累计", "本月起数", "1-3月", "死亡同比", "死亡占年控制指标", "直接经济损失(元)", "金额单位", "万元", "单位", "统计口径", "备注", "序号", "填报人：", "甲", "1", "0.5", "-3",
         "(5)", "*6", "约三百", "一千二百", "#REF!", "—", "无", "", " ", "鍦板尯", "2015年3月1日", "#", "# 表号: F02", "\"", "<td>", "&#x4e00;", "是", "1e308", "9" * 30, "，", "：", "|"]


def reader(folder: Path):
    """A reader of a city with three counties."""
    from pipelines import jurisdiction as jurisdictions
    from pipelines.intake.table import Reader

    return Reader(jurisdictions.load(bureau_at(folder, CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS).folder))


def parts(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(MESSY / name) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def zipped(content: dict[str, bytes]) -> bytes:
    """An archive with right sizes and checksums."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


XLSX, ODS, ERRORS = parts("monthly.xlsx"), parts("monthly.ods"), parts("errors.xlsx")
XLS = (MESSY / "monthly.xls").read_bytes()


def stream_of(data: bytes) -> bytes:
    """The workbook stream of an old workbook."""
    from pipelines.intake.compound import workbook_stream

    return workbook_stream(data)


def old(stream: bytes) -> bytes:
    """An old workbook with this stream."""
    return compound(stream[: 512 * 100])


def records(stream: bytes) -> list[tuple[int, bytes]]:
    found, position = [], 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        found.append((kind, stream[position + 4 : position + 4 + length]))
        position += 4 + length
    return found


def whole() -> dict[str, bytes]:
    """A good file of each kind."""
    return {
        "xlsx": zipped(XLSX), "errors": zipped(ERRORS), "ods": zipped(ODS), "xls": XLS, "xls95": excel95(ROWS),
        "html": page(table(*[["" if v is None else v for v in row] for row in ROWS])).encode("gbk"),
        "csv": csv("地区,类别,起数,死亡,备注", "东山县,合计,3,1,补报", "西水县,煤矿,5,—,"), "tsv": csv("地区\t死亡", "东山县\t1").decode().encode("utf-16"),
    }


def check(parsed) -> None:
    """What must be true of every reading: it ends in rows or findings, each finding has its message, and all of it can be written down."""
    from expectations import compile as suites

    catalogue = suites.messages()
    assert parsed.rows or parsed.findings
    for finding in parsed.findings:
        assert finding.check_id != "READER_FAILED", finding
        message = catalogue[finding.check_id]
        for language in ("zh", "en"):
            message.render(language, value=finding.value, expected=finding.expected).encode("utf-8")
        (finding.sheet + finding.cell).encode("utf-8")
    for row in parsed.rows:
        assert row.region_id and row.period
        assert all(abs(value) < 10**15 for value in row.values.values())
        repr(row.fields).encode("utf-8"), row.note.encode("utf-8")
