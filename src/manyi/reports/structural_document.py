"""The report of a structural model: what matters first, then every table a reader of PLS results looks for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import isfinite

from django.utils import translation
from django.utils.translation import gettext as _

from manyi.charts import Chart, Construct, PathArrow, Score, Table, path_diagram, score_bars, stars, texts_for
from manyi.charts.chart import Cell
from manyi.measures import pls
from manyi.reports.document import Document, Figure, Part, interval_text, score_text, text
from manyi.reports.structural import Computed, ModelFile, sentence

WELL, WEAK, ALIKE = 0.7, 0.5, 0.95


def build(computed: Computed, *, source: str, language: str, made: date) -> Document:
    """The document of a fit, in 'zh-hans' or 'en'."""
    with translation.override(language):
        file, fit = computed.file, computed.fit
        parts = [
            Part(_("At a glance"), _summary(fit, file, language), figures=_figures(fit, file, language)),
            Part(_("Remarks"), [sentence(w, file, language) for w in fit.warnings]),
            Part(_("The model"), [_arrow_note(fit)], chart=diagram(fit, file, language)),
            Part(_("Index of each construct"), chart=index_bars(fit, file, language)),
            Part(_("Paths"), table=_paths(fit, file, language), new_page=True),
            Part(_("Total effects"), [_("Direct and indirect effects together: what a change comes to in the end.")],
                 table=_effects(fit, file, language)),
            Part(_("What the model explains"), [_("SRMR %(value)s (below 0.08 is called a good fit).")
                                                % {"value": f"{fit.srmr:.3f}"}], table=_explained(fit, file, language)),
            Part(_("Is each construct measured well?"), table=reliability(fit, file, language), new_page=True),
            Part(_("Loadings and weights"), table=_items(fit, file, language)),
            Part(_("HTMT"), [_("Two constructs above 0.90 are hardly told apart; 0.85 is the stricter limit.")],
                 table=_square(fit, file, language, "htmt")),
            Part(_("Fornell–Larcker"), [_("The root of the AVE on the diagonal should exceed every correlation in "
                                          "its row.")], table=_square(fit, file, language, "fornell_larcker")),
            Part(_("Cross-loadings"), [_("Each item should load highest on its own construct.")],
                 table=_cross(fit, file, language)),
            *_groups(computed, language),
        ]  # fmt: skip
        return Document(
            title=text(dict(file.name), language),
            subtitle=f"{source} · n = {fit.n:,}",
            language=language,
            made=made.isoformat(),
            parts=[p for p in parts if p.sentences or p.figures or (p.numbers and p.numbers.rows)],
            notes=_notes(fit, file),
        )


def diagram(fit: pls.Fit, file: ModelFile, language: str) -> Chart:
    """The path diagram: index and R² in the boxes, coefficients with stars on the arrows."""
    rows = fit.intervals.get("paths", {})
    constructs = []
    for name in fit.model.constructs:
        lines = []
        if (score := fit.index[name].score) is not None:
            lines.append(_("Index %(score)s") % {"score": score_text(score)})
        if name in fit.r2:
            lines.append(f"R² {fit.r2[name]:.2f}")
        constructs.append(Construct(name, file.label(name, language), lines))
    arrows = [
        PathArrow(a, b, value, rows[a, b].low, rows[a, b].high, rows[a, b].p_value)
        if (a, b) in rows
        else PathArrow(a, b, value)
        for (a, b), value in fit.paths.items()
    ]
    headers = (_("From"), _("To"), _("Coefficient"), *_limits(fit), "p")
    return path_diagram(constructs, arrows, title=_("The model"), texts=texts_for(language), headers=headers)


def index_bars(fit: pls.Fit, file: ModelFile, language: str) -> Chart:
    bars = [Score(file.label(n, language), i.score, i.low, i.high, fit.n) for n, i in fit.index.items()]
    return score_bars(bars, title=_("Index of each construct"), texts=texts_for(language), sort=False)


def verdict(quality: pls.Reliability, items: int, forming: bool) -> str:
    """Reliability of a construct in a sentence."""
    if forming:
        return _("Formed by its items: they need not agree, so reliability does not apply.")
    if items == 1:
        return _("One item only: how reliable it is cannot be seen.")
    if quality.alpha_std < WEAK or quality.rho_c < WEAK:
        return _("Poor: the items do not measure one thing. Look for a reversed or stray item.")
    if quality.ave < WEAK:
        return _("Weak: the construct explains less than half of its items.")
    if quality.alpha_std < WELL or quality.rho_c < WELL:
        return _("Fair: good enough to explore, not to decide upon.")
    if quality.rho_c > ALIKE:
        return _("Reliable, but the items nearly repeat one another; fewer would do.")
    return _("Good: the items agree and measure one thing.")


def reliability(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    return Table(
        (_("Construct"), _("Number of items"), _("α"), _("α standardised"), "ρA", "ρc", "AVE", _("Verdict")),
        tuple(
            (
                file.label(name, language), len(fit.model.blocks[name]),
                *map(_cell, (q.alpha, q.alpha_std, q.rho_a, q.rho_c, q.ave)),
                verdict(q, len(fit.model.blocks[name]), fit.model.modes[name] == "B"),
            )
            for name, q in fit.reliability.items()
        ),
    )  # fmt: skip


def _summary(fit: pls.Fit, file: ModelFile, language: str) -> list[str]:
    """What a manager should take away: what moves the outcome most, and what does not move it surely."""
    found = []
    outcome = "satisfaction" if "satisfaction" in fit.r2 else fit.model.endogenous[-1]
    name = file.label(outcome, language)
    effects = {a: value for (a, b), value in fit.total_effects.items() if b == outcome}
    strongest = max(effects, key=lambda a: abs(effects[a]))
    found.append(
        _("%(outcome)s moves most with %(source)s: one standard deviation more of it goes with %(value)s more of "
          "%(outcome)s, all ways together.")
        % {"outcome": name, "source": file.label(strongest, language), "value": f"{effects[strongest]:.2f}"}
    )  # fmt: skip
    found.append(
        _("The model explains %(share)s %% of the differences in %(outcome)s.")
        % {"share": f"{100 * fit.r2[outcome]:.0f}", "outcome": name}
    )
    unsure = [
        _arrow(file, a, b, language)
        for (a, b), i in fit.intervals.get("paths", {}).items()
        if i.low <= 0 <= i.high
    ]
    if unsure:
        listed = ("；" if language.startswith("zh") else "; ").join(unsure)
        found.append(_("These paths may be zero: %(paths)s.") % {"paths": listed})
    return found


def _figures(fit: pls.Fit, file: ModelFile, language: str) -> list[Figure]:
    return [
        Figure(
            file.label(name, language), score_text(i.score), interval_text(i.low, i.high), fit.n,
            "" if i.score is not None else _("No index: an item has a negative weight."),
        )
        for name, i in fit.index.items()
    ]  # fmt: skip


def _arrow_note(fit: pls.Fit) -> str:
    if not fit.intervals:
        return _("Without bootstrap samples nothing can be said about how sure the paths are.")
    return _("*** p < .001, ** p < .01, * p < .05; dashed arrows may be zero.")


def _limits(fit: pls.Fit) -> tuple[str, str]:
    share = f"{100 * fit.confidence:g}%"
    return _("%(share)s low") % {"share": share}, _("%(share)s high") % {"share": share}


def _paths(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    f2, vif, rows = pls.f_squared(fit), pls.inner_vif(fit), fit.intervals.get("paths", {})
    found = []
    for (a, b), value in fit.paths.items():
        i = rows.get((a, b))
        found.append(
            (_arrow(file, a, b, language), _cell(value), stars(i.p_value) if i else "",
             *((_cell(i.se), _cell(i.low), _cell(i.high), _cell(i.t, 2), _p(i.p_value)) if i else (None,) * 5),
             _cell(f2[a, b]), _cell(vif[a, b], 2))
        )  # fmt: skip
    headers = (
        _("Path"),
        _("Coefficient"),
        _("Stars"),
        _("Standard error"),
        *_limits(fit),
        "t",
        "p",
        "f²",
        "VIF",
    )
    return Table(headers, tuple(found))


def _effects(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    rows, indirect = fit.intervals.get("total_effects", {}), pls.indirect_effects(fit)
    found = []
    for (a, b), value in fit.total_effects.items():
        i = rows.get((a, b))
        found.append(
            (_arrow(file, a, b, language), _cell(fit.paths.get((a, b))), _cell(indirect.get((a, b))),
             _cell(value), *((_cell(i.low), _cell(i.high), _p(i.p_value)) if i else (None,) * 3))
        )  # fmt: skip
    headers = (_("Path"), _("Direct"), _("Indirect"), _("Total"), *_limits(fit), "p")
    return Table(headers, tuple(found))


def _explained(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    rows, adjusted = fit.intervals.get("r2", {}), pls.r2_adjusted(fit)
    return Table(
        (_("Construct"), "R²", _("R² adjusted"), *_limits(fit)),
        tuple(
            (file.label(name, language), _cell(value), _cell(adjusted[name]),
             *((_cell(rows[name].low), _cell(rows[name].high)) if name in rows else (None, None)))
            for name, value in fit.r2.items()
        ),
    )  # fmt: skip


def _items(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    rows = fit.intervals.get("loadings", {})
    found = []
    for name, columns in fit.model.blocks.items():
        for column in columns:
            i = rows.get(column)
            found.append(
                (column, file.label(name, language), _cell(fit.loadings[column]),
                 *((_cell(i.low), _cell(i.high)) if i else (None, None)), _cell(fit.outer_weights[column]),
                 _cell(fit.index[name].weights[column]), _cell(fit.item_vif[column], 2))
            )  # fmt: skip
    headers = (
        _("Item"),
        _("Construct"),
        _("Loading"),
        *_limits(fit),
        _("Outer weight"),
        _("Share of the index"),
        "VIF",
    )
    return Table(headers, tuple(found))


def _square(fit: pls.Fit, file: ModelFile, language: str, what: str) -> Table:
    """Constructs by constructs, the lower triangle."""
    names, rows = fit.model.constructs, fit.to_rows(what)
    return Table(
        (_("Construct"), *(file.label(n, language) for n in names)),
        tuple(
            (file.label(a, language), *(_cell(rows[a][b]) if k <= row else None for k, b in enumerate(names)))
            for row, a in enumerate(names)
        ),
    )


def _cross(fit: pls.Fit, file: ModelFile, language: str) -> Table:
    return Table(
        (_("Item"), *(file.label(n, language) for n in fit.model.constructs)),
        tuple((column, *map(_cell, row.values())) for column, row in fit.cross_loadings.items()),
    )


def _groups(computed: Computed, language: str) -> Iterable[Part]:
    """Index and paths of each group side by side, and why a group has none."""
    file, by = computed.file, computed.file.by
    fitted = {value: fit for value, fit in computed.groups.items() if isinstance(fit, pls.Fit)}
    refused = [f"{value}: {reason}" for value, reason in computed.groups.items() if isinstance(reason, str)]
    if not computed.groups:
        return
    headers = (_("Construct"), *(f"{value} (n = {fit.n:,})" for value, fit in fitted.items()))
    index = tuple(
        (file.label(name, language), *(_with_interval(fit.index[name].score, fit.index[name].low, fit.index[name].high, 1)
                                       for fit in fitted.values()))
        for name in computed.fit.model.constructs
    )  # fmt: skip
    yield Part(
        _("Index by %(name)s") % {"name": by},
        refused,
        table=Table(headers, index) if fitted else None,
        new_page=True,
    )
    if not fitted:
        return
    rows = []
    for a, b in computed.fit.paths:
        cells = []
        for fit in fitted.values():
            i = fit.intervals.get("paths", {}).get((a, b))
            cells.append(_with_interval(fit.paths[a, b], i.low if i else None, i.high if i else None, 2))
        rows.append((_arrow(file, a, b, language), *cells))
    yield Part(
        _("Paths by %(name)s") % {"name": by},
        [_("Where two intervals do not overlap, the groups differ.")],
        table=Table((_("Path"), *headers[1:]), tuple(rows)),
    )


def _with_interval(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{value:.{digits}f}" + (
        "" if low is None or high is None else f" [{low:.{digits}f}, {high:.{digits}f}]"
    )


def _notes(fit: pls.Fit, file: ModelFile) -> list[str]:
    scheme = {"path": _("path"), "centroid": _("centroid"), "factorial": _("factorial")}[fit.scheme]
    metric = _("correlations") if fit.metric == "standardised" else _("covariances")
    notes = [
        _("Partial least squares path modelling (Wold 1982; Lohmöller 1989) on the items’ %(metric)s, %(scheme)s "
          "weighting scheme; paths are least squares on the constructs’ scores.")
        % {"metric": metric, "scheme": scheme},
        _("Index of a construct: its items on 0–100, weighted by their outer weights over their standard deviations "
          "(Fornell et al. 1996)."),
    ]  # fmt: skip
    if fit.bootstrap:
        notes.append(
            _("Standard errors and %(share)s percentile intervals from %(samples)s bootstrap samples (seed %(seed)s, "
              "%(failed)s left out).")
            % {"share": f"{100 * fit.confidence:g}%", "samples": f"{fit.bootstrap:,}", "seed": fit.seed,
               "failed": fit.failed}
        )  # fmt: skip
    if file.reversed:
        notes.append(_("Reversed before: %(columns)s.") % {"columns": ", ".join(sorted(file.reversed))})
    if file.weight:
        notes.append(_("Respondents are weighted by “%(column)s”.") % {"column": file.weight})
    notes.append(
        _("α and α standardised: Cronbach; ρA: Dijkstra & Henseler 2015; ρc: composite reliability; AVE: average "
          "variance extracted; f² .02 small, .15 medium, .35 large; VIF above 5: too alike.")
    )  # fmt: skip
    return notes


def _arrow(file: ModelFile, a: str, b: str, language: str) -> str:
    return f"{file.label(a, language)} → {file.label(b, language)}"


def _p(value: float | None) -> Cell:
    return "< 0.001" if value is not None and value < 0.001 else _cell(value)


def _cell(value: float | None, digits: int = 3) -> Cell:
    return None if value is None or not isfinite(value) else round(float(value), digits)
