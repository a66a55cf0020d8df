"""Amounts of money as every page writes them."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def money(amount: Decimal | None) -> str:
    """'1,250.00'; an en dash where there is none."""
    return "–" if amount is None else f"{amount:,.2f}"
