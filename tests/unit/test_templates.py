"""Blank workbooks: who gets which, what stands in them, and that the reader understands every one of them."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from pipeline.bureau import CITY, CITY_AND_COUNTIES, EAST, OWN, SOUTH, WEST, ZONE, ZONE_AND_OWN_UNITS, bureau_at

from expectations import compile as suites
from pipelines import cli, reference
from pipelines import jurisdiction as jurisdictions
from pipelines.intake import templates
from pipelines.intake.blank_sheet import CODES
from pipelines.intake.blank_table import BlankTable
from pipelines.intake.table import Reader
from pipelines.jurisdiction import ConfigurationError

FORMS = reference.load().forms
PERIODS = {"event": "2015-03", "month": "2015-03", "quarter": "2015Q1", "half": "2015H1", "year": "2015"}


@pytest.fixture(scope="module")
def bureau(tmp_path_factory):
    made = bureau_at(tmp_path_factory.mktemp("templates"), CITY_AND_COUNTIES + ZONE_AND_OWN_UNITS + f"""
        990104,北泉县,Beiquan,county,{CITY},,2014-07-01
        990105,新泉区,Xinquan,county,{CITY},2015-09-01,
    """, publisher={"zh": "河阳市安监局", "en": "Heyang bureau", "contact": "统计科"})
    return made


@pytest.fixture(scope="module")
def jurisdiction(bureau):
    return jurisdictions.load(bureau.folder)


def table_of(jurisdiction, form_id: str, period: str = "", region: str = "") -> BlankTable:
    form = jurisdiction.reference.forms[form_id]
    period = period or PERIODS[form.frequency]
    _, [blank] = templates.plan(jurisdiction, period, [form_id], [region or (EAST if form.submitters == "leaves" else CITY)])
    return BlankTable(form, jurisdiction, period, blank.rows)


@pytest.fixture(scope="module")
def written(jurisdiction, tmp_path_factory):
    """`written(form, region, period)`: the bytes of a workbook."""
    made = {}

    def one(form_id: str, region: str = "", period: str = "") -> bytes:
        form = jurisdiction.reference.forms[form_id]
        region, period = region or (EAST if form.submitters == "leaves" else CITY), period or PERIODS[form.frequency]
        if (form_id, region, period) not in made:
            folder = tmp_path_factory.mktemp("written")
            _, [blank] = templates.plan(jurisdiction, period, [form_id], [region])
            assert templates.write(jurisdiction, period, [blank], folder) == []
            made[form_id, region, period] = (folder / blank.path(period)).read_bytes()
        return made[form_id, region, period]

    return one


def book_of(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def column_of(sheet, header: str) -> str:
    return next(cell.column_letter for cell in sheet[7] if cell.value == header)


def rule_for(sheet, cell: str):
    return next(rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref)


# --- who gets what ----------------------------------------------------------------------------------------------------


def plan(jurisdiction, period: str, *forms: str, regions=()) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for blank in templates.plan(jurisdiction, period, forms, regions)[1]:
        found.setdefault(blank.form.id, set()).add(blank.region.region_id)
    return found


@pytest.mark.parametrize(("period", "frequencies"), [("2015-03", {"event", "month"}), ("2015Q1", {"quarter"}), ("2015年上半年", {"half"}), ("2015", {"year"})])
def test_a_period_gets_the_forms_of_its_frequency(jurisdiction, period, frequencies):
    wanted = {form.id for form in FORMS.values() if {form.frequency, *form.also} & frequencies}
    assert set(plan(jurisdiction, period)) == wanted


def test_forms_go_to_counties_zones_and_own_units_in_force_at_the_period(jurisdiction):
    assert plan(jurisdiction, "2014-06", "F02") == {"F02": {EAST, WEST, SOUTH, ZONE, OWN, "990104"}}
    assert plan(jurisdiction, "2015-03", "F02") == {"F02": {EAST, WEST, SOUTH, ZONE, OWN}}
    assert plan(jurisdiction, "2015-09", "F02") == {"F02": {EAST, WEST, SOUTH, ZONE, OWN, "990105"}}


def test_targets_and_scores_go_to_the_level_above_and_denominators_to_the_root(jurisdiction):
    assert plan(jurisdiction, "2015", "F13", "F14") == {"F13": {CITY}, "F14": {CITY}}
    rows = {r.region_id for r in templates.plan(jurisdiction, "2015", ["F14"])[1][0].rows}
    assert rows == {CITY, EAST, WEST, SOUTH, ZONE, OWN, "990105"}


def test_a_region_that_is_named_gets_the_forms_even_where_it_is_no_leaf(jurisdiction):
    assert plan(jurisdiction, "2015-03", "f02", regions=[CITY, "东山县"]) == {"F02": {CITY, EAST}}
    assert plan(jurisdiction, "2015", "F14", regions=[EAST]) == {}


@pytest.mark.parametrize(("options", "said"), [
    (["--period", "2015-01..2015-05"], "2015-03, 2015Q1"), (["--period", "soon"], "soon"), (["--period", "2015Q1", "--form", "F02"], "F02"),
    (["--period", "2015-03", "--form", "F99"], "F99"), (["--period", "2015-03", "--region", "990104"], "990104"),
    (["--period", "2015-03", "--region", "仙境"], "仙境"),
])
def test_what_cannot_be_handed_out_is_wrong_usage_and_writes_nothing(bureau, tmp_path, capsys, options, said):
    assert cli.main(["templates", str(bureau.folder), *options, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_writes_one_workbook_for_each_form_and_submitter_and_keeps_what_was_filled_in(bureau, tmp_path, capsys):
    command = ["templates", str(bureau.folder), "--period", "2015-03", "--form", "F02", "F07", "--out", str(tmp_path)]
    assert cli.main(command) == 0
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert files == sorted(f"{r}/{f}_{r}_2015-03.xlsx" for f in ("F02", "F07") for r in (EAST, WEST, SOUTH, ZONE, OWN))
    assert cli.main(command) == 0, "the same again is no harm"
    (tmp_path / files[0]).write_bytes(b"filled in")
    assert cli.main(command) == 1
    assert files[0] in capsys.readouterr().err
    assert (tmp_path / files[0]).read_bytes() == b"filled in"


def test_names_of_regions_and_forms_lead_nowhere(tmp_path):
    made = bureau_at(tmp_path, "").folder
    (made / "regions.csv").write_text('region_id,name_zh\n990100,"=1+1 <b>&""\u0001县"\n', encoding="utf-8")
    jurisdiction = jurisdictions.load(made)
    period, blanks = templates.plan(jurisdiction, "2015-03", ["F07"])
    assert templates.write(jurisdiction, period, blanks, tmp_path / "out") == []
    [path] = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet["F2"].value, sheet["F2"].data_type) == ('=1+1 <b>&"县', "s")
    evil = templates.Blank(blanks[0].form, jurisdictions.Region("../../x", "", "", "", "", None, None, "", True, True, True, ()))
    assert evil.path("2015-03") == "..%2F..%2Fx/F07_..%2F..%2Fx_2015-03.xlsx"


def test_the_same_request_gives_the_same_bytes_and_only_the_sender_differs(jurisdiction, written, tmp_path):
    period, blanks = templates.plan(jurisdiction, "2015-03", ["F01", "F02"])
    templates.write(jurisdiction, period, blanks, tmp_path)
    path = next(blank.path(period) for blank in blanks if (blank.form.id, blank.region.region_id) == ("F02", EAST))
    assert (tmp_path / path).read_bytes() == written("F02")
    one, other = (zipfile.ZipFile(io.BytesIO(written("F02", region))) for region in (EAST, WEST))
    differing = [name for name in one.namelist() if one.read(name) != other.read(name)]
    assert differing == ["xl/worksheets/sheet1.xml"]


# --- what stands in it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form_id", FORMS)
def test_every_header_of_the_template_means_its_column(jurisdiction, form_id):
    table = table_of(jurisdiction, form_id)
    for column in table.columns:
        understood = table.form.match(column.header)
        assert understood is not None, column.header
        assert understood.id == column.id, column.header
        if column.unit in ("元", "万元"):
            assert understood.money_unit in (None, column.unit)
    headers = [column.header for column in table.columns]
    assert len(set(headers)) == len(headers)


@pytest.mark.parametrize("form_id", FORMS)
def test_what_is_required_is_asked_for(jurisdiction, form_id):
    table = table_of(jurisdiction, form_id)
    columns = {c.id: c for c in table.columns} | {c.measure: c for c in table.columns if c.measure}
    for declared in (*table.form.measures, *table.form.fields):
        if declared.required:
            assert declared.id in columns, f"{declared.id} is required and cannot be filled in"
    assert all(c.header.endswith("*") == c.required for c in table.columns)


@pytest.mark.parametrize("form_id", FORMS)
def test_a_blank_workbook_sent_back_is_read_without_trouble_and_said_to_be_blank(jurisdiction, written, form_id):
    parsed = Reader(jurisdiction).read(written(form_id))
    assert parsed.form.id == form_id
    assert [(f.check_id, f.sheet) for f in parsed.findings] == [("NO_ROWS", "")]
    assert "空白表" in suites.messages()["NO_ROWS"].zh


def test_the_envelope_is_filled_in(written):
    sheet = book_of(written("F02")).worksheets[0]
    cells = {sheet.cell(r, c).value: sheet.cell(r, c + 1).value for r in (2, 3, 4) for c in (1, 3, 5, 7)}
    cells.pop(None, None)
    assert cells == {"表号": "F02", "表式版本": "1", "填报单位": "东山县", "行政区划代码": EAST, "报告期": "2015-03", "统计口径": "各类事故", "累计": "否",
                     "金额单位": "万元", "填报日期": None, "替代": None}
    assert sheet["A1"].value == "东山县 2015年3月 事故月报"
    assert "生产安全事故" in rule_for(sheet, "D3").formula1
    assert [sheet[c].protection.locked for c in ("B2", "F2", "H2", "B3")] == [True] * 4
    assert [sheet[c].protection.locked for c in ("D3", "F3", "H3", "B4", "D4")] == [False] * 5


def test_lines_are_there_for_every_code_and_the_total_adds_up_the_topmost_reported(written):
    sheet = book_of(written("F02")).worksheets[0]
    names = [sheet.cell(row, 1).value for row in range(8, sheet.max_row + 1)]
    assert names[:3] == ["合计", "工矿商贸", "煤矿"] and "采矿业" not in names and names[-1] == "其他"
    total = sheet["B8"]
    assert total.value.startswith('=IF(COUNT(B9:B') and '=0,"",' in total.value and total.protection.locked
    whole, mine, fire, business, other = (f"B{8 + names.index(name)}" for name in ("工矿商贸", "煤矿", "火灾", "生产经营性火灾", "其他火灾"))
    assert f"IF(ISNUMBER({whole}),{whole},SUM({mine}" in total.value, "of a line left blank its parts are added"
    assert f'IF(($D$3="各类事故(不含火灾)"),0,IF(ISNUMBER({fire}),{fire},SUM({business}:{other})))' in total.value
    assert sheet[mine].value is None and not sheet[mine].protection.locked
    assert sheet["A9"].protection.locked


def test_the_codes_of_a_second_dimension_are_lines_of_the_whole_and_lines_are_left_for_the_rest(jurisdiction):
    def given(form_id):
        return [tuple(code.zh for code in line.codes.values()) for line in table_of(jurisdiction, form_id).lines]

    hazards = given("F04")
    by_source = hazards.index(("合计", "自查"))
    assert hazards[0] == ("合计", "合计") and hazards[by_source:by_source + 4] == [("合计", "自查"), ("合计", "政府检查"), ("合计", "第三方"), ("合计", "举报")]
    assert set(hazards[by_source + 4:]) == {()} and len(hazards[by_source + 4:]) == 20
    grading = given("F11")
    assert {("企业", "煤矿", "合计"), ("风险点", "煤矿", "合计"), ("企业", "合计", "规模以上")} <= set(grading), "no whole of enterprises and risk points"
    for form_id in FORMS:
        lines = [line for line in given(form_id) if line]
        assert FORMS[form_id].submitters != "leaves" or len(lines) == len(set(lines)), form_id


def test_codes_are_offered_in_the_months_in_which_they_are_used(jurisdiction):
    names = [line.codes["category"].zh for line in table_of(jurisdiction, "F02", "2016-07").lines]
    assert "采矿业" in names
    level = next(c for c in table_of(jurisdiction, "F01").columns if c.id == "level")
    assert "特大" not in [code.zh for code in level.codes]


def test_totals_across_and_rates_compute_themselves_and_stay_blank_over_blanks(written):
    sheet = book_of(written("F06")).worksheets[0]
    total, rate = column_of(sheet, "合计(家)"), column_of(sheet, "达标率(%)")
    assert sheet[f"{total}9"].value == '=IF(COUNT(E9,F9,G9,H9)=0,"",SUM(E9,F9,G9,H9))'
    assert sheet[f"{rate}9"].value == f'=IF(COUNT({total}9,D9)<2,"",IF((D9)=0,"—",ROUND(({total}9)*100/(D9),2)))'
    assert sheet[f"{total}9"].protection.locked and sheet[f"{rate}9"].protection.locked
    report = book_of(written("F02")).worksheets[0]
    assert report[f"{column_of(report, '起数同比(累计)(%)')}9"].value == '=IF(COUNT(I9,P9)<2,"",IF((P9)=0,"—",ROUND((I9-P9)*100/(P9),2)))'


def test_a_formula_is_known_to_give_a_blank_before_any_program_has_computed_it(written):
    with zipfile.ZipFile(io.BytesIO(written("F06"))) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    cells = re.findall(r'<c [^>]*>(?=<f>)', xml)
    assert len(cells) > 40 and all('t="str"' in cell for cell in cells)
    assert len(re.findall(r"</f><v></v></c>", xml)) == len(cells)


def test_a_truncating_jurisdiction_has_truncating_formulas(tmp_path):
    jurisdiction = jurisdictions.load(bureau_at(tmp_path, CITY_AND_COUNTIES, rounding={"mode": "truncate"}).folder)
    period, blanks = templates.plan(jurisdiction, "2015Q1", ["F06"], [EAST])
    templates.write(jurisdiction, period, blanks, tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / blanks[0].path(period)).worksheets[0]
    assert "ROUNDDOWN(" in sheet[f"{column_of(sheet, '达标率(%)')}9"].value


def test_cells_are_locked_without_a_password_but_for_what_is_to_be_filled_in(written):
    book = book_of(written("F04"))
    for sheet in book.worksheets[:2]:
        assert sheet.protection.sheet and not sheet.protection.password
    form = book.worksheets[0]
    for row in form.iter_rows(min_row=8):
        for cell in row:
            assert cell.protection.locked == (cell.value is not None), cell.coordinate
    assert all(cell.protection.locked for cell in form[7])


def test_every_kind_of_column_has_its_drop_down_or_rule_and_a_note(written):
    sheet = book_of(written("F01")).worksheets[0]
    kinds = {header: rule_for(sheet, f"{column_of(sheet, header)}207") for header in
             ("死亡(人)*", "直接经济损失(元)*", "发生日期*", "发生时间", "是否生产经营性*", "统计分类*", "事故等级*", "简要经过", "报告时间*")}
    assert [rule.type for rule in kinds.values()] == ["whole", "decimal", "date", "time", "list", "list", "list", "textLength", "date"]
    assert kinds["死亡(人)*"].operator == "greaterThanOrEqual" and kinds["死亡(人)*"].formula1 == "0"
    assert kinds["是否生产经营性*"].formula1 == '"是,否"'
    assert kinds["事故等级*"].formula1 == '"一般,较大,重大,特别重大"'
    for header, rule in kinds.items():
        assert rule.showInputMessage and rule.promptTitle and " / " in rule.prompt, header
        assert rule.allow_blank and len(rule.prompt) <= 255 and len(rule.promptTitle) <= 32
        assert rule.showErrorMessage and len(rule.error) <= 225


def test_lists_too_long_for_a_rule_stand_on_a_hidden_sheet_of_their_own(jurisdiction, tmp_path):
    made = bureau_at(tmp_path, "\n".join(f"9901{n:02d},很长名字的示例地区第{n}号区,,county,{CITY}" for n in range(1, 40)) + f"\n{CITY},河阳市,,city")
    jurisdiction = jurisdictions.load(made.folder)
    period, blanks = templates.plan(jurisdiction, "2015", ["F14"])
    templates.write(jurisdiction, period, blanks, tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / blanks[0].path(period))
    assert book.sheetnames[-1] == CODES and book[CODES].sheet_state == "veryHidden"
    assert book.worksheets[0].sheet_state == "visible"
    rule = rule_for(book.worksheets[0], "B8")
    assert rule.formula1 == f"{CODES}!$A$1:$A$40"
    assert book[CODES]["A40"].value == "很长名字的示例地区第39号区"
    for sheet in book.worksheets:
        for one in sheet.data_validations.dataValidation:
            assert not (one.formula1 or "").startswith('"') or len(one.formula1) <= 255


@pytest.mark.parametrize(("form_id", "region_id"), [("F13", CITY), ("F14", CITY)])
def test_a_form_filled_in_for_others_has_a_line_for_each_of_them(written, form_id, region_id):
    sheet = book_of(written(form_id)).worksheets[0]
    assert [sheet.cell(7, c).value for c in (1, 2)] == ["行政区划代码", "地区"]
    assert [sheet.cell(row, 1).value for row in range(8, 14)] == [CITY, EAST, WEST, SOUTH, ZONE, OWN]


@pytest.mark.parametrize("form_id", [form.id for form in FORMS.values() if form.kind == "register"])
def test_a_register_has_two_hundred_empty_lines(jurisdiction, written, form_id):
    assert len(table_of(jurisdiction, form_id).lines) == 200
    sheet = book_of(written(form_id)).worksheets[0]
    assert sheet.max_row == 207
    assert all(cell.value is None and not cell.protection.locked for row in sheet.iter_rows(min_row=8) for cell in row)


def test_a_wrong_total_turns_red_and_a_missing_cell_orange(written):
    sheet = book_of(written("F06")).worksheets[0]
    total = column_of(sheet, "合计(家)")
    rules = {str(area.sqref): [rule.formula[0] for rule in rules] for area, rules in sheet.conditional_formatting._cf_rules.items()}
    last = sheet.max_row
    assert f"AND(ISNUMBER({total}8),COUNT(E8,F8,G8,H8)>0,ABS(N({total}8)-SUM(E8,F8,G8,H8))>0.00005)" in rules[f"{total}8:{total}{last}"]
    assert any("ISBLANK(D8)" in rule for rule in rules[f"D8:D{last}"])
    assert any("COUNT(D9:D" in rule for rule in rules["D8"])


def test_it_prints_on_the_width_of_a_page_with_the_header_on_every_page(written):
    sheet = book_of(written("F02")).worksheets[0]
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == ("landscape", 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$7:$7"
    assert sheet.freeze_panes == "B8"
    assert all(10 <= sheet.column_dimensions[cell.column_letter].width <= 40 for cell in sheet[7])


def test_required_columns_of_the_jurisdiction_have_their_asterisk(tmp_path):
    made = bureau_at(tmp_path, CITY_AND_COUNTIES, required_columns={"F07": ["planned"], "F02": ["累计死亡"]})
    jurisdiction = jurisdictions.load(made.folder)
    assert "年度计划(人次)*" in [c.header for c in table_of(jurisdiction, "F07").columns]
    assert "累计死亡(人)*" in [c.header for c in table_of(jurisdiction, "F02").columns]


# --- the instructions -------------------------------------------------------------------------------------------------


def texts(sheet) -> str:
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


@pytest.mark.parametrize("form_id", FORMS)
def test_the_instructions_name_every_column_and_every_check_in_both_languages(jurisdiction, written, form_id):
    book = book_of(written(form_id))
    text, table = texts(book["填表说明"]), table_of(jurisdiction, form_id)
    assert book.sheetnames[1] == "填表说明"
    for column in table.columns:
        assert column.zh in text and column.en in text
    there = {c.id for c in table.columns} | {c.measure for c in table.columns}
    for rule in suites.catalogue({form_id: table.form}):
        assert rule.form_id != form_id or rule.rule_id in text or rule.column not in there
    assert "{" not in text


def test_a_hint_stands_in_the_note_of_the_cell_and_in_the_instructions(written):
    book = book_of(written("F16"))
    rule = rule_for(book.worksheets[0], f"{column_of(book.worksheets[0], '责任指标*')}8")
    for text in (rule.prompt, texts(book["填表说明"])):
        assert "deaths <= 1；" in text and "indicator, operator, value" in text
    assert "不写个人姓名；只留存，不公布 / text, at most 500 characters; no names of persons; kept, never released" in texts(book_of(written("F01"))["填表说明"])


def test_a_simulated_jurisdiction_says_so(tmp_path):
    jurisdiction = jurisdictions.load(bureau_at(tmp_path, CITY_AND_COUNTIES, simulated=True).folder)
    period, blanks = templates.plan(jurisdiction, "2015-03", ["F07"], [EAST])
    templates.write(jurisdiction, period, blanks, tmp_path / "out")
    assert "模拟辖区" in texts(openpyxl.load_workbook(tmp_path / "out" / blanks[0].path(period))["填表说明"])


def test_the_instructions_say_where_and_until_when_to_send(written):
    text = texts(book_of(written("F02"))["填表说明"])
    assert "报送：河阳市安监局（统计科）" in text and "Send to: Heyang bureau (统计科)" in text
    assert "期限：2015-04-08" in text and "Due: 2015-04-08" in text
    assert "期限：2015-04-15" in texts(book_of(written("F06"))["填表说明"])
    assert "期限：2016-01-31" in texts(book_of(written("F16"))["填表说明"])
    hazards = texts(book_of(written("F04"))["填表说明"])
    assert "E401" in hazards and "≤ 一般隐患排查数" in hazards and "错误 / error" in hazards


def test_a_sheet_of_instructions_is_passed_by_but_a_form_of_that_name_is_not(reader, workbook):
    form = [["表号", "F07"], ["行政区划代码", EAST], ["报告期", "2015-03"], ["培训班期次(期)*", "主要负责人(人次)*", "合计(人次)"], [1, 2, 2]]

    def read(*sheets):
        book = book_of(workbook(*(rows for _, rows in sheets)))
        for sheet, (name, _) in zip(book.worksheets, sheets, strict=True):
            sheet.title = name
        buffer = io.BytesIO()
        book.save(buffer)
        return reader.read(buffer.getvalue())

    assert read(("报表", form), ("填表说明", [["合计是各项之和"]])).findings == []
    assert len(read(("说明", form)).rows) == 1
    assert read(("报表", form), ("说明", form[2:])).findings, "numbers under a header are not passed by in silence"
    assert [f.check_id for f in read(("填表说明", [["只有说明"]])).findings] == ["NO_FORM"]


# --- versions ---------------------------------------------------------------------------------------------------------


def test_an_older_version_is_read_and_a_newer_one_is_told_of(tmp_path):
    made = bureau_at(tmp_path, CITY_AND_COUNTIES)
    made.write("forms/XV.yml", "id: XV\nversion: 2\nname: {zh: 班组, en: Teams}\nfrequency: month\nretired: [旧列]\nkind: stock\n"
                               "measures:\n  - {id: teams, zh: 班组数, en: Teams, unit: 个, required: true, aliases: [小组数]}\n")
    jurisdiction = jurisdictions.load(made.folder)
    period, [blank] = templates.plan(jurisdiction, "2015-03", ["XV"], [EAST])
    templates.write(jurisdiction, period, [blank], tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / blank.path(period)).worksheets[0]
    assert (sheet["C2"].value, sheet["D2"].value) == ("表式版本", "2")
    reader = Reader(jurisdiction)
    old = f"# 表号: XV\n# 表式版本: 1\n# 行政区划代码: {EAST}\n# 报告期: 2015-03\n小组数(个),旧列\n7,9\n"
    parsed = reader.read(old.encode())
    assert parsed.findings == [] and [row.values["teams"] for row in parsed.rows] == [7]
    newer = reader.read(old.replace("表式版本: 1", "表式版本: 3").encode())
    assert [f.check_id for f in newer.findings] == ["FORM_VERSION"] and len(newer.rows) == 1


def test_a_declaration_that_names_no_column_or_no_submitter_is_refused(tmp_path):
    for line, said in (("template: [teams, smiles]", "smiles"), ("submitters: everybody", "everybody")):
        made = bureau_at(tmp_path / said, CITY_AND_COUNTIES)
        made.write("forms/XV.yml", f"id: XV\nname: {{zh: 班组, en: Teams}}\nfrequency: month\n{line}\nmeasures:\n  - {{id: teams, zh: 班组数, en: Teams, unit: 个}}\n")
        with pytest.raises((ConfigurationError, reference.DeclarationError), match=said):
            jurisdictions.load(made.folder)


def test_progress_beside_month_and_cumulative_columns_is_that_of_the_year(reader):
    text = f"# 表号: F02\n# 行政区划代码: {EAST}\n# 报告期: 2015-03\n本月死亡,累计死亡,年控制指标(死亡),占年控制指标\n1,4,40,10\n"
    assert {(c.kind, c.row.span) for c in reader.read(text.encode()).companions} == {("target", "ytd"), ("progress", "ytd")}
