"""`worksafety simulate`: the folder of a fictional province, its submission files, and the truth beside them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import jurisdiction as jurisdictions
from pipelines import reference as declarations
from pipelines.progress import bar
from pipelines.simulate import documents, forms, mess, province, truth, writing
from pipelines.simulate.events import World
from pipelines.simulate.kinds import Clerk
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


def simulate(plan: Plan, folder: Path) -> Made:
    """Write the folder, the same bytes for the same plan.

    Raises ValueError for a plan that cannot be carried out, FileExistsError where the folder holds something else.
    """
    if not 0 <= plan.mess <= 1 or plan.months < 1:
        raise ValueError(f"--mess {plan.mess}: 0 到 1 / from 0 to 1; --months {plan.months}: 至少 1 / at least 1")
    if not plan.formats or set(plan.formats) - set(FORMATS):
        raise ValueError(f"--formats {','.join(plan.formats)}: {', '.join(FORMATS)}")
    land = province.make(plan.cities, plan.counties, plan.zones, plan.month_names(), plan.seed)
    reference = declarations.load()
    rules = forms.Rules(World(land))
    wanted = list(plan.forms) or [form_id for form_id in rules.by_form if form_id in reference.forms]
    if unknown := set(wanted) - set(rules.by_form):
        raise ValueError(f"没有这些表的规则 / no rule for forms {sorted(unknown)}: {', '.join(rules.by_form)}")
    _make_room(folder)
    province.write_folder(land, folder)
    clerk = Clerk(land, reference, tuple(plan.formats), land.chance("mess"), rules)
    made, messy = mess.untidied(_drawn(rules, reference, wanted, plan), plan.mess, clerk)
    known = truth.Truth(land, jurisdictions.load(folder), made)
    known.write(folder / "truth")
    size = _written(known.documents, folder / "submissions")
    return Made(len(made), len(known.figures), size, len(known.findings), messy)


def _make_room(folder: Path) -> None:
    """Take away what an earlier simulation wrote, and nothing else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "truth").is_dir():
        raise FileExistsError(folder)
    for name in ("submissions", "truth"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "truth").mkdir(parents=True)


def _drawn(rules: forms.Rules, reference: declarations.Reference, wanted: list[str], plan: Plan) -> list[documents.Document]:
    """Every report as a tidy document."""
    land = rules.world.province
    weights = [(name, FORMATS[name]) for name in plan.formats]
    total = rules.expected(reference, wanted)
    made = []
    with bar("编数 / draw") as step:
        for report in forms.reports(rules, reference, wanted):
            form, unit = report.form, report.submitter
            kind = land.chance("format", form.id, unit.region_id, report.period).weighted(weights)
            path = f"{report.arrives:%Y/%Y-%m}/{form.id}_{unit.region_id}_{report.period}.{kind}"
            made.append(documents.document(report, reference, path, kind))
            step("", len(made), total)
    return made


def _written(made: list[documents.Document], folder: Path) -> int:
    """Write the files and received.csv; returns the bytes written."""
    size = 0
    folders: set[Path] = set()
    with bar("写文件 / write") as step:
        for number, document in enumerate(made, start=1):
            target = folder / document.path
            if target.parent not in folders:
                target.parent.mkdir(parents=True, exist_ok=True)
                folders.add(target.parent)
            data = writing.content(document)
            target.write_bytes(data)
            size += len(data)
            step("", number, len(made))
    rows = [[d.path, f"{d.arrives:%Y-%m-%dT%H:%M:%S}+08:00"] for d in made]
    province.write_csv(folder / "received.csv", ["path", "received_at"], rows)
    return size
