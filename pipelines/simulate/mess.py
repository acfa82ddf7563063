"""Which files become untidy: a share of them, one kind of mess each, every kind in turn so that none is missing."""

from __future__ import annotations

import datetime as dt

from pipelines.simulate import (  # noqa: F401 - each registers its kinds
    untidy_cells,
    untidy_files,
    untidy_tables,
    wrong_across,
    wrong_files,
    wrong_registers,
    wrong_rows,
    wrong_totals,
)
from pipelines.simulate.documents import Document
from pipelines.simulate.kinds import PLANTED, REPAIRABLE, Clerk, Kind

CORRECTED = 0.5  # of the files with a planted error that another file has too; a later file then holds the truth
SECOND_VERSION, ONE_FILE = "M17 a second version under the same name", "M21 a city's counties in one file"
ATTEMPTS = 60  # files looked at before a kind of mess is passed over


class Files:
    """The files by number, and those that are still tidy by form, mixed."""

    def __init__(self, made: list[Document], clerk: Clerk):
        self.by_number = dict(enumerate(made))
        self.tidy: dict[str, list[int]] = {}
        for number in clerk.chance.shuffled(range(len(made))):
            self.tidy.setdefault(made[number].form.id, []).append(number)
        self.extra: list[Document] = []

    def suited(self, kind: Kind) -> int:
        """How many files are of a form that the kind of mess is for."""
        return sum(len(self.tidy.get(form_id, ())) for form_id in kind.forms or self.tidy)

    def take(self, number: int) -> None:
        self.tidy[self.by_number[number].form.id].remove(number)

    @property
    def all(self) -> list[Document]:
        return [*self.by_number.values(), *self.extra]


def untidied(made: list[Document], share: float, clerk: Clerk) -> tuple[list[Document], dict[str, int]]:
    """All files, a share of them untidy, and how many there are of each kind.

    Half of the planted errors are put right by a later file, but never the first of a kind: it stands, so that its number is found.
    """
    wanted, counts = round(share * len(made)), {}
    files = Files(made, clerk)
    kinds = sorted([*REPAIRABLE, *PLANTED], key=files.suited)  # those of rare forms choose first
    rounds = -(-wanted // (len(kinds) + 2))

    def count(name: str, done: bool) -> None:
        if done:
            counts[name] = counts.get(name, 0) + 1

    for turn in range(rounds):
        count(SECOND_VERSION, _second_version(files, clerk))
        count(ONE_FILE, _one_file(files, clerk))
        for kind in kinds if turn or wanted >= len(kinds) + 2 else clerk.chance.shuffled(kinds):
            if sum(counts.values()) < wanted:
                count(kind.name, _one(kind, files, clerk, again=kind.name in counts))
    return files.all, dict(sorted(counts.items()))


def _one(kind: Kind, files: Files, clerk: Clerk, again: bool) -> bool:
    """The kind of mess done to the next file that suits it; `again` when another file has it already."""
    for form_id in clerk.chance.shuffled([f for f in kind.forms or files.tidy if files.tidy.get(f)]):
        for number in files.tidy[form_id][:ATTEMPTS]:
            clean = files.by_number[number]
            document = clean.copy(clean.path, clean.arrives)
            if not kind.apply(document, clerk):
                continue
            files.take(number)
            files.by_number[number] = document
            if kind in PLANTED and again and clerk.chance.happens(CORRECTED):
                files.extra.append(_correction(clean, document, clerk))
            return True
    return False


def _correction(clean: Document, wrong: Document, clerk: Clerk) -> Document:
    """The tidy file, sent some days later; it names the one it replaces where that was a file of the form at all."""
    stem, _, suffix = clean.path.rpartition(".")
    later = clean.arrives + dt.timedelta(days=clerk.chance.whole(3, 20), hours=clerk.chance.whole(0, 5))
    correction = clean.copy(f"{stem}_更正.{suffix}", later)
    if not wrong.rejected and clerk.chance.happens(0.5):
        correction.envelope["替代"] = wrong.path
    return correction


def _second_version(files: Files, clerk: Clerk) -> bool:
    numbers = files.tidy.get("F07", ())
    if not numbers:
        return False
    number = numbers[0]
    files.take(number)
    files.extra.append(untidy_files.preliminary(files.by_number[number], clerk))
    return True


def _one_file(files: Files, clerk: Clerk) -> bool:
    """All counties of a city, none of whose files has been touched, in one file."""
    for form_id in clerk.chance.shuffled([f for f in ("F03", "F07", "F08", "F12") if files.tidy.get(f)]):
        for number in files.tidy[form_id][:10]:
            first = files.by_number[number]
            city = clerk.province.by_id[first.submitter.parent_id]
            group = [n for n in files.tidy[form_id] if (d := files.by_number[n]).period == first.period and d.submitter.parent_id == city.region_id]
            everybody = [u for u in clerk.province.submitters if u.parent_id == city.region_id]
            if len(group) != len(everybody):
                continue
            files.extra.append(untidy_files.gathered([files.by_number[n] for n in sorted(group)], city, clerk))
            for n in group:
                files.take(n)
                del files.by_number[n]
            return True
    return False
