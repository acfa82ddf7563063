"""XML of unknown origin, read by expat: no document type, no entities of its own, no bottomless nesting."""

from __future__ import annotations

import re
from xml.parsers import expat

from pipelines.intake import limits
from pipelines.intake.limits import Unreadable

_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


def refuse_declarations(name: str, content: bytes) -> None:
    """Raises Unreadable when a part declares a document type or entities, or is in an encoding in which that could not be seen."""
    if b"<!" in content and _DECLARED.search(content):
        raise Unreadable("UNSAFE_XML", f"{name[:100]}: DOCTYPE")
    if b"\x00" in content:
        raise Unreadable("UNSAFE_XML", f"{name[:100]}: UTF-16")


def parse(name: str, content: bytes, start, end, text=None) -> None:
    """Call `start(name, attributes)` and `end(name)` for each element and `text(content)` between; names are `namespace local`.

    Attributes come as a flat list of names and values. Raises Unreadable.
    """
    refuse_declarations(name, content)
    parser = expat.ParserCreate("utf-8", " ")  # whatever it declares: the next reader takes it for UTF-8 too
    parser.ordered_attributes = True
    parser.buffer_text = True
    depth = 0

    def begin(tag: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > limits.MAX_DEPTH:
            raise Unreadable("TOO_DEEP", f"{name[:100]}: {limits.MAX_DEPTH}")
        start(tag, attributes)

    def finish(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag)

    def declared(*_: object) -> None:
        raise Unreadable("UNSAFE_XML", f"{name[:100]}: DOCTYPE")

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = declared
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable("BROKEN_FILE", f"{name[:100]}: {error}") from error
