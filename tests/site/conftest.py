"""Builds the sites that the tests read: Jiangxi from a real run, and a small bureau whose files try to smuggle markup in."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import summary
from site_pages import Page, read_pages

from pipelines.cli import main

ROOT = Path(__file__).resolve().parents[2]
JIANGXI = ROOT / "data" / "jiangxi"
NO_BROWSER = pytest.StashKey[int]()
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable") if (path := shutil.which(name))), None
)
REGIONS = """region_id,name_zh,name_en,level,parent_id,valid_from,valid_to,kind,ranked,counted,included_in_parent,aliases
990100,河阳市,Heyang,city,,,,,,,,
990101,"东山<img src=x onerror=""window.hacked=1"">县",,county,990100,,,,,,,东山县|<script>window.hacked=2</script>
990102,西水县,,county,990100,,,,,,,
"""
SUBMISSION = """# 表号: F02
# 行政区划代码: 990100
# 报告期: 2023-05
地区,类别,起数,死亡,重伤,<script>window.hacked=3</script>,备注
东山县,合计,3,1,2400余,x,"<script>window.hacked=4</script> {{ 7*7 }} **粗** [链](javascript:window.hacked=5)"
西水县,合计,*6,0,*7<img src=x onerror=window.hacked=6>,x,
"""


@dataclass
class Site:
    """A built site: its folder and, by address, its pages."""

    folder: Path
    out: Path

    @cached_property
    def pages(self) -> dict[str, Page]:
        return read_pages(self.folder)

    def page(self, path: str) -> Page:
        return self.pages[path]

    @cached_property
    def manifest(self) -> dict:
        return json.loads((self.out / "releases" / "latest" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def jiangxi_out(jiangxi_out) -> Path:
    """All releases of the real figures, with the site of the newest."""
    assert main(["run", str(JIANGXI), "--out", str(jiangxi_out)]) == 0
    return jiangxi_out


@pytest.fixture(scope="session")
def jiangxi(jiangxi_out) -> Site:
    return Site(jiangxi_out / "site", jiangxi_out)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> Site:
    """A simulated bureau, in Chinese only, whose region names, aliases, headers, values and notes hold markup."""
    folder = tmp_path_factory.mktemp("hostile")
    out = folder / "out"
    (folder / "submissions").mkdir()
    (folder / "jurisdiction.yml").write_text(
        "id: heyang\nname: {zh: 河阳市}\nroot: '990100'\nlanguages: [zh]\nsimulated: true\n"
        "publisher: {zh: '<b>某局</b>', en: '', contact: '\"><script>window.hacked=7</script>'}\n"
        "licence: {id: X, title: '<i>许可</i>', url: 'javascript:window.hacked=8'}\n",
        encoding="utf-8",
    )
    (folder / "regions.csv").write_text(REGIONS, encoding="utf-8")
    (folder / "submissions" / "f02.csv").write_text(SUBMISSION, encoding="utf-8")
    assert main(["run", str(folder), "--out", str(out)]) == 0
    return Site(out / "site", out)


def serve(site: Path):
    """A running server with ranges on the loopback address; its base address and the server."""
    from pipelines.serve import server

    running = server(site, 0)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{running.server_address[1]}/", running


@pytest.fixture(scope="session")
def base(jiangxi):
    address, running = serve(jiangxi.folder)
    yield address
    running.shutdown()


@pytest.fixture(scope="session")
def hostile_base(hostile):
    address, running = serve(hostile.folder)
    yield address
    running.shutdown()


@pytest.fixture(scope="session")
def chromium(jiangxi, hostile):
    """One headless browser for the session, started after the runs: it keeps an event loop that Dagster would trip over."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        yield browser
        browser.close()


def pytest_runtest_setup(item) -> None:
    if item.get_closest_marker("browser") and "tests/site" in item.nodeid and CHROMIUM is None:
        item.config.stash[NO_BROWSER] = item.config.stash.get(NO_BROWSER, 0) + 1
        pytest.skip("没有 Chromium，请先 make browser / no Chromium: run `make browser` first")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session) -> None:
    if skipped := session.config.stash.get(NO_BROWSER, 0):
        summary.say(session.config, "没有浏览器 / no browser",
                    f"{skipped} 个浏览器测试未运行：没有找到 Chromium。请运行 make browser，然后重新 make test。",
                    f"{skipped} browser tests did NOT run: no Chromium was found. Run `make browser`, then `make test` again.", bad=True)
