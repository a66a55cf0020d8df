"""Template tags shared by every page."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from manyi.scope import Scope

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "icon") -> SafeString:
    """A decorative icon of the sprite (hidden from screen readers)."""
    return format_html(
        '<svg class="{}" width="24" height="24" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def localised(texts: Any) -> str:
    """The text of the reader's language from a `{zh, en}` mapping, else the other one."""
    if not isinstance(texts, dict):
        return str(texts or "")
    short = (get_language() or "zh")[:2]
    return str(texts.get(short) or texts.get("zh") or texts.get("en") or next(iter(texts.values()), ""))


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The current query string with some parameters changed (None or '' removes one)."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def score(value: float | None) -> str:
    """A 0–100 score with one decimal; an en dash where there is none."""
    return "–" if value is None else f"{value:.1f}"


@register.filter
def percent(value: float | None) -> str:
    """A share 0–1 as a percentage with one decimal."""
    return "–" if value is None else f"{value * 100:.1f}%"


@register.filter
def may(scope: Scope, right: str) -> bool:
    """Whether the reader holds the right anywhere: `{% if scope|may:"improvement.edit" %}`."""
    return isinstance(scope, Scope) and scope.may(right)
