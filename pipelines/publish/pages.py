"""The website of a release: plain data into templates, templates into MkDocs, one build a language, put in place whole.

`build_site` is what the pipeline calls. Submitted text reaches a page only through templates that escape it, and an address only
through `views.base.slug`. The output depends on the release and the declarations alone: no clock, no random order.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines import reference as declarations
from pipelines.publish.release_data import ReleaseData
from pipelines.publish.site_writer import EMPTY_BODY, SITE, SiteError, SiteWriter
from pipelines.publish.views.base import release_key
from pipelines.publish.words import Words

LANGUAGES = ("zh", "en")


def build_site(
    release_dir: Path,
    releases_dir: Path,
    jurisdiction: object,
    site_dir: Path,
    work_dir: Path,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Build the website of one release into `site_dir`, replacing what was there only when all of it is ready.

    `releases_dir` holds this and the earlier releases, whose files are offered for download. `work_dir` keeps drawn charts between
    builds and may be deleted. Raises SiteError when a page cannot be written or a link leads nowhere.
    """
    release_dir, releases_dir, site_dir, work_dir = (Path(p).resolve() for p in (release_dir, releases_dir, site_dir, work_dir))
    languages = [lang for lang in LANGUAGES if lang in (jurisdiction.languages or LANGUAGES)] or ["zh"]
    releases = list_releases(releases_dir, release_dir)
    work_dir.mkdir(parents=True, exist_ok=True)
    jobs = [start(Job(release_dir, releases, jurisdiction, lang, languages, work_dir)) for lang in languages]
    try:
        for lang, job in zip(languages, jobs, strict=True):
            progress(finish(job, lang))
    finally:
        for job in jobs:
            if job.poll() is None:  # the other language failed
                job.kill()
                job.wait()
    fresh = site_dir.with_name(f".{site_dir.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(work_dir / languages[0] / "site", fresh)
    for lang in languages[1:]:
        shutil.move(work_dir / lang / "site", fresh / lang)
    tidy(fresh)
    place_files(releases, fresh / "data")
    swap(fresh, site_dir)
    progress(f"{site_dir}")


# --- the releases and their files ------------------------------------------------------------------------------------


def list_releases(releases_dir: Path, release_dir: Path) -> list[dict]:
    """Every release beside this one, newest first: name, folder, manifest and its files that really are inside it."""
    folders = {release_dir}
    if releases_dir.is_dir():
        folders |= {p for p in releases_dir.iterdir() if p.is_dir() and not p.is_symlink()}
    found = []
    for folder in sorted(folders):
        path = folder / "manifest.json"
        if not path.is_file():
            continue
        manifest = json.loads(path.read_text(encoding="utf-8"))
        hashes = {f["path"]: f for f in manifest.get("files", [])}
        files = []
        for file in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
            name = file.relative_to(folder).as_posix()
            declared = hashes.get(name, {})
            files.append(
                {
                    "name": name,
                    "file": file,
                    "bytes": file.stat().st_size,
                    "sha256": declared.get("sha256", ""),
                    "rows": declared.get("rows"),
                }
            )
        found.append(
            {
                "name": manifest["release"],
                "folder": slug_release(manifest["release"]),
                "manifest": manifest,
                "files": files,
                "current": folder == release_dir,
            }
        )
    found.sort(key=lambda r: (r["manifest"].get("as_of", ""), release_key(r["name"])), reverse=True)
    return found


def slug_release(name: str) -> str:
    """A release's name as a folder: 2015-12.v2 stays as it is."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-") or "release"


def place_files(releases: list[dict], target: Path) -> None:
    """Put each release's files under the site: linked where the file system can, copied where it cannot."""
    for release in releases:
        for file in release["files"]:
            path = target / release["folder"] / PurePosixPath(file["name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file["file"], path)
            except OSError:
                shutil.copyfile(file["file"], path)


def swap(fresh: Path, site_dir: Path) -> None:
    """Put the new folder where the old one was; a reader finds the old one or the new one."""
    old = site_dir.with_name(f".{site_dir.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if site_dir.exists():
        site_dir.rename(old)
    fresh.rename(site_dir)
    shutil.rmtree(old, ignore_errors=True)


def tidy(site: Path) -> None:
    """Leave out what no page loads: source maps, and the compressed sitemap with its time stamp."""
    for path in [*site.rglob("*.map"), *site.rglob("sitemap.xml.gz")]:
        path.unlink()
    for path in site.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        if "sourceMappingURL" in text:
            path.write_text(re.sub(r"\n?//# sourceMappingURL=\S+", "", text), encoding="utf-8")
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        if "sourceMappingURL" in text:
            path.write_text(re.sub(r"\n?/\*# sourceMappingURL=\S+ \*/", "", text), encoding="utf-8")


def epoch(as_of: str) -> int:
    """Seconds of the release's as-of time: the only date that a build knows."""
    try:
        parsed = dt.datetime.fromisoformat(as_of)
    except ValueError:
        return 0
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp())


# --- one process a language --------------------------------------------------------------------------------------------


@dataclass
class Job:
    """The whole of one language: what its process needs to know."""

    release_dir: Path
    releases: list[dict]
    jurisdiction: object
    lang: str
    languages: list[str]
    work_dir: Path

    @property
    def folder(self) -> Path:
        return self.work_dir / self.lang

    def run(self) -> int:
        """Write the pages and build them; the number of pages."""
        docs = self.folder / "docs"
        shutil.copytree(SITE / "assets", docs / "assets")
        reference = getattr(self.jurisdiction, "reference", None) or declarations.load(Path(self.jurisdiction.folder))
        data = ReleaseData(self.release_dir, reference, self.jurisdiction.decimals_of("change_pct"))
        writer = SiteWriter(data, self.jurisdiction, Words(self.lang), self.languages, self.releases, docs, self.work_dir / "charts")
        count = writer.write()
        run_mkdocs(writer.mkdocs_settings(self.folder))
        return count


def start(job: Job) -> subprocess.Popen:
    """Languages are built side by side, each in a process of its own: MkDocs keeps state in its modules, and ours stays clean."""
    shutil.rmtree(job.folder, ignore_errors=True)
    job.folder.mkdir(parents=True)
    path = job.folder / "job.pickle"
    path.write_bytes(pickle.dumps(job))
    manifest = json.loads((job.release_dir / "manifest.json").read_text(encoding="utf-8"))
    environment = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "SOURCE_DATE_EPOCH": str(epoch(manifest.get("as_of", ""))),
        "PYTHONUTF8": "1",
    }
    command = [sys.executable, "-c", "import sys; from pipelines.publish import pages; sys.exit(pages.main(sys.argv[1]))", str(path)]
    return subprocess.Popen(
        command, cwd=SITE.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )


def finish(process: subprocess.Popen, lang: str) -> str:
    """Wait for a language; what it has to say. Raises SiteError with its last words."""
    output, _ = process.communicate()
    if process.returncode:
        raise SiteError(f"网站({lang})没有生成 / the site ({lang}) was not built:\n{output[-4000:]}")
    return output.strip().splitlines()[-1]


def main(path: str) -> int:
    """Entry of a language's process."""
    job = pickle.loads(Path(path).read_bytes())
    print(Words(job.lang)("progress.pages", n=job.run()))
    return 0


# --- MkDocs ----------------------------------------------------------------------------------------------------------


def run_mkdocs(settings: dict) -> None:
    """One strict build from `site/mkdocs.yml` with the settings of a language."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    config = load_config(
        str(SITE / "mkdocs.yml"),
        docs_dir=settings["docs_dir"],
        site_dir=settings["site_dir"],
        site_name=settings["site_name"],
        site_url=settings["site_url"],
        strict=True,
    )
    config.theme["language"] = settings["lang"]
    config.extra.update(settings["extra"])
    config.plugins["material/search"].config["jieba_dict_user"] = settings["words"]
    for palette, word in zip(config.theme["palette"], settings["extra"]["words"]["scheme"].split("|"), strict=True):
        palette["toggle"]["name"] = word
    build(config)
    fill(Path(settings["docs_dir"]).parent / "bodies", Path(settings["site_dir"]))


def fill(bodies: Path, site: Path) -> None:
    """Put the numbers of each page into the frame that MkDocs has built."""
    for kept in sorted(bodies.rglob("index.json")):
        page = site / kept.relative_to(bodies).with_suffix(".html")
        parts = page.read_text(encoding="utf-8").split(EMPTY_BODY)
        texts = json.loads(kept.read_text(encoding="utf-8"))
        if len(parts) != len(texts) + 1:
            raise SiteError(f"{page}: 正文的位置丢失 / lost the place of its text")
        filled = [parts[0], *(f"<ws-body>{text}</ws-body>{rest}" for text, rest in zip(texts, parts[1:], strict=True))]
        page.write_text("".join(filled), encoding="utf-8")
