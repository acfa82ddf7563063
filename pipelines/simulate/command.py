"""`worksafety simulate`: the folder of a fictional province, its submission files, and the truth beside them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import jurisdiction as jurisdictions
from pipelines import reference as declarations
from pipelines.simulate import documents, forms, mess, province, truth, untidy, writing
from pipelines.simulate.events import World
from transforms import periods

FORMATS = {"xlsx": 0.88, "csv": 0.09, "ods": 0.02, "tsv": 0.01}


@dataclass
class Plan:
    """What to simulate."""

    counties: int = 100
    zones: int = 20
    cities: int = 11
    months: int = 12
    start: str = "2024-01"
    seed: int = 1
    forms: Sequence[str] = ()
    mess: float = 0.05
    formats: Sequence[str] = tuple(FORMATS)

    def month_names(self) -> list[str]:
        first = periods.month_index(self.start)
        return [f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(first, first + self.months)]


@dataclass
class Made:
    """What was made."""

    files: int = 0
    cells: int = 0
    bytes: int = 0
    findings: int = 0
    messy: dict[str, int] = field(default_factory=dict)


def simulate(plan: Plan, folder: Path, progress=lambda *_: None) -> Made:
    """Write the folder. Raises ValueError for a plan that cannot be carried out, FileExistsError where the folder holds something else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "truth" / "verdicts.csv").exists():
            raise FileExistsError(folder)
        for name in ("submissions", "truth"):
            shutil.rmtree(folder / name, ignore_errors=True)
    if unknown := set(plan.formats) - set(FORMATS):
        raise ValueError(f"格式 / formats {sorted(unknown)}: {', '.join(FORMATS)}")
    land = province.make(plan.cities, plan.counties, plan.zones, plan.month_names(), plan.seed)
    province.write_folder(land, folder)
    reference = declarations.load()
    rules = forms.Rules(World(land))
    wanted = list(plan.forms) or [form_id for form_id in rules.by_form if form_id in reference.forms]
    if unknown := set(wanted) - set(rules.by_form):
        raise ValueError(f"没有这些表的规则 / no rule for forms {sorted(unknown)}: {', '.join(rules.by_form)}")
    weights = [(name, FORMATS[name]) for name in plan.formats]
    made = []
    for report in forms.reports(rules, reference, wanted):
        form, unit = report.form, report.submitter
        kind = land.chance("format", form.id, unit.region_id, report.period).weighted(weights)
        path = f"{report.arrives:%Y/%Y-%m}/{form.id}_{unit.region_id}_{report.period}.{kind}"
        made.append(documents.document(report, reference, path, kind))
        progress("draw", len(made), 0)
    clerk = mess.Clerk(land, reference, tuple(plan.formats), land.chance("mess"))
    made, messy = untidy.untidied(made, plan.mess, clerk)
    result = Made(messy=messy)
    known = truth.Truth(land, jurisdictions.load(folder), made)
    result.files, result.cells, result.findings = len(made), len(known.figures), len(known.findings)
    known.write(folder / "truth")
    folders: set[Path] = set()
    for number, document in enumerate(known.documents, start=1):
        target = folder / "submissions" / document.path
        if target.parent not in folders:
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.add(target.parent)
        data = writing.content(document)
        target.write_bytes(data)
        result.bytes += len(data)
        progress("write", number, len(known.documents))
    rows = [[d.path, f"{d.arrives:%Y-%m-%dT%H:%M:%S}+08:00"] for d in known.documents]
    province._csv(folder / "submissions" / "received.csv", ["path", "received_at"], rows)
    return result
