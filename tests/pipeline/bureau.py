"""A bureau that a test invents: its folder, the files it receives, and what comes out of them.

`run` is the command line with everything it does; `compute` and `release` are the same steps without Dagster, for the many small cases.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq
import yaml

REGION_HEADER = "region_id,name_zh,name_en,level,parent_id,valid_from,valid_to,kind,ranked,counted,included_in_parent,aliases"
# A city with three counties. The zone's figures are already inside a county's; the city's own units belong to no county.
CITY, EAST, WEST, SOUTH, ZONE, OWN = "990100", "990101", "990102", "990103", "990171", "990199"
CITY_AND_COUNTIES = f"""
{CITY},河阳市,Heyang,city
{EAST},东山县,Dongshan,county,{CITY}
{WEST},西水县,Xishui,county,{CITY}
{SOUTH},南林区,Nanlin,county,{CITY}
"""
ZONE_AND_OWN_UNITS = f"""
{ZONE},高新区,Hi-tech zone,county,{CITY},,,zone,false,false,false
{OWN},市本级,City's own units,county,{CITY},,,unallocated,false,false,true
"""
LATER = dt.datetime(9999, 1, 1)


class Rows:
    """Tables by name, each a list of dicts."""

    def __init__(self, tables: dict[str, list[dict]]):
        self.tables = tables

    def where(self, table: str, /, **wanted: object) -> list[dict]:
        return [row for row in self.tables[table] if all(row[k] == v for k, v in wanted.items())]

    def one(self, table: str, /, **wanted: object) -> dict:
        found = self.where(table, **wanted)
        assert len(found) == 1, f"{table} {wanted}: {len(found)} rows {found[:4]}"
        return found[0]

    def value(self, region_id: str, indicator_id: str = "deaths", **wanted: object) -> float | None:
        """The value of an indicator, None where there is none."""
        found = self.where("indicators", region_id=region_id, indicator_id=indicator_id, **{"category": "TOTAL", **wanted})
        assert len(found) < 2, found
        return found[0]["value"] if found else None

    def checks(self, **wanted: object) -> set[str]:
        return {row["check_id"] for row in self.where("quality_findings", **wanted)}


@dataclass
class Bureau:
    """A jurisdiction folder and its output folder."""

    folder: Path
    out: Path
    arrivals: dict[str, str] = field(default_factory=dict)
    row_checks: bool = False  # `compute` and `release` judge rows too; the fixed cost of a suite is most of a small run

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def regions(self, *lines: str) -> None:
        rows = [line.strip() for text in lines for line in text.splitlines() if line.strip()]
        width = REGION_HEADER.count(",")
        self.write("regions.csv", "\n".join([REGION_HEADER, *(row + "," * (width - row.count(",")) for row in rows)]) + "\n")

    def settings(self, **given: object) -> None:
        base = {"id": "heyang", "name": {"zh": "河阳市", "en": "Heyang"}, "root": CITY}
        self.write("jurisdiction.yml", yaml.safe_dump({**base, **given}, allow_unicode=True))

    def send(self, name: str, content: str | bytes, on: str | None = None) -> Path:
        """A file arrives; `on` is written down in received.csv as its time of arrival."""
        if on:
            self.arrivals[name] = on
            lines = [f'"{k}",{v}' for k, v in self.arrivals.items()]
            self.write("submissions/received.csv", "path,received_at\n" + "\n".join(lines) + "\n")
        return self.write(f"submissions/{name}", content)

    def report(self, period: str, on: str, form: str = "F02", name: str = "", **columns: Iterable) -> None:
        """A plain file: one row for each region of `region_id`, its numbers by column name; `on` is the day of arrival."""
        header = ["form_id", "period", *columns]
        rows = [[form, period, *values] for values in zip(*columns.values(), strict=True)]
        lines = [",".join("" if v is None else str(v) for v in row) for row in [header, *rows]]
        self.send(name or f"{form}_{period.replace('..', '_')}_{on[:10]}.csv", "\n".join(lines) + "\n", on)

    # --- running ------------------------------------------------------------------------------------------------------

    def run(self, *options: str, command: str = "run") -> int:
        """The command line, in this process."""
        from pipelines.cli import main

        extra = ["--no-site"] if command == "run" else []
        return main([command, str(self.folder), *options, "--out", str(self.out), *extra])

    def take_in(self, warehouse, jurisdiction) -> list[str]:
        from expectations import compile as suites
        from pipelines.intake import ledger

        now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        checks = suites.checks_of if self.row_checks else lambda *_: []
        with mock.patch.object(suites, "checks_of", checks):
            return ledger.receive(jurisdiction, warehouse, self.out / "archive", ledger.discover(jurisdiction), now)

    def receive(self) -> list[str]:
        """Take in what has come, and no more; the numbers of the files that are new."""
        from pipelines import jurisdiction as jurisdictions
        from pipelines.engines.warehouse import Warehouse

        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            return self.take_in(warehouse, jurisdictions.load(self.folder))

    def compute(self, as_of: str | None = None, through: str = "9999-12") -> Rows:
        """Everything received, as known at `as_of`, in the published tables; no release is made."""
        from pipelines import jurisdiction as jurisdictions
        from pipelines.engines import transform
        from pipelines.engines.warehouse import Warehouse
        from pipelines.publish import tables
        from transforms import catalogue

        jurisdiction = jurisdictions.load(self.folder)
        moment = jurisdictions.parse_time(as_of, jurisdiction.zone).astimezone(dt.UTC).replace(tzinfo=None) if as_of else LATER
        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            self.take_in(warehouse, jurisdiction)
            transform.prepare(warehouse, jurisdiction, moment, through)
            transform.build(warehouse, catalogue.tables())
            specs = {t: s for t, s in catalogue.published().items() if t in catalogue.tables()}
            return Rows({table: tables.rows(warehouse, table, spec).to_arrow_table().to_pylist() for table, spec in specs.items()})

    def release(self, period: str | None = None, through: str | None = None) -> list[str]:
        """Make the releases that are due, as `run` does, and the receipts; their names."""
        from pipelines import jurisdiction as jurisdictions
        from pipelines.engines import transform
        from pipelines.engines.warehouse import Warehouse
        from pipelines.intake import receipt
        from pipelines.publish import plan, release
        from transforms import catalogue

        jurisdiction = jurisdictions.load(self.folder)
        made = []
        with Warehouse(self.out / "warehouse.duckdb") as warehouse:
            self.take_in(warehouse, jurisdiction)
            for due in plan.due(jurisdiction, warehouse, self.out / "releases", period, through):
                transform.prepare(warehouse, jurisdiction, due.as_of, due.through)
                transform.build(warehouse, catalogue.tables())
                receipt.write_all(warehouse, self.out / "receipts")
                made.append(release.write(warehouse, jurisdiction, due, self.out / "releases").name)
        return made

    def copy(self, path: Path) -> Bureau:
        """The same folder with what has come out of it so far, somewhere else, to go on with."""
        shutil.copytree(self.folder, path / "bureau")
        shutil.copytree(self.out, path / "out", symlinks=True)
        return Bureau(path / "bureau", path / "out", dict(self.arrivals), self.row_checks)

    # --- looking ------------------------------------------------------------------------------------------------------

    def released(self, release: str = "latest") -> Rows:
        folder = self.out / "releases" / release / "parquet"
        return Rows({path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))})

    def manifest(self, release: str = "latest") -> dict:
        return json.loads((self.out / "releases" / release / "manifest.json").read_text(encoding="utf-8"))

    def receipts(self) -> dict[str, dict]:
        """Receipts by the name of the file they answer."""
        found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((self.out / "receipts").glob("*.json"))]
        return {receipt["file"]: receipt for receipt in found}


def bureau_at(path: Path, regions: str = CITY_AND_COUNTIES, **settings: object) -> Bureau:
    """A bureau in an empty folder."""
    bureau = Bureau(path / "bureau", path / "out")
    bureau.settings(**settings)
    bureau.regions(regions)
    return bureau


def written_pages(bureau: Bureau, folder, lang: str) -> dict[str, str]:
    """The numbers of every page of a language by its address, before MkDocs frames them."""
    from pipelines import jurisdiction as jurisdictions
    from pipelines.publish import pages
    from pipelines.publish.release_data import ReleaseData
    from pipelines.publish.site_writer import SiteWriter
    from pipelines.publish.words import Words

    jurisdiction = jurisdictions.load(bureau.folder)
    release = (bureau.out / "releases/latest").resolve()
    writer = SiteWriter(ReleaseData(release, jurisdiction.reference), jurisdiction, Words(lang), ["zh", "en"],
                        pages.list_releases(bureau.out / "releases", release), folder / lang / "docs", folder / "charts")
    writer.write()
    bodies = folder / lang / "bodies"
    return {p.parent.relative_to(bodies).as_posix(): " ".join(json.loads(p.read_text(encoding="utf-8"))) for p in bodies.rglob("index.json")}
