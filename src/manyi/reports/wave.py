"""The report of a wave: the page's own figures and pictures as a Document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from manyi.insights import queries, sentences
from manyi.insights.queries import ReportData, WaveResult
from manyi.insights.selection import Selection
from manyi.insights.standard import Measure
from manyi.reports import document as d
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.templatetags.web import localised


def build(scope: Scope, wave: Wave, *, selection: Selection, language: str, at: datetime) -> d.Document:
    """The wave as the scope may see it, in `language` ('zh-hans' or 'en').

    Raises NotAllowed, UnknownUnit as the page does; `ValueError` never: what may not be shown is said instead.
    """
    data = queries.report_data(scope, wave, selection, language)
    result = data.result
    with translation.override(language):
        made = _("Made %(date)s") % {"date": date_format(localtime(at), "DATETIME_FORMAT")}
        if result.index is None or result.index.index is None:
            said = [_("There are too few answers to show.")]
            return d.Document(data.title, data.subtitle, language, made, [d.Part(_("At a glance"), said)])
        parts = [d.Part(_("At a glance"), [s.text for s in data.sentences], _figures(result))]
        parts += [d.Part(chart.title, chart=chart) for _name, chart in data.charts]
        parts.append(d.tree_part(result.index, language))
        weighted = abs((result.index.root.deff or 1.0) - 1.0) > 1e-9
        notes = [*d.method_notes(result.tree, weighted=weighted), *_provenance(data)]
        return d.Document(data.title, data.subtitle, language, made, parts, notes)


def _figures(result: WaveResult) -> list[d.Figure]:
    """The index with its change, then the standard measures, then the response rate."""
    assert result.index is not None  # noqa: S101  # the caller looked
    index = d.index_figure(result.index)
    change = sentences.change_in_words(result.changes.get(result.tree.code))
    figures = [d.Figure(index.label, index.value, index.interval, index.n, index.note or change)]
    figures += [measure_figure(m) for m in result.measures if m.estimate.value is not None]
    fielding = result.fielding
    if fielding is not None and fielding.rate is not None:
        note = _("%(answered)d of %(asked)d asked") % {"answered": fielding.answered, "asked": fielding.asked}
        figures.append(d.Figure(_("Response rate"), f"{fielding.rate * 100:.1f}%", note=note))
    return figures


def measure_figure(measure: Measure) -> d.Figure:
    """A standard measure with its interval, in the unit people know it by."""
    names: dict[str, Any] = {
        "overall": _("Overall satisfaction"),
        "satisfied": _("Satisfied (two best answers)"),
        "dissatisfied": _("Dissatisfied (two worst answers)"),
        "nps": _("Net promoter score"),
        "ces": _("Ease (effort score)"),
    }
    value = measure.estimate

    def shown(number: float | None) -> str:
        if number is None:
            return "–"
        if measure.is_share:
            return f"{number * 100:.1f}%"
        return f"{number:+.0f}" if measure.kind == "nps" else f"{number:.2f}"

    interval = f"{shown(value.low)} – {shown(value.high)}" if value.low is not None else ""
    label = names.get(measure.kind) or localised(dict(measure.question))
    return d.Figure(str(label), shown(value.value), interval, value.n)


def _provenance(data: ReportData) -> list[str]:
    """What it takes to compute the same again."""
    wave = data.result.wave
    notes = [
        _("Indicator tree: %(tree)s, version %(number)d. Wave: %(wave)s.")
        % {"tree": wave.tree_version.tree.code, "number": wave.tree_version.number, "wave": wave.code},
        _(
            "Groups with fewer than %(n)d answers are hidden, and others with them where they could be worked out."
        )
        % {"n": data.result.minimum},
    ]
    if data.result.selection.chosen:
        chosen = ", ".join(f"{k} = {v}" for k, v in data.result.selection.chosen.items())
        notes.append(_("Only answers with %(filters)s.") % {"filters": chosen})
    return notes
