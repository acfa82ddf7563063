"""Words of the site in each language, and how periods, numbers and changes are written. Pure functions; no data, no files but `site/words.yml`."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path

import yaml

from transforms import periods

WORDS = Path(__file__).resolve().parents[2] / "site" / "words.yml"
EN_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
CN_QUARTERS = "一二三四"
CN_PLACES = {0: "个位", 1: "十位", 2: "百位", 3: "千位", 4: "万位", 5: "十万位", 6: "百万位"}
MINUS = "\u2212"


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Every text of the site: key -> {zh, en}, as declared in `site/words.yml`."""
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict) -> None:
        if set(node) <= {"zh", "en"}:
            flat[prefix] = {lang: str(text) for lang, text in node.items()}
            return
        for key, child in node.items():
            walk(f"{prefix}.{key}" if prefix else str(key), child)

    walk("", yaml.safe_load(WORDS.read_text(encoding="utf-8")))
    return flat


class Words:
    """The texts of one language: `words("home.title", n=3)`. An unknown key is a KeyError: no page is built with a hole in it."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, key: str, **values: object) -> str:
        """A text with its values. Counts come as int and are written as numbers; a year is none."""
        text = catalogue()[key][self.lang]
        return text.format(**{name: self.number(v) if type(v) is int and name != "year" else v for name, v in values.items()}) if values else text

    def get(self, key: str, default: str) -> str:
        """The text, or `default` where the key comes from data (a level, a reason) and may be new."""
        return catalogue().get(key, {}).get(self.lang, default)

    # --- periods -----------------------------------------------------------------------------------------------------

    def period(self, period: str, span: str = "") -> str:
        """A period in words: 2011年1—10月 / Jan–Oct 2011. A text that is not a period is shown as it is."""
        try:
            months = periods.months_of(period, span)
        except (ValueError, TypeError):
            return str(period)
        first, last = divmod(months.start, 12), divmod(months.end, 12)
        text = self._stretch(period, first, last)
        if span == "stock":
            return f"{text}末" if self.lang == "zh" else f"end of {text}"
        return text

    def _stretch(self, period: str, first: tuple[int, int], last: tuple[int, int]) -> str:
        year = first[0]
        if re.fullmatch(r"\d{4}", period):
            return f"{period}年" if self.lang == "zh" else period
        if match := re.fullmatch(r"(\d{4})Q([1-4])", period):
            return f"{year}年第{CN_QUARTERS[int(match[2]) - 1]}季度" if self.lang == "zh" else f"Q{match[2]} {year}"
        if match := re.fullmatch(r"(\d{4})H([12])", period):
            if self.lang == "zh":
                return f"{year}年{'上下'[int(match[2]) - 1]}半年"
            return f"{('first', 'second')[int(match[2]) - 1]} half of {year}"
        if first == last:
            return f"{year}年{first[1] + 1}月" if self.lang == "zh" else f"{EN_MONTHS[first[1]]} {year}"
        if self.lang == "zh":
            end = f"{last[1] + 1}月" if first[0] == last[0] else f"{last[0]}年{last[1] + 1}月"
            return f"{year}年{first[1] + 1}{'' if first[0] == last[0] else '月'}—{end}"
        begin, end = EN_MONTHS[first[1]][:3], EN_MONTHS[last[1]][:3]
        return f"{begin}–{end} {year}" if first[0] == last[0] else f"{begin} {year}–{end} {last[0]}"

    def period_code(self, period: str, span: str = "") -> str:
        """A period for a table: its code (2015, 2015Q3, 2015-01), or words where the code alone would mislead."""
        return self.period(period, span) if span in ("ytd", "range") else str(period)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """12345.6 -> 12,345.60; half-up on the decimal the number is written as, never on its binary form."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return "—"
        exact = Decimal(repr(value) if isinstance(value, float) else str(value))
        if decimals is None:
            exact = exact.normalize()
            decimals = max(0, -int(exact.as_tuple().exponent))
        exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
        text = f"{abs(exact):,f}"
        return f"{MINUS}{text}" if exact < 0 else text

    def signed(self, value: float, decimals: int | None = None) -> str:
        """+9, −3, 0: a change always shows its sign."""
        text = self.number(value, decimals)
        return text if text.startswith(MINUS) or not re.search(r"[1-9]", text) else f"+{text}"

    def qualified(self, text: str, qualifier: str | None) -> str:
        """A number with the sign of its qualifier: ≥2,400, ≤600, 约300 / ≈300."""
        if qualifier == "ge":
            return f"≥{text}"
        if qualifier == "le":
            return f"≤{text}"
        if qualifier == "approx":
            return f"约{text}" if self.lang == "zh" else f"≈{text}"
        return text

    def resolution(self, qualifier: str) -> str:
        """rounded(10^2) in words."""
        match = re.search(r"10\^(\d+)", qualifier)
        power = int(match[1]) if match else 0
        if self.lang == "zh":
            return f"精确到{CN_PLACES.get(power, f'10^{power}')}"
        return f"to the nearest {10**power:,}"

    def bytes(self, size: int) -> str:
        """1536 -> 1.5 KB."""
        amount = float(size)
        for unit in ("B", "KB", "MB", "GB"):
            if amount < 1024 or unit == "GB":
                return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
            amount /= 1024
        raise AssertionError("unreachable")

    def join(self, parts: list[str]) -> str:
        """A list in words: 甲、乙和丙 / a, b and c."""
        if len(parts) < 2:
            return "".join(parts)
        if self.lang == "zh":
            return "、".join(parts[:-1]) + "和" + parts[-1]
        return ", ".join(parts[:-1]) + " and " + parts[-1]
