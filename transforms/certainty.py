"""How sure a count, a rate or a share is: exact intervals and exact tests, on whole arrays. Pure functions; the statistics are scipy's.

`chance` says what a number is, as its indicator declares (`data/reference/indicators.yml`):

* `count`  a number of things that happen (Poisson); the denominator is 1
* `rate`   such a number over something that is known (Poisson with an exposure)
* `share`  a number of so many that could be (binomial): whole numbers, 0 <= numerator <= denominator

Everything else (money, scores, means) has neither interval nor test. What does not fit its kind gives NaN.
"""

from __future__ import annotations

CONFIDENCE = 0.90
DIGITS = 9  # significant digits of a bound, so that two builds of the library cannot differ in which of two bounds is larger


def interval(chance, numerator, denominator, compared):
    """Lower and upper bounds of numerator / denominator: exact, so tight that all `compared` intervals hold together with 90 %.

    Arrays of one length; returns two arrays of floats, NaN where `chance` or the numbers do not allow one.
    Counts: Garwood (1936). Shares: Clopper and Pearson (1934). Each level is 0.9 ** (1 / compared), which for independent numbers
    makes the intervals hold at once (Šidák 1967), as Klein, Wright and Wieczorek (2020) need for ranks.
    """
    return low(chance, numerator, denominator, compared), high(chance, numerator, denominator, compared)


def low(chance, numerator, denominator, compared):
    """The lower bounds of `interval`."""
    from scipy import stats

    def counted(np, at, exposure, tail):
        return np.where(at == 0, 0, stats.chi2.ppf(tail, 2 * np.maximum(at, 1)) / 2) / exposure

    def shared(np, at, of, tail):
        return np.where(at == 0, 0, stats.beta.ppf(tail, np.maximum(at, 1), of - at + 1))

    return _bound(counted, shared, chance, numerator, denominator, compared)


def high(chance, numerator, denominator, compared):
    """The upper bounds of `interval`."""
    from scipy import stats

    def counted(np, at, exposure, tail):
        return stats.chi2.isf(tail, 2 * at + 2) / 2 / exposure

    def shared(np, at, of, tail):
        return np.where(at == of, 1, stats.beta.isf(tail, at + 1, np.maximum(of - at, 1)))

    return _bound(counted, shared, chance, numerator, denominator, compared)


def _bound(of_counts, of_shares, chance, numerator, denominator, compared):
    import numpy as np

    chance, k, n, compared = _arrays(chance, numerator, denominator, compared)
    tail = (1 - CONFIDENCE ** (1 / np.maximum(compared, 1))) / 2
    found = np.full(k.shape, np.nan)
    for which, bound in ((_counted(chance, k, n), of_counts), (_shared(chance, k, n), of_shares)):
        if which.any():
            found[which] = bound(np, k[which], n[which], tail[which])
    return _rounded(found)


def p_value(chance, numerator, denominator, base_numerator, base_denominator):
    """How often chance alone makes two numbers at least this different: the exact two-sided test, twice its smaller tail.

    Arrays of one length; returns floats in 0..1, NaN where `chance` or the numbers do not allow a test. Counts and rates: given their sum
    one of two counts is binomial (Przyborowski and Wilenski 1940). Shares: given both margins it is hypergeometric (Fisher 1935).
    """
    import numpy as np
    from scipy import stats

    chance, k, n, k0, n0 = _arrays(chance, numerator, denominator, base_numerator, base_denominator)
    tail = np.full(k.shape, np.nan)
    counts = _counted(chance, k, n) & _counted(chance, k0, n0)
    if counts.any():
        at, both, part = k[counts], (k + k0)[counts], (n / (n + n0))[counts]
        tail[counts] = _smaller_tail(stats.binom, at, both * part, both, part)
    shares = _shared(chance, k, n) & _shared(chance, k0, n0)
    if shares.any():
        at, of, both, all_of = k[shares], n[shares], (k + k0)[shares], (n + n0)[shares]
        tail[shares] = _smaller_tail(stats.hypergeom, at, both * of / all_of, all_of, both, of)
    return np.minimum(1, 2 * tail)


def _smaller_tail(distribution, at, mean, *parameters):
    """The smaller of P(X <= at) and P(X >= at): the one on the side of the mean where `at` lies, and the other only where that is above a half."""
    import numpy as np

    def tails(where, below):
        given = [each[where] for each in parameters]
        return distribution.cdf(at[where], *given) if below else distribution.sf(at[where] - 1, *given)

    below, found = at < mean, np.empty(at.shape)
    for side in (True, False):
        found[below == side] = tails(below == side, side)
    for side in (True, False):
        # Together the tails are more than one: where one is at most a half the other is more.
        open_still = (below == side) & (found > 0.5)
        found[open_still] = np.minimum(found[open_still], tails(open_still, not side))
    return found


# What the SELECTs call them.
NAMES = {"chance_low": low, "chance_high": high, "chance_p_value": p_value}


def _arrays(chance, *numbers):
    import numpy as np

    return np.asarray(chance, dtype=object), *(np.asarray(each, dtype=float) for each in numbers)


def _whole(k):
    import numpy as np

    return (k >= 0) & (k == np.floor(k))


def _counted(chance, k, n):
    return ((chance == "count") | (chance == "rate")) & _whole(k) & (n > 0)


def _shared(chance, k, n):
    return (chance == "share") & _whole(k) & _whole(n) & (n > 0) & (k <= n)


def _rounded(bounds):
    """To `DIGITS` significant digits."""
    import numpy as np

    known = np.isfinite(bounds) & (bounds > 0)
    places = np.power(10.0, DIGITS - 1 - np.floor(np.log10(np.where(known, bounds, 1.0))))
    return np.where(known, np.round(bounds * places) / places, bounds)
