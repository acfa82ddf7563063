"""A release: an immutable folder of Parquet, CSV, workbook and metadata with a manifest, written aside and renamed into place."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from pathlib import Path

from pipelines import __version__
from pipelines.engines.warehouse import Warehouse, literal
from pipelines.jurisdiction import Jurisdiction
from pipelines.publish import disclosure, metadata, revisions, score_sheets, tables
from pipelines.publish.plan import Plan, existing
from transforms import catalogue

HASHES = ("file_sha256", "submission_id", "base_submission_id", "resolved_by")  # hexadecimal digits, not anybody's number
IN_WORKBOOK = ("indicators", "comparisons", "target_progress", "rankings", "quality_findings", "revisions", "indicator_catalogue")


def next_name(releases: Path, plan: Plan) -> tuple[str, int, int, Path | None]:
    """(name, version, sequence, folder of the release before) of the release that a plan makes."""
    made = existing(releases)
    version = 1 + sum(m["period"] == plan.label for m in made)
    previous = releases / made[-1]["release"] if made else None
    return f"{plan.label}.v{version}", version, made[-1]["sequence"] + 1 if made else 1, previous


def write(warehouse: Warehouse, jurisdiction: Jurisdiction, plan: Plan, releases: Path) -> Path:
    """Write the release of the tables that stand in the warehouse; returns its folder. Nothing is seen of it until it is complete."""
    releases.mkdir(parents=True, exist_ok=True)
    name, version, sequence, previous = next_name(releases, plan)
    with warehouse.transaction():
        revisions.build(warehouse, name, previous)
    partial = releases / f".{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    for folder in ("parquet", "csv", "xlsx"):
        (partial / folder).mkdir(parents=True)
    manifest = {
        "release": name,
        "period": plan.label,
        "version": version,
        "sequence": sequence,
        "as_of": plan.as_of.isoformat() + "Z",
        "previous_release": previous.name if previous else None,
        "jurisdiction": {
            "id": jurisdiction.id, "name": jurisdiction.name, "root": jurisdiction.root, "simulated": jurisdiction.simulated,
            "publisher": jurisdiction.publisher, "licence": jurisdiction.licence, "languages": jurisdiction.languages,
            "base_url": jurisdiction.base_url,
        },
        "program_version": __version__,
        "inputs_sha256": plan.inputs_sha256,
    }
    footer = {"release": name, "as_of": manifest["as_of"], "inputs_sha256": plan.inputs_sha256, "licence": jurisdiction.licence["id"],
              "simulated": "true" if jurisdiction.simulated else ""}
    rows: dict[str, int] = {}
    findings = disclosure.public_findings(warehouse)
    for table, spec in catalogue.published().items():
        source = findings if table == "quality_findings" else table
        parquet, csv = partial / "parquet" / f"{table}.parquet", partial / "csv" / f"{table}.csv"
        written = tables.write_parquet(warehouse, source, spec, parquet, footer, functools.partial(_scan, table, spec))
        tables.write_csv(warehouse, f"read_parquet({literal(str(parquet))})", spec, csv)
        rows[f"parquet/{table}.parquet"] = rows[f"csv/{table}.csv"] = written
    title = f"{jurisdiction.name['zh']} {name}" + ("（模拟数据 simulated）" if jurisdiction.simulated else "")
    in_workbook = {table: (catalogue.published()[table], partial / "parquet" / f"{table}.parquet") for table in IN_WORKBOOK}
    tables.write_workbook(in_workbook, partial / "xlsx" / f"{jurisdiction.id}-{name}.xlsx", title)
    score_sheets.write(warehouse, partial / "xlsx", title)
    metadata.write(partial / "metadata", manifest, jurisdiction)
    revised = f"read_parquet({literal(str(partial / 'parquet' / 'revisions.parquet'))}) WHERE release = {literal(name)}"
    tables.write_csv(warehouse, revised, catalogue.published()["revisions"], partial / "CHANGES.csv")
    manifest["files"] = [
        {"path": path.relative_to(partial).as_posix(), "bytes": path.stat().st_size, "sha256": _sha256(path),
         "rows": rows.get(path.relative_to(partial).as_posix())}
        for path in sorted(p for p in partial.rglob("*") if p.is_file())
    ]
    (partial / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    target = releases / name
    os.replace(partial, target)
    point_latest(releases)
    return target


def point_latest(releases: Path) -> None:
    """Let `latest` be the newest release; a crash just before this leaves it at the one before, and the next run mends it."""
    made = existing(releases)
    latest = releases / "latest"
    if not made or latest.is_symlink() and os.readlink(latest) == made[-1]["release"]:
        return
    link = releases / ".latest.partial"
    link.unlink(missing_ok=True)
    link.symlink_to(made[-1]["release"], target_is_directory=True)
    os.replace(link, latest)


def _scan(table: str, spec: dict, group) -> None:
    """Raises PersonalData when a text among rows about to be released looks like personal data."""
    for column in spec["columns"]:
        if column["type"] == "string" and column["name"] not in HASHES:
            disclosure.scan(table, column["name"], group.column(column["name"]).unique().to_pylist())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
