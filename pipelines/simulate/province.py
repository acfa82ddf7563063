"""The fictional province: regions with invented names and codes 99xxxx, their sizes, and the jurisdiction folder around them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from pipelines.simulate.chance import Chance

ROOT = "990000"
SCHEME = Path(__file__).resolve().parent / "scheme.yml"
QUARTERLY = SCHEME.with_name("scheme_quarter.yml")
REGION_HEADER = "region_id,name_zh,name_en,level,parent_id,valid_from,valid_to,kind,ranked,counted,included_in_parent,aliases"
# Characters that no county of the real lists begins with, and endings that fit them.
_FIRST = (
    "霁 Ji,翎 Ling,砚 Yan,珞 Luo,笙 Sheng,缃 Xiang,昀 Yun,琛 Chen,澹 Dan,泠 Leng,漪 Yi,黛 Dai,棹 Zhao,篱 Li,纨 Wan,荻 Di,蓼 Liao,蘅 Heng,苒 Ran,"
    "芃 Peng,箬 Ruo,簪 Zan,砺 Liu,磬 Qing,琮 Cong,珩 Hang,玘 Qi,瓒 Zuan,璟 Jing,翙 Hui,翥 Zhu,骞 Qian,滟 Yan,绡 Xiao,蕤 Rui,暾 Tun,曈 Tong,皓 Hao"
)
_SECOND = "川 chuan,泽 ze,浦 pu,桥 qiao,埠 bu,陂 bei,津 jin,渡 du,冈 gang,坪 ping,原 yuan,岭 ling,洲 zhou,溪 xi,台 tai,滩 tan,坞 wu,垣 heng,汀 ting,圩 xu"
# How common each sort of county is in a province: its suffix, the code it starts from, its share.
_SORTS = {"区": (2, 0.25), "县": (21, 0.6), "市": (81, 0.15)}
_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Unit:
    """A region with what its numbers depend on. `size` is 1 for a middling county; trades are relative to that size."""

    region_id: str
    name_zh: str
    name_en: str
    level: str
    kind: str
    parent_id: str
    included: bool = True
    aliases: tuple[str, ...] = ()
    size: float = 1.0
    trades: dict[str, float] = field(default_factory=dict, compare=False, hash=False)

    @property
    def sends_everything(self) -> bool:
        """Whether the unit sends every form; a zone that stands inside a county sends only what describes its own work."""
        return self.kind != "zone" or self.included


@dataclass
class Province:
    """The regions of the simulation, from the root down, and the months it covers."""

    units: list[Unit]
    months: list[str]
    seed: int

    @cached_property
    def by_id(self) -> dict[str, Unit]:
        return {u.region_id: u for u in self.units}

    @cached_property
    def cities(self) -> list[Unit]:
        return [u for u in self.units if u.level == "city"]

    @cached_property
    def submitters(self) -> list[Unit]:
        """Counties, zones and own-level units: those that send the forms of their own numbers."""
        return [u for u in self.units if u.level == "county"]

    @cached_property
    def children(self) -> dict[str, list[Unit]]:
        """What adds up to a region."""
        below: dict[str, list[Unit]] = {}
        for u in self.units:
            if u.included:
                below.setdefault(u.parent_id, []).append(u)
        return below

    @property
    def years(self) -> list[int]:
        return sorted({int(m[:4]) for m in self.months})

    def chance(self, *name: object) -> Chance:
        return Chance(self.seed, *name)


def make(cities: int, counties: int, zones: int, months: list[str], seed: int) -> Province:
    """Draw a province: the counties spread over the cities by size, each city with own-level units, zones here and there.

    Raises ValueError where there are more units than codes for them.
    """
    if cities < 1 or counties < cities or zones < 0:
        raise ValueError(f"至少一个市，县不少于市 / at least one city, no fewer counties than cities: {cities} cities, {counties} counties, {zones} zones")
    if cities > 34 * 34 - 1 or counties > 60 * cities:
        raise ValueError(f"代码不够用 / not enough codes: {cities} cities, {counties} counties")
    chance = Chance(seed, "province")
    names = _names(chance)
    units = [Unit(ROOT, "河岳省", "Heyue", "province", "division", "", aliases=("河岳省(模拟)", "河岳"), size=float(counties))]
    per_city = [1 + extra for extra in chance.split(counties - cities, [chance.between(0.4, 1.6) for _ in range(cities)])]
    drawn: list[list[Unit]] = []
    for number, count in enumerate(per_city, start=1):
        code = f"99{_DIGITS[number // 34]}{_DIGITS[number % 34]}" if cities > 99 else f"99{number:02d}"
        zh, en = next(names)
        city = Unit(f"{code}00", f"{zh}市", en, "city", "division", ROOT, size=float(count), aliases=(f"{zh}市(模拟)",))
        drawn.append([city, *_counties(chance, names, city, code, zh, en, count)])
    for number in range(zones):
        members = drawn[number % cities]
        drawn[number % cities].append(_zone(chance, members, serial=number // cities + 1, inside=number % 4 == 1))
    for members in drawn:
        city = members[0]
        own = Unit(f"Z{city.region_id[:4]}90", f"{city.name_zh}本级", f"{city.name_en}, the city's own units", "county", "unallocated",
                   city.region_id, aliases=("市本级",), size=0.15, trades=_trades(chance, 0.15, urban=True))
        units += [*members, own]
    return Province(units, months, seed)


def _names(chance: Chance):
    """Pairs of characters with their reading, no first character too often near itself; with a third once they run out."""
    firsts, seconds = ([tuple(word.split()) for word in text.split(",")] for text in (_FIRST, _SECOND))
    pairs = chance.shuffled([(a + b, x + y) for a, x in firsts for b, y in seconds])
    yield from pairs
    for c, z in seconds:
        yield from ((zh + c, en + z) for zh, en in pairs if not zh.endswith(c))


def _counties(chance: Chance, names, city: Unit, code: str, zh: str, en: str, count: int) -> list[Unit]:
    used: dict[str, int] = {}
    found = []
    for i in range(count):
        suffix = "区" if i == 0 and count > 1 else chance.weighted([(s, share) for s, (_, share) in _SORTS.items()])
        # One county in each larger city bears the city's own name: the bare name is then ambiguous, as in the real lists.
        namesake = i == 1 and count > 2
        name, reading = (zh, en) if namesake else next(names)
        suffix = "县" if namesake else suffix
        serial = _SORTS[suffix][0] + used.get(suffix, 0)
        used[suffix] = used.get(suffix, 0) + 1
        size = max(0.3, min(3.0, 2.718 ** (0.45 * chance.normal())))
        urban = suffix != "县"
        english = f"{reading} {'District' if suffix == '区' else 'County' if suffix == '县' else 'City'}"
        aliases = (f"{name}{'县' if suffix != '县' else '区'}",) if chance.happens(0.3) and not namesake else ()  # its name before a change
        found.append(Unit(f"{code}{serial:02d}", f"{name}{suffix}", english, "county", "division", city.region_id, aliases=aliases, size=size,
                          trades=_trades(chance, size, urban)))
    return found


def _zone(chance: Chance, members: list[Unit], serial: int, inside: bool) -> Unit:
    """A development zone of a city: its figures add to the city's, or stand inside a county's and do not."""
    city = members[0]
    zh, en = city.name_zh.removesuffix("市"), city.name_en
    kinds = [("高新区", "Hi-tech Zone"), ("经济开发区", "Development Zone"), ("保税区", "Bonded Zone"), ("风景名胜区", "Scenic Zone")]
    sort, english = kinds[(serial - 1) % 4]
    sort, english = (sort, english) if serial <= 4 else (f"第{serial}{sort}", f"{english} {serial}")
    return Unit(f"Z{city.region_id[:4]}{serial:02d}", f"{zh}{sort}", f"{en} {english}", "county", "zone", city.region_id, included=not inside,
                size=0.2, trades=_trades(chance, 0.2, urban=True))


def _trades(chance: Chance, size: float, urban: bool) -> dict[str, float]:
    """How strong each trade is: coal, mines, chemicals, fireworks, construction, industry, roads, water, rail, farms; firms and people."""

    def here(probability: float, low: float = 0.5, high: float = 1.8) -> float:
        return chance.between(low, high) * size if chance.happens(probability) else 0.0

    return {
        "coal": here(0.2 if not urban else 0.05), "mines": here(0.6 if not urban else 0.2), "chemicals": here(0.5), "fireworks": here(0.2),
        "construction": here(1.0), "industry": here(1.0), "roads": here(1.0, 0.7, 1.4), "water": here(0.25), "rail": here(0.4),
        "farms": here(1.0 if not urban else 0.2), "fishing": here(0.1),
        "firms": 1800 * size * chance.between(0.7, 1.4), "people": 420_000 * size * chance.between(0.85, 1.15),
        "output": (190 if urban else 120) * size * chance.between(0.8, 1.25),
    }


# --- the jurisdiction folder ------------------------------------------------------------------------------------------


def write_folder(province: Province, folder: Path) -> None:
    """jurisdiction.yml, regions.csv, tiles.csv, and in every year a scheme for the counties, one for their quarters, and one for the cities."""
    folder.mkdir(parents=True, exist_ok=True)
    large = sorted(province.cities, key=lambda u: (-u.size, u.region_id))
    half = (len(large) + 1) // 2
    counties = [u for u in province.submitters if u.kind == "division"]
    mines = [u for u in counties if u.trades["coal"] + u.trades["mines"] > 0]
    settings = {
        "id": "heyue",
        "name": {"zh": "河岳省（模拟）", "en": "Heyue (simulated)"},
        "root": ROOT,
        "simulated": True,
        "basis": "all",
        "peer_groups": {
            "一类市": sorted(u.region_id for u in large[:half]), "二类市": sorted(u.region_id for u in large[half:]),
            "矿业县": sorted(u.region_id for u in mines), "其他县": sorted(u.region_id for u in counties if u not in mines),
        },
        "publisher": {"zh": "模拟数据，没有发布机关", "en": "Simulated data; no authority publishes them", "contact": ""},
        "licence": {"id": "CC0-1.0", "title": "模拟数据，任意使用 / simulated data, free of any restriction", "url": ""},
    }
    settings["peer_groups"] = {name: members for name, members in settings["peer_groups"].items() if members}
    note = "# 虚构的省份，由 worksafety simulate 生成；地名、代码、数字都不是真的。\n# A fictional province made by `worksafety simulate`: no name, code or figure is real.\n"
    (folder / "jurisdiction.yml").write_text(note + yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8", newline="\n")
    for year in province.years:
        for level, suffix, name, source in (("county", "", "县（市、区）", SCHEME), ("city", "-city", "设区市", SCHEME), ("county", "-quarter", "县（市、区）", QUARTERLY)):
            head = f"id: heyue-{year}{suffix}\nyear: {year}\nsubject_level: {level}\n"
            text = source.read_text(encoding="utf-8").replace("县（市、区）", name).replace("counties", "counties" if level == "county" else "cities")
            target = folder / "schemes" / f"heyue-{year}{suffix}.yml"
            target.parent.mkdir(exist_ok=True)
            target.write_text(head + text, encoding="utf-8", newline="\n")
    rows = [[u.region_id, u.name_zh, u.name_en, u.level, u.parent_id, "", "", u.kind if u.kind != "division" else "",
             "false" if u.kind == "unallocated" or not u.included else "", "false" if u.kind == "unallocated" or not u.included else "",
             "" if u.included else "false", "|".join(u.aliases)] for u in province.units]
    write_csv(folder / "regions.csv", REGION_HEADER.split(","), rows)
    wide = max(1, round(len(province.cities) ** 0.5))
    write_csv(folder / "tiles.csv", ["region_id", "column", "row"], [[u.region_id, i % wide + 1, i // wide + 1] for i, u in enumerate(province.cities)])


def write_csv(path: Path, header: list[str], rows: list[list]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
