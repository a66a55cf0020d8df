"""Template tags of the questionnaire pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t

from manyi.surveys.exchange import Entry
from manyi.web.templatetags.web import icon

register = template.Library()


@register.simple_tag
def type_icon(types: Mapping[str, Mapping[str, Any]], kind: str) -> SafeString:
    return icon(str(types[kind]["icon"]))


@register.simple_tag
def type_name(types: Mapping[str, Mapping[str, Any]], kind: str) -> str:
    return str(types[kind]["name"])


@register.filter
def kind_name(entry: Entry) -> str:
    """What sort of element of a questionnaire this is."""
    return {
        "file": _t("Whole questionnaire"),
        "section": _t("Section"),
        "question": _t("Question"),
        "item": _t("Row"),
        "option": _t("Option"),
    }.get(entry.kind, entry.kind)


@register.filter
def field_names(entry: Entry) -> str:
    """Which properties of the element differ, in words."""
    names = {
        "text": _t("wording"), "text2": _t("wording of the opposite"), "title": _t("title"), "name": _t("name"),
        "help": _t("help text"), "type": _t("type"), "scale": _t("scale"), "required": _t("answer required"),
        "show_if": _t("condition"), "position": _t("position"), "parent": _t("section"), "shuffle": _t("random order"),
        "intro": _t("greeting"), "thanks": _t("thank-you page"), "languages": _t("languages"),
        "callback": _t("call back"), "min": _t("lower limit"), "max": _t("upper limit"),
        "max_length": _t("longest answer"), "multiline": _t("several lines"), "other": _t("room for “other”"),
        "exclusive": _t("rules out the others"),
    }  # fmt: skip
    return _t(", ").join(names.get(change.field, change.field) for change in entry.changes)
