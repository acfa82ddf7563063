"""Charts of the site. Lines are geometry that a template draws; pairs of bars are Vega-Lite, rendered once and kept by content.

No chart carries words of a language and none carries a colour: both come from the page around it, so one drawing serves
Chinese and English, light and dark, screen and paper.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from pathlib import Path

WIDTH, HEIGHT = 420, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 26
# Colours that stand for variables of the style sheet; replaced after rendering.
STAND_INS = {
    "#010101": "var(--ws-ink2)",
    "#020202": "var(--ws-line)",
    "#030303": "var(--ws-bar)",
    "#040404": "var(--ws-bar-base)",
    "#050505": "var(--ws-ink)",
}


def ticks(highest: float, wanted: int = 4) -> list[float]:
    """Round values from 0 to at least `highest`."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


def tick_text(value: float) -> str:
    return f"{value:,.10g}"


def line(points: list[dict], step: int) -> dict:
    """Geometry of a line through `points` (at: month, value, code); broken where a period of `step` months is missing."""
    marks = ticks(max(p["value"] for p in points))
    first, last = points[0]["at"], points[-1]["at"]
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(at: int) -> float:
        return round(LEFT + (at - first) / max(1, last - first) * width, 1)

    def y(value: float) -> float:
        return round(TOP + height - value / marks[-1] * height, 1)

    paths, current = [], []
    for before, point in zip([None, *points], points, strict=False):
        if current and step and point["at"] - before["at"] > step:
            paths.append(current)
            current = []
        current.append(f"{x(point['at'])},{y(point['value'])}")
    paths.append(current)
    shown = sorted({0, len(points) - 1, *([len(points) // 2] if len(points) > 6 else [])})
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "paths": [" ".join(path) for path in paths if len(path) > 1],
        "dots": [{"x": x(p["at"]), "y": y(p["value"]), "text": p["text"], "code": p["code"]} for p in points],
        "ticks": [{"y": y(m), "text": tick_text(m)} for m in marks],
        "labels": [
            {
                "x": x(points[i]["at"]),
                "text": points[i]["code"],
                "anchor": "start" if i == 0 else "end" if i == len(points) - 1 else "middle",
            }
            for i in shown
        ],
        "last": {"x": x(last), "y": y(points[-1]["value"]), "text": points[-1]["text"]},
        "broken": len([path for path in paths if path]) > 1,
    }


def pairs_spec(rows: list[dict]) -> dict:
    """Vega-Lite: for each period a bar of the value and a bar of its base. Rows: code, value, base."""
    data = []
    for row in rows:
        data.append({"p": row["code"], "k": 0, "v": row["base"]})
        data.append({"p": row["code"], "k": 1, "v": row["value"]})
    labels = len(rows) <= 6
    layers = [
        {
            "mark": {"type": "bar"},
            "encoding": {
                "color": {"field": "k", "type": "nominal", "scale": {"domain": [0, 1], "range": ["#040404", "#030303"]}, "legend": None}
            },
        }
    ]
    if labels:
        layers.append(
            {
                "mark": {"type": "text", "dy": -7, "fontSize": 11, "color": "#050505"},
                "encoding": {"text": {"field": "v", "type": "quantitative", "format": ",.10~g"}},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": WIDTH - 60,
        "height": 170,
        "background": None,
        "padding": 2,
        "data": {"values": data},
        "encoding": {
            "x": {"field": "p", "type": "nominal", "sort": None, "axis": {"title": None, "labelAngle": 0 if len(rows) <= 7 else -60}},
            "xOffset": {"field": "k", "type": "nominal"},
            "y": {"field": "v", "type": "quantitative", "axis": {"title": None, "tickCount": 4, "format": ",.10~g"}},
        },
        "layer": layers,
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": "#010101",
                "labelFontSize": 11,
                "gridColor": "#020202",
                "domainColor": "#010101",
                "tickColor": "#010101",
            },
            "axisY": {"domain": False, "ticks": False},
        },
    }


def svg(spec: dict, cache: Path) -> str:
    """The SVG of a Vega-Lite specification, from the cache where the same specification was drawn before."""
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False)
    kept = cache / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.svg"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    import vl_convert  # starts a script engine: only when there is something to draw

    drawn = tidy(vl_convert.vegalite_to_svg(spec, vl_version="6.4" if "6.4" in vl_convert.get_vegalite_versions() else None))
    cache.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(drawn, encoding="utf-8")
    fresh.replace(kept)  # the other language may be reading
    return drawn


def tidy(drawn: str) -> str:
    """One line, no fixed size, colours as variables of the style sheet, hidden from screen readers (the table beside it is not)."""
    for stand_in, variable in STAND_INS.items():
        drawn = drawn.replace(stand_in, variable)
    drawn = re.sub(r'\s(?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    drawn = re.sub(
        r"<svg([^>]*?)\swidth=\"[\d.]+\"\sheight=\"[\d.]+\"", r'<svg\1 class="ws-svg" aria-hidden="true" focusable="false"', drawn, count=1
    )
    drawn = drawn.replace('class="marks" ', "", 1).replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    return " ".join(drawn.split())
