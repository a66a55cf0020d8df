"""Forms of the questionnaire pages."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _


def _refuse(name: str) -> Any:
    raise ValueError(name)


class DraftForm(forms.Form):
    """What the editor posts: the whole definition as JSON, and when the draft it began with was saved."""

    definition = forms.CharField(strip=False, widget=forms.HiddenInput)
    changed_at = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def clean_definition(self) -> Any:
        try:
            return json.loads(self.cleaned_data["definition"], parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise ValidationError(
                _("The questionnaire that arrived cannot be read. Reload the page and try again.")
            ) from None

    def clean_changed_at(self) -> datetime | None:
        text = self.cleaned_data["changed_at"]
        try:
            at = parse_datetime(text) if text else None
        except ValueError:
            at = None
        if text and (at is None or at.tzinfo is None):
            raise ValidationError(_("This is not a time."))
        return at


class NewQuestionnaireForm(forms.Form):
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)
    start = forms.CharField(max_length=60, required=False)
    with_tree = forms.BooleanField(required=False)


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("Questionnaire file"),
        help_text=_("YAML or JSON as exported here, at most 1 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )
