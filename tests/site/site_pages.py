"""Reads built pages without a browser: their links, ids, headings, figures and plain text."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
    "path",
    "rect",
    "line",
    "circle",
    "polyline",
}


@dataclass
class Element:
    """An element with its attributes and all text inside it."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    def all(self, tag: str = "", name: str = "") -> list[Element]:
        """Descendants by tag and class."""
        found = []
        for child in self.children:
            if (not tag or child.tag == tag) and (not name or name in child.classes):
                found.append(child)
            found += child.all(tag, name)
        return found

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


class Reader(HTMLParser):
    """Builds the tree."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.at = self.root

    def handle_starttag(self, tag: str, attributes: list) -> None:
        element = Element(tag, {k: v or "" for k, v in attributes}, self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.at.children.append(Element(tag, {k: v or "" for k, v in attributes}, self.at))

    def handle_endtag(self, tag: str) -> None:
        node = self.at
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.at = node.parent

    def handle_data(self, data: str) -> None:
        if self.at.tag in ("script", "style"):
            return
        node = self.at
        while node is not None:
            node.text += data
            node = node.parent


@dataclass
class Page:
    """A page by its address within the site, such as `regions/360400/`."""

    path: str
    root: Element
    raw: str

    @property
    def html(self) -> Element:
        return self.root.all("html")[0]

    @property
    def content(self) -> Element:
        return self.root.all("article")[0]

    @property
    def ids(self) -> set[str]:
        return {e.attributes["id"] for e in self.root.all() if "id" in e.attributes}

    def resolve(self, href: str) -> tuple[str, str]:
        """Address within the site and fragment that a relative link leads to."""
        parts = urlsplit(href)
        path = posixpath.normpath(posixpath.join("/" + self.path, unquote(parts.path))) if parts.path else "/" + self.path
        if parts.path.endswith("/") or parts.path.rpartition("/")[2] in (".", ".."):
            path = path.rstrip("/") + "/"
        return path.lstrip("/"), unquote(parts.fragment)


def read_pages(folder: Path) -> dict[str, Page]:
    """Every page of a site by its address; the page of errors is left out."""
    found = {}
    for file in sorted(folder.rglob("*.html")):
        if file.name != "index.html":
            continue
        raw = file.read_text(encoding="utf-8")
        reader = Reader()
        reader.feed(raw)
        path = file.relative_to(folder).as_posix().removesuffix("index.html")
        found[path] = Page(path, reader.root, raw)
    return found
