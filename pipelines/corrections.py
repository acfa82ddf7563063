"""`corrections.yml`: decisions that change one reported value from a date on. What is in the files stays as it is.

An entry says which value (`match`), what it is from now on (`value`, empty where it is not known), why (`reason`), which post decided
(`decided_by`) and when (`date`). A later file about the same thing takes the correction's place.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines import personal, yaml_files
from pipelines.reference import Field, Form, Measure, Reference, normalise_header
from transforms import periods

FILE = "corrections.yml"
# The reasons that the Regulations on the Statistics Law (Article 26) ask to be published, with the codes that tables use.
REASONS = {"补报": "supplemented", "核销": "cancelled", "更正": "corrected", "区划调整": "division_changed", "口径调整": "basis_changed"}
ENTRY = {"match", "value", "reason", "decided_by", "date"}
MATCH = {"form_id", "region_id", "period", "span", "basis", "category", "dims", "measure", "field", "submission_id", "sheet", "cell"}
POST = re.compile(r"[局处科室办委组厅部站队会股所]|主任|中心|[长员]$|[A-Za-z]{3,}")


class WrongCorrection(ValueError):
    """An entry cannot be meant as it is written; the message names its line and what to write, in Chinese and English."""


@dataclass(frozen=True)
class Correction:
    """An entry. `known_from` in UTC without zone; a key that is None is not asked for; `value` in the unit of the form."""

    line: int
    form_id: str
    region_id: str | None
    period: str | None
    span: str | None
    basis: str | None
    category: str | None
    dims: tuple[str | None, ...]
    column: str
    submission_id: str | None
    sheet: str | None
    cell: str | None
    value: object
    reason: str
    decided_by: str
    known_from: dt.datetime
    decided_on: dt.date
    file: str = FILE

    @property
    def reference(self) -> str:
        """Where the entry stands, as it is published."""
        return f"{self.file}:{self.line}"


def read(folder: Path, reference: Reference, regions, zone: ZoneInfo) -> list[Correction]:
    """The entries of a jurisdiction's file in the order of their dates; [] where there is none. Raises WrongCorrection."""
    found = [_entry(raw, line, reference, regions, zone) for raw, line in entries_of(folder, FILE)]
    return sorted(found, key=lambda c: (c.known_from, c.line))


def entries_of(folder: Path, name: str) -> list[tuple[object, int]]:
    """The entries of a file of decisions, each with its line; [] where there is no file. Raises WrongCorrection."""
    path = folder / name
    if not path.exists():
        return []
    try:
        entries, node = yaml_files.read(path)
    except yaml_files.WrongYaml as error:
        raise WrongCorrection(str(error)) from error
    entries = entries or []
    if not isinstance(entries, list):
        raise WrongCorrection(f"{name}: 应为列表，每条以 - match: 开头 / must be a list of entries that begin with - match:")
    lines = [item.start_mark.line + 1 for item in node.value] if entries else []
    return list(zip(entries, lines, strict=True))


def _entry(raw: object, line: int, reference: Reference, regions, zone: ZoneInfo) -> Correction:
    where = f"{FILE}: 第 {line} 行 / line {line}"

    def wrong(zh: str, en: str) -> WrongCorrection:
        return WrongCorrection(f"{where}: {zh} / {en}")

    if not isinstance(raw, dict) or not isinstance(raw.get("match"), dict):
        raise wrong("应有 match: {form_id, region_id, period, measure, ...}", "needs match: {form_id, region_id, period, measure, ...}")
    if unknown := set(raw) - ENTRY:
        raise wrong(f"不认识的键 {sorted(unknown)}", f"unknown key; there are {sorted(ENTRY)}")
    if missing := ENTRY - set(raw):
        raise wrong(f"缺少 {sorted(missing)}", "is missing; where the value is not known write value: null")
    match = raw["match"]
    form = reference.forms.get(str(match.get("form_id")))
    if form is None:
        raise wrong(f"form_id {match.get('form_id')!r} 不存在", f"there is no such form; there are {', '.join(reference.forms)}")
    dims = {d.id: d for d in form.dimensions}
    asked = {**(match.get("dims") or {}), **{k: v for k, v in match.items() if k in dims}}
    if unknown := set(match) - MATCH - set(dims) | set(asked) - set(dims):
        raise wrong(f"match: 不认识的键 {sorted(unknown)}", f"unknown key; there are {sorted(MATCH | set(dims))}")
    needed = {"region_id", "period"} if form.kind != "register" else set()
    if missing := {k for k in needed if match.get(k) is None} | {d.id for d in form.dimensions if d.key and not asked.get(d.id)}:
        raise wrong(f"match: 缺少 {sorted(missing)}", "is missing")
    if ("measure" in match) == ("field" in match):
        raise wrong("match: 写 measure 或 field 中的一个", "write one of measure and field")
    column = str(match.get("measure") or match.get("field"))
    declared = form.measure_by_id.get(column) if "measure" in match else form.field_by_id.get(column)
    if declared is None or "field" in match and form.kind != "register":
        there = form.measure_by_id if "measure" in match else form.field_by_id if form.kind == "register" else ()
        raise wrong(f"match: {form.id} 没有可更正的 {column!r}", f"no such column of {form.id}; there are {', '.join(there)}")
    region = None if match.get("region_id") is None else str(match["region_id"])
    if region is not None and region not in regions:
        raise wrong(f"region_id {region} 不在 regions.csv 中", "is not in regions.csv")
    period = span = None
    if match.get("period") is not None:
        try:
            period, parsed = periods.parse(match["period"])
        except ValueError as error:
            raise wrong(f"period {match['period']!r} 无法识别", "write it like 2015-03 or 2015-01..2015-10") from error
        span = match.get("span") or (parsed if ".." in str(match["period"]) else None)
    if str(raw["reason"]) not in {*REASONS, *REASONS.values()}:
        raise wrong(f"reason {raw['reason']!r}", f"应为 / must be one of {', '.join(REASONS)}")
    post = str(raw["decided_by"] or "").strip()
    if not POST.search(post) or personal.is_personal(post):
        raise wrong(f"decided_by {post!r} 应写职务，不写姓名", "must name a post, not a person")
    moment = moment_of(raw["date"], zone, wrong)
    return Correction(
        line, form.id, region, period, span, _text(match.get("basis")), _text(match.get("category")) if "category" not in dims else None,
        tuple(_code(d, asked.get(d.id), reference, wrong) for d in form.dimensions), column, _text(match.get("submission_id")),
        _text(match.get("sheet")), _text(match.get("cell")), _value(declared, raw["value"], reference, regions, wrong),
        REASONS.get(str(raw["reason"]), str(raw["reason"])), post, moment.astimezone(dt.UTC).replace(tzinfo=None), moment.date(),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _code(dim, given: object, reference: Reference, wrong) -> str | None:
    if given is None or dim.key:
        return _text(given)
    code = reference.code_lookup[dim.codes].get(normalise_header(given))
    if code is None:
        raise wrong(f"match: {dim.id} {given!r} 不在代码表中", "is not in the code list")
    return code


def moment_of(given: object, zone: ZoneInfo, wrong) -> dt.datetime:
    """In local time where no offset is given; a day means its end, as for files received."""
    try:
        text = given.isoformat() if isinstance(given, dt.date) else str(given)
        moment = dt.datetime.fromisoformat(text + "T23:59:59" if len(text) == 10 else text)
    except ValueError as error:
        raise wrong(f"date {given!r} 不是日期", "is not a date; write it like 2015-04-12") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).replace(microsecond=0)


def _value(declared: Measure | Field, given: object, reference: Reference, regions, wrong) -> object:
    if given is None:
        return None
    if isinstance(declared, Measure):
        try:
            number = Decimal(str(given))
        except InvalidOperation as error:
            raise wrong(f"value {given!r} 不是数字", "is not a number") from error
        if isinstance(given, bool) or not number.is_finite() or declared.type == "int" and number != number.to_integral_value():
            raise wrong(f"value {given!r} 应为整数", f"must be a whole number: {declared.en}")
        if number < 0 and not declared.signed:
            raise wrong(f"value {given!r} 不能为负数", "cannot be negative")
        return number
    kinds = {"date": dt.date, "datetime": dt.datetime, "flag": bool}
    if declared.type in kinds:
        exact = type(given) is kinds[declared.type]
        if not exact:
            raise wrong(f"value {given!r}: 应为 {declared.type}", f"must be a {declared.type}")
        return given
    if declared.type == "code":
        code = reference.code_lookup[declared.codes].get(normalise_header(given))
        if code is None:
            raise wrong(f"value {given!r} 不在代码表中", f"is not a code of {declared.codes}")
        return code
    if declared.type == "region" and str(given) not in regions:
        raise wrong(f"value {given!r} 不在 regions.csv 中", "is not in regions.csv")
    if personal.is_personal(str(given)):
        raise wrong("value 疑似含有个人信息", "looks like personal data")
    return str(given)[: declared.max_length]


def money_in_yuan(form: Form, column: str) -> bool:
    """Whether a measure is declared in 万元 and stored in yuan."""
    measure = form.measure_by_id.get(column)
    return measure is not None and measure.type == "money" and measure.unit != "元"
