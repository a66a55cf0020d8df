"""From answers to a fitted model: checks, estimation, bootstrap, and everything reported about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from manyi.measures.arrays import Answers, FloatArray, floats, probability, survey_weights
from manyi.measures.errors import ColumnError, OptionError, TooFewError

from . import quality
from .algorithm import Plan, Scheme, Solution, iterate, regress, total_effects
from .model import Model
from .result import ConstructIndex, Fit, Interval
from .structure import item_vif, srmr
from .sums import Covariances, Items, Missing, resampled, whole

FEWEST = 50
"""No model is fitted to fewer respondents, nor to fewer than ten for each arrow into the busiest construct.
"""

TOGETHER = 250
"""Bootstrap samples iterated at once: their matrices stay in the processor's cache."""

Scale = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Figures:
    """All figures of B samples; the sample itself is the case B = 1."""

    weights: FloatArray
    loadings: FloatArray
    cross: FloatArray
    correlations: FloatArray
    paths: FloatArray
    r2: FloatArray
    total: FloatArray
    shares: FloatArray
    index: FloatArray
    converged: Any
    rounds: int


def fit(
    data: Answers,
    model: Model,
    *,
    scheme: Scheme = "path",
    metric: str = "standardised",
    weights: Any = None,
    bootstrap: int = 0,
    seed: int | None = None,
    scale: Scale | Mapping[str, Scale] | None = None,
    missing: Missing = "mean",
    confidence: float = 0.95,
    progress: Callable[[float], None] | None = None,
) -> Fit:
    """Fit a structural model by partial least squares path modelling.

    Scores are weighted sums of a construct's items with unit variance; weights, loadings and paths come from
    the iteration of Wold on the items' correlation matrix (``metric="standardised"``) or covariance matrix
    (``"covariance"``). Paths are least squares on the scores, total effects ``(I − B)⁻¹ − I``.

    The index of a construct is ``(Σ w̃ x̄ − min)/(max − min) · 100`` with ``w̃_i = (w_i/sd_i) /
    Σ(w_j/sd_j)``.

    :param data: columns of answers, each of shape ``(n,)``, NaN where missing; reversed items reversed
        before.
    :param model: constructs, columns and paths.
    :param scheme: inner weighting: ``path`` (default), ``centroid`` or ``factorial``.
    :param weights: survey weights of shape ``(n,)``.
    :param bootstrap: number of bootstrap samples for standard errors and percentile intervals; 0 for none.
    :param seed: makes the bootstrap reproducible; drawn and recorded when None.
    :param scale: ``(min, max)`` of the answer scale, or one for each construct; the extremes found in the
        data when None (the result then carries a remark).
    :param missing: ``mean`` puts the mean in place of a missing answer, ``pairwise`` uses for each pair of
        items those who answered both.
    :param progress: called with the share of the bootstrap that is done, 0–1, as it goes on.
    :raises TooFewError: below 50 respondents or ten for each arrow into the busiest construct.
    :raises ColumnError: a column is absent, not numeric, outside its scale, empty or the same for everybody.

    Sources: Wold (1982); Lohmöller (1989); Fornell et al. (1996) for the index; Efron & Tibshirani (1993).

    >>> rng = np.random.default_rng(1)
    >>> quality = rng.normal(size=200)
    >>> loyalty = 0.6 * quality + 0.8 * rng.normal(size=200)
    >>> answers = {f"q{k}": quality + 0.5 * rng.normal(size=200) for k in range(3)}
    >>> answers |= {f"l{k}": loyalty + 0.5 * rng.normal(size=200) for k in range(3)}
    >>> model = Model({"quality": ["q0", "q1", "q2"], "loyalty": ["l0", "l1", "l2"]}, [("quality", "loyalty")])
    >>> found = fit(answers, model, bootstrap=200, seed=1)
    >>> 0.5 < found.paths["quality", "loyalty"] < 0.65, found.converged
    (True, True)
    >>> interval = found.intervals["paths"]["quality", "loyalty"]
    >>> interval.low < found.paths["quality", "loyalty"] < interval.high
    True
    """
    probability(confidence, "confidence")
    _check_options(scheme, metric, missing, bootstrap)
    x, w = _answers(data, model, weights)
    n = x.shape[0]
    needed = max(FEWEST, 10 * model.most_arrows)
    if n < needed:
        raise TooFewError("The model needs {needed} respondents; there are {n}.", needed=needed, n=n)
    items = Items.of(x, w)
    _refuse_constant(items, model)
    plan = Plan.of(model)
    scales = _scales(x, model, scale)
    own = whole(items, missing)
    sample = _figures(own, items, plan, scheme, metric, scales)
    result = _report(sample, own, items, model, plan, scheme, metric, scales, confidence)
    notes = quality.remarks(result, n, scale is None, int(np.isnan(x).sum()), missing)
    if bootstrap:
        result = _bootstrapped(
            result, sample, items, plan, scales, missing, bootstrap, seed, confidence, progress
        )
        notes += quality.bootstrap_remarks(result)
    return replace(result, warnings=tuple(notes))


# --- checks


def _check_options(scheme: str, metric: str, missing: str, bootstrap: int) -> None:
    for name, value, known in (
        ("scheme", scheme, ("path", "centroid", "factorial")),
        ("metric", metric, ("standardised", "covariance")),
        ("missing", missing, ("mean", "pairwise")),
    ):
        if value not in known:
            raise OptionError(
                "{name} is '{value}'; it must be one of {known}.", name=name, value=value, known=known
            )
    if bootstrap < 0:
        raise OptionError("{name} must be zero or more, not {value}.", name="bootstrap", value=bootstrap)


def _answers(data: Answers, model: Model, weights: Any) -> tuple[FloatArray, FloatArray | None]:
    """Answers of shape (n, p) of those who count: a positive weight and at least one answer."""
    columns: list[FloatArray] = []
    for name in model.columns:
        if name not in data:
            raise ColumnError("Column '{column}' is not in the data.", column=name)
        column = floats(data[name], name)
        if columns and column.size != columns[0].size:
            raise ColumnError(
                "Column '{column}' has {rows} rows, not {expected}.",
                column=name,
                rows=column.size,
                expected=columns[0].size,
            )
        if np.isinf(column).any():
            raise ColumnError("Column '{column}' holds an infinite value.", column=name)
        columns.append(column)
    x = np.column_stack(columns)
    w = survey_weights(weights, x.shape[0])
    keep = ~np.isnan(x).all(axis=1)
    if w is not None:
        keep &= w > 0
        w = w[keep]
    x = x[keep]
    for position, name in enumerate(model.columns):
        if np.isnan(x[:, position]).all():
            raise ColumnError("Column '{column}' has no answers.", column=name)
    return x, w


def _refuse_constant(items: Items, model: Model) -> None:
    for name, mean, sd in zip(model.columns, items.mean, items.sd, strict=True):
        if sd <= 1e-9 * max(1.0, abs(mean)):
            raise ColumnError("Column '{column}' has the same answer from everybody.", column=name)


def _scales(x: FloatArray, model: Model, scale: Scale | Mapping[str, Scale] | None) -> FloatArray:
    """Minimum and maximum for each construct, shape (J, 2)."""
    if scale is None:
        extremes = (float(np.nanmin(x)), float(np.nanmax(x)))
        return np.array([extremes] * len(model.blocks))
    rows = []
    for name in model.constructs:
        if isinstance(scale, Mapping) and name not in scale:
            raise OptionError("There is no scale for the construct '{construct}'.", construct=name)
        low, high = scale[name] if isinstance(scale, Mapping) else scale
        if not low < high:
            raise OptionError(
                "The scale of '{construct}' must rise: {low} to {high}.", construct=name, low=low, high=high
            )
        for column in model.blocks[name]:
            values = x[:, model.columns.index(column)]
            if np.nanmin(values) < low or np.nanmax(values) > high:
                raise ColumnError(
                    "Column '{column}' has answers outside its scale {low:g} to {high:g}.",
                    column=column,
                    low=low,
                    high=high,
                )
        rows.append((low, high))
    return np.array(rows, dtype=np.float64)


# --- figures of one or many samples


def _figures(
    sums: Covariances,
    items: Items,
    plan: Plan,
    scheme: Scheme,
    metric: str,
    scales: FloatArray,
    reference: FloatArray | None = None,
) -> _Figures:
    p, _, samples = sums.matrix.shape
    variance = sums.matrix[np.arange(p), np.arange(p)]
    deviation = np.sqrt(np.maximum(variance, 0.0))
    usable = variance > 1e-12
    inverse = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=usable)
    if metric == "standardised":
        s = sums.matrix * inverse[:, np.newaxis] * inverse[np.newaxis]
        per_unit = inverse / items.sd[:, np.newaxis]
        to_loading = np.ones((p, samples))
    else:
        s = sums.matrix * (items.sd[:, np.newaxis] * items.sd[np.newaxis])[:, :, np.newaxis]
        per_unit = np.ones((p, samples))
        to_loading = inverse / items.sd[:, np.newaxis]
    solution: Solution = iterate(s, plan, scheme)
    block_of = plan.block_of
    cross = solution.cross * to_loading[:, np.newaxis]
    starts = [block.start for block in plan.blocks]
    # A score's sign is arbitrary: it points where most of its loadings (or the original ones) point.
    loadings = cross[np.arange(p), block_of]
    toward = np.add.reduceat(
        loadings * (1.0 if reference is None else reference[:, np.newaxis]), starts, axis=0
    )
    sign = np.where(toward < 0, -1.0, 1.0)
    correlations = solution.correlations * sign[:, np.newaxis] * sign[np.newaxis]
    paths, r2 = regress(correlations, plan)
    shares = solution.weights * per_unit
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = shares / np.add.reduceat(shares, starts, axis=0)[block_of]
    means = items.mean[:, np.newaxis] + items.sd[:, np.newaxis] * sums.mean
    level = np.add.reduceat(shares * means, starts, axis=0)
    return _Figures(
        weights=solution.weights * sign[block_of],
        loadings=loadings * sign[block_of],
        cross=cross * sign[np.newaxis],
        correlations=correlations,
        paths=paths,
        r2=r2,
        total=total_effects(paths, plan),
        shares=shares,
        index=(level - scales[:, :1]) / (scales[:, 1:] - scales[:, :1]) * 100,
        converged=solution.converged,
        rounds=solution.rounds,
    )


# --- reporting


def _report(
    sample: _Figures,
    own: Covariances,
    items: Items,
    model: Model,
    plan: Plan,
    scheme: str,
    metric: str,
    scales: FloatArray,
    confidence: float,
) -> Fit:
    names, columns = model.constructs, model.columns
    matrix = own.matrix[:, :, 0]
    deviation = np.sqrt(np.diag(matrix))
    corr = matrix / np.outer(deviation, deviation)
    raw = matrix * np.outer(items.sd, items.sd)
    standard = sample.weights[:, 0] * (1.0 if metric == "standardised" else items.sd * deviation)
    pairs = [(a, b) for a in range(len(names)) for b in range(len(names)) if a != b]
    return Fit(
        model=model,
        scheme=scheme,
        metric=metric,
        n=items.z.shape[0],
        paths={(names[a], names[b]): float(sample.paths[a, b, 0]) for a, b in plan.paths},
        r2={name: float(sample.r2[names.index(name), 0]) for name in model.endogenous},
        loadings=dict(zip(columns, sample.loadings[:, 0].tolist(), strict=True)),
        cross_loadings={
            column: dict(zip(names, sample.cross[i, :, 0].tolist(), strict=True))
            for i, column in enumerate(columns)
        },
        outer_weights=dict(zip(columns, sample.weights[:, 0].tolist(), strict=True)),
        total_effects={(names[a], names[b]): float(sample.total[a, b, 0]) for a, b in _effect_pairs(plan)},
        correlations={(names[a], names[b]): float(sample.correlations[a, b, 0]) for a, b in pairs if a < b},
        index=_indices(sample, raw, items, model, plan, scales, confidence),
        reliability={
            name: quality.reliability_of(
                raw[block, block],
                corr[block, block],
                standard[block],
                sample.loadings[block, 0],
                plan.forming[j],
            )
            for j, (name, block) in enumerate(zip(names, plan.blocks, strict=True))
        },
        htmt=quality.htmt_of(corr, names, plan),
        converged=bool(sample.converged[0]),
        rounds=sample.rounds,
        confidence=confidence,
        item_vif={
            column: float(value)
            for block in plan.blocks
            for column, value in zip(columns[block], item_vif(corr[block, block]), strict=True)
        },
        srmr=srmr(corr, _implied(corr, sample, plan)),
    )


def _implied(corr: FloatArray, sample: _Figures, plan: Plan) -> FloatArray:
    """Correlations of items (p, p) as loadings and construct correlations make them; a forming block keeps its
    own.
    """
    loadings, block_of = sample.loadings[:, 0], plan.block_of
    implied: FloatArray = (
        np.outer(loadings, loadings) * sample.correlations[:, :, 0][np.ix_(block_of, block_of)]
    )
    for block, forming in zip(plan.blocks, plan.forming, strict=True):
        if forming:
            implied[block, block] = corr[block, block]
    np.fill_diagonal(implied, 1.0)
    return implied


def _effect_pairs(plan: Plan) -> list[tuple[int, int]]:
    """Pairs of constructs joined by a chain of paths, in causal order."""
    reach: dict[int, set[int]] = {j: set() for j in plan.order}
    for j in plan.order:
        for source in plan.predecessors[j]:
            reach[j] |= {source} | reach[source]
    return [(a, b) for a in plan.order for b in plan.order if a in reach[b]]


def _indices(
    sample: _Figures,
    raw: FloatArray,
    items: Items,
    model: Model,
    plan: Plan,
    scales: FloatArray,
    confidence: float,
) -> dict[str, ConstructIndex]:
    z = float(ndtri((1 + confidence) / 2))
    n = items.z.shape[0]
    w = items.weights
    worth = n if w is None else float(w.sum() ** 2 / (w @ w))
    result = {}
    for j, (name, block) in enumerate(zip(model.constructs, plan.blocks, strict=True)):
        share = sample.shares[block, 0]
        weights = dict(zip(model.blocks[name], share.tolist(), strict=True))
        if not (share >= -1e-12).all():
            result[name] = ConstructIndex(None, None, None, None, None, weights)
            continue
        score = float(sample.index[j, 0])
        sd = (
            sqrt(max(0.0, float(share @ raw[block, block] @ share)))
            / float(scales[j, 1] - scales[j, 0])
            * 100
        )
        se = sd * sqrt(n / (n - 1) / worth)
        result[name] = ConstructIndex(
            score, se, max(0.0, score - z * se), min(100.0, score + z * se), sd, weights
        )
    return result


# --- bootstrap


def _bootstrapped(
    result: Fit,
    sample: _Figures,
    items: Items,
    plan: Plan,
    scales: FloatArray,
    missing: Missing,
    bootstrap: int,
    seed: int | None,
    confidence: float,
    progress: Callable[[float], None] | None,
) -> Fit:
    if seed is None:
        seed = int(np.random.SeedSequence().generate_state(1)[0])
    reference = sample.loadings[:, 0]
    parts: dict[str, list[FloatArray]] = {}
    for sums in resampled(items, missing, bootstrap, np.random.default_rng(seed), progress):
        for first in range(0, sums.mean.shape[1], TOGETHER):
            piece = slice(first, first + TOGETHER)
            some = Covariances(sums.mean[:, piece], np.ascontiguousarray(sums.matrix[:, :, piece]))
            figures = _figures(some, items, plan, result.scheme, result.metric, scales, reference)  # type: ignore[arg-type]
            good = figures.converged
            for name in ("paths", "total", "r2", "loadings", "weights", "index"):
                parts.setdefault(name, []).append(getattr(figures, name)[..., good])
    replicates = {name: np.concatenate(pieces, axis=-1) for name, pieces in parts.items()}
    kept = replicates["r2"].shape[-1]
    failed = bootstrap - kept
    if kept < 2:
        return replace(result, bootstrap=bootstrap, failed=failed, seed=seed)
    names = result.model.constructs

    def table(found: Mapping[Any, float | None], rows: list[FloatArray]) -> dict[Any, Interval]:
        return {
            key: _interval(value, row, confidence)
            for (key, value), row in zip(found.items(), rows, strict=True)
            if value is not None
        }

    intervals = {
        "paths": table(result.paths, [replicates["paths"][a, b] for a, b in plan.paths]),
        "total_effects": table(
            result.total_effects, [replicates["total"][a, b] for a, b in _effect_pairs(plan)]
        ),
        "r2": table(result.r2, [replicates["r2"][names.index(name)] for name in result.r2]),
        "loadings": table(result.loadings, list(replicates["loadings"])),
        "outer_weights": table(result.outer_weights, list(replicates["weights"])),
        "index": table({name: i.score for name, i in result.index.items()}, list(replicates["index"])),
    }
    index = {
        name: replace(
            old,
            se=intervals["index"][name].se,
            low=intervals["index"][name].low,
            high=intervals["index"][name].high,
        )
        if name in intervals["index"]
        else old
        for name, old in result.index.items()
    }
    return replace(result, intervals=intervals, index=index, bootstrap=bootstrap, failed=failed, seed=seed)


def _interval(value: float, replicates: FloatArray, confidence: float) -> Interval:
    low, high = np.percentile(replicates, [50 * (1 - confidence), 50 * (1 + confidence)])
    se = float(replicates.std(ddof=1))
    t = value / se if se > 0 else None
    return Interval(
        value=value,
        mean=float(replicates.mean()),
        se=se,
        low=float(low),
        high=float(high),
        t=t,
        p_value=None if t is None else float(2 * ndtr(-abs(t))),
    )
