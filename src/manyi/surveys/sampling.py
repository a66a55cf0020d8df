"""Who of those who may be asked is asked: everybody, a random sample, strata or quotas. Pure and seeded.

`Wave.sampling` is a mapping:

    {method: all}
    {method: random, size: 400}
    {method: stratified, size: 400, by: tier, allocation: proportional | equal}
    {method: quota, by: region, quotas: {华东: 150, 华南: 100}}

`by` is unit, kind, tier, segment, industry, region or attributes.<key>.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from manyi.measures.sampling import allocate, margin_of_error, size_for_share

METHODS = ("all", "random", "stratified", "quota")
ALLOCATIONS = ("proportional", "equal")
CHARACTERISTICS = ("unit", "kind", "tier", "segment", "industry", "region")
NOT_SAMPLED = "not_sampled"
QUOTA_FULL = "quota_full"
MOST = 10_000_000


class SamplingError(ValueError):
    """A plan that cannot be carried out: `where` names the entry, `code` and `known` say why."""

    def __init__(self, where: str, code: str, known: object = "") -> None:
        self.where, self.code, self.known = where, code, known
        super().__init__(f"{where}: {code} {known}".strip())


@dataclass(frozen=True, slots=True)
class Plan:
    method: str = "all"
    size: int = 0
    by: str = ""
    allocation: str = "proportional"
    quotas: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Plan:
        """Read `Wave.sampling`; an empty mapping means everybody. Raises SamplingError."""
        if not isinstance(data, Mapping):
            raise SamplingError("sampling", "mapping")
        unknown = sorted(str(k) for k in data if k not in {"method", "size", "by", "allocation", "quotas"})
        if unknown:
            raise SamplingError(unknown[0][:60], "unknown")
        method = data.get("method", "all")
        if method not in METHODS:
            raise SamplingError("method", "one_of", ", ".join(METHODS))
        size, quotas = 0, {}
        if method in ("random", "stratified"):
            size = _count(data.get("size"), "size", least=1)
        by = str(data.get("by") or "")
        if method in ("stratified", "quota") and not (
            by in CHARACTERISTICS or (by.startswith("attributes.") and len(by) > len("attributes."))
        ):
            raise SamplingError("by", "characteristic")
        allocation = data.get("allocation") or "proportional"
        if allocation not in ALLOCATIONS:
            raise SamplingError("allocation", "one_of", ", ".join(ALLOCATIONS))
        if method == "quota":
            raw = data.get("quotas")
            if not isinstance(raw, Mapping) or not raw:
                raise SamplingError("quotas", "quotas")
            quotas = {str(k): _count(v, f"quotas.{k}", least=0) for k, v in raw.items()}
        return cls(method, size, by, allocation, quotas)


def _count(value: Any, where: str, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        raise SamplingError(where, "count", least)
    return value


@dataclass(frozen=True, slots=True)
class Draw:
    """`chosen`: id → design weight N_h/n_h (Cochran 1977, §5.1); `left`: id → reason; `strata`: name → (N_h, n_h)."""

    chosen: Mapping[int, float]
    left: Mapping[int, str]
    strata: Mapping[str, tuple[int, int]]


def draw(candidates: Iterable[tuple[int, str]], plan: Plan, *, seed: int) -> Draw:
    """Draw from (id, stratum) pairs of those who may be asked; N_h counts these.

    The same ids, plan and seed give the same sample, whatever the order, and a change in one stratum leaves
    the others' draws alone. A size above the number of candidates takes everybody. Quotas: groups without a
    number are not asked. Weights of a quota sample are N_h/n_h too, but rest on the assumption that those
    asked stand for their group.
    """
    groups: dict[str, list[int]] = {}
    for key, stratum in candidates:
        groups.setdefault(stratum if plan.method in ("stratified", "quota") else "", []).append(key)
    sizes = {name: len(groups[name]) for name in sorted(groups)}
    wanted = _wanted(plan, sizes)
    chosen: dict[int, float] = {}
    left: dict[int, str] = {}
    for name, size in sizes.items():
        ids, n = sorted(groups[name]), wanted[name]
        taken = ids if n >= size else random.Random(f"{seed}:{name}").sample(ids, n)  # noqa: S311
        chosen |= dict.fromkeys(taken, size / n if n else 1.0)
        reason = QUOTA_FULL if plan.method == "quota" and name in plan.quotas else NOT_SAMPLED
        left |= dict.fromkeys(set(ids).difference(taken), reason)
    return Draw(chosen, left, {name: (size, wanted[name]) for name, size in sizes.items()})


def _wanted(plan: Plan, sizes: Mapping[str, int]) -> dict[str, int]:
    """n_h of each stratum."""
    if plan.method == "all":
        return dict(sizes)
    if plan.method == "quota":
        return {name: min(size, plan.quotas.get(name, 0)) for name, size in sizes.items()}
    total = min(plan.size, sum(sizes.values()))
    equal = {name: 1 / size for name, size in sizes.items()} if plan.allocation == "equal" else None
    # Nobody can speak for a stratum of which nobody was asked: at least one each, where that fits.
    return allocate(total, sizes, equal, at_least=1 if total >= len(sizes) else 0)


@dataclass(frozen=True, slots=True)
class Advice:
    """Answers needed for ± `margin` on a share, and how many to ask at the response rate expected.

    `reached` is the margin that asking `asked` would give, None when no answer is to be expected.
    """

    margin: float
    answers: int
    to_ask: int
    rate: float
    enough: bool
    reached: float | None


def advise(*, population: int, asked: int, margin: float, rate: float) -> Advice:
    """Sample-size advice: n = z²p(1−p)/e² at p = 0.5, 95 %, finite population; to ask = n / rate.

    :param population: those who may be asked, ≥ 1. :param rate: expected response rate, 0 < rate ≤ 1.
    """
    answers = size_for_share(margin, population=population)
    expected = asked * rate
    return Advice(
        margin=margin,
        answers=answers,
        to_ask=min(population, ceil(answers / rate)),
        rate=rate,
        enough=expected >= answers,
        reached=margin_of_error(expected, population=population) if expected >= 1 else None,
    )
