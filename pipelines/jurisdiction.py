"""A jurisdiction folder read into one typed object. The folder is only read, never written."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from pipelines import reference
from transforms import periods

DEFAULTS = {
    "time_zone": "Asia/Shanghai",
    "calendar": {"month_due_day": 8, "freeze_day": 20, "quarter_due_day": 15, "year_due": "01-31"},
    "basis": "all",
    "rounding": {"mode": "half_up", "decimals": {"default": 2}},
    "ranking": {"rank_1": "best", "indicators": {}},
    "zero_base_mark": "—",
    "peer_groups": {},
    "required_columns": {},
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
        """SHA-256 over everything declared: the folder's settings and the reference data, not the submissions."""
        names = ["jurisdiction.yml", "regions.csv", "region_changes.csv", "targets.csv", "denominators.csv", "corrections.yml"]
        paths = [self.folder / name for name in names] + sorted(self.folder.glob("schemes/*.yml"))
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
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path.name}: 不是有效的 YAML / not valid YAML: {error}") from error
    for key in ("id", "name", "root"):
        if not given.get(key):
            raise ConfigurationError(f"{path.name}: 缺少 {key} / {key} is missing")
    unknown = set(given) - set(DEFAULTS) - {"id", "name", "root"}
    if unknown:
        raise ConfigurationError(
            f"{path.name}: 不认识的键 / unknown key {', '.join(sorted(unknown))}; 可用 / known: {', '.join(sorted(DEFAULTS))}"
        )
    raw = {key: _merge(value, given.get(key)) for key, value in DEFAULTS.items()}
    name = given["name"] if isinstance(given["name"], dict) else {"zh": given["name"]}
    raw |= {"id": str(given["id"]), "root": str(given["root"]), "name": {"zh": name["zh"], "en": name.get("en") or name["zh"]}}
    if raw["rounding"]["mode"] not in ("half_up", "truncate"):
        raise ConfigurationError(f"{path.name}: rounding.mode 应为 half_up 或 truncate / must be half_up or truncate")
    if raw["ranking"]["rank_1"] not in ("best", "worst"):
        raise ConfigurationError(f"{path.name}: ranking.rank_1 应为 best 或 worst / must be best or worst")
    declared = reference.load(folder)
    bases = {code.code for code in declared.codes["basis"]}
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
    if (folder / "corrections.yml").exists():
        raise ConfigurationError(
            "corrections.yml: 更正尚未实现，为免发布未更正的数，请先移出；可用更正后的文件重新报送 / corrections are not built yet; so that no "
            "uncorrected figure is published, take the file out and send a corrected submission instead"
        )
    jurisdiction.received = _received(folder, jurisdiction.zone)
    return jurisdiction


def _merge(default, given):
    if given is None:
        return default
    if isinstance(default, dict) and isinstance(given, dict):
        return {**default, **{k: _merge(default.get(k), v) for k, v in given.items()}}
    return given


def read_csv(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows of a configuration CSV (UTF-8, with or without BOM) with their line numbers; [] when the file is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        return [(reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}) for row in reader]


def _regions(path: Path) -> list[Region]:
    rows = read_csv(path)
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
    for line, row in read_csv(folder / "submissions" / "received.csv"):
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
