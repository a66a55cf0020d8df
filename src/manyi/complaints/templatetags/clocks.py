"""Amounts of time as people say them."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def span(value: timedelta | None) -> str:
    """'3 d 4 h', '2 h 15 min', '8 min': the two largest units, rounded down; days are 24 hours."""
    if value is None:
        return "–"
    minutes = int(value.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return (_("%(d)d d %(h)d h") if hours else _("%(d)d d")) % {"d": days, "h": hours}
    if hours:
        return (_("%(h)d h %(m)d min") if rest else _("%(h)d h")) % {"h": hours, "m": rest}
    return _("%(m)d min") % {"m": rest}


@register.filter
def hours(value: timedelta | None) -> str:
    """'27 h 30 min', '8 min': hours and minutes, for open time, of which a day has fewer hours."""
    if value is None:
        return "–"
    minutes = int(value.total_seconds()) // 60
    if minutes >= 60:
        return (_("%(h)d h %(m)d min") if minutes % 60 else _("%(h)d h")) % {
            "h": minutes // 60,
            "m": minutes % 60,
        }
    return _("%(m)d min") % {"m": minutes}


@register.filter
def minutes_span(value: int) -> timedelta:
    return timedelta(minutes=value)
