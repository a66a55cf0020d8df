"""The form of a new appraisal sheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards.forms_checks import PersonField, UnitField, day
from manyi.standards.queries import appraisals


class AppraisalForm(forms.Form):
    person = PersonField(label=_("Person"), queryset=User.objects.none())
    unit = UnitField(label=_("Org unit"), queryset=OrgUnit.objects.none())
    since = day(label=_("From"))
    until = day(label=_("Until"))

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["person"].queryset = appraisals.people(scope)
        fields["unit"].queryset = appraisals.units(scope)
