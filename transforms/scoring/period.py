"""Which accidents count for a year's assessment, where that is not simply the calendar year. Days are texts, YYYY-MM-DD."""

from __future__ import annotations

from transforms.scoring.scheme import Scheme


def accident_days(scheme: Scheme, level: int = 0) -> tuple[str, str]:
    """First and last day on which an accident of this level counts for the scheme's year.

    A period that begins later in the year than it ends began in the year before (1 December to 30 November). For the levels of the tail
    the calendar year counts: a major accident of December is counted in its own year, and so not again in the next.
    """
    if level in scheme.tail_levels:
        return f"{scheme.year:04d}-01-01", f"{scheme.year:04d}-12-31"
    return f"{scheme.year - (scheme.start > scheme.end):04d}-{scheme.start}", f"{scheme.year:04d}-{scheme.end}"


def accident_counts(scheme: Scheme, on: str, level: int, proven_on: str | None = None) -> bool:
    """Whether an accident of that day and level counts for the scheme's year.

    `proven_on`: the day on which it was proven to have been concealed. One of the years of the look-back that was proven within the
    period counts too, from the level of the look-back on.
    """
    first, last = accident_days(scheme, level)
    return first <= on <= last or looked_back(scheme, on, level, proven_on)


def looked_back(scheme: Scheme, on: str, level: int, proven_on: str | None) -> bool:
    """Whether a concealed accident of the years before counts for the scheme's year: it was proven in the period, lies within the years of the
    look-back, and is of its level or worse. What counts by its own day is not looked back for.
    """
    if proven_on is None or level < scheme.lookback_level:
        return False
    first, last = accident_days(scheme)
    earliest = f"{int(first[:4]) - scheme.lookback_hidden_years:04d}-{scheme.start}"
    # A major accident of the tail belongs to the year before, which ends later for it.
    return first <= proven_on <= last and earliest <= on < accident_days(scheme, level)[0] if scheme.lookback_hidden_years else False
