"""The state of a period on a terminal, in columns that stay straight with Chinese characters, and plainly elsewhere."""

from __future__ import annotations

import datetime as dt
import sys

from pipelines.jurisdiction import Jurisdiction
from pipelines.plain_workbook import display_width
from pipelines.status import ARRIVED, WAITS, WORDS, Cell, Overview

FOLDED = 40  # with more regions than this, those from which nothing came are counted and not listed
NAMED = 8
STYLES = {"on_time": "green", "received": "green", "late": "yellow", "rejected": "red", "missing": "red", "not_due": "dim"}


def short(cell: Cell | None) -> str:
    """A cell in a word or two; · where nothing was expected."""
    if cell is None:
        return "·"
    word = WORDS[cell.state][0] if cell.expected else f"({WORDS[cell.state][0]})"
    return word + ("!" if cell.waits else "")


def show(overview: Overview, jurisdiction: Jurisdiction) -> None:
    """Print the matrix, its totals, and what is to be done."""
    name = jurisdiction.name
    days = ", ".join(str(at.replace(tzinfo=dt.UTC).astimezone(jurisdiction.zone).date()) for at in sorted(set(overview.due.values())))
    print(f"{name['zh']} {name['en']}  {overview.period or '—'}" + (f"  期限 / due {days}" if days else ""))
    if not overview.forms:
        print("没有收到这一期的文件 / nothing has been received for this period")
    else:
        rows, folded = _rows(overview)
        _table(overview, rows)
        for parent, names in folded.items():
            listed = "、".join(names[:NAMED]) + (f" … {len(names)}" if len(names) > NAMED else "")
            print(f"未报 / nothing received: {parent}: {listed}")
        print(f"!  {' / '.join(WAITS)}   ( )  不在应报之列 / not expected   ·  不报 / not due from it")
    _to_do(overview, jurisdiction)


def _rows(overview: Overview) -> tuple[list, dict[str, list[str]]]:
    """The regions to list, and by parent the names of those from which nothing came, where there are many."""
    silent = [r for r in overview.regions if not any(
        (cell := overview.cells.get((r.region_id, form))) and (cell.state in ARRIVED or cell.state == "rejected") for form in overview.forms)]
    if len(overview.regions) <= FOLDED:
        silent = []
    names = {r.region_id: r.name_zh for r in overview.regions}
    folded: dict[str, list[str]] = {}
    for region in silent:
        folded.setdefault(f"{region.parent_id} {names.get(region.parent_id, '')}".strip(), []).append(region.name_zh)
    gone = {r.region_id for r in silent}
    return [r for r in overview.regions if r.region_id not in gone], folded


def _table(overview: Overview, regions: list) -> None:
    head = ["", *overview.forms]
    body = [[f"{r.region_id} {r.name_zh}", *(short(overview.cells.get((r.region_id, form))) for form in overview.forms)] for r in regions]
    tallies = [overview.of_form(form) for form in overview.forms]
    foot = [["应报 / expected", *(str(t["expected"]) for t in tallies)]]
    foot += [[f"{zh} / {en}", *(str(t[state]) for t in tallies)] for state, (zh, en) in WORDS.items() if any(t[state] for t in tallies)]
    foot += [[" / ".join(WAITS), *(str(t["waits"]) for t in tallies)]] if any(t["waits"] for t in tallies) else []
    foot += [["按时率 / on-time rate", *(overview.rate(t) for t in tallies)]] if overview.due else []
    if sys.stdout.isatty():
        _rich(head, body, foot, overview, regions)
        return
    widths = [max(display_width(line[c]) for line in [head, *body, *foot]) for c in range(len(head))]
    for line in [head, *body, *foot]:
        print("  ".join(text + " " * (width - display_width(text)) for text, width in zip(line, widths, strict=True)).rstrip())


def _rich(head: list[str], body: list[list[str]], foot: list[list[str]], overview: Overview, regions: list) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=True, header_style="bold", pad_edge=False)
    for text in head:
        table.add_column(text, no_wrap=not text)
    for region, line in zip(regions, body, strict=True):
        cells = [overview.cells.get((region.region_id, form)) for form in overview.forms]
        styles = ["", *("bold red" if c and c.waits else STYLES[c.state] if c else "dim" for c in cells)]
        table.add_row(*(Text(text, style=style) for text, style in zip(line, styles, strict=True)))  # Text: brackets in a name are no markup
    table.add_section()
    for line in foot:
        table.add_row(*(Text(text) for text in line))
    Console().print(table)


def _to_do(overview: Overview, jurisdiction: Jurisdiction) -> None:
    names = {r.region_id: r.name_zh for r in jurisdiction.regions}
    waiting = [(key, cell) for key, cell in overview.cells.items() if cell.waits]
    if waiting:
        print(f"{' / '.join(WAITS)}: {len(waiting)}")
        for (region, form), cell in sorted(waiting)[:30]:
            said = f"，答复 {cell.answers} 条 / answers" if cell.answers else ""
            what = "退回 / rejected" if cell.refused else f"错误 {cell.errors} 处 / errors"
            print(f"  {region} {names.get(region, '')} {form}: {what}{said}  [{cell.submission_id}] {overview.files.get(cell.submission_id, '')}")
        if len(waiting) > 30:
            print(f"  … {len(waiting)}")
    if overview.unplaced:
        print(f"无法归到单位或报告期的退回文件 / rejected files that fit nowhere: {len(overview.unplaced)}")
        for item in overview.unplaced[:10]:
            print(f"  [{item['submission_id']}] {item['path']}")
    if overview.never:
        print(f"从未有人报过的表 / forms nobody has ever sent: {', '.join(overview.never)}")
    total = overview.total
    if overview.due and total["expected"]:
        print(f"按时率 / on-time rate: {overview.rate(total)}  ({total['on_time']} / {total['expected']})")
