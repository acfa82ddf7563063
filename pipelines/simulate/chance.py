"""Chance that gives the same numbers on every machine: everything is made from `random()` alone, whose sequence Python guarantees."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence


class Chance:
    """A stream of its own for every name: what is drawn for one file does not depend on what was drawn for another."""

    def __init__(self, *name: object):
        self._next = random.Random(" ".join(str(part) for part in name)).random

    def share(self) -> float:
        """A number from 0 up to 1."""
        return self._next()

    def happens(self, probability: float) -> bool:
        return self._next() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._next()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, items: Sequence):
        return items[int(self._next() * len(items))]

    def weighted(self, weights: Sequence[tuple[object, float]]):
        """One of (item, weight) pairs."""
        point = self._next() * sum(weight for _, weight in weights)
        for item, weight in weights:
            point -= weight
            if point < 0:
                return item
        return weights[-1][0]

    def shuffled(self, items: Sequence) -> list:
        mixed = list(items)
        for i in range(len(mixed) - 1, 0, -1):
            j = int(self._next() * (i + 1))
            mixed[i], mixed[j] = mixed[j], mixed[i]
        return mixed

    def normal(self) -> float:
        return math.sqrt(-2 * math.log(1 - self._next())) * math.cos(2 * math.pi * self._next())

    def poisson(self, mean: float) -> int:
        """A Poisson count; above 40 by the normal approximation."""
        if mean <= 0:
            return 0
        if mean > 40:
            return max(0, round(mean + math.sqrt(mean) * self.normal()))
        limit, product, count = math.exp(-mean), self._next(), 0
        while product > limit:
            product *= self._next()
            count += 1
        return count

    def negative_binomial(self, mean: float, dispersion: float = 8.0) -> int:
        """An over-dispersed count: Poisson with a mean that itself varies (log-normal, variance about mean + mean squared / dispersion)."""
        spread = math.sqrt(math.log(1 + 1 / dispersion))
        return self.poisson(mean * math.exp(spread * self.normal() - spread * spread / 2))

    def part(self, whole: int, share: float, spread: float = 0.05) -> int:
        """About this share of a whole, never more than all of it."""
        return min(whole, max(0, round(whole * min(1.0, max(0.0, share + spread * self.normal())))))

    def split(self, whole: int, weights: Sequence[float]) -> list[int]:
        """A whole divided by weights with some noise; the parts add up."""
        noisy = [w * (0.6 + 0.8 * self._next()) for w in weights]
        total = sum(noisy) or 1.0
        parts = [int(whole * w / total) for w in noisy]
        for i in range(whole - sum(parts)):
            parts[i % len(parts)] += 1
        return parts

    def within(self, whole: int, limits: Sequence[int]) -> list[int]:
        """A whole divided so that no part is above its limit; the limits are together at least the whole."""
        places = self.shuffled([i for i, limit in enumerate(limits) for _ in range(limit)])[:whole]
        return [places.count(i) for i in range(len(limits))]
