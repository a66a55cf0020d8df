"""What comes out of fitting a structural model."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from manyi.measures.errors import OptionError, Remark

from .model import Model

Path = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrapped figure: the estimate, the mean and standard error of the replicates, the percentile
    interval.

    ``t`` is estimate / se and ``p_value`` its two-sided normal probability; both None where the se is 0.
    """

    value: float
    mean: float
    se: float
    low: float
    high: float
    t: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class ConstructIndex:
    """A construct on 0–100. ``score`` and the rest are None where a negative weight forbids an index.

    ``se`` is bootstrapped when there were replicates (then it includes the uncertainty of the weights), else
    the standard error of the mean at fixed weights; ``low`` and ``high`` belong to it. ``sd`` is the spread
    of respondents. ``weights`` are the items' shares of the index, summing to 1.
    """

    score: float | None
    se: float | None
    low: float | None
    high: float | None
    sd: float | None
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Quality of measurement of one construct, from the correlations of its items and its loadings.

    ``alpha`` raw and ``alpha_std`` standardised Cronbach's alpha, ``rho_a`` (Dijkstra & Henseler 2015),
    ``rho_c`` composite reliability (Dillon & Goldstein), ``ave`` average variance extracted. Alphas and rho_a
    are NaN for a single item; all are NaN for a construct that its items form (mode B), where they have no
    meaning.
    """

    alpha: float
    alpha_std: float
    rho_a: float
    rho_c: float
    ave: float


@dataclass(frozen=True)
class Fit:
    """A fitted model. Keys are constructs, paths ``(from, to)`` or columns; ``intervals`` is empty without
    bootstrap.

    ``intervals`` holds, by ``"paths"``, ``"total_effects"``, ``"r2"``, ``"loadings"``, ``"outer_weights"``
    and ``"index"``, an :class:`Interval` for every key of the figures of that name. ``failed`` counts
    replicates that did not converge; they are left out. ``seed`` reproduces the replicates. ``item_vif`` is the
    collinearity of each column within its construct, ``srmr`` the fit of the measurement (saturated model).
    """

    model: Model
    scheme: str
    metric: str
    n: int
    paths: Mapping[Path, float]
    r2: Mapping[str, float]
    loadings: Mapping[str, float]
    cross_loadings: Mapping[str, Mapping[str, float]]
    outer_weights: Mapping[str, float]
    total_effects: Mapping[Path, float]
    correlations: Mapping[Path, float]
    index: Mapping[str, ConstructIndex]
    reliability: Mapping[str, Reliability]
    htmt: Mapping[Path, float]
    converged: bool
    rounds: int
    intervals: Mapping[str, Mapping[Any, Interval]] = field(default_factory=dict)
    bootstrap: int = 0
    failed: int = 0
    seed: int | None = None
    confidence: float = 0.95
    warnings: tuple[Remark, ...] = ()
    item_vif: Mapping[str, float] = field(default_factory=dict)
    srmr: float = float("nan")

    def to_frame(self, what: str) -> Any:
        """One table of the result as a pandas DataFrame (pandas is needed for this only).

        :param what: ``paths``, ``total_effects``, ``r2``, ``loadings``, ``outer_weights``,
            ``cross_loadings``, ``correlations``, ``fornell_larcker``, ``index``, ``reliability`` or ``htmt``.
            Bootstrapped tables carry the columns of :class:`Interval`.
        :raises OptionError: for another name.
        """
        import pandas as pd

        rows = self.to_rows(what)
        return pd.DataFrame.from_dict(rows, orient="index")

    def to_rows(self, what: str) -> dict[Hashable, dict[str, Any]]:
        """The same table as :meth:`to_frame` without pandas: ``{row: {column: value}}``."""
        if what in ("paths", "total_effects", "r2", "loadings", "outer_weights"):
            found = self.intervals.get(what, {})
            return {
                key: {"value": value} | (_interval_row(found[key]) if key in found else {})
                for key, value in getattr(self, what).items()
            }
        if what == "cross_loadings":
            return {column: dict(row) for column, row in self.cross_loadings.items()}
        if what in ("correlations", "htmt", "fornell_larcker"):
            return self._square(what)
        if what == "index":
            return {
                name: {"score": i.score, "se": i.se, "low": i.low, "high": i.high, "sd": i.sd}
                for name, i in self.index.items()
            }
        if what == "reliability":
            return {
                name: {
                    "alpha": r.alpha,
                    "alpha_std": r.alpha_std,
                    "rho_a": r.rho_a,
                    "rho_c": r.rho_c,
                    "ave": r.ave,
                }
                for name, r in self.reliability.items()
            }
        raise OptionError("There is no table '{what}'.", what=what)

    def _square(self, what: str) -> dict[Hashable, dict[str, Any]]:
        """Constructs by constructs; for Fornell–Larcker with the root of the AVE on the diagonal."""
        pairs = self.htmt if what == "htmt" else self.correlations
        names = self.model.constructs
        table: dict[Hashable, dict[str, Any]] = {
            a: {b: pairs.get((a, b), pairs.get((b, a))) for b in names} for a in names
        }
        for name in names:
            root = self.reliability[name].ave ** 0.5
            table[name][name] = {"htmt": None, "correlations": 1.0, "fornell_larcker": root}[what]
        return table


def _interval_row(interval: Interval) -> dict[str, Any]:
    return {
        "mean": interval.mean,
        "se": interval.se,
        "low": interval.low,
        "high": interval.high,
        "t": interval.t,
        "p_value": interval.p_value,
    }
