"""Writes the pages of one language: plain data into templates, one file a page, as the source of a MkDocs build.

Submitted text reaches a page only through templates that escape it, and an address only through `slug`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipelines.publish import charts
from pipelines.publish.dictionary import Dictionary
from pipelines.publish.release_data import ReleaseData
from pipelines.publish.views.base import local_time, slug
from pipelines.publish.views.credit import CreditView
from pipelines.publish.views.duties import DutiesView
from pipelines.publish.views.hazards import HazardsView
from pipelines.publish.views.letters import LettersView
from pipelines.publish.views.library import LibraryView
from pipelines.publish.views.region import RegionView
from pipelines.publish.views.systems import SystemsView
from pipelines.publish.views.warning_levels import WarningsView
from pipelines.publish.words import Words

SITE = Path(__file__).resolve().parents[2] / "site"
# The numbers of a page are put in after MkDocs has built its frame: MkDocs then neither parses them nor puts them into the search
# index, and a page costs the same whatever it holds.
BODY = re.compile(r"<ws-body data-search-exclude>(.*?)</ws-body>", re.DOTALL)
EMPTY_BODY = "<ws-body></ws-body>"
NAV = ["", "regions/", "rankings/", "targets/", "assessment/", "oversight/", "quality/", "data/", "method/", "releases/"]
NAV_WORDS = ["home", "regions", "rankings", "targets", "assessment", "oversight", "quality", "data", "method", "releases"]
# The pages of oversight: address, template and words, and what they show.
OVERSIGHT = {"hazards": HazardsView, "warnings": WarningsView, "letters": LettersView, "duties": DutiesView, "credit": CreditView}
THEME_WORDS = (
    "skip menu search other_language other_language_label scheme simulated as_of release publisher contact licence schematic made "
    "not_found not_found_text home contents title"
).split()


class SiteError(RuntimeError):
    """The site could not be built; the message says which page or link and what to do."""


class SiteWriter:
    """Writes the pages of one language as the source of one MkDocs build."""

    def __init__(
        self, data: ReleaseData, jurisdiction: object, words: Words, languages: list[str], releases: list[dict], docs: Path, cache: Path
    ) -> None:
        self.data = data
        self.jurisdiction = jurisdiction
        self.w = words
        self.lang = words.lang
        self.languages = languages
        self.releases = releases
        self.docs = docs
        self.cache = cache
        self.view = RegionView(data, words, jurisdiction)
        self.name = jurisdiction.name.get(self.lang) or jurisdiction.name["zh"]
        self.root = self.view.root
        self.paths: set[str] = set()
        self.written: list[str] = []
        self.env = Environment(
            loader=FileSystemLoader(SITE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self.env.globals.update(
            w=words,
            num=words.number,
            lang=self.lang,
            name=self.name,
            release=data.manifest["release"],
            published_by=self.publisher(),
            publisher=self.publisher() or words("site.name", name=self.name),
            licence=self.licence(),
        )

    def publisher(self) -> str:
        """Who publishes, as declared; empty where nobody is: the site does not speak in anyone's name."""
        declared = self.jurisdiction.publisher or {}
        return declared.get(self.lang) or declared.get("zh") or ""

    def licence(self) -> dict:
        """The licence with its title in this language, where it is written as 中文 / English."""
        given = {key: str((self.jurisdiction.licence or {}).get(key) or "") for key in ("id", "title", "url")}
        titles = given["title"].split(" / ")
        if len(titles) == 2:
            given["title"] = titles[0 if self.lang == "zh" else 1]
        given["title"] = given["title"] or given["id"]
        if not given["url"].startswith(("https://", "http://")):
            given["url"] = ""
        return given

    def nav(self) -> dict[str, str]:
        """The addresses of the main menu with their words; the assessment where there is one."""
        return {path: word for path, word in zip(NAV, NAV_WORDS, strict=True) if word != "assessment" or self.view.assessed}

    # --- addresses

    def link(self, at: str) -> Callable[[str], str]:
        """Relative address of another page, seen from the page at `at`. A page that does not exist is an error, not a dead link."""

        def url(target: str) -> str:
            if target not in self.paths:
                raise SiteError(f"{at}: 链接到不存在的页面 / links to a page that does not exist: {target}")
            return "./" if target == at else posixpath.relpath(f"/{target}", f"/{at}") + "/"

        return url

    def file_link(self, at: str) -> Callable[[str], str]:
        """Relative address of a released file: files lie once, under the first language."""
        up = "" if self.lang == self.languages[0] else "../"
        depth = at.count("/")
        return lambda path: "../" * depth + up + quote(path)

    def write(self) -> int:
        """Write every page; the number of pages."""
        rankings = self.view.rankings
        regions = [self.data.regions[key] for key in sorted(self.data.regions)]
        hand = sorted((SITE / "docs" / self.lang).rglob("*.md"))
        self.paths = {*self.nav(), "method/systems/", "method/schemes/", "data/tables/", "data/forms/", "data/rules/", "filing/", *(p["path"] for p in rankings)}
        self.paths |= {self.view.region_link(r)["path"] for r in regions} | {self.view.sheet_path(r) for r in self.view.sheet_regions}
        self.paths |= {f"oversight/{name}/" for name in OVERSIGHT} | set(self.view.cycles.values())
        self.page("", "home.html.j2", self.w("home.title", name=self.name), self.home(len(rankings)))
        self.page(
            "regions/",
            "regions.html.j2",
            self.w("nav.regions"),
            {"tree": self.view.tree(), "total": len(regions), "year": self.view.reporting_year},
        )
        for region in regions:
            context = self.view.region(region)
            self.page(context["region"]["path"], "region.html.j2", context["region"]["name"], context)
        self.page("rankings/", "rankings.html.j2", self.w("nav.rankings"), {"pages": rankings})
        for page in rankings:
            self.page(page["path"], "ranking.html.j2", page["name"], {"page": page})
        self.page("targets/", "targets.html.j2", self.w("nav.targets"), self.view.targets_page())
        if self.view.assessed:
            for cycle, path in {"year": "assessment/", **self.view.cycles}.items():
                self.page(path, "assessment.html.j2", self.w("nav.assessment") if cycle == "year" else self.w(f"assessment.cycle_{cycle}"), self.view.assessment_page(cycle))
        for region_id in self.view.sheet_regions:
            context = self.view.score_sheet(self.data.regions[region_id])
            self.page(self.view.sheet_path(region_id), "scoresheet.html.j2", self.w("assessment.sheet_of", name=context["region"]["name"]), context)
        self.oversight()
        self.page("quality/", "quality.html.j2", self.w("nav.quality"), self.view.quality())
        self.page("data/", "data.html.j2", self.w("nav.data"), {"releases": [self.downloads(r) for r in self.releases]})
        dictionary = Dictionary(self.data, self.w)
        self.page("data/tables/", "tables.html.j2", self.w("data.tables"), {"tables": dictionary.tables()})
        self.page(
            "data/forms/",
            "forms.html.j2",
            self.w("data.forms"),
            {"forms": dictionary.forms(), "indicators": dictionary.indicators(), "companions": dictionary.companions()},
        )
        self.page("data/rules/", "rules.html.j2", self.w("data.rules"), {"groups": dictionary.rules()})
        systems = SystemsView(self.data, self.w, self.jurisdiction)
        self.page("method/systems/", "systems.html.j2", self.w("systems.title"), systems.page(self.paths))
        self.page("method/schemes/", "library.html.j2", self.w("library.title"), LibraryView(self.data, self.w, self.jurisdiction).page())
        self.page("releases/", "releases.html.j2", self.w("nav.releases"), self.release_list())
        self.copy_docs(hand)
        self.word_list(regions)
        return len(self.written) + len(hand)

    def oversight(self) -> None:
        """The pages of hazards, warnings, letters, drills and staffing, and credit, and the one that leads to them."""
        cards = [{"path": f"oversight/{name}/", "title": self.w(f"{name}.title"), "text": self.w(f"oversight.{name}")} for name in OVERSIGHT]
        self.page("oversight/", "oversight.html.j2", self.w("nav.oversight"), {"cards": cards})
        for name, view in OVERSIGHT.items():
            context = view(self.data, self.w, self.jurisdiction).page()
            self.page(f"oversight/{name}/", f"{name}.html.j2", self.w(f"{name}.title"), context)

    def page(self, path: str, template: str, title: str, context: dict) -> None:
        """One page as a Markdown file that is a single line of HTML: nothing in it is read as Markdown."""
        if path not in self.paths or path in self.written:
            raise SiteError(f"{path}: 页面重复或未登记 / the page is written twice or not announced")
        rendered = self.env.get_template(template).render(**context, url=self.link(path), file=self.file_link(path), here=path)
        text = re.sub(r"\s*\n\s*", " ", rendered).strip()
        bodies = BODY.findall(text)
        body = BODY.sub(EMPTY_BODY, text)
        if bodies:
            kept = self.docs.parent / "bodies" / f"{path}index.json"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(bodies, ensure_ascii=False), encoding="utf-8")
        meta = {"title": " ".join(title.split()), "ws": template.partition(".")[0]}
        target = self.docs / f"{path}index.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"---\n{json.dumps(meta, ensure_ascii=False)}\n---\n{body}\n", encoding="utf-8")
        self.written.append(path)

    def home(self, rankings: int) -> dict:
        view, root = self.view, self.root
        if root is None:
            raise SiteError(f"{self.jurisdiction.root}: 地区表中没有任何地区 / the table of regions is empty")
        pairs = view.pairs(root)
        for chart in pairs:
            chart["svg"] = Markup(charts.svg(chart.pop("spec"), self.cache))
        targets = view.targets(
            self.data.rows("SELECT * FROM target_progress WHERE region_id = ? ORDER BY year, period, indicator_id, category", [root.id])
        )
        if targets:
            targets[0]["rows"] = targets[0]["rows"][:8]
        newest = [g for g in view.revisions(6) if g["release"] == self.data.manifest["release"]]
        quality = view.quality()
        wrong = sum(v["count"] for v in quality["printed"]["verdicts"] if v["key"] in ("contradiction", "truncated", "off_in_last_digit"))
        return {
            "headline": view.headline(root),
            "root": view.region_link(root),
            "tiles": view.tiles(root, self.tile_layout()),
            "children_name": view.children_name(root),
            "coverage": view.coverage(),
            "matrix": view.matrix(root),
            "completeness": view.completeness(root),
            "year": view.reporting_year,
            "years": view.years[:12],
            "pairs": pairs,
            "targets": targets[0] if targets else None,
            "revision": newest[0] if newest else None,
            "printed": {"total": quality["printed"]["total"], "wrong": wrong},
            "findings": quality["counts"],
            "rankings": rankings,
            "tables": len(self.data.tables),
        }

    def tile_layout(self) -> dict[str, tuple[int, int]]:
        """Place of each tile from the jurisdiction's `tiles.csv` (region_id,column,row); without it the tiles flow in order."""
        path = Path(self.jurisdiction.folder) / "tiles.csv" if getattr(self.jurisdiction, "folder", None) else None
        if path is None or not path.is_file():
            return {}
        found = {}
        for number, text in enumerate(path.read_text(encoding="utf-8-sig").splitlines()[1:], start=2):
            parts = [part.strip() for part in text.split(",")]
            if len(parts) < 3:
                continue
            try:
                found[parts[0]] = (int(parts[1]), int(parts[2]))
            except ValueError as error:
                raise SiteError(
                    f"{path.name}: 第 {number} 行 / line {number}: 列和行应为整数 / column and row must be whole numbers"
                ) from error
        return found

    # --- files, dictionaries, releases

    def downloads(self, release: dict) -> dict:
        """The files of a release: a row a table, and the rest."""
        tables: dict[str, dict] = {}
        others = []
        for file in release["files"]:
            entry = {
                "path": f"data/{release['folder']}/{file['name']}",
                "name": file["name"],
                "size": self.w.bytes(file["bytes"]),
                "sha256": file["sha256"],
            }
            kind, _, name = file["name"].partition("/")
            stem, _, ending = name.rpartition(".")
            if kind in ("parquet", "csv") and ending == kind and "/" not in name:
                table = tables.setdefault(stem, {"name": stem, "title": self.table_title(stem), "rows": "—", "parquet": None, "csv": None})
                table[kind] = entry
                if file["rows"] is not None:
                    table["rows"] = self.w.number(file["rows"], 0)
            else:
                others.append(entry)
        order = list(self.data.tables)
        return {
            "name": release["name"],
            "as_of": local_time(release["manifest"].get("as_of", ""), self.view.zone),
            "tables": sorted(tables.values(), key=lambda t: (order.index(t["name"]) if t["name"] in order else 99, t["name"])),
            "others": others,
        }

    def table_title(self, name: str) -> str:
        declared = self.data.tables.get(name)
        return declared["title"][self.lang] if declared else name

    def release_list(self) -> dict:
        revisions = self.view.revisions()
        for group in revisions:
            group["slug"] = slug(group["release"])
        counts = {g["release"]: g["count"] for g in revisions}
        rows = []
        for release in self.releases:
            names = {f["name"] for f in release["files"]}
            base = f"data/{release['folder']}"
            rows.append(
                {
                    "name": release["name"],
                    "slug": slug(release["name"]),
                    "as_of": local_time(release["manifest"].get("as_of", ""), self.view.zone),
                    "previous": release["manifest"].get("previous_release") or "",
                    "changes": counts.get(release["name"], 0),
                    "current": release["current"],
                    "manifest": f"{base}/manifest.json",
                    "changes_file": f"{base}/CHANGES.csv" if "CHANGES.csv" in names else "",
                }
            )
        return {"releases": rows, "revisions": revisions}

    # --- hand-written pages, search words, settings

    def copy_docs(self, hand: list[Path]) -> None:
        """Hand-written pages as they are; an index of the decisions where nobody wrote one."""
        base = SITE / "docs" / self.lang
        decisions = []
        for path in hand:
            name = path.relative_to(base)
            target = self.docs / name
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(text, encoding="utf-8")
            if name.parts[0] == "decisions" and name.name != "index.md":
                heading = re.search(r"^# (.+)$", text, re.MULTILINE)
                decisions.append((name.name, heading[1] if heading else name.stem))
        if decisions and not (base / "decisions" / "index.md").is_file():
            lines = [f"# {self.w('decisions.title')}", "", self.w("decisions.lead"), ""]
            lines += [f"* [{title}]({name})" for name, title in sorted(decisions, reverse=True)]
            (self.docs / "decisions" / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def word_list(self, regions: list) -> None:
        """Words that the search must not cut apart: names of regions with and without their ending, and the field's terms.

        Short words only: the search in the browser cuts what a reader types at the words it knows, so 较大事故 is found
        where 较大 and 事故 are two words, and lost where 较大事故起数 is one.
        """
        found = set(self.w("search.words").split())
        for region in regions:
            name = region.names["zh"]
            found |= {name, re.sub(r"(?<=..)(省|市|县|区|地区|自治州|自治县)$", "", name)}
        chosen = sorted(word for word in found if re.fullmatch(r"[\u4e00-\u9fff]{2,12}", word))
        (self.docs.parent / "words.txt").write_text("".join(f"{word} 100000 n\n" for word in chosen), encoding="utf-8")

    def mkdocs_settings(self, work: Path) -> dict:
        """What the one `mkdocs.yml` leaves open: the language, its folders, and the facts every page carries."""
        manifest, j = self.data.manifest, self.jurisdiction
        base = (j.base_url or "").rstrip("/")
        first = self.lang == self.languages[0]
        return {
            "lang": self.lang,
            "docs_dir": str(self.docs),
            "site_dir": str(work / "site"),
            "words": str(work / "words.txt"),
            "site_name": self.w("site.name", name=self.name),
            "site_url": f"{base}/" if base and first else f"{base}/{self.lang}/" if base else None,
            "extra": {
                "lang": self.lang,
                "html_lang": {"zh": "zh-CN", "en": "en"}[self.lang],
                "nav": [{"path": path, "title": self.w(f"nav.{word}")} for path, word in self.nav().items()],
                "words": {key: self.w(f"theme.{key}") for key in THEME_WORDS},
                "name": self.name,
                "simulated": bool(j.simulated),
                "release": manifest["release"],
                "as_of": local_time(manifest.get("as_of", ""), self.view.zone),
                "program": manifest.get("program_version", ""),
                "publisher": self.publisher(),
                "contact": (j.publisher or {}).get("contact") or "",
                "licence": self.licence(),
                "base": base,
                "first": first,
                "other": next((each for each in self.languages if each != self.lang), ""),
                "other_prefix": "../" if not first else f"{next((each for each in self.languages if each != self.lang), '')}/",
            },
        }
