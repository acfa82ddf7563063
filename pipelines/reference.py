"""The declarations of `data/reference`: forms, code lists, companions and indicators, read once and checked.

A form, an indicator or a code list is declared there and nowhere else; a jurisdiction folder may add forms of its own in `forms/*.yml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from pipelines import yaml_files

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "data" / "reference"

NUMBER_TYPES = {"int", "money", "decimal"}
SUBMITTERS = {"leaves", "parents", "root"}
DENOMINATOR_BASES = {"vehicle_base"}  # settings of a jurisdiction: year_end or mean
BEFORE = " of the year before"  # said of a term in a formula
CHANCES = {"count", "rate", "share"}
FIELD_TYPES = {"text", "date", "datetime", "time", "flag", "code", "region"}
KINDS = {"flow", "stock", "register"}
_NUMERIC = frozenset("0123456789.+-")
ENVELOPE_COLUMNS = {
    "region": ["地区", "单位", "区域", "行政区", "县区", "县市区", "region", "region_name"],
    "region_id": ["行政区划代码", "区划代码", "region_id"],
    "period": ["报告期", "时期", "period", "年度", "年份", "year"],
    "basis": ["统计口径", "口径", "basis"],
    "form_id": ["表号", "form_id"],
    "note": ["备注", "说明", "note", "source", "来源说明"],
    "vintage": ["版本", "vintage"],
}


class DeclarationError(ValueError):
    """A declaration is wrong; the message names the file and what to write instead."""


def normalise_header(text: object) -> str:
    """Header text in the form it is matched in: NFKC, no white space, lower case, one kind of bracket and dash."""
    text = str(text)
    return _normalised(text) if len(text) <= 64 else _normalised.__wrapped__(text)


@lru_cache(maxsize=1 << 14)
def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s::]+", "", folded).replace("、", "/")


def looks_numeric(text: str) -> bool:
    """Whether a text begins like a number."""
    return text[:1] in _NUMERIC


def _bare(header: str) -> str:
    """The header without a trailing bracket such as (万元) or (家)."""
    return re.sub(r"\([^()]*\)$", "", header) or header


@dataclass(frozen=True)
class Measure:
    """A number that a form asks for. `type`: int (counts), money (in the column's unit, stored in yuan), decimal.

    `stock`: one that stands at the end of the month and is not added up over months: a longer stretch has that of its last month. `distinct`:
    a count of different units (家, not 家次), which may be the same ones every month: a longer stretch has it only where that is reported. `summed`:
    one that adds up over the codes of the first dimension: where no row is of all of them, their sum is the total (transforms/totalled_figures.sql). It
    names the measures that go together, as a numerator and its denominator: a row has all of them or is no part of the sum.
    `from_parts`: a denominator, not added up like a figure: a region's own comes first, and one without has the sum of its divisions, once all have one.
    `cumulative`: a stock that is what accumulated from January on; reported for the first quarter or half or up to a month it is that stretch's.
    """

    id: str
    zh: str
    en: str
    unit: str
    type: str = "int"
    aliases: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    additive: bool = True
    signed: bool = False
    better: str | None = None
    disclosure: str | None = None
    required: bool = False
    stock: bool = False
    distinct: bool = False
    from_parts: bool = False
    cumulative: bool = False
    summed: str = ""


@dataclass(frozen=True)
class Dimension:
    """What the rows of a form are cut by; `codes` names its code list. A `key` is free text: the number of an accident, a hazard, a letter.

    `hint` (zh, en) says in a blank workbook how it is written.
    """

    id: str
    zh: str
    en: str
    codes: str = ""
    default: str = "TOTAL"
    aliases: tuple[str, ...] = ()
    key: bool = False
    hint: dict[str, str] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Field:
    """A typed column that is not a number. `type`: text, date, datetime, time (HH:MM), flag, code (of the list `codes`) or region.

    `restricted`: kept, and never released in any text. `plan`: a day that somebody has set (a deadline), not one on which something has happened;
    that it has come does not mean that anything was reported about it. `hint`: as of a dimension.
    """

    id: str
    zh: str
    en: str
    type: str = "text"
    codes: str = ""
    required: bool = False
    restricted: bool = False
    plan: bool = False
    max_length: int = 500
    aliases: tuple[str, ...] = ()
    hint: dict[str, str] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Printed:
    """A rate that the form prints and we recompute; `indicator` is its declaration."""

    id: str
    zh: str
    en: str
    indicator: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """One physical column of a file. `role`: measure, companion, printed, dimension, field, retired, or an envelope name."""

    id: str
    role: str
    measure: str | None = None
    span: str | None = None
    companion: str | None = None
    money_unit: str | None = None


@dataclass(frozen=True)
class Form:
    """A form as declared in `forms/<id>.yml`.

    `kind`: flow, stock, or register. A register has a row per thing (an accident, a hazard, a letter) that `row_key` identifies; its newest
    version is in force, and `period_from` names the date field that says which month it belongs to. `figures` are the numbers that are
    counted from its rows (transforms/event_values.sql).
    """

    id: str
    name: dict[str, str]
    frequency: str
    kind: str
    has_basis: bool
    sets_period: bool
    version_by: tuple[str, ...]  # fields that say which version of one thing a row is of
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    printed: tuple[Printed, ...]
    fields: tuple[Field, ...]
    extra_columns: tuple[dict, ...]
    version: int
    retired: tuple[str, ...]
    period_from: str
    figures: tuple[Measure, ...]
    submitters: str  # who gets a blank workbook: the leaves of the tree of regions, their parents (for their children), or the root
    also: tuple[str, ...]  # further frequencies for which one is handed out
    template: tuple[str, ...]  # its columns in order, where they are not all that is declared
    envelope: dict[str, list[str]] = field(repr=False, hash=False, compare=False)
    checks: tuple[dict, ...] = field(repr=False, hash=False, compare=False)
    across: tuple[dict, ...] = field(repr=False, hash=False, compare=False)
    companions: dict = field(repr=False, hash=False, compare=False)
    source: Path = field(repr=False, hash=False, compare=False)

    @property
    def table(self) -> str:
        """Name of the warehouse table that holds the form's rows."""
        return f"rows_{self.id.lower()}"

    @cached_property
    def measure_by_id(self) -> dict[str, Measure]:
        return {m.id: m for m in self.measures}

    @cached_property
    def figure_by_id(self) -> dict[str, Measure]:
        """What becomes figures and indicators: of a register what is counted from its rows, of other forms what they ask for."""
        return {m.id: m for m in self.figures or self.measures}

    @cached_property
    def field_by_id(self) -> dict[str, Field]:
        return {f.id: f for f in self.fields}

    @cached_property
    def column_ids(self) -> set[str]:
        """What a check may point at: the measures, fields and dimensions."""
        return {*self.measure_by_id, *self.field_by_id, *(d.id for d in self.dimensions)}

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """Positions of the dimensions that are numbers or names of things, in a register."""
        return tuple(i for i, d in enumerate(self.dimensions) if d.key)

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns that identify a row. A thing with a date of its own is identified by its keys alone: a later version may move it to
        another month or place. A register without one (scores, letters) has its rows in a region and a period, as every form has."""
        if self.period_from:
            return tuple(self.dimensions[i].id for i in self.keys)
        return ("region_id", "period", "span", "basis", *(d.id for d in self.dimensions))

    @cached_property
    def headers(self) -> dict[str, Column]:
        """Every header this form understands, normalised, with the column it means. The first declaration of a header wins."""
        found: dict[str, Column] = {}

        def add(names: list[str], column: Column) -> None:
            for name in names:
                found.setdefault(normalise_header(name), column)

        for dim in self.dimensions:
            add([dim.id, dim.zh, *dim.aliases], Column(dim.id, "dimension"))
        for f in self.fields:
            add([f.id, f.zh, *f.aliases], Column(f.id, "field"))
        for role, names in self.envelope.items():
            add(names, Column(role, role))
        for extra in self.extra_columns:
            role = "companion" if extra.get("companion") else "measure"
            column = Column(extra["id"], role, extra["measure"], extra.get("span"), extra.get("companion"))
            add([extra["id"], extra["zh"], *extra.get("aliases", ())], column)
        for m in self.measures:
            add([m.id, m.zh, *m.aliases], Column(m.id, "measure", m.id))
        for p in self.printed:
            add([p.id, p.zh, *p.aliases], Column(p.id, "printed", p.id))
        for m in self.measures:
            for kind, spec in self.companions.items():
                names = [spec["id"].format(id=m.id)]
                names += [pattern.format(m=name) for pattern in spec["zh"] for name in (m.zh, *m.aliases)]
                add(names, Column(names[0], "companion", m.id, None, kind))
        for role, names in ENVELOPE_COLUMNS.items():
            add(names, Column(role, role))
        for header, column in list(found.items()):
            found.setdefault(_bare(header), column)
        add(list(self.retired), Column("retired", "retired"))
        return found

    @cached_property
    def longest_header(self) -> int:
        return max(map(len, self.headers), default=0)

    @cached_property
    def has_numeric_headers(self) -> bool:
        """Whether a header of this form begins like a number; of most forms none does, and a row of numbers is not its header."""
        return any(looks_numeric(header) for header in self.headers)

    def match(self, header: object) -> Column | None:
        """The column a header cell means, or None. A unit in brackets after the name is understood and, for money, obeyed."""
        text = normalise_header(header).rstrip("*")  # the templates mark required columns with an asterisk
        if not text:
            return None
        column = self.headers.get(text)
        if column is None and text[-1] == ")" and (bare := _bare(text)) != text:
            column = self.headers.get(bare)
            unit = text[len(bare) + 1 : -1]
            if column and unit in ("元", "万元"):
                return Column(column.id, column.role, column.measure, column.span, column.companion, unit)
        return column


@dataclass(frozen=True)
class Code:
    """An entry of a code list.

    `window`: of an accident category, the days after the accident within which a death counts. `since` and `until`: the months in which
    templates offer it; files may use it at any time.
    """

    code: str
    zh: str
    en: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    excluded_in: tuple[str, ...] = ()
    addend: bool = True
    window: int | None = None
    optional: bool = False
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Indicator:
    """An indicator; terms are (sign, form, measure, category or None). `twin`: the named indicator that is the same plain measure.

    `bases`: those of the numerator on which it is what its name says; empty where every basis will do. `otherwise`: further ways to the number, in
    order, each the terms it is made of and those that must add up to 0 for it to hold. `denominator_base`: the setting by which its denominator is that of
    the end of the year or, `averaged`, the mean of both ends.
    """

    id: str
    name_zh: str
    name_en: str
    numerator: tuple
    denominator: tuple
    scale: int
    unit: str
    decimals: int
    better: str | None
    family: str
    annual: bool = False
    headline: bool = False
    chance: str | None = None
    bases: tuple[str, ...] = ()
    otherwise: tuple[tuple[tuple, tuple], ...] = ()
    twin: str | None = None
    denominator_base: str | None = None
    averaged: bool = False
    decimals_by_level: tuple[tuple[str, int], ...] = ()

    @property
    def formula(self) -> str:
        """The formula in one line, as published in the catalogue."""

        def side(terms: tuple) -> str:
            parts = []
            for sign, form, measure, category in terms:
                name = f"{form}.{measure}" + (f"[{category}]" if category else "")
                parts.append(("- " if sign < 0 else "+ " if parts else "") + name)
            return " ".join(parts)

        text = side(self.numerator)
        if self.denominator:
            text, below = (f"({side(terms)})" if len(terms) > 1 else side(terms) for terms in (self.numerator, self.denominator))
            text = f"{text} / " + (f"mean({below}, {below}{BEFORE})" if self.averaged else below)
            if self.scale != 1:
                text += f" x {self.scale}"
        ways = [f"{side(terms) or 0}" + (f" if {side(zero)} = 0" if zero else "") for terms, zero in self.otherwise]
        return " else ".join([text, *ways])


@dataclass
class Reference:
    """Everything declared: forms by id, code lists, companions, indicators in order; and what is counted in the ledger, as if it were a form."""

    forms: dict[str, Form]
    codes: dict[str, list[Code]]
    companions: dict[str, dict]
    indicators: dict[str, Indicator]
    files: list[Path]
    ledger: Form

    @cached_property
    def counted(self) -> dict[str, Form]:
        """Where numbers come from: the forms and the ledger, by id."""
        return {**self.forms, self.ledger.id: self.ledger}

    @cached_property
    def code_lookup(self) -> dict[str, dict[str, str]]:
        """For each list: every spelling, normalised, with its code. TOTAL is known to all of them."""
        lookup: dict[str, dict[str, str]] = {}
        for name, codes in self.codes.items():
            table: dict[str, str] = {}
            for word in ("TOTAL", "合计", "总计", "全部", "小计", "各类事故", "总数", "全口径"):
                table[normalise_header(word)] = "TOTAL"
            for code in codes:
                for spelling in (code.code, code.zh, *code.aliases, code.en):
                    table.setdefault(normalise_header(spelling), code.code)
            lookup[name] = table
        return lookup


def _read(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path.name}: {yaml_files.wrong(path, error)}") from error


def _form(path: Path, companions: dict) -> Form:
    raw = _read(path)
    try:
        return Form(
            id=raw["id"],
            name=raw["name"],
            frequency=raw["frequency"],
            kind=raw.get("kind", "flow"),
            has_basis=bool(raw.get("has_basis", False)),
            sets_period=bool(raw.get("sets_period", True)),
            version_by=tuple(raw.get("version_by", ())),
            dimensions=tuple(Dimension(**_tuples(d)) for d in raw.get("dimensions", ())),
            measures=tuple(Measure(**_tuples(m)) for m in raw.get("measures", ())),
            printed=tuple(Printed(**_tuples(p)) for p in raw.get("printed", ())),
            fields=tuple(Field(**_tuples(f)) for f in (*raw.get("fields", ()), *raw.get("texts", ()))),
            extra_columns=tuple(raw.get("columns", ())),
            version=int(raw.get("version", 1)),
            retired=tuple(raw.get("retired", ())),
            period_from=raw.get("period_from", ""),
            figures=tuple(Measure(**_tuples(m)) for m in raw.get("figures", ())),
            submitters=raw.get("submitters", "leaves"),
            also=tuple(raw.get("also", ())),
            template=tuple(raw.get("template", ())),
            envelope=dict(raw.get("envelope", {})),
            checks=tuple(raw.get("checks", ())),
            across=tuple(raw.get("across", ())),
            companions=companions,
            source=path,
        )
    except (KeyError, TypeError) as error:
        raise DeclarationError(f"{path.name}: 缺少或多出键 / missing or unknown key: {error}") from error


def _indicators(path: Path) -> list[Indicator]:
    found = []
    for raw in _read(path) or ():
        try:
            found.append(
                Indicator(
                    id=raw["id"],
                    name_zh=raw["name"]["zh"],
                    name_en=raw["name"]["en"],
                    numerator=_terms(raw["numerator"]),
                    denominator=_terms(raw.get("denominator")),
                    scale=int(raw.get("scale", 1)),
                    unit=raw["unit"],
                    decimals=int(raw["decimals"]),
                    better=raw.get("better"),
                    family=raw["family"],
                    annual=bool(raw.get("annual", False)),
                    headline=bool(raw.get("headline", False)),
                    chance=_chance(raw),
                    bases=_bases(raw),
                    otherwise=_otherwise(raw),
                    denominator_base=_denominator_base(raw),
                    decimals_by_level=_decimals_by_level(raw),
                )
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            name = raw.get("id") if isinstance(raw, dict) else raw
            raise DeclarationError(f"{path.name}: {name}: 缺少或写错的键 / missing or wrong key: {error}") from error
    return found


def _chance(raw: dict) -> str | None:
    """The kind of chance in an indicator; a count has no denominator, a rate and a share have one. Raises ValueError."""
    chance = raw.get("chance")
    if chance is not None and (chance not in CHANCES or bool(raw.get("denominator")) == (chance == "count")):
        raise ValueError(f"chance: {chance!r}: 应为 count(没有分母)、rate 或 share(有分母) / must be count (no denominator), rate or share (with one)")
    return chance


def _decimals_by_level(raw: dict) -> tuple[tuple[str, int], ...]:
    """The decimals of an indicator for regions of a level, where they are not the usual ones. Raises ValueError."""
    given = raw.get("decimals_by_level", {})
    if not isinstance(given, dict) or any(type(n) is not int or n not in range(7) for n in given.values()) or given and not raw.get("denominator"):
        raise ValueError(f"decimals_by_level: {given!r}: 应如 {{city: 4}}，0 到 6，只用于有分母的 / must be like {{city: 4}}, 0 to 6, of one with a denominator")
    return tuple((str(level), n) for level, n in given.items())


def _denominator_base(raw: dict) -> str | None:
    """The setting that says of when a denominator is; of an annual rate of one denominator only. Raises ValueError."""
    setting = raw.get("denominator_base")
    if setting is not None and (setting not in DENOMINATOR_BASES or not raw.get("annual") or len(raw.get("denominator", ())) != 1):
        raise ValueError(f"denominator_base: {setting!r}: 应为 / must be {', '.join(sorted(DENOMINATOR_BASES))}; 只用于一个分母的年度比率 / for an annual rate of one denominator")
    return setting


def _bases(raw: dict) -> tuple[str, ...]:
    """The bases an indicator is limited to; that they exist is checked when the code lists are there. Raises ValueError."""
    bases = raw.get("bases", [])
    if not isinstance(bases, list) or len(set(map(str, bases))) < len(bases) or ("bases" in raw and not bases):
        raise ValueError(f"bases: {bases!r}: 应为口径的列表，如 [all]，不重复 / must be a list of bases, such as [all], each once")
    return tuple(map(str, bases))


def _otherwise(raw: dict) -> tuple[tuple[tuple, tuple], ...]:
    """The further ways to an indicator; only a plain number has them, and every way says what it is or when it is 0. Raises ValueError."""
    ways = tuple((_terms(way.get("terms")), _terms(way.get("when_zero"))) for way in raw.get("otherwise", ()))
    plain = len(raw["numerator"]) == 1 and not raw.get("denominator")
    named = [term for terms, zero in ways for term in (*terms, *zero)]
    known = all(set(way) <= {"terms", "when_zero"} and any(way.values()) for way in raw.get("otherwise", ()))
    if ways and not (plain and known and all(category is None for *_, category in (*_terms(raw["numerator"]), *named))):
        raise ValueError("otherwise: 只用于单独一项、没有分母和类别的指标，每条须有 terms 或 when_zero / is for an indicator of one term without denominator and category, each with terms or when_zero")
    return ways


def _tuples(raw: dict) -> dict:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in raw.items()}


def _terms(raw: list[str] | None) -> tuple:
    terms = []
    for text in raw or ():
        sign = -1 if text.startswith("-") else 1
        name, _, category = text.lstrip("-").partition(":")
        form, _, measure = name.partition(".")
        terms.append((sign, form, measure, category or None))
    return tuple(terms)


def load(extra: Path | None = None) -> Reference:
    """Read and check the declarations; `extra` is a jurisdiction folder that may hold `forms/*.yml` and `codes.yml` of its own.

    Raises DeclarationError naming the file when a declaration is incomplete or names something that does not exist.
    """
    companions = _read(REFERENCE / "companions.yml")
    paths = sorted((REFERENCE / "forms").glob("*.yml"))
    code_paths = [REFERENCE / "codes.yml"]
    indicator_paths = [REFERENCE / "indicators.yml"]
    if extra is not None:
        paths += sorted((extra / "forms").glob("*.yml"))
        code_paths += [p for p in [extra / "codes.yml"] if p.exists()]
        indicator_paths += [p for p in [extra / "indicators.yml"] if p.exists()]
    forms = {form.id: form for form in (_form(path, companions) for path in paths)}
    codes: dict[str, list[Code]] = {}
    for path in [*code_paths, *paths]:
        try:
            for name, entries in (_read(path) if path in code_paths else _read(path).get("codes") or {}).items():
                codes.setdefault(name, []).extend(
                    Code(**_tuples({"zh": str(e["code"]), "en": str(e["code"]), **e})) for e in entries
                )
        except (KeyError, TypeError, AttributeError) as error:
            raise DeclarationError(f"{path.name}: 应为 代码表: [{{code, zh, en}}] / must be list: [{{code, zh, en}}]: {error}") from error
    indicators: dict[str, Indicator] = {}
    for path in indicator_paths:
        for indicator in _indicators(path):
            indicators[indicator.id] = indicator
    ledger = _form(REFERENCE / "ledger.yml", {})
    declared = [*paths, *code_paths, *indicator_paths, REFERENCE / "companions.yml", REFERENCE / "ledger.yml", REFERENCE / "warnings.yml"]
    reference = Reference(forms, codes, companions, indicators, declared, ledger)
    _check(reference)
    twins = {term[1:3]: i for i in indicators.values() for term in i.numerator if i.numerator == ((1, *term[1:3], None),) and not i.denominator}
    for form in forms.values():
        for m in form.figure_by_id.values():
            twin = twins.get((form.id, m.id))
            indicators[f"{form.id}.{m.id}"] = Indicator(
                id=f"{form.id}.{m.id}",
                name_zh=f"{form.name['zh']}:{m.zh}",
                name_en=f"{form.name['en']}: {m.en}",
                numerator=((1, form.id, m.id, None),),
                denominator=(),
                scale=1,
                unit=m.unit,
                decimals=0 if m.type == "int" else 2,
                better=m.better or (twin.better if twin else None),
                family="form",
                chance=twin.chance if twin else None,
                twin=twin.id if twin else None,
            )
    return reference


def _check_template(form: Form) -> None:
    if form.submitters not in SUBMITTERS:
        raise DeclarationError(f"{form.source.name}: submitters {form.submitters!r}: 应为 / must be one of {sorted(SUBMITTERS)}")
    columns = form.column_ids | {c["id"] for c in form.extra_columns} | {p.id for p in form.printed} | set(form.envelope)
    if unknown := [name for name in form.template if name not in columns]:
        raise DeclarationError(f"{form.source.name}: template: 不是本表的列 / not columns of the form: {', '.join(unknown)}")


def _check_summed(form: Form, reference: Reference) -> None:
    """What is summed over the codes of the first dimension counts nothing twice: no code is a part of another, and there is one further cut at most."""
    nested = [c.code for d in form.dimensions[:1] for c in reference.codes.get(d.codes, ()) if c.parent]
    if form.kind == "register" or len(form.dimensions) not in (1, 2) or nested or any(m.summed and not m.additive for m in form.measures):
        raise DeclarationError(f"{form.source.name}: summed: 只用于可加的数，表有一个或两个维度，第一个维度的代码没有上级 / is for measures that add up, in a form of one or two dimensions "
                               f"whose first has no codes within codes: {', '.join(nested)}")


def _check(reference: Reference) -> None:
    for form in reference.forms.values():
        where = form.source.name
        _check_template(form)
        if form.kind not in KINDS:
            raise DeclarationError(f"{where}: kind {form.kind!r}: 应为 / must be one of {sorted(KINDS)}")
        for m in (*form.measures, *form.figures):
            if m.stock and m.distinct or m.distinct and form.kind != "flow":
                raise DeclarationError(f"{where}: {m.id}: stock、distinct 只写一个，distinct 只用于 kind: flow 的表 / "
                                       "write one of stock and distinct, and distinct only in a form of kind: flow")
            if m.from_parts and m.additive or m.cumulative and form.kind != "stock":
                raise DeclarationError(f"{where}: {m.id}: from_parts 须与 additive: false 同写，cumulative 只用于 kind: stock 的表 / "
                                       "from_parts goes with additive: false, and cumulative is for a form of kind: stock")
        if any(m.summed for m in (*form.measures, *form.figures)):
            _check_summed(form, reference)
        if (form.kind == "register") != bool(form.keys):
            raise DeclarationError(f"{where}: 登记表须有 key: true 的维度，其他表不能有 / a register needs a dimension with key: true, other forms have none")
        if len(form.dimensions) > 3:
            raise DeclarationError(f"{where}: 维度最多三个 / at most three dimensions")
        coded = [d for d in form.dimensions if not d.key] + [f for f in form.fields if f.type == "code"]
        for column in coded:
            if column.codes not in reference.codes:
                raise DeclarationError(f"{where}: {column.id}: 代码表 {column.codes} 不存在 / code list {column.codes} does not exist")
        for f in form.fields:
            if f.type not in FIELD_TYPES:
                raise DeclarationError(f"{where}: {f.id}: 类型应为 / type must be one of {sorted(FIELD_TYPES)}")
            if f.plan and f.type not in ("date", "datetime"):
                raise DeclarationError(f"{where}: {f.id}: plan 只用于日期字段 / is for date fields only")
        if unknown := set(form.version_by) - set(form.field_by_id):
            raise DeclarationError(f"{where}: version_by: 不是本表的字段 / not fields of the form: {', '.join(sorted(unknown))}")
        if form.period_from and form.kind != "register":
            raise DeclarationError(f"{where}: period_from 只用于登记表 / is for registers only")
        if form.period_from and getattr(form.field_by_id.get(form.period_from), "type", "") not in ("date", "datetime"):
            raise DeclarationError(f"{where}: period_from {form.period_from!r}: 应为日期字段 / must be a date field")
        ids = {m.id for m in form.measures}
        if form.figures and form.kind != "register":
            raise DeclarationError(f"{where}: figures: 只有登记表可以有 / only a register has them")
        for m in (*form.measures, *form.figures):
            if m.type not in NUMBER_TYPES:
                raise DeclarationError(f"{where}: {m.id}: 类型应为 / type must be one of {sorted(NUMBER_TYPES)}")
            units = ("元", "万元") if form.kind == "register" else ("万元",)  # figures of money are in 万元
            if m.type == "money" and m.unit not in units:
                raise DeclarationError(f"{where}: {m.id}: 金额单位应为 / the unit of money must be {' / '.join(units)}")
            if missing := set(m.sum_of) - ids:
                raise DeclarationError(f"{where}: {m.id}: sum_of 中的 {sorted(missing)} 不存在 / do not exist")
        for extra in form.extra_columns:
            if extra["measure"] not in ids:
                raise DeclarationError(f"{where}: {extra['id']}: 指标项 / measure {extra['measure']} 不存在 / does not exist")
        for p in form.printed:
            if p.indicator not in reference.indicators:
                raise DeclarationError(f"{where}: {p.id}: 指标 / indicator {p.indicator} 不存在 / does not exist")
    for indicator in reference.indicators.values():
        for _, form_id, measure, _ in (*indicator.numerator, *indicator.denominator, *(term for way in indicator.otherwise for side in way for term in side)):
            if form_id not in reference.counted or measure not in reference.counted[form_id].figure_by_id:
                raise DeclarationError(
                    f"indicators.yml: {indicator.id}: {form_id}.{measure} 不存在 / does not exist in data/reference/forms"
                )
        if unknown := set(indicator.bases) - {code.code for code in reference.codes["basis"]}:
            raise DeclarationError(f"indicators.yml: {indicator.id}: bases: 统计口径 {sorted(unknown)} 不存在，见 codes.yml 的 basis / do not exist, see basis in codes.yml")
