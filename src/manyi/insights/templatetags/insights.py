"""Numbers in tables and in computed widths."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def shown(cell: Any) -> str:
    """A cell of a chart's table: whole numbers as they are, others with at most two decimals.

    >>> shown(12), shown(71.256), shown("A")
    ('12', '71.26', 'A')
    """
    return f"{cell:.2f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)


@register.filter
def unlocalised(value: float) -> str:
    """A number for a style attribute: a point, whatever the language."""
    return f"{value:.2f}"


@register.filter
def rest(value: float) -> str:
    """What is missing to 100, for a style attribute."""
    return f"{100 - value:.2f}"
