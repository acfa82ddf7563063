"""A released number as a page shows it: its text, its marks (at least, recovered, partial), its change, and the cells it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.publish.release_data import ReleaseData
from pipelines.publish.words import Words
from pipelines.reference import Indicator
from transforms.categories import added_up
from transforms.periods import from_january, made_of, shift

CELLS_SHOWN = 12


@dataclass(frozen=True)
class Mark:
    """A word beside a number that says how it is to be read; `key` is its class and its anchor in the method page."""

    key: str
    word: str
    title: str


@dataclass
class Number:
    """`text` is complete in itself ("≥2,400"); `source` is the number of its entry in the list of sources, 0 when it has none."""

    text: str
    unit: str = ""
    marks: list[Mark] = field(default_factory=list)
    source: int = 0
    hint: str = ""
    raw_value: float | None = None


@dataclass(frozen=True)
class Change:
    """A change against the base: arrow and word carry the direction, tone only repeats the judgement (worse, better, flat, plain)."""

    kind: str
    arrow: str
    word: str
    difference: str
    percent: str
    tone: str
    note: str
    base: str
    zero_mark: str = ""  # what stands for the per cent where the base is zero
    by_chance: bool = False  # chance alone makes a difference of this size often enough

    @property
    def short(self) -> str:
        return self.percent or self.difference or self.word

    @property
    def known(self) -> bool:
        return bool(self.percent or self.difference or self.arrow)


@dataclass
class Cell:
    """A place in a received file."""

    form_id: str
    submission_id: str
    sheet: str
    cell: str
    written: str
    what: str = ""


@dataclass
class Source:
    """An entry in a page's list of sources: which number, how it was obtained, from which cells."""

    at: int
    what: str
    when: str
    value: str
    how: str
    formula: str = ""
    cells: list[Cell] = field(default_factory=list)
    more: int = 0
    base: str = ""


class Sources:
    """The list of sources of one page, filled while its numbers are written."""

    def __init__(self) -> None:
        self.entries: list[Source] = []
        self.marks: dict[str, Mark] = {}
        self.by_chance = False  # whether a change on the page is within chance

    def add(self, **values: object) -> Source:
        source = Source(at=len(self.entries) + 1, **values)
        self.entries.append(source)
        return source

    @property
    def legend(self) -> list[Mark]:
        """Each kind of mark used on the page, once."""
        return [self.marks[key] for key in sorted(self.marks)]

    @property
    def submissions(self) -> list[str]:
        return sorted({cell.submission_id for entry in self.entries for cell in entry.cells if cell.submission_id})


class NumberWriter:
    """Writes the numbers of one region: knows its figures, so that each number finds its cells."""

    def __init__(
        self, data: ReleaseData, words: Words, sources: Sources, figures: list[dict], printed: list[dict] | None = None,
        findings: list[dict] | None = None, zero_mark: str = "",
    ) -> None:
        self.data = data
        self.zero_mark = zero_mark
        # Cells that another row, file or form contradicts: published all the same, and marked.
        self.contradicted = {
            (f["submission_id"], f["sheet"] or "", f["cell"]) for f in findings or [] if f["scope"] == "files" and f["severity"] == "error" and f["cell"]
        }
        self.printed: dict[tuple, dict] = {}
        for row in printed or []:
            key = (row["form_id"], row["measure"], row["category"], row["period"], row["span"], row["basis"], row["kind"])
            self.printed.setdefault(key, row)
        self.w = words
        self.sources = sources
        self.figures: dict[tuple, list[dict]] = {}
        for row in figures:
            self.figures.setdefault((row["form_id"], row["measure"], row["category"]), []).append(row)

    # --- the number --------------------------------------------------------------------------------------------------

    def number(self, row: dict, comparison: dict | None = None) -> Number:
        """An indicator row as a Number, entered in the list of sources."""
        indicator_id = row["indicator_id"]
        text = self.w.number(row["value"], self._decimals(row, row["value"]))
        cells, more = self._cells(row)
        marks = self._marks(row, cells)
        text = self.w.qualified(text, row["qualifier"])
        number = Number(text=text, unit=self.unit(row["unit"]), marks=marks, raw_value=row["value"])
        category = (
            ""
            if row["category"] in ("", "TOTAL")
            else self.data.category_name(row["category"], self.data.form_of(indicator_id), self.w.lang)
        )
        name = self.data.indicator_name(indicator_id, self.w.lang)
        how = self.w.get(f"how.{row['obs_status']}", "") or self.w.get(f"how.{row['source']}", row["source"])
        source = self.sources.add(
            what=f"{name} · {category}" if category else name,
            when=self.w.period_code(row["period"], row["span"]),
            value=f"{text} {number.unit}".strip(),
            how=how,
            formula=self._formula(row),
            cells=cells[:CELLS_SHOWN],
            more=more + max(0, len(cells) - CELLS_SHOWN),
            base=self._base(comparison),
        )
        number.source = source.at
        first = cells[0] if cells else None
        number.hint = self.w("source.hint", form=first.form_id, submission=first.submission_id[:8], cell=place(first)) if first else how
        return number

    def unit(self, unit: str | None) -> str:
        """The unit in the page's language; a unit without a translation stays as declared."""
        return self.w.get(f"unit.{unit}", unit or "") if unit else ""

    def _decimals(self, row: dict, value: float | None) -> int | None:
        decimals = self.data.decimals(row["indicator_id"], row.get("region_id") or "")
        if decimals == 0 and value is not None and value != int(value):
            return None
        return decimals

    def _formula(self, row: dict) -> str:
        declared = self.data.declared(row["indicator_id"])
        if declared is None or (not declared.denominator and len(declared.numerator) == 1 and not self._derived(declared, row)):
            return ""
        return declared.formula

    def _derived(self, declared: Indicator, row: dict) -> bool:
        """Whether the number was come to by a further way, because nobody has reported it."""
        return bool(declared.otherwise) and self._way(declared, row) != declared.numerator and row["source"] != "children"

    def _way(self, declared: Indicator, row: dict) -> tuple:
        """The terms a number is made of: those of the first way of which a figure is here."""
        ways = [declared.numerator + declared.denominator, *(terms + zero for terms, zero in declared.otherwise)]
        found = (terms for terms in ways if any(self._find(form_id, measure, fixed or row["category"], row) for _, form_id, measure, fixed in terms))
        return next(found, ways[0])

    def _marks(self, row: dict, cells: list[Cell]) -> list[Mark]:
        marks = []
        qualifier, status = row["qualifier"] or "exact", row["obs_status"]
        written = next((c.written for c in cells if c.written), "")
        if status == "recovered" or qualifier == "recovered":
            marks.append(self._mark("recovered"))
        elif qualifier in ("ge", "le", "approx"):
            title = self.w(f"mark.{qualifier}.title")
            word = self.w("mark.written", text=written) if written else self.w(f"mark.{qualifier}.word")
            marks.append(Mark(qualifier, word, title))
        elif qualifier.startswith("rounded"):
            marks.append(Mark("rounded", self.w.resolution(qualifier), self.w("mark.rounded.title")))
        elif qualifier == "masked":
            marks.append(self._mark("masked"))
        if status == "as_reported":
            marks.append(self._mark("as_reported"))
        if any((c.submission_id, c.sheet, c.cell) in self.contradicted for c in cells):
            marks.append(self._mark("contradicted"))
        if status == "partial":
            share = self.w.number(row["reporting_share"], 0)
            marks.append(Mark("partial", self.w("mark.partial.word", share=share), self.w("mark.partial.title")))
        for mark in marks:
            self.sources.marks.setdefault(mark.key, Mark(mark.key, self.w.get(f"mark.{mark.key}.legend", mark.word), mark.title))
        return marks

    def _mark(self, key: str) -> Mark:
        return Mark(key, self.w(f"mark.{key}.word"), self.w(f"mark.{key}.title"))

    # --- its cells ---------------------------------------------------------------------------------------------------

    def _cells(self, row: dict) -> tuple[list[Cell], int]:
        """The cells behind a number: its own, or those of its categories or months; none where it is a sum of other regions."""
        declared = self.data.declared(row["indicator_id"])
        if declared is None:
            return [], 0
        if row["obs_status"] == "as_reported":
            return self._printed(row), 0
        found: list[dict] = []
        for _, form_id, measure, fixed in self._way(declared, row):
            category = fixed or row["category"]
            found += self._find(form_id, measure, category, row)
            if declared.averaged and (1, form_id, measure, fixed) in declared.denominator:
                found += self._find(form_id, measure, category, {**row, "period": shift(row["period"], row["span"], "yoy")})
        if row["source"] == "periods" and len({(f["measure"], f["category"]) for f in found}) == 1:
            return [self._cell(f, self.w.period_code(f["period"], f["span"])) for f in found], 0
        return [self._cell(f, self._measure(f) if len(found) > 1 else "") for f in found], 0

    def _find(self, form_id: str, measure: str, category: str, row: dict) -> list[dict]:
        here = self.figures.get((form_id, measure, category), [])
        own = [f for f in here if f["period"] == row["period"] and f["span"] == row["span"] and f["basis"] == row["basis"]]
        own = own or [f for f in here if f["period"] == row["period"] and f["span"] in (row["span"], "stock")]
        own = own or [f for name in from_january(row["period"], row["span"]) for f in here if f["period"] == name and f["span"] == "stock"]
        if own or row["source"] == "children":
            return own[:1]
        if row["source"] == "dimension":
            cut = [
                f
                for (form, name, _), rows in sorted(self.figures.items())
                if form == form_id and name == measure
                for f in rows
                if f["period"] == row["period"] and f["span"] == row["span"] and f["basis"] == row["basis"]
            ]
            return added_up(cut)
        measures = self.data.reference.counted[form_id].figure_by_id
        return made_of([f for f in here if f["basis"] == row["basis"]], row["period"], row["span"], measures[measure].stock)

    def _printed(self, row: dict) -> list[Cell]:
        """A rate shown as printed: the form's printed column for this indicator."""
        found = []
        for form in self.data.reference.forms.values():
            for printed in form.printed:
                if printed.indicator == row["indicator_id"]:
                    found += self._printed_cell(form.id, printed.id, row, "rate")
        return found

    def _printed_cell(self, form_id: str, measure: str, row: dict, kind: str) -> list[Cell]:
        key = (form_id, measure, row["category"], row["period"], row["span"], row["basis"], kind)
        cell = self.printed.get(key)
        if cell is None:
            return []
        return [Cell(form_id, cell["submission_id"] or "", cell["sheet"] or "", cell["cell"] or "", cell["printed"] or "")]

    def printed_change(self, row: dict) -> int:
        """Enter a change whose numbers were not published in the list of sources; the entry's number, 0 where its cell is unknown."""
        declared = self.data.declared(row["indicator_id"])
        if declared is None:
            return 0
        _, form_id, measure, _ = declared.numerator[0]
        cells = self._printed_cell(form_id, measure, row, row["kind"])
        if not cells:
            return 0
        entry = self.sources.add(
            what=self.data.indicator_name(row["indicator_id"], self.w.lang),
            when=self.w.period_code(row["period"], row["span"]),
            value=f"{self.w.signed(row['change_pct'], self.data.change_decimals)}%" if row["change_pct"] is not None else self.w.signed(row["change"] or 0),
            how=self.w("reason.as_reported"),
            cells=cells,
        )
        return entry.at

    def _measure(self, figure: dict) -> str:
        name = self.data.measure_name(figure["form_id"], figure["measure"], self.w.lang)
        if figure["category"] in ("", "TOTAL"):
            return name
        return f"{name} · {self.data.category_name(figure['category'], figure['form_id'], self.w.lang)}"

    def _cell(self, figure: dict, name: str) -> Cell:
        """`name`: what sets it apart from the other cells of the same number."""
        what = f"{name} {self.w.number(figure['value'])}" if name else ""
        return Cell(figure["form_id"], figure["submission_id"] or "", figure["sheet"] or "", figure["cell"] or "", figure["raw"] or "", what)

    # --- its change --------------------------------------------------------------------------------------------------

    def _base(self, comparison: dict | None) -> str:
        if comparison is None or comparison.get("base_value") is None:
            return ""
        reasons = dict.fromkeys(r for r in (comparison.get("base_source"), comparison["reason"]) if r)
        text = self.w(
            "change.base",
            value=self.w.number(comparison["base_value"]),
            period=self.w.period_code(comparison["base_period"] or "", comparison["span"]),
            reason=self.w("reason.joint").join(self.w.get(f"reason.{r}", r) for r in reasons),
        )
        if comparison.get("base_cell"):
            text += " · " + " ".join(
                t for t in ((comparison["base_submission_id"] or "")[:8], comparison["base_sheet"], comparison["base_cell"]) if t
            )
        return text

    def change(self, row: dict | None) -> Change | None:
        """A comparison row as a Change; None where there is none to show."""
        if row is None or row["reason"] == "base_missing":
            return None
        amount = row["change"] if row["change"] is not None else row["change_pct"]
        base = self._base(row)
        reason = self.w.get(f"reason.{row['reason']}", row["reason"])
        if amount is None:
            display = self.w.get(f"short_reason.{row['reason']}", "") or row[f"display_{self.w.lang}"] or "—"
            return Change(row["kind"], "", display, "", "", "plain", reason, base)
        if amount == 0:
            return Change(row["kind"], "=", self.w("change.same"), "", "", "flat", reason, base)
        up = amount > 0
        better = self.data.better(row["indicator_id"])
        by_chance = bool(row.get("within_chance"))
        # What chance does is neither better nor worse.
        tone = "plain" if better is None or by_chance else "better" if up == (better == "higher") else "worse"
        self.sources.by_chance |= by_chance
        decimals = self._decimals(row, row["change"])
        return Change(
            kind=row["kind"],
            arrow="▲" if up else "▼",
            word=self.w("change.up" if up else "change.down"),
            difference=self.w.signed(row["change"], decimals) if row["change"] is not None else "",
            percent=f"{self.w.signed(row['change_pct'], self.data.change_decimals)}%" if row["change_pct"] is not None else "",
            tone=tone,
            note=reason,
            base=base,
            zero_mark=self.zero_mark if row["reason"] == "base_zero" else "",
            by_chance=by_chance,
        )


def place(cell: Cell) -> str:
    """数据!C7: sheet and cell as a spreadsheet names them."""
    return f"{cell.sheet}!{cell.cell}" if cell.sheet else cell.cell
