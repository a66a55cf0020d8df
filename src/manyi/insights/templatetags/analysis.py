"""The pages of one wave's result as tabs."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from manyi.insights import comparison, gaps, kano
from manyi.insights.queries import WaveResult
from manyi.measures.estimates import Estimate

register = template.Library()


@register.inclusion_tag("insights/analysis/tabs.html")
def analysis_tabs(result: WaveResult, active: str) -> dict[str, Any]:
    """Result, priorities, model, comparison; Kano and gaps where they were asked. Filters go along."""
    query = f"?{result.selection.query}" if result.selection.query else ""
    tabs = [
        ("result", _("Result"), query),
        ("result-priorities", _("Priorities"), query),
        ("result-model", _("Model"), query),
        ("result-compare", _("Compare"), ""),
    ]
    if kano.features(result):
        tabs.append(("result-kano", _("Kano"), query))
    if gaps.asked(result).items:
        tabs.append(("result-gaps", _("Service gaps"), query))
    found = [
        {"name": name, "label": label, "url": reverse(name, args=[result.wave.code]) + search}
        for name, label, search in tabs
    ]
    return {"tabs": found, "active": active}


@register.filter
def at(mapping: dict[str, Any], key: str) -> Any:
    """A value by its key: templates cannot look one up."""
    return mapping.get(key)


@register.filter
def decimals(value: float | None, places: int = 3) -> str:
    """A coefficient; an en dash where there is none.

    >>> decimals(0.12345), decimals(-0.5, 1), decimals(-0.0001), decimals(None)
    ('0.123', '−0.5', '0.000', '–')
    """
    if value is None:
        return "–"
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


@register.filter
def p_value(value: float | None, name: str = "") -> str:
    """A p value to three decimals, never as zero; with `name`, as a statement.

    >>> p_value(0.0421), p_value(0.00001), p_value(0.5, "p"), p_value(0.0, "p"), p_value(None)
    ('0.042', '< 0.001', 'p = 0.500', 'p < 0.001', '–')
    """
    if value is None:
        return "–"
    small = value < 0.001
    if name:
        return f"{name} < 0.001" if small else f"{name} = {value:.3f}"
    return "< 0.001" if small else f"{value:.3f}"


@register.filter
def signed(value: float | None, places: int = 1) -> str:
    """A difference with its sign.

    >>> signed(1.25), signed(-2.0), signed(-0.04), signed(None)
    ('+1.2', '−2.0', '0.0', '–')
    """
    if value is None:
        return "–"
    rounded = round(value, places)
    return f"{rounded:+.{places}f}".replace("-", "−") if rounded else f"{0:.{places}f}"


@register.filter
def verdict(value: Any) -> str:
    """What a difference, or the row of one, says in words."""
    return comparison.verdict(getattr(value, "difference", value))


@register.filter
def rating(estimate: Estimate) -> SafeString:
    """A mean with its n and interval; an en dash where it may not be shown."""
    if estimate.value is None:
        return SafeString("–")
    return format_html(
        '<span title="{}">{} <span class="small text-secondary text-nowrap">n = {}</span></span>',
        "" if estimate.low is None else f"{estimate.low:.2f}–{estimate.high:.2f}",
        f"{estimate.value:.2f}",
        estimate.n,
    )
