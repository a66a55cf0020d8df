"""The form of a staff survey: what is asked, and how many slips each org unit gets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.surveys.models import StaffSurvey
from manyi.surveys.queries import staff as queries
from manyi.surveys.services.staff import MOST_IN_A_UNIT
from manyi.web.templatetags.web import localised


class StaffSurveyForm(forms.Form):
    name_zh = forms.CharField(label=_("Name (Chinese)"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=200, required=False)
    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Letters, digits, - and _, such as 2026-q1.")
    )
    series = forms.SlugField(
        label=_("Series"), max_length=40, required=False, help_text=_("Surveys of one series are compared over time.")
    )  # fmt: skip
    respondents = forms.ChoiceField(label=_("Who is asked"), choices=StaffSurvey.Respondents.choices)
    questionnaire_version = forms.ChoiceField(label=_("Questionnaire"))
    unit = forms.ChoiceField(label=_("For org unit"))
    closes_at = forms.DateTimeField(
        label=_("Close at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counted = Count("memberships__user", filter=Q(memberships__user__is_active=True), distinct=True)
        self.org_units = {
            str(unit.pk): unit for unit in org_units(scope, "waves.run").annotate(people=counted)
        }
        self.versions = {str(version.pk): version for version in queries.questionnaires(scope)}
        places = [(key, "　" * unit.depth + localised(unit.name)) for key, unit in self.org_units.items()]
        self._choose("unit", places)
        self._choose(
            "questionnaire_version",
            [(key, f"{localised(v.questionnaire.name)} v{v.number}") for key, v in self.versions.items()],
        )
        for key, name in places:
            self.fields[f"people_{key}"] = forms.IntegerField(
                label=name, min_value=0, max_value=MOST_IN_A_UNIT, required=False,
                initial=getattr(self.org_units[key], "people", 0),
            )  # fmt: skip

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def people_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("people_")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("name_zh") and not data.get("name_en"):
            self.add_error("name_zh", _("The survey needs a name."))
        return data

    def values(self) -> dict[str, Any]:
        """What `create_staff_survey` takes, but for the moment. Units outside the survey's own get no slips."""
        data = self.cleaned_data
        unit = self.org_units[data["unit"]]
        inside = {key for key, one in self.org_units.items() if one.path.startswith(unit.path)}
        return {
            "code": data["code"],
            "name": {"zh": data["name_zh"], "en": data["name_en"]},
            "series": data["series"],
            "unit": unit,
            "respondents": data["respondents"],
            "questionnaire_version": self.versions[data["questionnaire_version"]],
            "headcounts": {int(key): data.get(f"people_{key}") or 0 for key in inside},
            "closes_at": data["closes_at"],
        }
