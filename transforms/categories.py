"""Which reported numbers a total over categories is made of. Pure functions."""

from __future__ import annotations


def added_up(figures: list[dict]) -> list[dict]:
    """Of the figures of a region, a period and a measure, each with its `dimension`: those of the codes of the first dimension, of a code that was cut
    further its own figure or, where it has none, those of the cut (totalled_figures.sql).

    >>> names = ("level=县", "level=乡镇"), ("campaign_id=涉氨;class=TOTAL", "campaign_id=涉氨;class=关闭", "campaign_id=粉尘;class=关闭", "campaign_id=TOTAL;class=关闭")
    >>> [[f["dimension"] for f in added_up([{"dimension": n} for n in each])] for each in names]
    [['level=县', 'level=乡镇'], ['campaign_id=涉氨;class=TOTAL', 'campaign_id=粉尘;class=关闭']]
    """
    codes = [tuple(part.partition("=")[2] for part in f["dimension"].split(";")) for f in figures]
    whole = {first for first, *further in codes if all(code == "TOTAL" for code in further)}
    return [f for f, (first, *further) in zip(figures, codes, strict=True) if first != "TOTAL" and (first not in whole or all(code == "TOTAL" for code in further))]
