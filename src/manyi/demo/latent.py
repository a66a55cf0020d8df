"""Answers with known causes: what the demo's respondents feel, and what they therefore tick.

Pure numpy. Because the causes stand here, one can check that the product finds them:

- PATHS drive overall satisfaction (service first, then delivery, quality, cooperation and value) and loyalty;
- the east branch delivers badly, and better in the last wave; the south branch is good at everything;
- quality rises from wave to wave, cooperation sinks a little;
- complaints are answered too slowly everywhere (the item `complaint`);
- FEATURES are of known quality levels; service falls short of expectation by SERVICE_GAPS, most in responsiveness.

Constructs are measured in standard deviations of respondents; a construct's unit moves an item by LOADING
scale points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manyi.measures.kano import TABLE, Category

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]

DIMENSIONS = ("delivery", "service", "quality", "cooperation")
UNITS = ("east", "south", "west")
SEGMENTS = ("price", "service", "product")
TIERS = ("A", "B", "C", "D")

#: (cause, effect) → coefficient.
PATHS: Mapping[tuple[str, str], float] = {
    **{("expectation", dimension): 0.30 for dimension in DIMENSIONS},
    ("delivery", "value"): 0.15,
    ("service", "value"): 0.20,
    ("quality", "value"): 0.30,
    ("delivery", "satisfaction"): 0.24,
    ("service", "satisfaction"): 0.40,
    ("quality", "satisfaction"): 0.20,
    ("cooperation", "satisfaction"): 0.08,
    ("value", "satisfaction"): 0.20,
    ("satisfaction", "loyalty"): 0.85,
}
#: Standard deviation of what the causes above leave open.
DISTURBANCE: Mapping[str, float] = {"value": 0.70, "satisfaction": 0.40, "loyalty": 0.50}
BOND = 0.55  # share of a customer's lasting attitude in every dimension
LOADING = 0.78
NOISE = 0.50

#: Item → (construct, mean of the scale 1–5 where the construct is 0).
ITEMS: Mapping[str, tuple[str, float]] = {
    "on_time": ("delivery", 4.0), "quantity": ("delivery", 4.2), "lead_time": ("delivery", 3.8),
    "urgent": ("delivery", 3.6), "packing": ("delivery", 4.1),
    "contact": ("service", 4.0), "quotation": ("service", 3.9), "complaint": ("service", 3.0),
    "technical": ("service", 4.0),
    "conformity": ("quality", 4.1), "stability": ("quality", 3.9), "durability": ("quality", 4.0),
    "appearance": ("quality", 4.2), "repeat_faults": ("quality", 3.6),
    "changes": ("cooperation", 3.9), "new_products": ("cooperation", 3.8),
    "improvement": ("cooperation", 3.7), "documents": ("cooperation", 4.1),
    "expect_product": ("expectation", 4.1), "expect_service": ("expectation", 4.0),
    "value_price": ("value", 3.7), "value_quality": ("value", 3.8),
    "csat": ("satisfaction", 3.85), "sat_expected": ("satisfaction", 3.7), "sat_ideal": ("satisfaction", 3.5),
    "again": ("loyalty", 4.0), "extend": ("loyalty", 3.6),
}  # fmt: skip
NPS_MEAN, NPS_LOADING, NPS_NOISE = 7.7, 1.7, 0.7

#: Share of respondents who cannot judge an item.
NOT_APPLICABLE: Mapping[str, float] = {
    "urgent": 0.12, "new_products": 0.18, "technical": 0.10, "complaint": 0.08, "documents": 0.06,
    "improvement": 0.05,
}  # fmt: skip

#: Feature → how many people in ten see it as what.
FEATURES: Mapping[str, Mapping[Category, int]] = {
    "certificate": {"M": 6, "O": 2, "I": 2},
    "spares": {"O": 6, "M": 2, "A": 1, "I": 1},
    "tracking": {"A": 6, "O": 1, "I": 3},
    "catalogue": {"I": 7, "A": 2, "R": 1},
}
#: Dimension of service → points (of 1–7) between what is perceived and what is expected; two items each.
SERVICE_GAPS: Mapping[str, float] = {
    "tangibles": 0.25, "reliability": -0.45, "responsiveness": -0.9, "assurance": 0.0, "empathy": -0.25,
}  # fmt: skip
EXPECTED = 5.4

SPEEDING, STRAIGHT = 0.025, 0.02
PERIODS = 4  # three yearly waves and the one that is open now


def shift(construct: str, *, unit: str, segment: str, tier: str, period: int) -> float:
    """How much a group differs in a construct, in standard deviations; `period` is 0 to PERIODS − 1."""
    total = {"quality": 0.22, "service": 0.14, "cooperation": -0.08}.get(construct, 0.0) * min(period, 2)
    if unit == "south" and construct in DIMENSIONS:
        total += 0.35
    if unit == "east" and construct == "delivery":
        total -= (1.1, 1.1, 0.55, 0.5)[period]
    total += {("price", "value"): -0.35, ("service", "service"): -0.25, ("product", "quality"): 0.15}.get(
        (segment, construct), 0.0
    )
    if construct in ("service", "cooperation"):
        total += {"A": 0.25, "B": 0.1, "C": 0.0, "D": -0.2}[tier]
    return total


@dataclass(frozen=True, slots=True)
class People:
    """Respondents: arrays of equal length. `bond` is a customer's lasting attitude, standard normal."""

    unit: Texts
    segment: Texts
    tier: Texts
    bond: Floats

    def __len__(self) -> int:
        return len(self.bond)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What they tick. `answers`: column → scale points, NaN where not applicable; `seconds` they took.

    `constructs` are the causes behind the answers, for tests. `careless` marks those who straight-lined.
    """

    answers: Mapping[str, Floats]
    seconds: Floats
    constructs: Mapping[str, Floats]
    careless: NDArray[np.bool_]


def _caused(effect: str, constructs: Mapping[str, Floats]) -> Floats:
    parts = [weight * constructs[cause] for (cause, to), weight in PATHS.items() if to == effect]
    return np.asarray(np.sum(parts, axis=0))


def _constructs(people: People, period: int, rng: np.random.Generator) -> dict[str, Floats]:
    n = len(people)
    groups = list(zip(people.unit.tolist(), people.segment.tolist(), people.tier.tolist(), strict=True))

    def shifts(construct: str) -> Floats:
        known = {g: shift(construct, unit=g[0], segment=g[1], tier=g[2], period=period) for g in set(groups)}
        return np.array([known[g] for g in groups])

    found = {"expectation": rng.standard_normal(n)}
    for dimension in DIMENSIONS:
        own = np.sqrt(BOND) * people.bond + np.sqrt(1 - BOND) * rng.standard_normal(n)
        found[dimension] = _caused(dimension, found) + own + shifts(dimension)
    for effect in ("value", "satisfaction", "loyalty"):
        found[effect] = _caused(effect, found) + DISTURBANCE[effect] * rng.standard_normal(n) + shifts(effect)
    return found


def _points(value: Floats, low: int, high: int) -> Floats:
    return np.clip(np.rint(value), low, high)


def draw(people: People, *, period: int, rng: np.random.Generator) -> Drawn:
    """One answer to every item by each of the people in a wave (`period` 0 is the oldest)."""
    n = len(people)
    constructs = _constructs(people, period, rng)
    answers: dict[str, Floats] = {}
    for column, (construct, mean) in ITEMS.items():
        answers[column] = _points(
            mean + LOADING * constructs[construct] + NOISE * rng.standard_normal(n), 1, 5
        )
    answers["nps"] = _points(
        NPS_MEAN + NPS_LOADING * constructs["loyalty"] + NPS_NOISE * rng.standard_normal(n), 0, 10
    )
    for column, share in NOT_APPLICABLE.items():
        answers[column][rng.random(n) < share] = np.nan
    careless = rng.random(n) < STRAIGHT
    point = rng.choice([3.0, 4.0, 5.0], size=n)
    for column in ITEMS:
        answers[column][careless] = point[careless]
    seconds = np.clip(rng.lognormal(np.log(230), 0.45, n), 90, 1800)
    hasty = rng.random(n) < SPEEDING
    seconds[hasty] = rng.uniform(15, 35, hasty.sum())
    return Drawn(answers, np.rint(seconds), constructs, careless)


def draw_topics(drawn: Drawn, *, rng: np.random.Generator) -> dict[str, Floats]:
    """What the same people answer in Kano's pairs and to expectation and perception of service."""
    n = len(drawn.seconds)
    answers: dict[str, Floats] = {}
    for feature, tenths in FEATURES.items():
        shares = np.array(list(tenths.values())) / 10
        seen = rng.choice(list(tenths), size=n, p=shares)
        pairs = np.zeros((n, 2))
        for category in tenths:
            cells = [(f + 1, d + 1) for f in range(5) for d in range(5) if TABLE[f][d] == category]
            who = seen == category
            pairs[who] = rng.choice(cells, size=int(who.sum()))
        answers[f"{feature}__f"], answers[f"{feature}__d"] = pairs.T
    level = drawn.constructs["service"] - drawn.constructs["service"].mean()
    for dimension, gap in SERVICE_GAPS.items():
        for item in (f"{dimension}1", f"{dimension}2"):
            expected = EXPECTED + 0.4 * drawn.constructs["expectation"] + NOISE * rng.standard_normal(n)
            perceived = EXPECTED + gap + 0.5 * level + NOISE * rng.standard_normal(n)
            answers[f"{item}__e"], answers[f"{item}__p"] = _points(expected, 1, 7), _points(perceived, 1, 7)
    return answers
