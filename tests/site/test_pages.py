"""What every page of the site must hold, read from its HTML. Needs no browser."""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader

from pipelines import jurisdiction, schemes
from pipelines.publish import words
from pipelines.publish.pages import build_site
from transforms.scoring import provenance

ROOT = Path(__file__).resolve().parents[2]
MINUS = "\u2212"


def test_every_chinese_page_has_its_english_twin(jiangxi):
    chinese = {path for path in jiangxi.pages if not path.startswith("en/")}
    english = {path.removeprefix("en/") for path in jiangxi.pages if path.startswith("en/")}
    assert chinese == english
    assert len(chinese) > 130


def test_language_switch_leads_to_the_same_page(jiangxi):
    for path, page in jiangxi.pages.items():
        switch = page.root.all("a", "ws-lang")
        assert len(switch) == 1, path
        target, _ = page.resolve(switch[0].attributes["href"])
        assert target == (path.removeprefix("en/") if path.startswith("en/") else f"en/{path}"), path
        alternates = {
            link.attributes["hreflang"]: link.attributes["href"] for link in page.root.all("link") if "hreflang" in link.attributes
        }
        assert set(alternates) == {"zh-CN", "en"}, path


def test_all_links_resolve(jiangxi):
    broken = []
    for path, page in jiangxi.pages.items():
        for element in page.root.all():
            for name in ("href", "src"):
                link = element.attributes.get(name)
                if not link or urlsplit(link).scheme:
                    continue
                target, fragment = page.resolve(link)
                if target in jiangxi.pages:
                    if fragment and fragment not in jiangxi.pages[target].ids:
                        broken.append(f"{path}: {link}: no such place")
                elif not (jiangxi.folder / target).is_file():
                    broken.append(f"{path}: {link}: {target}")
    assert not broken, broken[:20]


def test_nothing_is_loaded_from_elsewhere(jiangxi):
    for path, page in jiangxi.pages.items():
        for element in page.root.all():
            if element.tag in ("script", "img", "iframe", "source"):
                assert not urlsplit(element.attributes.get("src", "")).scheme, path
            if element.tag == "link" and element.attributes.get("rel", "") in ("stylesheet", "icon", "preconnect", "preload"):
                assert not urlsplit(element.attributes["href"]).scheme, path
    styles = "".join(file.read_text(encoding="utf-8") for file in jiangxi.folder.rglob("*.css"))
    assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", styles)
    assert not list(jiangxi.folder.rglob("*.map"))


def test_headings_are_in_order_and_pages_name_their_language(jiangxi):
    for path, page in jiangxi.pages.items():
        levels = [int(e.tag[1]) for e in page.content.all() if re.fullmatch("h[1-6]", e.tag)]
        assert levels and levels[0] == 1 and levels.count(1) == 1, f"{path}: {levels[:5]}"
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), f"{path}: {levels}"
        assert page.html.attributes["lang"] == ("en" if path.startswith("en/") else "zh"), path
        assert page.root.all("a", "ws-skip")[0].attributes["href"] == "#content", path
        assert "content" in page.ids, path


def test_figures_and_pictures_have_text(jiangxi):
    charts = 0
    for path, page in jiangxi.pages.items():
        for picture in page.root.all("img"):
            assert picture.attributes.get("alt"), path
        for figure in page.content.all("figure"):
            assert figure.all("figcaption") and figure.all("figcaption")[0].words, path
            if "ws-chart" in figure.classes:
                charts += 1
                assert figure.all("table"), f"{path}: a chart without its data"
        for drawing in page.content.all("svg"):
            assert drawing.attributes.get("aria-hidden") == "true" or drawing.attributes.get("aria-label"), path
        for table in page.content.all("table"):
            assert all(head.attributes.get("scope") for head in table.all("th")) or "ws-table" not in table.classes, path
    assert charts >= 4


def test_headline_of_jiujiang_2015(jiangxi):
    """94 accidents, 9 more; 63 deaths recovered from 3 fewer and 4.55% (work report of the city, 2015)."""
    page = jiangxi.page("regions/360400/")
    cells = {cell.all("dt")[0].words: cell.all("dd")[0].words for cell in page.content.all("div", "ws-band__cell")}
    assert "94" in cells["事故起数"] and "增加 +9（+10.59%）" in cells["事故起数"]
    assert "63" in cells["死亡人数"] and "推算" in cells["死亡人数"] and f"减少 {MINUS}3（{MINUS}4.55%）" in cells["死亡人数"]
    english = jiangxi.page("en/regions/360400/")
    assert "up +9 (+10.59%)" in english.content.words and "recovered" in english.content.words
    tile = next(t for t in jiangxi.page("").content.all("li", "ws-tile") if "九江市" in t.words)
    assert "94" in tile.words and "+10.59%" in tile.words and "增加" in tile.words


def test_a_change_that_chance_alone_makes_is_said_to_be_one_and_is_not_judged(jiangxi):
    """94 accidents in Jiujiang against 85: of 179 coins 94 heads or more is no wonder (p = 0.55); 63 deaths against 66 neither."""
    for path, said in (("regions/360400/", "在偶然范围内"), ("en/regions/360400/", "within chance")):
        page = jiangxi.page(path)
        changes = [c for cell in page.content.all("div", "ws-band__cell") for c in cell.all("p", "ws-chg") if said in c.words]
        assert len(changes) == 2 and all("ws-chg--plain" in c.classes for c in changes), path
        assert jiangxi.page(path).content.all("a", "ws-mark--chance")[0].attributes["href"].endswith("method/#certainty")


def test_a_ranking_shows_where_each_rank_may_be_in_words_and_as_a_bar(jiangxi, hostile):
    """Three cities with 11, 94 and 312 accidents are apart whatever chance does; one death and none are not."""

    def cells(page):
        rows = [row for row in page.content.all("table", "ws-ranking")[0].all("tr") if row.all("td") and row.all("td")[0].words != "—"]
        return [row.all("td", "ws-rangecell")[0] for row in rows]

    apart, together = cells(jiangxi.page("rankings/accidents/")), cells(hostile.page("rankings/deaths/"))
    assert len(apart) == 3 and {cell.words for cell in apart} == {"偶然改变不了"}
    assert {cell.words for cell in cells(jiangxi.page("en/rankings/accidents/"))} == {"chance does not change it"}
    assert len(together) == 2 and {cell.words for cell in together} == {"可能在 1 到 2 之间"}
    for cell, style in [(cell, "width:33.33%") for cell in apart] + [(cell, "width:100.0%") for cell in together]:
        [bar] = cell.all("span", "ws-range")
        assert bar.attributes["aria-hidden"] == "true" and style in bar.all("span")[1 if bar.all("span")[0] is bar else 0].attributes["style"]
    assert not jiangxi.page("rankings/deaths_per_accident/").content.all("td", "ws-rangecell"), "a mean has no range"
    assert "没有偶然范围" in jiangxi.page("rankings/deaths_per_accident/").content.words


def test_a_region_stands_beside_the_median_and_the_best_of_its_peers(jiangxi):
    heads = [h.words for h in jiangxi.page("regions/360400/").content.all("th")]
    assert {"同组中位数", "同组最好", "百分位"} <= set(heads)
    assert "中位数" in jiangxi.page("rankings/accidents/").content.words
    assert {"certainty", "benchmarks"} <= jiangxi.page("method/").ids & jiangxi.page("en/method/").ids


def test_headline_of_the_province_in_words(jiangxi):
    assert "2020年1—9月，江西省发生事故1,208起、死亡718人" in jiangxi.page("").content.all("h1")[0].words
    assert "Jan–Sep 2020: Jiangxi recorded 1,208 accidents and 718 deaths" in jiangxi.page("en/").content.all("h1")[0].words


def test_what_is_not_reported_is_said_and_not_shown_as_zero(jiangxi):
    page = jiangxi.page("regions/360102/")
    assert "未报送。" in page.content.words and "不以零代替" in page.content.words
    assert not page.content.all("table") and not page.content.all("span", "ws-big")
    assert "Not reported." in jiangxi.page("en/regions/360102/").content.words
    tiles = jiangxi.page("").content.all("li", "ws-tile--none")
    assert tiles and all("未报送" in tile.words and "0" not in tile.words for tile in tiles)
    ranking = jiangxi.page("rankings/accidents/").content.all("table")[0]
    last = ranking.all("tr")[-1].words
    assert "—" in last and "没有可用的数" in last


def test_rough_numbers_keep_their_wording(jiangxi):
    """Yingtan trained "2400余" people in 2015: at least 2,400."""
    page = jiangxi.page("regions/360600/").content.words
    assert "≥2,400" in page and "原文“2400余”" in page
    assert "按原文" in jiangxi.page("regions/361000/").content.words


def test_targets_show_progress_time_and_status_in_words(jiangxi):
    page = jiangxi.page("targets/")
    rows = {row.all("th")[0].words: row.words for row in page.content.all("tr") if row.all("td")}
    assert "186.67%" in rows["火灾 · 死亡人数"] and "突破" in rows["火灾 · 死亡人数"]
    assert "84.93%" in rows["较大事故起数"] and "超时序进度" in rows["较大事故起数"]
    assert "控制进度内" in rows["工矿商贸 · 死亡人数"]
    assert "83.33%" in page.content.words


def test_every_number_of_a_region_leads_to_a_cell(jiangxi):
    for path in ("regions/360400/", "regions/361000/", "regions/360000/"):
        page = jiangxi.page(path)
        numbers = page.content.all("a", "ws-src")
        assert len(numbers) > 3
        entries = {e.attributes["id"]: e for e in page.content.all("li") if re.fullmatch(r"s\d+", e.attributes.get("id", ""))}
        for number in numbers:
            entry = entries[number.attributes["href"].removeprefix("#")]
            summed = any(word in entry.words for word in ("下级", "各月相加", "各类别相加"))
            assert entry.all("span", "ws-cellref") or summed, f"{path}: {number.words}: {entry.words}"


def test_revision_of_january_2015_is_listed(jiangxi):
    rows = [row.words for row in jiangxi.page("releases/").content.all("tr")]
    assert any("139 → 166" in row and "2015-01" in row and "江西省" in row for row in rows)
    assert any("67 → 88" in row for row in rows)


def test_downloads_are_there_with_their_checksums(jiangxi):
    page = jiangxi.page("data/")
    checked = 0
    for link in (a for a in page.content.all("a") if "download" in a.attributes):
        target, _ = page.resolve(link.attributes["href"])
        checksum = next((code.words for code in link.parent.all("code")), "")
        if checksum:
            assert hashlib.sha256((jiangxi.folder / target).read_bytes()).hexdigest() == checksum, target
            checked += 1
    assert checked >= 24
    assert (jiangxi.folder / "data" / "2015-01.v1" / "parquet" / "indicators.parquet").is_file()


def test_dictionary_has_every_published_column_in_both_languages(jiangxi):
    from pipelines.publish.release_data import declarations

    page = jiangxi.page("data/tables/").content.words
    english = jiangxi.page("en/data/tables/").content.words
    for name, table in declarations().items():
        assert table["title"]["zh"] in page and table["title"]["en"] in english, name
        for column in table["columns"]:
            assert column["name"] in page and column["zh"] in page and column["en"] in page, f"{name}.{column['name']}"


def test_the_page_of_checks_lists_every_rule_in_both_languages_with_columns_by_name(jiangxi):
    from expectations import compile as suites
    from pipelines import reference

    forms = reference.load().forms
    page = jiangxi.page("data/rules/").content.words
    english = jiangxi.page("en/data/rules/").content.words
    for rule in suites.catalogue(forms):
        assert rule.rule_id in page and rule.rule_id in english
    assert "有死亡 〔死亡〕 人而事故起数为 0" in page
    assert "[Deaths] deaths but no accident" in english
    assert not re.search(r"\{\w+\}", page + english)


def test_the_same_release_gives_the_same_site(jiangxi, tmp_path):
    again = tmp_path / "site"
    latest = (jiangxi.out / "releases" / "latest").resolve()
    build_site(latest, jiangxi.out / "releases", jurisdiction.load(ROOT / "data" / "jiangxi"), again, tmp_path / "work")
    ours = {f.relative_to(again): f for f in again.rglob("*") if f.is_file()}
    theirs = {f.relative_to(jiangxi.folder): f for f in jiangxi.folder.rglob("*") if f.is_file()}
    assert set(ours) == set(theirs)
    assert not [str(name) for name in ours if ours[name].read_bytes() != theirs[name].read_bytes()]


def test_simulated_data_say_so_on_every_page_and_one_language_has_no_switch(hostile):
    assert len(hostile.pages) > 10
    for path, page in hostile.pages.items():
        assert page.root.all("div", "ws-simulated"), path
        assert not page.root.all("a", "ws-lang"), path
    assert not (hostile.folder / "en").exists()


def test_hostile_text_is_text(hostile):
    everything = ""
    for path, page in hostile.pages.items():
        everything += page.content.words
        for element in page.root.all():
            assert not any(name.startswith("on") for name in element.attributes), f"{path}: {element.tag}"
            assert not element.attributes.get("href", "").startswith("javascript:"), path
            assert element.tag != "img", path
        assert "window.hacked" not in "".join(re.findall(r"<script[^>]*>(.*?)</script>", page.raw, re.DOTALL)), path
    assert "东山<img src=x onerror" in everything
    assert "window.hacked=3" not in everything and "*7<img" not in everything, "what a clerk typed where a number belongs is not published"
    assert "〔略〕" in everything
    assert "<b>某局</b>" in hostile.page("").root.all("footer")[0].text


def test_a_masked_number_is_listed_as_written_and_not_used(hostile):
    page = hostile.page("regions/990102/").content
    aside = next(section for section in page.all("section") if section.attributes.get("id") == "aside")
    assert "起数" in aside.words and "*6" in aside.words and "被遮蔽" in aside.words
    assert "本版发布中没有" not in page.words


def test_words_are_complete_in_both_languages():
    for key, texts in words.catalogue().items():
        assert set(texts) == {"zh", "en"}, key
        fields = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        assert fields[0] == fields[1], f"{key}: {fields}"


@pytest.mark.parametrize(("of", "said"), [
    ({"veto": "发生两起<较大>事故"}, "发生两起&lt;较大&gt;事故"),
    ({"veto": "一票否决", "computed": "91.20", "tie": True}, "一票否决（否决前 91.20 分）；名额边缘并列，由人决定"),
    ({"unknown": ["V1", "V2"], "provisional": True, "unjudged": 2}, "否决条款 V1 缺数，无法判断；否决条款 V2 缺数，无法判断；"
     "总分不完整：2 个条目没有数据，按已评的 45 分折算（总分 100 分）"),
    ({"interim": True, "unjudged": 5, "score": "—"}, "考核期未满；没有一个条目有数据"), ({"bottom": True}, "末位"),
    ({"tie": True, "interim": True}, "名额边缘并列，由人决定；考核期未满"), ({}, "")])
def test_remarks_beside_a_score_are_set_apart_and_end_without_a_mark(of, said):
    environment = Environment(loader=FileSystemLoader(ROOT / "site" / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    macros = environment.get_template("macros.html.j2").make_module({"w": words.Words("zh")})
    none = {"veto": "", "computed": "", "tie": False, "unknown": [], "interim": False, "provisional": False, "unjudged": 0, "bottom": False,
            "score": "80.00", "judged_points": "45", "total": "100"}
    assert str(macros.remarks({**none, **of})).strip() == said


def test_a_count_in_a_sentence_has_separators_and_a_year_has_none():
    assert words.Words("en")("regions.lead", n=12345, year=2024).startswith("12,345 regions") and "2024" in words.Words("en")("regions.lead", n=1, year=2024)


@pytest.mark.parametrize(
    ("period", "span", "zh", "en"),
    [
        ("2015", "year", "2015年", "2015"),
        ("2015Q3", "quarter", "2015年第三季度", "Q3 2015"),
        ("2015H1", "half", "2015年上半年", "first half of 2015"),
        ("2015-01", "month", "2015年1月", "January 2015"),
        ("2011-10", "ytd", "2011年1—10月", "Jan–Oct 2011"),
        ("2016-11..2017-02", "range", "2016年11月—2017年2月", "Nov 2016–Feb 2017"),
        ("2015", "stock", "2015年末", "end of 2015"),
        ("<b>", "month", "<b>", "<b>"),
    ],
)
def test_periods_in_words(period, span, zh, en):
    assert words.Words("zh").period(period, span) == zh
    assert words.Words("en").period(period, span) == en


def test_numbers_are_rounded_half_up_as_written():
    w = words.Words("zh")
    assert w.number(1208.0, 0) == "1,208"
    assert w.number(2.675, 2) == "2.68"
    assert w.number(-0.5, 0) == f"{MINUS}1"
    assert w.number(None) == "—"
    assert w.number(float("nan")) == "—"
    assert w.signed(9.0, 0) == "+9" and w.signed(0.0, 2) == "0.00" and w.signed(-3.0, 0) == f"{MINUS}3"


def contrast(one: str, other: str) -> float:
    """Contrast of two colours after WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_text_has_enough_contrast(scheme):
    style = (ROOT / "site" / "assets" / "css" / "site.css").read_text(encoding="utf-8")
    block = re.search(rf'\[data-md-color-scheme="{scheme}"\] {{(.*?)}}', style, re.DOTALL)[1]
    colours = dict(re.findall(r"--ws-([\w-]+): (#[0-9a-f]{6});", block))
    for ink in ("ink", "ink2", "link", "worse", "better", "over", "warn"):
        for ground in ("paper", "tint"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, f"{ink} on {ground}"
    for ink, ground in [
        ("warn", "warn-ground"),
        ("over", "over-ground"),
        ("better", "good-ground"),
        ("brand-ink", "brand"),
        ("ink", "tint2"),
        ("ink2", "tint2"),
    ]:
        assert contrast(colours[ink], colours[ground]) >= 4.5, f"{ink} on {ground}"
    for line in ("line2", "bar", "focus"):
        assert contrast(colours[line], colours["paper"]) >= 3, line


def test_direction_never_rests_on_colour_alone(jiangxi):
    for path in ("", "regions/360400/", "regions/360000/", "en/regions/360500/"):
        for change in jiangxi.page(path).content.all(name="ws-chg--worse") + jiangxi.page(path).content.all(name="ws-chg--better"):
            assert re.search("[▲▼]", change.words) and re.search("增加|减少|up|down", change.words), change.words


def test_the_library_says_of_every_scheme_what_is_sourced_and_what_is_assumed(jiangxi):
    files = sorted(schemes.FOLDER.glob("*.yml"))
    raws = {raw["id"]: raw for raw in (yaml.safe_load(path.read_text(encoding="utf-8")) for path in files)}
    assert len(raws) == len(files)
    for at in ("method/schemes/", "en/method/schemes/"):
        rows = {row.attributes["id"].removeprefix("scheme-"): row for row in jiangxi.page(at).root.all("tr") if row.attributes.get("id", "").startswith("scheme-")}
        assert set(rows) == set(raws)
        for scheme_id, row in rows.items():
            parts = provenance.parts_of(raws[scheme_id])
            numbers = [cell.text for cell in row.all("td", "r")]
            assert numbers == [str(sum(part.status == status for part in parts)) for status in provenance.STATUSES], scheme_id
            assumed = [set(part.assumed) for part in parts if part.assumed]
            assert len(row.all("li")) == len(assumed), scheme_id
            keys = [set(re.split(r"[、,]\s*", code.text)) for code in row.all("code")[1:]]  # the first is the scheme's own id
            assert keys == [part for part in assumed if "*" not in part], scheme_id
