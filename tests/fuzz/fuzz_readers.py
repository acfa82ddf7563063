"""Fuzzing of the readers guided by coverage, for a stated time: `make fuzz FUZZ_SECONDS=300`.

Needs atheris (`pip install -e .[fuzz]`, Linux). A file that ends in anything but rows or findings stops the run; it is kept as
`build/fuzz/crash-…`, and the first byte of it says which door it came through (DOORS).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT), str(HERE)]

try:
    import atheris
except ImportError:
    sys.exit("没有安装 atheris，未做模糊测试：pip install -e .[fuzz]（仅 Linux）\natheris is not installed, nothing was fuzzed: pip install -e .[fuzz] (Linux only)")

with atheris.instrument_imports(include=["pipelines.intake", "pipelines.reference", "transforms.periods", "html", "csv"]):
    from pipelines.intake import cells, table

assert table  # imported for its instrumentation

import surgery  # noqa: E402

SHEET = "xl/worksheets/sheet1.xml"
DOORS = "file sheet strings workbook styles content stream text page cell".split()


def through(door: str, data: bytes) -> bytes:
    """The file that these bytes make at a door: a whole file, or one part of a good file."""
    if door in ("sheet", "strings", "workbook", "styles"):
        part = {"sheet": SHEET, "strings": "xl/sharedStrings.xml", "workbook": "xl/workbook.xml", "styles": "xl/styles.xml"}[door]
        return surgery.zipped({**surgery.XLSX, part: data})
    if door == "content":
        return surgery.zipped({**surgery.ODS, "content.xml": data})
    if door == "stream":
        return surgery.old(data)
    if door == "text":
        return f"# 表号: F02\n# 行政区划代码: {surgery.CITY}\n# 报告期: 2015-03\n".encode() + data
    return b"<html><body>" + data if door == "page" else data


def seeds() -> list[bytes]:
    """Good files, each behind the byte of its door."""
    found = [bytes([0]) + data for data in surgery.whole().values()]
    for door, part in (("sheet", SHEET), ("strings", "xl/sharedStrings.xml"), ("workbook", "xl/workbook.xml"), ("styles", "xl/styles.xml")):
        found += [bytes([DOORS.index(door)]) + book[part] for book in (surgery.XLSX, surgery.ERRORS)]
    found.append(bytes([DOORS.index("content")]) + surgery.ODS["content.xml"])
    found.append(bytes([DOORS.index("stream")]) + surgery.stream_of(surgery.XLS).rstrip(b"\x00"))
    found.append(bytes([DOORS.index("text")]) + "地区,类别,本月起数,累计死亡,死亡同比,备注\n东山县,煤矿,3,1,持平,\n合计,小计,5(其中较大1),—,-12.5%,填报人：\n".encode())
    found.append(bytes([DOORS.index("page")]) + surgery.whole()["html"].decode("gbk").encode())
    return found + [bytes([DOORS.index("cell")]) + word.encode() for word in surgery.WORDS]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=60, help="how long")
    arguments.add_argument("--out", type=Path, default=ROOT / "build" / "fuzz", help="where the corpus and the findings are kept")
    arguments.add_argument("--file", type=Path, help="look at one kept file instead")
    given = arguments.parse_args()
    reader = surgery.reader(Path(tempfile.mkdtemp()))

    def one(data: bytes) -> None:
        if not data:
            return
        door = DOORS[data[0] % len(DOORS)]
        if door != "cell":
            surgery.check(reader.read(through(door, data[1:])))
            return
        text = data[1:].decode("utf-8", "ignore")
        for money in ("", "元", "万元"):
            cell = cells.read(text, money)
            assert (cell.value is not None) == (cell.status == "value") and (cell.status == "error") == bool(cell.problem)
        for read in (cells.read_printed, cells.read_date, cells.read_time, cells.read_datetime, cells.read_flag, cells.read_text):
            read(text)

    if given.file:
        one(given.file.read_bytes())
        return
    corpus = given.out / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed{number:03d}").write_bytes(seed)
    atheris.Setup([sys.argv[0], str(corpus), f"-max_total_time={given.seconds}", "-timeout=25", "-rss_limit_mb=3000", "-max_len=20000", "-print_final_stats=1",
                   f"-artifact_prefix={given.out}/"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
