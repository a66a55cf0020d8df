"""`manyi model`: from a spreadsheet of answers and MODEL.yaml to a fitted structural model, without server.

MODEL.yaml says which columns measure which construct and what leads to what; `docs/reference/model-format.md`
describes it. The report of a fit is made in `manyi.reports.structural_document`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from manyi.measures import pls
from manyi.measures.arrays import survey_weights
from manyi.measures.errors import MeasureError, Remark
from manyi.reports.analyst import MAX_GROUPS, ReportError, column_numbers, read_yaml
from manyi.reports.document import text
from manyi.warehouse.tabular import Table, TableError, read_table

MOST_BOOTSTRAPS = 100_000
PRESETS: Mapping[str, Callable[..., pls.Model]] = {
    "acsi": pls.Model.acsi,
    "ecsi": pls.Model.ecsi,
    "ccsi": pls.Model.ccsi,
}
KEYS = ("name", "preset", "paths", "blocks", "scale", "scheme", "metric", "missing_treatment", "bootstrap",
        "seed", "confidence", "weight", "by")  # fmt: skip
BLOCK_KEYS = ("name", "columns", "mode", "reversed", "scale")
NAMES = {
    "image": {"zh": "品牌形象", "en": "Image"},
    "expectations": {"zh": "顾客期望", "en": "Expectations"},
    "expectation": {"zh": "顾客期望", "en": "Expectation"},
    "expected": {"zh": "预期质量", "en": "Expected quality"},
    "quality": {"zh": "感知质量", "en": "Perceived quality"},
    "value": {"zh": "感知价值", "en": "Perceived value"},
    "satisfaction": {"zh": "顾客满意度", "en": "Satisfaction"},
    "complaints": {"zh": "顾客抱怨", "en": "Complaints"},
    "loyalty": {"zh": "顾客忠诚", "en": "Loyalty"},
}


@dataclass(frozen=True)
class ModelFile:
    """What MODEL.yaml says. `scales` holds the answer scale of each construct, or is empty; `missing` are codes
    and words that mean 'no answer'."""

    name: Mapping[str, str]
    model: pls.Model
    names: Mapping[str, Mapping[str, str]]
    reversed: frozenset[str] = frozenset()
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    codes: frozenset[float] = frozenset()
    words: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)
    weight: str | None = None
    by: str | None = None

    def label(self, construct: str, language: str) -> str:
        return text(dict(self.names.get(construct, {})), language) or construct


@dataclass(frozen=True)
class Computed:
    """The fit of everybody, and of each group: a Fit, or the sentence that says why there is none."""

    file: ModelFile
    fit: pls.Fit
    groups: Mapping[str, pls.Fit | str] = field(default_factory=dict)


# --- MODEL.yaml


def read_model(path: Path) -> ModelFile:
    """Raises ReportError that names the key and says what is wrong with it."""
    raw = read_yaml(path)
    try:
        return parse_model(raw)
    except ReportError as error:
        raise ReportError(f"{path.name}: {error}") from error


def parse_model(raw: object) -> ModelFile:
    """The content of MODEL.yaml, checked. Raises ReportError."""
    source = _mapping(raw, "", KEYS)
    blocks: dict[str, list[str]] = {}
    names: dict[str, Mapping[str, str]] = {}
    modes: dict[str, Any] = {}
    turned: set[str] = set()
    own_scales: dict[str, tuple[float, float]] = {}
    for construct, value in _mapping(source.get("blocks"), "blocks").items():
        place = f"blocks → {construct}"
        block = {"columns": value} if isinstance(value, list) else _mapping(value, place, BLOCK_KEYS)
        columns = _names_of(block.get("columns"), f"{place} → columns")
        blocks[construct] = columns
        names[construct] = _name(block.get("name"), f"{place} → name") or NAMES.get(construct, {})
        if "mode" in block:
            modes[construct] = block["mode"]
        for column in _names_of(block.get("reversed") or [], f"{place} → reversed"):
            if column not in columns:
                raise ReportError(
                    _("%(place)s: “%(column)s” is none of its columns.")
                    % {"place": f"{place} → reversed", "column": column}
                )
            turned.add(column)
        if block.get("scale") is not None:
            own_scales[construct] = _scale(block["scale"], f"{place} → scale", ("min", "max"))
    whole = source.get("scale")
    common = None if whole is None else _scale(whole, "scale", ("min", "max", "missing"))
    scales = own_scales if common is None else dict.fromkeys(blocks, common) | own_scales
    if scales and len(scales) < len(blocks):
        bare = next(c for c in blocks if c not in scales)
        raise ReportError(
            _("blocks → %(construct)s has no scale, and there is no common one.") % {"construct": bare}
        )
    if turned and not scales:
        raise ReportError(_("Reversed columns need a scale: give its min and max."))
    missing = whole.get("missing") or [] if isinstance(whole, dict) else []
    if not isinstance(missing, list):
        missing = [missing]
    return ModelFile(
        name=_name(source.get("name"), "name")
        or {"zh": "满意度结构模型", "en": "Structural model of satisfaction"},
        model=_model(source, blocks, modes),
        names=names,
        reversed=frozenset(turned),
        scales=scales,
        codes=frozenset(float(m) for m in missing if isinstance(m, int | float) and not isinstance(m, bool)),
        words=frozenset(m.strip() for m in missing if isinstance(m, str)),
        options=_options(source),
        weight=_column(source.get("weight"), "weight"),
        by=_column(source.get("by"), "by"),
    )


def _model(source: Mapping[str, Any], blocks: dict[str, list[str]], modes: dict[str, Any]) -> pls.Model:
    preset, paths = source.get("preset"), source.get("paths")
    if (preset is None) == (paths is None):
        raise ReportError(_("Give either ‘preset’ (acsi, ecsi or ccsi) or ‘paths’."))
    try:
        if preset is not None:
            if preset not in PRESETS:
                raise ReportError(
                    _("preset: “%(value)s” is unknown; there are acsi, ecsi and ccsi.")
                    % {"value": str(preset)[:60]}
                )
            return PRESETS[preset](blocks, modes)
        if not isinstance(paths, list) or not all(isinstance(p, list) and len(p) == 2 for p in paths):
            raise ReportError(_("paths: expected a list of pairs such as [quality, satisfaction]."))
        return pls.Model(blocks, [(str(a), str(b)) for a, b in paths], modes)
    except MeasureError as error:
        raise ReportError(sentence(error)) from error


def _options(source: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `pls.fit`; it checks the words itself."""
    options: dict[str, Any] = {"bootstrap": 1000, "seed": 1}
    for key in ("bootstrap", "seed"):
        value = source.get(key, options[key])
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise ReportError(
                _("%(place)s: “%(value)s” is no whole number of zero or more.")
                % {"place": key, "value": str(value)[:60]}
            )
        options[key] = value
    if options["bootstrap"] > MOST_BOOTSTRAPS:
        raise ReportError(_("bootstrap: at most %(most)s samples.") % {"most": f"{MOST_BOOTSTRAPS:,}"})
    for key, name in (("scheme", "scheme"), ("metric", "metric"), ("missing_treatment", "missing")):
        if key in source:
            options[name] = source[key]
    if "confidence" in source:
        value = source["confidence"]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
            raise ReportError(
                _("confidence: expected a share such as 0.95, not “%(value)s”.") % {"value": str(value)[:60]}
            )
        options["confidence"] = float(value)
    return options


def _mapping(value: object, place: str, known: Sequence[str] | None = None) -> dict[str, Any]:
    where = place or _("The file")
    if not isinstance(value, dict) or not value:
        raise ReportError(_("%(place)s: expected names with values (key: value).") % {"place": where})
    found = {str(key): entry for key, entry in value.items()}
    for key in found:
        if known is not None and key not in known:
            raise ReportError(
                _("%(place)s: “%(key)s” is unknown; there are %(known)s.")
                % {"place": where, "key": key[:60], "known": ", ".join(known)}
            )
    return found


def _names_of(value: object, place: str) -> list[str]:
    if not isinstance(value, list) or not all(
        isinstance(v, str | int) and not isinstance(v, bool) for v in value
    ):
        raise ReportError(_("%(place)s: expected a list of columns such as [q1, q2].") % {"place": place})
    return [str(v) for v in value]


def _name(value: object, place: str) -> dict[str, str]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {"zh": value, "en": value}
    return {language: str(words) for language, words in _mapping(value, place, ("zh", "en")).items()}


def _column(value: object, place: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise ReportError(_("%(place)s: expected the name of one column.") % {"place": place})


def _scale(value: object, place: str, known: Sequence[str]) -> tuple[float, float]:
    found = _mapping(value, place, known)
    low, high = (
        float(end) if isinstance(end, int | float) and not isinstance(end, bool) else float("nan")
        for end in (found.get("min"), found.get("max"))
    )
    if not (isfinite(low) and isfinite(high) and low < high):
        raise ReportError(_("%(place)s: expected min and max, two numbers that rise.") % {"place": place})
    return low, high


# --- answers


def answers_of(table: Table, file: ModelFile) -> dict[str, NDArray[np.float64]]:
    """Columns as numbers: missing codes empty, reversed items turned. Raises ReportError naming construct,
    column and row.
    """
    answers = {}
    for construct, columns in file.model.blocks.items():
        for column in columns:
            _present(table, column, construct)
            try:
                values = column_numbers(table, column, file.words)
            except ReportError as error:
                raise ReportError(f"{construct}: {error}") from error
            for code in file.codes:
                values[values == code] = np.nan
            if construct in file.scales:
                low, high = file.scales[construct]
                outside = np.flatnonzero((values < low) | (values > high))
                if outside.size:
                    raise ReportError(
                        _("%(construct)s: row %(row)s, column “%(column)s”: %(value)s is outside the scale "
                          "%(low)s to %(high)s. Correct it or list it under ‘missing’.")
                        % {"construct": construct, "row": table.rows[outside[0]], "column": column,
                           "value": f"{values[outside[0]]:g}", "low": f"{low:g}", "high": f"{high:g}"}
                    )  # fmt: skip
                if column in file.reversed:
                    values = low + high - values
            answers[column] = values
    return answers


def _present(table: Table, column: str, needed: str) -> None:
    if column not in table.columns:
        raise ReportError(
            _("%(needed)s: the file has no column “%(column)s”. Its columns are: %(columns)s.")
            % {"needed": needed, "column": column, "columns": ", ".join(table.names[:60])}
        )


def compute(table: Table, file: ModelFile, progress: Callable[[float], None] | None = None) -> Computed:
    """Fit the model to everybody and, with `by`, to each group. Raises ReportError."""
    answers = answers_of(table, file)
    weights = None
    if file.weight:
        _present(table, file.weight, "weight")
        weights = column_numbers(table, file.weight)
    if file.by:
        _present(table, file.by, "by")
    members = _members(table.texts(file.by), file.by) if file.by else {}
    rounds = 1 + len(members)

    def fit(rows: NDArray[np.bool_] | slice, turn: int) -> pls.Fit:
        return pls.fit(
            {column: values[rows] for column, values in answers.items()},
            file.model,
            weights=None if weights is None else weights[rows],
            scale=dict(file.scales) or None,
            progress=None if progress is None else lambda share: progress((turn + share) / rounds),
            **file.options,
        )

    try:
        # A bad weight is a fault of the whole file, not of the group it is met in.
        survey_weights(weights, len(table))
        everybody = fit(slice(None), 0)
    except MeasureError as error:
        raise ReportError(sentence(error, file)) from error
    groups: dict[str, pls.Fit | str] = {}
    for turn, (value, rows) in enumerate(members.items(), start=1):
        try:
            groups[value] = fit(rows, turn)
        except MeasureError as error:
            groups[value] = sentence(error, file)
    return Computed(file, everybody, groups)


def _members(values: Sequence[str], column: str) -> dict[str, NDArray[np.bool_]]:
    words = np.asarray(values, dtype=object)
    found = sorted({v for v in values if v})
    if len(found) > MAX_GROUPS:
        raise ReportError(
            _("Column “%(column)s” has more than %(most)s different values: too many to compare.")
            % {"column": column, "most": MAX_GROUPS}
        )
    return {value: words == value for value in found}


def sentence(said: MeasureError | Remark, file: ModelFile | None = None, language: str = "") -> str:
    """An error or remark of the measures in the current language; constructs by name where `language` is given."""
    params = dict(said.params)
    if "how" in params:
        params["how"] = _(str(params["how"]))
    if file is not None and language:
        for key in ("construct", "first", "second"):
            if key in params:
                params[key] = file.label(str(params[key]), language)
    return _(said.template).format(**params) if params else _(said.template)


# --- JSON


def as_dict(computed: Computed) -> dict[str, Any]:
    """Every number of the fit by plain types; undefined ones are None. Pairs of constructs are records with
    `from` and `to` (or `a` and `b` where they have no direction).
    """
    file, fit = computed.file, computed.fit
    result = _fit_dict(fit) | {
        "name": dict(file.name),
        "constructs": {
            name: {
                "name": dict(file.names.get(name, {})),
                "columns": list(columns),
                "mode": file.model.modes[name],
            }
            for name, columns in file.model.blocks.items()
        },
        "warnings": [sentence(remark) for remark in fit.warnings],
    }
    if computed.groups:
        result["by"] = file.by
        result["groups"] = {
            value: {"error": found} if isinstance(found, str) else _fit_dict(found)
            | {"warnings": [sentence(remark) for remark in found.warnings]}
            for value, found in computed.groups.items()
        }  # fmt: skip
    return result


def _fit_dict(fit: pls.Fit) -> dict[str, Any]:
    f2, vif = pls.f_squared(fit), pls.inner_vif(fit)
    rows: dict[str, dict[Any, dict[str, Any]]] = {
        what: dict(fit.to_rows(what))
        for what in ("paths", "total_effects", "r2", "loadings", "outer_weights")
    }
    found = {
        "n": fit.n, "scheme": fit.scheme, "metric": fit.metric, "converged": fit.converged, "rounds": fit.rounds,
        "confidence": fit.confidence, "bootstrap": fit.bootstrap, "failed": fit.failed, "seed": fit.seed,
        "srmr": fit.srmr,
        "paths": [{"from": a, "to": b} | row | {"f2": f2[a, b], "vif": vif[a, b]}
                  for (a, b), row in rows["paths"].items()],
        "total_effects": [{"from": a, "to": b} | row for (a, b), row in rows["total_effects"].items()],
        "indirect_effects": [{"from": a, "to": b, "value": value} for (a, b), value in pls.indirect_effects(fit).items()],
        "r2": dict(fit.r2),
        "r2_adjusted": pls.r2_adjusted(fit),
        "loadings": dict(fit.loadings),
        "outer_weights": dict(fit.outer_weights),
        "cross_loadings": {column: dict(row) for column, row in fit.cross_loadings.items()},
        "item_vif": dict(fit.item_vif),
        "index": {
            name: {"score": i.score, "se": i.se, "low": i.low, "high": i.high, "sd": i.sd, "weights": dict(i.weights)}
            for name, i in fit.index.items()
        },
        "reliability": fit.to_rows("reliability"),
        "htmt": [{"a": a, "b": b, "value": value} for (a, b), value in fit.htmt.items()],
        "correlations": [{"a": a, "b": b, "value": value} for (a, b), value in fit.correlations.items()],
        "fornell_larcker": fit.to_rows("fornell_larcker"),
        "intervals": {
            what: [{"from": key[0], "to": key[1]} | row for key, row in rows[what].items()]
            if what in ("paths", "total_effects") else rows[what]
            for what in ("paths", "total_effects", "r2", "loadings", "outer_weights")
        } if fit.bootstrap else {},
    }  # fmt: skip
    return _plain(found)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def run(
    answers: Path, *, model: Path, out: Path, made: date, language: str = "zh-hans",
    progress: Callable[[float], None] | None = None,
) -> Computed:  # fmt: skip
    """Read, fit, write. The kind of result follows the ending of `out`. Raises ReportError."""
    from manyi.reports.analyst import WRITERS
    from manyi.reports.structural_document import build

    if out.suffix not in (*WRITERS, ".json"):
        raise ReportError(
            _("“%(name)s”: the result’s name must end in .json, .html, .pdf or .xlsx.") % {"name": out.name}
        )
    if not answers.is_file():
        raise ReportError(_("There is no file %(file)s.") % {"file": answers})
    file = read_model(model)
    try:
        table = read_table(answers, name=answers.name)
    except TableError as error:
        raise ReportError(f"{answers.name}: {text(error.texts, language)}") from error
    computed = compute(table, file, progress)
    if out.suffix == ".json":
        content = json.dumps(as_dict(computed), ensure_ascii=False, indent=2, allow_nan=False).encode()
    else:
        content = WRITERS[out.suffix](build(computed, source=answers.name, language=language, made=made))
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ReportError(f"{out}: {error.strerror}") from error
    return computed
