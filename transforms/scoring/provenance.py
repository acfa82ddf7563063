"""Where the parts of a scheme come from: told by a document, assumed, or partly both. One row per part, for the method page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KINDS = ("scheme", "group", "item", "bonus", "deduction", "veto", "grade", "part", "input", "note")
STATUSES = ("sourced", "partly", "assumed", "unmarked")
_LISTS = {"bonus": "bonus", "deductions": "deduction", "vetoes": "veto", "grades": "grade", "parts": "part", "inputs": "input", "notes": "note"}


@dataclass(frozen=True)
class Part:
    """A part of a scheme. `documents`: names of the documents that tell it; `assumed`: what of it none tells, `*` for all of it."""

    kind: str
    id: str
    name_zh: str
    name_en: str
    documents: tuple[str, ...]
    assumed: tuple[str, ...]

    @property
    def status(self) -> str:
        """sourced, partly, assumed, or unmarked where the scheme says nothing: the jurisdiction's own rule."""
        if self.documents:
            return "partly" if self.assumed else "sourced"
        return "assumed" if self.assumed else "unmarked"


def parts_of(raw: dict) -> list[Part]:
    """The marked parts of a parsed scheme, in the order of the file."""
    names = {str(k): str(v) for k, v in (raw.get("documents") or {}).items()}
    return [_part(names, kind, given, name) for kind, given, name in _walk(raw)]


def summary(raw: dict) -> dict[str, int]:
    """How many parts of a scheme are sourced, partly sourced, assumed and unmarked."""
    parts = parts_of(raw)
    return {status: sum(p.status == status for p in parts) for status in STATUSES}


def table(schemes: Iterable[dict]) -> list[dict[str, object]]:
    """A row for each parsed scheme, by its number in the catalogue: how many parts of each status, and which are assumed in whole or in part."""
    rows = []
    for raw in sorted(schemes, key=_place):
        parts = parts_of(raw)
        rows.append({"number": str(raw.get("number", "")), "scheme_id": str(raw["id"]), "name_zh": str(raw["name_zh"]), "name_en": str(raw.get("name_en", raw["name_zh"])),
                     **summary(raw), "documents": [str(d) for d in (raw.get("documents") or {}).values()],
                     "assumed_parts": [p for p in parts if p.assumed]})
    return rows


def _place(raw: dict) -> tuple[bool, int, str]:
    """S1 before S2 before S10; schemes without a number of the catalogue come last."""
    digits = str(raw.get("number", "")).removeprefix("S")
    return not digits.isdecimal(), int(digits) if digits.isdecimal() else 0, str(raw.get("id", ""))


def _walk(raw: dict) -> Iterator[tuple[str, dict, str]]:
    yield "scheme", raw, str(raw.get("id", ""))
    for key in ("period", "rounding", "ranking"):
        if raw.get(key):
            yield "scheme", raw[key], key
    for group in raw.get("groups") or ():
        yield "group", group, str(group.get("id", ""))
        for item in group.get("items") or ():
            yield "item", item, str(item.get("id", ""))
    for key, kind in _LISTS.items():
        for n, given in enumerate(raw.get(key) or ()):
            yield kind, given, str(given.get("id") or given.get("name") or given.get("scheme") or n + 1)


def _part(names: dict[str, str], kind: str, given: dict, name: str) -> Part:
    documents, assumed = given.get("document"), given.get("assumed")
    documents = documents if isinstance(documents, list) else [] if documents is None else [documents]
    listed = [str(a) for a in assumed] if isinstance(assumed, list) else ["*"] if assumed else []
    zh, en = (str(given.get(f"name_{language}") or given.get("name") or given.get(f"text_{language}") or "") for language in ("zh", "en"))
    return Part(kind, name, zh or name, en or zh or name, tuple(names.get(str(d), str(d)) for d in documents), tuple(listed))
