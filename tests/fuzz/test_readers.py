"""Whatever arrives is accepted or rejected, and never ends in a traceback: random, mutated and half-right files of every kind.

`make fuzz` goes on from here for as long as it is told, guided by coverage.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import struct

import pytest
import surgery
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messy import compound, page, record

from pipelines.intake import cells, sheets


def run(examples: int) -> settings:
    """So many examples, each of which must end soon."""
    return settings(max_examples=examples, deadline=dt.timedelta(seconds=20), suppress_health_check=list(HealthCheck), print_blob=True)


WHOLE = surgery.whole()
WORDS = st.one_of(st.sampled_from(surgery.WORDS), st.text(max_size=12), st.integers(-10**6, 10**6).map(str))
VALUES = st.one_of(WORDS, st.floats(), st.integers(-10**12, 10**12), st.booleans(), st.none(), st.dates(), st.times(), st.datetimes())


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return surgery.reader(tmp_path_factory.mktemp("fuzz"))


@st.composite
def mutated(draw, data: bytes) -> bytes:
    """Bytes with a few places overwritten, cut out or put in."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(result) - 1)))
        kind = draw(st.sampled_from("set cut put copy".split()))
        if kind == "set" and result:
            result[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del result[place : place + draw(st.integers(1, 64))]
        elif kind == "put":
            result[place:place] = draw(st.one_of(st.binary(max_size=16), st.sampled_from([b"\xff" * 4, b"\x00" * 8, b"<!--", b"-->", b"<f>", b"</c>", b'"', b"&amp;", b"]]>"])))
        elif result:
            other = draw(st.integers(0, len(result) - 1))
            result[place:place] = result[other : other + 40]
    return bytes(result)


@run(100)
@given(st.data())
def test_a_good_file_with_some_bytes_wrong(reader, data):
    surgery.check(reader.read(data.draw(mutated(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))]))))


@run(100)
@given(st.data())
def test_a_workbook_of_which_a_part_is_wrong_and_the_archive_right(reader, data):
    parts = dict(data.draw(st.sampled_from([surgery.XLSX, surgery.ERRORS, surgery.ODS])))
    name = data.draw(st.sampled_from([n for n in parts if "sheet" in n or n in ("content.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml")]))
    parts[name] = data.draw(mutated(parts[name]))
    surgery.check(reader.read(surgery.zipped(parts)))


@run(100)
@given(st.data())
def test_an_old_workbook_of_which_a_record_is_wrong_and_the_container_right(reader, data):
    found = surgery.records(surgery.stream_of(surgery.XLS))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(found) - 1))
        kind, content = found[place]
        action = data.draw(st.sampled_from("content kind drop repeat swap".split()))
        if action == "content":
            found[place] = kind, data.draw(mutated(content))[:8_000]
        elif action == "kind":
            found[place] = data.draw(st.sampled_from([0x00FD, 0x0203, 0x027E, 0x00BD, 0x0204, 0x0006, 0x0207, 0x00E5, 0x0085, 0x0042, 0x000A, 0x003C, 0x00FC])), content
        elif action == "drop":
            del found[place]
        elif action == "repeat":
            found[place:place] = [found[place]] * 3
        else:
            other = data.draw(st.integers(0, len(found) - 1))
            found[place], found[other] = found[other], found[place]
        if not found:
            break
    surgery.check(reader.read(surgery.old(b"".join(record(kind, content) for kind, content in found))))


@run(60)
@given(st.integers(0, 511), st.sampled_from([0, 1, 2, 7, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF]), st.integers(0, 2))
def test_an_old_workbook_of_which_the_container_is_wrong(reader, place, value, times):
    data = bytearray(surgery.XLS)
    struct.pack_into("<I", data, (place + times * 512) % (len(data) - 4), value)
    surgery.check(reader.read(bytes(data)))


@run(80)
@given(st.lists(st.lists(VALUES, max_size=8), max_size=9), st.lists(st.tuples(*[st.integers(1, 8)] * 4), max_size=3), st.booleans())
def test_a_workbook_of_anything(reader, rows, merged, with_envelope):
    import io

    import openpyxl

    book = openpyxl.Workbook()
    if with_envelope:
        for row in surgery.ROWS[:3]:
            book.active.append(row)
    for r, row in enumerate(rows, start=4):
        for c, value in enumerate(row, start=1):
            if isinstance(value, str):
                value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value).encode("utf-8", "ignore").decode()
            if isinstance(value, dt.date) and value.year < 1900:
                continue
            book.active.cell(r, c, value)
    for top, left, down, across in merged:
        book.active.merge_cells(start_row=top, start_column=left, end_row=top + down, end_column=left + across)
    buffer = io.BytesIO()
    book.save(buffer)
    surgery.check(reader.read(buffer.getvalue()))


@run(150)
@given(st.lists(st.lists(WORDS, max_size=8), max_size=10), st.sampled_from(",\t;"), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"]), st.booleans())
def test_a_text_file_of_anything(reader, rows, delimiter, encoding, with_envelope):
    text = "\n".join(delimiter.join(row) for row in rows)
    if with_envelope:
        text = f"# 表号: F02\n# 行政区划代码: {surgery.CITY}\n# 报告期: 2015-03\n地区{delimiter}类别{delimiter}起数{delimiter}死亡{delimiter}死亡同比\n{text}"
    surgery.check(reader.read(text.encode(encoding, "ignore")))


@run(100)
@given(st.lists(st.one_of(WORDS, st.sampled_from(["<table>", "</table>", "<tr>", "</tr>", "<td>", "<td rowspan=3>", "<th colspan=2>", "</td>", "<!--", "-->", "<script>", "</script>", "<p>", "<br>",
                                                  "<td a='", "&#99999999;", "&nbsp;", "<"])), max_size=40))
def test_a_web_page_of_anything(reader, pieces):
    surgery.check(reader.read(page("".join(pieces)).encode("utf-8", "ignore")))


@run(100)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda b: b"PK\x03\x04" + b), st.binary(max_size=2_000).map(compound),
                 st.binary(max_size=600).map(lambda b: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b)))
def test_bytes_of_no_kind(reader, data):
    surgery.check(reader.read(data))
    with contextlib.suppress(sheets.Unreadable):
        sheets.open_book(data)


def test_a_container_whose_list_of_sectors_goes_on_where_the_file_ends(reader):
    """Found by `make fuzz`."""
    data = bytearray(compound(b""))
    struct.pack_into("<I", data, 68, len(data) // 512 - 1)
    parsed = reader.read(bytes(data))
    assert [f.check_id for f in parsed.findings] == ["BROKEN_FILE"]


@run(300)
@given(st.one_of(VALUES, st.text(alphabet="0123456789年月日号时分点:-/.上下午半〇一二三四五六七八九十廿卅百千万亿星期T ", max_size=24)), st.sampled_from(["", "2015", "2015-03", "2016-11..2017-02", "2015Q1"]))
def test_a_cell_of_anything(value, period):
    for read in (cells.read_date, cells.read_datetime):
        assert read(value, period) is None or isinstance(read(value, period), dt.date)
    assert isinstance(cells.read_time(value), str | None) and isinstance(cells.read_flag(value), bool | None)
    cell = cells.read(value)
    assert (cell.value is not None) == (cell.status == "value")
    cells.read_printed(value, signed=True)
