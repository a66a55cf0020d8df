"""Forms of improvement requests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from manyi.complaints.models import ImprovementRequest
from manyi.complaints.services.improvement_requests import ANSWERS
from manyi.customers.forms import UnitChoiceField
from manyi.people.models import OrgUnit


class RequestForm(forms.Form):
    unit = UnitChoiceField(label=_("From"), queryset=OrgUnit.objects.none(), empty_label=None)
    audience = forms.ChoiceField(label=_("For"), choices=ImprovementRequest.Audience.choices)
    to_unit = UnitChoiceField(
        label=_("To the org unit"),
        queryset=OrgUnit.objects.filter(active=True).order_by("path"),
        empty_label=None,
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(
        label=_("What should change, and why"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )
    problem = forms.CharField(label=_("Problem number"), max_length=40, required=False)
    numbers = forms.CharField(
        label=_("Complaints"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Their numbers, separated by spaces, commas or lines."),
    )

    def __init__(self, *args: Any, units: QuerySet[OrgUnit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = units

    def clean_numbers(self) -> list[str]:
        text = str(self.cleaned_data["numbers"]).replace(",", " ").replace("，", " ").replace("、", " ")
        return text.split()


class AnswerForm(forms.Form):
    """Only the answers that are possible now."""

    state = forms.ChoiceField(label=_("Answer"))
    text = forms.CharField(
        label=_("Reason or plan"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.CharField(label=_("Shipped in version"), required=False, max_length=60)

    def __init__(self, *args: Any, row: ImprovementRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["state"]
        field.choices = [
            (state, ImprovementRequest.State(state).label) for state in ANSWERS.get(row.state, ())
        ]
