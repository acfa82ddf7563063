"""The catalogue of messy files, M01 to M25: each kind of mess is read for what it means, or answered with what is wrong; nothing is guessed.

M17 (a later file with the same name) is in tests/pipeline/test_vintages.py; M10, M16 and M24 go on where files are compared with earlier ones.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from messy import checks, csv, excel95, found, numbers, page, table, the
from pipeline.bureau import CITY, EAST, OWN, WEST, bureau_at

from pipelines import jurisdiction as jurisdictions
from pipelines.intake import cells, sheets
from pipelines.intake.table import Reader

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "messy"
PLAIN = csv("地区,起数,死亡,备注", "东山县,3,1,补报一起", "西水县,5,—,")
TOTAL = "TOTAL"


def meaning(parsed) -> tuple:
    return parsed.form.id, parsed.region_id, parsed.period, numbers(parsed), [r.note for r in parsed.rows], found(parsed)


# --- M01 encodings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_m01_every_encoding_in_use_reads_the_same(reader, encoding):
    assert meaning(reader.read(PLAIN.decode().encode(encoding))) == meaning(reader.read(PLAIN))


def test_m01_a_character_that_only_gb18030_has_is_kept(reader):
    parsed = reader.read(PLAIN.decode().replace("补报", "㐂𠮷").encode("gb18030"))
    assert parsed.rows[0].note == "㐂𠮷一起"


def test_m01_a_file_joined_from_two_encodings_is_refused_with_the_line(reader):
    mixed = PLAIN.decode().splitlines(keepends=True)
    parsed = reader.read("".join(mixed[:5]).encode("gbk") + mixed[5].encode("utf-8"))
    assert [(f.check_id, f.value) for f in parsed.findings] == [("MIXED_ENCODING", "6")]


def test_m01_bytes_of_no_encoding_are_refused_and_never_read_with_gaps(reader):
    assert found(reader.read(PLAIN.decode().encode("gb18030") + b"\xff\xff\n")) == [("UNKNOWN_ENCODING", "")]
    assert found(reader.read(b"\xef\xbb\xbf" + PLAIN.decode().encode("gbk"))) == [("UNKNOWN_ENCODING", "")]


# --- M02 kinds of file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
def test_m02_a_workbook_that_a_real_program_saved_reads_the_same_in_every_format(reader, kind):
    parsed = reader.read((FIXTURES / f"monthly.{kind}").read_bytes())
    assert (parsed.form.id, parsed.region_id, parsed.period) == ("F02", CITY, "2015-03")
    assert numbers(parsed) == {
        (EAST, "month", TOTAL): {"events": 3, "deaths": 1, "loss": 411_000}, (EAST, "ytd", TOTAL): {"events": 10, "deaths": 4},
        (WEST, "month", TOTAL): {"events": 5}, (WEST, "ytd", TOTAL): {"events": 12, "deaths": 2},
        (CITY, "month", TOTAL): {"events": 8, "deaths": 1, "loss": 411_000}, (CITY, "ytd", TOTAL): {"events": 22, "deaths": 6},
    }
    assert [(c.row.region_id, c.kind, c.printed) for c in parsed.companions] == [(EAST, "progress", "50.00%"), (WEST, "progress", "28.57%")]
    assert [row.note for row in parsed.rows[::2]] == ["补报一起", "2015-04-08", ""]
    assert [(f.check_id, f.sheet, f.value) for f in parsed.findings] == [("HIDDEN_SHEET", "草稿", "2")]


def test_m02_an_excel_95_workbook_in_the_chinese_code_page_reads_the_same(reader):
    rows = [["表号", "F02", "行政区划代码", float(CITY)], ["报告期", "2015-03"], ["地区", "起数", "死亡", "备注"], ["东山县", 3.0, 1.0, "补报一起"], ["西水县", 5.0, "—"]]
    assert meaning(reader.read(excel95(rows))) == meaning(reader.read(PLAIN))
    assert found(reader.read(excel95(rows, code_page=12345))) == [("UNKNOWN_ENCODING", "")]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_m02_a_web_page_named_xls_reads_the_same(reader, encoding):
    """As exported by reporting systems: scripts and comments are ignored, merged cells filled, text outside the table is read as lines."""
    rows = [["表号：F02", "行政区划代码", CITY, "报告期", "2015-03"], ["地区", "<b>起 数</b>", "死亡<br>", "备注", ""], ["东山县", "3&nbsp;", "1", "补报<span>一起</span>", ""],
            ["西水县", "5", "&mdash;", "", ""]]
    assert meaning(reader.read(page(table(*rows)).encode(encoding))) == meaning(reader.read(PLAIN))
    loose = page("<h1>河阳市月报</h1><p>表号：F02</p><p>行政区划代码：990100</p><div>报告期：2015-03</div>", table(*rows[1:]))
    assert meaning(reader.read(loose.encode(encoding))) == meaning(reader.read(PLAIN))


def test_m02_merged_cells_of_a_web_page_are_filled(reader):
    body = table(["表号：F02", CITY, "报告期：2015-03"], ["地区", "本月", "累计"], ["起数", "死亡", "起数", "死亡"], ["东山县", 3, 1, 10, 4],
                 attributes={(1, 0): "rowspan=2", (1, 1): "colspan='2'", (1, 2): 'colspan="2"'})
    parsed = reader.read(page("<p>行政区划代码：990100</p>", body).encode("gbk"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 3, "deaths": 1}, (EAST, "ytd", TOTAL): {"events": 10, "deaths": 4}}


def test_m02_delimited_text_is_read_whatever_its_name(reader):
    assert meaning(reader.read(PLAIN.replace(b",", b"\t"))) == meaning(reader.read(PLAIN))
    assert meaning(reader.read(b"sep=;\n" + PLAIN.replace(b",", b";"))) == meaning(reader.read(PLAIN))


def test_m02_a_number_merged_over_two_lines_belongs_to_neither(reader, workbook):
    rows = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "起数", "死亡"], ["东山县", 3, 1], ["西水县", None, 2]]
    parsed = reader.read(workbook(rows, merged=["B5:B6"]))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1}, (WEST, "month", TOTAL): {"deaths": 2}}
    assert (the(parsed, "MERGED_NUMBER").cell, the(parsed, "MERGED_NUMBER").expected) == ("B5", "B5:B6")


# --- M03 mojibake ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("damaged", "offered"), [
    ("毙掠嗍邪脖", "”新余市安"), ("柄椞妒邪脖", "”鷹潭市安"), ("推進(jìn)安全發(fā)展", "推進安全發展"), ("鍦板尯", "地区"), ("µØÇø", "地区"), ("åœ°åŒº", "地区"),
])
def test_m03_damaged_text_is_offered_repaired_and_kept_as_it_is(reader, damaged, offered):
    parsed = reader.read(csv("地区,类别,死亡", f"东山县,{damaged},1"))
    finding = the(parsed, "MOJIBAKE")
    assert (finding.cell, cells.text_of(finding.value), finding.expected) == ("B5", cells.text_of(damaged), cells.text_of(offered))
    assert "UNKNOWN_CODE" in checks(parsed) and not parsed.rows
    header = reader.read(csv(f"地区,死亡,{damaged}", "东山县,1,x"))
    assert the(header, "MOJIBAKE").cell == "C4" and numbers(header) == {(EAST, "month", TOTAL): {"deaths": 1}}


def test_m03_text_that_is_whole_is_left_alone(reader):
    for text in ("联通公司", "东山縣", "鉛山", "甲烷(ppm)", "上海(GDP)", "㐂𠮷"):
        assert "MOJIBAKE" not in checks(reader.read(csv("地区,死亡," + text, "东山县,1,x"))), text


# --- M04 headers -------------------------------------------------------------------------------------------------------

MONTH_AND_YEAR = {(EAST, "month", TOTAL): {"events": 3, "deaths": 1}, (EAST, "ytd", TOTAL): {"events": 10, "deaths": 4}}


@pytest.mark.parametrize("header", [
    ["地区,本月,,累计,", ",起数,死亡,起数,死亡"],
    ["地区,本月,本月,累计,累计", "地区,起数,死亡,起数,死亡"],
    ["地区,本月起数,本月死亡,累计起数,累计死亡"],
    ["地区,本月｜起数,本月｜死亡,累计｜起数,累计｜死亡"],
    ["地区,本月_起数,本月_死亡,累计_起数,累计_死亡"],
    ["地区,本月-起数,本月/死亡,累计 起数,累计·死亡"],
    ["地区,起数（本月）,死亡（本月）,起数（累计）,死亡（累计）"],
    ["地区,3月起数,3月死亡,1-3月起数,1—3月死亡"],
    ["地区,当月起数,当月死亡,年初至今起数,本年累计死亡"],
    ["地区,起数,,死亡,", ",本月,累计,本月,累计"],
    ["地区,事故情况,,,", ",本月,,累计,", ",起数,死亡,起数,死亡"],
    ["地区,指标,指标,指标,指标", "地区,本月,本月,累计,累计", "地区,起数,死亡,起数,死亡"],
    ["地区,本月,,累计,", ",起数,死亡,起数,死亡", ",起,人,起,人"],
    ["地区,本月,,累计,", ",起数,死亡,起数,死亡", "甲,1,2,3,4"],
])
def test_m04_headers_of_one_to_three_rows_are_joined(reader, header):
    order = "东山县,3,10,1,4" if header[0] == "地区,起数,,死亡," else "东山县,3,1,10,4"
    parsed = reader.read(csv(*header, order))
    assert (numbers(parsed), found(parsed)) == (MONTH_AND_YEAR, [])


def test_m04_a_merged_header_of_three_rows_is_read(reader, workbook):
    parsed = reader.read(workbook(
        [["河阳市事故月报"], ["表号", "F02", None, "报告期", "2015-03"], ["填报单位", "河阳市"],
         ["地区", "生产安全事故情况", None, None, None], [None, "本月", None, "累计", None], [None, "起数", "死亡", "起数", "死亡"], ["东山县", 3, 1, 10, 4]],
        merged=["A1:E1", "A4:A6", "B4:E4", "B5:C5", "D5:E5"]))
    assert (numbers(parsed), found(parsed)) == (MONTH_AND_YEAR, [])


def test_m04_a_group_that_the_form_does_not_know_is_not_dropped_from_the_name_of_its_columns(reader, workbook):
    rows = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "起数", "其中农村", None], [None, None, "死亡", "重伤"], ["东山县", 3, 1, 2]]
    parsed = reader.read(workbook(rows, merged=["A4:A5", "B4:B5", "C4:D4"]))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 3}}
    assert [(f.check_id, f.value) for f in parsed.findings] == [("UNKNOWN_COLUMN", "其中农村|死亡"), ("UNKNOWN_COLUMN", "其中农村|重伤")]


def test_m04_a_month_in_the_header_must_be_the_month_of_the_file(reader):
    parsed = reader.read(csv("地区,2月起数,死亡", "东山县,9,1"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1}}
    assert found(parsed) == [("UNKNOWN_COLUMN", "B4")]


# --- M05 titles and footers --------------------------------------------------------------------------------------------


def test_m05_titles_and_signatures_are_no_data_and_no_name_is_kept(reader, workbook):
    rows = [["河阳市生产安全事故月报"], ["表号：F02    报告期：2015年3月    单位：万元"], ["填报单位(盖章)：河阳市应急管理局", None, None, "填报人：张三丰"],
            ["序号", "地区", "起数", "死亡"], [1, "东山县", 3, 1], [2, "西水县", 5, 2],
            ["填 报 人：张三丰", None, "审核人：李四光", None], ["负责人", "王五", "联系电话", "0791-1234567"], [None, "审核人", "李四光", 13800000000],
            ["报出日期：2015年4月8日"], ["注：含补报"], ["（公章）"]]
    parsed = reader.read(workbook(rows))
    assert (parsed.form.id, parsed.region_id, parsed.period) == ("F02", CITY, "2015-03")
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 3, "deaths": 1}, (WEST, "month", TOTAL): {"events": 5, "deaths": 2}}
    assert found(parsed) == []
    assert not any(name in repr(parsed) for name in ("张三丰", "李四光", "王五", "1234567", "13800000000"))


# --- M06 and M07 numbers -----------------------------------------------------------------------------------------------


def test_m06_full_width_digits_thousands_and_apostrophes_are_read(reader):
    parsed = reader.read(csv("地区,起数,死亡,重伤,失踪,死亡同比", '东山县,１２,"１，２３４","1,234",1 234,－１２．５０％', "'９９０１０２,'5,0,0,0,"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 12, "deaths": 1234, "serious": 1234, "missing": 1234},
                               (WEST, "month", TOTAL): {"events": 5, "deaths": 0, "serious": 0, "missing": 0}}
    assert [c.value for c in parsed.companions] == [Decimal("-12.50")]
    assert found(parsed) == []


@pytest.mark.parametrize(("written", "number", "qualifier"), [
    ("一千二百", 1200, "exact"), ("十三", 13, "exact"), ("两", 2, "exact"), ("廿五", 25, "exact"), ("二〇一五", 2015, "exact"), ("一百零五", 105, "exact"),
    ("一万二千三百", 12_300, "exact"), ("壹佰贰拾叁", 123, "exact"), ("三十万", 300_000, "rounded(10^4)"), ("一点三亿", 130_000_000, "rounded(10^7)"),
    ("11.85万", 118_500, "rounded(10^2)"), ("1.3亿", 130_000_000, "rounded(10^7)"), ("5.2万余", 52_000, "ge"), ("近20万", 200_000, "le"), ("3千", 3_000, "rounded(10^3)"),
    ("百余", 100, "ge"), ("二十多", 20, "ge"), ("约三百", 300, "approx"), ("不到十", 10, "le"),
])
def test_m07_chinese_numerals_and_words_for_magnitudes(written, number, qualifier):
    cell = cells.read(written)
    assert (cell.value, cell.qualifier) == (number, qualifier)


@pytest.mark.parametrize("written", ["三百五", "一千二", "三四", "几十", "数百", "一五", "十十", "万万", "零零一百", "点五", "三点"])
def test_m07_a_numeral_that_could_be_two_numbers_is_refused(written):
    assert cells.read(written).problem == "NOT_A_NUMBER"


def test_m07_money_in_words(reader):
    assert cells.read("1.3亿元", "万元").value == 130_000_000
    assert cells.read("一千二百元", "万元").value == 1_200
    assert cells.read("11.85万", "元").value == 118_500


# --- M08 per cent ------------------------------------------------------------------------------------------------------


def test_m08_a_whole_column_of_fractions_is_asked_about_and_never_multiplied(reader):
    form = {"表号": "F04"}
    fractions = reader.read(csv("地区,一般隐患排查数,一般隐患整改数,一般隐患整改率", "东山县,100,96,0.96", "西水县,50,50,1", **form))
    assert [c.printed for c in fractions.companions] == ["0.96", "1"]
    finding = the(fractions, "PCT_SCALE")
    assert (finding.cell, finding.value, finding.expected) == ("D4", "0.96", "一般隐患整改率")
    for fine in (("96.00", "100"), ("96%", "100%"), ("0.96%", "0.5%"), ("0.96", "100"), ("0", "0"), ("—", "")):
        parsed = reader.read(csv("地区,一般隐患排查数,一般隐患整改率", f"东山县,100,{fine[0]}", f"西水县,50,{fine[1]}", **form))
        assert "PCT_SCALE" not in checks(parsed), fine


def test_m08_a_small_rate_that_its_own_row_gives_is_in_per_cent(reader):
    def read(rate):
        return checks(reader.read(csv("地区,注册企业,上年末注册企业,增长率", f"东山县,2120,2100,{rate}", **{"表号": "F12"})))

    assert "PCT_SCALE" not in read("0.95")  # (2120 - 2100) / 2100
    assert "PCT_SCALE" in read("0.0095")


def test_m08_small_changes_are_suspicious_only_where_there_are_several(reader):
    def read(*changes):
        return checks(reader.read(csv("地区,类别,死亡,死亡同比", *(f"东山县,{kind},1,{change}" for kind, change in zip(("合计", "煤矿", "火灾"), changes, strict=False)))))

    assert "PCT_SCALE" not in read("0.5")
    assert "PCT_SCALE" in read("0.5", "-0.25", "0.1")
    assert "PCT_SCALE" not in read("0.5", "-25", "0.1")


def test_m08_a_percentage_by_cell_format_is_read_as_the_clerk_sees_it(reader, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [["表号", "F04"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "一般隐患排查数", "一般隐患整改数", "一般隐患整改率"], ["东山县", 913, 876, 0.9594743]]:
        book.active.append(row)
    book.active["D5"].number_format = "0.00%"
    book.save(tmp_path / "a.xlsx")
    parsed = reader.read((tmp_path / "a.xlsx").read_bytes())
    assert [c.printed for c in parsed.companions] == ["95.95%"]
    assert found(parsed) == []
    book.active["B5"].number_format = "0%"  # a count that shows 91300%
    book.save(tmp_path / "b.xlsx")
    parsed = reader.read((tmp_path / "b.xlsx").read_bytes())
    assert (parsed.rows[0].values["gen_found"], the(parsed, "UNIT_MISMATCH").value) == (913, "91300%")


# --- M09 dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [
    "2015年3月1日", "2015.3.1", "15/3/1", "20150301", 42064, 42064.0, "42064", "3月1日", "3月1号", "2015-03-01", "2015/03/01", "２０１５．３．１", "2015 年 3 月 1 日",
    "二〇一五年三月一日", "2015年3月1日星期日", "2015-03-01 08:30", "2015年3月1日8时30分", "2015、3、1", dt.date(2015, 3, 1), dt.datetime(2015, 3, 1, 9),
])
def test_m09_every_form_of_a_date_is_the_first_of_march(written):
    assert cells.read_date(written, "2015-03") == dt.date(2015, 3, 1)


@pytest.mark.parametrize("written", ["2015年3月", "2015-03", "昨天", "2015-02-30", "13/13/13", "3.1", "99/3/1", "", 3, 12.5, "2015", True, "32日", "3月32日"])
def test_m09_what_is_no_day_is_no_date(written):
    assert cells.read_date(written, "2015-03") is None


def test_m09_a_day_without_a_year_lies_in_the_period():
    assert cells.read_date("2月3日", "2016-11..2017-02") == dt.date(2017, 2, 3)
    assert cells.read_date("12月3日", "2016-11..2017-02") == dt.date(2016, 12, 3)
    assert cells.read_date("5月3日", "2016-11..2017-02") is None
    assert cells.read_date("5月3日") is None


def test_m09_times_and_flags():
    assert [cells.read_time(t) for t in ("8:30", "08：30", "8时30分", "8点半", "下午3点20分", "20时许", "25:00", "8")] == ["08:30", "08:30", "08:30", "08:30", "15:20", "20:00", None, None]
    assert cells.read_datetime("2015年3月1日 下午3点20分") == dt.datetime(2015, 3, 1, 15, 20)
    assert cells.read_datetime("2015-03-01T08:30:00") == cells.read_datetime("2015.3.1 8:30") == cells.read_datetime("3月1日8时30分", "2015-03") == dt.datetime(2015, 3, 1, 8, 30)
    assert [cells.read_flag(t) for t in ("是", "√", "已落实", 1.0, "Y", "☑", "否", "×", "未", 0, "无", "也许", 2)] == [True] * 6 + [False] * 5 + [None] * 2


def test_m09_a_month_that_a_spreadsheet_made_a_day_of_is_that_month(reader, workbook):
    for written in (dt.date(2015, 3, 1), "2015年3月", "2015.3", 201503, "２０１５－０３"):
        parsed = reader.read(workbook([["表号", "F02"], ["行政区划代码", CITY], ["报告期", written], ["地区", "报告期", "死亡"], ["东山县", None, 1], ["西水县", written, 2]]))
        assert {row.period for row in parsed.rows} == {"2015-03"}, written
        assert found(parsed) == []
    doubtful = reader.read(workbook([["表号", "F02"], ["行政区划代码", CITY], ["报告期", 2015.1], ["地区", "死亡"], ["东山县", 1]]))
    assert "BAD_PERIOD" in checks(doubtful), "2015.1 as a number may have been 2015.10"


# --- M10 money ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "header", "written", "yuan"), [
    ("万元", "直接经济损失", "41.1", 411_000), ("元", "直接经济损失", "411000", 411_000), ("元", "直接经济损失(万元)", "41.1", 411_000), ("万元", "直接经济损失（元）", "411000", 411_000),
    ("元", "直接经济损失", "41.1万元", 411_000), ("千元", "直接经济损失", "411", 411_000), ("亿元", "直接经济损失", "0.00411", 411_000), ("万元", "直接经济损失[单位:元]", "411000", 411_000),
    ("起、人、万元", "直接经济损失", "41.1", 411_000), ("人民币元", "直接经济损失", "411000", 411_000), (None, "直接经济损失", "41.1", 411_000),
])
def test_m10_the_unit_in_the_cell_wins_over_the_header_and_the_header_over_the_envelope(reader, unit, header, written, yuan):
    parsed = reader.read(csv(f"地区,{header}", f"东山县,{written}", 金额单位=unit))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"loss": yuan}}
    assert found(parsed) == []


def test_m10_a_unit_row_below_the_header_wins_too(reader):
    parsed = reader.read(csv("地区,死亡,直接经济损失", "计量单位,人,元", "东山县,1,411000"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1, "loss": 411_000}}


def test_m10_an_unknown_unit_of_money_is_not_taken_for_a_known_one(reader):
    assert "UNKNOWN_MONEY_UNIT" in checks(reader.read(csv("地区,直接经济损失", "东山县,41.1", 金额单位="美元")))


# --- M11 totals --------------------------------------------------------------------------------------------------------


def test_m11_total_rows_anywhere_are_the_senders_own_and_never_added(reader):
    parsed = reader.read(csv("地区,死亡", "东山县,1", "合 计,6", "西水县,2", "市本级,3"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1}, (CITY, "month", TOTAL): {"deaths": 6}, (WEST, "month", TOTAL): {"deaths": 2},
                               (OWN, "month", TOTAL): {"deaths": 3}}
    assert found(parsed) == []


@pytest.mark.parametrize("word", ["合计", "总计", "全市", "全县", "小计", "Total", "河阳市合计"])
def test_m11_words_for_the_whole(reader, word):
    assert numbers(reader.read(csv("地区,死亡", "东山县,1", f"{word},6")))[(CITY, "month", TOTAL)] == {"deaths": 6}


@pytest.mark.parametrize("word", ["市本级", "本级", "市直"])
def test_m11_words_for_the_units_of_the_own_level(reader, word):
    assert numbers(reader.read(csv("地区,死亡", f"{word},3"))) == {(OWN, "month", TOTAL): {"deaths": 3}}
    assert numbers(reader.read(csv("地区,死亡", "本级,3", 行政区划代码=EAST))) == {(EAST, "month", TOTAL): {"deaths": 3}}, "a county without anything below it"


def test_m11_totals_of_a_code_list(reader):
    parsed = reader.read(csv("类别,死亡", "工矿商贸,3", "其中：煤矿,2", "一、道路交通,4", "（二）火灾,1", "总  计,8", 行政区划代码=EAST))
    assert numbers(parsed) == {(EAST, "month", code): {"deaths": n} for code, n in (("GK", 3), ("GK1", 2), ("DL", 4), ("HZ", 1), (TOTAL, 8))}
    assert found(parsed) == []


def test_m11_a_subtotal_beside_a_total_is_left_out_and_compared(reader):
    parsed = reader.read(csv("类别,死亡", "煤矿,2", "建筑业,3", "小计,5", "道路交通,4", "火灾,1", "小计,9", "合计,10", 行政区划代码=EAST))
    assert numbers(parsed)[(EAST, "month", TOTAL)] == {"deaths": 10}
    assert found(parsed) == [("SUBTOTAL_LEFT_OUT", "A7"), ("SUBTOTAL_LEFT_OUT", "A10"), ("SUBTOTAL_MISMATCH", "A10")]
    assert (the(parsed, "SUBTOTAL_MISMATCH").value, the(parsed, "SUBTOTAL_MISMATCH").expected) == ("9", "死亡 5")


def test_m11_a_subtotal_in_the_middle_is_no_total_and_one_at_the_end_is(reader):
    assert numbers(reader.read(csv("地区,死亡", "东山县,1", "小计,1", "西水县,2"))) == {(EAST, "month", TOTAL): {"deaths": 1}, (WEST, "month", TOTAL): {"deaths": 2}}
    assert numbers(reader.read(csv("地区,死亡", "东山县,1", "西水县,2", "小计,3")))[(CITY, "month", TOTAL)] == {"deaths": 3}
    by_county = reader.read(csv("地区,类别,死亡", "东山县,煤矿,1", "东山县,火灾,2", "东山县,小计,3", "西水县,煤矿,4", "西水县,小计,4"))
    assert numbers(by_county)[(EAST, "month", TOTAL)] == {"deaths": 3} and numbers(by_county)[(WEST, "month", TOTAL)] == {"deaths": 4}
    assert found(by_county) == []


# --- M12 blank, zero, dash ---------------------------------------------------------------------------------------------


def test_m12_blank_dash_and_zero_are_three_things(reader):
    words = {"": "blank", "未统计": "blank", "暂无数据": "blank", "—": "not_applicable", "-": "not_applicable", "/": "not_applicable", "×": "not_applicable", "NA": "not_applicable",
             "0": "value", "无": "value", "零": "value", "未发生": "value", "未开展": "value"}
    assert {word: cells.read(word).status for word in words} == words
    parsed = reader.read(csv("地区,起数,死亡", "东山县,无,—", "西水县,5,"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 0}, (WEST, "month", TOTAL): {"events": 5}}
    assert [(n.measure, n.obs_status) for n in parsed.notes] == [("deaths", "not_applicable")]


# --- M13 notes in cells ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "number", "qualifier", "remark"), [
    ("5(其中较大1)", 5, "exact", "其中较大1"), ("5（其中较大1起（含铁路））", 5, "exact", "其中较大1起(含铁路)"), ("5【其中较大1】", 5, "exact", "其中较大1"), ("5，其中较大1起", 5, "exact", "其中较大1起"),
    ("3*", 3, "exact", "*"), ("约300", 300, "approx", ""), ("300左右", 300, "approx", ""), ("94②", 94, "exact", "②"),
])
def test_m13_the_number_is_taken_and_the_remark_kept_beside_it(written, number, qualifier, remark):
    cell = cells.read(written)
    assert (cell.value, cell.qualifier, cell.remark) == (number, qualifier, remark)


# --- M14 names ---------------------------------------------------------------------------------------------------------

REGIONS = """
990000,江南省,Jiangnan,province
990100,南昌市,Nanchang,city,990000,,,,,,,洪城
990112,新建区,Xinjian district,county,990100,2015-08-01
990122,新建县,Xinjian county,county,990100,,2015-08-01
990171,昌北经济开发区,Changbei zone,county,990100,,,zone,,,,昌北开发区|经开区
990200,九江市,Jiujiang,city,990000
990203,浔阳区,Xunyang,county,990200
990226,铅山县,Yanshan,county,990200
990283,庐山市,Lushan city,county,990200,2016-05-01,,,,,,星子县
990227,星子县,Xingzi,county,990200,,2016-05-01
990103,城关区,Chengguan,county,990100
990204,城关区,Chengguan,county,990200
"""


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    return Reader(jurisdictions.load(bureau_at(tmp_path_factory.mktemp("province"), REGIONS, root="990000").folder))


@pytest.mark.parametrize(("written", "period", "region"), [
    ("新建", "2015-09", "990112"), ("新建", "2015-07", "990122"), ("南昌市新建区", "2016-01", "990112"), ("南昌新建", "2016-01", "990112"), ("江南省南昌市新建区", "2016-01", "990112"),
    ("星子县", "2015-01", "990227"), ("昌北开发区", "2015-01", "990171"), ("经开区", "2015-01", "990171"), ("鉛山縣", "2015-01", "990226"), ("潯陽區", "2015-01", "990203"),
    ("洪城", "2015-01", "990100"), ("新建区应急管理局（盖章）", "2016-01", "990112"), (" 铅 山 县 ", "2015-01", "990226"), ("九江城关", "2015-01", "990204"),
    ("南昌市经开区", "2015-01", "990171"), ("南昌洪城区城关区", "2015-01", None),
])
def test_m14_names_as_clerks_write_them(province, written, period, region):
    parsed = province.read(csv("地区,死亡", f"{written},1", 行政区划代码="990000", 报告期=period))
    assert [row.region_id for row in parsed.rows] == ([region] if region else [])


def test_m14_an_ambiguous_name_is_an_error_and_needs_the_senders_area(province):
    parsed = province.read(csv("地区,死亡", "城关,1", 行政区划代码="990000"))
    assert (the(parsed, "AMBIGUOUS_REGION").expected, parsed.rows) == ("990103 城关区; 990204 城关区", [])
    assert [r.region_id for r in province.read(csv("地区,死亡", "城关,1", 行政区划代码="990200")).rows] == ["990204"]


@pytest.mark.parametrize(("typo", "meant"), [("沿山县", "990226 铅山县"), ("浔洋", "990203 浔阳区"), ("浔阳阳区", "990203 浔阳区"), ("阳浔区", "990203 浔阳区"), ("西藏", "")])
def test_m14_a_slip_of_the_pen_is_offered_and_never_guessed(province, typo, meant):
    parsed = province.read(csv("地区,死亡", f"{typo},1", 行政区划代码="990000"))
    assert (the(parsed, "UNKNOWN_REGION").value, the(parsed, "UNKNOWN_REGION").expected, parsed.rows) == (typo, meant, [])


# --- M15 sheets --------------------------------------------------------------------------------------------------------


def test_m15_copies_and_hidden_sheets_are_left_out_and_named_when_they_hold_numbers(reader, workbook):
    sheet = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "死亡"], ["东山县", 1]]
    draft = [["地区", "死亡"], ["东山县", 99]]
    notes = [["填表说明"], ["逐县填写"]]
    parsed = reader.read(workbook(sheet, sheet, draft, notes, notes, [], draft, hidden=[2, 3]))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1}}
    assert [(f.check_id, f.sheet, f.value) for f in parsed.findings] == [("REPEATED_SHEET", "表2", "表1"), ("HIDDEN_SHEET", "表3", "1"), ("SHEET_WITHOUT_FORM", "表7", "1")]


def test_m15_a_template_that_was_not_filled_in_says_so(reader, workbook):
    empty = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "死亡"], ["东山县", None], ["西水县", None]]
    assert checks(reader.read(workbook(empty))) == {"NO_ROWS"}
    assert checks(reader.read(workbook(empty, [["草稿", 1]], hidden=[1]))) == {"NO_ROWS", "HIDDEN_SHEET"}


# --- M16 to M20 --------------------------------------------------------------------------------------------------------


def test_m16_month_and_cumulative_columns_are_told_apart_by_header_and_by_envelope(reader):
    assert numbers(reader.read(csv("地区,死亡", "东山县,4", 累计="是"))) == {(EAST, "ytd", TOTAL): {"deaths": 4}}
    assert numbers(reader.read(csv("地区,死亡", "东山县,4", 累计="否"))) == {(EAST, "month", TOTAL): {"deaths": 4}}
    checked = reader.read(csv("地区,本月检查次数,累计检查次数", "东山县,4,9", 表号="F03"))
    assert numbers(checked) == {(EAST, "month", TOTAL): {"visits": 4}, (EAST, "ytd", TOTAL): {"visits": 9}}
    quarter = reader.read(csv("地区,本期检查次数,累计行政处罚", "东山县,4,9", 表号="F03", 报告期="2015Q2"))
    assert numbers(quarter) == {(EAST, "quarter", TOTAL): {"visits": 4}, (EAST, "ytd", TOTAL): {"penalties": 9}}
    stock = reader.read(csv("地区,行业,累计一级", "东山县,危化,4", 表号="F06", 报告期="2015Q1"))
    assert checks(stock) == {"NO_HEADER"} or "UNKNOWN_COLUMN" in checks(stock), "a stock has no months to add up"


def test_m17_what_a_file_replaces_is_read(reader):
    assert reader.read(csv("地区,死亡", "东山县,4", 替代="0123456789abcdef")).supersedes == "0123456789abcdef"


def test_m18_a_unit_behind_a_number_is_stripped_and_checked(reader):
    parsed = reader.read(csv("地区,起数,死亡,重伤", "东山县,3起,1人,2人次", "西水县,五起,两人,95%"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"events": 3, "deaths": 1, "serious": 2}, (WEST, "month", TOTAL): {"events": 5, "deaths": 2, "serious": 95}}
    assert found(parsed) == [("UNIT_MISMATCH", "D5"), ("UNIT_MISMATCH", "D6")]


def test_m19_negative_numbers_are_errors_but_in_columns_of_differences(reader):
    parsed = reader.read(csv("地区,起数,死亡,死亡同比增减,死亡同比", "东山县,-3,(5),(5),（12.5%）", "西水县,1,−2,-4,下降3%"))
    assert found(parsed) == [("NEGATIVE_VALUE", "B5"), ("NEGATIVE_VALUE", "C5"), ("NEGATIVE_VALUE", "C6")]
    assert [c.value for c in parsed.companions] == [-5, Decimal("-12.5"), -4, -3]


def test_m20_order_changed_columns_extra_columns_missing(reader, tmp_path):
    straight = reader.read(csv("地区,起数,死亡", "东山县,3,1", "西水县,5,2"))
    turned = reader.read(csv("死亡,天气,地区,起数", "2,晴,西水县,5", "1,雨,东山县,3"))
    assert numbers(turned) == numbers(straight)
    assert found(turned) == [("UNKNOWN_COLUMN", "B4")]
    strict = Reader(jurisdictions.load(bureau_at(tmp_path, required_columns={"F02": ["死亡"]}).folder))
    assert ("REQUIRED_COLUMN", "A4") in found(strict.read(csv("地区,起数", "东山县,3")))
    assert ("REQUIRED_BLANK", "C5") in found(strict.read(csv("地区,起数,死亡", "东山县,3,")))


# --- M21 to M25 --------------------------------------------------------------------------------------------------------


def test_m21_several_regions_and_periods_in_one_file(reader):
    parsed = reader.read(csv("行政区划代码,报告期,死亡", f"{EAST},2015-01,1", f"{WEST},2015年2月,2", f"{EAST}.0,2015-03,3"))
    assert [(r.region_id, r.period, r.values["deaths"]) for r in parsed.rows] == [(EAST, "2015-01", 1), (WEST, "2015-02", 2), (EAST, "2015-03", 3)]


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
def test_m22_a_formula_error_is_an_error_and_not_a_blank(reader, kind):
    parsed = reader.read((FIXTURES / f"errors.{kind}").read_bytes())
    assert [(f.check_id, f.cell, f.value) for f in parsed.findings] == [
        ("FORMULA_ERROR", "B4", "#DIV/0!"), ("FORMULA_ERROR", "C4", "#VALUE!"), ("NOT_A_NUMBER", "B5", "ab")]


def test_m22_a_formula_error_where_a_name_or_a_printed_value_stands(reader):
    parsed = reader.read(csv("地区,类别,报告期,死亡,死亡同比", "#REF!,,,1,", "东山县,#N/A,,1,", "东山县,,#VALUE!,1,", "东山县,,,#DIV/0!,#DIV/0!"))
    assert found(parsed) == [("FORMULA_ERROR", "A5"), ("FORMULA_ERROR", "B6"), ("FORMULA_ERROR", "C7"), ("FORMULA_ERROR", "D8"), ("FORMULA_ERROR", "E8")]


def test_m22_a_formula_that_was_never_computed_is_told_and_not_taken_for_blank(reader, workbook):
    rows = [["表号", "F02"], ["报告期", "2015-03"], ["行政区划代码", CITY], ["地区", "起数", "死亡", "死亡同比"], ["东山县", "=1+2", 1, "=1/2"], ['="西水"&"县"', 5, 2, None]]
    parsed = reader.read(workbook(rows))
    assert found(parsed) == [("FORMULA_NOT_COMPUTED", "B5"), ("FORMULA_NOT_COMPUTED", "D5"), ("FORMULA_NOT_COMPUTED", "A6")]
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"deaths": 1}}


@pytest.mark.parametrize(("header", "written"), [("检查次数(家)", "4"), ("检查次数（户次）", "4"), ("检查次数", "4家"), ("检查次数[次]", "4"), ("检查次数(人次)", "4")])
def test_m23_another_unit_is_told_and_never_converted(reader, header, written):
    parsed = reader.read(csv(f"地区,{header}", f"东山县,{written}", 表号="F03"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {"visits": 4}}
    assert (the(parsed, "UNIT_MISMATCH").expected, len(parsed.findings)) == ("家次", 1)


def test_m23_the_declared_unit_in_the_header_is_no_finding(reader):
    for header in ("检查次数(家次)", "检查次数（单位：家次）", "检查次数"):
        assert found(reader.read(csv(f"地区,{header}", "东山县,4", 表号="F03"))) == [], header


def test_m25_masked_digits_are_unknown_and_keep_what_was_written(reader):
    parsed = reader.read(csv("地区,起数,死亡,重伤,死亡同比", "东山县,*6,xx,■■,-*.56%"))
    assert numbers(parsed) == {(EAST, "month", TOTAL): {}}
    assert found(parsed) == [("MASKED_VALUE", f"{c}5") for c in "BCDE"]
    assert [(n.obs_status, n.raw) for n in parsed.notes] == [("masked", "*6"), ("masked", "xx"), ("masked", "■■")]


def test_findings_of_one_kind_are_listed_up_to_a_number_and_then_counted(reader):
    parsed = reader.read(csv("地区,死亡", *("东山县,abc" for _ in range(1_200))))
    assert (sum(f.check_id == "NOT_A_NUMBER" for f in parsed.findings), the(parsed, "MORE_FINDINGS").value) == (1_000, "200")


def test_a_fault_of_the_program_is_a_finding_and_stops_no_other_file(reader, monkeypatch, caplog):
    monkeypatch.setattr(sheets, "_book", lambda _: 1 / 0)
    monkeypatch.setattr(sheets.delimited, "read", lambda _: 1 / 0)
    assert [(f.check_id, f.value) for f in reader.read(PLAIN).findings] == [("READER_FAILED", "ZeroDivisionError")]
    assert "could not be read" in caplog.text
