"""How many to ask: sample sizes, margins of error, and the allocation of a sample to strata."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, inf, isfinite, sqrt

from scipy.special import ndtri

from .arrays import probability
from .errors import OptionError


def size_for_share(
    margin: float,
    p: float = 0.5,
    *,
    confidence: float = 0.95,
    population: int | None = None,
    deff: float = 1.0,
) -> int:
    """Answers needed to know a share to within ± `margin`.

    ``n₀ = z²p(1 − p)/e²``, with a finite population ``n₀ / (1 + (n₀ − 1)/N)``, then times the design effect;
    never more than the population.

    :param margin: half width of the interval as a share, 0.03 for ±3 points.
    :param p: the share expected, 0–1; 0.5 is the safe choice.
    :param deff: design effect of the sampling plan, 1 for simple random sampling.
    :raises OptionError: for values outside their range.

    Source: Cochran (1977), Sampling Techniques, chapter 4.

    >>> size_for_share(0.03), size_for_share(0.05), size_for_share(0.10)
    (1068, 385, 97)
    >>> size_for_share(0.05, population=1000)
    278
    """
    _between(p, 0, 1, "p")
    return _size(p * (1 - p), margin, confidence, population, deff)


def size_for_mean(
    margin: float,
    sd: float,
    *,
    confidence: float = 0.95,
    population: int | None = None,
    deff: float = 1.0,
) -> int:
    """Answers needed to know a mean, such as an index, to within ± `margin`: ``n₀ = (z·sd/e)²``.

    :param margin: half width of the interval, in the unit of the mean (points of the index).
    :param sd: standard deviation of the scores of respondents, in the same unit; about 20 for an index of
        0–100.

    Other parameters, population and errors as :func:`size_for_share`.

    >>> size_for_mean(2, 20)
    385
    """
    if not 0 < sd < inf:
        raise OptionError("{name} must be above zero, not {value}.", name="sd", value=sd)
    return _size(sd * sd, margin, confidence, population, deff)


def size_for_pls(smallest_path: float) -> int:
    """Answers needed for a PLS path model to detect its smallest path: ``n > (2.486 / |p_min|)²``.

    The inverse square root method, for a significance level of 5 % and a power of 80 %.

    :param smallest_path: smallest standardised path coefficient worth detecting; its sign does not matter.
    :raises OptionError: for 0 or beyond ±1.

    Source: Kock & Hadaya (2018), Minimum sample size estimation in PLS-SEM.

    >>> size_for_pls(0.20)
    155
    """
    if not 0 < abs(smallest_path) <= 1:
        raise OptionError(
            "{name} must lie between -1 and 1 and not be 0, not {value}.",
            name="smallest_path",
            value=smallest_path,
        )
    return floor((2.486 / abs(smallest_path)) ** 2) + 1


def margin_of_error(
    n: float,
    *,
    p: float = 0.5,
    sd: float | None = None,
    confidence: float = 0.95,
    population: int | None = None,
    deff: float = 1.0,
) -> float:
    """Half width of the interval that `n` answers give: ``z·√(deff·s²/n·(N − n)/(N − 1))`` with ``s² = p(1 −
    p)``.

    :param sd: when given, the margin of a mean with that standard deviation (``s = sd``), in its unit; else
        of a share.
    :raises OptionError: for values outside their range.

    >>> round(margin_of_error(1068), 4), round(margin_of_error(400, sd=20), 2)
    (0.03, 1.96)
    """
    _between(p, 0, 1, "p")
    if not n > 0:
        raise OptionError("{name} must be above zero, not {value}.", name="n", value=n)
    z = _z(confidence, population, deff)
    variance = deff * (p * (1 - p) if sd is None else sd * sd) / n
    if population is not None and population > 1:
        variance *= max(0.0, population - n) / (population - 1)
    return z * sqrt(variance)


def allocate(
    total: int,
    sizes: Mapping[str, int],
    sd: Mapping[str, float] | None = None,
    *,
    at_least: int = 0,
) -> dict[str, int]:
    """Share a sample of `total` among strata: ``n_h ∝ N_h`` (proportional) or, given `sd`, ``∝ N_h·s_h``
    (Neyman).

    The parts add up to `total` exactly (largest remainders); no stratum gets more than it has, and each gets
    at least ``min(at_least, N_h)``. What a full stratum cannot take goes to the others in proportion.

    :param sizes: number of people in each stratum. :param sd: standard deviation of the scores in each
        stratum.
    :raises OptionError: when the strata have fewer people than `total`, or `at_least` does not fit into it.

    Source: Neyman (1934); Cochran (1977), Sampling Techniques, section 5.5.

    >>> allocate(100, {"east": 600, "west": 300, "north": 100})
    {'east': 60, 'west': 30, 'north': 10}
    >>> allocate(100, {"east": 600, "west": 400}, {"east": 10, "west": 30})
    {'east': 33, 'west': 67}
    """
    for name, size in sizes.items():
        if size < 0:
            raise OptionError("{name} must be zero or more, not {value}.", name=name, value=size)
    floors = {name: min(at_least, size) for name, size in sizes.items()}
    if not sum(floors.values()) <= total <= sum(sizes.values()):
        raise OptionError(
            "A sample of {total} does not fit: the strata hold {people} people and need at least {floor}.",
            total=total,
            people=sum(sizes.values()),
            floor=sum(floors.values()),
        )
    appeal = {name: float(size) for name, size in sizes.items()}
    if sd is not None:
        for name in sizes:
            if name not in sd or not 0 <= sd[name] < inf:
                raise OptionError("There is no usable standard deviation for '{name}'.", name=name)
            appeal[name] *= sd[name]
    exact = _within_bounds(float(total), appeal, floors, sizes)
    parts = {name: floor(share + 1e-9) for name, share in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: exact[name] - parts[name], reverse=True)
    while (rest := total - sum(parts.values())) > 0:
        for name in [name for name in by_remainder if parts[name] < sizes[name]][:rest]:
            parts[name] += 1
    return parts


def _within_bounds(
    total: float, appeal: Mapping[str, float], floors: Mapping[str, int], caps: Mapping[str, int]
) -> dict[str, float]:
    """Parts in proportion to appeal, between floor and cap: fix who is out of bounds, share the rest, repeat."""
    fixed: dict[str, float] = {}
    while True:
        free = [name for name in appeal if name not in fixed]
        rest = total - sum(fixed.values())
        weight = sum(appeal[name] for name in free)
        # Without any appeal left (zero spread), size decides.
        pull = appeal if weight > 0 else {name: float(caps[name]) for name in free}
        weight = sum(pull[name] for name in free)
        share = {name: rest * pull[name] / weight if weight else 0.0 for name in free}
        high = {name: float(caps[name]) for name in free if share[name] > caps[name]}
        low = {name: float(floors[name]) for name in free if share[name] < floors[name]}
        if not high and not low:
            return {name: fixed.get(name, share.get(name, 0.0)) for name in appeal}
        # Fix only the side that binds harder, since fixing one side gives the other room.
        over = sum(share[name] - cap for name, cap in high.items())
        under = sum(bound - share[name] for name, bound in low.items())
        fixed |= high if over >= under else low


def _size(variance: float, margin: float, confidence: float, population: int | None, deff: float) -> int:
    z = _z(confidence, population, deff)
    if not 0 < margin < inf:
        raise OptionError("{name} must be above zero, not {value}.", name="margin", value=margin)
    precision = z / margin
    n = variance * precision * precision
    if not isfinite(n * deff):
        raise OptionError("{name} is too small: {value}.", name="margin", value=margin)
    if population is not None:
        n = n / (1 + (n - 1) / population) if n > 1 else n
    n = max(1, ceil(n * deff - 1e-9))
    return n if population is None else min(n, population)


def _z(confidence: float, population: int | None, deff: float) -> float:
    if population is not None and population < 1:
        raise OptionError("{name} must be above zero, not {value}.", name="population", value=population)
    if not 0 < deff < inf:
        raise OptionError("{name} must be above zero, not {value}.", name="deff", value=deff)
    return float(ndtri((1 + probability(confidence, "confidence")) / 2))


def _between(value: float, low: float, high: float, name: str) -> None:
    if not low <= value <= high:
        raise OptionError(
            "{name} must lie between {low} and {high}, not {value}.",
            name=name,
            low=low,
            high=high,
            value=value,
        )
