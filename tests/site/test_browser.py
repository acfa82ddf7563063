"""The site in a real browser: what only running it can show."""

from __future__ import annotations

import contextlib

import pytest

pytestmark = pytest.mark.browser

KINDS = [
    "",
    "regions/",
    "regions/360000/",
    "regions/360400/",
    "regions/361000/",
    "regions/360102/",
    "rankings/",
    "rankings/accidents/",
    "targets/",
    "quality/",
    "data/",
    "data/tables/",
    "data/forms/",
    "data/rules/",
    "releases/",
    "method/",
    "decisions/",
    "decisions/2026-11-21-blank-is-not-zero/",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@contextlib.contextmanager
def opened(chromium, base, **options):
    """A page of a fresh context; what went wrong in it is in `problems`."""
    context = chromium.new_context(**options)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda request: problems.append(f"left the host: {request.url}") if not request.url.startswith((base, "data:")) else None
    )
    page.on("response", lambda response: problems.append(f"{response.status} {response.url}") if response.status >= 400 else None)
    page.problems = problems
    try:
        yield page
    finally:
        context.close()


@pytest.mark.parametrize("lang", ["", "en/"])
def test_pages_of_every_kind_ask_nobody_else_and_report_no_error(chromium, base, lang):
    with opened(chromium, base, viewport=DESK) as page:
        for kind in KINDS:
            page.goto(base + lang + kind)
            page.wait_for_timeout(60)
        assert page.problems == []


@pytest.mark.parametrize("lang", ["", "en/"])
def test_no_page_scrolls_sideways_on_a_phone(chromium, base, lang):
    with opened(chromium, base, viewport=PHONE, color_scheme="dark") as page:
        wide = []
        for kind in KINDS:
            page.goto(base + lang + kind)
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                wide.append((kind, width))
        assert wide == []
        assert page.problems == []


def test_on_a_phone_a_cell_of_several_pieces_reads_as_one_line_of_text(chromium, base):
    """What sets the first three of a ranking apart stands behind a name and not on a line of its own."""
    with opened(chromium, base, viewport=PHONE) as page:
        page.goto(base + "rankings/")
        places = page.evaluate("""[...document.querySelectorAll(".ws-stack td")].flatMap(cell => [...cell.childNodes]
            .filter(node => node.nodeType === 3 && node.data.trim() === "；")
            .map(node => { const mark = document.createRange(); mark.selectNode(node); return mark.getBoundingClientRect().left
                           - node.previousElementSibling.getBoundingClientRect().left }))""")
        assert places and min(places) > 5


def results(page, text: str) -> list[str]:
    """Addresses that a reader's words find, best first, without the marks of the search."""
    query = page.locator("[data-md-component=search-query]")
    query.click()
    query.fill("")
    page.wait_for_function("document.querySelectorAll('.md-search-result__item').length === 0")
    query.fill(text)  # as if pasted or composed: no key is pressed
    page.wait_for_function("document.querySelectorAll('.md-search-result__item').length > 0")
    page.wait_for_timeout(300)
    links = page.eval_on_selector_all(".md-search-result__item", "items => items.map(item => item.querySelector('a').pathname)")
    return [link.lstrip("/") for link in links]


def test_chinese_search_finds_what_a_reader_types(chromium, base):
    with opened(chromium, base, viewport=DESK) as page:
        page.goto(base)
        assert results(page, "抚州")[0] == "regions/361000/"
        assert results(page, "九江市")[0] == "regions/360400/"
        assert "targets/" in results(page, "控制指标")[:2]
        assert {"method/", "regions/360000/"} <= set(results(page, "较大事故"))
        assert "method/" in results(page, "推算")
        assert "quality/" in results(page, "数据质量")
        assert page.problems == []


def test_english_search_finds_too(chromium, base):
    with opened(chromium, base, viewport=DESK) as page:
        page.goto(base + "en/")
        assert "en/regions/360400/" in results(page, "Jiujiang")[:2]
        assert "en/targets/" in results(page, "target")[:2]
        assert page.problems == []


def test_search_opens_on_a_phone_from_the_keyboard(chromium, base):
    with opened(chromium, base, viewport=PHONE) as page:
        page.goto(base + "regions/360400/")
        page.locator("[data-ws-search]").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.matches('[data-md-component=search-query]')")
        assert page.problems == []


def test_switch_goes_to_the_same_page_and_back(chromium, base):
    with opened(chromium, base, viewport=DESK) as page:
        page.goto(base + "regions/360400/")
        page.click(".ws-lang")
        assert page.url == base + "en/regions/360400/"
        assert "Jiujiang" in page.inner_text("h1")
        page.click(".ws-lang")
        assert page.url == base + "regions/360400/"


def test_a_number_shows_its_cell_and_escape_closes_it(chromium, base):
    with opened(chromium, base, viewport=DESK) as page:
        page.goto(base + "regions/360400/")
        number = page.locator("a.ws-src", has_text="94").first
        number.focus()
        page.keyboard.press("Enter")
        card = page.locator(".ws-card-source")
        assert "F02" in card.inner_text() and "!" in card.locator(".ws-cellref").first.inner_text()
        page.keyboard.press("Escape")
        assert card.count() == 0
        assert page.evaluate("document.activeElement.classList.contains('ws-src')")
        assert page.problems == []


def test_first_key_reaches_the_skip_link(chromium, base):
    with opened(chromium, base, viewport=DESK) as page:
        page.goto(base + "quality/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches('.ws-skip')")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_numbers_are_there_without_scripts_and_on_paper(chromium, base):
    with opened(chromium, base, viewport=DESK, java_script_enabled=False) as page:
        page.goto(base + "regions/360400/")
        assert page.locator(".ws-big").first.inner_text() == "94"
        assert page.locator("#sources").count() == 1
        page.emulate_media(media="print")
        assert not page.locator(".ws-nav").is_visible()
        assert page.locator("#numbers table").first.is_visible()


def test_both_colour_schemes_follow_the_system(chromium, base):
    grounds = set()
    for scheme in ("light", "dark"):
        with opened(chromium, base, viewport=DESK, color_scheme=scheme) as page:
            page.goto(base)
            grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(255, 255, 255)", "rgb(16, 23, 31)"}


def test_hostile_text_runs_nowhere(chromium, hostile, hostile_base):
    with opened(chromium, hostile_base, viewport=PHONE) as page:
        for path in sorted(hostile.pages):
            page.goto(hostile_base + path)
            assert page.evaluate("window.hacked === undefined"), path
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        page.goto(hostile_base + "regions/990101/")
        assert "<img src=x" in page.inner_text("h1")
        assert page.problems == []
