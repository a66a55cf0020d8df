"""Structural models of a wave: which columns measure which construct, what leads to what, and what came out.

Entry points: :func:`guess` (a model read from codes and names of the wave's columns), :class:`Spec` (a model as
it is edited and stored), :func:`fitted` (its figures as plain JSON).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from manyi.insights import rows
from manyi.insights.priorities import has_dimensions, question_text
from manyi.insights.queries import WaveResult
from manyi.measures import pls
from manyi.measures.errors import TooFewError
from manyi.measures.pls.fitting import FEWEST
from manyi.measures.pls.model import ACSI_PATHS, CCSI_PATHS, ECSI_PATHS
from manyi.measures.tree import Tree
from manyi.surveys.questionnaire import Form
from manyi.web.templatetags.web import localised

METHOD = "pls-1"
OWN = "own"
PRESETS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "acsi": ACSI_PATHS,
    "ecsi": ECSI_PATHS,
    "ccsi": CCSI_PATHS,
    OWN: ECSI_PATHS,  # a start: perceived quality becomes one construct for each dimension of the tree
}
NAMES: Mapping[str, Mapping[str, str]] = {
    "image": {"zh": "形象", "en": "Image"},
    "expectation": {"zh": "预期质量", "en": "Expectation"},
    "quality": {"zh": "感知质量", "en": "Perceived quality"},
    "value": {"zh": "感知价值", "en": "Perceived value"},
    "satisfaction": {"zh": "顾客满意", "en": "Satisfaction"},
    "complaints": {"zh": "顾客抱怨", "en": "Complaints"},
    "loyalty": {"zh": "顾客忠诚", "en": "Loyalty"},
}
SAME = {"expectations": "expectation", "expected": "expectation"}  # the presets' own words for one role
CODES: Mapping[str, str] = {
    "image": r"imag|brand|reput",
    "expectation": r"expe",
    "quality": r"qual",
    "value": r"val|price",
    "satisfaction": r"sat|csat|overall",
    "complaints": r"compl(?!ete)",
    "loyalty": r"loy|nps|recommend|again|repurch|rebuy|extend|intent|stay",
}
"""How codes begin, and (below) what wording holds, that is about a role. The first that fits counts."""
WORDS: Mapping[str, str] = {
    "complaints": r"抱怨|投诉|complain",
    "loyalty": r"推荐|继续|再次|还会|忠诚|续约|recommend|again|loyal|continue",
    "value": r"性价比|价格|价值|价钱|\bprice|value for|worth",
    "expectation": r"预期|期望|expect",
    "image": r"形象|品牌|信誉|image|brand|reputation",
    "satisfaction": r"满意|satisf|ideal|理想",
    "quality": r"质量|quality",
}
RATED = frozenset({"likert", "matrix", "csat", "ces", "nps", "servqual"})
MOST_CONSTRUCTS = 14
FEWEST_IN_COLUMN = 30


@dataclass(frozen=True, slots=True)
class Column:
    """A rating that may measure a construct. `low` and `high` are None where no scale is known (the answers'
    extremes stand in). `group` is the dimension or question it belongs to.
    """

    code: str
    name: str
    group: str
    low: float | None = None
    high: float | None = None
    reversed: bool = False
    missing: tuple[float, ...] = ()
    role: str = ""
    node: str = ""


def columns(result: WaveResult) -> list[Column]:
    """All ratings of the wave: those of the tree first, then what else was asked on a scale."""
    tree, form = result.tree, result.form
    found = _tree_columns(tree, form)
    own = {column.code for column in found}
    if form is None:
        kinds = rows.answer_columns(result.rows)
        others = [code for code, kind in kinds.items() if kind == "number" and code not in own]
        return found + [Column(code, code, "", role=role_of(code, code)) for code in others]
    for code, question in form.columns().items():
        if code in own or question.type not in RATED or question.scale is None:
            continue
        name = question_text(question, code)
        role = {"nps": "loyalty", "csat": "satisfaction"}.get(question.type) or role_of(code, name)
        scale = question.scale
        found.append(Column(code, name, localised(question.text), scale.min, scale.max, role=role))
    return found


def _tree_columns(tree: Tree, form: Form | None) -> list[Column]:
    places = {place.code: place for place in tree.nodes()}

    def dimension(code: str) -> str:
        parent = places[code].parent
        return code if parent in (None, tree.code) else dimension(str(parent))

    found = []
    for place in tree.leaves():
        top = places[dimension(place.code)].node
        names = " ".join(top.name.values())
        scale = tree.scale_of(place.node)
        found.append(
            Column(
                str(place.node.column),
                localised(place.node.name),
                localised(top.name),
                scale.min,
                scale.max,
                place.node.reversed,
                tuple(scale.missing),
                # An item of a tree is perceived quality unless its dimension is clearly about something else.
                role_of(top.code or place.code, names) or "quality",
                dimension(place.code),
            )
        )
    return found


def role_of(code: str, wording: str) -> str:
    """What a column or dimension is about, by its code or else its wording; '' where neither tells.

    >>> role_of("sat_expected", "It met our expectations"), role_of("q7", "您愿意推荐我们吗？"), role_of("q8", "")
    ('satisfaction', 'loyalty', '')
    """
    for role, begins in CODES.items():
        if re.match(begins, code, re.I):
            return role
    for role, holds in WORDS.items():
        if re.search(holds, wording, re.I):
            return role
    return ""


@dataclass(frozen=True, slots=True)
class Construct:
    key: str
    name: Mapping[str, str]
    columns: tuple[str, ...] = ()
    mode: str = "A"


@dataclass(frozen=True, slots=True)
class Spec:
    """A model as it is edited and stored: constructs with their columns, and paths between their keys."""

    preset: str
    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]
    scheme: str = "path"
    metric: str = "standardised"

    def model(self) -> pls.Model:
        """The model of the measures, of the constructs that have columns.

        :raises OptionError: when it cannot be estimated; it says which construct and why.
        """
        used = {one.key: one for one in self.constructs if one.columns}
        return pls.Model(
            {key: one.columns for key, one in used.items()},
            [(a, b) for a, b in self.paths if a in used and b in used],
            {key: one.mode for key, one in used.items()},  # type: ignore[misc]
        )

    @property
    def labels(self) -> dict[str, str]:
        """Key → name in the active language."""
        return {one.key: localised(one.name) for one in self.constructs}

    @property
    def fingerprint(self) -> str:
        """The same for models with the same columns in each construct, paths, modes and scheme."""
        parts = {one.key: "+".join(sorted(one.columns)) + one.mode for one in self.constructs if one.columns}
        paths = sorted([parts[a], parts[b]] for a, b in self.paths if a in parts and b in parts)
        return hashlib.sha256(
            json.dumps([sorted(parts.values()), paths, self.scheme, self.metric]).encode()
        ).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        return {
            "preset": self.preset,
            "scheme": self.scheme,
            "metric": self.metric,
            "constructs": [
                {"key": one.key, "name": dict(one.name), "columns": list(one.columns), "mode": one.mode}
                for one in self.constructs
            ],
            "paths": [list(path) for path in self.paths],
        }

    @classmethod
    def from_dict(cls, source: Mapping[str, Any]) -> Spec:
        return cls(
            source["preset"],
            tuple(
                Construct(one["key"], one["name"], tuple(one["columns"]), one["mode"])
                for one in source["constructs"]
            ),
            tuple((a, b) for a, b in source["paths"]),
            source["scheme"],
            source["metric"],
        )


def guess(result: WaveResult, preset: str) -> Spec:
    """A model to start from: columns put to constructs by their codes and wording."""
    known = columns(result)
    if preset == OWN:
        return _guess_own(result, known)
    paths = PRESETS[preset]
    keys = dict.fromkeys(key for path in paths for key in path)
    constructs = []
    for key in sorted(keys, key=lambda key: [*NAMES].index(SAME.get(str(key), str(key)))):
        role = SAME.get(key, key)
        constructs.append(Construct(key, NAMES[role], tuple(c.code for c in known if c.role == role)))
    return Spec(preset, tuple(constructs), paths)


def _guess_own(result: WaveResult, known: Sequence[Column]) -> Spec:
    names = {place.code: place.node.name for place in result.tree.nodes()}
    flat = not has_dimensions(result.tree)
    by_role: dict[str, list[tuple[Mapping[str, str], list[str]]]] = {}
    dimensions: dict[str, list[str]] = {}
    for column in known:
        if column.node and column.role == "quality" and not flat:
            dimensions.setdefault(column.node, []).append(column.code)
        elif column.role:
            of_role = by_role.setdefault(column.role, [(NAMES[column.role], [])])
            of_role[0][1].append(column.code)
    if dimensions:
        by_role["quality"] = [(names[node], codes) for node, codes in dimensions.items()]
    constructs: list[Construct] = []
    keys: dict[str, list[str]] = {}
    for role in NAMES:
        for name, codes in by_role.get(role, []):
            key = f"c{len(constructs) + 1}"
            keys.setdefault(role, []).append(key)
            constructs.append(Construct(key, name, tuple(codes)))
    paths = _bridged(ECSI_PATHS, set(keys))
    found = [(a, b) for start, end in paths for a in keys[start] for b in keys[end]]
    return Spec(OWN, tuple(constructs[:MOST_CONSTRUCTS]), tuple(found))


def _bridged(paths: Iterable[tuple[str, str]], have: set[str]) -> list[tuple[str, str]]:
    """The paths among what there is; without satisfaction, what would lead to it leads on to what follows it.

    >>> _bridged([("quality", "satisfaction"), ("satisfaction", "loyalty")], {"quality", "loyalty"})
    [('quality', 'loyalty')]
    """
    found = list(paths)
    for missing in dict.fromkeys(end for path in paths for end in path if end not in have):
        into = [a for a, b in found if b == missing]
        out = [b for a, b in found if a == missing]
        found = [path for path in found if missing not in path]
        if missing == "satisfaction":
            found += [(a, b) for a in into for b in out]
    return list(dict.fromkeys(found))


def needed(model: pls.Model) -> int:
    """Respondents the model takes: 50, or ten for each arrow into the busiest construct."""
    return max(FEWEST, 10 * model.most_arrows)


def fitted(
    people: rows.Rows, spec: Spec, known: Sequence[Column], *, bootstrap: int, seed: int,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Fit the model to the people; every figure as plain JSON, with None where there is none.

    All answers are brought to 0–100 first, so that scales of different length may stand in one construct and
    every construct has an index of 0–100.

    :param progress: called with the share of the resampling that is done, 0–1.
    :raises MeasureError: too few people, a column without spread or outside its scale.
    """
    model = spec.model()
    answers = rows.respondents(people, model.columns)
    by_code = {column.code: column for column in known}
    for code, values in answers.numbers.items():
        answered = int(np.isfinite(values).sum())
        if answered < FEWEST_IN_COLUMN:
            raise TooFewError(
                "Column '{column}' has {n} answers; a model needs {needed} in every column.",
                column=code,
                n=answered,
                needed=FEWEST_IN_COLUMN,
            )
    data = {
        code: _hundred(values, by_code.get(code, Column(code, code, "")))
        for code, values in answers.numbers.items()
    }
    fit = pls.fit(
        data,
        model,
        scheme=spec.scheme,  # type: ignore[arg-type]
        metric=spec.metric,
        weights=answers.survey_weights,
        bootstrap=bootstrap,
        seed=seed,
        scale=(0.0, 100.0),
        progress=progress,
    )
    return _figures(fit)


def _hundred(values: Any, column: Column) -> Any:
    """Answers as points of 0–100, turned round where the lowest is best; missing codes become NaN."""
    found = np.where(np.isin(values, column.missing), np.nan, values) if column.missing else values
    low, high = column.low, column.high
    if low is None or high is None:
        there = found[~np.isnan(found)]
        low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    span = (high - low) or 1.0
    points = (found - low) / span * 100
    return 100 - points if column.reversed else points


def _figures(fit: pls.Fit) -> dict[str, Any]:
    effects, vif = pls.f_squared(fit), pls.inner_vif(fit)
    adjusted = pls.r2_adjusted(fit)
    paths: Any = fit.to_rows("paths")
    totals: Any = fit.to_rows("total_effects")
    r2, loadings = fit.to_rows("r2"), fit.to_rows("loadings")
    weights, reliability = fit.to_rows("outer_weights"), fit.to_rows("reliability")
    index, cross = fit.to_rows("index"), fit.to_rows("cross_loadings")
    found = {
        "n": fit.n, "scheme": fit.scheme, "metric": fit.metric, "bootstrap": fit.bootstrap, "failed": fit.failed,
        "seed": fit.seed, "confidence": fit.confidence, "converged": fit.converged, "rounds": fit.rounds,
        "srmr": fit.srmr,
        "paths": [
            {"from": a, "to": b, **row, "f2": effects.get((a, b)), "vif": vif.get((a, b))}
            for (a, b), row in paths.items()
        ],
        "total_effects": [{"from": a, "to": b, **row} for (a, b), row in totals.items()],
        "indirect_effects": [
            {"from": a, "to": b, "value": value} for (a, b), value in pls.indirect_effects(fit).items()
        ],
        "constructs": [
            {
                "key": key, "r2": r2.get(key, {}).get("value"), "r2_low": r2.get(key, {}).get("low"),
                "r2_high": r2.get(key, {}).get("high"), "r2_adjusted": adjusted.get(key),
                "index": index[key]["score"], "index_se": index[key]["se"], "index_low": index[key]["low"],
                "index_high": index[key]["high"], "index_sd": index[key]["sd"],
                "items": len(fit.model.blocks[key]), "mode": fit.model.modes[key], **reliability[key],
            }
            for key in fit.model.constructs
        ],
        "items": [
            {
                "column": column, "construct": key,
                "loading": loadings[column]["value"], "loading_low": loadings[column].get("low"),
                "loading_high": loadings[column].get("high"), "loading_t": loadings[column].get("t"),
                "weight": weights[column]["value"], "weight_low": weights[column].get("low"),
                "weight_high": weights[column].get("high"), "weight_t": weights[column].get("t"),
                "share": fit.index[key].weights.get(column), "vif": fit.item_vif.get(column),
            }
            for key, block in fit.model.blocks.items()
            for column in block
        ],
        "cross_loadings": [{"column": column, **row} for column, row in cross.items()],
        "correlations": [{"construct": key, **row} for key, row in fit.to_rows("correlations").items()],
        "fornell_larcker": [{"construct": key, **row} for key, row in fit.to_rows("fornell_larcker").items()],
        "htmt": [{"first": a, "second": b, "value": value} for (a, b), value in fit.htmt.items()],
        "warnings": [
            {"template": remark.template, "params": {name: _plain(value) for name, value in remark.params.items()}}
            for remark in fit.warnings
        ],
    }  # fmt: skip
    cleaned: dict[str, Any] = _plain(found)
    return cleaned


def _plain(value: Any) -> Any:
    """JSON types only; numbers that are none become None."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
