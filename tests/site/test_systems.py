"""Every system of supervision opened in the built site of a simulated province: its table has rows, its page shows the figure."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
import summary
import yaml
from site_pages import Page, Reader

from pipelines import reference
from pipelines.cli import main
from pipelines.publish.views.systems import declared
from pipelines.publish.words import Words
from pipelines.simulate import command
from transforms import catalogue

LATER = {"assessment_scores", "assessment_items", "scheme_rules", "benchmarks"}  # tables that a run may not have yet


class Province:
    """A built site of which only the pages that are asked for are read: those of regions are large."""

    def __init__(self, out: Path, root: str):
        self.out, self.root = out, root

    def raw(self, path: str) -> str:
        file = self.out / "site" / path / "index.html"
        assert file.is_file(), f"no page {path}"
        return file.read_text(encoding="utf-8")

    def page(self, path: str) -> Page:
        reader = Reader()
        reader.feed(raw := self.raw(path))
        return Page(path, reader.root, raw)


@pytest.fixture(scope="module")
def province(tmp_path_factory) -> Province:
    """A city of two counties that report a quarter, in Chinese. What the quarter lacks, the duty system of the half-year, the province reports itself."""
    folder = tmp_path_factory.mktemp("systems")
    command.simulate(command.Plan(counties=2, zones=0, cities=1, months=3, mess=0, formats=("csv",)), folder / "province")
    settings = folder / "province" / "jurisdiction.yml"
    given = yaml.safe_load(settings.read_text(encoding="utf-8"))
    settings.write_text(yaml.safe_dump({**given, "languages": ["zh"]}, allow_unicode=True), encoding="utf-8")
    text = f"# 表号: F10\n# 行政区划代码: {given['root']}\n# 报告期: 2023H2\n层级,应覆盖,已覆盖,应配监管人员,实配,未达配备要求\n乡镇,41,37,123,123,0\n管道,382,381,,,\n网格,906,899,906,880,20\n"
    (folder / "province" / "submissions" / "F10.csv").write_text(text, encoding="utf-8")
    assert main(["run", str(folder / "province"), "--out", str(folder / "out"), "--latest-only"]) == 0
    return Province(folder / "out", given["root"])


@pytest.fixture(scope="module")
def tables(province):
    """Rows of a released table on a condition, each a dict."""
    import duckdb

    def rows(table: str, where: str = "TRUE") -> list[dict]:
        path = province.out / "releases" / "latest" / "parquet" / f"{table}.parquet"
        assert path.exists(), table
        cursor = duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}') WHERE {where}")
        return [dict(zip([c[0] for c in cursor.description], row, strict=True)) for row in cursor.fetchall()]

    return rows


def texts(value: object, row: dict, catalogue_rows: dict) -> set[str]:
    """The ways in which a page may write a figure."""
    if isinstance(value, str):
        return {value}
    words = Words("zh")
    decimals = catalogue_rows.get(row.get("indicator_id"), 0 if float(value).is_integer() else 2)
    written = {words.number(float(value), d) for d in {decimals, 2, None}}
    return written | {f"{text}%" for text in written}


def cells(raw: str) -> set[str]:
    """The text of every cell of every table and of every remark in small print, and each of its words and numbers."""
    found = set()
    for _, inside in re.findall(r"<(t[dh]|small)\b[^>]*>(.*?)</\1>", raw, re.DOTALL):
        text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", inside)).split())
        found |= {text, *re.split(r"[\s：:（）()]+", text)}
    return found


def served(system: dict) -> bool:
    return system.get("statistics", True) and system["table"] in catalogue.published()


@pytest.mark.parametrize("system", [s for s in declared() if served(s)], ids=lambda s: f"{s['id']:02d}")
def test_the_page_of_a_system_shows_its_figure(province, tables, system):
    root = province.root
    path = system["page"].format(root=root)
    rows = tables(system["table"], system.get("where", "TRUE"))
    assert rows, f"{system['zh']}: {system['table']} has no such row"
    here = [r for r in rows if system.get("whole") or r.get("region_id") in (None, root)]
    assert here, f"{system['zh']}: none of the root"
    decimals = {r["indicator_id"]: r["decimals"] for r in tables("indicator_catalogue")}
    shown = cells(province.raw(path))
    found = [r for r in here if r[system["value"]] is not None and texts(r[system["value"]], r, decimals) & shown]
    assert found, f"{system['zh']}: {path} shows none of {[r[system['value']] for r in here][:8]}"


def test_what_is_served_is_counted_and_what_is_not_says_so(province, request):
    page = province.page("method/systems/")
    lines = {int(row.attributes["id"].removeprefix("system-")): row.words for row in page.content.all("tr") if row.attributes.get("id")}
    assert sorted(lines) == list(range(1, 41))
    expected = {s["id"] for s in declared() if served(s)}
    assert {n for n, text in lines.items() if text.endswith("已有")} == expected
    assert {n for n, text in lines.items() if text.endswith("尚未")} == {s["id"] for s in declared() if s.get("table") in LATER - set(catalogue.published())}
    assert f"本版在 40 项中有 {len(expected)} 项的数字" in page.content.words
    summary.say(request.config, "监管制度 / systems of supervision", f"四十项中 {len(expected)} 项有数据表和页面。",
                f"{len(expected)} of 40 are served by a table and a page.")


def test_every_system_names_forms_tables_and_columns_that_exist():
    forms = reference.load().forms
    assert [s["id"] for s in declared()] == list(range(1, 41))
    for system in declared():
        assert set(system["forms"]) <= set(forms), system
        assert re.search("[\u4e00-\u9fff]", system["zh"]) and not re.search("[\u4e00-\u9fff]", system["en"]), system
        if served(system):
            assert system["value"] in {c["name"] for c in catalogue.published()[system["table"]]["columns"]}, system
        elif system.get("statistics", True):
            assert system["table"] in LATER, system


def test_the_closed_loop_of_the_province_is_on_its_page(province, tables):
    """The newest stretch of the root: every step with its count and share."""
    root = province.root
    page = province.page("oversight/hazards/")
    section = next(s for s in page.content.all("section") if s.attributes.get("id") == "loop")
    rows = sorted(tables("hazard_funnel", f"region_id = '{root}' AND category = 'TOTAL'"), key=lambda r: (r["period"], r["span"], r["position"]))
    shown = {(r["period"], r["span"]) for r in rows if section.all("h2")[0].words.endswith(Words("zh").period(r["period"], r["span"]))}
    assert {p[:4] for p, _ in shown} == {"2024"}
    rows = [r for r in rows if (r["period"], r["span"]) == min(shown)]
    lines = [[cell.words for cell in row.all("td")] for row in section.all("table")[0].all("tr")[1:]]
    assert len(lines) == 5
    for row, line in zip(rows, lines, strict=False):
        assert (line[0], line[1]) == (f"{row['share_of_found_pct']:.2f}%", str(row["hazards"]))
    overdue = [r["hazard_id"] for r in tables("major_hazards", "overdue AND closed_on IS NULL")]
    listed = next((s for s in page.content.all("section") if s.attributes.get("id") == "overdue"), None)
    assert {row.all("th")[0].words for row in listed.all("tbody")[0].all("tr")} == set(overdue) if overdue else listed is None


def test_warning_levels_on_the_page_are_those_of_the_table(province, tables):
    page = province.page("oversight/warnings/")
    levels = tables("warning_levels", "industry = 'TOTAL' AND period = (SELECT max(period) FROM read_parquet('"
                    + str(province.out / "releases" / "latest" / "parquet" / "warning_levels.parquet") + "') WHERE industry = 'TOTAL' AND level IS NOT NULL)")
    names = {"purple": "紫", "red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "green": "绿"}
    section = next(s for s in page.content.all("section") if s.attributes.get("id") == "regions")
    lines = [[c.words for c in row.all("td")[:2]] for row in section.all("table")[1].all("tbody")[0].all("tr")]
    assert sorted(lines) == sorted([names[r["colour"]] if r["colour"] else "不定级", f"{r['index_value']:.2f}" if r["index_value"] is not None else "—"] for r in levels)


def test_dual_control_stands_beside_the_targets_of_accidents_and_deaths(province, tables):
    page = province.page("targets/")
    rows = tables("target_progress", f"region_id = '{province.root}' AND period = '2024-03' AND indicator_id IN ('accidents', 'deaths') AND category = 'TOTAL'")
    assert {r["dual_control"] for r in rows} in ({True}, {False}) and len(rows) == 2
    own = page.content.all("section")[0].all("table")[0].all("tbody")[0].all("tr")
    marked = [row.all("th")[0].words for row in own if "双控" in row.words]
    assert sorted(marked) == (["事故起数", "死亡人数"] if rows[0]["dual_control"] else [])
    assert "没有超过全年指标" in page.content.all("section")[-1].words


def test_each_cycle_of_assessment_has_its_own_page(province, tables):
    """The quarter of the counties stands on the page of quarters, the year of counties and cities on that of the chapter, and each leads to the other."""
    pages = {"2024": province.page("assessment/"), "2024Q1": province.page("assessment/quarter/")}
    schemes = {"2024": {"heyue-2024", "heyue-2024-city"}, "2024Q1": {"heyue-2024-quarter"}}
    for period, page in pages.items():
        rows = tables("assessment_scores", f"period = '{period}'")
        assert {r["scheme_id"] for r in rows} == schemes[period] == {node.words for section in page.content.all("section") for node in section.all("p")[0].all("code")}
        scores = {cell.words for cell in page.content.all("td") if cell.attributes.get("data-label") == "得分"}
        assert scores == {f"{r['score']:.2f}" for r in rows}
    assert all(r["judged_points"] == 100 for r in tables("assessment_scores", "period = '2024Q1'"))
    typed = tables("assessment_inputs", "period = '2024Q1' AND source = 'F15'")
    assert {r["item_id"] for r in typed} == {"现场抽查", "问题整改"} and len(typed) == 2 * len(tables("assessment_scores", "period = '2024Q1'"))
    assert "季度考核" in pages["2024"].content.words and "年度考核" in pages["2024Q1"].content.words


def test_letters_name_no_enterprise_and_open_as_a_tree(province, tables):
    page = province.page("oversight/letters/")
    assert all(r["signee_unit"] is None for r in tables("responsibility_letters", "type = '企业'"))
    tree = next(s for s in page.content.all("section") if s.attributes.get("id") == "tree")
    numbers = {r["letter_id"] for r in tables("responsibility_letters")}
    assert numbers and all(number in tree.words for number in numbers)
    top = [li for li in tree.all("ul", "ws-letters")[0].children if li.tag == "li"]
    assert len(top) == len(tables("responsibility_letters", "parent_id IS NULL")) < len(numbers)


def test_the_page_of_letters_shows_how_those_of_a_year_ended(tmp_path):
    """A city of three counties over a whole year: results and rewards come when it is over, and vetoes that struck stand beside their figures."""
    folder, out = tmp_path / "province", tmp_path / "out"
    command.simulate(command.Plan(counties=3, zones=0, cities=1, months=12, mess=0, formats=("csv",), forms=("F02", "F14", "F16")), folder)
    settings = folder / "jurisdiction.yml"
    given = yaml.safe_load(settings.read_text(encoding="utf-8"))
    settings.write_text(yaml.safe_dump({**given, "languages": ["zh"]}, allow_unicode=True), encoding="utf-8")
    assert main(["run", str(folder), "--out", str(out), "--latest-only"]) == 0
    raw = Province(out, given["root"]).page("oversight/letters/")
    coverage = next(s for s in raw.content.all("section") if s.attributes.get("id") == "types").all("table")[0]
    import duckdb

    ended = duckdb.sql(f"SELECT type, count(*) FILTER (WHERE result = '完成'), count(*) FILTER (WHERE result = '未完成'), count(*) FILTER (WHERE result = '否决'), "
                       f"count(*) FILTER (WHERE result IS NULL), sum(reward_yuan) FROM read_parquet('{out / 'releases' / 'latest' / 'parquet' / 'responsibility_letters.parquet'}') GROUP BY type").fetchall()
    shown = {row.all("th")[0].words: [c.words.replace(",", "") for c in row.all("td")] for row in coverage.all("tbody")[0].all("tr")}
    for kind, *results, reward in ended:
        assert shown[kind][2:6] == [str(n) for n in results] and sum(results[:3]) > 0
        assert float(shown[kind][7]) == reward if reward else shown[kind][7] == "—"
    assert sum(vetoed for *_, vetoed, _, _ in ended) >= 1
    tree = next(s for s in raw.content.all("section") if s.attributes.get("id") == "tree").words
    assert "触发否决" in tree and "未触发" in tree and "瞒报事故 ≥ 1" in tree and "奖励" in tree


def test_pages_of_what_was_never_reported_say_so(jiangxi):
    for name, text in (("hazards", "没有台账"), ("letters", "没有责任书"), ("credit", "没有收到信用与警示")):
        assert text in jiangxi.page(f"oversight/{name}/").content.words
        assert not jiangxi.page(f"oversight/{name}/").content.all("td")
    assert "No register." in jiangxi.page("en/oversight/hazards/").content.words
