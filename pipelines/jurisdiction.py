"""A jurisdiction folder read into one typed object. The folder is only read, never written."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines import corrections, objections, reference, schemes, warning_scales, yaml_files
from transforms import periods

DEFAULTS = {
    "time_zone": "Asia/Shanghai",
    "calendar": {"month_due_day": 8, "freeze_day": 20, "quarter_due_day": 15, "year_due": "01-31"},
    "basis": "all",
    "rounding": {"mode": "half_up", "decimals": {"default": 2}, "rate_yoy_from": "rounded"},
    "ranking": {"rank_1": "best", "indicators": {}, "bottom_k": 3},
    "vehicle_base": "year_end",
    "zero_base_mark": "—",
    "peer_groups": {},
    "required_columns": {},
    "schemes": None,  # the assessment schemes in use; None: every file of schemes/
    "missing_as_dead": {"level": True, "deaths": False},
    "disclosure": {"k": 3},
    "publisher": {"zh": "", "en": "", "contact": ""},
    "licence": {"id": "", "title": "", "url": ""},
    "languages": ["zh", "en"],
    "base_url": "",
    "simulated": False,
}
REGION_COLUMNS = (
    "region_id name_zh name_en level parent_id valid_from valid_to kind ranked counted included_in_parent aliases".split()
)


class ConfigurationError(ValueError):
    """The jurisdiction folder is wrong; the message names the file, the place and what to write instead."""


@dataclass(frozen=True)
class Region:
    """A region for the time its code was valid; `valid_to` is the first day on which it no longer is."""

    region_id: str
    name_zh: str
    name_en: str
    level: str
    parent_id: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    kind: str
    ranked: bool
    counted: bool
    included_in_parent: bool
    aliases: tuple[str, ...]

    def valid_on(self, day: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass
class Jurisdiction:
    """A jurisdiction folder: its settings with the defaults filled in, its regions, targets and denominators."""

    folder: Path
    raw: dict
    regions: list[Region]
    reference: reference.Reference
    received: dict[str, dt.datetime] = field(default_factory=dict)
    corrections: list[corrections.Correction] = field(default_factory=list)
    schemes: list[schemes.Declared] = field(default_factory=list)
    objections: list[objections.Objection] = field(default_factory=list)
    warnings: warning_scales.Warnings | None = None

    def __getattr__(self, name: str):
        raw = self.__dict__.get("raw", {})
        if name in raw:
            return raw[name]
        raise AttributeError(name)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.raw["time_zone"])

    @cached_property
    def region_by_id(self) -> dict[str, list[Region]]:
        found: dict[str, list[Region]] = {}
        for region in self.regions:
            found.setdefault(region.region_id, []).append(region)
        return found

    @cached_property
    def parents(self) -> dict[str, str]:
        return {r.region_id: r.parent_id for r in self.regions}

    @cached_property
    def depth(self) -> dict[str, int]:
        """Steps from the root, by region."""
        depths: dict[str, int] = {}
        for region_id in self.parents:
            depths[region_id] = len(self.lineage(region_id)) - 1
        return depths

    def lineage(self, region_id: str) -> list[str]:
        """The region and everything above it, nearest first."""
        chain = [region_id]
        while (parent := self.parents.get(chain[-1])) and parent not in chain:
            chain.append(parent)
        return chain

    def decimals_of(self, share: str) -> int:
        """With how many decimals change_pct or progress_pct is stored and shown."""
        decimals = self.raw["rounding"]["decimals"]
        return int(decimals.get(share, decimals["default"]))

    def basis_at(self, month: str) -> str:
        """The counting basis in force in a month (`YYYY-MM`) where a file names none."""
        steps = self.raw["basis"]
        if isinstance(steps, str):
            return steps
        current = steps[0]["basis"]
        for step in steps:
            if str(step["from"]) <= month:
                current = step["basis"]
        return current

    def basis_steps(self) -> list[str]:
        """Months at which the series breaks because the basis changes."""
        steps = self.raw["basis"]
        return [] if isinstance(steps, str) else [str(step["from"]) for step in steps[1:]]

    def due(self, period: str, frequency: str) -> dt.datetime | None:
        """The end of the day by which a report is due, in local time; None where `calendar.deadlines` is false."""
        end = periods.month_index(periods.end_month(period)) + 1
        calendar = self.raw["calendar"]
        if not calendar.get("deadlines", True):
            return None
        if frequency == "year":
            month, day = (int(x) for x in str(calendar["year_due"]).split("-"))
        else:
            month, day = end % 12 + 1, calendar["quarter_due_day" if frequency in ("quarter", "half") else "month_due_day"]
        return dt.datetime(end // 12, month, int(day), 23, 59, 59, tzinfo=self.zone)

    def window(self, moment: dt.datetime) -> tuple[int, int]:
        """The monthly round an arrival belongs to: the month in which its figures are frozen."""
        local = moment.astimezone(self.zone)
        month = local.year * 12 + local.month - 1
        if local.day > int(self.raw["calendar"]["freeze_day"]):
            month += 1
        return month // 12, month % 12 + 1

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything declared: the folder's settings and the reference data, not the submissions and corrections."""
        names = ["jurisdiction.yml", "regions.csv", "region_changes.csv", "targets.csv", "denominators.csv", "warnings.yml"]
        paths = [self.folder / name for name in names] + [declared.path for declared in self.schemes]
        total = hashlib.sha256()
        for path in [*(p for p in paths if p.exists()), *self.reference.files]:
            total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return total.hexdigest()


def load(folder: Path) -> Jurisdiction:
    """Read a jurisdiction folder.

    Raises ConfigurationError with file, line or key and a remedy, in Chinese and English.
    """
    folder = folder.resolve()
    path = folder / "jurisdiction.yml"
    if not path.is_file():
        raise ConfigurationError(f"{folder}: 没有 jurisdiction.yml / has no jurisdiction.yml")
    try:
        given = yaml_files.read(path)[0] or {}
    except yaml_files.WrongYaml as error:
        raise ConfigurationError(str(error)) from error
    if not isinstance(given, dict):
        raise ConfigurationError(f"{path.name}: 应为 键: 值 / must be key: value lines")
    for key in ("id", "name", "root"):
        if not given.get(key):
            raise ConfigurationError(f"{path.name}: 缺少 {key} / {key} is missing")
    if re.search(r"[/\\\x00-\x1f]|^\.", str(given["id"])):
        raise ConfigurationError(f"{path.name}: id {given['id']!r} 用作文件名，不能含 / 或以 . 开头 / names files: no slash, no leading dot")
    unknown = set(given) - set(DEFAULTS) - {"id", "name", "root"}
    if unknown:
        raise ConfigurationError(
            f"{path.name}: 不认识的键 / unknown key {', '.join(sorted(unknown))}; 可用 / known: {', '.join(sorted(DEFAULTS))}"
        )
    for key, value in DEFAULTS.items():
        wanted = type(value) if isinstance(value, dict | list) else None
        if wanted and given.get(key) is not None and not isinstance(given[key], wanted):
            shape = "键: 值 / key: value" if wanted is dict else "列表 / a list"
            raise ConfigurationError(f"{path.name}: {key}: 应为 / must be {shape}, 如 / such as {value}")
    raw = {key: _merge(value, given.get(key)) for key, value in DEFAULTS.items()}
    name = given["name"] if isinstance(given["name"], dict) else {"zh": str(given["name"])}
    if not name.get("zh"):
        raise ConfigurationError(f"{path.name}: 缺少 name.zh / name.zh is missing")
    raw |= {"id": str(given["id"]), "root": str(given["root"]), "name": {"zh": name["zh"], "en": name.get("en") or name["zh"]}}
    if raw["rounding"]["mode"] not in ("half_up", "truncate"):
        raise ConfigurationError(f"{path.name}: rounding.mode 应为 half_up 或 truncate / must be half_up or truncate")
    if raw["rounding"]["rate_yoy_from"] not in ("rounded", "raw"):
        raise ConfigurationError(f"{path.name}: rounding.rate_yoy_from 应为 rounded 或 raw / must be rounded or raw")
    if raw["ranking"]["rank_1"] not in ("best", "worst"):
        raise ConfigurationError(f"{path.name}: ranking.rank_1 应为 best 或 worst / must be best or worst")
    if raw["vehicle_base"] not in ("year_end", "mean"):
        line = next((n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1) if re.match(r"\W*vehicle_base", text)), 1)
        raise ConfigurationError(f"{path.name}: 第 {line} 行 / line {line}: vehicle_base {raw['vehicle_base']!r}: 应为 year_end(年末)或 mean(上年末和本年末的平均) / "
                                 "must be year_end, or mean (of the end of the year before and of this one)")
    declared = reference.load(folder)
    for i in [i for i in declared.indicators.values() if i.denominator_base and raw[i.denominator_base] == "mean"]:
        declared.indicators[i.id] = replace(i, averaged=True)
    bases = {code.code for code in declared.codes["basis"]}
    if not isinstance(raw["basis"], str) and not all(isinstance(s, dict) and {"from", "basis"} <= set(s) for s in raw["basis"]):
        raise ConfigurationError(f"{path.name}: basis: 每一步要有 from 和 basis / each step needs from and basis")
    used = [raw["basis"]] if isinstance(raw["basis"], str) else [s.get("basis") for s in raw["basis"]]
    if wrong := [b for b in used if b not in bases]:
        raise ConfigurationError(f"{path.name}: basis {wrong}: 应为 / must be one of {sorted(bases)}")
    jurisdiction = Jurisdiction(folder, raw, _regions(folder / "regions.csv"), declared)
    if raw["root"] not in jurisdiction.region_by_id:
        raise ConfigurationError(f"{path.name}: root {raw['root']} 不在 regions.csv 中 / is not in regions.csv")
    for region in jurisdiction.regions:
        if region.region_id != raw["root"] and region.parent_id not in jurisdiction.region_by_id:
            raise ConfigurationError(
                f"regions.csv: {region.region_id} {region.name_zh}: 上级 / parent {region.parent_id!r} 不存在 / does not exist"
            )
        chain = jurisdiction.lineage(region.region_id)
        if jurisdiction.parents.get(chain[-1]) in chain:
            raise ConfigurationError(f"regions.csv: {region.region_id} {region.name_zh}: 上级关系成环 / its parents go in a circle: {chain}")
    _settings(jurisdiction, path.name)
    try:
        decided = corrections.read(folder, declared, jurisdiction.region_by_id, jurisdiction.zone)
        filed = objections.read(folder, declared, jurisdiction.region_by_id, jurisdiction.zone)
        jurisdiction.schemes = schemes.read(folder, raw["schemes"], declared, jurisdiction.region_by_id)
        jurisdiction.warnings = warning_scales.load(folder, declared)
        jurisdiction.objections = objections.settled(filed, [d.scheme for d in jurisdiction.schemes])
        decided += [o.means for o in jurisdiction.objections if o.changes]
        jurisdiction.corrections = sorted(decided, key=lambda c: (c.known_from, c.file, c.line))
    except (corrections.WrongCorrection, schemes.WrongScheme, warning_scales.WrongScale) as error:
        raise ConfigurationError(str(error)) from error
    jurisdiction.received = _received(folder, jurisdiction.zone)
    return jurisdiction


def _settings(jurisdiction: Jurisdiction, file: str) -> None:
    """Names and numbers of jurisdiction.yml that must mean something. Raises ConfigurationError."""
    raw, declared = jurisdiction.raw, jurisdiction.reference

    def known(key: str, used, allowed) -> None:
        if wrong := sorted(str(u) for u in used if u not in allowed):
            raise ConfigurationError(f"{file}: {key}: 不认识 / unknown: {', '.join(wrong)}")

    try:
        ZoneInfo(raw["time_zone"])
    except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{file}: time_zone {raw['time_zone']!r}: 没有这个时区 / no such time zone") from error
    indicators = {*declared.indicators, "target_progress"}
    known("ranking.indicators", raw["ranking"]["indicators"], indicators)
    known("ranking.indicators", raw["ranking"]["indicators"].values(), ("best", "worst"))
    if not isinstance(raw["ranking"]["bottom_k"], int) or raw["ranking"]["bottom_k"] not in range(1, 101):
        raise ConfigurationError(f"{file}: ranking.bottom_k: {raw['ranking']['bottom_k']!r}: 应为 1 到 100 / must be 1 to 100")
    known("rounding.decimals", raw["rounding"]["decimals"], {*indicators, "default", "change_pct", "progress_pct"})
    for name, decimals in raw["rounding"]["decimals"].items():
        if decimals not in range(7):
            raise ConfigurationError(f"{file}: rounding.decimals.{name}: {decimals!r}: 应为 0 到 6 / must be 0 to 6")
    for name, members in raw["peer_groups"].items():
        known(f"peer_groups.{name}", (str(m) for m in members or ()), jurisdiction.region_by_id)
    known("required_columns", raw["required_columns"], declared.forms)
    for form, columns in raw["required_columns"].items():
        known(f"required_columns.{form}", (c for c in columns if declared.forms[form].match(c) is None), ())
    for key, value in raw["missing_as_dead"].items():
        if key not in DEFAULTS["missing_as_dead"] or not isinstance(value, bool):
            raise ConfigurationError(f"{file}: missing_as_dead.{key}: {value!r}: 应为 level 或 deaths，true 或 false / must be level or deaths, true or false")
    for key, highest in (("month_due_day", 28), ("quarter_due_day", 28), ("freeze_day", 28)):
        if raw["calendar"][key] not in range(1, highest + 1):
            raise ConfigurationError(f"{file}: calendar.{key}: {raw['calendar'][key]!r}: 应为 1 到 {highest} / must be 1 to {highest}")
    if not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", str(raw["calendar"]["year_due"])):
        raise ConfigurationError(f"{file}: calendar.year_due: {raw['calendar']['year_due']!r}: 应如 / must be like 01-31")


def _merge(default, given):
    if given is None:
        return default
    if isinstance(default, dict) and isinstance(given, dict):
        return {**default, **{k: _merge(default.get(k), v) for k, v in given.items()}}
    return given


def read_csv(path: Path, *required: str) -> list[tuple[int, dict[str, str]]]:
    """Rows of a configuration CSV (UTF-8, with or without BOM) with their line numbers; [] when the file is not there.

    Raises ConfigurationError when it is not UTF-8 or lacks a required column.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        try:
            rows = [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]
        except (UnicodeDecodeError, csv.Error) as error:
            raise ConfigurationError(f"{path.name}: 不是 UTF-8 的 CSV / not CSV in UTF-8: {error}") from error
    if missing := [name for name in required if name not in (reader.fieldnames or ())]:
        raise ConfigurationError(f"{path.name}: 第 1 行 / line 1: 缺少列 / columns missing: {', '.join(missing)}")
    return rows


def _regions(path: Path) -> list[Region]:
    rows = read_csv(path, "region_id", "name_zh")
    if not rows:
        raise ConfigurationError("regions.csv: 没有地区 / there are no regions")
    regions = []
    for line, row in rows:
        if not row.get("region_id") or not row.get("name_zh"):
            raise ConfigurationError(f"regions.csv: 第 {line} 行 / line {line}: 缺少 region_id 或 name_zh / missing")
        try:
            regions.append(
                Region(
                    region_id=row["region_id"],
                    name_zh=row["name_zh"],
                    name_en=row.get("name_en") or row["name_zh"],
                    level=row.get("level") or "county",
                    parent_id=row.get("parent_id", ""),
                    valid_from=_date(row.get("valid_from")),
                    valid_to=_date(row.get("valid_to")),
                    kind=row.get("kind") or "division",
                    ranked=_flag(row.get("ranked")),
                    counted=_flag(row.get("counted")),
                    included_in_parent=_flag(row.get("included_in_parent")),
                    aliases=tuple(a.strip() for a in row.get("aliases", "").split("|") if a.strip()),
                )
            )
        except ValueError as error:
            raise ConfigurationError(f"regions.csv: 第 {line} 行 / line {line}: {error}") from error
    return regions


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _flag(text: str | None) -> bool:
    if not text:
        return True
    if text.lower() in ("true", "1", "yes", "是"):
        return True
    if text.lower() in ("false", "0", "no", "否"):
        return False
    raise ValueError(f"{text!r}: 应为 true 或 false / must be true or false")


def _received(folder: Path, zone: ZoneInfo) -> dict[str, dt.datetime]:
    times = {}
    for line, row in read_csv(folder / "submissions" / "received.csv", "path", "received_at"):
        try:
            moment = parse_time(row["received_at"], zone)
        except (ValueError, KeyError) as error:
            raise ConfigurationError(f"submissions/received.csv: 第 {line} 行 / line {line}: {error}") from error
        times[row["path"].removeprefix("submissions/").removeprefix("./")] = moment
    return times


def parse_time(text: str, zone: ZoneInfo) -> dt.datetime:
    """An ISO date or time; local time where no offset is given; a bare date means the end of that day."""
    if len(text) == 10:
        text += "T23:59:59"
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def not_in_the_future(jurisdiction: Jurisdiction, now: dt.datetime) -> None:
    """Refuse a correction of tomorrow: a release as of its date would leave out what comes until then. Raises ConfigurationError."""
    for correction in jurisdiction.corrections:
        if correction.decided_on > now.astimezone(jurisdiction.zone).date():
            raise ConfigurationError(
                f"{correction.reference}: date {correction.decided_on} 还没有到；决定之日才生效 / is not here yet; a correction holds from the day it is decided"
            )
