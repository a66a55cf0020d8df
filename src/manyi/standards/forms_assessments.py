"""Forms of the self-assessment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.people.forms import BilingualForm, UnitChoice
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.standards import assessment as rules
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries.assessments import candidates
from manyi.web.templatetags.web import localised


class AssessmentForm(BilingualForm):
    """A new round; the targets are named `target_<category>`."""

    unit = UnitChoice(label=_("Org unit"), queryset=OrgUnit.objects.none())
    closes_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The result shows after that day, or as soon as you close the round."),
    )

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = org_units(scope, "standards.edit")  # type: ignore[attr-defined]
        for category in rules.CATEGORIES:
            self.fields[f"target_{category.code}"] = forms.IntegerField(
                label=localised(category.name), min_value=20, max_value=100, initial=rules.TARGET
            )

    def targets(self) -> dict[str, int]:
        return {code: self.cleaned_data[f"target_{code}"] for code in rules.BY_CODE}

    @property
    def target_fields(self) -> list[forms.BoundField]:
        return [self[f"target_{code}"] for code in rules.BY_CODE]


class InviteForm(forms.Form):
    people = forms.ModelMultipleChoiceField(label=_("Whom to invite"), queryset=User.objects.none())
    role = forms.ChoiceField(
        label=_("Role in the assessment"), choices=AssessmentRater.Role.choices, initial="front"
    )

    def __init__(self, assessment: SelfAssessment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = assessment.raters.values("user")
        self.fields["people"].queryset = candidates(assessment.unit).exclude(pk__in=present)  # type: ignore[attr-defined]
