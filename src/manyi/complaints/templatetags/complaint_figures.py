"""Figures of the analysis of complaints."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def hours(value: float | None) -> str:
    """Hours with one decimal, whole from 100 on; an en dash where there is none.

    >>> hours(3.25), hours(251.4), hours(None)
    ('3.2', '251', '–')
    """
    if value is None:
        return "–"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"
