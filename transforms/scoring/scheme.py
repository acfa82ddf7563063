"""What an assessment scheme is: groups of items, bonuses, deductions, vetoes, classes, grades with quotas, ranking order."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from transforms.scoring.expressions import Expression


@dataclass(frozen=True)
class Item:
    """An item of a group; `rule` holds the parameters of its type, `formulas` its parsed expressions by parameter.

    `optional`: a task that not everybody was given; whoever has no score for it is judged without it, and not provisionally.
    """

    id: str
    group_id: str
    name_zh: str
    name_en: str
    points: Decimal
    floor: Decimal
    cap: Decimal
    type: str
    rule: dict[str, Any]
    formulas: dict[str, Expression]
    assumed: bool
    optional: bool = False
    pooled: bool = False  # it has no points of its own and takes from those of its group


@dataclass(frozen=True)
class Group:
    """Items and their points; what they come to is no less than `floor` and no more than `cap`.

    `pool`: the points are the group's, and the items, which have none, take from them.
    """

    id: str
    name_zh: str
    name_en: str
    points: Decimal
    floor: Decimal
    family: str
    items: tuple[Item, ...]
    cap: Decimal | None = None
    pool: bool = False

    @property
    def limited(self) -> bool:
        """Whether the group may come to something else than its items: it has points or limits of its own, or items that go below zero."""
        return self.pool or self.cap is not None or self.floor != 0 or any(i.floor < 0 for i in self.items)


@dataclass(frozen=True)
class Extra:
    """A bonus or a deduction outside the groups: `per` for each, up to `cap`.

    Of several typed entries the sum counts, the highest, or the sum of the highest for each same thing (`dedupe`). `levels`: what an entry
    may be worth. `classes`: only for regions of these.
    """

    id: str
    name_zh: str
    name_en: str
    per: Decimal
    cap: Decimal | None
    dedupe: str
    manual: bool
    metric: Expression | None
    levels: dict[str, Decimal] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    assumed: bool = False

    @property
    def highest_only(self) -> bool:
        return self.dedupe == "highest"


@dataclass(frozen=True)
class Veto:
    """What strikes a region out or bars it from a grade. `whole_year`: judged over the year even where the scheme scores quarters."""

    id: str
    when: Expression
    effect: str
    text_zh: str
    text_en: str
    assumed: bool = False
    classes: tuple[str, ...] = ()  # the classes it is for; none: all
    whole_year: bool = False


@dataclass(frozen=True)
class Grade:
    """A grade from `min` on. `quota`: by class (or `all`), a number of regions, or with `percent` a share of them, rounded down.

    `text_zh`, `text_en`: what follows from the grade.
    """

    name: str
    min: Decimal
    inclusive: bool
    quota_by_class: bool
    quota: dict[str, Decimal]
    percent: bool
    requires: tuple[Expression, ...]
    name_en: str = ""
    text_zh: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Input:
    """A fact that no form reports and a scorer types in form F15 under this item: its number stands in the column of the score."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Note:
    """A rule of the document that is not computed: deadlines, rewards, consequences."""

    text_zh: str
    text_en: str


@dataclass(frozen=True)
class Scheme:
    id: str
    name_zh: str
    name_en: str
    year: int
    subject_level: str
    cycle: str
    start: str
    end: str
    lookback_hidden_years: int
    lookback_level: int  # concealed accidents of earlier years count from this level on
    tail_levels: tuple[int, ...]
    total: Decimal
    decimals: int
    truncate: bool
    each_item: bool
    normalize_to: Decimal | None
    classes: dict[str, tuple[str, ...]]
    groups: tuple[Group, ...]
    bonus: tuple[Extra, ...]
    deductions: tuple[Extra, ...]
    vetoes: tuple[Veto, ...]
    grades: tuple[Grade, ...]
    order: tuple[tuple[str, bool], ...]  # metric, highest first
    vetoed_ranked: bool
    parts: tuple[tuple[str, Decimal], ...]  # other schemes and their weights
    profiles: dict[str, dict[str, Decimal]]
    profile_of: dict[str, str]
    documents: dict[str, str] = field(default_factory=dict)
    basis: str = ""  # the counting basis of the figures that have several; empty: that of the jurisdiction
    number: str = ""
    inputs: tuple[Input, ...] = ()
    notes: tuple[Note, ...] = ()
    government_weight: Decimal | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for group in self.groups for item in group.items)

    def class_of(self, region_id: str) -> str:
        return next((name for name, members in self.classes.items() if region_id in members), "")

    @property
    def metrics(self) -> set[tuple[str, tuple[int, ...]]]:
        """Every metric that some expression of the scheme uses."""
        found = [f for item in self.items for f in item.formulas.values()]
        found += [e.metric for e in (*self.bonus, *self.deductions) if e.metric]
        found += [v.when for v in self.vetoes] + [r for g in self.grades for r in g.requires]
        return {m for f in found for m in f.metrics} | {(name, ()) for name, _ in self.order}
