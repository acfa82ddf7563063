"""The warning index and its levels on components given by hand: edges, what is missing, and other scales."""

from __future__ import annotations

import duckdb
import pytest

from pipelines import jurisdiction as jurisdictions
from pipelines.engines.warehouse import FUNCTIONS
from transforms import catalogue

SIX = [("six", n, colour, low, True) for n, (colour, low) in enumerate(
    [("purple", 85), ("red", 70), ("orange", 55), ("yellow", 40), ("blue", 20), ("green", 0)], start=1)]
WEIGHTS = {"target_pressure": 40, "outstanding_hazards": 30, "overdue_hazards": 20, "non_reporting": 10}


def level(pressures: dict[str, str], scales=tuple(SIX), least: str = "50", decimals: int = 2) -> tuple:
    """(index, level, colour, share of the weights that are there) of one region."""
    con = duckdb.connect()
    con.execute(FUNCTIONS)
    con.execute("CREATE TABLE warning_parts (component VARCHAR, position INTEGER, weight DECIMAL(24,6))")
    con.execute("CREATE TABLE warning_scopes (industry VARCHAR, component VARCHAR, category VARCHAR)")
    con.execute("CREATE TABLE warning_components (region_id VARCHAR, period VARCHAR, industry VARCHAR, position INTEGER, component VARCHAR, "
                "pressure DECIMAL(24,6), weight DECIMAL(24,6))")
    con.execute("CREATE TABLE warning_index AS SELECT ? AS scale, CAST(? AS INTEGER) AS decimals, CAST(? AS DECIMAL(24,6)) AS least_covered",
                [scales[0][0], decimals, least])
    con.execute('CREATE TABLE warning_scales (scale VARCHAR, "level" INTEGER, colour VARCHAR, lowest DECIMAL(24,6), inclusive BOOLEAN)')
    con.executemany("INSERT INTO warning_scales VALUES (?, ?, ?, ?, ?)", scales)
    for position, (name, weight) in enumerate(WEIGHTS.items(), start=1):
        con.execute("INSERT INTO warning_parts VALUES (?, ?, ?)", [name, position, weight])
        con.execute("INSERT INTO warning_scopes VALUES ('TOTAL', ?, 'TOTAL')", [name])
        if name in pressures:
            con.execute("INSERT INTO warning_components VALUES ('990101', '2015-06', 'TOTAL', ?, ?, CAST(? AS DECIMAL(24,6)), ?)",
                        [position, name, pressures[name], weight])
    row = con.execute(f'SELECT index_value, "level", colour, covered_pct FROM ({catalogue.sql_of("warning_levels")})').fetchone()
    return (None if row[0] is None else float(row[0]), row[1], row[2], float(row[3]))


def even(value: str) -> dict[str, str]:
    return dict.fromkeys(WEIGHTS, value)


def test_the_index_is_the_weighted_sum():
    """30 x 0.4 + 20 x 0.3 + 50 x 0.2 + 10 x 0.1 = 12 + 6 + 10 + 1 = 29, from 20 on blue."""
    given = {"target_pressure": "30", "outstanding_hazards": "20", "overdue_hazards": "50", "non_reporting": "10"}
    assert level(given) == (29.0, 5, "blue", 100.0)


@pytest.mark.parametrize(("index", "number", "colour"), [
    ("0", 6, "green"), ("19.99", 6, "green"), ("20", 5, "blue"), ("39.99", 5, "blue"), ("40", 4, "yellow"), ("54.99", 4, "yellow"), ("55", 3, "orange"),
    ("69.99", 3, "orange"), ("70", 2, "red"), ("84.99", 2, "red"), ("85", 1, "purple"), ("100", 1, "purple")])
def test_the_edge_of_a_level_belongs_to_it(index, number, colour):
    assert level(even(index)) == (float(index), number, colour, 100.0)


def test_the_index_is_rounded_half_up_before_it_is_compared():
    assert level(even("39.995")) == (40.0, 4, "yellow", 100.0)
    assert level(even("39.994999")) == (39.99, 5, "blue", 100.0)


def test_the_weight_of_what_was_not_reported_drops_out():
    """(30 x 40 + 20 x 30 + 50 x 20) / 90 = 2800 / 90 = 31.11."""
    given = {"target_pressure": "30", "outstanding_hazards": "20", "overdue_hazards": "50"}
    assert level(given) == (31.11, 5, "blue", 90.0)


def test_a_missing_component_is_not_a_pressure_of_zero():
    assert level({"target_pressure": "80", "non_reporting": "80"})[0] == 80.0
    assert level({**even("0"), "target_pressure": "80", "non_reporting": "80"})[0] == 40.0


def test_with_less_than_half_of_the_weights_there_is_no_level_and_with_half_there_is():
    assert level({"target_pressure": "90"}) == (None, None, None, 40.0)
    assert level({"target_pressure": "90", "non_reporting": "90"}) == (90.0, 1, "purple", 50.0)


def test_another_scale_needs_no_program():
    three = (("three", 1, "red", 70, True), ("three", 2, "yellow", 40, True), ("three", 3, "green", 0, True))
    four = (("four", 1, "red", 70, True), ("four", 2, "orange", 55, True), ("four", 3, "yellow", 40, True), ("four", 4, "blue", 0, True))
    assert [level(even(i), three)[1:3] for i in ("70", "69.99", "40", "39.99")] == [(1, "red"), (2, "yellow"), (2, "yellow"), (3, "green")]
    assert [level(even(i), four)[1:3] for i in ("70", "55", "54.99", "0")] == [(1, "red"), (2, "orange"), (3, "yellow"), (4, "blue")]


def test_an_edge_that_is_declared_exclusive_belongs_to_the_level_below():
    scale = (("own", 1, "red", 70, False), ("own", 2, "green", 0, True))
    assert [level(even(i), scale)[2] for i in ("70", "70.01")] == ["green", "red"]


# --- the declaration ---------------------------------------------------------------------------------------------------

COMPONENT = "{id: a, zh: 甲, en: A, weight: 100, indicator: non_reporting_share, spans: [month]}"


def test_the_declared_scales_have_six_four_and_three_colours(bureau):
    declared = jurisdictions.load(bureau.folder).warnings
    assert {name: [level.colour for level in levels] for name, (_, levels) in declared.scales.items()} == {
        "six": ["purple", "red", "orange", "yellow", "blue", "green"], "four": ["red", "orange", "yellow", "blue"], "three": ["red", "yellow", "green"]}
    assert {c.id: c.weight for c in declared.components} == WEIGHTS


def test_a_jurisdiction_overrides_a_key_and_keeps_the_others(bureau):
    bureau.write("warnings.yml", f"index:\n  scale: two\n  components:\n    - {COMPONENT}\nscales:\n  two:\n    name: {{zh: 两色, en: Two}}\n    levels:\n"
                 "      - {colour: red, zh: 红, en: Red, min: 33.5, inclusive: false}\n      - {colour: green, zh: 绿, en: Green, min: 0}\n")
    declared = jurisdictions.load(bureau.folder).warnings
    assert (declared.scale, [c.id for c in declared.components], len(declared.industries)) == ("two", ["a"], 10)
    assert set(declared.scales) == {"two", "three", "four", "six"}
    assert [(str(level.min), level.inclusive) for level in declared.scales["two"][1]] == [("33.5", False), ("0", True)]


def scale(*levels: str) -> str:
    return "scales:\n  own:\n    name: {zh: 自定, en: Own}\n    levels:\n" + "".join(f"      - {level}\n" for level in levels)


GREEN = "{colour: green, zh: 绿, en: Green, min: 0}"


@pytest.mark.parametrize(("content", "line", "said"), [
    (scale("{colour: red, zh: 红, en: Red, min: 0}", GREEN), 6, "不低于上一级的 0"),
    (scale("{colour: red, zh: 红, en: Red, min: 40}", "{colour: green, zh: 绿, en: Green, min: 20}"), 5, "最轻的一级从 20 起"),
    (scale("{colour: pink, zh: 粉, en: Pink, min: 40}", GREEN), 5, "'pink'"),
    (scale("{colour: green, zh: 绿, en: Green, min: 40}", GREEN), 6, "颜色 green 重复"),
    (scale("{colour: red, zh: 红, en: Red, min: 140}", GREEN), 5, "'140'：应为 0 到 100 的数"),
    (scale("{colour: red, zh: 红, en: Red, min: nan}", GREEN), 5, "'nan'"),
    (scale("{colour: red, zh: 红, min: 40}", GREEN), 5, "缺少 en"),
    (scale("{colour: red, zh: 红, en: Red, min: 40, max: 50}", GREEN), 5, "不认识的键 max"),
    (scale("{colour: red, zh: 红, en: Red, min: 40, of: [red]}", GREEN), 5, "恰好一级"),
    (f"index:\n  scale: seven\n  components:\n    - {COMPONENT}\n", 2, "'seven'"),
    (f"index:\n  scale: six\n  components:\n    - {COMPONENT.replace('100', '90')}\n", 4, "权重合计 90，应为 100"),
    (f"index:\n  scale: six\n  components:\n    - {COMPONENT.replace('non_reporting_share', 'smiles')}\n", 4, "'smiles'"),
    (f"index:\n  scale: six\n  components:\n    - {COMPONENT.replace('non_reporting_share', 'deaths')}\n", 4, "不是以 % 计的指标"),
    (f"index:\n  scale: six\n  components:\n    - {COMPONENT.replace('[month]', '[day]')}\n", 4, "'day'"),
    ("index:\n  scale: six\n  components:\n    - {id: a, zh: 甲, en: A, weight: 100}\n", 4, "target 和 indicator"),
    ("industries:\n  - {id: coal, zh: 煤矿, en: Coal}\n", 2, "至少要有一个代码"),
    ("industries:\n  - {id: coal, zh: 煤矿, en: Coal, hazard_sector: 外星}\n", 2, "'外星'"),
    ("colours: []\n", 1, "不认识的键 colours"),
    ("- a\n", 1, "应为 键: 值"),
])
def test_a_wrong_declaration_is_refused_with_its_line(bureau, content, line, said):
    bureau.write("warnings.yml", content)
    with pytest.raises(jurisdictions.ConfigurationError) as refused:
        jurisdictions.load(bureau.folder)
    text = str(refused.value)
    assert text.startswith(f"warnings.yml: 第 {line} 行 / line {line}: ") and said in text and " / " in text


def test_a_file_that_is_not_yaml_is_named(bureau):
    bureau.write("warnings.yml", "scales: [")
    with pytest.raises(jurisdictions.ConfigurationError, match=r"warnings\.yml: 第 1 行 / line 1: .*quotes and brackets in pairs"):
        jurisdictions.load(bureau.folder)
